#include "view.h"

#include <sys/utsname.h>

#include "kv/clock.h"
#include "kv/process.h"
#include "kv/process_heap.h"

/* A data plane that has not published for so long does not turn: it publishes every 50 ms. */
#define STALLED_AFTER_US 5000000u

const char *health_name(enum health health) {
    static const char *const names[] = {"starting", "ready", "shutting_down", "stalled"};
    return names[health];
}

const char *health_reason(enum health health) {
    static const char *const reasons[] = {
        "starting: memory is being reserved",
        "",
        "shutting down: open connections are being finished",
        "stalled: the data plane's loop has not advanced for 5 seconds",
    };
    return reasons[health];
}

void view_init(struct view *view, const struct admin_source *source,
               struct command_stats *commands) {
    struct utsname host = {0};
    *view = (struct view){.source = source, .commands = commands};
    view->command_count = source->snapshot->command_count;
    uname(&host);
    strncpy(view->kernel, host.release, sizeof(view->kernel) - 1);
}

static enum health judge(const struct snapshot_head *head, bool read) {
    if (!read) return HEALTH_STALLED; /* the writer stands still half way */
    switch (head->state) {
    case SERVICE_STARTING:
        return HEALTH_STARTING;
    case SERVICE_STOPPING:
        return HEALTH_STOPPING;
    default:
        break;
    }
    const u64 now_us = clock_monotonic_us();
    const bool late = now_us > head->published_us && now_us - head->published_us > STALLED_AFTER_US;
    return late ? HEALTH_STALLED : HEALTH_READY;
}

static void take_own_values(struct view *view) {
    struct snapshot_values *values = &view->head.values;
    struct process_usage usage;
    process_usage_all(&usage);
    values->cpu_sys_us = usage.system_us;
    values->cpu_user_us = usage.user_us;
    values->memory_used_rss_bytes = process_resident_bytes();
    values->up = view->health != HEALTH_STALLED;
    values->start_time_us = view->source->start_wall_us;
}

static void add_pool(struct view *view, const struct stats_pool *pool, const struct gauge *gauge) {
    view->pools[view->pool_count++] = (struct view_pool){
        .name = pool->name, .option = pool->option, .regions = pool->regions, .gauge = *gauge};
}

static void take_pools(struct view *view, const struct gauge *connections) {
    static const struct stats_pool own[VIEW_OWN_POOLS] = {
        {"admin_connections", "admin-connections-max", "admin.pages", NULL},
        {"admin_heap", "admin-memory", "memory.heap", NULL},
    };
    struct gauge heap;
    process_heap_usage(&heap);
    view->pool_count = 0;
    for (u32 i = 0; i < view->source->pool_count; i++)
        add_pool(view, &view->source->pools[i], &view->head.pools[i]);
    add_pool(view, &own[0], connections);
    add_pool(view, &own[1], &heap);
}

void view_take(struct view *view, const struct gauge *connections) {
    const bool read = snapshot_read(view->source->snapshot, &view->head, view->commands);
    view->health = judge(&view->head, read);
    take_own_values(view);
    take_pools(view, connections);
}

/* Whether `word` is one of the words of `words`. */
static bool has_word(const char *words, const char *word) {
    const size_t len = strlen(word);
    for (const char *at = words; *at != '\0'; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strcspn(at, " ") == len && strncmp(at, word, len) == 0) return true;
    }
    return false;
}

u64 view_region_used(const struct view *view, const struct budget_row *row) {
    const u64 bytes = budget_row_bytes(row);
    for (u32 i = 0; i < view->pool_count; i++) {
        const struct view_pool *pool = &view->pools[i];
        if (!has_word(pool->regions, row->name) || pool->gauge.max == 0) continue;
        const u64 used = u64_min(pool->gauge.used, pool->gauge.max);
        return (u64)((unsigned __int128)bytes * used / pool->gauge.max);
    }
    return strcmp(row->name, BUDGET_ROUNDING_ROW) == 0 ? 0 : bytes;
}
