/* What the page shows: single numbers from the tables of values and counters, and the families with
 * a label, which are tables here: one of the things that can be a label, one of what is told about
 * them. */
#include "metrics.h"

#include <unistd.h>

#include "kv/assert.h"
#include "kv/version.h"

#include "map.h"
#include "metrics_text.h"

#define HEAP_POOL "admin_heap"

/* -- what a label can name -- */

struct dimension {
    const char *label;
    u32 count_max; /* 0: as many as there are rows of command statistics */
    u32 name_max;  /* bytes of a name on the page */
    u32 (*count)(const struct view *view);
    const char *(*name)(const struct view *view, u32 i);
    bool (*has)(const struct view *view, u32 i); /* NULL: all are shown */
};

static u32 count_databases(const struct view *view) {
    (void)view;
    return SNAPSHOT_DATABASES;
}

static const char *database_name(const struct view *view, u32 i) {
    static const char *const names[] = {"db0",  "db1",  "db2",  "db3", "db4",  "db5",
                                        "db6",  "db7",  "db8",  "db9", "db10", "db11",
                                        "db12", "db13", "db14", "db15"};
    _Static_assert(KV_ARRAY_LENGTH(names) == SNAPSHOT_DATABASES, "a name for each database");
    (void)view;
    return names[i];
}

static bool has_database(const struct view *view, u32 i) {
    return i == 0 || view->head.databases[i].keys > 0;
}

static u32 count_commands(const struct view *view) {
    return view->command_count;
}

static const char *command_name(const struct view *view, u32 i) {
    return view->source->command_name(i);
}

static bool has_command(const struct view *view, u32 i) {
    return view->commands[i].calls > 0 || view->commands[i].rejected > 0;
}

static u32 count_errors(const struct view *view) {
    (void)view;
    return ERROR_CODES;
}

static const char *error_name(const struct view *view, u32 i) {
    (void)view;
    return stats_error_name((enum error_code)i);
}

static u32 count_pools(const struct view *view) {
    return view->pool_count;
}

static const char *pool_name(const struct view *view, u32 i) {
    return view->pools[i].name;
}

static u32 count_regions(const struct view *view) {
    return view->source->report->budget->count;
}

static const char *region_name(const struct view *view, u32 i) {
    return view->source->report->budget->rows[i].name;
}

static u32 count_page_kinds(const struct view *view) {
    (void)view;
    return PAGE_KINDS;
}

static const char *kind_name(const struct view *view, u32 i) {
    (void)view;
    return page_kind_name((enum page_kind)i);
}

static u32 count_reasons(const struct view *view) {
    (void)view;
    return WAIT_REASON_COUNT;
}

static const char *reason_name(const struct view *view, u32 i) {
    (void)view;
    return wait_reason_name((enum wait_reason)i);
}

enum heap_state { HEAP_USED, HEAP_FREE, HEAP_HIGH_WATER, HEAP_STATES };

/* The admin plane's heap; NULL when it has none. */
static const struct gauge *heap_gauge(const struct view *view) {
    for (u32 i = 0; i < view->pool_count; i++) {
        if (strcmp(view->pools[i].name, HEAP_POOL) == 0) return &view->pools[i].gauge;
    }
    return NULL;
}

static u32 count_heap_states(const struct view *view) {
    return heap_gauge(view) == NULL ? 0 : HEAP_STATES;
}

static const char *heap_state_name(const struct view *view, u32 i) {
    static const char *const names[HEAP_STATES] = {
        [HEAP_USED] = "used", [HEAP_FREE] = "free", [HEAP_HIGH_WATER] = "high_water"};
    (void)view;
    return names[i];
}

static u32 count_one(const struct view *view) {
    (void)view;
    return 1;
}

static const struct dimension DATABASES = {"db",          SNAPSHOT_DATABASES, 4, count_databases,
                                           database_name, has_database};
static const struct dimension COMMANDS = {"cmd",        0,          STATS_NAME_MAX, count_commands,
                                          command_name, has_command};
static const struct dimension ERRORS = {"err",        ERROR_CODES, STATS_NAME_MAX,
                                        count_errors, error_name,  NULL};
static const struct dimension POOLS = {"pool",      VIEW_POOLS_MAX, STATS_NAME_MAX,
                                       count_pools, pool_name,      NULL};
static const struct dimension REGIONS = {"region",      BUDGET_ROWS_MAX, STATS_NAME_MAX,
                                         count_regions, region_name,     NULL};
static const struct dimension KINDS = {"kind", PAGE_KINDS, 16, count_page_kinds, kind_name, NULL};
static const struct dimension REASONS = {"reason",      WAIT_REASON_COUNT, STATS_NAME_MAX,
                                         count_reasons, reason_name,       NULL};
static const struct dimension HEAP = {"state",           HEAP_STATES,     16,
                                      count_heap_states, heap_state_name, NULL};
static const struct dimension THE_SERVER = {NULL, 1, 0, count_one, NULL, NULL};

/* -- what is told about them -- */

#define READER(reader, expression)                                                                 \
    static u64 reader(const struct view *view, u32 i) {                                            \
        (void)i;                                                                                   \
        return expression;                                                                         \
    }
READER(database_keys, view->head.databases[i].keys)
READER(database_expiring, view->head.databases[i].expiring)
READER(database_ttl_ms, view->head.databases[i].ttl_mean_ms)
READER(command_calls, view->commands[i].calls)
READER(command_failed, view->commands[i].failed)
READER(command_rejected, view->commands[i].rejected)
READER(command_ns, view->commands[i].durations.sum_ns)
READER(pool_used, view->pools[i].gauge.used)
READER(pool_max, view->pools[i].gauge.max)
READER(pool_high_water, view->pools[i].gauge.high_water)
READER(pool_exhausted, view->pools[i].gauge.exhausted)
READER(region_bytes, budget_row_bytes(&view->source->report->budget->rows[i]))
READER(pages_of_kind, view->head.pages[i])
READER(waiting, view->head.waiting[i])
READER(loop_ns, view->head.loop.sum_ns)
READER(batch_sum, view->head.batches.sum)
#undef READER

/* Client libraries try subcommands of CLIENT that are newer than the server at every connect: that
 * is no error that anybody should be woken for. */
static u64 error_count(const struct view *view, u32 i) {
    const u64 unknown = i == ERROR_ERR ? view->head.counters.unknown_subcommands : 0;
    return view->head.errors[i] - u64_min(unknown, view->head.errors[i]);
}

static u64 heap_bytes(const struct view *view, u32 i) {
    const struct gauge *gauge = heap_gauge(view);
    if (i == HEAP_USED) return gauge->used;
    if (i == HEAP_HIGH_WATER) return gauge->high_water;
    return gauge->max - u64_min(gauge->used, gauge->max);
}

static const u64 *command_buckets(const struct view *view, u32 i) {
    return view->commands[i].durations.bucket;
}

static const u64 *loop_buckets(const struct view *view, u32 i) {
    (void)i;
    return view->head.loop.bucket;
}

static const u64 *batch_buckets(const struct view *view, u32 i) {
    (void)i;
    return view->head.batches.bucket;
}

static const struct metric_buckets DURATIONS = {duration_bounds, DURATION_BOUND_COUNT, 9};
static const struct metric_buckets BATCHES = {batch_bounds, BATCH_BOUND_COUNT, 0};

struct family {
    const char *name;
    enum metric_type type;
    const struct dimension *by;
    u64 (*value)(const struct view *view, u32 i); /* a histogram's sum */
    u32 decimals;                                 /* it is shown divided by 10^decimals */
    const struct metric_buckets *shape;           /* of a histogram */
    const u64 *(*buckets)(const struct view *view, u32 i);
    const char *help;
};

static const struct family FAMILIES[] = {
    {"redis_db_keys", METRIC_GAUGE, &DATABASES, database_keys, 0, NULL, NULL,
     "Keys in the database."},
    {"redis_db_keys_expiring", METRIC_GAUGE, &DATABASES, database_expiring, 0, NULL, NULL,
     "Keys in the database that have a time to live."},
    {"redis_db_avg_ttl_seconds", METRIC_GAUGE, &DATABASES, database_ttl_ms, 3, NULL, NULL,
     "Mean time to live of the keys that have one."},
    {"redis_commands_total", METRIC_COUNTER, &COMMANDS, command_calls, 0, NULL, NULL,
     "Executions of the command."},
    {"redis_commands_duration_seconds_total", METRIC_COUNTER, &COMMANDS, command_ns, 9, NULL, NULL,
     "Time spent in executing the command."},
    {"redis_commands_failed_calls_total", METRIC_COUNTER, &COMMANDS, command_failed, 0, NULL, NULL,
     "Executions of the command that ended with an error."},
    {"redis_commands_rejected_calls_total", METRIC_COUNTER, &COMMANDS, command_rejected, 0, NULL,
     NULL, "Requests for the command that were refused before it was executed."},
    {"redis_errors_total", METRIC_COUNTER, &ERRORS, error_count, 0, NULL, NULL,
     "Error replies by their first word, without those to subcommands of CLIENT that are not "
     "known."},
    {"kv_budget_bytes", METRIC_GAUGE, &REGIONS, region_bytes, 0, NULL, NULL,
     "Bytes that the region of the budget takes, reserved at the start."},
    {"kv_pool_used", METRIC_GAUGE, &POOLS, pool_used, 0, NULL, NULL,
     "What is in use of the limit."},
    {"kv_pool_max", METRIC_GAUGE, &POOLS, pool_max, 0, NULL, NULL, "The limit."},
    {"kv_pool_high_water", METRIC_GAUGE, &POOLS, pool_high_water, 0, NULL, NULL,
     "The most that was ever in use of the limit."},
    {"kv_pool_exhausted_total", METRIC_COUNTER, &POOLS, pool_exhausted, 0, NULL, NULL,
     "Times that somebody met the limit."},
    {"kv_pages", METRIC_GAUGE, &KINDS, pages_of_kind, 0, NULL, NULL,
     "The store's pages of 4096 bytes by what they hold."},
    {"kv_waiting_connections", METRIC_GAUGE, &REASONS, waiting, 0, NULL, NULL,
     "Connections that wait until others free what they need."},
    {"kv_admin_heap_bytes", METRIC_GAUGE, &HEAP, heap_bytes, 0, NULL, NULL,
     "The bounded heap of the admin plane."},
    {"kv_command_duration_seconds", METRIC_HISTOGRAM, &COMMANDS, command_ns, 9, &DURATIONS,
     command_buckets, "Time spent in one execution of the command."},
    {"kv_loop_duration_seconds", METRIC_HISTOGRAM, &THE_SERVER, loop_ns, 9, &DURATIONS,
     loop_buckets, "Time of one turn of the loop, without the wait."},
    {"kv_batch_commands", METRIC_HISTOGRAM, &THE_SERVER, batch_sum, 0, &BATCHES, batch_buckets,
     "Requests that were executed in one batch."},
};

static void render_family(const struct exposition *page, const struct view *view,
                          const struct family *family) {
    const struct dimension *by = family->by;
    const u32 count = by->count(view);
    bool begun = false;
    for (u32 i = 0; i < count; i++) {
        if (by->has != NULL && !by->has(view, i)) continue;
        /* A family of nothing is not there at all. */
        if (!begun) exposition_head(page, family->name, family->type, family->help);
        begun = true;
        const struct metric_label label = {.name = by->label,
                                           .value = by->name == NULL ? NULL : by->name(view, i),
                                           .max = by->name_max};
        if (family->type == METRIC_HISTOGRAM)
            exposition_histogram(page, family->name, family->shape, label, family->buckets(view, i),
                                 family->value(view, i));
        else
            exposition_sample(page, family->name, "", label, family->value(view, i),
                              family->decimals);
    }
}

static u64 family_bytes_max(const struct family *family, u32 command_rows) {
    const struct dimension *by = family->by;
    const u64 count = by->count_max == 0 ? command_rows : by->count_max;
    const u64 label_len = by->label == NULL ? 0 : strlen(by->label);
    u64 row;
    if (family->type == METRIC_HISTOGRAM)
        row = exposition_histogram_max(family->name, family->shape, label_len, by->name_max);
    else
        row = exposition_sample_max(family->name, "", label_len, by->name_max);
    return exposition_head_max(family->name, family->help) + count * row;
}

/* -- single numbers -- */

static u32 unit_decimals(enum value_unit unit) {
    static const u32 decimals[] = {
        [VALUE_ONE] = 0, [VALUE_US] = 6, [VALUE_MS] = 3, [VALUE_PPM] = 6};
    return decimals[unit];
}

static void render_values(const struct exposition *page, const struct view *view) {
    const struct value_info *info;
    for (u32 i = 0; (info = snapshot_value_at(i)) != NULL; i++) {
        const enum metric_type type = info->type == VALUE_COUNTER ? METRIC_COUNTER : METRIC_GAUGE;
        exposition_head(page, info->metric, type, info->help);
        exposition_sample(page, info->metric, "", (struct metric_label){0},
                          snapshot_value(&view->head.values, info), unit_decimals(info->unit));
    }
}

static void render_counters(const struct exposition *page, const struct view *view) {
    const struct counter_info *info;
    for (u32 i = 0; (info = stats_counter_at(i)) != NULL; i++) {
        exposition_head(page, info->metric, METRIC_COUNTER, info->help);
        exposition_sample(page, info->metric, "", (struct metric_label){0},
                          stats_counter_value(&view->head.counters, info), 0);
    }
}

static u64 single_bytes_max(const char *metric, const char *help) {
    return exposition_head_max(metric, help) + exposition_sample_max(metric, "", 0, 0);
}

static u64 singles_bytes_max(void) {
    u64 bytes = 0;
    const struct value_info *value;
    for (u32 i = 0; (value = snapshot_value_at(i)) != NULL; i++)
        bytes += single_bytes_max(value->metric, value->help);
    const struct counter_info *counter;
    for (u32 i = 0; (counter = stats_counter_at(i)) != NULL; i++)
        bytes += single_bytes_max(counter->metric, counter->help);
    return bytes;
}

/* -- what the server is -- */

#define INFO_LABELS_MAX 9
#define INFO_VALUE_MAX 96

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#else
#define MACHINE "other"
#endif

struct info_label {
    const char *name;
    u32 max; /* bytes of its value on the page, less than INFO_VALUE_MAX */
    void (*write)(const struct view *view, struct text *value);
};

struct info {
    const char *name;
    const char *help;
    struct info_label labels[INFO_LABELS_MAX]; /* a name of NULL ends them */
};

static void write_string(struct text *out, const char *string) {
    text_append(out, bytes_of_string(string));
}

static void write_role(const struct view *view, struct text *value) {
    (void)view;
    write_string(value, "master");
}

static void write_redis_version(const struct view *view, struct text *value) {
    (void)view;
    write_string(value, KV_REDIS_VERSION);
}

static void write_version(const struct view *view, struct text *value) {
    (void)view;
    write_string(value, KV_VERSION);
}

static void write_mode(const struct view *view, struct text *value) {
    (void)view;
    write_string(value, "standalone");
}

static void write_os(const struct view *view, struct text *value) {
    text_printf(value, "Linux %s %s", view->kernel, MACHINE);
}

/* Clients may change it, so that it is published; until then it is what the start was told. */
static void write_policy(const struct view *view, struct text *value) {
    const struct option_info *info = option_find(bytes_of_string("maxmemory-policy"));
    bool published = view->head.state != SERVICE_STARTING;
    u64 policy = published ? view->head.policy : view->source->options->maxmemory_policy;
    struct bytes word = option_word(info, (u32)policy);
    text_printf(value, "%.*s", (int)word.len, (const char *)word.data);
}

static void write_port(const struct view *view, struct text *value) {
    text_printf(value, "%llu", (unsigned long long)view->source->options->port);
}

static void write_run_id(const struct view *view, struct text *value) {
    write_string(value, view->source->run_id);
}

static void write_process(const struct view *view, struct text *value) {
    (void)view;
    text_printf(value, "%d", (int)getpid());
}

static void write_backend(const struct view *view, struct text *value) {
    write_string(value, view->source->backend);
}

static void write_kernel(const struct view *view, struct text *value) {
    write_string(value, view->kernel);
}

static const struct info INFOS[] = {
    {"redis_instance_info",
     "What the server says it is, for clients of Redis.",
     {{"role", 8, write_role},
      {"redis_version", 16, write_redis_version},
      {"redis_build_id", 16, write_version},
      {"redis_mode", 16, write_mode},
      {"os", INFO_VALUE_MAX - 1, write_os},
      {"maxmemory_policy", 16, write_policy},
      {"tcp_port", 8, write_port},
      {"run_id", 40, write_run_id},
      {"process_id", 16, write_process}}},
    {"kv_build_info",
     "The version of kv, what it speaks to the kernel's network with, and the kernel.",
     {{"version", 16, write_version},
      {"backend", 16, write_backend},
      {"kernel", 72, write_kernel}}},
};

static void render_info(const struct exposition *page, const struct view *view,
                        const struct info *info) {
    char values[INFO_LABELS_MAX][INFO_VALUE_MAX];
    struct metric_label labels[INFO_LABELS_MAX];
    u32 count = 0;
    for (; count < INFO_LABELS_MAX && info->labels[count].name != NULL; count++) {
        const struct info_label *label = &info->labels[count];
        struct text value;
        text_init(&value, values[count], sizeof(values[count]));
        label->write(view, &value);
        labels[count] =
            (struct metric_label){.name = label->name, .value = values[count], .max = label->max};
    }
    exposition_head(page, info->name, METRIC_INFO, info->help);
    exposition_info(page, info->name, labels, count);
}

static u64 info_bytes_max(const struct info *info) {
    u64 bytes = exposition_head_max(info->name, info->help) +
                exposition_sample_max(info->name, "", 0, 0) + strlen("{}");
    for (u32 i = 0; i < INFO_LABELS_MAX && info->labels[i].name != NULL; i++)
        bytes += strlen(info->labels[i].name) + strlen("=\"\",") + info->labels[i].max;
    return bytes;
}

/* -- the page -- */

void metrics_render(const struct view *view, bool openmetrics, struct text *out) {
    const struct exposition page = {.out = out, .openmetrics = openmetrics};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(INFOS); i++)
        render_info(&page, view, &INFOS[i]);
    render_values(&page, view);
    render_counters(&page, view);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(FAMILIES); i++)
        render_family(&page, view, &FAMILIES[i]);
    exposition_end(&page);
}

u64 metrics_bytes_max(u32 command_rows) {
    u64 bytes = singles_bytes_max() + exposition_end_max() + 1;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(INFOS); i++)
        bytes += info_bytes_max(&INFOS[i]);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(FAMILIES); i++)
        bytes += family_bytes_max(&FAMILIES[i], command_rows);
    return bytes;
}
