/* What the parts of the sessions share: session.c (life), input.c (bytes that arrive), batch.c
 * (requests), output.c (replies), timeouts.c.
 */
#ifndef KV_SESSION_INTERNAL_H
#define KV_SESSION_INTERNAL_H

#include "kv/call.h"
#include "kv/chain.h"
#include "kv/extent.h"
#include "kv/list.h"
#include "kv/parse.h"
#include "kv/session.h"

#define SESSION_MAGIC 0x6b767373u  /* "kvss" */
#define SESSIONS_MAGIC 0x6b767361u /* "kvsa" */
#define BUFFER_NONE UINT32_MAX

/* Requests executed between two prefetches. Enough that their cache misses overlap, few enough that
 * what was fetched is still in the first-level cache when it is used. */
#define BATCH_REQUESTS 64u
/* A session with more unsent reply bytes than this executes nothing until some are sent: so that a
 * client that does not read holds this much and one reply, not all reply memory. */
#define OUTPUT_PAUSE_BYTES (256u * 1024u)
/* A session that cannot execute and holds more shared receive buffers than this stops receiving. */
#define HELD_PAUSE_BUFFERS 2u
/* Redis's limit for an inline request. */
#define INLINE_MAX 65536u
#define BATCH_LINES_BYTES (INLINE_MAX + 16u)
/* A request that lacks at least this much is received straight into its own memory. */
#define DIRECT_READ_BYTES 8192u

/* The reply that a request gets which was not executed because it could not be parsed, or whose
 * wait ended with nothing. */
enum session_owed {
    OWED_NOTHING,
    OWED_TOO_LONG,
    OWED_BROKEN,
    OWED_TIMED_OUT, /* these end a wait in a blocking command */
    OWED_UNBLOCKED,
    OWED_NO_MEMORY
};

enum session_state {
    SESSION_FREE,
    SESSION_OPEN,
    SESSION_FAREWELL, /* refused: one error is sent, then it is closed; has no client */
    SESSION_CLOSING   /* ring_close was called; ends with RING_CLOSED */
};

/* Why a session executes nothing although it has requests. */
enum session_wait {
    WAIT_NOTHING,
    WAIT_SENT,    /* for its own replies to be read: no other session can help, or is held up */
    WAIT_REPLY,   /* in the queue for reply memory; it has no unsent bytes */
    WAIT_RECEIVE, /* in the queue for receive memory */
    WAIT_BLOCKED, /* in a blocking command: see waits.c */
    WAIT_PAUSED   /* its request is held back by CLIENT PAUSE */
};

/* How far receiving into the shared buffers is. */
enum session_receive {
    RECEIVE_OFF,
    RECEIVE_ON,       /* multishot receive is armed */
    RECEIVE_STOPPING, /* until RING_STOPPED */
    RECEIVE_DIRECT    /* a ring_read into the request's own memory is in flight */
};

struct session {
    u32 magic;
    u32 slot;
    u8 state;
    u8 wait;
    u8 receive;
    bool end_of_stream; /* the peer sends no more: closed once all is answered */
    bool sending;
    bool in_round;         /* in the current batch */
    bool blocked;          /* a request of this round had to wait: skip those behind it */
    bool incomplete;       /* the input ends within a request */
    bool is_elder;         /* its request is put together in the elder's memory */
    bool view_is_assembly; /* of this round */
    bool bulky;            /* its next request is begun outside the shared buffers: see input.c */
    u8 owed;               /* after the requests of this round */
    struct client *client; /* NULL for a farewell */

    /* Received bytes, in order: first the request that is put together, then shared buffers. */
    struct request_scan scan;
    struct parse_output owed_parse;
    struct extent extent; /* of the assembly; unused when is_elder */
    u8 *assembly;         /* NULL: none */
    u64 assembly_size;
    u64 assembly_begin; /* first byte not executed */
    u64 assembly_end;
    u64 kept_begin; /* WAIT_BLOCKED: where the bytes of its keys are, up to assembly_begin */
    u64 peeked;     /* bytes at its end that are copies of the first held buffer's */
    u64 needed;     /* bytes that the incomplete request has at least */
    bool needed_exact;
    u32 held_first; /* shared buffers, linked through held[] */
    u32 held_last;
    u32 held_count;

    struct chain output;
    u64 wait_free; /* chunks that were free when its reply did not fit: more must be to try again;
                      0 when the try was not made with all that was free */

    struct list_node ready;
    struct list_node dirty;
    struct list_node waiting;
    struct list_node starving; /* linked while its receive found no shared buffer */
    struct list_node idle_timer;
    struct list_node request_timer; /* linked while its request is incomplete */
    struct list_node reply_timer;   /* linked while it has unsent bytes */
    u64 active_us;                  /* when bytes last went either way */
    u64 request_us;                 /* when its incomplete request last came further */
    u64 sent_us;                    /* when its peer last took some of its replies */
    struct session *next_free;
};

/* A shared receive buffer that a session holds. */
struct held {
    u8 *data;
    u32 begin;
    u32 end;
    u32 next;
};

struct batch_entry {
    struct session *session;
    u64 begin;             /* where the request begins in the session's view */
    u64 end;               /* and where the next one does */
    heap_handle candidate; /* of the prefetch */
    bool has_key;
    struct call call;
};

struct batch {
    struct batch_entry *entries; /* [BATCH_REQUESTS] */
    u32 count;
    struct bytes *argv; /* [argv_max] */
    u32 argv_max;
    u32 argv_used;
    u8 *lines; /* [BATCH_LINES_BYTES]: inline requests, whose quotes are undone in place: in a copy,
                  so that a request that had to wait can be parsed again */
    u32 lines_used;
};

/* The request that has waited longest for receive memory gets this, which holds any legal request:
 * so somebody always makes progress. */
struct elder {
    u8 *data;
    u64 size;
    struct session *owner;
};

struct sessions {
    u32 magic;
    struct ring *ring;
    struct engine *engine;
    const struct limits *limits;
    const struct listeners *listeners;
    struct session *table;
    u32 slots;
    u32 open; /* sessions that are not free */
    struct session *free_head;
    struct chunk_pool chunks;
    u64 chunks_kept; /* the pool's `kept` while nobody waits */
    struct extents extents;
    u64 small_count; /* sessions whose assembly is one unit */
    struct elder elder;
    struct gauge elder_gauge;
    struct held *held;
    struct batch batch;
    struct list_node ready;
    struct list_node round; /* sessions of the current batch, linked by `ready` */
    struct list_node dirty;
    struct list_node wait_reply;
    struct list_node wait_receive;
    struct list_node paused; /* in the order in which they were held back */
    struct list_node starving;
    struct list_node idle_timers;
    struct list_node request_timers;
    struct list_node reply_timers;
    struct session *serving; /* the one whose waiting request is tried again just now */
    bool draining;
};

/* -- session.c -- */
void session_open(struct sessions *sessions, const struct listener *listener, int fd);
/* Begins to close; idempotent. Everything it holds but unsent bytes is given back now. */
void session_close(struct sessions *sessions, struct session *session);
void session_closed(struct sessions *sessions, struct session *session);
/* Closes a session that has nothing left to do: its peer or the server wants to end. */
void session_close_when_done(struct sessions *sessions, struct session *session);
void session_mark_ready(struct sessions *sessions, struct session *session);
/* It is not idle. */
void session_touch(struct sessions *sessions, struct session *session);
/* Whether requests may be executed now. */
bool session_can_execute(const struct sessions *sessions, const struct session *session);
/* Ends the wait, if any. */
void session_stop_waiting(struct sessions *sessions, struct session *session);

/* -- input.c -- */
void input_init(struct session *session);
void input_received(struct sessions *sessions, struct session *session,
                    const struct ring_event *event);
void input_stopped(struct sessions *sessions, struct session *session);
void input_read(struct sessions *sessions, struct session *session, i32 result);
/* Whether there are bytes that were not executed. */
bool input_has_view(const struct session *session);
/* Chooses the view of a round: the contiguous bytes in which the next request begins. */
void input_begin_round(struct session *session);
/* What is left of the round's view; *begin: its place in it. */
u8 *input_view(const struct sessions *sessions, const struct session *session, u64 *len,
               u64 *begin);
/* `len` bytes at the front of the view are parsed. */
void input_advance(struct sessions *sessions, struct session *session, u64 len);
/* Where in the view the next request begins. */
u64 input_position(const struct sessions *sessions, const struct session *session);
/* Takes the view back to where a request began that could not be executed. */
void input_rewind(struct sessions *sessions, struct session *session, u64 begin);
/* After a round: gives back what was executed, puts an incomplete request together, asks the
 * network for more. True: there is more to parse now. */
bool input_settle(struct sessions *sessions, struct session *session);
void input_release(struct sessions *sessions, struct session *session);
/* For a session that begins to wait in a blocking request, which is done with: keeps `count` pieces
 * of it, which lie in it in their order (or in the batch's lines), one after the other in the
 * session's own memory, and what came behind it after them. No shared buffer is held any more.
 * False: there is no memory for that, nothing has changed. */
bool input_keep(struct sessions *sessions, struct session *session, const struct bytes *pieces,
                u32 count, const struct batch_entry *entry);
/* The kept pieces; they may move with the next input_gather_behind. */
const u8 *input_kept(const struct session *session);
/* For a session that waits: what has arrived since joins what it holds in its own memory. False:
 * there is no memory for that, or it is more than one request may be; nothing has changed. */
bool input_gather_behind(struct sessions *sessions, struct session *session);
/* Bytes received and not executed. */
u64 input_bytes(const struct sessions *sessions, const struct session *session);
/* Gives memory to sessions that wait for it, oldest first. */
void input_serve_waiting(struct sessions *sessions);
/* When those who wait hold nearly all shared buffers, lets others receive without them. */
void input_feed_starving(struct sessions *sessions);

/* -- batch.c -- */
void batch_init(struct batch *batch, struct arena *arena, const struct limits *limits);
void batch_budget(const struct limits *limits, struct budget *budget);
/* Executes what the ready sessions have, in rounds, until none is ready. */
void batch_run(struct sessions *sessions);
/* The same for one session alone. */
void batch_run_session(struct sessions *sessions, struct session *session);

/* -- output.c -- */
void output_flush(struct sessions *sessions, struct session *session);
void output_flush_all(struct sessions *sessions);
void output_sent(struct sessions *sessions, struct session *session, i32 result);
/* Lets commands write to clients that did not ask. */
void output_connect(struct sessions *sessions);
void output_mark_dirty(struct sessions *sessions, struct session *session);
/* The session's next reply does not fit: it waits for its own earlier replies to leave, and when
 * there are none, in the queue for reply memory. */
void output_wait(struct sessions *sessions, struct session *session);
void output_serve_waiting(struct sessions *sessions);
/* Puts the session, which has no unsent bytes, into the queue for reply memory. */
void output_join_queue(struct sessions *sessions, struct session *session);
/* Takes it out again, if it is there. */
void output_leave_queue(struct sessions *sessions, struct session *session);
/* After the queue has changed: what is kept from those who are not in it. */
void output_set_kept(struct sessions *sessions);

/* -- waits.c -- */
/* The request asks to wait, and is done with when the session waits; or it gets an error. */
void waits_block(struct sessions *sessions, struct batch_entry *entry);
/* The request is held back by the pause. */
void waits_hold(struct sessions *sessions, struct batch_entry *entry);
/* Its peer sends no more: if it waits, its wait ends at once, and then the connection. */
void waits_peer_ended(struct sessions *sessions, struct session *session);
/* For a session of a round that waits: its peer may have sent more. */
void waits_settle(struct sessions *sessions, struct session *session);
/* A part of session_stop_waiting. */
void waits_stop(struct sessions *sessions, struct session *session, enum session_wait wait);
/* Serves those whose key is a list now, and tells those whose wait ended: after a command for which
 * engine->blocked.work is set. */
void waits_serve(struct sessions *sessions);
/* Tries again to serve a session whose reply did not fit. */
void waits_retry(struct sessions *sessions, struct session *session);
/* Timeouts, the end of the pause, and what was left to do. */
void waits_check(struct sessions *sessions);
/* When that has to be called next, in microseconds of the engine's clock. */
u64 waits_next_us(const struct sessions *sessions);

/* -- timeouts.c -- */
void timeouts_check(struct sessions *sessions);

#endif
