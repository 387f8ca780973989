/* CONFIG: the options as clients see and change them. */
#include "kv/call.h"
#include "kv/log.h"
#include "kv/number.h"
#include "kv/options.h"
#include "kv/text.h"

/* One pair of CONFIG GET's reply. */
struct shown {
    const char *name;
    const struct option_info *info;
};

/* Entry i of the options and their aliases; false past the end. */
static bool entry_at(u32 i, struct shown *shown) {
    if (i < option_count()) {
        *shown = (struct shown){.name = option_at(i)->name, .info = option_at(i)};
        return true;
    }
    const char *target;
    if (!option_alias_at(i - option_count(), &shown->name, &target)) return false;
    shown->info = option_find(bytes_of_string(target));
    return true;
}

static bool is_pattern(struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("*?[", text.data[i]) != NULL) return true;
    }
    return false;
}

/* The name under which an option is answered: as it was asked for when that was by its name, 0
 * bytes when it was not asked for. */
static struct bytes asked_name(const struct call *call, const char *name) {
    struct bytes own = bytes_of_string(name);
    for (u32 i = 2; i < call->argc; i++) {
        if (!bytes_match_glob(call->argv[i], own, true)) continue;
        return is_pattern(call->argv[i]) ? own : call->argv[i];
    }
    return bytes_of(name, 0);
}

void command_config_get(struct call *call) {
    struct shown shown;
    u64 count = 0;
    for (u32 i = 0; entry_at(i, &shown); i++) {
        count += asked_name(call, shown.name).len > 0;
    }
    reply_map(&call->reply, count);
    for (u32 i = 0; entry_at(i, &shown); i++) {
        struct bytes name = asked_name(call, shown.name);
        if (name.len == 0) continue;
        char value[OPTION_TEXT_MAX];
        u32 len = option_get(&call->engine->options, shown.info, value);
        reply_bulk(&call->reply, name);
        reply_bulk(&call->reply, bytes_of(value, len));
    }
}

static void set_failed(struct call *call, u32 i, const char *why) {
    call_errorf(call, "ERR CONFIG SET failed (possibly related to argument '%.*s') - %s",
                (int)u64_min(call->argv[i].len, 64), (const char *)call->argv[i].data, why);
}

static bool is_repeated(const struct call *call, u32 i) {
    const struct option_info *info = option_find(call->argv[i]);
    for (u32 j = 2; j < i; j += 2) {
        if (option_find(call->argv[j]) == info) return true;
    }
    return false;
}

/* Why a value is not allowed, in Redis's words. */
static void explain(const struct option_info *info, struct bytes value,
                    char why[OPTIONS_ERROR_MAX]) {
    struct text text;
    i64 number;
    u64 size;
    text_init(&text, why, OPTIONS_ERROR_MAX);
    switch (info->type) {
    case OPTION_BOOL:
        text_printf(&text, "argument must be 'yes' or 'no'");
        break;
    case OPTION_ENUM:
        text_printf(&text, "argument(s) must be one of the following: ");
        for (const char *c = info->words; *c != '\0'; c++) {
            text_printf(&text, *c == '|' ? ", " : "%c", *c);
        }
        break;
    case OPTION_INT:
        if (!number_parse_i64(value, &number)) {
            text_printf(&text, "argument couldn't be parsed into an integer");
            break;
        }
        text_printf(&text, "argument must be between %lld and %lld inclusive", (long long)info->min,
                    (long long)info->max);
        break;
    case OPTION_SIZE:
        if (!number_parse_size(value, &size)) {
            text_printf(&text, "argument must be a memory value");
            break;
        }
        text_printf(&text, "argument must be between %llu and %llu inclusive",
                    (unsigned long long)info->min, (unsigned long long)info->max);
        break;
    default:
        text_printf(&text, "argument is longer than %u bytes", OPTION_TEXT_MAX - 1);
        break;
    }
}

static bool is_fixed(const struct option_info *info) {
    return info->type == OPTION_FIXED || info->when == OPTION_START;
}

/* Whether the value is what the option has. Saying so is harmless, and clients do. */
static bool is_held(const struct call *call, const struct option_info *info, u32 i) {
    char value[OPTION_TEXT_MAX];
    u32 len = option_get(&call->engine->options, info, value);
    return bytes_equal(call->argv[i + 1], bytes_of(value, len));
}

/* Whether all names are known, can be set, and none is there twice: which is asked before any value
 * is looked at. Replies and returns false when not. */
static bool names_are_valid(struct call *call) {
    for (u32 i = 2; i < call->argc; i += 2) {
        const struct option_info *info = option_find(call->argv[i]);
        if (info == NULL) {
            call_errorf(call, "ERR Unknown option or number of arguments for CONFIG SET - '%.*s'",
                        (int)u64_min(call->argv[i].len, 64), (const char *)call->argv[i].data);
            return false;
        }
        if (is_fixed(info) && !is_held(call, info, i)) {
            set_failed(call, i, "can't set immutable config");
            return false;
        }
        if (is_repeated(call, i)) {
            set_failed(call, i, "duplicate parameter");
            return false;
        }
    }
    return true;
}

/* Sets one pair in the scratch copy. Replies and returns false when it cannot be. */
static bool set_one(struct call *call, u32 i) {
    struct options *scratch = &call->engine->options_scratch;
    const struct option_info *info = option_find(call->argv[i]);
    if (is_fixed(info)) return true;
    struct options_error error;
    if (option_set(scratch, info, call->argv[i + 1], &error)) return true;
    char why[OPTIONS_ERROR_MAX];
    explain(info, call->argv[i + 1], why);
    set_failed(call, i, why);
    return false;
}

void command_config_set(struct call *call) {
    struct engine *engine = call->engine;
    if (call->argc % 2 != 0) {
        call_syntax_error(call);
        return;
    }
    if (!names_are_valid(call)) return;
    engine->options_scratch = engine->options;
    for (u32 i = 2; i < call->argc; i += 2) {
        if (!set_one(call, i)) return;
    }
    struct options_error error;
    if (!options_check_runtime(&engine->options_scratch, &error)) {
        call_errorf(call, "ERR CONFIG SET failed - %s", error.text);
        return;
    }
    engine->options = engine->options_scratch;
    log_set_level((enum log_level)engine->options.loglevel);
    store_configure(&engine->store, &engine->options);
    slow_log_trim(&engine->slow_log, engine->options.slowlog_length_max);
    engine_note_watchers(engine);
    reply_ok(&call->reply);
}

void command_config_resetstat(struct call *call) {
    stats_reset(&call->engine->stats);
    call->engine->store.counters = (struct store_counters){0};
    reply_ok(&call->reply);
}
