/* Random histories of strings against a plain model, on stores so small that they are full most of
 * the time. After each operation everything is checked against everything; an operation that fails
 * must have changed nothing, and one that fits easily must not fail. */
#include "kv/prng.h"

#include "fixture.h"

#define DATABASES 3u
#define KEYS 14u
#define VALUE_MAX 13000u
#define PAIRS_MAX 6u

struct entry {
    bool present;
    u64 expires_ms;
    u64 len;
    u8 value[VALUE_MAX];
};

struct world {
    struct fixture fixture;
    struct store *store;
    struct prng prng;
    struct entry entries[DATABASES][KEYS];
    u64 failed;
    u64 done;
    u8 value[PAIRS_MAX][VALUE_MAX];
};

/* Keys of all lengths, among them the empty one. */
static struct bytes key_of(u32 i) {
    static const char letters[64] =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";
    static const u32 lengths[KEYS] = {0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 40, 48};
    return bytes_of(letters + i, lengths[i]);
}

static u64 random_below(struct world *world, u64 bound) {
    return prng_below(&world->prng, bound);
}

static u64 random_length(struct world *world) {
    switch (random_below(world, 8)) {
    case 0:
        return random_below(world, 4);
    case 1:
    case 2:
    case 3:
        return random_below(world, 200);
    case 4:
        return random_below(world, 1500);
    case 5:
        return 4096 * random_below(world, 3) + random_below(world, 3);
    case 6:
        return random_below(world, 4096);
    default:
        return random_below(world, VALUE_MAX + 1);
    }
}

/* Fills value `i` with bytes or, often, with an integer. */
static struct bytes random_value(struct world *world, u32 i) {
    u8 *value = world->value[i];
    if (random_below(world, 4) == 0) {
        i64 integer = (i64)(prng_next(&world->prng) >> random_below(world, 64));
        if (random_below(world, 2)) integer = -integer;
        return bytes_of(value, number_format_i64((char *)value, integer));
    }
    u64 len = random_length(world);
    u8 first = (u8)prng_next(&world->prng);
    for (u64 at = 0; at < len; at++)
        value[at] = (u8)(first + at * 7 + at / 251);
    return bytes_of(value, len);
}

static bool is_over(const struct world *world, const struct entry *entry) {
    return entry->expires_ms != 0 && world->store->now_ms > entry->expires_ms;
}

static struct entry *live_entry(struct world *world, u32 database, u32 key) {
    struct entry *entry = &world->entries[database][key];
    if (entry->present && is_over(world, entry)) entry->present = false;
    return entry;
}

static void entry_write(struct entry *entry, struct bytes value, u64 expires_ms) {
    entry->present = true;
    entry->len = value.len;
    entry->expires_ms = expires_ms;
    memcpy(entry->value, value.data, value.len);
}

static void note(struct world *world, enum store_result result) {
    assert_true(result == STORE_OK || result == STORE_FULL);
    world->failed += result == STORE_FULL;
    world->done++;
}

static u64 hash_of(struct world *world, u32 database, u32 key) {
    return store_hash(world->store, database, key_of(key));
}

/* -- operations -- */

static void do_set(struct world *world, u32 database, u32 key) {
    struct entry *entry = live_entry(world, database, key);
    struct bytes value = random_value(world, 0);
    struct string_pair pair = {
        .key = key_of(key), .value = value, .hash = hash_of(world, database, key)};
    enum string_expiry expiry = (enum string_expiry)random_below(world, 3);
    u64 when = world->store->now_ms + random_below(world, 3000);
    enum store_result result = string_set(world->store, database, &pair, expiry, when);
    note(world, result);
    if (result != STORE_OK) return;
    u64 kept = entry->present ? entry->expires_ms : 0;
    u64 expires[] = {
        [STRING_EXPIRY_CLEAR] = 0, [STRING_EXPIRY_KEEP] = kept, [STRING_EXPIRY_SET] = when};
    entry_write(entry, value, expires[expiry]);
}

static void do_append(struct world *world, u32 database, u32 key) {
    struct entry *entry = live_entry(world, database, key);
    u64 old = entry->present ? entry->len : 0;
    struct bytes suffix = random_value(world, 0);
    u64 length = 0;
    enum store_result result = string_append(world->store, database, key_of(key),
                                             hash_of(world, database, key), suffix, &length);
    if (old + suffix.len > VALUE_MAX) {
        assert_int_equal(result, STORE_TOO_LONG);
        return;
    }
    note(world, result);
    if (result != STORE_OK) return;
    assert_int_equal(length, old + suffix.len);
    if (!entry->present) entry_write(entry, suffix, 0);
    memcpy(entry->value + old, suffix.data, suffix.len);
    entry->len = length;
}

static void do_integer(struct world *world, u32 database, u32 key) {
    struct entry *entry = live_entry(world, database, key);
    struct item item = {0};
    u64 hash = hash_of(world, database, key);
    bool found = store_find(world->store, database, key_of(key), hash, &item);
    assert_int_equal(found, entry->present);
    if (!found) item.handle = 0;
    i64 value = (i64)prng_next(&world->prng);
    enum store_result result =
        string_set_integer(world->store, database, key_of(key), hash, &item, value);
    note(world, result);
    if (result != STORE_OK) return;
    char digits[NUMBER_TEXT_MAX];
    struct bytes text = bytes_of(digits, number_format_i64(digits, value));
    entry_write(entry, text, entry->present ? entry->expires_ms : 0);
}

static void do_delete(struct world *world, u32 database, u32 key) {
    struct entry *entry = live_entry(world, database, key);
    assert_int_equal(fixture_delete(&world->fixture, database, key_of(key)), entry->present);
    entry->present = false;
}

static void do_expire(struct world *world, u32 database, u32 key) {
    struct store *store = world->store;
    struct entry *entry = live_entry(world, database, key);
    struct item item;
    bool found = fixture_find(&world->fixture, database, key_of(key), &item);
    assert_int_equal(found, entry->present);
    if (!found) return;
    assert_true(item.expires_ms == entry->expires_ms);
    u64 when = random_below(world, 3) ? store->now_ms + random_below(world, 3000) : 0;
    bool fits = store_expiry_fits(store, &item, when);
    if (!fits) {
        struct store_need need = {0};
        store_need_item(store, &need, item.key.len, item.payload_len);
        u64 moves = store->moves;
        fits = store_reserve(store, &need);
        store_refresh(store, database, key_of(key), hash_of(world, database, key), moves, &item);
    }
    if (fits) {
        store_set_expiry(store, &item, when);
        entry->expires_ms = when;
    }
    store_release(store);
}

static void do_many(struct world *world, u32 database) {
    struct bytes words[2 * PAIRS_MAX];
    u32 keys[PAIRS_MAX];
    u32 count = 1 + (u32)random_below(world, PAIRS_MAX);
    for (u32 i = 0; i < count; i++) {
        keys[i] = (u32)random_below(world, KEYS);
        words[2 * i] = key_of(keys[i]);
        words[2 * i + 1] = random_value(world, i);
    }
    enum store_result result = string_set_many(world->store, database, words, count);
    note(world, result);
    if (result != STORE_OK) return;
    for (u32 i = 0; i < count; i++)
        entry_write(&world->entries[database][keys[i]], words[2 * i + 1], 0);
}

static void do_flush(struct world *world, u32 database) {
    store_flush(world->store, database);
    for (u32 key = 0; key < KEYS; key++)
        world->entries[database][key].present = false;
}

static void do_time(struct world *world) {
    store_set_now(world->store, world->store->now_ms + random_below(world, 200));
    store_tick(world->store, (u32)random_below(world, 40));
}

static void step(struct world *world) {
    u32 database = (u32)random_below(world, DATABASES);
    u32 key = (u32)random_below(world, KEYS);
    u64 dice = random_below(world, 100);
    if (dice < 35)
        do_set(world, database, key);
    else if (dice < 50)
        do_append(world, database, key);
    else if (dice < 58)
        do_integer(world, database, key);
    else if (dice < 72)
        do_delete(world, database, key);
    else if (dice < 80)
        do_expire(world, database, key);
    else if (dice < 90)
        do_many(world, database);
    else if (dice < 91)
        do_flush(world, database);
    else
        do_time(world);
}

/* -- comparison -- */

static void compare(struct world *world) {
    for (u32 database = 0; database < DATABASES; database++) {
        for (u32 key = 0; key < KEYS; key++) {
            struct entry *entry = live_entry(world, database, key);
            if (entry->present) {
                fixture_expect(&world->fixture, database, key_of(key),
                               bytes_of(entry->value, entry->len));
            } else {
                struct item item;
                assert_false(fixture_find(&world->fixture, database, key_of(key), &item));
            }
        }
    }
}

/* Everything goes, and nothing is left of it. */
static void drain(struct world *world) {
    store_flush_all(world->store);
    while (store_tick(world->store, 1000))
        ;
    store_check(world->store);
    assert_int_equal(world->store->index.gauge.used, 0);
    assert_int_equal(world->store->pages.gauge.used, 0);
    assert_int_equal(world->store->heap.live_bytes, 0);
}

static void run_history(u64 seed, u64 pages, u64 keys, u32 steps) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->store = &world->fixture.store;
    fixture_open_pages(&world->fixture, pages, keys, 48, VALUE_MAX, seed);
    prng_init(&world->prng, seed);
    for (u32 i = 0; i < steps; i++) {
        step(world);
        store_check(world->store);
        if (i % 16 == 0) compare(world);
    }
    compare(world);
    /* A tiny store must have refused something, a large one nothing. */
    if (pages <= 8) assert_true(world->failed > 0);
    if (pages >= 400 && keys >= DATABASES * KEYS * 4) assert_int_equal(world->failed, 0);
    assert_true(world->done > world->failed);
    assert_true(world->store->counters.refused >= world->failed);
    drain(world);
    fixture_close(&world->fixture);
    free(world);
}

static void tiny_stores(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 60; seed++)
        run_history(seed, 2 + seed % 12, DATABASES * KEYS, 300);
}

static void few_keys(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 30; seed++)
        run_history(1000 + seed, 6 + seed * 2, 1 + seed % 20, 300);
}

static void room_enough(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 10; seed++)
        run_history(2000 + seed, 400, DATABASES * KEYS * 4, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_stores),
        cmocka_unit_test(few_keys),
        cmocka_unit_test(room_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
