/* Those who watch what is executed: the slow log and LATENCY; MONITOR is in monitor.c. */
#include "observe.h"

#include "kv/call.h"
#include "kv/clock.h"

#define SECRET_BITS 64u

/* From `first` to the last argument that a bit can stand for. */
static u64 bits_from(const struct call *call, u32 first) {
    u64 bits = 0;
    for (u32 i = first; i < u32_min(call->argc, SECRET_BITS); i++)
        bits |= (u64)1 << i;
    return bits;
}

/* HELLO protover [AUTH username password] [SETNAME clientname], in any order. */
static u64 hello_secrets(const struct call *call) {
    u64 bits = 0;
    for (u32 i = 2; i + 2 < u32_min(call->argc, SECRET_BITS); i++) {
        if (call_is_word(call, i, "SETNAME")) {
            i++;
        } else if (call_is_word(call, i, "AUTH")) {
            bits |= (u64)3 << (i + 1);
            i += 2;
        }
    }
    return bits;
}

/* CONFIG SET of passwords. */
static u64 config_secrets(const struct call *call) {
    u64 bits = 0;
    for (u32 i = 2; i + 1 < u32_min(call->argc, SECRET_BITS); i += 2) {
        const struct option_info *info = option_find(call->argv[i]);
        if (info != NULL && strstr(info->name, "pass") != NULL) bits |= (u64)1 << (i + 1);
    }
    return bits;
}

u64 call_secrets(const struct call *call) {
    switch (call->command->id) {
    case COMMAND_ID_AUTH:
        return bits_from(call, 1);
    case COMMAND_ID_HELLO:
        return hello_secrets(call);
    case COMMAND_ID_CONFIG_SET:
        return config_secrets(call);
    default:
        return 0;
    }
}

static void note_slow(const struct call *call, u64 us) {
    struct engine *engine = call->engine;
    const i64 threshold_us = (i64)engine->options.slowlog_slower_us;
    if (threshold_us < 0 || us < (u64)threshold_us) return;
    if (call->command->flags & COMMAND_FLAG(SKIP_SLOWLOG)) return;
    const struct slow_call slow = {
        .unix_s = engine->wall_us / 1000000,
        .duration_us = us,
        .argv = call->argv,
        .argc = call->argc,
        .secret = call_secrets(call),
        .address = call->client->address,
        .name = call->client->name,
    };
    slow_log_add(&engine->slow_log, &slow, engine->options.slowlog_length_max);
}

void call_observe(const struct call *call, u64 cycles) {
    struct engine *engine = call->engine;
    const bool fast = (call->command->flags & COMMAND_FLAG(FAST)) != 0;
    /* The end of a wait that nothing served has no arguments, and took no time. */
    if (call->argc > 0) note_slow(call, clock_cycles_to_ns(cycles) / 1000);
    engine_note_latency(engine, fast ? LATENCY_FAST_COMMAND : LATENCY_COMMAND, cycles);
    /* A command that waits was shown when it began to. */
    const bool waited = call->argc == 0 || call->client->blocked != NULL;
    if (engine->monitors.gauge.used > 0 && !waited) monitors_feed(call);
}

void call_observe_block(const struct call *call) {
    if (call->engine->monitors.gauge.used > 0) monitors_feed(call);
}
