/* Fractions: what is one, and how it is written. */
#include <math.h>

#include "kv/decimal.h"

#include "../unit.h"

static bool parse(const char *text, long double *value) {
    return decimal_parse(bytes_of_string(text), value);
}

static void parses_what_is_a_number(void **state) {
    (void)state;
    static const struct {
        const char *text;
        long double value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"3.0e3", 3000},
                {"+5", 5},
                {".5", 0.5L},
                {"5.", 5},
                {"0x1p3", 8},
                {"0X.8", 0.5L},
                {"1e4931", 1e4931L},
                {"1e-4940", 1e-4940L},
                {"00012.50", 12.5L},
                {"inf", INFINITY},
                {"-infinity", -INFINITY}};
    static const char *const bad[] = {"",   " 5",     "5 ",      "\t5",     "abc", "nan", "1e",
                                      "5x", "1e5000", "-1e5000", "1e-5000", "--1", "0x"};
    long double value;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(good); i++) {
        assert_true(parse(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (u32 i = 0; i < KV_ARRAY_LENGTH(bad); i++) {
        value = 7;
        assert_false(parse(bad[i], &value));
        assert_true(value == 7);
    }
    assert_false(decimal_parse(bytes_of("5\0", 2), &value));
    assert_false(decimal_parse(bytes_of("5\0005", 3), &value));
}

static void the_longest_text_is_one_byte_below_the_limit(void **state) {
    (void)state;
    static char text[DECIMAL_TEXT_MAX];
    long double value;
    memset(text, '0', sizeof text);
    text[1] = '.';
    text[DECIMAL_TEXT_MAX - 2] = '1';
    assert_true(decimal_parse(bytes_of("1", 1), &value));
    memset(text, '1', 10);
    assert_true(decimal_parse(bytes_of(text, 10), &value) && value == 1111111111);
    text[0] = '0';
    text[1] = '.';
    assert_true(decimal_parse(bytes_of(text, DECIMAL_TEXT_MAX - 1), &value));
    assert_false(decimal_parse(bytes_of(text, DECIMAL_TEXT_MAX), &value));
}

static void formats_without_zeros_at_the_end(void **state) {
    (void)state;
    static const struct {
        long double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0L, "0"},
                 {-1e-30L, "0"},
                 {100, "100"},
                 {-100, "-100"},
                 {0.1L, "0.1"},
                 {-0.5L, "-0.5"},
                 {3.0e3L, "3000"},
                 {10.5L + 0.1L, "10.6"},
                 {1.0L / 3, "0.33333333333333333"},
                 {9007199254740993.0L, "9007199254740993"},
                 {1e-17L, "0.00000000000000001"}};
    char out[DECIMAL_TEXT_MAX];
    for (u32 i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        u32 len = decimal_format(out, cases[i].value);
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, len);
    }
    assert_dies("isfinite", decimal_format(out, INFINITY));
}

/* The largest number has the longest text, and is read back. */
static void the_largest_number_fits(void **state) {
    (void)state;
    char out[DECIMAL_TEXT_MAX];
    long double largest = -1.18973149535723176e4932L, value;
    u32 len = decimal_format(out, largest);
    assert_int_equal(len, 4934);
    assert_true(decimal_parse(bytes_of(out, len), &value));
    assert_true(value == largest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_what_is_a_number),
        cmocka_unit_test(the_longest_text_is_one_byte_below_the_limit),
        cmocka_unit_test(formats_without_zeros_at_the_end),
        cmocka_unit_test(the_largest_number_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
