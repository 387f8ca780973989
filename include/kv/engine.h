/* engine.h: what commands work on: the store, the configuration, the statistics, the clients. The
 * server makes one; commands get it with each call. It knows nothing of sockets.
 */
#ifndef KV_ENGINE_H
#define KV_ENGINE_H

#include "kv/blocked.h"
#include "kv/chain.h"
#include "kv/client.h"
#include "kv/config_file.h"
#include "kv/dump.h"
#include "kv/keyspace.h"
#include "kv/latency.h"
#include "kv/log.h"
#include "kv/options.h"
#include "kv/slow_log.h"
#include "kv/sort.h"
#include "kv/stats.h"

/* Reports (INFO) are put together here before they become one reply. */
#define ENGINE_TEXT_BYTES 65536u

/* Rows of statistics: one for each command, and one that all unknown commands share. */
#define STATISTICS_UNKNOWN COMMAND_COUNT
#define STATISTICS_ROWS (COMMAND_COUNT + 1)

enum shutdown_request { SHUTDOWN_NONE, SHUTDOWN_REQUESTED, SHUTDOWN_NOW };

/* What commands ask of whoever holds the connections: to send a client what it did not ask for. */
struct engine_host {
    void *context;
    /* Where to write it; NULL when the client's connection is about to end. */
    struct chain *(*push_begin)(void *context, struct client *client);
    /* Something was written: it shall be sent. */
    void (*push_end)(void *context, struct client *client);
};

struct engine {
    u32 magic;
    struct store store;
    struct options options;         /* CONFIG SET changes what may change */
    struct options options_scratch; /* CONFIG SET works here first: all or nothing */
    const struct limits *limits;
    const struct budget *budget;
    struct stats stats;
    struct clients clients;
    struct transactions transactions;
    struct blocked blocked;
    struct monitors monitors;
    struct command_lookup lookup;
    struct slow_log slow_log;
    struct latency *latency;
    u64 notable_cycles; /* a call that takes at least this long may concern the slow log, LATENCY or
                           MONITOR: engine_note_watchers */
    struct engine_host host;
    const struct options *options_given; /* as the start got them; `options` has what follows */
    struct config_file config;           /* the file that CONFIG REWRITE writes */
    u64 now_us;                          /* monotonic, of this turn */
    u64 cycles;          /* clock_cycles when the last call ended, or when the batch began */
    u64 wall_us;         /* of this turn */
    u64 waiting_receive; /* connections that wait for receive memory now */
    u64 waiting_reply;   /* connections that wait for reply memory now */
    char run_id[41];
    const struct ring *ring; /* its name and its counters, for INFO */
    const char *config_file; /* "" when none */
    char *text;              /* ENGINE_TEXT_BYTES */
    u8 *scratch;             /* STORE_SCRATCH_BYTES: payloads while they are read */
    u64 *lcs_memory;         /* lcs-memory bytes: the table of one LCS */
    struct gauge lcs_gauge;
    struct sort_memory sort;
    struct dump_memory dump_memory; /* where values are compressed and decompressed */
    struct gauge dump_gauge;        /* its bytes */
    enum shutdown_request shutdown;
    bool clients_killed;        /* some client's `kill` is set */
    const struct call *running; /* the call whose handler runs now */
    struct log_limit log_limit; /* of lines that clients cause */
};

/* Rows: command.clients, command.statistics, command.text, command.scratch, command.lcs,
 * command.dump, command.sort, command.slow_log, command.latency, command.config_file, and those of
 * transactions.h and blocked.h. */
void engine_budget(const struct options *options, struct budget *budget);
/* The parts that commands own; the caller fills in limits, budget, backend, and the store. */
void engine_init(struct engine *engine, struct arena *arena, const struct options *options,
                 u64 seed, u64 now_us);
/* After store_init: lets the store ask which keys the running command works on. */
void engine_own_store(struct engine *engine);
/* To be called when the options or the monitors have changed: sets what of a call is notable. */
void engine_note_watchers(struct engine *engine);
/* Notes that something else than a command held up the server for so many cycles. */
void engine_note_latency(struct engine *engine, enum latency_event event, u64 cycles);
/* The name that a row of statistics has in the metrics: "get", "client|id", "unknown". */
const char *engine_statistics_name(u32 row);
void engine_set_now(struct engine *engine, u64 now_us, u64 wall_us);

#endif
