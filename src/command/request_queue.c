/* request_queue.c: a request is a head, then for each argument its length and its bytes. A head
 * never crosses from one chunk to the next, so that a bound can be noted in it; all else may. */
#include "kv/request_queue.h"

#include "kv/assert.h"

#define DATA_BYTES ((u32)sizeof(((struct request_chunk *)0)->data))

struct head {
    u32 argc;
    u32 command;
    u32 bound;
};

void request_pool_init(struct request_pool *pool, void *memory, u64 count, u64 kept) {
    kv_assert(kept <= count);
    pool_init(&pool->pool, memory, count, TRANSACTION_CHUNK_BYTES);
    pool->kept = kept;
    pool->holders = 0;
}

/* -- writing -- */

static u64 request_bytes(const struct bytes *argv, u32 argc) {
    u64 bytes = sizeof(struct head);
    for (u32 i = 0; i < argc; i++)
        bytes += sizeof(u32) + argv[i].len;
    return bytes;
}

/* Bytes that are left in the last chunk for a request: none where its head does not fit. */
static u32 room_left(const struct request_queue *queue) {
    if (queue->last == NULL) return 0;
    u32 room = DATA_BYTES - queue->used;
    return room < sizeof(struct head) ? 0 : room;
}

/* Only the first chunk of a queue may be one of those that are kept. */
static bool may_take(const struct request_queue *queue, const struct request_pool *pool,
                     u64 count) {
    u64 free_count = pool_free_count(&pool->pool);
    if (count == 0) return true;
    if (count == 1 && queue->chunks == 0) return free_count > 0;
    u64 holders = pool->holders + (queue->chunks == 0);
    u64 promised = pool->kept - u64_min(pool->kept, holders);
    return free_count >= promised && free_count - promised >= count;
}

static void take_chunk(struct request_queue *queue, struct request_pool *pool) {
    struct request_chunk *chunk = pool_get(&pool->pool);
    kv_assert(chunk != NULL);
    chunk->next = NULL;
    if (queue->last == NULL) {
        queue->first = chunk;
        pool->holders++;
    } else {
        queue->last->next = chunk;
    }
    queue->last = chunk;
    queue->used = 0;
    queue->chunks++;
}

static void write(struct request_queue *queue, struct request_pool *pool, const void *data,
                  size_t len) {
    const u8 *from = data;
    while (len > 0) {
        if (queue->used == DATA_BYTES) take_chunk(queue, pool);
        u32 part = (u32)u64_min(len, DATA_BYTES - queue->used);
        memcpy(queue->last->data + queue->used, from, part);
        queue->used += part;
        from += part;
        len -= part;
    }
}

enum request_result request_queue_add(struct request_queue *queue, struct request_pool *pool,
                                      u32 command, const struct bytes *argv, u32 argc,
                                      u64 bytes_max) {
    u64 bytes = request_bytes(argv, argc);
    if (bytes > bytes_max || queue->bytes > bytes_max - bytes) return REQUEST_TOO_LONG;
    u32 room = room_left(queue);
    u64 count = bytes <= room ? 0 : u64_div_up(bytes - room, DATA_BYTES);
    if (!may_take(queue, pool, count)) {
        pool->pool.gauge.exhausted++;
        return REQUEST_NO_ROOM;
    }
    struct head head = {.argc = argc, .command = command};
    if (room == 0) take_chunk(queue, pool);
    write(queue, pool, &head, sizeof(head));
    for (u32 i = 0; i < argc; i++) {
        u32 len = (u32)argv[i].len;
        write(queue, pool, &len, sizeof(len));
        write(queue, pool, argv[i].data, len);
    }
    queue->count++;
    queue->argc_max = u32_max(queue->argc_max, argc);
    queue->bytes += bytes;
    return REQUEST_QUEUED;
}

void request_queue_clear(struct request_queue *queue, struct request_pool *pool) {
    pool->holders -= queue->first != NULL;
    while (queue->first != NULL) {
        void *chunk = queue->first;
        queue->first = queue->first->next;
        pool_put(&pool->pool, &chunk);
    }
    *queue = (struct request_queue){0};
}

/* -- reading -- */

void request_queue_open(const struct request_queue *queue, struct request_cursor *cursor) {
    *cursor = (struct request_cursor){.chunk = queue->first, .left = queue->count};
}

static void next_chunk(struct request_cursor *cursor) {
    cursor->chunk = cursor->chunk->next;
    cursor->at = 0;
    kv_assert(cursor->chunk != NULL);
}

static void read(struct request_cursor *cursor, void *out, size_t len) {
    u8 *to = out;
    while (len > 0) {
        if (cursor->at == DATA_BYTES) next_chunk(cursor);
        u32 part = (u32)u64_min(len, DATA_BYTES - cursor->at);
        memcpy(to, cursor->chunk->data + cursor->at, part);
        cursor->at += part;
        to += part;
        len -= part;
    }
}

bool request_queue_next(struct request_cursor *cursor, struct request *request, struct bytes *argv,
                        u8 *area) {
    struct head head;
    if (cursor->left == 0) return false;
    cursor->left--;
    if (DATA_BYTES - cursor->at < sizeof(head)) next_chunk(cursor);
    u8 *at = cursor->chunk->data + cursor->at;
    read(cursor, &head, sizeof(head));
    *request = (struct request){.command = head.command,
                                .argc = head.argc,
                                .bound = head.bound,
                                .bound_at = at + offsetof(struct head, bound)};
    for (u32 i = 0; i < head.argc; i++) {
        u32 len;
        read(cursor, &len, sizeof(len));
        if (len > 0 && cursor->at == DATA_BYTES) next_chunk(cursor);
        if (len <= DATA_BYTES - cursor->at) {
            argv[i] = bytes_of(cursor->chunk->data + cursor->at, len);
            cursor->at += len;
        } else {
            argv[i] = bytes_of(area, len);
            read(cursor, area, len);
            area += len;
        }
    }
    return true;
}
