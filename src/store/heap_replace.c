/* Replacing an object's bytes, in its place where that is possible. */
#include "heap_internal.h"

/* How the new bytes would lie in the pieces that the object has: the first ones stay full, the last
 * one that is needed gets another length, those after it go. */
struct fit {
    bool fits;
    heap_handle last;
    u32 last_len; /* payload */
    u32 grows;    /* bytes by which the last piece becomes longer */
};

static u32 payload_max(const struct heap *heap, const struct heap_piece *piece, u32 links) {
    const u8 *page = pages_data(heap->pages, heap_handle_page(piece->handle));
    return slotted_resize_max(page, heap_handle_slot(piece->handle)) - links;
}

static u32 grown(u64 len, u32 old) {
    return len > old ? (u32)len - old : 0;
}

/* A split object keeps its pieces when none of them becomes shorter than pieces may be, and there
 * are no more of them than the new length pays for. */
static struct fit fit_pieces(const struct heap *heap, const struct heap_piece *first, u64 head_len,
                             u64 len) {
    struct fit none = {0};
    if (head_len > first->len || len < 2 * HEAP_PIECE_MIN) return none;
    struct heap_piece piece = *first;
    u64 left = len;
    for (u64 cuts = 0; cuts <= len / HEAP_PIECE_MIN; cuts++) {
        if (left <= piece.len || piece.next == 0) {
            if (left < HEAP_PIECE_MIN && left != piece.len) return none;
            if (left > payload_max(heap, &piece, piece.links)) return none;
            return (struct fit){.fits = true,
                                .last = piece.handle,
                                .last_len = (u32)left,
                                .grows = grown(left, piece.len)};
        }
        left -= piece.len;
        piece = heap_piece_read(heap, piece.next);
    }
    return none;
}

static struct fit find_fit(const struct heap *heap, heap_handle handle, u64 head_len, u64 len) {
    struct heap_piece first = heap_piece_read(heap, handle);
    /* Best in one piece, which needs no link. */
    if (len <= payload_max(heap, &first, 0))
        return (struct fit){.fits = true,
                            .last = handle,
                            .last_len = (u32)len,
                            .grows = grown(len, first.len + first.links)};
    if (first.next == 0) return (struct fit){0};
    return fit_pieces(heap, &first, head_len, len);
}

bool heap_fits_in_place(const struct heap *heap, heap_handle handle, u64 head_len, u64 len) {
    kv_assert(head_len > 0 && head_len <= len);
    return find_fit(heap, handle, head_len, len).fits;
}

/* Makes the piece the last one of its object, with undefined contents; returns the piece after it,
 * which is to be dropped once the new bytes are written: dropping may renumber the head, and its
 * owner reads it then. */
static heap_handle end_piece(struct heap *heap, heap_handle handle, u32 payload_len) {
    struct heap_piece piece = heap_piece_read(heap, handle);
    u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    u32 flags = piece.flags & ~(u32)SLOTTED_NEXT;
    if (piece.next != 0) heap_set_prev(heap, piece.next, 0);
    /* The link to the piece before is the first one, so it stays. */
    heap_resize_piece(heap, handle, heap_links_bytes(flags) + payload_len);
    slotted_set_flags(page, heap_handle_slot(handle), flags);
    return piece.next;
}

/* Writes the next bytes into the pieces of an object, beginning at *piece and *at. */
static void write_pieces(const struct heap *heap, heap_handle *piece, u64 *at, struct bytes bytes) {
    while (bytes.len > 0) {
        struct heap_piece view = heap_piece_read(heap, *piece);
        u64 part = u64_min(bytes.len, view.len - *at);
        if (part > 0) memcpy(view.payload + *at, bytes.data, part);
        bytes = bytes_of(bytes.data + part, bytes.len - part);
        *at += part;
        if (*at < view.len) return;
        *piece = view.next;
        *at = 0;
    }
}

static heap_handle replace_in_place(struct heap *heap, heap_handle handle, const struct fit *fit,
                                    struct bytes head, const struct bytes *body, u32 count) {
    if (heap->reserved) {
        kv_assert(fit->grows <= heap->reserved_cost);
        heap->reserved_cost -= fit->grows;
    }
    u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    /* The pieces stay as they were cut for the old head, so its class stays when it is higher. */
    u32 class = heap_class(head.len);
    u32 flags = slotted_flags(page, heap_handle_slot(handle));
    if (fit->last != handle) class = u32_max(class, flags >> HEAP_CLASS_SHIFT);
    flags = (flags & SLOTTED_NEXT) | class << HEAP_CLASS_SHIFT;
    slotted_set_flags(page, heap_handle_slot(handle), flags);
    heap_handle surplus = end_piece(heap, fit->last, fit->last_len);

    heap_handle piece = handle;
    u64 at = 0;
    write_pieces(heap, &piece, &at, head);
    for (u32 i = 0; i < count; i++)
        write_pieces(heap, &piece, &at, body[i]);
    struct heap_held held = {.kept = handle};
    if (surplus != 0) heap_drop(heap, surplus, &held);
    return held.kept;
}

heap_handle heap_replace(struct heap *heap, heap_handle handle, struct bytes head,
                         const struct bytes *body, u32 count) {
    kv_assert(heap->magic == HEAP_MAGIC && head.len > 0 && head.len <= heap->head_max);
    u64 len = head.len;
    for (u32 i = 0; i < count; i++)
        len += body[i].len;
    struct fit fit = find_fit(heap, handle, head.len, len);
    if (fit.fits) {
        heap->cost -= heap_object_cost(heap_length(heap, handle));
        heap->cost += heap_object_cost(len);
        return replace_in_place(heap, handle, &fit, head, body, count);
    }
    /* The old one goes last, or another object could be given its handle before the owner knows
     * that this one has left it. The reservation was made beside it anyway. */
    struct heap_held held = {.kept = heap_put(heap, head, body, count)};
    heap->moved(heap->owner, heap_first(heap, held.kept), handle, held.kept);
    heap->cost -= heap_object_cost(heap_drop(heap, handle, &held));
    return held.kept;
}
