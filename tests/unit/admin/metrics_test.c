/* The metrics page: every number under its name, in both formats, and never longer than was
 * planned.
 *
 * With KV_METRICS_FOLDER set, no test is run: the typical page and the longest one are written into
 * that folder, for metrics_peer.py.
 */
#include <locale.h>
#include <stdlib.h>

#include "kv/version.h"

#include "../../../admin/metrics.h"
#include "../../../admin/metrics_text.h"
#include "../unit.h"

typedef unsigned long long ull;

enum { COMMANDS = 4, COMMANDS_MANY = 120 };
#define PAGE_SIZE (4u << 20)
#define LONGEST_NAME "a_name_of_exactly_32_bytes_xxxxx"
_Static_assert(sizeof(LONGEST_NAME) - 1 == STATS_NAME_MAX, "the longest name");

struct fixture {
    struct options options;
    struct budget budget;
    struct budget_report report;
    struct admin_source source;
    struct command_stats commands[COMMANDS_MANY];
    struct view view;
    char *page;
};

static const char *few_names(u32 row) {
    static const char *const names[COMMANDS] = {"get", "set", "config|get", "unknown"};
    return names[row];
}

static const char *long_names(u32 row) {
    /* All different, and all of the longest length. */
    static char names[COMMANDS_MANY][STATS_NAME_MAX + 1];
    snprintf(names[row], sizeof(names[row]), "%.*s%04u", STATS_NAME_MAX - 4, LONGEST_NAME, row);
    return names[row];
}

static void add_pool(struct view *view, const char *name, struct gauge gauge) {
    view->pools[view->pool_count++] =
        (struct view_pool){.name = name, .option = "", .regions = "", .gauge = gauge};
}

/* A server that has just begun. */
static void begin(struct fixture *fixture) {
    memset(fixture, 0, sizeof(*fixture));
    options_default(&fixture->options);
    fixture->options.port = 6380;
    budget_init(&fixture->budget);
    budget_add(&fixture->budget, "store.pages", 100, 4096, "Data.");
    budget_add_kernel(&fixture->budget, "net.queues", 3, 1000, "Queues.");
    fixture->report.budget = &fixture->budget;
    fixture->source = (struct admin_source){
        .command_name = few_names,
        .report = &fixture->report,
        .options = &fixture->options,
        .backend = "io_uring",
        .run_id = "0123456789abcdef0123456789abcdef01234567",
    };
    fixture->view.source = &fixture->source;
    fixture->view.commands = fixture->commands;
    fixture->view.command_count = COMMANDS;
    strcpy(fixture->view.kernel, "6.1.0-9-amd64");
    add_pool(&fixture->view, "connections", (struct gauge){1, 1000, 3, 0});
    add_pool(&fixture->view, "admin_heap", (struct gauge){1000, 5000, 2500, 7});
    fixture->page = malloc(PAGE_SIZE);
    assert_non_null(fixture->page);
}

/* A server that has done something of everything. */
static void make_busy(struct fixture *fixture) {
    struct snapshot_head *head = &fixture->view.head;
    head->values.up = 1;
    head->values.uptime_us = 86400000001;
    head->values.mem_fragmentation_ppm = 1030000;
    head->counters.commands_processed = 18;
    head->errors[ERROR_ERR] = 5;
    head->errors[ERROR_OOM] = 2;
    head->databases[0] = (struct snapshot_database){.keys = 10, .expiring = 4, .ttl_mean_ms = 1500};
    head->databases[15] = (struct snapshot_database){.keys = 1};
    head->pages[PAGE_FREE] = 80;
    head->pages[PAGE_HEAP] = 11;
    head->pages[PAGE_DYING] = 9;
    head->waiting[WAIT_REASON_REPLY] = 6;
    fixture->commands[0] = (struct command_stats){.calls = 3, .failed = 1};
    duration_histogram_add(&fixture->commands[0].durations, 250);
    duration_histogram_add(&fixture->commands[0].durations, 251);
    duration_histogram_add(&fixture->commands[0].durations, 2000000000);
    fixture->commands[2] = (struct command_stats){.rejected = 2};
    duration_histogram_add(&head->loop, 9000);
    batch_histogram_add(&head->batches, 16);
    batch_histogram_add(&head->batches, 65);
}

/* Every number as large as can be, every name as long. */
static void make_worst(struct fixture *fixture) {
    struct view *view = &fixture->view;
    memset(&view->head, 0xff, sizeof(view->head));
    view->head.counters.unknown_subcommands = 0;
    memset(fixture->commands, 0xff, sizeof(fixture->commands));
    view->command_count = COMMANDS_MANY;
    fixture->source.command_name = long_names;
    fixture->source.backend = "a_backend_16_bytes";
    fixture->options.port = 65535;
    memset(view->kernel, 'k', sizeof(view->kernel) - 1);
    const struct gauge gauge = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    view->pool_count = 0;
    add_pool(view, "admin_heap", gauge);
    while (view->pool_count < VIEW_POOLS_MAX)
        add_pool(view, long_names(view->pool_count), gauge);
    budget_init(&fixture->budget);
    while (fixture->budget.count < BUDGET_ROWS_MAX) {
        budget_add_kernel(&fixture->budget, long_names(fixture->budget.count), 1, 0, "Why.");
        /* Past the sum's check, which such rows would not pass. */
        fixture->budget.rows[fixture->budget.count - 1].unit_bytes = UINT64_MAX;
    }
}

static void end(struct fixture *fixture) {
    free(fixture->page);
}

static const char *render(struct fixture *fixture, bool openmetrics) {
    struct text text;
    text_init(&text, fixture->page, PAGE_SIZE);
    metrics_render(&fixture->view, openmetrics, &text);
    assert_false(text.overflow);
    assert_int_equal(strlen(fixture->page), text.len);
    return fixture->page;
}

/* Where a line stands that begins with `start`; NULL: nowhere. */
static const char *find_line(const char *page, const char *start) {
    const char *at = page;
    while ((at = strstr(at, start)) != NULL) {
        if (at == page || at[-1] == '\n') return at;
        at++;
    }
    return NULL;
}

static void expect_line(const char *page, const char *line) {
    const char *at = find_line(page, line);
    while (at != NULL && at[strlen(line)] != '\n')
        at = find_line(at + 1, line);
    if (at == NULL) fail_msg("no line \"%s\" in:\n%s", line, page);
}

static void expect_lines(const char *page, const char *const *lines, size_t count) {
    for (size_t i = 0; i < count; i++)
        expect_line(page, lines[i]);
}

static void expect_none(const char *page, const char *start) {
    if (find_line(page, start) != NULL) fail_msg("a line \"%s\" in:\n%s", start, page);
}

static u32 count_text(const char *page, const char *part) {
    u32 count = 0;
    for (const char *at = page; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

/* -- the pieces -- */

typedef void write_number(struct text *out, u64 value, u32 decimals);

static void expect_written(write_number *write, u64 value, u32 decimals, const char *expected) {
    char buffer[64];
    struct text text;
    text_init(&text, buffer, sizeof(buffer));
    write(&text, value, decimals);
    assert_string_equal(buffer, expected);
}

static void numbers_have_all_their_digits(void **state) {
    (void)state;
    expect_written(metric_number, 0, 0, "0");
    expect_written(metric_number, UINT64_MAX, 0, "18446744073709551615");
    expect_written(metric_number, 9007199254740993, 0, "9007199254740993");
    expect_written(metric_number, 0, 6, "0.000000");
    expect_written(metric_number, 1, 9, "0.000000001");
    expect_written(metric_number, 1500, 3, "1.500");
    expect_written(metric_number, 1000000, 6, "1.000000");
    expect_written(metric_number, UINT64_MAX, 9, "18446744073.709551615");
    expect_written(metric_number, UINT64_MAX, 6, "18446744073709.551615");
    expect_written(metric_number, UINT64_MAX, 19, "1.8446744073709551615");
    /* A comma where others have a point is no concern of the page's. */
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8"};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(locales); i++) {
        if (setlocale(LC_ALL, locales[i]) == NULL) continue;
        expect_written(metric_number, 1234567, 3, "1234.567");
    }
    setlocale(LC_ALL, "C");
}

static void bounds_have_one_form(void **state) {
    (void)state;
    expect_written(metric_bound, 1, 0, "1.0");
    expect_written(metric_bound, 64, 0, "64.0");
    expect_written(metric_bound, 100, 0, "100.0");
    expect_written(metric_bound, 1000000000, 9, "1.0");
    expect_written(metric_bound, 10000000000, 9, "10.0");
    expect_written(metric_bound, 2500000000, 9, "2.5");
    expect_written(metric_bound, 250000000, 9, "0.25");
    expect_written(metric_bound, 2500000, 9, "0.0025");
    expect_written(metric_bound, 100000, 9, "0.0001");
    expect_written(metric_bound, 125000, 9, "0.000125");
    expect_written(metric_bound, 99999, 9, "9.9999e-05");
    expect_written(metric_bound, 10000, 9, "1e-05");
    expect_written(metric_bound, 250, 9, "2.5e-07");
    expect_written(metric_bound, 1, 9, "1e-09");
    expect_written(metric_bound, 1, 10, "1e-10");
    expect_written(metric_bound, UINT64_MAX, 9, "18446744073.709551615");
}

static void expect_escaped(const char *value, u32 max, const char *expected) {
    char buffer[64];
    struct text text;
    text_init(&text, buffer, sizeof(buffer));
    metric_escape(&text, value, max);
    assert_string_equal(buffer, expected);
    assert_true(text.len <= max);
}

static void label_values_are_escaped(void **state) {
    (void)state;
    expect_escaped("", 32, "");
    expect_escaped("config|get", 32, "config|get");
    expect_escaped("a\"b", 32, "a\\\"b");
    expect_escaped("a\\b", 32, "a\\\\b");
    expect_escaped("a\nb", 32, "a\\nb");
    expect_escaped("\\n", 32, "\\\\n");
    expect_escaped("}, \t=", 32, "}, ?=");
    expect_escaped("caf\xc3\xa9\x7f\x01", 32, "caf????");
    /* What is cut is cut between characters. */
    expect_escaped("abcdef", 3, "abc");
    expect_escaped("ab\"", 3, "ab");
    expect_escaped("ab\"", 4, "ab\\\"");
    expect_escaped("abc", 0, "");
}

static void names_are_escaped_on_the_page(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    add_pool(&fixture.view, "a \"pool\"\nof C:\\", (struct gauge){.used = 5});
    strcpy(fixture.view.kernel, "6.1\"\\");
    const char *page = render(&fixture, false);
    expect_line(page, "kv_pool_used{pool=\"a \\\"pool\\\"\\nof C:\\\\\"} 5");
    expect_line(page, "kv_build_info{version=\"" KV_VERSION
                      "\",backend=\"io_uring\",kernel=\"6.1\\\"\\\\\"} 1");
    end(&fixture);
}

/* -- the numbers -- */

static void format_value(char out[128], const struct value_info *info, u64 value) {
    if (info->unit == VALUE_ONE)
        snprintf(out, 128, "%s %llu", info->metric, (ull)value);
    else if (info->unit == VALUE_MS)
        snprintf(out, 128, "%s %llu.%03llu", info->metric, (ull)(value / 1000),
                 (ull)(value % 1000));
    else
        snprintf(out, 128, "%s %llu.%06llu", info->metric, (ull)(value / 1000000),
                 (ull)(value % 1000000));
}

/* Every row of both tables, each with a number of its own. */
static void every_single_number_is_shown(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const u64 step = 0x1000000000123457u / 64;
    u64 value = 0;
#define VALUE(field, type, unit, metric, help) fixture.view.head.values.field = value += step;
#include "kv/tbl/values.def"
#undef VALUE
#define COUNTER(field, metric, help) fixture.view.head.counters.field = value += step;
#include "kv/tbl/counters.def"
#undef COUNTER
    for (u32 openmetrics = 0; openmetrics < 2; openmetrics++) {
        const char *page = render(&fixture, openmetrics);
        const struct value_info *info;
        char line[128];
        value = 0;
        for (u32 i = 0; (info = snapshot_value_at(i)) != NULL; i++) {
            format_value(line, info, value += step);
            expect_line(page, line);
        }
        const struct counter_info *counter;
        for (u32 i = 0; (counter = stats_counter_at(i)) != NULL; i++) {
            snprintf(line, sizeof(line), "%s %llu", counter->metric, (ull)(value += step));
            expect_line(page, line);
        }
    }
    end(&fixture);
}

static void labelled_numbers_are_shown(void **state) {
    (void)state;
    static const char *const lines[] = {
        "redis_up 1",
        "redis_uptime_in_seconds 86400.000001",
        "redis_mem_fragmentation_ratio 1.030000",
        "redis_commands_processed_total 18",
        "redis_db_keys{db=\"db0\"} 10",
        "redis_db_keys{db=\"db15\"} 1",
        "redis_db_keys_expiring{db=\"db0\"} 4",
        "redis_db_avg_ttl_seconds{db=\"db0\"} 1.500",
        "redis_db_avg_ttl_seconds{db=\"db15\"} 0.000",
        "redis_commands_total{cmd=\"get\"} 3",
        "redis_commands_total{cmd=\"config|get\"} 0",
        "redis_commands_duration_seconds_total{cmd=\"get\"} 2.000000501",
        "redis_commands_failed_calls_total{cmd=\"get\"} 1",
        "redis_commands_rejected_calls_total{cmd=\"get\"} 0",
        "redis_commands_rejected_calls_total{cmd=\"config|get\"} 2",
        "redis_errors_total{err=\"ERR\"} 5",
        "redis_errors_total{err=\"OOM\"} 2",
        "redis_errors_total{err=\"WRONGTYPE\"} 0",
        "kv_budget_bytes{region=\"store.pages\"} 409600",
        "kv_budget_bytes{region=\"net.queues\"} 3000",
        "kv_pool_used{pool=\"connections\"} 1",
        "kv_pool_max{pool=\"connections\"} 1000",
        "kv_pool_high_water{pool=\"connections\"} 3",
        "kv_pool_exhausted_total{pool=\"connections\"} 0",
        "kv_pool_exhausted_total{pool=\"admin_heap\"} 7",
        "kv_pages{kind=\"free\"} 80",
        "kv_pages{kind=\"heap\"} 11",
        "kv_pages{kind=\"tree\"} 0",
        "kv_pages{kind=\"overflow\"} 0",
        "kv_pages{kind=\"dying\"} 9",
        "kv_waiting_connections{reason=\"receive_memory\"} 0",
        "kv_waiting_connections{reason=\"reply_memory\"} 6",
        "kv_admin_heap_bytes{state=\"used\"} 1000",
        "kv_admin_heap_bytes{state=\"free\"} 4000",
        "kv_admin_heap_bytes{state=\"high_water\"} 2500",
    };
    struct fixture fixture;
    begin(&fixture);
    make_busy(&fixture);
    expect_lines(render(&fixture, false), lines, KV_ARRAY_LENGTH(lines));
    expect_lines(render(&fixture, true), lines, KV_ARRAY_LENGTH(lines));
    end(&fixture);
}

static void the_server_says_what_it_is(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const char *page = render(&fixture, false);
    char line[512];
    snprintf(line, sizeof(line),
             "redis_instance_info{role=\"master\",redis_version=\"%s\",redis_build_id=\"%s\","
             "redis_mode=\"standalone\",os=\"Linux 6.1.0-9-amd64 ",
             KV_REDIS_VERSION, KV_VERSION);
    const char *at = find_line(page, line);
    assert_non_null(at);
    snprintf(line, sizeof(line),
             "\",maxmemory_policy=\"noeviction\",tcp_port=\"6380\",run_id=\"%s\","
             "process_id=\"%d\"} 1\n",
             fixture.source.run_id, (int)getpid());
    assert_non_null(strstr(at, line));
    assert_int_equal(count_text(page, "redis_instance_info{"), 1);
    end(&fixture);
}

/* -- histograms -- */

static void histograms_are_cumulative(void **state) {
    (void)state;
    static const char *const lines[] = {
        "kv_command_duration_seconds_bucket{cmd=\"get\",le=\"2.5e-07\"} 1",
        "kv_command_duration_seconds_bucket{cmd=\"get\",le=\"1e-06\"} 2",
        "kv_command_duration_seconds_bucket{cmd=\"get\",le=\"0.01\"} 2",
        "kv_command_duration_seconds_bucket{cmd=\"get\",le=\"1.0\"} 2",
        "kv_command_duration_seconds_bucket{cmd=\"get\",le=\"+Inf\"} 3",
        "kv_command_duration_seconds_sum{cmd=\"get\"} 2.000000501",
        "kv_command_duration_seconds_count{cmd=\"get\"} 3",
        "kv_loop_duration_seconds_bucket{le=\"5e-06\"} 0",
        "kv_loop_duration_seconds_bucket{le=\"1e-05\"} 1",
        "kv_loop_duration_seconds_bucket{le=\"+Inf\"} 1",
        "kv_loop_duration_seconds_sum 0.000009000",
        "kv_loop_duration_seconds_count 1",
        "kv_batch_commands_bucket{le=\"8.0\"} 0",
        "kv_batch_commands_bucket{le=\"16.0\"} 1",
        "kv_batch_commands_bucket{le=\"64.0\"} 1",
        "kv_batch_commands_bucket{le=\"+Inf\"} 2",
        "kv_batch_commands_sum 81",
        "kv_batch_commands_count 2",
    };
    struct fixture fixture;
    begin(&fixture);
    make_busy(&fixture);
    for (u32 openmetrics = 0; openmetrics < 2; openmetrics++) {
        const char *page = render(&fixture, openmetrics);
        expect_lines(page, lines, KV_ARRAY_LENGTH(lines));
        assert_int_equal(count_text(page, "\nkv_loop_duration_seconds_bucket"), DURATION_BUCKETS);
        assert_int_equal(count_text(page, "\nkv_batch_commands_bucket"), BATCH_BUCKETS);
    }
    end(&fixture);
}

/* Sums beyond 64 bits stay at the end instead of going back. */
static void a_full_histogram_stays_full(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    fixture.view.head.batches.bucket[0] = 1;
    fixture.view.head.batches.bucket[1] = UINT64_MAX - 1;
    fixture.view.head.batches.bucket[2] = 5;
    const char *page = render(&fixture, false);
    expect_line(page, "kv_batch_commands_bucket{le=\"1.0\"} 1");
    expect_line(page, "kv_batch_commands_bucket{le=\"2.0\"} 18446744073709551615");
    expect_line(page, "kv_batch_commands_bucket{le=\"4.0\"} 18446744073709551615");
    expect_line(page, "kv_batch_commands_bucket{le=\"+Inf\"} 18446744073709551615");
    expect_line(page, "kv_batch_commands_count 18446744073709551615");
    end(&fixture);
}

/* -- what is left out -- */

static void only_commands_that_were_asked_for_are_shown(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const char *page = render(&fixture, false);
    /* Not even the family's head. */
    assert_null(strstr(page, "redis_commands_total"));
    assert_null(strstr(page, "kv_command_duration_seconds"));
    assert_null(strstr(page, "cmd="));
    fixture.commands[0].calls = 1;
    fixture.commands[3].rejected = 1;
    page = render(&fixture, false);
    /* Four counters, the buckets, the sum and the count. */
    const u32 lines = 4 + DURATION_BUCKETS + 2;
    assert_int_equal(count_text(page, "cmd=\"get\""), lines);
    assert_int_equal(count_text(page, "cmd=\"unknown\""), lines);
    assert_int_equal(count_text(page, "cmd="), 2 * lines);
    assert_int_equal(count_text(page, "# TYPE redis_commands_total counter\n"), 1);
    end(&fixture);
}

static void only_databases_with_keys_are_shown_and_the_first(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const char *page = render(&fixture, false);
    expect_line(page, "redis_db_keys{db=\"db0\"} 0");
    expect_line(page, "redis_db_keys_expiring{db=\"db0\"} 0");
    expect_line(page, "redis_db_avg_ttl_seconds{db=\"db0\"} 0.000");
    assert_int_equal(count_text(page, "db=\""), 3);
    fixture.view.head.databases[9].keys = 1;
    page = render(&fixture, false);
    expect_line(page, "redis_db_keys{db=\"db9\"} 1");
    assert_int_equal(count_text(page, "db=\""), 6);
    end(&fixture);
}

static void expect_errors(struct fixture *fixture, u64 errors, u64 unknown, u64 shown) {
    char line[128];
    fixture->view.head.errors[ERROR_ERR] = errors;
    fixture->view.head.counters.unknown_subcommands = unknown;
    const char *page = render(fixture, false);
    snprintf(line, sizeof(line), "redis_errors_total{err=\"ERR\"} %llu", (ull)shown);
    expect_line(page, line);
    snprintf(line, sizeof(line), "kv_unknown_subcommands_total %llu", (ull)unknown);
    expect_line(page, line);
    expect_line(page, "redis_errors_total{err=\"NOAUTH\"} 9");
}

static void subcommands_that_clients_try_are_no_errors(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    fixture.view.head.errors[ERROR_NOAUTH] = 9;
    expect_errors(&fixture, 12, 0, 12);
    expect_errors(&fixture, 12, 10, 2);
    expect_errors(&fixture, 12, 12, 0);
    expect_errors(&fixture, 12, 13, 0);
    expect_errors(&fixture, 0, UINT64_MAX, 0);
    end(&fixture);
}

static void a_view_without_limits_shows_none(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    fixture.view.pool_count = 1;
    assert_null(strstr(render(&fixture, false), "kv_admin_heap_bytes"));
    fixture.view.pool_count = 0;
    fixture.budget.count = 0;
    const char *page = render(&fixture, true);
    assert_null(strstr(page, "kv_pool_"));
    assert_null(strstr(page, "kv_budget_bytes"));
    end(&fixture);
}

/* Zero would fire the alert for a backup that is too old. */
static void nothing_is_said_of_persistence(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    make_busy(&fixture);
    const char *page = render(&fixture, false);
    assert_null(strstr(page, "rdb"));
    assert_null(strstr(page, "aof"));
    end(&fixture);
}

/* -- the form of the page -- */

struct family_name {
    char name[128];
    char type[16];
};

/* Whether a sample's name belongs to the family, as the format has it. */
static bool belongs(const struct family_name *family, const char *sample, size_t len,
                    bool openmetrics) {
    static const char *const endings[][2] = {
        {"histogram", "_bucket"}, {"histogram", "_sum"}, {"histogram", "_count"},
        {"counter", "_total"},    {"info", "_info"},     {"gauge", ""},
    };
    const size_t name_len = strlen(family->name);
    if (len < name_len || memcmp(sample, family->name, name_len) != 0) return false;
    const bool plain = !openmetrics && strcmp(family->type, "histogram") != 0;
    if (plain) return len == name_len;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(endings); i++) {
        const char *ending = endings[i][1];
        if (strcmp(endings[i][0], family->type) == 0 && len == name_len + strlen(ending) &&
            memcmp(sample + name_len, ending, strlen(ending)) == 0)
            return true;
    }
    return false;
}

/* Reads HELP and TYPE at `line`; returns what comes after them. */
static const char *read_head(const char *line, struct family_name *family) {
    char name[128], help[512];
    int len = 0;
    assert_int_equal(sscanf(line, "# HELP %127s %511[^\n]\n%n", family->name, help, &len), 2);
    /* Nothing in it that would have to be escaped, and a sentence. */
    assert_null(strpbrk(help, "\\\""));
    assert_int_equal(help[strlen(help) - 1], '.');
    line += len;
    assert_int_equal(sscanf(line, "# TYPE %127s %15[a-z]\n%n", name, family->type, &len), 2);
    assert_string_equal(name, family->name);
    return line + len;
}

/* Each family has HELP and TYPE and then its samples, at least one, all of them and no other's; and
 * no family comes twice. Returns how many there are. */
static u32 check_form(const char *page, bool openmetrics) {
    struct family_name families[200];
    u32 count = 0;
    const char *line = page;
    while (*line != '\0' && strcmp(line, "# EOF\n") != 0) {
        assert_true(count < KV_ARRAY_LENGTH(families));
        struct family_name *family = &families[count];
        line = read_head(line, family);
        for (u32 i = 0; i < count; i++)
            assert_string_not_equal(families[i].name, family->name);
        count++;
        u32 samples = 0;
        while (*line != '\0' && *line != '#') {
            if (!belongs(family, line, strcspn(line, "{ \n"), openmetrics))
                fail_msg("not of %s: %.80s", family->name, line);
            line = strchr(line, '\n');
            assert_non_null(line);
            line++;
            samples++;
        }
        assert_true(samples > 0);
    }
    assert_int_equal(*line != '\0', openmetrics);
    return count;
}

static void families_are_whole(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    const u32 at_first = check_form(render(&fixture, false), false);
    assert_int_equal(check_form(render(&fixture, true), true), at_first);
    make_busy(&fixture);
    const u32 busy = check_form(render(&fixture, false), false);
    assert_int_equal(check_form(render(&fixture, true), true), busy);
    assert_true(busy > at_first);
    make_worst(&fixture);
    assert_int_equal(check_form(render(&fixture, false), false), busy);
    assert_int_equal(check_form(render(&fixture, true), true), busy);
    end(&fixture);
}

static void the_formats_differ_in_the_heads_and_the_end(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    make_busy(&fixture);
    const char *page = render(&fixture, false);
    expect_none(page, "# EOF");
    expect_line(page, "# TYPE redis_commands_total counter");
    expect_line(page, "# TYPE redis_instance_info gauge");
    expect_line(page, "# TYPE kv_build_info gauge");
    expect_line(page, "# TYPE redis_up gauge");
    expect_line(page, "# TYPE kv_loop_duration_seconds histogram");
    expect_line(page, "# HELP redis_keyspace_hits_total Lookups by readers that found the key.");
    page = render(&fixture, true);
    const size_t len = strlen(page);
    assert_string_equal(page + len - strlen("\n# EOF\n"), "\n# EOF\n");
    assert_int_equal(count_text(page, "# EOF"), 1);
    expect_line(page, "# TYPE redis_commands counter");
    expect_line(page, "# TYPE redis_instance info");
    expect_line(page, "# TYPE kv_build info");
    expect_line(page, "# TYPE redis_up gauge");
    expect_line(page, "# TYPE kv_loop_duration_seconds histogram");
    expect_line(page, "# HELP redis_keyspace_hits Lookups by readers that found the key.");
    assert_null(strstr(page, "_total counter"));
    end(&fixture);
}

/* -- the length of the page -- */

static void no_page_is_cut_off(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    make_worst(&fixture);
    for (u32 openmetrics = 0; openmetrics < 2; openmetrics++) {
        for (u32 rows = 0; rows <= COMMANDS_MANY; rows += COMMANDS_MANY / 4) {
            fixture.view.command_count = rows;
            const u64 max = metrics_bytes_max(rows);
            assert_true(max < PAGE_SIZE);
            struct text text;
            text_init(&text, fixture.page, max);
            metrics_render(&fixture.view, openmetrics, &text);
            assert_false(text.overflow);
            if (max > 2 * text.len) fail_msg("%llu planned, %zu needed", (ull)max, text.len);
        }
    }
    assert_true(metrics_bytes_max(2) > metrics_bytes_max(1));
    end(&fixture);
}

/* A page that does not fit is cut off, and says so: nothing is written past its end. */
static void a_short_buffer_overflows_cleanly(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    make_busy(&fixture);
    const size_t whole = strlen(render(&fixture, true));
    for (size_t size = 1; size <= whole; size += 97) {
        char *exact = malloc(size);
        assert_non_null(exact);
        struct text text;
        text_init(&text, exact, size);
        metrics_render(&fixture.view, true, &text);
        assert_true(text.overflow);
        assert_memory_equal(exact, fixture.page, text.len);
        free(exact);
    }
    end(&fixture);
}

static void longer_names_are_cut(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    fixture.source.backend = "the_name_of_this_backend_is_too_long";
    add_pool(&fixture.view, LONGEST_NAME "_and_more", (struct gauge){.used = 5});
    const char *page = render(&fixture, false);
    expect_line(page, "kv_pool_used{pool=\"" LONGEST_NAME "\"} 5");
    assert_non_null(strstr(page, "backend=\"the_name_of_this\""));
    end(&fixture);
}

/* -- pages for other programs to read -- */

static void write_page(struct fixture *fixture, const char *folder, const char *name,
                       bool openmetrics) {
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.%s", folder, name, openmetrics ? "openmetrics" : "text");
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(render(fixture, openmetrics), file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void write_pages(const char *folder) {
    static const struct {
        const char *name;
        void (*make)(struct fixture *fixture);
    } pages[] = {{"first", NULL}, {"busy", make_busy}, {"worst", make_worst}};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(pages); i++) {
        struct fixture fixture;
        begin(&fixture);
        if (pages[i].make != NULL) pages[i].make(&fixture);
        write_page(&fixture, folder, pages[i].name, false);
        write_page(&fixture, folder, pages[i].name, true);
        end(&fixture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_all_their_digits),
        cmocka_unit_test(bounds_have_one_form),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(names_are_escaped_on_the_page),
        cmocka_unit_test(every_single_number_is_shown),
        cmocka_unit_test(labelled_numbers_are_shown),
        cmocka_unit_test(the_server_says_what_it_is),
        cmocka_unit_test(histograms_are_cumulative),
        cmocka_unit_test(a_full_histogram_stays_full),
        cmocka_unit_test(only_commands_that_were_asked_for_are_shown),
        cmocka_unit_test(only_databases_with_keys_are_shown_and_the_first),
        cmocka_unit_test(subcommands_that_clients_try_are_no_errors),
        cmocka_unit_test(a_view_without_limits_shows_none),
        cmocka_unit_test(nothing_is_said_of_persistence),
        cmocka_unit_test(families_are_whole),
        cmocka_unit_test(the_formats_differ_in_the_heads_and_the_end),
        cmocka_unit_test(no_page_is_cut_off),
        cmocka_unit_test(a_short_buffer_overflows_cleanly),
        cmocka_unit_test(longer_names_are_cut),
    };
    const char *folder = getenv("KV_METRICS_FOLDER");
    if (folder != NULL) {
        write_pages(folder);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
