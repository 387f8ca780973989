#include "kv/lcs.h"

#include <string.h>

#include "kv/assert.h"
#include "kv/bits.h"
#include "kv/number.h"

#define WORD_BITS 64u
#define SYMBOLS 256u

static u64 words_of(u64 bits) {
    return u64_div_up(bits, WORD_BITS);
}

u64 lcs_memory_needed(u64 a_len, u64 b_len, bool only_length) {
    /* Without the table the order is free, and a row of the longer one is the better filled. */
    u64 rows = only_length ? u64_min(a_len, b_len) : a_len;
    u64 columns = only_length ? u64_max(a_len, b_len) : b_len;
    u64 words;
    if (__builtin_mul_overflow(rows, words_of(columns), &words) ||
        words > UINT64_MAX / sizeof(u64) - words_of(rows))
        return UINT64_MAX;
    u64 bytes = (words + words_of(rows)) * sizeof(u64);
    return only_length ? u64_div_up(bytes, LCS_LENGTH_FACTOR) : bytes;
}

/* -- the table -- */

static u64 read_part(const struct lcs *lcs, const struct lcs_string *string, u64 offset, u64 max,
                     u8 *out) {
    u64 len = u64_min(string->len - offset, max);
    string_read(lcs->store, string->item, offset, len, out);
    return len;
}

/* One column of words: 64 bytes of b against all of a. What a row adds over to the next column is a
 * bit in lcs->carries. In the words, a zero says that the length grows from the column to the left
 * to this one, the bytes of a up to the row being given. Returns the last row's word. */
static u64 compute_column(const struct lcs *lcs, const u64 masks[SYMBOLS], u64 *column) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    u64 word = ~(u64)0;
    u64 row = 0;
    string_open(lcs->store, lcs->a.item, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        for (u64 i = 0; i < piece.len; i++, row++) {
            u64 *carries = &lcs->carries[row / WORD_BITS];
            u32 bit = row % WORD_BITS;
            u64 carry = *carries >> bit & 1;
            u64 matches = word & masks[piece.data[i]];
            u64 sum;
            bool over = __builtin_add_overflow(word, matches, &sum);
            over |= __builtin_add_overflow(sum, carry, &sum);
            *carries ^= (carry ^ (u64)over) << bit;
            word = sum | (word & ~matches);
            if (column != NULL) column[row] = word;
        }
    }
    kv_assert(row == lcs->a.len);
    return word;
}

void lcs_compute(struct lcs *lcs, struct store *store, struct lcs_string a, struct lcs_string b,
                 u64 *memory, bool only_length) {
    *lcs = (struct lcs){.store = store, .a = a, .b = b, .carries = memory};
    if (only_length && a.len > b.len) {
        lcs->a = b;
        lcs->b = a;
    }
    if (a.len == 0 || b.len == 0) return;
    u64 carry_words = words_of(lcs->a.len);
    if (!only_length) lcs->table = memory + carry_words;
    memset(lcs->carries, 0, carry_words * sizeof(u64));
    u64 masks[SYMBOLS] = {0};
    u8 part[WORD_BITS];
    for (u64 offset = 0; offset < lcs->b.len; offset += WORD_BITS) {
        u64 len = read_part(lcs, &lcs->b, offset, WORD_BITS, part);
        for (u64 i = 0; i < len; i++)
            masks[part[i]] |= (u64)1 << i;
        u64 *column = only_length ? NULL : lcs->table + offset / WORD_BITS * lcs->a.len;
        u64 grows = ~compute_column(lcs, masks, column);
        lcs->length += (u32)bits_count((const u8 *)&grows, sizeof(grows));
        for (u64 i = 0; i < len; i++)
            masks[part[i]] = 0;
    }
}

/* -- walking back -- */

/* The scratch has a block of each string. */
#define BLOCK_BYTES (STORE_SCRATCH_BYTES / 2)

void lcs_walk_begin(struct lcs_walk *walk, const struct lcs *lcs) {
    *walk = (struct lcs_walk){.lcs = lcs,
                              .a_left = lcs->a.len,
                              .b_left = lcs->b.len,
                              .a_block = UINT64_MAX,
                              .b_block = UINT64_MAX};
    kv_assert(lcs->table != NULL || lcs->length == 0);
}

static u8 byte_at(const struct lcs *lcs, const struct lcs_string *string, u64 index, u8 *scratch,
                  u64 *block) {
    if (*block != index / BLOCK_BYTES) {
        *block = index / BLOCK_BYTES;
        read_part(lcs, string, *block * BLOCK_BYTES, BLOCK_BYTES, scratch);
    }
    return scratch[index % BLOCK_BYTES];
}

/* Whether the bytes before which the walk stands are the same. */
static bool matches(struct lcs_walk *walk) {
    const struct lcs *lcs = walk->lcs;
    u8 *scratch = lcs->store->scratch;
    return byte_at(lcs, &lcs->a, walk->a_left - 1, scratch, &walk->a_block) ==
           byte_at(lcs, &lcs->b, walk->b_left - 1, scratch + BLOCK_BYTES, &walk->b_block);
}

/* Steps over a byte that is not in the subsequence: one of a where that alone keeps the length,
 * else one of b. The bytes differ, so the length grows over at most one of the two steps, and the
 * bit for b tells which. */
static void step_over(struct lcs_walk *walk) {
    const struct lcs *lcs = walk->lcs;
    u64 column = (walk->b_left - 1) / WORD_BITS;
    u64 word = lcs->table[column * lcs->a.len + walk->a_left - 1];
    if (word >> (walk->b_left - 1) % WORD_BITS & 1)
        walk->b_left--;
    else
        walk->a_left--;
}

bool lcs_walk_next(struct lcs_walk *walk, struct lcs_range *range) {
    while (walk->a_left > 0 && walk->b_left > 0 && !matches(walk))
        step_over(walk);
    if (walk->a_left == 0 || walk->b_left == 0) return false;
    range->a_last = walk->a_left - 1;
    range->b_last = walk->b_left - 1;
    while (walk->a_left > 0 && walk->b_left > 0 && matches(walk)) {
        walk->a_left--;
        walk->b_left--;
    }
    range->a_first = walk->a_left;
    range->b_first = walk->b_left;
    return true;
}

/* -- the subsequence -- */

static void mark_bytes(const struct lcs *lcs) {
    struct lcs_walk walk;
    struct lcs_range range;
    memset(lcs->carries, 0, words_of(lcs->a.len) * sizeof(u64));
    lcs_walk_begin(&walk, lcs);
    while (lcs_walk_next(&walk, &range)) {
        for (u64 i = range.a_first; i <= range.a_last; i++)
            lcs->carries[i / WORD_BITS] |= (u64)1 << i % WORD_BITS;
    }
}

void lcs_write(const struct lcs *lcs, lcs_sink *sink, void *context) {
    u8 *scratch = lcs->store->scratch;
    if (lcs->length == 0) return;
    mark_bytes(lcs);
    for (u64 offset = 0; offset < lcs->a.len; offset += STORE_SCRATCH_BYTES) {
        u64 len = read_part(lcs, &lcs->a, offset, STORE_SCRATCH_BYTES, scratch);
        u64 kept = 0;
        for (u64 i = 0; i < len; i++) {
            u64 at = offset + i;
            if (lcs->carries[at / WORD_BITS] >> at % WORD_BITS & 1) scratch[kept++] = scratch[i];
        }
        if (kept > 0) sink(context, bytes_of(scratch, kept));
    }
}
