#include "kv/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "kv/arena.h"
#include "kv/assert.h"
#include "kv/clock.h"
#include "kv/listener.h"
#include "kv/log.h"
#include "kv/number.h"
#include "kv/prefault.h"
#include "kv/prng.h"
#include "kv/session.h"
#include "kv/text.h"

#define SERVER_MAGIC 0x6b767372u /* "kvsr" */
/* Often enough that an expired key is reclaimed within 100 ms of its deadline. */
#define TICK_US 50000u
/* Objects and pages that one tick's reclaiming may touch: well under a millisecond. */
#define TICK_WORK 2048u
/* Descriptors beside the connections': listeners, the ring, the log, and some to spare. */
#define OTHER_DESCRIPTORS 64u

struct server {
    u32 magic;
    bool draining;
    bool more_to_reclaim;
    struct arena arena;
    struct listeners listeners;
    const struct plan *plan;
    struct ring *ring;
    struct sessions *sessions;
    volatile sig_atomic_t *signals;
    u64 next_tick_us;
    u64 drain_until_us;
    u64 wall_offset_us; /* wall clock less monotonic clock, as of the last tick */
    struct engine engine;
    struct ring_event events[RING_EVENTS_MAX];
};

void server_budget(struct budget *budget) {
    budget_add(budget, "server.server", 1, sizeof(struct server),
               "The loop, the engine and the events of one turn.");
}

/* -- start -- */

/* Each connection is a descriptor, with io_uring one of the ring's table, which the same limit
 * bounds. */
static bool raise_descriptor_limit(const struct options *options, char error[SERVER_ERROR_MAX]) {
    struct rlimit limit;
    u64 wanted = options->connections_max + RING_SPARE_SLOTS + OTHER_DESCRIPTORS;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return true;
    u64 hard = limit.rlim_max;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted) limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return true;
    snprintf(error, SERVER_ERROR_MAX,
             "connections-max %llu needs %llu file descriptors, and the limit is %llu: raise it "
             "(ulimit -n, LimitNOFILE= in a systemd unit) or lower connections-max",
             (unsigned long long)options->connections_max, (unsigned long long)wanted,
             (unsigned long long)hard);
    return false;
}

static void note_backend(const struct ring *ring, const char *note) {
    if (note[0] != '\0') log_write(LOG_WARNING, "%s", note);
    log_write(LOG_NOTICE, "network through %s", ring->operations->name);
}

/* Everything that lives in the reservation. */
static struct server *build(const struct plan *plan, struct arena *arena,
                            char error[SERVER_ERROR_MAX]) {
    char note[RING_ERROR_MAX] = "";
    char ring_error[RING_ERROR_MAX] = "";
    struct options effective;
    struct ring *ring = ring_init(arena, &plan->options, &plan->limits, note, ring_error);
    if (ring == NULL) {
        snprintf(error, SERVER_ERROR_MAX, "%s", ring_error);
        return NULL;
    }
    note_backend(ring, note);
    struct server *server = arena_carve(arena, "server.server", 1, sizeof(*server));
    *server = (struct server){.magic = SERVER_MAGIC, .plan = plan, .ring = ring};
    struct engine *engine = &server->engine;
    u64 seed = prng_system_seed();
    plan_effective_options(plan, &effective);
    engine_init(engine, arena, &effective, seed, clock_monotonic_us());
    engine->limits = &plan->limits;
    engine->budget = &plan->budget;
    engine->ring = ring;
    store_init(&engine->store, arena, &plan->options, &plan->store, seed);
    server->wall_offset_us = clock_wall_us() - clock_monotonic_us();
    engine_set_now(engine, clock_monotonic_us(), clock_wall_us());
    server->sessions = sessions_init(arena, ring, engine, &plan->limits, &server->listeners);
    arena_seal(arena);
    return server;
}

static bool start_listening(struct server *server, char error[SERVER_ERROR_MAX]) {
    for (u32 i = 0; i < server->listeners.count; i++) {
        int result = ring_listen(server->ring, i, server->listeners.entry[i].fd);
        if (result == 0) continue;
        snprintf(error, SERVER_ERROR_MAX, "cannot accept on %s: %s",
                 server->listeners.entry[i].name, strerror(-result));
        return false;
    }
    return true;
}

static void log_ready(const struct server *server, u64 started_us) {
    char size[NUMBER_TEXT_MAX];
    char names[LOG_LINE_MAX / 2];
    struct text text;
    text_init(&text, names, sizeof(names));
    for (u32 i = 0; i < server->listeners.count; i++) {
        text_printf(&text, "%s%s", i > 0 ? ", " : "", server->listeners.entry[i].name);
    }
    number_format_size(size, budget_total(&server->plan->budget));
    log_write(LOG_NOTICE, "ready on %s (%s reserved in %llu ms)", names, size,
              (unsigned long long)(clock_monotonic_us() - started_us) / 1000);
}

struct server *server_init(const struct plan *plan, const char *config_file,
                           volatile sig_atomic_t *signals, char error[SERVER_ERROR_MAX]) {
    u64 started_us = clock_monotonic_us();
    struct listeners listeners;
    struct arena arena;
    if (!raise_descriptor_limit(&plan->options, error)) return NULL;
    char listener_error[LISTENER_ERROR_MAX];
    if (!listeners_open(&listeners, &plan->options, listener_error)) {
        snprintf(error, SERVER_ERROR_MAX, "%s", listener_error);
        return NULL;
    }
    char arena_error[ARENA_ERROR_MAX];
    if (!arena_init(&arena, &plan->budget, arena_error)) {
        snprintf(error, SERVER_ERROR_MAX, "%s", arena_error);
        listeners_close(&listeners);
        return NULL;
    }
    struct server *server = build(plan, &arena, error);
    if (server == NULL) {
        arena_deinit(&arena);
        listeners_close(&listeners);
        return NULL;
    }
    server->arena = arena;
    server->listeners = listeners;
    server->signals = signals;
    server->engine.config_file = config_file;
    if (!start_listening(server, error)) {
        server_deinit(&server);
        return NULL;
    }
    clock_calibrate();
    prefault_image();
    log_ready(server, started_us);
    return server;
}

void server_deinit(struct server **server) {
    struct server *closed = *server;
    kv_assert(closed->magic == SERVER_MAGIC);
    *server = NULL;
    closed->magic = 0;
    ring_deinit(closed->ring);
    listeners_close(&closed->listeners);
    struct arena arena = closed->arena; /* `closed` lies in it */
    arena_deinit(&arena);
}

/* -- run -- */

static void begin_drain(struct server *server, bool now) {
    server->draining = true;
    u64 timeout_us = now ? 0 : server->engine.options.shutdown_timeout_s * 1000000u;
    server->drain_until_us = server->engine.now_us + timeout_us;
    log_write(LOG_NOTICE, "stopping: %u connections to finish",
              sessions_open_count(server->sessions));
    for (u32 i = 0; i < server->listeners.count; i++)
        ring_unlisten(server->ring, i);
    sessions_drain(server->sessions);
}

static void tick(struct server *server) {
    struct engine *engine = &server->engine;
    server->next_tick_us = engine->now_us + TICK_US;
    server->wall_offset_us = clock_wall_us() - clock_monotonic_us();
    sessions_tick(server->sessions);
    stats_sample(&engine->stats, engine->now_us);
    u64 live = store_bytes_live(&engine->store);
    if (live > engine->stats.live_bytes_peak) engine->stats.live_bytes_peak = live;
}

static u64 time_to_tick(const struct server *server) {
    if (server->more_to_reclaim) return 0;
    u64 now_us = server->engine.now_us; /* of the turn before, which was short */
    return server->next_tick_us > now_us ? server->next_tick_us - now_us : 0;
}

static void turn(struct server *server) {
    struct engine *engine = &server->engine;
    u32 count = ring_wait(server->ring, time_to_tick(server), server->events, RING_EVENTS_MAX);
    /* One clock is read in each turn; a step of the wall clock shows at the next tick. */
    u64 now_us = clock_monotonic_us();
    engine_set_now(engine, now_us, now_us + server->wall_offset_us);
    engine->stats.counters.turns++;
    for (u32 i = 0; i < count; i++) {
        if (server->events[i].type == RING_ACCEPTED) continue;
        sessions_event(server->sessions, &server->events[i]);
    }
    sessions_run(server->sessions);
    /* New clients last, so that those who left in this turn have made room for them. */
    for (u32 i = 0; i < count; i++) {
        if (server->events[i].type != RING_ACCEPTED) continue;
        sessions_event(server->sessions, &server->events[i]);
    }
    if (engine->now_us >= server->next_tick_us || server->more_to_reclaim) {
        server->more_to_reclaim = store_tick(&engine->store, TICK_WORK);
    }
    if (engine->now_us >= server->next_tick_us) tick(server);
}

int server_run(struct server *server) {
    struct engine *engine = &server->engine;
    for (;;) {
        turn(server);
        if (!server->draining && (*server->signals > 0 || engine->shutdown != SHUTDOWN_NONE)) {
            begin_drain(server, engine->shutdown == SHUTDOWN_NOW);
            sessions_run(server->sessions);
        }
        if (!server->draining) continue;
        if (sessions_open_count(server->sessions) == 0) break;
        if (engine->now_us >= server->drain_until_us) {
            log_write(LOG_WARNING, "stopped with %u connections unfinished (shutdown-timeout)",
                      sessions_open_count(server->sessions));
            return 0;
        }
    }
    sessions_check_empty(server->sessions);
    log_write(LOG_NOTICE, "stopped");
    return 0;
}
