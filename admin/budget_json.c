/* The budget as JSON: for --budget=json, and for the admin plane. */
#include "kv/budget_report.h"
#include "kv/options.h"

#include "json.h"

static bool add_region(cJSON *regions, const struct budget_row *row, const u64 *used) {
    cJSON *region = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(regions, region)) return false;
    return json_add_text(region, "name", row->name) && json_add_u64(region, "count", row->count) &&
           json_add_u64(region, "unit_bytes", row->unit_bytes) &&
           json_add_u64(region, "bytes", budget_row_bytes(row)) &&
           (used == NULL || json_add_u64(region, "used_bytes", *used)) &&
           json_add_text(region, "why", row->why);
}

static bool add_regions(cJSON *root, const struct budget *budget, const u64 *used) {
    cJSON *regions = cJSON_AddArrayToObject(root, "regions");
    if (regions == NULL) return false;
    for (u32 i = 0; i < budget->count; i++) {
        if (!add_region(regions, &budget->rows[i], used == NULL ? NULL : &used[i])) return false;
    }
    return true;
}

static bool add_guaranteed(cJSON *root, const struct budget_report *report) {
    cJSON *guaranteed = cJSON_AddObjectToObject(root, "guaranteed");
    return json_add_u64(guaranteed, "keys", report->guaranteed_keys) &&
           json_add_u64(guaranteed, "key_bytes", report->key_size_max) &&
           json_add_u64(guaranteed, "value_bytes", report->val_size_max) &&
           json_add_u64(guaranteed, "list_elements", report->list_length_max);
}

static bool add_expected(cJSON *root, const struct budget_report *report) {
    cJSON *expected = cJSON_AddObjectToObject(root, "expected");
    return json_add_u64(expected, "keys", report->expected_keys) &&
           json_add_u64(expected, "key_bytes", report->expected_key_bytes) &&
           json_add_u64(expected, "value_bytes", report->expected_value_bytes);
}

static bool add_derived(cJSON *root, const struct budget_report *report) {
    cJSON *derived = cJSON_AddObjectToObject(root, "derived");
    return json_add_u64(derived, "connection_recv_size", report->connection_recv_size) &&
           json_add_u64(derived, "connection_send_size", report->connection_send_size);
}

/* The options that size a server most. */
static bool add_options(cJSON *root, const struct options *options) {
    cJSON *object = cJSON_AddObjectToObject(root, "options");
    const bool guaranteed = options->capacity == CAPACITY_GUARANTEED;
    return json_add_text(object, "capacity", guaranteed ? "guaranteed" : "shared") &&
           json_add_u64(object, "memory", guaranteed ? 0 : options->memory) &&
           json_add_u64(object, "store-memory", options->store_memory) &&
           json_add_u64(object, "connections-max", options->connections_max) &&
           json_add_u64(object, "key-count", options->key_count) &&
           json_add_u64(object, "key-size-max", options->key_size_max) &&
           json_add_u64(object, "val-size-max", options->val_size_max) &&
           json_add_u64(object, "list-length-max", options->list_length_max);
}

bool budget_report_json(const struct budget_report *report, const u64 *used, void *scratch,
                        char *out, size_t size) {
    json_begin(scratch, BUDGET_JSON_SCRATCH);
    cJSON *root = cJSON_CreateObject();
    const bool done = json_add_u64(root, "total_bytes", budget_total(report->budget)) &&
                      add_regions(root, report->budget, used) && add_guaranteed(root, report) &&
                      add_expected(root, report) && add_derived(root, report) &&
                      add_options(root, report->options) &&
                      cJSON_PrintPreallocated(root, out, (int)size, true);
    json_end();
    return done;
}
