/* What the data plane publishes is what another thread reads: whole, and under its own name. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kv/snapshot.h"

#include "../unit.h"

enum { COMMANDS = 3 };
/* Copies that the reader checks while the writer goes on. */
#define COPIES 20000u

struct fixture {
    struct snapshot snapshot;
    void *memory;
    struct snapshot_head head;
    struct command_stats commands[COMMANDS];
};

static void begin(struct fixture *fixture) {
    const u64 bytes = snapshot_bytes(COMMANDS);
    assert_int_equal(bytes, sizeof(struct snapshot_head) + COMMANDS * sizeof(struct command_stats));
    /* Not zero by itself: init must make it so. */
    fixture->memory = malloc(bytes);
    assert_non_null(fixture->memory);
    memset(fixture->memory, 0xee, bytes);
    memset(&fixture->head, 0xdd, sizeof(fixture->head));
    memset(fixture->commands, 0xdd, sizeof(fixture->commands));
    snapshot_init(&fixture->snapshot, fixture->memory, COMMANDS);
}

static void end(struct fixture *fixture) {
    free(fixture->memory);
}

/* Whether every word of both parts is `word`. */
static bool is_all(const struct snapshot_head *head, const struct command_stats *commands,
                   u64 word) {
    u64 words[sizeof(*head) / sizeof(u64)];
    u64 rows[COMMANDS * sizeof(*commands) / sizeof(u64)];
    memcpy(words, head, sizeof(words));
    memcpy(rows, commands, sizeof(rows));
    for (u32 i = 0; i < KV_ARRAY_LENGTH(words); i++) {
        if (words[i] != word) return false;
    }
    for (u32 i = 0; i < KV_ARRAY_LENGTH(rows); i++) {
        if (rows[i] != word) return false;
    }
    return true;
}

static void fill(struct snapshot_head *head, struct command_stats *commands, u64 word) {
    u64 words[sizeof(*head) / sizeof(u64)];
    u64 rows[COMMANDS * sizeof(*commands) / sizeof(u64)];
    for (u32 i = 0; i < KV_ARRAY_LENGTH(words); i++)
        words[i] = word;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(rows); i++)
        rows[i] = word;
    memcpy(head, words, sizeof(words));
    memcpy(commands, rows, sizeof(rows));
}

static void nothing_is_published_at_first(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    assert_true(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
    assert_true(is_all(&fixture.head, fixture.commands, 0));
    assert_int_equal(fixture.head.state, SERVICE_STARTING);
    end(&fixture);
}

static void what_is_published_is_read(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    struct snapshot_head head;
    struct command_stats commands[COMMANDS];
    u8 bytes[sizeof(head) + sizeof(commands)];
    for (u32 round = 0; round < 3; round++) {
        /* No two words alike. */
        u64 word = 0x0123456789abcdefu * (round + 1);
        for (u32 i = 0; i < sizeof(bytes); i += sizeof(word), word++)
            memcpy(bytes + i, &word, sizeof(word));
        memcpy(&head, bytes, sizeof(head));
        memcpy(commands, bytes + sizeof(head), sizeof(commands));
        snapshot_publish(&fixture.snapshot, &head, commands);
        for (u32 reads = 0; reads < 2; reads++) {
            memset(&fixture.head, 0, sizeof(fixture.head));
            memset(fixture.commands, 0, sizeof(fixture.commands));
            assert_true(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
            assert_memory_equal(&fixture.head, &head, sizeof(head));
            assert_memory_equal(fixture.commands, commands, sizeof(commands));
        }
    }
    end(&fixture);
}

static void a_snapshot_without_commands(void **state) {
    (void)state;
    struct snapshot snapshot;
    struct snapshot_head head, copy;
    void *memory = malloc(snapshot_bytes(0));
    assert_non_null(memory);
    memset(&head, 0x11, sizeof(head));
    snapshot_init(&snapshot, memory, 0);
    snapshot_publish(&snapshot, &head, NULL);
    assert_true(snapshot_read(&snapshot, &copy, NULL));
    assert_memory_equal(&copy, &head, sizeof(head));
    free(memory);
}

static void values_are_found_by_their_names(void **state) {
    (void)state;
    struct snapshot_values values;
    memset(&values, 0xee, sizeof(values));
    u32 i = 0;
#define VALUE(field_, type_, unit_, metric_, help_)                                                \
    {                                                                                              \
        const struct value_info *info = snapshot_value_at(i);                                      \
        values.field_ = 1000 + i;                                                                  \
        assert_non_null(info);                                                                     \
        assert_string_equal(info->field, #field_);                                                 \
        assert_string_equal(info->metric, metric_);                                                \
        assert_string_equal(info->help, help_);                                                    \
        assert_int_equal(info->type, VALUE_##type_);                                               \
        assert_int_equal(info->unit, VALUE_##unit_);                                               \
        i++;                                                                                       \
    }
#include "kv/tbl/values.def"
#undef VALUE
    assert_int_equal(i, sizeof(values) / sizeof(u64));
    assert_null(snapshot_value_at(i));
    assert_null(snapshot_value_at(UINT32_MAX));
    for (u32 k = 0; k < i; k++)
        assert_int_equal(snapshot_value(&values, snapshot_value_at(k)), 1000 + k);
}

/* A counter's metric ends with _total and a gauge's does not; none is there twice, neither here nor
 * among the counters. */
static void values_have_proper_metrics(void **state) {
    (void)state;
    const struct value_info *info;
    for (u32 i = 0; (info = snapshot_value_at(i)) != NULL; i++) {
        const size_t len = strlen(info->metric);
        assert_true(strncmp(info->metric, "redis_", 6) == 0 ||
                    strncmp(info->metric, "kv_", 3) == 0);
        assert_true(len > 6);
        assert_int_equal(strcmp(info->metric + len - 6, "_total") == 0,
                         info->type == VALUE_COUNTER);
        assert_int_equal(info->help[strlen(info->help) - 1], '.');
        for (u32 k = 0; k < i; k++) {
            assert_string_not_equal(info->field, snapshot_value_at(k)->field);
            assert_string_not_equal(info->metric, snapshot_value_at(k)->metric);
        }
        const struct counter_info *counter;
        for (u32 k = 0; (counter = stats_counter_at(k)) != NULL; k++)
            assert_string_not_equal(info->metric, counter->metric);
    }
}

/* -- two threads -- */

struct writer {
    struct snapshot *snapshot;
    atomic_bool stop;
};

static void *write_patterns(void *context) {
    struct writer *writer = context;
    struct snapshot_head head;
    struct command_stats commands[COMMANDS];
    for (u64 word = 1; !atomic_load(&writer->stop); word++) {
        fill(&head, commands, word);
        snapshot_publish(writer->snapshot, &head, commands);
    }
    return NULL;
}

/* All words of a copy are of one publication, and no copy is older than the one before. */
static void no_copy_is_torn(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    struct writer writer = {.snapshot = &fixture.snapshot};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_patterns, &writer), 0);
    u32 torn = 0, backwards = 0, changes = 0;
    u64 before = 0;
    for (u32 copies = 0; copies < COPIES || changes < 100;) {
        /* A writer that does nothing else may come between again and again. */
        if (!snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands)) continue;
        const u64 word = fixture.head.state;
        torn += !is_all(&fixture.head, fixture.commands, word);
        backwards += word < before;
        changes += word != before;
        before = word;
        copies++;
    }
    atomic_store(&writer.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(torn, 0);
    assert_int_equal(backwards, 0);
    end(&fixture);
}

/* -- a writer that stopped in the middle -- */

static void a_reader_gives_up_on_a_sequence_that_stays_odd(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    struct snapshot_head head;
    struct command_stats commands[COMMANDS];
    fill(&head, commands, 5);
    snapshot_publish(&fixture.snapshot, &head, commands);
    atomic_fetch_add(&fixture.snapshot.sequence, 1);
    assert_false(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
    assert_false(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
    atomic_fetch_add(&fixture.snapshot.sequence, 1);
    assert_true(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
    assert_true(is_all(&fixture.head, fixture.commands, 5));
    end(&fixture);
}

static void a_sequence_may_wrap(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    struct snapshot_head head;
    struct command_stats commands[COMMANDS];
    atomic_store(&fixture.snapshot.sequence, UINT64_MAX - 1);
    for (u64 word = 1; word < 4; word++) {
        fill(&head, commands, word);
        snapshot_publish(&fixture.snapshot, &head, commands);
        assert_true(snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
        assert_true(is_all(&fixture.head, fixture.commands, word));
    }
    assert_int_equal(atomic_load(&fixture.snapshot.sequence), 4);
    end(&fixture);
}

static void only_a_snapshot_is_one(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    fixture.snapshot.magic++;
    assert_dies("magic", snapshot_publish(&fixture.snapshot, &fixture.head, fixture.commands));
    assert_dies("magic", snapshot_read(&fixture.snapshot, &fixture.head, fixture.commands));
    end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_published_at_first),
        cmocka_unit_test(what_is_published_is_read),
        cmocka_unit_test(a_snapshot_without_commands),
        cmocka_unit_test(values_are_found_by_their_names),
        cmocka_unit_test(values_have_proper_metrics),
        cmocka_unit_test(no_copy_is_torn),
        cmocka_unit_test(a_reader_gives_up_on_a_sequence_that_stays_odd),
        cmocka_unit_test(a_sequence_may_wrap),
        cmocka_unit_test(only_a_snapshot_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
