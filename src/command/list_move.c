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
