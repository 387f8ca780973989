/* LMOVE, RPOPLPUSH, LMPOP: taking from one list, for another or for the client. */
#include "kv/number.h"

#include "list_internal.h"

/* Whether argument i is a key that holds a list, or is free; false after replying. */
static bool may_be_list(struct call *call, u32 i, u64 hash) {
    struct item item;
    bool failed;
    call_find_typed(call, i, hash, ITEM_LIST, &item, &failed);
    return !failed;
}

static void move(struct call *call, enum list_end from_end, enum list_end to_end) {
    struct chain_mark mark = chain_begin(call->reply.chain);
    struct item item;
    bool failed;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_null(&call->reply);
        return;
    }
    u64 hash = call_hash(call, 2);
    if (!may_be_list(call, 2, hash)) return;
    struct list_place from = list_place_of(call, 1, call->hash);
    struct list_place to = list_place_of(call, 2, hash);
    list_reply_moved(call, mark, &from, from_end, &to, to_end);
}

void command_lmove(struct call *call) {
    enum list_end from_end;
    enum list_end to_end;
    if (!list_read_end(call, 3, &from_end) || !list_read_end(call, 4, &to_end)) return;
    move(call, from_end, to_end);
}

void command_rpoplpush(struct call *call) {
    move(call, LIST_TAIL, LIST_HEAD);
}

/* -- LMPOP -- */

struct many {
    u32 keys; /* from argument 2 on */
    enum list_end end;
    u64 count;
};

/* A number from 1 on, with one error for everything else. */
static bool read_number(struct call *call, u32 i, u64 *value, const char *error) {
    i64 number;
    if (!number_parse_i64(call->argv[i], &number) || number < 1) {
        call_error(call, error);
        return false;
    }
    *value = (u64)number;
    return true;
}

static bool read_many(struct call *call, struct many *many) {
    u64 keys;
    if (!read_number(call, 1, &keys, "ERR numkeys should be greater than 0")) return false;
    if (keys >= call->argc - 2) {
        call_syntax_error(call);
        return false;
    }
    *many = (struct many){.keys = (u32)keys};
    u32 next = 2 + many->keys;
    if (!list_read_end(call, next++, &many->end)) return false;
    for (; next < call->argc; next += 2) {
        if (many->count != 0 || !call_is_word(call, next, "COUNT") || next + 1 == call->argc) {
            call_syntax_error(call);
            return false;
        }
        if (!read_number(call, next + 1, &many->count, "ERR count should be greater than 0"))
            return false;
    }
    if (many->count == 0) many->count = 1;
    return true;
}

void command_lmpop(struct call *call) {
    struct many many;
    if (!read_many(call, &many)) return;
    for (u32 i = 2; i < 2 + many.keys; i++) {
        struct item item;
        bool failed;
        u64 hash = call_hash(call, i);
        if (!call_find_typed(call, i, hash, ITEM_LIST, &item, &failed)) {
            if (failed) return;
            continue;
        }
        u64 count = u64_min(many.count, list_length(&call->engine->store, &item));
        struct list_place place = list_place_of(call, i, hash);
        reply_array(&call->reply, 2);
        reply_bulk(&call->reply, call->argv[i]);
        reply_array(&call->reply, count);
        list_reply_popped(call, &place, &item, many.end, count);
        return;
    }
    reply_null_array(&call->reply);
}
