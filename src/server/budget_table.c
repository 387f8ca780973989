/* The budget as a table that a person can read. */
#include <inttypes.h>

#include "kv/budget_report.h"
#include "kv/number.h"

static void print_row(FILE *out, const struct budget_row *row, u64 total) {
    u64 bytes = budget_row_bytes(row);
    fprintf(out, "  %-28s %12" PRIu64 " x %-10" PRIu64 " %15" PRIu64 " %5.1f%%  %s%s\n", row->name,
            row->count, row->unit_bytes, bytes, 100.0 * (double)bytes / (double)total, row->why,
            row->kernel ? " (held by the kernel)" : "");
}

void budget_report_print(const struct budget_report *report, FILE *out) {
    const struct budget *budget = report->budget;
    u64 total = budget_total(budget);
    char size[NUMBER_TEXT_MAX];
    number_format_size(size, total);
    fprintf(out, "  %-28s %12s   %-10s %15s %6s\n", "region", "count", "unit bytes", "bytes",
            "share");
    for (u32 i = 0; i < budget->count; i++)
        print_row(out, &budget->rows[i], total);
    fprintf(out, "  %-28s %12s   %-10s %15" PRIu64 " 100.0%%  %s\n", "total", "", "", total, size);
    fprintf(out, "\n  largest request %" PRIu64 " bytes, largest reply %" PRIu64 " bytes\n",
            report->connection_recv_size, report->connection_send_size);
    fprintf(out,
            "  guaranteed: %" PRIu64 " keys of %" PRIu64 " bytes, each holding up to %" PRIu64
            " elements of %" PRIu64 " bytes, whatever happened before\n",
            report->guaranteed_keys, report->key_size_max, report->list_length_max,
            report->val_size_max);
    fprintf(out,
            "  expected: %" PRIu64 " keys of %" PRIu64 " bytes with values of %" PRIu64 " bytes\n",
            report->expected_keys, report->expected_key_bytes, report->expected_value_bytes);
}
