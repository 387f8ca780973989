/* value.h: long values: whole pages of 4096 bytes in a chain, and a tail that its owner keeps.
 *
 * A value of n bytes is n / 4096 overflow pages, linked in order through pages->info[].next, and a
 * tail of n % 4096 bytes inside the item or element that owns it, so that 4096 bytes cost exactly
 * one page. (An element of a list whose tail is long keeps the tail in a page too: see run.h.)
 *
 * So that an offset is found without walking to it, the chain is a binary tree as well, in
 * preorder: as if it had 2^VALUE_HEIGHT - 1 pages, the left child of page i is page i + 1, and a
 * page of height h has its right child 2^(h - 1) pages further, named in its info[].prev, which a
 * chain does not need otherwise. Page k is at most VALUE_HEIGHT - 1 steps from the first one, a
 * chain is still read, cut and reclaimed through `next` alone, and the tree takes no byte. A right
 * link beyond the end of the chain is stale (PAGE_NONE, or what was there before the chain was
 * cut): no way to a page of the chain leads over it, and it is written again when the chain grows
 * that far.
 */
#ifndef KV_VALUE_H
#define KV_VALUE_H

#include "kv/heap.h"

struct value_chain {
    u32 first; /* PAGE_NONE: no pages */
    u32 last;
    u32 count;
};

/* Levels of the tree: enough for the pages of the longest value there can be. */
#define VALUE_HEIGHT 18u
#define VALUE_PAGES_MAX ((1u << VALUE_HEIGHT) - 1)
_Static_assert(VALUE_PAGES_MAX >= (512u << 20) / PAGE_BYTES, "val-size-max is at most 512 MiB");

/* The page number of page k, which exists, of the chain that begins with `first`. O(log k). */
u32 value_page(const struct pages *pages, u32 first, u32 k);

/* Makes a chain longer, page by page. Remembers the way to its last page, so that a page costs O(1)
 * memory beside itself. */
struct value_appender {
    struct pages *pages;
    struct value_chain *chain;
    u32 path[VALUE_HEIGHT + 1]; /* of each height, the latest page on the way to the last page */
};

/* The chain may be empty. No one else may change it while the appender is in use. */
void value_appender_init(struct value_appender *appender, struct pages *pages,
                         struct value_chain *chain);
/* A new last page, of undefined contents, for the caller to write. Only within a reservation. */
u8 *value_append(struct value_appender *appender);

/* Copies the first count * 4096 bytes of `data` (the last page may be partly filled: `len` says how
 * many bytes there are) into new pages. Only within a reservation of `count` pages. */
struct value_chain value_store(struct pages *pages, const u8 *data, u64 len, u32 count);
/* Makes `count` pages of `data` the whole chain: writes over the pages it has, appends what is
 * missing (within a reservation of count - chain->count pages) or cuts off what is too much, and
 * returns the first page of that (PAGE_NONE: nothing), which the caller frees. */
u32 value_overwrite(struct pages *pages, struct value_chain *chain, const u8 *data, u32 count);

/* Copies the pages of a chain. Within a reservation of as many. */
struct value_chain value_copy_chain(struct pages *pages, u32 first);
/* Debug: that the links of the chain's `count` pages from `first` on are those of a chain and of
 * the tree. Aborts on a violation. */
void value_check(const struct pages *pages, u32 first, u32 count);

/* Reads a value piece by piece: the chain's pages, then the inline bytes, which are the pieces of a
 * heap object from `skip` bytes on, or `tail`. */
struct value_cursor {
    const struct pages *pages;
    const struct heap *heap;
    u32 page;       /* next page of the chain */
    u32 page_skip;  /* bytes to skip in that page */
    u64 chain_left; /* bytes of the chain still to come */
    heap_handle piece;
    u64 skip;          /* bytes to skip in the pieces before the inline part begins */
    u64 inline_left;   /* bytes of the pieces still to come */
    struct bytes tail; /* what comes last, when there is no piece */
};

/* The next piece; false after the last. Pieces stay valid until the store changes. */
bool value_next(struct value_cursor *cursor, struct bytes *piece);

#endif
