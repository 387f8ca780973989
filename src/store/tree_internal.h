/* tree_internal.h: a node of the counted tree, and what insertion and removal have in common.
 *
 * The content of a node, elements in a leaf and pairs in an inner node, lies in [begin, end) of the
 * page; the rest behind the header is free, at either end. Offsets within a node count from
 * `begin`.
 */
#ifndef KV_TREE_INTERNAL_H
#define KV_TREE_INTERNAL_H

#include "kv/assert.h"
#include "kv/tree.h"

struct tree_node {
    u16 begin; /* offsets in the page */
    u16 end;
    u16 count;  /* elements or pairs */
    u16 chains; /* leaf: elements that are long */
    u8 level;   /* 0: leaf */
    u8 spare[7];
};
_Static_assert(sizeof(struct tree_node) == TREE_NODE_HEADER, "the header is part of the format");

struct tree_pair {
    u32 child;
    u32 count; /* elements below the child */
};
_Static_assert(sizeof(struct tree_pair) == TREE_PAIR_BYTES, "pairs are part of the format");

/* The way from the root (entry 0) to a leaf through `depth` inner nodes: the child on the way is
 * number index[i] of inner node page[i]. */
struct tree_path {
    u32 depth;
    u32 page[TREE_HEIGHT_MAX];
    u32 index[TREE_HEIGHT_MAX];
};

static inline struct tree_node *tree_node(const struct pages *pages, u32 page) {
    return (struct tree_node *)(void *)pages_data(pages, page);
}
static inline u8 *tree_content(struct tree_node *node) {
    return (u8 *)node + node->begin;
}
static inline u32 tree_bytes(const struct tree_node *node) {
    return (u32)(node->end - node->begin);
}
static inline struct tree_pair *tree_pairs(struct tree_node *node) {
    return (struct tree_pair *)(void *)((u8 *)node + node->begin);
}
/* The inner node at a level of the path, 0 being the root, and the pair in it that the path takes.
 */
static inline struct tree_node *tree_path_node(const struct pages *pages,
                                               const struct tree_path *path, u32 level) {
    return tree_node(pages, path->page[level]);
}
static inline struct tree_pair *tree_path_pair(const struct pages *pages,
                                               const struct tree_path *path, u32 level) {
    return tree_pairs(tree_path_node(pages, path, level)) + path->index[level];
}

/* The way to the element at *position, which becomes its position within its leaf; returns the
 * leaf's page. */
u32 tree_find_leaf(const struct tree *tree, const struct pages *pages, u64 *position,
                   struct tree_path *path);

/* The page of a node whose room is where it is going to grow: at its front, else at its back. */
u32 tree_node_new(struct pages *pages, u32 level, bool room_at_front);

/* Makes a gap of `len` bytes at offset `at`, moving the shorter side or, when there is no room on
 * that side, everything, so that both ends have room again. Returns the gap. `count` and `chains`
 * are the caller's. */
u8 *tree_node_open(struct tree_node *node, u32 at, u32 len);
/* Takes out `len` bytes at offset `at`, moving the shorter side. `count` and `chains` are the
 * caller's. */
void tree_node_close(struct tree_node *node, u32 at, u32 len);

/* Moves the first `len` bytes of a node, which are `count` entries, to the end of its left
 * neighbour; and the last ones to the beginning of its right neighbour. */
void tree_move_head(struct tree_node *from, u32 len, u32 count, struct tree_node *to);
void tree_move_tail(struct tree_node *from, u32 len, u32 count, struct tree_node *to);

void tree_pair_insert(struct tree_node *node, u32 index, struct tree_pair pair);
void tree_pair_remove(struct tree_node *node, u32 index, u32 n);

/* Elements below `count` pairs. */
u32 tree_pairs_sum(const struct tree_pair *pairs, u32 count);
/* The child that holds the element at *at, of `total` elements below all pairs; *at becomes its
 * position within the child. */
u32 tree_find_child(const struct tree_pair *pairs, u32 count, u64 total, u64 *at);

/* Long elements in a piece of a run. */
u32 tree_count_chains(const u8 *run, u32 len);

/* Makes neighbours out of the children index - 1 and index of an inner node, which were not before:
 * merges them if they fit together, then what became neighbours within them, and so on downwards.
 */
void tree_join(struct pages *pages, struct tree_node *parent, u32 index);

/* Restores the invariant after child index[level] of inner node page[level] has changed, or after
 * children before it have gone (`lost`): merges it with its neighbours, and goes on upwards as long
 * as nodes lose children. In the end a root with one child goes. */
void tree_repair(struct tree *tree, struct pages *pages, const struct tree_path *path, u32 level,
                 bool lost);

#endif
