/* hash.c: XXH3, 64 bits, seeded. Inlined from libxxhash's header, so that short keys pay for one
 * call and not for two, and nothing is linked. */
#include "kv/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

u64 hash_bytes(struct bytes text, u64 seed) {
    return XXH3_64bits_withSeed(text.data, text.len, seed);
}
