/* lists_worst.c: the most that one list can take within the limits, whatever its history.
 *
 * An element of length n takes p(n) whole pages of its own and b(n) bytes in its run or leaf
 * (run_encoded_bound; integers take less). With V = val-size-max, q = V / 4096 and r = V % 4096
 * two kinds of elements are enough to find the worst list:
 *   long:   n = V. p is the largest there is, and no element with this p has a larger b: the tail
 *           grows with n when r <= RUN_INLINE_MAX, and else they all keep no tail.
 *   inline: n = the largest up to V with n % 4096 = RUN_INLINE_MAX, or V when that is smaller. Its
 *           p is at most one below the largest (q beside q + 1 when r > RUN_INLINE_MAX, q - 1
 *           beside q when r is smaller), so no element with less than the largest p has a larger p;
 *           nor a larger b, as its tail is the largest and, beside a chain, costs the most.
 * Exchanging any other element for one of the two makes neither p nor b smaller. So of m elements y
 * are inline and m - y are long, and as tree_pages_bound grows with the bytes, the most pages are
 *   T(y) = (m - y) p(long) + y p(inline) + tree_pages_bound((m - y) b(long) + y b(inline), m)
 * for the worst y. Where the two kinds are not the same, each step of y takes a page of a chain
 * away and adds at most RUN_ELEMENT_MAX bytes to the leaves, less than 0.7 pages of tree on
 * average. tree_pages_bound follows a line of that slope with a width of less than 16 pages (the
 * rounding to leaves, and to one node on each inner level). So T(y) < T(0) + 16 - 0.3 y, and y
 * beyond 54 is never the worst.
 */
#include "kv/lists.h"

#define INLINE_ELEMENTS_MAX 64u
_Static_assert(RUN_ELEMENT_MAX * 2 * 10 < 7 * TREE_MERGE_BYTES, "0.7 pages of tree at most");

/* Bytes in a run that an element with a chain takes at least. */
#define CHAINED_BYTES_MIN 10u

struct element_kind {
    u64 pages;
    u64 bytes;
};

static struct element_kind kind_of(u64 len) {
    u32 pages;
    u32 bytes = run_encoded_bound(len, &pages);
    return (struct element_kind){.pages = pages, .bytes = bytes};
}

/* The largest length up to `most` whose tail is RUN_INLINE_MAX. */
static u64 inline_length(u64 most) {
    if (most <= RUN_INLINE_MAX) return most;
    return (most - RUN_INLINE_MAX) / PAGE_BYTES * PAGE_BYTES + RUN_INLINE_MAX;
}

/* Bytes in a run or leaf that one element takes at most. */
static u64 encoded_max(u64 val_size_max) {
    return u64_max(kind_of(val_size_max).bytes, kind_of(inline_length(val_size_max)).bytes);
}

static u64 tree_pages(u64 elements, struct element_kind longest, struct element_kind inlined) {
    u64 worst = 0;
    for (u64 y = 0; y <= u64_min(elements, INLINE_ELEMENTS_MAX); y++) {
        u64 bytes = (elements - y) * longest.bytes + y * inlined.bytes;
        u64 chains = (elements - y) * longest.pages + y * inlined.pages;
        worst = u64_max(worst, chains + tree_pages_bound(bytes, elements));
    }
    return worst;
}

void list_worst_shapes(u64 list_length_max, u64 val_size_max,
                       struct list_shape shapes[LIST_SHAPES]) {
    struct element_kind longest = kind_of(val_size_max);
    struct element_kind inlined = kind_of(inline_length(val_size_max));
    u64 bytes_max = list_length_max * encoded_max(val_size_max);
    struct list_shape *run = &shapes[LIST_SHAPE_RUN], *tree = &shapes[LIST_SHAPE_TREE];

    /* Each element with a chain takes some bytes of the run, so there cannot be many. */
    u64 chained_max = (LIST_RUN_MAX - ITEM_RUN_HEADER) / CHAINED_BYTES_MIN;
    run->pages = u64_min(list_length_max, chained_max) * longest.pages;
    run->payload_bytes = u64_min(ITEM_RUN_HEADER + bytes_max, LIST_RUN_MAX);
    *tree = (struct list_shape){0};
    if (ITEM_RUN_HEADER + bytes_max <= LIST_RUN_MAX) return;
    tree->pages = tree_pages(list_length_max, longest, inlined);
    tree->payload_bytes = ITEM_TREE_BYTES;
}

void list_worst_case(u64 list_length_max, u64 val_size_max, u64 *pages, u64 *payload_bytes) {
    struct list_shape shapes[LIST_SHAPES];
    list_worst_shapes(list_length_max, val_size_max, shapes);
    const struct list_shape *run = &shapes[LIST_SHAPE_RUN], *tree = &shapes[LIST_SHAPE_TREE];
    *pages = u64_max(run->pages, tree->pages);
    *payload_bytes = u64_max(run->payload_bytes, tree->payload_bytes);
}

/* What an operation asks for before it changes anything, beside what the list has:
 * - Chains: as many pages as the new element's has more than the one that it takes the place of,
 *   whose pages are freed first; so no page that the list is not going to have.
 * - Nodes of the tree, by a push: exactly those that the list is going to have more.
 * - Nodes, by an element that is inserted, replaced, or moved from one end to the other: as if a
 *   node were divided on each level, and a root put above; merging neighbours, or taking the old
 *   element out, may save them all. So up to a tree's height and one.
 * - The item: the new one is written beside the old one.
 * An element that goes from one list to another is a push to the other; taking it out needs
 * nothing. */
void list_slack(u64 list_length_max, u64 val_size_max, u64 *pages, u64 *payload_bytes) {
    struct list_shape shapes[LIST_SHAPES];
    list_worst_shapes(list_length_max, val_size_max, shapes);
    *pages = 0;
    u64 ignored;
    list_worst_case(list_length_max, val_size_max, &ignored, payload_bytes);
    if (shapes[LIST_SHAPE_TREE].pages == 0) return;
    u64 bytes = list_length_max * encoded_max(val_size_max);
    *pages = tree_height_bound(bytes, list_length_max) + 1;
}
