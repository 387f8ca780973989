/* Reservation: every change of the store asks first, for keys, pages and heap bytes. */
#include "kv/reclaim.h"

#include "keyspace_internal.h"

/* Pages and objects that one step of a recovery touches: enough to get on, little enough to stop
 * soon after there is room. */
#define RECOVER_PAGES 256u
#define RECOVER_OBJECTS 4096u
/* What a reservation may sweep ahead of need while dead items wait: bounds its time. */
#define RELIEVE_OBJECTS 512u

bool store_keys_fit(const struct store *store, const struct store_need *need) {
    return need->keys <= store->index.gauge.max - store->index.gauge.used;
}

u64 store_pages_wanted(const struct store_need *need) {
    return (u64)need->pages + u64_div_up(need->cost, SLOTTED_OBJECT_MAX) + 1;
}

/* Pages that wait to be reclaimed are cheaper to have than evacuated ones. */
void store_relieve(struct store *store, u64 wanted) {
    while (pages_free_count(&store->pages) < wanted) {
        if (reclaim_some(store, RECOVER_PAGES) > 0) continue;
        u32 left = RELIEVE_OBJECTS;
        if (store->dead_spaces > 0) store_sweep_dead(store, &left);
        return;
    }
}

/* The pass that goes on when a recovery begins has missed what became due behind it; a second one
 * has not. A third could only find what is due because the clock went back. */
#define RECOVER_PASSES 2u

/* One step of giving back what clients no longer see; false when there is nothing left to give.
 * *passes counts the passes over all deadlines. */
static bool recover(struct store *store, u32 *passes) {
    if (reclaim_some(store, RECOVER_PAGES) > 0) return true;
    u32 left = RECOVER_OBJECTS;
    if (store->dead_spaces > 0) {
        store_sweep_dead(store, &left);
        return true;
    }
    if (*passes == RECOVER_PASSES) return false;
    if (store->expire_block == BLOCK_NONE && store->deadline_next > store_now_tick(store))
        return false;
    if (!store_sweep_expired(store, &left)) ++*passes;
    return true;
}

/* While a store that evicts is full, moving items together is tried in vain before nearly every
 * write. So after one such try it is not tried again until a page's worth of keys has gone. */
static bool attempt(struct store *store, const struct store_need *need) {
    struct heap *heap = &store->heap;
    struct eviction *eviction = &store->eviction;
    if (!store_keys_fit(store, need)) return false;
    bool futile = eviction->evicted_bytes < eviction->compact_at;
    if (KV_UNLIKELY(futile) && !heap_can_reserve(heap, need->pages, need->cost)) return false;
    if (KV_LIKELY(heap_reserve(heap, need->pages, need->cost))) return true;
    if (eviction->policy != POLICY_NOEVICTION)
        eviction->compact_at = eviction->evicted_bytes + PAGE_BYTES;
    return false;
}

bool store_try_reserve(struct store *store, const struct store_need *need) {
    kv_assert(store->magic == STORE_MAGIC);
    u64 wanted = store_pages_wanted(need);
    if (KV_UNLIKELY(pages_free_count(&store->pages) < wanted)) store_relieve(store, wanted);
    if (KV_LIKELY(attempt(store, need))) return true;

    u32 passes = 0;
    bool gained = false;
    while (recover(store, &passes)) {
        gained = true;
        if (store_keys_fit(store, need) && heap_can_reserve(&store->heap, need->pages, need->cost))
            break;
    }
    return gained && attempt(store, need);
}

void store_refuse(struct store *store, const struct store_need *need) {
    store->counters.refused++;
    if (store_keys_fit(store, need))
        store->pages.gauge.exhausted++;
    else
        store->index.gauge.exhausted++;
}

bool store_reserve(struct store *store, const struct store_need *need) {
    if (KV_LIKELY(store_try_reserve(store, need))) return true;
    if (store->eviction.policy != POLICY_NOEVICTION && store_evict(store, need)) return true;
    store_refuse(store, need);
    return false;
}

void store_release(struct store *store) {
    heap_release(&store->heap);
}

void store_need_item(const struct store *store, struct store_need *need, u64 key_len,
                     u64 payload_len) {
    kv_debug_assert(key_len <= store->limits.key_size_max);
    need->cost += heap_object_cost(key_len + ITEM_HEAD_MAX_EXTRA + payload_len);
}
