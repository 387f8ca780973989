/* limits.h: what follows from the options: the largest legal request and reply, and how the
 * memory for requests and replies is divided. A pure function of the options.
 */
#ifndef KV_LIMITS_H
#define KV_LIMITS_H

#include "kv/options.h"

/* A request that has arrived in part waits in units of this size, one guaranteed for each
 * connection, so that a partial small request never waits for memory. */
#define RECEIVE_UNIT_BYTES 1024u
/* One buffer of the shared ring that the kernel receives into. */
#define RECEIVE_BUFFER_BYTES 16384u

/* Requests that are queued for EXEC lie in chunks of this size: the first of them holds what most
 * transactions are. */
#define TRANSACTION_CHUNK_BYTES 512u

struct limits {
    u64 connection_recv_size;    /* bytes of the largest legal request */
    u64 connection_send_size;    /* bytes of the largest legal reply */
    u64 request_args_max;        /* arguments in one request */
    u64 payload_max;             /* bytes of the longest argument: RESTORE's */
    u64 receive_buffers;         /* shared ring, a power of two, at most 32768 */
    u64 receive_units;           /* for partial requests: connections-max + the large part */
    u64 receive_units_kept;      /* of those, only for partial requests of one unit */
    u64 reply_chunks;            /* CHUNK_BYTES each */
    u64 reply_chunks_kept;       /* of those, only for the first chunk of a reply */
    u64 transaction_chunks;      /* TRANSACTION_CHUNK_BYTES each */
    u64 transaction_chunks_kept; /* of those, only for the first chunk of a transaction */
};

/* A reply has at least this much room: INFO and COMMAND DOCS fit whatever the limits are. It is the
 * smallest reply-size-max. */
#define REPLY_SIZE_FLOOR 262144u
/* A request has at least this much room, as far as request-size-max allows: commands whose length
 * the limits say nothing about. It is the smallest request-size-max. */
#define REQUEST_SIZE_FLOOR 16384u

/* The smallest dump-memory: a node of a list as redis-server fills them, twice, and some more. */
#define DUMP_MEMORY_MIN 65536u
/* Bytes of dump-memory, also when it is left to the default. */
u64 limits_dump_memory(const struct options *options);

/* For options that pass options_check; others give numbers that serve nobody, but never a crash. */
void limits_compute(struct limits *limits, const struct options *options);

/* How many may wait in blocking commands, and for how many keys, counted for each of them: what
 * blocked-clients-max and blocked-keys-max say, or their defaults. */
u64 limits_blocked_clients(const struct options *options);
u64 limits_blocked_keys(const struct options *options);

/* The smallest values that options_check accepts, in bytes, for the other options as they are. */
u64 limits_request_size_min(const struct options *options);
u64 limits_reply_size_min(const struct options *options);
u64 limits_receive_memory_min(const struct options *options);
u64 limits_reply_memory_min(const struct options *options);
u64 limits_transaction_memory_min(const struct options *options);

#endif
