/* session.h: bytes to commands to replies, for all connections: the stages between the ring and the
 * commands, with a batch between them.
 *
 * Each turn: events bring bytes; complete requests are parsed where they lie into a batch; the
 * batch's keys are prefetched in stages; its commands are executed in order; replies leave as one
 * vector per connection. A connection that needs memory that others hold waits in a queue; one that
 * makes no progress is closed after its timeout.
 */
#ifndef KV_SESSION_H
#define KV_SESSION_H

#include "kv/engine.h"
#include "kv/listener.h"
#include "kv/ring.h"

struct sessions;

/* Rows: server.state, server.sessions, server.receive_held, server.receive_units,
 * server.receive_map, server.receive_elder, server.reply_chunks, server.batch_requests,
 * server.batch_arguments, server.batch_lines. */
void sessions_budget(const struct options *options, const struct limits *limits,
                     struct budget *budget);

/* Carves its rows and registers its pools with the engine's statistics. `ring` and `engine` must
 * outlive the sessions. */
struct sessions *sessions_init(struct arena *arena, struct ring *ring, struct engine *engine,
                               const struct limits *limits, const struct listeners *listeners);

/* Takes one event of the ring. */
void sessions_event(struct sessions *sessions, const struct ring_event *event);
/* Parses, executes and sends until nothing more can be done without the network. */
void sessions_run(struct sessions *sessions);
/* When sessions_run has something to do without any event, in microseconds of the engine's clock: a
 * timeout of a blocking command, the end of a pause. UINT64_MAX: never; what is past: at once. */
u64 sessions_next_us(const struct sessions *sessions);
/* Timeouts; once per tick. */
void sessions_tick(struct sessions *sessions);

/* From now on nothing new is received: what has arrived is answered, replies are flushed, and
 * each connection is closed when it has nothing left. */
void sessions_drain(struct sessions *sessions);
/* Connections that are not closed yet. */
u32 sessions_open_count(const struct sessions *sessions);
/* Returns every buffer and chunk; asserts that nothing is lost. Only when no connection is open. */
void sessions_check_empty(const struct sessions *sessions);

#endif
