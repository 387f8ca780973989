#include "kv/access.h"

#include "kv/assert.h"

#define MS_PER_QUARTER 250u
#define SECOND_SHIFT 2
#define MS_PER_MINUTE 60000u
#define MINUTES_MASK 0xffffu
#define COUNTER_BITS 8
#define COUNTER_MASK 0xffu

static u32 counted(const struct access_rules *rules, u32 counter) {
    return rules->clock << COUNTER_BITS | counter;
}

void access_set_now(struct access_rules *rules, u64 now_ms) {
    if (rules->counts) {
        rules->clock = (u32)(now_ms / MS_PER_MINUTE) & MINUTES_MASK;
        rules->current = ACCESS_NONE;
    } else {
        rules->clock = (u32)(now_ms / MS_PER_QUARTER) & ACCESS_MASK;
        rules->current = rules->clock;
    }
}

u32 access_new(const struct access_rules *rules) {
    return rules->counts ? counted(rules, ACCESS_COUNTER_NEW) : rules->clock;
}

u32 access_used(const struct access_rules *rules, u32 access, u64 random) {
    if (!rules->counts) return rules->clock;
    u32 counter = access_frequency(rules, access);
    if (counter == ACCESS_COUNTER_MAX) return counted(rules, counter);
    u32 above = counter > ACCESS_COUNTER_NEW ? counter - ACCESS_COUNTER_NEW : 0;
    u64 odds = above * rules->log_factor + 1;
    bool raise = (u64)((unsigned __int128)random * odds >> 64) == 0;
    return counted(rules, counter + raise);
}

u32 access_idle_s(const struct access_rules *rules, u32 access) {
    return ((rules->clock >> SECOND_SHIFT) - (access >> SECOND_SHIFT)) & ACCESS_IDLE_MAX_S;
}

u32 access_idle_quarters(const struct access_rules *rules, u32 access) {
    return (rules->clock - access) & ACCESS_MASK;
}

u32 access_idle_minutes(const struct access_rules *rules, u32 access) {
    return (rules->clock - (access >> COUNTER_BITS)) & MINUTES_MASK;
}

u32 access_frequency(const struct access_rules *rules, u32 access) {
    u32 counter = access & COUNTER_MASK;
    if (rules->decay_minutes == 0) return counter;
    u64 lost = access_idle_minutes(rules, access) / rules->decay_minutes;
    return lost < counter ? counter - (u32)lost : 0;
}

u32 access_of_idle(const struct access_rules *rules, u64 idle_s) {
    u32 quarters = (u32)u64_min(idle_s, ACCESS_IDLE_MAX_S) << SECOND_SHIFT;
    return (rules->clock - quarters) & ACCESS_MASK;
}

u32 access_of_frequency(const struct access_rules *rules, u32 frequency) {
    kv_assert(frequency <= ACCESS_COUNTER_MAX);
    return counted(rules, frequency);
}
