/* list_build.h: a list made of elements that come one after the other: measured first, all of them,
 * and put together after that, within a reservation of just what it takes.
 */
#ifndef KV_LIST_BUILD_H
#define KV_LIST_BUILD_H

#include "kv/keys.h"
#include "kv/lists.h"

struct list_build {
    u64 count;   /* elements */
    u64 encoded; /* their bytes in a run or in leaves */
    u64 chains;  /* their whole pages */
    struct tree_fill fill;
    struct tree tree; /* while it is built */
    u32 run_len;
    u8 payload[LIST_RUN_MAX];
};

/* Begin with all zero. */
void list_build_measure(struct list_build *build, struct bytes element);
/* The same for an element of more than RUN_INLINE_MAX bytes. */
void list_build_measure_long(struct list_build *build, u64 len);
/* Adds what an item of it needs, the key not counted. */
void list_build_need(const struct store *store, const struct list_build *build, u64 key_len,
                     struct store_need *need);
/* The same elements again, within the reservation. They may not point into the store. */
void list_build_add(struct store *store, struct list_build *build, struct bytes element);
/* The same for an element that comes in pieces, which may be in the store. */
void list_build_add_long(struct store *store, struct list_build *build, u64 len,
                         struct value_cursor *element);
/* What is built, as the content of an item: sets type and encoding, returns the payload, which
 * points into *build. */
struct bytes list_build_finish(struct list_build *build, struct item *content);

#endif
