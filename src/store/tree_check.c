/* tree_check.c: the invariants of the counted tree, for tests and debug builds. */
#include "tree_internal.h"

static void check_node(const struct pages *pages, u32 page, u32 level) {
    kv_assert(page != PAGE_NONE && page <= pages->count);
    kv_assert(pages->info[page].kind == PAGE_TREE);
    struct tree_node *node = tree_node(pages, page);
    kv_assert(node->level == level && node->count > 0);
    kv_assert(node->begin >= TREE_NODE_HEADER && node->begin < node->end);
    kv_assert(node->end <= PAGE_BYTES);
}

static void check_leaf(const struct pages *pages, struct tree_node *leaf) {
    u32 bytes = tree_bytes(leaf);
    run_check(pages, tree_content(leaf), bytes, leaf->count);
    kv_assert(leaf->chains == tree_count_chains(tree_content(leaf), bytes));
}

/* Pairs add up to `total`, and no two neighbours should have been merged. */
static void check_inner(const struct pages *pages, struct tree_node *node, u64 total) {
    const struct tree_pair *pairs = tree_pairs(node);
    u64 sum = 0;
    kv_assert(node->begin % TREE_PAIR_BYTES == 0);
    kv_assert(tree_bytes(node) == node->count * TREE_PAIR_BYTES && node->chains == 0);
    for (u32 i = 0; i < node->count; i++) {
        check_node(pages, pairs[i].child, node->level - 1u);
        sum += pairs[i].count;
        if (i == 0) continue;
        kv_assert(tree_bytes(tree_node(pages, pairs[i - 1].child)) +
                      tree_bytes(tree_node(pages, pairs[i].child)) >
                  TREE_MERGE_BYTES);
    }
    kv_assert(sum == total);
}

u64 tree_check(const struct tree *tree, const struct pages *pages) {
    struct tree_path path = {.depth = 0};
    u64 totals[TREE_HEIGHT_MAX + 1];
    u32 page = tree->root;
    u64 count = 1;
    if (page == PAGE_NONE) {
        kv_assert(tree->height == 0 && tree->count == 0);
        return 0;
    }
    kv_assert(tree->height >= 1 && tree->height <= TREE_HEIGHT_MAX);
    check_node(pages, page, tree->height - 1);
    kv_assert(tree->height == 1 || tree_node(pages, page)->count > 1);
    totals[0] = tree->count;
    for (;;) {
        struct tree_node *node = tree_node(pages, page);
        if (node->level > 0) {
            check_inner(pages, node, totals[path.depth]);
            path.page[path.depth] = page;
            path.index[path.depth] = 0;
            path.depth++;
        } else {
            check_leaf(pages, node);
            kv_assert(node->count == totals[path.depth]);
            while (path.depth > 0 && path.index[path.depth - 1] + 1 ==
                                         tree_path_node(pages, &path, path.depth - 1)->count)
                path.depth--;
            if (path.depth == 0) return count;
            path.index[path.depth - 1]++;
        }
        const struct tree_pair *pair = tree_path_pair(pages, &path, path.depth - 1);
        page = pair->child;
        totals[path.depth] = pair->count;
        count++;
    }
}
