#include "kv/stats.h"

#include "kv/assert.h"

#define SAMPLE_INTERVAL_US 100000u

static const char *const error_names[ERROR_CODES] = {
#define ERROR_CODE(id, text) [ERROR_##id] = text,
#include "kv/tbl/errors.def"
#undef ERROR_CODE
};

static const struct counter_info counter_table[] = {
#define COUNTER(field, metric, help) {#field, metric, help, offsetof(struct counters, field)},
#include "kv/tbl/counters.def"
#undef COUNTER
};

void stats_init(struct stats *stats, struct command_stats *commands, u32 command_count,
                u64 now_us) {
    *stats = (struct stats){
        .commands = commands,
        .command_count = command_count,
        .start_us = now_us,
    };
    stats->sampler.last_us = now_us;
    memset(commands, 0, sizeof(*commands) * command_count);
}

void stats_reset(struct stats *stats) {
    u64 last_us = stats->sampler.last_us;
    stats->counters = (struct counters){0};
    memset(stats->errors, 0, sizeof(stats->errors));
    memset(stats->commands, 0, sizeof(*stats->commands) * stats->command_count);
    stats->loop = (struct duration_histogram){0};
    stats->batches = (struct batch_histogram){0};
    stats->sampler = (struct stats_sampler){.last_us = last_us};
}

void stats_add_pool(struct stats *stats, const char *name, const char *option, const char *regions,
                    const struct gauge *gauge) {
    kv_assert(stats->pool_count < STATS_POOLS_MAX && strlen(name) <= STATS_NAME_MAX);
    stats->pools[stats->pool_count++] =
        (struct stats_pool){.name = name, .option = option, .regions = regions, .gauge = gauge};
}

void stats_sample(struct stats *stats, u64 now_us) {
    struct stats_sampler *sampler = &stats->sampler;
    u64 elapsed = now_us - sampler->last_us;
    if (elapsed < SAMPLE_INTERVAL_US) return;
    const u64 values[STATS_RATES] = {
        [RATE_COMMANDS] = stats->counters.commands_processed,
        [RATE_INPUT] = stats->counters.input_bytes,
        [RATE_OUTPUT] = stats->counters.output_bytes,
    };
    for (u32 i = 0; i < STATS_RATES; i++) {
        u64 delta = values[i] - sampler->last_value[i];
        sampler->per_second[i][sampler->next] = delta * 1000000u / elapsed;
        sampler->last_value[i] = values[i];
    }
    sampler->next = (sampler->next + 1) % STATS_SAMPLES;
    sampler->last_us = now_us;
}

u64 stats_rate(const struct stats *stats, enum stats_rate rate) {
    u64 sum = 0;
    for (u32 i = 0; i < STATS_SAMPLES; i++) {
        sum += stats->sampler.per_second[rate][i];
    }
    return sum / STATS_SAMPLES;
}

enum error_code stats_error_code(struct bytes text) {
    size_t len = 0;
    while (len < text.len && text.data[len] != ' ')
        len++;
    for (u32 i = 0; i < ERROR_CODES; i++) {
        if (bytes_equal(bytes_of(text.data, len), bytes_of_string(error_names[i]))) {
            return (enum error_code)i;
        }
    }
    return ERROR_ERR;
}

const char *stats_error_name(enum error_code code) {
    return error_names[code];
}

const struct counter_info *stats_counter_at(u32 i) {
    return i < KV_ARRAY_LENGTH(counter_table) ? &counter_table[i] : NULL;
}

u64 stats_counter_value(const struct counters *counters, const struct counter_info *info) {
    u64 value;
    memcpy(&value, (const char *)counters + info->offset, sizeof(value));
    return value;
}
