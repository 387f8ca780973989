/* prng.h: a small seeded generator (xoshiro256**, Blackman and Vigna 2018) for tests, random
 * members and identifiers. Not for secrets.
 */
#ifndef KV_PRNG_H
#define KV_PRNG_H

#include "kv/types.h"

struct prng {
    u64 state[4];
};

void prng_init(struct prng *prng, u64 seed);
u64 prng_next(struct prng *prng);
/* Uniform in [0, bound). `bound` is not zero. */
u64 prng_below(struct prng *prng, u64 bound);
/* A seed from the kernel (getrandom); falls back to clock and process id. */
u64 prng_system_seed(void);

#endif
