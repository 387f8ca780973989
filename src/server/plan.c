#include "kv/plan.h"

#include <stdio.h>

#include "kv/admin.h"
#include "kv/chain.h"
#include "kv/engine.h"
#include "kv/number.h"
#include "kv/ring.h"
#include "kv/server.h"
#include "kv/session.h"
#include "kv/text.h"

typedef unsigned long long ull;

#define REGIONS_SHOWN 6

static void add_fixed_rows(struct budget *budget, const struct options *options,
                           const struct limits *limits) {
    ring_budget(options, limits, budget);
    sessions_budget(options, limits, budget);
    engine_budget(options, budget);
    transactions_budget(options, limits, budget);
    server_budget(options, budget);
    admin_budget(options, STATISTICS_ROWS, budget);
}

/* "server.receive_units 18.0 MB, ..." of the largest rows. */
static void list_largest(struct text *text, const struct budget *budget) {
    bool shown[BUDGET_ROWS_MAX] = {false};
    for (u32 n = 0; n < REGIONS_SHOWN && n < budget->count; n++) {
        u32 largest = BUDGET_ROWS_MAX;
        for (u32 i = 0; i < budget->count; i++) {
            if (shown[i]) continue;
            if (largest == BUDGET_ROWS_MAX ||
                budget_row_bytes(&budget->rows[i]) > budget_row_bytes(&budget->rows[largest])) {
                largest = i;
            }
        }
        shown[largest] = true;
        char size[NUMBER_TEXT_MAX];
        number_format_size(size, budget_row_bytes(&budget->rows[largest]));
        text_printf(text, "%s%s %s", n > 0 ? ", " : "", budget->rows[largest].name, size);
    }
}

static bool too_little(const struct plan *plan, const struct budget *fixed, u64 given,
                       const char *option, char error[PLAN_ERROR_MAX]) {
    struct text text;
    bool whole = plan->options.store_memory == 0;
    u64 wanted = plan->store.bytes + (whole ? budget_total(fixed) + PAGE_BYTES : 0);
    text_init(&text, error, PLAN_ERROR_MAX);
    text_printf(&text,
                "%s: %llu bytes are too little: this configuration takes at least %llu bytes",
                option, (ull)given, (ull)wanted);
    text_printf(&text, ", of them %llu for the store (the index of key-count keys, and one page)",
                (ull)plan->store.bytes);
    if (whole) {
        text_printf(&text, " and %llu for fixed regions: ", (ull)budget_total(fixed));
        list_largest(&text, fixed);
    }
    text_printf(&text, ". Raise %s, or lower key-count, connections-max or the size limits.",
                option);
    return false;
}

static bool plan_shared(struct plan *plan, const struct budget *fixed, char error[PLAN_ERROR_MAX]) {
    const struct options *options = &plan->options;
    if (options->store_memory != 0) {
        return store_plan(options, options->store_memory, &plan->store) ||
               too_little(plan, fixed, options->store_memory, "store-memory", error);
    }
    /* Up to a page is lost to rounding the whole reservation. */
    u64 others = budget_total(fixed);
    u64 taken = others > UINT64_MAX - PAGE_BYTES ? UINT64_MAX : others + PAGE_BYTES;
    u64 left = options->memory > taken ? options->memory - taken : 0;
    return store_plan(options, left, &plan->store) ||
           too_little(plan, fixed, options->memory, "memory", error);
}

bool plan_compute(struct plan *plan, const struct options *options, char error[PLAN_ERROR_MAX]) {
    struct budget fixed;
    *plan = (struct plan){.options = *options};
    limits_compute(&plan->limits, options);
    budget_init(&fixed);
    add_fixed_rows(&fixed, options, &plan->limits);
    if (options->capacity == CAPACITY_SHARED) {
        if (!plan_shared(plan, &fixed, error)) return false;
    } else if (!store_plan(options, 0, &plan->store)) {
        snprintf(
            error, PLAN_ERROR_MAX,
            "capacity guaranteed: key-count, val-size-max and list-length-max together need more "
            "than the %llu pages that can be numbered: lower one of them, or use capacity shared",
            (ull)UINT32_MAX);
        return false;
    }
    budget_init(&plan->budget);
    store_budget(&plan->store, &plan->budget);
    add_fixed_rows(&plan->budget, options, &plan->limits);
    budget_finish(&plan->budget);
    u64 total = budget_total(&plan->budget);
    if (plan->budget.overflow || total == UINT64_MAX) {
        snprintf(error, PLAN_ERROR_MAX, "the limits together are beyond counting in 64 bits");
        return false;
    }
    if (options->capacity == CAPACITY_SHARED && options_is_given(options, "memory") &&
        options->memory != 0 && total > options->memory) {
        snprintf(
            error, PLAN_ERROR_MAX,
            "memory: %llu bytes are less than the %llu that store-memory and the fixed regions "
            "take together: raise memory, or lower store-memory, or give only one of them",
            (ull)options->memory, (ull)total);
        return false;
    }
    return true;
}

void plan_effective_options(const struct plan *plan, struct options *options) {
    *options = plan->options;
    options->memory = budget_total(&plan->budget);
    options->store_memory = plan->store.bytes;
    options->receive_memory = plan->limits.receive_buffers * RECEIVE_BUFFER_BYTES +
                              plan->limits.receive_units * RECEIVE_UNIT_BYTES;
    options->reply_memory = plan->limits.reply_chunks * CHUNK_BYTES;
    options->dump_memory = limits_dump_memory(&plan->options);
    options->transaction_memory = plan->limits.transaction_chunks * TRANSACTION_CHUNK_BYTES;
    options->request_size_max = plan->limits.connection_recv_size;
    options->reply_size_max = plan->limits.connection_send_size;
    options->request_args_max = plan->limits.request_args_max;
    options->blocked_clients_max = limits_blocked_clients(&plan->options);
    options->blocked_keys_max = limits_blocked_keys(&plan->options);
}

void plan_report(const struct plan *plan, struct budget_report *report) {
    *report = (struct budget_report){
        .budget = &plan->budget,
        .options = &plan->options,
        .guaranteed_keys = plan->store.guaranteed_keys,
        .key_size_max = plan->options.key_size_max,
        .val_size_max = plan->options.val_size_max,
        .list_length_max = plan->options.list_length_max,
        .expected_keys = plan->store.expected_keys,
        .expected_key_bytes = STORE_EXPECTED_KEY_BYTES,
        .expected_value_bytes = STORE_EXPECTED_VALUE_BYTES,
        .connection_recv_size = plan->limits.connection_recv_size,
        .connection_send_size = plan->limits.connection_send_size,
    };
}
