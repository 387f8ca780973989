/* ring_epoll.c: ring.h over epoll, for hosts that forbid io_uring.
 *
 * The same contract: what is tried at once (sends, reads) ends as an event of the next wait, and
 * receiving goes on by itself. Descriptors are registered level-triggered, so that what does not
 * fit into one turn comes back in the next; each socket's turn is bounded, so that a busy one does
 * not take every buffer.
 */
#define _GNU_SOURCE 1 /* accept4, epoll_pwait2 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kv/clock.h"

#include "ring_internal.h"

/* Descriptors that one wait looks at. */
#define EPOLL_BATCH 512u
/* Per descriptor and turn. */
#define RECEIVES_PER_TURN 4u
#define ACCEPTS_PER_TURN 64u
/* Events that one descriptor, or one slot of the local queue, gives at most in a turn, accepts
 * aside: its receives, a read, a send, and one for the end. */
#define EVENTS_PER_SLOT (RECEIVES_PER_TURN + 3u)
_Static_assert(EVENTS_PER_SLOT <= RING_EVENTS_MIN, "ring_wait must get on");

enum {
    SLOT_ATTACHED = 1,  /* a socket belongs to it */
    SLOT_RECEIVING = 2, /* between ring_receive and its end */
    SLOT_STARVING = 4,  /* waits for a buffer: not asked for while that lasts */
    SLOT_READING = 8,   /* a ring_read waits for bytes */
    SLOT_SENDING = 16,  /* a ring_send waits for room */
    OWES_STOPPED = 32,  /* events that the next wait delivers */
    OWES_READ = 64,
    OWES_SENT = 128,
    OWES_CLOSED = 256
};
#define SLOT_OWES (OWES_STOPPED | OWES_READ | OWES_SENT | OWES_CLOSED)

struct epoll_slot {
    i32 fd;
    u16 state;
    u16 unused;
    u32 interest; /* what epoll was asked for */
    i32 read_result;
    i32 send_result;
    u32 unused2;
    struct iovec read;
    struct iovec send; /* the first piece of a send that found no room */
    u64 reserved;
};
_Static_assert(sizeof(struct epoll_slot) == RING_SLOT_BYTES, "one row of the budget for both");

struct epoll_listener {
    i32 fd;
    bool wanted;
    bool paused; /* epoll does not know it until resume_us */
    u64 resume_us;
};

struct epoll_ring {
    struct ring ring; /* first: what the owner sees */
    int epoll_fd;
    bool milliseconds; /* the kernel has no epoll_pwait2 */
    struct epoll_slot *slots;
    struct slot_queue local, starving;
    struct ring_buffers buffers;
    struct epoll_listener listeners[RING_LISTENERS_MAX];
    struct epoll_event batch[EPOLL_BATCH];
};
_Static_assert(sizeof(struct epoll_ring) <= RING_STATE_BYTES, "the row net.ring");

/* What epoll gives back: a slot, or a listener's number above all slots. */
#define LISTENER_TOKEN (1ull << 32)

static struct epoll_ring *epoll_of(struct ring *ring) {
    kv_assert(ring->magic == RING_MAGIC);
    return (struct epoll_ring *)ring;
}

static struct epoll_slot *slot_of(struct epoll_ring *epoll, u32 number) {
    kv_assert(number < epoll->ring.slots);
    return &epoll->slots[number];
}

/* -- what epoll is asked for -- */

static int change(struct epoll_ring *epoll, int operation, int fd, u32 interest, u64 token) {
    struct epoll_event event = {.events = interest, .data.u64 = token};
    return epoll_ctl(epoll->epoll_fd, operation, fd, &event) == 0 ? 0 : -errno;
}

/* What the slot's state asks for. When that is nothing, an error or a hang-up, which epoll reports
 * whatever was asked for, is reported once and not again and again: edge-triggered. */
static u32 interest_of(const struct epoll_slot *slot) {
    bool receives = (slot->state & (SLOT_RECEIVING | SLOT_STARVING)) == SLOT_RECEIVING;
    u32 interest = receives || (slot->state & SLOT_READING) ? (u32)EPOLLIN : 0;
    if (slot->state & SLOT_SENDING) interest |= (u32)EPOLLOUT;
    return interest != 0 ? interest : (u32)EPOLLET;
}

static void set_interest(struct epoll_ring *epoll, u32 number, u32 interest) {
    struct epoll_slot *slot = &epoll->slots[number];
    if (interest == slot->interest) return;
    int result = change(epoll, EPOLL_CTL_MOD, slot->fd, interest, number);
    /* The descriptor is open, ours and registered, and a change needs no memory. */
    if (result < 0) KV_FATAL("epoll_ctl: %s", strerror(-result));
    slot->interest = interest;
}

/* Asks for what was not asked for yet. What is no longer wanted stays asked for until it happens
 * (see on_slot): most of it is wanted again soon. */
static void raise_interest(struct epoll_ring *epoll, u32 number) {
    u32 interest = interest_of(&epoll->slots[number]);
    if (interest & (u32)(EPOLLIN | EPOLLOUT) & ~epoll->slots[number].interest)
        set_interest(epoll, number, interest);
}

static void owe(struct epoll_ring *epoll, u32 number, u16 what) {
    epoll->slots[number].state |= what;
    slot_queue_push(&epoll->local, number);
}

/* -- accepting -- */

static int epoll_listen(struct ring *ring, u32 number, int fd) {
    struct epoll_ring *epoll = epoll_of(ring);
    kv_assert(number < RING_LISTENERS_MAX && !epoll->listeners[number].wanted);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    int result = change(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, LISTENER_TOKEN + number);
    if (result < 0) return result;
    epoll->listeners[number] = (struct epoll_listener){.fd = fd, .wanted = true};
    return 0;
}

static void epoll_unlisten(struct ring *ring, u32 number) {
    struct epoll_ring *epoll = epoll_of(ring);
    kv_assert(number < RING_LISTENERS_MAX && epoll->listeners[number].wanted);
    struct epoll_listener *listener = &epoll->listeners[number];
    if (!listener->paused) change(epoll, EPOLL_CTL_DEL, listener->fd, 0, 0);
    listener->wanted = false;
}

/* Listeners whose pause is over are asked for again. Returns how long the turn may wait. */
static u64 resume_listeners(struct epoll_ring *epoll, u64 timeout_us) {
    u64 now_us = 0;
    for (u32 i = 0; i < RING_LISTENERS_MAX; i++) {
        struct epoll_listener *listener = &epoll->listeners[i];
        if (KV_LIKELY(!listener->wanted || !listener->paused)) continue;
        if (now_us == 0) now_us = clock_monotonic_us();
        if (now_us >= listener->resume_us &&
            change(epoll, EPOLL_CTL_ADD, listener->fd, EPOLLIN, LISTENER_TOKEN + i) == 0) {
            listener->paused = false;
            continue;
        }
        u64 pause_us = listener->resume_us > now_us ? listener->resume_us - now_us : 0;
        timeout_us = u64_min(timeout_us, u64_max(pause_us, 1000));
    }
    return timeout_us;
}

static u32 on_listener(struct epoll_ring *epoll, u32 number, struct ring_event *events, u32 count,
                       u32 max) {
    struct epoll_listener *listener = &epoll->listeners[number];
    for (u32 i = 0; i < ACCEPTS_PER_TURN && count < max && listener->wanted; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR)) return count;
        i32 result = fd >= 0 ? fd : -errno;
        count = ring_emit(events, count, RING_ACCEPTED, number, result);
        if (fd >= 0 || result == -ECONNABORTED) continue;
        change(epoll, EPOLL_CTL_DEL, listener->fd, 0, 0);
        listener->paused = true;
        listener->resume_us = clock_monotonic_us() + RING_ACCEPT_PAUSE_US;
        return count;
    }
    return count;
}

/* -- what the owner asks for -- */

static int epoll_attach(struct ring *ring, u32 number, int fd) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert(slot->state == 0);
    /* Now, while a failure can still be told. */
    int result = change(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, number);
    if (result < 0) {
        close(fd);
        return result;
    }
    *slot = (struct epoll_slot){.fd = fd, .state = SLOT_ATTACHED, .interest = EPOLLIN};
    return 0;
}

static void epoll_reject(struct ring *ring, int fd) {
    (void)epoll_of(ring);
    close(fd);
}

static void epoll_receive(struct ring *ring, u32 number) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert((slot->state & SLOT_ATTACHED) && !(slot->state & OWES_CLOSED));
    kv_assert(!(slot->state & (SLOT_RECEIVING | OWES_STOPPED | SLOT_READING | OWES_READ)));
    slot->state |= SLOT_RECEIVING;
    raise_interest(epoll, number);
}

static void epoll_receive_stop(struct ring *ring, u32 number) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert((slot->state & SLOT_ATTACHED) && !(slot->state & (OWES_CLOSED | OWES_STOPPED)));
    slot->state &= (u16) ~(SLOT_RECEIVING | SLOT_STARVING);
    owe(epoll, number, OWES_STOPPED);
}

/* A negative result that is not worth an event: tried again when epoll says so. */
static bool is_later(ssize_t result) {
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static void try_read(struct epoll_ring *epoll, u32 number) {
    struct epoll_slot *slot = &epoll->slots[number];
    ssize_t result = recv(slot->fd, slot->read.iov_base, slot->read.iov_len, MSG_DONTWAIT);
    if (is_later(result)) {
        slot->state |= SLOT_READING;
    } else {
        slot->state &= (u16)~SLOT_READING;
        slot->read_result = result >= 0 ? (i32)result : -errno;
        owe(epoll, number, OWES_READ);
    }
    raise_interest(epoll, number);
}

static void epoll_read(struct ring *ring, u32 number, void *data, u32 len) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert((slot->state & SLOT_ATTACHED) && !(slot->state & OWES_CLOSED) && len > 0);
    kv_assert(!(slot->state & (SLOT_RECEIVING | OWES_STOPPED | SLOT_READING | OWES_READ)));
    slot->read = (struct iovec){.iov_base = data, .iov_len = len};
    try_read(epoll, number);
}

/* The vector is only read. When there is no room its first piece is kept for later, which makes a
 * short send of the rest. */
static void try_send(struct epoll_ring *epoll, u32 number, const struct iovec *vector, u32 count) {
    struct epoll_slot *slot = &epoll->slots[number];
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vector, .msg_iovlen = count};
    ssize_t result = sendmsg(slot->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (is_later(result)) {
        slot->send = vector[0];
        slot->state |= SLOT_SENDING;
    } else {
        slot->state &= (u16)~SLOT_SENDING;
        slot->send_result = result >= 0 ? (i32)result : -errno;
        owe(epoll, number, OWES_SENT);
    }
    raise_interest(epoll, number);
}

static void epoll_send(struct ring *ring, u32 number, const struct iovec *vector, u32 count) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert((slot->state & SLOT_ATTACHED) && !(slot->state & OWES_CLOSED));
    kv_assert(count > 0 && count <= RING_VECTOR_MAX);
    kv_assert(!(slot->state & (SLOT_SENDING | OWES_SENT)));
    try_send(epoll, number, vector, count);
}

static void epoll_close(struct ring *ring, u32 number) {
    struct epoll_ring *epoll = epoll_of(ring);
    struct epoll_slot *slot = slot_of(epoll, number);
    kv_assert((slot->state & SLOT_ATTACHED) && !(slot->state & OWES_CLOSED));
    close(slot->fd); /* takes it out of epoll too: no other descriptor of it is open */
    slot->fd = -1;
    slot->state = SLOT_ATTACHED;
    owe(epoll, number, OWES_CLOSED);
}

static void epoll_buffer_put(struct ring *ring, u16 buffer) {
    ring_buffers_put(ring, &epoll_of(ring)->buffers, buffer);
}

/* -- events -- */

static u32 starve(struct epoll_ring *epoll, u32 number, struct ring_event *events, u32 count) {
    epoll->slots[number].state |= SLOT_STARVING;
    slot_queue_push(&epoll->starving, number);
    epoll->ring.enobufs++;
    epoll->ring.buffer_gauge.exhausted++;
    return ring_emit(events, count, RING_RECEIVED, number, -ENOBUFS);
}

static u32 receive_some(struct epoll_ring *epoll, u32 number, u32 most, struct ring_event *events,
                        u32 count) {
    struct epoll_slot *slot = &epoll->slots[number];
    for (u32 i = 0; i < most; i++) {
        if (epoll->buffers.free == 0) return starve(epoll, number, events, count);
        u16 buffer = ring_buffers_pop(&epoll->buffers, RING_BUFFER_PUBLISHED);
        u8 *data = ring_buffer_data(&epoll->buffers, buffer);
        memory_unpoison(data, RECEIVE_BUFFER_BYTES);
        ssize_t result = recv(slot->fd, data, RECEIVE_BUFFER_BYTES, MSG_DONTWAIT);
        int error = result < 0 ? errno : 0;
        if (result > 0) {
            count = ring_emit_bytes(&epoll->ring, &epoll->buffers, events, count, number, buffer,
                                    (i32)result);
            if (result < (ssize_t)RECEIVE_BUFFER_BYTES) return count;
            continue;
        }
        memory_poison(data, RECEIVE_BUFFER_BYTES);
        ring_buffers_push(&epoll->buffers, buffer, RING_BUFFER_PUBLISHED);
        if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return count;
        slot->state &= (u16)~SLOT_RECEIVING;
        return ring_emit(events, count, RING_RECEIVED, number, -error);
    }
    return count;
}

static u32 on_slot(struct epoll_ring *epoll, u32 number, u32 ready, struct ring_event *events,
                   u32 count) {
    struct epoll_slot *slot = &epoll->slots[number];
    bool broken = (ready & (u32)(EPOLLERR | EPOLLHUP)) != 0;
    if ((slot->state & SLOT_SENDING) && (broken || (ready & (u32)EPOLLOUT))) {
        struct iovec first = slot->send;
        try_send(epoll, number, &first, 1);
    }
    if (broken || (ready & (u32)EPOLLIN)) {
        if (slot->state & SLOT_READING)
            try_read(epoll, number);
        else if ((slot->state & (SLOT_RECEIVING | SLOT_STARVING)) == SLOT_RECEIVING)
            count = receive_some(epoll, number, RECEIVES_PER_TURN, events, count);
    }
    set_interest(epoll, number, interest_of(slot));
    return count;
}

static u32 take_local(struct epoll_ring *epoll, struct ring_event *events, u32 count, u32 max) {
    while (!slot_queue_is_empty(&epoll->local) && count + EVENTS_PER_SLOT <= max) {
        u32 number = slot_queue_pop(&epoll->local);
        struct epoll_slot *slot = &epoll->slots[number];
        u16 owed = slot->state & SLOT_OWES;
        slot->state &= (u16)~SLOT_OWES;
        if (owed & OWES_READ)
            count = ring_emit(events, count, RING_READ, number, slot->read_result);
        if (owed & OWES_SENT)
            count = ring_emit(events, count, RING_SENT, number, slot->send_result);
        if (owed & OWES_STOPPED) count = ring_emit(events, count, RING_STOPPED, number, 0);
        if (!(owed & OWES_CLOSED)) continue;
        slot->state = 0;
        count = ring_emit(events, count, RING_CLOSED, number, 0);
    }
    return count;
}

/* As many starving slots as there are buffers get one each, first come first served and before a
 * busy connection can take them all. */
static u32 feed_starving(struct epoll_ring *epoll, struct ring_event *events, u32 count, u32 max) {
    u32 chances = u32_min(epoll->buffers.free, max - count);
    while (chances > 0 && !slot_queue_is_empty(&epoll->starving)) {
        u32 number = slot_queue_pop(&epoll->starving);
        struct epoll_slot *slot = &epoll->slots[number];
        if (!(slot->state & SLOT_STARVING)) continue;
        slot->state &= (u16)~SLOT_STARVING;
        count = receive_some(epoll, number, 1, events, count);
        raise_interest(epoll, number);
        chances--;
    }
    return count;
}

static int wait_for_kernel(struct epoll_ring *epoll, u64 timeout_us, u32 max) {
    int batch = (int)u32_min(EPOLL_BATCH, max);
    if (!epoll->milliseconds) {
        struct timespec time = {.tv_sec = (i64)(timeout_us / 1000000u),
                                .tv_nsec = (i64)(timeout_us % 1000000u) * 1000};
        int result = epoll_pwait2(epoll->epoll_fd, epoll->batch, batch,
                                  timeout_us == RING_WAIT_FOREVER ? NULL : &time, NULL);
        if (result >= 0 || errno != ENOSYS) return result;
        epoll->milliseconds = true; /* before 5.11 */
    }
    u64 timeout_ms = u64_min(u64_div_up(u64_min(timeout_us, 1ull << 50), 1000), 1u << 30);
    return epoll_wait(epoll->epoll_fd, epoll->batch, batch,
                      timeout_us == RING_WAIT_FOREVER ? -1 : (int)timeout_ms);
}

static u32 epoll_ring_wait(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max) {
    struct epoll_ring *epoll = epoll_of(ring);
    kv_assert(max >= RING_EVENTS_MIN);
    ring->waits++;
    timeout_us = resume_listeners(epoll, timeout_us);
    /* Half of the room, so that a queue that is never empty does not keep the sockets waiting. */
    u32 count = take_local(epoll, events, 0, max / 2 + EVENTS_PER_SLOT / 2 + 1);
    count = feed_starving(epoll, events, count, max);
    if (count > 0 || !slot_queue_is_empty(&epoll->local)) timeout_us = 0;
    int ready = wait_for_kernel(epoll, timeout_us, max);
    if (ready < 0 && errno != EINTR) KV_FATAL("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < ready && count + EVENTS_PER_SLOT <= max; i++) {
        u64 token = epoll->batch[i].data.u64;
        if (token >= LISTENER_TOKEN)
            count = on_listener(epoll, (u32)(token - LISTENER_TOKEN), events, count, max);
        else
            count = on_slot(epoll, (u32)token, epoll->batch[i].events, events, count);
    }
    return take_local(epoll, events, count, max);
}

/* -- life -- */

static void epoll_deinit(struct ring *ring) {
    struct epoll_ring *epoll = epoll_of(ring);
    for (u32 i = 0; i < ring->slots; i++)
        if ((epoll->slots[i].state & SLOT_ATTACHED) && epoll->slots[i].fd >= 0)
            close(epoll->slots[i].fd);
    close(epoll->epoll_fd);
    memory_unpoison(epoll->buffers.memory, (u64)epoll->buffers.count * RECEIVE_BUFFER_BYTES);
    ring->magic = 0;
}

static const struct ring_operations epoll_operations = {
    .name = "epoll",
    .listen = epoll_listen,
    .unlisten = epoll_unlisten,
    .attach = epoll_attach,
    .reject = epoll_reject,
    .receive = epoll_receive,
    .receive_stop = epoll_receive_stop,
    .read = epoll_read,
    .send = epoll_send,
    .close = epoll_close,
    .buffer_put = epoll_buffer_put,
    .wait = epoll_ring_wait,
    .deinit = epoll_deinit,
};

struct ring *ring_epoll_open(const struct ring_memory *memory, const struct ring_shape *shape,
                             char error[RING_ERROR_MAX]) {
    struct epoll_ring *epoll = memory->state;
    memset(epoll, 0, sizeof(*epoll));
    ring_common_init(&epoll->ring, &epoll_operations, shape);
    epoll->slots = memory->slots;
    memset(epoll->slots, 0, (u64)shape->slots * sizeof(struct epoll_slot));
    slot_queue_init(&epoll->local, memory->links[RING_QUEUE_LOCAL], shape->slots);
    slot_queue_init(&epoll->starving, memory->links[RING_QUEUE_STARVING], shape->slots);
    ring_buffers_init(&epoll->buffers, memory->buffers, memory->buffer_entries, shape->buffers);
    epoll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->epoll_fd >= 0) return &epoll->ring;
    snprintf(error, RING_ERROR_MAX, "epoll: %s", strerror(errno));
    memory_unpoison(memory->buffers, (u64)shape->buffers * RECEIVE_BUFFER_BYTES);
    return NULL;
}
