#include "kv/engine.h"

#include <stdio.h>

#include "kv/assert.h"
#include "kv/limits.h"
#include "kv/prng.h"
#include "kv/ring.h"

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
    command_lookup_init(&engine->lookup);
    /* The id is public, the seed is not: it also keys the hash. */
    make_run_id(engine->run_id, prng_system_seed() ^ ~seed);
}

void engine_set_now(struct engine *engine, u64 now_us, u64 wall_us) {
    engine->now_us = now_us;
    engine->wall_us = wall_us;
    store_set_now(&engine->store, wall_us / 1000);
}
