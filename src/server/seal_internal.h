/* seal_internal.h: the steps of the seal in the server's start, and what follows when the host
 * forbids one: a warning, or the end of the start when the option was given.
 */
#ifndef KV_SERVER_SEAL_INTERNAL_H
#define KV_SERVER_SEAL_INTERNAL_H

#include "kv/arena.h"
#include "kv/options.h"
#include "kv/server.h"

/* Before there is a second thread: huge pages, as the arena found them, and privileges. */
bool server_seal_early(const struct options *options, const struct arena *arena,
                       char error[SERVER_ERROR_MAX]);

/* The last step before `ready`, when all threads exist: locks memory, filters system calls.
 * *filtered: there is a filter. After a failure there is none. */
bool server_seal(const struct options *options, bool *filtered, char error[SERVER_ERROR_MAX]);

#endif
