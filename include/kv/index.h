/* index.h: from the hash of a key to the handle of its item: a fixed open table of cache-line
 * buckets. Overflow counts instead of tombstones, so that deletes leave nothing behind; the table
 * never grows, never rehashes, and always holds its full count of keys.
 *
 * A bucket is 7 entries of 8 bytes (tag 20 bits, handle 44 bits) and the count of entries that
 * passed it when it was full (the idea of F14, Bronson and Shi 2019). An entry never moves while it
 * is in the table, so that a bucket number is a scan cursor that is valid forever.
 *
 * The bucket comes from the high bits of the hash, the tag from bits 8 to 27; bits 0 to 7 are not
 * looked at and free for the caller.
 */
#ifndef KV_INDEX_H
#define KV_INDEX_H

#include "kv/gauge.h"
#include "kv/heap.h"

#define INDEX_BUCKET_BYTES 64
#define INDEX_BUCKET_ENTRIES 7
#define INDEX_ENTRY_BYTES 8u

struct index {
    u32 magic;
    u64 buckets;
    struct index_bucket *table;
    struct gauge gauge; /* keys; max = the configured key-count */
};

/* Buckets for `keys`, at a load of 7/8 at most. */
u64 index_bucket_count(u64 keys);
/* `table` is cache-line aligned and zero. */
void index_init(struct index *index, struct index_bucket *table, u64 buckets, u64 keys);

void index_prefetch(const struct index *index, u64 hash);

/* Walks the handles whose tag matches: start with *probe zeroed; 0 after the last. The caller
 * compares keys. */
struct index_probe {
    u64 bucket;
    u32 entry;   /* within the bucket, where the walk goes on */
    u32 visited; /* buckets, this one included; 0 before the first */
};
heap_handle index_next(const struct index *index, u64 hash, struct index_probe *probe);

/* The key must not be in the table, and the gauge must have room (asserted). */
void index_insert(struct index *index, u64 hash, heap_handle handle);
/* The entry must be in the table (asserted). */
void index_remove(struct index *index, u64 hash, heap_handle handle);
void index_replace(struct index *index, u64 hash, heap_handle from, heap_handle to);

/* Copies the handles of one bucket to `out`; returns how many. */
u32 index_bucket_handles(const struct index *index, u64 bucket,
                         heap_handle out[INDEX_BUCKET_ENTRIES]);

/* The first bucket from `bucket` on that has an entry; index->buckets when there is none. */
u64 index_used_bucket(const struct index *index, u64 bucket);

/* Debug: counts, tags, paths, overflow counts. Aborts on a violation. hash_of gives the hash of a
 * handle's key. */
void index_check(const struct index *index, u64 (*hash_of)(void *owner, heap_handle handle),
                 void *owner);

#endif
