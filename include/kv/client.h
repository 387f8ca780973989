/* client.h: what commands know of a connected client, and the table of all clients. What belongs to
 * its transport (buffers, descriptors) is the session's.
 */
#ifndef KV_CLIENT_H
#define KV_CLIENT_H

#include "kv/command.h"
#include "kv/gauge.h"
#include "kv/list.h"
#include "kv/transaction.h"

#define CLIENT_NAME_MAX 64
#define CLIENT_ADDRESS_MAX 64

struct blocked_client;

/* Which replies a client gets: CLIENT REPLY. */
#define CLIENT_REPLY_OFF 1u       /* none */
#define CLIENT_REPLY_SKIP 2u      /* not that of the request that is executed now */
#define CLIENT_REPLY_SKIP_NEXT 4u /* not that of the next one */

struct client {
    struct list_node node;       /* of clients.order */
    struct list_node monitoring; /* of monitors.order, linked while it is in MONITOR */
    u64 id;                      /* 0: the slot is free */
    u32 slot;
    u8 database;
    u8 protocol;
    bool authenticated;
    bool is_unix;
    bool close_after_reply; /* QUIT, protocol errors: no further request is executed */
    bool kill;              /* CLIENT KILL: closed at the end of the turn */
    bool monitor_lost;      /* closed for it, as it left too much of MONITOR unread */
    bool is_local;          /* its peer is this machine */
    bool no_touch;          /* CLIENT NO-TOUCH: what it does to keys is no use of them */
    bool no_evict;          /* CLIENT NO-EVICT: shown only, for no client is evicted */
    u8 reply_mode;          /* CLIENT_REPLY_* */
    struct transaction transaction;
    char name[CLIENT_NAME_MAX];
    char lib_name[CLIENT_NAME_MAX];
    char lib_version[CLIENT_NAME_MAX];
    char address[CLIENT_ADDRESS_MAX];
    char local_address[CLIENT_ADDRESS_MAX];
    u64 created_us;
    u64 active_us; /* of its last request */
    const struct command *last_command;
    struct blocked_client *blocked; /* while it waits in a blocking command */
    bool paused;                    /* its request is held back by CLIENT PAUSE */
    /* Kept by the session for CLIENT LIST. */
    u64 query_bytes;    /* received and not executed */
    u64 query_capacity; /* memory held for them */
    u64 output_bytes;   /* written and not sent */
    u64 output_chunks;
};

struct clients {
    struct client *table; /* [slots]: a few more than the limit, for those who are being refused */
    u32 slots;
    struct list_node order; /* the open ones, oldest first */
    u64 next_id;
    struct gauge gauge; /* max: connections-max */
};

/* The clients in MONITOR. */
struct monitors {
    struct list_node order;
    struct gauge gauge; /* max: monitors-max */
};

static inline bool client_is_monitor(const struct client *client) {
    return list_is_linked(&client->monitoring);
}
/* Whether nothing is to be replied to the request that is executed now. */
static inline bool client_is_muted(const struct client *client) {
    return (client->reply_mode & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) != 0;
}
/* After each request: what CLIENT REPLY SKIP said of one does not hold for the next. */
static inline void client_end_request(struct client *client) {
    client->reply_mode = (u8)((client->reply_mode & CLIENT_REPLY_OFF) |
                              ((client->reply_mode & CLIENT_REPLY_SKIP_NEXT) >> 1));
}

/* `table` holds `slots` entries; `max` is connections-max. */
void clients_init(struct clients *clients, struct client *table, u32 slots, u64 max);
/* Begins a client in a free slot. */
struct client *clients_open(struct clients *clients, u32 slot, u64 now_us);
/* Ends it: it is no longer listed. */
void clients_close(struct clients *clients, struct client *client);
/* Back to the state in which it began (RESET). */
void client_reset(struct client *client, bool needs_password);

#endif
