/* ring_internal.h: what the implementations of ring.h share: the memory that the budget gave them,
 * the stack of receive buffers, queues of slots, and how they are opened.
 */
#ifndef KV_RING_INTERNAL_H
#define KV_RING_INTERNAL_H

#include <string.h>

#include "kv/assert.h"
#include "kv/poison.h"
#include "kv/ring.h"

#define RING_MAGIC 0x6b76526eu

/* Everything about a slot that a turn touches lies in one cache line. */
#define RING_SLOT_BYTES 64u
/* Bytes of the struct of either implementation, checked there. */
#define RING_STATE_BYTES 12288u
/* Where the message headers and vectors of one submission lie (see ring_uring.c): about 60 sends of
 * RING_VECTOR_MAX pieces, or 680 of two. When it is full, what is there is submitted early. */
#define RING_VECTORS_BYTES 65536u
/* A pause after an accept that failed for want of descriptors or memory: the client is still in the
 * queue, so that trying at once would fail at once, for ever. */
#define RING_ACCEPT_PAUSE_US 100000u

/* -- sizes, a pure function of the options -- */

struct ring_shape {
    u32 connections;
    u32 slots;
    u32 buffers;
    u32 submission_entries;
    u32 completion_entries;
    u64 receive_ring_bytes;   /* the kernel's view of the receive buffers, whole pages */
    u64 kernel_queues_bytes;  /* submission and completion queue, one mapping */
    u64 kernel_entries_bytes; /* the array of submission entries */
};

void ring_shape_compute(struct ring_shape *shape, const struct options *options,
                        const struct limits *limits);

/* -- queues of slots -- */

enum ring_queue {
    RING_QUEUE_LOCAL,    /* slots with events that need no word from the kernel */
    RING_QUEUE_STARVING, /* slots that wait for a receive buffer, first come first served */
    RING_QUEUE_BACKLOG,  /* slots with operations that found no submission entry */
    RING_QUEUES
};

#define SLOT_NONE UINT32_MAX           /* end of a queue */
#define SLOT_UNQUEUED (UINT32_MAX - 1) /* not in this queue */

/* First in, first out; a slot is in a queue at most once, so that a link for each slot is enough.
 */
struct slot_queue {
    u32 head, tail;
    u32 *next;
};

static inline void slot_queue_init(struct slot_queue *queue, u32 *links, u32 slots) {
    *queue = (struct slot_queue){.head = SLOT_NONE, .tail = SLOT_NONE, .next = links};
    for (u32 i = 0; i < slots; i++)
        links[i] = SLOT_UNQUEUED;
}
static inline bool slot_queue_is_empty(const struct slot_queue *queue) {
    return queue->head == SLOT_NONE;
}
/* Nothing happens when the slot is in the queue already: it keeps its place. */
static inline void slot_queue_push(struct slot_queue *queue, u32 slot) {
    if (queue->next[slot] != SLOT_UNQUEUED) return;
    queue->next[slot] = SLOT_NONE;
    if (queue->head == SLOT_NONE)
        queue->head = slot;
    else
        queue->next[queue->tail] = slot;
    queue->tail = slot;
}
/* The queue is not empty. */
static inline u32 slot_queue_pop(struct slot_queue *queue) {
    u32 slot = queue->head;
    kv_assert(slot != SLOT_NONE);
    queue->head = queue->next[slot];
    queue->next[slot] = SLOT_UNQUEUED;
    return slot;
}

/* -- receive buffers -- */

enum ring_buffer_state { RING_BUFFER_FREE, RING_BUFFER_PUBLISHED, RING_BUFFER_HELD };

/* What is kept for each buffer, one row of the budget. */
struct ring_buffer_entry {
    u16 stack; /* the i-th free buffer */
    u8 state;  /* of buffer i */
    u8 unused;
};

/* A stack, so that the buffer that comes back last, still in the CPU's cache, is used first. */
struct ring_buffers {
    u8 *memory;
    struct ring_buffer_entry *entries;
    u32 count;
    u32 free;
};

static inline u8 *ring_buffer_data(const struct ring_buffers *buffers, u32 buffer) {
    return buffers->memory + (u64)buffer * RECEIVE_BUFFER_BYTES;
}
static inline void ring_buffers_init(struct ring_buffers *buffers, u8 *memory,
                                     struct ring_buffer_entry *entries, u32 count) {
    *buffers =
        (struct ring_buffers){.memory = memory, .entries = entries, .count = count, .free = count};
    for (u32 i = 0; i < count; i++)
        entries[i] = (struct ring_buffer_entry){.stack = (u16)(count - 1 - i)};
    memory_poison(memory, (u64)count * RECEIVE_BUFFER_BYTES);
}
/* Takes a free buffer; there is one. */
static inline u16 ring_buffers_pop(struct ring_buffers *buffers, enum ring_buffer_state state) {
    kv_assert(buffers->free > 0);
    u16 buffer = buffers->entries[--buffers->free].stack;
    kv_assert(buffers->entries[buffer].state == RING_BUFFER_FREE);
    buffers->entries[buffer].state = (u8)state;
    return buffer;
}
static inline void ring_buffers_push(struct ring_buffers *buffers, u16 buffer,
                                     enum ring_buffer_state expected) {
    kv_assert(buffer < buffers->count && buffers->entries[buffer].state == expected);
    buffers->entries[buffer].state = RING_BUFFER_FREE;
    buffers->entries[buffers->free++].stack = buffer;
}
/* The owner has read it. The same in every implementation. */
static inline void ring_buffers_put(struct ring *ring, struct ring_buffers *buffers, u16 buffer) {
    ring_buffers_push(buffers, buffer, RING_BUFFER_HELD);
    memory_poison(ring_buffer_data(buffers, buffer), RECEIVE_BUFFER_BYTES);
    gauge_sub(&ring->buffer_gauge, 1);
}
static inline void ring_buffers_hold(struct ring *ring, struct ring_buffers *buffers, u16 buffer) {
    buffers->entries[buffer].state = RING_BUFFER_HELD;
    memory_unpoison(ring_buffer_data(buffers, buffer), RECEIVE_BUFFER_BYTES);
    gauge_add(&ring->buffer_gauge, 1);
}

/* -- events -- */

static inline u32 ring_emit(struct ring_event *events, u32 count, enum ring_event_type type,
                            u32 slot, i32 result) {
    events[count] = (struct ring_event){.type = (u8)type, .slot = slot, .result = result};
    return count + 1;
}
/* The received bytes' event; the buffer is the owner's from now on. */
static inline u32 ring_emit_bytes(struct ring *ring, struct ring_buffers *buffers,
                                  struct ring_event *events, u32 count, u32 slot, u16 buffer,
                                  i32 bytes) {
    ring_buffers_hold(ring, buffers, buffer);
    events[count] = (struct ring_event){.type = RING_RECEIVED,
                                        .slot = slot,
                                        .result = bytes,
                                        .buffer = buffer,
                                        .data = ring_buffer_data(buffers, buffer)};
    return count + 1;
}

/* -- opening -- */

/* The rows of the budget, carved. */
struct ring_memory {
    void *state;
    void *slots;
    u32 *links[RING_QUEUES];
    u8 *vectors;
    u8 *buffers;
    void *receive_ring;
    struct ring_buffer_entry *buffer_entries;
};

void ring_common_init(struct ring *ring, const struct ring_operations *operations,
                      const struct ring_shape *shape);

/* Makes kv use plain descriptors although the kernel could do without: what old kernels get. For
 * tests. */
#define RING_PLAIN_FILES 1u

/* NULL with a message in `error`; nothing is left open then. */
struct ring *ring_uring_open(const struct ring_memory *memory, const struct ring_shape *shape,
                             u32 flags, char error[RING_ERROR_MAX]);
struct ring *ring_epoll_open(const struct ring_memory *memory, const struct ring_shape *shape,
                             char error[RING_ERROR_MAX]);

/* ring_init with flags. */
struct ring *ring_open(struct arena *arena, const struct options *options,
                       const struct limits *limits, u32 flags, char note[RING_ERROR_MAX],
                       char error[RING_ERROR_MAX]);

#endif
