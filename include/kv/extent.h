/* extent.h: contiguous runs of fixed-size units from one region. Requests that are larger than a
 * receive buffer are put together in an extent, so that their arguments are contiguous.
 *
 * First fit over a bitmap; the cost of a request is bounded by units / 64 words.
 */
#ifndef KV_EXTENT_H
#define KV_EXTENT_H

#include "kv/gauge.h"

struct extents {
    u32 magic;
    u32 unit_bytes;
    u32 units;
    u32 hint; /* word of the bitmap below which nothing is free */
    u8 *memory;
    u64 *bitmap;        /* one bit per unit, set = in use */
    struct gauge gauge; /* in units */
};

struct extent {
    u8 *data; /* NULL: no extent */
    u32 first;
    u32 units;
};

/* Bytes that the bitmap for `units` needs. */
u64 extents_bitmap_bytes(u32 units);
/* `memory` holds units * unit_bytes; `bitmap` holds extents_bitmap_bytes(units). unit_bytes is a
 * multiple of 8. Free units are poisoned under AddressSanitizer. */
void extents_init(struct extents *extents, void *memory, u64 *bitmap, u32 units, u32 unit_bytes);
/* Takes a run of at least `bytes`; returns an extent with data == NULL when no run is long enough
 * (the exhausted counter moves). bytes > 0. */
struct extent extents_get(struct extents *extents, u64 bytes);
/* Tries to lengthen an extent in place to hold `bytes`. False leaves it, and the exhausted counter,
 * as it was: a longer run elsewhere may still be free. */
bool extents_extend(struct extents *extents, struct extent *extent, u64 bytes);
/* Gives the extent back and clears it. */
void extents_put(struct extents *extents, struct extent *extent);
static inline u64 extent_capacity(const struct extents *extents, const struct extent *extent) {
    return (u64)extent->units * extents->unit_bytes;
}

#endif
