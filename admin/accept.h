/* accept.h: which of the two formats of the metrics page an HTTP client prefers.
 */
#ifndef KV_ADMIN_ACCEPT_H
#define KV_ADMIN_ACCEPT_H

#include "kv/types.h"

/* Bytes of an Accept header that are looked at. */
#define ACCEPT_BYTES_MAX 4096u

/* Whether an Accept header asks for OpenMetrics 1.0.0 rather than for the text format 0.0.4, which
 * is what everybody gets who does not ask. As in Prometheus' own client libraries, OpenMetrics has
 * to be named (`application/openmetrics-text`, with version 1.0.0 or with none), for a browser's
 * wildcard does not mean it; then the weights decide (RFC 9110, 12.5.1), of which the more specific
 * range's counts, and OpenMetrics wins a tie. A range that is malformed does not count. NULL: there
 * is no such header. */
bool accept_prefers_openmetrics(const char *accept);

#endif
