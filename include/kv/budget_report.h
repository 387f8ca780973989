/* budget_report.h: a computed budget with what it promises, as a table for people and as JSON.
 */
#ifndef KV_BUDGET_REPORT_H
#define KV_BUDGET_REPORT_H

#include <stdio.h>

#include "kv/budget.h"

/* JSON of the largest budget. */
#define BUDGET_JSON_MAX 32768u

struct budget_report {
    const struct budget *budget;
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

/* {"total_bytes":..,"regions":[{"name":..,"count":..,"unit_bytes":..,"bytes":..}..],
 * "guaranteed":{..},"expected":{..},"derived":{..}}, zero-terminated. False when `out` is too small
 * or memory for it cannot be had. */
bool budget_report_json(const struct budget_report *report, char *out, size_t size);

#endif
