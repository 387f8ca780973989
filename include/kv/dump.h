/* dump.h: what DUMP answers: a value in Redis's serialisation (rdb.h), as redis-server 7.0 itself
 * would write it for the same string, or for a list of the same elements pushed one by one to the
 * tail, with its default configuration.
 */
#ifndef KV_DUMP_H
#define KV_DUMP_H

#include "kv/keyspace.h"

/* Memory in which values are made contiguous, compressed and decompressed. What does not fit twice
 * is dumped without compression. */
struct dump_memory {
    u8 *at;
    u64 bytes; /* DUMP_MEMORY_MIN at least */
};

typedef void dump_sink(void *context, const void *data, size_t len);

struct dump {
    const struct store *store;
    const struct item *item;
    struct dump_memory memory;
    u8 *scratch;
    dump_sink *sink; /* NULL: only measured */
    void *context;
    u64 bytes;
    u64 checksum;
    u64 nodes;         /* of a list; known once it is measured */
    u64 memory_used;   /* the most that was taken of it */
    bool memory_short; /* something did not fit, and was not compressed */
    /* The node of a list that is being put together, in memory. */
    u64 node_bytes; /* 0: none */
    u64 node_elements;
};

/* `scratch` holds STORE_SCRATCH_BYTES. The item is to stay as it is until the dump is written. */
void dump_begin(struct dump *dump, const struct store *store, const struct item *item,
                struct dump_memory memory, u8 *scratch);
/* Bytes of the whole dump, its footer included. */
u64 dump_measure(struct dump *dump);
/* Writes just as many. Only after dump_measure. */
void dump_write(struct dump *dump, dump_sink *sink, void *context);

#endif
