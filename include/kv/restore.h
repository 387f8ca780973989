/* restore.h: what RESTORE takes: a value that a redis-server up to 7.0, or kv, has dumped.
 *
 * The payload comes from strangers. It is read twice: restore_check reads all of it, checks every
 * length and limit in it and counts what it takes; restore_put reserves that and builds the value.
 */
#ifndef KV_RESTORE_H
#define KV_RESTORE_H

#include "kv/dump.h"
#include "kv/list_build.h"
#include "kv/packed.h"
#include "kv/rdb.h"

enum restore_status {
    RESTORE_OK,
    RESTORE_BAD_FOOTER,     /* version or checksum */
    RESTORE_BAD_FORMAT,     /* no value that kv knows; also other types than strings and lists */
    RESTORE_VALUE_TOO_LONG, /* a value or an element: `wanted` bytes */
    RESTORE_LIST_TOO_LONG,  /* `wanted` elements at least */
    RESTORE_MEMORY          /* compressed, and too long for the memory: `wanted` bytes */
};

struct restore {
    struct bytes payload;
    struct dump_memory memory;
    u64 wanted;
    u8 type; /* enum rdb_type */
    struct rdb_reader reader;
    /* A list: what is still to come, and the node that is being read. */
    u64 left; /* nodes; or elements, when there are no nodes */
    bool in_node;
    struct packed_cursor node;
    char digits[NUMBER_TEXT_MAX];
    struct list_build build;
};

/* Begins with a payload, which is to stay until restore_put. */
enum restore_status restore_check(struct restore *restore, const struct store *store,
                                  struct bytes payload, struct dump_memory memory);
/* Creates the key with the value, or puts it over what is there, of whatever type. STORE_FULL:
 * nothing has changed. Only after a check that was RESTORE_OK. */
enum store_result restore_put(struct restore *restore, struct store *store,
                              const struct key_place *place, u64 expires_ms);

#endif
