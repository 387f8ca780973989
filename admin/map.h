/* map.h: the page space as a picture: what kind of pages lie where, and how full they are.
 */
#ifndef KV_ADMIN_MAP_H
#define KV_ADMIN_MAP_H

#include "kv/pages.h"
#include "kv/text.h"

#define MAP_CELLS_MAX 4096u
/* A cell, and all else. */
#define MAP_CELL_BYTES 36u
#define MAP_BYTES_MAX (MAP_CELLS_MAX * MAP_CELL_BYTES + 256u)

/* "free", "heap", "tree", "overflow", "dying" */
const char *page_kind_name(enum page_kind kind);

/* {"pages":..,"page_bytes":4096,"pages_per_cell":..,"cells":[{"kind":..,"fill":..}..]}. A cell is
 * of the kind that most of its pages have that are not free; its fill is the part of all its bytes
 * that is in use. The side array is read while the data plane writes it: each page as it is at some
 * moment, which is all that a picture needs. A scan over the whole side array. */
void map_render(const struct pages *pages, struct text *out);

#endif
