/* LCS. */
#include "kv/lcs.h"

#include "kv/call.h"

struct lcs_options {
    bool length;
    bool ranges;
    bool with_match_length;
    i64 match_length_min;
};

static bool parse_options(struct call *call, struct lcs_options *options) {
    *options = (struct lcs_options){0};
    for (u32 i = 3; i < call->argc; i++) {
        if (call_is_word(call, i, "IDX")) {
            options->ranges = true;
        } else if (call_is_word(call, i, "LEN")) {
            options->length = true;
        } else if (call_is_word(call, i, "WITHMATCHLEN")) {
            options->with_match_length = true;
        } else if (call_is_word(call, i, "MINMATCHLEN") && i + 1 < call->argc) {
            if (!call_integer(call, ++i, &options->match_length_min)) return false;
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    if (options->ranges && options->length) {
        call_error(call, "ERR If you want both the length and indexes, please just use IDX.");
        return false;
    }
    return true;
}

/* Finds both strings; what is not there is empty. Looking up the second may remove an expired key
 * and so move the first, which is therefore looked up again. */
static bool find_strings(struct call *call, struct item items[2], struct lcs_string strings[2]) {
    struct store *store = &call->engine->store;
    u64 hashes[2] = {call->hash, call_hash(call, 2)};
    bool found[2];
    for (u32 i = 0; i < 2; i++)
        found[i] = call_find(call, i + 1, hashes[i], &items[i]);
    if (found[0])
        found[0] = store_find(store, call->client->database, call->argv[1], hashes[0], &items[0]);
    for (u32 i = 0; i < 2; i++) {
        strings[i] = (struct lcs_string){0};
        if (!found[i]) continue;
        if (items[i].type != ITEM_STRING) {
            call_error(call, "ERR The specified keys must contain string values");
            return false;
        }
        strings[i].item = &items[i];
        strings[i].len = string_length(store, &items[i]);
    }
    return true;
}

static bool is_shown(const struct lcs_options *options, const struct lcs_range *range) {
    u64 len = range->a_last - range->a_first + 1;
    return options->match_length_min <= 0 || len >= (u64)options->match_length_min;
}

static void reply_range(struct reply *reply, const struct lcs_range *range, bool with_length) {
    reply_array(reply, with_length ? 3 : 2);
    reply_array(reply, 2);
    reply_integer(reply, (i64)range->a_first);
    reply_integer(reply, (i64)range->a_last);
    reply_array(reply, 2);
    reply_integer(reply, (i64)range->b_first);
    reply_integer(reply, (i64)range->b_last);
    if (with_length) reply_integer(reply, (i64)(range->a_last - range->a_first + 1));
}

/* The walk is made twice, as the number of ranges is said before the first. */
static void reply_ranges(struct call *call, const struct lcs *lcs,
                         const struct lcs_options *options) {
    struct reply *reply = &call->reply;
    struct lcs_walk walk;
    struct lcs_range range;
    u64 count = 0;
    lcs_walk_begin(&walk, lcs);
    while (lcs_walk_next(&walk, &range))
        count += is_shown(options, &range);
    reply_map(reply, 2);
    reply_bulk_string(reply, "matches");
    reply_array(reply, count);
    lcs_walk_begin(&walk, lcs);
    while (!reply->chain->overflow && lcs_walk_next(&walk, &range)) {
        if (is_shown(options, &range)) reply_range(reply, &range, options->with_match_length);
    }
    reply_bulk_string(reply, "len");
    reply_integer(reply, lcs->length);
}

static void write_piece(void *context, struct bytes piece) {
    struct call *call = context;
    reply_bulk_data(&call->reply, piece.data, piece.len);
}

void command_lcs(struct call *call) {
    struct engine *engine = call->engine;
    struct item items[2];
    struct lcs_string strings[2];
    struct lcs_options options;
    if (!find_strings(call, items, strings) || !parse_options(call, &options)) return;
    u64 needed = lcs_memory_needed(strings[0].len, strings[1].len, options.length);
    if (needed > engine->lcs_gauge.max) {
        engine->lcs_gauge.exhausted++;
        call_errorf(call, "ERR LCS of %llu and %llu bytes takes %llu bytes of lcs-memory (%llu)",
                    (unsigned long long)strings[0].len, (unsigned long long)strings[1].len,
                    (unsigned long long)needed, (unsigned long long)engine->lcs_gauge.max);
        return;
    }
    gauge_add(&engine->lcs_gauge, needed);
    struct lcs lcs;
    lcs_compute(&lcs, &engine->store, strings[0], strings[1], engine->lcs_memory, options.length);
    if (options.ranges) {
        reply_ranges(call, &lcs, &options);
    } else if (options.length) {
        reply_integer(&call->reply, lcs.length);
    } else {
        reply_bulk_begin(&call->reply, lcs.length);
        lcs_write(&lcs, write_piece, call);
        reply_bulk_end(&call->reply);
    }
    gauge_sub(&engine->lcs_gauge, needed);
}
