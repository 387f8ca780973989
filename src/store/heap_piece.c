/* Pieces: their links, and moving, cutting and removing them. */
#include "heap_internal.h"

static heap_handle link_get(const u8 *at) {
    heap_handle handle = 0;
    memcpy(&handle, at, HEAP_LINK_BYTES);
    return handle;
}
static void link_set(u8 *at, heap_handle handle) {
    memcpy(at, &handle, HEAP_LINK_BYTES);
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a link is a handle's low bytes");

struct heap_piece heap_piece_read(const struct heap *heap, heap_handle handle) {
    u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    u32 slot = heap_handle_slot(handle);
    struct heap_piece piece = {.handle = handle, .flags = slotted_flags(page, slot)};
    u32 len;
    u8 *at = slotted_data(page, slot, &len);
    if (piece.flags & SLOTTED_FRAGMENT) piece.prev = link_get(at);
    piece.links = heap_links_bytes(piece.flags);
    if (piece.flags & SLOTTED_NEXT) piece.next = link_get(at + piece.links - HEAP_LINK_BYTES);
    piece.payload = at + piece.links;
    piece.len = len - piece.links;
    return piece;
}

void heap_set_next(struct heap *heap, heap_handle handle, heap_handle next) {
    struct heap_piece piece = heap_piece_read(heap, handle);
    kv_assert(piece.flags & SLOTTED_NEXT);
    link_set(piece.payload - HEAP_LINK_BYTES, next);
}

void heap_set_prev(struct heap *heap, heap_handle handle, heap_handle prev) {
    struct heap_piece piece = heap_piece_read(heap, handle);
    kv_assert(piece.flags & SLOTTED_FRAGMENT);
    link_set(piece.payload - piece.links, prev);
}

void heap_tell(struct heap *heap, heap_handle from, heap_handle to, struct heap_held *held) {
    struct heap_piece piece = heap_piece_read(heap, to);
    if (piece.next != 0) heap_set_prev(heap, piece.next, to);
    if (piece.prev != 0) {
        heap_set_next(heap, piece.prev, to);
    } else if (piece.flags & SLOTTED_FRAGMENT) {
        kv_assert(held != NULL && held->next == from);
        held->next = to;
    } else {
        if (held != NULL && held->kept == from) held->kept = to;
        heap->moved(heap->owner, bytes_of(piece.payload, piece.len), from, to);
    }
}

void heap_settle(struct heap *heap, u32 page, struct heap_held *held) {
    u8 *data = pages_data(heap->pages, page);
    for (u32 slot = slotted_surplus(data); slot != SLOT_NONE; slot = slotted_surplus(data)) {
        u32 to = slotted_renumber(data, slot);
        heap_tell(heap, heap_handle_make(page, slot), heap_handle_make(page, to), held);
    }
}

heap_handle heap_place(struct heap *heap, u32 page, u32 len, u32 flags) {
    u32 slot = slotted_insert(pages_data(heap->pages, page), len, flags);
    kv_assert(slot != SLOT_NONE);
    heap->live_bytes += len + SLOTTED_SLOT_BYTES;
    heap_update_page(heap, page);
    return heap_handle_make(page, slot);
}

void heap_resize_piece(struct heap *heap, heap_handle handle, u32 len) {
    u32 page = heap_handle_page(handle);
    u8 *data = pages_data(heap->pages, page);
    heap->live_bytes -= slotted_get(data, heap_handle_slot(handle)).len;
    heap->live_bytes += len;
    bool done = slotted_resize(data, heap_handle_slot(handle), len);
    kv_assert(done);
    heap_update_page(heap, page);
}

u64 heap_drop(struct heap *heap, heap_handle first, struct heap_held *held) {
    u64 removed = 0;
    held->next = first;
    while (held->next != 0) {
        struct heap_piece piece = heap_piece_read(heap, held->next);
        u32 page = heap_handle_page(piece.handle);
        u8 *data = pages_data(heap->pages, page);
        held->next = piece.next;
        if (piece.next != 0) heap_set_prev(heap, piece.next, 0);
        removed += piece.len;
        heap->live_bytes -= piece.links + piece.len + SLOTTED_SLOT_BYTES;
        slotted_remove(data, heap_handle_slot(piece.handle));
        if (slotted_count(data) == 0) {
            heap_free_page(heap, page);
        } else {
            heap_settle(heap, page, held);
            heap_update_page(heap, page);
        }
    }
    return removed;
}

u32 heap_cut_bytes(u32 len, u32 kept, u32 space) {
    if (len < 2 * HEAP_PIECE_MIN) return 0;
    u32 most = len - (kept > 0 ? kept : HEAP_PIECE_MIN);
    u32 bytes = u32_min(most, space);
    if (bytes >= HEAP_PIECE_MIN) return bytes;
    /* Less than m only where it leaves a long head alone: so this happens once in the life of an
     * object, and the head stands in for the piece that is too short. */
    return kept >= HEAP_PIECE_MIN && bytes == most ? bytes : 0;
}

/* Shortens a piece by the last `bytes` of its payload and links it to `next`, which has them. */
static void cut_off(struct heap *heap, const struct heap_piece *piece, u32 bytes,
                    heap_handle next) {
    if (piece->flags & SLOTTED_NEXT) {
        heap_resize_piece(heap, piece->handle, piece->links + piece->len - bytes);
        heap_set_next(heap, piece->handle, next);
        return;
    }
    u32 page = heap_handle_page(piece->handle);
    u32 slot = heap_handle_slot(piece->handle);
    u8 *data = pages_data(heap->pages, page);
    u32 stored = piece->links + piece->len;
    u32 shorter = stored + HEAP_LINK_BYTES - bytes;
    /* The payload makes place for the link; when it is longer than what goes, there must be room
     * before, else there is room until after. */
    if (shorter > stored) heap_resize_piece(heap, piece->handle, shorter);
    u32 len;
    u8 *at = slotted_data(data, slot, &len) + piece->links;
    memmove(at + HEAP_LINK_BYTES, at, piece->len - bytes);
    if (shorter < stored) heap_resize_piece(heap, piece->handle, shorter);
    slotted_set_flags(data, slot, piece->flags | SLOTTED_NEXT);
    heap_set_next(heap, piece->handle, next);
}

bool heap_cut(struct heap *heap, heap_handle handle) {
    struct heap_piece piece = heap_piece_read(heap, handle);
    u32 to_page = heap_emptiest(heap);
    if (to_page == PAGE_NONE) return false;
    kv_assert(to_page != heap_handle_page(handle));
    u32 flags = SLOTTED_FRAGMENT | (piece.flags & SLOTTED_NEXT);
    u32 links = heap_links_bytes(flags);
    u32 room = heap->pages->info[to_page].free_bytes;
    if (room <= links) return false;
    u32 kept = piece.flags & SLOTTED_FRAGMENT ? 0 : heap_kept_bytes(piece.flags, piece.len);
    u32 bytes = heap_cut_bytes(piece.len, kept, room - links);
    if (bytes == 0) return false;
    u8 *from_page = pages_data(heap->pages, heap_handle_page(handle));
    u32 link = piece.flags & SLOTTED_NEXT ? 0 : HEAP_LINK_BYTES;
    u32 max = slotted_resize_max(from_page, heap_handle_slot(handle));
    if (piece.links + piece.len + link - bytes > max) return false;

    heap_handle tail = heap_place(heap, to_page, links + bytes, flags);
    if (piece.next != 0) {
        heap_set_next(heap, tail, piece.next);
        heap_set_prev(heap, piece.next, tail);
    }
    heap_set_prev(heap, tail, handle);
    memcpy(heap_piece_read(heap, tail).payload, piece.payload + piece.len - bytes, bytes);
    cut_off(heap, &piece, bytes, tail);
    heap->splits++;
    return true;
}
