/* stats.h: what the data plane counts: hot values are plain u64 in one struct, their names and help
 * are constant data elsewhere (tbl/counters.def, tbl/errors.def).
 *
 * Written by the data plane only.
 */
#ifndef KV_STATS_H
#define KV_STATS_H

#include "kv/bytes.h"
#include "kv/gauge.h"

struct counters {
#define COUNTER(field, help) u64 field;
#include "kv/tbl/counters.def"
#undef COUNTER
};

enum error_code {
#define ERROR_CODE(id, text) ERROR_##id,
#include "kv/tbl/errors.def"
#undef ERROR_CODE
    ERROR_CODES
};

struct command_stats {
    u64 calls;
    u64 cycles;   /* clock_cycles spent */
    u64 rejected; /* refused before execution: arity, authentication, limits */
    u64 failed;   /* executed, and ended with an error */
};

/* Rates over the last 16 samples of 100 ms. */
#define STATS_SAMPLES 16
enum stats_rate { RATE_COMMANDS, RATE_INPUT, RATE_OUTPUT, STATS_RATES };

struct stats_sampler {
    u64 last_us;
    u64 last_value[STATS_RATES];
    u64 per_second[STATS_RATES][STATS_SAMPLES];
    u32 next;
};

/* A limit's face under its public name. */
struct stats_pool {
    const char *name;
    const struct gauge *gauge;
};
#define STATS_POOLS_MAX 16

struct stats {
    struct counters counters;
    u64 errors[ERROR_CODES];
    struct command_stats *commands; /* [command_count], its own budget row */
    u32 command_count;
    struct stats_sampler sampler;
    struct stats_pool pools[STATS_POOLS_MAX];
    u32 pool_count;
    u64 start_us; /* monotonic */
    u64 live_bytes_peak;
};

/* `commands` holds command_count entries. */
void stats_init(struct stats *stats, struct command_stats *commands, u32 command_count, u64 now_us);
/* Zeroes what CONFIG RESETSTAT zeroes: counters, per-command and error statistics, rates, and the
 * high-water marks' exhausted counters stay, for they belong to the pools. */
void stats_reset(struct stats *stats);
/* Registers a limit for INFO and the metrics. `name` is a literal. */
void stats_add_pool(struct stats *stats, const char *name, const struct gauge *gauge);

/* Takes a sample when 100 ms have passed since the last. */
void stats_sample(struct stats *stats, u64 now_us);
/* Mean per second over the samples. */
u64 stats_rate(const struct stats *stats, enum stats_rate rate);

/* The code that an error text ("WRONGTYPE Operation...") begins with; ERROR_ERR for others. */
enum error_code stats_error_code(struct bytes text);
const char *stats_error_name(enum error_code code);

/* Walks the counters: name, help and value of counter i; false past the end. */
bool stats_counter_at(const struct stats *stats, u32 i, const char **name, const char **help,
                      u64 *value);

#endif
