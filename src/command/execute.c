#include <stdio.h>

#include "kv/assert.h"
#include "kv/call.h"
#include "kv/clock.h"
#include "kv/text.h"

/* As much of the arguments of an unknown command as Redis shows. */
#define UNKNOWN_SHOWN_MAX 128u

void call_resolve(struct call *call) {
    const struct command *command = command_find(&call->engine->lookup, call->argv[0]);
    if (command != NULL && call->argc >= 2 && command_is_container(command)) {
        const struct command *child = command_find_child(command, call->argv[1]);
        if (child != NULL) command = child;
    }
    call->command = command;
}

static void refuse_unknown(struct call *call) {
    char shown[UNKNOWN_SHOWN_MAX + 64];
    struct text text;
    text_init(&text, shown, sizeof(shown));
    for (u32 i = 1; i < call->argc && text.len < UNKNOWN_SHOWN_MAX; i++) {
        size_t room = UNKNOWN_SHOWN_MAX - text.len;
        size_t len = call->argv[i].len < room ? call->argv[i].len : room;
        text_printf(&text, "'%.*s' ", (int)len, (const char *)call->argv[i].data);
    }
    size_t name_len = call->argv[0].len < UNKNOWN_SHOWN_MAX ? call->argv[0].len : UNKNOWN_SHOWN_MAX;
    call_errorf(call, "ERR unknown command '%.*s', with args beginning with: %s", (int)name_len,
                (const char *)call->argv[0].data, shown);
}

/* A container whose second word is none of its subcommands. */
static void refuse_subcommand(struct call *call) {
    char upper[COMMAND_NAME_MAX + 1] = "";
    for (u32 i = 0; i < COMMAND_NAME_MAX && call->command->name[i] != '\0'; i++) {
        upper[i] = (char)(call->command->name[i] & ~0x20);
    }
    size_t len = call->argv[1].len < UNKNOWN_SHOWN_MAX ? call->argv[1].len : UNKNOWN_SHOWN_MAX;
    call->engine->stats.counters.unknown_subcommands += call->command->id == COMMAND_ID_CLIENT;
    call_errorf(call, "ERR unknown subcommand '%.*s'. Try %s HELP.", (int)len,
                (const char *)call->argv[1].data, upper);
}

static bool key_fits(struct call *call, u32 i) {
    u64 max = call->engine->options.key_size_max;
    if (KV_LIKELY(call->argv[i].len <= max)) return true;
    call_errorf(call, "ERR key of %zu bytes exceeds key-size-max (%llu)", call->argv[i].len,
                (unsigned long long)max);
    return false;
}

static bool keys_fit(struct call *call) {
    const struct command *command = call->command;
    const struct key_spec *spec = &command->key_specs[0];
    if (spec->find == KEY_FIND_NONE) return true;
    /* One key at one place, as most commands have it, needs no walk. */
    if (spec->find == KEY_FIND_RANGE && spec->last == 0 && spec[1].find == KEY_FIND_NONE)
        return spec->index >= call->argc || key_fits(call, spec->index);
    struct key_walk walk;
    key_walk_begin(&walk, command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk))
        if (!key_fits(call, i)) return false;
    return true;
}

/* A web page can make a browser send an HTTP request to a port of this machine, whose body is then
 * read as inline commands. Its first words give it away, and the connection ends there. */
static bool is_http(const struct call *call) {
    return call_is_word(call, 0, "POST") || call_is_word(call, 0, "Host:");
}

static void refuse_http(struct call *call) {
    call->client->close_after_reply = true;
    log_limited(&call->engine->log_limit, LOG_WARNING,
                "client %llu (%s) closed: it speaks HTTP, as a cross-protocol attack does",
                (unsigned long long)call->client->id, call->client->address);
}

/* A refused EXEC ends its transaction, and says so. */
static void refuse_arity(struct call *call) {
    if (call->command->id == COMMAND_ID_EXEC) {
        transaction_abort(call, "wrong number of arguments for 'exec' command");
    } else {
        call_arity_error(call);
    }
}

static void refuse_stranger(struct call *call) {
    if (call->command->id == COMMAND_ID_EXEC) {
        transaction_abort(call, "NOAUTH Authentication required.");
    } else {
        call_error(call, "NOAUTH Authentication required.");
    }
}

/* DEBUG can stop the server for a time, or change how it works: whether this client may use it. */
static bool may_debug(const struct call *call) {
    const u32 allowed = call->engine->options.enable_debug_command;
    return allowed == DEBUG_COMMAND_YES ||
           (allowed == DEBUG_COMMAND_LOCAL && call->client->is_local);
}

static void refuse_debug(struct call *call) {
    call_error(call, "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
                     "\"local\", you can run it from a local connection, otherwise you need to "
                     "set this option in the configuration file, and then restart the server.");
}

/* Whether the call names a command, and not just a container with a second word of its own. */
static bool is_known(const struct call *call) {
    return call->command != NULL && (call->argc < 2 || !command_is_container(call->command));
}

/* What must hold before a handler runs. Replies and returns false when it does not. */
static bool is_allowed(struct call *call) {
    const struct command *command = call->command;
    if (KV_UNLIKELY(call->too_long_argument > 0) &&
        (command == NULL || command->id != COMMAND_ID_RESTORE)) {
        call_argument_too_long(call, call->too_long_argument);
        return false;
    }
    if (KV_UNLIKELY(command == NULL)) {
        if (is_http(call)) {
            refuse_http(call);
        } else {
            refuse_unknown(call);
        }
        return false;
    }
    if (KV_UNLIKELY(call->argc >= 2 && command_is_container(command))) {
        refuse_subcommand(call);
        return false;
    }
    if (KV_UNLIKELY(!command_arity_fits(command, call->argc) ||
                    command->handler == command_container)) {
        refuse_arity(call);
        return false;
    }
    if (KV_UNLIKELY(command->id == COMMAND_ID_DEBUG && !may_debug(call))) {
        refuse_debug(call);
        return false;
    }
    if (KV_UNLIKELY(!call->client->authenticated && !(command->flags & COMMAND_FLAG(NO_AUTH)))) {
        refuse_stranger(call);
        return false;
    }
    if (KV_UNLIKELY(call->client->transaction.open && command->flags & COMMAND_FLAG(NO_MULTI))) {
        call_error(call, "ERR Command not allowed inside a transaction");
        return false;
    }
    if (KV_UNLIKELY(client_is_monitor(call->client) &&
                    (command->flags & (COMMAND_FLAG(WRITE) | COMMAND_FLAG(READONLY))))) {
        /* In Redis a monitor counts as a replica. */
        call_error(call, "ERR Replica can't interact with the keyspace");
        return false;
    }
    return keys_fit(call);
}

void command_container(struct call *call) {
    KV_FATAL("%s was called without a subcommand", call->command->name);
}

static void reply_exceeds(struct call *call) {
    call->engine->stats.counters.replies_too_long++;
    call_errorf(call, "ERR reply exceeds reply-size-max (%llu)",
                (unsigned long long)call->engine->limits->connection_send_size);
}

/* The reply did not fit. Nothing was changed, by the rule of handlers: so the call can be made
 * again, unless its reply could never fit. */
enum call_status call_undo(struct call *call, struct chain_mark mark) {
    struct chain *chain = call->reply.chain;
    bool never = chain->overflow_limit && mark.bytes == 0;
    chain_rollback(chain, mark);
    if (!never) return CALL_WAIT;
    reply_exceeds(call);
    return chain->overflow ? CALL_WAIT : CALL_DONE;
}

void call_count_error(const struct call *call) {
    if (!call->failed) return;
    call->engine->stats.counters.error_replies++;
    call->engine->stats.errors[call->error]++;
}

static void count(const struct call *call, bool allowed, u64 cycles) {
    struct stats *stats = &call->engine->stats;
    stats->counters.commands_processed += allowed;
    stats->counters.keyspace_hits += call->hits;
    stats->counters.keyspace_misses += call->misses;
    call_count_error(call);
    struct command_stats *row =
        &stats->commands[call->command == NULL ? STATISTICS_UNKNOWN : call->command->id];
    if (!allowed) {
        row->rejected++;
        return;
    }
    row->calls++;
    duration_histogram_add(&row->durations, clock_cycles_to_ns(cycles));
    row->failed += call->failed;
    if (KV_UNLIKELY(cycles >= call->engine->notable_cycles)) call_observe(call, cycles);
}

void call_end_reply(struct call *call, struct chain_mark mark) {
    if (KV_LIKELY(call->client->reply_mode == 0)) return;
    if (client_is_muted(call->client)) chain_rollback(call->reply.chain, mark);
    client_end_request(call->client);
}

/* What is queued is counted when it is executed; what could not be is counted as refused. */
static enum call_status queue(struct call *call, struct chain_mark mark) {
    transaction_queue(call);
    call_end_reply(call, mark);
    if (KV_UNLIKELY(call->failed)) count(call, false, 0);
    return CALL_DONE;
}

void call_count(struct call *call, bool executed, u64 begin_cycles) {
    u64 now = clock_cycles();
    count(call, executed, now - begin_cycles);
    /* The next command is not charged with it. */
    call->engine->cycles = now;
}

/* Whether the pause holds the call back. */
static bool is_held(const struct call *call) {
    if (call->in_transaction) return false;
    /* In Redis a monitor counts as a replica, which is never held back. */
    if (client_is_monitor(call->client)) return false;
    return call->engine->blocked.pause == PAUSE_ALL || transaction_writes(call) ||
           (call->command->flags & COMMAND_FLAG(WRITE)) != 0;
}

/* What a command has evicted for, or might have, is done. */
static void end_eviction(struct engine *engine) {
    struct eviction *eviction = &engine->store.eviction;
    store_protect_end(&engine->store);
    if (eviction->cycles == 0) return;
    engine_note_latency(engine, LATENCY_EVICTION_CYCLE, eviction->cycles);
    eviction->cycles = 0;
}

/* What a write works on is protected from the eviction that it may cause. A handler may execute
 * other calls: EXEC's. */
static void run(struct call *call) {
    struct engine *engine = call->engine;
    if (KV_LIKELY((call->command->flags & COMMAND_FLAG(WRITE)) == 0)) {
        call->command->handler(call);
        return;
    }
    const struct call *outer = engine->running;
    engine->running = call;
    call->command->handler(call);
    engine->running = outer;
    const struct eviction *eviction = &engine->store.eviction;
    if (KV_UNLIKELY(eviction->asked || eviction->mark_count > 0)) end_eviction(engine);
}

enum call_status call_execute(struct call *call) {
    struct chain *chain = call->reply.chain;
    struct chain_mark mark = chain_begin(chain);
    call->failed = false;
    call->hits = call->misses = 0;
    /* Room for every small reply and every error, before anything is changed. */
    if (!chain_reserve(chain, CALL_REPLY_SMALL)) return call_undo(call, mark);
    call->client->active_us = call->engine->now_us;
    /* One reading of the counter for each call: it begins where the one before it ended. */
    u64 begin = call->engine->cycles;
    bool allowed = is_allowed(call);
    if (KV_LIKELY(allowed)) {
        call->client->last_command = call->command;
        if (KV_UNLIKELY(call->engine->blocked.pause != PAUSE_NONE) && is_held(call)) {
            chain_rollback(chain, mark);
            return CALL_HOLD;
        }
        if (KV_UNLIKELY(call->client->transaction.open) && transaction_takes(call))
            return queue(call, mark);
        run(call);
    } else {
        call->client->last_command = is_known(call) ? call->command : NULL;
        transaction_refuse(call->client);
    }
    if (KV_UNLIKELY(chain->overflow)) {
        enum call_status status = call_undo(call, mark);
        if (status == CALL_WAIT) return status;
    }
    if (KV_UNLIKELY(call->blocks)) {
        chain_rollback(chain, mark);
        call_observe_block(call);
        return CALL_BLOCK;
    }
    call_end_reply(call, mark);
    u64 now = clock_cycles();
    count(call, allowed, now - begin);
    call->engine->cycles = now;
    return CALL_DONE;
}

void call_execute_queued(struct call *call, u64 bound) {
    struct chain *chain = call->reply.chain;
    struct chain_mark mark = chain_begin(chain);
    u64 begin = call->engine->cycles;
    u64 bytes_max = chain->bytes_max;
    chain->bytes_max = chain->bytes + bound;
    run(call);
    if (KV_UNLIKELY(chain->overflow)) {
        /* By the rule of handlers nothing was changed. */
        kv_debug_assert(!"a reply is longer than its bound");
        chain_rollback(chain, mark);
        reply_exceeds(call);
    }
    chain->bytes_max = bytes_max;
    call->engine->transactions.replies_left -= bound;
    u64 now = clock_cycles();
    count(call, true, now - begin);
    call->engine->cycles = now;
}
