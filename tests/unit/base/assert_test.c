#include "kv/assert.h"

#include "../unit.h"

static void fatal_writes_the_message_and_aborts(void **state) {
    (void)state;
    assert_dies("kv: fatal: here.c:12: seven is 7\n", kv_fatal("here.c", 12, "seven is %d", 7));
    assert_dies("assert_test.c:", KV_FATAL("x"));
}

static void fatal_cuts_a_long_message_and_ends_the_line(void **state) {
    (void)state;
    char text[4000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_dies("aaaa\n", kv_fatal("f", 1, "%s", text));
    assert_dies("aaaa\n", kv_fatal(text, 1, "never seen"));
}

static void assertion_names_its_condition(void **state) {
    (void)state;
    const int one = 1;
    assert_dies("assertion failed: one == 2", kv_assert(one == 2));
    kv_assert(one == 1);
}

static void assertion_evaluates_once(void **state) {
    (void)state;
    int count = 0;
    kv_assert(++count == 1);
    assert_int_equal(count, 1);
}

static void debug_assertion_costs_nothing_in_release(void **state) {
    (void)state;
    int count = 0;
    kv_debug_assert(++count == 1);
#ifdef KV_DEBUG
    assert_int_equal(count, 1);
    assert_dies("assertion failed: count == 2", kv_debug_assert(count == 2));
#else
    assert_int_equal(count, 0);
#endif
}

static void helpers_of_types(void **state) {
    (void)state;
    struct pair {
        u32 a, b;
    } pair = {1, 2};
    assert_ptr_equal(kv_container_of(&pair.b, struct pair, b), &pair);
    assert_int_equal(u64_round_up(0, 64), 0);
    assert_int_equal(u64_round_up(1, 64), 64);
    assert_int_equal(u64_round_up(64, 64), 64);
    assert_int_equal(u64_div_up(65, 64), 2);
    assert_int_equal(u64_div_up(64, 64), 1);
    assert_int_equal(u64_div_up(0, 64), 0);
    assert_true(u64_div_up(UINT64_MAX, 2) == (u64)1 << 63);
    assert_int_equal(u64_min(3, 4), 3);
    assert_int_equal(u64_max(3, 4), 4);
    assert_int_equal(u32_min(4, 3), 3);
    assert_int_equal(u32_max(4, 3), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fatal_writes_the_message_and_aborts),
        cmocka_unit_test(fatal_cuts_a_long_message_and_ends_the_line),
        cmocka_unit_test(assertion_names_its_condition),
        cmocka_unit_test(assertion_evaluates_once),
        cmocka_unit_test(debug_assertion_costs_nothing_in_release),
        cmocka_unit_test(helpers_of_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
