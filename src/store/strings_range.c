/* Parts of strings: reading and writing at an offset. What grows is written exactly once: each new
 * page is put together from the old tail, zeros and the data in one go. */
#include <string.h>

#include "kv/assert.h"
#include "kv/number.h"

#include "strings_internal.h"

/* -- reading -- */

void string_open_range(const struct store *store, const struct item *item, u64 offset, u64 len,
                       char *digits, struct value_cursor *cursor) {
    string_open(store, item, digits, cursor);
    if (item->encoding == ENCODING_INTEGER) {
        kv_assert(offset + len <= cursor->tail.len);
        cursor->tail = bytes_of(cursor->tail.data + offset, len);
        return;
    }
    u64 chain_len = (u64)item->chain.count * PAGE_BYTES;
    kv_assert(offset + len <= chain_len + item->payload_len);
    u64 in_chain = offset < chain_len ? u64_min(len, chain_len - offset) : 0;
    if (in_chain > 0) {
        cursor->page = value_page(&store->pages, item->chain.first, (u32)(offset / PAGE_BYTES));
        cursor->page_skip = (u32)(offset % PAGE_BYTES);
    }
    cursor->chain_left = in_chain;
    cursor->skip = item->head_len + (offset > chain_len ? offset - chain_len : 0);
    cursor->inline_left = len - in_chain;
}

u64 string_read(const struct store *store, const struct item *item, u64 offset, u64 len, u8 *out) {
    u64 length = string_length(store, item);
    u64 had = offset < length ? u64_min(len, length - offset) : 0;
    if (had > 0) {
        char digits[NUMBER_TEXT_MAX];
        struct value_cursor cursor;
        struct bytes piece;
        u8 *at = out;
        string_open_range(store, item, offset, had, digits, &cursor);
        while (value_next(&cursor, &piece)) {
            memcpy(at, piece.data, piece.len);
            at += piece.len;
        }
        kv_assert(at == out + had);
    }
    memset(out + had, 0, len - had);
    return had;
}

/* -- writing in place -- */

void string_mark_modified(struct store *store, struct item *item) {
    if (item->modified) return;
    struct bytes head = heap_first(&store->heap, item->handle);
    /* The first piece is the heap's own bytes, which the store may write. */
    item_patch_modified((u8 *)(uintptr_t)head.data);
    item->modified = true;
}

void string_patch(struct store *store, struct item *item, u64 offset, struct bytes data) {
    kv_assert(item->type == ITEM_STRING && item->encoding == ENCODING_RAW);
    string_mark_modified(store, item);
    if (data.len == 0) return;
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    const u8 *at = data.data;
    string_open_range(store, item, offset, data.len, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        /* Pages and pieces are the store's own bytes. */
        memcpy((u8 *)(uintptr_t)piece.data, at, piece.len);
        at += piece.len;
    }
    kv_assert(at == data.data + data.len);
}

/* -- growing -- */

/* The bytes of the value as it is to be, from where its chain ends now. */
struct growth {
    u64 chain_len; /* bytes in the chain before */
    u64 old_len;
    u64 new_len;
    struct bytes tail; /* the value's bytes from chain_len to old_len */
    u64 offset;
    struct bytes data;
};

/* Puts the value's `len` bytes from `from` on together. */
static void compose(const struct growth *growth, u64 from, u64 len, u8 *out) {
    u64 to = from + len;
    u64 old_end = u64_max(u64_min(growth->old_len, to), from);
    if (old_end > from) memcpy(out, growth->tail.data + (from - growth->chain_len), old_end - from);
    u64 data_end = growth->offset + growth->data.len;
    u64 zeros_end = u64_max(u64_min(growth->offset, to), old_end);
    if (zeros_end > old_end) memset(out + (old_end - from), 0, zeros_end - old_end);
    u64 begin = u64_max(growth->offset, from);
    u64 end = u64_min(data_end, to);
    if (begin < end)
        memcpy(out + (begin - from), growth->data.data + (begin - growth->offset), end - begin);
}

/* Makes all of the value after the old chain; returns the payload, which is in the scratch. */
static struct bytes build(struct store *store, struct item *item, const struct growth *growth) {
    u32 pages = (u32)(growth->new_len / PAGE_BYTES);
    struct value_appender appender;
    value_appender_init(&appender, &store->pages, &item->chain);
    for (u32 i = item->chain.count; i < pages; i++)
        compose(growth, (u64)i * PAGE_BYTES, PAGE_BYTES, value_append(&appender));
    /* Behind the old tail, which string_copy_tail left at the scratch's beginning. */
    u8 *payload = store->scratch + PAGE_BYTES;
    u64 payload_len = growth->new_len % PAGE_BYTES;
    compose(growth, (u64)pages * PAGE_BYTES, payload_len, payload);
    return bytes_of(payload, payload_len);
}

/* What growing needs: nothing, when the longer tail fits where the item is. */
static bool growth_needs(const struct store *store, const struct item *item,
                         const struct growth *growth, struct store_need *need) {
    struct item next = *item;
    u64 payload_len = growth->new_len % PAGE_BYTES;
    next.chain.count = (u32)(growth->new_len / PAGE_BYTES);
    need->pages = next.chain.count - item->chain.count;
    if (need->pages == 0 && store_rewrite_fits(store, &next, payload_len)) return false;
    store_need_item(store, need, item->key.len, payload_len);
    return true;
}

static enum store_result grow(struct store *store, u32 database, struct bytes key, u64 hash,
                              struct item *item, struct growth *growth) {
    struct store_need need = {0};
    bool reserve = growth_needs(store, item, growth, &need);
    if (reserve) {
        u64 moves = store->moves;
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
        store_refresh(store, database, key, hash, moves, item);
    }
    growth->tail = string_copy_tail(store, item, store->scratch);
    u64 in_chain = growth->offset < growth->chain_len
                       ? u64_min(growth->chain_len - growth->offset, growth->data.len)
                       : 0;
    if (in_chain > 0)
        string_patch(store, item, growth->offset, bytes_of(growth->data.data, in_chain));
    struct bytes payload = build(store, item, growth);
    item->encoding = ENCODING_RAW;
    item->modified = true;
    store_rewrite(store, item, &payload, 1);
    if (reserve) store_release(store);
    return STORE_OK;
}

static enum store_result create(struct store *store, u32 database, struct bytes key, u64 hash,
                                struct item *item, const struct growth *growth) {
    struct store_need need = {.keys = 1, .pages = (u32)(growth->new_len / PAGE_BYTES)};
    store_need_item(store, &need, key.len, growth->new_len % PAGE_BYTES);
    bool reserved = store_reserve(store, &need);
    if (reserved) {
        *item = (struct item){.type = ITEM_STRING, .encoding = ENCODING_RAW, .modified = true};
        struct bytes payload = build(store, item, growth);
        store_create(store, database, key, hash, item, &payload, 1);
    }
    store_release(store);
    return reserved ? STORE_OK : STORE_FULL;
}

enum store_result string_write(struct store *store, u32 database, struct bytes key, u64 hash,
                               struct item *item, u64 offset, struct bytes data) {
    u64 max = store->limits.val_size_max;
    if (data.len > max || offset > max - data.len) return STORE_TOO_LONG;
    struct growth growth = {.offset = offset, .data = data};
    if (item->handle == 0) {
        growth.new_len = offset + data.len;
        return create(store, database, key, hash, item, &growth);
    }
    growth.chain_len = (u64)item->chain.count * PAGE_BYTES;
    growth.old_len = string_length(store, item);
    growth.new_len = u64_max(growth.old_len, offset + data.len);
    /* An integer may be longer than values are allowed to be. */
    if (growth.new_len > max) return STORE_TOO_LONG;
    if (growth.new_len == growth.old_len && item->encoding == ENCODING_RAW) {
        string_patch(store, item, data.len > 0 ? offset : 0, data);
        return STORE_OK;
    }
    return grow(store, database, key, hash, item, &growth);
}
