/* Random histories of whole keys against a plain model: what each holds is remembered as its dump.
 * After each operation everything is checked against everything; what fails has changed nothing. */
#include "kv/keys.h"
#include "kv/list_build.h"
#include "kv/prng.h"

#include "dumps.h"
#include "elements.h"

#define DATABASES 3u
#define KEYS 10u
#define PUSH_MAX 12u
#define VALUE_MAX 13000u

struct entry {
    struct bytes dump; /* .data NULL: there is no such key */
    u64 expires_ms;
};

struct world {
    struct fixture fixture;
    struct store *store;
    struct prng prng;
    struct entry entries[DATABASES][KEYS];
    u64 failed;
    u64 done;
    u8 value[VALUE_MAX];
};

static u64 below(struct world *world, u64 bound) {
    return prng_below(&world->prng, bound);
}

/* Keys of all lengths, among them the empty one. */
static struct bytes key_of(u32 i) {
    static const char letters[512] =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    static const u32 lengths[KEYS] = {0, 1, 2, 3, 8, 16, 40, 150, 300, 400};
    return bytes_of(letters + i, lengths[i]);
}

static struct key_place place_of(struct world *world, u32 database, u32 key) {
    return (struct key_place){.database = database,
                              .key = key_of(key),
                              .hash = store_hash(world->store, database, key_of(key))};
}

static struct entry *live_entry(struct world *world, u32 database, u32 key) {
    struct entry *entry = &world->entries[database][key];
    bool over = entry->expires_ms != 0 && world->store->now_ms > entry->expires_ms;
    if (over) {
        dumps_free(&entry->dump);
        entry->expires_ms = 0;
    }
    return entry;
}

static bool is_there(const struct entry *entry) {
    return entry->dump.data != NULL;
}

/* Remembers what the key holds now. */
static void remember(struct world *world, u32 database, u32 key) {
    struct entry *entry = &world->entries[database][key];
    struct item item;
    dumps_free(&entry->dump);
    entry->expires_ms = 0;
    if (!fixture_find(&world->fixture, database, key_of(key), &item)) return;
    entry->dump = dumps_of(world->store, &item);
    entry->expires_ms = item.expires_ms;
}

static void forget(struct entry *entry) {
    dumps_free(&entry->dump);
    entry->expires_ms = 0;
}

static void note(struct world *world, enum store_result result) {
    assert_true(result == STORE_OK || result == STORE_FULL);
    world->failed += result == STORE_FULL;
    world->done++;
}

/* -- operations -- */

static void do_set(struct world *world, u32 database, u32 key) {
    u64 len = below(world, 3) ? below(world, 300) : below(world, VALUE_MAX + 1);
    memset(world->value, (int)below(world, 256), len);
    if (below(world, 4) == 0)
        len = number_format_i64((char *)world->value,
                                (i64)(prng_next(&world->prng) >> below(world, 64)));
    struct string_pair pair = {.key = key_of(key),
                               .value = bytes_of(world->value, len),
                               .hash = store_hash(world->store, database, key_of(key))};
    enum string_expiry expiry = below(world, 3) ? STRING_EXPIRY_CLEAR : STRING_EXPIRY_SET;
    u64 when = world->store->now_ms + 1 + below(world, 3000);
    note(world, string_set(world->store, database, &pair, expiry, when));
    remember(world, database, key);
}

static void do_push(struct world *world, u32 database, u32 key) {
    static u8 buffers[PUSH_MAX][ELEMENT_LEN_MAX];
    struct item item = {0};
    struct bytes elements[PUSH_MAX];
    struct key_place place = place_of(world, database, key);
    if (!store_find(world->store, database, place.key, place.hash, &item)) item.handle = 0;
    if (item.handle != 0 && item.type != ITEM_LIST) return;
    u32 count = 1 + (u32)below(world, PUSH_MAX);
    u32 kinds = below(world, 3) ? ELEMENT_SHORT_KINDS : ELEMENT_KINDS;
    for (u32 i = 0; i < count; i++) {
        elements[i] = element_value(element_random(&world->prng, kinds), buffers[i]);
        elements[i].len = u64_min(elements[i].len, VALUE_MAX);
    }
    enum list_end end = below(world, 3) ? LIST_TAIL : LIST_HEAD;
    enum store_result result =
        list_push(world->store, database, place.key, place.hash, &item, end, elements, count);
    if (result != STORE_TOO_LONG) note(world, result);
    remember(world, database, key);
}

static void do_pop(struct world *world, u32 database, u32 key) {
    struct item item;
    if (!fixture_find(&world->fixture, database, key_of(key), &item)) return;
    if (item.type != ITEM_LIST) return;
    u64 length = list_length(world->store, &item);
    list_pop(world->store, &item, LIST_HEAD, u64_min(length, 1 + below(world, 20)));
    remember(world, database, key);
}

/* Another place than the first one. */
static u32 other_place(struct world *world, u32 database, u32 key) {
    u32 other = (u32)below(world, DATABASES * KEYS - 1);
    return other + (other >= database * KEYS + key);
}

static void do_rename(struct world *world, u32 database, u32 key) {
    struct entry *from = live_entry(world, database, key);
    if (!is_there(from)) return;
    u32 other = other_place(world, database, key);
    struct entry *to = live_entry(world, other / KEYS, other % KEYS);
    struct key_place source = place_of(world, database, key);
    struct key_place target = place_of(world, other / KEYS, other % KEYS);
    bool must_fit = target.key.len <= source.key.len && !is_there(to);
    struct item item;
    bool found = store_find(world->store, database, source.key, source.hash, &item);
    assert_true(found);
    must_fit = must_fit && !heap_is_split(&world->store->heap, item.handle);
    enum store_result result = key_rename(world->store, &source, &target);
    if (must_fit) assert_int_equal(result, STORE_OK);
    note(world, result);
    if (result != STORE_OK) return;
    forget(to);
    *to = *from;
    *from = (struct entry){0};
}

static void do_copy(struct world *world, u32 database, u32 key) {
    struct entry *from = live_entry(world, database, key);
    if (!is_there(from)) return;
    u32 other = other_place(world, database, key);
    struct entry *to = live_entry(world, other / KEYS, other % KEYS);
    struct key_place source = place_of(world, database, key);
    struct key_place target = place_of(world, other / KEYS, other % KEYS);
    enum store_result result = key_copy(world->store, &source, &target);
    note(world, result);
    if (result != STORE_OK) return;
    forget(to);
    u8 *bytes = malloc(from->dump.len);
    assert_non_null(bytes);
    memcpy(bytes, from->dump.data, from->dump.len);
    *to = (struct entry){.dump = bytes_of(bytes, from->dump.len), .expires_ms = from->expires_ms};
}

/* Puts what one key holds, as its dump, over another key, or over itself. */
static void do_restore(struct world *world, u32 database, u32 key) {
    struct entry *from = live_entry(world, database, key);
    if (!is_there(from)) return;
    u32 other = (u32)below(world, DATABASES * KEYS);
    struct key_place target = place_of(world, other / KEYS, other % KEYS);
    struct restore restore;
    u64 when = below(world, 2) ? world->store->now_ms + 1 + below(world, 3000) : 0;
    assert_int_equal(restore_check(&restore, world->store, from->dump, dumps_memory()), RESTORE_OK);
    enum store_result result = restore_put(&restore, world->store, &target, when);
    note(world, result);
    if (result != STORE_OK) return;
    struct bytes expected = from->dump;
    struct entry *to = live_entry(world, other / KEYS, other % KEYS);
    if (to == from) {
        to->expires_ms = when;
        return;
    }
    u8 *bytes = malloc(expected.len);
    assert_non_null(bytes);
    memcpy(bytes, expected.data, expected.len);
    forget(to);
    *to = (struct entry){.dump = bytes_of(bytes, expected.len), .expires_ms = when};
}

static void do_delete(struct world *world, u32 database, u32 key) {
    struct entry *entry = live_entry(world, database, key);
    assert_int_equal(fixture_delete(&world->fixture, database, key_of(key)), is_there(entry));
    forget(entry);
}

static void do_swap(struct world *world) {
    u32 a = (u32)below(world, DATABASES), b = (u32)below(world, DATABASES);
    keys_swap(world->store, a, b);
    for (u32 key = 0; key < KEYS; key++) {
        struct entry entry = world->entries[a][key];
        world->entries[a][key] = world->entries[b][key];
        world->entries[b][key] = entry;
    }
}

static void do_flush(struct world *world, u32 database) {
    store_flush(world->store, database);
    for (u32 key = 0; key < KEYS; key++)
        forget(&world->entries[database][key]);
}

static void do_time(struct world *world) {
    store_set_now(world->store, world->store->now_ms + below(world, 200));
    store_tick(world->store, (u32)below(world, 40));
}

static void do_random(struct world *world, u32 database) {
    struct item item;
    u32 present = 0;
    bool known = false;
    bool found = key_random(world->store, database, &item);
    for (u32 key = 0; key < KEYS; key++) {
        if (!is_there(live_entry(world, database, key))) continue;
        present++;
        known |= found && bytes_equal(item.key, key_of(key));
    }
    assert_int_equal(found, present > 0);
    assert_int_equal(known, found);
}

static void step(struct world *world) {
    u32 database = (u32)below(world, DATABASES);
    u32 key = (u32)below(world, KEYS);
    u64 dice = below(world, 100);
    if (dice < 15)
        do_set(world, database, key);
    else if (dice < 35)
        do_push(world, database, key);
    else if (dice < 40)
        do_pop(world, database, key);
    else if (dice < 55)
        do_rename(world, database, key);
    else if (dice < 68)
        do_copy(world, database, key);
    else if (dice < 80)
        do_restore(world, database, key);
    else if (dice < 86)
        do_delete(world, database, key);
    else if (dice < 90)
        do_swap(world);
    else if (dice < 91)
        do_flush(world, database);
    else if (dice < 94)
        do_random(world, database);
    else
        do_time(world);
}

/* -- comparison -- */

static void compare(struct world *world) {
    u64 bytes = 0;
    for (u32 database = 0; database < DATABASES; database++) {
        for (u32 key = 0; key < KEYS; key++) {
            struct entry *entry = live_entry(world, database, key);
            struct item item;
            bool found = fixture_find(&world->fixture, database, key_of(key), &item);
            assert_int_equal(found, is_there(entry));
            if (!found) continue;
            struct bytes dump = dumps_of(world->store, &item);
            assert_true(bytes_equal(dump, entry->dump));
            assert_true(item.expires_ms == entry->expires_ms);
            bytes += key_bytes(world->store, &item);
            dumps_free(&dump);
        }
    }
    while (store_tick(world->store, 1000))
        ;
    assert_int_equal(bytes, store_bytes_live(world->store));
}

static void drain(struct world *world) {
    for (u32 database = 0; database < DATABASES; database++)
        do_flush(world, database);
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
    fixture_open_pages(&world->fixture, pages, keys, 400, VALUE_MAX, seed);
    prng_init(&world->prng, seed);
    for (u32 i = 0; i < steps; i++) {
        step(world);
        store_check(world->store);
        if (i % 8 == 0) compare(world);
    }
    compare(world);
    if (pages <= 8) assert_true(world->failed > 0);
    assert_true(world->done > world->failed);
    drain(world);
    fixture_close(&world->fixture);
    free(world);
}

static void tiny_stores(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 40; seed++)
        run_history(seed, 3 + seed % 14, DATABASES * KEYS, 400);
}

static void few_keys(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 20; seed++)
        run_history(1000 + seed, 60, 1 + seed % 12, 300);
}

static void room_enough(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 12; seed++)
        run_history(2000 + seed, 3000, DATABASES * KEYS, 400);
}

/* A list of many levels, copied: the copy lives on by itself. */
static void a_large_list_is_copied(void **state) {
    (void)state;
    struct fixture fixture;
    static u8 long_value[5000];
    memset(long_value, 'x', sizeof(long_value));
    fixture_open_pages(&fixture, 20000, 10, 10, sizeof(long_value), 1);
    fixture.store.limits.list_length_max = 2000000;
    struct store *store = &fixture.store;
    struct bytes key = bytes_of_string("l"), other = bytes_of_string("m");
    struct key_place from = {.key = key, .hash = store_hash(store, 0, key)};
    struct key_place to = {.database = 1, .key = other, .hash = store_hash(store, 1, other)};
    struct item item = {0};
    for (u32 i = 0; i < 30000; i++) {
        struct bytes elements[4];
        char digits[4][NUMBER_TEXT_MAX];
        for (u32 j = 0; j < 4; j++)
            elements[j] = bytes_of(digits[j], number_format_i64(digits[j], (i64)i * 100000 + j));
        if (i % 50 == 0) elements[2] = bytes_of(long_value, sizeof(long_value));
        enum list_end end = i % 3 ? LIST_TAIL : LIST_HEAD;
        assert_int_equal(list_push(store, 0, key, from.hash, &item, end, elements, 4), STORE_OK);
    }
    assert_int_equal(key_copy(store, &from, &to), STORE_OK);
    store_check(store);
    struct bytes before;
    struct item copy;
    assert_true(fixture_find(&fixture, 0, key, &item));
    before = dumps_of(store, &item);
    assert_true(fixture_find(&fixture, 1, other, &copy));
    assert_true(key_pages(store, &copy) == key_pages(store, &item));
    fixture_delete(&fixture, 0, key);
    while (store_tick(store, 1000))
        ;
    store_check(store);
    assert_true(fixture_find(&fixture, 1, other, &copy));
    assert_int_equal(list_length(store, &copy), 120000);
    struct bytes after = dumps_of(store, &copy);
    assert_true(bytes_equal(before, after));
    assert_int_equal(key_bytes(store, &copy), store_bytes_live(store));
    dumps_free(&before);
    dumps_free(&after);
    fixture_close(&fixture);
}

/* -- random keys -- */

/* Draws so often that each of `keys` keys should come 200 times, and expects no count that a fair
 * draw would show less than once in a million years. */
static void expect_fair(u64 key_count, u32 keys, u32 low, u32 high) {
    struct fixture fixture;
    fixture_open_pages(&fixture, 400, key_count, 10, 100, key_count + keys);
    u32 *counts = calloc(keys, sizeof(*counts));
    assert_non_null(counts);
    for (u32 i = 0; i < keys; i++) {
        u8 name[4];
        memcpy(name, &i, sizeof(name));
        assert_int_equal(fixture_set(&fixture, 1, bytes_of(name, 4), bytes_of("v", 1)), STORE_OK);
        memcpy(name, "\xff\xff\xff\xff", 4);
        memcpy(name, &i, 2);
        if (i % 3 == 0) fixture_set(&fixture, 2, bytes_of(name, 4), bytes_of("w", 1));
    }
    for (u32 i = 0; i < keys * 200; i++) {
        struct item item;
        u32 n;
        assert_true(key_random(&fixture.store, 1, &item));
        assert_int_equal(item.key.len, sizeof(n));
        memcpy(&n, item.key.data, sizeof(n));
        assert_true(n < keys);
        counts[n]++;
    }
    for (u32 i = 0; i < keys; i++)
        assert_true(counts[i] >= low && counts[i] <= high);
    free(counts);
    fixture_close(&fixture);
}

static void random_keys_are_fair(void **state) {
    (void)state;
    expect_fair(4000, 2000, 110, 310);
    expect_fair(1000, 300, 110, 310);
    /* So few that the walk sees them all. */
    expect_fair(300000, 20, 110, 310);
    /* More than the walk collects: each comes, none is rare. */
    expect_fair(300000, 200, 40, 600);
}

static void no_random_key_of_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    struct item item;
    fixture_open_pages(&fixture, 100, 1000, 10, 100, 1);
    assert_false(key_random(&fixture.store, 0, &item));
    assert_int_equal(fixture_set_text(&fixture, 0, "a", "1"), STORE_OK);
    assert_false(key_random(&fixture.store, 1, &item));
    assert_true(key_random(&fixture.store, 0, &item));
    assert_true(fixture_find(&fixture, 0, bytes_of("a", 1), &item));
    struct string_pair pair = {.key = bytes_of("a", 1),
                               .value = bytes_of("1", 1),
                               .hash = store_hash(&fixture.store, 0, bytes_of("a", 1))};
    string_set(&fixture.store, 0, &pair, STRING_EXPIRY_SET, fixture.store.now_ms + 5);
    store_set_now(&fixture.store, fixture.store.now_ms + 6);
    assert_false(key_random(&fixture.store, 0, &item));
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_stores),          cmocka_unit_test(few_keys),
        cmocka_unit_test(room_enough),          cmocka_unit_test(a_large_list_is_copied),
        cmocka_unit_test(random_keys_are_fair), cmocka_unit_test(no_random_key_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
