/* The plan of the store: exact to the byte, within what is given, and what it says it holds, it
 * holds. */
#include "kv/lists.h"
#include "kv/prng.h"

#include "fixture.h"

static u64 rows_total(const struct store_plan *plan) {
    struct budget budget;
    budget_init(&budget);
    store_budget(plan, &budget);
    assert_int_equal(budget.count, 7);
    return budget_total(&budget);
}

static void the_reference_configuration(void **state) {
    (void)state;
    struct options options = fixture_options(CAPACITY_GUARANTEED, 1000, 1024, 4096, 50);
    struct store_plan plan;
    assert_true(store_plan(&options, 0, &plan));
    assert_int_equal(plan.bytes, rows_total(&plan));
    assert_int_equal(plan.guaranteed_keys, 1000);
    assert_int_equal(plan.index_buckets, 164);
    /* 204.8 MB of values alone. */
    assert_true(plan.bytes > 1000 * 50 * 4096);
    assert_true(plan.bytes < 218000000);
    /* 50 pages of values and one of a tree for each key, what the heap takes, and a list more. */
    assert_int_equal(plan.pages, 51445);
}

static void rows_are_the_stores(void **state) {
    (void)state;
    struct options options = fixture_options(CAPACITY_SHARED, 1000, 64, 10000, 100);
    struct store_plan plan;
    assert_true(store_plan(&options, 1000000, &plan));
    struct budget budget;
    budget_init(&budget);
    store_budget(&plan, &budget);
    const struct budget_row *row = budget_find(&budget, "store.pages");
    assert_int_equal(row->count, plan.pages);
    assert_int_equal(row->unit_bytes, 4096);
    assert_int_equal(budget_find(&budget, "store.page_info")->count, plan.pages + 1);
    assert_int_equal(budget_find(&budget, "store.page_info")->unit_bytes, 12);
    assert_int_equal(budget_find(&budget, "store.page_deadlines")->unit_bytes, 4);
    assert_int_equal(budget_find(&budget, "store.block_deadlines")->count, plan.pages / 64 + 1);
    assert_int_equal(budget_find(&budget, "store.index")->count, index_bucket_count(1000));
    assert_int_equal(budget_find(&budget, "store.scratch")->unit_bytes, STORE_SCRATCH_BYTES);
    assert_int_equal(budget_find(&budget, "store.protected")->count, EVICTION_MARKS / 64);
}

/* Shared: as many pages as fit and not one more, for any number of bytes. */
static void shared_fills_what_is_given(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 11);
    for (u32 i = 0; i < 500; i++) {
        u64 keys = 1 + prng_below(&prng, 10000);
        struct options options = fixture_options(CAPACITY_SHARED, keys, 64, 10000, 100);
        struct store_plan plan;
        u64 bytes = prng_below(&prng, 3000000);
        bool possible = store_plan(&options, bytes, &plan);
        assert_int_equal(plan.bytes, rows_total(&plan));
        if (!possible) {
            assert_int_equal(plan.pages, 1);
            assert_true(plan.bytes > bytes);
            continue;
        }
        assert_true(plan.pages > 0 && plan.bytes <= bytes);
        plan.pages++;
        assert_true(rows_total(&plan) > bytes);
    }
}

static void the_smallest_store(void **state) {
    (void)state;
    struct options options = fixture_options(CAPACITY_SHARED, 10, 64, 10000, 100);
    struct store_plan plan;
    assert_false(store_plan(&options, 0, &plan));
    u64 least = plan.bytes;
    assert_false(store_plan(&options, least - 1, &plan));
    assert_int_equal(plan.bytes, least);
    assert_true(store_plan(&options, least, &plan));
    assert_int_equal(plan.pages, 1);
    assert_int_equal(plan.bytes, least);
}

static void beyond_page_numbers(void **state) {
    (void)state;
    struct store_plan plan;
    struct options options =
        fixture_options(CAPACITY_GUARANTEED, 4000000000u, 3072, 536870912, 4000000000u);
    assert_false(store_plan(&options, 0, &plan));
    assert_true(plan.bytes == UINT64_MAX);
    /* 2^32 pages and more. */
    options = fixture_options(CAPACITY_GUARANTEED, 1000000, 16, 4096, 5000);
    assert_false(store_plan(&options, 0, &plan));
    options.list_length_max = 4000;
    assert_true(store_plan(&options, 0, &plan));
    assert_true(plan.pages > 4000u * 1000000u);
    /* Shared with more bytes than pages can be named: all that can. */
    options.capacity = CAPACITY_SHARED;
    assert_true(store_plan(&options, 20000000000000u, &plan));
    assert_int_equal(plan.pages, UINT32_MAX - 1);
}

/* What is guaranteed for some keys is what guaranteed capacity would take for so many. */
static void guaranteed_keys_invert_the_theorem(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 12);
    for (u32 i = 0; i < 200; i++) {
        u64 val_size = 1 + prng_below(&prng, 20000);
        u64 length = 1 + prng_below(&prng, 200);
        u64 key_size = 1 + prng_below(&prng, 3072);
        struct options options =
            fixture_options(CAPACITY_SHARED, 100000, key_size, val_size, length);
        struct store_plan shared;
        if (!store_plan(&options, 2000000 + prng_below(&prng, 50000000), &shared)) continue;
        options.capacity = CAPACITY_GUARANTEED;
        struct store_plan plan;
        if (shared.guaranteed_keys > 0) {
            options.key_count = shared.guaranteed_keys;
            assert_true(store_plan(&options, 0, &plan));
            assert_true(plan.pages <= shared.pages);
        }
        if (shared.guaranteed_keys < 100000) {
            options.key_count = shared.guaranteed_keys + 1;
            assert_true(!store_plan(&options, 0, &plan) || plan.pages > shared.pages);
        }
    }
}

/* More of anything never takes fewer pages. */
static void guaranteed_is_monotone(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 13);
    for (u32 i = 0; i < 500; i++) {
        struct options options = fixture_options(
            CAPACITY_GUARANTEED, 1 + prng_below(&prng, 1000), 1 + prng_below(&prng, 3000),
            1 + prng_below(&prng, 30000), 1 + prng_below(&prng, 300));
        struct store_plan less, more;
        assert_true(store_plan(&options, 0, &less));
        options.key_count += prng_below(&prng, 3);
        options.key_size_max += prng_below(&prng, 64);
        options.val_size_max += prng_below(&prng, 5000);
        options.list_length_max += prng_below(&prng, 3);
        assert_true(store_plan(&options, 0, &more));
        assert_true(more.pages >= less.pages && more.bytes >= less.bytes);
    }
}

/* Fills a store of the plan with keys of 16 bytes and values of 64 bytes. */
static void expected_keys_fit(void **state) {
    (void)state;
    struct options options = fixture_options(CAPACITY_SHARED, 100000, 1024, 1048576, 1000);
    struct fixture fixture;
    fixture_open(&fixture, &options, 4000000, 5);
    assert_true(fixture.plan.expected_keys > 25000);
    u8 value[64] = "not a number";
    u64 count = 0;
    for (;; count++) {
        char key[17];
        snprintf(key, sizeof key, "key:%012llu", (unsigned long long)count);
        if (fixture_set(&fixture, 0, bytes_of(key, 16), bytes_of(value, 64)) != STORE_OK) break;
    }
    assert_true(count >= fixture.plan.expected_keys);
    /* And it is not said too small either: what is left is found by splitting. */
    assert_true(count < fixture.plan.expected_keys * 105 / 100);
    store_check(&fixture.store);
    fixture_close(&fixture);
}

/* The bytes that a key takes of pages, their side arrays and the index at full load. */
static double bytes_per_key(u32 count, u32 key_len, u64 value_of_key, u32 value_len) {
    struct fixture fixture;
    fixture_open_pages(&fixture, count / 36, count, 64, 4096, 6);
    for (u32 i = 0; i < count; i++) {
        char key[32];
        u8 value[64];
        memset(value, 'v', sizeof value);
        snprintf(key, sizeof key, "key:%0*u", (int)key_len - 4, i);
        u32 len = value_len;
        if (value_of_key != 0) len = number_format_u64((char *)value, value_of_key + i);
        assert_int_equal(fixture_set(&fixture, 0, bytes_of(key, key_len), bytes_of(value, len)),
                         STORE_OK);
    }
    double pages = (double)fixture.store.pages.gauge.used;
    fixture_close(&fixture);
    double index = (double)INDEX_BUCKET_BYTES / INDEX_BUCKET_ENTRIES / 0.875;
    return pages * (PAGE_BYTES + sizeof(struct page_info) + sizeof(u32)) / count + index;
}

static void memory_for_a_key(void **state) {
    (void)state;
    assert_true(bytes_per_key(1000000, 16, 0, 64) <= 106);
    assert_true(bytes_per_key(1000000, 12, 10000000, 0) <= 44);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_configuration),
        cmocka_unit_test(rows_are_the_stores),
        cmocka_unit_test(shared_fills_what_is_given),
        cmocka_unit_test(the_smallest_store),
        cmocka_unit_test(beyond_page_numbers),
        cmocka_unit_test(guaranteed_keys_invert_the_theorem),
        cmocka_unit_test(guaranteed_is_monotone),
        cmocka_unit_test(expected_keys_fit),
        cmocka_unit_test(memory_for_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
