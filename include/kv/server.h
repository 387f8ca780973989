/* server.h: the data plane as a whole: start, turn, drain, end.
 */
#ifndef KV_SERVER_H
#define KV_SERVER_H

#include <signal.h>

#include "kv/plan.h"

#define SERVER_ERROR_MAX 1024

struct server;

/* Rows: memory.heap, server.server, server.what_if, stats.snapshot. */
void server_budget(const struct options *options, struct budget *budget);

/* Opens the listeners, reserves exactly what the plan says, prefaults it, seals the process as the
 * options seccomp, memory-lock and huge-pages say, and is ready when it returns. What of the seal
 * the host forbids is a warning, and a failure when the option was given. `signals` counts the
 * signals that ask for a stop. NULL with a message on failure, or with an empty one when a signal
 * came first, and nothing stays open. `plan` must outlive the server. */
struct server *server_init(const struct plan *plan, const char *config_file,
                           volatile sig_atomic_t *signals, char error[SERVER_ERROR_MAX]);

/* Serves until a signal or SHUTDOWN, then drains. Returns the exit status. */
int server_run(struct server *server);

/* Closes and unmaps everything; under the filter of system calls, where nothing can be unmapped, it
 * only closes the listeners, and the caller is to exit. Clears *server. */
void server_deinit(struct server **server);

#endif
