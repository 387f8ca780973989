/* view.h: all that a page shows, taken at one moment: the data plane's snapshot, and what the admin
 * plane knows itself. Pages are rendered from it and from nothing else.
 */
#ifndef KV_ADMIN_VIEW_H
#define KV_ADMIN_VIEW_H

#include "kv/admin.h"

/* The data plane's limits and the admin plane's own: admin_connections, admin_heap. */
#define VIEW_OWN_POOLS 2
#define VIEW_POOLS_MAX (STATS_POOLS_MAX + VIEW_OWN_POOLS)

enum health { HEALTH_STARTING, HEALTH_READY, HEALTH_STOPPING, HEALTH_STALLED, HEALTHS };

struct view_pool {
    const char *name;
    const char *option;
    const char *regions;
    struct gauge gauge;
};

struct view {
    const struct admin_source *source;
    struct snapshot_head head; /* with the values that the admin plane adds: cpu, rss, up */
    struct command_stats *commands;
    u32 command_count;
    struct view_pool pools[VIEW_POOLS_MAX];
    u32 pool_count;
    enum health health;
    char kernel[72]; /* uname's release */
};

/* `commands` holds source->snapshot->command_count rows. */
void view_init(struct view *view, const struct admin_source *source,
               struct command_stats *commands);
/* Takes everything anew. `connections`: of the admin plane. */
void view_take(struct view *view, const struct gauge *connections);

/* "ready", "starting", "shutting_down", "stalled" */
const char *health_name(enum health health);
/* A sentence that says why it is not ready; "" when it is. */
const char *health_reason(enum health health);

/* Bytes of a region of the budget that are in use: what its limit has in use, or all of it where no
 * limit counts it. */
u64 view_region_used(const struct view *view, const struct budget_row *row);

#endif
