/* tree_node.c: one node of the counted tree, and the merging of neighbours. */
#include "run_internal.h"
#include "tree_internal.h"

u32 tree_node_new(struct pages *pages, u32 level, bool room_at_front) {
    u32 page = pages_get(pages, PAGE_TREE);
    kv_assert(page != PAGE_NONE); /* the caller has reserved it */
    u16 edge = room_at_front ? PAGE_BYTES : TREE_NODE_HEADER;
    *tree_node(pages, page) = (struct tree_node){.begin = edge, .end = edge, .level = (u8)level};
    return page;
}

/* Moves a node's content so that what is free after a gap of `len` bytes at offset `at` is divided
 * between both ends: whichever end grows next, the moves halve what is left of the room, so filling
 * a node costs O(log) of them. */
static void spread(struct tree_node *node, u32 at, u32 len) {
    u8 *page = (u8 *)node;
    u32 bytes = tree_bytes(node);
    u32 front = (TREE_LEAF_BYTES - bytes - len) / 2 / TREE_PAIR_BYTES * TREE_PAIR_BYTES;
    u32 begin = TREE_NODE_HEADER + front;
    u32 head_from = node->begin, tail_from = node->begin + at;
    u32 tail_to = begin + at + len;
    /* Moving the tail must not overwrite a head that has not moved yet, nor the other way round. */
    if (tail_to > tail_from) {
        memmove(page + tail_to, page + tail_from, bytes - at);
        memmove(page + begin, page + head_from, at);
    } else {
        memmove(page + begin, page + head_from, at);
        memmove(page + tail_to, page + tail_from, bytes - at);
    }
    node->begin = (u16)begin;
    node->end = (u16)(begin + bytes + len);
}

u8 *tree_node_open(struct tree_node *node, u32 at, u32 len) {
    u32 bytes = tree_bytes(node);
    u32 room_front = node->begin - TREE_NODE_HEADER, room_back = PAGE_BYTES - node->end;
    kv_assert(at <= bytes && len <= room_front + room_back);
    u32 after = bytes - at;
    bool front = at < after || (at == after && room_front > room_back);
    if (front && room_front >= len) {
        u8 *content = tree_content(node);
        memmove(content - len, content, at);
        node->begin = (u16)(node->begin - len);
    } else if (!front && room_back >= len) {
        u8 *gap = tree_content(node) + at;
        memmove(gap + len, gap, after);
        node->end = (u16)(node->end + len);
    } else {
        spread(node, at, len);
    }
    return tree_content(node) + at;
}

void tree_node_close(struct tree_node *node, u32 at, u32 len) {
    u32 bytes = tree_bytes(node);
    kv_assert(at <= bytes && len <= bytes - at);
    u8 *content = tree_content(node);
    u32 after = bytes - at - len;
    if (at < after) {
        memmove(content + len, content, at);
        node->begin = (u16)(node->begin + len);
    } else {
        memmove(content + at, content + at + len, after);
        node->end = (u16)(node->end - len);
    }
}

u32 tree_count_chains(const u8 *run, u32 len) {
    u32 chains = 0;
    for (u32 at = 0; at < len; at += run_length_inline(run + at))
        chains += run[at] == RUN_TAG_LONG;
    return chains;
}

/* Long elements among `len` bytes of a node's content, of which all of it has node->chains. */
static u32 chains_within(struct tree_node *node, u32 at, u32 len) {
    if (node->level > 0 || node->chains == 0) return 0;
    if (len == tree_bytes(node)) return node->chains;
    return tree_count_chains(tree_content(node) + at, len);
}

static void move_entries(struct tree_node *from, u32 from_at, u32 len, u32 count,
                         struct tree_node *to, u32 to_at) {
    u32 chains = chains_within(from, from_at, len);
    u8 *gap = tree_node_open(to, to_at, len);
    memcpy(gap, tree_content(from) + from_at, len);
    tree_node_close(from, from_at, len);
    to->count = (u16)(to->count + count);
    to->chains = (u16)(to->chains + chains);
    from->count = (u16)(from->count - count);
    from->chains = (u16)(from->chains - chains);
}

void tree_move_head(struct tree_node *from, u32 len, u32 count, struct tree_node *to) {
    move_entries(from, 0, len, count, to, tree_bytes(to));
}

void tree_move_tail(struct tree_node *from, u32 len, u32 count, struct tree_node *to) {
    move_entries(from, tree_bytes(from) - len, len, count, to, 0);
}

void tree_pair_insert(struct tree_node *node, u32 index, struct tree_pair pair) {
    u8 *gap = tree_node_open(node, index * TREE_PAIR_BYTES, TREE_PAIR_BYTES);
    memcpy(gap, &pair, sizeof(pair));
    node->count++;
}

void tree_pair_remove(struct tree_node *node, u32 index, u32 n) {
    tree_node_close(node, index * TREE_PAIR_BYTES, n * TREE_PAIR_BYTES);
    node->count = (u16)(node->count - n);
}

u32 tree_pairs_sum(const struct tree_pair *pairs, u32 count) {
    u32 sum = 0;
    for (u32 i = 0; i < count; i++)
        sum += pairs[i].count;
    return sum;
}

static u32 find_from_front(const struct tree_pair *pairs, u64 *at) {
    u64 rest = *at;
    u32 i = 0;
    while (rest >= pairs[i].count)
        rest -= pairs[i++].count;
    *at = rest;
    return i;
}

static u32 find_from_back(const struct tree_pair *pairs, u32 count, u64 from_end, u64 *at) {
    u32 i = count - 1;
    while (from_end > pairs[i].count)
        from_end -= pairs[i--].count;
    *at = pairs[i].count - from_end;
    return i;
}

u32 tree_find_child(const struct tree_pair *pairs, u32 count, u64 total, u64 *at) {
    kv_assert(*at < total && count > 0);
    if (*at <= total / 2) return find_from_front(pairs, at);
    return find_from_back(pairs, count, total - *at, at);
}

/* Whether two nodes are to be merged. The one that has changed comes first: when it alone is too
 * large the other is not even read. */
static bool fit_together(const struct pages *pages, u32 page, u32 other) {
    u32 bytes = tree_bytes(tree_node(pages, page));
    return bytes <= TREE_MERGE_BYTES &&
           bytes + tree_bytes(tree_node(pages, other)) <= TREE_MERGE_BYTES;
}

/* Merges the children index - 1 and index, moving the smaller one. Returns the place within the
 * merged node where what came from the right begins. */
static u32 merge(struct pages *pages, struct tree_node *parent, u32 index) {
    struct tree_pair *left = tree_pairs(parent) + index - 1, *right = left + 1;
    struct tree_node *left_node = tree_node(pages, left->child);
    struct tree_node *right_node = tree_node(pages, right->child);
    u32 seam = left_node->count;
    left->count += right->count;
    if (tree_bytes(left_node) >= tree_bytes(right_node)) {
        tree_move_head(right_node, tree_bytes(right_node), right_node->count, left_node);
    } else {
        tree_move_tail(left_node, tree_bytes(left_node), left_node->count, right_node);
        u32 emptied = left->child;
        left->child = right->child;
        right->child = emptied;
    }
    pages_put(pages, &right->child);
    tree_pair_remove(parent, index, 1);
    return seam;
}

void tree_join(struct pages *pages, struct tree_node *parent, u32 index) {
    /* A merged node is never smaller than either of the two was, although the join below it may
     * take a child from it: so its neighbours need no second look. */
    while (index > 0 && index < parent->count) {
        struct tree_pair *pair = tree_pairs(parent) + index;
        if (!fit_together(pages, pair[0].child, pair[-1].child)) return;
        u32 seam = merge(pages, parent, index);
        parent = tree_node(pages, tree_pairs(parent)[index - 1].child);
        if (parent->level == 0) return;
        index = seam;
    }
}

/* Merges the child `index` with its neighbours as long as they fit. */
static bool merge_around(struct pages *pages, struct tree_node *parent, u32 index) {
    u32 before = parent->count;
    if (index > 0 && index < parent->count) {
        tree_join(pages, parent, index);
        if (parent->count < before) index--;
    }
    while (index + 1 < parent->count) {
        struct tree_pair *pair = tree_pairs(parent) + index;
        if (!fit_together(pages, pair[0].child, pair[1].child)) break;
        tree_join(pages, parent, index + 1);
    }
    return parent->count < before;
}

static void collapse_root(struct tree *tree, struct pages *pages) {
    while (tree->height > 1) {
        struct tree_node *root = tree_node(pages, tree->root);
        if (root->count > 1) return;
        u32 child = tree_pairs(root)->child;
        pages_put(pages, &tree->root);
        tree->root = child;
        tree->height--;
    }
}

void tree_repair(struct tree *tree, struct pages *pages, const struct tree_path *path, u32 level,
                 bool lost) {
    for (;; level--) {
        struct tree_node *node = tree_path_node(pages, path, level);
        if (merge_around(pages, node, path->index[level])) lost = true;
        if (!lost || level == 0) break;
        lost = false;
    }
    collapse_root(tree, pages);
}
