/* Histograms: which bucket, which sum, and the percentiles that are read from them. */
#include "kv/histogram.h"
#include "kv/prng.h"

#include "../unit.h"

#define MILLION 1000000u

/* Exactly one bucket has something. */
static void expect_only(const u64 *buckets, u32 count, u32 bucket, u64 value) {
    for (u32 i = 0; i < count; i++)
        assert_int_equal(buckets[i], i == bucket ? value : 0);
}

static void bounds_ascend(void **state) {
    (void)state;
    for (u32 i = 1; i < DURATION_BOUND_COUNT; i++)
        assert_true(duration_bounds[i - 1] < duration_bounds[i]);
    for (u32 i = 1; i < BATCH_BOUND_COUNT; i++)
        assert_true(batch_bounds[i - 1] < batch_bounds[i]);
    assert_true(duration_bounds[0] > 0 && batch_bounds[0] > 0);
    /* Alerts ask for turns over 10 ms, so that must be a bound. */
    bool has_10_ms = false;
    for (u32 i = 0; i < DURATION_BOUND_COUNT; i++)
        has_10_ms |= duration_bounds[i] == 10 * MILLION;
    assert_true(has_10_ms);
}

static void expect_duration(u64 ns, u32 bucket) {
    struct duration_histogram histogram = {0};
    assert_int_equal(duration_bucket(ns), bucket);
    duration_histogram_add(&histogram, ns);
    expect_only(histogram.bucket, DURATION_BUCKETS, bucket, 1);
    assert_true(histogram.sum_ns == ns);
}

static void durations_up_to_a_bound_are_in_its_bucket(void **state) {
    (void)state;
    for (u32 i = 0; i < DURATION_BOUND_COUNT; i++) {
        const u64 bound = duration_bounds[i];
        expect_duration(bound - 1, i);
        expect_duration(bound, i);
        expect_duration(bound + 1, i + 1);
    }
    expect_duration(0, 0);
    expect_duration(UINT64_MAX, DURATION_BUCKETS - 1);
}

static void expect_batch(u64 requests, u32 bucket) {
    struct batch_histogram histogram = {0};
    batch_histogram_add(&histogram, requests);
    expect_only(histogram.bucket, BATCH_BUCKETS, bucket, 1);
    assert_true(histogram.sum == requests);
}

static void batches_up_to_a_bound_are_in_its_bucket(void **state) {
    (void)state;
    for (u32 i = 0; i < BATCH_BOUND_COUNT; i++) {
        const u64 bound = batch_bounds[i];
        const bool has_lower_neighbour = i > 0 && batch_bounds[i - 1] == bound - 1;
        expect_batch(bound - 1, has_lower_neighbour ? i - 1 : i);
        expect_batch(bound, i);
        expect_batch(bound + 1, i + 1);
    }
    expect_batch(0, 0);
    expect_batch(UINT64_MAX, BATCH_BUCKETS - 1);
}

static void sums_and_counts_are_of_all(void **state) {
    (void)state;
    struct duration_histogram durations = {0};
    struct batch_histogram batches = {0};
    struct prng prng;
    prng_init(&prng, 7);
    u64 sum = 0;
    for (u32 i = 0; i < 10000; i++) {
        const u64 value = prng_next(&prng) % (4 * duration_bounds[DURATION_BOUND_COUNT - 1]);
        duration_histogram_add(&durations, value);
        batch_histogram_add(&batches, value);
        sum += value;
    }
    assert_int_equal(durations.sum_ns, sum);
    assert_int_equal(batches.sum, sum);
    assert_int_equal(histogram_count(durations.bucket, DURATION_BUCKETS), 10000);
    assert_int_equal(histogram_count(batches.bucket, BATCH_BUCKETS), 10000);
    assert_int_equal(histogram_count(durations.bucket, 0), 0);
}

/* -- percentiles -- */

static void nothing_measured_is_zero(void **state) {
    (void)state;
    const u64 bucket[DURATION_BUCKETS] = {0};
    assert_int_equal(duration_percentile(bucket, 0), 0);
    assert_int_equal(duration_percentile(bucket, MILLION / 2), 0);
    assert_int_equal(duration_percentile(bucket, MILLION), 0);
}

static void known_percentiles(void **state) {
    (void)state;
    u64 bucket[DURATION_BUCKETS] = {0};
    /* A hundred between 1000 and 2500 ns: evenly spread as far as the histogram knows. */
    bucket[2] = 100;
    assert_int_equal(duration_bounds[1], 1000);
    assert_int_equal(duration_bounds[2], 2500);
    assert_int_equal(duration_percentile(bucket, 10000), 1015);
    assert_int_equal(duration_percentile(bucket, 500000), 1750);
    assert_int_equal(duration_percentile(bucket, 990000), 2485);
    assert_int_equal(duration_percentile(bucket, MILLION), 2500);
    /* The first bucket begins at zero. */
    memset(bucket, 0, sizeof(bucket));
    bucket[0] = 10;
    assert_int_equal(duration_percentile(bucket, 500000), 125);
    assert_int_equal(duration_percentile(bucket, MILLION), 250);
    /* The least is the first measurement, not nothing. */
    assert_int_equal(duration_percentile(bucket, 0), 25);
    assert_int_equal(duration_percentile(bucket, 1), 25);
    /* 99 quick ones and a slow one: the slow one is the last percent and nothing else. */
    memset(bucket, 0, sizeof(bucket));
    bucket[0] = 99;
    bucket[DURATION_BOUND_COUNT - 1] = 1;
    assert_int_equal(duration_percentile(bucket, 990000), 250);
    assert_int_equal(duration_percentile(bucket, 990001),
                     duration_bounds[DURATION_BOUND_COUNT - 1]);
}

static void what_is_above_the_last_bound_counts_as_it(void **state) {
    (void)state;
    const u64 last = duration_bounds[DURATION_BOUND_COUNT - 1];
    struct duration_histogram histogram = {0};
    for (u32 i = 0; i < 5; i++)
        duration_histogram_add(&histogram, last + 1 + i * last);
    assert_int_equal(duration_percentile(histogram.bucket, 0), last);
    assert_int_equal(duration_percentile(histogram.bucket, MILLION / 2), last);
    assert_int_equal(duration_percentile(histogram.bucket, MILLION), last);
    duration_histogram_add(&histogram, 1);
    assert_int_equal(duration_percentile(histogram.bucket, 1), duration_bounds[0]);
    assert_int_equal(duration_percentile(histogram.bucket, MILLION), last);
}

static void a_higher_quantile_is_never_less(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 11);
    for (u32 round = 0; round < 200; round++) {
        u64 bucket[DURATION_BUCKETS];
        for (u32 i = 0; i < DURATION_BUCKETS; i++) {
            const u64 bits = prng_next(&prng) % 40;
            bucket[i] = prng_next(&prng) % 3 == 0 ? 0 : prng_next(&prng) >> (24 + bits);
        }
        u64 before = 0;
        for (u32 ppm = 0; ppm <= MILLION; ppm += 977) {
            const u64 now = duration_percentile(bucket, ppm);
            assert_true(now >= before);
            before = now;
        }
        assert_true(duration_percentile(bucket, MILLION) >= before);
        assert_true(before <= duration_bounds[DURATION_BOUND_COUNT - 1]);
    }
}

/* The percentile of a bucket that many values are in lies where the values do. */
static void percentiles_lie_in_the_measurements_bucket(void **state) {
    (void)state;
    for (u32 i = 0; i < DURATION_BOUND_COUNT; i++) {
        struct duration_histogram histogram = {0};
        for (u32 k = 0; k < 1000; k++)
            duration_histogram_add(&histogram, duration_bounds[i]);
        for (u32 ppm = 1; ppm <= MILLION; ppm += 9999) {
            const u64 ns = duration_percentile(histogram.bucket, ppm);
            assert_true(ns <= duration_bounds[i] && ns >= (i == 0 ? 0 : duration_bounds[i - 1]));
        }
    }
}

/* Counts whose product with a bucket's width leaves 64 bits. */
static void huge_counts_do_not_overflow(void **state) {
    (void)state;
    u64 bucket[DURATION_BUCKETS] = {0};
    const u32 last = DURATION_BOUND_COUNT - 1;
    const u64 low = duration_bounds[last - 1];
    const u64 width = duration_bounds[last] - low;
    bucket[last] = UINT64_MAX;
    assert_int_equal(duration_percentile(bucket, MILLION), duration_bounds[last]);
    const u64 middle = duration_percentile(bucket, MILLION / 2);
    assert_true(middle >= low + width / 2 - 1 && middle <= low + width / 2 + 1);
    assert_true(duration_percentile(bucket, 1) < low + width / 1000);
    /* Two buckets of half of all numbers each. */
    memset(bucket, 0, sizeof(bucket));
    bucket[0] = UINT64_MAX / 2;
    bucket[last] = UINT64_MAX / 2;
    assert_int_equal(duration_percentile(bucket, MILLION / 2), duration_bounds[0]);
    assert_true(duration_percentile(bucket, MILLION / 2 + 1) >= low);
    assert_int_equal(duration_percentile(bucket, MILLION), duration_bounds[last]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_ascend),
        cmocka_unit_test(durations_up_to_a_bound_are_in_its_bucket),
        cmocka_unit_test(batches_up_to_a_bound_are_in_its_bucket),
        cmocka_unit_test(sums_and_counts_are_of_all),
        cmocka_unit_test(nothing_measured_is_zero),
        cmocka_unit_test(known_percentiles),
        cmocka_unit_test(what_is_above_the_last_bound_counts_as_it),
        cmocka_unit_test(a_higher_quantile_is_never_less),
        cmocka_unit_test(percentiles_lie_in_the_measurements_bucket),
        cmocka_unit_test(huge_counts_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
