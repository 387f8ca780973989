#include "kv/histogram.h"

#define BOUND(bound) bound,
const u64 duration_bounds[DURATION_BOUND_COUNT] = {DURATION_BOUNDS(BOUND)};
const u64 batch_bounds[BATCH_BOUND_COUNT] = {BATCH_BOUNDS(BOUND)};
#undef BOUND

void batch_histogram_add(struct batch_histogram *histogram, u64 requests) {
    u32 bucket = 0;
    while (bucket < BATCH_BOUND_COUNT && requests > batch_bounds[bucket])
        bucket++;
    histogram->bucket[bucket]++;
    histogram->sum += requests;
}

u64 histogram_count(const u64 *buckets, u32 count) {
    u64 sum = 0;
    for (u32 i = 0; i < count; i++)
        sum += buckets[i];
    return sum;
}

u64 duration_percentile(const u64 bucket[DURATION_BUCKETS], u32 ppm) {
    const u64 count = histogram_count(bucket, DURATION_BUCKETS);
    if (count == 0) return 0;
    /* The rank of the measurement that is looked for, from 1. */
    const u64 rank = u64_max(1, (u64)(((unsigned __int128)count * ppm + 999999) / 1000000));
    u64 below = 0;
    for (u32 i = 0; i < DURATION_BOUND_COUNT; i++) {
        if (below + bucket[i] < rank) {
            below += bucket[i];
            continue;
        }
        const u64 low = i == 0 ? 0 : duration_bounds[i - 1];
        const unsigned __int128 width = duration_bounds[i] - low;
        return low + (u64)(width * (rank - below) / bucket[i]);
    }
    return duration_bounds[DURATION_BOUND_COUNT - 1];
}
