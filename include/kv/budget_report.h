/* budget_report.h: a computed budget with what it promises, as a table for people and as JSON.
 */
#ifndef KV_BUDGET_REPORT_H
#define KV_BUDGET_REPORT_H

#include <stdio.h>

#include "kv/budget.h"

/* JSON of the largest budget, and what it takes while it is put together. */
#define BUDGET_JSON_MAX 49152u
#define BUDGET_JSON_SCRATCH 131072u

struct options;

struct budget_report {
    const struct budget *budget;
    const struct options *options; /* that led to it, as given */
    u64 guaranteed_keys; /* of the largest size, with the largest content, whatever the history */
    u64 key_size_max;
    u64 val_size_max;
    u64 list_length_max;
    u64 expected_keys; /* of expected_key_bytes with expected_value_bytes */
    u64 expected_key_bytes;
    u64 expected_value_bytes;
    u64 connection_recv_size;
    u64 connection_send_size;
};

/* A table that a person can read: region, count, unit, bytes, share, why. */
void budget_report_print(const struct budget_report *report, FILE *out);

/* {"total_bytes":..,"regions":[{"name":..,"count":..,"unit_bytes":..,"bytes":..,"why":..}..],
 * "guaranteed":{..},"expected":{..},"derived":{..},"options":{..}}, zero-terminated. `used` is
 * NULL, or gives for each region the member "used_bytes". `scratch` holds BUDGET_JSON_SCRATCH
 * bytes, aligned to 16. False when `out` or `scratch` is too small. */
bool budget_report_json(const struct budget_report *report, const u64 *used, void *scratch,
                        char *out, size_t size);

#endif
