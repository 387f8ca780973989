/* tree.h: the counted B+tree: large collections by position. Leaves are runs; inner nodes hold
 * (child, count) pairs, so that the element at a position is found in O(log n).
 *
 * Invariants (tree_check): counts add up; all leaves at the same depth; two neighbouring leaves of
 * one parent, or inner nodes of one parent, hold together more than TREE_MERGE_BYTES, else they
 * are merged: so n bytes of elements take at most about 2n / TREE_MERGE_BYTES + 1 leaves, which is
 * what the budget counts on (tree_pages_bound). A push to an end opens a new leaf rather than
 * halving a full one, so that queues fill their pages.
 *
 * A node keeps its content between free room at both ends, so that adding to and removing from
 * either end moves nothing.
 *
 * Ordering by a key (hashes, sets, sorted sets) is an addition: the node's header has room for the
 * size of a pair, and a pair may be (child, count, separator) with the separator, of 8 bytes (a
 * member's hash, a score), the least key below the child; ties are settled in the leaf. Everything
 * but the descent stays as it is: splitting, merging and the seam of a removal work on pairs and
 * never look into them beyond child and count, and a search by key that sums the counts it passes
 * ends in the same cursor, position included.
 */
#ifndef KV_TREE_H
#define KV_TREE_H

#include "kv/pages.h"
#include "kv/run.h"

#define TREE_NODE_HEADER 16u
#define TREE_LEAF_BYTES (PAGE_BYTES - TREE_NODE_HEADER)
#define TREE_PAIR_BYTES 8u
#define TREE_FANOUT ((PAGE_BYTES - TREE_NODE_HEADER) / TREE_PAIR_BYTES)
#define TREE_MERGE_BYTES (TREE_LEAF_BYTES * 3 / 4)
/* Two neighbours hold more than 3/8 of TREE_FANOUT children each on average, so a tree of 2^32
 * elements is at most 6 high. */
#define TREE_HEIGHT_MAX 8
/* The count of a pair, and of a list's item, is a u32. */
#define TREE_ELEMENTS_MAX UINT32_MAX

struct tree {
    u32 root;   /* PAGE_NONE: empty */
    u32 height; /* 1: the root is a leaf; 0: empty */
    u64 count;
};

/* -- what a change needs -- */

/* The exact number of pages that pushing elements at one end will take: begin, add the elements'
 * encoded bytes in the order of pushing, ask. Nothing is changed. */
struct tree_fill {
    u32 room; /* bytes left in the leaf at that end */
    u32 leaves;
};
void tree_fill_begin(struct tree_fill *fill, const struct tree *tree, const struct pages *pages,
                     bool at_head);
static inline void tree_fill_add(struct tree_fill *fill, u32 encoded) {
    if (encoded > fill->room) {
        fill->leaves++;
        fill->room = TREE_LEAF_BYTES;
    }
    fill->room -= encoded;
}
u32 tree_fill_pages(const struct tree_fill *fill, const struct tree *tree,
                    const struct pages *pages, bool at_head);

/* Pages that inserting one element of `len` encoded bytes at a position takes, at most: none when
 * its leaf has room, and never more than the tree's height and one. It stays a bound when the
 * element that is at the position is taken out first. */
u32 tree_insert_pages(const struct tree *tree, const struct pages *pages, u64 position, u32 len);
/* Pages that inserting `elements` elements of any size, at any positions, can take at most. */
u64 tree_pages_needed(const struct tree *tree, u64 elements);
/* Upper bound of the pages of any tree that holds `elements` elements of `encoded` bytes in all,
 * whatever its history. */
u64 tree_pages_bound(u64 encoded, u64 elements);
/* The same for its height. */
u32 tree_height_bound(u64 encoded, u64 elements);

/* -- changes -- */

/* All changes: within a reservation of what they need (inserts); removing needs none. Long values'
 * pages are the caller's: `encoded` comes from run_encode and points to no page of the tree. */
void tree_insert(struct tree *tree, struct pages *pages, u64 position, const u8 *encoded, u32 len);
/* Whether an element of `len` encoded bytes fits in the place of the one at a position; and puts it
 * there, which then needs no page. The old one's chain is the caller's. */
bool tree_replace_fits(const struct tree *tree, const struct pages *pages, u64 position, u32 len);
void tree_replace(struct tree *tree, struct pages *pages, u64 position, const u8 *encoded, u32 len);
/* Builds a tree from a run, filling leaves one after the other. `run` points to no page of a tree.
 */
void tree_build(struct tree *tree, struct pages *pages, const u8 *run, u32 len, u32 count);
/* Removes `n` elements from `position` on, in O(pages removed + log n). Only the long elements
 * among them are shown to `freed` (leaves know whether they have any), in no particular order, just
 * before they go: their chains are for it to free, and it must not touch the tree. */
typedef void tree_freed(void *context, const struct element *element);
void tree_remove(struct tree *tree, struct pages *pages, u64 position, u64 n, tree_freed *freed,
                 void *context);
/* Removes the elements that match, at most `most`, the first ones from the head or from the tail
 * on, in one pass: O(n + log n for each leaf). Returns how many. */
u64 tree_filter(struct tree *tree, struct pages *pages, const struct run_filter *filter,
                bool from_tail, u64 most);

/* -- copies -- */

/* The pages of a tree: its nodes, and the chains of its long elements. O(nodes), and O(elements) in
 * the leaves that have long ones. */
u64 tree_count_pages(const struct tree *tree, const struct pages *pages);
/* Copies a tree node by node, with the chains; returns the root of the copy, which is otherwise the
 * same. Within a reservation of tree_count_pages. */
u32 tree_copy(const struct tree *tree, struct pages *pages);

/* -- reading -- */

/* Where the next element is, and with it the one before. Valid until the tree changes. */
struct tree_cursor {
    const u8 *at; /* the next element in its leaf */
    const u8 *end;
    const u8 *begin; /* of the leaf */
    u32 depth;       /* inner nodes on the path to the leaf */
    u32 path_page[TREE_HEIGHT_MAX];
    u32 path_index[TREE_HEIGHT_MAX];
};

/* Places the cursor before the element at a position (position < count). */
void tree_place(const struct tree *tree, const struct pages *pages, u64 position,
                struct tree_cursor *cursor);
/* The next element, one after the other; false after the last. */
bool tree_next(const struct pages *pages, struct tree_cursor *cursor, struct element *element);
/* The element at a position (position < count); tree_next goes on with the one after it. */
void tree_seek(const struct tree *tree, const struct pages *pages, u64 position,
               struct tree_cursor *cursor, struct element *element);
/* The element before the cursor, which then stands before it; false before the first. */
bool tree_previous(const struct pages *pages, struct tree_cursor *cursor, struct element *element);
/* The same for all elements of a leaf at once, from the cursor on: a piece of a run. */
bool tree_next_run(const struct pages *pages, struct tree_cursor *cursor, struct bytes *run);
bool tree_previous_run(const struct pages *pages, struct tree_cursor *cursor, struct bytes *run);
/* When the whole tree is a single leaf: its run. Else len 0. */
struct bytes tree_single_run(const struct tree *tree, const struct pages *pages, u32 *count);

/* Debug: all invariants. Aborts on a violation. Returns the pages of the tree, long values' pages
 * not included. */
u64 tree_check(const struct tree *tree, const struct pages *pages);

#endif
