/* OBJECT IDLETIME and OBJECT FREQ: when, or how often, a key was used. */
#include "kv/call.h"

#define SWITCHING                                                                                  \
    "Please note that when switching between policies at runtime LRU and LFU data will take some " \
    "time to adjust."

/* Finds the key of the subcommand; replies null when there is none. */
static bool find(struct call *call, struct item *item) {
    if (call_peek(call, 2, call->hash, item)) return true;
    reply_null(&call->reply);
    return false;
}

void command_object_idletime(struct call *call) {
    const struct access_rules *access = &call->engine->store.access;
    struct item item;
    if (!find(call, &item)) return;
    if (access->counts) {
        call_error(call,
                   "ERR An LFU maxmemory policy is selected, idle time not tracked. " SWITCHING);
        return;
    }
    reply_integer(&call->reply, access_idle_s(access, item.access));
}

void command_object_freq(struct call *call) {
    const struct access_rules *access = &call->engine->store.access;
    struct item item;
    if (!find(call, &item)) return;
    if (!access->counts) {
        call_error(call, "ERR An LFU maxmemory policy is not selected, access frequency not "
                         "tracked. " SWITCHING);
        return;
    }
    reply_integer(&call->reply, access_frequency(access, item.access));
}
