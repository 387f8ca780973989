/* The plan: what is planned is what is carved and mapped, row by row, for any legal configuration;
 * illegal ones are refused with the name of the option. */
#include <cjson/cJSON.h>
#include <malloc.h>
#include <stdlib.h>

#include "kv/prng.h"

/* The arena is the server's own business; here its rows are compared. */
#include "../../../src/server/server.c"
#include "../unit.h"

/* These depend on the sizes of the structures, as sums to the byte do. */
#define GOLDEN_REFERENCE 248897536
#define GOLDEN_DEFAULT 255848448

enum { LEGAL = 200, BYTES_MAX = 24 << 20 };

static struct options default_options(void) {
    struct options options;
    options_default(&options);
    /* The test starts many servers, and the filter would be the whole process's for ever. */
    options.seccomp = SECCOMP_NO;
    return options;
}

static struct options reference_options(void) {
    struct options options = default_options();
    options.capacity = CAPACITY_GUARANTEED;
    options.connections_max = 1000;
    options.key_count = 1000;
    options.key_size_max = 1024;
    options.val_size_max = 4096;
    options.list_length_max = 50;
    return options;
}

static struct options small_options(void) {
    struct options options = default_options();
    options.connections_max = 10;
    options.key_count = 100;
    options.val_size_max = 1000;
    options.list_length_max = 10;
    options.request_size_max = 65536;
    options.reply_size_max = 262144;
    options.admin_port = 0;
    options.memory = BYTES_MAX;
    return options;
}

static void compute(struct plan *plan, const struct options *options) {
    struct options_error error;
    char text[PLAN_ERROR_MAX];
    if (!options_check(options, &error)) fail_msg("%s", error.text);
    if (!plan_compute(plan, options, text)) fail_msg("%s", text);
}

static u64 sum_of_rows(const struct budget *budget, bool kernel) {
    u64 sum = 0;
    for (u32 i = 0; i < budget->count; i++)
        if (kernel || !budget->rows[i].kernel) sum += budget_row_bytes(&budget->rows[i]);
    return sum;
}

/* -- goldens: a change of these is meant, or a mistake -- */

static void the_reference_configuration(void **state) {
    (void)state;
    struct plan plan;
    const struct options options = reference_options();
    compute(&plan, &options);
    const u64 total = budget_total(&plan.budget);
    assert_true(total < 260000000);
    assert_int_equal(total, GOLDEN_REFERENCE);
    assert_int_equal(plan.store.guaranteed_keys, 1000);
    assert_int_equal(plan.limits.connection_recv_size, 207374);
    assert_int_equal(plan.limits.connection_send_size, 512011);
}

static void the_default_configuration(void **state) {
    (void)state;
    struct plan plan;
    const struct options options = default_options();
    compute(&plan, &options);
    const u64 total = budget_total(&plan.budget);
    assert_true(total <= 256000000);
    assert_int_equal(total, GOLDEN_DEFAULT);
    assert_int_equal(plan.store.expected_keys, 1000000);
    assert_int_equal(plan.limits.connection_recv_size, 4194304);
    assert_int_equal(plan.limits.connection_send_size, 8388608);
}

/* -- exactness -- */

static u64 draw(struct prng *prng, u64 low, u64 high) {
    return low + prng_below(prng, high - low + 1);
}

/* Small numbers are as likely as large ones. */
static u64 draw_size(struct prng *prng, u64 low, u64 high) {
    const u64 bits = (u64)(64 - __builtin_clzll(high));
    const u64 bound = u64_max(low, u64_min(high, 1ull << draw(prng, 0, bits)));
    return draw(prng, low, bound);
}

static struct options draw_options(struct prng *prng) {
    struct options options = default_options();
    options.capacity = (u32)prng_below(prng, 2);
    options.io_backend = (u32)prng_below(prng, 3);
    options.connections_max = draw_size(prng, 1, 400);
    options.key_count = draw_size(prng, 1, 20000);
    options.key_size_max = draw_size(prng, 1, 3072);
    options.val_size_max = draw_size(prng, 1, 300000);
    options.list_length_max = draw_size(prng, 1, 4000);
    options.request_size_max = draw_size(prng, 16384, 2 << 20);
    options.reply_size_max = draw_size(prng, 262144, 2 << 20);
    options.request_args_max = draw_size(prng, 16, 100000);
    options.admin_port = prng_below(prng, 2) == 0 ? 0 : 24000 + (u64)getpid() % 5000;
    options.admin_connections_max = draw_size(prng, 1, 20);
    options.memory = 0;
    if (prng_below(prng, 2) == 0) options.receive_memory = draw_size(prng, 1, 8 << 20);
    if (prng_below(prng, 2) == 0) options.reply_memory = draw_size(prng, 1, 8 << 20);
    if (options.capacity == CAPACITY_GUARANTEED) return options;
    if (prng_below(prng, 3) > 0) options.store_memory = draw_size(prng, 4096, 8 << 20);
    if (prng_below(prng, 3) > 0) {
        options.memory = draw_size(prng, 1 << 20, BYTES_MAX);
        options_mark_given(&options, "memory", prng_below(prng, 2) == 0);
    }
    return options;
}

/* Bytes that the process has mapped. */
static u64 mapped_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (u64)pages * (u64)sysconf(_SC_PAGESIZE);
}

static void compare_rows(const struct server *server, const struct plan *plan) {
    const struct arena *arena = &server->arena;
    const struct budget *budget = &plan->budget;
    const bool uring = strcmp(server->ring->operations->name, "io_uring") == 0;
    u64 carved = 0;
    for (u32 i = 0; i < budget->count; i++) {
        const struct budget_row *row = &budget->rows[i];
        const u64 planned = budget_row_bytes(row);
        assert_true(planned >= row->count * row->unit_bytes);
        assert_true(planned < row->count * row->unit_bytes + BUDGET_ALIGNMENT);
        assert_true(arena->taken[i]);
        assert_int_equal(arena->carved[i], row->kernel && !uring ? 0 : planned);
        if (!row->kernel) carved += arena->carved[i];
    }
    assert_true(arena->sealed);
    assert_int_equal(arena->size, carved);
    assert_int_equal(arena->size, budget_arena_total(budget));
    assert_int_equal(arena->size % 4096, 0);
    assert_int_equal(budget_total(budget), sum_of_rows(budget, true));
    assert_int_equal(budget_arena_total(budget), sum_of_rows(budget, false));
}

static void expect_within(const struct plan *plan) {
    const struct options *options = &plan->options;
    if (options->capacity == CAPACITY_GUARANTEED)
        assert_int_equal(plan->store.guaranteed_keys, options->key_count);
    else if (options->store_memory != 0)
        assert_true(plan->store.bytes <= options->store_memory);
    else
        assert_true(budget_total(&plan->budget) <= options->memory);
    if (options_is_given(options, "memory") && options->memory != 0)
        assert_true(budget_total(&plan->budget) <= options->memory);
}

/* Starts, compares, stops. */
static void start_and_compare(const struct plan *plan, bool exactly) {
    char error[SERVER_ERROR_MAX];
    volatile sig_atomic_t signals = 1;
    const u64 before = mapped_bytes();
    struct server *server = server_init(plan, "", &signals, error);
    if (server == NULL) fail_msg("%s", error);
    const u64 mapped = mapped_bytes() - before;
    compare_rows(server, plan);
    u64 wanted = server->arena.size;
    for (u32 i = 0; i < plan->budget.count; i++)
        if (plan->budget.rows[i].kernel) wanted += server->arena.carved[i];
#ifndef __SANITIZE_ADDRESS__
    if (exactly) assert_int_equal(mapped, wanted);
#else
    (void)mapped, (void)exactly;
#endif
    assert_int_equal(server_run(server), 0);
    server_deinit(&server);
    assert_null(server);
#ifndef __SANITIZE_ADDRESS__
    if (exactly) assert_int_equal(mapped_bytes(), before);
#endif
}

/* Hosts may deny it; then only the other backend is compared. */
static bool uring_is_allowed(void) {
    static struct plan plan;
    char error[SERVER_ERROR_MAX];
    char note[RING_ERROR_MAX];
    struct arena arena;
    struct options options = small_options();
    options.io_backend = IO_BACKEND_IO_URING;
    compute(&plan, &options);
    assert_true(arena_init(&arena, &plan.budget, true, error));
    struct ring *ring = ring_init(&arena, &plan.options, &plan.limits, note, error);
    if (ring != NULL) ring_deinit(ring);
    arena_deinit(&arena);
    return ring != NULL;
}

static void legal_configurations_are_carved_as_planned(void **state) {
    (void)state;
    char folder[] = "/tmp/kv_plan_XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct prng prng;
    prng_init(&prng, 20240501);
    u32 legal = 0, uring = 0, guaranteed = 0;
    const bool allowed = uring_is_allowed();
    for (u32 drawn = 0; legal < LEGAL; drawn++) {
        assert_true(drawn < 100 * LEGAL);
        struct options options = draw_options(&prng);
        struct options_error error;
        char text[PLAN_ERROR_MAX];
        static struct plan plan;
        if (!allowed) options.io_backend = IO_BACKEND_EPOLL;
        options.port = 0;
        snprintf(options.unixsocket, sizeof(options.unixsocket), "%s/kv.sock", folder);
        if (!options_check(&options, &error) || !plan_compute(&plan, &options, text)) continue;
        expect_within(&plan);
        if (budget_total(&plan.budget) > BYTES_MAX) continue;
        /* The first start also grows the stack and the heap, once and for all. */
        start_and_compare(&plan, legal > 0);
        legal++;
        uring += options.io_backend == IO_BACKEND_IO_URING;
        guaranteed += options.capacity == CAPACITY_GUARANTEED;
    }
    if (allowed) assert_in_range(uring, LEGAL / 8, LEGAL);
    assert_in_range(guaranteed, LEGAL / 8, LEGAL - LEGAL / 8);
    assert_int_equal(rmdir(folder), 0);
}

/* A second server at the same socket: it says so, and nothing stays mapped, open or removed. */
static void a_start_that_fails_leaves_nothing(void **state) {
    (void)state;
    char folder[] = "/tmp/kv_plan_XXXXXX", error[SERVER_ERROR_MAX];
    struct plan plan;
    struct options options = small_options();
    volatile sig_atomic_t signals = 1;
    assert_non_null(mkdtemp(folder));
    options.port = 0;
    snprintf(options.unixsocket, sizeof(options.unixsocket), "%s/kv.sock", folder);
    compute(&plan, &options);
    struct server *first = server_init(&plan, "", &signals, error);
    assert_non_null(first);
    const u64 before = mapped_bytes();
    const int next_fd = dup(0);
    close(next_fd);
    assert_null(server_init(&plan, "", &signals, error));
    assert_non_null(strstr(error, options.unixsocket));
    assert_int_equal(dup(0), next_fd);
    close(next_fd);
#ifndef __SANITIZE_ADDRESS__
    assert_int_equal(mapped_bytes(), before);
#else
    (void)before;
#endif
    assert_int_equal(access(options.unixsocket, F_OK), 0);
    assert_int_equal(server_run(first), 0);
    server_deinit(&first);
    assert_int_equal(rmdir(folder), 0);
}

/* The same rows in the same order, whatever they hold: an audit of one is an audit of all. */
static void every_configuration_has_the_same_rows(void **state) {
    (void)state;
    struct plan a, b;
    const struct options first = default_options(), second = reference_options();
    compute(&a, &first);
    compute(&b, &second);
    assert_int_equal(a.budget.count, b.budget.count);
    for (u32 i = 0; i < a.budget.count; i++) {
        const struct budget_row *row = &a.budget.rows[i];
        assert_string_equal(row->name, b.budget.rows[i].name);
        assert_true(strlen(row->why) > 10);
        assert_non_null(strchr(row->name, '.'));
        assert_true(strlen(row->name) <= STATS_NAME_MAX);
        assert_ptr_equal(budget_find(&a.budget, row->name), row);
    }
}

static void effective_options_say_what_was_derived(void **state) {
    (void)state;
    struct plan plan, again;
    struct options effective;
    const struct options options = default_options();
    compute(&plan, &options);
    plan_effective_options(&plan, &effective);
    assert_int_equal(effective.memory, budget_total(&plan.budget));
    assert_int_equal(effective.store_memory, plan.store.bytes);
    assert_true(effective.receive_memory > 0 && effective.reply_memory > 0);
    assert_int_equal(effective.request_size_max, plan.limits.connection_recv_size);
    assert_int_equal(effective.reply_size_max, plan.limits.connection_send_size);
    /* Given again they make the same plan. */
    compute(&again, &effective);
    assert_int_equal(budget_total(&again.budget), budget_total(&plan.budget));
    assert_int_equal(again.store.pages, plan.store.pages);
    assert_int_equal(again.limits.receive_units, plan.limits.receive_units);
    assert_int_equal(again.limits.reply_chunks, plan.limits.reply_chunks);
}

/* -- what is refused -- */

struct illegal {
    const char *lines; /* "name value;name value" */
    const char *says;
};

static const struct illegal illegal[] = {
    {"port 65536", "port"},
    {"port x", "port"},
    {"connections-max 0", "connections-max"},
    {"maxclients 1000001", "connections-max"},
    {"key-count 0", "key-count"},
    {"key-size-max 3073", "key-size-max"},
    {"val-size-max 513mb", "val-size-max"},
    {"list-length-max 0", "list-length-max"},
    {"capacity some", "capacity"},
    {"request-args-max 15", "request-args-max"},
    {"request-size-max 16383", "request-size-max"},
    {"reply-size-max 1000", "reply-size-max"},
    {"io-backend select", "io-backend"},
    {"protected-mode maybe", "protected-mode"},
    {"databases 17", "databases"},
    {"unixsocketperm 999", "unixsocketperm"},
    {"val-size-max 10mb", "request-size-max"},
    {"val-size-max 20mb;request-size-max 100mb", "reply-size-max"},
    {"memory 0", "memory"},
    {"memory 0;store-memory 0", "store-memory"},
    {"memory 1mb", "memory"},
    {"memory 50mb", "memory"},
    {"memory 200mb;store-memory 190mb", "memory"},
    {"memory 100mb;store-memory 200mb", "store-memory"},
    {"memory 0;store-memory 4096", "store-memory"},
    {"capacity guaranteed;memory 1gb", "memory"},
    {"capacity guaranteed;store-memory 1gb", "store-memory"},
    {"capacity guaranteed", "key-count"},
    {"capacity guaranteed", "capacity shared"},
    {"capacity guaranteed;key-count 4g;val-size-max 4kb;list-length-max 1", "key-count"},
    {"receive-memory 1mb", "receive-memory"},
    {"reply-memory 1mb", "reply-memory"},
    {"proto-max-bulk-len 1mb;val-size-max 2mb", "proto-max-bulk-len"},
};

static bool set_lines(struct options *options, const char *lines, struct options_error *error) {
    char copy[256];
    snprintf(copy, sizeof(copy), "%s", lines);
    for (char *rest = copy, *line; (line = strsep(&rest, ";")) != NULL;) {
        char *value = strchr(line, ' ');
        assert_non_null(value);
        *value++ = '\0';
        const struct option_info *info = option_find(bytes_of_string(line));
        assert_non_null(info);
        if (!option_set(options, info, bytes_of_string(value), error)) return false;
    }
    return true;
}

static void illegal_configurations_are_refused_by_name(void **state) {
    (void)state;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(illegal); i++) {
        struct options options = default_options();
        struct options_error error = {{0}};
        struct plan plan;
        char text[PLAN_ERROR_MAX] = "";
        if (!set_lines(&options, illegal[i].lines, &error) || !options_check(&options, &error))
            snprintf(text, sizeof(text), "%s", error.text);
        else if (plan_compute(&plan, &options, text))
            fail_msg("'%s' is not refused", illegal[i].lines);
        if (strstr(text, illegal[i].says) == NULL)
            fail_msg("'%s' gives: %s", illegal[i].lines, text);
    }
}

/* Who gives too little is told how much is enough: with that it starts, with a page less not. */
static void the_least_memory_is_named(void **state) {
    (void)state;
    struct options options = default_options();
    struct plan plan;
    char text[PLAN_ERROR_MAX];
    options.memory = 50 << 20;
    options_mark_given(&options, "memory", true);
    assert_false(plan_compute(&plan, &options, text));
    const char *least = strstr(text, "at least ");
    assert_non_null(least);
    assert_non_null(strstr(text, "server.receive_units"));
    options.memory = strtoull(least + strlen("at least "), NULL, 10);
    compute(&plan, &options);
    assert_true(budget_total(&plan.budget) <= options.memory);
    options.memory -= 2 * 4096;
    assert_false(plan_compute(&plan, &options, text));
}

/* -- the report -- */

static double number_of(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void expect_json(const struct plan *plan) {
    static char json[BUDGET_JSON_MAX];
    static _Alignas(16) u8 scratch[BUDGET_JSON_SCRATCH];
    struct budget_report report;
    u64 used[BUDGET_ROWS_MAX];
    plan_report(plan, &report);
    for (u32 i = 0; i < plan->budget.count; i++)
        used[i] = 1000 + i;
    assert_true(budget_report_json(&report, used, scratch, json, sizeof(json)));
    cJSON_InitHooks(NULL);
    cJSON *root = cJSON_Parse(json);
    assert_non_null(root);
    const cJSON *regions = cJSON_GetObjectItemCaseSensitive(root, "regions");
    assert_int_equal(cJSON_GetArraySize(regions), plan->budget.count);
    const cJSON *region;
    double sum = 0;
    u32 i = 0;
    cJSON_ArrayForEach(region, regions) {
        const struct budget_row *row = &plan->budget.rows[i++];
        assert_string_equal(cJSON_GetObjectItemCaseSensitive(region, "name")->valuestring,
                            row->name);
        assert_true(number_of(region, "count") == (double)row->count);
        assert_true(number_of(region, "unit_bytes") == (double)row->unit_bytes);
        assert_true(number_of(region, "bytes") == (double)budget_row_bytes(row));
        assert_true(number_of(region, "used_bytes") == 999 + i);
        sum += number_of(region, "bytes");
    }
    assert_true(number_of(root, "total_bytes") == sum);
    assert_true(sum == (double)budget_total(&plan->budget));
    const cJSON *derived = cJSON_GetObjectItemCaseSensitive(root, "derived");
    assert_true(number_of(derived, "connection_recv_size") ==
                (double)plan->limits.connection_recv_size);
    assert_true(number_of(derived, "connection_send_size") ==
                (double)plan->limits.connection_send_size);
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(root, "guaranteed")));
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(root, "expected")));
    cJSON_Delete(root);
    assert_false(budget_report_json(&report, used, scratch, json, 100));
    assert_true(budget_report_json(&report, NULL, scratch, json, sizeof(json)));
    assert_null(strstr(json, "used_bytes"));
}

static void the_json_sums_exactly(void **state) {
    (void)state;
    struct plan plan;
    struct options options = default_options();
    compute(&plan, &options);
    expect_json(&plan);
    options = reference_options();
    compute(&plan, &options);
    expect_json(&plan);
    /* The largest numbers that there are. */
    options = default_options();
    options.memory = 16ull << 40;
    options.key_count = 4000000000;
    options.connections_max = 1000000;
    compute(&plan, &options);
    expect_json(&plan);
}

static int quiet(void **state) {
    (void)state;
    return log_init("/dev/null", LOG_WARNING);
}

static int loud(void **state) {
    (void)state;
    log_deinit();
    return 0;
}

int main(void) {
    /* The C library's malloc would reserve address space for the HTTP plane's thread. */
    mallopt(M_ARENA_MAX, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_configuration),
        cmocka_unit_test(the_default_configuration),
        cmocka_unit_test_setup_teardown(legal_configurations_are_carved_as_planned, quiet, loud),
        cmocka_unit_test_setup_teardown(a_start_that_fails_leaves_nothing, quiet, loud),
        cmocka_unit_test(every_configuration_has_the_same_rows),
        cmocka_unit_test(effective_options_say_what_was_derived),
        cmocka_unit_test(illegal_configurations_are_refused_by_name),
        cmocka_unit_test(the_least_memory_is_named),
        cmocka_unit_test(the_json_sums_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
