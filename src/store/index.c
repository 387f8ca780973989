#include "kv/index.h"

#include "kv/assert.h"

#define INDEX_MAGIC 0x1d3ab1e5u

#define HANDLE_BITS 44
#define HANDLE_MASK (((u64)1 << HANDLE_BITS) - 1)
#define TAG_MASK (((u64)1 << (64 - HANDLE_BITS)) - 1)
#define TAG_SHIFT 8

struct index_bucket {
    u64 entries[INDEX_BUCKET_ENTRIES]; /* tag << 44 | handle; 0: empty */
    u32 overflow; /* entries whose home is here or before, and that lie beyond */
    u32 unused;
};
_Static_assert(sizeof(struct index_bucket) == INDEX_BUCKET_BYTES, "one cache line per bucket");

/* An empty entry reads as tag 0, so no hash has that tag: a lookup compares tags and nothing
 * else. */
static inline u64 tag_of(u64 hash) {
    u64 tag = hash >> TAG_SHIFT & TAG_MASK;
    return tag + (tag == 0);
}

/* Multiply-shift instead of a remainder: as even, any number of buckets, and no division. */
static inline u64 home_of(const struct index *index, u64 hash) {
    return (u64)((unsigned __int128)hash * index->buckets >> 64);
}

static inline u64 bucket_after(const struct index *index, u64 bucket) {
    return bucket + 1 == index->buckets ? 0 : bucket + 1;
}

/* A bit for each entry of the bucket that has the tag. No branch depends on the entries. */
static inline u32 matches(const struct index_bucket *bucket, u64 tag) {
    u32 mask = 0;
#pragma GCC unroll 7
    for (u32 i = 0; i < INDEX_BUCKET_ENTRIES; i++)
        mask |= (u32)(bucket->entries[i] >> HANDLE_BITS == tag) << i;
    return mask;
}

/* Position of an exact entry, INDEX_BUCKET_ENTRIES when the bucket does not have it. */
static u32 position_of(const struct index_bucket *bucket, u64 entry) {
    u32 i = 0;
    while (i < INDEX_BUCKET_ENTRIES && bucket->entries[i] != entry)
        i++;
    return i;
}

u64 index_bucket_count(u64 keys) {
    u64 count = u64_div_up(keys * 8, (u64)7 * INDEX_BUCKET_ENTRIES);
    return u64_max(count, 1);
}

void index_init(struct index *index, struct index_bucket *table, u64 buckets, u64 keys) {
    kv_assert(buckets > 0 && buckets <= UINT32_MAX && keys <= buckets * INDEX_BUCKET_ENTRIES);
    kv_assert(((uintptr_t)table & (INDEX_BUCKET_BYTES - 1)) == 0);
    *index = (struct index){.magic = INDEX_MAGIC, .buckets = buckets, .table = table};
    gauge_init(&index->gauge, keys);
}

void index_prefetch(const struct index *index, u64 hash) {
    __builtin_prefetch(&index->table[home_of(index, hash)]);
}

heap_handle index_next(const struct index *index, u64 hash, struct index_probe *probe) {
    u64 tag = tag_of(hash);
    if (probe->visited == 0) {
        probe->bucket = home_of(index, hash);
        probe->visited = 1;
    }
    for (;;) {
        const struct index_bucket *bucket = &index->table[probe->bucket];
        u32 mask = matches(bucket, tag) >> probe->entry << probe->entry;
        if (mask != 0) {
            u32 i = (u32)__builtin_ctz(mask);
            probe->entry = i + 1;
            return bucket->entries[i] & HANDLE_MASK;
        }
        if (KV_LIKELY(bucket->overflow == 0) || probe->visited >= index->buckets) return 0;
        probe->bucket = bucket_after(index, probe->bucket);
        probe->visited++;
        probe->entry = 0;
    }
}

void index_insert(struct index *index, u64 hash, heap_handle handle) {
    kv_assert(index->magic == INDEX_MAGIC && handle != 0 && handle <= HANDLE_MASK);
    kv_assert(index->gauge.used < index->gauge.max);
    u64 at = home_of(index, hash);
    /* Ends: the gauge has room, so the table has an empty entry. */
    for (;;) {
        struct index_bucket *bucket = &index->table[at];
        u32 i = position_of(bucket, 0);
        if (i < INDEX_BUCKET_ENTRIES) {
            bucket->entries[i] = tag_of(hash) << HANDLE_BITS | handle;
            gauge_add(&index->gauge, 1);
            return;
        }
        bucket->overflow++;
        at = bucket_after(index, at);
    }
}

/* The address of the entry of a handle that must be in the table; *bucket: where it lies. */
static u64 *entry_of(const struct index *index, u64 hash, heap_handle handle, u64 *bucket) {
    kv_assert(index->magic == INDEX_MAGIC);
    u64 entry = tag_of(hash) << HANDLE_BITS | handle;
    u64 at = home_of(index, hash);
    for (u64 visited = 0; visited < index->buckets; visited++) {
        struct index_bucket *candidate = &index->table[at];
        u32 i = position_of(candidate, entry);
        if (i < INDEX_BUCKET_ENTRIES) {
            *bucket = at;
            return &candidate->entries[i];
        }
        if (candidate->overflow == 0) break;
        at = bucket_after(index, at);
    }
    KV_FATAL("the index has no entry for handle %llu", (unsigned long long)handle);
}

void index_remove(struct index *index, u64 hash, heap_handle handle) {
    u64 end;
    *entry_of(index, hash, handle, &end) = 0;
    for (u64 at = home_of(index, hash); at != end; at = bucket_after(index, at))
        index->table[at].overflow--;
    gauge_sub(&index->gauge, 1);
}

void index_replace(struct index *index, u64 hash, heap_handle from, heap_handle to) {
    kv_assert(to != 0 && to <= HANDLE_MASK);
    u64 bucket;
    u64 *entry = entry_of(index, hash, from, &bucket);
    *entry = (*entry & ~HANDLE_MASK) | to;
}

u32 index_bucket_handles(const struct index *index, u64 bucket,
                         heap_handle out[INDEX_BUCKET_ENTRIES]) {
    kv_assert(bucket < index->buckets);
    u32 count = 0;
    for (u32 i = 0; i < INDEX_BUCKET_ENTRIES; i++) {
        u64 entry = index->table[bucket].entries[i];
        if (entry != 0) out[count++] = entry & HANDLE_MASK;
    }
    return count;
}

u64 index_used_bucket(const struct index *index, u64 bucket) {
    for (; bucket < index->buckets; bucket++) {
        const u64 *entries = index->table[bucket].entries;
        u64 any = 0;
        for (u32 i = 0; i < INDEX_BUCKET_ENTRIES; i++)
            any |= entries[i];
        if (any != 0) break;
    }
    return bucket;
}

/* Buckets between an entry's home and where it lies. */
static u64 displacement(const struct index *index, u64 home, u64 bucket) {
    return bucket >= home ? bucket - home : bucket + index->buckets - home;
}

struct index_survey {
    u64 entries;
    u64 displacement_max;
};

static struct index_survey survey(const struct index *index,
                                  u64 (*hash_of)(void *owner, heap_handle handle), void *owner) {
    struct index_survey result = {0};
    for (u64 at = 0; at < index->buckets; at++) {
        for (u32 i = 0; i < INDEX_BUCKET_ENTRIES; i++) {
            u64 entry = index->table[at].entries[i];
            if (entry == 0) continue;
            u64 hash = hash_of(owner, entry & HANDLE_MASK);
            kv_assert(entry >> HANDLE_BITS == tag_of(hash));
            result.entries++;
            u64 far = displacement(index, home_of(index, hash), at);
            result.displacement_max = u64_max(result.displacement_max, far);
        }
    }
    return result;
}

/* Entries that passed `bucket` on their way: only the next `reach` buckets can have them. */
static u64 passed_by(const struct index *index, u64 bucket, u64 reach,
                     u64 (*hash_of)(void *owner, heap_handle handle), void *owner) {
    u64 count = 0;
    u64 at = bucket;
    for (u64 distance = 1; distance <= reach; distance++) {
        at = bucket_after(index, at);
        heap_handle handles[INDEX_BUCKET_ENTRIES];
        u32 n = index_bucket_handles(index, at, handles);
        for (u32 i = 0; i < n; i++) {
            u64 home = home_of(index, hash_of(owner, handles[i]));
            if (displacement(index, home, at) >= distance) count++;
        }
    }
    return count;
}

void index_check(const struct index *index, u64 (*hash_of)(void *owner, heap_handle handle),
                 void *owner) {
    kv_assert(index->magic == INDEX_MAGIC);
    struct index_survey result = survey(index, hash_of, owner);
    kv_assert(result.entries == index->gauge.used && index->gauge.used <= index->gauge.max);
    for (u64 at = 0; at < index->buckets; at++)
        kv_assert(index->table[at].overflow ==
                  passed_by(index, at, result.displacement_max, hash_of, owner));
}
