/* pressure.h: one word about how close the server is to its limits, with the reason.
 */
#ifndef KV_ADMIN_PRESSURE_H
#define KV_ADMIN_PRESSURE_H

#include "kv/text.h"

#include "view.h"

enum pressure { PRESSURE_OK, PRESSURE_WARN, PRESSURE_CRITICAL };

/* "ok", "warn", "critical" */
const char *pressure_name(enum pressure pressure);

/* The worst of all that is looked at: health, how full the store and each limit is, who waits.
 * `reason` gets a sentence about it, nothing when all is well. */
enum pressure pressure_judge(const struct view *view, struct text *reason);

#endif
