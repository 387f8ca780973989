/* What commands of lists answer with: elements, and what was taken from an end. */
#include "kv/assert.h"
#include "kv/number.h"

#include "list_internal.h"

struct list_place list_place_of(const struct call *call, u32 i, u64 hash) {
    return (struct list_place){
        .database = call->client->database, .key = call->argv[i], .hash = hash};
}

bool list_read_end(struct call *call, u32 i, enum list_end *end) {
    if (call_is_word(call, i, "LEFT")) {
        *end = LIST_HEAD;
    } else if (call_is_word(call, i, "RIGHT")) {
        *end = LIST_TAIL;
    } else {
        call_syntax_error(call);
        return false;
    }
    return true;
}

void list_reply_element(struct call *call, const struct element *element) {
    if (element->is_integer) {
        reply_bulk_i64(&call->reply, element->integer);
    } else if (element->chain == PAGE_NONE) {
        reply_bulk(&call->reply, element->tail);
    } else {
        char digits[NUMBER_TEXT_MAX];
        struct value_cursor cursor;
        element_open(&call->engine->store.pages, element, digits, &cursor);
        call_reply_cursor(call, element->len, &cursor);
    }
}

void list_reply_range(struct call *call, const struct item *item, u64 position, u64 count) {
    struct list_cursor cursor;
    struct element element;
    list_open(&call->engine->store, item, position, call->engine->scratch, &cursor);
    for (u64 i = 0; i < count && !call->reply.chain->overflow; i++) {
        if (!list_next(&cursor, &element)) break;
        list_reply_element(call, &element);
    }
}

void list_reply_refusal(struct call *call, enum store_result result, u64 length) {
    if (result == STORE_FULL) {
        call_store_full(call);
        return;
    }
    call_errorf(call, "ERR list of %llu elements exceeds list-length-max (%llu)",
                (unsigned long long)length,
                (unsigned long long)call->engine->options.list_length_max);
}

/* -- what is taken from an end -- */

/* From the tail the last element comes first. */
static void reply_backwards(struct call *call, const struct item *item, u64 count) {
    struct store *store = &call->engine->store;
    struct list_cursor cursor;
    struct element element;
    list_open(store, item, list_length(store, item) - 1, call->engine->scratch, &cursor);
    list_next(&cursor, &element);
    for (u64 i = 0; i < count && !call->reply.chain->overflow; i++) {
        if (!list_previous(&cursor, &element)) break;
        list_reply_element(call, &element);
    }
}

static void reply_from_end(struct call *call, const struct item *item, enum list_end end,
                           u64 count) {
    if (end == LIST_HEAD) {
        list_reply_range(call, item, 0, count);
    } else {
        reply_backwards(call, item, count);
    }
}

bool list_reply_popped(struct call *call, const struct list_place *place, struct item *item,
                       enum list_end end, u64 count) {
    reply_from_end(call, item, end, count);
    if (call->reply.chain->overflow) return false;
    list_pop(&call->engine->store, item, end, count);
    call_changed_key(call, place->database, place->key);
    return true;
}

static u64 length_of(struct call *call, const struct list_place *place) {
    struct store *store = &call->engine->store;
    struct item item;
    if (!store_find(store, place->database, place->key, place->hash, &item)) return 0;
    return list_length(store, &item);
}

bool list_reply_moved(struct call *call, struct chain_mark mark, const struct list_place *from,
                      enum list_end from_end, const struct list_place *to, enum list_end to_end) {
    struct store *store = &call->engine->store;
    struct chain *chain = call->reply.chain;
    struct item item;
    bool found = store_find(store, from->database, from->key, from->hash, &item);
    kv_assert(found);
    reply_from_end(call, &item, from_end, 1);
    if (chain->overflow) return false;
    enum store_result result = list_move(store, from, from_end, to, to_end);
    if (result != STORE_OK) {
        chain_rollback(chain, mark);
        list_reply_refusal(call, result, length_of(call, to) + 1);
        return false;
    }
    call_changed_key(call, to->database, to->key);
    call_changed_key(call, from->database, from->key);
    return true;
}
