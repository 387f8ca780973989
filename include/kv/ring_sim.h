/* ring_sim.h: ring.h without a kernel, for tests: a seeded network with fake clients and a clock of
 * its own. The same seed and the same calls give the same run, to the byte.
 *
 * What a real network may do, it does: requests arrive in pieces of any size, sends end short,
 * connections break, buffers run out, events of different connections change places, several turns
 * or none pass between cause and effect, and time jumps. What a network cannot do it does not:
 * bytes of one direction of one connection keep their order and their values.
 *
 * All memory is taken at init. Not for production: ring_init never chooses it.
 */
#ifndef KV_RING_SIM_H
#define KV_RING_SIM_H

#include "kv/ring.h"

#define RING_SIM_NONE UINT32_MAX

/* Chances are in 1024, taken each time the thing could happen; all zero gives a network that does
 * everything whole, at once and in the order of the slots. */
struct ring_sim_options {
    u64 seed;
    u32 connections;  /* as connections-max; RING_SPARE_SLOTS come on top */
    u32 buffers;      /* receive buffers of RECEIVE_BUFFER_BYTES; at most 32768 */
    u32 clients;      /* fake clients at once, those that are not accepted yet included */
    u32 client_bytes; /* that may be under way in each direction of one connection */

    u32 chance_piece;        /* a receive or read gives only a part of what is there */
    u32 chance_short_send;   /* a send takes only a part of what there is room for */
    u32 chance_later;        /* an event that could come now comes in a later turn */
    u32 chance_delay;        /* what a client does takes effect up to delay_us_max later */
    u32 chance_starve;       /* a receive says -ENOBUFS though buffers are free */
    u32 chance_reset;        /* a connection breaks, each time something happens on it */
    u32 chance_accept_error; /* an accept fails with -EMFILE first */
    u32 chance_interrupt;    /* a wait ends early, with nothing */
    u32 chance_jump;         /* a wait begins with the clock up to jump_us_max later */
    u64 delay_us_max;
    u64 jump_us_max;
};

/* NULL when there is no memory. The ring works with every function of ring.h; ring_deinit frees
 * it. The descriptor given to ring_listen is not used. RING_ACCEPTED gives numbers that only this
 * ring's ring_attach and ring_reject understand. */
struct ring *ring_sim_init(const struct ring_sim_options *options);

/* The clock begins at 1 s. Every ring_wait moves it: to the next thing that happens, or by its
 * timeout. */
u64 ring_sim_now_us(const struct ring *ring);
void ring_sim_advance(struct ring *ring, u64 us);

/* Whether the network has nothing more to deliver, now or later, unless somebody acts. */
bool ring_sim_is_quiet(const struct ring *ring);

/* A client connects: its number, or RING_SIM_NONE when nobody listens (refused) or all clients are
 * in use. It may write at once. */
u32 ring_sim_connect(struct ring *ring, u32 listener);
/* Writes as much as fits under way: the number of bytes, 0 also after an end of the connection. */
u32 ring_sim_client_write(struct ring *ring, u32 client, const void *data, u32 len);
/* Reads what the server sent, at most `len` bytes. Bytes that had been sent before an end can still
 * be read after it. */
u32 ring_sim_client_read(struct ring *ring, u32 client, void *data, u32 len);
/* Bytes that the client could read now. */
u32 ring_sim_client_readable(const struct ring *ring, u32 client);
/* The client will write no more; it still reads. */
void ring_sim_client_shutdown(struct ring *ring, u32 client);
/* The client is gone after what it wrote: sends to it fail. */
void ring_sim_client_close(struct ring *ring, u32 client);
/* The connection breaks: what is under way to the server is lost. */
void ring_sim_client_reset(struct ring *ring, u32 client);

enum ring_sim_end {
    RING_SIM_OPEN,  /* the server has not closed */
    RING_SIM_ENDED, /* the server closed, and the client can read all that was sent */
    RING_SIM_RESET  /* broken: by ring_sim_client_reset, by chance, by a server that closed with
                       bytes unread, or with the listener before it was accepted */
};
enum ring_sim_end ring_sim_client_end(const struct ring *ring, u32 client);
/* Gives the number back for another client. A connection that is still open is closed first. */
void ring_sim_client_release(struct ring *ring, u32 client);

#endif
