/* The budget as JSON: for --budget=json, and for the admin plane. */
#include <cjson/cJSON.h>

#include "kv/budget_report.h"

static bool add_number(cJSON *object, const char *name, u64 value) {
    return cJSON_AddNumberToObject(object, name, (double)value) != NULL;
}

static bool add_region(cJSON *regions, const struct budget_row *row) {
    cJSON *region = cJSON_CreateObject();
    if (region == NULL || !cJSON_AddItemToArray(regions, region)) {
        cJSON_Delete(region);
        return false;
    }
    return cJSON_AddStringToObject(region, "name", row->name) != NULL &&
           add_number(region, "count", row->count) &&
           add_number(region, "unit_bytes", row->unit_bytes) &&
           add_number(region, "bytes", budget_row_bytes(row));
}

static bool add_regions(cJSON *root, const struct budget *budget) {
    cJSON *regions = cJSON_AddArrayToObject(root, "regions");
    if (regions == NULL) return false;
    for (u32 i = 0; i < budget->count; i++) {
        if (!add_region(regions, &budget->rows[i])) return false;
    }
    return true;
}

static bool add_guaranteed(cJSON *root, const struct budget_report *report) {
    cJSON *guaranteed = cJSON_AddObjectToObject(root, "guaranteed");
    return guaranteed != NULL && add_number(guaranteed, "keys", report->guaranteed_keys) &&
           add_number(guaranteed, "key_bytes", report->key_size_max) &&
           add_number(guaranteed, "value_bytes", report->val_size_max) &&
           add_number(guaranteed, "list_elements", report->list_length_max);
}

static bool add_expected(cJSON *root, const struct budget_report *report) {
    cJSON *expected = cJSON_AddObjectToObject(root, "expected");
    return expected != NULL && add_number(expected, "keys", report->expected_keys) &&
           add_number(expected, "key_bytes", report->expected_key_bytes) &&
           add_number(expected, "value_bytes", report->expected_value_bytes);
}

static bool add_derived(cJSON *root, const struct budget_report *report) {
    cJSON *derived = cJSON_AddObjectToObject(root, "derived");
    return derived != NULL &&
           add_number(derived, "connection_recv_size", report->connection_recv_size) &&
           add_number(derived, "connection_send_size", report->connection_send_size);
}

bool budget_report_json(const struct budget_report *report, char *out, size_t size) {
    cJSON *root = cJSON_CreateObject();
    bool done = root != NULL && add_number(root, "total_bytes", budget_total(report->budget)) &&
                add_regions(root, report->budget) && add_guaranteed(root, report) &&
                add_expected(root, report) && add_derived(root, report) &&
                cJSON_PrintPreallocated(root, out, (int)size, true);
    cJSON_Delete(root);
    return done;
}
