/* pool.h: a fixed number of objects of one size, carved from a budget row, LIFO (the object put
 * last is the warmest). Free objects are poisoned under AddressSanitizer.
 */
#ifndef KV_POOL_H
#define KV_POOL_H

#include "kv/gauge.h"

struct pool {
    u32 magic;
    u32 object_bytes;
    u8 *memory;
    void *free_head; /* the link lies in the first 8 bytes of a free object */
    struct gauge gauge;
};

/* `memory` holds count * object_bytes; object_bytes is a multiple of 8 and at least 8. */
void pool_init(struct pool *pool, void *memory, u64 count, u32 object_bytes);
/* NULL when none is free; the gauge's exhausted counter then moves. Contents are undefined. */
void *pool_get(struct pool *pool);
/* Puts *object back and sets *object to NULL. Aborts when it is not from this pool. */
void pool_put(struct pool *pool, void **object);
static inline u64 pool_free_count(const struct pool *pool) {
    return pool->gauge.max - pool->gauge.used;
}

#endif
