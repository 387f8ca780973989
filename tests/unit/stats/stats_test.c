/* What is counted: counters by name, errors by code, limits, rates. */
#include "kv/stats.h"

#include "../unit.h"

enum { COMMANDS = 3 };
#define START_US 5000000u
#define SAMPLE_US 100000u

struct fixture {
    struct stats stats;
    struct command_stats commands[COMMANDS];
};

static void begin(struct fixture *fixture) {
    memset(fixture, 0xee, sizeof(*fixture));
    stats_init(&fixture->stats, fixture->commands, COMMANDS, START_US);
}

static void all_begins_at_zero(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const struct counter_info *info;
    u32 i = 0;
    for (; (info = stats_counter_at(i)) != NULL; i++)
        assert_int_equal(stats_counter_value(&fixture.stats.counters, info), 0);
    assert_int_equal(i, sizeof(struct counters) / sizeof(u64));
    assert_null(stats_counter_at(UINT32_MAX));
    for (u32 code = 0; code < ERROR_CODES; code++)
        assert_int_equal(fixture.stats.errors[code], 0);
    for (u32 id = 0; id < COMMANDS; id++) {
        const struct command_stats *row = &fixture.commands[id];
        assert_int_equal(row->calls + row->rejected + row->failed + row->durations.sum_ns, 0);
        assert_int_equal(histogram_count(row->durations.bucket, DURATION_BUCKETS), 0);
    }
    assert_int_equal(histogram_count(fixture.stats.loop.bucket, DURATION_BUCKETS), 0);
    assert_int_equal(histogram_count(fixture.stats.batches.bucket, BATCH_BUCKETS), 0);
    assert_int_equal(fixture.stats.pool_count, 0);
    assert_int_equal(fixture.stats.start_us, START_US);
    assert_int_equal(stats_rate(&fixture.stats, RATE_COMMANDS), 0);
}

/* Each counter is found under its own name, and only there. */
static void counters_are_found_by_their_names(void **state) {
    (void)state;
    struct counters counters;
    memset(&counters, 0xee, sizeof(counters));
    u32 i = 0;
#define COUNTER(field, metric_, help_)                                                             \
    {                                                                                              \
        const struct counter_info *info = stats_counter_at(i);                                     \
        counters.field = 1000 + i;                                                                 \
        assert_non_null(info);                                                                     \
        assert_string_equal(info->name, #field);                                                   \
        assert_string_equal(info->metric, metric_);                                                \
        assert_string_equal(info->help, help_);                                                    \
        i++;                                                                                       \
    }
#include "kv/tbl/counters.def"
#undef COUNTER
    for (u32 k = 0; k < i; k++)
        assert_int_equal(stats_counter_value(&counters, stats_counter_at(k)), 1000 + k);
}

/* What Prometheus wants of a counter, and what a reader of the page does: no two of a name, and a
 * sentence for each. */
static void counters_have_proper_metrics(void **state) {
    (void)state;
    const struct counter_info *info;
    for (u32 i = 0; (info = stats_counter_at(i)) != NULL; i++) {
        const size_t len = strlen(info->metric);
        assert_true(strncmp(info->metric, "redis_", 6) == 0 ||
                    strncmp(info->metric, "kv_", 3) == 0);
        assert_true(len > 6 && strcmp(info->metric + len - 6, "_total") == 0);
        assert_true(strlen(info->help) > 10);
        assert_int_equal(info->help[strlen(info->help) - 1], '.');
        for (u32 k = 0; k < i; k++) {
            assert_string_not_equal(info->name, stats_counter_at(k)->name);
            assert_string_not_equal(info->metric, stats_counter_at(k)->metric);
        }
    }
}

static void errors_have_the_code_that_they_begin_with(void **state) {
    (void)state;
    for (u32 code = 0; code < ERROR_CODES; code++) {
        const char *name = stats_error_name((enum error_code)code);
        char text[64];
        assert_int_equal(stats_error_code(bytes_of_string(name)), code);
        snprintf(text, sizeof(text), "%s and so on", name);
        assert_int_equal(stats_error_code(bytes_of_string(text)), code);
        snprintf(text, sizeof(text), "%sX and so on", name);
        assert_int_equal(stats_error_code(bytes_of_string(text)), ERROR_ERR);
    }
    assert_string_equal(stats_error_name(ERROR_WRONGTYPE), "WRONGTYPE");
    assert_int_equal(stats_error_code(bytes_of_string("NOSUCH thing")), ERROR_ERR);
    assert_int_equal(stats_error_code(bytes_of_string("wrongtype x")), ERROR_ERR);
    assert_int_equal(stats_error_code(bytes_of_string("WRONG")), ERROR_ERR);
    assert_int_equal(stats_error_code(bytes_of_string("")), ERROR_ERR);
    assert_int_equal(stats_error_code(bytes_of_string(" OOM")), ERROR_ERR);
}

static void a_reset_leaves_the_limits_and_the_start(void **state) {
    (void)state;
    struct fixture fixture;
    struct gauge gauge = {.used = 1, .max = 5, .high_water = 3, .exhausted = 2};
    begin(&fixture);
    stats_add_pool(&fixture.stats, "things", "things-max", "some.things more.things", &gauge);
    fixture.stats.counters.commands_processed = 500;
    fixture.stats.errors[ERROR_OOM] = 3;
    fixture.commands[1] = (struct command_stats){.calls = 1, .rejected = 2, .failed = 3};
    duration_histogram_add(&fixture.commands[1].durations, 700);
    duration_histogram_add(&fixture.stats.loop, 800);
    batch_histogram_add(&fixture.stats.batches, 9);
    stats_sample(&fixture.stats, START_US + SAMPLE_US);
    assert_true(stats_rate(&fixture.stats, RATE_COMMANDS) > 0);
    stats_reset(&fixture.stats);
    assert_int_equal(fixture.stats.counters.commands_processed, 0);
    assert_int_equal(fixture.stats.errors[ERROR_OOM], 0);
    const struct command_stats *row = &fixture.commands[1];
    assert_int_equal(row->calls + row->rejected + row->failed + row->durations.sum_ns, 0);
    assert_int_equal(histogram_count(row->durations.bucket, DURATION_BUCKETS), 0);
    assert_int_equal(fixture.stats.loop.sum_ns + fixture.stats.batches.sum, 0);
    assert_int_equal(histogram_count(fixture.stats.loop.bucket, DURATION_BUCKETS), 0);
    assert_int_equal(histogram_count(fixture.stats.batches.bucket, BATCH_BUCKETS), 0);
    assert_int_equal(stats_rate(&fixture.stats, RATE_COMMANDS), 0);
    assert_int_equal(fixture.stats.start_us, START_US);
    assert_int_equal(fixture.stats.pool_count, 1);
    assert_string_equal(fixture.stats.pools[0].name, "things");
    assert_string_equal(fixture.stats.pools[0].option, "things-max");
    assert_string_equal(fixture.stats.pools[0].regions, "some.things more.things");
    assert_int_equal(fixture.stats.pools[0].gauge->exhausted, 2);
    /* What came before the reset is no negative rate after it. */
    fixture.stats.counters.commands_processed = 10;
    stats_sample(&fixture.stats, START_US + 2 * SAMPLE_US);
    assert_int_equal(stats_rate(&fixture.stats, RATE_COMMANDS), 100 / STATS_SAMPLES);
}

static void limits_are_few(void **state) {
    (void)state;
    struct fixture fixture;
    struct gauge gauge = {0};
    begin(&fixture);
    for (u32 i = 0; i < STATS_POOLS_MAX; i++)
        stats_add_pool(&fixture.stats, "pool", "", "", &gauge);
    assert_int_equal(fixture.stats.pool_count, STATS_POOLS_MAX);
    assert_dies("pool_count", stats_add_pool(&fixture.stats, "one more", "", "", &gauge));
    fixture.stats.pool_count--;
    char name[STATS_NAME_MAX + 2];
    memset(name, 'n', sizeof(name));
    name[STATS_NAME_MAX + 1] = '\0';
    assert_dies("STATS_NAME_MAX", stats_add_pool(&fixture.stats, name, "", "", &gauge));
    name[STATS_NAME_MAX] = '\0';
    stats_add_pool(&fixture.stats, name, "", "", &gauge);
    assert_int_equal(fixture.stats.pool_count, STATS_POOLS_MAX);
}

static void rates_are_means_of_the_last_samples(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    struct stats *stats = &fixture.stats;
    /* Too early: no sample. */
    stats->counters.commands_processed = 7;
    stats_sample(stats, START_US + SAMPLE_US - 1);
    assert_int_equal(stats_rate(stats, RATE_COMMANDS), 0);
    /* 100 commands, 1000 bytes in and 50 out per sample. */
    stats->counters.commands_processed = 0;
    for (u64 i = 1; i <= STATS_SAMPLES; i++) {
        stats->counters.commands_processed += 100;
        stats->counters.input_bytes += 1000;
        stats->counters.output_bytes += 50;
        stats_sample(stats, START_US + i * SAMPLE_US);
        assert_int_equal(stats_rate(stats, RATE_COMMANDS), 1000 * i / STATS_SAMPLES);
    }
    assert_int_equal(stats_rate(stats, RATE_INPUT), 10000);
    assert_int_equal(stats_rate(stats, RATE_OUTPUT), 500);
    /* A late sample counts the time that has passed. */
    stats->counters.commands_processed += 300;
    u64 now_us = START_US + (STATS_SAMPLES + 3) * SAMPLE_US;
    stats_sample(stats, now_us);
    assert_int_equal(stats_rate(stats, RATE_COMMANDS), 1000);
    /* Silence takes as many samples to show. */
    for (u32 i = 0; i < STATS_SAMPLES; i++) {
        assert_true(stats_rate(stats, RATE_COMMANDS) > 0);
        now_us += SAMPLE_US;
        stats_sample(stats, now_us);
    }
    assert_int_equal(stats_rate(stats, RATE_COMMANDS), 0);
}

static void gauges_remember_the_most(void **state) {
    (void)state;
    struct gauge gauge;
    memset(&gauge, 0xee, sizeof(gauge));
    gauge_init(&gauge, 10);
    assert_int_equal(gauge.used + gauge.high_water + gauge.exhausted, 0);
    assert_int_equal(gauge.max, 10);
    gauge_add(&gauge, 3);
    gauge_add(&gauge, 4);
    gauge_sub(&gauge, 5);
    gauge_add(&gauge, 1);
    assert_int_equal(gauge.used, 3);
    assert_int_equal(gauge.high_water, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_begins_at_zero),
        cmocka_unit_test(counters_are_found_by_their_names),
        cmocka_unit_test(counters_have_proper_metrics),
        cmocka_unit_test(errors_have_the_code_that_they_begin_with),
        cmocka_unit_test(a_reset_leaves_the_limits_and_the_start),
        cmocka_unit_test(limits_are_few),
        cmocka_unit_test(rates_are_means_of_the_last_samples),
        cmocka_unit_test(gauges_remember_the_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
