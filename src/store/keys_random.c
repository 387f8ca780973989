/* keys_random.c: a random key.
 *
 * A bucket and one of its places drawn by chance name every entry of the index with the same
 * probability; a draw that names none, or a key of another database, is repeated. That ends soon
 * unless the database has far fewer keys than the index has places. Then a walk from a random
 * bucket on collects some keys, all when there are no more, and one of those is drawn.
 */
#include "kv/keys.h"

#include "keyspace_internal.h"

/* Draws before the walk: each costs up to two cache misses. */
#define DRAWS_MAX 512u
/* Keys that the walk collects. The more, the less it matters how far each is from the one before.
 */
#define WALK_KEYS 32u

static bool is_candidate(const struct store *store, u8 space, heap_handle handle,
                         struct item *item) {
    item_read(&store->heap, handle, item);
    return item->space == space && !store_is_expired(store, item);
}

static bool draw(struct store *store, u8 space, struct item *item) {
    for (u32 i = 0; i < DRAWS_MAX; i++) {
        heap_handle handles[INDEX_BUCKET_ENTRIES];
        u64 bucket = prng_below(&store->prng, store->index.buckets);
        u64 place = prng_below(&store->prng, INDEX_BUCKET_ENTRIES);
        u32 n = index_bucket_handles(&store->index, bucket, handles);
        if (place < n && is_candidate(store, space, handles[place], item)) return true;
    }
    return false;
}

/* The keys of a bucket, at most `max`; returns how many. */
static u32 collect(const struct store *store, u8 space, u64 bucket, heap_handle *out, u32 max) {
    heap_handle handles[INDEX_BUCKET_ENTRIES];
    struct item item;
    u32 count = 0;
    u32 n = index_bucket_handles(&store->index, bucket, handles);
    for (u32 i = 0; i < n && count < max; i++)
        if (is_candidate(store, space, handles[i], &item)) out[count++] = handles[i];
    return count;
}

static bool walk(struct store *store, u8 space, struct item *item) {
    heap_handle found[WALK_KEYS];
    u32 count = 0;
    const u64 first = prng_below(&store->prng, store->index.buckets);
    /* From there to the end, and from the beginning to there. */
    u64 bucket = first;
    u64 end = store->index.buckets;
    for (u32 part = 0; part < 2; part++) {
        while ((bucket = index_used_bucket(&store->index, bucket)) < end && count < WALK_KEYS)
            count += collect(store, space, bucket++, found + count, WALK_KEYS - count);
        bucket = 0;
        end = first;
    }
    if (count == 0) return false;
    item_read(&store->heap, found[prng_below(&store->prng, count)], item);
    return true;
}

bool key_random(struct store *store, u32 database, struct item *item) {
    kv_assert(store->magic == STORE_MAGIC && database < STORE_DATABASES);
    u8 space = store->space_of[database];
    if (store->spaces[space].keys == 0) return false;
    return draw(store, space, item) || walk(store, space, item);
}
