/* Samples of what held up the server: one for a second, the newest 160, and what is said of them.
 */
#include "kv/latency.h"

#include "../unit.h"

static struct latency latency;

static int begin(void **state) {
    (void)state;
    latency = (struct latency){0};
    return 0;
}

static const struct latency_series *commands(void) {
    return &latency.series[LATENCY_COMMAND];
}

static void names_are_those_of_redis(void **state) {
    (void)state;
    assert_string_equal(latency_event_name(LATENCY_COMMAND), "command");
    assert_string_equal(latency_event_name(LATENCY_FAST_COMMAND), "fast-command");
    assert_string_equal(latency_event_name(LATENCY_EXPIRE_CYCLE), "expire-cycle");
    assert_string_equal(latency_event_name(LATENCY_EVICTION_CYCLE), "eviction-cycle");
}

static void a_second_has_one_sample_the_longest(void **state) {
    (void)state;
    latency_add(&latency, LATENCY_COMMAND, 100, 5);
    latency_add(&latency, LATENCY_COMMAND, 100, 9);
    latency_add(&latency, LATENCY_COMMAND, 100, 7);
    assert_int_equal(commands()->count, 1);
    assert_int_equal(latency_sample_at(commands(), 0).ms, 9);
    assert_int_equal(latency_sample_at(commands(), 0).unix_s, 100);
    latency_add(&latency, LATENCY_COMMAND, 101, 3);
    assert_int_equal(commands()->count, 2);
    assert_int_equal(latency_sample_at(commands(), 1).ms, 3);
    assert_int_equal(commands()->max_ms, 9);
    assert_int_equal(latency.series[LATENCY_FAST_COMMAND].count, 0);
}

static void the_newest_are_kept(void **state) {
    (void)state;
    for (u32 i = 0; i < 500; i++) {
        latency_add(&latency, LATENCY_COMMAND, 1000 + i, i);
        const u32 count = u32_min(i + 1, LATENCY_SAMPLES);
        assert_int_equal(commands()->count, count);
        assert_int_equal(latency_sample_at(commands(), 0).ms, i + 1 - count);
        assert_int_equal(latency_sample_at(commands(), count - 1).ms, i);
    }
    latency_reset(&latency, LATENCY_COMMAND);
    assert_int_equal(commands()->count, 0);
    assert_int_equal(commands()->max_ms, 0);
}

static void long_ones_are_cut_to_what_fits(void **state) {
    (void)state;
    latency_add(&latency, LATENCY_COMMAND, 1, UINT64_MAX);
    assert_int_equal(latency_sample_at(commands(), 0).ms, UINT32_MAX);
}

static void analysis(void **state) {
    (void)state;
    struct latency_analysis found;
    latency_add(&latency, LATENCY_COMMAND, 10, 10);
    latency_add(&latency, LATENCY_COMMAND, 12, 20);
    latency_add(&latency, LATENCY_COMMAND, 14, 60);
    latency_analyse(commands(), 40, &found);
    assert_int_equal(found.low_ms, 10);
    assert_int_equal(found.high_ms, 60);
    assert_int_equal(found.mean_ms, 30);
    assert_int_equal(found.deviation_ms, 20);
    assert_float_equal(found.period_s, 10, 0.001);
    /* A clock that went back. */
    latency_analyse(commands(), 5, &found);
    assert_true(found.period_s > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_redis),
        cmocka_unit_test_setup(a_second_has_one_sample_the_longest, begin),
        cmocka_unit_test_setup(the_newest_are_kept, begin),
        cmocka_unit_test_setup(long_ones_are_cut_to_what_fits, begin),
        cmocka_unit_test_setup(analysis, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
