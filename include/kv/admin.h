/* admin.h: the operators' HTTP plane: metrics, status, budget, page map, health and a page to look
 * at, by libmicrohttpd on a thread of its own. It reads what the data plane publishes and never
 * makes it wait; all its memory comes from the budget.
 *
 * Life: init (from then on it answers, at first that the server is starting) -> deinit.
 */
#ifndef KV_ADMIN_H
#define KV_ADMIN_H

#include "kv/arena.h"
#include "kv/budget_report.h"
#include "kv/options.h"
#include "kv/pages.h"
#include "kv/snapshot.h"

#define ADMIN_ERROR_MAX 512
/* As long as what `kv --budget` says about a configuration that it refuses. */
#define ADMIN_REFUSAL_MAX 2048

/* What the pages show, given by the server; everything outlives the admin plane. */
struct admin_source {
    const struct snapshot *snapshot;
    const struct stats_pool *pools; /* the limits in the order of the snapshot's */
    u32 pool_count;
    const char *(*command_name)(u32 row); /* of the snapshot's rows of command_stats */
    const struct pages *pages;            /* for the map: read while the data plane writes */
    const struct budget_report *report;
    const struct options *options; /* as given at the start */
    const char *backend;           /* "io_uring" */
    const char *run_id;
    u64 start_wall_us;
    /* The report of another configuration; false with a message. `report` and what it points to
     * stay as they are until the next call. Only called by the admin thread. */
    bool (*what_if)(void *context, const struct options *options,
                    const struct budget_report **report, char *error, size_t error_size);
    void *what_if_context;
};

struct admin;

/* Rows: admin.state, admin.stack, admin.pages, admin.commands, admin.json. `command_rows`: of
 * statistics. All of zero bytes with admin-port 0. */
void admin_budget(const struct options *options, u32 command_rows, struct budget *budget);
/* What libmicrohttpd takes from the process's heap with all connections open. */
u64 admin_heap_bytes(const struct options *options);

/* Carves the rows and starts the thread that answers on `fd`, a listening socket, which is its to
 * close from then on. NULL with a message on failure, when it stays the caller's, or, with
 * admin-port 0, without one (error[0] is then 0). */
struct admin *admin_init(struct arena *arena, const struct options *options,
                         const struct admin_source *source, int fd, char error[ADMIN_ERROR_MAX]);
/* Ends the thread; requests that are not answered yet are dropped. Clears *admin. NULL is allowed.
 */
void admin_deinit(struct admin **admin);

#endif
