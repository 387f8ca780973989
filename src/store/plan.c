/* The size of the store, before there is one.
 *
 * With capacity guaranteed, what a key can take at worst is a whole number of pages (of long values
 * and trees) and a cost in the heap. Each type of value gives the shapes that take most, one for
 * each way to trade pages against heap cost; a key in any other state takes no more than one of
 * them. By the theorem in heap_reserve.c the heap never refuses when it can have
 * heap_pages_bound(cost) pages beside those that others use. That bound is linear in the cost, so
 * no mix of shapes takes more than all keys in the worst one (and a page for the rounding). A
 * command needs, beside what its key takes before it, at most what its type says is in flight: the
 * new item stands beside the old one until that is gone. What was unlinked and is not yet reclaimed
 * does not count: reservations reclaim it when they need it; and items that are expired or flushed
 * but not yet swept still count as keys.
 */
#include "kv/assert.h"
#include "kv/keyspace.h"
#include "kv/lists.h"

#include "keyspace_internal.h"

/* One key's worst: whole pages, and heap_object_cost of its item. */
struct demand {
    u64 pages;
    u64 cost;
};

#define DEMANDS_MAX 8

struct demands {
    struct demand of[DEMANDS_MAX];
    u32 count;
    struct demand in_flight;
    u32 head_max;
};

static void add_shape(struct demands *demands, u64 pages, u64 payload_len) {
    kv_assert(demands->count < DEMANDS_MAX);
    u64 cost = heap_object_cost(demands->head_max + payload_len);
    demands->of[demands->count++] = (struct demand){.pages = pages, .cost = cost};
}

static void add_in_flight(struct demands *demands, u64 pages, u64 payload_len) {
    struct demand *most = &demands->in_flight;
    most->pages = u64_max(most->pages, pages);
    most->cost = u64_max(most->cost, heap_object_cost(demands->head_max + payload_len));
}

/* The longest length up to `len` that is `rest` modulo a page; `len` itself when there is none. */
static u64 longest_with_rest(u64 len, u64 rest) {
    if (len < rest) return len;
    return (len - rest) / PAGE_BYTES * PAGE_BYTES + rest;
}

/* -- what each type takes -- */

/* A string: the longest has most pages, the longest with a full tail most in its item. While one is
 * written over something else, both exist; so it is with a copy of one, and with one that gets
 * the name of another. */
static void string_demands(const struct options *options, struct demands *demands) {
    u64 longest = options->val_size_max;
    u64 full_tail = longest_with_rest(longest, PAGE_BYTES - 1);
    add_shape(demands, longest / PAGE_BYTES, u64_max(longest % PAGE_BYTES, sizeof(i64)));
    add_shape(demands, full_tail / PAGE_BYTES, u64_max(full_tail % PAGE_BYTES, sizeof(i64)));
    add_in_flight(demands, longest / PAGE_BYTES, u64_min(longest, PAGE_BYTES - 1) + sizeof(i64));
}

/* A list: a run in its item or a tree. While it changes, an old item or node is there. A copy that
 * replaces another list, and one that RESTORE makes or SORT stores, stands as a whole beside that
 * until it is complete: all or nothing takes as much as a list more. */
static void list_demands(const struct options *options, struct demands *demands) {
    u64 elements = options->list_length_max;
    struct list_shape shapes[LIST_SHAPES];
    list_worst_shapes(elements, options->val_size_max, shapes);
    for (u32 i = 0; i < LIST_SHAPES; i++) {
        if (shapes[i].payload_bytes > 0)
            add_shape(demands, shapes[i].pages, shapes[i].payload_bytes);
    }
    u64 pages, payload_bytes;
    list_slack(elements, options->val_size_max, &pages, &payload_bytes);
    add_in_flight(demands, pages, payload_bytes);
    list_worst_case(elements, options->val_size_max, &pages, &payload_bytes);
    add_in_flight(demands, pages, payload_bytes);
}

typedef void type_demands(const struct options *options, struct demands *demands);

static type_demands *const TYPE_DEMANDS[ITEM_TYPES] = {
    [ITEM_STRING] = string_demands,
    [ITEM_LIST] = list_demands,
};

/* -- the theorem, and its inverse -- */

static void demands_compute(struct demands *demands, const struct options *options) {
    *demands = (struct demands){.head_max = (u32)options->key_size_max + ITEM_HEAD_MAX_EXTRA};
    for (u32 i = 0; i < ITEM_TYPES; i++)
        TYPE_DEMANDS[i](options, demands);
}

/* Pages with which `keys` keys can take any state, UINT64_MAX when that is beyond counting. */
static u64 pages_guaranteeing(const struct demands *demands, u64 keys) {
    const struct demand *in_flight = &demands->in_flight;
    u64 most = 0;
    for (u32 i = 0; i < demands->count; i++) {
        const struct demand *demand = &demands->of[i];
        unsigned __int128 whole = (unsigned __int128)demand->pages * keys + in_flight->pages + 1;
        if (whole > UINT32_MAX) return UINT64_MAX;
        u64 heap = heap_pages_bound(demands->head_max, demand->cost * keys + in_flight->cost);
        most = u64_max(most, (u64)whole + heap);
    }
    return most;
}

static u64 keys_guaranteed(const struct demands *demands, u64 pages, u64 keys_max) {
    u64 low = 0;
    u64 high = keys_max;
    while (low < high) {
        u64 middle = low + (high - low + 1) / 2;
        if (pages_guaranteeing(demands, middle) <= pages)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* -- what to expect -- */

/* Keys of 16 bytes with values of 64 that fill `pages`, nothing else stored. The heap puts an
 * object on a page of a bin in which any page has room for it, so a page takes one more as long as
 * it has the object's length, rounded up to a bin, free. */
static u64 expected_object_bytes(void) {
    struct item item = {.key = {.len = STORE_EXPECTED_KEY_BYTES}};
    return item_head_length(&item) + STORE_EXPECTED_VALUE_BYTES;
}

static u64 keys_expected(u64 pages, u64 keys_max) {
    u64 object = expected_object_bytes();
    u64 rounded = u64_round_up(object, HEAP_BIN_BYTES);
    u64 per_page = (SLOTTED_OBJECT_MAX - rounded) / (object + SLOTTED_SLOT_BYTES) + 1;
    return u64_min(pages * per_page, keys_max);
}

/* -- the plan -- */

#define PAGES_MAX ((u64)UINT32_MAX - 1)

static u64 plan_bytes(const struct store_plan *plan) {
    struct budget budget;
    budget_init(&budget);
    store_budget(plan, &budget);
    return budget_total(&budget);
}

/* The most pages with which the plan's bytes stay within `bytes`; 0: not even one. */
static u64 pages_within(struct store_plan plan, u64 bytes) {
    plan.pages = 0;
    u64 fixed = plan_bytes(&plan);
    if (fixed >= bytes) return 0;
    u64 unit = PAGE_BYTES + sizeof(struct page_info) + sizeof(u32);
    /* Rows are rounded up, so the last page may be too much. */
    plan.pages = u64_min((bytes - fixed) / unit + 1, PAGES_MAX);
    while (plan.pages > 0 && plan_bytes(&plan) > bytes)
        plan.pages--;
    return plan.pages;
}

bool store_plan(const struct options *options, u64 bytes, struct store_plan *plan) {
    struct demands demands;
    demands_compute(&demands, options);
    *plan = (struct store_plan){.index_buckets = index_bucket_count(options->key_count)};
    if (options->capacity == CAPACITY_GUARANTEED) {
        plan->pages = pages_guaranteeing(&demands, options->key_count);
        if (plan->pages > PAGES_MAX) {
            plan->bytes = UINT64_MAX;
            return false;
        }
        plan->guaranteed_keys = options->key_count;
    } else {
        plan->pages = pages_within(*plan, bytes);
        if (plan->pages == 0) {
            plan->pages = 1;
            plan->bytes = plan_bytes(plan);
            return false;
        }
        plan->guaranteed_keys = keys_guaranteed(&demands, plan->pages, options->key_count);
    }
    plan->bytes = plan_bytes(plan);
    plan->expected_keys = keys_expected(plan->pages, options->key_count);
    return true;
}

void store_room_left(const struct store *store, const struct store_plan *plan,
                     struct store_room *room) {
    const u32 *count = store->pages.kind_count;
    const u64 whole = (u64)count[PAGE_TREE] + count[PAGE_OVERFLOW];
    const u64 keys = store->index.gauge.used;
    const u64 capacity = (u64)store->pages.count * PAGE_BYTES;
    const u64 taken = u64_min(whole * PAGE_BYTES + store->heap.live_bytes, capacity);
    /* Each key that is there stands for one of the plan's worst. */
    room->keys_guaranteed = plan->guaranteed_keys > keys ? plan->guaranteed_keys - keys : 0;
    /* Each page that is begun keeps a gap that no such key fills, half of one on average. */
    const u64 gaps = count[PAGE_HEAP] * expected_object_bytes() / 2;
    const u64 left = capacity - u64_min(taken + gaps, capacity);
    room->keys_estimated = keys_expected(left / PAGE_BYTES, store->index.gauge.max - keys);
    room->fill_ppm = capacity == 0 ? 0 : (u64)((unsigned __int128)taken * 1000000 / capacity);
}

void store_budget(const struct store_plan *plan, struct budget *budget) {
    u64 infos = pages_info_count(plan->pages);
    budget_add(budget, "store.pages", plan->pages, PAGE_BYTES,
               "All keys and values; as many as capacity, the limits and store-memory give.");
    budget_add(budget, "store.page_info", infos, sizeof(struct page_info),
               "What each page is, its links and its free bytes; and one that stands for none.");
    budget_add(budget, "store.page_deadlines", infos, sizeof(u32),
               "The earliest expiry on each page, so that a sweep reads 4 bytes for a page.");
    budget_add(
        budget, "store.block_deadlines", store_blocks(plan->pages), sizeof(u32),
        "The earliest expiry on 64 pages, so that a sweep passes over most of them at once.");
    budget_add(budget, "store.index", plan->index_buckets, INDEX_BUCKET_BYTES,
               "From hash to item: buckets of 7 entries for key-count keys at 7/8 load.");
    budget_add(budget, "store.scratch", 1, STORE_SCRATCH_BYTES,
               "One payload made contiguous while its item is rewritten.");
    budget_add(budget, "store.protected", EVICTION_MARKS / 64, sizeof(u64),
               "Bits for the keys that may not be evicted while a command works on them.");
}
