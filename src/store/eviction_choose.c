/* Who is evicted: candidates are sampled, ranked and remembered.
 *
 * Buckets of the index are the sample of keys: their entries are as random as their hashes, and one
 * cache line has seven. For keys with a deadline, where they are few among many, and for the
 * nearest deadline, the pages' deadlines are: 4 bytes for all keys of a page. */
#include "eviction_internal.h"

/* Random buckets for one sample, before the walk from bucket to bucket. */
#define RANDOM_BUCKETS_PER_SAMPLE 2u
/* Buckets that the walk passes for a full sample, and beyond that only for the first candidate. */
#define WALK_FOR_FULL 64u
/* Random pages of which the one with the earliest deadline is looked at. */
#define DEADLINES_PER_SAMPLE 64u
/* Samples that are drawn before the pool gives nobody, for one key. */
#define ROUNDS_MAX 8u

#define MS_PER_QUARTER 250u

/* -- ranks -- */

static u64 rank_of(struct store *store, const struct item *item) {
    const struct access_rules *access = &store->access;
    switch (store->eviction.policy) {
    case POLICY_VOLATILE_LRU:
    case POLICY_ALLKEYS_LRU:
        /* The moment of the last use, so that ranks of different times compare. */
        return ~(store->now_ms / MS_PER_QUARTER - access_idle_quarters(access, item->access));
    case POLICY_VOLATILE_LFU:
    case POLICY_ALLKEYS_LFU:
        /* Of equally frequent ones, that which was used longer ago. */
        return (u64)(ACCESS_COUNTER_MAX - access_frequency(access, item->access)) << 16 |
               access_idle_minutes(access, item->access);
    case POLICY_VOLATILE_TTL:
        return ~item->expires_ms;
    default:
        return prng_next(&store->prng);
    }
}

static bool is_random(const struct store *store) {
    u32 policy = store->eviction.policy;
    return policy == POLICY_ALLKEYS_RANDOM || policy == POLICY_VOLATILE_RANDOM;
}

static bool may_go(const struct store *store, const struct item *item) {
    if (item->placeholder || store->spaces[item->space].state != SPACE_LIVE) return false;
    if (eviction_policy_is_volatile(store->eviction.policy) && item->expires_ms == 0) return false;
    return !eviction_is_protected(store, item->key);
}

/* -- the pool -- */

static bool is_in_pool(const struct eviction *eviction, heap_handle handle) {
    for (u32 i = 0; i < eviction->pool_count; i++)
        if (eviction->pool[i].handle == handle) return true;
    return false;
}

static void pool_add(struct eviction *eviction, heap_handle handle, u64 rank) {
    struct eviction_candidate *pool = eviction->pool;
    if (is_in_pool(eviction, handle)) return;
    if (eviction->pool_count == EVICTION_POOL) {
        if (rank <= pool[0].rank) return;
        memmove(pool, pool + 1, (EVICTION_POOL - 1) * sizeof(*pool));
        eviction->pool_count--;
    }
    u32 at = eviction->pool_count++;
    for (; at > 0 && pool[at - 1].rank > rank; at--)
        pool[at] = pool[at - 1];
    pool[at] = (struct eviction_candidate){.handle = handle, .rank = rank};
}

/* Ranks the item of a head and adds it when it may go. */
static bool consider(struct store *store, heap_handle handle) {
    struct item item;
    item_read_head(heap_first(&store->heap, handle), &item);
    if (!may_go(store, &item)) return false;
    pool_add(&store->eviction, handle, rank_of(store, &item));
    return true;
}

/* Whether a handle from the pool is still that of an item: it may be another's by now. */
static bool is_item(const struct store *store, heap_handle handle) {
    u32 page = heap_handle_page(handle);
    u32 slot = heap_handle_slot(handle);
    if (store->pages.info[page].kind != PAGE_HEAP) return false;
    const u8 *data = pages_data(&store->pages, page);
    return slot < slotted_slots(data) && slotted_is_live(data, slot) &&
           (slotted_flags(data, slot) & SLOTTED_FRAGMENT) == 0;
}

/* The best that still deserves its rank. */
static heap_handle pool_take(struct store *store) {
    struct eviction *eviction = &store->eviction;
    while (eviction->pool_count > 0) {
        const struct eviction_candidate *best = &eviction->pool[--eviction->pool_count];
        if (!is_item(store, best->handle)) continue;
        struct item item;
        item_read_head(heap_first(&store->heap, best->handle), &item);
        if (!may_go(store, &item)) continue;
        if (is_random(store) || rank_of(store, &item) >= best->rank) return best->handle;
    }
    return 0;
}

/* -- samples from the index -- */

struct sample {
    u32 count;
    heap_handle handles[EVICTION_SAMPLES_MAX + INDEX_BUCKET_ENTRIES];
};

static void sample_bucket(const struct store *store, u64 bucket, struct sample *sample) {
    sample->count += index_bucket_handles(&store->index, bucket, sample->handles + sample->count);
}

static void draw_random(struct store *store, struct sample *sample) {
    struct eviction *eviction = &store->eviction;
    for (u32 i = 0; i < RANDOM_BUCKETS_PER_SAMPLE * eviction->samples; i++) {
        if (sample->count >= eviction->samples) return;
        eviction->bucket = prng_below(&store->prng, store->index.buckets);
        sample_bucket(store, eviction->bucket, sample);
    }
}

/* From the last bucket on, in a table that is nearly empty. */
static void draw_walking(struct store *store, struct sample *sample, struct eviction_work *work) {
    struct eviction *eviction = &store->eviction;
    u64 buckets = store->index.buckets;
    for (u64 i = 0; i < buckets && work->looks_left > 0; i++) {
        if (sample->count >= (i < WALK_FOR_FULL ? eviction->samples : 1)) return;
        work->looks_left--;
        eviction->bucket = eviction->bucket + 1 >= buckets ? 0 : eviction->bucket + 1;
        sample_bucket(store, eviction->bucket, sample);
    }
}

/* Returns how many of the sample may go. */
static u32 consider_sample(struct store *store, const struct sample *sample) {
    u32 found = 0;
    for (u32 i = 0; i < sample->count; i++)
        heap_prefetch_slot(&store->heap, sample->handles[i]);
    for (u32 i = 0; i < sample->count; i++)
        store_prefetch_item(store, sample->handles[i]);
    for (u32 i = 0; i < sample->count; i++)
        found += consider(store, sample->handles[i]);
    return found;
}

static u32 sample_index(struct store *store, struct eviction_work *work) {
    struct sample sample = {.count = 0};
    draw_random(store, &sample);
    draw_walking(store, &sample, work);
    return consider_sample(store, &sample);
}

/* -- samples from pages with deadlines -- */

/* Considers the keys of a page that have a deadline. That of the page, which may be of a key that
 * has gone, is put right. */
static u32 sample_page(struct store *store, u32 page) {
    u32 found = 0;
    u32 earliest = DEADLINE_NONE;
    const u8 *data = pages_data(&store->pages, page);
    bool is_heap = store->pages.info[page].kind == PAGE_HEAP;
    for (u32 slot = is_heap ? slotted_slots(data) : 0; slot-- > 0;) {
        if (!slotted_is_live(data, slot) || slotted_flags(data, slot) & SLOTTED_FRAGMENT) continue;
        heap_handle handle = heap_handle_make(page, slot);
        u64 expires_ms = item_peek_expiry(heap_first(&store->heap, handle).data);
        if (expires_ms == 0) continue;
        earliest = u32_min(earliest, store_deadline_tick(store, expires_ms));
        found += consider(store, handle);
    }
    store->pages.deadline[page] = earliest;
    return found;
}

static u32 random_page(struct store *store) {
    return 1 + (u32)prng_below(&store->prng, store->pages.count);
}

/* The page with the earliest of some deadlines; PAGE_NONE when those have none. */
static u32 draw_page(struct store *store) {
    const u32 *deadline = store->pages.deadline;
    u32 best = random_page(store);
    for (u32 i = 1; i < DEADLINES_PER_SAMPLE; i++) {
        u32 page = random_page(store);
        if (deadline[page] < deadline[best]) best = page;
    }
    return deadline[best] == DEADLINE_NONE ? PAGE_NONE : best;
}

/* The next page, all blocks without a deadline but the first of them passed over at once. */
static u32 page_after(const struct store *store, u32 page) {
    bool empty = store->block_deadline[page / BLOCK_PAGES] == DEADLINE_NONE;
    u64 next = empty ? u64_round_up((u64)page + 1, BLOCK_PAGES) : (u64)page + 1;
    return next > store->pages.count ? 1 : (u32)next;
}

/* From the last page on, until one gives candidates. */
static u32 sample_walking(struct store *store, struct eviction_work *work) {
    struct eviction *eviction = &store->eviction;
    for (u32 i = 0; i < store->pages.count && work->looks_left > 0; i++) {
        work->looks_left--;
        eviction->page = page_after(store, eviction->page);
        if (store->pages.deadline[eviction->page] == DEADLINE_NONE) continue;
        u32 found = sample_page(store, eviction->page);
        if (found > 0) return found;
    }
    return 0;
}

static u32 sample_deadlines(struct store *store, struct eviction_work *work) {
    u32 page = draw_page(store);
    u32 found = page == PAGE_NONE ? 0 : sample_page(store, page);
    return found > 0 ? found : sample_walking(store, work);
}

/* -- choosing -- */

static u64 keys_with_deadline(const struct store *store) {
    u64 sum = 0;
    for (u32 i = 0; i < STORE_DATABASES; i++)
        sum += store_expires(store, i);
    return sum;
}

static u32 sample_some(struct store *store, struct eviction_work *work) {
    u32 policy = store->eviction.policy;
    if (is_random(store)) store->eviction.pool_count = 0;
    if (policy == POLICY_VOLATILE_TTL) return sample_deadlines(store, work);
    if (!eviction_policy_is_volatile(policy)) return sample_index(store, work);
    /* Where many keys have a deadline, as random as any. */
    u64 volatile_keys = keys_with_deadline(store);
    u64 samples = store->eviction.samples;
    u32 found = 0;
    if (volatile_keys * samples >= store->index.gauge.used) found = sample_index(store, work);
    return found > 0 ? found : sample_walking(store, work);
}

heap_handle eviction_choose(struct store *store, struct eviction_work *work) {
    bool is_volatile = eviction_policy_is_volatile(store->eviction.policy);
    if (is_volatile && keys_with_deadline(store) == 0) return 0;
    for (u32 round = 0; round < ROUNDS_MAX; round++) {
        bool sampled = sample_some(store, work) > 0;
        heap_handle handle = pool_take(store);
        if (handle != 0) return handle;
        if (!sampled && work->looks_left == 0) return 0;
    }
    return 0;
}
