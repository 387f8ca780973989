/* tree_filter.c: removal of the elements that have something in common, leaf by leaf. */
#include "run_internal.h"
#include "tree_internal.h"

struct sieve {
    struct tree *tree;
    struct pages *pages;
    const struct run_filter *filter;
    bool from_tail;
    u64 left; /* elements that may still be removed */
};

/* The part of a leaf that is looked at: what was kept already, of this leaf or of one that has
 * merged with it, lies before it, or behind it when the way is from the tail. */
struct part {
    struct tree_path path;
    struct tree_node *leaf;
    u32 at;
    u32 len;
    u32 count;
};

static void find_part(const struct sieve *sieve, u64 kept, struct part *part) {
    const struct tree *tree = sieve->tree;
    u64 position = sieve->from_tail ? tree->count - 1 - kept : kept;
    u32 page = tree_find_leaf(tree, sieve->pages, &position, &part->path);
    part->leaf = tree_node(sieve->pages, page);
    u32 bytes = tree_bytes(part->leaf), count = part->leaf->count;
    const u8 *content = tree_content(part->leaf);
    if (sieve->from_tail) {
        part->at = 0;
        part->count = (u32)position + 1;
        part->len = run_offset(content, bytes, count, part->count);
    } else {
        part->count = count - (u32)position;
        part->at = run_offset(content, bytes, count, (u32)position);
        part->len = bytes - part->at;
    }
}

/* Removes `take` of the part's matching elements after the first `skip`, but not all elements of
 * the leaf. */
static void drop(const struct sieve *sieve, struct part *part, u32 skip, u32 take) {
    struct tree_node *leaf = part->leaf;
    u8 *run = tree_content(leaf) + part->at;
    u32 kept = run_drop_matching(run, part->len, sieve->filter, skip, take);
    tree_node_close(leaf, part->at + kept, part->len - kept);
    leaf->count = (u16)(leaf->count - take);
    if (leaf->chains > 0)
        leaf->chains = (u16)tree_count_chains(tree_content(leaf), tree_bytes(leaf));
    u32 depth = part->path.depth;
    for (u32 level = 0; level < depth; level++)
        tree_path_pair(sieve->pages, &part->path, level)->count -= take;
    sieve->tree->count -= take;
    if (depth > 0) tree_repair(sieve->tree, sieve->pages, &part->path, depth - 1, false);
}

/* Looks through one part; returns how many of its elements are kept. */
static u64 sift_part(struct sieve *sieve, u64 kept) {
    struct tree *tree = sieve->tree;
    struct part part;
    find_part(sieve, kept, &part);
    const u8 *run = tree_content(part.leaf) + part.at;
    u32 matching = run_count_matching(run, part.len, sieve->filter);
    u32 take = (u32)u64_min(matching, sieve->left);
    if (take == 0) return part.count;
    sieve->left -= take;
    if (take == part.leaf->count) {
        /* All of it: no element of this leaf was kept before. */
        u64 first = sieve->from_tail ? tree->count - kept - take : kept;
        tree_remove(tree, sieve->pages, first, take, sieve->filter->dropped, sieve->filter->owner);
        return 0;
    }
    drop(sieve, &part, sieve->from_tail ? matching - take : 0, take);
    return part.count - take;
}

u64 tree_filter(struct tree *tree, struct pages *pages, const struct run_filter *filter,
                bool from_tail, u64 most) {
    struct sieve sieve = {
        .tree = tree, .pages = pages, .filter = filter, .from_tail = from_tail, .left = most};
    u64 kept = 0;
    while (kept < tree->count && sieve.left > 0)
        kept += sift_part(&sieve, kept);
    return most - sieve.left;
}
