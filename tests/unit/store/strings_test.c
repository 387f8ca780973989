/* Strings: what is kept how, what fits where, and that a failure changes nothing. */
#include "kv/prng.h"
#include "kv/strings.h"

#include "fixture.h"

static u8 filler[1 << 20];

static void fill(u64 seed) {
    struct prng prng;
    prng_init(&prng, seed);
    for (u32 i = 0; i < sizeof filler; i += 8) {
        u64 word = prng_next(&prng);
        memcpy(filler + i, &word, 8);
    }
}

static struct bytes text(u64 len) {
    return bytes_of(filler, len);
}

static struct bytes key_of(const char *key) {
    return bytes_of_string(key);
}

static struct item find(struct fixture *fixture, const char *key) {
    struct item item;
    assert_true(fixture_find(fixture, 0, key_of(key), &item));
    return item;
}

static enum store_result append(struct fixture *fixture, const char *key, struct bytes suffix,
                                u64 *length) {
    struct store *store = &fixture->store;
    return string_append(store, 0, key_of(key), store_hash(store, 0, key_of(key)), suffix, length);
}

static void every_length_comes_back(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 10, 64, 100000, 1);
    const u64 lengths[] = {0,    1,    20,   21,   100,  4000,  4050,  4095,  4096,
                           4097, 8000, 8191, 8192, 8193, 12288, 50000, 100000};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        fill(i);
        assert_int_equal(fixture_set(&fixture, 0, key_of("key"), text(lengths[i])), STORE_OK);
        store_check(&fixture.store);
        fixture_expect(&fixture, 0, key_of("key"), text(lengths[i]));
        struct item item = find(&fixture, "key");
        assert_int_equal(item.chain.count, lengths[i] / PAGE_BYTES);
        assert_int_equal(item.payload_len, lengths[i] % PAGE_BYTES);
        assert_int_equal(store_keys(&fixture.store, 0), 1);
    }
    assert_true(fixture_delete(&fixture, 0, key_of("key")));
    store_tick(&fixture.store, UINT32_MAX);
    assert_int_equal(fixture.store.pages.gauge.used, 0);
    fixture_close(&fixture);
}

static void integers_are_kept_as_integers(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    const char *integers[] = {
        "0", "-1", "7", "12345678", "9223372036854775807", "-9223372036854775808"};
    const char *texts[] = {"",
                           "00",
                           "-0",
                           "+1",
                           " 1",
                           "1 ",
                           "9223372036854775808",
                           "1.0",
                           "0x1",
                           "-",
                           "-9223372036854775809",
                           "123456789012345678901"};
    i64 value;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(integers); i++) {
        assert_int_equal(fixture_set_text(&fixture, 0, "key", integers[i]), STORE_OK);
        struct item item = find(&fixture, "key");
        assert_int_equal(item.encoding, ENCODING_INTEGER);
        assert_int_equal(item.payload_len, 8);
        fixture_expect_text(&fixture, 0, "key", integers[i]);
        assert_true(string_integer(&fixture.store, &item, &value));
        assert_true(value == strtoll(integers[i], NULL, 10));
    }
    for (u32 i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        assert_int_equal(fixture_set_text(&fixture, 0, "key", texts[i]), STORE_OK);
        struct item item = find(&fixture, "key");
        assert_int_equal(item.encoding, ENCODING_RAW);
        fixture_expect_text(&fixture, 0, "key", texts[i]);
        assert_false(string_integer(&fixture.store, &item, &value));
    }
    store_check(&fixture.store);
    fixture_close(&fixture);
}

static void integers_are_written_over_anything(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 32, 10, 64, 50000, 1);
    struct store *store = &fixture.store;
    struct bytes key = key_of("n");
    u64 hash = store_hash(store, 0, key);
    struct item item = {0};
    assert_int_equal(string_set_integer(store, 0, key, hash, &item, 41), STORE_OK);
    fixture_expect_text(&fixture, 0, "n", "41");
    item = find(&fixture, "n");
    assert_int_equal(string_set_integer(store, 0, key, hash, &item, -42), STORE_OK);
    fixture_expect_text(&fixture, 0, "n", "-42");

    struct string_pair pair = {.key = key, .value = text(40000), .hash = hash};
    u64 expires_ms = store->now_ms + 5000;
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_SET, expires_ms), STORE_OK);
    item = find(&fixture, "n");
    assert_int_equal(string_set_integer(store, 0, key, hash, &item, INT64_MIN), STORE_OK);
    assert_true(find(&fixture, "n").expires_ms == expires_ms);
    fixture_expect_text(&fixture, 0, "n", "-9223372036854775808");
    store_check(store);
    struct item none = {0};
    assert_int_equal(string_set_integer(store, 0, text(65), 1, &none, 1), STORE_TOO_LONG);
    fixture_close(&fixture);
}

static void raw_digits_read_as_an_integer(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    u64 length;
    assert_int_equal(fixture_set_text(&fixture, 0, "key", "1"), STORE_OK);
    assert_int_equal(append(&fixture, "key", key_of("23"), &length), STORE_OK);
    assert_int_equal(length, 3);
    struct item item = find(&fixture, "key");
    assert_int_equal(item.encoding, ENCODING_RAW);
    i64 value;
    assert_true(string_integer(&fixture.store, &item, &value));
    assert_int_equal(value, 123);
    fixture_close(&fixture);
}

static void expiry_is_cleared_kept_or_set(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    struct store *store = &fixture.store;
    struct bytes key = key_of("key");
    struct string_pair pair = {.key = key, .value = text(9), .hash = store_hash(store, 0, key)};
    u64 when = store->now_ms + 1000;
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_KEEP, 5), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == 0);
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_SET, when), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == when);
    assert_int_equal(store_expires(store, 0), 1);
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_KEEP, 0), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == when);
    u64 length;
    assert_int_equal(append(&fixture, "key", text(3), &length), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == when);
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_SET, when + 7), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == when + 7);
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_CLEAR, 0), STORE_OK);
    assert_true(find(&fixture, "key").expires_ms == 0);
    assert_int_equal(store_expires(store, 0), 0);
    store_check(store);
    fixture_close(&fixture);
}

static void limits_are_kept(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 10, 10, 5000, 1);
    u64 length;
    assert_int_equal(fixture_set(&fixture, 0, text(10), text(5000)), STORE_OK);
    assert_int_equal(fixture_set(&fixture, 0, text(11), text(1)), STORE_TOO_LONG);
    assert_int_equal(fixture_set(&fixture, 0, key_of("k"), text(5001)), STORE_TOO_LONG);
    assert_int_equal(append(&fixture, "k", text(5001), &length), STORE_TOO_LONG);
    assert_int_equal(fixture_set(&fixture, 0, key_of("k"), text(4000)), STORE_OK);
    assert_int_equal(append(&fixture, "k", text(1001), &length), STORE_TOO_LONG);
    fixture_expect(&fixture, 0, key_of("k"), text(4000));
    assert_int_equal(append(&fixture, "k", text(1000), &length), STORE_OK);
    assert_int_equal(length, 5000);
    assert_int_equal(append(&fixture, "k", text(1), &length), STORE_TOO_LONG);
    struct bytes words[] = {key_of("a"), text(1), key_of("b"), text(5001)};
    assert_int_equal(string_set_many(&fixture.store, 0, words, 2), STORE_TOO_LONG);
    assert_int_equal(store_keys(&fixture.store, 0), 2);
    assert_int_equal(fixture.store.counters.refused, 0);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

/* Every tail and suffix around the borders of a page. */
static void append_grows_by_whole_pages(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 10, 64, 100000, 1);
    fill(3);
    const u64 lengths[] = {0, 1, 100, 4000, 4095, 4096, 4097, 8191, 9000, 12289};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        for (u32 j = 0; j < KV_ARRAY_LENGTH(lengths); j++) {
            u64 length = 0;
            fixture_delete(&fixture, 0, key_of("key"));
            assert_int_equal(fixture_set(&fixture, 0, key_of("key"), text(lengths[i])), STORE_OK);
            struct bytes suffix = bytes_of(filler + lengths[i], lengths[j]);
            assert_int_equal(append(&fixture, "key", suffix, &length), STORE_OK);
            assert_int_equal(length, lengths[i] + lengths[j]);
            fixture_expect(&fixture, 0, key_of("key"), text(length));
            store_check(&fixture.store);
        }
    }
    fixture_delete(&fixture, 0, key_of("key"));
    u64 length = 0;
    for (u64 done = 0; done < 9000; done += 7) {
        assert_int_equal(append(&fixture, "key", bytes_of(filler + done, 7), &length), STORE_OK);
        assert_int_equal(length, done + 7);
    }
    fixture_expect(&fixture, 0, key_of("key"), text(length));
    assert_int_equal(find(&fixture, "key").chain.count, 2);
    fixture_close(&fixture);
}

static void append_turns_an_integer_into_text(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 10000, 1);
    u64 length;
    assert_int_equal(append(&fixture, "new", key_of("-17"), &length), STORE_OK);
    assert_int_equal(find(&fixture, "new").encoding, ENCODING_INTEGER);
    assert_int_equal(append(&fixture, "new", bytes_of("", 0), &length), STORE_OK);
    assert_int_equal(length, 3);
    assert_int_equal(append(&fixture, "new", key_of(" apples"), &length), STORE_OK);
    assert_int_equal(length, 10);
    fixture_expect_text(&fixture, 0, "new", "-17 apples");
    assert_int_equal(append(&fixture, "empty", bytes_of("", 0), &length), STORE_OK);
    assert_int_equal(length, 0);
    fixture_expect_text(&fixture, 0, "empty", "");
    store_check(&fixture.store);
    fixture_close(&fixture);
}

/* Fills the store with values of 50 bytes until it refuses; returns how many there are. */
static u32 fill_up(struct fixture *fixture) {
    for (u32 i = 0;; i++) {
        char key[16];
        snprintf(key, sizeof key, "fill-%u", i);
        if (fixture_set(fixture, 0, key_of(key), text(50)) != STORE_OK) return i;
    }
}

static void a_full_store_is_overwritten_in_place(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 6, 10000, 64, 20000, 1);
    fill(4);
    assert_int_equal(fixture_set(&fixture, 0, key_of("long"), text(9000)), STORE_OK);
    u32 count = fill_up(&fixture);
    assert_true(count > 50);
    assert_int_equal(fixture.store.counters.refused, 1);
    assert_int_equal(fixture.store.pages.gauge.exhausted, 1);
    fill(5);
    for (u32 i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "fill-%u", i);
        assert_int_equal(fixture_set(&fixture, 0, key_of(key), text(50)), STORE_OK);
        assert_int_equal(fixture_set(&fixture, 0, key_of(key), text(49)), STORE_OK);
    }
    /* Two pages and a tail become two other pages and a shorter tail; then one page. */
    assert_int_equal(fixture_set(&fixture, 0, key_of("long"), text(8500)), STORE_OK);
    fixture_expect(&fixture, 0, key_of("long"), text(8500));
    assert_int_equal(fixture_set(&fixture, 0, key_of("long"), text(20000)), STORE_FULL);
    fixture_expect(&fixture, 0, key_of("long"), text(8500));
    u64 length = 0;
    assert_int_equal(append(&fixture, "long", text(10000), &length), STORE_FULL);
    fixture_expect(&fixture, 0, key_of("long"), text(8500));
    assert_int_equal(fixture_set(&fixture, 0, key_of("long"), text(4200)), STORE_OK);
    fixture_expect(&fixture, 0, key_of("long"), text(4200));
    store_check(&fixture.store);
    fixture_close(&fixture);
}

static void key_count_is_kept(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 16, 3, 64, 1000, 1);
    assert_int_equal(fixture_set_text(&fixture, 0, "a", "1"), STORE_OK);
    assert_int_equal(fixture_set_text(&fixture, 1, "a", "1"), STORE_OK);
    assert_int_equal(fixture_set_text(&fixture, 0, "b", "1"), STORE_OK);
    assert_int_equal(fixture_set_text(&fixture, 0, "c", "1"), STORE_FULL);
    assert_int_equal(fixture.store.index.gauge.exhausted, 1);
    assert_int_equal(fixture.store.counters.refused, 1);
    assert_int_equal(fixture_set_text(&fixture, 0, "b", "longer than before"), STORE_OK);
    assert_true(fixture_delete(&fixture, 1, key_of("a")));
    assert_int_equal(fixture_set_text(&fixture, 0, "c", "1"), STORE_OK);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

static void many_at_once(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 100, 64, 10000, 1);
    struct bytes words[80];
    char keys[40][8];
    for (u32 i = 0; i < 40; i++) {
        snprintf(keys[i], sizeof keys[i], "k%u", i);
        words[2 * i] = key_of(keys[i]);
        words[2 * i + 1] = text(i * 150);
    }
    assert_int_equal(string_set_many(&fixture.store, 0, words, 40), STORE_OK);
    assert_int_equal(store_keys(&fixture.store, 0), 40);
    for (u32 i = 0; i < 40; i++)
        fixture_expect(&fixture, 0, words[2 * i], words[2 * i + 1]);
    /* The last of equal keys wins, and an expiry goes. */
    struct item item = find(&fixture, "k1");
    struct store_need need = {0};
    store_need_item(&fixture.store, &need, 2, 150);
    assert_true(store_reserve(&fixture.store, &need));
    item = find(&fixture, "k1");
    store_set_expiry(&fixture.store, &item, fixture.store.now_ms + 50);
    store_release(&fixture.store);
    struct bytes again[] = {key_of("k1"), key_of("first"), key_of("k2"),
                            text(9999),   key_of("k1"),    key_of("last")};
    assert_int_equal(string_set_many(&fixture.store, 0, again, 3), STORE_OK);
    fixture_expect_text(&fixture, 0, "k1", "last");
    assert_true(find(&fixture, "k1").expires_ms == 0);
    fixture_expect(&fixture, 0, key_of("k2"), text(9999));
    assert_int_equal(string_set_many(&fixture.store, 0, again, 0), STORE_OK);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

/* Equal keys count once against key-count, and a refusal leaves nothing behind. */
static void many_counts_keys_exactly(void **state) {
    (void)state;
    for (u32 guaranteed = 0; guaranteed < 2; guaranteed++) {
        struct fixture fixture;
        struct options options =
            fixture_options(guaranteed ? CAPACITY_GUARANTEED : CAPACITY_SHARED, 3, 32, 5000, 10);
        fixture_open(&fixture, &options, 600000, 1);
        assert_int_equal(fixture_set_text(&fixture, 0, "old", "value"), STORE_OK);
        struct bytes fits[] = {key_of("a"), text(10),      key_of("b"), text(5000),  key_of("a"),
                               text(4999),  key_of("old"), text(30),    key_of("b"), text(20)};
        assert_int_equal(string_set_many(&fixture.store, 0, fits, 5), STORE_OK);
        assert_int_equal(store_keys(&fixture.store, 0), 3);
        fixture_expect(&fixture, 0, key_of("a"), text(4999));
        fixture_expect(&fixture, 0, key_of("b"), text(20));
        fixture_expect(&fixture, 0, key_of("old"), text(30));
        store_check(&fixture.store);
        assert_true(fixture_delete(&fixture, 0, key_of("a")));

        struct bytes too_many[] = {key_of("b"), text(1), key_of("c"), text(2),
                                   key_of("c"), text(3), key_of("d"), text(4)};
        u64 refused = fixture.store.counters.refused;
        assert_int_equal(string_set_many(&fixture.store, 0, too_many, 4), STORE_FULL);
        assert_int_equal(fixture.store.counters.refused, refused + 1);
        assert_int_equal(store_keys(&fixture.store, 0), 2);
        fixture_expect(&fixture, 0, key_of("b"), text(20));
        fixture_expect(&fixture, 0, key_of("old"), text(30));
        struct item item;
        assert_false(fixture_find(&fixture, 0, key_of("c"), &item));
        store_check(&fixture.store);
        fixture_close(&fixture);
    }
}

static void many_is_all_or_nothing_when_memory_is_short(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 7, 4, 64, 10000, 1);
    assert_int_equal(fixture_set_text(&fixture, 0, "old", "value"), STORE_OK);
    struct bytes words[] = {key_of("old"), text(100),  key_of("a"), text(9999),
                            key_of("b"),   text(9999), key_of("c"), text(9999)};
    assert_int_equal(string_set_many(&fixture.store, 0, words, 4), STORE_FULL);
    fixture_expect_text(&fixture, 0, "old", "value");
    assert_int_equal(store_keys(&fixture.store, 0), 1);
    /* Keys are short only when equal ones count twice; then memory is. */
    struct bytes more[] = {key_of("a"), text(9999),  key_of("b"), text(9999),  key_of("c"),
                           text(9999),  key_of("a"), text(9999),  key_of("b"), text(9999)};
    assert_int_equal(string_set_many(&fixture.store, 0, more, 5), STORE_FULL);
    assert_int_equal(store_keys(&fixture.store, 0), 1);
    assert_int_equal(fixture.store.counters.refused, 2);
    assert_int_equal(fixture.store.pages.gauge.exhausted, 2);
    assert_int_equal(string_set_many(&fixture.store, 0, words, 2), STORE_OK);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

static void a_stale_hash_is_recognised(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 1000, 1);
    struct store *store = &fixture.store;
    struct bytes key = key_of("key");
    u64 stale = store_hash(store, 0, key);
    assert_int_equal(fixture_set_text(&fixture, 0, "key", "before"), STORE_OK);
    store_flush(store, 0);
    struct item item;
    assert_false(store_find(store, 0, key, stale, &item));
    struct string_pair pair = {.key = key, .value = key_of("after"), .hash = stale};
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_CLEAR, 0), STORE_OK);
    u64 length;
    assert_int_equal(string_append(store, 0, key, stale, key_of("wards"), &length), STORE_OK);
    fixture_expect_text(&fixture, 0, "key", "afterwards");
    assert_true(store_find(store, 0, key, stale, &item));
    store_check(store);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(integers_are_kept_as_integers),
        cmocka_unit_test(integers_are_written_over_anything),
        cmocka_unit_test(raw_digits_read_as_an_integer),
        cmocka_unit_test(expiry_is_cleared_kept_or_set),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(append_grows_by_whole_pages),
        cmocka_unit_test(append_turns_an_integer_into_text),
        cmocka_unit_test(a_full_store_is_overwritten_in_place),
        cmocka_unit_test(key_count_is_kept),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(many_counts_keys_exactly),
        cmocka_unit_test(many_is_all_or_nothing_when_memory_is_short),
        cmocka_unit_test(a_stale_hash_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
