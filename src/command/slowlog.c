/* SLOWLOG: the slow log shown. */
#include "kv/call.h"
#include "kv/number.h"
#include "kv/text.h"

#define ENTRIES_DEFAULT 10
#define MORE_MAX 64u

/* GET with more arguments than it takes: the table's arity lets them through. */
static void refuse_arguments(struct call *call) {
    call_errorf(call,
                "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try %s HELP.",
                (int)u64_min(call->argv[1].len, 128), (const char *)call->argv[1].data, "SLOWLOG");
}

static void reply_argument(struct reply *reply, const struct slow_argument *argument) {
    char more[MORE_MAX];
    struct text text;
    text_init(&text, more, sizeof(more));
    if (argument->arguments_more > 0) {
        text_printf(&text, "... (%u more arguments)", argument->arguments_more);
    } else if (argument->bytes_more > 0) {
        text_printf(&text, "... (%u more bytes)", argument->bytes_more);
    }
    reply_bulk_begin(reply, argument->text.len + text.len);
    reply_bulk_data(reply, argument->text.data, argument->text.len);
    reply_bulk_data(reply, text.data, text.len);
    reply_bulk_end(reply);
}

static void reply_entry(struct reply *reply, const struct slow_entry *entry) {
    struct slow_arguments arguments;
    struct slow_argument argument;
    reply_array(reply, 6);
    reply_integer(reply, (i64)entry->id);
    reply_integer(reply, (i64)entry->unix_s);
    reply_integer(reply, (i64)entry->duration_us);
    reply_array(reply, slow_arguments_begin(&arguments, entry));
    while (slow_arguments_next(&arguments, &argument))
        reply_argument(reply, &argument);
    reply_bulk(reply, slow_entry_address(entry));
    reply_bulk(reply, slow_entry_name(entry));
}

void command_slowlog_get(struct call *call) {
    const struct slow_log *log = &call->engine->slow_log;
    i64 count = ENTRIES_DEFAULT;
    if (call->argc > 3) {
        refuse_arguments(call);
        return;
    }
    if (call->argc == 3 && (!number_parse_i64(call->argv[2], &count) || count < -1)) {
        call_error(call, "ERR count should be greater than or equal to -1");
        return;
    }
    const u64 shown = count < 0 ? log->length : u64_min((u64)count, log->length);
    reply_array(&call->reply, shown);
    const struct slow_entry *entry = slow_log_newest(log);
    for (u64 i = 0; i < shown; i++) {
        reply_entry(&call->reply, entry);
        entry = slow_log_older(log, entry);
    }
}

void command_slowlog_len(struct call *call) {
    reply_integer(&call->reply, (i64)call->engine->slow_log.length);
}

void command_slowlog_reset(struct call *call) {
    slow_log_reset(&call->engine->slow_log);
    reply_ok(&call->reply);
}
