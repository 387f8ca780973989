/* tree_copy.c: a tree counted and copied as it is, node by node: the copy is no larger than what
 * the budget counts on for the original.
 */
#include "run_internal.h"
#include "tree_internal.h"

/* -- counting -- */

static u64 leaf_chain_pages(struct tree_node *leaf) {
    return leaf->chains == 0 ? 0 : run_chain_pages(tree_content(leaf), tree_bytes(leaf));
}

u64 tree_count_pages(const struct tree *tree, const struct pages *pages) {
    if (tree->height == 0) return 0;
    struct tree_path path = {.page = {tree->root}};
    struct tree_node *root = tree_node(pages, tree->root);
    u64 count = 1;
    if (root->level == 0) return count + leaf_chain_pages(root);
    /* Depth first: path.depth is the level that the walk is at, index the child that is next. */
    for (;;) {
        struct tree_node *node = tree_node(pages, path.page[path.depth]);
        if (path.index[path.depth] == node->count) {
            if (path.depth == 0) return count;
            path.depth--;
            continue;
        }
        u32 child = tree_pairs(node)[path.index[path.depth]++].child;
        count++;
        if (node->level == 1) {
            count += leaf_chain_pages(tree_node(pages, child));
            continue;
        }
        path.depth++;
        kv_assert(path.depth < TREE_HEIGHT_MAX);
        path.page[path.depth] = child;
        path.index[path.depth] = 0;
    }
}

/* -- copying -- */

/* An inner node's copy still refers to the children of the original. */
static u32 copy_node(struct pages *pages, u32 from) {
    u32 to = tree_node_new(pages, 0, false);
    struct tree_node *node = tree_node(pages, to);
    memcpy(node, tree_node(pages, from), PAGE_BYTES);
    if (node->level == 0 && node->chains > 0)
        run_copy_chains(pages, tree_content(node), tree_bytes(node));
    return to;
}

u32 tree_copy(const struct tree *tree, struct pages *pages) {
    if (tree->height == 0) return PAGE_NONE;
    struct tree_path path = {.page = {copy_node(pages, tree->root)}};
    /* Depth first over the copy: each child of the original is replaced by its copy in turn. */
    for (;;) {
        struct tree_node *node = tree_node(pages, path.page[path.depth]);
        if (node->level == 0 || path.index[path.depth] == node->count) {
            if (path.depth == 0) return path.page[0];
            path.depth--;
            continue;
        }
        struct tree_pair *pair = &tree_pairs(node)[path.index[path.depth]++];
        pair->child = copy_node(pages, pair->child);
        path.depth++;
        kv_assert(path.depth < TREE_HEIGHT_MAX);
        path.page[path.depth] = pair->child;
        path.index[path.depth] = 0;
    }
}
