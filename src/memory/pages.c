/* pages.c: the free list of the page region and the kinds of its pages. */
#include "kv/pages.h"

#include "kv/assert.h"
#include "kv/poison.h"

#define PAGES_MAGIC 0x50616765u

void pages_init(struct pages *pages, void *memory, struct page_info *info, u32 *deadline,
                u32 count) {
    kv_assert(count < UINT32_MAX);
    kv_assert((uintptr_t)memory % PAGE_BYTES == 0);
    kv_assert(memory != NULL || count == 0);
    *pages = (struct pages){.magic = PAGES_MAGIC,
                            .count = count,
                            .memory = memory,
                            .info = info,
                            .deadline = deadline,
                            .free_head = count > 0 ? 1 : PAGE_NONE};
    gauge_init(&pages->gauge, count);
    pages->kind_count[PAGE_FREE] = count;
    /* Entry 0 stands for no page; it looks free and never expires, so that a scan may begin there.
     * Low numbers come first: what is used lies together for as long as nothing is deleted. */
    info[0] = (struct page_info){.kind = PAGE_FREE};
    deadline[0] = DEADLINE_NONE;
    for (u32 page = 1; page <= count; page++) {
        info[page] =
            (struct page_info){.next = page < count ? page + 1 : PAGE_NONE, .kind = PAGE_FREE};
        deadline[page] = DEADLINE_NONE;
    }
    memory_poison(memory, (u64)count * PAGE_BYTES);
}

u32 pages_get(struct pages *pages, enum page_kind kind) {
    kv_assert(pages->magic == PAGES_MAGIC);
    kv_assert(kind > PAGE_FREE && kind < PAGE_KINDS);
    const u32 page = pages->free_head;
    if (page == PAGE_NONE) {
        pages->gauge.exhausted++;
        return PAGE_NONE;
    }
    struct page_info *info = &pages->info[page];
    kv_assert(info->kind == PAGE_FREE);
    pages->free_head = info->next;
    *info = (struct page_info){.kind = (u8)kind};
    /* pages_init and pages_put leave DEADLINE_NONE behind; a free page cannot have got another. */
    kv_debug_assert(pages->deadline[page] == DEADLINE_NONE);
    pages->kind_count[PAGE_FREE]--;
    pages->kind_count[kind]++;
    gauge_add(&pages->gauge, 1);
    memory_unpoison(pages_data(pages, page), PAGE_BYTES);
    return page;
}

void pages_put(struct pages *pages, u32 *page) {
    kv_assert(pages->magic == PAGES_MAGIC);
    const u32 number = *page;
    kv_assert(number != PAGE_NONE && number <= pages->count);
    struct page_info *info = &pages->info[number];
    kv_assert(info->kind > PAGE_FREE && info->kind < PAGE_KINDS);
    pages->kind_count[info->kind]--;
    pages->kind_count[PAGE_FREE]++;
    *info = (struct page_info){.next = pages->free_head, .kind = PAGE_FREE};
    pages->deadline[number] = DEADLINE_NONE;
    pages->free_head = number;
    gauge_sub(&pages->gauge, 1);
    memory_poison(pages_data(pages, number), PAGE_BYTES);
    *page = PAGE_NONE;
}

void pages_set_kind(struct pages *pages, u32 page, enum page_kind kind) {
    kv_assert(pages->magic == PAGES_MAGIC);
    kv_assert(page != PAGE_NONE && page <= pages->count);
    kv_assert(kind > PAGE_FREE && kind < PAGE_KINDS);
    struct page_info *info = &pages->info[page];
    kv_assert(info->kind > PAGE_FREE && info->kind < PAGE_KINDS);
    pages->kind_count[info->kind]--;
    pages->kind_count[kind]++;
    info->kind = (u8)kind;
}
