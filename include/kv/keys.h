/* keys.h: operations on whole keys, whatever they hold: another name or database for them, copies,
 * a random one, what one takes.
 */
#ifndef KV_KEYS_H
#define KV_KEYS_H

#include "kv/strings.h"

/* A key, and where it is or is to be. The key's bytes may not point into the store. */
struct key_place {
    u32 database;
    struct bytes key;
    u64 hash; /* store_hash */
};

/* Gives what is at `from`, which must exist, the other place, with its expiry and access; what was
 * there goes, of whatever type. The places differ. Nothing that the key holds is copied but the
 * inline part of its item. STORE_FULL: nothing has changed; never when the new key is not longer
 * than the old one, nothing is at the new place, and the item is not split. Uses store->scratch. */
enum store_result key_rename(struct store *store, const struct key_place *from,
                             const struct key_place *to);
/* Makes `to` a copy of what is at `from`, which must exist, with its expiry; what was there goes.
 * O(pages). STORE_FULL: nothing has changed. Uses store->scratch. */
enum store_result key_copy(struct store *store, const struct key_place *from,
                           const struct key_place *to);
/* Creates the key with what `content` (type, encoding, flags, access, expiry, chain) and `payload`
 * say, or, when *item has a handle, puts that over it and frees what it held. Within a reservation
 * of the item, and of a key when there was none. `payload` may not point into the heap. Updates
 * *item. */
void key_put(struct store *store, const struct key_place *place, struct item *item,
             const struct item *content, struct bytes payload);

/* Exchanges the keys of two databases. O(1). */
void keys_swap(struct store *store, u32 a, u32 b);

/* A random key of the database; false when it has none that is not expired. Each is as likely as
 * any other when the database has not much fewer keys than the index has room for; when it has far
 * fewer, those that few lie before in the index are a little likelier. */
bool key_random(struct store *store, u32 database, struct item *item);

/* Whole pages of what the item holds. O(pages). */
u64 key_pages(const struct store *store, const struct item *item);
/* All bytes of the store that the key takes: its item's pieces with slots and links, whole pages,
 * the entry in the index. Their sum over all keys is store_bytes_live, when nothing is dying.
 * O(pages). */
u64 key_bytes(const struct store *store, const struct item *item);

#endif
