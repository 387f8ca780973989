/* The slow log: what an entry keeps, and that the newest are kept, as many as bytes and length
 * allow: against a model that keeps everything. */
#include <stdio.h>
#include <stdlib.h>

#include "kv/prng.h"
#include "kv/slow_log.h"

#include "../unit.h"

enum { ADDS = 20000, MODEL_MAX = 4096, ARGC_MAX = 40, TEXT_MAX = 300 };

static _Alignas(8) u8 memory[65536];
static struct slow_log slow;

static void begin(u64 bytes) {
    memset(memory, 0xa5, sizeof(memory));
    slow_log_init(&slow, memory, bytes);
}

static void add(const char *const *words, u32 argc, u64 secret, u64 length_max) {
    struct bytes argv[64];
    assert_true(argc <= 64);
    for (u32 i = 0; i < argc; i++)
        argv[i] = bytes_of_string(words[i]);
    const struct slow_call call = {.unix_s = 1000 + slow.next_id,
                                   .duration_us = slow.next_id * 7,
                                   .argv = argv,
                                   .argc = argc,
                                   .secret = secret,
                                   .address = "127.0.0.1:1234",
                                   .name = "me"};
    slow_log_add(&slow, &call, length_max);
}

static void an_entry_keeps_what_it_was_given(void **state) {
    (void)state;
    const char *const words[] = {"SET", "key", ""};
    struct slow_arguments arguments;
    struct slow_argument argument;
    begin(8192);
    assert_null(slow_log_newest(&slow));
    add(words, 3, 0, 10);
    const struct slow_entry *entry = slow_log_newest(&slow);
    assert_non_null(entry);
    assert_null(slow_log_older(&slow, entry));
    assert_int_equal(entry->id, 0);
    assert_int_equal(entry->unix_s, 1000);
    assert_true(bytes_equal(slow_entry_address(entry), bytes_of_string("127.0.0.1:1234")));
    assert_true(bytes_equal(slow_entry_name(entry), bytes_of_string("me")));
    assert_int_equal(slow_arguments_begin(&arguments, entry), 3);
    for (u32 i = 0; i < 3; i++) {
        assert_true(slow_arguments_next(&arguments, &argument));
        assert_true(bytes_equal(argument.text, bytes_of_string(words[i])));
        assert_int_equal(argument.bytes_more, 0);
        assert_int_equal(argument.arguments_more, 0);
    }
    assert_false(slow_arguments_next(&arguments, &argument));
}

static void secrets_are_hidden(void **state) {
    (void)state;
    const char *const words[] = {"AUTH", "user", "password"};
    struct slow_arguments arguments;
    struct slow_argument argument;
    begin(8192);
    add(words, 3, 6, 10);
    slow_arguments_begin(&arguments, slow_log_newest(&slow));
    slow_arguments_next(&arguments, &argument);
    assert_true(bytes_equal(argument.text, bytes_of_string("AUTH")));
    for (u32 i = 0; i < 2; i++) {
        assert_true(slow_arguments_next(&arguments, &argument));
        assert_true(bytes_equal(argument.text, bytes_of_string("(redacted)")));
    }
    for (size_t i = 0; i + 8 < sizeof(memory); i++)
        assert_true(memcmp(memory + i, "password", 8) != 0);
}

static void what_is_too_much_is_counted(void **state) {
    (void)state;
    const char *words[33];
    char text[200];
    struct slow_arguments arguments;
    struct slow_argument argument;
    memset(text, 'x', sizeof(text));
    text[130] = '\0';
    for (u32 i = 0; i < 33; i++)
        words[i] = text;
    begin(8192);
    for (u32 argc = 31; argc <= 33; argc++) {
        add(words, argc, 0, 10);
        const u32 shown = slow_arguments_begin(&arguments, slow_log_newest(&slow));
        assert_int_equal(shown, argc < 32 ? argc : 32);
        for (u32 i = 0; i < shown; i++) {
            assert_true(slow_arguments_next(&arguments, &argument));
            const bool rest = argc == 33 && i == 31;
            assert_int_equal(argument.arguments_more, rest ? 2 : 0);
            assert_int_equal(argument.text.len, rest ? 0 : 128);
            assert_int_equal(argument.bytes_more, rest ? 0 : 2);
        }
        assert_false(slow_arguments_next(&arguments, &argument));
    }
}

static void the_smallest_log_holds_the_largest_entry(void **state) {
    (void)state;
    const char *words[32];
    char text[SLOW_LOG_ARGUMENT_BYTES + 1] = "";
    memset(text, 'y', SLOW_LOG_ARGUMENT_BYTES);
    for (u32 i = 0; i < 32; i++)
        words[i] = text;
    begin(slow_log_entry_bytes_max());
    for (u32 i = 0; i < 5; i++) {
        add(words, 32, 0, 10);
        assert_int_equal(slow.length, 1);
        assert_int_equal(slow_log_newest(&slow)->id, i);
    }
    assert_int_equal(slow.gauge.exhausted, 4);
    assert_true(slow.gauge.used <= slow.gauge.max);
    assert_true(slow_log_entry_bytes_max() <= 8192);
}

static void no_length_keeps_nothing(void **state) {
    (void)state;
    const char *const words[] = {"PING"};
    begin(8192);
    for (u32 i = 0; i < 5; i++)
        add(words, 1, 0, 3);
    assert_int_equal(slow.length, 3);
    add(words, 1, 0, 0);
    assert_int_equal(slow.length, 0);
    assert_int_equal(slow.gauge.used, 0);
    assert_null(slow_log_newest(&slow));
    add(words, 1, 0, 3);
    assert_int_equal(slow.length, 1);
    assert_int_equal(slow_log_newest(&slow)->id, 5);
    slow_log_reset(&slow);
    assert_int_equal(slow.length, 0);
}

/* -- against a model -- */

struct made {
    u32 argc;
    u32 len[ARGC_MAX];
    u8 byte; /* all arguments consist of it */
};
static struct made made[ADDS];

static void check_entry(const struct slow_entry *entry, const struct made *model) {
    struct slow_arguments arguments;
    struct slow_argument argument;
    assert_int_equal(entry->argc, model->argc);
    assert_int_equal(entry->duration_us, model->byte);
    const u32 shown = slow_arguments_begin(&arguments, entry);
    for (u32 i = 0; i < shown; i++) {
        assert_true(slow_arguments_next(&arguments, &argument));
        if (argument.arguments_more > 0) continue;
        assert_int_equal(argument.text.len + argument.bytes_more, model->len[i]);
        for (size_t j = 0; j < argument.text.len; j++)
            assert_int_equal(argument.text.data[j], model->byte);
    }
}

static void check_log(u64 total, u64 length_max) {
    u64 count = 0;
    for (const struct slow_entry *entry = slow_log_newest(&slow); entry != NULL;
         entry = slow_log_older(&slow, entry)) {
        assert_true(count < slow.length);
        assert_int_equal(entry->id, total - 1 - count);
        check_entry(entry, &made[entry->id]);
        count++;
    }
    assert_int_equal(count, slow.length);
    assert_true(count <= length_max && (count > 0 || total == 0));
    assert_true(slow.gauge.used <= slow.gauge.max);
    assert_true((slow.gauge.used == 0) == (count == 0));
}

static void the_newest_are_kept(void **state) {
    (void)state;
    static u8 text[TEXT_MAX];
    struct bytes argv[ARGC_MAX];
    struct prng prng;
    prng_init(&prng, 4);
    begin(8192 + 24);
    u64 length_max = 20;
    u64 most = 0;
    for (u32 n = 0; n < ADDS; n++) {
        struct made *model = &made[n];
        model->argc = 1 + (u32)prng_below(&prng, prng_below(&prng, 20) == 0 ? ARGC_MAX : 6);
        model->byte = (u8)(1 + prng_below(&prng, 250));
        memset(text, model->byte, sizeof(text));
        for (u32 i = 0; i < model->argc; i++) {
            model->len[i] = (u32)prng_below(&prng, prng_below(&prng, 10) == 0 ? TEXT_MAX : 20);
            argv[i] = bytes_of(text, model->len[i]);
        }
        if (prng_below(&prng, 500) == 0) length_max = 1 + prng_below(&prng, 200);
        const struct slow_call call = {.duration_us = model->byte,
                                       .argv = argv,
                                       .argc = model->argc,
                                       .address = "",
                                       .name = "a name"};
        slow_log_add(&slow, &call, length_max);
        most = u64_max(most, slow.length);
        if (n % 16 == 0) check_log(n + 1, length_max);
    }
    assert_true(most > 30);
    assert_true(slow.gauge.exhausted > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_keeps_what_it_was_given),
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(what_is_too_much_is_counted),
        cmocka_unit_test(the_smallest_log_holds_the_largest_entry),
        cmocka_unit_test(no_length_keeps_nothing),
        cmocka_unit_test(the_newest_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
