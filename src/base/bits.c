/* bits.c: counting, finding and combining bits, eight bytes at a time. */
#include "kv/bits.h"

#include <string.h>

#include "kv/assert.h"

static inline u64 load(const u8 *at) {
    u64 word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* Sums in ever wider fields (Knuth, The Art of Computer Programming, volume 4A, 7.1.3). Faster than
 * what the compiler calls where the processor need not have an instruction for it. */
static inline u64 count_word(u64 word) {
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return word * 0x0101010101010101u >> 56;
}

u64 bits_count(const u8 *data, u64 len) {
    u64 count = 0;
    u64 i = 0;
    for (; i + 8 <= len; i += 8)
        count += count_word(load(data + i));
    for (; i < len; i++)
        count += count_word(data[i]);
    return count;
}

u64 bits_find(const u8 *data, u64 len, bool value) {
    const u64 skipped = value ? 0 : ~(u64)0;
    u64 i = 0;
    while (i + 8 <= len && load(data + i) == skipped)
        i += 8;
    for (; i < len; i++) {
        u32 wanted = (data[i] ^ (u32)skipped) & 0xff;
        if (wanted != 0) return i * 8 + (u32)__builtin_clz(wanted) - 24;
    }
    return len * 8;
}

/* One loop for each operation: words, then the bytes that are left. */
#define COMBINE(op)                                                                                \
    u64 i = 0;                                                                                     \
    for (; i + 8 <= len; i += 8) {                                                                 \
        u64 word = load(out + i) op load(data + i);                                                \
        memcpy(out + i, &word, sizeof(word));                                                      \
    }                                                                                              \
    for (; i < len; i++)                                                                           \
        out[i] = (u8)(out[i] op data[i]);

void bits_and(u8 *out, const u8 *data, u64 len) {
    COMBINE(&)
}

void bits_or(u8 *out, const u8 *data, u64 len) {
    COMBINE(|)
}

void bits_xor(u8 *out, const u8 *data, u64 len) {
    COMBINE(^)
}

void bits_not(u8 *out, u64 len) {
    for (u64 i = 0; i < len; i++)
        out[i] = (u8)~out[i];
}

/* The nine bytes as one number, and the field's lowest bit in it. */
static unsigned __int128 load_field(const u8 *bytes) {
    unsigned __int128 all = 0;
    for (u32 i = 0; i < BITS_FIELD_BYTES; i++)
        all = all << 8 | bytes[i];
    return all;
}

static u64 field_mask(u32 width) {
    return ~(u64)0 >> (64 - width);
}

u64 bits_field_get(const u8 bytes[BITS_FIELD_BYTES], u32 bit, u32 width) {
    kv_assert(bit < 8 && width >= 1 && width <= 64);
    u32 shift = BITS_FIELD_BYTES * 8 - bit - width;
    return (u64)(load_field(bytes) >> shift) & field_mask(width);
}

void bits_field_set(u8 bytes[BITS_FIELD_BYTES], u32 bit, u32 width, u64 value) {
    kv_assert(bit < 8 && width >= 1 && width <= 64);
    u32 shift = BITS_FIELD_BYTES * 8 - bit - width;
    unsigned __int128 mask = (unsigned __int128)field_mask(width) << shift;
    unsigned __int128 all = load_field(bytes) & ~mask;
    all |= (unsigned __int128)(value & field_mask(width)) << shift;
    for (u32 i = BITS_FIELD_BYTES; i-- > 0; all >>= 8)
        bytes[i] = (u8)all;
}
