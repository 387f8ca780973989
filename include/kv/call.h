/* call.h: one execution of one command, and the small things that every handler does with it.
 *
 * The rule of handlers: read the arguments, check everything, reserve in the store, change, reply.
 * A handler that has replied with an error has changed nothing. When the reply does not fit what is
 * free, it is rolled back and the call is made again later: so a handler that changes something and
 * answers with more than CALL_REPLY_SMALL bytes writes its reply first, and changes only when that
 * fits.
 */
#ifndef KV_CALL_H
#define KV_CALL_H

#include "kv/engine.h"
#include "kv/strings.h"
#include "kv/write.h"

/* Bytes of reply that every call may write without reserving them. */
#define CALL_REPLY_SMALL 512u
/* The longest reply of commands whose BOUND is LINE. */
#define CALL_REPLY_LINE 96u

struct call {
    struct engine *engine;
    struct client *client;
    const struct command *command; /* NULL: unknown */
    const struct bytes *argv;
    u32 argc;
    bool in_transaction; /* executed by EXEC: it may not block */
    bool measured;       /* only to learn the reply's length: it counts as no use of a key */
    bool failed;         /* replied with an error */
    u8 error;            /* its code, enum error_code */
    u32 hits; /* keys that a reader found; counted when the call is done, not when it waits */
    u32 misses;
    u64 too_long_argument; /* length of the longest one, when only RESTORE may have such; else 0 */
    u64 hash; /* store_hash of the first key, when the command has keys and an argument there */
    struct reply reply;
    bool blocks;                  /* the client has to wait: see call_block */
    struct blocked_request block; /* for what */
};

enum call_status {
    CALL_DONE,
    CALL_WAIT, /* nothing was executed or replied; try again when reply memory is free */
    CALL_HOLD, /* the same; try again when the pause is over */
    CALL_BLOCK /* nothing was replied: the client waits for what call->block says */
};

/* Finds the command of argv[0] (and of argv[1] for containers). Sets call->command. */
void call_resolve(struct call *call);
/* Checks and executes a resolved call. */
enum call_status call_execute(struct call *call);

/* Executes a resolved call that was checked when it was queued, within EXEC. Its reply has at most
 * `bound` bytes, which are reserved: one that would be longer is replaced by an error. */
void call_execute_queued(struct call *call, u64 bound);
/* Ends a wait of call->client, for whose command `call` stands: when the waiter's key holds a list,
 * takes from it, replies, and counts the command. CALL_BLOCK: there is no list. CALL_WAIT: the
 * reply does not fit what is free, and nothing has changed. */
enum call_status call_serve(struct call *call, const struct waiter *waiter);
/* Replies how the wait of call->client ended without a list, and counts its command. Needs no more
 * than CALL_REPLY_SMALL bytes. */
void call_end_block(struct call *call, enum blocked_end how);
/* Counts a call that call_execute has not counted, as executed or as refused. `begin_cycles`: the
 * clock_cycles at its beginning. */
void call_count(struct call *call, bool executed, u64 begin_cycles);
/* Ends the reply of a request: takes it back when CLIENT REPLY says that there is to be none. */
void call_end_reply(struct call *call, struct chain_mark mark);
/* Takes back a reply that did not fit. CALL_WAIT: the call is made again later. CALL_DONE: it can
 * never fit, and the error is replied. */
enum call_status call_undo(struct call *call, struct chain_mark mark);
/* Shows a call that was executed to those who watch: slow log, LATENCY, MONITOR. For calls that
 * took at least engine->notable_cycles, with their replies written. */
void call_observe(const struct call *call, u64 cycles);
/* The call begins to wait: monitors see it now. */
void call_observe_block(const struct call *call);
/* The client is in MONITOR no longer, if it was. */
void monitors_leave(struct engine *engine, struct client *client);

/* Counts the error that was replied outside of call_execute, if there was one. */
void call_count_error(const struct call *call);

/* Replies the error of an argument that is longer than any may be, and counts the request. */
void call_argument_too_long(struct call *call, u64 bytes);

/* -- for handlers -- */
void call_error(struct call *call, const char *text);
void call_errorf(struct call *call, const char *format, ...) KV_PRINTF(2, 3);
void call_syntax_error(struct call *call);
void call_wrong_type(struct call *call);
void call_arity_error(struct call *call);
/* Argument i as an integer; false after replying that it is not one. */
bool call_integer(struct call *call, u32 i, i64 *value);
static inline bool call_is_word(const struct call *call, u32 i, const char *word) {
    return bytes_is_word(call->argv[i], word);
}
u64 call_hash(const struct call *call, u32 i);
/* Finds argument i's key; counts a hit or a miss when the command reads. */
bool call_find(struct call *call, u32 i, u64 hash, struct item *item);
/* The same for commands that ask about a key (TTL, TYPE, OBJECT): they do not count as its use. */
bool call_peek(struct call *call, u32 i, u64 hash, struct item *item);
/* Counts a use of the key of an item, unless CLIENT NO-TOUCH is on. Part of call_find. */
void call_touch(struct call *call, struct item *item);
/* The same for a key that must be of one type: false and *failed when it is of another (the error
 * is replied), false and !*failed when there is no such key. */
bool call_find_typed(struct call *call, u32 i, u64 hash, enum item_type type, struct item *item,
                     bool *failed);
/* Says that argument i's key was made, changed or removed, its deadline included. Every handler
 * that changes a key says so, after the change. */
void call_changed(struct call *call, u32 i);
/* The same for a key that is no argument, or is in another database. */
void call_changed_key(struct call *call, u32 database, struct bytes key);
/* The same for all keys of a database at once, before it is flushed or swapped with another. */
void call_changed_database(struct call *call, u32 database);
/* Instead of a reply: the client waits as `block` says. Not in a transaction. */
void call_block(struct call *call, const struct blocked_request *block);
/* Replies the error of a write that the store has no room for. */
void call_store_full(struct call *call);
/* Checks argument i against val-size-max; false after replying. */
bool call_value_fits(struct call *call, u32 i);
/* Checks the length that a value is about to get against val-size-max; false after replying. */
bool call_size_fits(struct call *call, u64 bytes);
/* The same, and against proto-max-bulk-len, in Redis's words. */
bool call_length_fits(struct call *call, u64 bytes);
/* Counts the look-up of a key that a command which also writes has read. */
static inline void call_count_read(struct call *call, bool found) {
    call->hits += found;
    call->misses += !found;
}
void call_reply_cursor(struct call *call, u64 len, struct value_cursor *cursor);

/* The handlers of tbl/commands.def. */
#define COMMAND(id, parent, name, handler, ...) command_handler handler;
#include "kv/tbl/commands.def"
#undef COMMAND

#endif
