/* INCRBYFLOAT. */
#include <math.h>

#include "kv/call.h"
#include "kv/decimal.h"

static bool parse(struct call *call, struct bytes text, long double *value) {
    if (decimal_parse(text, value)) return true;
    call_error(call, "ERR value is not a valid float");
    return false;
}

/* The number that the key holds, 0 when there is none. */
static bool read_value(struct call *call, const struct item *item, long double *value) {
    const struct store *store = &call->engine->store;
    u8 text[DECIMAL_TEXT_MAX];
    *value = 0;
    if (item->handle == 0) return true;
    /* What is longer than a number can be is none, however it begins. */
    u64 len = u64_min(string_length(store, item), sizeof(text));
    string_read(store, item, 0, len, text);
    return parse(call, bytes_of(text, len), value);
}

/* Replies first: the text may be longer than a reply that needs no reservation. */
static void reply_and_set(struct call *call, struct item *item, struct bytes text) {
    struct chain_mark mark = chain_begin(call->reply.chain);
    reply_bulk(&call->reply, text);
    if (call->reply.chain->overflow) return;
    enum store_result result = string_set_bytes(&call->engine->store, call->client->database,
                                                call->argv[1], call->hash, item, text);
    if (result == STORE_OK) {
        call_changed(call, 1);
        return;
    }
    chain_rollback(call->reply.chain, mark);
    call_store_full(call);
}

void command_incrbyfloat(struct call *call) {
    struct item item;
    bool failed;
    long double value, increment;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    if (!found) item.handle = 0;
    if (!read_value(call, &item, &value) || !parse(call, call->argv[2], &increment)) return;
    value += increment;
    if (!isfinite(value)) {
        call_error(call, "ERR increment would produce NaN or Infinity");
        return;
    }
    char text[DECIMAL_TEXT_MAX];
    u32 len = decimal_format(text, value);
    if (!call_length_fits(call, len)) return;
    reply_and_set(call, &item, bytes_of(text, len));
}
