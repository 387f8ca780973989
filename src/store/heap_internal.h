/* heap_internal.h: what the files of the heap share and nobody else needs: how a piece is laid out,
 * the bins of pages, and moving pieces.
 *
 * A piece of an object, in its slot:
 *   the whole object   head, body
 *   first of several   link to the next piece; head, beginning of the body
 *   between            link to the piece before, link to the next piece; some of the body
 *   last               link to the piece before; end of the body
 * What comes after the links is called the payload of the piece.
 */
#ifndef KV_STORE_HEAP_INTERNAL_H
#define KV_STORE_HEAP_INTERNAL_H

#include "kv/assert.h"
#include "kv/heap.h"

#define HEAP_MAGIC 0x48656170u
/* Slots and payload that an empty page has. */
#define HEAP_PAGE_ROOM (PAGE_BYTES - SLOTTED_HEADER_BYTES)
/* In page_info.bin: in no bin, as the page is being evacuated. */
#define HEAP_BIN_NONE 0xffu

/* -- the head's class: in 64-byte steps, the bytes of the first piece that are never cut. Six bits
 * of the flags, so that a piece can be cut without knowing what an item is. -- */

#define HEAP_CLASS_SHIFT 2
#define HEAP_CLASS_BYTES HEAP_BIN_BYTES
/* What a page must have free for a piece, beside its payload: at most this. */
#define HEAP_PIECE_ROOM 16u
_Static_assert(HEAP_PIECE_ROOM >= 2 * HEAP_LINK_BYTES, "both links");
_Static_assert((2 * HEAP_PIECE_MIN + HEAP_PIECE_ROOM) % HEAP_BIN_BYTES == 0, "w is a bin's border");

static inline u32 heap_class(u64 head_len) {
    return (u32)u64_div_up(head_len + HEAP_PIECE_ROOM, HEAP_CLASS_BYTES);
}
/* Never less than any head of the class; with its room it is a bin's border. */
static inline u32 heap_class_bytes(u32 class) {
    return class * HEAP_CLASS_BYTES - HEAP_PIECE_ROOM;
}
_Static_assert((HEAP_HEAD_LIMIT + HEAP_PIECE_ROOM + HEAP_CLASS_BYTES - 1) / HEAP_CLASS_BYTES < 64,
               "a class fits into six bits of the flags");

/* -- a piece, decoded (heap_piece.c). A view: invalid once anything on its page changes -- */

struct heap_piece {
    heap_handle handle;
    heap_handle prev; /* 0: none */
    heap_handle next; /* 0: none */
    u32 flags;
    u32 links; /* bytes before the payload */
    u32 len;   /* of the payload */
    u8 *payload;
};

static inline u32 heap_links_bytes(u32 flags) {
    return (flags & SLOTTED_FRAGMENT ? HEAP_LINK_BYTES : 0) +
           (flags & SLOTTED_NEXT ? HEAP_LINK_BYTES : 0);
}

struct heap_piece heap_piece_read(const struct heap *heap, heap_handle handle);
void heap_set_next(struct heap *heap, heap_handle handle, heap_handle next);
void heap_set_prev(struct heap *heap, heap_handle handle, heap_handle prev);
/* Bytes of the first piece's payload that may not be cut off; `len` is that of the payload. */
static inline u32 heap_kept_bytes(u32 flags, u32 len) {
    return u32_min(len, heap_class_bytes(flags >> HEAP_CLASS_SHIFT));
}
/* How many bytes may be cut off the end of a payload of `len` bytes, of which the first `kept` are
 * a head (0: a fragment), for a page that can take `space` bytes of payload. 0: it may not be cut
 * for that page. */
u32 heap_cut_bytes(u32 len, u32 kept, u32 space);

/* What an operation holds on to while it removes pieces, which may renumber any object of the same
 * pages. */
struct heap_held {
    heap_handle next; /* the piece to be removed next; it has lost the piece before it */
    heap_handle kept; /* an object that stays */
};
/* A piece has moved from -> to: tells its neighbours, `held` (may be NULL), or the owner. */
void heap_tell(struct heap *heap, heap_handle from, heap_handle to, struct heap_held *held);
/* Renumbers objects of a page that has too many dead slots. */
void heap_settle(struct heap *heap, u32 page, struct heap_held *held);

/* A slot of `len` bytes on a page that has room, all sums kept. Contents are undefined. */
heap_handle heap_place(struct heap *heap, u32 page, u32 len, u32 flags);
/* Gives a piece another stored length in its page, which has room, and keeps its first bytes. */
void heap_resize_piece(struct heap *heap, heap_handle handle, u32 len);
/* Removes the pieces from `first` on, which is no longer linked to by a piece before it; returns
 * the bytes of payload removed. */
u64 heap_drop(struct heap *heap, heap_handle first, struct heap_held *held);
/* Cuts the end of a piece off and puts it on the emptiest page. False: it may not be cut, or no
 * page can take a part. `handle` stays. */
bool heap_cut(struct heap *heap, heap_handle handle);

/* -- bins (heap_bins.c) -- */

/* Enters a page into its bin and the sum, or takes it out of both. */
void heap_link_page(struct heap *heap, u32 page);
void heap_unlink_page(struct heap *heap, u32 page);
/* After a change on the page; does nothing for a page that is in no bin. */
void heap_update_page(struct heap *heap, u32 page);
/* Makes a free page an empty heap page. There must be one, and it must be allowed. */
u32 heap_add_page(struct heap *heap);
/* Frees a heap page without objects, whether it is in a bin or not. */
void heap_free_page(struct heap *heap, u32 page);
static inline u32 heap_page_count(const struct heap *heap) {
    return heap->pages->kind_count[PAGE_HEAP];
}
static inline bool heap_may_add_page(const struct heap *heap) {
    return heap_page_count(heap) < heap->page_limit;
}

/* A page of the first bin that certainly fits, PAGE_NONE when there is none. */
static inline u32 heap_find_certain(const struct heap *heap, u32 len) {
    u32 bin = (len + HEAP_BIN_BYTES - 1) / HEAP_BIN_BYTES;
    if (bin >= HEAP_BINS) return PAGE_NONE;
    u64 map = heap->bin_map >> bin;
    return map == 0 ? PAGE_NONE : heap->bin_head[bin + (u32)__builtin_ctzll(map)];
}
/* The same, then a few pages of the bin below, of which some may fit. */
u32 heap_find(const struct heap *heap, u32 len);
/* A page of the highest bin in use, PAGE_NONE when there is none. */
static inline u32 heap_emptiest(const struct heap *heap) {
    if (heap->bin_map == 0) return PAGE_NONE;
    return heap->bin_head[HEAP_BINS - 1 - (u32)__builtin_clzll(heap->bin_map)];
}

#endif
