#include "kv/item.h"

#include <string.h>

#include "kv/assert.h"

/* The header's first byte: type, encoding, and which optional fields follow. Its second byte is the
 * space, the next two are the key's length, the highest two bits of the access field and two flags,
 * the last three are the rest of the access field. */
#define TYPE_MASK 0x07u
#define ENCODING_SHIFT 3
#define ENCODING_MASK 0x07u
#define HAS_EXPIRY 0x40u
#define HAS_CHAIN 0x80u
#define KEY_LENGTH_MASK 0x0fffu
#define IS_MODIFIED 0x4000u
#define IS_PLACEHOLDER 0x8000u

#define HEADER_BYTES 7u
#define ACCESS_AT 4u
#define ACCESS_HIGH_AT 3u
#define ACCESS_HIGH_MASK 0x30u
#define ACCESS_HIGH_SHIFT 20
#define EXPIRY_BYTES 8u
#define CHAIN_BYTES 12u
_Static_assert(HEADER_BYTES + EXPIRY_BYTES + CHAIN_BYTES == ITEM_HEAD_MAX_EXTRA,
               "a head is at most its key and this");
_Static_assert(ITEM_KEY_MAX <= KEY_LENGTH_MASK, "a key's length has 12 bits");

static inline u16 load_u16(const u8 *at) {
    u16 value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline u32 load_access(const u8 *head) {
    return head[ACCESS_AT] | (u32)head[ACCESS_AT + 1] << 8 | (u32)head[ACCESS_AT + 2] << 16 |
           (head[ACCESS_HIGH_AT] & ACCESS_HIGH_MASK) << ACCESS_HIGH_SHIFT;
}

static inline void store_access(u8 *head, u32 access) {
    head[ACCESS_AT] = (u8)access;
    head[ACCESS_AT + 1] = (u8)(access >> 8);
    head[ACCESS_AT + 2] = (u8)(access >> 16);
    u32 others = head[ACCESS_HIGH_AT] & ~ACCESS_HIGH_MASK;
    head[ACCESS_HIGH_AT] = (u8)(others | (access >> ACCESS_HIGH_SHIFT & ACCESS_HIGH_MASK));
}

static inline u32 optional_bytes(u8 first) {
    return (first & HAS_EXPIRY ? EXPIRY_BYTES : 0) + (first & HAS_CHAIN ? CHAIN_BYTES : 0);
}

/* Everything but the lengths, from the object's first piece. */
static void decode(struct bytes head, struct item *item) {
    u8 first = head.data[0];
    u16 last = load_u16(head.data + 2);
    item->type = first & TYPE_MASK;
    item->encoding = first >> ENCODING_SHIFT & ENCODING_MASK;
    item->space = head.data[1];
    item->placeholder = (last & IS_PLACEHOLDER) != 0;
    item->modified = (last & IS_MODIFIED) != 0;
    item->access = load_access(head.data);
    const u8 *at = head.data + HEADER_BYTES;
    item->expires_ms = 0;
    if (first & HAS_EXPIRY) {
        memcpy(&item->expires_ms, at, EXPIRY_BYTES);
        at += EXPIRY_BYTES;
    }
    item->chain = (struct value_chain){0};
    if (first & HAS_CHAIN) {
        memcpy(&item->chain, at, CHAIN_BYTES);
        at += CHAIN_BYTES;
    }
    item->key = bytes_of(at, last & KEY_LENGTH_MASK);
    item->head_len = (u32)(at - head.data) + (u32)item->key.len;
    kv_assert(item->head_len <= head.len && item->type < ITEM_TYPES);
}

static void read_from(const struct heap *heap, heap_handle handle, struct bytes head,
                      struct item *item) {
    item->handle = handle;
    decode(head, item);
    u64 len = KV_UNLIKELY(heap_is_split(heap, handle)) ? heap_length(heap, handle) : head.len;
    item->payload_len = len - item->head_len;
}

void item_read(const struct heap *heap, heap_handle handle, struct item *item) {
    read_from(heap, handle, heap_first(heap, handle), item);
}

void item_read_head(struct bytes head, struct item *item) {
    item->handle = 0;
    item->payload_len = 0;
    decode(head, item);
}

bool item_read_if_key(const struct heap *heap, heap_handle handle, u8 space, struct bytes key,
                      struct item *item) {
    struct bytes head = heap_first(heap, handle);
    if ((load_u16(head.data + 2) & KEY_LENGTH_MASK) != key.len || head.data[1] != space)
        return false;
    if (memcmp(head.data + HEADER_BYTES + optional_bytes(head.data[0]), key.data, key.len) != 0)
        return false;
    read_from(heap, handle, head, item);
    return true;
}

u32 item_head_length(const struct item *item) {
    u32 expiry = item->expires_ms != 0 ? EXPIRY_BYTES : 0;
    u32 chain = item->chain.count != 0 ? CHAIN_BYTES : 0;
    return HEADER_BYTES + expiry + chain + (u32)item->key.len;
}

u32 item_write_head(u8 *out, const struct item *item) {
    kv_assert(item->key.len <= ITEM_KEY_MAX && item->type < ITEM_TYPES);
    u32 fields = (item->expires_ms != 0 ? HAS_EXPIRY : 0) | (item->chain.count ? HAS_CHAIN : 0);
    out[0] = (u8)(item->type | (u32)item->encoding << ENCODING_SHIFT | fields);
    out[1] = item->space;
    u32 flags = (item->placeholder ? IS_PLACEHOLDER : 0) | (item->modified ? IS_MODIFIED : 0);
    u16 last = (u16)(item->key.len | flags);
    memcpy(out + 2, &last, sizeof last);
    store_access(out, item->access);
    u8 *at = out + HEADER_BYTES;
    if (item->expires_ms != 0) {
        memcpy(at, &item->expires_ms, EXPIRY_BYTES);
        at += EXPIRY_BYTES;
    }
    if (item->chain.count != 0) {
        memcpy(at, &item->chain, CHAIN_BYTES);
        at += CHAIN_BYTES;
    }
    memcpy(at, item->key.data, item->key.len);
    return (u32)(at - out) + (u32)item->key.len;
}

bool item_has_expiry_field(struct bytes head) {
    return (head.data[0] & HAS_EXPIRY) != 0;
}

void item_patch_expiry(u8 *head, u64 expires_ms) {
    kv_assert(head[0] & HAS_EXPIRY);
    memcpy(head + HEADER_BYTES, &expires_ms, EXPIRY_BYTES);
}

void item_patch_modified(u8 *head) {
    u16 last = load_u16(head + 2) | IS_MODIFIED;
    memcpy(head + 2, &last, sizeof last);
}

void item_patch_access(u8 *head, u32 access) {
    store_access(head, access);
}

u8 item_peek_space(const u8 *head) {
    return head[1];
}

u64 item_peek_expiry(const u8 *head) {
    u64 expires_ms = 0;
    if (head[0] & HAS_EXPIRY) memcpy(&expires_ms, head + HEADER_BYTES, EXPIRY_BYTES);
    return expires_ms;
}
