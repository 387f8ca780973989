/* The table, single values, and what single values cannot say. */
#include "kv/limits.h"
#include "kv/options.h"

#include "../unit.h"

static struct options options;
static struct options_error error;

static int setup(void **state) {
    (void)state;
    options_default(&options);
    memset(&error, 0, sizeof(error));
    return 0;
}

static const struct option_info *find(const char *name) {
    const struct option_info *info = option_find(bytes_of_string(name));
    assert_non_null(info);
    return info;
}

static bool set(const char *name, const char *value) {
    return option_set(&options, find(name), bytes_of_string(value), &error);
}

static const char *get(const char *name) {
    static char value[OPTION_TEXT_MAX];
    u32 len = option_get(&options, find(name), value);
    assert_int_equal(len, strlen(value));
    return value;
}

static void assert_refused(const char *name, const char *value, const char *message) {
    struct options before = options;
    assert_false(set(name, value));
    assert_string_equal(error.text, message);
    assert_memory_equal(&before, &options, sizeof(options));
}

static void defaults_are_the_tables(void **state) {
    (void)state;
    assert_string_equal(get("bind"), "127.0.0.1 -::1");
    assert_int_equal(options.port, 6379);
    assert_true(options.protected_mode);
    assert_int_equal(options.capacity, CAPACITY_SHARED);
    assert_int_equal(options.io_backend, IO_BACKEND_AUTO);
    assert_string_equal(options.unixsocket, "");
    assert_false(options_is_given(&options, "memory"));
    assert_string_equal(options.config_file, "");
    assert_true(options_check(&options, &error));
}

/* What option_get writes is what option_set reads, for every option. */
static void every_option_takes_what_it_shows(void **state) {
    (void)state;
    assert_true(option_count() > 30);
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        assert_ptr_equal(find(info->name), info);
        char value[OPTION_TEXT_MAX];
        option_get(&options, info, value);
        struct options copy = options;
        assert_true(option_set(&copy, info, bytes_of_string(value), &error));
        /* That it was given is known, of it alone, even though the value is the default's. */
        assert_true(options_is_given(&copy, info->name));
        options_mark_given(&copy, info->name, false);
        assert_memory_equal(&copy, &options, sizeof(options));
        assert_true(strlen(info->help) > 0);
    }
}

static void every_number_has_its_range(void **state) {
    (void)state;
    char text[64];
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        if (info->type != OPTION_INT && info->type != OPTION_SIZE) continue;
        /* All of them fit an i64, and some may be negative. */
        const i64 usual = (i64)info->default_number;
        assert_true((i64)info->min <= usual && usual <= (i64)info->max);
        snprintf(text, sizeof(text), "%lld", (long long)info->min);
        assert_true(set(info->name, text));
        assert_string_equal(get(info->name), text);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)info->max);
        assert_true(set(info->name, text));
        assert_string_equal(get(info->name), text);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)info->max + 1);
        assert_false(set(info->name, text));
        assert_non_null(strstr(error.text, info->name));
        assert_non_null(strstr(error.text, " is not allowed: "));
        if (info->min == 0) continue;
        snprintf(text, sizeof(text), "%lld", (long long)info->min - 1);
        assert_false(set(info->name, text));
    }
}

static void names_ignore_case_and_aliases_lead_to_targets(void **state) {
    (void)state;
    assert_ptr_equal(find("PORT"), find("port"));
    assert_ptr_equal(find("maxclients"), find("connections-max"));
    assert_ptr_equal(find("MaxClients"), find("connections-max"));
    assert_null(option_find(bytes_of_string("por")));
    assert_null(option_find(bytes_of_string("ports")));
    assert_null(option_find(bytes_of_string("")));

    const char *name = NULL;
    const char *target = NULL;
    u32 count = 0;
    while (option_alias_at(count, &name, &target)) {
        assert_non_null(find(target));
        assert_ptr_equal(find(name), find(target));
        count++;
    }
    assert_true(count >= 1);
}

static void sections_begin_options(void **state) {
    (void)state;
    assert_string_equal(option_section(0), "network");
    assert_null(option_section(1));
    u32 sections = 0;
    for (u32 i = 0; i < option_count(); i++)
        sections += option_section(i) != NULL;
    assert_true(sections >= 5);
}

static void integers(void **state) {
    (void)state;
    assert_true(set("port", "0"));
    assert_int_equal(options.port, 0);
    assert_refused("port", "99999", "port: '99999' is not allowed: 0 to 65535");
    assert_refused("port", "-1", "port: '-1' is not allowed: 0 to 65535");
    assert_refused("port", "", "port: '' is not allowed: 0 to 65535");
    assert_refused("port", "6k", "port: '6k' is not allowed: 0 to 65535");
    assert_refused("port", "7 ", "port: '7 ' is not allowed: 0 to 65535");
    assert_refused("request-timeout", "0", "request-timeout: '0' is not allowed: 1 to 86400 s");
    assert_refused("key-count", "99999999999999999999999",
                   "key-count: '99999999999999999999999' is not allowed: 1 to 4000000000 keys");
}

static void sizes_take_units(void **state) {
    (void)state;
    assert_true(set("val-size-max", "4kb"));
    assert_int_equal(options.val_size_max, 4096);
    assert_true(set("val-size-max", "4K"));
    assert_int_equal(options.val_size_max, 4000);
    assert_true(set("memory", "1GB"));
    assert_int_equal(options.memory, 1u << 30);
    assert_string_equal(get("memory"), "1073741824");
    assert_true(options_is_given(&options, "memory"));
    assert_refused("key-size-max", "4kb",
                   "key-size-max: '4kb' is not allowed: 1 to 3072 bytes (b k kb m mb g gb may "
                   "follow)");
    assert_false(set("memory", "18446744073709551615gb"));
    assert_false(set("memory", "gb"));
    assert_false(set("memory", "-1"));
    assert_false(set("memory", "1 gb"));
}

static void only_what_was_set_is_given(void **state) {
    (void)state;
    assert_true(set("store-memory", "1mb"));
    assert_true(set("port", "1"));
    assert_false(options_is_given(&options, "memory"));
    assert_false(set("memory", "much"));
    assert_false(options_is_given(&options, "memory"));
    assert_true(set("memory", "1gb"));
    assert_true(options_is_given(&options, "memory"));
    assert_true(options_is_given(&options, "store-memory"));
    assert_true(options_is_given(&options, "MaxMemory"));
    assert_true(options_is_given(&options, "port"));
    assert_false(options_is_given(&options, "seccomp"));
    options_mark_given(&options, "port", false);
    assert_false(options_is_given(&options, "port"));
    options_mark_given(&options, "port", true);
    assert_true(options_is_given(&options, "port"));
    assert_dies("there is no option prt", options_is_given(&options, "prt"));
    assert_dies("there is no option prt", options_mark_given(&options, "prt", true));
    options_default(&options);
    for (u32 i = 0; i < option_count(); i++)
        assert_false(options_is_given(&options, option_at(i)->name));
}

static void bools_and_enums(void **state) {
    (void)state;
    assert_true(set("protected-mode", "NO"));
    assert_false(options.protected_mode);
    assert_string_equal(get("protected-mode"), "no");
    assert_refused("protected-mode", "maybe", "protected-mode: 'maybe' is not allowed: yes or no");
    assert_true(set("capacity", "guaranteed"));
    assert_int_equal(options.capacity, CAPACITY_GUARANTEED);
    assert_true(set("io-backend", "Epoll"));
    assert_int_equal(options.io_backend, IO_BACKEND_EPOLL);
    assert_string_equal(get("io-backend"), "epoll");
    assert_refused("io-backend", "kqueue",
                   "io-backend: 'kqueue' is not allowed: auto, io_uring or epoll");
    assert_refused("io-backend", "", "io-backend: '' is not allowed: auto, io_uring or epoll");
    assert_refused("capacity", "guaranteed|shared",
                   "capacity: 'guaranteed|shared' is not allowed: guaranteed or shared");
    assert_refused("capacity", "share", "capacity: 'share' is not allowed: guaranteed or shared");
}

static void texts_have_a_length(void **state) {
    (void)state;
    char longest[OPTION_TEXT_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    longest[OPTION_TEXT_MAX - 1] = '\0';
    assert_true(set("logfile", longest));
    assert_string_equal(get("logfile"), longest);
    longest[OPTION_TEXT_MAX - 1] = 'x';
    longest[OPTION_TEXT_MAX] = '\0';
    assert_false(set("logfile", longest));
    assert_non_null(strstr(error.text, "logfile: 'xxx"));
    assert_non_null(strstr(error.text, "...' is not allowed: at most 511 bytes"));
    assert_false(option_set(&options, find("logfile"), bytes_of("a\0b", 3), &error));
    assert_true(option_set(&options, find("logfile"), bytes_of(NULL, 0), &error));
    assert_string_equal(get("logfile"), "");
}

static void a_shorter_text_leaves_nothing_of_the_longer(void **state) {
    (void)state;
    assert_true(set("requirepass", "a-long-password"));
    assert_true(set("requirepass", "b"));
    assert_null(memchr(options.requirepass, 'p', sizeof(options.requirepass)));
}

static void fixed_ones_take_only_what_they_have(void **state) {
    (void)state;
    assert_true(set("databases", "16"));
    assert_true(set("save", ""));
    assert_true(set("appendonly", "NO"));
    assert_refused("databases", "32",
                   "databases: '32' is not allowed: it is always '16' here. SELECT takes 0 to 15.");
    assert_string_equal(get("maxmemory-policy"), "noeviction");
}

static void errors_show_no_control_bytes(void **state) {
    (void)state;
    assert_false(set("port", "1\n\x1b[31m"));
    assert_string_equal(error.text, "port: '1??[31m' is not allowed: 0 to 65535");
}

/* -- options_check -- */

static void assert_check_fails(const char *first, const char *second) {
    assert_false(options_check(&options, &error));
    assert_non_null(strstr(error.text, first));
    assert_non_null(strstr(error.text, second));
}

static void shared_needs_a_size(void **state) {
    (void)state;
    assert_true(set("memory", "0"));
    assert_check_fails("memory", "store-memory");
    assert_true(set("store-memory", "64mb"));
    assert_true(options_check(&options, &error));
    assert_true(set("memory", "32mb"));
    assert_check_fails("store-memory: '67108864'", "memory is 33554432");
}

static void guaranteed_refuses_a_given_size(void **state) {
    (void)state;
    assert_true(set("capacity", "guaranteed"));
    assert_true(options_check(&options, &error)); /* the default of memory is not a given one */
    assert_true(set("memory", "0"));
    assert_true(options_check(&options, &error));
    assert_true(set("memory", "1gb"));
    assert_check_fails("memory: ", "capacity guaranteed");
    assert_true(set("memory", "0"));
    assert_true(set("store-memory", "1gb"));
    assert_check_fails("store-memory: ", "capacity guaranteed");
}

/* Sets a size, and expects that one byte less is refused and that it is accepted. */
static void assert_smallest(const char *name, u64 smallest) {
    char text[32];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)smallest - 1);
    assert_true(set(name, text));
    assert_check_fails(name, " is not allowed: ");
    snprintf(text, sizeof(text), "%llu", (unsigned long long)smallest);
    assert_true(set(name, text));
    assert_true(options_check(&options, &error));
}

static void a_request_must_hold_one_value(void **state) {
    (void)state;
    assert_true(set("key-size-max", "3kb"));
    assert_true(set("val-size-max", "64mb"));
    assert_true(set("reply-size-max", "4gb"));
    assert_smallest("request-size-max", limits_request_size_min(&options));
    assert_true(set("request-size-max", "64mb"));
    assert_check_fails("request-size-max", "val-size-max");
    assert_check_fails("67108864", "key-size-max");
}

static void a_reply_must_hold_one_value(void **state) {
    (void)state;
    assert_true(set("val-size-max", "64mb"));
    assert_true(set("request-size-max", "1gb"));
    assert_smallest("reply-size-max", (64u << 20) + strlen("$67108864\r\n\r\n"));
}

static void a_bulk_must_hold_one_value(void **state) {
    (void)state;
    assert_true(set("val-size-max", "2mb"));
    assert_smallest("proto-max-bulk-len", 2u << 20);
    assert_true(set("proto-max-bulk-len", "1mb"));
    assert_check_fails("proto-max-bulk-len", "val-size-max");
}

static void shares_must_hold_the_largest(void **state) {
    (void)state;
    assert_smallest("receive-memory", limits_receive_memory_min(&options));
    assert_true(set("receive-memory", "0"));
    assert_smallest("reply-memory", limits_reply_memory_min(&options));
}

static void socket_permissions_are_octal(void **state) {
    (void)state;
    static const char *const good[] = {"", "0", "770", "0777"};
    static const char *const bad[] = {"8", "77a", "1777", "00777", "-7", "777 "};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(good); i++) {
        assert_true(set("unixsocketperm", good[i]));
        assert_true(options_check(&options, &error));
    }
    for (size_t i = 0; i < KV_ARRAY_LENGTH(bad); i++) {
        assert_true(set("unixsocketperm", bad[i]));
        assert_check_fails("unixsocketperm", "octal");
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_the_tables),
        TEST(every_option_takes_what_it_shows),
        TEST(every_number_has_its_range),
        TEST(names_ignore_case_and_aliases_lead_to_targets),
        TEST(sections_begin_options),
        TEST(integers),
        TEST(sizes_take_units),
        TEST(only_what_was_set_is_given),
        TEST(bools_and_enums),
        TEST(texts_have_a_length),
        TEST(a_shorter_text_leaves_nothing_of_the_longer),
        TEST(fixed_ones_take_only_what_they_have),
        TEST(errors_show_no_control_bytes),
        TEST(shared_needs_a_size),
        TEST(guaranteed_refuses_a_given_size),
        TEST(a_request_must_hold_one_value),
        TEST(a_reply_must_hold_one_value),
        TEST(a_bulk_must_hold_one_value),
        TEST(shares_must_hold_the_largest),
        TEST(socket_permissions_are_octal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
