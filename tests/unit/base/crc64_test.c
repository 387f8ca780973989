/* The checksum: its published check value, and its definition bit by bit. */
#include "kv/crc64.h"
#include "kv/prng.h"

#include "../unit.h"

/* The polynomial with its bits reversed. */
#define POLYNOMIAL 0x95ac9329ac4bc9b5u

static u64 bit_by_bit(u64 crc, const u8 *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (u32 bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    return crc;
}

static void the_check_value(void **state) {
    (void)state;
    assert_true(crc64_add(0, "123456789", 9) == 0xe9c6d914c4b8d9cau);
    assert_true(crc64_add(0, "", 0) == 0);
    assert_true(crc64_add(7, NULL, 0) == 7);
}

static void every_byte_in_every_place(void **state) {
    (void)state;
    for (u32 place = 0; place < 24; place++) {
        for (u32 byte = 0; byte < 256; byte++) {
            u8 data[24] = {0};
            data[place] = (u8)byte;
            assert_true(crc64_add(0, data, sizeof(data)) == bit_by_bit(0, data, sizeof(data)));
        }
    }
}

static void in_pieces(void **state) {
    (void)state;
    static u8 data[5000];
    struct prng prng;
    prng_init(&prng, 1);
    for (u32 i = 0; i < sizeof(data); i++)
        data[i] = (u8)prng_next(&prng);
    const u64 whole = bit_by_bit(0, data, sizeof(data));
    for (u32 round = 0; round < 200; round++) {
        u64 crc = 0;
        size_t at = 0;
        while (at < sizeof(data)) {
            size_t len = u64_min(1 + prng_below(&prng, 1 + round * 5), sizeof(data) - at);
            crc = crc64_add(crc, data + at, len);
            at += len;
        }
        assert_true(crc == whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value),
        cmocka_unit_test(every_byte_in_every_place),
        cmocka_unit_test(in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
