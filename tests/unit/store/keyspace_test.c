/* The keyspace: databases and flushing, expiry, scanning, reservation, and the check itself. */
#include "kv/keyspace.h"
#include "kv/prng.h"

#include "fixture.h"

static u8 filler[40000];

static struct bytes text(u64 len) {
    return bytes_of(filler, len);
}

static struct bytes numbered(char out[24], u32 i) {
    return bytes_of(out, (size_t)snprintf(out, 24, "key-%u", i));
}

static void set_expiring(struct fixture *fixture, u32 database, struct bytes key,
                         struct bytes value, u64 in_ms) {
    struct store *store = &fixture->store;
    struct string_pair pair = {
        .key = key, .value = value, .hash = store_hash(store, database, key)};
    assert_int_equal(string_set(store, database, &pair, STRING_EXPIRY_SET, store->now_ms + in_ms),
                     STORE_OK);
}

static bool exists(struct fixture *fixture, u32 database, struct bytes key) {
    struct item item;
    return fixture_find(fixture, database, key, &item);
}

static void advance(struct fixture *fixture, u64 ms) {
    store_set_now(&fixture->store, fixture->store.now_ms + ms);
}

/* -- databases -- */

static void databases_are_separate(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 16, 100, 64, 1000, 1);
    for (u32 database = 0; database < STORE_DATABASES; database++) {
        char value[24];
        numbered(value, database);
        assert_int_equal(fixture_set_text(&fixture, database, "same", value), STORE_OK);
    }
    for (u32 database = 0; database < STORE_DATABASES; database++) {
        char value[24];
        numbered(value, database);
        fixture_expect_text(&fixture, database, "same", value);
        assert_int_equal(store_keys(&fixture.store, database), 1);
    }
    assert_true(fixture_delete(&fixture, 3, bytes_of_string("same")));
    assert_false(exists(&fixture, 3, bytes_of_string("same")));
    assert_true(exists(&fixture, 4, bytes_of_string("same")));
    store_check(&fixture.store);
    fixture_close(&fixture);
}

static void a_flush_hides_at_once_and_frees_later(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 1000, 64, 20000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 i = 0; i < 400; i++) {
        u64 len = i % 100 == 0 ? 9000 : 30;
        assert_int_equal(fixture_set(&fixture, i % 2, numbered(key, i), text(len)), STORE_OK);
    }
    set_expiring(&fixture, 0, bytes_of_string("soon"), text(5), 1000);
    store_flush(store, 0);
    assert_int_equal(store_keys(store, 0), 0);
    assert_int_equal(store_expires(store, 0), 0);
    assert_int_equal(store_keys(store, 1), 200);
    assert_int_equal(store->dead_spaces, 1);
    assert_int_equal(store->index.gauge.used, 401);
    store_check(store);
    for (u32 i = 0; i < 400; i++)
        assert_int_equal(exists(&fixture, 0, numbered(key, i)), 0);
    assert_int_equal(fixture_set_text(&fixture, 0, "key-0", "new"), STORE_OK);

    u32 ticks = 0;
    while (store_tick(store, 20)) {
        store_check(store);
        assert_true(++ticks < 100);
    }
    assert_true(ticks > 2);
    assert_int_equal(store->dead_spaces, 0);
    assert_int_equal(store->index.gauge.used, 201);
    /* What a flush takes away has not expired. */
    assert_int_equal(store->counters.expired_keys, 0);
    fixture_expect_text(&fixture, 0, "key-0", "new");
    for (u32 i = 1; i < 400; i += 2)
        assert_true(exists(&fixture, 1, numbered(key, i)));
    store_flush_all(store);
    for (u32 i = 0; i < STORE_DATABASES; i++)
        assert_int_equal(store_keys(store, i), 0);
    while (store_tick(store, 1000))
        ;
    assert_int_equal(store->index.gauge.used, 0);
    assert_int_equal(store->pages.gauge.used, 0);
    store_check(store);
    fixture_close(&fixture);
}

/* More flushes than there are spaces, without any tick: the dead are swept when no space is free.
 */
static void flushing_for_ever(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 2000, 64, 1000, 1);
    struct store *store = &fixture.store;
    for (u32 i = 0; i < 1000; i++) {
        u32 database = i % 3;
        assert_int_equal(fixture_set_text(&fixture, database, "key", "value"), STORE_OK);
        store_flush(store, database);
        assert_false(exists(&fixture, database, bytes_of_string("key")));
        assert_true(store->dead_spaces <= STORE_SPACES - STORE_DATABASES);
    }
    store_check(store);
    /* An empty database keeps its space. */
    u32 dead = store->dead_spaces;
    store_flush(store, 0);
    assert_int_equal(store->dead_spaces, dead);
    fixture_close(&fixture);
}

static void dead_items_give_way_to_new_ones(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 20, 50, 64, 20000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 round = 0; round < 10; round++) {
        /* First the keys are all taken, then the memory. */
        for (u32 i = 0; i < 50; i++)
            assert_int_equal(fixture_set(&fixture, 0, numbered(key, i), text(60)), STORE_OK);
        assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("51"), text(1)), STORE_FULL);
        store_flush(store, 0);
        for (u32 i = 0; i < 4; i++)
            assert_int_equal(fixture_set(&fixture, 0, numbered(key, i), text(17000)), STORE_OK);
        assert_int_equal(fixture_set(&fixture, 0, numbered(key, 4), text(17000)), STORE_FULL);
        store_check(store);
        store_flush_all(store);
    }
    assert_int_equal(store->counters.refused, 20);
    assert_int_equal(store->index.gauge.exhausted, 10);
    assert_int_equal(store->pages.gauge.exhausted, 10);
    fixture_close(&fixture);
}

/* -- expiry -- */

static void a_key_lives_until_its_time_is_over(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 16, 100, 64, 1000, 1);
    struct store *store = &fixture.store;
    struct bytes key = bytes_of_string("key");
    set_expiring(&fixture, 0, key, text(9), 100);
    assert_int_equal(store_expires(store, 0), 1);
    advance(&fixture, 100);
    assert_true(exists(&fixture, 0, key));
    advance(&fixture, 1);
    assert_int_equal(store_keys(store, 0), 1);
    assert_false(exists(&fixture, 0, key));
    assert_int_equal(store_keys(store, 0), 0);
    assert_int_equal(store_expires(store, 0), 0);
    assert_int_equal(store->counters.expired_keys, 1);
    store_check(store);
    fixture_close(&fixture);
}

static void expired_keys_are_reclaimed_within_100_ms(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 200, 2000, 64, 20000, 1);
    struct store *store = &fixture.store;
    struct prng prng;
    prng_init(&prng, 8);
    u64 expires[1000];
    char key[24];
    for (u32 i = 0; i < 1000; i++) {
        u64 in_ms = prng_below(&prng, 2000);
        expires[i] = store->now_ms + in_ms;
        set_expiring(&fixture, i % 3, numbered(key, i), text(i % 200 ? 40 : 9000), in_ms);
    }
    assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("stays"), text(9)), STORE_OK);
    store_check(store);
    for (u64 ms = 0; ms < 2200; ms += 10) {
        advance(&fixture, 10);
        store_tick(store, 1000000);
        u64 alive = 1;
        for (u32 i = 0; i < 1000; i++)
            alive += expires[i] >= store->now_ms - 90;
        assert_true(store->index.gauge.used <= alive);
        if (ms % 100 == 0) store_check(store);
    }
    assert_int_equal(store->index.gauge.used, 1);
    assert_int_equal(store->counters.expired_keys, 1000);
    /* Nothing is due and nothing is known to come: ticks have nothing to do. */
    assert_true(store->deadline_next == DEADLINE_NONE);
    assert_false(store_tick(store, 1000));
    fixture_close(&fixture);
}

static void a_tick_does_no_more_than_its_budget(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 200, 5000, 64, 20000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 i = 0; i < 5000; i++)
        set_expiring(&fixture, 0, numbered(key, i), text(40), 10);
    advance(&fixture, 1000);
    u32 ticks = 1;
    u64 before = store->index.gauge.used;
    while (store_tick(store, 100)) {
        /* A page is finished that was begun. */
        assert_true(before - store->index.gauge.used <= 100 + PAGE_BYTES / 40);
        before = store->index.gauge.used;
        ticks++;
    }
    assert_true(ticks >= 20);
    assert_int_equal(store->index.gauge.used, 0);
    fixture_close(&fixture);
}

/* Nor does it look at all pages of a large store for the few that hold items of a flushed database.
 */
static void a_tick_passes_over_few_pages(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 20000, 100, 64, 1000, 1);
    struct store *store = &fixture.store;
    assert_int_equal(fixture_set_text(&fixture, 0, "key", "value"), STORE_OK);
    store->sweep_page = 2; /* the item's page is the first one */
    store_flush_all(store);
    u32 ticks = 1;
    u32 before = store->sweep_page;
    while (store_tick(store, 10)) {
        assert_true(store->sweep_page > before && store->sweep_page - before <= 1000);
        before = store->sweep_page;
        ticks++;
    }
    assert_true(ticks >= 20);
    assert_int_equal(store->index.gauge.used, 0);
    fixture_close(&fixture);
}

static void expired_keys_give_way_to_new_ones(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 20, 50, 64, 20000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 round = 0; round < 5; round++) {
        for (u32 i = 0; i < 50; i++)
            set_expiring(&fixture, i % 4, numbered(key, i), text(60), 10);
        advance(&fixture, 50);
        for (u32 i = 0; i < 4; i++)
            set_expiring(&fixture, 0, bytes_of_string(key), text(100), 10);
        for (u32 i = 0; i < 4; i++)
            set_expiring(&fixture, 5, numbered(key, i), text(17000), 10);
        advance(&fixture, 50);
    }
    assert_int_equal(store->counters.refused, 0);
    store_check(store);
    fixture_close(&fixture);
}

/* With the clock behind the store's first turn, everything seems due; nothing is lost and nothing
 * runs for ever. */
static void the_clock_goes_back(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 5, 64, 20000, 1);
    struct store *store = &fixture.store;
    store_set_now(store, FIXTURE_EPOCH_MS - 100000);
    for (u32 i = 0; i < 5; i++) {
        char key[24];
        set_expiring(&fixture, 0, numbered(key, i), text(60), 1000);
    }
    store_check(store);
    for (u32 i = 0; i < 10; i++)
        assert_false(store_tick(store, 1000));
    assert_int_equal(store_keys(store, 0), 5);
    assert_int_equal(fixture_set_text(&fixture, 0, "one more", "value"), STORE_FULL);
    store_set_now(store, FIXTURE_EPOCH_MS + 1);
    store_tick(store, 1000);
    assert_int_equal(store->index.gauge.used, 0);
    store_check(store);
    fixture_close(&fixture);
}

static void a_deadline_beyond_the_last_tick(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 5, 64, 20000, 1);
    struct store *store = &fixture.store;
    set_expiring(&fixture, 0, bytes_of_string("key"), text(60), (u64)1 << 50);
    store_check(store);
    /* Ten years: the ticks are used up long before the key is over. */
    advance(&fixture, (u64)10 * 365 * 86400 * 1000);
    assert_false(store_tick(store, 1000));
    assert_true(exists(&fixture, 0, bytes_of_string("key")));
    advance(&fixture, (u64)1 << 50);
    store_tick(store, 1000);
    assert_int_equal(store->index.gauge.used, 0);
    fixture_close(&fixture);
}

static void expiry_is_set_and_cleared(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 3, 500, 64, 20000, 1);
    struct store *store = &fixture.store;
    char key[24];
    u32 count = 0;
    while (fixture_set(&fixture, 0, numbered(key, count), text(100)) == STORE_OK)
        count++;
    /* The store is full: an expiry may not fit any more, but clearing one always does. */
    u32 set = 0;
    for (u32 i = 0; i < count; i++) {
        struct item item;
        assert_true(fixture_find(&fixture, 0, numbered(key, i), &item));
        if (!store_expiry_fits(store, &item, store->now_ms + 500)) continue;
        store_set_expiry(store, &item, store->now_ms + 500);
        assert_true(item.expires_ms == store->now_ms + 500);
        set++;
        store_check(store);
    }
    assert_true(set > 0 && set < count);
    assert_int_equal(store_expires(store, 0), set);
    for (u32 i = 0; i < count; i++) {
        struct item item;
        assert_true(fixture_find(&fixture, 0, numbered(key, i), &item));
        assert_true(store_expiry_fits(store, &item, 0));
        if (item.expires_ms == 0) continue;
        store_set_expiry(store, &item, 0);
        assert_true(item.expires_ms == 0);
        assert_true(fixture_find(&fixture, 0, numbered(key, i), &item));
        assert_true(item.expires_ms == 0);
        /* The field is still there for the next one. */
        assert_true(store_expiry_fits(store, &item, 1));
        fixture_expect(&fixture, 0, numbered(key, i), text(100));
        store_check(store);
    }
    assert_int_equal(store_expires(store, 0), 0);
    advance(&fixture, 10000);
    store_tick(store, 100000);
    assert_int_equal(store_keys(store, 0), count);
    fixture_close(&fixture);
}

/* -- the mean time to live -- */

static void expire_at(struct fixture *fixture, const char *key, u64 expires_ms) {
    struct item item;
    assert_true(fixture_find(fixture, 0, bytes_of_string(key), &item));
    assert_true(store_expiry_fits(&fixture->store, &item, expires_ms));
    store_set_expiry(&fixture->store, &item, expires_ms);
    store_check(&fixture->store);
}

static void expect_mean(const struct fixture *fixture, u64 expires, u64 mean_ms) {
    assert_int_equal(store_expires(&fixture->store, 0), expires);
    assert_int_equal(store_ttl_mean_ms(&fixture->store, 0), mean_ms);
}

static void the_mean_ttl_is_of_the_keys_that_have_one(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 1000, 64, 20000, 1);
    struct store *store = &fixture.store;
    expect_mean(&fixture, 0, 0);
    assert_int_equal(fixture_set_text(&fixture, 0, "lasting", "x"), STORE_OK);
    expect_mean(&fixture, 0, 0);
    set_expiring(&fixture, 0, bytes_of_string("one"), text(5), 1000);
    expect_mean(&fixture, 1, 1000);
    set_expiring(&fixture, 0, bytes_of_string("two"), text(9000), 3001);
    expect_mean(&fixture, 2, 2000);
    set_expiring(&fixture, 7, bytes_of_string("one"), text(5), 500);
    expect_mean(&fixture, 2, 2000);
    assert_int_equal(store_ttl_mean_ms(store, 7), 500);
    advance(&fixture, 400);
    expect_mean(&fixture, 2, 1600);
    /* Changed, sooner and later. */
    expire_at(&fixture, "one", store->now_ms + 100);
    expect_mean(&fixture, 2, (100 + 2601) / 2);
    expire_at(&fixture, "one", store->now_ms + 5399);
    expect_mean(&fixture, 2, 4000);
    /* Made to last, and not any more. */
    expire_at(&fixture, "two", 0);
    expect_mean(&fixture, 1, 5399);
    expire_at(&fixture, "two", store->now_ms + 1);
    expect_mean(&fixture, 2, 2700);
    /* Overwritten: with a new time, with the old one, with none. */
    set_expiring(&fixture, 0, bytes_of_string("two"), text(12), 601);
    expect_mean(&fixture, 2, 3000);
    struct string_pair pair = {.key = bytes_of_string("two"), .value = text(3000)};
    pair.hash = store_hash(store, 0, pair.key);
    assert_int_equal(string_set(store, 0, &pair, STRING_EXPIRY_KEEP, 0), STORE_OK);
    expect_mean(&fixture, 2, 3000);
    assert_int_equal(fixture_set_text(&fixture, 0, "two", "plain"), STORE_OK);
    expect_mean(&fixture, 1, 5399);
    assert_true(fixture_delete(&fixture, 0, bytes_of_string("one")));
    expect_mean(&fixture, 0, 0);
    /* A key whose time is over, and that nobody has noticed yet, has none left. */
    set_expiring(&fixture, 0, bytes_of_string("short"), text(5), 10);
    advance(&fixture, 50);
    expect_mean(&fixture, 1, 0);
    assert_false(exists(&fixture, 0, bytes_of_string("short")));
    expect_mean(&fixture, 0, 0);
    set_expiring(&fixture, 0, bytes_of_string("flushed"), text(5), 100);
    store_flush(store, 0);
    expect_mean(&fixture, 0, 0);
    set_expiring(&fixture, 0, bytes_of_string("after"), text(5), 77);
    expect_mean(&fixture, 1, 77);
    store_check(store);
    fixture_close(&fixture);
}

/* Deadlines as EXPIREAT allows them: the sum of two leaves 64 bits. */
static void the_mean_of_huge_ttls_does_not_overflow(void **state) {
    (void)state;
    enum { KEYS = 100 };
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 1000, 64, 1000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 i = 0; i < KEYS; i++) {
        assert_int_equal(fixture_set(&fixture, 0, numbered(key, i), text(9)), STORE_OK);
        numbered(key, i);
        expire_at(&fixture, key, INT64_MAX - i);
    }
    expect_mean(&fixture, KEYS, (u64)INT64_MAX - KEYS / 2 - store->now_ms);
    /* One that is soon takes its hundredth away. */
    expire_at(&fixture, "key-0", store->now_ms + 1);
    const u64 mean = store_ttl_mean_ms(store, 0);
    const u64 expected = (u64)INT64_MAX / KEYS * (KEYS - 1);
    assert_true(mean > expected - expected / 1000 && mean < expected + expected / 1000);
    for (u32 i = 1; i < KEYS; i++)
        assert_true(fixture_delete(&fixture, 0, numbered(key, i)));
    expect_mean(&fixture, 1, 1);
    store_check(store);
    fixture_close(&fixture);
}

/* -- the room that is left -- */

static struct store_room room_left(const struct fixture *fixture) {
    struct store_room room;
    memset(&room, 0xee, sizeof(room));
    store_room_left(&fixture->store, &fixture->plan, &room);
    return room;
}

/* Sets new keys of 16 B with 64 B until the store refuses, but at most `max`; returns how many. */
static u32 fill_up(struct fixture *fixture, u32 first, u32 max) {
    char key[24];
    for (u32 i = 0; i < max; i++) {
        struct bytes name =
            bytes_of(key, (size_t)snprintf(key, sizeof(key), "key-%012u", first + i));
        assert_int_equal(name.len, STORE_EXPECTED_KEY_BYTES);
        if (fixture_set(fixture, i % STORE_DATABASES, name, text(STORE_EXPECTED_VALUE_BYTES)) !=
            STORE_OK)
            return i;
    }
    return max;
}

/* `estimated` is no more than what fitted, for it is what an operator relies on; and less by the
 * few gaps only that are used by splitting items at the very end. */
static void expect_close(u64 estimated, u64 fitted) {
    if (estimated > fitted || estimated < fitted - fitted / 25)
        fail_msg("%llu keys were estimated, %llu fitted", (unsigned long long)estimated,
                 (unsigned long long)fitted);
}

static void the_room_left_is_what_fits(void **state) {
    (void)state;
    struct fixture fixture;
    struct options options = fixture_options(CAPACITY_SHARED, 50000, 64, 4096, 10);
    fixture_open(&fixture, &options, 4 << 20, 1);
    struct store *store = &fixture.store;
    const struct store_room empty = room_left(&fixture);
    assert_int_equal(empty.fill_ppm, 0);
    assert_int_equal(empty.keys_guaranteed, fixture.plan.guaranteed_keys);
    assert_int_equal(empty.keys_estimated, fixture.plan.expected_keys);
    assert_true(empty.keys_guaranteed > 10 && empty.keys_estimated > 10000);
    assert_true(empty.keys_estimated < options.key_count);

    /* Beside values of whole pages, of odd lengths, and small ones. */
    char key[24];
    for (u32 i = 0; i < 300; i++) {
        const u64 len = i % 3 == 0 ? 4096 : i % 3 == 1 ? 1 + i * 13 : 64;
        assert_int_equal(fixture_set(&fixture, 0, numbered(key, i), text(len)), STORE_OK);
    }
    const struct store_room part = room_left(&fixture);
    assert_true(part.fill_ppm > 100000 && part.fill_ppm < 500000);
    assert_true(part.keys_estimated < empty.keys_estimated);
    const u64 keys = store->index.gauge.used;
    assert_int_equal(part.keys_guaranteed,
                     empty.keys_guaranteed > keys ? empty.keys_guaranteed - keys : 0);
    const u32 fitted = fill_up(&fixture, 1000, 50000);
    expect_close(part.keys_estimated, fitted);

    const struct store_room full = room_left(&fixture);
    assert_true(full.fill_ppm > 970000 && full.fill_ppm <= 1000000);
    assert_true(full.keys_estimated <= fitted / 50);
    assert_int_equal(full.keys_guaranteed, 0);
    store_check(store);

    /* What is deleted is room again, to the last byte. */
    store_flush_all(store);
    while (store_tick(store, 1000))
        ;
    const struct store_room again = room_left(&fixture);
    assert_memory_equal(&again, &empty, sizeof(again));
    expect_close(again.keys_estimated, fill_up(&fixture, 1000, 50000));
    fixture_close(&fixture);
}

/* Few keys in many pages: the index is what is full. */
static void the_room_left_ends_with_the_index(void **state) {
    (void)state;
    struct fixture fixture;
    struct options options = fixture_options(CAPACITY_GUARANTEED, 100, 64, 9000, 100);
    fixture_open(&fixture, &options, 0, 1);
    assert_int_equal(room_left(&fixture).keys_guaranteed, 100);
    assert_int_equal(room_left(&fixture).keys_estimated, 100);
    assert_int_equal(fill_up(&fixture, 0, 40), 40);
    assert_int_equal(room_left(&fixture).keys_guaranteed, 60);
    assert_int_equal(room_left(&fixture).keys_estimated, 60);
    assert_true(room_left(&fixture).fill_ppm < 10000);
    assert_int_equal(fill_up(&fixture, 40, 100), 60);
    assert_int_equal(room_left(&fixture).keys_guaranteed, 0);
    assert_int_equal(room_left(&fixture).keys_estimated, 0);
    fixture_close(&fixture);
}

/* -- scanning -- */

struct visits {
    u32 of[2000];
    u32 total;
};

static void visit(void *context, const struct item *item) {
    struct visits *visits = context;
    char text_of_key[24] = {0};
    memcpy(text_of_key, item->key.data, item->key.len);
    u32 i = (u32)strtoul(text_of_key + 4, NULL, 10);
    visits->of[i]++;
    visits->total++;
}

static void a_scan_sees_each_key_once(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 100, 2000, 64, 1000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 i = 0; i < 1500; i++)
        assert_int_equal(fixture_set(&fixture, i % 2, numbered(key, i), text(20)), STORE_OK);
    for (u64 count = 1; count < 3000; count *= 7) {
        struct visits visits = {0};
        u64 cursor = 0;
        u32 calls = 0;
        do {
            u32 before = visits.total;
            cursor = store_scan(store, 1, cursor, count, visit, &visits);
            assert_true(visits.total - before < count + INDEX_BUCKET_ENTRIES);
            calls++;
        } while (cursor != 0);
        assert_true(calls <= 1500 / count + 2 || count == 1);
        for (u32 i = 0; i < 1500; i++)
            assert_int_equal(visits.of[i], i % 2);
    }
    struct visits visits = {0};
    assert_int_equal(store_scan(store, 1, UINT64_MAX, 10, visit, &visits), 0);
    assert_int_equal(store_scan(store, 1, store->index.buckets, 10, visit, &visits), 0);
    assert_int_equal(visits.total, 0);
    fixture_close(&fixture);
}

/* Keys come, go, grow and move while a scan is under way; those that stay are seen once. */
static void a_scan_survives_changes(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 60, 1000, 64, 9000, 1);
    struct store *store = &fixture.store;
    struct prng prng;
    prng_init(&prng, 21);
    char key[24];
    for (u32 i = 0; i < 500; i++)
        assert_int_equal(fixture_set(&fixture, 0, numbered(key, i), text(20)), STORE_OK);
    for (u32 round = 0; round < 20; round++) {
        struct visits visits = {0};
        u64 cursor = 0;
        do {
            cursor = store_scan(store, 0, cursor, 5, visit, &visits);
            u32 i = (u32)prng_below(&prng, 500);
            fixture_set(&fixture, 0, numbered(key, i), text(prng_below(&prng, 600)));
            i = 500 + (u32)prng_below(&prng, 400);
            if (!fixture_delete(&fixture, 0, numbered(key, i)))
                fixture_set(&fixture, 0, numbered(key, i), text(prng_below(&prng, 9000)));
        } while (cursor != 0);
        for (u32 i = 0; i < 500; i++)
            assert_int_equal(visits.of[i], 1);
        for (u32 i = 500; i < 900; i++)
            assert_true(visits.of[i] <= 2);
        store_check(store);
    }
    fixture_close(&fixture);
}

static void a_scan_skips_what_is_over(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 60, 2000, 64, 9000, 1);
    struct store *store = &fixture.store;
    char key[24];
    for (u32 i = 0; i < 100; i++)
        set_expiring(&fixture, 0, numbered(key, i), text(5), i < 50 ? 10 : 1000);
    advance(&fixture, 11);
    struct visits visits = {0};
    assert_int_equal(store_scan(store, 0, 0, 1000, visit, &visits), 0);
    assert_int_equal(visits.total, 50);
    assert_int_equal(store_keys(store, 0), 100);
    /* In an empty database a call passes 10 buckets for each key that was asked for. */
    assert_int_equal(store_scan(store, 9, 0, 3, visit, &visits), 30);
    assert_int_equal(store_scan(store, 9, 0, 0, visit, &visits), 1);
    store_flush(store, 0);
    assert_int_equal(store_scan(store, 0, 0, UINT64_MAX, visit, &visits), 0);
    assert_int_equal(visits.total, 50);
    fixture_close(&fixture);
}

/* -- reservation -- */

static void a_huge_value_goes_at_once_and_its_pages_when_needed(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 100, 50, 64, 400000, 1);
    struct store *store = &fixture.store;
    u8 *huge = calloc(1, 380000);
    assert_non_null(huge);
    for (u32 round = 0; round < 3; round++) {
        struct bytes value = bytes_of(huge, 380000);
        assert_int_equal(fixture_set_text(&fixture, 0, "other", "x"), STORE_OK);
        assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("huge"), value), STORE_OK);
        assert_true(fixture_delete(&fixture, 0, bytes_of_string("huge")));
        assert_true(store->dying_pages > 0);
        assert_true(pages_free_count(&store->pages) < 10);
        store_check(store);
        u64 live = store_bytes_live(store);
        assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("second"), value), STORE_OK);
        assert_true(store_bytes_live(store) >= 380000 && live > 0);
        store_check(store);
        /* Overwritten by something short: the chain is left to reclaim as well. */
        assert_int_equal(fixture_set_text(&fixture, 0, "second", "short"), STORE_OK);
        store_check(store);
    }
    while (store_tick(store, 7))
        ;
    assert_int_equal(store->dying_pages, 0);
    assert_true(store->counters.reclaimed_pages >= 2 * 92);
    assert_true(store_bytes_live(store) < 200);
    assert_int_equal(store->pages.gauge.used, 1);
    store_check(store);
    free(huge);
    fixture_close(&fixture);
}

static void a_refused_reservation_changes_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 10, 50, 64, 400000, 1);
    struct store *store = &fixture.store;
    assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("key"), text(9000)), STORE_OK);
    const struct store_need needs[] = {{.pages = 8},          {.cost = 40000},
                                       {.keys = 50},          {.pages = 7, .cost = 8000},
                                       {.pages = UINT32_MAX}, {.cost = UINT64_MAX / 2}};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(needs); i++) {
        assert_false(store_reserve(store, &needs[i]));
        store_release(store);
        store_check(store);
        fixture_expect(&fixture, 0, bytes_of_string("key"), text(9000));
    }
    assert_int_equal(store->counters.refused, KV_ARRAY_LENGTH(needs));
    assert_int_equal(store->index.gauge.exhausted, 1);
    assert_int_equal(store->pages.gauge.exhausted, KV_ARRAY_LENGTH(needs) - 1);
    assert_false(store_try_reserve(store, &needs[0]));
    assert_int_equal(store->counters.refused, KV_ARRAY_LENGTH(needs));
    const struct store_need most = {.keys = 49, .pages = 7};
    assert_true(store_reserve(store, &most));
    store_release(store);
    fixture_close(&fixture);
}

static void prefetching_finds_the_item(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 10, 50, 64, 1000, 1);
    struct store *store = &fixture.store;
    struct bytes key = bytes_of_string("key");
    u64 hash = store_hash(store, 2, key);
    store_prefetch_bucket(store, hash);
    assert_int_equal(store_prefetch_slot(store, hash), 0);
    store_prefetch_item(store, 0);
    assert_int_equal(fixture_set(&fixture, 2, key, text(9)), STORE_OK);
    struct item item;
    assert_true(fixture_find(&fixture, 2, key, &item));
    assert_true(store_prefetch_slot(store, hash) == item.handle);
    store_prefetch_item(store, item.handle);
    fixture_close(&fixture);
}

/* -- the check -- */

static void the_check_sees_what_is_wrong(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 20, 50, 64, 20000, 1);
    struct store *store = &fixture.store;
    set_expiring(&fixture, 0, bytes_of_string("short"), text(9), 1000);
    assert_int_equal(fixture_set(&fixture, 0, bytes_of_string("long"), text(9000)), STORE_OK);
    store_check(store);
    struct item item;
    assert_true(fixture_find(&fixture, 0, bytes_of_string("long"), &item));
    u32 page = heap_handle_page(item.handle);
    u32 *next = &store->pages.info[item.chain.first].next;
    assert_dies("keys", (store->spaces[0].keys++, store_check(store)));
    assert_dies("expires", (store->spaces[0].expires = 0, store_check(store)));
    assert_dies("deadline", (store->pages.deadline[page]++, store_check(store)));
    assert_dies("deadline", (store->deadline_next++, store_check(store)));
    assert_dies("PAGE_NONE", (*next = PAGE_NONE, store_check(store)));
    assert_dies("PAGE_OVERFLOW", (*next = page, store_check(store)));
    assert_dies("PAGE_OVERFLOW", (pages_get(&store->pages, PAGE_OVERFLOW), store_check(store)));
    assert_dies("dead", (store->dead_spaces++, store_check(store)));
    assert_dies("SPACE", (store->spaces[0].state = SPACE_FREE, store_check(store)));
    assert_dies("space_of", (store->spaces[20].state = SPACE_LIVE, store_check(store)));
    assert_dies("", (store->hash_seed++, store_check(store)));
    assert_dies("magic", (store->magic = 0, store_check(store)));
    store_check(store);
    fixture_close(&fixture);
}

int main(void) {
    memset(filler, 'f', sizeof filler);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(databases_are_separate),
        cmocka_unit_test(a_flush_hides_at_once_and_frees_later),
        cmocka_unit_test(flushing_for_ever),
        cmocka_unit_test(dead_items_give_way_to_new_ones),
        cmocka_unit_test(a_key_lives_until_its_time_is_over),
        cmocka_unit_test(expired_keys_are_reclaimed_within_100_ms),
        cmocka_unit_test(a_tick_does_no_more_than_its_budget),
        cmocka_unit_test(a_tick_passes_over_few_pages),
        cmocka_unit_test(expired_keys_give_way_to_new_ones),
        cmocka_unit_test(the_clock_goes_back),
        cmocka_unit_test(a_deadline_beyond_the_last_tick),
        cmocka_unit_test(expiry_is_set_and_cleared),
        cmocka_unit_test(the_mean_ttl_is_of_the_keys_that_have_one),
        cmocka_unit_test(the_mean_of_huge_ttls_does_not_overflow),
        cmocka_unit_test(the_room_left_is_what_fits),
        cmocka_unit_test(the_room_left_ends_with_the_index),
        cmocka_unit_test(a_scan_sees_each_key_once),
        cmocka_unit_test(a_scan_survives_changes),
        cmocka_unit_test(a_scan_skips_what_is_over),
        cmocka_unit_test(a_huge_value_goes_at_once_and_its_pages_when_needed),
        cmocka_unit_test(a_refused_reservation_changes_nothing),
        cmocka_unit_test(prefetching_finds_the_item),
        cmocka_unit_test(the_check_sees_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
