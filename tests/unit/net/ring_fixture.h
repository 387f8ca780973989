/* ring_fixture.h: a ring in an arena of its own, sockets for its slots, and a log of what each slot
 * heard. Included by the tests of the ring and its implementations.
 */
#ifndef KV_TESTS_RING_FIXTURE_H
#define KV_TESTS_RING_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "kv/arena.h"
#include "kv/ring.h"

#include "../../../src/net/ring_internal.h"
#include "../unit.h"

#define HEARD_MAX 4194304u
#define TRACKED_SLOTS 1100u
/* A wait that nothing ends is a failure: long enough for a busy machine. */
#define PATIENCE_US 20000000u

/* What one slot heard. */
struct heard {
    u8 *bytes; /* HEARD_MAX, taken when the first arrive */
    u32 len;
    u32 pieces;
    u32 ends;   /* RING_RECEIVED with 0 */
    i32 broken; /* the last -errno of RING_RECEIVED other than -ENOBUFS */
    u32 starved;
    u32 stopped;
    u32 reads;
    i32 read_result;
    u32 sents;
    i32 sent_result;
    u64 sent_bytes;
    u32 closed;
    u32 late; /* events after RING_CLOSED */
    int peer; /* the test's end of the connection */
};

struct net {
    struct options options;
    struct limits limits;
    struct budget budget;
    struct arena arena;
    struct ring *ring;
    struct heard slots[TRACKED_SLOTS];
    bool hold; /* keep the buffers of what arrives */
    u16 held[4096];
    u32 held_count;
    u32 starving[64]; /* slots in the order in which they were told -ENOBUFS */
    u32 starving_count;
    int accepted[4096];
    u32 accepted_count;
    u32 accept_errors;
    i32 accept_error;
};

/* How the ring is opened. */
struct backend {
    const char *name;
    enum io_backend choice;
    u32 flags;
};

/* NULL with a message when the ring could not be opened. */
static inline struct net *net_try_open(const struct backend *backend, u32 connections, u32 buffers,
                                       char error[RING_ERROR_MAX]) {
    char note[RING_ERROR_MAX];
    char arena_error[ARENA_ERROR_MAX];
    struct net *net = calloc(1, sizeof(*net));
    assert_non_null(net);
    for (u32 i = 0; i < TRACKED_SLOTS; i++)
        net->slots[i].peer = -1;
    net->options.connections_max = connections;
    net->options.io_backend = backend->choice;
    net->limits.receive_buffers = buffers;
    budget_init(&net->budget);
    ring_budget(&net->options, &net->limits, &net->budget);
    budget_finish(&net->budget);
    if (!arena_init(&net->arena, &net->budget, true, arena_error)) fail_msg("%s", arena_error);
    net->ring = ring_open(&net->arena, &net->options, &net->limits, backend->flags, note, error);
    if (net->ring != NULL) {
        arena_seal(&net->arena);
        return net;
    }
    arena_deinit(&net->arena);
    free(net);
    return NULL;
}

static inline struct net *net_open(const struct backend *backend, u32 connections, u32 buffers) {
    char error[RING_ERROR_MAX];
    struct net *net = net_try_open(backend, connections, buffers, error);
    if (net == NULL) fail_msg("%s", error);
    return net;
}

static inline void net_close(struct net *net) {
    ring_deinit(net->ring);
    arena_deinit(&net->arena);
    for (u32 i = 0; i < TRACKED_SLOTS; i++) {
        if (net->slots[i].peer >= 0) close(net->slots[i].peer);
        free(net->slots[i].bytes);
    }
    free(net);
}

static inline void net_hear_bytes(struct net *net, struct heard *heard,
                                  const struct ring_event *event) {
    if (heard->bytes == NULL) heard->bytes = malloc(HEARD_MAX);
    assert_non_null(heard->bytes);
    assert_true(heard->len + (u32)event->result <= HEARD_MAX);
    memcpy(heard->bytes + heard->len, event->data, (u32)event->result);
    heard->len += (u32)event->result;
    heard->pieces++;
    if (net->hold)
        net->held[net->held_count++] = event->buffer;
    else
        ring_buffer_put(net->ring, event->buffer);
}

static inline void net_hear_received(struct net *net, struct heard *heard,
                                     const struct ring_event *event) {
    if (event->result > 0) {
        net_hear_bytes(net, heard, event);
    } else if (event->result == 0) {
        heard->ends++;
    } else if (event->result == -ENOBUFS) {
        heard->starved++;
        if (net->starving_count < 64) net->starving[net->starving_count++] = event->slot;
    } else {
        heard->broken = event->result;
    }
}

static inline void net_hear_accepted(struct net *net, const struct ring_event *event) {
    if (event->result >= 0) {
        assert_true(net->accepted_count < KV_ARRAY_LENGTH(net->accepted));
        net->accepted[net->accepted_count++] = event->result;
    } else {
        net->accept_errors++;
        net->accept_error = event->result;
    }
}

static inline void net_hear(struct net *net, const struct ring_event *event) {
    if (event->type == RING_ACCEPTED) {
        net_hear_accepted(net, event);
        return;
    }
    assert_true(event->slot < TRACKED_SLOTS);
    struct heard *heard = &net->slots[event->slot];
    if (heard->closed > 0) heard->late++;
    switch ((enum ring_event_type)event->type) {
    case RING_RECEIVED:
        net_hear_received(net, heard, event);
        break;
    case RING_STOPPED:
        heard->stopped++;
        break;
    case RING_READ:
        heard->reads++;
        heard->read_result = event->result;
        break;
    case RING_SENT:
        heard->sents++;
        heard->sent_result = event->result;
        if (event->result > 0) heard->sent_bytes += (u64)event->result;
        break;
    case RING_CLOSED:
        heard->closed++;
        break;
    default:
        fail_msg("event of type %u", event->type);
    }
}

/* One wait, with everything that it gives heard. Returns the number of events. */
static inline u32 net_turn_of(struct net *net, u64 timeout_us, u32 max) {
    struct ring_event events[RING_EVENTS_MAX];
    u32 count = ring_wait(net->ring, timeout_us, events, max);
    assert_true(count <= max);
    for (u32 i = 0; i < count; i++)
        net_hear(net, &events[i]);
    return count;
}
static inline u32 net_turn(struct net *net, u64 timeout_us) {
    return net_turn_of(net, timeout_us, RING_EVENTS_MAX);
}

/* Takes turns until the condition holds; at most as many as show that it never will. */
#define net_until(net, condition)                                                                  \
    do {                                                                                           \
        for (u32 net_turns = 0; !(condition); net_turns++) {                                       \
            if (net_turns == 20000) fail_msg("never: %s", #condition);                             \
            net_turn(net, PATIENCE_US);                                                            \
        }                                                                                          \
    } while (0)

/* Takes turns without waiting until several in a row give nothing: what was to come has come. For
 * sockets of this machine, where cause and effect are one system call. */
static inline void net_settle(struct net *net) {
    for (u32 quiet = 0; quiet < 5;)
        quiet = net_turn(net, 0) == 0 ? quiet + 1 : 0;
}

/* A slot with one end of a new pair of sockets; the other end is the slot's `peer`, which does not
 * block. */
static inline void net_attach_pair(struct net *net, u32 slot) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
    if (net->slots[slot].peer >= 0) close(net->slots[slot].peer);
    u8 *bytes = net->slots[slot].bytes;
    net->slots[slot] = (struct heard){.peer = pair[1], .bytes = bytes};
    assert_int_equal(ring_attach(net->ring, slot, pair[0]), 0);
}

static inline void net_peer_write(struct net *net, u32 slot, const void *data, size_t len) {
    assert_int_equal(write(net->slots[slot].peer, data, len), (ssize_t)len);
}
static inline void net_peer_close(struct net *net, u32 slot) {
    close(net->slots[slot].peer);
    net->slots[slot].peer = -1;
}
/* What the peer can read now: bytes, 0 at the end of the stream, -errno. */
static inline ssize_t net_peer_read(struct net *net, u32 slot, void *data, size_t len) {
    ssize_t result = read(net->slots[slot].peer, data, len);
    return result >= 0 ? result : -errno;
}
static inline void net_send_one(struct net *net, u32 slot, const void *data, size_t len) {
    struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    ring_send(net->ring, slot, &piece, 1);
}
static inline void net_put_held(struct net *net) {
    while (net->held_count > 0)
        ring_buffer_put(net->ring, net->held[--net->held_count]);
}

/* Bytes that tell their place. */
static inline void net_fill(u8 *data, size_t len, u32 seed) {
    for (size_t i = 0; i < len; i++)
        data[i] = (u8)((i * 31 + (i >> 8) * 7 + seed) & 0xff);
}

/* -- the same tests over every implementation -- */

static inline const struct backend *backend_of(void **state) {
    return *state;
}

static inline const char *net_group_name(const char *what, const struct backend *backend) {
    static char name[64];
    snprintf(name, sizeof(name), "%s over %s%s", what, backend->name,
             backend->flags & RING_PLAIN_FILES ? ", plain files" : "");
    return name;
}

/* A host that denies io_uring can still test the rest. */
static inline bool net_is_denied(const struct backend *backend) {
    char error[RING_ERROR_MAX];
    struct net *net = net_try_open(backend, 4, 4, error);
    if (net != NULL) {
        net_close(net);
        return false;
    }
    print_message("[  SKIPPED ] %s\n", error);
    return strstr(error, "EPERM") != NULL || strstr(error, "ENOSYS") != NULL;
}

/* Runs a group of tests, made with cmocka_unit_test_prestate and the backend, over each. Returns
 * how many failed. */
static inline int net_run_over_all(int (*run)(const struct backend *backend)) {
    static const struct backend backends[] = {
        {"io_uring", IO_BACKEND_IO_URING, 0},
        {"io_uring", IO_BACKEND_IO_URING, RING_PLAIN_FILES},
        {"epoll", IO_BACKEND_EPOLL, 0},
    };
    int failed = 0;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(backends); i++)
        if (!net_is_denied(&backends[i])) failed += run(&backends[i]);
    return failed;
}

#endif
