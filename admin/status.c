#include "status.h"

#include <unistd.h>

#include "kv/version.h"

#include "json.h"
#include "map.h"
#include "pressure.h"

/* All but the commands, and each command: measured with every number at its largest, and a half
 * more (tests/unit/admin/status_test.c). */
#define FIXED_BYTES 12288u
#define COMMAND_BYTES 192u
#define FIXED_SCRATCH 49152u
#define COMMAND_SCRATCH 1024u

u64 status_bytes_max(u32 command_rows) {
    return FIXED_BYTES + (u64)command_rows * COMMAND_BYTES;
}

u64 status_scratch_bytes(u32 command_rows) {
    return FIXED_SCRATCH + (u64)command_rows * COMMAND_SCRATCH;
}

static double seconds(u64 us) {
    return (double)us / 1e6;
}

static double seconds_of_ns(u64 ns) {
    return (double)ns / 1e9;
}

static bool add_identity(cJSON *root, const struct view *view) {
    const struct snapshot_values *values = &view->head.values;
    return json_add_text(root, "version", KV_VERSION) &&
           json_add_text(root, "redis_version", KV_REDIS_VERSION) &&
           json_add_text(root, "run_id", view->source->run_id) &&
           json_add(root, "process_id", (double)getpid()) &&
           json_add(root, "uptime_seconds", seconds(values->uptime_us)) &&
           json_add(root, "start_time_seconds", seconds(values->start_time_us)) &&
           json_add_text(root, "backend", view->source->backend) &&
           json_add_text(root, "kernel", view->kernel);
}

static bool add_health(cJSON *root, const struct view *view) {
    cJSON *health = cJSON_AddObjectToObject(root, "health");
    char reason[256];
    struct text text;
    text_init(&text, reason, sizeof(reason));
    const enum pressure level = pressure_judge(view, &text);
    if (!json_add_text(health, "state", health_name(view->health)) ||
        cJSON_AddBoolToObject(health, "healthy", view->health == HEALTH_READY) == NULL ||
        !json_add_text(health, "reason", health_reason(view->health)))
        return false;
    cJSON *pressure = cJSON_AddObjectToObject(root, "pressure");
    return json_add_text(pressure, "level", pressure_name(level)) &&
           json_add_text(pressure, "reason", reason);
}

static bool add_limits(cJSON *root, const struct view *view) {
    cJSON *limits = cJSON_AddArrayToObject(root, "limits");
    for (u32 i = 0; i < view->pool_count; i++) {
        const struct view_pool *pool = &view->pools[i];
        cJSON *limit = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(limits, limit) || !json_add_text(limit, "name", pool->name) ||
            !json_add_text(limit, "option", pool->option) ||
            !json_add_u64(limit, "used", pool->gauge.used) ||
            !json_add_u64(limit, "max", pool->gauge.max) ||
            !json_add_u64(limit, "high_water", pool->gauge.high_water) ||
            !json_add_u64(limit, "exhausted", pool->gauge.exhausted))
            return false;
    }
    return limits != NULL;
}

static bool add_pages(cJSON *store, const struct view *view) {
    cJSON *pages = cJSON_AddObjectToObject(store, "pages");
    u64 total = 0;
    for (u32 kind = 0; kind < PAGE_KINDS; kind++) {
        const u64 count = view->head.pages[kind];
        if (!json_add_u64(pages, page_kind_name((enum page_kind)kind), count)) return false;
        total += count;
    }
    return json_add_u64(pages, "total", total);
}

static bool add_store(cJSON *root, const struct view *view) {
    const struct snapshot_head *head = &view->head;
    cJSON *store = cJSON_AddObjectToObject(root, "store");
    const bool guaranteed = view->source->options->capacity == CAPACITY_GUARANTEED;
    u64 keys = 0;
    u64 expiring = 0;
    for (u32 i = 0; i < SNAPSHOT_DATABASES; i++) {
        keys += head->databases[i].keys;
        expiring += head->databases[i].expiring;
    }
    if (!json_add_text(store, "capacity", guaranteed ? "guaranteed" : "shared") ||
        !add_pages(store, view) ||
        !json_add_u64(store, "live_bytes", head->values.memory_used_bytes) ||
        !json_add_u64(store, "max_bytes", head->values.memory_max_bytes) ||
        !json_add(store, "fill_ratio", (double)head->values.store_fill_ppm / 1e6) ||
        !json_add_u64(store, "keys", keys) || !json_add_u64(store, "keys_expiring", expiring))
        return false;
    cJSON *room = cJSON_AddObjectToObject(store, "room");
    return json_add_u64(room, "guaranteed_keys", head->room_keys_guaranteed) &&
           json_add_u64(room, "estimated_keys", head->room_keys_estimated);
}

/* Those that have keys. */
static bool add_databases(cJSON *root, const struct view *view) {
    cJSON *databases = cJSON_AddArrayToObject(root, "databases");
    for (u32 i = 0; i < SNAPSHOT_DATABASES; i++) {
        const struct snapshot_database *row = &view->head.databases[i];
        if (row->keys == 0) continue;
        cJSON *database = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(databases, database) || !json_add_u64(database, "db", i) ||
            !json_add_u64(database, "keys", row->keys) ||
            !json_add_u64(database, "expiring", row->expiring) ||
            !json_add(database, "avg_ttl_seconds", (double)row->ttl_mean_ms / 1e3))
            return false;
    }
    return databases != NULL;
}

static bool add_waiting(cJSON *root, const struct view *view) {
    cJSON *waiting = cJSON_AddObjectToObject(root, "waiting");
    for (u32 i = 0; i < WAIT_REASON_COUNT; i++)
        if (!json_add_u64(waiting, wait_reason_name((enum wait_reason)i), view->head.waiting[i]))
            return false;
    return waiting != NULL;
}

static bool add_memory(cJSON *root, const struct view *view) {
    cJSON *memory = cJSON_AddObjectToObject(root, "memory");
    const struct gauge *heap = &view->pools[view->pool_count - 1].gauge;
    return json_add_u64(memory, "budget_bytes", budget_total(view->source->report->budget)) &&
           json_add_u64(memory, "resident_bytes", view->head.values.memory_used_rss_bytes) &&
           json_add_u64(memory, "admin_heap_used_bytes", heap->used) &&
           json_add_u64(memory, "admin_heap_max_bytes", heap->max);
}

static bool add_totals(cJSON *root, const struct view *view) {
    const struct counters *counters = &view->head.counters;
    const struct snapshot_values *values = &view->head.values;
    cJSON *totals = cJSON_AddObjectToObject(root, "totals");
    return json_add_u64(totals, "commands", counters->commands_processed) &&
           json_add_u64(totals, "input_bytes", counters->input_bytes) &&
           json_add_u64(totals, "output_bytes", counters->output_bytes) &&
           json_add_u64(totals, "connections_received", counters->connections_received) &&
           json_add_u64(totals, "connections_rejected", counters->connections_rejected) &&
           json_add_u64(totals, "keyspace_hits", counters->keyspace_hits) &&
           json_add_u64(totals, "keyspace_misses", counters->keyspace_misses) &&
           json_add_u64(totals, "expired_keys", values->expired_keys) &&
           json_add_u64(totals, "evicted_keys", values->evicted_keys) &&
           json_add_u64(totals, "error_replies", counters->error_replies) &&
           json_add_u64(totals, "minor_faults", values->minor_faults);
}

static bool add_rates(cJSON *root, const struct view *view) {
    const u64 *rates = view->head.rates;
    cJSON *object = cJSON_AddObjectToObject(root, "rates");
    return json_add_u64(object, "commands_per_second", rates[RATE_COMMANDS]) &&
           json_add_u64(object, "input_bytes_per_second", rates[RATE_INPUT]) &&
           json_add_u64(object, "output_bytes_per_second", rates[RATE_OUTPUT]);
}

static bool add_durations(cJSON *latency, const char *name,
                          const struct duration_histogram *histogram) {
    cJSON *object = cJSON_AddObjectToObject(latency, name);
    cJSON *buckets = cJSON_AddArrayToObject(object, "buckets");
    for (u32 i = 0; i < DURATION_BUCKETS; i++) {
        if (!cJSON_AddItemToArray(buckets, cJSON_CreateNumber((double)histogram->bucket[i])))
            return false;
    }
    const u64 *bucket = histogram->bucket;
    return json_add_u64(object, "count", histogram_count(bucket, DURATION_BUCKETS)) &&
           json_add(object, "p50_seconds", seconds_of_ns(duration_percentile(bucket, 500000))) &&
           json_add(object, "p99_seconds", seconds_of_ns(duration_percentile(bucket, 990000))) &&
           json_add(object, "p999_seconds", seconds_of_ns(duration_percentile(bucket, 999000)));
}

static bool add_latency(cJSON *root, const struct view *view) {
    struct duration_histogram all = {0};
    for (u32 i = 0; i < view->command_count; i++)
        for (u32 k = 0; k < DURATION_BUCKETS; k++)
            all.bucket[k] += view->commands[i].durations.bucket[k];
    cJSON *latency = cJSON_AddObjectToObject(root, "latency");
    cJSON *bounds = cJSON_AddArrayToObject(latency, "bounds_seconds");
    for (u32 i = 0; i < DURATION_BOUND_COUNT; i++) {
        if (!cJSON_AddItemToArray(bounds, cJSON_CreateNumber(seconds_of_ns(duration_bounds[i]))))
            return false;
    }
    return add_durations(latency, "commands", &all) &&
           add_durations(latency, "loop", &view->head.loop);
}

/* Those that were ever asked for. */
static bool add_commands(cJSON *root, const struct view *view) {
    cJSON *commands = cJSON_AddArrayToObject(root, "commands");
    for (u32 i = 0; i < view->command_count; i++) {
        const struct command_stats *row = &view->commands[i];
        if (row->calls == 0 && row->rejected == 0) continue;
        cJSON *command = cJSON_CreateObject();
        const u64 p99_ns = duration_percentile(row->durations.bucket, 990000);
        if (!cJSON_AddItemToArray(commands, command) ||
            !json_add_text(command, "name", view->source->command_name(i)) ||
            !json_add_u64(command, "calls", row->calls) ||
            !json_add(command, "seconds", seconds_of_ns(row->durations.sum_ns)) ||
            !json_add_u64(command, "failed", row->failed) ||
            !json_add_u64(command, "rejected", row->rejected) ||
            !json_add(command, "p99_seconds", seconds_of_ns(p99_ns)))
            return false;
    }
    return commands != NULL;
}

typedef bool status_part(cJSON *root, const struct view *view);

static status_part *const parts[] = {
    add_identity, add_health, add_limits, add_store,   add_databases, add_waiting,
    add_memory,   add_totals, add_rates,  add_latency, add_commands,
};

bool status_render(const struct view *view, void *scratch, struct text *out) {
    json_begin(scratch, status_scratch_bytes(view->command_count));
    cJSON *root = cJSON_CreateObject();
    bool done = root != NULL;
    for (u32 i = 0; done && i < KV_ARRAY_LENGTH(parts); i++)
        done = parts[i](root, view);
    done = done && cJSON_PrintPreallocated(root, out->data, (int)out->size, false);
    json_end();
    if (!done) return false;
    out->len = strlen(out->data);
    text_printf(out, "\n");
    return !out->overflow;
}
