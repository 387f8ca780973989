/* tree.h: the counted B+tree: large collections by position. Leaves are runs; inner nodes hold
 * (child, count) pairs, so that the element at a position is found in O(log n).
 *
 * Invariants (tree_check): counts add up; all leaves at the same depth; two neighbouring leaves of
 * one parent, or inner nodes of one parent, hold together more than TREE_MERGE_BYTES, else they
 * are merged: so n bytes of elements never take more than 2n / TREE_MERGE_BYTES + 1 leaves, which
 * is what the budget counts on. A push to an end opens a new leaf rather than halving a full one,
 * so that queues fill their pages.
 */
#ifndef KV_TREE_H
#define KV_TREE_H

#include "kv/pages.h"
#include "kv/run.h"

#define TREE_NODE_HEADER 16u
#define TREE_LEAF_BYTES (PAGE_BYTES - TREE_NODE_HEADER)
#define TREE_FANOUT ((PAGE_BYTES - TREE_NODE_HEADER) / 8)
#define TREE_MERGE_BYTES (TREE_LEAF_BYTES * 3 / 4)
#define TREE_HEIGHT_MAX 8

struct tree {
    u32 root;   /* PAGE_NONE: empty */
    u32 height; /* 1: the root is a leaf */
    u64 count;
};

/* Pages that pushing elements of `encoded` bytes in all (each at most RUN_ELEMENT_MAX) can need, at
 * any positions of a tree of this height. */
u32 tree_pages_needed(const struct tree *tree, u64 encoded, u64 elements);
/* Upper bound of the pages of any tree that holds `elements` elements of `encoded` bytes in all. */
u64 tree_pages_bound(u64 encoded, u64 elements);

/* Where an element is. Valid until the tree changes. */
struct tree_cursor {
    u32 page;
    u32 offset; /* of the element within the page */
    u32 index;  /* within the leaf */
    u64 position;
    u32 path_page[TREE_HEIGHT_MAX];
    u32 path_index[TREE_HEIGHT_MAX];
    u32 depth;
};

/* All changes: within a reservation of tree_pages_needed (inserts); removing needs none. Long
 * values' pages are the caller's: `encoded` comes from run_encode, and removed elements are shown
 * to it before they go. */
void tree_insert(struct tree *tree, struct pages *pages, u64 position, const u8 *encoded, u32 len);
/* Builds a tree from a run. */
void tree_build(struct tree *tree, struct pages *pages, const u8 *run, u32 len, u32 count);
/* Removes `n` elements from `position` on. The pages of long elements go to `freed` one by one. */
typedef void tree_freed(void *context, const struct element *element);
void tree_remove(struct tree *tree, struct pages *pages, u64 position, u64 n, tree_freed *freed,
                 void *context);

/* The element at a position (must exist); then forward, one after the other. */
void tree_seek(const struct tree *tree, const struct pages *pages, u64 position,
               struct tree_cursor *cursor, struct element *element);
bool tree_next(const struct tree *tree, const struct pages *pages, struct tree_cursor *cursor,
               struct element *element);
/* When the whole tree is a single leaf: its run. Else len 0. */
struct bytes tree_single_run(const struct tree *tree, const struct pages *pages, u32 *count);

void tree_check(const struct tree *tree, const struct pages *pages);

#endif
