/* Reading objects, whole or piece by piece. */
#include "heap_internal.h"

struct bytes heap_next_piece(const struct heap *heap, heap_handle *piece) {
    struct heap_piece view = heap_piece_read(heap, *piece);
    *piece = view.next;
    return bytes_of(view.payload, view.len);
}

u64 heap_length(const struct heap *heap, heap_handle handle) {
    if (KV_LIKELY(!heap_is_split(heap, handle))) return heap_first(heap, handle).len;
    u64 len = 0;
    while (handle != 0)
        len += heap_next_piece(heap, &handle).len;
    return len;
}

u64 heap_object_bytes(const struct heap *heap, heap_handle handle) {
    u64 bytes = 0;
    while (handle != 0) {
        struct heap_piece piece = heap_piece_read(heap, handle);
        bytes += piece.links + piece.len + SLOTTED_SLOT_BYTES;
        handle = piece.next;
    }
    return bytes;
}

u8 *heap_whole(struct heap *heap, heap_handle handle, u64 *len) {
    if (heap_is_split(heap, handle)) return NULL;
    u32 bytes;
    u8 *data = slotted_data(pages_data(heap->pages, heap_handle_page(handle)),
                            heap_handle_slot(handle), &bytes);
    *len = bytes;
    return data;
}

struct bytes heap_gather(const struct heap *heap, heap_handle handle, u8 *out) {
    if (KV_LIKELY(!heap_is_split(heap, handle))) return heap_first(heap, handle);
    u64 len = 0;
    while (handle != 0) {
        struct bytes piece = heap_next_piece(heap, &handle);
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    return bytes_of(out, len);
}
