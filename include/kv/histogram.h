/* histogram.h: counts of what was measured, in fixed buckets: no memory beyond the struct, and an
 * addition costs a look-up and at most two comparisons.
 *
 * The bounds are upper bounds, inclusive, as Prometheus has them; the last bucket is for all above.
 */
#ifndef KV_HISTOGRAM_H
#define KV_HISTOGRAM_H

#include "kv/types.h"

/* Nanoseconds. Close together where commands and turns lie, and at 10 ms, where alerts begin. */
/* clang-format off */
#define DURATION_BOUNDS(X)                                                                         \
    X(250)                                                                                         \
    X(1000) X(2500) X(5000) X(10000) X(25000) X(50000) X(100000) X(250000) X(500000)               \
    X(1000000) X(2500000) X(10000000) X(50000000) X(250000000) X(1000000000)
/* clang-format on */
/* Requests executed between two prefetches. */
#define BATCH_BOUNDS(X) X(1) X(2) X(4) X(8) X(16) X(32) X(64)

#define HISTOGRAM_COUNT_ONE(bound) +1
#define DURATION_BOUND_COUNT (0 DURATION_BOUNDS(HISTOGRAM_COUNT_ONE))
#define BATCH_BOUND_COUNT (0 BATCH_BOUNDS(HISTOGRAM_COUNT_ONE))
#define DURATION_BUCKETS (DURATION_BOUND_COUNT + 1)
#define BATCH_BUCKETS (BATCH_BOUND_COUNT + 1)

extern const u64 duration_bounds[DURATION_BOUND_COUNT]; /* nanoseconds, ascending */
extern const u64 batch_bounds[BATCH_BOUND_COUNT];

struct duration_histogram {
    u64 bucket[DURATION_BUCKETS];
    u64 sum_ns;
};

struct batch_histogram {
    u64 bucket[BATCH_BUCKETS];
    u64 sum;
};

/* The bucket of a duration in nanoseconds: a comparison for each bound below it, so that what is
 * short is quick. */
static inline u32 duration_bucket(u64 ns) {
    u32 bucket = 0;
    while (bucket < DURATION_BOUND_COUNT && ns > duration_bounds[bucket])
        bucket++;
    return bucket;
}

static inline void duration_histogram_add(struct duration_histogram *histogram, u64 ns) {
    histogram->bucket[duration_bucket(ns)]++;
    histogram->sum_ns += ns;
}

void batch_histogram_add(struct batch_histogram *histogram, u64 requests);

u64 histogram_count(const u64 *buckets, u32 count);
/* The duration in nanoseconds below which the part `ppm` (of a million) of the measurements lies,
 * interpolated within its bucket; what is above the last bound counts as the last bound. 0 when
 * nothing was measured. */
u64 duration_percentile(const u64 bucket[DURATION_BUCKETS], u32 ppm);

#endif
