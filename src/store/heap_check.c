/* The whole heap against its pages, for tests and debug builds. */
#include "heap_internal.h"

struct totals {
    u64 usable;
    u64 live_bytes;
    u64 cost;
    u32 bin_pages[HEAP_BINS];
};

/* The neighbours that a piece names must be there, and must name it. */
static void check_links(const struct heap *heap, const struct heap_piece *piece) {
    const struct pages *pages = heap->pages;
    heap_handle neighbours[] = {piece->prev, piece->next};
    kv_assert((piece->prev != 0) == ((piece->flags & SLOTTED_FRAGMENT) != 0));
    kv_assert((piece->next != 0) == ((piece->flags & SLOTTED_NEXT) != 0));
    for (u32 i = 0; i < KV_ARRAY_LENGTH(neighbours); i++) {
        if (neighbours[i] == 0) continue;
        u32 page = heap_handle_page(neighbours[i]);
        kv_assert(page <= pages->count && pages->info[page].kind == PAGE_HEAP);
        kv_assert(slotted_is_live(pages_data(pages, page), heap_handle_slot(neighbours[i])));
    }
    if (piece->prev != 0) kv_assert(heap_piece_read(heap, piece->prev).next == piece->handle);
    if (piece->next != 0) kv_assert(heap_piece_read(heap, piece->next).prev == piece->handle);
}

/* An object, given its head: no more pieces and bytes than its cost allows for. */
static void check_object(const struct heap *heap, heap_handle handle, struct totals *totals) {
    u64 len = 0;
    u64 stored = 0;
    u32 too_short = 0;
    struct heap_piece piece = heap_piece_read(heap, handle);
    /* A first piece that gave up a short body: long itself, and nothing more to give. */
    bool parted =
        piece.len >= HEAP_PIECE_MIN && heap_kept_bytes(piece.flags, piece.len) == piece.len;
    kv_assert(piece.flags >> HEAP_CLASS_SHIFT > 0);
    for (;;) {
        kv_assert(piece.len > 0);
        len += piece.len;
        stored += piece.links + piece.len + SLOTTED_SLOT_BYTES;
        if (piece.prev != 0) too_short += piece.len < HEAP_PIECE_MIN;
        if (piece.next == 0) break;
        piece = heap_piece_read(heap, piece.next);
    }
    kv_assert(too_short <= (parted ? 1 : 0));
    kv_assert(stored <= heap_object_cost(len));
    totals->cost += heap_object_cost(len);
}

static void check_page(const struct heap *heap, u32 page, struct totals *totals) {
    const u8 *data = pages_data(heap->pages, page);
    const struct page_info *info = &heap->pages->info[page];
    u32 free_bytes = slotted_free(data);
    slotted_check(data);
    kv_assert(slotted_count(data) > 0);
    kv_assert(slotted_surplus(data) == SLOT_NONE);
    kv_assert(info->free_bytes == free_bytes && info->bin == free_bytes / HEAP_BIN_BYTES);
    totals->bin_pages[info->bin]++;
    totals->usable += free_bytes > heap->waste ? free_bytes - heap->waste : 0;
    for (u32 slot = 0; slot < slotted_slots(data); slot++) {
        if (!slotted_is_live(data, slot)) continue;
        struct heap_piece piece = heap_piece_read(heap, heap_handle_make(page, slot));
        check_links(heap, &piece);
        totals->live_bytes += piece.links + piece.len + SLOTTED_SLOT_BYTES;
        if ((piece.flags & SLOTTED_FRAGMENT) == 0) check_object(heap, piece.handle, totals);
    }
}

/* The list of a bin has the pages that name it, and no other. */
static void check_bin(const struct heap *heap, u32 bin, u32 count) {
    const struct page_info *info = heap->pages->info;
    u32 prev = PAGE_NONE;
    u32 found = 0;
    for (u32 page = heap->bin_head[bin]; page != PAGE_NONE; page = info[page].next) {
        kv_assert(info[page].kind == PAGE_HEAP && info[page].bin == bin);
        kv_assert(info[page].prev == prev);
        kv_assert(++found <= count);
        prev = page;
    }
    kv_assert(found == count);
    kv_assert((heap->bin_map >> bin & 1) == (count > 0));
}

void heap_check(const struct heap *heap) {
    struct totals totals = {0};
    u32 heap_pages = 0;
    kv_assert(heap->magic == HEAP_MAGIC);
    for (u32 page = 1; page <= heap->pages->count; page++) {
        if (heap->pages->info[page].kind != PAGE_HEAP) continue;
        check_page(heap, page, &totals);
        heap_pages++;
    }
    for (u32 bin = 0; bin < HEAP_BINS; bin++)
        check_bin(heap, bin, totals.bin_pages[bin]);
    kv_assert(heap_pages == heap_page_count(heap));
    kv_assert(totals.usable == heap->usable && totals.live_bytes == heap->live_bytes);
    kv_assert(totals.cost == heap->cost && heap->live_bytes <= heap->cost);
    kv_assert(!heap->reserved || heap_pages <= heap->page_limit);
    kv_assert(heap->haven == PAGE_NONE || heap->pages->info[heap->haven].kind == PAGE_HEAP);
}
