/* What goes away without a command: items whose time is over, items of flushed databases, and the
 * pages that reclaim has still to free. */
#include "kv/reclaim.h"

#include "keyspace_internal.h"

/* Deadlines compared in one step: 1 MiB of the side array, well below 100 us. */
#define DEADLINES_PER_STEP (1u << 18)
/* Pages that hold no items are passed over in the side array; so many cost as much as an object. */
#define PASSED_PER_OBJECT 64u

/* Deletes the item of a head when it is expired or its space is dead; else lowers *earliest to its
 * deadline. */
static void sweep_head(struct store *store, heap_handle handle, u32 *earliest) {
    struct item item;
    item_read_head(heap_first(&store->heap, handle), &item);
    bool dead = store->spaces[item.space].state == SPACE_DEAD;
    if (dead || store_is_expired(store, &item)) {
        item_read(&store->heap, handle, &item);
        store_delete(store, &item);
        store->counters.expired_keys += !dead;
        return;
    }
    if (item.expires_ms != 0)
        *earliest = u32_min(*earliest, store_deadline_tick(store, item.expires_ms));
}

/* Sweeps all heads of one heap page and computes its deadline anew; returns how many objects it
 * looked at. From the last slot down, because a removal may give the object of the highest slot a
 * lower one: so it is seen again, never missed. */
static u32 sweep_heap_page(struct store *store, u32 page) {
    const struct pages *pages = &store->pages;
    const u8 *data = pages_data(pages, page);
    u32 looked_at = 1;
    u32 earliest = DEADLINE_NONE;
    for (u32 slot = slotted_slots(data); slot-- > 0;) {
        if (slot >= slotted_slots(data) || !slotted_is_live(data, slot)) continue;
        looked_at++;
        if (slotted_flags(data, slot) & SLOTTED_FRAGMENT) continue;
        sweep_head(store, heap_handle_make(page, slot), &earliest);
        /* The heap frees a page with its last object. */
        if (pages->info[page].kind != PAGE_HEAP) return looked_at;
    }
    pages->deadline[page] = earliest;
    if (earliest != DEADLINE_NONE) {
        store->deadline_next = u32_min(store->deadline_next, earliest);
        store->deadline_low = u32_min(store->deadline_low, earliest);
    }
    return looked_at;
}

static inline void take(u32 *left, u32 done) {
    *left -= u32_min(*left, done);
}

bool store_sweep_expired(struct store *store, u32 *left) {
    struct pages *pages = &store->pages;
    u32 now = store_now_tick(store);
    if (store->expire_page == PAGE_NONE) {
        if (store->deadline_next > now) return false;
        store->expire_page = 1;
        store->deadline_low = DEADLINE_NONE;
    }
    u32 page = store->expire_page;
    u64 end = u64_min((u64)page + DEADLINES_PER_STEP, (u64)pages->count + 1);
    for (; page < end; page++) {
        u32 deadline = pages->deadline[page];
        if (KV_UNLIKELY(deadline <= now)) {
            if (*left == 0) break;
            if (pages->info[page].kind == PAGE_HEAP)
                take(left, sweep_heap_page(store, page));
            else
                pages->deadline[page] = DEADLINE_NONE;
        } else {
            store->deadline_low = u32_min(store->deadline_low, deadline);
        }
    }
    store->expire_page = page;
    if (page <= pages->count) return true;
    store->expire_page = PAGE_NONE;
    store->deadline_next = store->deadline_low;
    /* What is still due is so only because the clock went back: another turn will see. */
    return false;
}

bool store_sweep_dead(struct store *store, u32 *left) {
    const struct pages *pages = &store->pages;
    /* One round at most: a full round finds every dead item, as nothing moves meanwhile. */
    for (u32 passed = 0; store->dead_spaces > 0 && *left > 0; passed++) {
        kv_assert(passed <= pages->count);
        u32 page = store->sweep_page;
        store->sweep_page = page == pages->count ? 1 : page + 1;
        if (pages->info[page].kind == PAGE_HEAP)
            take(left, sweep_heap_page(store, page));
        else if (passed % PASSED_PER_OBJECT == PASSED_PER_OBJECT - 1)
            take(left, 1);
    }
    return store->dead_spaces > 0;
}

bool store_tick(struct store *store, u32 budget) {
    kv_assert(store->magic == STORE_MAGIC);
    u32 left = budget;
    bool more = store->active_expire && store_sweep_expired(store, &left);
    if (left > 0) left -= u32_min(left, reclaim_some(store, left));
    more |= store_sweep_dead(store, &left);
    return more || store->dying_head != PAGE_NONE;
}
