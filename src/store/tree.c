/* tree.c: reading the counted tree, and how many pages a change may take. */
#include "kv/tree.h"

#include "run_internal.h"
#include "tree_internal.h"

/* Children that two neighbouring inner nodes of one parent hold together, at least. */
#define PAIR_CHILDREN_MIN (TREE_MERGE_BYTES / TREE_PAIR_BYTES + 1)

/* -- what a change needs -- */

/* The node at the given end of the tree, `level` levels below the root. */
static struct tree_node *end_node(const struct tree *tree, const struct pages *pages, bool at_head,
                                  u32 level) {
    struct tree_node *node = tree_node(pages, tree->root);
    while (level-- > 0) {
        const struct tree_pair *pairs = tree_pairs(node);
        node = tree_node(pages, pairs[at_head ? 0 : node->count - 1].child);
    }
    return node;
}

void tree_fill_begin(struct tree_fill *fill, const struct tree *tree, const struct pages *pages,
                     bool at_head) {
    *fill = (struct tree_fill){0};
    if (tree->height == 0) return;
    const struct tree_node *leaf = end_node(tree, pages, at_head, tree->height - 1);
    fill->room = TREE_LEAF_BYTES - tree_bytes(leaf);
}

/* At an end nothing is halved: a full node is followed by a new one, on every level. */
u32 tree_fill_pages(const struct tree_fill *fill, const struct tree *tree,
                    const struct pages *pages, bool at_head) {
    u32 added = fill->leaves, total = fill->leaves;
    u32 height = tree->height;
    for (u32 level = height; added > 0 && level-- > 1;) {
        u32 room = TREE_FANOUT - end_node(tree, pages, at_head, level - 1)->count;
        added = added > room ? (u32)u64_div_up(added - room, TREE_FANOUT) : 0;
        total += added;
    }
    /* `added` nodes beside the old root, or the first ones of an empty tree, get roots above. */
    u32 tops = added == 0 ? 1 : added + (height > 0);
    while (tops > 1) {
        tops = (u32)u64_div_up(tops, TREE_FANOUT);
        total += tops;
    }
    return total;
}

/* An insertion splits at most one node on each of the `height` levels, so `elements` insertions
 * split at most that many on the levels that there are. What grows above the present root: each
 * node there was split off a full one or stands at an end behind a full one, so a level has at most
 * 1 + 2 / TREE_FANOUT times the nodes that were added below it, and the sum over such levels stays
 * below elements / 128 and one for each level. The first of them has room for TREE_FANOUT - 2
 * before there can be a second. */
u64 tree_pages_needed(const struct tree *tree, u64 elements) {
    u64 levels = tree->height == 0 ? 1 : tree->height;
    u64 above = elements <= TREE_FANOUT - 2 ? 1 : elements / 128 + TREE_HEIGHT_MAX;
    return elements == 0 ? 0 : elements * levels + above;
}

/* Let L be the leaves and P(i) the nodes of inner level i, P(top) = 1, M = TREE_MERGE_BYTES + 1 and
 * C = PAIR_CHILDREN_MIN = 383. Of the children of one parent, each of the disjoint pairs of
 * neighbours holds at least M bytes (or C children), and at most one child is in no pair. So
 *     L    <= 2 floor(encoded / M) + P(1)
 *     P(i) <= 2 floor(P(i-1) / C) + P(i+1).
 * The second one, summed upwards with P(j) <= P(i) for the at most six levels j >= i below the top:
 *     P(i) <= 2/C P(i-1) + 12/C P(i) + 1,  so  P(i) <= (2 P(i-1) + C) / (C - 12),
 * and with i = 1 in the first one, a = 2 floor(encoded / M):
 *     L <= a + (2 L + C) / (C - 12),  so  L <= ((C - 12) a + C) / (C - 14).
 * While L < C there cannot be two neighbouring inner nodes, so there is one root and L <= a + 1;
 * a <= 370 makes sure of that, since L would be at most 373 by the general bound. One leaf stands
 * without a root. And no leaf is empty, so L <= elements. */
static u64 pages_bound(u64 encoded, u64 elements, u32 *height) {
    const u64 c = PAIR_CHILDREN_MIN;
    *height = 0;
    if (elements == 0) return 0;
    u64 a = encoded / (TREE_MERGE_BYTES + 1) * 2;
    if (a <= 370) {
        u64 leaves = u64_min(a + 1, elements);
        *height = leaves == 1 ? 1 : 2;
        return leaves == 1 ? 1 : leaves + 1;
    }
    kv_assert(encoded < UINT64_MAX / 512);
    u64 nodes = u64_min(((c - 12) * a + c) / (c - 14), elements);
    u64 total = nodes;
    *height = 1;
    do {
        nodes = (2 * nodes + c) / (c - 12);
        total += nodes;
        ++*height;
    } while (nodes > 1);
    return total;
}

u64 tree_pages_bound(u64 encoded, u64 elements) {
    u32 height;
    return pages_bound(encoded, elements, &height);
}

/* The bound of each level's nodes falls to 1 where the root is, or above it. */
u32 tree_height_bound(u64 encoded, u64 elements) {
    u32 height;
    pages_bound(encoded, elements, &height);
    return height;
}

/* -- reading -- */

u32 tree_find_leaf(const struct tree *tree, const struct pages *pages, u64 *position,
                   struct tree_path *path) {
    u32 page = tree->root;
    u64 total = tree->count;
    kv_assert(*position < total);
    path->depth = tree->height - 1;
    for (u32 level = 0; level < path->depth; level++) {
        struct tree_node *node = tree_node(pages, page);
        const struct tree_pair *pairs = tree_pairs(node);
        u32 index = tree_find_child(pairs, node->count, total, position);
        path->page[level] = page;
        path->index[level] = index;
        page = pairs[index].child;
        total = pairs[index].count;
    }
    return page;
}

static void enter_leaf(struct tree_cursor *cursor, struct tree_node *leaf, u32 offset) {
    cursor->begin = tree_content(leaf);
    cursor->at = cursor->begin + offset;
    cursor->end = (u8 *)leaf + leaf->end;
}

void tree_place(const struct tree *tree, const struct pages *pages, u64 position,
                struct tree_cursor *cursor) {
    kv_assert(position < tree->count);
    u32 page = tree->root;
    u64 total = tree->count;
    cursor->depth = tree->height - 1;
    for (u32 level = 0; level < cursor->depth; level++) {
        struct tree_node *node = tree_node(pages, page);
        const struct tree_pair *pairs = tree_pairs(node);
        u32 index = tree_find_child(pairs, node->count, total, &position);
        cursor->path_page[level] = page;
        cursor->path_index[level] = index;
        page = pairs[index].child;
        total = pairs[index].count;
    }
    struct tree_node *leaf = tree_node(pages, page);
    kv_assert(leaf->level == 0 && position < leaf->count);
    u32 offset = run_offset(tree_content(leaf), tree_bytes(leaf), leaf->count, (u32)position);
    enter_leaf(cursor, leaf, offset);
}

/* Up to the first node that has another child, and down along the first children from there. */
static bool next_leaf(const struct pages *pages, struct tree_cursor *cursor) {
    u32 level = cursor->depth;
    struct tree_node *node;
    do {
        if (level-- == 0) return false;
        node = tree_node(pages, cursor->path_page[level]);
    } while (cursor->path_index[level] + 1 >= node->count);
    u32 index = ++cursor->path_index[level];
    u32 page = tree_pairs(node)[index].child;
    while (++level < cursor->depth) {
        cursor->path_page[level] = page;
        cursor->path_index[level] = 0;
        page = tree_pairs(tree_node(pages, page))[0].child;
    }
    enter_leaf(cursor, tree_node(pages, page), 0);
    return true;
}

/* The same towards the head; the cursor is then at the end of the leaf. */
static bool previous_leaf(const struct pages *pages, struct tree_cursor *cursor) {
    u32 level = cursor->depth;
    do {
        if (level-- == 0) return false;
    } while (cursor->path_index[level] == 0);
    u32 index = --cursor->path_index[level];
    u32 page = tree_pairs(tree_node(pages, cursor->path_page[level]))[index].child;
    while (++level < cursor->depth) {
        struct tree_node *node = tree_node(pages, page);
        cursor->path_page[level] = page;
        cursor->path_index[level] = node->count - 1u;
        page = tree_pairs(node)[node->count - 1].child;
    }
    struct tree_node *leaf = tree_node(pages, page);
    enter_leaf(cursor, leaf, tree_bytes(leaf));
    return true;
}

bool tree_next(const struct pages *pages, struct tree_cursor *cursor, struct element *element) {
    if (KV_UNLIKELY(cursor->at == cursor->end) && !next_leaf(pages, cursor)) return false;
    run_decode_inline(cursor->at, element);
    cursor->at += element->encoded;
    return true;
}

bool tree_previous(const struct pages *pages, struct tree_cursor *cursor, struct element *element) {
    if (KV_UNLIKELY(cursor->at == cursor->begin) && !previous_leaf(pages, cursor)) return false;
    cursor->at -= run_length_before(cursor->at);
    run_decode_inline(cursor->at, element);
    return true;
}

bool tree_next_run(const struct pages *pages, struct tree_cursor *cursor, struct bytes *run) {
    if (cursor->at == cursor->end && !next_leaf(pages, cursor)) return false;
    *run = bytes_of(cursor->at, (size_t)(cursor->end - cursor->at));
    cursor->at = cursor->end;
    return true;
}

bool tree_previous_run(const struct pages *pages, struct tree_cursor *cursor, struct bytes *run) {
    if (cursor->at == cursor->begin && !previous_leaf(pages, cursor)) return false;
    *run = bytes_of(cursor->begin, (size_t)(cursor->at - cursor->begin));
    cursor->at = cursor->begin;
    return true;
}

void tree_seek(const struct tree *tree, const struct pages *pages, u64 position,
               struct tree_cursor *cursor, struct element *element) {
    tree_place(tree, pages, position, cursor);
    run_decode_inline(cursor->at, element);
    cursor->at += element->encoded;
}

struct bytes tree_single_run(const struct tree *tree, const struct pages *pages, u32 *count) {
    *count = 0;
    if (tree->height != 1) return bytes_of(NULL, 0);
    struct tree_node *leaf = tree_node(pages, tree->root);
    *count = leaf->count;
    return bytes_of(tree_content(leaf), tree_bytes(leaf));
}
