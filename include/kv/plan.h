/* plan.h: the whole budget of a configuration: every module's rows, and the store in what they
 * leave. A pure function of the options, usable before anything is allocated.
 */
#ifndef KV_PLAN_H
#define KV_PLAN_H

#include "kv/budget.h"
#include "kv/budget_report.h"
#include "kv/keyspace.h"
#include "kv/limits.h"

#define PLAN_ERROR_MAX 2048

struct plan {
    struct options options; /* as given */
    struct limits limits;
    struct store_plan store;
    struct budget budget;
};

/* Computes everything. Returns false when the memory given cannot hold the fixed regions (the
 * message says which region takes how much) or a number is beyond counting. The options have passed
 * options_check. */
bool plan_compute(struct plan *plan, const struct options *options, char error[PLAN_ERROR_MAX]);

/* The options with what was derived in the place of zeros (memory, store-memory, receive-memory,
 * reply-memory): what CONFIG GET shows. */
void plan_effective_options(const struct plan *plan, struct options *options);

/* The plan as reports show it. `plan` must outlive the report. */
void plan_report(const struct plan *plan, struct budget_report *report);

#endif
