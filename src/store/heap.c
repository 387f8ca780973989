/* Putting and removing objects. */
#include "heap_internal.h"

u32 heap_waste(u32 head_max) {
    kv_assert(head_max <= HEAP_HEAD_LIMIT);
    u32 longest = heap_class_bytes(heap_class(head_max));
    return u32_max(longest, 2 * HEAP_PIECE_MIN) + HEAP_PIECE_ROOM;
}

void heap_init(struct heap *heap, struct pages *pages, u32 head_max, heap_moved *moved,
               void *owner) {
    kv_assert(moved != NULL);
    *heap = (struct heap){.magic = HEAP_MAGIC,
                          .pages = pages,
                          .head_max = head_max,
                          .waste = heap_waste(head_max),
                          .moved = moved,
                          .owner = owner};
}

/* What is to be put: head and body as one run of bytes. */
struct source {
    struct bytes head;
    const struct bytes *body;
    u32 count;
    u64 len;
};

/* The part of a run of bytes that begins at *skip, and what is then left to skip. */
static struct bytes part_of(struct bytes bytes, u64 *skip) {
    u64 skipped = u64_min(*skip, bytes.len);
    *skip -= skipped;
    return bytes_of(bytes.data + skipped, bytes.len - skipped);
}

/* Copies `len` bytes from offset `from` on. */
static void source_copy(const struct source *source, u64 from, u64 len, u8 *out) {
    for (u32 i = 0; len > 0; i++) {
        kv_assert(i <= source->count);
        struct bytes part = part_of(i == 0 ? source->head : source->body[i - 1], &from);
        u64 bytes = u64_min(part.len, len);
        if (bytes == 0) continue;
        memcpy(out, part.data, bytes);
        out += bytes;
        len -= bytes;
    }
}

/* A page for `len` bytes in one piece, PAGE_NONE when there is none. The order matters: the page
 * that the reservation counts on comes before a page that it may not have, and a look at pages that
 * may not fit is worth its time only when no page is left to take. */
static u32 find_page(struct heap *heap, u32 len) {
    u32 page = heap_find_certain(heap, len);
    if (KV_LIKELY(page != PAGE_NONE)) return page;
    u32 haven = heap->haven;
    if (haven != PAGE_NONE && heap->pages->info[haven].free_bytes >= len) return haven;
    if (heap_may_add_page(heap)) {
        page = heap_add_page(heap);
        if (haven == PAGE_NONE) heap->haven = page;
        return page;
    }
    return heap_find(heap, len);
}

/* Puts the last bytes of what is left of an object on a page: as much as an empty page takes when
 * the rest is longer than a page, else as much as the emptiest page takes. Returns the piece. */
static heap_handle put_tail(struct heap *heap, const struct source *source, u32 class, u64 *left,
                            heap_handle next) {
    u32 flags = SLOTTED_FRAGMENT | (next != 0 ? SLOTTED_NEXT : 0);
    u32 links = heap_links_bytes(flags);
    u32 kept = (u32)u64_min(*left, heap_class_bytes(class));
    u32 page = PAGE_NONE;
    u32 bytes = 0;
    if (*left + (next != 0 ? HEAP_LINK_BYTES : 0) > SLOTTED_OBJECT_MAX) {
        bytes = heap_cut_bytes((u32)*left, kept, SLOTTED_OBJECT_MAX - links);
        page = find_page(heap, links + bytes);
    }
    if (page == PAGE_NONE) {
        page = heap_emptiest(heap);
        kv_assert(page != PAGE_NONE && heap->pages->info[page].free_bytes > links);
        bytes = heap_cut_bytes((u32)*left, kept, heap->pages->info[page].free_bytes - links);
        kv_assert(bytes > 0);
    }
    heap_handle tail = heap_place(heap, page, links + bytes, flags);
    if (next != 0) {
        heap_set_next(heap, tail, next);
        heap_set_prev(heap, next, tail);
    }
    *left -= bytes;
    source_copy(source, *left, bytes, heap_piece_read(heap, tail).payload);
    heap->splits++;
    return tail;
}

/* Puts an object that fits no page: from its end, so that the head comes last, and each piece but
 * the last one as large as its page allows. */
static heap_handle put_split(struct heap *heap, const struct source *source, u32 class) {
    u64 left = source->len;
    heap_handle next = 0;
    u32 page = PAGE_NONE;
    u32 link = 0;
    while (page == PAGE_NONE) {
        next = put_tail(heap, source, class, &left, next);
        link = HEAP_LINK_BYTES;
        if (left + link <= SLOTTED_OBJECT_MAX) page = find_page(heap, (u32)left + link);
    }
    u32 flags = class << HEAP_CLASS_SHIFT | SLOTTED_NEXT;
    heap_handle handle = heap_place(heap, page, (u32)left + link, flags);
    heap_set_next(heap, handle, next);
    heap_set_prev(heap, next, handle);
    source_copy(source, 0, left, heap_piece_read(heap, handle).payload);
    return handle;
}

heap_handle heap_put(struct heap *heap, struct bytes head, const struct bytes *body, u32 count) {
    struct source source = {.head = head, .body = body, .count = count, .len = head.len};
    for (u32 i = 0; i < count; i++)
        source.len += body[i].len;
    kv_assert(heap->magic == HEAP_MAGIC && heap->reserved);
    kv_assert(head.len > 0 && head.len <= heap->head_max && source.len <= UINT32_MAX);
    u64 cost = heap_object_cost(source.len);
    kv_assert(cost <= heap->reserved_cost);
    heap->reserved_cost -= cost;
    heap->cost += cost;

    u32 class = heap_class(head.len);
    u32 page = PAGE_NONE;
    if (KV_LIKELY(source.len <= SLOTTED_OBJECT_MAX)) page = find_page(heap, (u32)source.len);
    if (KV_UNLIKELY(page == PAGE_NONE)) return put_split(heap, &source, class);
    heap_handle handle = heap_place(heap, page, (u32)source.len, class << HEAP_CLASS_SHIFT);
    u32 len;
    u8 *at = slotted_data(pages_data(heap->pages, page), heap_handle_slot(handle), &len);
    source_copy(&source, 0, len, at);
    return handle;
}

void heap_remove(struct heap *heap, heap_handle handle) {
    kv_assert(heap->magic == HEAP_MAGIC);
    const u8 *page = pages_data(heap->pages, heap_handle_page(handle));
    u32 slot = heap_handle_slot(handle);
    kv_assert(slotted_is_live(page, slot) && (slotted_flags(page, slot) & SLOTTED_FRAGMENT) == 0);
    struct heap_held held = {0};
    heap->cost -= heap_object_cost(heap_drop(heap, handle, &held));
}
