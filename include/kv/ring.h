/* ring.h: the only door to the kernel's network: accept, receive, send, close, wait.
 *
 * Three implementations behind one table of operations: io_uring (ring_uring.c), epoll for hosts
 * that forbid it (ring_epoll.c), and a seeded simulation for tests (ring_sim.c). Operations are
 * started here and end as events from ring_wait; between two calls of ring_wait nothing happens.
 *
 * A connection is named by its slot, 0..slots-1: connections-max of them and a few spare ones, so
 * that a client beyond connections-max can be told so. A slot begins with ring_attach and ends with
 * RING_CLOSED; inside, a generation that each end raises lets a late completion be recognised.
 *
 * One thread: the one that calls ring_init is the only one that may call anything here.
 */
#ifndef KV_RING_H
#define KV_RING_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "kv/arena.h"
#include "kv/gauge.h"
#include "kv/limits.h"

#define RING_ERROR_MAX 256
#define RING_VECTOR_MAX 64
#define RING_LISTENERS_MAX 16
#define RING_EVENTS_MAX 1024 /* that one ring_wait returns */
#define RING_EVENTS_MIN 8    /* room that ring_wait wants: one completion may give several events */
#define RING_SPARE_SLOTS 16  /* beyond connections-max */
#define RING_WAIT_FOREVER UINT64_MAX

enum ring_event_type {
    RING_ACCEPTED, /* slot = listener's number; result = a new socket (a plain descriptor, for
                      ring_attach or ring_reject), or -errno (logged by the owner; accepting goes
                      on by itself, after a pause of 100 ms where descriptors or memory lack) */
    RING_RECEIVED, /* multishot receive: result = bytes in `buffer`; 0 = end of stream;
                      -ENOBUFS = no buffer was free (the ring re-arms by itself when one comes
                      back, first come first served); other -errno = broken. After 0 and other
                      -errno nothing is received any more */
    RING_STOPPED,  /* ring_receive_stop has taken effect: no RING_RECEIVED follows until
                      ring_receive is called again. Comes once for each ring_receive_stop, also
                      when the receive had ended by itself */
    RING_READ,     /* ring_read ended: result = bytes, 0 = end of stream, -errno */
    RING_SENT,     /* ring_send ended: result = bytes (may be short), -errno */
    RING_CLOSED    /* ring_close is complete: the slot may be used again, no event of it follows */
};

/* Events that the same ring_wait returned after the one that made the owner call ring_close or
 * ring_receive_stop still name the slot: their buffers go back with ring_buffer_put as always. From
 * the next ring_wait on, a slot being closed has one event, RING_CLOSED. */

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
    void (*reject)(struct ring *ring, int fd);
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
    u32 connections; /* connections-max */
    u32 slots;       /* connections and the spare ones */
    u32 buffers;
    u32 buffer_bytes;
    struct gauge buffer_gauge; /* receive buffers in use between a RING_RECEIVED and its put */
    u64 waits;                 /* calls of ring_wait */
    u64 enobufs;               /* receives that found no buffer */
    u64 overflows;             /* waits that found the completion queue overflown */
    u64 stale;                 /* completions of an earlier generation: dropped */
};

/* Rows: net.ring, net.slots, net.slot_queues, net.send_vectors, net.receive_buffers,
 * net.receive_ring, net.receive_states, and the kernel's net.ring_kernel_queues and
 * net.ring_kernel_entries (with epoll these stay planned and unused, so that the budget does not
 * depend on the host). What the kernel keeps per socket and per registered file is not in the
 * budget. */
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
/* Gives an accepted socket, as RING_ACCEPTED gave it (in blocking mode), to a free slot, which owns
 * it from now on (also when this fails: it is then closed). 0 or -errno. */
static inline int ring_attach(struct ring *ring, u32 slot, int fd) {
    return ring->operations->attach(ring, slot, fd);
}
/* Closes an accepted socket for which there is no slot. */
static inline void ring_reject(struct ring *ring, int fd) {
    ring->operations->reject(ring, fd);
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
/* Cancels what is in flight, closes, and ends with RING_CLOSED. Bytes that a RING_SENT confirmed
 * are the kernel's and still reach the peer, followed by end of stream; but where received bytes
 * are unread, TCP resets the connection after them, as it does for every server that closes early
 * (a peer on Linux can still read what had reached it). An owner that wants the peer to see a last
 * error calls this after its RING_SENT. */
static inline void ring_close(struct ring *ring, u32 slot) {
    ring->operations->close(ring, slot);
}
static inline void ring_buffer_put(struct ring *ring, u16 buffer) {
    ring->operations->buffer_put(ring, buffer);
}
/* Submits everything, waits until something happens or the timeout passes (0: does not wait), and
 * returns the number of events, at most `max`, which is at least RING_EVENTS_MIN. It may be 0
 * before the timeout: a signal ends the wait, and so does what concerns the ring alone. */
static inline u32 ring_wait(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max) {
    return ring->operations->wait(ring, timeout_us, events, max);
}

#endif
