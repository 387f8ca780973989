/* Replies on their way out: one vectored send per connection at a time; and the queue of those
 * whose next reply does not fit what is free.
 */
#include "kv/assert.h"

#include "session_internal.h"

void output_mark_dirty(struct sessions *sessions, struct session *session) {
    if (!list_is_linked(&session->dirty)) list_push_back(&sessions->dirty, &session->dirty);
}

static void send_some(struct sessions *sessions, struct session *session) {
    struct iovec vector[RING_VECTOR_MAX];
    u32 count = chain_vector(&session->output, vector, RING_VECTOR_MAX);
    kv_assert(count > 0);
    session->sending = true;
    if (!list_is_linked(&session->reply_timer)) {
        session->sent_us = sessions->engine->now_us;
        list_push_back(&sessions->reply_timers, &session->reply_timer);
    }
    ring_send(sessions->ring, session->slot, vector, count);
}

static void note_output(struct session *session) {
    if (session->client == NULL) return;
    session->client->output_bytes = session->output.bytes;
    session->client->output_chunks = session->output.chunk_count;
}

void output_flush(struct sessions *sessions, struct session *session) {
    if (session->sending || session->state == SESSION_CLOSING) return;
    chain_trim(&session->output);
    if (session->output.bytes > 0) send_some(sessions, session);
    note_output(session);
    session_close_when_done(sessions, session);
}

void output_flush_all(struct sessions *sessions) {
    while (!list_is_empty(&sessions->dirty)) {
        struct session *session = kv_container_of(sessions->dirty.next, struct session, dirty);
        list_remove(&session->dirty);
        output_flush(sessions, session);
    }
}

void output_sent(struct sessions *sessions, struct session *session, i32 result) {
    session->sending = false;
    if (session->state == SESSION_CLOSING) {
        chain_clear(&session->output);
        return;
    }
    if (result <= 0) {
        session_close(sessions, session);
        return;
    }
    sessions->engine->stats.counters.output_bytes += (u64)result;
    session->sent_us = sessions->engine->now_us;
    chain_consume(&session->output, (u64)result);
    if (session->output.bytes > 0) {
        list_move_back(&sessions->reply_timers, &session->reply_timer);
        output_mark_dirty(sessions, session);
    } else {
        list_remove(&session->reply_timer);
        if (session->wait == WAIT_SENT) session->wait = WAIT_NOTHING;
        if (session->wait == WAIT_BLOCKED) waits_retry(sessions, session);
    }
    note_output(session);
    if (session->state == SESSION_FAREWELL) {
        if (session->output.bytes == 0) session_close(sessions, session);
        return;
    }
    session_touch(sessions, session);
    /* Requests may have been waiting for these bytes to leave, or what comes to be received again.
     */
    if (input_has_view(session) || session->owed != OWED_NOTHING ||
        session->receive == RECEIVE_OFF) {
        session_mark_ready(sessions, session);
    }
    session_close_when_done(sessions, session);
}

static u64 free_chunks(const struct sessions *sessions) {
    return pool_free_count(&sessions->chunks.pool);
}

/* While somebody waits, nobody gets more than his first chunk: what is freed is for the first in
 * the queue, who needs at most what the pool has without the kept part. */
void output_set_kept(struct sessions *sessions) {
    sessions->chunks.kept = list_is_empty(&sessions->wait_reply) ? sessions->chunks_kept
                                                                 : sessions->chunks.pool.gauge.max;
}

void output_wait(struct sessions *sessions, struct session *session) {
    kv_assert(session->wait == WAIT_NOTHING);
    if (session->output.bytes > 0) {
        session->wait = WAIT_SENT;
        output_mark_dirty(sessions, session);
        return;
    }
    session->wait = WAIT_REPLY;
    output_join_queue(sessions, session);
}

/* A session in a blocking command is in it when its turn has come and its reply did not fit. */
static bool is_in_queue(const struct session *session) {
    return session->wait == WAIT_REPLY ||
           (session->wait == WAIT_BLOCKED && list_is_linked(&session->waiting));
}

void output_leave_queue(struct sessions *sessions, struct session *session) {
    if (!list_is_linked(&session->waiting)) return;
    list_remove(&session->waiting);
    sessions->engine->waiting_reply--;
    output_set_kept(sessions);
}

void output_join_queue(struct sessions *sessions, struct session *session) {
    bool serving = sessions->serving == session;
    bool all_was_free = serving || list_is_empty(&sessions->wait_reply);
    session->wait_free = all_was_free ? free_chunks(sessions) : 0;
    list_push_back(&sessions->wait_reply, &session->waiting);
    sessions->engine->waiting_reply++;
    if (!serving) sessions->engine->stats.counters.waits_reply++;
    output_set_kept(sessions);
}

/* Leaves the queue to try again, with all that is free. */
static void serve_waiting(struct sessions *sessions, struct session *session) {
    const bool blocked = session->wait == WAIT_BLOCKED;
    if (blocked) {
        output_leave_queue(sessions, session);
    } else {
        session_stop_waiting(sessions, session);
    }
    /* It alone may take what is free; if that is not enough it comes back to the front. */
    sessions->chunks.kept = sessions->chunks_kept;
    sessions->serving = session;
    if (blocked) {
        waits_retry(sessions, session);
    } else {
        batch_run_session(sessions, session);
    }
    sessions->serving = NULL;
}

void output_serve_waiting(struct sessions *sessions) {
    while (!list_is_empty(&sessions->wait_reply)) {
        struct session *session =
            kv_container_of(sessions->wait_reply.next, struct session, waiting);
        /* With no more free than when it tried, it would fail again. */
        if (free_chunks(sessions) <= session->wait_free) return;
        serve_waiting(sessions, session);
        if (session->state == SESSION_OPEN && is_in_queue(session)) {
            list_remove(&session->waiting);
            list_push_back(sessions->wait_reply.next, &session->waiting);
            output_set_kept(sessions);
            return;
        }
        output_set_kept(sessions);
    }
}

/* -- what a client gets without having asked -- */

static struct session *session_of(struct sessions *sessions, const struct client *client) {
    kv_assert(sessions->magic == SESSIONS_MAGIC && client->slot < sessions->slots);
    struct session *session = &sessions->table[client->slot];
    kv_assert(session->client == client);
    return session;
}

/* A connection that is to be closed when all is sent would never be, if there was always more. */
static struct chain *push_begin(void *context, struct client *client) {
    struct sessions *sessions = context;
    struct session *session = session_of(sessions, client);
    if (session->state != SESSION_OPEN || session->end_of_stream || sessions->draining ||
        client->close_after_reply || client->kill) {
        return NULL;
    }
    return &session->output;
}

static void push_end(void *context, struct client *client) {
    struct sessions *sessions = context;
    output_mark_dirty(sessions, session_of(sessions, client));
}

void output_connect(struct sessions *sessions) {
    sessions->engine->host =
        (struct engine_host){.context = sessions, .push_begin = push_begin, .push_end = push_end};
}
