/* value.h: long values: whole pages of 4096 bytes in a chain, and a tail that its owner keeps.
 *
 * A value of n bytes is n / 4096 overflow pages, linked in order through pages->info[].next, and a
 * tail of n % 4096 bytes inside the item or element that owns it, so that 4096 bytes cost exactly
 * one page. (An element of a list whose tail is long keeps the tail in a page too: see run.h.)
 */
#ifndef KV_VALUE_H
#define KV_VALUE_H

#include "kv/heap.h"

struct value_chain {
    u32 first; /* PAGE_NONE: no pages */
    u32 last;
    u32 count;
};

/* Copies the first count * 4096 bytes of `data` (the last page may be partly filled: `len` says how
 * many bytes there are) into new pages. Only within a reservation of `count` pages. */
struct value_chain value_store(struct pages *pages, const u8 *data, u64 len, u32 count);
/* Appends one page of 4096 bytes. Only within a reservation. */
void value_append_page(struct pages *pages, struct value_chain *chain, const u8 *data);
/* Makes `count` pages of `data` the whole chain: writes over the pages it has, appends what is
 * missing (within a reservation of count - chain->count pages) or cuts off what is too much, and
 * returns the first page of that (PAGE_NONE: nothing), which the caller frees. */
u32 value_overwrite(struct pages *pages, struct value_chain *chain, const u8 *data, u32 count);

/* Reads a value piece by piece: the chain's pages, then the inline bytes, which are the pieces of a
 * heap object from `skip` bytes on, or `tail`. */
struct value_cursor {
    const struct pages *pages;
    const struct heap *heap;
    u32 page;       /* next page of the chain */
    u64 chain_left; /* bytes of the chain still to come */
    heap_handle piece;
    u64 skip;          /* bytes to skip in the pieces before the inline part begins */
    u64 inline_left;   /* bytes of the pieces still to come */
    struct bytes tail; /* what comes last, when there is no piece */
};

/* The next piece; false after the last. Pieces stay valid until the store changes. */
bool value_next(struct value_cursor *cursor, struct bytes *piece);

#endif
