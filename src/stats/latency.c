#include "kv/latency.h"

#include "kv/assert.h"

static const char *const names[LATENCY_EVENT_COUNT] = {
#define NAME(id, name) [LATENCY_##id] = name,
    LATENCY_EVENTS(NAME)
#undef NAME
};

const char *latency_event_name(enum latency_event event) {
    kv_assert(event < LATENCY_EVENT_COUNT);
    return names[event];
}

void latency_add(struct latency *latency, enum latency_event event, u64 unix_s, u64 ms) {
    kv_assert(event < LATENCY_EVENT_COUNT);
    struct latency_series *series = &latency->series[event];
    const u32 value = (u32)u64_min(ms, UINT32_MAX);
    if (value > series->max_ms) series->max_ms = value;
    struct latency_sample *last =
        &series->sample[(series->next + LATENCY_SAMPLES - 1) % LATENCY_SAMPLES];
    if (series->count > 0 && last->unix_s == (u32)unix_s) {
        if (value > last->ms) last->ms = value;
        return;
    }
    series->sample[series->next] = (struct latency_sample){.unix_s = (u32)unix_s, .ms = value};
    series->next = (series->next + 1) % LATENCY_SAMPLES;
    if (series->count < LATENCY_SAMPLES) series->count++;
}

void latency_reset(struct latency *latency, enum latency_event event) {
    kv_assert(event < LATENCY_EVENT_COUNT);
    latency->series[event] = (struct latency_series){0};
}

struct latency_sample latency_sample_at(const struct latency_series *series, u32 i) {
    kv_assert(i < series->count);
    return series->sample[(series->next + LATENCY_SAMPLES - series->count + i) % LATENCY_SAMPLES];
}

void latency_analyse(const struct latency_series *series, u64 now_s,
                     struct latency_analysis *analysis) {
    kv_assert(series->count > 0);
    *analysis = (struct latency_analysis){.low_ms = UINT32_MAX};
    u64 sum = 0;
    for (u32 i = 0; i < series->count; i++) {
        const u32 ms = latency_sample_at(series, i).ms;
        sum += ms;
        analysis->low_ms = u32_min(analysis->low_ms, ms);
        analysis->high_ms = u32_max(analysis->high_ms, ms);
    }
    analysis->mean_ms = (u32)(sum / series->count);
    u64 distances = 0;
    for (u32 i = 0; i < series->count; i++) {
        const u32 ms = latency_sample_at(series, i).ms;
        distances += ms > analysis->mean_ms ? ms - analysis->mean_ms : analysis->mean_ms - ms;
    }
    analysis->deviation_ms = (u32)(distances / series->count);
    const u64 first_s = latency_sample_at(series, 0).unix_s;
    const u64 span_s = now_s > first_s ? now_s - first_s : 1;
    analysis->period_s = (double)span_s / series->count;
}
