/* sort.h: where SORT sorts: a table of the elements of one list, with what they are ordered by.
 */
#ifndef KV_SORT_H
#define KV_SORT_H

#include "kv/arena.h"
#include "kv/gauge.h"
#include "kv/heap.h"
#include "kv/options.h"

struct sort_entry {
    const u8 *at; /* the encoded element; nothing changes the store while there are entries */
    union {
        double score;
        heap_handle weight; /* the string that BY names, 0: there is none */
    };
};

struct sort_memory {
    struct sort_entry *entries; /* sort-elements-max */
    struct sort_entry *spare;   /* half as many, for merging */
    struct gauge gauge;         /* elements of the SORT that is running */
};

/* Row command.sort. */
void sort_budget(const struct options *options, struct budget *budget);
void sort_init(struct sort_memory *memory, struct arena *arena, const struct options *options);

#endif
