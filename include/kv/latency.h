/* latency.h: what held up the server, by kind, each with its last samples: what LATENCY reports.
 *
 * As in Redis a kind keeps 160 samples, of each second the longest one.
 */
#ifndef KV_LATENCY_H
#define KV_LATENCY_H

#include "kv/types.h"

#define LATENCY_SAMPLES 160u

/* The names are Redis's. */
#define LATENCY_EVENTS(X)                                                                          \
    X(COMMAND, "command")                                                                          \
    X(FAST_COMMAND, "fast-command")                                                                \
    X(EXPIRE_CYCLE, "expire-cycle")                                                                \
    X(EVICTION_CYCLE, "eviction-cycle")

#define LATENCY_EVENT_ENUM(id, name) LATENCY_##id,
enum latency_event { LATENCY_EVENTS(LATENCY_EVENT_ENUM) LATENCY_EVENT_COUNT };
#undef LATENCY_EVENT_ENUM

struct latency_sample {
    u32 unix_s;
    u32 ms;
};

struct latency_series {
    struct latency_sample sample[LATENCY_SAMPLES];
    u32 next; /* where the next sample goes */
    u32 count;
    u32 max_ms; /* since the last reset */
};

struct latency {
    struct latency_series series[LATENCY_EVENT_COUNT];
};

const char *latency_event_name(enum latency_event event);
void latency_add(struct latency *latency, enum latency_event event, u64 unix_s, u64 ms);
void latency_reset(struct latency *latency, enum latency_event event);
/* Sample i, from the oldest. */
struct latency_sample latency_sample_at(const struct latency_series *series, u32 i);

/* What DOCTOR says of a kind. */
struct latency_analysis {
    u32 low_ms;
    u32 high_ms;
    u32 mean_ms;
    u32 deviation_ms; /* mean distance from the mean */
    double period_s;  /* mean time between two samples */
};
/* Of a series with at least one sample. */
void latency_analyse(const struct latency_series *series, u64 now_s,
                     struct latency_analysis *analysis);

#endif
