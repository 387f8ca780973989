/* Clients that wait because a command says so: for a key that is a list (BLPOP and others), or for
 * the end of a pause.
 *
 * A blocking request is done with when its client begins to wait; what has to be remembered of it,
 * the bytes of its keys, lies in the session's own memory in front of what came behind it. Such a
 * wait may last for ever, so it holds no shared receive buffer; and receiving goes on, so that the
 * peer's end is noticed at once. When there is no memory for what a client sends behind a blocking
 * request, its wait ends with an error.
 *
 * A request that the pause holds back is taken back in the input, and made again.
 */
#include "kv/assert.h"
#include "kv/clock.h"

#include "session_internal.h"

static struct session *session_of(const struct sessions *sessions, const struct client *client) {
    struct session *session = &sessions->table[client->slot];
    kv_assert(session->client == client);
    return session;
}

static struct call call_of(struct sessions *sessions, struct session *session) {
    return (struct call){
        .engine = sessions->engine,
        .client = session->client,
        .command = session->client->blocked->command,
        .reply = {.chain = &session->output, .protocol = session->client->protocol},
    };
}

/* -- beginning -- */

/* Waits for each of the keys, whose bytes are kept already. */
static bool join_queues(struct blocked *blocked, struct blocked_client *client,
                        const struct call *call) {
    const struct bytes *pieces = call->argv + call->block.first;
    u32 offset = 0;
    for (u32 i = 0; i < call->block.keys; i++) {
        if (!blocked_add(blocked, client, offset, (u32)pieces[i].len)) return false;
        offset += (u32)pieces[i].len;
    }
    if (call->block.kind == BLOCKED_MOVE) {
        client->destination_offset = offset;
        client->destination_len = (u32)pieces[call->block.keys].len;
    }
    return true;
}

static void refuse(struct sessions *sessions, struct batch_entry *entry, const char *option,
                   u64 max) {
    const u64 begin_cycles = clock_cycles();
    const struct chain_mark mark = chain_begin(entry->call.reply.chain);
    call_errorf(&entry->call, "ERR no more clients can wait: %s (%llu) is reached", option,
                (unsigned long long)max);
    call_end_reply(&entry->call, mark);
    call_count(&entry->call, false, begin_cycles);
    output_mark_dirty(sessions, entry->session);
}

void waits_block(struct sessions *sessions, struct batch_entry *entry) {
    struct session *session = entry->session;
    /* Who sends no more is taken for gone, as in Redis: nothing is given to whom nobody may read.
     */
    if (session->end_of_stream) {
        session->blocked = true;
        session->client->close_after_reply = true;
        return;
    }
    struct blocked *blocked = &sessions->engine->blocked;
    const struct call *call = &entry->call;
    struct blocked_client *client =
        blocked_begin(blocked, session->client, call->command, &call->block);
    if (client == NULL) {
        refuse(sessions, entry, "blocked-clients-max", blocked->clients.gauge.max);
        return;
    }
    const u32 pieces = call->block.keys + (call->block.kind == BLOCKED_MOVE);
    if (!input_keep(sessions, session, call->argv + call->block.first, pieces, entry)) {
        blocked_remove(blocked, session->client);
        refuse(sessions, entry, "receive-memory", sessions->engine->options.receive_memory);
        return;
    }
    session->blocked = true;
    client->kept = input_kept(session);
    if (!join_queues(blocked, client, call)) {
        blocked_remove(blocked, session->client);
        refuse(sessions, entry, "blocked-keys-max", blocked->waiters.gauge.max);
        return;
    }
    session->wait = WAIT_BLOCKED;
}

void waits_hold(struct sessions *sessions, struct batch_entry *entry) {
    struct session *session = entry->session;
    session->blocked = true;
    input_rewind(sessions, session, entry->begin);
    session->wait = WAIT_PAUSED;
    session->client->paused = true;
    list_push_back(&sessions->paused, &session->waiting);
    sessions->engine->blocked.paused_clients++;
}

/* -- while it lasts -- */

/* Nothing it sent is executed any more; its replies still leave. */
static void give_up(struct sessions *sessions, struct session *session) {
    session_stop_waiting(sessions, session);
    session->client->close_after_reply = true;
}

static void end_for_memory(struct sessions *sessions, struct session *session) {
    session_stop_waiting(sessions, session);
    session->owed = OWED_NO_MEMORY;
}

void waits_peer_ended(struct sessions *sessions, struct session *session) {
    if (session->wait == WAIT_BLOCKED || session->wait == WAIT_PAUSED) give_up(sessions, session);
}

void waits_settle(struct sessions *sessions, struct session *session) {
    const bool paused = session->wait == WAIT_PAUSED;
    if (!paused && session->wait != WAIT_BLOCKED) return;
    if (session->end_of_stream || sessions->draining) {
        give_up(sessions, session);
        return;
    }
    const bool gathered = input_gather_behind(sessions, session);
    /* A pause has an end, and those who are held back are limited in what they receive. */
    if (paused) return;
    if (gathered) {
        session->client->blocked->kept = input_kept(session);
    } else {
        end_for_memory(sessions, session);
    }
}

void waits_stop(struct sessions *sessions, struct session *session, enum session_wait wait) {
    struct blocked *blocked = &sessions->engine->blocked;
    if (wait == WAIT_BLOCKED) {
        blocked_remove(blocked, session->client);
    } else if (wait == WAIT_PAUSED) {
        session->client->paused = false;
        blocked->paused_clients--;
    }
}

/* -- serving -- */

/* It goes on with what it sent behind the request. */
static void resume(struct sessions *sessions, struct session *session) {
    session_stop_waiting(sessions, session);
    session_mark_ready(sessions, session);
}

/* Its turn has come, but its reply does not fit. Nobody overtakes it: it is tried again when its
 * own earlier replies have left, or else in the queue for reply memory. */
static void stall(struct sessions *sessions, struct session *session) {
    blocked_set_stalled(&sessions->engine->blocked, session->client->blocked, true);
    if (list_is_linked(&session->waiting)) return;
    if (session->output.bytes > 0) {
        output_mark_dirty(sessions, session);
    } else {
        output_join_queue(sessions, session);
    }
}

/* Serves those who wait for a key, first come first served, as long as it is a list. */
static void serve_key(struct sessions *sessions, struct blocked_key *key) {
    bool last = false;
    while (!last) {
        const struct waiter *waiter = blocked_first(key);
        struct session *session = session_of(sessions, waiter->owner->client);
        if (waiter->owner->stalled) return;
        struct call call = call_of(sessions, session);
        const enum call_status status = call_serve(&call, waiter);
        if (status == CALL_WAIT) stall(sessions, session);
        /* What has been taken from it meanwhile marked it again: with nothing left that is done.
         * Only what comes from now on gives it a new turn, behind the keys that got something
         * before. */
        if (status == CALL_BLOCK) list_remove(&key->ready);
        if (status != CALL_DONE) return;
        /* The key goes with the last who waits for it. */
        last = waiter->node.next == waiter->node.prev;
        resume(sessions, session);
        output_mark_dirty(sessions, session);
        if (session == sessions->serving) output_set_kept(sessions);
    }
}

/* Those whose wait ended otherwise: the reply is owed to them. */
static void tell_ended(struct sessions *sessions) {
    struct blocked_client *client;
    while ((client = blocked_take_ended(&sessions->engine->blocked)) != NULL) {
        struct session *session = session_of(sessions, client->client);
        session->owed = client->end == BLOCKED_UNBLOCKED ? OWED_UNBLOCKED : OWED_TIMED_OUT;
        resume(sessions, session);
    }
}

static void mark_databases(struct blocked *blocked) {
    const u32 changed = blocked->changed_databases;
    blocked->changed_databases = 0;
    for (u32 i = 0; i < STORE_DATABASES; i++) {
        if (changed & 1u << i) blocked_mark_database(blocked, i);
    }
}

static void end_pause(struct sessions *sessions) {
    while (!list_is_empty(&sessions->paused)) {
        struct session *session = kv_container_of(sessions->paused.next, struct session, waiting);
        resume(sessions, session);
    }
}

void waits_serve(struct sessions *sessions) {
    struct blocked *blocked = &sessions->engine->blocked;
    struct blocked_key *key;
    blocked->work = false;
    if (blocked->changed_databases != 0) mark_databases(blocked);
    /* Each one who is served leaves, so that moves from list to list come to an end. */
    while ((key = blocked_take_ready(blocked)) != NULL)
        serve_key(sessions, key);
    tell_ended(sessions);
    if (blocked->pause == PAUSE_NONE) end_pause(sessions);
    blocked->work = !list_is_empty(&blocked->ready);
}

void waits_retry(struct sessions *sessions, struct session *session) {
    struct blocked *blocked = &sessions->engine->blocked;
    struct blocked_client *client = session->client->blocked;
    if (!client->stalled) return;
    blocked_set_stalled(blocked, client, false);
    blocked_mark_turns(blocked, client);
    waits_serve(sessions);
}

/* -- time -- */

void waits_check(struct sessions *sessions) {
    struct blocked *blocked = &sessions->engine->blocked;
    const u64 now_us = sessions->engine->now_us;
    blocked_expire(blocked, now_us);
    if (blocked->pause != PAUSE_NONE && now_us >= blocked->pause_until_us) blocked_unpause(blocked);
    if (blocked->work) waits_serve(sessions);
}

u64 waits_next_us(const struct sessions *sessions) {
    const struct blocked *blocked = &sessions->engine->blocked;
    if (blocked->work || !list_is_empty(&sessions->ready)) return 0;
    const u64 deadline_us = blocked_next_deadline(blocked);
    return blocked->pause == PAUSE_NONE ? deadline_us
                                        : u64_min(deadline_us, blocked->pause_until_us);
}
