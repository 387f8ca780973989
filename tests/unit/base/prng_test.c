#include "kv/prng.h"

#include "../unit.h"

static void seeds_with_splitmix(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 1234567);
    assert_true(prng.state[0] == 6457827717110365317ull);
    assert_true(prng.state[1] == 3203168211198807973ull);
    assert_true(prng.state[2] == 9817491932198370423ull);
    assert_true(prng.state[3] == 4593380528125082431ull);
}

static void generates_xoshiro(void **state) {
    (void)state;
    struct prng prng = {.state = {1, 2, 3, 4}};
    assert_true(prng_next(&prng) == 11520);
    assert_true(prng_next(&prng) == 0);
    assert_true(prng_next(&prng) == 1509978240);
    assert_true(prng_next(&prng) == 1215971899390074240ull);
}

static void same_seed_same_numbers(void **state) {
    (void)state;
    struct prng a, b, c;
    prng_init(&a, 0);
    prng_init(&b, 0);
    prng_init(&c, 1);
    u32 same = 0;
    for (u32 i = 0; i < 1000; i++) {
        const u64 value = prng_next(&a);
        assert_true(value == prng_next(&b));
        same += value == prng_next(&c) ? 1 : 0;
    }
    assert_int_equal(same, 0);
}

static void below_stays_below_and_reaches_all(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 9);
    u32 seen[7] = {0};
    for (u32 i = 0; i < 70000; i++) {
        const u64 value = prng_below(&prng, 7);
        assert_true(value < 7);
        seen[value]++;
    }
    /* 10000 each with a deviation of about 93: 700 away is beyond chance, and the seed is fixed. */
    for (u32 i = 0; i < 7; i++)
        assert_in_range(seen[i], 9300, 10700);
    for (u32 i = 0; i < 100; i++)
        assert_true(prng_below(&prng, 1) == 0);
}

/* 3 * 2^62 does not divide 2^64: without the draws that are thrown away, the multiples of 3 would
 * come twice as often as the other results. */
static void below_is_uniform_for_large_bounds(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    const u64 bound = (u64)3 << 62;
    u32 multiples = 0;
    for (u32 i = 0; i < 30000; i++) {
        const u64 value = prng_below(&prng, bound);
        assert_true(value < bound);
        multiples += value % 3 == 0 ? 1 : 0;
    }
    assert_in_range(multiples, 9500, 10500);
    for (u32 i = 0; i < 100; i++)
        assert_true(prng_below(&prng, UINT64_MAX) < UINT64_MAX);
}

static void below_zero_aborts(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    assert_dies("bound > 0", prng_below(&prng, 0));
}

static void system_seeds_differ(void **state) {
    (void)state;
    assert_true(prng_system_seed() != prng_system_seed());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_with_splitmix),
        cmocka_unit_test(generates_xoshiro),
        cmocka_unit_test(same_seed_same_numbers),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(below_is_uniform_for_large_bounds),
        cmocka_unit_test(below_zero_aborts),
        cmocka_unit_test(system_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
