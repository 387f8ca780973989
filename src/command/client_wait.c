/* CLIENT UNBLOCK, PAUSE and UNPAUSE: the waits of other clients. */
#include "kv/call.h"
#include "kv/number.h"

#define MILLISECOND_US 1000u

static struct client *find_client(struct call *call, u64 id) {
    struct list_node *order = &call->engine->clients.order;
    for (struct list_node *node = order->next; node != order; node = node->next) {
        struct client *client = kv_container_of(node, struct client, node);
        if (client->id == id) return client;
    }
    return NULL;
}

/* A container's subcommand with more words than any of its forms. */
static void refuse_form(struct call *call) {
    call_errorf(call,
                "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try CLIENT HELP.",
                (int)u64_min(call->argv[1].len, 128), (const char *)call->argv[1].data);
}

void command_client_unblock(struct call *call) {
    enum blocked_end how = BLOCKED_TIMED_OUT;
    i64 id;
    if (call->argc > 4) {
        refuse_form(call);
        return;
    }
    if (call->argc == 4) {
        if (call_is_word(call, 3, "ERROR")) {
            how = BLOCKED_UNBLOCKED;
        } else if (!call_is_word(call, 3, "TIMEOUT")) {
            call_error(call, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
            return;
        }
    }
    if (!call_integer(call, 2, &id)) return;
    const struct client *client = find_client(call, (u64)id);
    /* In a transaction its wait may have been ended by a call before this one. */
    const bool waits = client != NULL && client->blocked != NULL && !client->kill &&
                       client->blocked->end == BLOCKED_NOT_ENDED;
    if (waits) blocked_end(&call->engine->blocked, client->blocked, how);
    reply_integer(&call->reply, waits);
}

/* When the pause ends; at once when its end is more than a clock holds, as in Redis. */
static bool read_pause(struct call *call, u64 *until_us) {
    const struct engine *engine = call->engine;
    i64 ms;
    if (!number_parse_i64(call->argv[2], &ms)) {
        call_error(call, "ERR timeout is not an integer or out of range");
        return false;
    }
    if (ms < 0) {
        call_error(call, "ERR timeout is negative");
        return false;
    }
    const bool beyond = ms > INT64_MAX - (i64)(engine->wall_us / 1000);
    const u64 most_ms = (UINT64_MAX - engine->now_us) / MILLISECOND_US;
    *until_us = engine->now_us + (beyond ? 0 : u64_min((u64)ms, most_ms) * MILLISECOND_US);
    return true;
}

void command_client_pause(struct call *call) {
    enum pause_kind kind = PAUSE_ALL;
    u64 until_us;
    if (call->argc > 4) {
        refuse_form(call);
        return;
    }
    if (call->argc == 4) {
        if (call_is_word(call, 3, "WRITE")) {
            kind = PAUSE_WRITES;
        } else if (!call_is_word(call, 3, "ALL")) {
            call_error(call, "ERR CLIENT PAUSE mode must be WRITE or ALL");
            return;
        }
    }
    if (!read_pause(call, &until_us)) return;
    if (until_us > call->engine->now_us) blocked_pause(&call->engine->blocked, kind, until_us);
    reply_ok(&call->reply);
}

void command_client_unpause(struct call *call) {
    blocked_unpause(&call->engine->blocked);
    reply_ok(&call->reply);
}
