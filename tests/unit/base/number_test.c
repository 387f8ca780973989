#include <inttypes.h>

#include "kv/number.h"
#include "kv/prng.h"

#include "../unit.h"

static void expect_i64(const char *text, i64 expected) {
    i64 value = 42;
    assert_true(number_parse_i64(bytes_of_string(text), &value));
    assert_true(value == expected);
}

static void expect_not_i64(const char *text) {
    i64 value = 42;
    if (number_parse_i64(bytes_of_string(text), &value)) fail_msg("\"%s\" was parsed", text);
    assert_true(value == 42);
}

static void parses_canonical_integers(void **state) {
    (void)state;
    expect_i64("0", 0);
    expect_i64("7", 7);
    expect_i64("-1", -1);
    expect_i64("10", 10);
    expect_i64("9223372036854775807", INT64_MAX);
    expect_i64("-9223372036854775808", INT64_MIN);
    expect_i64("-9223372036854775807", INT64_MIN + 1);
}

static void refuses_everything_else(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "+1",
                                        "-0",
                                        "00",
                                        "01",
                                        "-01",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "0x1",
                                        "a",
                                        "1a",
                                        "--1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "9999999999999999999",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "92233720368547758070",
                                        "100000000000000000000000000"};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(texts); i++)
        expect_not_i64(texts[i]);
    i64 value = 42;
    assert_false(number_parse_i64(bytes_of("1\0", 2), &value));
    assert_false(number_parse_i64(bytes_of(NULL, 0), &value));
    assert_true(value == 42);
}

static void check_formats(u64 value) {
    char expected[32];
    char text[NUMBER_TEXT_MAX];
    u32 length = (u32)snprintf(expected, sizeof(expected), "%" PRIu64, value);
    assert_int_equal(number_digits_u64(value), length);
    assert_int_equal(number_format_u64(text, value), length);
    assert_memory_equal(text, expected, length);

    const i64 as_signed = (i64)value;
    length = (u32)snprintf(expected, sizeof(expected), "%" PRId64, as_signed);
    assert_int_equal(number_format_i64(text, as_signed), length);
    assert_memory_equal(text, expected, length);
    i64 back = 0;
    assert_true(number_parse_i64(bytes_of(text, length), &back));
    assert_true(back == as_signed);
}

static void formats_as_printf_does(void **state) {
    (void)state;
    u64 power = 1;
    for (u32 digits = 1; digits <= 20; digits++) {
        check_formats(power - 1);
        check_formats(power);
        check_formats(power + 1);
        power *= 10;
    }
    for (u32 bit = 0; bit < 64; bit++) {
        check_formats((u64)1 << bit);
        check_formats(((u64)1 << bit) - 1);
    }
    check_formats(UINT64_MAX);
    struct prng prng;
    prng_init(&prng, 1);
    for (u32 i = 0; i < 20000; i++)
        check_formats(prng_next(&prng) >> prng_below(&prng, 64));
}

static void expect_size(const char *text, u64 expected) {
    u64 value = 42;
    if (!number_parse_size(bytes_of_string(text), &value)) fail_msg("\"%s\"", text);
    assert_true(value == expected);
}

static void parses_sizes(void **state) {
    (void)state;
    expect_size("0", 0);
    expect_size("10", 10);
    expect_size("10b", 10);
    expect_size("1k", 1000);
    expect_size("1kb", 1024);
    expect_size("2m", 2000000);
    expect_size("2MB", 2097152);
    expect_size("3g", 3000000000u);
    expect_size("3Gb", 3221225472u);
    expect_size("007kB", 7168);
    expect_size("18446744073709551615", UINT64_MAX);
    expect_size("17179869183gb", 17179869183u * ((u64)1 << 30));
}

static void refuses_other_sizes(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "b",
                                        "kb",
                                        "-1",
                                        "+1",
                                        "1 kb",
                                        " 1",
                                        "1kbb",
                                        "1t",
                                        "1.5g",
                                        "0x10",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "17179869184gb",
                                        "18446744073709551615k"};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        u64 value = 42;
        if (number_parse_size(bytes_of_string(texts[i]), &value)) fail_msg("\"%s\"", texts[i]);
        assert_true(value == 42);
    }
}

static void expect_size_text(u64 value, const char *expected) {
    char text[NUMBER_TEXT_MAX];
    number_format_size(text, value);
    assert_string_equal(text, expected);
}

static void formats_sizes(void **state) {
    (void)state;
    expect_size_text(0, "0 B");
    expect_size_text(1023, "1023 B");
    expect_size_text(1024, "1.0 KB");
    expect_size_text(1536, "1.5 KB");
    expect_size_text(201326592, "192.0 MB");
    expect_size_text(1024 * 1024 - 1, "1.0 MB");
    expect_size_text(1048524, "1023.9 KB");
    expect_size_text((u64)1 << 30, "1.0 GB");
    expect_size_text((u64)5 << 40, "5.0 TB");
    expect_size_text((u64)1 << 60, "1.0 EB");
    expect_size_text(UINT64_MAX, "16.0 EB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_canonical_integers), cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(formats_as_printf_does),    cmocka_unit_test(parses_sizes),
        cmocka_unit_test(refuses_other_sizes),       cmocka_unit_test(formats_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
