/* gauge.h: the face of a limit: what is used, what is allowed, the most ever used, and how often
 * somebody met the limit. Plain integers, written by the data plane only.
 */
#ifndef KV_GAUGE_H
#define KV_GAUGE_H

#include "kv/types.h"

struct gauge {
    u64 used;
    u64 max;
    u64 high_water;
    u64 exhausted;
};

static inline void gauge_init(struct gauge *gauge, u64 max) {
    *gauge = (struct gauge){.max = max};
}
static inline void gauge_add(struct gauge *gauge, u64 n) {
    gauge->used += n;
    if (gauge->used > gauge->high_water) gauge->high_water = gauge->used;
}
static inline void gauge_sub(struct gauge *gauge, u64 n) {
    gauge->used -= n;
}

#endif
