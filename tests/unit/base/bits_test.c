/* Bits, against loops that look at one bit after the other. */
#include <stdlib.h>

#include "kv/bits.h"
#include "kv/prng.h"

#include "../unit.h"

#define BYTES 300u

static bool bit_at(const u8 *data, u64 i) {
    return data[i / 8] >> (7 - i % 8) & 1;
}

/* Random bytes, most of them alike in some of the rounds. */
static void fill(struct prng *prng, u8 *data, u64 len) {
    u64 kind = prng_below(prng, 4);
    for (u64 i = 0; i < len; i++) {
        data[i] = (u8)prng_next(prng);
        if (kind > 0 && prng_below(prng, 100) > 0) data[i] = kind == 1 ? 0 : 0xff;
    }
}

static void counts_and_finds_what_a_loop_does(void **state) {
    (void)state;
    struct prng prng;
    u8 data[BYTES];
    prng_init(&prng, 1);
    for (u32 round = 0; round < 3000; round++) {
        u64 begin = prng_below(&prng, 9);
        u64 len = prng_below(&prng, BYTES - begin);
        const u8 *at = data + begin;
        fill(&prng, data, BYTES);
        u64 count = 0;
        u64 first[2] = {len * 8, len * 8};
        for (u64 i = len * 8; i-- > 0;) {
            bool bit = bit_at(at, i);
            count += bit;
            first[bit] = i;
        }
        assert_int_equal(bits_count(at, len), count);
        assert_int_equal(bits_find(at, len, false), first[0]);
        assert_int_equal(bits_find(at, len, true), first[1]);
    }
}

static void combines_byte_for_byte(void **state) {
    (void)state;
    struct prng prng;
    u8 left[BYTES], right[BYTES], out[4][BYTES];
    prng_init(&prng, 2);
    for (u32 round = 0; round < 500; round++) {
        u64 len = prng_below(&prng, BYTES);
        fill(&prng, left, BYTES);
        fill(&prng, right, BYTES);
        for (u32 i = 0; i < 4; i++)
            memcpy(out[i], left, BYTES);
        bits_and(out[0], right, len);
        bits_or(out[1], right, len);
        bits_xor(out[2], right, len);
        bits_not(out[3], len);
        for (u64 i = 0; i < BYTES; i++) {
            bool in = i < len;
            assert_int_equal(out[0][i], in ? left[i] & right[i] : left[i]);
            assert_int_equal(out[1][i], in ? left[i] | right[i] : left[i]);
            assert_int_equal(out[2][i], in ? left[i] ^ right[i] : left[i]);
            assert_int_equal(out[3][i], in ? (u8)~left[i] : left[i]);
        }
    }
}

static void fields_of_every_width_at_every_bit(void **state) {
    (void)state;
    struct prng prng;
    u8 bytes[BITS_FIELD_BYTES], before[BITS_FIELD_BYTES];
    prng_init(&prng, 3);
    for (u32 bit = 0; bit < 8; bit++) {
        for (u32 width = 1; width <= 64; width++) {
            fill(&prng, bytes, sizeof bytes);
            u64 expected = 0;
            for (u32 i = 0; i < width; i++)
                expected = expected << 1 | bit_at(bytes, bit + i);
            assert_true(bits_field_get(bytes, bit, width) == expected);
            memcpy(before, bytes, sizeof bytes);
            u64 value = prng_next(&prng);
            bits_field_set(bytes, bit, width, value);
            for (u32 i = 0; i < BITS_FIELD_BYTES * 8; i++) {
                bool inside = i >= bit && i < bit + width;
                bool wanted = inside ? value >> (width - 1 - (i - bit)) & 1 : bit_at(before, i);
                assert_int_equal(bit_at(bytes, i), wanted);
            }
        }
    }
    assert_dies("bit < 8", bits_field_get(bytes, 8, 1));
    assert_dies("width", bits_field_get(bytes, 0, 65));
    assert_dies("width", bits_field_set(bytes, 0, 0, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_finds_what_a_loop_does),
        cmocka_unit_test(combines_byte_for_byte),
        cmocka_unit_test(fields_of_every_width_at_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
