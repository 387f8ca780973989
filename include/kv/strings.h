/* strings.h: the string type: bytes or an integer, long values in overflow pages.
 */
#ifndef KV_STRINGS_H
#define KV_STRINGS_H

#include "kv/keyspace.h"

enum store_result {
    STORE_OK,
    STORE_FULL,    /* no memory, or key-count reached: nothing has changed */
    STORE_TOO_LONG /* a limit: nothing has changed */
};

/* What to do with the expiry of the key that is overwritten. */
enum string_expiry { STRING_EXPIRY_CLEAR, STRING_EXPIRY_KEEP, STRING_EXPIRY_SET };

struct string_pair {
    struct bytes key;
    struct bytes value;
    u64 hash;
};

/* Adds what a string of this key and value needs, as if the key were new. */
void string_need(const struct store *store, struct store_need *need, u64 key_len, u64 value_len);

/* Sets one key, overwriting any type. A value that is a canonical integer is stored as one. Room in
 * the old value's place is used first, so that a full store can be overwritten in place. */
enum store_result string_set(struct store *store, u32 database, const struct string_pair *pair,
                             enum string_expiry expiry, u64 expires_ms);
/* Sets all or none (MSET): pair i is at (key[2i], value[2i+1]) of `words`; 2 * count words. Keys
 * may repeat; the last one wins. With capacity guaranteed it never fails within the limits. */
enum store_result string_set_many(struct store *store, u32 database, const struct bytes *words,
                                  u32 count);

/* Length of the value as clients see it. */
u64 string_length(const struct store *store, const struct item *item);
/* True and *value when the item is, or reads as, a canonical integer. */
bool string_integer(const struct store *store, const struct item *item, i64 *value);
/* A cursor over the value's bytes. An integer is formatted into `digits` (NUMBER_TEXT_MAX), which
 * must live as long as the cursor. */
void string_open(const struct store *store, const struct item *item, char *digits,
                 struct value_cursor *cursor);

/* A cursor over the `len` bytes from `offset` on, all of which the value has. O(log) of the value's
 * length to open. `digits` as in string_open. */
void string_open_range(const struct store *store, const struct item *item, u64 offset, u64 len,
                       char *digits, struct value_cursor *cursor);
/* Copies the `len` bytes from `offset` on to `out`, zeros for those that the value has not. Returns
 * how many it had. */
u64 string_read(const struct store *store, const struct item *item, u64 offset, u64 len, u8 *out);

/* Writes these bytes, even when they read as an integer, over the item (same expiry), or creates
 * the key when item->handle is 0. */
enum store_result string_set_bytes(struct store *store, u32 database, struct bytes key, u64 hash,
                                   struct item *item, struct bytes value);
/* Writes an integer over the item (same expiry), or creates the key when item->handle is 0. */
enum store_result string_set_integer(struct store *store, u32 database, struct bytes key, u64 hash,
                                     struct item *item, i64 value);
/* Appends; creates the key when it does not exist. *length: the new length. STORE_TOO_LONG when
 * that would exceed val-size-max. The caller has checked the type. */
enum store_result string_append(struct store *store, u32 database, struct bytes key, u64 hash,
                                struct bytes suffix, u64 *length);

/* -- changes in part: the value is kept as bytes from then on, and item->modified is set -- */

/* Writes `data` (which may be empty) at `offset`, in place as far as the value goes; beyond, the
 * value grows, with zeros up to the offset. Creates the key when item->handle is 0. Updates *item.
 * STORE_TOO_LONG when the value would exceed val-size-max. The caller has checked the type. */
enum store_result string_write(struct store *store, u32 database, struct bytes key, u64 hash,
                               struct item *item, u64 offset, struct bytes data);
/* Writes over bytes that the value, which is no integer, has. Needs no memory. */
void string_patch(struct store *store, struct item *item, u64 offset, struct bytes data);

/* -- bitwise operations: strings_bitop.c -- */

enum string_bitop { STRING_BITOP_AND, STRING_BITOP_OR, STRING_BITOP_XOR, STRING_BITOP_NOT };

struct string_bitop_call {
    enum string_bitop op;
    u32 database;
    struct bytes key; /* of the result, which overwrites any type and has no expiry */
    u64 hash;
    const struct bytes *sources; /* keys of strings, or missing; the result's key may be one */
    u32 count;                   /* at least 1; of NOT exactly 1 */
    u64 length;                  /* of the longest source: at least 1 */
};

/* Computes the operation over all sources into the key; bytes that a source lacks are zeros. The
 * caller has looked all sources up in this turn, so that none of them is expired now. */
enum store_result string_bitop(struct store *store, const struct string_bitop_call *call);

#endif
