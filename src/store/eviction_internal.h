/* eviction_internal.h: what the files of eviction share and nobody else needs.
 */
#ifndef KV_STORE_EVICTION_INTERNAL_H
#define KV_STORE_EVICTION_INTERNAL_H

#include "keyspace_internal.h"

/* What one write may still do. */
struct eviction_work {
    u32 looks_left; /* places to pass over that hold no candidate */
};

/* The item that goes next by the policy; 0 when there is none, or none was found within the work.
 */
heap_handle eviction_choose(struct store *store, struct eviction_work *work);
bool eviction_is_protected(const struct store *store, struct bytes key);

#endif
