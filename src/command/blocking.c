/* BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH: what they do at once, what they wait for, and how a
 * wait is served when its time has come.
 */
#include <math.h>

#include "kv/clock.h"
#include "kv/decimal.h"
#include "kv/number.h"

#include "list_internal.h"

#define MILLISECOND_US 1000u

/* -- arguments -- */

/* A timeout in seconds, 0 for none, rounded up to milliseconds. What no clock can hold is a
 * negative number to Redis; what the clock itself cannot add never comes. False after replying. */
static bool read_timeout(struct call *call, u32 i, u64 *deadline_us) {
    const struct engine *engine = call->engine;
    long double seconds;
    if (!decimal_parse(call->argv[i], &seconds)) {
        call_error(call, "ERR timeout is not a float or out of range");
        return false;
    }
    const long double exact_ms = ceill(seconds * 1000);
    if (exact_ms < 0 || exact_ms >= 0x1p63L) {
        call_error(call, "ERR timeout is negative");
        return false;
    }
    const u64 ms = (u64)exact_ms;
    const bool never = ms == 0 || ms > (UINT64_MAX - 1 - engine->now_us) / MILLISECOND_US;
    *deadline_us = never ? BLOCKED_FOREVER : engine->now_us + ms * MILLISECOND_US;
    return true;
}

/* Argument i as a number of at least 1; false after replying the error. */
static bool read_positive(struct call *call, u32 i, const char *error, u64 *value) {
    i64 number;
    if (number_parse_i64(call->argv[i], &number) && number > 0) {
        *value = (u64)number;
        return true;
    }
    call_error(call, error);
    return false;
}

/* -- now or later -- */

/* Argument i's key as far as it holds something for this client: not what somebody waits for whose
 * turn it was and whose reply did not fit. False: nothing; *failed: it is no list, which is
 * replied.
 */
static bool find_list(struct call *call, u32 i, u64 hash, struct item *item, bool *failed) {
    const struct blocked *blocked = &call->engine->blocked;
    if (!call_find_typed(call, i, hash, ITEM_LIST, item, failed)) return false;
    return blocked->stalled == 0 ||
           blocked_find(blocked, call->client->database, call->argv[i]) == NULL;
}

/* The key, and what is taken from it: one element, or for BLMPOP an array of them. */
static void reply_pop(struct call *call, enum blocked_kind kind, const struct list_place *place,
                      struct item *item, enum list_end end, u64 count) {
    count = u64_min(count, list_length(&call->engine->store, item));
    reply_array(&call->reply, 2);
    reply_bulk(&call->reply, place->key);
    if (kind == BLOCKED_MULTI_POP) reply_array(&call->reply, count);
    list_reply_popped(call, place, item, end, count);
}

/* Takes from the first of the keys that is a list, or waits for one. */
static void pop_or_block(struct call *call, const struct blocked_request *request) {
    for (u32 i = request->first; i < request->first + request->keys; i++) {
        struct item item;
        bool failed;
        u64 hash = i == request->first ? call->hash : call_hash(call, i);
        if (find_list(call, i, hash, &item, &failed)) {
            struct list_place place = list_place_of(call, i, hash);
            reply_pop(call, request->kind, &place, &item, request->from, request->count);
            return;
        }
        if (failed) return;
    }
    if (call->in_transaction) {
        reply_null_array(&call->reply);
    } else {
        call_block(call, request);
    }
}

static void pop(struct call *call, enum list_end end) {
    struct blocked_request request = {
        .kind = BLOCKED_POP, .from = end, .first = 1, .keys = call->argc - 2, .count = 1};
    if (!read_timeout(call, call->argc - 1, &request.deadline_us)) return;
    pop_or_block(call, &request);
}

void command_blpop(struct call *call) {
    pop(call, LIST_HEAD);
}

void command_brpop(struct call *call) {
    pop(call, LIST_TAIL);
}

/* BLMPOP timeout numkeys key... LEFT|RIGHT [COUNT count]; the timeout is looked at last. */
void command_blmpop(struct call *call) {
    struct blocked_request request = {.kind = BLOCKED_MULTI_POP, .first = 3};
    enum list_end end;
    u64 keys;
    if (!read_positive(call, 2, "ERR numkeys should be greater than 0", &keys)) return;
    if (keys >= call->argc - request.first) {
        call_syntax_error(call);
        return;
    }
    request.keys = (u32)keys;
    u32 i = request.first + request.keys;
    if (!list_read_end(call, i, &end)) return;
    request.from = end;
    for (i++; i < call->argc; i += 2) {
        if (request.count != 0 || !call_is_word(call, i, "COUNT") || i + 1 >= call->argc) {
            call_syntax_error(call);
            return;
        }
        if (!read_positive(call, i + 1, "ERR count should be greater than 0", &request.count))
            return;
    }
    if (request.count == 0) request.count = 1;
    if (!read_timeout(call, 1, &request.deadline_us)) return;
    pop_or_block(call, &request);
}

static void move_or_block(struct call *call, const struct blocked_request *request) {
    struct chain_mark mark = chain_begin(call->reply.chain);
    struct item item;
    bool failed;
    if (!find_list(call, 1, call->hash, &item, &failed)) {
        if (failed) return;
        if (call->in_transaction) {
            reply_null(&call->reply);
        } else {
            call_block(call, request);
        }
        return;
    }
    u64 hash = call_hash(call, 2);
    call_find_typed(call, 2, hash, ITEM_LIST, &item, &failed);
    if (failed) return;
    struct list_place from = list_place_of(call, 1, call->hash);
    struct list_place to = list_place_of(call, 2, hash);
    list_reply_moved(call, mark, &from, request->from, &to, request->to);
}

void command_blmove(struct call *call) {
    struct blocked_request request = {.kind = BLOCKED_MOVE, .first = 1, .keys = 1};
    enum list_end from;
    enum list_end to;
    if (!list_read_end(call, 3, &from) || !list_read_end(call, 4, &to)) return;
    request.from = from;
    request.to = to;
    if (!read_timeout(call, 5, &request.deadline_us)) return;
    move_or_block(call, &request);
}

void command_brpoplpush(struct call *call) {
    struct blocked_request request = {
        .kind = BLOCKED_MOVE, .from = LIST_TAIL, .to = LIST_HEAD, .first = 1, .keys = 1};
    if (!read_timeout(call, 3, &request.deadline_us)) return;
    move_or_block(call, &request);
}

/* -- serving -- */

static struct list_place place_of(const struct call *call, struct bytes key) {
    const u32 database = call->client->blocked->database;
    return (struct list_place){
        .database = database, .key = key, .hash = store_hash(&call->engine->store, database, key)};
}

static bool find(const struct call *call, const struct list_place *place, struct item *item) {
    return store_find(&call->engine->store, place->database, place->key, place->hash, item);
}

static void serve_move(struct call *call, struct chain_mark mark, const struct list_place *from) {
    const struct blocked_client *blocked = call->client->blocked;
    struct list_place to = place_of(
        call, bytes_of(blocked->kept + blocked->destination_offset, blocked->destination_len));
    struct item item;
    if (find(call, &to, &item) && item.type != ITEM_LIST) {
        call_wrong_type(call);
        return;
    }
    /* No command runs whose keys the store could ask for. */
    struct store *store = &call->engine->store;
    store_protect(store, from->key);
    store_protect(store, to.key);
    list_reply_moved(call, mark, from, blocked->from, &to, blocked->to);
    store_protect_end(store);
}

/* Of its arguments the slow log has the name and the key that came: the others are not kept. */
static void count_served(struct call *call, struct bytes key, u64 begin_cycles) {
    const struct bytes argv[] = {bytes_of_string(call->command->full_name), key};
    call->argv = argv;
    call->argc = KV_ARRAY_LENGTH(argv);
    call_count(call, true, begin_cycles);
    call->argv = NULL;
    call->argc = 0;
}

enum call_status call_serve(struct call *call, const struct waiter *waiter) {
    struct blocked_client *blocked = call->client->blocked;
    struct chain *chain = call->reply.chain;
    struct list_place place = place_of(call, waiter_key(waiter));
    struct item item;
    if (!find(call, &place, &item) || item.type != ITEM_LIST) return CALL_BLOCK;
    const u64 begin_cycles = clock_cycles();
    struct chain_mark mark = chain_begin(chain);
    if (!chain_reserve(chain, CALL_REPLY_SMALL)) return call_undo(call, mark);
    if (blocked->kind == BLOCKED_MOVE) {
        serve_move(call, mark, &place);
    } else {
        reply_pop(call, blocked->kind, &place, &item, blocked->from, blocked->count);
    }
    if (chain->overflow && call_undo(call, mark) == CALL_WAIT) return CALL_WAIT;
    call_end_reply(call, mark);
    call->client->active_us = call->engine->now_us;
    count_served(call, place.key, begin_cycles);
    return CALL_DONE;
}

void call_end_block(struct call *call, enum blocked_end how) {
    const u64 begin_cycles = clock_cycles();
    if (how == BLOCKED_UNBLOCKED) {
        call_error(call, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
    } else {
        reply_null_array(&call->reply);
    }
    call->client->active_us = call->engine->now_us;
    call_count(call, true, begin_cycles);
}
