/* transaction.h: MULTI, EXEC and WATCH: a client's part, what all transactions share, and what the
 * rest of the server tells them.
 *
 * Between MULTI and EXEC requests are copied to a queue. One transaction's queue holds at most as
 * many bytes as the largest request; all queues share transaction-memory. A request that cannot be
 * queued is answered with an error at once, and EXEC then refuses the transaction. Before the first
 * command of a transaction is executed its replies are bounded and their memory is reserved: a
 * transaction whose replies may not fit is refused as a whole, or waits, like any reply.
 */
#ifndef KV_TRANSACTION_H
#define KV_TRANSACTION_H

#include "kv/reply_bound.h"
#include "kv/request_queue.h"
#include "kv/watches.h"

struct engine;
struct client;

/* Of a client. */
struct transaction {
    bool open;   /* MULTI was called, EXEC not yet */
    bool failed; /* a request was refused since: EXEC executes nothing */
    bool writes; /* a request of the queue is a command that writes */
    struct watcher watcher;
    struct request_queue queue;
};

/* Room for arguments that whoever executes EXEC lends it. */
struct argument_loan {
    struct bytes *argv;
    u32 used; /* of these, by requests that are executed already or later */
    u32 max;
    bool overwritten; /* those were in the way: requests after this one must be parsed again */
};

struct transactions {
    struct request_pool pool;
    struct watches watches;
    struct reply_bounds bounds;
    u8 *request; /* one request with its arguments contiguous */
    struct argument_loan loan;
    struct bytes exec_argv[1]; /* EXEC's own, out of the way */
    u64 replies_left; /* bytes reserved for replies of the running EXEC that are not made */
};

/* Rows: command.transaction_queue, command.transaction_request, command.watches,
 * command.watch_buckets, command.reply_bounds. */
void transactions_budget(const struct options *options, const struct limits *limits,
                         struct budget *budget);
/* After engine_init; registers its pools with the engine's statistics. `seed`: of the hashes. */
void transactions_init(struct engine *engine, struct arena *arena, const struct limits *limits,
                       u64 seed);

static inline void transaction_init(struct transaction *transaction) {
    *transaction = (struct transaction){0};
    watcher_init(&transaction->watcher);
}

/* Whether a call of a client whose transaction is open, which is allowed, is queued instead of
 * executed. */
bool transaction_takes(const struct call *call);
/* Whether the call is an EXEC of commands that write. */
bool transaction_writes(const struct call *call);
/* Queues it and replies. */
void transaction_queue(struct call *call);
/* A request of the client was refused before it was executed: when a transaction is open, it
 * fails. */
void transaction_refuse(struct client *client);
/* EXEC itself was refused, with `error`: replies so, and the transaction is over. */
void transaction_abort(struct call *call, const char *error);
/* Ends a transaction without executing it, if there is one, and forgets what is watched. */
void transaction_discard(struct engine *engine, struct client *client);

/* -- for whoever changes keys -- */

/* A key was made, changed or removed (by a command, or to make room), its deadline included. What
 * expires need not be told. */
void watches_key_changed(struct engine *engine, u32 database, struct bytes key);
/* All keys of the database are about to be removed. */
void watches_database_changed(struct engine *engine, u32 database);
/* Two databases are about to be swapped. A watched key that exists in neither counts as changed
 * unless the other database is empty: the table cannot tell what is there without its name. */
void watches_databases_swapped(struct engine *engine, u32 a, u32 b);

#endif
