#include "kv/engine.h"

#include <stdio.h>

#include "kv/assert.h"
#include "kv/clock.h"
#include "kv/limits.h"
#include "kv/prng.h"
#include "kv/ring.h"

_Static_assert(ENGINE_TEXT_BYTES >= CONFIG_FILE_BYTES_MAX, "the old file fits");

#define ENGINE_MAGIC 0x6b76656eu /* "kven" */

const char *engine_statistics_name(u32 row) {
    kv_assert(row < STATISTICS_ROWS);
    return row == STATISTICS_UNKNOWN ? "unknown" : command_at(row)->full_name;
}

void engine_budget(const struct options *options, struct budget *budget) {
    budget_add(budget, "command.clients", options->connections_max + RING_SPARE_SLOTS,
               sizeof(struct client), "What commands know of each connection.");
    budget_add(budget, "command.statistics", STATISTICS_ROWS, sizeof(struct command_stats),
               "Calls, times, refusals and failures of each command, and of unknown ones.");
    budget_add(budget, "command.text", 1, ENGINE_TEXT_BYTES, "A report while it is put together.");
    budget_add(budget, "command.scratch", 1, STORE_SCRATCH_BYTES,
               "A split value made contiguous while it is read.");
    budget_add(budget, "command.lcs", options->lcs_memory / sizeof(u64), sizeof(u64),
               "One LCS at a time: a bit for each pair of bytes; lcs-memory bytes.");
    sort_budget(options, budget);
    budget_add(budget, "command.dump", limits_dump_memory(options), 1,
               "Values that DUMP compresses, and RESTORE decompresses.");
    blocked_budget(options, budget);
    budget_add(budget, "command.slow_log", 1, options->slowlog_memory,
               "The commands that took longest, as SLOWLOG shows them.");
    budget_add(budget, "command.latency", 1, sizeof(struct latency),
               "What held up the server, as LATENCY shows it.");
    budget_add(budget, "command.config_file", 1, CONFIG_FILE_BYTES_MAX,
               "The configuration file as CONFIG REWRITE is about to write it.");
}

static void make_run_id(char out[41], u64 seed) {
    struct prng prng;
    prng_init(&prng, seed);
    for (u32 i = 0; i < 40; i++) {
        out[i] = "0123456789abcdef"[prng_below(&prng, 16)];
    }
    out[40] = '\0';
}

void engine_init(struct engine *engine, struct arena *arena, const struct options *options,
                 u64 seed, u64 now_us) {
    *engine = (struct engine){.magic = ENGINE_MAGIC, .options = *options, .config_file = ""};
    u32 slots = (u32)options->connections_max + RING_SPARE_SLOTS;
    clients_init(&engine->clients,
                 arena_carve(arena, "command.clients", slots, sizeof(struct client)), slots,
                 options->connections_max);
    stats_init(
        &engine->stats,
        arena_carve(arena, "command.statistics", STATISTICS_ROWS, sizeof(struct command_stats)),
        STATISTICS_ROWS, now_us);
    engine->text = arena_carve(arena, "command.text", 1, ENGINE_TEXT_BYTES);
    engine->scratch = arena_carve(arena, "command.scratch", 1, STORE_SCRATCH_BYTES);
    u64 lcs_words = options->lcs_memory / sizeof(u64);
    engine->lcs_memory = arena_carve(arena, "command.lcs", lcs_words, sizeof(u64));
    gauge_init(&engine->lcs_gauge, lcs_words * sizeof(u64));
    sort_init(&engine->sort, arena, options);
    engine->dump_memory.bytes = limits_dump_memory(options);
    engine->dump_memory.at = arena_carve(arena, "command.dump", engine->dump_memory.bytes, 1);
    gauge_init(&engine->dump_gauge, engine->dump_memory.bytes);
    blocked_init(&engine->blocked, arena, options, seed);
    engine->options_given = &engine->options;
    slow_log_init(&engine->slow_log,
                  arena_carve(arena, "command.slow_log", 1, options->slowlog_memory),
                  options->slowlog_memory);
    engine->latency = arena_carve(arena, "command.latency", 1, sizeof(struct latency));
    /* What the file was is read to where reports are put together. */
    config_file_init(&engine->config, engine->text,
                     arena_carve(arena, "command.config_file", 1, CONFIG_FILE_BYTES_MAX));
    list_init(&engine->monitors.order);
    gauge_init(&engine->monitors.gauge, options->monitors_max);
    stats_add_pool(&engine->stats, "monitors", "monitors-max", "", &engine->monitors.gauge);
    stats_add_pool(&engine->stats, "slow_log", "slowlog-memory", "command.slow_log",
                   &engine->slow_log.gauge);
    engine_note_watchers(engine);
    command_lookup_init(&engine->lookup);
    /* The id is public, the seed is not: it also keys the hash. */
    make_run_id(engine->run_id, prng_system_seed() ^ ~seed);
}

void engine_set_now(struct engine *engine, u64 now_us, u64 wall_us) {
    engine->now_us = now_us;
    engine->wall_us = wall_us;
    store_set_now(&engine->store, wall_us / 1000);
}

/* Microseconds as cycles; UINT64_MAX for what no call can take. */
static u64 cycles_of_us(u64 us) {
    return us > UINT64_MAX / 1000 ? UINT64_MAX : clock_ns_to_cycles(us * 1000);
}

void engine_note_watchers(struct engine *engine) {
    const struct options *options = &engine->options;
    u64 cycles = UINT64_MAX;
    if ((i64)options->slowlog_slower_us >= 0) cycles = cycles_of_us(options->slowlog_slower_us);
    if (options->latency_threshold_ms > 0 && options->latency_threshold_ms < UINT64_MAX / 1000) {
        cycles = u64_min(cycles, cycles_of_us(options->latency_threshold_ms * 1000));
    }
    engine->notable_cycles = engine->monitors.gauge.used > 0 ? 0 : cycles;
}

void engine_note_latency(struct engine *engine, enum latency_event event, u64 cycles) {
    const u64 threshold_ms = engine->options.latency_threshold_ms;
    if (KV_LIKELY(threshold_ms == 0)) return;
    const u64 ms = clock_cycles_to_ns(cycles) / 1000000;
    if (ms >= threshold_ms) latency_add(engine->latency, event, engine->wall_us / 1000000, ms);
}
