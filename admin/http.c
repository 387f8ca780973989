/* http.c: a request from its first line to its answer: who may ask, with which method, for which
 * page, and what is said when there is no room. */
#include <stdio.h>
#include <string.h>

#include "kv/address.h"
#include "kv/assert.h"
#include "kv/process_heap.h"

#include "admin_internal.h"

#define HTML_POLICY                                                                                \
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "                  \
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "                     \
    "frame-ancestors 'none'"

static const struct {
    unsigned status;
    const char *text;
    const char *header; /* one more, or NULL */
    const char *value;
} fixed[FIXED_ANSWERS] = {
    [ANSWER_UNAUTHORIZED] = {MHD_HTTP_UNAUTHORIZED,
                             "401: this server has an admin-password; give it by HTTP Basic "
                             "authentication, with any user name\n",
                             MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                             "Basic realm=\"kv\", charset=\"UTF-8\""},
    [ANSWER_PROTECTED] = {MHD_HTTP_FORBIDDEN,
                          "403: without an admin-password only clients on the server's own machine "
                          "are served; set one, or, where the network is closed to strangers, turn "
                          "protected-mode off\n",
                          NULL, NULL},
    [ANSWER_NOT_FOUND] = {MHD_HTTP_NOT_FOUND,
                          "404: there are / /metrics /status /budget /map /healthz /readyz\n", NULL,
                          NULL},
    [ANSWER_METHOD] = {MHD_HTTP_METHOD_NOT_ALLOWED, "405: only GET and HEAD\n",
                       MHD_HTTP_HEADER_ALLOW, "GET, HEAD"},
    [ANSWER_BUSY] = {MHD_HTTP_SERVICE_UNAVAILABLE,
                     "503: admin-connections-max connections are open already\n",
                     MHD_HTTP_HEADER_CONNECTION, "close"},
    [ANSWER_NO_MEMORY] = {MHD_HTTP_SERVICE_UNAVAILABLE,
                          "503: the heap of the HTTP plane is full (admin-memory)\n",
                          MHD_HTTP_HEADER_CONNECTION, "close"},
    /* Their texts are those of health_reason. */
    [ANSWER_STARTING] = {MHD_HTTP_SERVICE_UNAVAILABLE, NULL, NULL, NULL},
    [ANSWER_HEALTHY] = {MHD_HTTP_OK, NULL, NULL, NULL},
    [ANSWER_STOPPING] = {MHD_HTTP_SERVICE_UNAVAILABLE, NULL, NULL, NULL},
    [ANSWER_STALLED] = {MHD_HTTP_SERVICE_UNAVAILABLE, NULL, NULL, NULL},
    [ANSWER_TOO_LONG] = {MHD_HTTP_INTERNAL_SERVER_ERROR,
                         "500: the page is longer than was planned for: a bug\n", NULL, NULL},
};

static bool add_headers(struct MHD_Response *response, const char *content_type) {
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type) ==
               MHD_YES &&
           MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") ==
               MHD_YES &&
           MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES;
}

/* A line about a state of health, kept in the plane's own memory. */
static const char *health_text(struct admin *admin, enum health health) {
    char *text = admin->health_texts[health];
    const char *reason = health_reason(health);
    snprintf(text, HEALTH_TEXT_BYTES, "%s\n", reason[0] == '\0' ? "ok" : reason);
    return text;
}

bool http_init_answers(struct admin *admin) {
    for (u32 i = 0; i < FIXED_ANSWERS; i++) {
        const char *text = fixed[i].text;
        if (text == NULL) text = health_text(admin, (enum health)(i - ANSWER_STARTING));
        struct MHD_Response *response = MHD_create_response_from_buffer(
            strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
        if (response == NULL) return false;
        admin->answers[i] = response;
        if (!add_headers(response, "text/plain; charset=utf-8")) return false;
        if (fixed[i].header != NULL &&
            MHD_add_response_header(response, fixed[i].header, fixed[i].value) != MHD_YES)
            return false;
    }
    return true;
}

void http_deinit_answers(struct admin *admin) {
    for (u32 i = 0; i < FIXED_ANSWERS; i++)
        if (admin->answers[i] != NULL) MHD_destroy_response(admin->answers[i]);
}

static enum MHD_Result say(struct admin *admin, struct MHD_Connection *connection,
                           enum fixed_answer answer) {
    return MHD_queue_response(connection, fixed[answer].status, admin->answers[answer]);
}

/* -- who may ask -- */

static bool is_local(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL && info->client_addr != NULL && address_is_loopback(info->client_addr);
}

/* In a time that does not depend on where they differ. */
static bool is_password(const char *given, const char *password) {
    const size_t given_len = strlen(given);
    const size_t len = strlen(password);
    u8 difference = given_len != len;
    for (size_t i = 0; i < len; i++)
        difference |= (u8)(given[given_len == 0 ? 0 : i % given_len] ^ password[i]);
    return difference == 0;
}

static bool has_password(struct MHD_Connection *connection, const char *password,
                         enum fixed_answer *answer) {
    struct gauge before, after;
    char *given = NULL;
    process_heap_usage(&before);
    char *user = MHD_basic_auth_get_username_password(connection, &given);
    process_heap_usage(&after);
    const bool right = user != NULL && given != NULL && is_password(given, password);
    MHD_free(user);
    MHD_free(given);
    /* A password that there was no memory to look at is no wrong one. */
    *answer = after.exhausted != before.exhausted ? ANSWER_NO_MEMORY : ANSWER_UNAUTHORIZED;
    return right;
}

/* True when it may; else the answer that says why not. */
static bool may_ask(const struct admin *admin, struct MHD_Connection *connection,
                    const struct page_route *route, enum fixed_answer *answer) {
    const char *password = admin->options->admin_password;
    if (password[0] == '\0') {
        *answer = ANSWER_PROTECTED;
        return !admin->options->protected_mode || is_local(connection);
    }
    return (route != NULL && route->open) || has_password(connection, password, answer);
}

static bool is_beyond(const struct admin *admin, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL && info->socket_context == &admin->beyond;
}

/* -- the answer -- */

/* The page buffer is the request's until http_completed. */
static enum MHD_Result send_page(struct request *request) {
    struct MHD_Response *response = MHD_create_response_from_buffer(
        request->out.len, request->out.data, MHD_RESPMEM_PERSISTENT);
    bool made = response != NULL && add_headers(response, request->content_type);
    if (made && strncmp(request->content_type, "text/html", 9) == 0)
        made = MHD_add_response_header(response, "Content-Security-Policy", HTML_POLICY) == MHD_YES;
    enum MHD_Result result = MHD_NO;
    if (made)
        result = MHD_queue_response(request->connection, request->status, response);
    else
        result = say(request->admin, request->connection, ANSWER_NO_MEMORY);
    if (response != NULL) MHD_destroy_response(response);
    return result;
}

/* Takes neither memory nor a page buffer: the probes are answered whatever else is exhausted. */
static enum MHD_Result answer_health(struct admin *admin, struct MHD_Connection *connection) {
    view_take(&admin->view, &admin->connections);
    return say(admin, connection, (enum fixed_answer)(ANSWER_STARTING + admin->view.health));
}

static enum MHD_Result answer_page(struct admin *admin, struct MHD_Connection *connection,
                                   const struct page_route *route, void **state) {
    char *page = pool_get(&admin->pages);
    if (page == NULL) return say(admin, connection, ANSWER_BUSY);
    *state = page;
    struct request request = {.admin = admin,
                              .connection = connection,
                              .content_type = "application/json",
                              .status = MHD_HTTP_OK};
    text_init(&request.out, page, admin->page_bytes);
    view_take(&admin->view, &admin->connections);
    if (!route->render(&request) || request.out.overflow)
        return say(admin, connection, ANSWER_TOO_LONG);
    return send_page(&request);
}

enum MHD_Result http_answer(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **state) {
    struct admin *admin = context;
    (void)version;
    (void)upload;
    const bool readable =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (*state == NULL && readable) {
        /* An answer to the first call would close the connection. */
        *state = &admin->begun;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0; /* a GET's body means nothing */
        return MHD_YES;
    }
    const struct page_route *route = page_find(url);
    const bool probe = route != NULL && route->open;
    enum fixed_answer refusal;
    if (!probe && is_beyond(admin, connection)) return say(admin, connection, ANSWER_BUSY);
    if (!may_ask(admin, connection, route, &refusal)) return say(admin, connection, refusal);
    if (!readable) return say(admin, connection, ANSWER_METHOD);
    if (route == NULL) return say(admin, connection, ANSWER_NOT_FOUND);
    if (probe) return answer_health(admin, connection);
    return answer_page(admin, connection, route, state);
}

void http_completed(void *context, struct MHD_Connection *connection, void **state,
                    enum MHD_RequestTerminationCode how) {
    struct admin *admin = context;
    (void)connection;
    (void)how;
    if (*state != NULL && *state != &admin->begun) pool_put(&admin->pages, state);
    *state = NULL;
}

void http_connection(void *context, struct MHD_Connection *connection, void **state,
                     enum MHD_ConnectionNotificationCode what) {
    struct admin *admin = context;
    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        admin->ended = true;
        if (*state != &admin->beyond) gauge_sub(&admin->connections, 1);
        return;
    }
    if (admin->connections.used < admin->connections.max) {
        gauge_add(&admin->connections, 1);
        return;
    }
    admin->connections.exhausted++;
    *state = &admin->beyond;
}
