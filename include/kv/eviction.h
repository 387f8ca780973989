/* eviction.h: which keys go when the store is full and maxmemory-policy is not noeviction.
 *
 * Candidates are sampled, as in Redis: of some random keys the best are remembered in a small pool,
 * and the best of all goes. A key that the running command works on is protected; see
 * store_protect.
 *
 * What one write may cost is bounded: it evicts at most EVICTIONS_PER_WRITE keys, and as many more
 * as EVICTIONS_PER_PAGE for each whole page that it needs, up to EVICTIONS_MAX; and it passes over
 * at most EVICTION_LOOKS places that hold no candidate. A write for which that does not suffice is
 * refused; what it has evicted stays evicted, so that it gets further when it is tried again.
 */
#ifndef KV_EVICTION_H
#define KV_EVICTION_H

#include "kv/heap.h"
#include "kv/options.h"

#define EVICTIONS_PER_WRITE 1024u
#define EVICTIONS_PER_PAGE 128u
#define EVICTIONS_MAX (1u << 17)
/* Buckets of the index and entries of the deadlines: a few milliseconds at the most. */
#define EVICTION_LOOKS (1u << 18)
#define EVICTION_POOL 16u
/* More than that of maxmemory-samples changes nothing any more. */
#define EVICTION_SAMPLES_MAX 64u

/* Protected keys are bits of a map: one other key in EVICTION_MARKS is protected with each. */
#define EVICTION_MARKS (1u << 18)
/* As many marks are taken out one by one, more of them by clearing the map. */
#define EVICTION_MARKS_LISTED 64u

struct eviction_candidate {
    heap_handle handle; /* of an item that may have gone or changed since */
    u64 rank;           /* the higher, the sooner it goes */
};

struct eviction {
    u32 policy;  /* enum maxmemory_policy */
    u32 samples; /* keys to look at for each that goes */
    u32 pool_count;
    struct eviction_candidate pool[EVICTION_POOL]; /* by rank, the best last */
    u64 bucket; /* where the walk for candidates goes on when random buckets have none */
    u32 page;   /* the same for pages with a deadline */
    /* Moving items together is futile until so much has been evicted. */
    u64 evicted_bytes;
    u64 compact_at;
    u64 *marks; /* EVICTION_MARKS bits */
    u32 mark_count;
    u32 marked[EVICTION_MARKS_LISTED];
    bool asked; /* the owner has protected what the running command works on */
    u64 cycles; /* of the processor, that evicting took since the owner last took note */
};

static inline bool eviction_policy_is_volatile(u32 policy) {
    return policy <= POLICY_VOLATILE_TTL;
}

#endif
