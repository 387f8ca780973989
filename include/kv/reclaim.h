/* reclaim.h: pages that were unlinked from their owner and are freed a bounded number at a time: a
 * tree of a million elements or a value of a gigabyte goes in O(1) and is reclaimed later, or at
 * once when its memory is needed.
 *
 * Roots of dying things are of kind PAGE_DYING and linked through pages->info[].prev, the latest
 * first (store->dying_head; info[].next still links the chain); info[].bin keeps the kind the page
 * had. What hangs below a root keeps its kind until its turn comes. store->dying_pages counts the
 * roots on the list, not the pages below them, which nobody knows before they are walked.
 */
#ifndef KV_RECLAIM_H
#define KV_RECLAIM_H

#include "kv/keyspace.h"
#include "kv/tree.h"

/* Takes over a chain or a tree. O(1). */
void reclaim_chain(struct store *store, u32 first_page);
void reclaim_tree(struct store *store, u32 root);
/* Takes over the chains of a run's long elements; O(elements in the run). */
void reclaim_run(struct store *store, struct bytes run, u32 count);
/* Frees at most `budget` pages, exactly that many when there are so many; returns how many. 0:
 * nothing is dying. The work for a page is bounded: the way down a tree, or one leaf's run. */
u32 reclaim_some(struct store *store, u32 budget);

#endif
