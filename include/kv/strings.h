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

/* Writes an integer over the item (same expiry), or creates the key when item->handle is 0. */
enum store_result string_set_integer(struct store *store, u32 database, struct bytes key, u64 hash,
                                     struct item *item, i64 value);
/* Appends; creates the key when it does not exist. *length: the new length. STORE_TOO_LONG when
 * that would exceed val-size-max. The caller has checked the type. */
enum store_result string_append(struct store *store, u32 database, struct bytes key, u64 hash,
                                struct bytes suffix, u64 *length);

#endif
