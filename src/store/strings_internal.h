/* strings_internal.h: how the string operations turn bytes into what an item keeps.
 */
#ifndef KV_STORE_STRINGS_INTERNAL_H
#define KV_STORE_STRINGS_INTERNAL_H

#include "kv/strings.h"

/* A value as an item keeps it: whole pages from the front of `data`, then the payload. */
struct string_shape {
    u8 encoding;
    i64 integer;
    u32 pages;
    struct bytes data;
};

struct string_shape string_shape_of(struct bytes value);
struct string_shape string_shape_of_integer(i64 value);
/* As it is, never as an integer. */
struct string_shape string_shape_of_bytes(struct bytes value);
/* The inline part. It points into the shape when that is an integer. */
struct bytes string_shape_payload(const struct string_shape *shape);

/* Where a value goes: the key, and what happens to its expiry. */
struct string_place {
    u32 database;
    struct bytes key;
    u64 hash;
    enum string_expiry expiry;
    u64 expires_ms;
    bool reserved; /* the caller holds a reservation of string_need for it */
};

/* Creates the key, which does not exist. */
enum store_result string_create(struct store *store, const struct string_place *place,
                                const struct string_shape *shape, struct item *item);
/* Puts the value over an item of any type, in the place of what it holds as far as that goes. */
enum store_result string_overwrite(struct store *store, const struct string_place *place,
                                   const struct string_shape *shape, struct item *item);

/* Copies the inline part as clients see it to `out` (STORE_SCRATCH_BYTES); it begins there. */
struct bytes string_copy_tail(const struct store *store, const struct item *item, u8 *out);
/* Notes in the item, where it lies, that it was changed in part. */
void string_mark_modified(struct store *store, struct item *item);

/* Whether key and value keep their limits. */
bool string_within_limits(const struct store *store, u64 key_len, u64 value_len);

#endif
