/* Parts of strings against plain arrays of bytes: reading and writing at offsets, appending, and
 * the bitwise operations, on values of a few bytes up to several hundred KiB, in stores that have
 * room and in stores that are full most of the time. An operation that fails must have changed
 * nothing, and one that fits easily must not fail. */
#include "kv/prng.h"

#include "fixture.h"

#define KEYS 6u
#define VALUE_MAX 700000u
#define SOURCES_MAX 40u

struct entry {
    bool present;
    bool modified;
    u64 expires_ms;
    u64 len;
    u8 *value;
};

struct world {
    struct fixture fixture;
    struct store *store;
    struct prng prng;
    u64 value_max; /* what operations aim at */
    struct entry entries[KEYS];
    struct entry before; /* what bitop computes into */
    u8 *data;
    u64 done;
    u64 failed;
};

static u64 below(struct world *world, u64 bound) {
    return prng_below(&world->prng, bound);
}

static struct bytes key_of(u32 i) {
    static const char *const names[KEYS] = {"a", "second", "c", "the fourth key", "", "f"};
    return bytes_of_string(names[i]);
}

static u64 hash_of(struct world *world, u32 i) {
    return store_hash(world->store, 0, key_of(i));
}

/* Lengths and offsets, many of them at the borders of pages. */
static u64 random_length(struct world *world, u64 max) {
    u64 len = below(world, max + 1);
    switch (below(world, 5)) {
    case 0:
        len = below(world, 100);
        break;
    case 1:
        len = below(world, 4) * PAGE_BYTES + below(world, 5);
        break;
    case 2:
        len = below(world, max / PAGE_BYTES + 1) * PAGE_BYTES + below(world, 3);
        break;
    case 3:
        len = below(world, 9000);
        break;
    default:
        break;
    }
    return u64_min(len, max);
}

/* Bytes, or a short text that reads as an integer. */
static struct bytes random_data(struct world *world, u64 max) {
    if (below(world, 6) == 0 && max >= NUMBER_TEXT_MAX) {
        i64 integer = (i64)(prng_next(&world->prng) >> below(world, 64));
        return bytes_of(world->data, number_format_i64((char *)world->data, integer));
    }
    u64 len = random_length(world, max);
    u64 step = prng_next(&world->prng) | 1;
    for (u64 i = 0; i < len; i++)
        world->data[i] = (u8)((i * step) >> 13);
    return bytes_of(world->data, len);
}

static void note(struct world *world, enum store_result result) {
    assert_true(result == STORE_OK || result == STORE_FULL);
    world->done++;
    world->failed += result == STORE_FULL;
}

static struct item *find(struct world *world, u32 key, struct item *item) {
    bool found = fixture_find(&world->fixture, 0, key_of(key), item);
    assert_int_equal(found, world->entries[key].present);
    if (!found) *item = (struct item){0};
    return item;
}

/* -- operations -- */

static void do_set(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct bytes value = random_data(world, world->value_max);
    struct string_pair pair = {.key = key_of(key), .value = value, .hash = hash_of(world, key)};
    u64 when = world->store->now_ms + 100000;
    bool expires = below(world, 3) == 0;
    enum store_result result =
        string_set(world->store, 0, &pair, expires ? STRING_EXPIRY_SET : STRING_EXPIRY_CLEAR, when);
    note(world, result);
    if (result != STORE_OK) return;
    memcpy(entry->value, value.data, value.len);
    entry->present = true;
    entry->modified = false;
    entry->len = value.len;
    entry->expires_ms = expires ? when : 0;
}

static void do_write(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct item item;
    u64 most = below(world, 3) ? 200 : world->value_max;
    struct bytes data = random_data(world, most);
    u64 offset = random_length(world, world->value_max);
    if (entry->present && below(world, 2)) offset = below(world, entry->len + 1);
    find(world, key, &item);
    enum store_result result =
        string_write(world->store, 0, key_of(key), hash_of(world, key), &item, offset, data);
    if (offset + data.len > VALUE_MAX) {
        assert_int_equal(result, STORE_TOO_LONG);
        return;
    }
    note(world, result);
    if (result != STORE_OK) return;
    if (!entry->present) entry->len = entry->expires_ms = 0;
    u64 len = u64_max(entry->len, offset + data.len);
    memset(entry->value + entry->len, 0, len - entry->len);
    memcpy(entry->value + offset, data.data, data.len);
    entry->present = entry->modified = true;
    entry->len = len;
    /* The item that was given is the item as it is now. */
    struct item again;
    find(world, key, &again);
    assert_true(item.handle == again.handle && item.modified && again.modified);
    assert_int_equal(string_length(world->store, &item), len);
}

static void do_patch(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct item item;
    find(world, key, &item);
    if (!entry->present || item.encoding != ENCODING_RAW) return;
    u64 offset = below(world, entry->len + 1);
    struct bytes data = random_data(world, u64_min(entry->len - offset, 10000));
    if (data.len > entry->len - offset) return;
    string_patch(world->store, &item, offset, data);
    memcpy(entry->value + offset, data.data, data.len);
    entry->modified = true;
    world->done++;
}

static void do_append(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct bytes suffix = random_data(world, below(world, 3) ? 300 : 9000);
    u64 old = entry->present ? entry->len : 0;
    u64 length = 0;
    enum store_result result =
        string_append(world->store, 0, key_of(key), hash_of(world, key), suffix, &length);
    if (old + suffix.len > VALUE_MAX) {
        assert_int_equal(result, STORE_TOO_LONG);
        return;
    }
    note(world, result);
    if (result != STORE_OK) return;
    assert_int_equal(length, old + suffix.len);
    memcpy(entry->value + old, suffix.data, suffix.len);
    entry->modified = entry->present;
    if (!entry->present) entry->expires_ms = 0;
    entry->present = true;
    entry->len = length;
}

static void do_bytes(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct item item;
    struct bytes value = random_data(world, 100);
    find(world, key, &item);
    enum store_result result =
        string_set_bytes(world->store, 0, key_of(key), hash_of(world, key), &item, value);
    note(world, result);
    if (result != STORE_OK) return;
    if (!entry->present) entry->expires_ms = 0;
    memcpy(entry->value, value.data, value.len);
    entry->present = true;
    entry->modified = false;
    entry->len = value.len;
    find(world, key, &item);
    assert_int_equal(item.encoding, ENCODING_RAW);
}

static void do_read(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct item item;
    find(world, key, &item);
    if (!entry->present) return;
    for (u32 i = 0; i < 4; i++) {
        u64 offset = random_length(world, entry->len + 20);
        u64 len = random_length(world, below(world, 2) ? 20 : VALUE_MAX);
        u64 left = offset < entry->len ? entry->len - offset : 0;
        u64 had = string_read(world->store, &item, offset, len, world->data);
        assert_int_equal(had, u64_min(left, len));
        assert_memory_equal(world->data, entry->value + offset, had);
        for (u64 at = had; at < len; at++)
            assert_int_equal(world->data[at], 0);
    }
}

static void do_delete(struct world *world, u32 key) {
    assert_int_equal(fixture_delete(&world->fixture, 0, key_of(key)), world->entries[key].present);
    world->entries[key].present = false;
}

static u8 source_byte(const struct world *world, u32 key, u64 i) {
    const struct entry *entry = &world->entries[key];
    return entry->present && i < entry->len ? entry->value[i] : 0;
}

static u8 combine(const struct world *world, enum string_bitop op, const u32 *keys, u32 count,
                  u64 i) {
    u8 byte = source_byte(world, keys[0], i);
    if (op == STRING_BITOP_NOT) return (u8)~byte;
    for (u32 j = 1; j < count; j++) {
        u8 other = source_byte(world, keys[j], i);
        byte = (u8)(op == STRING_BITOP_AND  ? byte & other
                    : op == STRING_BITOP_OR ? byte | other
                                            : byte ^ other);
    }
    return byte;
}

static void do_bitop(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    u32 keys[SOURCES_MAX];
    struct bytes sources[SOURCES_MAX];
    struct string_bitop_call call = {.op = (enum string_bitop)below(world, 4),
                                     .key = key_of(key),
                                     .hash = hash_of(world, key),
                                     .sources = sources};
    call.count = (u32)(below(world, 4) ? 1 + below(world, 4) : 1 + below(world, SOURCES_MAX));
    if (call.op == STRING_BITOP_NOT) call.count = 1;
    for (u32 i = 0; i < call.count; i++) {
        keys[i] = (u32)below(world, KEYS);
        sources[i] = key_of(keys[i]);
        const struct entry *source = &world->entries[keys[i]];
        if (source->present) call.length = u64_max(call.length, source->len);
    }
    if (call.length == 0) return;
    enum store_result result = string_bitop(world->store, &call);
    note(world, result);
    if (result != STORE_OK) return;
    for (u64 i = 0; i < call.length; i++)
        world->before.value[i] = combine(world, call.op, keys, call.count, i);
    memcpy(entry->value, world->before.value, call.length);
    entry->present = entry->modified = true;
    entry->len = call.length;
    entry->expires_ms = 0;
}

/* -- checking -- */

static void check_entry(struct world *world, u32 key) {
    struct entry *entry = &world->entries[key];
    struct item item;
    find(world, key, &item);
    if (!entry->present) return;
    fixture_expect(&world->fixture, 0, key_of(key), bytes_of(entry->value, entry->len));
    assert_int_equal(item.modified, entry->modified);
    assert_true(item.expires_ms == entry->expires_ms);
}

static void step(struct world *world) {
    typedef void operation(struct world *, u32);
    static operation *const operations[] = {do_set,    do_write, do_write, do_write, do_write,
                                            do_append, do_patch, do_patch, do_bytes, do_read,
                                            do_read,   do_bitop, do_bitop, do_delete};
    u32 key = (u32)below(world, KEYS);
    operations[below(world, KV_ARRAY_LENGTH(operations))](world, key);
    for (u32 i = 0; i < KEYS; i++)
        check_entry(world, i);
    store_check(world->store);
}

/* With everything deleted, there is room again for any one value. */
static void expect_room(struct world *world, u64 fits) {
    struct item item = {0};
    for (u32 i = 0; i < KEYS; i++)
        do_delete(world, i);
    enum store_result result = string_write(world->store, 0, key_of(0), hash_of(world, 0), &item,
                                            fits - 1, bytes_of("x", 1));
    assert_int_equal(result, STORE_OK);
    fixture_delete(&world->fixture, 0, key_of(0));
    store_tick(world->store, UINT32_MAX);
    assert_int_equal(world->store->pages.gauge.used, 0);
}

static void run(u64 pages, u64 value_max, u32 steps, u64 seed, bool expect_full) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fixture_open_pages(&world->fixture, pages, KEYS, 64, VALUE_MAX, seed);
    world->store = &world->fixture.store;
    world->value_max = value_max;
    prng_init(&world->prng, seed);
    world->data = malloc(2 * VALUE_MAX + PAGE_BYTES);
    world->before.value = malloc(VALUE_MAX + 1);
    assert_non_null(world->data);
    assert_non_null(world->before.value);
    for (u32 i = 0; i < KEYS; i++) {
        world->entries[i].value = malloc(VALUE_MAX + PAGE_BYTES);
        assert_non_null(world->entries[i].value);
    }
    for (u32 i = 0; i < steps; i++)
        step(world);
    assert_int_equal(world->failed > 0, expect_full);
    assert_true(world->failed < world->done);
    expect_room(world, u64_min((pages - 4) * PAGE_BYTES, VALUE_MAX));
    for (u32 i = 0; i < KEYS; i++)
        free(world->entries[i].value);
    free(world->before.value);
    free(world->data);
    fixture_close(&world->fixture);
    free(world);
}

static void small_values_in_a_store_with_room(void **state) {
    (void)state;
    run(400, 9000, 6000, 1, false);
}

static void long_values_in_a_store_with_room(void **state) {
    (void)state;
    run(2000, 400000, 300, 2, false);
}

static void small_values_in_a_full_store(void **state) {
    (void)state;
    run(6, 9000, 6000, 3, true);
    run(4 + 5, 4500, 6000, 4, true);
}

static void long_values_in_a_full_store(void **state) {
    (void)state;
    run(120, 400000, 600, 5, true);
}

/* -- single cases -- */

static enum store_result write_at(struct fixture *fixture, const char *key, u64 offset,
                                  const char *data) {
    struct item item;
    struct store *store = &fixture->store;
    struct bytes name = bytes_of_string(key);
    if (!fixture_find(fixture, 0, name, &item)) item.handle = 0;
    return string_write(store, 0, name, store_hash(store, 0, name), &item, offset,
                        bytes_of_string(data));
}

static void integers_become_bytes(void **state) {
    (void)state;
    struct fixture fixture;
    struct item item;
    u64 length;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    struct store *store = &fixture.store;
    struct bytes key = bytes_of_string("n");
    assert_int_equal(fixture_set_text(&fixture, 0, "n", "12"), STORE_OK);
    assert_int_equal(write_at(&fixture, "n", 0, "3"), STORE_OK);
    fixture_expect_text(&fixture, 0, "n", "32");
    assert_true(fixture_find(&fixture, 0, key, &item));
    assert_true(item.encoding == ENCODING_RAW && item.modified);
    /* Nothing is written, but the value is bytes from then on. */
    assert_int_equal(fixture_set_text(&fixture, 0, "n", "12"), STORE_OK);
    assert_true(fixture_find(&fixture, 0, key, &item));
    assert_true(item.encoding == ENCODING_INTEGER && !item.modified);
    assert_int_equal(
        string_append(store, 0, key, store_hash(store, 0, key), bytes_of("", 0), &length),
        STORE_OK);
    assert_true(fixture_find(&fixture, 0, key, &item));
    assert_true(item.encoding == ENCODING_RAW && item.modified && length == 2);
    assert_int_equal(fixture_set_text(&fixture, 0, "n", "ab"), STORE_OK);
    assert_int_equal(
        string_append(store, 0, key, store_hash(store, 0, key), bytes_of("", 0), &length),
        STORE_OK);
    assert_true(fixture_find(&fixture, 0, key, &item));
    assert_true(item.modified && length == 2);
    /* An integer over it is compact again. */
    assert_int_equal(string_set_integer(store, 0, key, store_hash(store, 0, key), &item, 5),
                     STORE_OK);
    assert_true(fixture_find(&fixture, 0, key, &item));
    assert_true(item.encoding == ENCODING_INTEGER && !item.modified);
    store_check(store);
    fixture_close(&fixture);
}

static void too_long_changes_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    assert_int_equal(write_at(&fixture, "k", 1000, "x"), STORE_TOO_LONG);
    assert_int_equal(write_at(&fixture, "k", UINT64_MAX, "x"), STORE_TOO_LONG);
    assert_int_equal(store_keys(&fixture.store, 0), 0);
    assert_int_equal(write_at(&fixture, "k", 999, "x"), STORE_OK);
    assert_int_equal(write_at(&fixture, "k", 999, "xy"), STORE_TOO_LONG);
    assert_int_equal(write_at(&fixture, "k", 998, "xy"), STORE_OK);
    assert_int_equal(write_at(&fixture, "k", 1000, ""), STORE_OK);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

/* Growth that the store has no room for leaves the value, its encoding and its flag as they were.
 */
static void a_full_store_changes_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    struct item item;
    fixture_open_pages(&fixture, 4, 10, 64, 100000, 1);
    assert_int_equal(fixture_set_text(&fixture, 0, "n", "12"), STORE_OK);
    assert_int_equal(write_at(&fixture, "n", 50000, "x"), STORE_FULL);
    assert_int_equal(write_at(&fixture, "new", 50000, "x"), STORE_FULL);
    assert_int_equal(fixture.store.counters.refused, 2);
    assert_true(fixture_find(&fixture, 0, bytes_of_string("n"), &item));
    assert_true(item.encoding == ENCODING_INTEGER && !item.modified);
    fixture_expect_text(&fixture, 0, "n", "12");
    assert_int_equal(store_keys(&fixture.store, 0), 1);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_in_a_store_with_room),
        cmocka_unit_test(long_values_in_a_store_with_room),
        cmocka_unit_test(small_values_in_a_full_store),
        cmocka_unit_test(long_values_in_a_full_store),
        cmocka_unit_test(integers_become_bytes),
        cmocka_unit_test(too_long_changes_nothing),
        cmocka_unit_test(a_full_store_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
