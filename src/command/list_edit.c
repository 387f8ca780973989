/* Commands of lists that look for elements, or change lists in their middle. */
#include "kv/number.h"

#include "list_internal.h"

static void reply_length(struct call *call, const struct item *item) {
    reply_integer(&call->reply, (i64)list_length(&call->engine->store, item));
}

/* -- LSET, LINSERT -- */

void command_lset(struct call *call) {
    struct store *store = &call->engine->store;
    struct item item;
    bool failed;
    i64 index;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) call_error(call, "ERR no such key");
        return;
    }
    if (!call_integer(call, 2, &index)) return;
    u64 length = list_length(store, &item);
    i64 position = list_position(index, length);
    if (position < 0 || (u64)position >= length) {
        call_error(call, "ERR index out of range");
        return;
    }
    if (!call_value_fits(call, 3)) return;
    struct list_place place = list_place_of(call, 1, call->hash);
    enum store_result result = list_set(store, &place, &item, (u64)position, call->argv[3]);
    if (result != STORE_OK) {
        list_reply_refusal(call, result, length);
        return;
    }
    call_changed(call, 1);
    reply_ok(&call->reply);
}

/* The place of the first element that equals argument i. */
static bool find_first(struct call *call, const struct item *item, u32 i, u64 *position) {
    struct list_search search;
    list_search_begin(&call->engine->store, item, call->argv[i], LIST_HEAD, 0,
                      call->engine->scratch, &search);
    return list_search_next(&search, position);
}

void command_linsert(struct call *call) {
    struct store *store = &call->engine->store;
    bool after = call_is_word(call, 2, "AFTER");
    struct item item;
    bool failed;
    u64 position;
    if (!after && !call_is_word(call, 2, "BEFORE")) {
        call_syntax_error(call);
        return;
    }
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_integer(&call->reply, 0);
        return;
    }
    if (!call_value_fits(call, 4)) return;
    if (!find_first(call, &item, 3, &position)) {
        reply_integer(&call->reply, -1);
        return;
    }
    u64 length = list_length(store, &item);
    struct list_place place = list_place_of(call, 1, call->hash);
    enum store_result result = list_insert(store, &place, &item, position + after, call->argv[4]);
    if (result != STORE_OK) {
        list_reply_refusal(call, result, length + 1);
        return;
    }
    call_changed(call, 1);
    reply_length(call, &item);
}

/* -- LREM, LTRIM -- */

void command_lrem(struct call *call) {
    struct item item;
    bool failed;
    i64 count;
    if (!call_integer(call, 2, &count)) return;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_integer(&call->reply, 0);
        return;
    }
    u64 most = count < 0 ? 0 - (u64)count : (u64)count;
    u64 removed =
        list_remove_equal(&call->engine->store, &item, call->argv[3],
                          count < 0 ? LIST_TAIL : LIST_HEAD, count == 0 ? UINT64_MAX : most);
    if (removed > 0) call_changed(call, 1);
    reply_integer(&call->reply, (i64)removed);
}

void command_ltrim(struct call *call) {
    struct item item;
    bool failed;
    i64 start;
    i64 stop;
    if (!call_integer(call, 2, &start) || !call_integer(call, 3, &stop)) return;
    if (!call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed)) {
        if (!failed) reply_ok(&call->reply);
        return;
    }
    u64 first;
    u64 count = list_clip(start, stop, list_length(&call->engine->store, &item), &first);
    list_trim(&call->engine->store, &item, first, count);
    call_changed(call, 1);
    reply_ok(&call->reply);
}

/* -- LPOS -- */

struct wanted {
    i64 rank; /* of the first match that counts; 1 is the first one */
    i64 count;
    bool has_count;
    i64 length_max;
    enum list_end from;
};

/* A number that may not be negative, with one error for everything else. */
static bool read_positive(struct call *call, u32 i, i64 *value, const char *error) {
    if (number_parse_i64(call->argv[i], value) && *value >= 0) return true;
    call_error(call, error);
    return false;
}

static bool read_rank(struct call *call, u32 i, struct wanted *wanted) {
    if (!call_integer(call, i, &wanted->rank)) return false;
    if (wanted->rank != 0) return true;
    call_error(call, "ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                     "second ... or use negative to start from the end of the list");
    return false;
}

static bool read_wanted(struct call *call, struct wanted *wanted) {
    *wanted = (struct wanted){.rank = 1};
    for (u32 i = 3; i < call->argc; i += 2) {
        bool good = false;
        if (i + 1 == call->argc) {
            call_syntax_error(call);
        } else if (call_is_word(call, i, "RANK")) {
            good = read_rank(call, i + 1, wanted);
        } else if (call_is_word(call, i, "COUNT")) {
            good = read_positive(call, i + 1, &wanted->count, "ERR COUNT can't be negative");
            wanted->has_count = true;
        } else if (call_is_word(call, i, "MAXLEN")) {
            good = read_positive(call, i + 1, &wanted->length_max, "ERR MAXLEN can't be negative");
        } else {
            call_syntax_error(call);
        }
        if (!good) return false;
    }
    wanted->from = wanted->rank < 0 ? LIST_TAIL : LIST_HEAD;
    /* The least number there is stays negative, here as in Redis: every match has that rank. */
    if (wanted->rank < 0) wanted->rank = (i64)(0 - (u64)wanted->rank);
    return true;
}

/* Walks over the matches that are wanted, the first `most` at most, and replies their positions,
 * or only counts them. */
static u64 walk(struct call *call, const struct item *item, const struct wanted *wanted, u64 most,
                bool replies) {
    struct list_search search;
    u64 position, seen = 0, found = 0;
    list_search_begin(&call->engine->store, item, call->argv[2], wanted->from,
                      (u64)wanted->length_max, call->engine->scratch, &search);
    while (found < most && list_search_next(&search, &position)) {
        if ((i64)++seen < wanted->rank) continue;
        found++;
        if (replies) reply_integer(&call->reply, (i64)position);
        if (call->reply.chain->overflow) break;
    }
    return found;
}

/* As with the rank above: nothing limits the matches of the least rank. */
static u64 most_of(const struct wanted *wanted) {
    return wanted->count == 0 || wanted->rank < 0 ? UINT64_MAX : (u64)wanted->count;
}

void command_lpos(struct call *call) {
    struct item item;
    struct wanted wanted;
    bool failed;
    if (!read_wanted(call, &wanted)) return;
    bool found = call_find_typed(call, 1, call->hash, ITEM_LIST, &item, &failed);
    if (failed) return;
    if (wanted.has_count) {
        u64 count = found ? walk(call, &item, &wanted, most_of(&wanted), false) : 0;
        reply_array(&call->reply, count);
        if (count > 0) walk(call, &item, &wanted, count, true);
    } else if (!found || walk(call, &item, &wanted, 1, true) == 0) {
        reply_null(&call->reply);
    }
}
