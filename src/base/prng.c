/* prng.c: xoshiro256** by Blackman and Vigna (Scrambled Linear Pseudorandom Number Generators,
 * 2018), seeded with splitmix64 as its authors advise. */
#include "kv/prng.h"

#include <sys/random.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/clock.h"

static u64 rotate_left(u64 x, u32 n) {
    return x << n | x >> (64 - n);
}

/* splitmix64: a bijection of a counter, so that even the seeds 0 and 1 give states without
 * anything in common, and never the state of four zeros in which xoshiro would be stuck. */
static u64 splitmix_next(u64 *state) {
    *state += 0x9e3779b97f4a7c15ull;
    u64 z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

void prng_init(struct prng *prng, u64 seed) {
    for (size_t i = 0; i < KV_ARRAY_LENGTH(prng->state); i++)
        prng->state[i] = splitmix_next(&seed);
}

u64 prng_next(struct prng *prng) {
    u64 *s = prng->state;
    const u64 result = rotate_left(s[1] * 5, 7) * 9;
    const u64 shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* The high half of a 128-bit product is a number below `bound`; products whose low half is below
 * 2^64 mod bound are drawn again, which leaves the same number of draws for each result
 * (Lemire, Fast Random Integer Generation in an Interval, 2019). */
u64 prng_below(struct prng *prng, u64 bound) {
    kv_assert(bound > 0);
    unsigned __int128 product = (unsigned __int128)prng_next(prng) * bound;
    if ((u64)product < bound) {
        const u64 threshold = (0 - bound) % bound;
        while ((u64)product < threshold)
            product = (unsigned __int128)prng_next(prng) * bound;
    }
    return (u64)(product >> 64);
}

u64 prng_system_seed(void) {
    u64 seed = 0;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed)) return seed;
    /* Early at boot, or in a sandbox that forbids the call: two clocks and the process id differ
     * between starts, and the bijection spreads them over all bits. */
    seed = clock_wall_us() ^ clock_monotonic_ns() << 20 ^ (u64)getpid() << 48;
    return splitmix_next(&seed);
}
