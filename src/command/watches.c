#include "kv/watches.h"

#include "kv/assert.h"
#include "kv/hash.h"

/* `client` of an entry that is free. */
#define CLIENT_NONE UINT32_MAX

/* Buckets are a power of two, at least as many as entries. */
static u64 bucket_count(u64 max) {
    u64 count = 1;
    while (count < max)
        count *= 2;
    return count;
}

void watches_budget(u64 max, struct budget *budget) {
    budget_add(budget, "command.watches", max, sizeof(struct watch),
               "Keys that clients watch: one for each client and key.");
    budget_add(budget, "command.watch_buckets", bucket_count(max), sizeof(u32),
               "The table in which a changed key finds who watches it.");
}

void watches_init(struct watches *watches, struct arena *arena, u64 max, u64 seed) {
    u64 buckets = bucket_count(max);
    *watches = (struct watches){.mask = buckets - 1, .seed = seed, .free_first = 0};
    watches->entries = arena_carve(arena, "command.watches", max, sizeof(struct watch));
    watches->buckets = arena_carve(arena, "command.watch_buckets", buckets, sizeof(u32));
    gauge_init(&watches->gauge, max);
    for (u64 i = 0; i < buckets; i++)
        watches->buckets[i] = WATCH_NONE;
    for (u32 i = 0; i < max; i++) {
        watches->entries[i] =
            (struct watch){.client = CLIENT_NONE, .next = i + 1 < max ? i + 1 : WATCH_NONE};
    }
}

u64 watches_key(const struct watches *watches, u32 database, struct bytes key) {
    kv_assert(database <= WATCH_DATABASE_MASK);
    return (hash_bytes(key, watches->seed) & ~WATCH_DATABASE_MASK) | database;
}

static u32 *bucket_of(const struct watches *watches, u64 key) {
    return &watches->buckets[(key >> 32 ^ key >> 4) & watches->mask];
}

static bool is_watched_by(const struct watches *watches, u64 key, u32 client) {
    u32 i = *bucket_of(watches, key);
    while (i != WATCH_NONE) {
        const struct watch *watch = &watches->entries[i];
        if (watch->key == key && watch->client == client) return true;
        i = watch->next;
    }
    return false;
}

bool watches_add(struct watches *watches, struct watcher *watcher, u32 client, u64 key,
                 u64 until_ms) {
    if (is_watched_by(watches, key, client)) return true;
    u32 index = watches->free_first;
    if (index == WATCH_NONE) {
        watches->gauge.exhausted++;
        return false;
    }
    struct watch *watch = &watches->entries[index];
    u32 *bucket = bucket_of(watches, key);
    watches->free_first = watch->next;
    *watch = (struct watch){.key = key,
                            .until_ms = until_ms,
                            .client = client,
                            .previous = WATCH_NONE,
                            .next = *bucket,
                            .client_next = watcher->first};
    if (*bucket != WATCH_NONE) watches->entries[*bucket].previous = index;
    *bucket = index;
    watcher->first = index;
    watcher->count++;
    gauge_add(&watches->gauge, 1);
    return true;
}

static void remove_entry(struct watches *watches, u32 index) {
    struct watch *watch = &watches->entries[index];
    if (watch->previous == WATCH_NONE) {
        *bucket_of(watches, watch->key) = watch->next;
    } else {
        watches->entries[watch->previous].next = watch->next;
    }
    if (watch->next != WATCH_NONE) watches->entries[watch->next].previous = watch->previous;
    *watch = (struct watch){.client = CLIENT_NONE, .next = watches->free_first};
    watches->free_first = index;
    gauge_sub(&watches->gauge, 1);
}

void watches_forget(struct watches *watches, struct watcher *watcher, u32 count) {
    while (watcher->count > count) {
        u32 index = watcher->first;
        watcher->first = watches->entries[index].client_next;
        watcher->count--;
        remove_entry(watches, index);
    }
}

bool watches_expired(const struct watches *watches, const struct watcher *watcher, u64 now_ms) {
    u32 i = watcher->first;
    while (i != WATCH_NONE) {
        const struct watch *watch = &watches->entries[i];
        if (watch->until_ms != WATCH_ABSENT && now_ms > watch->until_ms) return true;
        i = watch->client_next;
    }
    return false;
}

u32 watches_find(const struct watches *watches, u64 key) {
    u32 i = *bucket_of(watches, key);
    while (i != WATCH_NONE) {
        if (watches->entries[i].key == key) return watches->entries[i].client;
        i = watches->entries[i].next;
    }
    return WATCH_NONE;
}

u32 watches_next_in(const struct watches *watches, u32 database, u32 *from) {
    while (*from < watches->gauge.max) {
        u32 index = (*from)++;
        const struct watch *watch = &watches->entries[index];
        if (watch->client != CLIENT_NONE && (watch->key & WATCH_DATABASE_MASK) == database)
            return index;
    }
    return WATCH_NONE;
}
