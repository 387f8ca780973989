/* Commands of strings. */
#include "kv/call.h"
#include "kv/expiry_argument.h"
#include "kv/number.h"

static void reply_string(struct call *call, const struct item *item) {
    if (KV_LIKELY(item->encoding == ENCODING_RAW && item->chain.count == 0)) {
        u8 *scratch = call->engine->scratch;
        reply_bulk(&call->reply, store_payload(&call->engine->store, item, scratch));
        return;
    }
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    string_open(&call->engine->store, item, digits, &cursor);
    call_reply_cursor(call, string_length(&call->engine->store, item), &cursor);
}

void command_get(struct call *call) {
    struct item item;
    bool failed;
    if (call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed)) {
        reply_string(call, &item);
    } else if (!failed) {
        reply_null(&call->reply);
    }
}

void command_mget(struct call *call) {
    reply_array(&call->reply, call->argc - 1);
    for (u32 i = 1; i < call->argc && !call->reply.chain->overflow; i++) {
        struct item item;
        u64 hash = i == 1 ? call->hash : call_hash(call, i);
        if (call_find(call, i, hash, &item) && item.type == ITEM_STRING) {
            reply_string(call, &item);
        } else {
            reply_null(&call->reply);
        }
    }
}

void command_strlen(struct call *call) {
    struct item item;
    bool failed;
    if (call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed)) {
        reply_integer(&call->reply, (i64)string_length(&call->engine->store, &item));
    } else if (!failed) {
        reply_integer(&call->reply, 0);
    }
}

/* -- SET -- */

enum set_condition { SET_ALWAYS, SET_IF_ABSENT, SET_IF_PRESENT };

struct set_options {
    enum set_condition condition;
    bool get;
    enum string_expiry expiry;
    struct expiry_argument when;
};

/* An option may be repeated, the last one counting, but not mixed with another of its group. */
static bool expiry_may_be(const struct set_options *options, enum expiry_unit unit) {
    if (options->expiry == STRING_EXPIRY_SET) return options->when.unit == unit;
    return options->expiry == STRING_EXPIRY_CLEAR;
}

static bool parse_set_options(struct call *call, struct set_options *options) {
    *options = (struct set_options){.expiry = STRING_EXPIRY_CLEAR};
    for (u32 i = 3; i < call->argc; i++) {
        enum expiry_unit unit;
        if (call_is_word(call, i, "NX") && options->condition != SET_IF_PRESENT) {
            options->condition = SET_IF_ABSENT;
        } else if (call_is_word(call, i, "XX") && options->condition != SET_IF_ABSENT) {
            options->condition = SET_IF_PRESENT;
        } else if (call_is_word(call, i, "GET")) {
            options->get = true;
        } else if (call_is_word(call, i, "KEEPTTL") && options->expiry != STRING_EXPIRY_SET) {
            options->expiry = STRING_EXPIRY_KEEP;
        } else if (expiry_unit_find(call->argv[i], &unit) && i + 1 < call->argc &&
                   expiry_may_be(options, unit)) {
            options->expiry = STRING_EXPIRY_SET;
            options->when = (struct expiry_argument){.unit = unit, .text = call->argv[++i]};
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* Whether the key as it is allows the SET. */
static bool condition_holds(enum set_condition condition, bool found) {
    if (condition == SET_IF_ABSENT) return !found;
    return condition == SET_ALWAYS || found;
}

static void set_pair(struct call *call, const struct set_options *options, u64 expires_ms,
                     bool silent) {
    struct string_pair pair = {.key = call->argv[1], .value = call->argv[2], .hash = call->hash};
    enum store_result result = string_set(&call->engine->store, call->client->database, &pair,
                                          options->expiry, expires_ms);
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
    if (!silent) reply_ok(&call->reply);
}

/* SET with GET: the old value is the reply, so it is written before the new one is stored, and
 * taken back when that fails. */
static void set_and_get(struct call *call, const struct set_options *options, u64 expires_ms) {
    struct item item;
    bool failed;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    struct chain_mark mark = chain_begin(call->reply.chain);
    if (found) {
        reply_string(call, &item);
    } else {
        reply_null(&call->reply);
    }
    if (call->reply.chain->overflow) return;
    if (!condition_holds(options->condition, found)) return;
    struct string_pair pair = {.key = call->argv[1], .value = call->argv[2], .hash = call->hash};
    enum store_result result = string_set(&call->engine->store, call->client->database, &pair,
                                          options->expiry, expires_ms);
    if (result == STORE_OK) {
        call_changed(call, 1);
        return;
    }
    chain_rollback(call->reply.chain, mark);
    call_store_full(call);
}

void command_set(struct call *call) {
    static const struct set_options plain = {.expiry = STRING_EXPIRY_CLEAR};
    if (!call_value_fits(call, 2)) return;
    if (KV_LIKELY(call->argc == 3)) {
        set_pair(call, &plain, 0, false);
        return;
    }
    struct set_options options;
    u64 expires_ms = 0;
    if (!parse_set_options(call, &options)) return;
    if (options.expiry == STRING_EXPIRY_SET && !expiry_parse(call, &options.when, &expires_ms)) {
        return;
    }
    if (options.get) {
        set_and_get(call, &options, expires_ms);
        return;
    }
    struct item item;
    if (options.condition != SET_ALWAYS &&
        !condition_holds(options.condition, call_find(call, 1, call->hash, &item))) {
        reply_null(&call->reply);
        return;
    }
    set_pair(call, &options, expires_ms, false);
}

void command_mset(struct call *call) {
    if (call->argc % 2 == 0) {
        call_arity_error(call);
        return;
    }
    for (u32 i = 2; i < call->argc; i += 2) {
        if (!call_value_fits(call, i)) return;
    }
    enum store_result result = string_set_many(&call->engine->store, call->client->database,
                                               call->argv + 1, (call->argc - 1) / 2);
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    for (u32 i = 1; i < call->argc; i += 2)
        call_changed(call, i);
    reply_ok(&call->reply);
}

/* -- numbers -- */

static void add(struct call *call, i64 increment) {
    struct store *store = &call->engine->store;
    struct item item = {0};
    bool failed;
    i64 value = 0;
    if (call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed)) {
        if (!string_integer(store, &item, &value)) {
            call_error(call, "ERR value is not an integer or out of range");
            return;
        }
    } else {
        if (failed) return;
        item.handle = 0;
    }
    if (__builtin_add_overflow(value, increment, &value)) {
        call_error(call, "ERR increment or decrement would overflow");
        return;
    }
    enum store_result result =
        string_set_integer(store, call->client->database, call->argv[1], call->hash, &item, value);
    if (result == STORE_OK) {
        call_changed(call, 1);
        reply_integer(&call->reply, value);
    } else {
        call_store_full(call);
    }
}

void command_incr(struct call *call) {
    add(call, 1);
}

void command_decr(struct call *call) {
    add(call, -1);
}

void command_incrby(struct call *call) {
    i64 increment;
    if (call_integer(call, 2, &increment)) add(call, increment);
}

void command_decrby(struct call *call) {
    i64 decrement;
    if (!call_integer(call, 2, &decrement)) return;
    if (decrement == INT64_MIN) {
        call_error(call, "ERR decrement would overflow");
        return;
    }
    add(call, -decrement);
}

void command_append(struct call *call) {
    struct item item;
    bool failed;
    call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed || !call_value_fits(call, 2)) return;
    u64 length = 0;
    enum store_result result = string_append(&call->engine->store, call->client->database,
                                             call->argv[1], call->hash, call->argv[2], &length);
    if (result == STORE_OK) {
        call_changed(call, 1);
        reply_integer(&call->reply, (i64)length);
    } else if (result == STORE_TOO_LONG) {
        call_errorf(
            call, "ERR value of %llu bytes exceeds val-size-max (%llu)",
            (unsigned long long)(string_length(&call->engine->store, &item) + call->argv[2].len),
            (unsigned long long)call->engine->options.val_size_max);
    } else {
        call_store_full(call);
    }
}
