/* Eviction: room for a write at the cost of other keys. Who goes is chosen in eviction_choose.c. */
#include "kv/clock.h"
#include "kv/hash.h"

#include "eviction_internal.h"

/* A try to move items together is worth its time when so many keys have gone, and then again after
 * each eighth more. */
#define COMPACT_AFTER 2u
#define COMPACT_EVERY_PART 8u

/* -- protection -- */

static u32 mark_of(const struct store *store, struct bytes key) {
    return (u32)(hash_bytes(key, store->hash_seed) % EVICTION_MARKS);
}

bool eviction_is_protected(const struct store *store, struct bytes key) {
    const struct eviction *eviction = &store->eviction;
    if (eviction->mark_count == 0) return false;
    u32 mark = mark_of(store, key);
    return (eviction->marks[mark / 64] >> mark % 64 & 1) != 0;
}

void store_protect(struct store *store, struct bytes key) {
    struct eviction *eviction = &store->eviction;
    if (eviction->policy == POLICY_NOEVICTION) return;
    u32 mark = mark_of(store, key);
    eviction->marks[mark / 64] |= (u64)1 << mark % 64;
    if (eviction->mark_count < EVICTION_MARKS_LISTED) eviction->marked[eviction->mark_count] = mark;
    eviction->mark_count++;
}

void store_protect_end(struct store *store) {
    struct eviction *eviction = &store->eviction;
    eviction->asked = false;
    if (eviction->mark_count > EVICTION_MARKS_LISTED) {
        memset(eviction->marks, 0, EVICTION_MARKS / 8);
    } else {
        for (u32 i = 0; i < eviction->mark_count; i++)
            eviction->marks[eviction->marked[i] / 64] = 0;
    }
    eviction->mark_count = 0;
}

/* -- evicting -- */

static u64 bytes_used(const struct store *store) {
    const struct pages *pages = &store->pages;
    return store->heap.live_bytes + (u64)pages->kind_count[PAGE_TREE] * PAGE_BYTES +
           (u64)pages->kind_count[PAGE_OVERFLOW] * PAGE_BYTES;
}

static void evict(struct store *store, struct item *item) {
    store->counters.evicted_keys++;
    if (store->removed != NULL)
        store->removed(store->owner, REMOVAL_EVICTED, store->spaces[item->space].database,
                       item->key);
    store_delete(store, item);
}

static bool evict_one(struct store *store, struct eviction_work *work) {
    heap_handle handle = eviction_choose(store, work);
    if (handle == 0) return false;
    struct item item;
    item_read(&store->heap, handle, &item);
    u64 before = bytes_used(store);
    /* Since the last tick of the deadlines some more have expired. */
    if (store_is_expired(store, &item))
        store_expire(store, &item);
    else
        evict(store, &item);
    store->eviction.evicted_bytes += before - bytes_used(store);
    return true;
}

/* No number of evictions makes room for more than there are pages. */
static bool can_ever_fit(const struct store *store, const struct store_need *need) {
    return need->keys <= store->index.gauge.max &&
           need->pages + need->cost / PAGE_BYTES < store->pages.count;
}

static u32 evictions_allowed(const struct store_need *need) {
    u64 pages = need->pages + need->cost / PAGE_BYTES;
    return (u32)u64_min(EVICTIONS_PER_WRITE + pages * EVICTIONS_PER_PAGE, EVICTIONS_MAX);
}

static bool evict_until_it_fits(struct store *store, const struct store_need *need) {
    struct heap *heap = &store->heap;
    u64 wanted = store_pages_wanted(need);
    u32 allowed = evictions_allowed(need);
    u32 compact_at = COMPACT_AFTER;
    struct eviction_work work = {.looks_left = EVICTION_LOOKS};
    for (u32 evicted = 1; evicted <= allowed && evict_one(store, &work); evicted++) {
        store_relieve(store, wanted);
        if (!store_keys_fit(store, need)) continue;
        bool fits = heap_can_reserve(heap, need->pages, need->cost);
        bool compact = evicted >= compact_at && heap_shortage(heap, need->pages, need->cost) == 0;
        if (!fits && !compact) continue;
        if (heap_reserve(heap, need->pages, need->cost)) return true;
        compact_at = evicted + u32_max(evicted / COMPACT_EVERY_PART, 1);
    }
    return store_keys_fit(store, need) && heap_reserve(heap, need->pages, need->cost);
}

bool store_evict(struct store *store, const struct store_need *need) {
    struct eviction *eviction = &store->eviction;
    if (!can_ever_fit(store, need)) return false;
    const u64 begin_cycles = clock_cycles();
    if (!eviction->asked) {
        eviction->asked = true;
        if (store->protect != NULL) store->protect(store->owner);
    }
    bool fits = evict_until_it_fits(store, need);
    eviction->cycles += clock_cycles() - begin_cycles;
    return fits;
}
