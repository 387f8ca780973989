/* item.h: how a key and what it holds are laid out in a heap object.
 *
 * Object: header (7 bytes), [expiry 8], [chain 12], key | payload. Everything before the bar is the
 * object's indivisible head. The payload depends on type and encoding:
 *   STRING RAW      the bytes, or their last n % 4096 when there is a chain
 *   STRING INTEGER  an i64, 8 bytes
 *   LIST   RUN      u16 count, then packed elements (run.h)
 *   LIST   TREE     root u32, count u32, height u8 (tree.h)
 */
#ifndef KV_ITEM_H
#define KV_ITEM_H

#include "kv/value.h"

#define ITEM_HEAD_MAX_EXTRA 27u /* header, expiry and chain: a head is at most key + this */
#define ITEM_KEY_MAX 3072u      /* bytes in a key, whatever key-size-max says */
#define ITEM_HEAD_MAX (ITEM_KEY_MAX + ITEM_HEAD_MAX_EXTRA)
#define ITEM_RUN_HEADER 2u /* the count before a run's elements */
#define ITEM_TREE_BYTES 9u /* payload of a collection that is a tree */

enum item_type { ITEM_STRING = 0, ITEM_LIST = 1, ITEM_TYPES };
enum item_encoding { ENCODING_RAW = 0, ENCODING_INTEGER = 1, ENCODING_RUN = 2, ENCODING_TREE = 3 };

/* A decoded item. A view: invalid after anything in the store has changed, except through the very
 * call that takes it by pointer and updates it. */
struct item {
    heap_handle handle;
    u8 type;
    u8 encoding;
    u8 space;         /* internal number of its database, see keyspace.h */
    bool placeholder; /* made within a command that may yet take it back: string_set_many */
    bool modified;    /* a string that was changed in part: never again a compact encoding; or an
                         integer that is a copy: never shared, see OBJECT REFCOUNT */
    u32 access;       /* 26 bits: when, or how often, clients used it; see access.h */
    u64 expires_ms;   /* 0: never */
    struct value_chain chain;
    struct bytes key;
    u32 head_len;
    u64 payload_len; /* inline payload, chain excluded */
};

/* Decodes the head at `handle`. */
void item_read(const struct heap *heap, heap_handle handle, struct item *item);
/* Decodes a head alone: no handle, no lengths. `head` may be longer than the head. */
void item_read_head(struct bytes head, struct item *item);
/* Decodes the head at `handle` when it is that of `key` in `space`; otherwise false, and *item is
 * as it was. What a lookup calls for each candidate. */
bool item_read_if_key(const struct heap *heap, heap_handle handle, u8 space, struct bytes key,
                      struct item *item);
/* Encodes a head (key included); `out` holds key.len + ITEM_HEAD_MAX_EXTRA; returns its length. */
u32 item_write_head(u8 *out, const struct item *item);
/* Length that item_write_head would return. */
u32 item_head_length(const struct item *item);

/* An expiry that was removed may leave its field behind, holding 0, so that removing it never
 * needs memory; the next rewrite drops it. */
bool item_has_expiry_field(struct bytes head);
/* Writes the field, which the head must have. */
void item_patch_expiry(u8 *head, u64 expires_ms);
/* Sets item->modified in a head as it lies in the heap. */
void item_patch_modified(u8 *head);
/* Writes the access field, 26 bits. */
void item_patch_access(u8 *head, u32 access);
/* What a sweep asks of a head, without decoding it: its space and its expiry, 0 for none. */
u8 item_peek_space(const u8 *head);
u64 item_peek_expiry(const u8 *head);

#endif
