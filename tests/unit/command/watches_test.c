/* The table of watched keys against a plain model: who watches a key is found, and nobody else. */
#include <stdlib.h>

#include "kv/prng.h"
#include "kv/watches.h"

#include "../unit.h"

enum { MAX = 50, CLIENTS = 9, KEYS = 30, DATABASES = 3 };

static struct watches watches;
static struct watcher watchers[CLIENTS];
static struct arena arena;
static struct budget budget;

static int setup(void **state) {
    (void)state;
    char error[ARENA_ERROR_MAX];
    budget_init(&budget);
    watches_budget(MAX, &budget);
    budget_finish(&budget);
    if (!arena_init(&arena, &budget, false, error)) fail_msg("%s", error);
    watches_init(&watches, &arena, MAX, 99);
    for (u32 i = 0; i < CLIENTS; i++)
        watcher_init(&watchers[i]);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static u64 key_of(u32 database, u32 key) {
    char name[16];
    snprintf(name, sizeof(name), "key:%u", key);
    return watches_key(&watches, database, bytes_of_string(name));
}

static void a_key_counts_once_for_each_client(void **state) {
    (void)state;
    u64 key = key_of(0, 1);
    assert_false(watches_any(&watches));
    assert_int_equal(watches_find(&watches, key), WATCH_NONE);
    for (u32 n = 0; n < 3; n++) {
        assert_true(watches_add(&watches, &watchers[2], 2, key, WATCH_FOREVER));
        assert_true(watches_add(&watches, &watchers[5], 5, key, WATCH_ABSENT));
    }
    assert_int_equal(watches.gauge.used, 2);
    assert_int_equal(watches_find(&watches, key_of(1, 1)), WATCH_NONE);
    watches_forget(&watches, &watchers[5], 0);
    assert_int_equal(watches_find(&watches, key), 2);
    watches_forget(&watches, &watchers[2], 0);
    assert_false(watches_any(&watches));
}

static void an_expired_key_shows(void **state) {
    (void)state;
    struct watcher *watcher = &watchers[0];
    watches_add(&watches, watcher, 0, key_of(0, 1), WATCH_ABSENT);
    watches_add(&watches, watcher, 0, key_of(0, 2), WATCH_FOREVER);
    assert_false(watches_expired(&watches, watcher, UINT64_MAX - 1));
    watches_add(&watches, watcher, 0, key_of(0, 3), 5000);
    assert_false(watches_expired(&watches, watcher, 5000));
    assert_true(watches_expired(&watches, watcher, 5001));
}

static void the_newest_are_forgotten_first(void **state) {
    (void)state;
    for (u32 i = 0; i < 5; i++)
        watches_add(&watches, &watchers[1], 1, key_of(0, i), WATCH_FOREVER);
    watches_forget(&watches, &watchers[1], 2);
    assert_int_equal(watchers[1].count, 2);
    assert_int_equal(watches_find(&watches, key_of(0, 1)), 1);
    assert_int_equal(watches_find(&watches, key_of(0, 2)), WATCH_NONE);
}

static bool model[CLIENTS][DATABASES][KEYS];

static u32 model_count(u32 client) {
    u32 count = 0;
    for (u32 d = 0; d < DATABASES; d++)
        for (u32 k = 0; k < KEYS; k++)
            count += model[client][d][k];
    return count;
}

static void check_key(u32 d, u32 k) {
    u32 found = watches_find(&watches, key_of(d, k));
    if (found != WATCH_NONE) {
        assert_true(model[found][d][k]);
        return;
    }
    for (u32 i = 0; i < CLIENTS; i++)
        assert_false(model[i][d][k]);
}

static void check_model(void) {
    u32 total = 0;
    for (u32 i = 0; i < CLIENTS; i++) {
        assert_int_equal(watchers[i].count, model_count(i));
        total += watchers[i].count;
    }
    assert_int_equal(watches.gauge.used, total);
    u32 seen = 0;
    for (u32 d = 0; d < DATABASES; d++) {
        u32 from = 0;
        for (u32 i = watches_next_in(&watches, d, &from); i != WATCH_NONE;
             i = watches_next_in(&watches, d, &from)) {
            assert_int_equal(watches.entries[i].key & WATCH_DATABASE_MASK, d);
            seen++;
        }
        for (u32 k = 0; k < KEYS; k++)
            check_key(d, k);
    }
    assert_int_equal(seen, total);
}

static void random_watches_keep_to_the_model(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 5);
    memset(model, 0, sizeof(model));
    for (u32 n = 0; n < 20000; n++) {
        u32 client = (u32)prng_below(&prng, CLIENTS);
        u32 d = (u32)prng_below(&prng, DATABASES), k = (u32)prng_below(&prng, KEYS);
        if (prng_below(&prng, 12) == 0) {
            watches_forget(&watches, &watchers[client], 0);
            memset(model[client], 0, sizeof(model[client]));
        } else {
            bool full = watches.gauge.used == MAX && !model[client][d][k];
            u64 exhausted = watches.gauge.exhausted;
            bool added =
                watches_add(&watches, &watchers[client], client, key_of(d, k), WATCH_FOREVER);
            assert_int_equal(added, !full);
            assert_int_equal(watches.gauge.exhausted, exhausted + full);
            if (added) model[client][d][k] = true;
        }
        if (n % 10 == 0) check_model();
    }
    assert_true(watches.gauge.exhausted > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_key_counts_once_for_each_client),
        TEST(an_expired_key_shows),
        TEST(the_newest_are_forgotten_first),
        TEST(random_watches_keep_to_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
