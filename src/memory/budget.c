/* budget.c: rows and their sums. Pure: nothing is allocated, nothing is remembered elsewhere. */
#include "kv/budget.h"

#include <string.h>
#include <unistd.h>

#include "kv/assert.h"

void budget_init(struct budget *budget) {
    *budget = (struct budget){0};
}

/* count x unit_bytes, rounded for the arena. False when it leaves u64. */
static bool row_bytes(u64 count, u64 unit_bytes, bool kernel, u64 *bytes) {
    if (__builtin_mul_overflow(count, unit_bytes, bytes)) return false;
    if (kernel) return true;
    if (*bytes > UINT64_MAX - (BUDGET_ALIGNMENT - 1)) return false;
    *bytes = u64_round_up(*bytes, BUDGET_ALIGNMENT);
    return true;
}

static bool sum_rows(const struct budget *budget, bool with_kernel, u64 *sum) {
    *sum = 0;
    for (u32 i = 0; i < budget->count; i++) {
        const struct budget_row *row = &budget->rows[i];
        u64 bytes = 0;
        if (row->kernel && !with_kernel) continue;
        if (!row_bytes(row->count, row->unit_bytes, row->kernel, &bytes)) return false;
        if (__builtin_add_overflow(*sum, bytes, sum)) return false;
    }
    return true;
}

static void add_row(struct budget *budget, struct budget_row row) {
    kv_assert(row.name != NULL && row.why != NULL);
    if (budget->count == BUDGET_ROWS_MAX) KV_FATAL("the budget has no place for %s", row.name);
    if (budget_find(budget, row.name) != NULL) KV_FATAL("the budget has %s already", row.name);
    if (budget_find(budget, BUDGET_ROUNDING_ROW) != NULL)
        KV_FATAL("the budget was finished before %s", row.name);
    budget->rows[budget->count++] = row;
    /* The row stays in the table, so that the message about the overflow can show it. */
    u64 total = 0;
    if (!sum_rows(budget, true, &total)) budget->overflow = true;
}

void budget_add(struct budget *budget, const char *name, u64 count, u64 unit_bytes,
                const char *why) {
    add_row(budget, (struct budget_row){
                        .name = name, .count = count, .unit_bytes = unit_bytes, .why = why});
}

void budget_add_kernel(struct budget *budget, const char *name, u64 count, u64 unit_bytes,
                       const char *why) {
    add_row(
        budget,
        (struct budget_row){
            .name = name, .count = count, .unit_bytes = unit_bytes, .why = why, .kernel = true});
}

u64 budget_row_bytes(const struct budget_row *row) {
    u64 bytes = 0;
    return row_bytes(row->count, row->unit_bytes, row->kernel, &bytes) ? bytes : UINT64_MAX;
}

u64 budget_total(const struct budget *budget) {
    u64 total = 0;
    return !budget->overflow && sum_rows(budget, true, &total) ? total : UINT64_MAX;
}

u64 budget_arena_total(const struct budget *budget) {
    u64 total = 0;
    return !budget->overflow && sum_rows(budget, false, &total) ? total : UINT64_MAX;
}

const struct budget_row *budget_find(const struct budget *budget, const char *name) {
    for (u32 i = 0; i < budget->count; i++) {
        if (strcmp(budget->rows[i].name, name) == 0) return &budget->rows[i];
    }
    return NULL;
}

void budget_finish(struct budget *budget) {
    const u64 os_page = (u64)sysconf(_SC_PAGESIZE);
    const u64 total = budget_arena_total(budget);
    /* An overflowed budget is refused anyway; so is one that only its rounding lets overflow. */
    const u64 past = budget->overflow ? 0 : total % os_page;
    budget_add(budget, BUDGET_ROUNDING_ROW, 1, past > 0 ? os_page - past : 0,
               "the OS maps whole pages: what the last one has beyond the rows above");
}
