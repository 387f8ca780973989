#include <stdlib.h>

#include "kv/poison.h"
#include "kv/pool.h"

#include "../unit.h"

static _Alignas(64) u8 memory[100 * 64];

static void objects_come_in_order_and_the_last_put_first(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, memory, 3, 64);
    assert_int_equal(pool_free_count(&pool), 3);
    void *a = pool_get(&pool);
    void *b = pool_get(&pool);
    assert_ptr_equal(a, memory);
    assert_ptr_equal(b, memory + 64);
    void *const a_was = a;
    pool_put(&pool, &a);
    assert_null(a);
    assert_ptr_equal(pool_get(&pool), a_was);
    assert_ptr_equal(pool_get(&pool), memory + 128);
}

static void the_gauge_follows(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, memory, 2, 16);
    assert_int_equal(pool.gauge.max, 2);
    void *a = pool_get(&pool);
    void *b = pool_get(&pool);
    assert_null(pool_get(&pool));
    assert_null(pool_get(&pool));
    assert_int_equal(pool.gauge.used, 2);
    assert_int_equal(pool.gauge.high_water, 2);
    assert_int_equal(pool.gauge.exhausted, 2);
    pool_put(&pool, &a);
    pool_put(&pool, &b);
    assert_int_equal(pool.gauge.used, 0);
    assert_int_equal(pool.gauge.high_water, 2);
    assert_int_equal(pool_free_count(&pool), 2);
}

static void whole_objects_can_be_written(void **state) {
    (void)state;
    static const u32 sizes[] = {8, 16, 24, 64};
    for (size_t s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        struct pool pool;
        void *objects[100];
        pool_init(&pool, memory, 100, sizes[s]);
        for (u32 round = 0; round < 3; round++) {
            for (u32 i = 0; i < 100; i++) {
                objects[i] = pool_get(&pool);
                assert_non_null(objects[i]);
                memset(objects[i], (int)i, sizes[s]);
            }
            for (u32 i = 0; i < 100; i++) {
                const u8 *bytes = objects[i];
                for (u32 at = 0; at < sizes[s]; at++)
                    assert_int_equal(bytes[at], i);
                pool_put(&pool, &objects[i]);
            }
        }
    }
}

static void a_pool_of_none_is_exhausted(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, NULL, 0, 64);
    assert_null(pool_get(&pool));
    assert_int_equal(pool.gauge.exhausted, 1);
}

static void strangers_are_refused(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, memory + 64, 4, 64);
    void *object = pool_get(&pool);
    assert_non_null(object);
    void *before = memory;
    void *after = memory + 5 * 64;
    void *inside = (u8 *)object + 8;
    void *none = NULL;
    assert_dies("offset < pool->gauge.max", pool_put(&pool, &before));
    assert_dies("offset < pool->gauge.max", pool_put(&pool, &after));
    assert_dies("offset < pool->gauge.max", pool_put(&pool, &none));
    assert_dies("offset % pool->object_bytes", pool_put(&pool, &inside));
    pool_put(&pool, &object);
}

static void a_double_put_is_found(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, memory, 4, 16);
    void *a = pool_get(&pool);
    void *b = pool_get(&pool);
    void *again = a;
    void *never_taken = memory + 48;
    assert_non_null(b);
    pool_put(&pool, &a);
    assert_dies("twice", pool_put(&pool, &again));
    assert_dies("twice", pool_put(&pool, &never_taken));
    pool_put(&pool, &b);
    assert_dies("used > 0", pool_put(&pool, &again));
}

static void a_double_put_of_the_smallest_is_found_in_debug_builds(void **state) {
    (void)state;
#ifdef KV_DEBUG
    struct pool pool;
    pool_init(&pool, memory, 4, 8);
    void *a = pool_get(&pool);
    void *b = pool_get(&pool);
    void *c = pool_get(&pool);
    void *again = a;
    assert_non_null(c);
    pool_put(&pool, &a);
    pool_put(&pool, &b);
    assert_dies("is_in_free_list", pool_put(&pool, &again));
    pool_put(&pool, &c);
#else
    skip();
#endif
}

static void misuse_aborts(void **state) {
    (void)state;
    struct pool pool = {0};
    assert_dies("magic", pool_get(&pool));
    assert_dies("object_bytes", pool_init(&pool, memory, 1, 12));
    assert_dies("object_bytes", pool_init(&pool, memory, 1, 0));
    assert_dies("memory", pool_init(&pool, NULL, 1, 8));
    assert_dies("memory", pool_init(&pool, memory + 4, 1, 8));
}

/* Whoever writes to an object after giving it back is found at the latest when it is taken again;
 * under AddressSanitizer at once. */
static void a_write_after_put_is_found(void **state) {
    (void)state;
    struct pool pool;
    pool_init(&pool, memory, 4, 64);
    void *object = pool_get(&pool);
    u8 *stale = object;
    pool_put(&pool, &object);
#ifdef __SANITIZE_ADDRESS__
    for (u32 i = 0; i < 64; i++)
        assert_true(__asan_address_is_poisoned(stale + i));
    object = pool_get(&pool);
    assert_null(__asan_region_is_poisoned(object, 64));
    assert_true(__asan_address_is_poisoned(stale + 64));
#else
    memset(stale + 8, 0, 8);
    assert_dies("mark", pool_get(&pool));
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_in_order_and_the_last_put_first),
        cmocka_unit_test(the_gauge_follows),
        cmocka_unit_test(whole_objects_can_be_written),
        cmocka_unit_test(a_pool_of_none_is_exhausted),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(a_double_put_is_found),
        cmocka_unit_test(a_double_put_of_the_smallest_is_found_in_debug_builds),
        cmocka_unit_test(misuse_aborts),
        cmocka_unit_test(a_write_after_put_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
