/* The bins: heap pages by free bytes, so that a best fit is found with one look at a bitmap. */
#include "heap_internal.h"

/* Pages looked at in a bin whose pages may or may not fit. */
#define FIND_STEPS_MAX 16u

static u64 usable_bytes(const struct heap *heap, u32 free_bytes) {
    return free_bytes > heap->waste ? free_bytes - heap->waste : 0;
}

static void bin_add(struct heap *heap, u32 page, u32 bin) {
    struct page_info *info = heap->pages->info;
    u32 head = heap->bin_head[bin];
    info[page].bin = (u8)bin;
    info[page].prev = PAGE_NONE;
    info[page].next = head;
    if (head != PAGE_NONE) info[head].prev = page;
    heap->bin_head[bin] = page;
    heap->bin_map |= (u64)1 << bin;
}

static void bin_remove(struct heap *heap, u32 page) {
    struct page_info *info = heap->pages->info;
    u32 prev = info[page].prev;
    u32 next = info[page].next;
    u32 bin = info[page].bin;
    if (next != PAGE_NONE) info[next].prev = prev;
    if (prev != PAGE_NONE) {
        info[prev].next = next;
    } else {
        kv_assert(heap->bin_head[bin] == page);
        heap->bin_head[bin] = next;
        if (next == PAGE_NONE) heap->bin_map &= ~((u64)1 << bin);
    }
    info[page].bin = HEAP_BIN_NONE;
}

void heap_link_page(struct heap *heap, u32 page) {
    u32 free_bytes = slotted_free(pages_data(heap->pages, page));
    heap->pages->info[page].free_bytes = (u16)free_bytes;
    heap->usable += usable_bytes(heap, free_bytes);
    bin_add(heap, page, free_bytes / HEAP_BIN_BYTES);
}

void heap_unlink_page(struct heap *heap, u32 page) {
    heap->usable -= usable_bytes(heap, heap->pages->info[page].free_bytes);
    bin_remove(heap, page);
}

void heap_update_page(struct heap *heap, u32 page) {
    struct page_info *info = &heap->pages->info[page];
    if (info->bin == HEAP_BIN_NONE) return;
    u32 free_bytes = slotted_free(pages_data(heap->pages, page));
    heap->usable -= usable_bytes(heap, info->free_bytes);
    heap->usable += usable_bytes(heap, free_bytes);
    info->free_bytes = (u16)free_bytes;
    if (info->bin == free_bytes / HEAP_BIN_BYTES) return;
    bin_remove(heap, page);
    bin_add(heap, page, free_bytes / HEAP_BIN_BYTES);
}

u32 heap_add_page(struct heap *heap) {
    kv_assert(heap_may_add_page(heap));
    u32 page = pages_get(heap->pages, PAGE_HEAP);
    /* Others have taken more pages than the reservation promised them. */
    kv_assert(page != PAGE_NONE);
    slotted_init(pages_data(heap->pages, page));
    heap_link_page(heap, page);
    return page;
}

void heap_free_page(struct heap *heap, u32 page) {
    kv_assert(slotted_count(pages_data(heap->pages, page)) == 0);
    if (heap->haven == page) heap->haven = PAGE_NONE;
    if (heap->pages->info[page].bin != HEAP_BIN_NONE) heap_unlink_page(heap, page);
    pages_put(heap->pages, &page);
}

u32 heap_find(const struct heap *heap, u32 len) {
    u32 page = heap_find_certain(heap, len);
    if (page != PAGE_NONE || len > SLOTTED_OBJECT_MAX) return page;
    page = heap->bin_head[len / HEAP_BIN_BYTES];
    for (u32 i = 0; i < FIND_STEPS_MAX && page != PAGE_NONE; i++) {
        if (heap->pages->info[page].free_bytes >= len) return page;
        page = heap->pages->info[page].next;
    }
    return PAGE_NONE;
}
