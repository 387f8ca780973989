/* admin_internal.h: what the files of the HTTP plane share: its state, and how a page is asked for.
 */
#ifndef KV_ADMIN_INTERNAL_H
#define KV_ADMIN_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>

#include "kv/log.h"
#include "kv/pool.h"
#include "kv/text.h"

#include "view.h"

/* Beyond admin-connections-max: clients who are told that there is no room. */
#define ADMIN_SPARE_CONNECTIONS 2u

/* Answers that need no memory when they are given: they are made at the start. */
enum fixed_answer {
    ANSWER_UNAUTHORIZED,
    ANSWER_PROTECTED,
    ANSWER_NOT_FOUND,
    ANSWER_METHOD,
    ANSWER_BUSY,
    ANSWER_NO_MEMORY,
    /* In the order of enum health. */
    ANSWER_STARTING,
    ANSWER_HEALTHY,
    ANSWER_STOPPING,
    ANSWER_STALLED,
    ANSWER_TOO_LONG,
    FIXED_ANSWERS
};

#define HEALTH_TEXT_BYTES 96u

struct admin {
    u32 magic;
    const struct options *options;
    const struct admin_source *source;
    struct MHD_Daemon *daemon;
    struct MHD_Response *answers[FIXED_ANSWERS];
    char health_texts[HEALTHS][HEALTH_TEXT_BYTES];
    pthread_t thread;
    int stop_fd;
    u8 begun;                 /* its address marks a request whose handler was called once */
    u8 beyond;                /* its address marks a connection beyond admin-connections-max */
    bool ended;               /* a connection has, since the daemon was run */
    struct gauge connections; /* written by the admin thread only */
    struct pool pages;        /* one page buffer for each connection */
    u64 page_bytes;
    void *scratch;          /* JSON while it is put together */
    struct options what_if; /* the options of a /budget?... */
    struct view view;
    struct log_limit log_limit;
};

/* http.c: the handler that libmicrohttpd calls, and its end. */
enum MHD_Result http_answer(void *admin, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **state);
void http_completed(void *admin, struct MHD_Connection *connection, void **state,
                    enum MHD_RequestTerminationCode how);
void http_connection(void *admin, struct MHD_Connection *connection, void **state,
                     enum MHD_ConnectionNotificationCode what);
/* Makes the fixed answers. False when the heap is too small. */
bool http_init_answers(struct admin *admin);
void http_deinit_answers(struct admin *admin);

/* A page that is being made. */
struct request {
    struct admin *admin;
    struct MHD_Connection *connection;
    struct text out;
    const char *content_type;
    unsigned status;
};

/* pages.c: one page of the plane. */
struct page_route {
    const char *path;
    bool open; /* a probe of an orchestrator's: it has no password, and must always be answered */
    /* Fills in the request. False when a page does not fit its buffer. NULL for a probe. */
    bool (*render)(struct request *request);
};
/* NULL when there is no such page. */
const struct page_route *page_find(const char *path);
u64 page_bytes_max(u32 command_rows);
u64 page_scratch_bytes(u32 command_rows);

#endif
