/* MONITOR: what is executed, a line each, to clients that asked for it.
 *
 * A line is written for each monitor straight into what that client is sent next, as far as
 * monitor-memory and the memory for replies go. A monitor that has left too much unread is closed:
 * nobody waits for one.
 */
#include "kv/call.h"
#include "kv/clock.h"
#include "kv/text.h"

#include "observe.h"

#define MICROSECONDS 1000000u
#define PREFIX_MAX (CLIENT_ADDRESS_MAX + 64u)

/* -- a line -- */

/* What a byte looks like between quotes: at most 4 characters. */
static u32 escape(u8 byte, u8 out[4]) {
    static const char digits[] = "0123456789abcdef";
    static const char special[] = "\\\"\n\r\t\a\b";
    static const char letters[] = "\\\"nrtab";
    const char *found = byte == 0 ? NULL : strchr(special, byte);
    if (found != NULL) {
        out[0] = '\\';
        out[1] = (u8)letters[found - special];
        return 2;
    }
    if (byte >= ' ' && byte <= '~') {
        out[0] = byte;
        return 1;
    }
    out[0] = '\\';
    out[1] = 'x';
    out[2] = (u8)digits[byte >> 4];
    out[3] = (u8)digits[byte & 15];
    return 4;
}

static void write_quoted(struct chain *chain, struct bytes argument) {
    u8 piece[256];
    u32 used = 0;
    chain_write(chain, "\"", 1);
    for (size_t i = 0; i < argument.len && !chain->overflow; i++) {
        if (used + 4 > sizeof(piece)) {
            chain_write(chain, piece, used);
            used = 0;
        }
        used += escape(argument.data[i], piece + used);
    }
    chain_write(chain, piece, used);
    chain_write(chain, "\"", 1);
}

static void write_line(struct chain *chain, const struct call *call, u64 wall_us) {
    const struct client *client = call->client;
    const u64 secrets = call_secrets(call);
    char prefix[PREFIX_MAX];
    struct text text;
    text_init(&text, prefix, sizeof(prefix));
    text_printf(&text, "+%llu.%06llu [%u %s%s]", (unsigned long long)(wall_us / MICROSECONDS),
                (unsigned long long)(wall_us % MICROSECONDS), client->database,
                client->is_unix ? "unix:" : "",
                client->is_unix ? call->engine->options.unixsocket : client->address);
    chain_write(chain, text.data, text.len);
    for (u32 i = 0; i < call->argc && !chain->overflow; i++) {
        const bool secret = i < 64 && (secrets >> i & 1) != 0;
        chain_write(chain, " ", 1);
        write_quoted(chain, secret ? bytes_of_string("(redacted)") : call->argv[i]);
    }
    chain_write(chain, "\r\n", 2);
}

/* -- monitors -- */

void monitors_leave(struct engine *engine, struct client *client) {
    if (!client_is_monitor(client)) return;
    list_remove(&client->monitoring);
    gauge_sub(&engine->monitors.gauge, 1);
    engine_note_watchers(engine);
}

static void lose(struct engine *engine, struct client *client, u64 unread) {
    monitors_leave(engine, client);
    client->kill = client->monitor_lost = true;
    engine->clients_killed = true;
    log_limited(&engine->log_limit, LOG_NOTICE,
                "client %llu (%s) closed: it left %llu bytes of MONITOR unread (monitor-memory), "
                "or there was no memory for more",
                (unsigned long long)client->id, client->address, (unsigned long long)unread);
}

static void feed(const struct call *call, struct client *client, u64 wall_us) {
    struct engine *engine = call->engine;
    struct chain *chain = engine->host.push_begin(engine->host.context, client);
    if (chain == NULL) {
        monitors_leave(engine, client);
        return;
    }
    if (client_is_muted(client)) return;
    const u64 bytes_max = chain->bytes_max;
    const struct chain_mark mark = chain_begin(chain);
    chain->bytes_max = u64_min(bytes_max, engine->options.monitor_memory);
    write_line(chain, call, wall_us);
    /* Within its own transaction a monitor's line takes nothing from the replies to come. */
    if (chain->hold) chain_reserve(chain, engine->transactions.replies_left);
    chain->bytes_max = bytes_max;
    if (chain->overflow) {
        chain_rollback(chain, mark);
        lose(engine, client, mark.bytes);
    } else {
        engine->host.push_end(engine->host.context, client);
    }
}

void monitors_feed(const struct call *call) {
    struct engine *engine = call->engine;
    if (call->command->flags & (COMMAND_FLAG(SKIP_MONITOR) | COMMAND_FLAG(ADMIN))) return;
    const u64 wall_us = clock_wall_us();
    struct list_node *order = &engine->monitors.order;
    struct list_node *next;
    for (struct list_node *node = order->next; node != order; node = next) {
        next = node->next; /* feeding may take the monitor out of the list */
        feed(call, kv_container_of(node, struct client, monitoring), wall_us);
    }
}

void command_monitor(struct call *call) {
    struct engine *engine = call->engine;
    struct monitors *monitors = &engine->monitors;
    if (call->in_transaction) {
        call_error(call, "ERR MONITOR isn't allowed for DENY BLOCKING client");
        return;
    }
    /* As in Redis, which takes a monitor for a replica. */
    if (client_is_monitor(call->client)) return;
    if (monitors->gauge.used >= monitors->gauge.max) {
        monitors->gauge.exhausted++;
        call_errorf(call, "ERR max number of monitors reached (monitors-max %llu)",
                    (unsigned long long)monitors->gauge.max);
        return;
    }
    list_push_back(&monitors->order, &call->client->monitoring);
    gauge_add(&monitors->gauge, 1);
    engine_note_watchers(engine);
    reply_ok(&call->reply);
}
