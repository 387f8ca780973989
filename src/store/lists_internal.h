/* lists_internal.h: what the files of the list type share: the payload of a list's item, and
 * elements that are encoded already, on their way from one list to another.
 */
#ifndef KV_STORE_LISTS_INTERNAL_H
#define KV_STORE_LISTS_INTERNAL_H

#include "kv/lists.h"

/* Where store->scratch holds what: the payload that is being written, and from here on the one that
 * was there, when its item is split. */
#define LIST_SCRATCH_OLD (2 * PAGE_BYTES)
/* The longest payload of a run: with a hole it is as long as head and payload were together before
 * something was removed, less the head, which may have lost its expiry field since. */
#define LIST_PAYLOAD_MAX (LIST_RUN_MAX + ITEM_HEAD_MAX_EXTRA)
_Static_assert(LIST_PAYLOAD_MAX <= LIST_SCRATCH_OLD, "a new payload fits before the old one");
_Static_assert(ITEM_HEAD_MAX + LIST_PAYLOAD_MAX <= STORE_SCRATCH_BYTES - LIST_SCRATCH_OLD,
               "an object whose payload is a run can be gathered");

/* -- the payload -- */

static inline bool list_is_tree(const struct item *item) {
    return item->encoding == ENCODING_TREE;
}
/* The elements of a run, without a hole; `out` holds STORE_SCRATCH_BYTES - LIST_SCRATCH_OLD. */
struct bytes list_read_run(const struct store *store, const struct item *item, u8 *out, u32 *count);
/* The same, with store->scratch's second half as `out`. */
static inline struct bytes list_read_own_run(const struct store *store, const struct item *item,
                                             u32 *count) {
    return list_read_run(store, item, store->scratch + LIST_SCRATCH_OLD, count);
}
void list_read_tree(const struct store *store, const struct item *item, struct tree *tree);
/* Writes over the payload of a tree byte for byte, so that it needs no room and nothing moves. */
void list_write_tree(struct store *store, const struct item *item, const struct tree *tree);
/* `payload` holds ITEM_TREE_BYTES. */
void list_encode_tree(const struct tree *tree, u8 *payload);
void list_decode_tree(const u8 *payload, struct tree *tree);

/* Writes a payload of `len` bytes, no longer than the present one, that lies in store->scratch.
 * Needs no room. */
void list_shrink_run(struct store *store, struct item *item, u32 len);
/* A tree of a single leaf that is small goes back into its item, if that takes no more than what is
 * free. True when it did; else the item still has the payload it had. */
bool list_become_run(struct store *store, struct item *item, struct tree *tree);

/* -- elements -- */

/* For tree_remove: frees a long element's chain, the context being the store; and leaves it to who
 * has got the element. */
void list_free_element(void *context, const struct element *element);
void list_leave_element(void *context, const struct element *element);

void list_probe_init(struct list_probe *probe, const struct pages *pages, struct bytes value);
/* For run_filter: whether the element at `at`, of `len` bytes, equals the probe's value. */
bool list_probe_matches(const void *probe, const u8 *at, u32 len);

/* Removes `n` elements from `position` on, but not all there are, showing the long ones to `freed`
 * with the store as its context. Needs no room. */
void list_cut(struct store *store, struct item *item, u64 position, u64 n, tree_freed *freed);
/* Pushes an element that is encoded, its chain being this list's from now on: as list_push. */
enum store_result list_push_encoded(struct store *store, const struct list_place *place,
                                    struct item *item, enum list_end end, struct bytes encoded);

#endif
