/* ring.h: the only door to the kernel's network: accept, receive, send, close, wait.
 *
 * Three implementations behind one table of operations: io_uring (ring_uring.c), epoll for hosts
 * that forbid it (ring_epoll.c), and a seeded simulation for tests (ring_sim.c). Operations are
 * started here and end as events from ring_wait; between two calls of ring_wait nothing happens.
 *
 * A connection is named by its slot (0..connections-1) and a generation that its owner raises each
 * time the slot is used again: an event of an earlier generation is dropped inside.
 */
#ifndef KV_RING_H
#define KV_RING_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "kv/arena.h"
#include "kv/limits.h"

#define RING_ERROR_MAX 256
#define RING_VECTOR_MAX 64
#define RING_LISTENERS_MAX 16
#define RING_EVENTS_MAX 1024 /* that one ring_wait returns */

enum ring_event_type {
    RING_ACCEPTED, /* slot = listener's number; result = a new socket (a plain descriptor),
                      or -errno (logged by the owner; accepting goes on) */
    RING_RECEIVED, /* multishot receive: result = bytes in `buffer`; 0 = end of stream;
                      -ENOBUFS = no buffer was free (the ring re-arms by itself when one comes
                      back); other -errno = broken */
    RING_STOPPED,  /* ring_receive_stop has taken effect: no RING_RECEIVED follows until
                      ring_receive is called again */
    RING_READ,     /* ring_read ended: result = bytes, 0 = end of stream, -errno */
    RING_SENT,     /* ring_send ended: result = bytes (may be short), -errno */
    RING_CLOSED    /* ring_close is complete: the slot may be used again, no event of it follows */
};

struct ring_event {
    u8 type;
    u16 buffer; /* RING_RECEIVED with result > 0: give it back with ring_buffer_put */
    u32 slot;
    i32 result;
    u8 *data; /* RING_RECEIVED with result > 0: the bytes */
};

struct ring;

/* What an implementation provides. Arguments as in the functions below. */
struct ring_operations {
    const char *name; /* "io_uring", "epoll", "sim" */
    int (*listen)(struct ring *ring, u32 listener, int fd);
    void (*unlisten)(struct ring *ring, u32 listener);
    int (*attach)(struct ring *ring, u32 slot, int fd);
    void (*receive)(struct ring *ring, u32 slot);
    void (*receive_stop)(struct ring *ring, u32 slot);
    void (*read)(struct ring *ring, u32 slot, void *data, u32 len);
    void (*send)(struct ring *ring, u32 slot, const struct iovec *vector, u32 count);
    void (*close)(struct ring *ring, u32 slot);
    void (*buffer_put)(struct ring *ring, u16 buffer);
    u32 (*wait)(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max);
    void (*deinit)(struct ring *ring);
};

/* Common part, first member of every implementation. */
struct ring {
    u32 magic;
    const struct ring_operations *operations;
    u32 connections;
    u32 buffers;
    u32 buffer_bytes;
    struct gauge buffer_gauge; /* receive buffers in use between a RING_RECEIVED and its put */
    u64 waits;                 /* calls of ring_wait */
    u64 enobufs;               /* receives that found no buffer */
    u64 overflows;             /* completion queue overflows seen */
};

/* Rows: ring structs, receive buffers, per-slot state (message headers, iovecs, pending
 * operations), and the kernel's submission and completion rings (kernel rows; with epoll their
 * memory stays planned and unused, so that the budget does not depend on the host). */
void ring_budget(const struct options *options, const struct limits *limits, struct budget *budget);

/* Opens the implementation that options->io_backend asks for, carving its rows. With auto, a host
 * that denies io_uring gets epoll and `note` says why (else `note` is empty). On failure returns
 * NULL with a message that names the cause (ENOSYS, EPERM with the sysctl, EPERM from a seccomp
 * profile, ENOMEM) and what to do. */
struct ring *ring_init(struct arena *arena, const struct options *options,
                       const struct limits *limits, char note[RING_ERROR_MAX],
                       char error[RING_ERROR_MAX]);
void ring_deinit(struct ring *ring);

/* Starts accepting on a listening socket, again and again until unlisten. 0 or -errno. */
static inline int ring_listen(struct ring *ring, u32 listener, int fd) {
    return ring->operations->listen(ring, listener, fd);
}
static inline void ring_unlisten(struct ring *ring, u32 listener) {
    ring->operations->unlisten(ring, listener);
}
/* Gives an accepted socket to a slot, which owns it from now on (also when this fails: it is then
 * closed). 0 or -errno. */
static inline int ring_attach(struct ring *ring, u32 slot, int fd) {
    return ring->operations->attach(ring, slot, fd);
}
/* Receives into shared buffers, again and again, until stop, end of stream or error. */
static inline void ring_receive(struct ring *ring, u32 slot) {
    ring->operations->receive(ring, slot);
}
/* Asks to stop; RING_RECEIVED events may still come before RING_STOPPED. */
static inline void ring_receive_stop(struct ring *ring, u32 slot) {
    ring->operations->receive_stop(ring, slot);
}
/* Receives once, at most `len` bytes, into memory that stays valid until RING_READ or RING_CLOSED.
 * Only while ring_receive is not active on the slot. */
static inline void ring_read(struct ring *ring, u32 slot, void *data, u32 len) {
    ring->operations->read(ring, slot, data, len);
}
/* Sends once; at most one at a time per slot; count <= RING_VECTOR_MAX. The bytes stay valid until
 * RING_SENT or RING_CLOSED; the vector itself is copied. */
static inline void ring_send(struct ring *ring, u32 slot, const struct iovec *vector, u32 count) {
    ring->operations->send(ring, slot, vector, count);
}
/* Cancels what is in flight, closes, and ends with RING_CLOSED. */
static inline void ring_close(struct ring *ring, u32 slot) {
    ring->operations->close(ring, slot);
}
static inline void ring_buffer_put(struct ring *ring, u16 buffer) {
    ring->operations->buffer_put(ring, buffer);
}
/* Submits everything, waits until there is at least one event or the timeout passes (0: does not
 * wait; a signal ends the wait early), and returns the number of events, at most `max`. */
static inline u32 ring_wait(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max) {
    return ring->operations->wait(ring, timeout_us, events, max);
}

#endif
