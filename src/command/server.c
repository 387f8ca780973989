/* Commands about the server as a whole. */
#include <stdio.h>

#include "kv/call.h"
#include "kv/number.h"
#include "kv/syntax.h"

void command_dbsize(struct call *call) {
    reply_integer(&call->reply, (i64)store_keys(&call->engine->store, call->client->database));
}

/* Both words are taken: a flush never waits, and its memory is there when it is needed. */
static bool flush_mode_is_known(struct call *call) {
    if (call->argc == 1) return true;
    if (call->argc == 2 && (call_is_word(call, 1, "ASYNC") || call_is_word(call, 1, "SYNC"))) {
        return true;
    }
    call_syntax_error(call);
    return false;
}

void command_flushdb(struct call *call) {
    if (!flush_mode_is_known(call)) return;
    call_changed_database(call, call->client->database);
    store_flush(&call->engine->store, call->client->database);
    reply_ok(&call->reply);
}

void command_flushall(struct call *call) {
    if (!flush_mode_is_known(call)) return;
    for (u32 i = 0; i < STORE_DATABASES; i++)
        call_changed_database(call, i);
    store_flush_all(&call->engine->store);
    reply_ok(&call->reply);
}

void command_time(struct call *call) {
    char digits[NUMBER_TEXT_MAX];
    u64 wall_us = call->engine->wall_us;
    reply_array(&call->reply, 2);
    reply_bulk(&call->reply, bytes_of(digits, number_format_u64(digits, wall_us / 1000000)));
    reply_bulk(&call->reply, bytes_of(digits, number_format_u64(digits, wall_us % 1000000)));
}

void command_shutdown(struct call *call) {
    struct engine *engine = call->engine;
    bool now = false;
    bool abort_it = false;
    bool save = false;
    bool nosave = false;
    bool force = false;
    for (u32 i = 1; i < call->argc; i++) {
        if (call_is_word(call, i, "NOSAVE")) {
            nosave = true;
        } else if (call_is_word(call, i, "SAVE")) {
            save = true;
        } else if (call_is_word(call, i, "NOW")) {
            now = true;
        } else if (call_is_word(call, i, "FORCE")) {
            force = true;
        } else if (call_is_word(call, i, "ABORT")) {
            abort_it = true;
        } else {
            call_syntax_error(call);
            return;
        }
    }
    if ((save && nosave) || (abort_it && (now || force || save || nosave))) {
        call_syntax_error(call);
    } else if (abort_it) {
        call_error(call, "ERR No shutdown in progress.");
    } else if (save) {
        call_error(call, "ERR SHUTDOWN SAVE is not possible: nothing is kept on disk");
    } else {
        /* As in Redis, success has no reply: the connection is closed. */
        engine->shutdown = now ? SHUTDOWN_NOW : SHUTDOWN_REQUESTED;
        call->client->close_after_reply = true;
    }
}

/* A line such as "setname connection-name". */
static void reply_usage(struct reply *reply, const struct command *command) {
    char line[256];
    struct text text;
    struct syntax syntax;
    bool parsed = syntax_parse(command->syntax, &syntax);
    kv_assert(parsed);
    text_init(&text, line, sizeof(line));
    text_printf(&text, "%s%s", command->name, syntax.node[0].children > 0 ? " " : "");
    syntax_print(&syntax, &text);
    kv_assert(!text.overflow);
    reply_status(reply, line);
}

/* HELP of a container, from the table. */
void command_help(struct call *call) {
    const struct command *parent = command_at(call->command->parent);
    u32 count = 0;
    for (u32 id = parent->id + 1u; id < COMMAND_COUNT && command_at(id)->parent == parent->id;
         id++) {
        count++;
    }
    reply_array(&call->reply, 1 + 2 * count);
    char line[256];
    snprintf(line, sizeof(line), "The subcommands of %s:", parent->name);
    reply_status(&call->reply, line);
    for (u32 id = parent->id + 1u; id <= parent->id + count; id++) {
        const struct command *command = command_at(id);
        reply_usage(&call->reply, command);
        snprintf(line, sizeof(line), "    %s", command->summary);
        reply_status(&call->reply, line);
    }
}
