/* Commands of strings that work at an offset: GETRANGE, SUBSTR, SETRANGE. */
#include "kv/call.h"
#include "kv/number.h"

/* From two indexes, which count from the end when negative, to the part of a string that they mean.
 * False: it is empty. */
static bool range_of(i64 start, i64 end, u64 length, u64 *offset, u64 *len) {
    i64 total = (i64)length;
    if (start < 0 && end < 0 && start > end) return false;
    if (start < 0) start += total;
    if (end < 0) end += total;
    if (start < 0) start = 0;
    if (end < 0) end = 0;
    if (end >= total) end = total - 1;
    if (start > end) return false;
    *offset = (u64)start;
    *len = (u64)(end - start) + 1;
    return true;
}

void command_getrange(struct call *call) {
    const struct store *store = &call->engine->store;
    i64 start, end;
    u64 offset, len;
    struct item item;
    bool failed;
    if (!call_integer(call, 2, &start) || !call_integer(call, 3, &end)) return;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    if (!found || !range_of(start, end, string_length(store, &item), &offset, &len)) {
        reply_bulk_string(&call->reply, "");
        return;
    }
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    string_open_range(store, &item, offset, len, digits, &cursor);
    call_reply_cursor(call, len, &cursor);
}

void command_substr(struct call *call) {
    command_getrange(call);
}

void command_setrange(struct call *call) {
    struct store *store = &call->engine->store;
    struct bytes data = call->argv[3];
    i64 offset;
    struct item item;
    bool failed;
    if (!call_integer(call, 2, &offset)) return;
    if (offset < 0) {
        call_error(call, "ERR offset is out of range");
        return;
    }
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    u64 length = found ? string_length(store, &item) : 0;
    if (data.len == 0) {
        reply_integer(&call->reply, (i64)length);
        return;
    }
    u64 new_length = u64_max(length, (u64)offset + data.len);
    if (!call_length_fits(call, new_length)) return;
    if (!found) item.handle = 0;
    enum store_result result = string_write(store, call->client->database, call->argv[1],
                                            call->hash, &item, (u64)offset, data);
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
    reply_integer(&call->reply, (i64)new_length);
}
