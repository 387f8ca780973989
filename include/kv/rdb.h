/* rdb.h: the pieces of Redis's serialisation of values (RDB, version 10) that DUMP and RESTORE are
 * made of: lengths, strings, and the footer with version and checksum.
 *
 * A length: 00xxxxxx; 01xxxxxx x (big-endian); 0x80 and a u32, 0x81 and a u64 (big-endian); or
 * 11xxxxxx: a string of another kind follows, 0, 1, 2: an integer of 8, 16, 32 bits; 3: a string
 * compressed with LZF: its length compressed, its length, its bytes. Footer: u16 version, u64
 * checksum of everything before (crc64.h), both little-endian.
 *
 * Format: Redis's documentation of the RDB file format.
 */
#ifndef KV_RDB_H
#define KV_RDB_H

#include "kv/bytes.h"
#include "kv/number.h"

#define RDB_VERSION 10u
#define RDB_FOOTER_BYTES 10u
#define RDB_LENGTH_MAX 9u  /* bytes of a length */
#define RDB_INTEGER_MAX 5u /* bytes of a string that is an integer */

/* First byte of a dump: what it holds. Other numbers are types that kv does not have. */
enum rdb_type {
    RDB_STRING = 0,
    RDB_LIST = 1,              /* strings one after the other */
    RDB_LIST_ZIPLIST = 10,     /* one ziplist */
    RDB_LIST_QUICKLIST = 14,   /* several */
    RDB_LIST_QUICKLIST_2 = 18, /* listpacks and plain elements */
};
/* What a node of RDB_LIST_QUICKLIST_2 is. */
enum rdb_node { RDB_NODE_PLAIN = 1, RDB_NODE_PACKED = 2 };

/* -- writing: each returns the bytes written -- */

u32 rdb_put_length(u8 out[RDB_LENGTH_MAX], u64 len);
/* The string as an integer; 0: it is none that has such a form. */
u32 rdb_put_integer(u8 out[RDB_INTEGER_MAX], struct bytes text);
/* What stands before `compressed` bytes of LZF that become `len`. */
u32 rdb_put_lzf(u8 out[1 + 2 * RDB_LENGTH_MAX], u64 compressed, u64 len);
/* Strings up to this are never compressed. */
#define RDB_UNCOMPRESSED_MAX 20u
/* Compresses `text` to `out`, which holds text.len - 4 bytes: returns how many it took, 0 when that
 * does not make it shorter by four. The same input always gives the same bytes. */
u64 rdb_compress(struct bytes text, u8 *out);

/* -- reading -- */

enum rdb_status {
    RDB_OK,
    RDB_BAD,
    RDB_TOO_LARGE /* well-formed as far as is known, but it does not fit the memory */
};

struct rdb_reader {
    const u8 *at;
    const u8 *end;
    u8 *memory; /* what was compressed is decompressed here */
    u64 memory_bytes;
    u64 memory_used; /* the most that was taken of it */
    u64 wanted;      /* RDB_TOO_LARGE: bytes that it takes */
    char digits[NUMBER_TEXT_MAX];
};

/* A length as a count of things; a string's other kinds count as their number, as in Redis. */
bool rdb_read_length(struct rdb_reader *reader, u64 *len);
/* A string of any kind. It points into what is read, to the memory or to the reader's digits, and
 * stays until the next string is read. */
enum rdb_status rdb_read_string(struct rdb_reader *reader, struct bytes *text);
/* Whether version and checksum at the end of a payload are right. */
bool rdb_verify(struct bytes payload);

#endif
