/* listpack.c: see packed.h for the format. */
#include "kv/assert.h"
#include "kv/packed.h"

enum {
    STRING_6 = 0x80,
    INTEGER_13 = 0xc0,
    STRING_12 = 0xe0,
    STRING_32 = 0xf0,
    INTEGER_16 = 0xf1,
    INTEGER_24 = 0xf2,
    INTEGER_32 = 0xf3,
    INTEGER_64 = 0xf4
};

#define STRING_6_MAX 63u
#define STRING_12_MAX 4095u
#define UNCOUNTED 65535u
/* The least lengths of an element that take one more byte to write down. Redis writes those that
 * would just fit, such as 16383, as if they did not, and so do we. */
static const u64 back_steps[] = {128, 16383, 2097151, 268435455};

/* -- writing -- */

static u32 back_bytes(u64 len) {
    u32 bytes = 1;
    while (bytes <= KV_ARRAY_LENGTH(back_steps) && len >= back_steps[bytes - 1])
        bytes++;
    return bytes;
}

static u32 put_back(u8 *out, u64 len) {
    u32 bytes = back_bytes(len);
    for (u32 i = 0; i < bytes; i++) {
        u64 group = len >> (7 * (bytes - 1 - i)) & 0x7f;
        out[i] = (u8)(group | (i > 0 ? 0x80 : 0));
    }
    return bytes;
}

/* Bytes after the encoding's first. */
static u32 integer_rest(i64 value) {
    if (value >= 0 && value <= 127) return 0;
    if (value >= -(1 << 12) && value < 1 << 12) return 1;
    if (value >= INT16_MIN && value <= INT16_MAX) return 2;
    if (value >= -(1 << 23) && value < 1 << 23) return 3;
    return value >= INT32_MIN && value <= INT32_MAX ? 4 : 8;
}

u32 listpack_integer_bytes(i64 value) {
    return 1 + integer_rest(value) + 1;
}

u32 listpack_put_integer(u8 *out, i64 value) {
    static const u8 encodings[] = {
        [2] = INTEGER_16, [3] = INTEGER_24, [4] = INTEGER_32, [8] = INTEGER_64};
    u32 rest = integer_rest(value);
    if (rest == 0) {
        out[0] = (u8)value;
    } else if (rest == 1) {
        u32 bits = (u32)value & 0x1fff;
        out[0] = (u8)(INTEGER_13 | bits >> 8);
        out[1] = (u8)bits;
    } else {
        out[0] = encodings[rest];
        memcpy(out + 1, &value, rest);
    }
    return 1 + rest + put_back(out + 1 + rest, 1 + rest);
}

static u32 string_head(u64 len) {
    if (len <= STRING_6_MAX) return 1;
    return len <= STRING_12_MAX ? 2 : 5;
}

u64 listpack_string_bytes(u64 len) {
    u64 body = string_head(len) + len;
    return body + back_bytes(body);
}

u32 listpack_put_string_head(u8 *out, u64 len) {
    u32 head = string_head(len);
    kv_assert(len <= UINT32_MAX);
    if (head == 1) {
        out[0] = (u8)(STRING_6 | len);
    } else if (head == 2) {
        out[0] = (u8)(STRING_12 | len >> 8);
        out[1] = (u8)len;
    } else {
        u32 length = (u32)len;
        out[0] = STRING_32;
        memcpy(out + 1, &length, sizeof(length));
    }
    return head;
}

u32 listpack_put_string_back(u8 *out, u64 len) {
    return put_back(out, string_head(len) + len);
}

void listpack_put_header(u8 *out, u64 bytes, u64 elements) {
    u32 total = (u32)bytes;
    u16 count = (u16)u64_min(elements, UNCOUNTED);
    kv_assert(bytes <= UINT32_MAX);
    memcpy(out, &total, sizeof(total));
    memcpy(out + sizeof(total), &count, sizeof(count));
}

/* -- reading -- */

bool listpack_open(struct packed_cursor *cursor, struct bytes pack) {
    u32 total;
    u16 count;
    if (pack.len < LISTPACK_EMPTY_BYTES) return false;
    memcpy(&total, pack.data, sizeof(total));
    memcpy(&count, pack.data + sizeof(total), sizeof(count));
    if (total != pack.len || pack.data[pack.len - 1] != LISTPACK_END) return false;
    *cursor = (struct packed_cursor){.begin = pack.data,
                                     .at = pack.data + LISTPACK_HEADER_BYTES,
                                     .end = pack.data + pack.len - 1,
                                     .announced = count};
    return true;
}

static i64 read_integer(const u8 *at, u32 bytes) {
    u64 value = 0;
    memcpy(&value, at, bytes);
    u32 unused = 64 - 8 * bytes;
    return (i64)(value << unused) >> unused;
}

/* What the first byte says: bytes of the encoding, and of an integer's value (0: a string, or an
 * integer within the encoding). False: no encoding begins so. */
static bool read_encoding(u8 first, u32 *head, u32 *integer) {
    static const u8 widths[] = {2, 3, 4, 8};
    *head = 1;
    *integer = 0;
    if (first < INTEGER_13) return true;
    if (first < STRING_32) {
        *head = 2;
        return true;
    }
    if (first == STRING_32) {
        *head = 5;
        return true;
    }
    if (first > INTEGER_64) return false;
    *integer = widths[first - INTEGER_16];
    return true;
}

/* Decodes an element whose encoding is there; its text's bytes may not be. */
static void decode(const u8 *at, u32 head, u32 integer, struct packed_element *element) {
    u8 first = at[0];
    *element = (struct packed_element){.is_integer = true};
    if (integer > 0) {
        element->integer = read_integer(at + 1, integer);
    } else if (first < STRING_6) {
        element->integer = first;
    } else if (first >= INTEGER_13 && first < STRING_12) {
        i64 bits = (i64)(first & 0x1f) << 8 | at[1];
        element->integer = bits >= 1 << 12 ? bits - (1 << 13) : bits;
    } else {
        u32 len = first & 0x3f;
        element->is_integer = false;
        if (head == 2) len = (u32)(first & 0xf) << 8 | at[1];
        if (head == 5) memcpy(&len, at + 1, sizeof(len));
        element->text = bytes_of(at + head, len);
    }
}

enum packed_next listpack_next(struct packed_cursor *cursor, struct packed_element *element) {
    if (cursor->at == cursor->end) {
        bool counted = cursor->announced != UNCOUNTED;
        return counted && cursor->announced != cursor->count ? PACKED_BAD : PACKED_END;
    }
    u64 left = (u64)(cursor->end - cursor->at);
    u32 head;
    u32 integer;
    if (!read_encoding(cursor->at[0], &head, &integer) || head + integer > left) return PACKED_BAD;
    decode(cursor->at, head, integer, element);
    u64 body = head + integer + element->text.len;
    u8 back[LISTPACK_BACK_MAX];
    if (body > left || back_bytes(body) > left - body) return PACKED_BAD;
    u32 back_len = put_back(back, body);
    if (memcmp(cursor->at + body, back, back_len) != 0) return PACKED_BAD;
    cursor->last = cursor->at;
    cursor->at += body + back_len;
    cursor->count++;
    return PACKED_ELEMENT;
}
