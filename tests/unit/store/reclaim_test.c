/* Reclaim: bounded, complete, and everything at once when memory is needed. */
#include "kv/reclaim.h"

#include "elements.h"
#include "fixture.h"

#define PAGES 12000u

static struct fixture fixture;
static u8 buffer[ELEMENT_LEN_MAX + 8];

static struct store *store(void) {
    return &fixture.store;
}

static struct pages *pages(void) {
    return &fixture.store.pages;
}

static int setup(void **state) {
    (void)state;
    fixture_open_pages(&fixture, PAGES, 100, 64, ELEMENT_LEN_MAX, 1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static u32 make_chain(u32 count) {
    memset(buffer, 'c', sizeof(buffer));
    struct value_chain chain = {0};
    struct value_appender appender;
    value_appender_init(&appender, pages(), &chain);
    for (u32 i = 0; i < count; i++)
        memcpy(value_append(&appender), buffer, PAGE_BYTES);
    return chain.first;
}

/* Returns the root of a tree of `count` random elements; puts most into the middle, so that leaves
 * are not full. */
static u32 make_tree(u32 count, u32 kinds, u64 seed) {
    struct prng prng;
    struct tree tree = {0};
    prng_init(&prng, seed);
    for (u32 i = 0; i < count; i++) {
        u8 encoded[RUN_ELEMENT_MAX];
        u64 id = element_random(&prng, kinds);
        u32 len = run_encode(pages(), element_value(id, buffer), encoded);
        tree_insert(&tree, pages(), prng_below(&prng, tree.count + 1), encoded, len);
    }
    return tree.root;
}

/* Reclaims all with a budget, checking that it is used up exactly as long as there is work. */
static void reclaim_all(u32 budget) {
    u64 counted = store()->counters.reclaimed_pages;
    u32 used = (u32)pages()->gauge.used;
    for (;;) {
        u32 left = (u32)pages()->gauge.used;
        u32 freed = reclaim_some(store(), budget);
        assert_int_equal(freed, u32_min(budget, left));
        assert_int_equal(pages()->gauge.used, left - freed);
        if (freed == 0) break;
    }
    assert_int_equal(pages()->gauge.used, 0);
    assert_int_equal(store()->dying_head, PAGE_NONE);
    assert_int_equal(store()->dying_pages, 0);
    assert_int_equal(store()->counters.reclaimed_pages - counted, used);
    for (u32 kind = PAGE_FREE + 1; kind < PAGE_KINDS; kind++)
        assert_int_equal(pages()->kind_count[kind], 0);
}

static void nothing_is_dying(void **state) {
    (void)state;
    assert_int_equal(reclaim_some(store(), 100), 0);
    reclaim_run(store(), bytes_of("", 0), 0);
    assert_int_equal(reclaim_some(store(), 100), 0);
    assert_int_equal(store()->counters.reclaimed_pages, 0);
}

static void chains(void **state) {
    (void)state;
    const u32 budgets[] = {1, 2, 7, 1000, UINT32_MAX};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(budgets); i++) {
        for (u32 count = 1; count <= 64; count *= 2) {
            u32 first = make_chain(count);
            reclaim_chain(store(), first);
            assert_int_equal(pages()->info[first].kind, PAGE_DYING);
            assert_int_equal(pages()->info[first].bin, PAGE_OVERFLOW);
            assert_int_equal(store()->dying_pages, 1);
            reclaim_all(budgets[i]);
        }
    }
}

static void taking_over_frees_nothing(void **state) {
    (void)state;
    u32 chain = make_chain(5);
    u32 root = make_tree(500, ELEMENT_SHORT_KINDS, 1);
    u64 used = pages()->gauge.used;
    reclaim_chain(store(), chain);
    reclaim_tree(store(), root);
    assert_int_equal(pages()->gauge.used, used);
    assert_int_equal(store()->dying_pages, 2);
    assert_int_equal(store()->dying_head, root);
    assert_int_equal(pages()->info[root].bin, PAGE_TREE);
    assert_int_equal(reclaim_some(store(), 0), 0);
    assert_int_equal(pages()->gauge.used, used);
    reclaim_all(3);
}

static void trees(void **state) {
    (void)state;
    const u32 budgets[] = {1, 3, 50, UINT32_MAX};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(budgets); i++) {
        for (u32 count = 1; count <= 4096; count *= 4) {
            reclaim_tree(store(), make_tree(count, ELEMENT_SHORT_KINDS, count));
            reclaim_all(budgets[i]);
            /* With chains below the leaves. */
            reclaim_tree(store(), make_tree(u32_min(count, 1500), ELEMENT_KINDS, count));
            reclaim_all(budgets[i]);
        }
    }
}

static void a_high_tree(void **state) {
    (void)state;
    struct tree tree = {0};
    u8 encoded[RUN_ELEMENT_MAX];
    u32 len =
        run_encode(pages(), element_value(element_id(ELEMENT_WIDTHS + 9, 1), buffer), encoded);
    while (tree.height < 3)
        tree_insert(&tree, pages(), tree.count / 2, encoded, len);
    for (u32 i = 0; i < 2000; i++)
        tree_insert(&tree, pages(), tree.count / 3, encoded, len);
    reclaim_tree(store(), tree.root);
    u32 deepest = 0;
    while (reclaim_some(store(), 1) > 0)
        deepest = u32_max(deepest, store()->dying_pages);
    /* The list of roots stays short: a tree waits as a way down, not as all its nodes. */
    assert_in_range(deepest, 1, tree.height + 1);
    reclaim_all(1);
}

static void runs(void **state) {
    (void)state;
    static u8 run[40 * RUN_ELEMENT_MAX];
    struct prng prng;
    prng_init(&prng, 5);
    for (u32 round = 0; round < 50; round++) {
        u32 len = 0, count = (u32)prng_below(&prng, 40), chained = 0;
        for (u32 i = 0; i < count; i++) {
            u64 id = element_random(&prng, ELEMENT_KINDS);
            chained += (id & 0xff) >= ELEMENT_SHORT_KINDS;
            len += run_encode(pages(), element_value(id, buffer), run + len);
        }
        reclaim_run(store(), bytes_of(run, len), count);
        assert_int_equal(store()->dying_pages, chained);
        reclaim_all(1 + (u32)prng_below(&prng, 20));
    }
}

static void a_mixture(void **state) {
    (void)state;
    for (u32 i = 0; i < 20; i++) {
        reclaim_chain(store(), make_chain(1 + i));
        reclaim_tree(store(), make_tree(10 * i + 1, ELEMENT_KINDS, i));
        if (i % 3 == 0) reclaim_some(store(), 7);
    }
    reclaim_all(13);
}

/* A reservation finds the pages of what is dying. */
static void reservations_reclaim(void **state) {
    (void)state;
    reclaim_tree(store(), make_tree(2000, ELEMENT_KINDS, 3));
    while (pages_free_count(pages()) > 100)
        reclaim_chain(store(), make_chain(1));
    struct store_need need = {.pages = PAGES - 10};
    assert_true(store_reserve(store(), &need));
    assert_true(pages_free_count(pages()) >= need.pages);
    store_release(store());
    reclaim_all(1000);
}

static void the_tick_reclaims(void **state) {
    (void)state;
    reclaim_tree(store(), make_tree(2000, ELEMENT_SHORT_KINDS, 4));
    u64 used = pages()->gauge.used;
    assert_true(store_tick(store(), 5));
    assert_int_equal(pages()->gauge.used, used - 5);
    while (store_tick(store(), 50)) {
    }
    assert_int_equal(pages()->gauge.used, 0);
    assert_int_equal(store()->dying_head, PAGE_NONE);
}

static void misuse_is_caught(void **state) {
    (void)state;
    u32 chain = make_chain(2);
    u32 root = make_tree(1, 1, 1);
    assert_dies("assertion failed", reclaim_tree(store(), chain));
    assert_dies("assertion failed", reclaim_chain(store(), root));
    reclaim_chain(store(), chain);
    assert_dies("assertion failed", reclaim_chain(store(), chain));
    reclaim_tree(store(), root);
    reclaim_all(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_dying, setup, teardown),
        cmocka_unit_test_setup_teardown(chains, setup, teardown),
        cmocka_unit_test_setup_teardown(taking_over_frees_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(trees, setup, teardown),
        cmocka_unit_test_setup_teardown(a_high_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(runs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mixture, setup, teardown),
        cmocka_unit_test_setup_teardown(reservations_reclaim, setup, teardown),
        cmocka_unit_test_setup_teardown(the_tick_reclaims, setup, teardown),
        cmocka_unit_test_setup_teardown(misuse_is_caught, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
