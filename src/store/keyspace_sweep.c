/* What goes away without a command: items whose time is over, items of flushed databases, and the
 * pages that reclaim has still to free. */
#include "kv/reclaim.h"

#include "keyspace_internal.h"

/* Blocks whose deadlines are compared in one step: 1 MiB, well below 100 us. */
#define BLOCKS_PER_STEP (1u << 18)
#define CACHE_LINE 64u
/* Heads of a page that are looked at in the time that removing one item takes. */
#define LOOKS_PER_REMOVAL 8u
/* Pages that hold no items are passed over in the side array; so many cost as much as a removal. */
#define PASSED_PER_REMOVAL 64u
#define SLOTS_MAX (PAGE_BYTES / SLOTTED_SLOT_BYTES)

/* What a look at all heads of one page found. */
struct page_survey {
    u32 heads;
    u32 dead_count;
    u32 earliest; /* tick of the others' first deadline */
    u16 dead[SLOTS_MAX];
};

/* Whether a head's item is to go: its space is dead, or its time is over and it is swept for that.
 */
static inline bool is_dead(const struct store *store, const u8 *head, u64 expires_ms) {
    return store->spaces[item_peek_space(head)].state == SPACE_DEAD ||
           (expires_ms != 0 && store->now_ms > expires_ms && store->active_expire);
}

static void survey_page(const struct store *store, u32 page, struct page_survey *survey) {
    const u8 *data = pages_data(&store->pages, page);
    u64 first_ms = UINT64_MAX;
    survey->heads = survey->dead_count = 0;
    for (u32 slot = slotted_slots(data); slot-- > 0;) {
        u32 word = *slotted_entry(data, slot);
        if (word == 0 || slotted_word_flags(word) & SLOTTED_FRAGMENT) continue;
        survey->heads++;
        const u8 *head = heap_head_at(data, word);
        u64 expires_ms = item_peek_expiry(head);
        if (KV_UNLIKELY(is_dead(store, head, expires_ms)))
            survey->dead[survey->dead_count++] = (u16)slot;
        else if (expires_ms != 0)
            first_ms = u64_min(first_ms, expires_ms);
    }
    survey->earliest =
        first_ms == UINT64_MAX ? DEADLINE_NONE : store_deadline_tick(store, first_ms);
}

/* The buckets that removing the dead will look for, all at once. */
static void prefetch_dead(const struct store *store, u32 page, const struct page_survey *survey) {
    for (u32 i = 0; i < survey->dead_count; i++) {
        struct item item;
        item_read_head(heap_first(&store->heap, heap_handle_make(page, survey->dead[i])), &item);
        store_prefetch_bucket(store, store_hash_in_space(store, item.space, item.key));
    }
}

/* Removes the item of a slot if it is still a dead one's: a removal may have renumbered it. */
static void remove_dead(struct store *store, u32 page, u32 slot) {
    const u8 *data = pages_data(&store->pages, page);
    if (!slotted_is_live(data, slot) || slotted_flags(data, slot) & SLOTTED_FRAGMENT) return;
    heap_handle handle = heap_handle_make(page, slot);
    const u8 *head = heap_first(&store->heap, handle).data;
    if (!is_dead(store, head, item_peek_expiry(head))) return;
    struct item item;
    item_read(&store->heap, handle, &item);
    if (store->spaces[item.space].state == SPACE_DEAD)
        store_delete(store, &item);
    else
        store_expire(store, &item);
}

/* Removes what is dead of one heap page and computes its deadline anew; returns what that cost, in
 * removals. Looks again as long as removals have renumbered objects, of which one may have got out
 * of sight; each turn but the last removes at least one. */
static u32 sweep_heap_page(struct store *store, u32 page) {
    struct page_survey survey;
    u32 cost = 1;
    for (;;) {
        survey_page(store, page, &survey);
        cost += survey.heads / LOOKS_PER_REMOVAL + survey.dead_count;
        if (survey.dead_count == 0) break;
        prefetch_dead(store, page, &survey);
        u64 moves = store->moves;
        for (u32 i = 0; i < survey.dead_count; i++) {
            remove_dead(store, page, survey.dead[i]);
            /* The heap frees a page with its last object. */
            if (store->pages.info[page].kind != PAGE_HEAP) return cost;
        }
        if (store->moves == moves) break;
    }
    store->pages.deadline[page] = survey.earliest;
    /* It may be earlier than what the page had, when the clock went back. */
    store_lower_deadlines(store, page, survey.earliest);
    return cost;
}

static inline void take(u32 *left, u32 done) {
    *left -= u32_min(*left, done);
}

/* The pages of a block that are due. */
struct due_pages {
    u32 count;
    u32 pages[BLOCK_PAGES];
};

static u32 block_end(const struct store *store, u32 block) {
    return (u32)u64_min(((u64)block + 1) * BLOCK_PAGES, (u64)store->pages.count + 1);
}

/* A page that has no items any more has no deadline either. */
static void find_due(struct store *store, u32 block, u32 now, struct due_pages *due) {
    struct pages *pages = &store->pages;
    u32 end = block_end(store, block);
    due->count = 0;
    for (u32 page = block * BLOCK_PAGES; page < end; page++) {
        if (pages->deadline[page] > now) continue;
        if (pages->info[page].kind == PAGE_HEAP)
            due->pages[due->count++] = page;
        else
            pages->deadline[page] = DEADLINE_NONE;
    }
}

/* All of a page: a sweep of the one before takes as long as this one takes to come. */
static void prefetch_page(const struct store *store, u32 page) {
    const u8 *data = pages_data(&store->pages, page);
    for (u32 at = 0; at < PAGE_BYTES; at += CACHE_LINE)
        __builtin_prefetch(data + at);
}

/* Sweeps due pages. False: there was not enough left for all of them. */
static bool sweep_pages(struct store *store, const struct due_pages *due, u32 *left) {
    for (u32 i = 0; i < due->count; i++) {
        if (*left == 0) return false;
        if (i + 1 < due->count) prefetch_page(store, due->pages[i + 1]);
        /* With an item on another page its last piece may have gone from this one. */
        if (store->pages.info[due->pages[i]].kind != PAGE_HEAP) continue;
        take(left, sweep_heap_page(store, due->pages[i]));
    }
    return true;
}

/* Sweeps the due pages of a block and computes its deadline anew. False: there was not enough left
 * for all of them. */
static bool sweep_block(struct store *store, u32 block, u32 now, u32 *left) {
    struct due_pages due;
    find_due(store, block, now, &due);
    if (!sweep_pages(store, &due, left)) return false;
    u32 earliest = DEADLINE_NONE;
    u32 end = block_end(store, block);
    for (u32 page = block * BLOCK_PAGES; page < end; page++)
        earliest = u32_min(earliest, store->pages.deadline[page]);
    store->block_deadline[block] = earliest;
    return true;
}

bool store_sweep_expired(struct store *store, u32 *left) {
    u32 now = store_now_tick(store);
    u32 blocks = (u32)store_blocks(store->pages.count);
    if (store->expire_block == BLOCK_NONE) {
        if (store->deadline_next > now) return false;
        store->expire_block = 0;
        store->deadline_low = DEADLINE_NONE;
    }
    u32 block = store->expire_block;
    u32 end = (u32)u64_min((u64)block + BLOCKS_PER_STEP, blocks);
    for (; block < end; block++) {
        if (KV_UNLIKELY(store->block_deadline[block] <= now) &&
            !sweep_block(store, block, now, left))
            break;
        store->deadline_low = u32_min(store->deadline_low, store->block_deadline[block]);
    }
    store->expire_block = block;
    if (block < blocks) return true;
    store->expire_block = BLOCK_NONE;
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
        else if (passed % PASSED_PER_REMOVAL == PASSED_PER_REMOVAL - 1)
            take(left, 1);
    }
    return store->dead_spaces > 0;
}

u64 store_expiry_wait_ms(const struct store *store) {
    if (!store->active_expire) return UINT64_MAX;
    if (store->expire_block != BLOCK_NONE) return 0;
    if (store->deadline_next == DEADLINE_NONE) return UINT64_MAX;
    u64 due_ms = store->epoch_ms + (u64)store->deadline_next * DEADLINE_TICK_MS;
    return due_ms > store->now_ms ? due_ms - store->now_ms : 0;
}

bool store_tick(struct store *store, u32 budget) {
    kv_assert(store->magic == STORE_MAGIC);
    u32 left = budget;
    bool more = store->active_expire && store_sweep_expired(store, &left);
    if (left > 0) left -= u32_min(left, reclaim_some(store, left));
    more |= store_sweep_dead(store, &left);
    return more || store->dying_head != PAGE_NONE;
}
