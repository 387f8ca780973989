/* hash.h: the one hash of the store: XXH3 with a random seed, so that clients cannot aim keys
 * at one bucket.
 */
#ifndef KV_HASH_H
#define KV_HASH_H

#include "kv/bytes.h"

u64 hash_bytes(struct bytes text, u64 seed);

#endif
