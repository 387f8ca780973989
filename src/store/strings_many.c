/* MSET: all pairs or none.
 *
 * One reservation for everything is the usual way: then nothing can fail. It asks for more than is
 * needed in two cases. A key that repeats is counted as several new keys; and overwriting in place
 * is counted as if the old values stayed. So when it fails
 * - and keys are short, the missing keys are first created as placeholders, which counts them
 *   exactly and can be undone;
 * - and capacity is guaranteed, the pairs are then set one after the other, each with a reservation
 *   of its own, which cannot fail within the limits.
 * Only after all that are other keys evicted. */
#include "kv/assert.h"

#include "strings_internal.h"

/* Keys whose cache misses overlap. */
#define WINDOW 16u

static enum store_result check_limits(const struct store *store, const struct bytes *words,
                                      u32 count) {
    for (u32 i = 0; i < count; i++) {
        if (!string_within_limits(store, words[2 * (size_t)i].len, words[2 * (size_t)i + 1].len))
            return STORE_TOO_LONG;
    }
    return STORE_OK;
}

/* Hashes the keys of a window and fetches what finding them will read. */
static void prefetch_window(const struct store *store, u32 database, const struct bytes *words,
                            u32 count, u64 hashes[WINDOW]) {
    heap_handle handles[WINDOW];
    for (u32 i = 0; i < count; i++) {
        hashes[i] = store_hash(store, database, words[2 * i]);
        store_prefetch_bucket(store, hashes[i]);
    }
    for (u32 i = 0; i < count; i++)
        handles[i] = store_prefetch_slot(store, hashes[i]);
    for (u32 i = 0; i < count; i++)
        store_prefetch_item(store, handles[i]);
}

static enum store_result set_one(struct store *store, struct string_place *place,
                                 struct bytes value) {
    struct string_shape shape = string_shape_of(value);
    struct item item;
    if (store_find(store, place->database, place->key, place->hash, &item)) {
        store_touch(store, &item);
        return string_overwrite(store, place, &shape, &item);
    }
    return string_create(store, place, &shape, &item);
}

/* Sets all pairs, where none can fail: within a reservation for all, or with guaranteed capacity
 * and all keys there. */
static void set_all(struct store *store, u32 database, const struct bytes *words, u32 count,
                    bool reserved) {
    u64 hashes[WINDOW];
    for (u32 begin = 0; begin < count; begin += WINDOW) {
        u32 n = u32_min(count - begin, WINDOW);
        const struct bytes *window = words + 2 * (size_t)begin;
        prefetch_window(store, database, window, n, hashes);
        for (u32 i = 0; i < n; i++) {
            struct string_place place = {.database = database,
                                         .key = window[2 * i],
                                         .hash = hashes[i],
                                         .expiry = STRING_EXPIRY_CLEAR,
                                         .reserved = reserved};
            enum store_result result = set_one(store, &place, window[2 * i + 1]);
            kv_assert(result == STORE_OK);
        }
    }
}

static u32 count_missing(struct store *store, u32 database, const struct bytes *words, u32 count) {
    u32 missing = 0;
    for (u32 i = 0; i < count; i++) {
        struct bytes key = words[2 * (size_t)i];
        struct item item;
        missing += !store_find(store, database, key, store_hash(store, database, key), &item);
    }
    return missing;
}

static void remove_placeholders(struct store *store, u32 database, const struct bytes *words,
                                u32 count) {
    for (u32 i = 0; i < count; i++) {
        struct bytes key = words[2 * (size_t)i];
        struct item item;
        u64 hash = store_hash(store, database, key);
        if (store_find(store, database, key, hash, &item) && item.placeholder)
            store_delete(store, &item);
    }
}

/* Creates an empty string for each key that is missing; all or none, and then *refused is what
 * there was no room for. */
static bool create_placeholders(struct store *store, u32 database, const struct bytes *words,
                                u32 count, struct store_need *refused) {
    for (u32 i = 0; i < count; i++) {
        struct bytes key = words[2 * (size_t)i];
        struct item item;
        u64 hash = store_hash(store, database, key);
        if (store_find(store, database, key, hash, &item)) continue;
        struct store_need need = {.keys = 1};
        store_need_item(store, &need, key.len, 0);
        bool reserved = store_try_reserve(store, &need);
        if (reserved) {
            item =
                (struct item){.type = ITEM_STRING, .encoding = ENCODING_RAW, .placeholder = true};
            store_create(store, database, key, hash, &item, NULL, 0);
        }
        store_release(store);
        if (!reserved) {
            *refused = need;
            remove_placeholders(store, database, words, i);
            return false;
        }
    }
    return true;
}

/* Reserves `need` and sets all pairs. */
static bool reserve_and_set(struct store *store, u32 database, const struct bytes *words, u32 count,
                            const struct store_need *need) {
    bool reserved = store_try_reserve(store, need);
    if (reserved) set_all(store, database, words, count, true);
    store_release(store);
    return reserved;
}

/* The same at the cost of other keys. Counts a refusal. */
static bool evict_and_set(struct store *store, u32 database, const struct bytes *words, u32 count,
                          const struct store_need *need) {
    bool reserved = store_reserve(store, need);
    if (reserved) set_all(store, database, words, count, true);
    store_release(store);
    return reserved;
}

/* With the keys counted exactly. When it fails, *refused is what there was no room for. */
static bool set_exactly(struct store *store, u32 database, const struct bytes *words, u32 count,
                        struct store_need need, struct store_need *refused) {
    if (!create_placeholders(store, database, words, count, refused)) return false;
    if (store->limits.guaranteed) {
        set_all(store, database, words, count, false);
        return true;
    }
    need.keys = 0;
    if (reserve_and_set(store, database, words, count, &need)) return true;
    *refused = need;
    remove_placeholders(store, database, words, count);
    return false;
}

enum store_result string_set_many(struct store *store, u32 database, const struct bytes *words,
                                  u32 count) {
    if (check_limits(store, words, count) != STORE_OK) return STORE_TOO_LONG;
    struct store_need need = {0};
    for (u32 i = 0; i < count; i++)
        string_need(store, &need, words[2 * (size_t)i].len, words[2 * (size_t)i + 1].len);
    if (reserve_and_set(store, database, words, count, &need)) return STORE_OK;

    need.keys = count_missing(store, database, words, count);
    if (reserve_and_set(store, database, words, count, &need)) return STORE_OK;

    bool keys_short = need.keys > store->index.gauge.max - store->index.gauge.used;
    struct store_need refused = need;
    if ((keys_short || store->limits.guaranteed) &&
        set_exactly(store, database, words, count, need, &refused))
        return STORE_OK;
    if (store->eviction.policy != POLICY_NOEVICTION)
        return evict_and_set(store, database, words, count, &need) ? STORE_OK : STORE_FULL;
    store_refuse(store, &refused);
    return STORE_FULL;
}
