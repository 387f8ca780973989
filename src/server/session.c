/* The life of a session: accepted, open, closing, free. And the table of all sessions. */
#include <errno.h>
#include <string.h>

#include "kv/assert.h"

#include "session_internal.h"

static const char too_many_error[] = "-ERR max number of clients reached\r\n";
static const char protected_error[] =
    "-DENIED kv runs in protected mode: no password is set, so only clients on the same machine "
    "are "
    "served. To serve others, set a password (requirepass in the configuration file, or CONFIG SET "
    "requirepass from a client on this machine), or, where the network is closed to strangers, "
    "turn "
    "the mode off (protected-mode no).\r\n";

void sessions_budget(const struct options *options, const struct limits *limits,
                     struct budget *budget) {
    u64 slots = options->connections_max + RING_SPARE_SLOTS;
    u64 elder_units = u64_div_up(limits->connection_recv_size, RECEIVE_UNIT_BYTES) + 1;
    budget_add(budget, "server.state", 1, sizeof(struct sessions), "Queues and timers.");
    budget_add(budget, "server.sessions", slots, sizeof(struct session),
               "Transport state of each connection.");
    budget_add(budget, "server.receive_held", limits->receive_buffers, sizeof(struct held),
               "Which connection holds which part of a receive buffer.");
    budget_add(budget, "server.receive_units", limits->receive_units, RECEIVE_UNIT_BYTES,
               "Requests that arrived in part: one unit for each connection and the large ones.");
    budget_add(budget, "server.receive_map", 1, extents_bitmap_bytes((u32)limits->receive_units),
               "Which units are in use.");
    budget_add(budget, "server.receive_elder", elder_units, RECEIVE_UNIT_BYTES,
               "One request of the largest size, for whoever has waited longest.");
    budget_add(budget, "server.reply_chunks", limits->reply_chunks, CHUNK_BYTES,
               "Replies that are not sent yet.");
    batch_budget(limits, budget);
}

static void add_pools(struct sessions *sessions) {
    struct stats *stats = &sessions->engine->stats;
    stats_add_pool(stats, "connections", "connections-max",
                   "net.slots net.slot_queues server.sessions command.clients",
                   &sessions->engine->clients.gauge);
    stats_add_pool(stats, "keys", "key-count", "store.index", &sessions->engine->store.index.gauge);
    stats_add_pool(stats, "dump_bytes", "dump-memory", "command.dump",
                   &sessions->engine->dump_gauge);
    stats_add_pool(stats, "pages", "store-memory",
                   "store.pages store.page_info store.page_deadlines",
                   &sessions->engine->store.pages.gauge);
    stats_add_pool(stats, "receive_buffers", "receive-memory",
                   "net.receive_buffers net.receive_states server.receive_held",
                   &sessions->ring->buffer_gauge);
    stats_add_pool(stats, "receive_units", "receive-memory",
                   "server.receive_units server.receive_map", &sessions->extents.gauge);
    stats_add_pool(stats, "receive_elder", "request-size-max", "server.receive_elder",
                   &sessions->elder_gauge);
    stats_add_pool(stats, "reply_chunks", "reply-memory", "server.reply_chunks",
                   &sessions->chunks.pool.gauge);
    stats_add_pool(stats, "lcs", "lcs-memory", "command.lcs", &sessions->engine->lcs_gauge);
    stats_add_pool(stats, "blocked_clients", "blocked-clients-max",
                   "command.blocked_clients command.blocked_deadlines",
                   &sessions->engine->blocked.clients.gauge);
    stats_add_pool(stats, "blocked_keys", "blocked-keys-max",
                   "command.blocked_waiters command.blocked_keys command.blocked_buckets",
                   &sessions->engine->blocked.waiters.gauge);
    stats_add_pool(stats, "sort", "sort-elements-max", "command.sort",
                   &sessions->engine->sort.gauge);
}

static void init_lists(struct sessions *sessions) {
    list_init(&sessions->ready);
    list_init(&sessions->round);
    list_init(&sessions->dirty);
    list_init(&sessions->wait_reply);
    list_init(&sessions->wait_receive);
    list_init(&sessions->paused);
    list_init(&sessions->starving);
    list_init(&sessions->idle_timers);
    list_init(&sessions->request_timers);
    list_init(&sessions->reply_timers);
}

static void init_memory(struct sessions *sessions, struct arena *arena) {
    const struct limits *limits = sessions->limits;
    u32 units = (u32)limits->receive_units;
    u64 elder_units = u64_div_up(limits->connection_recv_size, RECEIVE_UNIT_BYTES) + 1;
    sessions->held =
        arena_carve(arena, "server.receive_held", limits->receive_buffers, sizeof(struct held));
    u8 *memory = arena_carve(arena, "server.receive_units", units, RECEIVE_UNIT_BYTES);
    u64 *map = arena_carve(arena, "server.receive_map", 1, extents_bitmap_bytes(units));
    extents_init(&sessions->extents, memory, map, units, RECEIVE_UNIT_BYTES);
    sessions->elder.data =
        arena_carve(arena, "server.receive_elder", elder_units, RECEIVE_UNIT_BYTES);
    sessions->elder.size = elder_units * RECEIVE_UNIT_BYTES;
    gauge_init(&sessions->elder_gauge, 1);
    chunk_pool_init(&sessions->chunks,
                    arena_carve(arena, "server.reply_chunks", limits->reply_chunks, CHUNK_BYTES),
                    limits->reply_chunks, limits->reply_chunks_kept);
    sessions->chunks_kept = limits->reply_chunks_kept;
    batch_init(&sessions->batch, arena, limits);
}

struct sessions *sessions_init(struct arena *arena, struct ring *ring, struct engine *engine,
                               const struct limits *limits, const struct listeners *listeners) {
    u32 slots = (u32)engine->options.connections_max + RING_SPARE_SLOTS;
    struct sessions *sessions = arena_carve(arena, "server.state", 1, sizeof(*sessions));
    *sessions = (struct sessions){
        .magic = SESSIONS_MAGIC,
        .ring = ring,
        .engine = engine,
        .limits = limits,
        .listeners = listeners,
        .slots = slots,
    };
    kv_assert(slots == ring->slots);
    init_lists(sessions);
    output_connect(sessions);
    init_memory(sessions, arena);
    sessions->table = arena_carve(arena, "server.sessions", slots, sizeof(struct session));
    for (u32 i = slots; i-- > 0;) {
        struct session *session = &sessions->table[i];
        *session = (struct session){.magic = SESSION_MAGIC, .slot = i};
        session->next_free = sessions->free_head;
        sessions->free_head = session;
    }
    add_pools(sessions);
    return sessions;
}

/* -- begin -- */

static struct session *take_slot(struct sessions *sessions, int fd) {
    struct session *session = sessions->free_head;
    if (session == NULL) {
        ring_reject(sessions->ring, fd);
        return NULL;
    }
    int error = ring_attach(sessions->ring, session->slot, fd);
    if (error != 0) {
        log_limited(&sessions->engine->log_limit, LOG_WARNING, "a new connection failed: %s",
                    strerror(-error));
        return NULL;
    }
    u32 slot = session->slot;
    sessions->free_head = session->next_free;
    *session = (struct session){.magic = SESSION_MAGIC, .slot = slot};
    list_init(&session->ready);
    list_init(&session->dirty);
    list_init(&session->waiting);
    list_init(&session->starving);
    list_init(&session->idle_timer);
    list_init(&session->request_timer);
    list_init(&session->reply_timer);
    input_init(session);
    chain_init(&session->output, &sessions->chunks, sessions->limits->connection_send_size);
    session->active_us = sessions->engine->now_us;
    sessions->open++;
    return session;
}

/* One error, then the end. When there is no memory even for that, just the end. */
static void begin_farewell(struct sessions *sessions, int fd, const char *text) {
    sessions->engine->stats.counters.connections_rejected++;
    struct session *session = take_slot(sessions, fd);
    if (session == NULL) return;
    session->state = SESSION_FAREWELL;
    chain_write(&session->output, text, strlen(text));
    if (session->output.overflow) {
        session_close(sessions, session);
    } else {
        output_flush(sessions, session);
    }
}

void session_open(struct sessions *sessions, const struct listener *listener, int fd) {
    struct engine *engine = sessions->engine;
    struct peer peer;
    if (sessions->draining) {
        ring_reject(sessions->ring, fd);
        return;
    }
    engine->stats.counters.connections_received++;
    listener_describe_peer(listener, fd, &peer);
    if (peer.gone) {
        ring_reject(sessions->ring, fd);
        return;
    }
    if (engine->clients.gauge.used >= engine->clients.gauge.max) {
        engine->clients.gauge.exhausted++;
        begin_farewell(sessions, fd, too_many_error);
        return;
    }
    bool open = engine->options.requirepass[0] == '\0';
    if (open && engine->options.protected_mode && !peer.local) {
        begin_farewell(sessions, fd, protected_error);
        return;
    }
    struct session *session = take_slot(sessions, fd);
    if (session == NULL) {
        engine->stats.counters.connections_rejected++;
        return;
    }
    session->state = SESSION_OPEN;
    session->client = clients_open(&engine->clients, session->slot, engine->now_us);
    session->client->authenticated = open;
    session->client->is_unix = listener->is_unix;
    session->client->is_local = peer.local;
    memcpy(session->client->address, peer.addr, sizeof(peer.addr));
    memcpy(session->client->local_address, peer.laddr, sizeof(peer.laddr));
    list_push_back(&sessions->idle_timers, &session->idle_timer);
    session->receive = RECEIVE_ON;
    ring_receive(sessions->ring, session->slot);
}

/* -- while it lives -- */

void session_mark_ready(struct sessions *sessions, struct session *session) {
    if (session->in_round || list_is_linked(&session->ready)) return;
    list_push_back(&sessions->ready, &session->ready);
}

void session_touch(struct sessions *sessions, struct session *session) {
    session->active_us = sessions->engine->now_us;
    list_move_back(&sessions->idle_timers, &session->idle_timer);
}

bool session_can_execute(const struct sessions *sessions, const struct session *session) {
    (void)sessions;
    return session->state == SESSION_OPEN && session->wait == WAIT_NOTHING &&
           !session->client->close_after_reply && !session->client->kill &&
           session->output.bytes < OUTPUT_PAUSE_BYTES;
}

void session_stop_waiting(struct sessions *sessions, struct session *session) {
    enum session_wait wait = session->wait;
    session->wait = WAIT_NOTHING;
    if (wait == WAIT_REPLY || wait == WAIT_BLOCKED) output_leave_queue(sessions, session);
    list_remove(&session->waiting);
    if (wait == WAIT_RECEIVE) sessions->engine->waiting_receive--;
    if (wait == WAIT_BLOCKED || wait == WAIT_PAUSED) waits_stop(sessions, session, wait);
}

/* -- end -- */

void session_close(struct sessions *sessions, struct session *session) {
    kv_assert(session->state != SESSION_FREE);
    if (session->state == SESSION_CLOSING) return;
    session_stop_waiting(sessions, session);
    session->state = SESSION_CLOSING;
    if (!session->in_round) list_remove(&session->ready);
    list_remove(&session->dirty);
    list_remove(&session->starving);
    list_remove(&session->idle_timer);
    list_remove(&session->request_timer);
    list_remove(&session->reply_timer);
    input_release(sessions, session);
    /* What is being sent must stay where it is until the ring is done with it. */
    if (!session->sending) chain_clear(&session->output);
    if (session->client != NULL) {
        transaction_discard(sessions->engine, session->client);
        monitors_leave(sessions->engine, session->client);
        clients_close(&sessions->engine->clients, session->client);
        session->client = NULL;
    }
    ring_close(sessions->ring, session->slot);
}

void session_closed(struct sessions *sessions, struct session *session) {
    kv_assert(session->state == SESSION_CLOSING && !session->in_round);
    chain_clear(&session->output);
    session->state = SESSION_FREE;
    session->receive = RECEIVE_OFF;
    input_release(sessions, session);
    session->next_free = sessions->free_head;
    sessions->free_head = session;
    sessions->open--;
}

void session_close_when_done(struct sessions *sessions, struct session *session) {
    if (session->state != SESSION_OPEN || session->sending || session->output.bytes > 0) return;
    if (session->client->close_after_reply || session->client->kill) {
        session_close(sessions, session);
        return;
    }
    bool ending = session->end_of_stream || sessions->draining;
    bool receiving = session->receive == RECEIVE_ON || session->receive == RECEIVE_STOPPING;
    /* A request that is there as a whole may only wait for memory. */
    bool may_be_whole =
        session->wait == WAIT_RECEIVE && input_bytes(sessions, session) >= session->needed;
    bool has_work = input_has_view(session) && (!session->incomplete || may_be_whole);
    if (ending && !receiving && !has_work && session->owed == OWED_NOTHING) {
        session_close(sessions, session);
    }
}

static void close_killed(struct sessions *sessions) {
    if (!sessions->engine->clients_killed) return;
    sessions->engine->clients_killed = false;
    for (u32 slot = 0; slot < sessions->slots; slot++) {
        struct session *session = &sessions->table[slot];
        if (session->state != SESSION_OPEN || !session->client->kill) continue;
        if (session->client->monitor_lost) {
            sessions->engine->stats.counters.closed_monitor++;
        } else {
            sessions->engine->stats.counters.closed_by_command++;
        }
        session_close(sessions, session);
    }
}

/* -- all sessions -- */

void sessions_event(struct sessions *sessions, const struct ring_event *event) {
    kv_assert(sessions->magic == SESSIONS_MAGIC);
    if (event->type == RING_ACCEPTED) {
        if (event->result >= 0) {
            session_open(sessions, &sessions->listeners->entry[event->slot], event->result);
        } else {
            log_limited(&sessions->engine->log_limit, LOG_WARNING, "accept failed: %s",
                        strerror(-event->result));
        }
        return;
    }
    kv_assert(event->slot < sessions->slots);
    struct session *session = &sessions->table[event->slot];
    kv_assert(session->magic == SESSION_MAGIC);
    switch (event->type) {
    case RING_RECEIVED:
        input_received(sessions, session, event);
        break;
    case RING_STOPPED:
        input_stopped(sessions, session);
        break;
    case RING_READ:
        input_read(sessions, session, event->result);
        break;
    case RING_SENT:
        output_sent(sessions, session, event->result);
        break;
    case RING_CLOSED:
        session_closed(sessions, session);
        break;
    default:
        KV_FATAL("unknown ring event %u", event->type);
    }
}

void sessions_run(struct sessions *sessions) {
    waits_check(sessions);
    output_serve_waiting(sessions);
    input_serve_waiting(sessions);
    batch_run(sessions);
    close_killed(sessions);
    output_flush_all(sessions);
    input_feed_starving(sessions);
}

u64 sessions_next_us(const struct sessions *sessions) {
    return waits_next_us(sessions);
}

void sessions_tick(struct sessions *sessions) {
    timeouts_check(sessions);
}

void sessions_drain(struct sessions *sessions) {
    sessions->draining = true;
    for (u32 slot = 0; slot < sessions->slots; slot++) {
        struct session *session = &sessions->table[slot];
        if (session->state != SESSION_OPEN) continue;
        if (session->receive == RECEIVE_ON) {
            session->receive = RECEIVE_STOPPING;
            ring_receive_stop(sessions->ring, slot);
        }
        session_mark_ready(sessions, session);
    }
}

u32 sessions_open_count(const struct sessions *sessions) {
    return sessions->open;
}

void sessions_check_empty(const struct sessions *sessions) {
    kv_assert(sessions->open == 0);
    kv_assert(sessions->engine->clients.gauge.used == 0);
    kv_assert(sessions->engine->blocked.clients.gauge.used == 0);
    kv_assert(sessions->engine->blocked.waiters.gauge.used == 0);
    kv_assert(sessions->engine->blocked.keys.gauge.used == 0);
    kv_assert(sessions->chunks.pool.gauge.used == 0);
    kv_assert(sessions->extents.gauge.used == 0);
    kv_assert(sessions->elder_gauge.used == 0);
    kv_assert(sessions->ring->buffer_gauge.used == 0);
    kv_assert(sessions->engine->transactions.pool.pool.gauge.used == 0);
    kv_assert(sessions->engine->transactions.watches.gauge.used == 0);
}
