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

/* Stores the value of argument `value` after the reply, which may be long, was written: takes the
 * reply back when that fails. */
static void set_after_reply(struct call *call, struct chain_mark mark, u32 value,
                            enum string_expiry expiry, u64 expires_ms) {
    struct string_pair pair = {
        .key = call->argv[1], .value = call->argv[value], .hash = call->hash};
    enum store_result result =
        string_set(&call->engine->store, call->client->database, &pair, expiry, expires_ms);
    if (result == STORE_OK) {
        call_changed(call, 1);
        return;
    }
    chain_rollback(call->reply.chain, mark);
    call_store_full(call);
}

/* Replies what the key holds, null when it is missing. False: it is of another type, or the reply
 * did not fit, and nothing may be changed. *found and *item tell of the key. */
static bool reply_old(struct call *call, bool *found, struct item *item) {
    bool failed;
    *found = call_find_typed(call, 1, call->hash, ITEM_STRING, item, &failed);
    call_count_read(call, *found || failed);
    if (failed) return false;
    if (*found) {
        reply_string(call, item);
    } else {
        reply_null(&call->reply);
    }
    return !call->reply.chain->overflow;
}

/* SET with GET: the old value is the reply, so it is written before the new one is stored. */
static void set_and_get(struct call *call, const struct set_options *options, u64 expires_ms) {
    struct item item;
    bool found;
    struct chain_mark mark = chain_begin(call->reply.chain);
    if (!reply_old(call, &found, &item)) return;
    if (!condition_holds(options->condition, found)) return;
    set_after_reply(call, mark, 2, options->expiry, expires_ms);
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
    /* Where the condition holds, string_set counts the use. */
    bool found = options.condition != SET_ALWAYS && call_peek(call, 1, call->hash, &item);
    if (!condition_holds(options.condition, found)) {
        if (found) call_touch(call, &item);
        reply_null(&call->reply);
        return;
    }
    set_pair(call, &options, expires_ms, false);
}

void command_setnx(struct call *call) {
    struct item item;
    if (!call_value_fits(call, 2)) return;
    if (call_find(call, 1, call->hash, &item)) {
        reply_integer(&call->reply, 0);
        return;
    }
    struct set_options options = {.expiry = STRING_EXPIRY_CLEAR};
    set_pair(call, &options, 0, true);
    if (!call->failed) reply_integer(&call->reply, 1);
}

static void set_with_deadline(struct call *call, enum expiry_unit unit) {
    struct expiry_argument when = {.unit = unit, .text = call->argv[2]};
    u64 expires_ms;
    if (!call_value_fits(call, 3) || !expiry_parse(call, &when, &expires_ms)) return;
    struct string_pair pair = {.key = call->argv[1], .value = call->argv[3], .hash = call->hash};
    enum store_result result = string_set(&call->engine->store, call->client->database, &pair,
                                          STRING_EXPIRY_SET, expires_ms);
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
    reply_ok(&call->reply);
}

void command_setex(struct call *call) {
    set_with_deadline(call, EXPIRY_EX);
}

void command_psetex(struct call *call) {
    set_with_deadline(call, EXPIRY_PX);
}

/* -- several keys -- */

/* Checks the arguments of MSET and its like: pairs, of values that are not too long. */
static bool pairs_fit(struct call *call) {
    if (call->argc % 2 == 0) {
        call_arity_error(call);
        return false;
    }
    for (u32 i = 2; i < call->argc; i += 2) {
        if (!call_value_fits(call, i)) return false;
    }
    return true;
}

/* False after replying that there is no room. */
static bool set_pairs(struct call *call) {
    enum store_result result = string_set_many(&call->engine->store, call->client->database,
                                               call->argv + 1, (call->argc - 1) / 2);
    if (result != STORE_OK) {
        call_store_full(call);
        return false;
    }
    for (u32 i = 1; i < call->argc; i += 2)
        call_changed(call, i);
    return true;
}

void command_mset(struct call *call) {
    if (pairs_fit(call) && set_pairs(call)) reply_ok(&call->reply);
}

void command_msetnx(struct call *call) {
    if (!pairs_fit(call)) return;
    for (u32 i = 1; i < call->argc; i += 2) {
        struct item item;
        if (!call_find(call, i, i == 1 ? call->hash : call_hash(call, i), &item)) continue;
        reply_integer(&call->reply, 0);
        return;
    }
    if (set_pairs(call)) reply_integer(&call->reply, 1);
}

/* -- reading and changing at once -- */

void command_getset(struct call *call) {
    struct item item;
    bool found;
    if (!call_value_fits(call, 2)) return;
    struct chain_mark mark = chain_begin(call->reply.chain);
    if (reply_old(call, &found, &item)) set_after_reply(call, mark, 2, STRING_EXPIRY_CLEAR, 0);
}

void command_getdel(struct call *call) {
    struct item item;
    bool found;
    if (!reply_old(call, &found, &item) || !found) return;
    store_delete(&call->engine->store, &item);
    call_changed(call, 1);
}

/* What GETEX does with the deadline: CLEAR for PERSIST, KEEP without an option. */
static bool parse_getex_options(struct call *call, struct set_options *options) {
    *options = (struct set_options){.expiry = STRING_EXPIRY_KEEP};
    for (u32 i = 2; i < call->argc; i++) {
        enum expiry_unit unit;
        if (call_is_word(call, i, "PERSIST") && options->expiry != STRING_EXPIRY_SET) {
            options->expiry = STRING_EXPIRY_CLEAR;
        } else if (expiry_unit_find(call->argv[i], &unit) && i + 1 < call->argc &&
                   (options->expiry == STRING_EXPIRY_KEEP ||
                    (options->expiry == STRING_EXPIRY_SET && options->when.unit == unit))) {
            options->expiry = STRING_EXPIRY_SET;
            options->when = (struct expiry_argument){.unit = unit, .text = call->argv[++i]};
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* Changes the deadline of what was just replied. A deadline that is over, which only a Unix time
 * can be, removes the key. */
static void change_deadline(struct call *call, const struct set_options *options, u64 expires_ms,
                            struct chain_mark mark, struct item *item) {
    struct store *store = &call->engine->store;
    if (options->expiry == STRING_EXPIRY_CLEAR) {
        if (item->expires_ms == 0) return;
        store_set_expiry(store, item, 0);
    } else if (expires_ms <= store->now_ms) {
        store_delete(store, item);
    } else if (!expiry_set(call, item, expires_ms)) {
        chain_rollback(call->reply.chain, mark);
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
}

void command_getex(struct call *call) {
    struct set_options options;
    struct item item;
    bool failed;
    u64 expires_ms = 0;
    if (!parse_getex_options(call, &options)) return;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    call_count_read(call, found || failed);
    if (failed) return;
    if (!found) {
        reply_null(&call->reply);
        return;
    }
    if (options.expiry == STRING_EXPIRY_SET && !expiry_parse(call, &options.when, &expires_ms))
        return;
    struct chain_mark mark = chain_begin(call->reply.chain);
    reply_string(call, &item);
    if (call->reply.chain->overflow || options.expiry == STRING_EXPIRY_KEEP) return;
    change_deadline(call, &options, expires_ms, mark, &item);
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
    struct store *store = &call->engine->store;
    struct item item;
    bool failed;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    u64 old = found ? string_length(store, &item) : 0;
    if (!call_length_fits(call, old + call->argv[2].len)) return;
    u64 length = 0;
    enum store_result result = string_append(store, call->client->database, call->argv[1],
                                             call->hash, call->argv[2], &length);
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
    reply_integer(&call->reply, (i64)length);
}
