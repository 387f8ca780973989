/* Commands of lists: pushing, popping and reading. */
#include "kv/number.h"

#include "list_internal.h"

/* `exists`: the list must be there already. */
static void push(struct call *call, enum list_end end, bool exists) {
    struct engine *engine = call->engine;
    struct item item = {0};
    bool failed;
    for (u32 i = 2; i < call->argc; i++) {
        if (!call_value_fits(call, i)) return;
    }
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (failed) return;
        if (exists) {
            reply_integer(&call->reply, 0);
            return;
        }
        item = (struct item){0};
    }
    u64 before = item.handle == 0 ? 0 : list_length(&engine->store, &item);
    u32 count = call->argc - 2;
    enum store_result result = list_push(&engine->store, call->client->database, call->argv[1],
                                         call->hash, &item, end, call->argv + 2, count);
    if (result == STORE_OK) {
        call_changed(call, 1);
        reply_integer(&call->reply, (i64)(before + count));
    } else {
        list_reply_refusal(call, result, before + count);
    }
}

void command_lpush(struct call *call) {
    push(call, LIST_HEAD, false);
}

void command_rpush(struct call *call) {
    push(call, LIST_TAIL, false);
}

void command_lpushx(struct call *call) {
    push(call, LIST_HEAD, true);
}

void command_rpushx(struct call *call) {
    push(call, LIST_TAIL, true);
}

void command_llen(struct call *call) {
    struct item item;
    bool failed;
    if (call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        reply_integer(&call->reply, (i64)list_length(&call->engine->store, &item));
    } else if (!failed) {
        reply_integer(&call->reply, 0);
    }
}

void command_lindex(struct call *call) {
    struct item item;
    bool failed;
    i64 index;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_null(&call->reply);
        return;
    }
    if (!call_integer(call, 2, &index)) return;
    u64 length = list_length(&call->engine->store, &item);
    i64 position = list_position(index, length);
    if (position < 0 || (u64)position >= length) {
        reply_null(&call->reply);
    } else {
        list_reply_range(call, &item, (u64)position, 1);
    }
}

void command_lrange(struct call *call) {
    struct item item;
    bool failed;
    i64 start;
    i64 stop;
    if (!call_integer(call, 2, &start) || !call_integer(call, 3, &stop)) return;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_array(&call->reply, 0);
        return;
    }
    u64 first;
    u64 count = list_clip(start, stop, list_length(&call->engine->store, &item), &first);
    reply_array(&call->reply, count);
    if (count > 0) list_reply_range(call, &item, first, count);
}

/* -- LPOP, RPOP -- */

static bool parse_count(struct call *call, u64 *count) {
    i64 value;
    if (!number_parse_i64(call->argv[2], &value) || value < 0) {
        call_error(call, "ERR value is out of range, must be positive");
        return false;
    }
    *count = (u64)value;
    return true;
}

static void pop(struct call *call, enum list_end end) {
    struct item item;
    bool failed;
    bool has_count = call->argc == 3;
    u64 count = 1;
    if (call->argc > 3) {
        call_arity_error(call);
        return;
    }
    if (has_count && !parse_count(call, &count)) return;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (failed) return;
        if (has_count) {
            reply_null_array(&call->reply);
        } else {
            reply_null(&call->reply);
        }
        return;
    }
    u64 length = list_length(&call->engine->store, &item);
    count = u64_min(count, length);
    if (has_count) reply_array(&call->reply, count);
    if (count == 0) return;
    struct list_place place = list_place_of(call, 1, call->hash);
    list_reply_popped(call, &place, &item, end, count);
}

void command_lpop(struct call *call) {
    pop(call, LIST_HEAD);
}

void command_rpop(struct call *call) {
    pop(call, LIST_TAIL);
}
