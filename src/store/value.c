#include "kv/value.h"

#include <string.h>

#include "kv/assert.h"

/* One step on the way from the first page to page k: *at is a page of the way and *height its
 * height. Returns whether the step goes to the right. */
static inline bool step_towards(u32 k, u32 *at, u32 *height) {
    u32 right = *at + (1u << (*height - 1));
    bool goes_right = k >= right;
    *at = goes_right ? right : *at + 1;
    --*height;
    return goes_right;
}

u32 value_page(const struct pages *pages, u32 first, u32 k) {
    u32 page = first;
    u32 height = VALUE_HEIGHT;
    kv_assert(k < VALUE_PAGES_MAX);
    for (u32 at = 0; at != k;) {
        kv_assert(page != PAGE_NONE);
        const struct page_info *info = &pages->info[page];
        page = step_towards(k, &at, &height) ? info->prev : info->next;
    }
    kv_assert(page != PAGE_NONE && pages->info[page].kind == PAGE_OVERFLOW);
    return page;
}

void value_appender_init(struct value_appender *appender, struct pages *pages,
                         struct value_chain *chain) {
    appender->pages = pages;
    appender->chain = chain;
    if (chain->count == 0) return;
    u32 page = chain->first;
    u32 height = VALUE_HEIGHT;
    appender->path[height] = page;
    for (u32 at = 0; at != chain->count - 1;) {
        const struct page_info *info = &pages->info[page];
        page = step_towards(chain->count - 1, &at, &height) ? info->prev : info->next;
        appender->path[height] = page;
    }
    kv_assert(page == chain->last);
}

u8 *value_append(struct value_appender *appender) {
    struct pages *pages = appender->pages;
    struct value_chain *chain = appender->chain;
    kv_assert(chain->count < VALUE_PAGES_MAX);
    u32 page = pages_get(pages, PAGE_OVERFLOW);
    kv_assert(page != PAGE_NONE); /* the caller has reserved it */
    if (chain->count == 0)
        chain->first = page;
    else
        pages->info[chain->last].next = page;

    u32 height = VALUE_HEIGHT;
    bool is_right = false;
    for (u32 at = 0; at != chain->count;)
        is_right = step_towards(chain->count, &at, &height);
    if (is_right) pages->info[appender->path[height + 1]].prev = page;
    appender->path[height] = page;
    chain->last = page;
    chain->count++;
    return pages_data(pages, page);
}

struct value_chain value_store(struct pages *pages, const u8 *data, u64 len, u32 count) {
    struct value_chain chain = {0};
    struct value_appender appender;
    value_appender_init(&appender, pages, &chain);
    for (u32 i = 0; i < count; i++) {
        u64 done = (u64)i * PAGE_BYTES;
        kv_assert(done < len);
        memcpy(value_append(&appender), data + done, u64_min(len - done, PAGE_BYTES));
    }
    return chain;
}

/* The chain's first `count` pages become all of it; returns the first page of the rest. */
static u32 chain_cut(struct pages *pages, struct value_chain *chain, u32 count, u32 last) {
    if (count == chain->count) return PAGE_NONE;
    u32 rest = count == 0 ? chain->first : pages->info[last].next;
    if (count == 0)
        chain->first = PAGE_NONE;
    else
        pages->info[last].next = PAGE_NONE;
    chain->last = count == 0 ? PAGE_NONE : last;
    chain->count = count;
    return rest;
}

u32 value_overwrite(struct pages *pages, struct value_chain *chain, const u8 *data, u32 count) {
    u32 page = chain->first;
    u32 last = PAGE_NONE;
    u32 reused = u32_min(count, chain->count);
    for (u32 i = 0; i < reused; i++) {
        kv_assert(page != PAGE_NONE && pages->info[page].kind == PAGE_OVERFLOW);
        memcpy(pages_data(pages, page), data + (u64)i * PAGE_BYTES, PAGE_BYTES);
        last = page;
        page = pages->info[page].next;
    }
    u32 rest = chain_cut(pages, chain, reused, last);
    struct value_appender appender;
    if (reused < count) value_appender_init(&appender, pages, chain);
    for (u32 i = reused; i < count; i++)
        memcpy(value_append(&appender), data + (u64)i * PAGE_BYTES, PAGE_BYTES);
    return rest;
}

struct value_chain value_copy_chain(struct pages *pages, u32 first) {
    struct value_chain chain = {0};
    struct value_appender appender;
    value_appender_init(&appender, pages, &chain);
    for (u32 page = first; page != PAGE_NONE; page = pages->info[page].next)
        memcpy(value_append(&appender), pages_data(pages, page), PAGE_BYTES);
    return chain;
}

void value_check(const struct pages *pages, u32 first, u32 count) {
    u32 page = first;
    u32 last = PAGE_NONE;
    for (u32 i = 0; i < count; i++) {
        kv_assert(page != PAGE_NONE && page <= pages->count);
        kv_assert(pages->info[page].kind == PAGE_OVERFLOW && value_page(pages, first, i) == page);
        last = page;
        page = pages->info[page].next;
    }
    kv_assert(page == PAGE_NONE && (count > 0 || first == PAGE_NONE));
    kv_assert(last == PAGE_NONE || pages->info[last].next == PAGE_NONE);
}

/* -- reading -- */

static struct bytes next_of_chain(struct value_cursor *cursor) {
    kv_assert(cursor->page != PAGE_NONE);
    u64 len = u64_min(cursor->chain_left, PAGE_BYTES - cursor->page_skip);
    struct bytes piece = bytes_of(pages_data(cursor->pages, cursor->page) + cursor->page_skip, len);
    cursor->chain_left -= len;
    cursor->page_skip = 0;
    cursor->page = cursor->pages->info[cursor->page].next;
    return piece;
}

/* The next bytes of the inline part, empty when the pieces have no more. */
static struct bytes next_of_pieces(struct value_cursor *cursor) {
    while (cursor->piece != 0 && cursor->inline_left > 0) {
        struct bytes bytes = heap_next_piece(cursor->heap, &cursor->piece);
        u64 skipped = u64_min(cursor->skip, bytes.len);
        cursor->skip -= skipped;
        u64 len = u64_min(bytes.len - skipped, cursor->inline_left);
        cursor->inline_left -= len;
        if (len > 0) return bytes_of(bytes.data + skipped, len);
    }
    return bytes_of(NULL, 0);
}

bool value_next(struct value_cursor *cursor, struct bytes *piece) {
    if (cursor->chain_left > 0) {
        *piece = next_of_chain(cursor);
        return true;
    }
    *piece = next_of_pieces(cursor);
    if (piece->len == 0) {
        *piece = cursor->tail;
        cursor->tail.len = 0;
    }
    return piece->len > 0;
}
