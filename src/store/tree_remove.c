/* tree_remove.c: removal of a range from the counted tree. */
#include "run_internal.h"
#include "tree_internal.h"

struct removal {
    struct tree *tree;
    struct pages *pages;
    tree_freed *freed;
    void *context;
};

/* Shows the long elements of a piece of a run. */
static void show_long(const struct removal *removal, const u8 *run, u32 len) {
    for (u32 at = 0; at < len;) {
        if (run[at] == RUN_TAG_LONG) {
            struct element element;
            run_decode_inline(run + at, &element);
            removal->freed(removal->context, &element);
        }
        at += run_length_inline(run + at);
    }
}

static void drop_leaf(const struct removal *removal, u32 page) {
    struct tree_node *leaf = tree_node(removal->pages, page);
    if (leaf->chains > 0) show_long(removal, tree_content(leaf), tree_bytes(leaf));
    pages_put(removal->pages, &page);
}

/* Frees a whole subtree. Each inner node gives up its children from the last to the first, so that
 * the nodes themselves remember how far the walk has come. */
static void drop_subtree(const struct removal *removal, u32 page) {
    u32 stack[TREE_HEIGHT_MAX];
    u32 depth = 0;
    if (tree_node(removal->pages, page)->level == 0) {
        drop_leaf(removal, page);
        return;
    }
    stack[depth++] = page;
    while (depth > 0) {
        struct tree_node *node = tree_node(removal->pages, stack[depth - 1]);
        if (node->count == 0) {
            pages_put(removal->pages, &stack[--depth]);
            continue;
        }
        u32 child = tree_pairs(node)[--node->count].child;
        if (node->level == 1) {
            drop_leaf(removal, child);
        } else {
            stack[depth++] = child;
        }
    }
}

static void subtract(const struct removal *removal, const struct tree_path *path, u32 levels,
                     u32 removed) {
    for (u32 level = 0; level < levels; level++)
        tree_path_pair(removal->pages, path, level)->count -= removed;
    removal->tree->count -= removed;
}

/* Drops the child at the end of the path, which is inner node path->page[level], and those behind
 * it that are within the next `n` elements too. Not all children: the node itself would have been
 * dropped then. */
static u64 remove_children(const struct removal *removal, const struct tree_path *path, u32 level,
                           u64 n) {
    struct tree_node *node = tree_path_node(removal->pages, path, level);
    const struct tree_pair *pairs = tree_pairs(node);
    u32 first = path->index[level], end = first;
    u32 removed = 0;
    while (end < node->count && pairs[end].count <= n - removed) {
        removed += pairs[end].count;
        drop_subtree(removal, pairs[end].child);
        end++;
    }
    kv_assert(end > first && end - first < node->count);
    tree_pair_remove(node, first, end - first);
    subtract(removal, path, level, removed);
    tree_repair(removal->tree, removal->pages, path, level, true);
    return removed;
}

/* Removes up to `n` elements from one leaf, but not all it has. */
static u64 remove_elements(const struct removal *removal, const struct tree_path *path, u32 page,
                           u32 index, u64 n) {
    struct tree_node *leaf = tree_node(removal->pages, page);
    u8 *content = tree_content(leaf);
    u32 bytes = tree_bytes(leaf);
    u32 removed = (u32)u64_min(n, leaf->count - index);
    kv_assert(leaf->level == 0 && removed > 0 && removed < leaf->count);
    u32 from = run_offset(content, bytes, leaf->count, index);
    u32 len = run_offset(content, bytes, leaf->count, index + removed) - from;
    if (leaf->chains > 0) {
        u32 chains = tree_count_chains(content + from, len);
        if (chains > 0) show_long(removal, content + from, len);
        leaf->chains = (u16)(leaf->chains - chains);
    }
    tree_node_close(leaf, from, len);
    leaf->count = (u16)(leaf->count - removed);
    subtract(removal, path, path->depth, removed);
    if (path->depth > 0) tree_repair(removal->tree, removal->pages, path, path->depth - 1, false);
    return removed;
}

/* One group of the range: the largest children that lie within it, side by side in one node, or the
 * part of a leaf. A range is at most two parts of leaves and two groups on each level, so O(log n)
 * such steps remove it, and each leaves a whole tree behind. */
static u64 remove_group(const struct removal *removal, u64 position, u64 n) {
    struct tree *tree = removal->tree;
    struct tree_path path = {.depth = tree->height - 1};
    u32 page = tree->root;
    u64 total = tree->count;
    for (u32 level = 0; level < path.depth; level++) {
        struct tree_node *node = tree_node(removal->pages, page);
        const struct tree_pair *pairs = tree_pairs(node);
        u32 index = tree_find_child(pairs, node->count, total, &position);
        path.page[level] = page;
        path.index[level] = index;
        if (position == 0 && pairs[index].count <= n)
            return remove_children(removal, &path, level, n);
        page = pairs[index].child;
        total = pairs[index].count;
    }
    return remove_elements(removal, &path, page, (u32)position, n);
}

void tree_remove(struct tree *tree, struct pages *pages, u64 position, u64 n, tree_freed *freed,
                 void *context) {
    struct removal removal = {.tree = tree, .pages = pages, .freed = freed, .context = context};
    kv_assert(position <= tree->count && n <= tree->count - position);
    while (n > 0) {
        if (n == tree->count) {
            drop_subtree(&removal, tree->root);
            *tree = (struct tree){.root = PAGE_NONE};
            return;
        }
        n -= remove_group(&removal, position, n);
    }
}
