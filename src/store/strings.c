#include "kv/strings.h"

#include <string.h>

#include "kv/assert.h"
#include "kv/number.h"

#include "strings_internal.h"

/* The longest canonical integer, "-9223372036854775808". */
#define INTEGER_TEXT_MAX 20u

struct string_shape string_shape_of_integer(i64 value) {
    return (struct string_shape){.encoding = ENCODING_INTEGER, .integer = value};
}

struct string_shape string_shape_of(struct bytes value) {
    i64 integer;
    if (value.len <= INTEGER_TEXT_MAX && number_parse_i64(value, &integer))
        return string_shape_of_integer(integer);
    return string_shape_of_bytes(value);
}

struct string_shape string_shape_of_bytes(struct bytes value) {
    return (struct string_shape){
        .encoding = ENCODING_RAW, .pages = (u32)(value.len / PAGE_BYTES), .data = value};
}

struct bytes string_shape_payload(const struct string_shape *shape) {
    if (shape->encoding == ENCODING_INTEGER) return bytes_of(&shape->integer, sizeof(i64));
    size_t whole = (size_t)shape->pages * PAGE_BYTES;
    if (shape->data.len == whole) return bytes_of("", 0);
    return bytes_of(shape->data.data + whole, shape->data.len - whole);
}

bool string_within_limits(const struct store *store, u64 key_len, u64 value_len) {
    return key_len <= store->limits.key_size_max && value_len <= store->limits.val_size_max;
}

void string_need(const struct store *store, struct store_need *need, u64 key_len, u64 value_len) {
    /* A short value may be kept as an integer, which can be longer than its text. */
    u64 tail = value_len % PAGE_BYTES;
    need->keys++;
    /* A sum that no u32 holds is more than any store has, and so is the largest u32. */
    need->pages = (u32)u64_min(need->pages + value_len / PAGE_BYTES, UINT32_MAX);
    store_need_item(store, need, key_len, u64_max(tail, sizeof(i64)));
}

enum store_result string_create(struct store *store, const struct string_place *place,
                                const struct string_shape *shape, struct item *item) {
    struct bytes payload = string_shape_payload(shape);
    if (!place->reserved) {
        struct store_need need = {.keys = 1, .pages = shape->pages};
        store_need_item(store, &need, place->key.len, payload.len);
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
    }
    *item = (struct item){.type = ITEM_STRING, .encoding = shape->encoding};
    if (place->expiry == STRING_EXPIRY_SET) item->expires_ms = place->expires_ms;
    item->chain = value_store(&store->pages, shape->data.data, shape->data.len, shape->pages);
    store_create(store, place->database, place->key, place->hash, item, &payload, 1);
    if (!place->reserved) store_release(store);
    return STORE_OK;
}

/* What overwriting needs beyond what the item has: nothing, when its pages and its place in its
 * heap page suffice. */
static bool overwrite_needs(const struct store *store, const struct string_shape *shape,
                            const struct item *item, u64 expires_ms, struct store_need *need) {
    u64 payload_len = string_shape_payload(shape).len;
    struct item next = *item;
    next.expires_ms = expires_ms;
    next.chain.count = shape->pages;
    if (shape->pages <= item->chain.count && store_rewrite_fits(store, &next, payload_len))
        return false;
    if (shape->pages > item->chain.count) need->pages = shape->pages - item->chain.count;
    store_need_item(store, need, item->key.len, payload_len);
    return true;
}

enum store_result string_overwrite(struct store *store, const struct string_place *place,
                                   const struct string_shape *shape, struct item *item) {
    u64 expires_ms = 0;
    if (place->expiry == STRING_EXPIRY_KEEP) expires_ms = item->expires_ms;
    if (place->expiry == STRING_EXPIRY_SET) expires_ms = place->expires_ms;

    struct store_need need = {0};
    bool reserve = !place->reserved && overwrite_needs(store, shape, item, expires_ms, &need);
    if (reserve) {
        u64 moves = store->moves;
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
        store_refresh(store, place->database, place->key, place->hash, moves, item);
    }
    if (item->type != ITEM_STRING) store_free_content(store, item);
    u32 surplus = item->chain.count - u32_min(item->chain.count, shape->pages);
    u32 rest = value_overwrite(&store->pages, &item->chain, shape->data.data, shape->pages);
    if (surplus > 0) store_free_chain(store, rest, surplus);
    item->type = ITEM_STRING;
    item->encoding = shape->encoding;
    item->expires_ms = expires_ms;
    item->placeholder = false;
    item->modified = false;
    struct bytes payload = string_shape_payload(shape);
    store_rewrite(store, item, &payload, 1);
    if (reserve) store_release(store);
    return STORE_OK;
}

enum store_result string_set(struct store *store, u32 database, const struct string_pair *pair,
                             enum string_expiry expiry, u64 expires_ms) {
    if (!string_within_limits(store, pair->key.len, pair->value.len)) return STORE_TOO_LONG;
    struct string_place place = {.database = database,
                                 .key = pair->key,
                                 .hash = pair->hash,
                                 .expiry = expiry,
                                 .expires_ms = expires_ms};
    struct string_shape shape = string_shape_of(pair->value);
    struct item item;
    if (store_find(store, database, pair->key, pair->hash, &item)) {
        store_touch(store, &item);
        return string_overwrite(store, &place, &shape, &item);
    }
    return string_create(store, &place, &shape, &item);
}

enum store_result string_set_bytes(struct store *store, u32 database, struct bytes key, u64 hash,
                                   struct item *item, struct bytes value) {
    if (!string_within_limits(store, key.len, value.len)) return STORE_TOO_LONG;
    struct string_place place = {
        .database = database, .key = key, .hash = hash, .expiry = STRING_EXPIRY_KEEP};
    struct string_shape shape = string_shape_of_bytes(value);
    if (item->handle != 0) return string_overwrite(store, &place, &shape, item);
    return string_create(store, &place, &shape, item);
}

enum store_result string_set_integer(struct store *store, u32 database, struct bytes key, u64 hash,
                                     struct item *item, i64 value) {
    if (item->handle != 0 && item->type == ITEM_STRING && item->encoding == ENCODING_INTEGER &&
        !item->modified) {
        u8 *payload = store_payload_in_place(store, item);
        if (payload != NULL) {
            memcpy(payload, &value, sizeof value);
            return STORE_OK;
        }
    }
    struct string_place place = {
        .database = database, .key = key, .hash = hash, .expiry = STRING_EXPIRY_KEEP};
    struct string_shape shape = string_shape_of_integer(value);
    if (item->handle != 0) return string_overwrite(store, &place, &shape, item);
    if (!string_within_limits(store, key.len, 0)) return STORE_TOO_LONG;
    return string_create(store, &place, &shape, item);
}

/* -- reading -- */

static i64 read_integer(const struct store *store, const struct item *item) {
    kv_assert(item->encoding == ENCODING_INTEGER && item->payload_len == sizeof(i64));
    u8 object[ITEM_HEAD_MAX + sizeof(i64)];
    i64 value;
    memcpy(&value, store_payload(store, item, object).data, sizeof value);
    return value;
}

u64 string_length(const struct store *store, const struct item *item) {
    kv_assert(item->type == ITEM_STRING);
    if (item->encoding == ENCODING_INTEGER) {
        char digits[NUMBER_TEXT_MAX];
        return number_format_i64(digits, read_integer(store, item));
    }
    return (u64)item->chain.count * PAGE_BYTES + item->payload_len;
}

bool string_integer(const struct store *store, const struct item *item, i64 *value) {
    kv_assert(item->type == ITEM_STRING);
    if (item->encoding == ENCODING_INTEGER) {
        *value = read_integer(store, item);
        return true;
    }
    if (item->chain.count > 0 || item->payload_len > INTEGER_TEXT_MAX) return false;
    u8 object[ITEM_HEAD_MAX + INTEGER_TEXT_MAX];
    return number_parse_i64(store_payload(store, item, object), value);
}

void string_open(const struct store *store, const struct item *item, char *digits,
                 struct value_cursor *cursor) {
    kv_assert(item->type == ITEM_STRING);
    *cursor = (struct value_cursor){.pages = &store->pages, .heap = &store->heap};
    if (item->encoding == ENCODING_INTEGER) {
        cursor->tail = bytes_of(digits, number_format_i64(digits, read_integer(store, item)));
        return;
    }
    cursor->page = item->chain.first;
    cursor->chain_left = (u64)item->chain.count * PAGE_BYTES;
    cursor->piece = item->handle;
    cursor->skip = item->head_len;
    cursor->inline_left = item->payload_len;
}
