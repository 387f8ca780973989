#include "kv/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "kv/assert.h"
#include "kv/number.h"

/* As long as a reply that needs no reservation can be. */
#define ERROR_TEXT_MAX (CALL_REPLY_SMALL - 8)

void call_error(struct call *call, const char *text) {
    call->failed = true;
    call->error = (u8)stats_error_code(bytes_of_string(text));
    reply_error(&call->reply, text);
}

void call_errorf(struct call *call, const char *format, ...) {
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    /* Arguments of a client may end the text: ends of lines are cut off there, as Redis does. */
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '\r' || text[len - 1] == '\n'))
        text[--len] = '\0';
    call_error(call, text);
}

void call_syntax_error(struct call *call) {
    call_error(call, "ERR syntax error");
}

void call_wrong_type(struct call *call) {
    call_error(call, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

void call_arity_error(struct call *call) {
    call_errorf(call, "ERR wrong number of arguments for '%s' command", call->command->full_name);
}

bool call_integer(struct call *call, u32 i, i64 *value) {
    if (number_parse_i64(call->argv[i], value)) return true;
    call_error(call, "ERR value is not an integer or out of range");
    return false;
}

u64 call_hash(const struct call *call, u32 i) {
    return store_hash(&call->engine->store, call->client->database, call->argv[i]);
}

static inline bool peek(struct call *call, u32 i, u64 hash, struct item *item) {
    struct engine *engine = call->engine;
    bool found = store_find(&engine->store, call->client->database, call->argv[i], hash, item);
    if (call->command->flags & COMMAND_FLAG(READONLY)) {
        call->hits += found;
        call->misses += !found;
    }
    return found;
}

void call_touch(struct call *call, struct item *item) {
    if (call->measured) return;
    /* TOUCH says that it means it. */
    if (call->client->no_touch && call->command->id != COMMAND_ID_TOUCH) return;
    store_touch(&call->engine->store, item);
}

static inline bool find(struct call *call, u32 i, u64 hash, struct item *item) {
    bool found = peek(call, i, hash, item);
    if (found) call_touch(call, item);
    return found;
}

bool call_find(struct call *call, u32 i, u64 hash, struct item *item) {
    return find(call, i, hash, item);
}

bool call_peek(struct call *call, u32 i, u64 hash, struct item *item) {
    return peek(call, i, hash, item);
}

bool call_find_typed(struct call *call, u32 i, u64 hash, enum item_type type, struct item *item,
                     bool *failed) {
    *failed = false;
    if (!find(call, i, hash, item)) return false;
    if (item->type == type) return true;
    call_wrong_type(call);
    *failed = true;
    return false;
}

/* Whoever waits for the key is served after this command, in the order in which keys came. Whether
 * it still holds a list then is looked up again. */
static void wake(struct engine *engine, u32 database, struct bytes key) {
    struct blocked_key *waited_for = blocked_find(&engine->blocked, database, key);
    struct item item;
    if (waited_for == NULL) return;
    if (store_find(&engine->store, database, key, store_hash(&engine->store, database, key),
                   &item) &&
        item.type == ITEM_LIST)
        blocked_mark(&engine->blocked, waited_for);
}

void call_changed_key(struct call *call, u32 database, struct bytes key) {
    struct engine *engine = call->engine;
    engine->stats.counters.key_changes++;
    if (KV_UNLIKELY(watches_any(&engine->transactions.watches)))
        watches_key_changed(engine, database, key);
    if (KV_UNLIKELY(!blocked_is_empty(&engine->blocked))) wake(engine, database, key);
}

void call_changed_database(struct call *call, u32 database) {
    struct blocked *blocked = &call->engine->blocked;
    watches_database_changed(call->engine, database);
    call->engine->stats.counters.key_changes += store_keys(&call->engine->store, database);
    if (blocked_is_empty(blocked)) return;
    blocked->changed_databases |= 1u << database;
    blocked->work = true;
}

void call_changed(struct call *call, u32 i) {
    call_changed_key(call, call->client->database, call->argv[i]);
}

void call_block(struct call *call, const struct blocked_request *block) {
    kv_assert(!call->in_transaction);
    call->blocks = true;
    call->block = *block;
}

void call_store_full(struct call *call) {
    call_error(call, "OOM command not allowed when used memory > 'maxmemory'.");
}

void call_argument_too_long(struct call *call, u64 bytes) {
    call->engine->stats.counters.requests_too_long++;
    call_errorf(call, "ERR value of %llu bytes exceeds val-size-max (%llu)",
                (unsigned long long)bytes, (unsigned long long)call->engine->options.val_size_max);
}

bool call_size_fits(struct call *call, u64 bytes) {
    u64 max = call->engine->options.val_size_max;
    if (KV_LIKELY(bytes <= max)) return true;
    call_errorf(call, "ERR value of %llu bytes exceeds val-size-max (%llu)",
                (unsigned long long)bytes, (unsigned long long)max);
    return false;
}

bool call_value_fits(struct call *call, u32 i) {
    return call_size_fits(call, call->argv[i].len);
}

bool call_length_fits(struct call *call, u64 bytes) {
    if (bytes <= call->engine->options.proto_max_bulk_len) return call_size_fits(call, bytes);
    call_error(call, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

void call_reply_cursor(struct call *call, u64 len, struct value_cursor *cursor) {
    struct bytes piece;
    reply_bulk_begin(&call->reply, len);
    while (!call->reply.chain->overflow && value_next(cursor, &piece)) {
        reply_bulk_data(&call->reply, piece.data, piece.len);
    }
    reply_bulk_end(&call->reply);
}
