/* blocked.h: clients that wait in a blocking command until a key holds a list, and the pause that
 * holds all requests back.
 *
 * Each client that waits has a `blocked_client`; for each of its keys there is a `waiter`, in the
 * queue of that key, first come first served. A key that changes and has a queue is put on a list;
 * the server serves it after the command that changed it, before any other is executed. Everything
 * comes from pools of fixed size, and finding, leaving and the next deadline cost O(1) or O(log n).
 */
#ifndef KV_BLOCKED_H
#define KV_BLOCKED_H

#include "kv/arena.h"
#include "kv/bytes.h"
#include "kv/client.h"
#include "kv/limits.h"
#include "kv/list.h"
#include "kv/pool.h"

#define BLOCKED_FOREVER UINT64_MAX
#define BLOCKED_NO_PLACE UINT32_MAX

enum blocked_kind {
    BLOCKED_POP,       /* BLPOP, BRPOP */
    BLOCKED_MULTI_POP, /* BLMPOP */
    BLOCKED_MOVE       /* BLMOVE, BRPOPLPUSH */
};

/* How a wait ended that no list ended. */
enum blocked_end { BLOCKED_NOT_ENDED, BLOCKED_TIMED_OUT, BLOCKED_UNBLOCKED };

/* What a command asks for that has to wait: its keys are arguments first..first+keys-1, and the
 * destination of a move is the one after them. */
struct blocked_request {
    u8 kind;
    u8 from; /* enum list_end */
    u8 to;
    u32 first;
    u32 keys;
    u64 count;       /* of BLOCKED_MULTI_POP */
    u64 deadline_us; /* monotonic, or BLOCKED_FOREVER */
};

/* Those who wait for one key; there is one as long as anybody does. */
struct blocked_key {
    struct blocked_key *next; /* of its bucket */
    struct list_node ready;   /* linked while it has to be looked at */
    struct list_node waiters; /* oldest first */
    u64 hash;
    u32 database;
};

struct waiter {
    struct list_node node; /* of key->waiters */
    struct blocked_key *key;
    struct blocked_client *owner;
    struct waiter *next; /* of the same owner */
    u32 offset;          /* of the key's bytes in owner->kept */
    u32 len;
};

struct blocked_client {
    struct client *client;
    const struct command *command;
    struct list_node ended; /* linked from its end until the server has heard of it */
    struct waiter *waiters; /* in the order of the keys */
    struct waiter *last;
    const u8 *kept; /* the bytes of its keys, one after the other, and of the destination */
    u64 deadline_us;
    u64 count;
    u32 place; /* among the deadlines; BLOCKED_NO_PLACE: it has none */
    u32 database;
    u32 destination_offset;
    u32 destination_len;
    u8 kind;
    u8 from;
    u8 to;
    u8 end;
    bool
        stalled; /* it was its turn, but its reply did not fit what was free: nobody overtakes it */
};

enum pause_kind { PAUSE_NONE, PAUSE_WRITES, PAUSE_ALL };

struct blocked {
    struct pool clients; /* of struct blocked_client */
    struct pool waiters;
    struct pool keys;
    struct blocked_key **buckets;
    u64 bucket_mask;
    struct blocked_client **deadlines; /* a binary heap, the earliest first */
    u32 deadline_count;
    u32 stalled; /* clients */
    u64 seed;
    struct list_node ready; /* keys */
    struct list_node ended; /* clients */
    u32 changed_databases;  /* a bit for each whose keys were all changed */
    u64 paused_clients;     /* whose request is held back by the pause */
    u8 pause;               /* enum pause_kind */
    u64 pause_until_us;
    bool work; /* the server has something to do: see waits.c */
};

/* Rows: command.blocked_clients, command.blocked_deadlines, command.blocked_waiters,
 * command.blocked_keys, command.blocked_buckets. */
void blocked_budget(const struct options *options, struct budget *budget);
void blocked_init(struct blocked *blocked, struct arena *arena, const struct options *options,
                  u64 seed);

/* -- waiting -- */
/* Begins a wait; its keys come with blocked_add. NULL: blocked-clients-max is reached. */
struct blocked_client *blocked_begin(struct blocked *blocked, struct client *client,
                                     const struct command *command,
                                     const struct blocked_request *request);
/* Waits for the key that lies in client->kept, at the end of its queue; a key that it waits for
 * already is not added again. False: blocked-keys-max is reached. */
bool blocked_add(struct blocked *blocked, struct blocked_client *client, u32 offset, u32 len);
/* Ends the wait. If it was the client's turn somewhere, those behind it are looked at. */
void blocked_remove(struct blocked *blocked, struct client *client);
/* Takes a client that is about to go out of all queues, so that nothing is given to it any more. */
void blocked_withdraw(struct blocked *blocked, struct blocked_client *client);
/* Ends the wait without a list: the client no longer waits for any key, and the server hears of it.
 */
void blocked_end(struct blocked *blocked, struct blocked_client *client, enum blocked_end how);
/* Ends the waits whose deadline has come. */
void blocked_expire(struct blocked *blocked, u64 now_us);
/* The earliest deadline; BLOCKED_FOREVER when there is none. */
u64 blocked_next_deadline(const struct blocked *blocked);

/* -- keys that change -- */
/* The queue of a key; NULL when nobody waits for it. */
struct blocked_key *blocked_find(const struct blocked *blocked, u32 database, struct bytes key);
static inline bool blocked_is_empty(const struct blocked *blocked) {
    return blocked->waiters.gauge.used == 0;
}
/* Has the queue looked at. */
void blocked_mark(struct blocked *blocked, struct blocked_key *key);
/* Has all queues of a database looked at. */
void blocked_mark_database(struct blocked *blocked, u32 database);
/* Has the queues looked at in which the client is the next. */
void blocked_mark_turns(struct blocked *blocked, const struct blocked_client *client);
/* Takes the first queue that has to be looked at; NULL when there is none. */
struct blocked_key *blocked_take_ready(struct blocked *blocked);
/* Takes the first client whose wait ended; NULL when there is none. */
struct blocked_client *blocked_take_ended(struct blocked *blocked);
void blocked_set_stalled(struct blocked *blocked, struct blocked_client *client, bool stalled);

static inline struct waiter *blocked_first(const struct blocked_key *key) {
    return kv_container_of(key->waiters.next, struct waiter, node);
}
static inline struct bytes waiter_key(const struct waiter *waiter) {
    return bytes_of(waiter->owner->kept + waiter->offset, waiter->len);
}

/* -- the pause -- */
/* Clients that wait, for a key or for the end of the pause. */
static inline u64 blocked_client_count(const struct blocked *blocked) {
    return blocked->clients.gauge.used + blocked->paused_clients;
}
/* Holds requests back until then; what is stricter or later already stays. */
void blocked_pause(struct blocked *blocked, enum pause_kind kind, u64 until_us);
/* Ends the pause; the server goes on with what was held back. */
void blocked_unpause(struct blocked *blocked);

#endif
