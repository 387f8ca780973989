/* lists.h: the list type: a run inside the item while small, a counted tree when large.
 */
#ifndef KV_LISTS_H
#define KV_LISTS_H

#include "kv/strings.h"
#include "kv/tree.h"

/* A run longer than this becomes a tree; a tree of one leaf shorter than half becomes a run again
 * when room can be had. */
#define LIST_RUN_MAX 2048u

enum list_end { LIST_HEAD, LIST_TAIL };

u64 list_length(const struct store *store, const struct item *item);
/* Pushes `count` elements one after the other at an end, all or none. Creates the key when *item
 * has handle 0. STORE_TOO_LONG: list-length-max would be exceeded, or an element is over
 * val-size-max. */
enum store_result list_push(struct store *store, u32 database, struct bytes key, u64 hash,
                            struct item *item, enum list_end end, const struct bytes *elements,
                            u32 count);

/* Forward iteration from a position. Valid until the store changes. */
struct list_cursor {
    const struct store *store;
    bool is_tree;
    struct tree tree;
    struct tree_cursor place;
    struct bytes run; /* in place, or in `scratch` when the item is split */
    u32 offset;
    u64 left; /* elements from here to the end */
};
/* position < length. `scratch` holds STORE_SCRATCH_BYTES. */
void list_open(const struct store *store, const struct item *item, u64 position, u8 *scratch,
               struct list_cursor *cursor);
bool list_next(struct list_cursor *cursor, struct element *element);

/* Removes `count` elements (at most all) from an end; removes the key when none is left. Cannot
 * fail and needs no memory. The caller has read them before. */
void list_pop(struct store *store, struct item *item, enum list_end end, u64 count);

#endif
