/* APPEND: the tail grows in the item; each time it reaches 4096 bytes it becomes a page, so that
 * the work is bounded by what is appended and one page. */
#include <string.h>

#include "kv/assert.h"
#include "kv/number.h"

#include "strings_internal.h"

struct bytes string_copy_tail(const struct store *store, const struct item *item, u8 *out) {
    i64 integer;
    if (item->encoding == ENCODING_INTEGER && string_integer(store, item, &integer)) {
        kv_assert(STORE_SCRATCH_BYTES >= NUMBER_TEXT_MAX);
        return bytes_of(out, number_format_i64((char *)out, integer));
    }
    struct bytes tail = store_payload(store, item, out);
    /* Rewriting an item must not read from the heap; and a gathered one begins with its head. */
    memmove(out, tail.data, tail.len);
    return bytes_of(out, tail.len);
}

/* Moves whole pages of tail and suffix to the chain; what is left becomes the payload's one or two
 * parts. Returns their count. */
static u32 grow_chain(struct store *store, struct value_chain *chain, struct bytes tail,
                      struct bytes suffix, struct bytes payload[2]) {
    size_t missing = PAGE_BYTES - tail.len;
    if (suffix.len < missing) {
        payload[0] = tail;
        payload[1] = suffix;
        return 2;
    }
    struct value_appender appender;
    value_appender_init(&appender, &store->pages, chain);
    u8 *page = value_append(&appender);
    memcpy(page, tail.data, tail.len);
    memcpy(page + tail.len, suffix.data, missing);
    const u8 *at = suffix.data + missing;
    size_t left = suffix.len - missing;
    while (left >= PAGE_BYTES) {
        memcpy(value_append(&appender), at, PAGE_BYTES);
        at += PAGE_BYTES;
        left -= PAGE_BYTES;
    }
    payload[0] = bytes_of(at, left);
    return 1;
}

/* What appending needs: nothing, when the longer tail fits where the item is. */
static bool append_needs(const struct store *store, const struct item *item, u64 tail_len,
                         u64 suffix_len, struct store_need *need) {
    struct item next = *item;
    u64 total = tail_len + suffix_len;
    need->pages = (u32)(total / PAGE_BYTES);
    next.chain.count += need->pages;
    if (need->pages == 0 && store_rewrite_fits(store, &next, total)) return false;
    store_need_item(store, need, item->key.len, total % PAGE_BYTES);
    return true;
}

static enum store_result append_to(struct store *store, u32 database, struct bytes key, u64 hash,
                                   struct item *item, struct bytes suffix) {
    u64 tail_len = item->payload_len;
    if (item->encoding == ENCODING_INTEGER) tail_len = string_length(store, item);
    struct store_need need = {0};
    bool reserve = append_needs(store, item, tail_len, suffix.len, &need);
    if (reserve) {
        u64 moves = store->moves;
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
        store_refresh(store, database, key, hash, moves, item);
    }
    struct bytes payload[2];
    struct bytes tail = string_copy_tail(store, item, store->scratch);
    u32 count = grow_chain(store, &item->chain, tail, suffix, payload);
    item->encoding = ENCODING_RAW;
    item->modified = true;
    store_rewrite(store, item, payload, count);
    if (reserve) store_release(store);
    return STORE_OK;
}

enum store_result string_append(struct store *store, u32 database, struct bytes key, u64 hash,
                                struct bytes suffix, u64 *length) {
    struct item item;
    if (!store_find(store, database, key, hash, &item)) {
        struct string_pair pair = {.key = key, .value = suffix, .hash = hash};
        *length = suffix.len;
        return string_set(store, database, &pair, STRING_EXPIRY_CLEAR, 0);
    }
    kv_assert(item.type == ITEM_STRING);
    u64 old = string_length(store, &item);
    if (suffix.len > store->limits.val_size_max || old > store->limits.val_size_max - suffix.len)
        return STORE_TOO_LONG;
    *length = old + suffix.len;
    if (suffix.len == 0 && item.encoding == ENCODING_RAW) {
        string_mark_modified(store, &item);
        return STORE_OK;
    }
    return append_to(store, database, key, hash, &item, suffix);
}
