/* ring.c: the budget of the ring, the choice of its implementation, and what they share. */
#include "kv/ring.h"

#include <stdio.h>

#include "ring_internal.h"

/* More than this in one submission gives nothing: when they are used up, the kernel is entered
 * once more in that turn. */
#define SUBMISSION_ENTRIES_MIN 64u
#define SUBMISSION_ENTRIES_MAX 512u
#define COMPLETION_ENTRIES_MIN 256u
#define COMPLETION_ENTRIES_MAX 65536u /* the kernel's own limit */

/* What the kernel's layout takes per entry, and a bound for the header in front (64 bytes in
 * recent kernels, 320 in older ones). */
#define SUBMISSION_ENTRY_BYTES 64u
#define SUBMISSION_INDEX_BYTES 4u
#define COMPLETION_ENTRY_BYTES 16u
#define KERNEL_HEADER_BYTES 512u
#define RECEIVE_RING_ENTRY_BYTES 16u
#define PAGE_OF_KERNEL_BYTES 4096u

static u64 power_of_two_from(u64 n) {
    u64 power = 1;
    while (power < n)
        power *= 2;
    return power;
}

void ring_shape_compute(struct ring_shape *shape, const struct options *options,
                        const struct limits *limits) {
    u32 slots = (u32)options->connections_max + RING_SPARE_SLOTS;
    u64 submissions =
        u64_max(SUBMISSION_ENTRIES_MIN, u64_min(power_of_two_from(slots), SUBMISSION_ENTRIES_MAX));
    /* A connection has at most one receive and one send, or one end of each and a cancel; each
     * filled receive buffer is one more, and each listener has its accepts. */
    u64 completions = 2ull * slots + limits->receive_buffers + 64ull * RING_LISTENERS_MAX;
    completions = u64_max(COMPLETION_ENTRIES_MIN,
                          u64_min(power_of_two_from(completions), COMPLETION_ENTRIES_MAX));
    *shape = (struct ring_shape){
        .connections = (u32)options->connections_max,
        .slots = slots,
        .buffers = (u32)limits->receive_buffers,
        .submission_entries = (u32)submissions,
        .completion_entries = (u32)completions,
        .receive_ring_bytes =
            u64_round_up(limits->receive_buffers * RECEIVE_RING_ENTRY_BYTES, PAGE_OF_KERNEL_BYTES),
        /* Both queues are powers of two, so that the last page always has room for the header,
         * whatever its size: the mapping is the same on every kernel. */
        .kernel_queues_bytes =
            u64_round_up(completions * COMPLETION_ENTRY_BYTES +
                             submissions * SUBMISSION_INDEX_BYTES + KERNEL_HEADER_BYTES,
                         PAGE_OF_KERNEL_BYTES),
        .kernel_entries_bytes =
            u64_round_up(submissions * SUBMISSION_ENTRY_BYTES, PAGE_OF_KERNEL_BYTES),
    };
}

void ring_budget(const struct options *options, const struct limits *limits,
                 struct budget *budget) {
    struct ring_shape shape;
    ring_shape_compute(&shape, options, limits);
    budget_add(budget, "net.ring", 1, RING_STATE_BYTES,
               "The ring itself: its listeners and its counters.");
    budget_add(budget, "net.slots", shape.slots, RING_SLOT_BYTES,
               "What is in flight for each connection, and for 16 clients beyond connections-max "
               "that are told so.");
    budget_add(budget, "net.slot_queues", shape.slots, RING_QUEUES * sizeof(u32),
               "A link per connection for each queue it may wait in.");
    budget_add(budget, "net.send_vectors", 1, RING_VECTORS_BYTES,
               "Message headers and vectors of the sends of one submission.");
    budget_add(budget, "net.receive_buffers", shape.buffers, RECEIVE_BUFFER_BYTES,
               "What arrives on any connection lands here first.");
    budget_add(budget, "net.receive_ring", 1, shape.receive_ring_bytes,
               "The list of receive buffers as the kernel reads it, in whole pages.");
    budget_add(budget, "net.receive_states", shape.buffers, sizeof(struct ring_buffer_entry),
               "Which receive buffers are free.");
    budget_add_kernel(budget, "net.ring_kernel_queues", 1, shape.kernel_queues_bytes,
                      "io_uring's submission and completion queues: two completions per "
                      "connection, one per receive buffer, and some for accepting.");
    budget_add_kernel(budget, "net.ring_kernel_entries", 1, shape.kernel_entries_bytes,
                      "io_uring's submission entries.");
}

void ring_common_init(struct ring *ring, const struct ring_operations *operations,
                      const struct ring_shape *shape) {
    *ring = (struct ring){
        .magic = RING_MAGIC,
        .operations = operations,
        .connections = shape->connections,
        .slots = shape->slots,
        .buffers = shape->buffers,
        .buffer_bytes = RECEIVE_BUFFER_BYTES,
    };
    gauge_init(&ring->buffer_gauge, shape->buffers);
}

static void carve(struct ring_memory *memory, struct arena *arena, const struct ring_shape *shape) {
    memory->state = arena_carve(arena, "net.ring", 1, RING_STATE_BYTES);
    memory->slots = arena_carve(arena, "net.slots", shape->slots, RING_SLOT_BYTES);
    u32 *links = arena_carve(arena, "net.slot_queues", shape->slots, RING_QUEUES * sizeof(u32));
    for (u32 i = 0; i < RING_QUEUES; i++)
        memory->links[i] = links + (u64)i * shape->slots;
    memory->vectors = arena_carve(arena, "net.send_vectors", 1, RING_VECTORS_BYTES);
    memory->buffers =
        arena_carve(arena, "net.receive_buffers", shape->buffers, RECEIVE_BUFFER_BYTES);
    memory->receive_ring = arena_carve(arena, "net.receive_ring", 1, shape->receive_ring_bytes);
    memory->buffer_entries =
        arena_carve(arena, "net.receive_states", shape->buffers, sizeof(struct ring_buffer_entry));
}

struct ring *ring_open(struct arena *arena, const struct options *options,
                       const struct limits *limits, u32 flags, char note[RING_ERROR_MAX],
                       char error[RING_ERROR_MAX]) {
    kv_assert(limits->receive_buffers > 0 && limits->receive_buffers <= 32768 &&
              (limits->receive_buffers & (limits->receive_buffers - 1)) == 0);
    struct ring_shape shape;
    struct ring_memory memory;
    ring_shape_compute(&shape, options, limits);
    carve(&memory, arena, &shape);
    note[0] = '\0';
    error[0] = '\0';

    struct ring *ring = NULL;
    if (options->io_backend != IO_BACKEND_EPOLL) {
        ring = ring_uring_open(&memory, &shape, flags, error);
        if (ring == NULL && options->io_backend == IO_BACKEND_IO_URING) return NULL;
    }
    bool uring = ring != NULL;
    arena_account_kernel(arena, "net.ring_kernel_queues", uring ? shape.kernel_queues_bytes : 0);
    arena_account_kernel(arena, "net.ring_kernel_entries", uring ? shape.kernel_entries_bytes : 0);
    if (uring) return ring;
    snprintf(note, RING_ERROR_MAX, "%s", error);
    error[0] = '\0';
    return ring_epoll_open(&memory, &shape, error);
}

struct ring *ring_init(struct arena *arena, const struct options *options,
                       const struct limits *limits, char note[RING_ERROR_MAX],
                       char error[RING_ERROR_MAX]) {
    return ring_open(arena, options, limits, 0, note, error);
}

void ring_deinit(struct ring *ring) {
    kv_assert(ring->magic == RING_MAGIC);
    ring->operations->deinit(ring); /* `ring` may be gone after it */
}
