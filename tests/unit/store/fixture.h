/* fixture.h: a store of any size for a test, and a plain way to read what is in it.
 */
#ifndef KV_TESTS_STORE_FIXTURE_H
#define KV_TESTS_STORE_FIXTURE_H

#include <fcntl.h>
#include <stdlib.h>

#include "kv/arena.h"
#include "kv/assert.h"
#include "kv/keyspace.h"
#include "kv/number.h"
#include "kv/strings.h"

#include "../unit.h"

/* A clock that begins somewhere: the store's own is the test's. */
#define FIXTURE_EPOCH_MS 1700000000000u

struct fixture {
    struct options options;
    struct budget budget;
    struct arena arena;
    struct store_plan plan;
    struct store store;
};

static inline struct options fixture_options(enum capacity capacity, u64 keys, u64 key_size,
                                             u64 val_size, u64 list_length) {
    struct options options = {0};
    options.capacity = capacity;
    options.key_count = keys;
    options.key_size_max = key_size;
    options.val_size_max = val_size;
    options.list_length_max = list_length;
    options.maxmemory_policy = POLICY_NOEVICTION;
    options.maxmemory_samples = 5;
    return options;
}

static inline void fixture_open_plan(struct fixture *fixture, u64 seed) {
    char error[ARENA_ERROR_MAX];
    budget_init(&fixture->budget);
    store_budget(&fixture->plan, &fixture->budget);
    budget_finish(&fixture->budget);
    if (!arena_init(&fixture->arena, &fixture->budget, true, error)) fail_msg("%s", error);
    store_init(&fixture->store, &fixture->arena, &fixture->options, &fixture->plan, seed);
    store_set_now(&fixture->store, FIXTURE_EPOCH_MS);
}

/* `bytes` for capacity shared; the store is opened with exactly the plan. */
static inline void fixture_open(struct fixture *fixture, const struct options *options, u64 bytes,
                                u64 seed) {
    fixture->options = *options;
    assert_true(store_plan(options, bytes, &fixture->plan));
    fixture_open_plan(fixture, seed);
}

/* A store of `pages` pages and `keys` keys. */
static inline void fixture_open_pages(struct fixture *fixture, u64 pages, u64 keys, u64 key_size,
                                      u64 val_size, u64 seed) {
    fixture->options = fixture_options(CAPACITY_SHARED, keys, key_size, val_size, 1000);
    fixture->plan = (struct store_plan){.pages = pages, .index_buckets = index_bucket_count(keys)};
    fixture_open_plan(fixture, seed);
}

static inline void fixture_close(struct fixture *fixture) {
    arena_deinit(&fixture->arena);
}

static inline bool fixture_find(struct fixture *fixture, u32 database, struct bytes key,
                                struct item *item) {
    struct store *store = &fixture->store;
    return store_find(store, database, key, store_hash(store, database, key), item);
}

static inline enum store_result fixture_set(struct fixture *fixture, u32 database, struct bytes key,
                                            struct bytes value) {
    struct string_pair pair = {
        .key = key, .value = value, .hash = store_hash(&fixture->store, database, key)};
    return string_set(&fixture->store, database, &pair, STRING_EXPIRY_CLEAR, 0);
}

static inline enum store_result fixture_set_text(struct fixture *fixture, u32 database,
                                                 const char *key, const char *value) {
    return fixture_set(fixture, database, bytes_of_string(key), bytes_of_string(value));
}

static inline bool fixture_delete(struct fixture *fixture, u32 database, struct bytes key) {
    struct item item;
    if (!fixture_find(fixture, database, key, &item)) return false;
    store_delete(&fixture->store, &item);
    return true;
}

/* Copies a string's bytes to `out`; returns how many. */
static inline u64 fixture_read(const struct store *store, const struct item *item, u8 *out) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    u64 len = 0;
    string_open(store, item, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    return len;
}

/* Asserts that the key holds exactly this string. */
static inline void fixture_expect(struct fixture *fixture, u32 database, struct bytes key,
                                  struct bytes value) {
    struct item item;
    assert_true(fixture_find(fixture, database, key, &item));
    assert_int_equal(item.type, ITEM_STRING);
    assert_int_equal(string_length(&fixture->store, &item), value.len);
    u8 *read = malloc(value.len + PAGE_BYTES);
    assert_non_null(read);
    assert_int_equal(fixture_read(&fixture->store, &item, read), value.len);
    assert_memory_equal(read, value.data, value.len);
    free(read);
}

static inline void fixture_expect_text(struct fixture *fixture, u32 database, const char *key,
                                       const char *value) {
    fixture_expect(fixture, database, bytes_of_string(key), bytes_of_string(value));
}

#endif
