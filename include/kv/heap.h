/* heap.h: objects of any size up to a few pages, packed into slotted pages so that every byte is
 * usable whatever the history. A handle names an object by (page, slot).
 *
 * An object is an indivisible head (header and key of an item) and a body that may be divided.
 * Three rules, each with bounded work: an object goes where it fits (best fit by bins of free
 * bytes); when it fits nowhere and no page is free it is split into pieces over the pages that have
 * room; when whole pages are needed and none is free, the emptiest heap page is evacuated into
 * others. The theorem that follows, and its proof, stand in heap_reserve.c above heap_reserve; the
 * budget (store_plan) is computed from it with heap_waste, heap_object_cost and heap_pages_bound.
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

/* Called when the head of an object gets another handle (evacuation, renumbering, replacement).
 * `head` is its first piece's bytes at the new place, link excluded. Must not change the heap, and
 * must not read through `from`. The new page's entry in pages->deadline is the owner's to lower. */
typedef void heap_moved(void *owner, struct bytes head, heap_handle from, heap_handle to);

/* Bin i links the heap pages that have 64 * i to 64 * i + 63 bytes free. */
#define HEAP_BINS 64u
#define HEAP_BIN_BYTES 64u
/* The handle of another piece, at the beginning of a piece. */
#define HEAP_LINK_BYTES 6u
/* m of the theorem: no piece but the first has fewer payload bytes (save one, see heap_reserve.c),
 * so that an object of n bytes is never in more than 1 + n / m pieces. 2m + 16 is a multiple of
 * HEAP_BIN_BYTES. Smaller: smaller gaps can be used; larger: fewer links. */
#define HEAP_PIECE_MIN 184u
/* What one more piece costs beside its payload: slot, and a link at both ends of the new joint. */
#define HEAP_PIECE_COST (SLOTTED_SLOT_BYTES + 2 * HEAP_LINK_BYTES)
/* Largest head_max that heap_init takes. */
#define HEAP_HEAD_LIMIT 3584u
/* U of the theorem: what the pieces on one page, slots included, can always take. */
#define HEAP_PAGE_BYTES (PAGE_BYTES - SLOTTED_HEADER_BYTES - SLOTTED_SLOT_BYTES * SLOTTED_DEAD_MAX)

struct heap {
    u32 magic;
    struct pages *pages;
    u32 head_max;   /* bytes of the largest head */
    u32 waste;      /* w of the theorem: free bytes that a page may keep */
    u64 usable;     /* A of the theorem: sum over heap pages of max(0, free - waste) */
    u64 live_bytes; /* L of the theorem: of all pieces, links and slots included */
    u64 cost;       /* sum of heap_object_cost over all objects; live_bytes never exceeds it */
    u32 bin_head[HEAP_BINS];
    u64 bin_map;
    /* The reservation. Heap pages may become page_limit and no more, which leaves the free pages
     * that were promised to trees and long values, whoever takes or puts pages meanwhile. */
    bool reserved;
    u32 page_limit;
    u64 reserved_cost; /* still to be put */
    u32 haven;         /* page that can take all of it, PAGE_NONE: not needed */
    heap_moved *moved;
    void *owner;
    u64 evacuations; /* pages emptied for others */
    u64 splits;      /* pieces cut from objects */
};

/* w for heads of at most head_max bytes. */
u32 heap_waste(u32 head_max);
/* Upper bound of the page bytes that an object of `len` bytes (head and body) costs as long as it
 * lives: slots, and the links of all the pieces it may ever be split into. */
static inline u64 heap_object_cost(u64 len) {
    u64 cuts = len < 2 * HEAP_PIECE_MIN ? 0 : len / HEAP_PIECE_MIN;
    return SLOTTED_SLOT_BYTES + len + cuts * HEAP_PIECE_COST;
}
/* Pages that objects of `cost` in all (sum of heap_object_cost) can need. With this many pages
 * beside the ones that others use or want, heap_reserve does not fail, whatever happened before.
 * A reservation counts beside the objects that it will replace, as they are alive until then. */
u64 heap_pages_bound(u32 head_max, u64 cost);

/* `moved` may not be NULL. head_max is at most HEAP_HEAD_LIMIT. */
void heap_init(struct heap *heap, struct pages *pages, u32 head_max, heap_moved *moved,
               void *owner);

/* Makes sure that `pages` whole pages can be taken with pages_get (others may put pages back and
 * take them again meanwhile) and that objects of `cost` bytes in all (sum of heap_object_cost) can
 * be put, in any order, evacuating pages when needed: so handles move here, and otherwise only by
 * renumbering in heap_remove and heap_replace. False: it cannot be had, nothing is promised, but
 * handles may have moved. Reservations do not nest. */
bool heap_reserve(struct heap *heap, u32 pages, u64 cost);
/* Ends a reservation; allowed without one. */
void heap_release(struct heap *heap);
/* Whether it is certain that heap_reserve would succeed, without moving anything. When false,
 * heap_reserve may still succeed: it moves objects and sees. */
bool heap_can_reserve(const struct heap *heap, u32 pages, u64 cost);

/* Bytes by which the pages fall short of a reservation even when all objects lay without gaps: as
 * long as it is not 0, heap_reserve fails at once. */
u64 heap_shortage(const struct heap *heap, u32 pages, u64 cost);

/* Puts an object of head (1 to head_max bytes) and body (in `count` pieces, concatenated; count may
 * be 0). Only within a reservation that covers its cost (asserted), so that it cannot fail. Moves
 * no other object's handle. `head` and `body` must not point into the heap. */
heap_handle heap_put(struct heap *heap, struct bytes head, const struct bytes *body, u32 count);
/* Removing needs no reservation and cannot fail. Other objects of the same pages may be renumbered
 * (moved). */
void heap_remove(struct heap *heap, heap_handle handle);

/* Length of the whole object, all pieces. */
u64 heap_length(const struct heap *heap, heap_handle handle);
/* Bytes of pages that the object takes: its pieces with their slots and links. Their sum over all
 * objects is live_bytes. */
u64 heap_object_bytes(const struct heap *heap, heap_handle handle);
/* Where an object's head lies on a page, given the entry of its first piece. */
static inline const u8 *heap_head_at(const u8 *page, u32 word) {
    u32 link = slotted_word_flags(word) & SLOTTED_NEXT ? HEAP_LINK_BYTES : 0;
    return page + slotted_word_offset(word) + link;
}
/* The first piece: the head and, when the object is not split, all of it. */
static inline struct bytes heap_first(const struct heap *heap, heap_handle handle) {
    const u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    u32 word = *slotted_entry(page, heap_handle_slot(handle));
    u32 link = slotted_word_flags(word) & SLOTTED_NEXT ? HEAP_LINK_BYTES : 0;
    kv_debug_assert(slotted_is_live(page, heap_handle_slot(handle)));
    kv_debug_assert((slotted_word_flags(word) & SLOTTED_FRAGMENT) == 0);
    return bytes_of(page + slotted_word_offset(word) + link, slotted_word_length(word) - link);
}
static inline bool heap_is_split(const struct heap *heap, heap_handle handle) {
    const u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    return slotted_flags(page, heap_handle_slot(handle)) & SLOTTED_NEXT;
}
/* The object's bytes in place when it is not split, else NULL. */
u8 *heap_whole(struct heap *heap, heap_handle handle, u64 *len);
/* The object contiguous: in place when not split, else copied to `out`, which holds
 * heap_length() bytes. */
struct bytes heap_gather(const struct heap *heap, heap_handle handle, u8 *out);
/* Walks the pieces: first *piece = handle; gives each piece's bytes (links excluded) and steps
 * *piece to the next, 0 after the last. */
struct bytes heap_next_piece(const struct heap *heap, heap_handle *piece);

/* For a batch: the slots of all its handles, before the objects are looked at. */
static inline void heap_prefetch_slot(const struct heap *heap, heap_handle handle) {
    __builtin_prefetch(
        slotted_entry(pages_data(heap->pages, heap_handle_page(handle)), heap_handle_slot(handle)));
}

/* Replaces an object's bytes; returns the handle, and calls `moved` when it changed. In place when
 * heap_fits_in_place, which needs no reservation; but within one, the bytes by which it grows are
 * taken from the reservation's cost (asserted). Else it is put anew, then the old one is removed,
 * which needs a reservation of its new cost. `head` and `body` must not point into the heap. */
heap_handle heap_replace(struct heap *heap, heap_handle handle, struct bytes head,
                         const struct bytes *body, u32 count);
/* Whether heap_replace with `len` bytes in all, head_len of them the head, would stay in place. */
bool heap_fits_in_place(const struct heap *heap, heap_handle handle, u64 head_len, u64 len);

/* Debug: bins, sums, links of all pieces, against the pages. Aborts on a violation. */
void heap_check(const struct heap *heap);

#endif
