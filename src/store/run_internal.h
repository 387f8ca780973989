/* run_internal.h: tags of the run format (run.h), and the decoder as inline functions, for the two
 * loops that read element after element: the tree's cursor and the walk to an offset.
 */
#ifndef KV_RUN_INTERNAL_H
#define KV_RUN_INTERNAL_H

#include "kv/assert.h"
#include "kv/number.h"
#include "kv/run.h"

enum {
    RUN_TAG_SHORT = 0x80,   /* 10xxxxxx */
    RUN_TAG_STRING = 0xc0,  /* 1100xxxx */
    RUN_TAG_INTEGER = 0xd0, /* 11010nnn */
    RUN_TAG_LONG = 0xe0,
    RUN_TAG_HOLE = 0xe1,
};

#define RUN_SMALL_MAX 127
#define RUN_SHORT_STRING_MAX 63u
/* Tag, length and page of a long element. */
#define RUN_LONG_BYTES 9u
/* Where in it the number of the first page is. */
#define RUN_CHAIN_AT 5u
/* Back length: a body below this takes one byte, else two. */
#define RUN_BACK_SHORT 128u

/* Bytes of the element at `at`. */
static inline u32 run_length_inline(const u8 *at) {
    u32 tag = at[0];
    u32 body;
    if (tag < RUN_TAG_SHORT) return 2;
    if (tag < RUN_TAG_STRING) return (tag & 0x3f) + 2;
    if (tag < RUN_TAG_INTEGER) {
        body = ((tag & 0xf) << 8) + at[1] + 2;
    } else if (tag < RUN_TAG_LONG) {
        return (tag & 7) + 3;
    } else {
        u32 len;
        memcpy(&len, at + 1, sizeof(len));
        u32 rest = len % PAGE_BYTES;
        body = RUN_LONG_BYTES + (rest <= RUN_INLINE_MAX ? rest : 0);
    }
    return body + (body < RUN_BACK_SHORT ? 1 : 2);
}

/* The element is little-endian two's complement of n bytes. */
static inline i64 run_integer(const u8 *at, u32 n) {
    u64 value = 0;
    for (u32 i = 0; i < n; i++)
        value |= (u64)at[i] << (8 * i);
    u32 unused = 64 - 8 * n;
    return (i64)(value << unused) >> unused;
}

static inline u32 run_integer_text(i64 value) {
    u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;
    return number_digits_u64(magnitude) + (value < 0);
}

static inline void run_decode_integer(const u8 *at, struct element *element) {
    u32 n = (at[0] & 7u) + 1;
    element->encoded = n + 2;
    element->is_integer = true;
    element->integer = run_integer(at + 1, n);
    element->len = run_integer_text(element->integer);
    element->tail = bytes_of(NULL, 0);
}

static inline void run_decode_long(const u8 *at, struct element *element) {
    u32 len;
    kv_debug_assert(at[0] == RUN_TAG_LONG);
    memcpy(&len, at + 1, sizeof(len));
    memcpy(&element->chain, at + RUN_CHAIN_AT, sizeof(element->chain));
    u32 rest = len % PAGE_BYTES;
    if (rest > RUN_INLINE_MAX) rest = 0;
    u32 body = RUN_LONG_BYTES + rest;
    element->encoded = body + (body < RUN_BACK_SHORT ? 1 : 2);
    element->is_integer = false;
    element->len = len;
    element->chain_len = len - rest;
    element->tail = bytes_of(at + RUN_LONG_BYTES, rest);
}

static inline void run_decode_string(const u8 *at, struct element *element) {
    u32 len = ((at[0] & 0xfu) << 8) + at[1];
    u32 body = len + 2;
    element->encoded = body + (body < RUN_BACK_SHORT ? 1 : 2);
    element->is_integer = false;
    element->len = len;
    element->tail = bytes_of(at + 2, len);
}

static inline void run_decode_inline(const u8 *at, struct element *element) {
    u32 tag = at[0];
    element->chain = PAGE_NONE;
    element->chain_len = 0;
    if (tag < RUN_TAG_SHORT) {
        element->encoded = 2;
        element->is_integer = true;
        element->integer = (i64)tag;
        element->len = tag < 10 ? 1 : tag < 100 ? 2 : 3;
        element->tail = bytes_of(NULL, 0);
    } else if (tag < RUN_TAG_STRING) {
        u32 len = tag & 0x3f;
        element->encoded = len + 2;
        element->is_integer = false;
        element->len = len;
        element->tail = bytes_of(at + 1, len);
    } else if (tag < RUN_TAG_INTEGER) {
        run_decode_string(at, element);
    } else if (tag < RUN_TAG_LONG) {
        run_decode_integer(at, element);
    } else {
        run_decode_long(at, element);
    }
}

#endif
