/* The access field: clocks, counters, and the way back from them. */
#include "kv/access.h"
#include "kv/prng.h"

#include "../unit.h"

#define NOW_MS 1700000000000u
#define SECOND_MS 1000u
#define MINUTE_MS 60000u

static struct access_rules rules_at(bool counts, u64 now_ms) {
    struct access_rules rules = {.counts = counts, .log_factor = 10, .decay_minutes = 1};
    access_set_now(&rules, now_ms);
    return rules;
}

static void seconds_are_counted(void **state) {
    (void)state;
    struct access_rules rules = rules_at(false, NOW_MS);
    u32 access = access_new(&rules);
    assert_int_equal(access_idle_s(&rules, access), 0);
    assert_int_equal(rules.current, access);
    rules = rules_at(false, NOW_MS + 7 * SECOND_MS);
    assert_int_equal(access_idle_s(&rules, access), 7);
    access = access_used(&rules, access, 0);
    assert_int_equal(access_idle_s(&rules, access), 0);
    assert_int_equal(access, rules.current);
    /* Seconds of the clock, not of the time that has passed; quarters tell more. */
    access = access_new(&rules);
    rules = rules_at(false, NOW_MS + 7750);
    assert_int_equal(access_idle_s(&rules, access), 0);
    assert_int_equal(access_idle_quarters(&rules, access), 3);
    access = access_new(&rules);
    rules = rules_at(false, NOW_MS + 8000);
    assert_int_equal(access_idle_s(&rules, access), 1);
    assert_int_equal(access_idle_quarters(&rules, access), 1);
}

/* The clock of 26 bits goes round in 194 days. */
static void the_clock_goes_round(void **state) {
    (void)state;
    u64 round_ms = ((u64)ACCESS_IDLE_MAX_S + 1) * SECOND_MS;
    u64 before_ms = NOW_MS / round_ms * round_ms + round_ms - 3 * SECOND_MS;
    struct access_rules rules = rules_at(false, before_ms);
    u32 access = access_new(&rules);
    assert_int_equal(access, ACCESS_MASK - 11);
    rules = rules_at(false, before_ms + 10 * SECOND_MS);
    assert_int_equal(rules.clock, 28);
    assert_int_equal(access_idle_s(&rules, access), 10);
    assert_int_equal(access_idle_s(&rules, access_of_idle(&rules, 100)), 100);
    assert_true(access_of_idle(&rules, 100) <= ACCESS_MASK);
    assert_int_equal(access_idle_s(&rules, access_of_idle(&rules, UINT64_MAX)), ACCESS_IDLE_MAX_S);
}

static void a_counter_rises_by_its_odds(void **state) {
    (void)state;
    struct access_rules rules = rules_at(true, NOW_MS);
    assert_true(rules.current == ACCESS_NONE);
    u32 access = access_new(&rules);
    assert_int_equal(access_frequency(&rules, access), ACCESS_COUNTER_NEW);
    /* Certain at the bottom; one in eleven after that. */
    access = access_used(&rules, access, UINT64_MAX);
    assert_int_equal(access_frequency(&rules, access), 6);
    assert_int_equal(access_frequency(&rules, access_used(&rules, access, UINT64_MAX / 10)), 6);
    assert_int_equal(access_frequency(&rules, access_used(&rules, access, UINT64_MAX / 12)), 7);
    access = access_of_frequency(&rules, 0);
    assert_int_equal(access_frequency(&rules, access_used(&rules, access, UINT64_MAX)), 1);
    access = access_of_frequency(&rules, ACCESS_COUNTER_MAX);
    assert_int_equal(access_frequency(&rules, access_used(&rules, access, 0)), ACCESS_COUNTER_MAX);
}

/* Redis's documentation has this table for a factor of 10: 100 hits 10, 1000 hits 18, 100,000 hits
 * 142; by chance, so with some room. */
static void a_counter_is_a_logarithm(void **state) {
    (void)state;
    struct access_rules rules = rules_at(true, NOW_MS);
    struct prng prng;
    prng_init(&prng, 5);
    u32 access = access_new(&rules);
    u32 at_100 = 0;
    u32 at_1000 = 0;
    for (u32 i = 1; i <= 100000; i++) {
        access = access_used(&rules, access, prng_next(&prng));
        if (i == 100) at_100 = access_frequency(&rules, access);
        if (i == 1000) at_1000 = access_frequency(&rules, access);
    }
    assert_in_range(at_100, 7, 14);
    assert_in_range(at_1000, 15, 22);
    assert_in_range(access_frequency(&rules, access), 130, 155);
}

static void a_counter_sinks(void **state) {
    (void)state;
    struct access_rules rules = rules_at(true, NOW_MS);
    u32 access = access_of_frequency(&rules, 20);
    rules = rules_at(true, NOW_MS + 5 * MINUTE_MS);
    assert_int_equal(access_frequency(&rules, access), 15);
    assert_int_equal(access_idle_minutes(&rules, access), 5);
    rules.decay_minutes = 2;
    assert_int_equal(access_frequency(&rules, access), 18);
    rules.decay_minutes = 0;
    assert_int_equal(access_frequency(&rules, access), 20);
    rules = rules_at(true, NOW_MS + 100 * MINUTE_MS);
    assert_int_equal(access_frequency(&rules, access), 0);
    /* A use counts from where it has sunk to, and from now on. */
    rules = rules_at(true, NOW_MS + 5 * MINUTE_MS);
    access = access_used(&rules, access, UINT64_MAX);
    assert_int_equal(access_frequency(&rules, access), 15);
    assert_int_equal(access_idle_minutes(&rules, access), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_counted),
        cmocka_unit_test(the_clock_goes_round),
        cmocka_unit_test(a_counter_rises_by_its_odds),
        cmocka_unit_test(a_counter_is_a_logarithm),
        cmocka_unit_test(a_counter_sinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
