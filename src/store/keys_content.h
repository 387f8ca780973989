/* keys_content.h: what an item holds beside its own bytes, copied.
 */
#ifndef KV_STORE_KEYS_CONTENT_H
#define KV_STORE_KEYS_CONTENT_H

#include "kv/keyspace.h"

/* Gives an item, whose payload is at `payload` and not in the heap yet, pages of its own: copies of
 * those that it has from the item which it is a copy of. Within a reservation of key_pages. */
void content_copy(struct store *store, struct item *item, u8 *payload, u64 payload_len);

#endif
