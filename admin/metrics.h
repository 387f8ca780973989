/* metrics.h: the page that Prometheus reads. Where redis_exporter has a name for what kv can tell,
 * that is the name, with the same meaning, so that dashboards and alerts work as they are; the
 * rest is under kv_.
 */
#ifndef KV_ADMIN_METRICS_H
#define KV_ADMIN_METRICS_H

#include "kv/text.h"

#include "view.h"

#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Writes the page in one of the two formats; allocates nothing. */
void metrics_render(const struct view *view, bool openmetrics, struct text *out);

/* Bytes that hold the page of any view with at most so many rows of command statistics, whatever
 * its numbers and names are, the terminator included. Names longer than STATS_NAME_MAX are cut. */
u64 metrics_bytes_max(u32 command_rows);

#endif
