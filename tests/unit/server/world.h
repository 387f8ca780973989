/* world.h: sessions with a real engine and store over the simulated network, and clients that a
 * test writes and reads through. world_turn does what the server's loop does, by the network's
 * clock.
 *
 * Everything is bounded: a test whose replies never come fails after so many turns, and one whose
 * turn never ends is killed after so many seconds; none hangs.
 */
#ifndef KV_TESTS_SERVER_WORLD_H
#define KV_TESTS_SERVER_WORLD_H

#include "kv/assert.h"
#include "kv/log.h"
#include "kv/ring_sim.h"

#include "../../../src/server/session_internal.h"
#include "buffer.h"

enum {
    WORLD_CLIENTS_MAX = 160,
    WORLD_LOCAL = 0,  /* listeners: a unix socket */
    WORLD_REMOTE = 1, /* and one whose clients come from another machine */
    WORLD_TICK_US = 50000,
    WORLD_TICK_WORK = 2048,
    WORLD_TURNS_MAX = 400000,
    WORLD_SECONDS_MAX = 120
};
#define WORLD_EPOCH_US 1700000000000000u

struct world_setup {
    struct options options;
    struct ring_sim_options
        network;         /* seed and chances; sizes that are 0 follow from the options */
    u64 receive_buffers; /* in the place of what the limits say, unless 0 */
    u64 receive_units;
    u64 reply_chunks;
    u64 reply_chunks_kept; /* only with reply_chunks */
};

struct world_client {
    u32 number; /* in the network */
    struct buffer input;
    size_t written;
    struct buffer reply;
    bool deaf;   /* reads nothing */
    bool ending; /* writes no more once its input is written */
    bool ended;
    size_t write_max; /* bytes written per turn; 0: all */
    size_t read_max;  /* bytes read per turn; 0: all */
};

struct world {
    struct options options;
    struct limits limits;
    struct store_plan store_plan;
    struct budget budget;
    struct arena arena;
    struct ring *ring;
    struct listeners listeners;
    struct engine engine;
    struct sessions *sessions;
    u64 next_tick_us;
    bool more_to_reclaim;
    bool draining;
    u64 turns;
    struct ring_event events[RING_EVENTS_MAX];
    struct world_client clients[WORLD_CLIENTS_MAX];
    u32 client_count;
};

/* A server for 16 clients whose largest request and reply are 256 KiB. */
static inline struct world_setup world_setup_small(void) {
    struct world_setup setup = {.network = {.seed = 1}};
    struct options *options = &setup.options;
    options_default(options);
    options->connections_max = 16;
    options->key_count = 2000;
    options->key_size_max = 64;
    options->val_size_max = 30000;
    options->list_length_max = 60;
    options->memory = 0;
    options->store_memory = 8u << 20;
    options->request_size_max = 262144;
    options->reply_size_max = 262144;
    options->loglevel = LOG_WARNING;
    return setup;
}

/* -- life -- */

static inline void world_set_now(struct world *world) {
    const u64 now_us = ring_sim_now_us(world->ring);
    engine_set_now(&world->engine, now_us, WORLD_EPOCH_US + now_us);
}

static inline void world_plan(struct world *world, const struct world_setup *setup) {
    struct options_error error;
    world->options = setup->options;
    if (!options_check(&world->options, &error)) fail_msg("%s", error.text);
    struct limits *limits = &world->limits;
    limits_compute(limits, &world->options);
    if (setup->receive_buffers != 0) limits->receive_buffers = setup->receive_buffers;
    if (setup->receive_units != 0) {
        limits->receive_units = setup->receive_units;
        limits->receive_units_kept = u64_min(limits->receive_units_kept, setup->receive_units - 1);
    }
    if (setup->reply_chunks != 0) {
        limits->reply_chunks = setup->reply_chunks;
        limits->reply_chunks_kept = setup->reply_chunks_kept;
    }
    assert_true(store_plan(&world->options, world->options.store_memory, &world->store_plan));
    budget_init(&world->budget);
    store_budget(&world->store_plan, &world->budget);
    sessions_budget(&world->options, limits, &world->budget);
    engine_budget(&world->options, &world->budget);
    transactions_budget(&world->options, limits, &world->budget);
    budget_finish(&world->budget);
}

static inline struct ring *world_network(const struct world *world,
                                         const struct world_setup *setup) {
    struct ring_sim_options network = setup->network;
    network.connections = (u32)world->options.connections_max;
    network.buffers = (u32)world->limits.receive_buffers;
    if (network.clients == 0) network.clients = WORLD_CLIENTS_MAX;
    if (network.client_bytes == 0) network.client_bytes = 65536;
    struct ring *ring = ring_sim_init(&network);
    assert_non_null(ring);
    return ring;
}

static inline struct world *world_open(const struct world_setup *setup) {
    char error[ARENA_ERROR_MAX];
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    alarm(WORLD_SECONDS_MAX);
    log_init("/dev/null", LOG_WARNING);
    world_plan(world, setup);
    world->ring = world_network(world, setup);
    if (!arena_init(&world->arena, &world->budget, true, error)) fail_msg("%s", error);
    world->listeners.count = 2;
    world->listeners.entry[WORLD_LOCAL] =
        (struct listener){.fd = -1, .is_unix = true, .name = "/sim"};
    world->listeners.entry[WORLD_REMOTE] = (struct listener){.fd = -1, .name = "192.0.2.1:6379"};
    struct engine *engine = &world->engine;
    engine_init(engine, &world->arena, &world->options, 7, ring_sim_now_us(world->ring));
    transactions_init(engine, &world->arena, &world->limits, 7);
    engine->limits = &world->limits;
    engine->budget = &world->budget;
    engine->ring = world->ring;
    store_init(&engine->store, &world->arena, &world->options, &world->store_plan, 7);
    engine_own_store(engine);
    world_set_now(world);
    world->sessions =
        sessions_init(&world->arena, world->ring, engine, &world->limits, &world->listeners);
    arena_seal(&world->arena);
    assert_int_equal(ring_listen(world->ring, WORLD_LOCAL, -1), 0);
    assert_int_equal(ring_listen(world->ring, WORLD_REMOTE, -1), 0);
    return world;
}

static inline void world_free(struct world **world) {
    struct world *closed = *world;
    *world = NULL;
    for (u32 i = 0; i < closed->client_count; i++) {
        buffer_free(&closed->clients[i].input);
        buffer_free(&closed->clients[i].reply);
    }
    ring_deinit(closed->ring);
    arena_deinit(&closed->arena);
    log_deinit();
    alarm(0);
    free(closed);
}

/* -- what always holds between two turns -- */

static inline void world_check_session(const struct world *world, const struct session *session) {
    if (session->state != SESSION_OPEN) {
        assert_int_equal(session->wait, WAIT_NOTHING);
        assert_int_equal(session->held_count, 0);
        return;
    }
    assert_false(list_is_linked(&session->ready));
    assert_false(list_is_linked(&session->dirty));
    /* Something is on its way, or will be tried again by itself: no wake-up was lost. */
    const bool waits = session->wait != WAIT_NOTHING || session->sending;
    if (session->output.bytes > 0) assert_true(session->sending);
    if (session->owed != OWED_NOTHING) assert_true(waits);
    if (session_can_execute(world->sessions, session) && input_has_view(session))
        assert_true(session->incomplete);
    if (session->end_of_stream && session->receive == RECEIVE_OFF) assert_true(waits);
    if (session->client->close_after_reply) assert_true(session->sending);
    const bool receives = session->receive != RECEIVE_OFF || session->end_of_stream;
    if (!waits && !world->draining) assert_true(receives);
    const bool blocked = session->wait == WAIT_BLOCKED, paused = session->wait == WAIT_PAUSED;
    const struct blocked_client *wait = session->client->blocked;
    assert_int_equal(wait != NULL, blocked);
    assert_int_equal(session->client->paused, paused);
    const bool stalled = blocked && wait->stalled;
    const bool queued = session->wait == WAIT_RECEIVE || session->wait == WAIT_REPLY || paused ||
                        (stalled && session->output.bytes == 0);
    assert_int_equal(list_is_linked(&session->waiting), queued);
    if (blocked || paused) assert_false(session->end_of_stream || session->incomplete);
    if (blocked) {
        assert_int_equal(session->held_count, 0);
        assert_false(session->is_elder);
        assert_true(session->receive != RECEIVE_OFF);
        assert_ptr_equal(wait->kept, input_kept(session));
        assert_non_null(wait->waiters);
    }
    if (session->wait == WAIT_SENT) assert_true(session->sending);
    if (session->wait == WAIT_REPLY) assert_int_equal(session->output.bytes, 0);
}

static inline u64 world_list_length(const struct list_node *head) {
    u64 length = 0;
    for (const struct list_node *node = head->next; node != head; node = node->next)
        length++;
    return length;
}

/* The gauges say what is held, and what was kept for others while somebody waited is not any more.
 */
static inline void world_check(const struct world *world) {
    const struct sessions *sessions = world->sessions;
    u64 chunks = 0, units = 0, held = 0, clients = 0, open = 0, elders = 0, small = 0;
    u64 blocked = 0, paused = 0, stalled = 0, waiters = 0;
    for (u32 slot = 0; slot < sessions->slots; slot++) {
        const struct session *session = &sessions->table[slot];
        if (session->state == SESSION_FREE) continue;
        world_check_session(world, session);
        open++;
        chunks += session->output.chunk_count;
        units += session->extent.units;
        held += session->held_count;
        clients += session->client != NULL;
        elders += session->is_elder;
        small += session->extent.units == 1;
        blocked += session->wait == WAIT_BLOCKED;
        paused += session->wait == WAIT_PAUSED;
        if (session->wait != WAIT_BLOCKED) continue;
        const struct blocked_client *wait = session->client->blocked;
        stalled += wait->stalled;
        for (const struct waiter *waiter = wait->waiters; waiter != NULL; waiter = waiter->next)
            waiters++;
    }
    assert_int_equal(world->engine.blocked.clients.gauge.used, blocked);
    assert_int_equal(world->engine.blocked.waiters.gauge.used, waiters);
    assert_in_range(world->engine.blocked.keys.gauge.used, waiters > 0, waiters);
    assert_int_equal(world->engine.blocked.paused_clients, paused);
    assert_int_equal(world->engine.blocked.stalled, stalled);
    assert_int_equal(sessions->open, open);
    assert_int_equal(sessions->chunks.pool.gauge.used, chunks);
    assert_int_equal(sessions->extents.gauge.used, units);
    assert_int_equal(sessions->small_count, small);
    assert_int_equal(sessions->elder_gauge.used, elders);
    assert_int_equal(sessions->elder.owner != NULL, elders);
    assert_int_equal(world->ring->buffer_gauge.used, held);
    assert_int_equal(world->engine.clients.gauge.used, clients);
    assert_int_equal(world->engine.waiting_reply, world_list_length(&sessions->wait_reply));
    assert_int_equal(world->engine.waiting_receive, world_list_length(&sessions->wait_receive));
    if (list_is_empty(&sessions->wait_reply))
        assert_int_equal(sessions->chunks.kept, sessions->chunks_kept);
    assert_true(list_is_empty(&sessions->ready));
    assert_true(list_is_empty(&sessions->dirty));
}

/* -- time -- */

static inline void world_begin_drain(struct world *world) {
    world->draining = true;
    ring_unlisten(world->ring, WORLD_LOCAL);
    ring_unlisten(world->ring, WORLD_REMOTE);
    sessions_drain(world->sessions);
    sessions_run(world->sessions);
}

static inline void world_tick(struct world *world) {
    struct engine *engine = &world->engine;
    if (engine->blocked.pause == PAUSE_NONE)
        world->more_to_reclaim = store_tick(&engine->store, WORLD_TICK_WORK);
    if (engine->now_us < world->next_tick_us) return;
    world->next_tick_us = engine->now_us + WORLD_TICK_US;
    sessions_tick(world->sessions);
    stats_sample(&engine->stats, engine->now_us);
}

/* One turn of the server's loop; returns the number of events. */
static inline u32 world_turn(struct world *world) {
    struct engine *engine = &world->engine;
    const u64 before_us = ring_sim_now_us(world->ring);
    const u64 next_us = u64_min(world->next_tick_us, sessions_next_us(world->sessions));
    const u64 wait_us = next_us > before_us ? next_us - before_us : 0;
    const u32 count = ring_wait(world->ring, world->more_to_reclaim ? 0 : wait_us, world->events,
                                RING_EVENTS_MAX);
    world_set_now(world);
    engine->stats.counters.turns++;
    for (u32 i = 0; i < count; i++)
        if (world->events[i].type != RING_ACCEPTED)
            sessions_event(world->sessions, &world->events[i]);
    sessions_run(world->sessions);
    for (u32 i = 0; i < count; i++)
        if (world->events[i].type == RING_ACCEPTED)
            sessions_event(world->sessions, &world->events[i]);
    /* What a client that went had held up is served at once. */
    if (engine->blocked.work) sessions_run(world->sessions);
    if (engine->now_us >= world->next_tick_us || world->more_to_reclaim) world_tick(world);
    if (!world->draining && engine->shutdown != SHUTDOWN_NONE) world_begin_drain(world);
    world_check(world);
    if (++world->turns > WORLD_TURNS_MAX)
        fail_msg("no end after %llu turns", (unsigned long long)world->turns);
    return count;
}

/* -- clients -- */

static inline u32 world_connect_to(struct world *world, u32 listener) {
    assert_in_range(world->client_count, 0, WORLD_CLIENTS_MAX - 1);
    const u32 i = world->client_count++;
    world->clients[i].number = ring_sim_connect(world->ring, listener);
    assert_int_not_equal(world->clients[i].number, RING_SIM_NONE);
    return i;
}

static inline u32 world_connect(struct world *world) {
    return world_connect_to(world, WORLD_LOCAL);
}

static inline void world_send(struct world *world, u32 client, const void *data, size_t len) {
    buffer_add(&world->clients[client].input, data, len);
}

static inline void world_send_text(struct world *world, u32 client, const char *text) {
    world_send(world, client, text, strlen(text));
}

static inline bool world_pump_client(struct world *world, struct world_client *client) {
    bool moved = false;
    size_t left = client->input.len - client->written;
    if (client->write_max > 0) left = u64_min(left, client->write_max);
    if (left > 0 && !client->ended) {
        const u32 len = ring_sim_client_write(world->ring, client->number,
                                              client->input.data + client->written, (u32)left);
        client->written += len;
        moved = len > 0;
    }
    if (client->ending && !client->ended && client->written == client->input.len) {
        ring_sim_client_shutdown(world->ring, client->number);
        client->ended = moved = true;
    }
    size_t readable = client->deaf ? 0 : ring_sim_client_readable(world->ring, client->number);
    if (client->read_max > 0) readable = u64_min(readable, client->read_max);
    if (readable > 0) {
        buffer_room(&client->reply, readable);
        client->reply.len += ring_sim_client_read(
            world->ring, client->number, client->reply.data + client->reply.len, (u32)readable);
        moved = true;
    }
    return moved;
}

/* Clients write what they have and read what there is. */
static inline bool world_pump(struct world *world) {
    bool moved = false;
    for (u32 i = 0; i < world->client_count; i++)
        moved |= world_pump_client(world, &world->clients[i]);
    return moved;
}

/* Until nothing happens any more but the passing of time. */
static inline void world_settle(struct world *world) {
    for (u32 still = 0; still < 4;) {
        const bool moved = world_pump(world);
        const u32 events = world_turn(world);
        const bool quiet = !moved && events == 0 && ring_sim_is_quiet(world->ring);
        still = quiet ? still + 1 : 0;
    }
}

/* Lets time pass, with the clients at work. */
static inline void world_pass_us(struct world *world, u64 us) {
    const u64 until_us = ring_sim_now_us(world->ring) + us;
    while (ring_sim_now_us(world->ring) < until_us) {
        world_pump(world);
        world_turn(world);
    }
}

static inline bool world_is_open(const struct world *world, u32 client) {
    return ring_sim_client_end(world->ring, world->clients[client].number) == RING_SIM_OPEN;
}

/* -- expectations -- */

/* The client has got exactly this since it was last asked. */
static inline void world_expect_bytes(struct world *world, u32 client, const void *data,
                                      size_t len) {
    struct buffer *got = &world->clients[client].reply;
    const struct buffer wanted = {.data = (u8 *)(uintptr_t)data, .len = len};
    char what[32];
    snprintf(what, sizeof(what), "client %u", client);
    buffer_expect(got, &wanted, what);
    got->len = 0;
}

static inline void world_expect(struct world *world, u32 client, const char *text) {
    world_expect_bytes(world, client, text, strlen(text));
}

/* Sends, settles, expects. */
static inline void world_ask(struct world *world, u32 client, const char *request,
                             const char *reply) {
    world_send_text(world, client, request);
    world_settle(world);
    world_expect(world, client, reply);
}

/* -- the end -- */

static inline void world_expect_unused(const struct world *world, const char *name) {
    const struct stats *stats = &world->engine.stats;
    for (u32 i = 0; i < stats->pool_count; i++) {
        if (strcmp(stats->pools[i].name, name) != 0) continue;
        assert_int_equal(stats->pools[i].gauge->used, 0);
        return;
    }
    fail_msg("there is no pool %s", name);
}

/* Every client goes; then nothing is held, and the store is whole and, once flushed, empty. */
static inline void world_close(struct world **world_pointer) {
    struct world *world = *world_pointer;
    for (u32 i = 0; i < world->client_count; i++)
        ring_sim_client_release(world->ring, world->clients[i].number);
    for (u32 i = 0; i < world->client_count; i++) {
        buffer_free(&world->clients[i].input);
        buffer_free(&world->clients[i].reply);
    }
    world->client_count = 0;
    const u64 until = world->turns + 2000;
    while (sessions_open_count(world->sessions) > 0) {
        world_turn(world);
        if (world->turns > until) fail_msg("connections that do not end");
    }
    sessions_check_empty(world->sessions);
    assert_int_equal(world->engine.waiting_reply, 0);
    assert_int_equal(world->engine.waiting_receive, 0);
    world_expect_unused(world, "connections");
    world_expect_unused(world, "receive_buffers");
    world_expect_unused(world, "receive_units");
    world_expect_unused(world, "receive_elder");
    world_expect_unused(world, "reply_chunks");
    world_expect_unused(world, "blocked_clients");
    world_expect_unused(world, "blocked_keys");
    store_check(&world->engine.store);
    store_flush_all(&world->engine.store);
    while (store_tick(&world->engine.store, WORLD_TICK_WORK)) {
        /* until nothing is left to reclaim */
    }
    world_expect_unused(world, "keys");
    world_expect_unused(world, "pages");
    store_check(&world->engine.store);
    world_free(world_pointer);
}

#endif
