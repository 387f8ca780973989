/* database_argument.h: the number of a database among the arguments of a command.
 */
#ifndef KV_COMMAND_DATABASE_ARGUMENT_H
#define KV_COMMAND_DATABASE_ARGUMENT_H

#include "kv/call.h"

/* Argument i as a number that fits an int, as Redis reads it. Replies and returns false when it is
 * none: with `error`, or, when that is NULL, with what Redis says of such numbers. */
bool int_argument(struct call *call, u32 i, const char *error, i64 *value);
/* The same, and that there is a database of that number. */
bool database_argument(struct call *call, u32 i, u32 *database);

#endif
