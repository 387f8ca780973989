/* object_internal.h: what OBJECT and DEBUG OBJECT both tell of a value.
 */
#ifndef KV_COMMAND_OBJECT_INTERNAL_H
#define KV_COMMAND_OBJECT_INTERNAL_H

#include "kv/keyspace.h"

/* The name of the form that Redis 7.0 would have the value in, by default. */
const char *object_encoding_name(const struct store *store, const struct item *item);

#endif
