/* chain.h: bytes in a chain of chunks from a shared pool: what replies are written to.
 *
 * Reserve, write, commit: writes past what the pool or the chain's limit allows set `overflow`,
 * which is sticky and tested once, at the end of a reply; chain_rollback then undoes the reply as
 * if it had never begun. Bytes are consumed at the front as the network takes them.
 */
#ifndef KV_CHAIN_H
#define KV_CHAIN_H

#include <sys/uio.h>

#include "kv/bytes.h"
#include "kv/pool.h"

#define CHUNK_BYTES 4096

struct chunk {
    struct chunk *next;
    u32 begin; /* first byte not yet consumed */
    u32 end;   /* one past the last byte written */
    u8 data[CHUNK_BYTES - 16];
};
_Static_assert(sizeof(struct chunk) == CHUNK_BYTES, "a chunk is one unit of its budget row");

#define CHUNK_PAYLOAD (CHUNK_BYTES - 16u)
#define CHAIN_ROOM_MAX 512u /* the most that chain_room gives at once */

/* The chunks of all chains. A first chunk is kept for `kept` chains: large replies cannot stop
 * small ones, nor small ones that nobody reads a large one. */
struct chunk_pool {
    struct pool pool;
    u64 kept;    /* chains that can always get a first chunk, those that have one included */
    u64 holders; /* chains that have any */
    u8 scratch[CHAIN_ROOM_MAX]; /* what chain_room gives where a chunk ends or nothing is left */
};

struct chain {
    struct chunk *head;
    struct chunk *tail; /* the chunk written to; reserved, empty chunks may follow it */
    struct chunk_pool *chunks;
    u64 bytes;           /* written and not consumed */
    u64 bytes_max;       /* a write past this overflows */
    u32 chunk_count;     /* chunks held, the reserved ones included */
    u32 reserved;        /* of these, the empty ones after the tail */
    bool overflow;       /* sticky until rollback */
    bool overflow_limit; /* the overflow met bytes_max, so waiting would not help */
    bool in_scratch;     /* the last chain_room gave the scratch area */
    bool hold;           /* a rollback keeps its chunks, as reserved ones: set by the owner */
    bool measures;       /* it has no chunks and keeps nothing but the count of bytes */
};

/* A place in the chain to roll back to. Valid until bytes before it are consumed. */
struct chain_mark {
    struct chunk *tail;
    u32 end;
    u64 bytes;
};

void chunk_pool_init(struct chunk_pool *chunks, void *memory, u64 count, u64 kept);

void chain_init(struct chain *chain, struct chunk_pool *chunks, u64 bytes_max);
/* A chain that only counts what is written to it: to learn a reply's length before there is room
 * for it. It takes nothing from the pool, which only lends its scratch area. */
void chain_init_measure(struct chain *chain, struct chunk_pool *chunks, u64 bytes_max);
/* Returns every chunk to the pool. */
void chain_clear(struct chain *chain);

/* Parts of the functions below, for when the tail has not enough room. */
void chain_write_slow(struct chain *chain, const void *data, size_t len);
u8 *chain_room_slow(struct chain *chain, u32 len);
void chain_advance_slow(struct chain *chain, u32 len);
void chain_trim_slow(struct chain *chain);

/* Appends, or sets overflow and appends an undefined part of it. No byte of a chunk is wasted:
 * what does not fit into one continues in the next. */
static inline void chain_write(struct chain *chain, const void *data, size_t len) {
    struct chunk *tail = chain->tail;
    /* Nothing to write is left to the slow path: `data` may be NULL then. */
    if (KV_LIKELY(tail != NULL && len - 1 < CHUNK_PAYLOAD - tail->end && !chain->overflow &&
                  chain->bytes + len <= chain->bytes_max)) {
        memcpy(tail->data + tail->end, data, len);
        tail->end += (u32)len;
        chain->bytes += len;
        return;
    }
    chain_write_slow(chain, data, len);
}

/* Contiguous room for at most `len` <= CHAIN_ROOM_MAX bytes, never NULL: on overflow it points to
 * a sink. The caller writes there and says with chain_advance, before anything else is done with
 * any chain, how many bytes it wrote. Where a chunk ends, the room is a scratch area and
 * chain_advance copies: no byte of a chunk is wasted here either. Advancing by 0 is allowed. */
static inline u8 *chain_room(struct chain *chain, u32 len) {
    struct chunk *tail = chain->tail;
    if (KV_LIKELY(tail != NULL && len <= CHUNK_PAYLOAD - tail->end && !chain->overflow &&
                  !chain->in_scratch))
        return tail->data + tail->end;
    return chain_room_slow(chain, len);
}
static inline void chain_advance(struct chain *chain, u32 len) {
    if (KV_LIKELY(!chain->in_scratch && chain->bytes + len <= chain->bytes_max)) {
        chain->tail->end += len;
        chain->bytes += len;
        return;
    }
    chain_advance_slow(chain, len);
}

/* Makes sure that `len` further bytes can be written without overflow, taking the chunks now;
 * on failure takes none, sets overflow (and overflow_limit) and returns false. For commands that
 * must know before they change anything. What was reserved before and not written yet counts. */
bool chain_reserve(struct chain *chain, u64 len);
/* Gives back what was reserved and not needed. For the end of a reply whose size was only known as
 * a bound; without it the chunks serve the next reply, or go back when the chain is empty. */
static inline void chain_trim(struct chain *chain) {
    if (KV_UNLIKELY(chain->reserved > 0)) chain_trim_slow(chain);
}

struct chain_mark chain_begin(const struct chain *chain);
/* Drops everything after the mark, reserved chunks included unless the chain holds them, and clears
 * overflow. */
void chain_rollback(struct chain *chain, struct chain_mark mark);

/* Fills at most `max` iovecs from the front; returns how many. Never asked of a chain that has
 * overflowed: what it would send is half a reply. */
u32 chain_vector(const struct chain *chain, struct iovec *vector, u32 max);
/* Removes `len` <= chain->bytes from the front, returning emptied chunks to the pool. The last
 * chunk is returned too once the chain is empty. */
void chain_consume(struct chain *chain, u64 len);

#endif
