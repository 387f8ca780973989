/* status.h: the server as JSON, for capacity checks and for the dashboard. Its form is described by
 * etc/status.schema.json.
 */
#ifndef KV_ADMIN_STATUS_H
#define KV_ADMIN_STATUS_H

#include "kv/text.h"

#include "view.h"

/* Bytes of the largest page, and of what it takes while it is put together. */
u64 status_bytes_max(u32 command_rows);
u64 status_scratch_bytes(u32 command_rows);

/* `scratch` holds status_scratch_bytes. False when that or `out` is too small, which the tables
 * exclude. */
bool status_render(const struct view *view, void *scratch, struct text *out);

#endif
