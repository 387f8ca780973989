#include "kv/value.h"

#include <string.h>

#include "kv/assert.h"

/* Appends an empty page: only called within a reservation, so there is one. */
static u8 *chain_grow(struct pages *pages, struct value_chain *chain) {
    u32 page = pages_get(pages, PAGE_OVERFLOW);
    kv_assert(page != PAGE_NONE);
    if (chain->count == 0)
        chain->first = page;
    else
        pages->info[chain->last].next = page;
    chain->last = page;
    chain->count++;
    return pages_data(pages, page);
}

struct value_chain value_store(struct pages *pages, const u8 *data, u64 len, u32 count) {
    struct value_chain chain = {0};
    for (u32 i = 0; i < count; i++) {
        u64 done = (u64)i * PAGE_BYTES;
        kv_assert(done < len);
        memcpy(chain_grow(pages, &chain), data + done, u64_min(len - done, PAGE_BYTES));
    }
    return chain;
}

void value_append_page(struct pages *pages, struct value_chain *chain, const u8 *data) {
    memcpy(chain_grow(pages, chain), data, PAGE_BYTES);
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
    for (u32 i = reused; i < count; i++)
        value_append_page(pages, chain, data + (u64)i * PAGE_BYTES);
    return rest;
}

static struct bytes next_of_chain(struct value_cursor *cursor) {
    kv_assert(cursor->page != PAGE_NONE);
    u64 len = u64_min(cursor->chain_left, PAGE_BYTES);
    struct bytes piece = bytes_of(pages_data(cursor->pages, cursor->page), len);
    cursor->chain_left -= len;
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
