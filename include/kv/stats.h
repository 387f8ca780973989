/* stats.h: what the data plane counts: hot values are plain u64 in one struct, their names and help
 * are constant data elsewhere (tbl/counters.def, tbl/errors.def).
 *
 * Written by the data plane only.
 */
#ifndef KV_STATS_H
#define KV_STATS_H

#include "kv/bytes.h"
#include "kv/gauge.h"
#include "kv/histogram.h"

struct counters {
#define COUNTER(field, metric, help) u64 field;
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
    u64 rejected; /* refused before execution: arity, authentication, limits */
    u64 failed;   /* executed, and ended with an error */
    struct duration_histogram durations;
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
    const char *option;  /* that sets it */
    const char *regions; /* rows of the budget that it fills, separated by spaces */
    const struct gauge *gauge;
};
#define STATS_POOLS_MAX 32
/* Bytes of the longest name that is a label in the metrics: of a limit, a command, a region of the
 * budget. The size of the metrics page is computed from it. */
#define STATS_NAME_MAX 32

struct stats {
    struct counters counters;
    u64 errors[ERROR_CODES];
    struct command_stats *commands; /* [command_count], its own budget row */
    u32 command_count;
    struct duration_histogram loop; /* turns, without the wait */
    struct batch_histogram batches;
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
/* Registers a limit for INFO and the metrics. The texts are literals; `name` has at most
 * STATS_NAME_MAX bytes. */
void stats_add_pool(struct stats *stats, const char *name, const char *option, const char *regions,
                    const struct gauge *gauge);

/* Takes a sample when 100 ms have passed since the last. */
void stats_sample(struct stats *stats, u64 now_us);
/* Mean per second over the samples. */
u64 stats_rate(const struct stats *stats, enum stats_rate rate);

/* The code that an error text ("WRONGTYPE Operation...") begins with; ERROR_ERR for others. */
enum error_code stats_error_code(struct bytes text);
const char *stats_error_name(enum error_code code);

/* One row of tbl/counters.def, for whoever prints or walks it. */
struct counter_info {
    const char *name;
    const char *metric;
    const char *help;
    size_t offset; /* of the field in struct counters */
};
/* Counter i; NULL past the end. */
const struct counter_info *stats_counter_at(u32 i);
u64 stats_counter_value(const struct counters *counters, const struct counter_info *info);

#endif
