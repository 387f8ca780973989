/* access.h: what 26 bits in an item's head say of its use. Under an LFU policy, as in Redis, the
 * minute of the last use (16 bits) and a logarithmic counter of uses (8 bits). Otherwise the
 * quarter of a second of the last use: four times as fine as in Redis, as a small cache under load
 * replaces all that it holds in a second or two, and with the same range, 194 days. Pure functions
 * of a field and of the rules that hold now.
 *
 * The counter is Redis's (its documentation, "Using Redis as an LRU cache"): a use raises it with a
 * probability that falls with its height, and each lfu-decay-time minutes without use lower it.
 */
#ifndef KV_ACCESS_H
#define KV_ACCESS_H

#include "kv/options.h"

#define ACCESS_MASK 0x3ffffffu
/* The longest idle time. */
#define ACCESS_IDLE_MAX_S 0xffffffu
#define ACCESS_COUNTER_MAX 255u
/* The counter of a key that was just made: more than 0, so that it may prove itself. */
#define ACCESS_COUNTER_NEW 5u
/* No field has this value. */
#define ACCESS_NONE UINT32_MAX

struct access_rules {
    bool counts; /* an LFU policy */
    u32 clock;   /* quarters of a second in 26 bits, or minutes in 16 */
    u32 current; /* a field that a use would leave as it is; ACCESS_NONE: it is not that simple */
    u64 log_factor;
    u64 decay_minutes; /* 0: the counter does not sink */
};

static inline bool access_policy_counts(u32 policy) {
    return policy == POLICY_ALLKEYS_LFU || policy == POLICY_VOLATILE_LFU;
}

/* The clock's step to the wall clock's `now_ms`. */
void access_set_now(struct access_rules *rules, u64 now_ms);
/* The field of a key that is made now. */
u32 access_new(const struct access_rules *rules);
/* The field after a use now. `random`: 64 random bits. */
u32 access_used(const struct access_rules *rules, u32 access, u64 random);
/* Seconds since the last use, up to 2^24 - 1: how often the clock has come to another second since
 * then, as in Redis. Of no meaning under an LFU policy. */
u32 access_idle_s(const struct access_rules *rules, u32 access);
/* The same in quarters of a second. */
u32 access_idle_quarters(const struct access_rules *rules, u32 access);
/* The counter as it has sunk until now, 0 to 255; of no meaning under other policies. */
u32 access_frequency(const struct access_rules *rules, u32 access);
/* Minutes since the counter was last touched, up to 2^16 - 1; under an LFU policy. */
u32 access_idle_minutes(const struct access_rules *rules, u32 access);
/* The field of a key that was last used so long ago, for RESTORE; longer than 2^24 - 1 seconds
 * counts as that. Not under an LFU policy. */
u32 access_of_idle(const struct access_rules *rules, u64 idle_s);
/* The field of a key whose counter is this (0 to 255) now, for RESTORE; under an LFU policy. */
u32 access_of_frequency(const struct access_rules *rules, u32 frequency);

#endif
