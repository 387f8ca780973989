/* DEBUG: what tests and investigations need. Who may use it, execute.c asks. */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "kv/call.h"
#include "kv/number.h"
#include "kv/rdb.h"
#include "kv/text.h"

#include "object_internal.h"

#define SECONDS_TEXT_MAX 64u
#define SLEEP_SECONDS_MAX 1e9

static const char *const help[] = {
    "The subcommands of debug:",
    "object key",
    "    Describes how a value is kept.",
    "set-active-expire 0|1",
    "    0: what has expired is only removed when somebody asks for it; 1: as usual.",
    "sleep seconds",
    "    Does nothing for so many seconds, fractions included: nobody is served.",
    "stringmatch-len length pattern",
    "    Matches a string of that many letters 'a' with the pattern: 1 or 0.",
    "help",
    "    Lists the subcommands.",
};

static void debug_help(struct call *call) {
    reply_array(&call->reply, KV_ARRAY_LENGTH(help));
    for (u32 i = 0; i < KV_ARRAY_LENGTH(help); i++)
        reply_status(&call->reply, help[i]);
}

/* A number as strtod reads it, and what is none is 0: as in Redis. */
static double parse_seconds(struct bytes text) {
    char copy[SECONDS_TEXT_MAX];
    const size_t len = text.len < sizeof(copy) - 1 ? text.len : sizeof(copy) - 1;
    memcpy(copy, text.data, len);
    copy[len] = '\0';
    const double seconds = strtod(copy, NULL);
    if (isnan(seconds) || seconds < 0) return 0;
    return seconds > SLEEP_SECONDS_MAX ? SLEEP_SECONDS_MAX : seconds;
}

static void debug_sleep(struct call *call) {
    const double seconds = parse_seconds(call->argv[2]);
    struct timespec pause = {.tv_sec = (time_t)seconds};
    pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
    /* A signal that asks for a stop ends it. */
    nanosleep(&pause, NULL);
    reply_ok(&call->reply);
}

/* Bytes of the value in Redis's serialisation, without its type and the footer of a DUMP. */
static u64 serialized_length(struct call *call, const struct item *item) {
    struct engine *engine = call->engine;
    struct dump dump;
    dump_begin(&dump, &engine->store, item, engine->dump_memory, engine->scratch);
    return dump_measure(&dump) - 1 - RDB_FOOTER_BYTES;
}

/* A value stands at a handle, not at an address. */
static void debug_object(struct call *call) {
    const struct store *store = &call->engine->store;
    struct item item;
    if (!call_peek(call, 2, call_hash(call, 2), &item)) {
        call_error(call, "ERR no such key");
        return;
    }
    char line[256];
    struct text text;
    text_init(&text, line, sizeof(line));
    text_printf(&text,
                "Value at:0x%llx refcount:1 encoding:%s serializedlength:%llu lru:%u "
                "lru_seconds_idle:%u",
                (unsigned long long)item.handle, object_encoding_name(store, &item),
                (unsigned long long)serialized_length(call, &item), item.access,
                access_idle_s(&store->access, item.access));
    reply_status(&call->reply, line);
}

/* As atoi reads it: what is no number is 0. */
static void debug_set_active_expire(struct call *call) {
    i64 value = 0;
    const bool number = number_parse_i64(call->argv[2], &value);
    call->engine->store.active_expire = number && value != 0;
    reply_ok(&call->reply);
}

static void debug_stringmatch(struct call *call) {
    i64 len;
    if (!call_integer(call, 2, &len)) return;
    /* The text is put together where reports are. */
    if (len < 0 || len > (i64)ENGINE_TEXT_BYTES) {
        call_errorf(call, "ERR length must be between 0 and %u", ENGINE_TEXT_BYTES);
        return;
    }
    memset(call->engine->text, 'a', (size_t)len);
    const struct bytes text = bytes_of(call->engine->text, (size_t)len);
    reply_integer(&call->reply, bytes_match_glob(call->argv[3], text, false));
}

static const struct {
    const char *name;
    u32 argc;
    void (*run)(struct call *call);
} subcommands[] = {
    {"help", 2, debug_help},
    {"object", 3, debug_object},
    {"set-active-expire", 3, debug_set_active_expire},
    {"sleep", 3, debug_sleep},
    {"stringmatch-len", 4, debug_stringmatch},
};

void command_debug(struct call *call) {
    for (u32 i = 0; i < KV_ARRAY_LENGTH(subcommands); i++) {
        if (!call_is_word(call, 1, subcommands[i].name)) continue;
        if (call->argc != subcommands[i].argc) break;
        subcommands[i].run(call);
        return;
    }
    call_errorf(call,
                "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try DEBUG "
                "HELP.",
                (int)u64_min(call->argv[1].len, 128), (const char *)call->argv[1].data);
}
