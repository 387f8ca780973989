/* tree_insert.c: insertion into the counted tree, and building one from a run. */
#include "run_internal.h"
#include "tree_internal.h"

/* An element on its way into the tree. */
struct arrival {
    const u8 *encoded;
    u32 len;
};

/* Where a node is divided: so many bytes, which are so many entries, stay on the left. */
struct cut {
    u32 at;
    u32 count;
};

static void put_element(struct tree_node *leaf, u32 at, struct arrival arrival) {
    u8 *gap = tree_node_open(leaf, at, arrival.len);
    memcpy(gap, arrival.encoded, arrival.len);
    leaf->count++;
    if (gap[0] == RUN_TAG_LONG) leaf->chains++;
}

/* Goes down to the leaf where the new element is going to be, and returns the leaf's page; *at
 * becomes its place within the leaf. Between two leaves the left one is taken. */
static u32 descend(const struct tree *tree, const struct pages *pages, u64 *at,
                   struct tree_path *path) {
    u32 page = tree->root;
    u64 total = tree->count;
    bool at_head = *at == 0, at_tail = *at == total;
    path->depth = tree->height - 1;
    for (u32 level = 0; level < path->depth; level++) {
        struct tree_node *node = tree_node(pages, page);
        const struct tree_pair *pairs = tree_pairs(node);
        u32 index = 0;
        if (at_tail) {
            index = node->count - 1u;
            *at = pairs[index].count;
        } else if (!at_head) {
            u64 before = *at - 1;
            index = tree_find_child(pairs, node->count, total, &before);
            *at = before + 1;
        }
        path->page[level] = page;
        path->index[level] = index;
        page = pairs[index].child;
        total = pairs[index].count;
    }
    return page;
}

/* The boundary between elements that is nearest to the middle. */
static struct cut cut_leaf(struct tree_node *leaf) {
    const u8 *content = tree_content(leaf);
    u32 half = tree_bytes(leaf) / 2;
    struct cut cut = {0};
    for (;;) {
        u32 len = run_length_inline(content + cut.at);
        if (cut.at + len / 2 > half) return cut;
        cut.at += len;
        cut.count++;
    }
}

/* Puts a pair behind, or at the head before, an inner node that is full and the last, or the first,
 * of its level: into a new node, so that the full one stays full. */
static struct tree_pair open_inner(struct pages *pages, u32 level, struct tree_pair pair,
                                   bool at_head) {
    u32 page = tree_node_new(pages, level, at_head);
    tree_pair_insert(tree_node(pages, page), 0, pair);
    return (struct tree_pair){.child = page, .count = pair.count};
}

/* Inner node path->page[level] is full and gets `pair` at `index` within it. When one half fits
 * to the neighbour on its side it moves there, which keeps the invariant and takes no page: true.
 */
static bool shift_inner(struct tree *tree, struct pages *pages, const struct tree_path *path,
                        u32 level, u32 index, struct tree_pair pair) {
    struct tree_node *node = tree_path_node(pages, path, level);
    if (level == 0) return false;
    struct tree_node *parent = tree_path_node(pages, path, level - 1);
    struct tree_pair *own = tree_path_pair(pages, path, level - 1);
    u32 own_index = path->index[level - 1];
    u32 half = node->count / 2u;
    bool goes_left = index <= half;
    u32 left_bytes = (half + goes_left) * TREE_PAIR_BYTES;
    u32 right_bytes = (node->count - half + !goes_left) * TREE_PAIR_BYTES;
    struct tree_node *to;
    u32 seam;
    if (own_index > 0 &&
        tree_bytes(to = tree_node(pages, own[-1].child)) + left_bytes <= TREE_MERGE_BYTES) {
        u32 moved = tree_pairs_sum(tree_pairs(node), half) + (goes_left ? pair.count : 0);
        seam = to->count;
        tree_move_head(node, half * TREE_PAIR_BYTES, half, to);
        tree_pair_insert(goes_left ? to : node, goes_left ? seam + index : index - half, pair);
        own[-1].count += moved;
        own->count -= moved;
    } else if (own_index + 1 < parent->count &&
               tree_bytes(to = tree_node(pages, own[1].child)) + right_bytes <= TREE_MERGE_BYTES) {
        u32 count = node->count - half;
        u32 moved = tree_pairs_sum(tree_pairs(node) + half, count) + (goes_left ? 0 : pair.count);
        tree_move_tail(node, count * TREE_PAIR_BYTES, count, to);
        tree_pair_insert(goes_left ? node : to, goes_left ? index : index - half, pair);
        seam = count + !goes_left;
        own[1].count += moved;
        own->count -= moved;
    } else {
        return false;
    }
    tree_join(pages, to, seam);
    tree_repair(tree, pages, path, level - 1, false);
    return true;
}

/* Halves a full inner node, putting `pair` where it belongs. Returns the new right node. */
static struct tree_pair split_inner(struct pages *pages, struct tree_node *node, u32 index,
                                    struct tree_pair pair) {
    u32 half = node->count / 2u, moved = node->count - half;
    u32 page = tree_node_new(pages, node->level, false);
    struct tree_node *right = tree_node(pages, page);
    tree_move_tail(node, moved * TREE_PAIR_BYTES, moved, right);
    if (index <= half) {
        tree_pair_insert(node, index, pair);
    } else {
        tree_pair_insert(right, index - half, pair);
    }
    return (struct tree_pair){.child = page,
                              .count = tree_pairs_sum(tree_pairs(right), right->count)};
}

static void new_root(struct tree *tree, struct pages *pages, struct tree_pair left,
                     struct tree_pair right, bool room_at_front) {
    kv_assert(tree->height < TREE_HEIGHT_MAX);
    u32 page = tree_node_new(pages, tree->height, room_at_front);
    struct tree_node *root = tree_node(pages, page);
    tree_pair_insert(root, 0, left);
    tree_pair_insert(root, 1, right);
    tree->root = page;
    tree->height++;
}

/* Adds a node to the tree: `pair`, which belongs behind child path->index[level] of inner node
 * path->page[level], or before it when the element went to the tree's head. Counts on the path are
 * right for child and pair together, and are divided here. */
static void add_node(struct tree *tree, struct pages *pages, const struct tree_path *path,
                     struct tree_pair pair, bool at_head, bool at_tail) {
    for (u32 level = path->depth; level-- > 0;) {
        struct tree_node *node = tree_path_node(pages, path, level);
        u32 index = path->index[level] + !at_head;
        if (node->count < TREE_FANOUT) {
            tree_path_pair(pages, path, level)->count -= pair.count;
            tree_pair_insert(node, index, pair);
            return;
        }
        tree_path_pair(pages, path, level)->count -= pair.count;
        if (at_head || at_tail) {
            pair = open_inner(pages, node->level, pair, at_head);
            continue;
        }
        if (shift_inner(tree, pages, path, level, index, pair)) return;
        pair = split_inner(pages, node, index, pair);
    }
    struct tree_pair old = {.child = tree->root, .count = (u32)tree->count - pair.count};
    new_root(tree, pages, at_head ? pair : old, at_head ? old : pair, at_head);
}

/* The leaf of the path is full. When one half fits to the neighbour on its side it moves there, as
 * in shift_inner. */
static bool shift_leaf(struct tree *tree, struct pages *pages, const struct tree_path *path,
                       struct cut cut, u32 at, struct arrival arrival) {
    if (path->depth == 0) return false;
    u32 level = path->depth - 1;
    struct tree_node *parent = tree_path_node(pages, path, level);
    struct tree_pair *own = tree_path_pair(pages, path, level);
    u32 index = path->index[level];
    struct tree_node *leaf = tree_node(pages, own->child), *to;
    bool goes_left = at <= cut.at;
    u32 right_len = tree_bytes(leaf) - cut.at, right_count = leaf->count - cut.count;
    u32 moved;
    if (index > 0 &&
        tree_bytes(to = tree_node(pages, own[-1].child)) + cut.at + (goes_left ? arrival.len : 0) <=
            TREE_MERGE_BYTES) {
        u32 seam = tree_bytes(to);
        tree_move_head(leaf, cut.at, cut.count, to);
        put_element(goes_left ? to : leaf, goes_left ? seam + at : at - cut.at, arrival);
        moved = cut.count + goes_left;
        own[-1].count += moved;
    } else if (index + 1 < parent->count && tree_bytes(to = tree_node(pages, own[1].child)) +
                                                    right_len + (goes_left ? 0 : arrival.len) <=
                                                TREE_MERGE_BYTES) {
        tree_move_tail(leaf, right_len, right_count, to);
        put_element(goes_left ? leaf : to, goes_left ? at : at - cut.at, arrival);
        moved = right_count + !goes_left;
        own[1].count += moved;
    } else {
        return false;
    }
    own->count -= moved;
    tree_repair(tree, pages, path, level, false);
    return true;
}

/* Halves a full leaf and puts the element where it belongs. Returns the new right leaf. The halves
 * differ by at most one element, RUN_ELEMENT_MAX, so that another one fits into either; and
 * together they stay above TREE_MERGE_BYTES. */
static struct tree_pair split_leaf(struct pages *pages, struct tree_node *leaf, struct cut cut,
                                   u32 at, struct arrival arrival) {
    u32 page = tree_node_new(pages, 0, false);
    struct tree_node *right = tree_node(pages, page);
    tree_move_tail(leaf, tree_bytes(leaf) - cut.at, leaf->count - cut.count, right);
    if (at <= cut.at) {
        put_element(leaf, at, arrival);
    } else {
        put_element(right, at - cut.at, arrival);
    }
    return (struct tree_pair){.child = page, .count = right->count};
}
_Static_assert(TREE_LEAF_BYTES / 2 + RUN_ELEMENT_MAX / 2 + 1 + RUN_ELEMENT_MAX <= TREE_LEAF_BYTES,
               "an element fits into either half of a full leaf");

static void overflow(struct tree *tree, struct pages *pages, const struct tree_path *path,
                     struct tree_node *leaf, u32 index, u64 position, struct arrival arrival) {
    bool at_head = position == 0, at_tail = position + 1 == tree->count;
    struct tree_pair pair;
    if (at_head || at_tail) {
        pair = (struct tree_pair){.child = tree_node_new(pages, 0, at_head), .count = 1};
        put_element(tree_node(pages, pair.child), 0, arrival);
    } else {
        u32 at = run_offset(tree_content(leaf), tree_bytes(leaf), leaf->count, index);
        struct cut cut = cut_leaf(leaf);
        if (shift_leaf(tree, pages, path, cut, at, arrival)) return;
        pair = split_leaf(pages, leaf, cut, at, arrival);
    }
    add_node(tree, pages, path, pair, at_head, at_tail);
}

/* A node is divided on each level from the leaf up to where there is room; and if there is none, a
 * root comes on top.
 *
 * Taking out the element at the position first makes none of the nodes on this way fuller, as it
 * leads to the leaf of the element before. Either they are as they were, or they have merged with
 * neighbours, or the first leaf of the tree has gone with what was only there for it. A merge frees
 * a page, and leaves a node that is no more than three quarters full, or, if it is a leaf, whose
 * parent has lost a child. What goes with the first leaf is as many pages as the way to a new one
 * takes. So no more pages are taken than are counted here or have been freed. */
u32 tree_insert_pages(const struct tree *tree, const struct pages *pages, u64 position, u32 len) {
    if (tree->height == 0) return 1;
    struct tree_path path;
    struct tree_node *leaf = tree_node(pages, descend(tree, pages, &position, &path));
    if (tree_bytes(leaf) + len <= TREE_LEAF_BYTES) return 0;
    u32 level = path.depth, total = 1;
    while (level > 0 && tree_path_node(pages, &path, level - 1)->count == TREE_FANOUT) {
        level--;
        total++;
    }
    return level == 0 ? total + 1 : total;
}

void tree_insert(struct tree *tree, struct pages *pages, u64 position, const u8 *encoded, u32 len) {
    struct arrival arrival = {.encoded = encoded, .len = len};
    kv_assert(position <= tree->count && tree->count < TREE_ELEMENTS_MAX);
    kv_assert(len > 0 && len <= RUN_ELEMENT_MAX);
    if (tree->height == 0) {
        tree->root = tree_node_new(pages, 0, false);
        tree->height = 1;
    }
    struct tree_path path;
    u64 within = position;
    struct tree_node *leaf = tree_node(pages, descend(tree, pages, &within, &path));
    kv_assert(leaf->level == 0 && within <= leaf->count);
    for (u32 level = 0; level < path.depth; level++)
        tree_path_pair(pages, &path, level)->count++;
    tree->count++;
    u32 bytes = tree_bytes(leaf);
    if (bytes + len > TREE_LEAF_BYTES) {
        overflow(tree, pages, &path, leaf, (u32)within, position, arrival);
        return;
    }
    u32 at = run_offset(tree_content(leaf), bytes, leaf->count, (u32)within);
    put_element(leaf, at, arrival);
}

void tree_build(struct tree *tree, struct pages *pages, const u8 *run, u32 len, u32 count) {
    *tree = (struct tree){.root = PAGE_NONE};
    if (len <= TREE_LEAF_BYTES && count > 0) {
        tree->root = tree_node_new(pages, 0, false);
        tree->height = 1;
        tree->count = count;
        struct tree_node *leaf = tree_node(pages, tree->root);
        memcpy(tree_node_open(leaf, 0, len), run, len);
        leaf->count = (u16)count;
        leaf->chains = (u16)tree_count_chains(run, len);
        return;
    }
    for (u32 at = 0; at < len;) {
        u32 next = run_length_at(run + at);
        tree_insert(tree, pages, tree->count, run + at, next);
        at += next;
    }
    kv_assert(tree->count == count);
}
