/* publisher.h: from the engine, the store and the ring to the snapshot that the admin plane reads.
 */
#ifndef KV_SERVER_PUBLISHER_H
#define KV_SERVER_PUBLISHER_H

#include "kv/engine.h"
#include "kv/snapshot.h"

struct publisher {
    struct snapshot snapshot;
    struct snapshot_head head; /* the next one, while it is put together */
    const struct store_plan *plan;
    u64 faults_at_ready; /* minor page faults of this thread until then */
};

/* Row: stats.snapshot. */
void publisher_budget(struct budget *budget);
void publisher_init(struct publisher *publisher, struct arena *arena,
                    const struct store_plan *plan);
/* From here on page faults of the calling thread count. */
void publisher_ready(struct publisher *publisher);
/* By the data plane, once per tick: it costs a copy of a few KB. */
void publisher_publish(struct publisher *publisher, const struct engine *engine,
                       enum service_state state);

#endif
