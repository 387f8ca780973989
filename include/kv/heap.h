/* heap.h: objects of any size up to a few pages, packed into slotted pages so that every byte is
 * usable whatever the history. A handle names an object by (page, slot).
 *
 * An object is an indivisible head (header and key of an item) and a body that may be divided.
 * Three rules, each with bounded work: an object goes where it fits (best fit by bins of free
 * bytes); when it fits nowhere it is split into pieces over the pages that have room; when whole
 * pages are needed and none is free, the emptiest heap page is evacuated into others. The theorem
 * that follows, and its proof, stand in heap.c above heap_reserve; the budget (store_plan) is
 * computed from it.
 */
#ifndef KV_HEAP_H
#define KV_HEAP_H

#include "kv/slotted.h"

/* page << 12 | slot; 0 names nothing. Fits 44 bits. */
typedef u64 heap_handle;

static inline heap_handle heap_handle_make(u32 page, u32 slot) {
    return (u64)page << 12 | slot;
}
static inline u32 heap_handle_page(heap_handle handle) {
    return (u32)(handle >> 12);
}
static inline u32 heap_handle_slot(heap_handle handle) {
    return (u32)(handle & 0xfff);
}

/* Called when the head of an object gets another handle (evacuation, renumbering). `head` is its
 * first piece's bytes, link excluded. */
typedef void heap_moved(void *owner, struct bytes head, heap_handle from, heap_handle to);

#define HEAP_BINS 64

struct heap {
    u32 magic;
    struct pages *pages;
    u32 head_max;       /* bytes of the largest head */
    u32 waste;          /* w of the theorem: free bytes that a page may keep */
    u32 piece_min;      /* m of the theorem: no piece is smaller, unless it is the whole object */
    u64 usable;         /* sum over heap pages of max(0, free - waste) */
    u32 reserved_pages; /* free pages promised to trees and long values */
    u32 bin_head[HEAP_BINS];
    u64 bin_map;
    u64 live_bytes; /* of all objects, links and slots included */
    heap_moved *moved;
    void *owner;
    u8 *scratch; /* 2 pages: gathering, evacuation */
    u64 evacuations, splits, compactions;
};

#define HEAP_SCRATCH_BYTES (4 * PAGE_BYTES)

/* `waste` for heads of at most head_max bytes: what the budget needs before there is a heap. */
u32 heap_waste(u32 head_max);
void heap_init(struct heap *heap, struct pages *pages, u32 head_max, u8 *scratch, heap_moved *moved,
               void *owner);

/* Upper bound of the page bytes that an object of `len` bytes costs: slot, links of all the pieces
 * it may ever be split into. */
u64 heap_object_cost(const struct heap *heap, u64 len);

/* Makes sure that `pages` whole pages can be taken with pages_get and objects of `cost` bytes in
 * all (sum of heap_object_cost) can be put, in any order, evacuating pages when needed: so handles
 * move here and nowhere else but in heap_put/resize/remove of the same object's page
 * (renumbering). False: it cannot be had, and nothing is promised. Ends with heap_release. */
bool heap_reserve(struct heap *heap, u32 pages, u64 cost);
void heap_release(struct heap *heap);
/* Whether heap_reserve would succeed, without moving anything. */
bool heap_can_reserve(const struct heap *heap, u32 pages, u64 cost);

/* Puts an object of head and body (in `count` pieces, concatenated). Only within a reservation, so
 * that it cannot fail. */
heap_handle heap_put(struct heap *heap, struct bytes head, const struct bytes *body, u32 count);
void heap_remove(struct heap *heap, heap_handle handle);

/* Length of the whole object, all pieces. */
u64 heap_length(const struct heap *heap, heap_handle handle);
/* The first piece: the head and, when the object is not split, all of it. */
struct bytes heap_first(const struct heap *heap, heap_handle handle);
/* The object's bytes in place when it is not split, else NULL. */
u8 *heap_whole(struct heap *heap, heap_handle handle, u64 *len);
/* The object contiguous: in place when not split, else copied to `out`, which holds
 * heap_length() bytes. */
struct bytes heap_gather(const struct heap *heap, heap_handle handle, u8 *out);
/* Walks the pieces: first *piece = handle; gives each piece's bytes (links excluded) and steps
 * *piece to the next, 0 after the last. */
struct bytes heap_next_piece(const struct heap *heap, heap_handle *piece);

/* Replaces an object's bytes. In place when its page has room (the handle stays), else it is put
 * anew, which needs a reservation of its new cost; returns the handle, and calls `moved` when it
 * changed. `head` and `body` must not point into the heap. */
heap_handle heap_replace(struct heap *heap, heap_handle handle, struct bytes head,
                         const struct bytes *body, u32 count);
/* Whether heap_replace with `len` bytes in all would stay in place, needing no reservation. */
bool heap_fits_in_place(const struct heap *heap, heap_handle handle, u64 len);

/* Debug: bins, sums, links of all pieces, against the pages. Aborts on a violation. */
void heap_check(const struct heap *heap);

#endif
