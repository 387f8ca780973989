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

struct limits {
    u64 connection_recv_size; /* bytes of the largest legal request */
    u64 connection_send_size; /* bytes of the largest legal reply */
    u64 request_args_max;     /* arguments in one request */
    u64 receive_buffers;      /* shared ring, a power of two, at most 32768 */
    u64 receive_units;        /* for partial requests: connections-max + the large part */
    u64 receive_units_kept;   /* of those, only for partial requests of one unit */
    u64 reply_chunks;         /* CHUNK_BYTES each */
    u64 reply_chunks_kept;    /* of those, only for the first chunk of a reply */
};

void limits_compute(struct limits *limits, const struct options *options);

#endif
