/* chain.c: taking chunks, giving them back, and the paths that cross from one to the next.
 *
 * A chain is head -> ... -> tail -> reserved ... Bytes lie in head..tail; the chunks after the tail
 * are empty. A chain without bytes holds chunks only between chain_reserve and the end of the
 * reply.
 */
#include "kv/chain.h"

#include "kv/assert.h"

void chunk_pool_init(struct chunk_pool *chunks, void *memory, u64 count, u64 kept) {
    kv_assert(kept <= count);
    pool_init(&chunks->pool, memory, count, CHUNK_BYTES);
    chunks->kept = kept;
    chunks->holders = 0;
}

void chain_init(struct chain *chain, struct chunk_pool *chunks, u64 bytes_max) {
    *chain = (struct chain){.chunks = chunks, .bytes_max = bytes_max};
}

void chain_init_measure(struct chain *chain, struct chunk_pool *chunks, u64 bytes_max) {
    chain_init(chain, chunks, bytes_max);
    chain->measures = true;
}

static void overflow_of_limit(struct chain *chain) {
    chain->overflow = true;
    chain->overflow_limit = true;
}

/* Whether `count` further chunks may be taken. Only the first chunk of a chain may be one of those
 * that are kept. */
static bool may_take(const struct chain *chain, u64 count) {
    const u64 free_count = pool_free_count(&chain->chunks->pool);
    if (count == 0) return true;
    if (count == 1 && chain->chunk_count == 0) return free_count > 0;
    const u64 holders = chain->chunks->holders + (chain->chunk_count == 0);
    const u64 promised = chain->chunks->kept - u64_min(chain->chunks->kept, holders);
    return free_count >= promised && free_count - promised >= count;
}

/* Takes `count` chunks and puts them behind the tail, or takes none and sets overflow. */
static bool take_chunks(struct chain *chain, u64 count) {
    struct pool *pool = &chain->chunks->pool;
    if (!may_take(chain, count)) {
        pool->gauge.exhausted++;
        chain->overflow = true;
        return false;
    }
    if (count > 0 && chain->chunk_count == 0) chain->chunks->holders++;
    for (u64 i = 0; i < count; i++) {
        struct chunk *chunk = pool_get(pool);
        kv_assert(chunk != NULL);
        chunk->begin = chunk->end = 0;
        chain->chunk_count++;
        if (chain->tail == NULL) {
            chunk->next = NULL;
            chain->head = chain->tail = chunk;
        } else {
            chunk->next = chain->tail->next;
            chain->tail->next = chunk;
            chain->reserved++;
        }
    }
    return true;
}

/* Makes the tail a chunk with room for at least one byte. */
static bool next_tail(struct chain *chain) {
    if (chain->tail != NULL && chain->tail->end < CHUNK_PAYLOAD) return true;
    const bool first = chain->tail == NULL;
    if (chain->reserved == 0 && !take_chunks(chain, 1)) return false;
    if (!first) {
        chain->tail = chain->tail->next;
        chain->reserved--;
    }
    return true;
}

static void put_chunk(struct chain *chain, struct chunk *chunk) {
    void *object = chunk;
    pool_put(&chain->chunks->pool, &object);
    kv_assert(chain->chunk_count > 0);
    chain->chunk_count--;
    if (chain->chunk_count == 0) chain->chunks->holders--;
}

static void put_list(struct chain *chain, struct chunk *chunk) {
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        put_chunk(chain, chunk);
        chunk = next;
    }
}

void chain_clear(struct chain *chain) {
    kv_assert(!chain->measures && !chain->hold);
    put_list(chain, chain->head);
    kv_assert(chain->chunk_count == 0);
    chain_init(chain, chain->chunks, chain->bytes_max);
}

void chain_write_slow(struct chain *chain, const void *data, size_t len) {
    if (len == 0 || chain->overflow) return;
    if (chain->bytes > chain->bytes_max || len > chain->bytes_max - chain->bytes) {
        overflow_of_limit(chain);
        return;
    }
    if (chain->measures) {
        chain->bytes += len;
        return;
    }
    const u8 *from = data;
    while (len > 0) {
        if (!next_tail(chain)) return;
        struct chunk *tail = chain->tail;
        const u32 part = (u32)u64_min(len, CHUNK_PAYLOAD - tail->end);
        memcpy(tail->data + tail->end, from, part);
        tail->end += part;
        chain->bytes += part;
        from += part;
        len -= part;
    }
}

u8 *chain_room_slow(struct chain *chain, u32 len) {
    kv_assert(len <= CHAIN_ROOM_MAX);
    if (!chain->overflow && !chain->measures && next_tail(chain) &&
        len <= CHUNK_PAYLOAD - chain->tail->end) {
        chain->in_scratch = false;
        return chain->tail->data + chain->tail->end;
    }
    chain->in_scratch = true;
    return chain->chunks->scratch;
}

void chain_advance_slow(struct chain *chain, u32 len) {
    kv_assert(len <= CHAIN_ROOM_MAX);
    if (chain->in_scratch) {
        chain->in_scratch = false;
        chain_write_slow(chain, chain->chunks->scratch, len);
    } else {
        overflow_of_limit(chain);
    }
}

bool chain_reserve(struct chain *chain, u64 len) {
    if (chain->overflow) return false;
    if (chain->bytes > chain->bytes_max || len > chain->bytes_max - chain->bytes) {
        overflow_of_limit(chain);
        return false;
    }
    if (chain->measures) return true;
    const u64 in_tail = chain->tail != NULL ? CHUNK_PAYLOAD - chain->tail->end : 0;
    const u64 room = in_tail + (u64)chain->reserved * CHUNK_PAYLOAD;
    if (len <= room) return true;
    return take_chunks(chain, u64_div_up(len - room, CHUNK_PAYLOAD));
}

void chain_trim_slow(struct chain *chain) {
    put_list(chain, chain->tail->next);
    chain->tail->next = NULL;
    chain->reserved = 0;
    if (chain->bytes == 0) {
        /* Nothing was written at all: a chain without bytes holds nothing. */
        put_list(chain, chain->head);
        chain->head = chain->tail = NULL;
    }
}

struct chain_mark chain_begin(const struct chain *chain) {
    kv_assert(!chain->overflow);
    return (struct chain_mark){.tail = chain->tail,
                               .end = chain->tail != NULL ? chain->tail->end : 0,
                               .bytes = chain->bytes};
}

/* Makes the chunks after the mark empty ones that are reserved. */
static void keep_chunks(struct chain *chain, struct chunk *tail) {
    chain->reserved = 0;
    for (struct chunk *chunk = tail->next; chunk != NULL; chunk = chunk->next) {
        chunk->begin = chunk->end = 0;
        chain->reserved++;
    }
}

void chain_rollback(struct chain *chain, struct chain_mark mark) {
    kv_assert(mark.bytes <= chain->bytes);
    if (mark.bytes == 0 && !chain->measures) {
        chain_clear(chain);
        return;
    }
    if (chain->hold) {
        keep_chunks(chain, mark.tail);
    } else if (!chain->measures) {
        put_list(chain, mark.tail->next);
        mark.tail->next = NULL;
        chain->reserved = 0;
    }
    if (mark.tail != NULL) mark.tail->end = mark.end;
    chain->tail = mark.tail;
    chain->bytes = mark.bytes;
    chain->overflow = chain->overflow_limit = chain->in_scratch = false;
}

u32 chain_vector(const struct chain *chain, struct iovec *vector, u32 max) {
    kv_assert(!chain->overflow);
    u32 count = 0;
    u64 left = chain->bytes;
    for (struct chunk *chunk = chain->head; left > 0 && count < max; chunk = chunk->next) {
        const u32 length = chunk->end - chunk->begin;
        kv_debug_assert(length > 0 && length <= left);
        vector[count++] = (struct iovec){.iov_base = chunk->data + chunk->begin, .iov_len = length};
        left -= length;
    }
    return count;
}

void chain_consume(struct chain *chain, u64 len) {
    kv_assert(len <= chain->bytes);
    chain->bytes -= len;
    if (chain->bytes == 0) {
        put_list(chain, chain->head);
        chain->head = chain->tail = NULL;
        chain->reserved = 0;
        return;
    }
    while (len > 0) {
        struct chunk *head = chain->head;
        const u32 part = (u32)u64_min(len, head->end - head->begin);
        head->begin += part;
        len -= part;
        /* Bytes are left, so an emptied chunk is not the last one that holds any. */
        if (head->begin == head->end) {
            chain->head = head->next;
            put_chunk(chain, head);
        }
    }
}
