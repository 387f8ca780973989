#include <stdlib.h>

#include "kv/extent.h"
#include "kv/poison.h"
#include "kv/prng.h"

#include "../unit.h"

#define UNIT 64u
#define UNITS_MAX 300u

static _Alignas(64) u8 memory[UNITS_MAX * UNIT];
static u64 bitmap[(UNITS_MAX + 63) / 64];

static struct extents make_extents(u32 units) {
    struct extents extents;
    assert_true(extents_bitmap_bytes(units) <= sizeof(bitmap));
    memset(bitmap, 0xa5, sizeof(bitmap));
    extents_init(&extents, memory, bitmap, units, UNIT);
    return extents;
}

static void bitmap_sizes(void **state) {
    (void)state;
    assert_int_equal(extents_bitmap_bytes(0), 0);
    assert_int_equal(extents_bitmap_bytes(1), 8);
    assert_int_equal(extents_bitmap_bytes(64), 8);
    assert_int_equal(extents_bitmap_bytes(65), 16);
}

static void the_first_fit_is_taken(void **state) {
    (void)state;
    struct extents extents = make_extents(100);
    struct extent a = extents_get(&extents, 1);
    struct extent b = extents_get(&extents, 10 * UNIT);
    struct extent c = extents_get(&extents, UNIT + 1);
    assert_int_equal(a.units, 1);
    assert_ptr_equal(a.data, memory);
    assert_int_equal(b.first, 1);
    assert_int_equal(b.units, 10);
    assert_ptr_equal(b.data, memory + UNIT);
    assert_int_equal(c.first, 11);
    assert_int_equal(c.units, 2);
    assert_int_equal(extent_capacity(&extents, &c), 2 * UNIT);
    assert_int_equal(extents.gauge.used, 13);
    extents_put(&extents, &b);
    assert_null(b.data);
    assert_int_equal(b.units, 0);
    struct extent d = extents_get(&extents, 11 * UNIT);
    assert_int_equal(d.first, 13);
    struct extent e = extents_get(&extents, 4 * UNIT);
    assert_int_equal(e.first, 1);
    struct extent f = extents_get(&extents, 6 * UNIT);
    assert_int_equal(f.first, 5);
    assert_int_equal(extents.gauge.used, 24);
    assert_int_equal(extents.gauge.high_water, 24);
}

static void runs_cross_words_and_end_at_the_last_unit(void **state) {
    (void)state;
    static const u32 sizes[] = {1, 63, 64, 65, 127, 128, 129, 200, 300};
    for (size_t s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        struct extents extents = make_extents(sizes[s]);
        struct extent all = extents_get(&extents, (u64)sizes[s] * UNIT);
        assert_ptr_equal(all.data, memory);
        assert_int_equal(all.units, sizes[s]);
        memset(all.data, 1, (size_t)extent_capacity(&extents, &all));
        assert_null(extents_get(&extents, 1).data);
        extents_put(&extents, &all);
        assert_null(extents_get(&extents, (u64)sizes[s] * UNIT + 1).data);
        assert_int_equal(extents.gauge.exhausted, 2);
        for (u32 i = 0; i < sizes[s]; i++)
            assert_int_equal(extents_get(&extents, UNIT).first, i);
        assert_null(extents_get(&extents, UNIT).data);
    }
}

static void enough_units_but_no_run_is_refused(void **state) {
    (void)state;
    struct extents extents = make_extents(64);
    struct extent held[64];
    for (u32 i = 0; i < 64; i++)
        held[i] = extents_get(&extents, UNIT);
    for (u32 i = 0; i < 64; i += 2)
        extents_put(&extents, &held[i]);
    assert_null(extents_get(&extents, 2 * UNIT).data);
    assert_int_equal(extents.gauge.exhausted, 1);
    assert_int_equal(extents.gauge.used, 32);
    extents_put(&extents, &held[31]);
    assert_int_equal(extents_get(&extents, 3 * UNIT).first, 30);
}

static void huge_requests_are_refused(void **state) {
    (void)state;
    struct extents extents = make_extents(300);
    assert_null(extents_get(&extents, UINT64_MAX).data);
    assert_null(extents_get(&extents, ((u64)UINT32_MAX + 2) * UNIT).data);
    struct extent one = extents_get(&extents, UNIT);
    assert_false(extents_extend(&extents, &one, UINT64_MAX));
    assert_false(extents_extend(&extents, &one, ((u64)UINT32_MAX + 2) * UNIT));
    assert_int_equal(extents.gauge.exhausted, 2);
    assert_int_equal(one.units, 1);
}

static void extends_in_place_or_not_at_all(void **state) {
    (void)state;
    struct extents extents = make_extents(130);
    struct extent a = extents_get(&extents, 10 * UNIT);
    assert_true(extents_extend(&extents, &a, 10 * UNIT));
    assert_true(extents_extend(&extents, &a, 1));
    assert_int_equal(a.units, 10);
    assert_true(extents_extend(&extents, &a, 70 * UNIT));
    assert_int_equal(a.units, 70);
    assert_int_equal(extents.gauge.used, 70);
    memset(a.data, 3, 70 * UNIT);
    struct extent b = extents_get(&extents, UNIT);
    assert_int_equal(b.first, 70);
    assert_false(extents_extend(&extents, &a, 71 * UNIT));
    assert_int_equal(a.units, 70);
    assert_int_equal(extents.gauge.used, 71);
    assert_true(extents_extend(&extents, &b, 60 * UNIT));
    assert_false(extents_extend(&extents, &b, 61 * UNIT));
    assert_int_equal(extents.gauge.used, 130);
    assert_int_equal(extents.gauge.exhausted, 0);
    extents_put(&extents, &a);
    extents_put(&extents, &b);
    assert_int_equal(extents.gauge.used, 0);
    assert_int_equal(extents_get(&extents, 130 * UNIT).first, 0);
}

/* Against a model of one byte per unit: always the first run that fits, never one that overlaps. */
static void behaves_as_a_map_of_units(void **state) {
    (void)state;
    struct extents extents = make_extents(UNITS_MAX);
    struct extent held[40] = {0};
    u8 used[UNITS_MAX + 1] = {0};
    struct prng prng;
    prng_init(&prng, 11);
    for (u32 step = 0; step < 20000; step++) {
        struct extent *extent = &held[prng_below(&prng, 40)];
        const u32 wanted = (u32)(1 + prng_below(&prng, prng_below(&prng, 8) == 0 ? 100 : 9));
        if (extent->data == NULL) {
            u32 first = 0;
            for (u32 run = 0; first + run < UNITS_MAX && run < wanted;) {
                if (used[first + run] == 0) {
                    run++;
                } else {
                    first += run + 1;
                    run = 0;
                }
            }
            const bool fits = first + wanted <= UNITS_MAX;
            *extent = extents_get(&extents, (u64)wanted * UNIT);
            assert_int_equal(extent->data != NULL, fits);
            if (!fits) continue;
            assert_int_equal(extent->first, first);
            memset(used + first, 1, wanted);
        } else if (prng_below(&prng, 2) == 0) {
            const u32 end = extent->first + extent->units;
            bool fits = end + wanted <= UNITS_MAX;
            for (u32 i = 0; fits && i < wanted; i++)
                fits = used[end + i] == 0;
            assert_int_equal(extents_extend(&extents, extent, (u64)(extent->units + wanted) * UNIT),
                             fits);
            if (fits) memset(used + end, 1, wanted);
        } else {
            memset(used + extent->first, 0, extent->units);
            extents_put(&extents, extent);
        }
        u32 count = 0;
        for (u32 i = 0; i < UNITS_MAX; i++)
            count += used[i];
        assert_int_equal(extents.gauge.used, count);
    }
}

static void none_at_all(void **state) {
    (void)state;
    struct extents extents;
    extents_init(&extents, NULL, NULL, 0, UNIT);
    assert_null(extents_get(&extents, 1).data);
    assert_int_equal(extents.gauge.exhausted, 1);
}

static void misuse_aborts(void **state) {
    (void)state;
    struct extents extents = make_extents(10);
    struct extent a = extents_get(&extents, 3 * UNIT);
    struct extent again = a;
    struct extent moved = {.data = a.data, .first = 1, .units = 3};
    struct extent longer = {.data = a.data, .first = 0, .units = 4};
    struct extent beyond = {.data = memory + 9 * UNIT, .first = 9, .units = 2};
    struct extent none = {0};
    assert_dies("bytes > 0", extents_get(&extents, 0));
    assert_dies("data ==", extents_put(&extents, &moved));
    assert_dies("mask", extents_put(&extents, &longer));
    assert_dies("units", extents_put(&extents, &beyond));
    assert_dies("units > 0", extents_put(&extents, &none));
    assert_dies("units > 0", extents_extend(&extents, &none, 1));
    extents_put(&extents, &a);
    assert_dies("mask", extents_put(&extents, &again));
    struct extents zero = {0};
    assert_dies("magic", extents_get(&zero, 1));
    assert_dies("unit_bytes", extents_init(&extents, memory, bitmap, 10, 12));
}

static void free_units_are_poisoned(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct extents extents = make_extents(10);
    assert_true(__asan_address_is_poisoned(memory));
    struct extent a = extents_get(&extents, UNIT);
    assert_null(__asan_region_is_poisoned(memory, UNIT));
    assert_true(__asan_address_is_poisoned(memory + UNIT));
    assert_true(extents_extend(&extents, &a, 3 * UNIT));
    assert_null(__asan_region_is_poisoned(memory, 3 * UNIT));
    extents_put(&extents, &a);
    assert_true(__asan_address_is_poisoned(memory + 3 * UNIT - 1));
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitmap_sizes),
        cmocka_unit_test(the_first_fit_is_taken),
        cmocka_unit_test(runs_cross_words_and_end_at_the_last_unit),
        cmocka_unit_test(enough_units_but_no_run_is_refused),
        cmocka_unit_test(huge_requests_are_refused),
        cmocka_unit_test(extends_in_place_or_not_at_all),
        cmocka_unit_test(behaves_as_a_map_of_units),
        cmocka_unit_test(none_at_all),
        cmocka_unit_test(misuse_aborts),
        cmocka_unit_test(free_units_are_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
