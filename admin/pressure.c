#include "pressure.h"

/* Parts of a million of a limit. What waits its turn may be full for a moment without harm, and has
 * a rule of its own below. */
static const struct {
    const char *pool;
    u32 warn_ppm;
    u32 critical_ppm;
    const char *what;
} pool_rules[] = {
    {"connections", 800000, 950000, "connections of connections-max are open"},
    {"keys", 900000, 980000, "keys of key-count are stored"},
};
#define FILL_WARN_PPM 900000u
#define FILL_CRITICAL_PPM 980000u

const char *pressure_name(enum pressure pressure) {
    static const char *const names[] = {"ok", "warn", "critical"};
    return names[pressure];
}

struct judgement {
    enum pressure worst;
    struct text *reason;
};

/* True when it is worse than what was found before: the reason is then the caller's to write. */
static bool raise(struct judgement *judgement, enum pressure pressure) {
    if (pressure <= judgement->worst) return false;
    judgement->worst = pressure;
    judgement->reason->len = 0;
    return true;
}

static enum pressure of_ppm(u64 ppm, u32 warn_ppm, u32 critical_ppm) {
    if (ppm >= critical_ppm) return PRESSURE_CRITICAL;
    return ppm >= warn_ppm ? PRESSURE_WARN : PRESSURE_OK;
}

static void judge_pools(struct judgement *judgement, const struct view *view) {
    for (u32 i = 0; i < view->pool_count; i++) {
        const struct view_pool *pool = &view->pools[i];
        if (pool->gauge.max == 0) continue;
        const u64 ppm = (u64)((unsigned __int128)pool->gauge.used * 1000000 / pool->gauge.max);
        for (u32 k = 0; k < KV_ARRAY_LENGTH(pool_rules); k++) {
            if (strcmp(pool_rules[k].pool, pool->name) != 0) continue;
            if (raise(judgement, of_ppm(ppm, pool_rules[k].warn_ppm, pool_rules[k].critical_ppm)))
                text_printf(judgement->reason, "%llu of %llu %s",
                            (unsigned long long)pool->gauge.used,
                            (unsigned long long)pool->gauge.max, pool_rules[k].what);
        }
    }
}

enum pressure pressure_judge(const struct view *view, struct text *reason) {
    struct judgement judgement = {PRESSURE_OK, reason};
    const u64 fill_ppm = view->head.values.store_fill_ppm;
    if (view->health == HEALTH_STALLED && raise(&judgement, PRESSURE_CRITICAL))
        text_printf(reason, "%s", health_reason(view->health));
    if (raise(&judgement, of_ppm(fill_ppm, FILL_WARN_PPM, FILL_CRITICAL_PPM)))
        text_printf(reason, "the store is %.1f %% full", (double)fill_ppm / 10000);
    judge_pools(&judgement, view);
    u64 waiting = 0;
    for (u32 i = 0; i < WAIT_REASON_COUNT; i++)
        waiting += view->head.waiting[i];
    if (waiting > 0 && raise(&judgement, PRESSURE_WARN))
        text_printf(reason, "%llu connections wait for memory that others hold",
                    (unsigned long long)waiting);
    return judgement.worst;
}
