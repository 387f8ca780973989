/* rdb.c: see rdb.h for the format. */
#include "kv/rdb.h"

#include <lzf.h>

#include "kv/assert.h"
#include "kv/crc64.h"

enum { ENCODED = 0xc0, LENGTH_14 = 0x40, LENGTH_32 = 0x80, LENGTH_64 = 0x81 };
enum { KIND_INTEGER_8, KIND_INTEGER_16, KIND_INTEGER_32, KIND_LZF };

/* Texts that may become integers: "-2147483648" is the longest. */
#define INTEGER_TEXT_MAX 11u
/* Compression that gains less is not worth it. */
#define LZF_GAIN_MIN 4u
/* Three bytes of LZF become at most 264. */
#define LZF_RATIO_MAX 88u

/* -- writing -- */

static void put_big_endian(u8 *out, u64 value, u32 bytes) {
    for (u32 i = 0; i < bytes; i++)
        out[i] = (u8)(value >> (8 * (bytes - 1 - i)));
}

u32 rdb_put_length(u8 out[RDB_LENGTH_MAX], u64 len) {
    if (len < 1u << 6) {
        out[0] = (u8)len;
        return 1;
    }
    if (len < 1u << 14) {
        out[0] = (u8)(LENGTH_14 | len >> 8);
        out[1] = (u8)len;
        return 2;
    }
    bool is_long = len > UINT32_MAX;
    out[0] = is_long ? LENGTH_64 : LENGTH_32;
    put_big_endian(out + 1, len, is_long ? 8 : 4);
    return is_long ? 9 : 5;
}

u32 rdb_put_integer(u8 out[RDB_INTEGER_MAX], struct bytes text) {
    i64 value;
    if (text.len > INTEGER_TEXT_MAX || !number_parse_i64(text, &value)) return 0;
    if (value < INT32_MIN || value > INT32_MAX) return 0;
    u32 kind = KIND_INTEGER_32;
    if (value >= INT16_MIN && value <= INT16_MAX) kind = KIND_INTEGER_16;
    if (value >= INT8_MIN && value <= INT8_MAX) kind = KIND_INTEGER_8;
    out[0] = (u8)(ENCODED | kind);
    memcpy(out + 1, &value, 1u << kind);
    return 1 + (1u << kind);
}

u32 rdb_put_lzf(u8 out[1 + 2 * RDB_LENGTH_MAX], u64 compressed, u64 len) {
    out[0] = ENCODED | KIND_LZF;
    u32 at = 1 + rdb_put_length(out + 1, compressed);
    return at + rdb_put_length(out + at, len);
}

/* The library leaves its table of positions as the stack was, and yet the same input gives the same
 * output. What it looks up it takes only when the three bytes there, before the present place, are
 * those of the present place. Let them have occurred before, and f be where they did first. f does
 * not lie within a match together with its next two bytes, or they would have occurred before; so
 * it was looked up itself, or is one of the last two places of a match, which are entered too. In
 * both cases its entry was written by this call. So an entry that it did not write is never taken.
 */
u64 rdb_compress(struct bytes text, u8 *out) {
    kv_assert(text.len > RDB_UNCOMPRESSED_MAX && text.len <= UINT32_MAX);
    u32 len = (u32)text.len;
    return lzf_compress(text.data, len, out, len - LZF_GAIN_MIN);
}

/* -- reading -- */

static u64 left(const struct rdb_reader *reader) {
    return (u64)(reader->end - reader->at);
}

static bool read_big_endian(struct rdb_reader *reader, u32 bytes, u64 *value) {
    if (left(reader) < bytes) return false;
    *value = 0;
    for (u32 i = 0; i < bytes; i++)
        *value = *value << 8 | *reader->at++;
    return true;
}

static bool read_length(struct rdb_reader *reader, u64 *len, bool *is_kind) {
    u64 first;
    *is_kind = false;
    if (!read_big_endian(reader, 1, &first)) return false;
    if (first == LENGTH_32) return read_big_endian(reader, 4, len);
    if (first == LENGTH_64) return read_big_endian(reader, 8, len);
    *is_kind = first >= ENCODED;
    if (first >= LENGTH_32 && !*is_kind) return false;
    *len = first & 0x3f;
    if (first < LENGTH_14 || *is_kind) return true;
    u64 low;
    if (!read_big_endian(reader, 1, &low)) return false;
    *len = *len << 8 | low;
    return true;
}

bool rdb_read_length(struct rdb_reader *reader, u64 *len) {
    bool is_kind;
    return read_length(reader, len, &is_kind);
}

static enum rdb_status read_bytes(struct rdb_reader *reader, u64 len, struct bytes *text) {
    if (len > left(reader)) return RDB_BAD;
    *text = bytes_of(reader->at, len);
    reader->at += len;
    return RDB_OK;
}

static enum rdb_status read_integer(struct rdb_reader *reader, u32 bytes, struct bytes *text) {
    u64 value = 0;
    if (left(reader) < bytes) return RDB_BAD;
    memcpy(&value, reader->at, bytes);
    reader->at += bytes;
    u32 unused = 64 - 8 * bytes;
    u32 len = number_format_i64(reader->digits, (i64)(value << unused) >> unused);
    *text = bytes_of(reader->digits, len);
    return RDB_OK;
}

static enum rdb_status read_lzf(struct rdb_reader *reader, struct bytes *text) {
    u64 compressed;
    u64 len;
    struct bytes input;
    if (!rdb_read_length(reader, &compressed) || !rdb_read_length(reader, &len)) return RDB_BAD;
    if (read_bytes(reader, compressed, &input) != RDB_OK) return RDB_BAD;
    /* Nothing becomes of anything: so has it Redis, which compares lengths alone. */
    *text = bytes_of(reader->memory, 0);
    if (len == 0) return RDB_OK;
    if (len > input.len * LZF_RATIO_MAX || input.len > UINT32_MAX) return RDB_BAD;
    if (len > reader->memory_bytes || len > UINT32_MAX) {
        reader->wanted = len;
        return RDB_TOO_LARGE;
    }
    reader->memory_used = u64_max(reader->memory_used, len);
    u64 got = lzf_decompress(input.data, (u32)input.len, reader->memory, (u32)len);
    *text = bytes_of(reader->memory, len);
    return got == len ? RDB_OK : RDB_BAD;
}

enum rdb_status rdb_read_string(struct rdb_reader *reader, struct bytes *text) {
    u64 len;
    bool is_kind;
    if (!read_length(reader, &len, &is_kind)) return RDB_BAD;
    if (!is_kind) return read_bytes(reader, len, text);
    if (len == KIND_LZF) return read_lzf(reader, text);
    return len < KIND_LZF ? read_integer(reader, 1u << len, text) : RDB_BAD;
}

bool rdb_verify(struct bytes payload) {
    u16 version;
    u64 checksum;
    if (payload.len < RDB_FOOTER_BYTES) return false;
    const u8 *footer = payload.data + payload.len - RDB_FOOTER_BYTES;
    memcpy(&version, footer, sizeof(version));
    memcpy(&checksum, footer + sizeof(version), sizeof(checksum));
    if (version > RDB_VERSION) return false;
    return crc64_add(0, payload.data, payload.len - sizeof(checksum)) == checksum;
}
