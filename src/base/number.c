/* number.c: integers and sizes, to text and back. */
#include "kv/number.h"

#include "kv/assert.h"

static const char digit_pairs[200] = "0001020304050607080910111213141516171819"
                                     "2021222324252627282930313233343536373839"
                                     "4041424344454647484950515253545556575859"
                                     "6061626364656667686970717273747576777879"
                                     "8081828384858687888990919293949596979899";

static bool is_digit(u8 c) {
    return c >= '0' && c <= '9';
}

bool number_parse_i64(struct bytes text, i64 *value) {
    const bool negative = text.len > 0 && text.data[0] == '-';
    const size_t first = negative ? 1 : 0;
    const size_t digits = text.len - first;
    if (digits == 0 || digits > 19) return false;
    if (text.data[first] == '0') {
        if (text.len != 1) return false; /* a leading zero, or "-0" */
        *value = 0;
        return true;
    }
    /* 19 digits stay below 10^19, which a u64 holds, so the sum itself cannot overflow. */
    u64 magnitude = 0;
    for (size_t i = first; i < text.len; i++) {
        if (!is_digit(text.data[i])) return false;
        magnitude = magnitude * 10 + (u64)(text.data[i] - '0');
    }
    const u64 limit = negative ? (u64)INT64_MAX + 1 : (u64)INT64_MAX;
    if (magnitude > limit) return false;
    *value = negative ? (i64)(0 - magnitude) : (i64)magnitude;
    return true;
}

u32 number_digits_u64(u64 value) {
    static const u64 powers[20] = {0ull,
                                   10ull,
                                   100ull,
                                   1000ull,
                                   10000ull,
                                   100000ull,
                                   1000000ull,
                                   10000000ull,
                                   100000000ull,
                                   1000000000ull,
                                   10000000000ull,
                                   100000000000ull,
                                   1000000000000ull,
                                   10000000000000ull,
                                   100000000000000ull,
                                   1000000000000000ull,
                                   10000000000000000ull,
                                   100000000000000000ull,
                                   1000000000000000000ull,
                                   10000000000000000000ull};
    /* 1233 / 4096 is just above log10(2): the bits give the digits or one too few, and one
     * comparison with a power of ten tells which. */
    const u32 bits = 64u - (u32)__builtin_clzll(value | 1);
    const u32 guess = bits * 1233 >> 12;
    return guess + (value >= powers[guess] ? 1u : 0u);
}

u32 number_format_u64(char *out, u64 value) {
    const u32 length = number_digits_u64(value);
    u32 at = length;
    while (value >= 100) {
        at -= 2;
        memcpy(out + at, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        memcpy(out, digit_pairs + value * 2, 2);
    } else {
        out[0] = (char)('0' + value);
    }
    return length;
}

u32 number_format_i64(char *out, i64 value) {
    if (value >= 0) return number_format_u64(out, (u64)value);
    out[0] = '-';
    return 1 + number_format_u64(out + 1, 0 - (u64)value);
}

static bool parse_unit(struct bytes unit, u64 *factor) {
    static const struct {
        const char *name;
        u64 factor;
    } units[] = {{"", 1},           {"b", 1},
                 {"k", 1000},       {"kb", 1024},
                 {"m", 1000000},    {"mb", 1024 * 1024},
                 {"g", 1000000000}, {"gb", 1024 * 1024 * 1024}};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(units); i++) {
        if (!bytes_is_word(unit, units[i].name)) continue;
        *factor = units[i].factor;
        return true;
    }
    return false;
}

bool number_parse_size(struct bytes text, u64 *value) {
    u64 number = 0;
    size_t i = 0;
    for (; i < text.len && is_digit(text.data[i]); i++) {
        if (__builtin_mul_overflow(number, (u64)10, &number) ||
            __builtin_add_overflow(number, (u64)(text.data[i] - '0'), &number))
            return false;
    }
    if (i == 0) return false;
    u64 factor = 0;
    if (!parse_unit(bytes_of(text.data + i, text.len - i), &factor)) return false;
    if (__builtin_mul_overflow(number, factor, &number)) return false;
    *value = number;
    return true;
}

void number_format_size(char *out, u64 value) {
    static const char names[] = "BKMGTPE";
    u32 power = 0;
    while (power < 6 && value >> (10 * (power + 1)) != 0)
        power++;

    u32 at = 0;
    if (power > 0) {
        u64 unit = (u64)1 << (10 * power);
        u64 tenths = value / unit * 10 + (value % unit * 10 + unit / 2) / unit;
        if (tenths == 10240 && power < 6) {
            /* 1023.95 and more rounds up to the next unit, which reads better than 1024.0. */
            tenths = 10;
            power++;
        }
        at = number_format_u64(out, tenths / 10);
        out[at++] = '.';
        out[at++] = (char)('0' + tenths % 10);
        out[at++] = ' ';
        out[at++] = names[power];
    } else {
        at = number_format_u64(out, value);
        out[at++] = ' ';
    }
    out[at++] = 'B';
    out[at++] = '\0';
    kv_assert(at <= NUMBER_TEXT_MAX);
}
