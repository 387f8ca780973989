/* lists_world.h: a store with some lists for a test, and an array of numbers beside each: what it
 * must hold.
 */
#ifndef KV_TESTS_STORE_LISTS_WORLD_H
#define KV_TESTS_STORE_LISTS_WORLD_H

#include "kv/lists.h"

#include "elements.h"
#include "fixture.h"

#define KEYS 12u
#define MODEL_MAX 6000u
#define BATCH_MAX 64u

/* One list as an array of the elements' numbers. */
struct model {
    u64 ids[MODEL_MAX];
    u32 count;
};

static struct fixture fixture;
static struct model models[KEYS];
static u8 values[BATCH_MAX][ELEMENT_LEN_MAX + 8];
static u8 gathered[STORE_SCRATCH_BYTES];
static struct prng prng;

static inline struct store *store(void) {
    return &fixture.store;
}

static inline void begin(u64 pages, u64 val_size_max, u64 list_length_max, u64 seed) {
    fixture_open_pages(&fixture, pages, 4 * KEYS, 1024, val_size_max, seed);
    store()->limits.list_length_max = list_length_max;
    memset(models, 0, sizeof(models));
    prng_init(&prng, seed);
}

static inline void end(void) {
    fixture_close(&fixture);
}

/* Keys of very different lengths. */
static inline struct bytes key_of(u32 k) {
    static u8 keys[KEYS][1024];
    static const u32 lengths[] = {1, 7, 16, 100, 400, 1000};
    memset(keys[k], 'a' + (int)k, sizeof(keys[k]));
    return bytes_of(keys[k], lengths[k % KV_ARRAY_LENGTH(lengths)]);
}

static inline bool find(u32 k, struct item *item) {
    *item = (struct item){0};
    return fixture_find(&fixture, 0, key_of(k), item);
}

static inline enum store_result push_values(u32 k, enum list_end where,
                                            const struct bytes *elements, u32 count) {
    struct item item;
    find(k, &item);
    u64 hash = store_hash(store(), 0, key_of(k));
    enum store_result result =
        list_push(store(), 0, key_of(k), hash, &item, where, elements, count);
    if (result == STORE_OK) {
        struct item found;
        assert_true(find(k, &found));
        assert_true(found.handle == item.handle && found.encoding == item.encoding);
    }
    return result;
}

static inline enum store_result push(u32 k, enum list_end where, const u64 *ids, u32 count) {
    struct bytes elements[BATCH_MAX];
    struct model *model = &models[k];
    for (u32 i = 0; i < count; i++)
        elements[i] = element_value(ids[i], values[i]);
    enum store_result result = push_values(k, where, elements, count);
    if (result != STORE_OK) return result;
    kv_assert(model->count + count <= MODEL_MAX);
    if (where == LIST_TAIL) {
        memcpy(model->ids + model->count, ids, count * sizeof(u64));
    } else {
        memmove(model->ids + count, model->ids, model->count * sizeof(u64));
        for (u32 i = 0; i < count; i++)
            model->ids[count - 1 - i] = ids[i];
    }
    model->count += count;
    return result;
}

static inline void pop(u32 k, enum list_end where, u32 count) {
    struct model *model = &models[k];
    struct item item;
    u64 exhausted = store()->pages.gauge.exhausted;
    assert_true(find(k, &item));
    list_pop(store(), &item, where, count);
    assert_int_equal(store()->pages.gauge.exhausted, exhausted);
    if (where == LIST_HEAD)
        memmove(model->ids, model->ids + count, (model->count - count) * sizeof(u64));
    model->count -= count;
}

static inline void check_list(u32 k, u32 position) {
    const struct model *model = &models[k];
    struct item item;
    if (model->count == 0) {
        assert_false(find(k, &item));
        return;
    }
    assert_true(find(k, &item));
    assert_int_equal(item.type, ITEM_LIST);
    assert_int_equal(list_length(store(), &item), model->count);
    struct list_cursor cursor;
    struct element element;
    list_open(store(), &item, position, gathered, &cursor);
    for (u32 i = position; i < model->count; i++) {
        assert_true(list_next(&cursor, &element));
        assert_true(element_is(&store()->pages, &element, element_value(model->ids[i], values[0])));
    }
    assert_false(list_next(&cursor, &element));
}

static inline void check_all(void) {
    store_check(store());
    for (u32 k = 0; k < KEYS; k++)
        check_list(k, 0);
}

static inline u8 encoding_of(u32 k) {
    struct item item;
    assert_true(find(k, &item));
    return item.encoding;
}

static inline void delete_all(void) {
    struct item item;
    for (u32 k = 0; k < 4 * KEYS; k++) {
        char name[32];
        int len = snprintf(name, sizeof(name), "filler%u", k);
        fixture_delete(&fixture, 0, bytes_of(name, (size_t)len));
    }
    for (u32 k = 0; k < KEYS; k++) {
        if (find(k, &item)) store_delete(store(), &item);
        models[k].count = 0;
    }
    while (store_tick(store(), 1000)) {
    }
    store_check(store());
    assert_int_equal(store()->pages.gauge.used, 0);
}

/* Takes all free pages; gives one back at a time. */
struct hoard {
    u32 pages[256];
    u32 count;
};

static inline void hoard_all(struct hoard *hoard) {
    hoard->count = 0;
    while (pages_free_count(&store()->pages) > 0)
        hoard->pages[hoard->count++] = pages_get(&store()->pages, PAGE_OVERFLOW);
}

static inline void give_back(struct hoard *hoard, u32 count) {
    while (count-- > 0)
        pages_put(&store()->pages, &hoard->pages[--hoard->count]);
}

/* Elements of lengths that matter, at most `most`. */
static inline u64 random_len(u64 most) {
    static const u32 lens[] = {1,    60,   500,  765,  1000, 1020, 1024, 1025, 1500,
                               3000, 4095, 4096, 4100, 5119, 5120, 5121, 8192, 9216};
    u64 len = lens[prng_below(&prng, KV_ARRAY_LENGTH(lens))];
    if (prng_below(&prng, 4) == 0) len = most;
    if (prng_below(&prng, 4) == 0) len = prng_below(&prng, most + 1);
    return u64_min(len, most);
}

#endif
