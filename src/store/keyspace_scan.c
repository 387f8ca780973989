/* SCAN: a walk over the index's buckets. An entry stays in its bucket as long as its key exists,
 * so that a bucket number says everything about what was visited and what was not. */
#include "keyspace_internal.h"

#define BUCKETS_PER_KEY 10u

/* Visits the keys of one bucket; returns how many. */
static u64 scan_bucket(const struct store *store, u8 space, u64 bucket, store_visitor *visit,
                       void *context) {
    heap_handle handles[INDEX_BUCKET_ENTRIES];
    u32 n = index_bucket_handles(&store->index, bucket, handles);
    u64 visited = 0;
    for (u32 i = 0; i < n; i++) {
        struct item item;
        item_read(&store->heap, handles[i], &item);
        if (item.space != space || store_is_expired(store, &item)) continue;
        visit(context, &item);
        visited++;
    }
    return visited;
}

u64 store_scan(struct store *store, u32 database, u64 cursor, u64 count, store_visitor *visit,
               void *context) {
    kv_assert(store->magic == STORE_MAGIC && database < STORE_DATABASES);
    u64 buckets = store->index.buckets;
    if (cursor >= buckets) return 0;
    u64 end = cursor + u64_min(count, buckets) * BUCKETS_PER_KEY;
    end = u64_min(u64_max(end, cursor + 1), buckets);
    u8 space = store->space_of[database];
    u64 visited = 0;
    do {
        visited += scan_bucket(store, space, cursor, visit, context);
        cursor++;
    } while (cursor < end && visited < count);
    return cursor < buckets ? cursor : 0;
}
