/* ring_uring_internal.h: the io_uring implementation's state, shared by its two halves: opening and
 * closing (ring_uring_setup.c), and the operations (ring_uring.c).
 */
#ifndef KV_RING_URING_INTERNAL_H
#define KV_RING_URING_INTERNAL_H

#include <liburing.h>

#include "ring_internal.h"

/* Newer than the headers kv is built with. */
#define URING_FEATURE_READ_ATTRIBUTES (1u << 16) /* 6.14 */
#define URING_FEATURE_NO_IOWAIT (1u << 17)       /* 6.15 */
#define URING_ENTER_NO_IOWAIT (1u << 7)
#define URING_SETUP_NO_SQARRAY (1u << 16)

#define URING_BUFFER_GROUP 0

/* Operations that the kernel may have in hand, at most one of each for a slot. Each is a bit in
 * `flight` (the kernel has it, or it is in the submission queue) or in `pending` (it waits for a
 * place there), and the first byte of its user_data. The target of a cancel is its number less
 * URING_CANCEL_RECEIVE. */
enum uring_operation {
    URING_RECEIVE,
    URING_READ,
    URING_SEND,
    URING_CANCEL_RECEIVE,
    URING_CANCEL_READ,
    URING_CANCEL_SEND,
    URING_CLOSE,
    URING_ACCEPT,
    URING_CANCEL_ACCEPT
};

enum {
    SLOT_ATTACHED = 1,  /* a socket belongs to it */
    SLOT_RECEIVING = 2, /* between ring_receive and its end */
    SLOT_STOPPING = 4,  /* RING_STOPPED is owed */
    SLOT_CLOSING = 8,   /* RING_CLOSED is owed, and nothing else */
    SLOT_STARVED = 16   /* found no buffer, and has had none since */
};

struct uring_slot {
    u32 generation; /* 24 bits, part of user_data */
    u16 state;
    u16 flight;
    u16 pending;
    u16 unused;
    i32 fd;            /* -1 when the registered table holds the file */
    struct iovec read; /* of URING_READ */
    struct iovec send; /* of URING_SEND: one piece */
    u64 reserved[2];
};
_Static_assert(sizeof(struct uring_slot) == RING_SLOT_BYTES, "one row of the budget for both");

struct uring_listener {
    i32 fd;
    u32 generation;
    bool wanted; /* between ring_listen and ring_unlisten */
    bool armed;  /* the kernel accepts for the present generation */
    bool cancel; /* the cancel of generation - 1 found no submission entry */
    u64 resume_us;
};

struct uring {
    struct ring ring; /* first: what the owner sees */
    struct io_uring io;
    u32 enter_flags;
    bool direct;    /* sockets are in the registered table, by slot */
    bool no_iowait; /* the kernel can wait without showing it as disk wait */
    bool attention; /* a listener has to be armed or cancelled */

    struct uring_slot *slots;
    struct slot_queue local, starving, backlog;

    struct ring_buffers buffers;
    struct io_uring_buf_ring *receive_ring;
    /* How many buffers the kernel gets at a time. All of them would be used round robin, each one
     * cold in the CPU's cache; as many as one turn fills, on the other hand, stay warm. Grows at
     * once when a receive finds none, shrinks slowly. */
    u32 published;
    u32 window;
    u32 window_wanted; /* receives that found none since the last wait */
    u32 turn_filled;   /* buffers filled in this wait */
    u32 peak_filled;   /* most in one wait of this period */
    u32 period_waits;

    u8 *vectors;
    u32 vectors_used;
    struct uring_listener listeners[RING_LISTENERS_MAX];
};
_Static_assert(sizeof(struct uring) <= RING_STATE_BYTES, "the row net.ring");

extern const struct ring_operations ring_uring_operations;

static inline u64 uring_user_data(enum uring_operation operation, u32 generation, u32 number) {
    return (u64)operation << 56 | (u64)(generation & 0xffffffu) << 32 | number;
}

/* Ends everything in the kernel and closes what is still attached. */
void uring_deinit(struct ring *ring);

#endif
