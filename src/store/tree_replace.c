/* tree_replace.c: another element in the place of one that is there. */
#include "run_internal.h"
#include "tree_internal.h"

/* An element that is there. */
struct place {
    struct tree_path path;
    struct tree_node *leaf;
    u32 at;  /* within the leaf */
    u32 len; /* encoded */
};

static void find(const struct tree *tree, const struct pages *pages, u64 position,
                 struct place *place) {
    place->leaf = tree_node(pages, tree_find_leaf(tree, pages, &position, &place->path));
    const u8 *content = tree_content(place->leaf);
    u32 bytes = tree_bytes(place->leaf);
    place->at = run_offset(content, bytes, place->leaf->count, (u32)position);
    place->len = run_length_inline(content + place->at);
}

static bool fits(const struct place *place, u32 len) {
    return tree_bytes(place->leaf) - place->len + len <= TREE_LEAF_BYTES;
}

bool tree_replace_fits(const struct tree *tree, const struct pages *pages, u64 position, u32 len) {
    struct place place;
    find(tree, pages, position, &place);
    return fits(&place, len);
}

void tree_replace(struct tree *tree, struct pages *pages, u64 position, const u8 *encoded,
                  u32 len) {
    struct place place;
    find(tree, pages, position, &place);
    kv_assert(fits(&place, len));
    struct tree_node *leaf = place.leaf;
    u8 *at = tree_content(leaf) + place.at;
    leaf->chains = (u16)(leaf->chains - (at[0] == RUN_TAG_LONG) + (encoded[0] == RUN_TAG_LONG));
    if (len > place.len) at = tree_node_open(leaf, place.at, len - place.len);
    if (len < place.len) tree_node_close(leaf, place.at, place.len - len);
    memcpy(tree_content(leaf) + place.at, encoded, len);
    u32 depth = place.path.depth;
    if (len < place.len && depth > 0) tree_repair(tree, pages, &place.path, depth - 1, false);
}
