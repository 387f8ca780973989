/* SORT ... STORE: the output becomes a list, all or nothing. It is measured first; then there is
 * room for it beside what the destination holds, which goes when it is complete. */
#include "kv/assert.h"
#include "kv/list_build.h"
#include "kv/number.h"

#include "list_internal.h"
#include "sort_internal.h"

/* Making room can evict keys that GET names; then less is needed, and it is measured again. */
#define ATTEMPTS_MAX 4u

/* Copies a short value; nothing is an empty element. */
static struct bytes copy_value(struct value_cursor *cursor, u8 out[RUN_INLINE_MAX]) {
    struct bytes piece;
    u64 len = 0;
    while (value_next(cursor, &piece)) {
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    return bytes_of(out, len);
}

static void measure(const struct sort *sort, struct list_build *build) {
    const struct store *store = &sort->call->engine->store;
    struct sort_outputs outputs;
    struct sort_value value;
    memset(build, 0, sizeof(*build));
    sort_outputs_begin(&outputs, sort);
    while (sort_outputs_next(&outputs, &value)) {
        char digits[NUMBER_TEXT_MAX];
        u8 copy[RUN_INLINE_MAX];
        struct value_cursor cursor;
        u64 len = sort_value_open(store, &value, digits, &cursor);
        if (len > RUN_INLINE_MAX) {
            list_build_measure_long(build, len);
        } else {
            list_build_measure(build, copy_value(&cursor, copy));
        }
    }
}

static void build_list(const struct sort *sort, struct list_build *build) {
    struct store *store = &sort->call->engine->store;
    struct sort_outputs outputs;
    struct sort_value value;
    sort_outputs_begin(&outputs, sort);
    while (sort_outputs_next(&outputs, &value)) {
        char digits[NUMBER_TEXT_MAX];
        u8 copy[RUN_INLINE_MAX];
        struct value_cursor cursor;
        u64 len = sort_value_open(store, &value, digits, &cursor);
        if (len > RUN_INLINE_MAX) {
            list_build_add_long(store, build, len, &cursor);
        } else {
            list_build_add(store, build, copy_value(&cursor, copy));
        }
    }
}

static struct key_place destination(const struct sort *sort) {
    struct call *call = sort->call;
    return (struct key_place){.database = call->client->database,
                              .key = call->argv[sort->destination],
                              .hash = call_hash(call, sort->destination)};
}

static bool find(struct store *store, const struct key_place *place, struct item *item) {
    bool found = store_find(store, place->database, place->key, place->hash, item);
    if (!found) *item = (struct item){0};
    return found;
}

/* Measures the output and reserves what it takes. */
static bool reserve(const struct sort *sort, const struct key_place *place,
                    struct list_build *build) {
    struct store *store = &sort->call->engine->store;
    struct store_need reserved = {0}, need;
    struct item item;
    for (u32 attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        need = (struct store_need){.keys = !find(store, place, &item)};
        measure(sort, build);
        list_build_need(store, build, place->key.len, &need);
        bool covered = attempt > 0 && need.pages <= reserved.pages && need.cost <= reserved.cost;
        if (covered) return true;
        store_release(store);
        if (!store_reserve(store, &need)) break;
        reserved = need;
    }
    store_release(store);
    return false;
}

static enum store_result replace(const struct sort *sort) {
    struct store *store = &sort->call->engine->store;
    struct key_place place = destination(sort);
    struct list_build build;
    struct item item;
    struct item content = {0};
    if (!reserve(sort, &place, &build)) return STORE_FULL;
    build_list(sort, &build);
    struct bytes payload = list_build_finish(&build, &content);
    find(store, &place, &item);
    key_put(store, &place, &item, &content, payload);
    store_release(store);
    return STORE_OK;
}

void sort_store(const struct sort *sort) {
    struct call *call = sort->call;
    struct store *store = &call->engine->store;
    u64 length = sort->count * u32_max(sort->gets, 1);
    u64 most = u64_min(store->limits.list_length_max, TREE_ELEMENTS_MAX);
    struct key_place place = destination(sort);
    struct item item;
    if (length > most) {
        list_reply_refusal(call, STORE_TOO_LONG, length);
        return;
    }
    if (length > 0) {
        enum store_result result = replace(sort);
        if (result != STORE_OK) {
            list_reply_refusal(call, result, length);
            return;
        }
        call_changed(call, sort->destination);
    } else if (find(store, &place, &item)) {
        store_delete(store, &item);
        call_changed(call, sort->destination);
    }
    reply_integer(&call->reply, (i64)length);
}
