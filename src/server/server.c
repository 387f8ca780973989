#include "kv/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kv/admin.h"
#include "kv/arena.h"
#include "kv/assert.h"
#include "kv/clock.h"
#include "kv/listener.h"
#include "kv/log.h"
#include "kv/notify.h"
#include "kv/number.h"
#include "kv/prefault.h"
#include "kv/prng.h"
#include "kv/process_heap.h"
#include "kv/session.h"
#include "kv/text.h"

#include "publisher.h"
#include "seal_internal.h"

#define SERVER_MAGIC 0x6b767372u /* "kvsr" */
#define TICK_US 50000u
/* Expired keys are seen to when the first is due, within these bounds: not more often, whatever the
 * deadlines are, and often enough that one which was set meanwhile is reclaimed within 100 ms. */
#define SWEEP_MIN_US 10000u
#define SWEEP_MAX_US TICK_US
/* Objects and pages that one tick's reclaiming may touch: well under a millisecond. */
#define TICK_WORK 2048u
/* Descriptors beside the connections': listeners, the ring, the log, and some to spare. */
#define OTHER_DESCRIPTORS 64u
/* Populated between two looks for a signal: a fraction of a second. */
#define POPULATE_BYTES ((u64)256 << 20)
/* What libc and libseccomp take from the heap until the server is ready, beside what the HTTP plane
 * takes: stdio, the thread's vectors, and most of all the filter while it is put together: 81,000
 * bytes at the most, measured by tests/clients/admin.py, and free again when it is ready. */
#define HEAP_START_BYTES 131072u

struct server {
    u32 magic;
    bool draining;
    bool more_to_reclaim;
    bool filtered; /* the kernel refuses to unmap anything: the process ends by exiting */
    struct arena arena;
    struct listeners listeners;
    const struct plan *plan;
    struct ring *ring;
    struct sessions *sessions;
    volatile sig_atomic_t *signals;
    struct notify notify;
    u64 next_tick_us;
    u64 next_sweep_us;
    u64 drain_until_us;
    u64 wall_offset_us; /* wall clock less monotonic clock, as of the last tick */
    struct engine engine;
    struct publisher publisher;
    struct budget_report report;
    struct listener admin_listener; /* without one its name is empty */
    struct admin_source admin_source;
    struct admin *admin;
    struct plan *what_if; /* of another configuration, for the HTTP plane */
    struct budget_report what_if_report;
    struct ring_event events[RING_EVENTS_MAX];
};

static u64 heap_bytes(const struct options *options) {
    /* What the start needs is no question of taste: without it there would be no seal. */
    return HEAP_START_BYTES +
           (options->admin_memory != 0 ? options->admin_memory : admin_heap_bytes(options));
}

void server_budget(const struct options *options, struct budget *budget) {
    budget_add(budget, "memory.heap", 1, heap_bytes(options),
               "malloc: what libraries want while the server starts, and the HTTP plane later.");
    budget_add(budget, "server.server", 1, sizeof(struct server),
               "The loop, the engine and the events of one turn.");
    budget_add(budget, "server.what_if", options->admin_port != 0, sizeof(struct plan),
               "The plan of another configuration that /budget is asked about.");
    publisher_budget(budget);
}

/* -- start -- */

/* Each connection is a descriptor, with io_uring one of the ring's table, which the same limit
 * bounds. */
static bool raise_descriptor_limit(const struct options *options, char error[SERVER_ERROR_MAX]) {
    struct rlimit limit;
    u64 wanted = options->connections_max + RING_SPARE_SLOTS + options->admin_connections_max +
                 OTHER_DESCRIPTORS;
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

/* From here on malloc takes from the reservation; not where malloc is another's, as in tests. */
static void attach_heap(struct arena *arena, const struct options *options) {
    const u64 bytes = heap_bytes(options);
    void *memory = arena_carve(arena, "memory.heap", 1, bytes);
    if (process_heap_is_malloc()) process_heap_attach(memory, bytes);
}

static void note_backend(const struct ring *ring, const char *note) {
    if (note[0] != '\0') log_write(LOG_WARNING, "%s", note);
    log_write(LOG_NOTICE, "network through %s", ring->operations->name);
}

/* -- the HTTP plane -- */

_Static_assert(ADMIN_REFUSAL_MAX >= PLAN_ERROR_MAX, "a refusal is shown whole");

static bool compute_what_if(void *context, const struct options *options,
                            const struct budget_report **report, char *error, size_t error_size) {
    struct server *server = context;
    char message[PLAN_ERROR_MAX];
    if (!plan_compute(server->what_if, options, message)) {
        snprintf(error, error_size, "%s", message);
        return false;
    }
    plan_report(server->what_if, &server->what_if_report);
    *report = &server->what_if_report;
    return true;
}

static bool start_admin(struct server *server, struct arena *arena, const struct listener *listener,
                        char error[SERVER_ERROR_MAX]) {
    const struct options *options = &server->plan->options;
    const struct engine *engine = &server->engine;
    char admin_error[ADMIN_ERROR_MAX];
    server->what_if =
        arena_carve(arena, "server.what_if", options->admin_port != 0, sizeof(struct plan));
    plan_report(server->plan, &server->report);
    server->admin_source = (struct admin_source){
        .snapshot = &server->publisher.snapshot,
        .pools = engine->stats.pools,
        .pool_count = engine->stats.pool_count,
        .command_name = engine_statistics_name,
        .pages = &engine->store.pages,
        .report = &server->report,
        .options = options,
        .backend = server->ring->operations->name,
        .run_id = engine->run_id,
        .start_wall_us = engine->wall_us,
        .what_if = compute_what_if,
        .what_if_context = server,
    };
    server->admin = admin_init(arena, options, &server->admin_source, listener->fd, admin_error);
    if (server->admin != NULL)
        log_write(LOG_NOTICE, "metrics, status and dashboard on http://%s/", listener->name);
    if (admin_error[0] == '\0') return true;
    snprintf(error, SERVER_ERROR_MAX, "%s", admin_error);
    return false;
}

/* Everything that lives in the reservation. */
static struct server *build(const struct plan *plan, struct arena *arena,
                            const struct listener *admin_listener, char error[SERVER_ERROR_MAX]) {
    char note[RING_ERROR_MAX] = "";
    char ring_error[RING_ERROR_MAX] = "";
    struct options effective;
    attach_heap(arena, &plan->options);
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
    transactions_init(engine, arena, &plan->limits, prng_system_seed());
    engine->options_given = &plan->options;
    engine->limits = &plan->limits;
    engine->budget = &plan->budget;
    engine->ring = ring;
    store_init(&engine->store, arena, &plan->options, &plan->store, seed);
    engine_own_store(engine);
    server->wall_offset_us = clock_wall_us() - clock_monotonic_us();
    engine_set_now(engine, clock_monotonic_us(), clock_wall_us());
    server->sessions = sessions_init(arena, ring, engine, &plan->limits, &server->listeners);
    publisher_init(&server->publisher, arena, &plan->store);
    if (!start_admin(server, arena, admin_listener, error)) {
        ring_deinit(ring);
        return NULL;
    }
    arena_seal(arena);
    return server;
}

/* Bit by bit, so that a signal is heard: then false, without a message. */
static bool populate(struct server *server, char error[SERVER_ERROR_MAX]) {
    char arena_error[ARENA_ERROR_MAX];
    bool more = true;
    while (more) {
        if (!arena_populate(&server->arena, POPULATE_BYTES, &more, arena_error)) {
            snprintf(error, SERVER_ERROR_MAX, "%s", arena_error);
            return false;
        }
        if (more && *server->signals > 0) {
            error[0] = '\0';
            return false;
        }
    }
    return true;
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

/* To the log and to the service manager. */
static void tell_ready(struct server *server, u64 started_us) {
    char size[NUMBER_TEXT_MAX];
    char names[LOG_LINE_MAX / 2];
    char ready[LOG_LINE_MAX];
    struct text text;
    text_init(&text, names, sizeof(names));
    for (u32 i = 0; i < server->listeners.count; i++) {
        text_printf(&text, "%s%s", i > 0 ? ", " : "", server->listeners.entry[i].name);
    }
    number_format_size(size, budget_total(&server->plan->budget));
    snprintf(ready, sizeof(ready), "ready on %s (%s reserved in %llu ms)", names, size,
             (unsigned long long)(clock_monotonic_us() - started_us) / 1000);
    log_write(LOG_NOTICE, "%s", ready);
    notify_ready(&server->notify, ready);
}

/* Everything that is listened on. */
struct sockets {
    struct listeners clients;
    struct listener admin; /* fd -1: none */
};

static void close_sockets(struct sockets *sockets) {
    listeners_close(&sockets->clients);
    if (sockets->admin.fd >= 0) close(sockets->admin.fd);
}

static bool open_sockets(struct sockets *sockets, const struct options *options,
                         char error[SERVER_ERROR_MAX]) {
    char listener_error[LISTENER_ERROR_MAX];
    *sockets = (struct sockets){.admin = {.fd = -1}};
    if (listeners_open(&sockets->clients, options, listener_error) &&
        (options->admin_port == 0 || listener_open_admin(&sockets->admin, options, listener_error)))
        return true;
    snprintf(error, SERVER_ERROR_MAX, "%s", listener_error);
    close_sockets(sockets);
    return false;
}

/* The arena and all that lives in it. NULL with a message, and nothing stays. */
static struct server *reserve(const struct plan *plan, const struct sockets *sockets,
                              char error[SERVER_ERROR_MAX]) {
    struct arena arena;
    char arena_error[ARENA_ERROR_MAX];
    if (!arena_init(&arena, &plan->budget, plan->options.huge_pages, arena_error)) {
        snprintf(error, SERVER_ERROR_MAX, "%s", arena_error);
        return NULL;
    }
    struct server *server = NULL;
    if (server_seal_early(&plan->options, &arena, error))
        server = build(plan, &arena, &sockets->admin, error);
    if (server != NULL) {
        server->arena = arena;
        server->listeners = sockets->clients;
        server->admin_listener = sockets->admin;
        return server;
    }
    if (!process_heap_is_malloc()) arena_deinit(&arena);
    return NULL;
}

/* The last steps before it is ready, when the HTTP plane answers already. */
static bool make_ready(struct server *server, char error[SERVER_ERROR_MAX]) {
    if (!populate(server, error) || !start_listening(server, error)) return false;
    prefault_image();
    if (!server_seal(&server->plan->options, &server->filtered, error)) return false;
    /* The memory may have taken longer than what the HTTP plane takes for a stall. */
    engine_set_now(&server->engine, clock_monotonic_us(), clock_wall_us());
    publisher_ready(&server->publisher);
    publisher_publish(&server->publisher, &server->engine, SERVICE_READY);
    if (process_heap_is_malloc()) process_heap_seal();
    return true;
}

struct server *server_init(const struct plan *plan, const char *config_file,
                           volatile sig_atomic_t *signals, char error[SERVER_ERROR_MAX]) {
    const u64 started_us = clock_monotonic_us();
    struct sockets sockets;
    if (!raise_descriptor_limit(&plan->options, error)) return NULL;
    if (!open_sockets(&sockets, &plan->options, error)) return NULL;
    clock_calibrate();
    struct server *server = reserve(plan, &sockets, error);
    if (server == NULL) {
        close_sockets(&sockets);
        return NULL;
    }
    server->signals = signals;
    server->engine.config_file = config_file;
    if (config_file[0] != '\0') config_file_open(&server->engine.config, config_file);
    notify_init(&server->notify);
    if (!make_ready(server, error)) {
        server_deinit(&server);
        return NULL;
    }
    tell_ready(server, started_us);
    return server;
}

void server_deinit(struct server **server) {
    struct server *closed = *server;
    kv_assert(closed->magic == SERVER_MAGIC);
    *server = NULL;
    closed->magic = 0;
    if (process_heap_is_malloc()) process_heap_teardown();
    admin_deinit(&closed->admin);
    notify_deinit(&closed->notify);
    config_file_close(&closed->engine.config);
    if (closed->filtered) {
        /* The kernel ends the ring's requests and takes the memory when the process exits. */
        listeners_close(&closed->listeners);
        return;
    }
    ring_deinit(closed->ring);
    listeners_close(&closed->listeners);
    /* `closed` lies in it, and with it malloc's heap, which exit handlers free blocks of. */
    struct arena arena = closed->arena;
    if (!process_heap_is_malloc()) arena_deinit(&arena);
}

/* -- run -- */

static void begin_drain(struct server *server, bool now) {
    server->draining = true;
    u64 timeout_us = now ? 0 : server->engine.options.shutdown_timeout_s * 1000000u;
    server->drain_until_us = server->engine.now_us + timeout_us;
    char stopping[64];
    snprintf(stopping, sizeof(stopping), "stopping: %u connections to finish",
             sessions_open_count(server->sessions));
    log_write(LOG_NOTICE, "%s", stopping);
    notify_stopping(&server->notify, stopping);
    publisher_publish(&server->publisher, &server->engine, SERVICE_STOPPING);
    for (u32 i = 0; i < server->listeners.count; i++)
        ring_unlisten(server->ring, i);
    sessions_drain(server->sessions);
}

static void tick(struct server *server) {
    struct engine *engine = &server->engine;
    server->next_tick_us = engine->now_us + TICK_US;
    server->wall_offset_us = clock_wall_us() - clock_monotonic_us();
    sessions_tick(server->sessions);
    notify_tick(&server->notify, engine->now_us);
    stats_sample(&engine->stats, engine->now_us);
    u64 live = store_bytes_live(&engine->store);
    if (live > engine->stats.live_bytes_peak) engine->stats.live_bytes_peak = live;
    publisher_publish(&server->publisher, engine,
                      server->draining ? SERVICE_STOPPING : SERVICE_READY);
}

static u64 time_to_tick(const struct server *server) {
    if (server->more_to_reclaim && server->engine.blocked.pause == PAUSE_NONE) return 0;
    u64 now_us = server->engine.now_us; /* of the turn before, which was short */
    u64 next_us = u64_min(server->next_tick_us, sessions_next_us(server->sessions));
    if (server->engine.blocked.pause == PAUSE_NONE)
        next_us = u64_min(next_us, server->next_sweep_us);
    return next_us > now_us ? next_us - now_us : 0;
}

/* Reclaims what has expired or was unlinked, a bounded part of it. */
static void sweep(struct server *server) {
    struct engine *engine = &server->engine;
    const u64 begin_cycles = clock_cycles();
    server->more_to_reclaim = store_tick(&engine->store, TICK_WORK);
    u64 wait_us = u64_min(store_expiry_wait_ms(&engine->store), SWEEP_MAX_US / 1000) * 1000;
    server->next_sweep_us = engine->now_us + u64_max(wait_us, SWEEP_MIN_US);
    engine_note_latency(engine, LATENCY_EXPIRE_CYCLE, clock_cycles() - begin_cycles);
}

static void turn(struct server *server) {
    struct engine *engine = &server->engine;
    u32 count = ring_wait(server->ring, time_to_tick(server), server->events, RING_EVENTS_MAX);
    const u64 begin_cycles = clock_cycles();
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
    /* While writes are held back no key goes away either. */
    bool paused = engine->blocked.pause != PAUSE_NONE;
    const u64 due_us = u64_min(server->next_tick_us, server->next_sweep_us);
    if (!paused && (engine->now_us >= due_us || server->more_to_reclaim)) sweep(server);
    if (engine->now_us >= server->next_tick_us) tick(server);
    duration_histogram_add(&engine->stats.loop, clock_cycles_to_ns(clock_cycles() - begin_cycles));
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
