/* lcs.h: the longest common subsequence of two strings: its length, the one that Redis answers, and
 * where its parts are.
 *
 * Redis fills a table of 4 bytes for each pair of a byte of one string and a byte of the other, and
 * walks back through it. Here the table has one bit for each pair, which is all that the walk asks
 * for, and 64 of them are computed at once (Hyyrö, Bit-Parallel LCS-length Computation Revisited,
 * 2004): so it takes a 32nd of the memory and a fraction of the time, and which of several longest
 * subsequences is found is the same.
 *
 * The memory is a region of a given size (option lcs-memory), which bounds the time as well: a pair
 * takes a bit and about 1/15 ns, so that 4 MiB are about 2 ms. Without the table, for the length
 * alone, LCS_LENGTH_FACTOR times as many pairs are allowed.
 */
#ifndef KV_LCS_H
#define KV_LCS_H

#include "kv/strings.h"

#define LCS_LENGTH_FACTOR 16u

struct lcs_string {
    const struct item *item; /* NULL: no such key, the same as an empty string */
    u64 len;
};

struct lcs {
    struct store *store; /* its scratch is used; nothing else of it is changed */
    struct lcs_string a;
    struct lcs_string b;
    u64 *carries; /* one bit for each byte of a: later, whether it is in the subsequence */
    u64 *table;   /* one word for each byte of a and 64 bytes of b; NULL: only the length */
    u32 length;   /* of the subsequence */
};

/* Bytes of memory that the table for strings of these lengths needs, or, with the length alone,
 * that stand for the time that it takes. UINT64_MAX when that is beyond counting. */
u64 lcs_memory_needed(u64 a_len, u64 b_len, bool only_length);

/* Computes lcs->length, and the table unless `only_length`. `memory` has lcs_memory_needed bytes
 * and belongs to *lcs from then on, as the store's scratch does. The store must not change
 * meanwhile. */
void lcs_compute(struct lcs *lcs, struct store *store, struct lcs_string a, struct lcs_string b,
                 u64 *memory, bool only_length);

/* A part that both strings have, as long as it goes on in both: first and last byte in each. */
struct lcs_range {
    u64 a_first, a_last;
    u64 b_first, b_last;
};

/* A walk over the ranges, from the last one to the first. Needs the table. */
struct lcs_walk {
    const struct lcs *lcs;
    u64 a_left; /* bytes that the walk has not passed yet */
    u64 b_left;
    u64 a_block; /* which block of a string is in the scratch; UINT64_MAX: none */
    u64 b_block;
};

void lcs_walk_begin(struct lcs_walk *walk, const struct lcs *lcs);
bool lcs_walk_next(struct lcs_walk *walk, struct lcs_range *range);

/* Gives the subsequence from its beginning, in pieces. Needs the table. */
typedef void lcs_sink(void *context, struct bytes piece);
void lcs_write(const struct lcs *lcs, lcs_sink *sink, void *context);

#endif
