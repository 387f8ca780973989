/* pages.c: the pages of the plane, and what each is made of. */
#include <string.h>

#include "accept.h"
#include "admin_internal.h"
#include "dashboard.h"
#include "map.h"
#include "metrics.h"
#include "status.h"

static bool render_dashboard(struct request *request) {
    const struct bytes page = dashboard_page();
    /* A constant of the program: it is sent from where it lies. */
    request->out.data = (char *)(uintptr_t)page.data;
    request->out.len = page.len;
    request->content_type = "text/html; charset=utf-8";
    return true;
}

static bool render_metrics(struct request *request) {
    const bool openmetrics = accept_prefers_openmetrics(
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
    request->content_type = openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT;
    metrics_render(&request->admin->view, openmetrics, &request->out);
    return true;
}

static bool render_status(struct request *request) {
    return status_render(&request->admin->view, request->admin->scratch, &request->out);
}

static bool render_map(struct request *request) {
    map_render(request->admin->source->pages, &request->out);
    return true;
}

/* -- the budget, of this configuration or of another -- */

static bool print_budget(struct request *request, const struct budget_report *report,
                         const u64 *used) {
    struct text *out = &request->out;
    if (!budget_report_json(report, used, request->admin->scratch, out->data, out->size))
        return false;
    out->len = strlen(out->data);
    text_printf(out, "\n");
    return true;
}

/* Quotes and backslashes are all that the parser's messages have to escape: control characters it
 * has replaced already. It quotes other bytes as they came, which need not be UTF-8, as JSON is. */
static bool print_refusal(struct request *request, const char *message) {
    request->status = MHD_HTTP_BAD_REQUEST;
    text_printf(&request->out, "{\"error\":\"");
    for (const char *c = message; *c != '\0'; c++)
        text_printf(&request->out, "%s%c", *c == '"' || *c == '\\' ? "\\" : "",
                    (u8)*c < 128 ? *c : '?');
    text_printf(&request->out, "\"}\n");
    return true;
}

struct what_if {
    struct options *options;
    struct options_error error;
    bool failed;
};

static enum MHD_Result take_option(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size) {
    struct what_if *what_if = context;
    (void)kind;
    if (value == NULL) value = "";
    what_if->failed = !option_set_named(what_if->options, bytes_of(name, name_size),
                                        bytes_of(value, value_size), &what_if->error);
    return what_if->failed ? MHD_NO : MHD_YES;
}

static bool render_what_if(struct request *request) {
    struct admin *admin = request->admin;
    const struct admin_source *source = admin->source;
    const struct budget_report *report;
    struct what_if what_if = {.options = &admin->what_if};
    char message[ADMIN_REFUSAL_MAX];
    admin->what_if = *source->options;
    MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, take_option, &what_if);
    if (what_if.failed || !options_check(&admin->what_if, &what_if.error))
        return print_refusal(request, what_if.error.text);
    if (!source->what_if(source->what_if_context, &admin->what_if, &report, message,
                         sizeof(message)))
        return print_refusal(request, message);
    return print_budget(request, report, NULL);
}

static bool render_budget(struct request *request) {
    const struct view *view = &request->admin->view;
    const struct budget *budget = view->source->report->budget;
    u64 used[BUDGET_ROWS_MAX];
    if (MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0)
        return render_what_if(request);
    for (u32 i = 0; i < budget->count; i++)
        used[i] = view_region_used(view, &budget->rows[i]);
    return print_budget(request, view->source->report, used);
}

/* -- the table -- */

static const struct page_route routes[] = {
    {"/", false, render_dashboard},    {"/metrics", false, render_metrics},
    {"/status", false, render_status}, {"/budget", false, render_budget},
    {"/map", false, render_map},       {"/healthz", true, NULL},
    {"/readyz", true, NULL},
};

const struct page_route *page_find(const char *path) {
    for (u32 i = 0; i < KV_ARRAY_LENGTH(routes); i++)
        if (strcmp(path, routes[i].path) == 0) return &routes[i];
    return NULL;
}

u64 page_bytes_max(u32 command_rows) {
    const u64 most = u64_max(metrics_bytes_max(command_rows), status_bytes_max(command_rows));
    return u64_max(most, u64_max(MAP_BYTES_MAX, BUDGET_JSON_MAX));
}

u64 page_scratch_bytes(u32 command_rows) {
    return u64_max(status_scratch_bytes(command_rows), BUDGET_JSON_SCRATCH);
}
