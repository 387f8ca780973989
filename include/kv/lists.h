/* lists.h: the list type: a run inside the item while small, a counted tree when large.
 */
#ifndef KV_LISTS_H
#define KV_LISTS_H

#include "kv/strings.h"
#include "kv/tree.h"

/* A payload, its count included, longer than this becomes a tree; a tree of one leaf that would be
 * at most half of it becomes a run again when room can be had without moving anything else. */
#define LIST_RUN_MAX 2048u

enum list_end { LIST_HEAD, LIST_TAIL };

/* Where a list is, or is going to be. */
struct list_place {
    u32 database;
    struct bytes key;
    u64 hash;
};

/* -- what a list can take, for the plan of the store -- */

struct list_shape {
    u64 pages;         /* whole pages: tree nodes and the chains of long elements */
    u64 payload_bytes; /* inline payload of the item */
};
enum { LIST_SHAPE_RUN, LIST_SHAPE_TREE, LIST_SHAPES };
/* The most that one list within the limits can hold, after any history and with elements of any
 * sizes: as a run no more than the first shape, as a tree no more than the second (which is all 0
 * when no list can become a tree). Proof in lists_worst.c. */
void list_worst_shapes(u64 list_length_max, u64 val_size_max,
                       struct list_shape shapes[LIST_SHAPES]);
/* The most of each, whatever the shape. */
void list_worst_case(u64 list_length_max, u64 val_size_max, u64 *pages, u64 *payload_bytes);
/* What an operation on one list may need for a moment beside what the list takes before or after
 * it, whichever is more: see lists_worst.c. */
void list_slack(u64 list_length_max, u64 val_size_max, u64 *pages, u64 *payload_bytes);

/* -- operations -- */

u64 list_length(const struct store *store, const struct item *item);
/* Pushes `count` elements one after the other at an end, all or none. Creates the key when *item
 * has handle 0; *item is updated. STORE_TOO_LONG: list-length-max would be exceeded, or an element
 * is over val-size-max. STORE_FULL: *item is not valid any more, as other items may have moved.
 * `key` and the elements may not point into the store, nor into store->scratch. */
enum store_result list_push(struct store *store, u32 database, struct bytes key, u64 hash,
                            struct item *item, enum list_end end, const struct bytes *elements,
                            u32 count);

/* Puts an element in the place of the one at a position (position < length), and before it
 * (position <= length, the length meaning the end). Errors, *item and what may not point into the
 * store are as with list_push. */
enum store_result list_set(struct store *store, const struct list_place *place, struct item *item,
                           u64 position, struct bytes value);
enum store_result list_insert(struct store *store, const struct list_place *place,
                              struct item *item, u64 position, struct bytes value);

/* Iteration from a position, either way. Valid until the store changes. */
struct list_cursor {
    const struct pages *pages;
    struct tree_cursor place; /* a run is read as a tree of one leaf */
};
/* position < length. `scratch` holds STORE_SCRATCH_BYTES. */
void list_open(const struct store *store, const struct item *item, u64 position, u8 *scratch,
               struct list_cursor *cursor);
/* The next element; false after the last. */
static inline bool list_next(struct list_cursor *cursor, struct element *element) {
    return tree_next(cursor->pages, &cursor->place, element);
}
/* The element before the one that list_next would give; false before the first. */
static inline bool list_previous(struct list_cursor *cursor, struct element *element) {
    return tree_previous(cursor->pages, &cursor->place, element);
}

/* A value that elements are compared with; borrows it. */
struct list_probe {
    const struct pages *pages;
    struct bytes value;
    bool is_long;
    u32 len;                     /* of an element that is equal, encoded */
    u8 encoded[RUN_ELEMENT_MAX]; /* of a long one the beginning */
};

/* The places of a value, one after the other. Valid until the store changes. */
struct list_search {
    struct list_probe probe;
    struct tree_cursor place;
    const u8 *at; /* what is left of the present leaf: up to `end`, or down to it */
    const u8 *end;
    bool backwards;
    u64 position;
    u64 left;
};
/* Looks at no more than `most` elements (0: at all), from one end on. `scratch` as in list_open. */
void list_search_begin(const struct store *store, const struct item *item, struct bytes value,
                       enum list_end from, u64 most, u8 *scratch, struct list_search *search);
/* The next place, counted from the head whichever way the search goes; false after the last. */
bool list_search_next(struct list_search *search, u64 *position);

/* Takes the element from an end of a list and puts it at an end of another, which is created when
 * there is none, or of the same one. The source, which must exist, goes when it has no more. Long
 * elements are not copied. Items that were read before are invalid afterwards. STORE_FULL,
 * STORE_TOO_LONG: nothing has changed. Moving the last element to a new key takes no key more than
 * there are. Keys may not point into the store. */
enum store_result list_move(struct store *store, const struct list_place *from,
                            enum list_end from_end, const struct list_place *to,
                            enum list_end to_end);

/* Removes `count` elements (at most all) from an end; removes the key when none is left. Cannot
 * fail and needs no memory. The caller has read them before. Updates *item. */
void list_pop(struct store *store, struct item *item, enum list_end end, u64 count);
/* The same for all but `count` elements from `position` on, and for the elements that equal a
 * value, at most `most`, the first ones from one end on; returns how many. The key goes with the
 * last element: then item->handle is 0. */
void list_trim(struct store *store, struct item *item, u64 position, u64 count);
u64 list_remove_equal(struct store *store, struct item *item, struct bytes value,
                      enum list_end from, u64 most);

#endif
