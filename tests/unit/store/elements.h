/* elements.h: values of every kind of element, made from a number, so that a model needs to
 * remember only that number; and a region of pages for the tests of run, tree, reclaim and lists.
 */
#ifndef KV_TESTS_ELEMENTS_H
#define KV_TESTS_ELEMENTS_H

#include <stdlib.h>

#include "kv/assert.h"
#include "kv/number.h"
#include "kv/prng.h"
#include "kv/run.h"

#include "../unit.h"

#define ELEMENT_LEN_MAX 70000u

/* Lengths of the strings among the kinds: at the borders of every encoding. */
static const u32 element_lengths[] = {0,    1,    3,    11,   63,   64,   125,  126,  200,   1000,
                                      1024, 1025, 1200, 4000, 4096, 4097, 5120, 5121, 70000, 8192};

enum { ELEMENT_WIDTHS = 9, ELEMENT_KINDS = ELEMENT_WIDTHS + KV_ARRAY_LENGTH(element_lengths) };
/* Kinds below this are short: no pages of their own. */
enum { ELEMENT_SHORT_KINDS = ELEMENT_WIDTHS + 11 };

/* A value's number: its kind, and what tells it from others of the kind. */
static inline u64 element_id(u32 kind, u64 serial) {
    return serial << 8 | kind;
}

/* An integer of kind 0 fits the tag; of kind n, n bytes. */
static inline i64 element_integer(u32 kind, u64 serial) {
    u64 scrambled = serial * 0x9e3779b97f4a7c15u;
    if (kind == 0) return (i64)(scrambled >> 57);
    u64 bits = 8 * kind - 1;
    u64 magnitude = (1ull << (bits - 1)) | (scrambled >> (65 - bits));
    if (kind == 1) magnitude = (scrambled >> 57) | 1;
    return serial % 2 == 0 && kind > 1 ? (i64)magnitude : -(i64)magnitude;
}

static inline struct bytes element_value(u64 id, u8 *buffer) {
    u32 kind = (u32)(id & 0xff);
    u64 serial = id >> 8;
    if (kind < ELEMENT_WIDTHS)
        return bytes_of(buffer, number_format_i64((char *)buffer, element_integer(kind, serial)));
    u32 len = element_lengths[kind - ELEMENT_WIDTHS];
    struct prng prng;
    prng_init(&prng, id);
    for (u32 i = 0; i < len; i += 8) {
        u64 word = prng_next(&prng);
        memcpy(buffer + i, &word, u32_min(8, len - i));
    }
    /* Never an integer. */
    if (len > 0) buffer[0] = 'x';
    return bytes_of(buffer, len);
}

static inline u64 element_random(struct prng *prng, u32 kinds) {
    return element_id((u32)prng_below(prng, kinds), prng_next(prng) >> 40);
}

/* Whether the element reads as the value. */
static inline bool element_is(const struct pages *pages, const struct element *element,
                              struct bytes value) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    size_t at = 0;
    if (element->len != value.len) return false;
    element_open(pages, element, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        if (piece.len > value.len - at || memcmp(piece.data, value.data + at, piece.len) != 0)
            return false;
        at += piece.len;
    }
    return at == value.len;
}

struct test_pages {
    struct pages pages;
    void *memory;
    struct page_info *info;
    u32 *deadline;
};

static inline void test_pages_init(struct test_pages *test, u32 count) {
    u64 entries = pages_info_count(count);
    test->memory = aligned_alloc(PAGE_BYTES, (u64)count * PAGE_BYTES);
    test->info = calloc(entries, sizeof(*test->info));
    test->deadline = calloc(entries, sizeof(*test->deadline));
    kv_assert(test->memory != NULL && test->info != NULL && test->deadline != NULL);
    pages_init(&test->pages, test->memory, test->info, test->deadline, count);
}

static inline void test_pages_deinit(struct test_pages *test) {
    free(test->memory);
    free(test->info);
    free(test->deadline);
}

static inline u32 test_pages_used(const struct test_pages *test) {
    return test->pages.count - pages_free_count(&test->pages);
}

/* Frees a chain and returns its length in pages. */
static inline u32 test_free_chain(struct pages *pages, u32 page) {
    u32 count = 0;
    while (page != PAGE_NONE) {
        u32 next = pages->info[page].next;
        kv_assert(pages->info[page].kind == PAGE_OVERFLOW);
        pages_put(pages, &page);
        page = next;
        count++;
    }
    return count;
}

#endif
