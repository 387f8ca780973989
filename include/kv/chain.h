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

/* The chunks of all chains. The last `kept` free chunks are only given to chains that have none:
 * large replies cannot stop small ones. */
struct chunk_pool {
    struct pool pool;
    u64 kept;
};

struct chain {
    struct chunk *head;
    struct chunk *tail;
    struct chunk_pool *chunks;
    u64 bytes;     /* written and not consumed */
    u64 bytes_max; /* a write past this overflows */
    u32 chunk_count;
    bool overflow;       /* sticky until rollback */
    bool overflow_limit; /* the overflow met bytes_max, so waiting would not help */
};

/* A place in the chain to roll back to. Valid until bytes before it are consumed. */
struct chain_mark {
    struct chunk *tail;
    u32 end;
    u64 bytes;
};

void chunk_pool_init(struct chunk_pool *chunks, void *memory, u64 count, u64 kept);

void chain_init(struct chain *chain, struct chunk_pool *chunks, u64 bytes_max);
/* Returns every chunk to the pool. */
void chain_clear(struct chain *chain);

/* Appends, or sets overflow and appends an undefined part of it. */
void chain_write(struct chain *chain, const void *data, size_t len);
/* Contiguous room for at most `len` <= 512 bytes, never NULL: on overflow it points to a sink.
 * The caller writes there and says with chain_advance how many bytes it wrote. */
u8 *chain_room(struct chain *chain, u32 len);
void chain_advance(struct chain *chain, u32 len);

/* Makes sure that `len` further bytes can be written without overflow, taking the chunks now;
 * on failure sets overflow (and overflow_limit) and returns false. For commands that must know
 * before they change anything. */
bool chain_reserve(struct chain *chain, u64 len);

struct chain_mark chain_begin(const struct chain *chain);
/* Drops everything after the mark, reserved chunks included, and clears overflow. */
void chain_rollback(struct chain *chain, struct chain_mark mark);

/* Fills at most `max` iovecs from the front; returns how many. */
u32 chain_vector(const struct chain *chain, struct iovec *vector, u32 max);
/* Removes `len` <= chain->bytes from the front, returning emptied chunks to the pool. The last
 * chunk is returned too once the chain is empty. */
void chain_consume(struct chain *chain, u64 len);

#endif
