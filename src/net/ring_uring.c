/* ring_uring.c: ring.h over io_uring.
 *
 * One system call per turn: everything that was started since the last one is submitted by the call
 * that waits. A slot has at most one operation of each kind in the kernel, tracked by one bit each,
 * so that nothing here can overflow: an operation that finds no submission entry leaves its bit in
 * `pending`, and the slot waits in the backlog.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "kv/clock.h"

#include "ring_uring_internal.h"

#define BIT(operation) ((u16)(1u << (operation)))

#define WINDOW_MIN 16u
/* The window is looked at after this many waits. */
#define WINDOW_PERIOD 256u
/* Events that one completion gives at most: bytes and RING_STOPPED. */
#define EVENTS_PER_COMPLETION 2u

static struct uring *uring_of(struct ring *ring) {
    kv_assert(ring->magic == RING_MAGIC);
    return (struct uring *)ring;
}

static struct uring_slot *slot_of(struct uring *uring, u32 number) {
    kv_assert(number < uring->ring.slots);
    return &uring->slots[number];
}

/* -- entering the kernel -- */

/* Hands what was prepared to the kernel, and with `events` lets it work off what it has, waiting
 * for one completion until the timeout where `wait` is set. 0 or -errno. */
static int enter(struct uring *uring, bool events, bool wait, u64 timeout_us) {
    struct io_uring_sq *queue = &uring->io.sq;
    queue->sqe_head = queue->sqe_tail;
    io_uring_smp_store_release(queue->ktail, queue->sqe_tail);
    u32 submit = queue->sqe_tail - *queue->khead;

    struct __kernel_timespec time;
    struct io_uring_getevents_arg argument = {0};
    u32 flags = uring->enter_flags;
    if (events) flags |= IORING_ENTER_GETEVENTS;
    if (wait && uring->no_iowait) flags |= URING_ENTER_NO_IOWAIT;
    if (wait && timeout_us != RING_WAIT_FOREVER) {
        time.tv_sec = (i64)(timeout_us / 1000000u);
        time.tv_nsec = (i64)(timeout_us % 1000000u) * 1000;
        argument.ts = (u64)(uintptr_t)&time;
    }
    int result = io_uring_enter2((unsigned)uring->io.enter_ring_fd, submit, wait ? 1 : 0,
                                 flags | IORING_ENTER_EXT_ARG, (sigset_t *)(void *)&argument,
                                 sizeof(argument));
    /* The kernel copies message headers and vectors when it takes the entry. */
    if (queue->sqe_tail == *queue->khead) uring->vectors_used = 0;
    return result < 0 ? result : 0;
}

/* What can go wrong in passing is tried again by the next turn; anything else would lose
 * completions. */
static void check_enter(int result) {
    switch (result) {
    case 0:
    case -ETIME:
    case -EINTR:
    case -EAGAIN:
    case -EBUSY:
    case -ENOMEM:
        return;
    default:
        KV_FATAL("io_uring_enter: %s", strerror(-result));
    }
}

/* A submission entry, or NULL when the kernel takes none just now. */
static struct io_uring_sqe *get_entry(struct uring *uring) {
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->io);
    if (KV_LIKELY(entry != NULL)) return entry;
    check_enter(enter(uring, false, false, 0));
    return io_uring_get_sqe(&uring->io);
}

/* -- starting operations -- */

static void prepare(struct uring *uring, struct io_uring_sqe *entry, u32 number,
                    enum uring_operation operation) {
    struct uring_slot *slot = &uring->slots[number];
    i32 file = uring->direct ? (i32)number : slot->fd;
    u8 flags = uring->direct ? IOSQE_FIXED_FILE : 0;
    switch (operation) {
    case URING_RECEIVE:
        io_uring_prep_recv(entry, file, NULL, 0, 0);
        /* Who has starved gets one buffer first, so that a busy connection, which would take them
         * all at once, leaves some for those behind it. */
        if (!(slot->state & SLOT_STARVED)) entry->ioprio |= IORING_RECV_MULTISHOT;
        entry->buf_group = URING_BUFFER_GROUP;
        flags |= IOSQE_BUFFER_SELECT;
        break;
    case URING_READ:
        io_uring_prep_recv(entry, file, slot->read.iov_base, slot->read.iov_len, 0);
        break;
    case URING_SEND:
        io_uring_prep_send(entry, file, slot->send.iov_base, slot->send.iov_len, MSG_NOSIGNAL);
        break;
    case URING_CANCEL_RECEIVE:
    case URING_CANCEL_READ:
    case URING_CANCEL_SEND:
        /* By user_data, which the kernel finds by hash; by file it would look at every request. */
        io_uring_prep_cancel64(
            entry, uring_user_data(operation - URING_CANCEL_RECEIVE, slot->generation, number), 0);
        flags = 0;
        break;
    case URING_CLOSE:
        if (uring->direct)
            io_uring_prep_close_direct(entry, number);
        else
            io_uring_prep_close(entry, file);
        flags = 0;
        break;
    default:
        KV_FATAL("not an operation of a slot: %d", operation);
    }
    entry->flags |= flags;
    entry->user_data = uring_user_data(operation, slot->generation, number);
}

/* Starts an operation of a slot, now or when there is a place for it. */
static void start(struct uring *uring, u32 number, enum uring_operation operation) {
    struct uring_slot *slot = &uring->slots[number];
    kv_assert(!((slot->flight | slot->pending) & BIT(operation)));
    struct io_uring_sqe *entry = get_entry(uring);
    if (KV_UNLIKELY(entry == NULL)) {
        slot->pending |= BIT(operation);
        slot_queue_push(&uring->backlog, number);
        return;
    }
    slot->flight |= BIT(operation);
    prepare(uring, entry, number, operation);
}

/* Cancels what the kernel has of `target`, unless that is under way. */
static void start_cancel(struct uring *uring, u32 number, enum uring_operation target) {
    struct uring_slot *slot = &uring->slots[number];
    enum uring_operation cancel = target + URING_CANCEL_RECEIVE;
    if (!(slot->flight & BIT(target)) || ((slot->flight | slot->pending) & BIT(cancel))) return;
    start(uring, number, cancel);
}

/* Once nothing that names the slot is in the kernel, its socket is closed. */
static void advance_close(struct uring *uring, u32 number) {
    struct uring_slot *slot = &uring->slots[number];
    if (slot->flight == 0 && slot->pending == 0) start(uring, number, URING_CLOSE);
}

/* Starts what found no place before, oldest first, as far as there are places now. */
static void drain_backlog(struct uring *uring) {
    while (!slot_queue_is_empty(&uring->backlog)) {
        u32 number = uring->backlog.head;
        struct uring_slot *slot = &uring->slots[number];
        while (slot->pending != 0) {
            enum uring_operation operation = (enum uring_operation)__builtin_ctz(slot->pending);
            struct io_uring_sqe *entry = get_entry(uring);
            if (entry == NULL) return;
            slot->pending &= (u16)~BIT(operation);
            slot->flight |= BIT(operation);
            prepare(uring, entry, number, operation);
        }
        slot_queue_pop(&uring->backlog);
    }
}

/* -- receive buffers -- */

/* Gives the kernel buffers up to the window, and lets as many starving slots try again as there
 * are buffers: with none, an attempt would fail at once. */
static void replenish(struct uring *uring) {
    struct ring_buffers *buffers = &uring->buffers;
    if (KV_UNLIKELY(uring->window_wanted > 0)) {
        u32 window = u32_max(uring->window * 2, uring->window + uring->window_wanted);
        uring->window = u32_min(buffers->count, window);
        uring->window_wanted = 0;
    }
    int added = 0;
    int mask = io_uring_buf_ring_mask(buffers->count);
    while (uring->published < uring->window && buffers->free > 0) {
        u16 buffer = ring_buffers_pop(buffers, RING_BUFFER_PUBLISHED);
        io_uring_buf_ring_add(uring->receive_ring, ring_buffer_data(buffers, buffer),
                              RECEIVE_BUFFER_BYTES, buffer, mask, added);
        uring->published++;
        added++;
    }
    if (added > 0) io_uring_buf_ring_advance(uring->receive_ring, added);
    for (u32 chances = uring->published; chances > 0 && !slot_queue_is_empty(&uring->starving);) {
        u32 number = slot_queue_pop(&uring->starving);
        struct uring_slot *slot = &uring->slots[number];
        bool wants = (slot->state & (SLOT_RECEIVING | SLOT_STOPPING)) == SLOT_RECEIVING;
        if (!wants || ((slot->flight | slot->pending) & BIT(URING_RECEIVE))) continue;
        start(uring, number, URING_RECEIVE);
        chances--;
    }
}

/* Shrinks the window to what the busiest turn of the period filled, and a quarter more. */
static void adapt_window(struct uring *uring) {
    uring->peak_filled = u32_max(uring->peak_filled, uring->turn_filled);
    uring->turn_filled = 0;
    if (++uring->period_waits < WINDOW_PERIOD) return;
    u32 enough = uring->peak_filled + uring->peak_filled / 4 + 8;
    uring->window = u32_min(uring->window, u32_max(enough, WINDOW_MIN));
    uring->period_waits = 0;
    uring->peak_filled = 0;
}

static void uring_buffer_put(struct ring *ring, u16 buffer) {
    ring_buffers_put(ring, &uring_of(ring)->buffers, buffer);
}

/* -- accepting -- */

static void arm_listener(struct uring *uring, u32 number, u64 now_us) {
    struct uring_listener *listener = &uring->listeners[number];
    if (listener->cancel) {
        struct io_uring_sqe *entry = get_entry(uring);
        if (entry == NULL) return;
        io_uring_prep_cancel64(entry,
                               uring_user_data(URING_ACCEPT, listener->generation - 1, number), 0);
        entry->user_data = uring_user_data(URING_CANCEL_ACCEPT, listener->generation, number);
        listener->cancel = false;
    }
    if (!listener->wanted || listener->armed || now_us < listener->resume_us) return;
    struct io_uring_sqe *entry = get_entry(uring);
    if (entry == NULL) return;
    io_uring_prep_multishot_accept(entry, listener->fd, NULL, NULL, SOCK_CLOEXEC);
    entry->user_data = uring_user_data(URING_ACCEPT, listener->generation, number);
    listener->armed = true;
}

/* Arms and cancels where that is due, and returns how long the turn may wait. */
static u64 attend_listeners(struct uring *uring, u64 timeout_us) {
    if (KV_LIKELY(!uring->attention)) return timeout_us;
    u64 now_us = clock_monotonic_us();
    uring->attention = false;
    for (u32 i = 0; i < RING_LISTENERS_MAX; i++) {
        struct uring_listener *listener = &uring->listeners[i];
        arm_listener(uring, i, now_us);
        if (!listener->cancel && (listener->armed || !listener->wanted)) continue;
        uring->attention = true;
        u64 pause_us = listener->resume_us > now_us ? listener->resume_us - now_us : 0;
        timeout_us = u64_min(timeout_us, pause_us);
    }
    return timeout_us;
}

static int uring_listen(struct ring *ring, u32 number, int fd) {
    struct uring *uring = uring_of(ring);
    kv_assert(number < RING_LISTENERS_MAX && !uring->listeners[number].wanted);
    struct uring_listener *listener = &uring->listeners[number];
    /* With it the kernel would answer EAGAIN where it should wait. */
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) return -errno;
    listener->fd = fd;
    listener->wanted = true;
    listener->armed = false;
    listener->resume_us = 0;
    uring->attention = true;
    return 0;
}

static void uring_unlisten(struct ring *ring, u32 number) {
    struct uring *uring = uring_of(ring);
    kv_assert(number < RING_LISTENERS_MAX && uring->listeners[number].wanted);
    struct uring_listener *listener = &uring->listeners[number];
    listener->wanted = false;
    listener->cancel = listener->armed;
    listener->generation++;
    uring->attention = listener->cancel || uring->attention;
    /* At once: until then the kernel holds the socket open, and clients could still connect. */
    arm_listener(uring, number, 0);
    check_enter(enter(uring, true, false, 0));
}

static u32 on_accept(struct uring *uring, u32 number, u32 generation, i32 result, u32 flags,
                     struct ring_event *events, u32 count) {
    struct uring_listener *listener = &uring->listeners[number];
    if (!listener->wanted || generation != (listener->generation & 0xffffffu)) {
        if (result >= 0) close(result);
        return count;
    }
    if (!(flags & IORING_CQE_F_MORE)) {
        bool passing = result >= 0 || result == -ECONNABORTED || result == -EINTR;
        listener->armed = false;
        listener->resume_us = passing ? 0 : clock_monotonic_us() + RING_ACCEPT_PAUSE_US;
        uring->attention = true;
    }
    return ring_emit(events, count, RING_ACCEPTED, number, result);
}

/* -- what the owner asks for -- */

static int uring_attach(struct ring *ring, u32 number, int fd) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    kv_assert(slot->state == 0 && slot->flight == 0 && slot->pending == 0);
    slot->fd = fd;
    if (uring->direct) {
        int result = io_uring_register_files_update(&uring->io, number, &fd, 1);
        close(fd);
        if (result < 0) return result;
        kv_assert(result == 1);
        slot->fd = -1;
    }
    slot->state = SLOT_ATTACHED;
    return 0;
}

static void uring_reject(struct ring *ring, int fd) {
    (void)uring_of(ring);
    close(fd);
}

static void uring_receive(struct ring *ring, u32 number) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    kv_assert(slot->state == SLOT_ATTACHED);
    kv_assert(!((slot->flight | slot->pending) & BIT(URING_READ)));
    slot->state |= SLOT_RECEIVING;
    start(uring, number, URING_RECEIVE);
}

static void uring_receive_stop(struct ring *ring, u32 number) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_STOPPING | SLOT_CLOSING)) == SLOT_ATTACHED);
    slot->state |= SLOT_STOPPING;
    slot->pending &= (u16)~BIT(URING_RECEIVE);
    if (slot->flight & BIT(URING_RECEIVE))
        start_cancel(uring, number, URING_RECEIVE);
    else
        slot_queue_push(&uring->local, number);
}

static void uring_read(struct ring *ring, u32 number, void *data, u32 len) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    kv_assert(slot->state == SLOT_ATTACHED && len > 0);
    slot->read = (struct iovec){.iov_base = data, .iov_len = len};
    start(uring, number, URING_READ);
}

/* Room for a message header and its vector until the next submission; NULL when there is none. */
static struct msghdr *carve_message(struct uring *uring, const struct iovec *vector, u32 count) {
    struct msghdr *message = (struct msghdr *)(void *)(uring->vectors + uring->vectors_used);
    struct iovec *copy = (struct iovec *)(void *)(message + 1);
    memcpy(copy, vector, count * sizeof(*vector));
    *message = (struct msghdr){.msg_iov = copy, .msg_iovlen = count};
    uring->vectors_used += (u32)(sizeof(*message) + count * sizeof(*vector));
    return message;
}

static void uring_send(struct ring *ring, u32 number, const struct iovec *vector, u32 count) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    u32 bytes = (u32)(sizeof(struct msghdr) + count * sizeof(*vector));
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_CLOSING)) == SLOT_ATTACHED);
    kv_assert(count > 0 && count <= RING_VECTOR_MAX);
    kv_assert(!((slot->flight | slot->pending) & BIT(URING_SEND)));
    if (count > 1 && uring->vectors_used + bytes > RING_VECTORS_BYTES)
        check_enter(enter(uring, false, false, 0));
    struct io_uring_sqe *entry = count > 1 ? get_entry(uring) : NULL;
    if (entry == NULL || uring->vectors_used + bytes > RING_VECTORS_BYTES) {
        /* One piece; or the kernel is out of memory, then the first piece is a short send. */
        slot->send = vector[0];
        if (entry == NULL) {
            start(uring, number, URING_SEND);
            return;
        }
        prepare(uring, entry, number, URING_SEND);
    } else {
        io_uring_prep_sendmsg(entry, uring->direct ? (i32)number : slot->fd,
                              carve_message(uring, vector, count), MSG_NOSIGNAL);
        if (uring->direct) entry->flags |= IOSQE_FIXED_FILE;
        entry->user_data = uring_user_data(URING_SEND, slot->generation, number);
    }
    slot->flight |= BIT(URING_SEND);
}

static void uring_close(struct ring *ring, u32 number) {
    struct uring *uring = uring_of(ring);
    struct uring_slot *slot = slot_of(uring, number);
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_CLOSING)) == SLOT_ATTACHED);
    slot->state = SLOT_ATTACHED | SLOT_CLOSING;
    slot->pending = 0;
    start_cancel(uring, number, URING_RECEIVE);
    start_cancel(uring, number, URING_READ);
    start_cancel(uring, number, URING_SEND);
    advance_close(uring, number);
}

/* -- completions -- */

/* RING_STOPPED once neither the receive nor its cancel is in the kernel: a later receive cannot
 * meet an earlier cancel. */
static u32 advance_stop(struct uring *uring, u32 number, struct ring_event *events, u32 count) {
    struct uring_slot *slot = &uring->slots[number];
    u16 busy = (u16)(slot->flight | slot->pending);
    if (busy & (BIT(URING_RECEIVE) | BIT(URING_CANCEL_RECEIVE))) return count;
    slot->state = SLOT_ATTACHED;
    return ring_emit(events, count, RING_STOPPED, number, 0);
}

static u32 on_receive(struct uring *uring, u32 number, const struct io_uring_cqe *completion,
                      struct ring_event *events, u32 count) {
    struct uring_slot *slot = &uring->slots[number];
    struct ring *ring = &uring->ring;
    i32 result = completion->res;
    bool more = (completion->flags & IORING_CQE_F_MORE) != 0;
    bool wanted = (slot->state & SLOT_CLOSING) == 0;
    if (!more) {
        slot->flight &= (u16)~BIT(URING_RECEIVE);
        slot->pending &= (u16)~BIT(URING_CANCEL_RECEIVE);
    }
    if (completion->flags & IORING_CQE_F_BUFFER) {
        u16 buffer = (u16)(completion->flags >> IORING_CQE_BUFFER_SHIFT);
        uring->published--;
        uring->turn_filled++;
        slot->state &= (u16)~SLOT_STARVED;
        if (result > 0 && wanted)
            count = ring_emit_bytes(ring, &uring->buffers, events, count, number, buffer, result);
        else
            ring_buffers_push(&uring->buffers, buffer, RING_BUFFER_PUBLISHED);
    } else {
        kv_assert(result <= 0);
    }
    if (more) return count;
    if (!wanted) {
        advance_close(uring, number);
        return count;
    }
    bool stopping = (slot->state & SLOT_STOPPING) != 0;
    bool starved = result == -ENOBUFS;
    bool ended = result == 0 || (result < 0 && !starved && result != -EINTR && result != -EAGAIN &&
                                 !(stopping && result == -ECANCELED));
    if (ended) {
        slot->state &= (u16) ~(SLOT_RECEIVING | SLOT_STARVED);
        count = ring_emit(events, count, RING_RECEIVED, number, result);
    }
    if (stopping) return advance_stop(uring, number, events, count);
    if (ended) return count;
    if (!starved) {
        start(uring, number, URING_RECEIVE);
        return count;
    }
    slot->state |= SLOT_STARVED;
    slot_queue_push(&uring->starving, number);
    if (uring->buffers.free > 0 || uring->published > 0) {
        /* Only the window was too small: the owner need not know. */
        uring->window_wanted++;
        return count;
    }
    ring->enobufs++;
    ring->buffer_gauge.exhausted++;
    return ring_emit(events, count, RING_RECEIVED, number, -ENOBUFS);
}

/* A cancel that found nothing may have come between two steps of its target: it is tried again in
 * the next turn, unless the target has ended by then. */
static u32 on_cancel(struct uring *uring, u32 number, enum uring_operation cancel, i32 result,
                     struct ring_event *events, u32 count) {
    struct uring_slot *slot = &uring->slots[number];
    enum uring_operation target = cancel - URING_CANCEL_RECEIVE;
    slot->flight &= (u16)~BIT(cancel);
    if ((slot->flight & BIT(target)) && result < 0) {
        slot->pending |= BIT(cancel);
        slot_queue_push(&uring->backlog, number);
        return count;
    }
    if (slot->state & SLOT_CLOSING)
        advance_close(uring, number);
    else if (slot->state & SLOT_STOPPING)
        return advance_stop(uring, number, events, count);
    return count;
}

static u32 on_transfer(struct uring *uring, u32 number, enum uring_operation operation, i32 result,
                       struct ring_event *events, u32 count) {
    struct uring_slot *slot = &uring->slots[number];
    slot->flight &= (u16)~BIT(operation);
    slot->pending &= (u16)~BIT(operation + URING_CANCEL_RECEIVE);
    if (slot->state & SLOT_CLOSING) {
        advance_close(uring, number);
        return count;
    }
    return ring_emit(events, count, operation == URING_SEND ? RING_SENT : RING_READ, number,
                     result);
}

/* The result says nothing that could be acted on: the descriptor is gone in any case. */
static u32 on_close(struct uring *uring, u32 number, struct ring_event *events, u32 count) {
    struct uring_slot *slot = &uring->slots[number];
    kv_assert(slot->state == (SLOT_ATTACHED | SLOT_CLOSING) && slot->pending == 0);
    slot->flight &= (u16)~BIT(URING_CLOSE);
    kv_assert(slot->flight == 0);
    slot->state = 0;
    slot->generation = (slot->generation + 1) & 0xffffffu;
    return ring_emit(events, count, RING_CLOSED, number, 0);
}

/* A completion of an earlier life of its slot. None can come, since a slot ends with its last
 * completion; if a kernel sends one all the same, it does no harm. */
static void drop_stale(struct uring *uring, const struct io_uring_cqe *completion) {
    uring->ring.stale++;
    if (!(completion->flags & IORING_CQE_F_BUFFER)) return;
    u16 buffer = (u16)(completion->flags >> IORING_CQE_BUFFER_SHIFT);
    ring_buffers_push(&uring->buffers, buffer, RING_BUFFER_PUBLISHED);
    uring->published--;
}

static u32 on_completion(struct uring *uring, const struct io_uring_cqe *completion,
                         struct ring_event *events, u32 count) {
    enum uring_operation operation = (enum uring_operation)(completion->user_data >> 56);
    u32 generation = (u32)(completion->user_data >> 32) & 0xffffffu;
    u32 number = (u32)completion->user_data;
    i32 result = completion->res;
    if (operation == URING_CANCEL_ACCEPT) return count;
    if (operation == URING_ACCEPT)
        return on_accept(uring, number, generation, result, completion->flags, events, count);
    struct uring_slot *slot = slot_of(uring, number);
    if (KV_UNLIKELY(generation != slot->generation || !(slot->flight & BIT(operation)))) {
        drop_stale(uring, completion);
        return count;
    }
    switch (operation) {
    case URING_RECEIVE:
        return on_receive(uring, number, completion, events, count);
    case URING_READ:
    case URING_SEND:
        return on_transfer(uring, number, operation, result, events, count);
    case URING_CANCEL_RECEIVE:
    case URING_CANCEL_READ:
    case URING_CANCEL_SEND:
        return on_cancel(uring, number, operation, result, events, count);
    default:
        kv_assert(operation == URING_CLOSE);
        return on_close(uring, number, events, count);
    }
}

static u32 take_completions(struct uring *uring, struct ring_event *events, u32 count, u32 max) {
    struct io_uring_cq *queue = &uring->io.cq;
    u32 mask = queue->ring_entries - 1;
    u32 head = *queue->khead;
    u32 tail = io_uring_smp_load_acquire(queue->ktail);
    for (; head != tail && count + EVENTS_PER_COMPLETION <= max; head++)
        count = on_completion(uring, &queue->cqes[head & mask], events, count);
    io_uring_smp_store_release(queue->khead, head);
    return count;
}

static u32 take_local(struct uring *uring, struct ring_event *events, u32 count, u32 max) {
    while (!slot_queue_is_empty(&uring->local) && count + EVENTS_PER_COMPLETION <= max) {
        u32 number = slot_queue_pop(&uring->local);
        u16 owed = uring->slots[number].state & (SLOT_STOPPING | SLOT_CLOSING);
        if (owed == SLOT_STOPPING) count = advance_stop(uring, number, events, count);
    }
    return count;
}

static u32 uring_wait(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max) {
    struct uring *uring = uring_of(ring);
    kv_assert(max >= RING_EVENTS_MIN);
    ring->waits++;
    replenish(uring);
    drain_backlog(uring);
    timeout_us = attend_listeners(uring, timeout_us);
    bool idle = slot_queue_is_empty(&uring->local) && slot_queue_is_empty(&uring->backlog);
    int result = enter(uring, true, idle && timeout_us > 0, timeout_us);
    check_enter(result);
    if (KV_UNLIKELY(*uring->io.sq.kflags & IORING_SQ_CQ_OVERFLOW)) ring->overflows++;
    u32 count = take_local(uring, events, 0, max);
    count = take_completions(uring, events, count, max);
    adapt_window(uring);
    return count;
}

const struct ring_operations ring_uring_operations = {
    .name = "io_uring",
    .listen = uring_listen,
    .unlisten = uring_unlisten,
    .attach = uring_attach,
    .reject = uring_reject,
    .receive = uring_receive,
    .receive_stop = uring_receive_stop,
    .read = uring_read,
    .send = uring_send,
    .close = uring_close,
    .buffer_put = uring_buffer_put,
    .wait = uring_wait,
    .deinit = uring_deinit,
};
