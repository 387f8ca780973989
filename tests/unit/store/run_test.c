#include "kv/run.h"

#include "elements.h"

#define PAGES 64u

static struct test_pages test;
static u8 buffer[ELEMENT_LEN_MAX + 8];

static int setup(void **state) {
    (void)state;
    test_pages_init(&test, PAGES);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    test_pages_deinit(&test);
    return 0;
}

/* A copy of a long element, made from its pieces. */
static void check_copy(const struct element *element, u32 bytes, struct bytes value) {
    static u8 out[RUN_ELEMENT_MAX];
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct element copy;
    element_open(&test.pages, element, digits, &cursor);
    assert_int_equal(run_encode_pieces(&test.pages, element->len, &cursor, out), bytes);
    run_decode(out, &copy);
    assert_int_not_equal(copy.chain, element->chain);
    assert_true(element_is(&test.pages, &copy, value));
    run_check(&test.pages, out, bytes, 1);
    test_free_chain(&test.pages, copy.chain);
}

static struct element roundtrip(struct bytes value) {
    static u8 out[RUN_ELEMENT_MAX];
    u32 pages, bound_pages;
    u32 bytes = run_encoded_bytes(value, &pages);
    u32 bound = run_encoded_bound(value.len, &bound_pages);
    u32 used = test_pages_used(&test);
    struct element element;
    assert_true(bytes <= bound && pages <= bound_pages && bound <= RUN_ELEMENT_MAX);
    assert_int_equal(run_encode(&test.pages, value, out), bytes);
    assert_int_equal(test_pages_used(&test) - used, pages);
    assert_int_equal(run_length_at(out), bytes);
    assert_int_equal(run_length_before(out + bytes), bytes);
    run_decode(out, &element);
    assert_int_equal(element.encoded, bytes);
    assert_true(element_is(&test.pages, &element, value));
    run_check(&test.pages, out, bytes, 1);
    if (value.len > RUN_INLINE_MAX) check_copy(&element, bytes, value);
    return element;
}

static struct element roundtrip_text(const char *text) {
    return roundtrip(bytes_of_string(text));
}

static void integers_take_the_fewest_bytes(void **state) {
    (void)state;
    static const struct {
        i64 value;
        u32 encoded;
    } cases[] = {
        {0, 2},
        {127, 2},
        {-1, 3},
        {-128, 3},
        {128, 4},
        {-129, 4},
        {32767, 4},
        {-32768, 4},
        {32768, 5},
        {8388607, 5},
        {8388608, 6},
        {-8388609, 6},
        {INT32_MAX, 6},
        {INT32_MIN, 6},
        {(i64)INT32_MAX + 1, 7},
        {(1ll << 39) - 1, 7},
        {1ll << 39, 8},
        {(1ll << 47) - 1, 8},
        {1ll << 47, 9},
        {(1ll << 55) - 1, 9},
        {1ll << 55, 10},
        {-(1ll << 55) - 1, 10},
        {INT64_MAX, 10},
        {INT64_MIN, 10},
    };
    for (size_t i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        char text[NUMBER_TEXT_MAX];
        u32 len = number_format_i64(text, cases[i].value);
        struct element element = roundtrip(bytes_of(text, len));
        assert_true(element.is_integer);
        assert_true(element.integer == cases[i].value);
        assert_int_equal(element.len, len);
        assert_int_equal(element.encoded, cases[i].encoded);
        assert_int_equal(element.chain, PAGE_NONE);
    }
}

static void every_power_of_two_and_its_neighbours(void **state) {
    (void)state;
    for (u32 bit = 0; bit < 64; bit++) {
        for (i64 delta = -2; delta <= 2; delta++) {
            char text[NUMBER_TEXT_MAX];
            i64 value = (i64)((1ull << bit) + (u64)delta);
            struct element element = roundtrip(bytes_of(text, number_format_i64(text, value)));
            assert_true(element.is_integer && element.integer == value);
        }
    }
}

static void texts_that_are_no_canonical_integers_stay_strings(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "-0",
                                        "+1",
                                        "01",
                                        " 1",
                                        "1 ",
                                        "1e3",
                                        "0x1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "100000000000000000000",
                                        "-10000000000000000000000"};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        struct element element = roundtrip_text(texts[i]);
        assert_false(element.is_integer);
        assert_int_equal(element.encoded, strlen(texts[i]) + 2);
    }
}

static void strings_at_every_border(void **state) {
    (void)state;
    static const struct {
        u32 len;
        u32 encoded;
        u32 pages;
    } cases[] = {
        {0, 2, 0},       {1, 3, 0},     {63, 65, 0},     {64, 67, 0},     {125, 128, 0},
        {126, 130, 0},   {127, 131, 0}, {1023, 1027, 0}, {1024, 1028, 0}, {1025, 10, 1},
        {4095, 10, 1},   {4096, 10, 1}, {4097, 11, 1},   {4214, 128, 1},  {4215, 130, 1},
        {5120, 1035, 1}, {5121, 10, 2}, {8192, 10, 2},   {8193, 11, 2},   {70000, 379, 17},
        {9216, 1035, 2}, {9217, 10, 3}, {65536, 10, 16},
    };
    memset(buffer, 'v', sizeof(buffer));
    for (size_t i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        u32 pages;
        struct bytes value = bytes_of(buffer, cases[i].len);
        assert_int_equal(run_encoded_bytes(value, &pages), cases[i].encoded);
        assert_int_equal(pages, cases[i].pages);
        assert_int_equal(run_encoded_bound(cases[i].len, &pages), cases[i].encoded);
        assert_int_equal(pages, cases[i].pages);
        struct element element = roundtrip(value);
        assert_int_equal(element.chain_len + element.tail.len, cases[i].len);
        assert_int_equal(test_free_chain(&test.pages, element.chain), cases[i].pages);
    }
    assert_int_equal(test_pages_used(&test), 0);
}

static void every_length_to_two_pages(void **state) {
    (void)state;
    for (u32 len = 0; len <= 2 * PAGE_BYTES + RUN_INLINE_MAX + 2; len++) {
        for (u32 i = 0; i < len; i++)
            buffer[i] = (u8)(i * 7 + len);
        struct element element = roundtrip(bytes_of(buffer, len));
        test_free_chain(&test.pages, element.chain);
    }
    assert_int_equal(test_pages_used(&test), 0);
}

static void bound_covers_every_text_of_its_length(void **state) {
    (void)state;
    for (u32 len = 1; len <= 20; len++) {
        u32 pages;
        char text[32] = "9999999999999999999999";
        assert_true(run_encoded_bytes(bytes_of(text, len), &pages) <=
                    run_encoded_bound(len, &pages));
        text[0] = '-';
        assert_true(run_encoded_bytes(bytes_of(text, len), &pages) <=
                    run_encoded_bound(len, &pages));
        text[0] = '1';
        memset(text + 1, '0', 21);
        assert_true(run_encoded_bytes(bytes_of(text, len), &pages) <=
                    run_encoded_bound(len, &pages));
    }
}

/* A run of random elements is read to every offset, from both sides. */
static void offsets_in_random_runs(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 7);
    for (u32 round = 0; round < 200; round++) {
        static u8 run[64 * RUN_ELEMENT_MAX];
        u64 ids[64];
        u32 offsets[65];
        u32 count = (u32)prng_below(&prng, 65), len = 0;
        /* Often all of one kind, which is what the walk is fast for. */
        u32 only = (u32)prng_below(&prng, 2 * ELEMENT_SHORT_KINDS);
        for (u32 i = 0; i < count; i++) {
            ids[i] = element_random(&prng, ELEMENT_SHORT_KINDS);
            if (only < ELEMENT_SHORT_KINDS) ids[i] = element_id(only, ids[i] >> 8);
            offsets[i] = len;
            len += run_encode(&test.pages, element_value(ids[i], buffer), run + len);
        }
        offsets[count] = len;
        run_check(&test.pages, run, len, count);
        for (u32 i = 0; i <= count; i++) {
            assert_int_equal(run_offset(run, len, count, i), offsets[i]);
            if (i == count) break;
            struct element element;
            run_decode(run + offsets[i], &element);
            assert_true(element_is(&test.pages, &element, element_value(ids[i], buffer)));
            assert_int_equal(run_length_before(run + offsets[i + 1]), element.encoded);
        }
    }
}

static void check_sees_damage(void **state) {
    (void)state;
    u8 run[64];
    u32 len = run_encode(&test.pages, bytes_of_string("abc"), run);
    len += run_encode(&test.pages, bytes_of_string("12345"), run + len);
    run_check(&test.pages, run, len, 2);
    assert_dies("assertion failed", run_check(&test.pages, run, len, 1));
    assert_dies("assertion failed", run_check(&test.pages, run, len, 3));
    assert_dies("assertion failed", run_check(&test.pages, run, len - 1, 2));
    run[len - 1] ^= 1;
    assert_dies("assertion failed", run_check(&test.pages, run, len, 2));
    run[len - 1] ^= 1;
    len += run_encode(&test.pages, element_value(element_id(ELEMENT_WIDTHS + 11, 1), buffer),
                      run + len);
    run_check(&test.pages, run, len, 3);
    struct element element;
    run_decode(run + len - run_length_before(run + len), &element);
    pages_set_kind(&test.pages, element.chain, PAGE_DYING);
    assert_dies("assertion failed", run_check(&test.pages, run, len, 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(integers_take_the_fewest_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(every_power_of_two_and_its_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_that_are_no_canonical_integers_stay_strings, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(strings_at_every_border, setup, teardown),
        cmocka_unit_test_setup_teardown(every_length_to_two_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(bound_covers_every_text_of_its_length, setup, teardown),
        cmocka_unit_test_setup_teardown(offsets_in_random_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(check_sees_damage, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
