/* packed.h: the two formats in which Redis packs elements into one piece of memory, as DUMP and
 * RESTORE have them: listpacks (written and read) and their predecessor, ziplists (read only).
 *
 * Listpack: u32 bytes in all, u16 elements (65535: uncounted), the elements, 0xff. An element is an
 * encoding, its bytes, and the length of both again, in 7-bit groups that are read from the end:
 *   0xxxxxxx                 integer 0..127            11110001 x2   16-bit integer
 *   10xxxxxx bytes           string of 0..63           11110010 x3   24-bit integer
 *   110xxxxx x               13-bit integer            11110011 x4   32-bit integer
 *   1110xxxx x bytes         string of 0..4095         11110100 x8   64-bit integer
 *   11110000 u32 bytes       longer string
 * Ziplist: u32 bytes in all, u32 offset of the last element, u16 elements, the elements, 0xff. An
 * element is the length of the one before it (a byte below 254, or 254 and a u32), an encoding, and
 * its bytes. Integers are little-endian in both, the lengths of a ziplist's strings big-endian.
 *
 * Format: github.com/antirez/listpack and the comment in Redis's ziplist.c, as documented there.
 * What is read comes from strangers: every length is checked before it is used.
 */
#ifndef KV_PACKED_H
#define KV_PACKED_H

#include "kv/bytes.h"

/* -- writing listpacks -- */

#define LISTPACK_HEADER_BYTES 6u
/* Header and end: an empty listpack. */
#define LISTPACK_EMPTY_BYTES 7u
/* The most that stands before a string's bytes, that an integer's element takes, and that stands
 * after the bytes of either. */
#define LISTPACK_STRING_HEAD_MAX 5u
#define LISTPACK_INTEGER_MAX 10u
#define LISTPACK_BACK_MAX 5u

/* Bytes of a whole element. */
u32 listpack_integer_bytes(i64 value);
u64 listpack_string_bytes(u64 len);
/* Writes the whole element; returns its bytes. */
u32 listpack_put_integer(u8 *out, i64 value);
/* What stands before and after a string's bytes; each returns how much it wrote. */
u32 listpack_put_string_head(u8 *out, u64 len);
u32 listpack_put_string_back(u8 *out, u64 len);
/* The header of a listpack of `bytes` in all, and its last byte. */
void listpack_put_header(u8 *out, u64 bytes, u64 elements);
#define LISTPACK_END 0xffu

/* -- reading -- */

struct packed_element {
    bool is_integer;
    i64 integer;       /* only when is_integer */
    struct bytes text; /* otherwise; points into what is read */
};

enum packed_next { PACKED_ELEMENT, PACKED_END, PACKED_BAD };

struct packed_cursor {
    const u8 *begin; /* of all */
    const u8 *at;    /* the next element */
    const u8 *end;   /* the byte that ends all */
    const u8 *last;  /* the element that was read last; NULL: none */
    u64 count;       /* elements read */
    u64 announced;   /* by the header */
    u64 tail;        /* ziplist: offset of the last element, by the header */
};

/* False: not even the header is right. */
bool listpack_open(struct packed_cursor *cursor, struct bytes pack);
bool ziplist_open(struct packed_cursor *cursor, struct bytes pack);
/* The next element. Only PACKED_END says that everything was as it must be. */
enum packed_next listpack_next(struct packed_cursor *cursor, struct packed_element *element);
enum packed_next ziplist_next(struct packed_cursor *cursor, struct packed_element *element);

#endif
