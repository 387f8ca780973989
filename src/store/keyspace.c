#include "kv/keyspace.h"

#include "kv/hash.h"

#include "keyspace_internal.h"

/* Odd, and without a pattern: seeds of different spaces have nothing in common. */
#define SPACE_SEED_STEP 0x9e3779b97f4a7c15u

#define SPACE_MASK ((u64)0xff)

u64 store_hash_in_space(const struct store *store, u8 space, struct bytes key) {
    u64 hash = hash_bytes(key, store->hash_seed + space * SPACE_SEED_STEP);
    return (hash & ~SPACE_MASK) | space;
}

u64 store_hash(const struct store *store, u32 database, struct bytes key) {
    kv_assert(database < STORE_DATABASES);
    return store_hash_in_space(store, store->space_of[database], key);
}

/* The heap's callback: a head has got another handle. */
static void head_moved(void *owner, struct bytes head, heap_handle from, heap_handle to) {
    struct store *store = owner;
    struct item item;
    item_read_head(head, &item);
    u64 hash = store_hash_in_space(store, item.space, item.key);
    index_replace(&store->index, hash, from, to);
    store_note_deadline(store, heap_handle_page(to), item.expires_ms);
    store->moves++;
}

void store_init(struct store *store, struct arena *arena, const struct options *options,
                const struct store_plan *plan, u64 seed) {
    *store = (struct store){.magic = STORE_MAGIC, .hash_seed = seed};
    store->limits.key_size_max = (u32)options->key_size_max;
    store->limits.val_size_max = options->val_size_max;
    store->limits.list_length_max = options->list_length_max;
    store->limits.guaranteed = options->capacity == CAPACITY_GUARANTEED;
    kv_assert(store->limits.key_size_max <= ITEM_KEY_MAX);

    void *memory = arena_carve(arena, "store.pages", plan->pages, PAGE_BYTES);
    u64 infos = pages_info_count(plan->pages);
    struct page_info *info = arena_carve(arena, "store.page_info", infos, sizeof(struct page_info));
    u32 *deadline = arena_carve(arena, "store.page_deadlines", infos, sizeof(u32));
    pages_init(&store->pages, memory, info, deadline, (u32)plan->pages);
    u64 blocks = store_blocks(plan->pages);
    store->block_deadline = arena_carve(arena, "store.block_deadlines", blocks, sizeof(u32));
    for (u64 block = 0; block < blocks; block++)
        store->block_deadline[block] = DEADLINE_NONE;
    store->expire_block = BLOCK_NONE;
    struct index_bucket *table =
        arena_carve(arena, "store.index", plan->index_buckets, INDEX_BUCKET_BYTES);
    index_init(&store->index, table, plan->index_buckets, options->key_count);
    store->scratch = arena_carve(arena, "store.scratch", 1, STORE_SCRATCH_BYTES);
    heap_init(&store->heap, &store->pages, store->limits.key_size_max + ITEM_HEAD_MAX_EXTRA,
              head_moved, store);

    for (u32 i = 0; i < STORE_DATABASES; i++) {
        store->space_of[i] = (u8)i;
        store->spaces[i] = (struct space){.state = SPACE_LIVE, .database = (u8)i};
    }
    store->sweep_page = 1;
    store->deadline_low = DEADLINE_NONE;
    store->deadline_next = DEADLINE_NONE;
    store->active_expire = true;
    prng_init(&store->prng, seed);
    store->eviction.marks = arena_carve(arena, "store.protected", EVICTION_MARKS / 64, sizeof(u64));
    store_configure(store, options);
}

void store_configure(struct store *store, const struct options *options) {
    struct eviction *eviction = &store->eviction;
    eviction->policy = options->maxmemory_policy;
    eviction->samples = (u32)u64_min(options->maxmemory_samples, EVICTION_SAMPLES_MAX);
    /* Ranks of another policy say nothing. */
    eviction->pool_count = 0;
    store->access = (struct access_rules){
        .counts = access_policy_counts(options->maxmemory_policy),
        .log_factor = options->lfu_log_factor,
        .decay_minutes = options->lfu_decay_minutes,
    };
    access_set_now(&store->access, store->now_ms);
}

/* -- lookup -- */

void store_prefetch_bucket(const struct store *store, u64 hash) {
    index_prefetch(&store->index, hash);
}

heap_handle store_prefetch_slot(const struct store *store, u64 hash) {
    struct index_probe probe = {0};
    heap_handle handle = index_next(&store->index, hash, &probe);
    if (handle == 0) return 0;
    heap_prefetch_slot(&store->heap, handle);
    return handle;
}

void store_prefetch_item(const struct store *store, heap_handle handle) {
    if (handle == 0) return;
    const u8 *head = heap_first(&store->heap, handle).data;
    /* Most items are read to their end, and begin anywhere in a line. */
    __builtin_prefetch(head);
    __builtin_prefetch(head + 64);
}

static bool find_entry(const struct store *store, u32 database, struct bytes key, u64 hash,
                       struct item *item) {
    u8 space = store->space_of[database];
    struct index_probe probe = {0};
    hash = store_current_hash(store, database, key, hash);
    for (;;) {
        heap_handle handle = index_next(&store->index, hash, &probe);
        if (handle == 0) return false;
        if (KV_LIKELY(item_read_if_key(&store->heap, handle, space, key, item))) return true;
    }
}

bool store_find(struct store *store, u32 database, struct bytes key, u64 hash, struct item *item) {
    if (!find_entry(store, database, key, hash, item)) return false;
    if (KV_LIKELY(!store_is_expired(store, item))) return true;
    store_expire(store, item);
    return false;
}

bool store_peek(const struct store *store, u32 database, struct bytes key, u64 hash,
                struct item *item) {
    return find_entry(store, database, key, hash, item) && !store_is_expired(store, item);
}

void store_refresh(struct store *store, u32 database, struct bytes key, u64 hash, u64 moves,
                   struct item *item) {
    if (store->moves == moves) {
        item_read(&store->heap, item->handle, item);
        return;
    }
    bool found = store_find(store, database, key, hash, item);
    kv_assert(found);
}

/* -- use -- */

/* The first piece is the heap's own bytes, which the store may write. */
static u8 *head_of(struct store *store, const struct item *item) {
    return (u8 *)(uintptr_t)heap_first(&store->heap, item->handle).data;
}

void store_set_access(struct store *store, struct item *item, u32 access) {
    kv_assert(access <= ACCESS_MASK);
    item->access = access;
    item_patch_access(head_of(store, item), access);
}

void store_touch_anew(struct store *store, struct item *item) {
    u64 random = store->access.counts ? prng_next(&store->prng) : 0;
    u32 access = access_used(&store->access, item->access, random);
    if (access != item->access) store_set_access(store, item, access);
}

/* -- databases -- */

u64 store_keys(const struct store *store, u32 database) {
    kv_assert(database < STORE_DATABASES);
    return store->spaces[store->space_of[database]].keys;
}

u64 store_expires(const struct store *store, u32 database) {
    kv_assert(database < STORE_DATABASES);
    return store->spaces[store->space_of[database]].expires;
}

u64 store_ttl_mean_ms(const struct store *store, u32 database) {
    kv_assert(database < STORE_DATABASES);
    const struct space *space = &store->spaces[store->space_of[database]];
    if (space->expires == 0) return 0;
    u64 mean = (u64)(space->deadlines_ms / space->expires);
    return mean > store->now_ms ? mean - store->now_ms : 0;
}

void store_forget_key(struct store *store, u8 number, u64 expires_ms) {
    struct space *space = &store->spaces[number];
    kv_assert(space->keys > 0 && (expires_ms == 0 || space->expires > 0));
    space->keys--;
    space_change_expiry(space, expires_ms, 0);
    if (space->state != SPACE_DEAD || space->keys > 0) return;
    space->state = SPACE_FREE;
    store->dead_spaces--;
}

static bool find_free_space(const struct store *store, u8 *number) {
    for (u32 i = 0; i < STORE_SPACES; i++) {
        if (store->spaces[i].state == SPACE_FREE) {
            *number = (u8)i;
            return true;
        }
    }
    return false;
}

void store_flush(struct store *store, u32 database) {
    kv_assert(store->magic == STORE_MAGIC && database < STORE_DATABASES);
    u8 old = store->space_of[database];
    if (store->spaces[old].keys == 0) return;
    u8 fresh;
    while (!find_free_space(store, &fresh)) {
        u32 left = UINT32_MAX;
        store_sweep_dead(store, &left);
    }
    store->spaces[old].state = SPACE_DEAD;
    store->dead_spaces++;
    store->spaces[fresh] = (struct space){.state = SPACE_LIVE, .database = (u8)database};
    store->space_of[database] = fresh;
}

void store_flush_all(struct store *store) {
    for (u32 i = 0; i < STORE_DATABASES; i++)
        store_flush(store, i);
}

u64 store_bytes_live(const struct store *store) {
    const u32 *count = store->pages.kind_count;
    u64 whole_pages = (u64)count[PAGE_TREE] + count[PAGE_OVERFLOW];
    return store->heap.live_bytes + whole_pages * PAGE_BYTES +
           store->index.gauge.used * INDEX_ENTRY_BYTES;
}
