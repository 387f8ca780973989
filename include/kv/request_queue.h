/* request_queue.h: requests that wait for their EXEC: copied from the receive buffers into small
 * chunks of a pool of their own, one after the other, and read back with contiguous arguments.
 */
#ifndef KV_REQUEST_QUEUE_H
#define KV_REQUEST_QUEUE_H

#include "kv/bytes.h"
#include "kv/limits.h"
#include "kv/pool.h"

struct request_chunk {
    struct request_chunk *next;
    u8 data[TRANSACTION_CHUNK_BYTES - 8];
};
_Static_assert(sizeof(struct request_chunk) == TRANSACTION_CHUNK_BYTES, "a unit of its budget row");

/* The chunks of all queues. A first chunk is kept for `kept` queues, so that large transactions
 * cannot stop small ones. */
struct request_pool {
    struct pool pool;
    u64 kept;    /* queues that can always get a first chunk, those that have one included */
    u64 holders; /* queues that have any */
};

struct request_queue {
    struct request_chunk *first;
    struct request_chunk *last;
    u32 used;     /* bytes of the last chunk */
    u32 chunks;   /* held */
    u32 count;    /* requests */
    u32 argc_max; /* of its requests */
    u64 bytes;    /* of its requests, as they are kept */
};

enum request_result {
    REQUEST_QUEUED,
    REQUEST_TOO_LONG, /* the queue would hold more than it may */
    REQUEST_NO_ROOM   /* the pool has not enough chunks that it may take */
};

/* `memory` holds `count` chunks. */
void request_pool_init(struct request_pool *pool, void *memory, u64 count, u64 kept);

/* Copies a request to the end. `command` is the caller's, 32 bits that are given back with it. When
 * it does not fit, the queue is as it was. */
enum request_result request_queue_add(struct request_queue *queue, struct request_pool *pool,
                                      u32 command, const struct bytes *argv, u32 argc,
                                      u64 bytes_max);
/* Gives everything back; the queue is empty then. */
void request_queue_clear(struct request_queue *queue, struct request_pool *pool);

/* A request that is read back. */
struct request {
    u32 command;
    u32 argc;
    u32 bound;    /* what the caller has noted with request_note; 0 at first */
    u8 *bound_at; /* where it is noted, unaligned */
};

struct request_cursor {
    struct request_chunk *chunk;
    u32 at;
    u32 left; /* requests */
};

void request_queue_open(const struct request_queue *queue, struct request_cursor *cursor);
/* The next request; false after the last. `argv` holds queue->argc_max entries, `area`
 * queue->bytes bytes: the arguments lie there when they cross from one chunk to the next, otherwise
 * where they are kept. */
bool request_queue_next(struct request_cursor *cursor, struct request *request, struct bytes *argv,
                        u8 *area);
/* Keeps 32 bits with the request. */
static inline void request_note(const struct request *request, u32 bound) {
    memcpy(request->bound_at, &bound, sizeof(bound));
}

#endif
