/* The table of commands: every one is found by its name in any case and nothing else is; arity,
 * keys and subcommands are consistent. */
#include <ctype.h>

#include "kv/call.h"
#include "kv/prng.h"

#include "../unit.h"

static struct command_lookup lookup;

static int init_lookup(void **state) {
    (void)state;
    command_lookup_init(&lookup);
    return 0;
}

static const struct command *find(const char *name) {
    return command_find(&lookup, bytes_of_string(name));
}

static const struct command *find_full(const char *name) {
    return command_find_full(&lookup, bytes_of_string(name));
}

static bool is_child(const struct command *command) {
    return command->parent != COMMAND_ID_NONE;
}

/* Draws the case of each letter. */
static void shuffle_case(struct prng *prng, const char *name, char out[COMMAND_NAME_MAX + 1]) {
    size_t i = 0;
    for (; name[i] != '\0'; i++)
        out[i] = (char)(prng_below(prng, 2) == 0 ? toupper(name[i]) : name[i]);
    out[i] = '\0';
}

static void every_command_is_found_in_any_case(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        assert_int_equal(command->id, id);
        for (u32 i = 0; i < 20; i++) {
            char name[COMMAND_NAME_MAX + 1];
            shuffle_case(&prng, command->name, name);
            if (is_child(command)) {
                const struct command *parent = command_at(command->parent);
                assert_ptr_equal(command_find_child(parent, bytes_of_string(name)), command);
            } else {
                assert_ptr_equal(find(name), command);
                assert_ptr_equal(find_full(name), command);
            }
        }
        assert_ptr_equal(find_full(command->full_name), command);
        /* The metrics would cut it, and two commands might become one. */
        assert_true(strlen(command->full_name) <= STATS_NAME_MAX);
    }
}

/* Two commands in one slot would be one command lost. */
static void no_two_commands_share_a_slot(void **state) {
    (void)state;
    u32 found = 0, top = 0;
    for (u32 slot = 0; slot < COMMAND_LOOKUP_SLOTS; slot++) {
        if (lookup.slot[slot] == COMMAND_ID_NONE) continue;
        assert_true(lookup.slot[slot] < COMMAND_COUNT);
        assert_false(is_child(command_at(lookup.slot[slot])));
        found++;
    }
    for (u32 id = 0; id < COMMAND_COUNT; id++)
        top += !is_child(command_at(id));
    assert_int_equal(found, top);
    assert_true(found * 2 < COMMAND_LOOKUP_SLOTS);
}

static bool is_known(struct bytes name) {
    for (u32 id = 0; id < COMMAND_COUNT; id++)
        if (!is_child(command_at(id)) && bytes_is_word(name, command_at(id)->name)) return true;
    return false;
}

static void nothing_else_is_found(void **state) {
    (void)state;
    static const char *const unknown[] = {
        "",        "g",         "ge",         "gett",
        "xget",    "get ",      " get",       "get\n",
        "client|", "|id",       "client|id|", "client|nosuch",
        "get|id",  "nosuch|id", "client id",  "abcdefghijklmnopqrstuvwxyz"};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(unknown); i++) {
        assert_null(find(unknown[i]));
        assert_null(find_full(unknown[i]));
    }
    assert_null(find("client|id"));
    assert_null(command_find(&lookup, bytes_of("get\0", 4)));
    assert_null(command_find(&lookup, bytes_of("ge\0", 3)));
    assert_null(command_find(&lookup, bytes_of(NULL, 0)));
    /* Bytes that differ from a letter in the bit of its case only. */
    assert_null(find("\x07"
                     "et"));
    assert_null(find("GE\x14"));
    assert_null(find("\xe7"
                     "et"));
}

/* Names near those that exist, and any bytes. */
static void random_names_are_found_only_when_they_are_names(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    u32 known = 0;
    for (u32 i = 0; i < 200000; i++) {
        u8 name[COMMAND_NAME_MAX + 4];
        size_t len = 0;
        const char *base = command_at((u32)prng_below(&prng, COMMAND_COUNT))->name;
        for (; base[len] != '\0'; len++)
            name[len] = (u8)base[len];
        if (prng_below(&prng, 2) == 0) name[prng_below(&prng, len)] = (u8)prng_next(&prng);
        if (prng_below(&prng, 3) == 0) len = prng_below(&prng, len + 1);
        if (prng_below(&prng, 3) == 0) name[len++] = (u8)prng_next(&prng);
        const struct bytes bytes = bytes_of(name, len);
        const struct command *command = command_find(&lookup, bytes);
        known += command != NULL;
        assert_int_equal(command != NULL, is_known(bytes));
        if (command != NULL) assert_true(bytes_is_word(bytes, command->name));
    }
    assert_true(known > 1000);
}

static void subcommands_stand_behind_their_container(void **state) {
    (void)state;
    u32 containers = 0;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        char full[64];
        if (!is_child(command)) {
            assert_string_equal(command->full_name, command->name);
            const bool followed = id + 1 < COMMAND_COUNT && command_at(id + 1)->parent == id;
            assert_int_equal(command_is_container(command), followed);
            containers += followed;
            continue;
        }
        const struct command *parent = command_at(command->parent);
        assert_true(command_is_container(parent));
        assert_true(command_at(id - 1) == parent || command_at(id - 1)->parent == parent->id);
        snprintf(full, sizeof(full), "%s|%s", parent->name, command->name);
        assert_string_equal(command->full_name, full);
        assert_non_null(command->handler);
        assert_non_null(command_find_child(parent, bytes_of_string("help")));
    }
    assert_true(containers >= 5);
    const struct command *client = find("client");
    assert_null(command_find_child(client, bytes_of_string("count")));
    assert_null(command_find_child(client, bytes_of_string("")));
    assert_null(command_find_child(client, bytes_of_string("idx")));
    assert_null(command_find_child(find("get"), bytes_of_string("strlen")));
}

static void every_row_is_complete(void **state) {
    (void)state;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        assert_int_not_equal(command->arity, 0);
        assert_in_range(strlen(command->name), 1, COMMAND_NAME_MAX);
        for (const char *c = command->name; *c != '\0'; c++)
            assert_true(islower(*c) || *c == '_' || *c == '-');
        assert_true(strlen(command->group) > 0 && strlen(command->since) >= 5);
        assert_true(strlen(command->summary) > 5 && strlen(command->complexity) > 3);
        if (command->handler == command_container) assert_true(command_is_container(command));
        assert_true(command->flags < 1u << COMMAND_FLAG_BITS);
        assert_true(command->categories != 0 || command_is_container(command));
        const u32 read = command->flags & COMMAND_FLAG(READONLY);
        const u32 write = command->flags & COMMAND_FLAG(WRITE);
        assert_false(read && write);
        if (command->flags & COMMAND_FLAG(DENYOOM)) assert_true(write);
    }
}

static void arity_counts_the_name(void **state) {
    (void)state;
    const struct command *get = find("get"), *del = find("del"), *kill = find_full("client|kill");
    assert_false(command_arity_fits(get, 1));
    assert_true(command_arity_fits(get, 2));
    assert_false(command_arity_fits(get, 3));
    assert_false(command_arity_fits(del, 1));
    assert_true(command_arity_fits(del, 2));
    assert_true(command_arity_fits(del, 1000000));
    assert_false(command_arity_fits(kill, 2));
    assert_true(command_arity_fits(kill, 3));
}

/* With any legal number of arguments the keys lie among them; with any other nothing is read that
 * is not there. */
static void keys_lie_among_the_arguments(void **state) {
    (void)state;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        bool has_keys = command->key_specs[0].find != KEY_FIND_NONE;
        if (command->key_first != 0) assert_true(has_keys && command->key_step > 0);
        for (u32 i = 0; i < KEY_SPECS_MAX && command->key_specs[i].find != KEY_FIND_NONE; i++)
            assert_true(command->key_specs[i].flags != 0);
        for (u32 argc = 1; argc < 12; argc++) {
            struct bytes argv[12];
            for (u32 i = 0; i < argc; i++)
                argv[i] = bytes_of_string("2");
            struct key_walk walk;
            key_walk_begin(&walk, command, argv, argc);
            u32 found = 0;
            for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk), found++)
                assert_true(i < argc);
            const bool at_fixed_places = command->key_first != 0;
            if (at_fixed_places && command_arity_fits(command, argc)) assert_true(found > 0);
            assert_int_equal(found > 0, command_first_key(command, argv, argc) != 0);
        }
    }
}

/* The indices of a call's keys, as digits. */
static const char *keys_of(const char *line) {
    static char out[32];
    static char text[128];
    struct bytes argv[16];
    u32 argc = 0;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = bytes_of_string(word);
    struct key_walk walk;
    key_walk_begin(&walk, command_find(&lookup, argv[0]), argv, argc);
    u32 count = 0;
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk))
        out[count++] = (char)('0' + i);
    out[count] = '\0';
    return out;
}

static void keys_are_where_the_table_says(void **state) {
    (void)state;
    assert_string_equal(keys_of("get a"), "1");
    assert_string_equal(keys_of("set a b px 1 nx get"), "1");
    assert_string_equal(keys_of("del a b c d"), "1234");
    assert_string_equal(keys_of("mset a 1 b 2"), "13");
    assert_string_equal(keys_of("mset a 1 b 2 c"), "135");
    assert_string_equal(keys_of("ping a"), "");
    assert_string_equal(keys_of("get"), "");
}

/* What a transaction's replies are bounded by: see tbl/effects.def. */
static void every_command_that_writes_has_effects(void **state) {
    (void)state;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        if (command->flags & COMMAND_FLAG(WRITE) && !reply_bounds_knows(command))
            fail_msg("%s is not in tbl/effects.def", command->full_name);
        /* It would be run to measure its reply. */
        bool is_measured = command->bound >= BOUND_VALUE && command->id != COMMAND_ID_EXEC;
        if (is_measured && command->flags & COMMAND_FLAG(NO_MULTI))
            fail_msg("%s cannot be queued", command->full_name);
    }
}

static void the_lookup_does_not_depend_on_when_it_is_made(void **state) {
    (void)state;
    struct command_lookup again;
    command_lookup_init(&again);
    assert_true(again.seed == lookup.seed);
    assert_memory_equal(again.slot, lookup.slot, sizeof(again.slot));
    assert_dies("id < COMMAND_COUNT", command_at(COMMAND_COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_found_in_any_case),
        cmocka_unit_test(no_two_commands_share_a_slot),
        cmocka_unit_test(nothing_else_is_found),
        cmocka_unit_test(random_names_are_found_only_when_they_are_names),
        cmocka_unit_test(subcommands_stand_behind_their_container),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(arity_counts_the_name),
        cmocka_unit_test(keys_lie_among_the_arguments),
        cmocka_unit_test(keys_are_where_the_table_says),
        cmocka_unit_test(every_command_that_writes_has_effects),
        cmocka_unit_test(the_lookup_does_not_depend_on_when_it_is_made),
    };
    return cmocka_run_group_tests(tests, init_lookup, NULL);
}
