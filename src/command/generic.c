/* Commands of keys, whatever they hold. */
#include "kv/call.h"
#include "kv/number.h"

static const char *type_name(enum item_type type) {
    static const char *const names[ITEM_TYPES] = {[ITEM_STRING] = "string", [ITEM_LIST] = "list"};
    return names[type];
}

void command_del(struct call *call) {
    i64 removed = 0;
    for (u32 i = 1; i < call->argc; i++) {
        struct item item;
        u64 hash = i == 1 ? call->hash : call_hash(call, i);
        if (!call_peek(call, i, hash, &item)) continue;
        store_delete(&call->engine->store, &item);
        call_changed(call, i);
        removed++;
    }
    reply_integer(&call->reply, removed);
}

void command_exists(struct call *call) {
    i64 found = 0;
    for (u32 i = 1; i < call->argc; i++) {
        struct item item;
        u64 hash = i == 1 ? call->hash : call_hash(call, i);
        found += call_peek(call, i, hash, &item);
    }
    reply_integer(&call->reply, found);
}

void command_type(struct call *call) {
    struct item item;
    bool found = call_peek(call, 1, call->hash, &item);
    reply_status(&call->reply, found ? type_name((enum item_type)item.type) : "none");
}

/* -- SCAN -- */

struct scan {
    struct call *call;
    bool has_pattern;
    struct bytes pattern;
    bool has_type;
    struct bytes type;
    u64 count; /* keys asked for in this step */
    u64 matched;
    bool write; /* second pass: write the keys that the first pass counted */
};

static void visit(void *context, const struct item *item) {
    struct scan *scan = context;
    if (scan->has_type && !bytes_is_word(scan->type, type_name((enum item_type)item->type))) return;
    if (scan->has_pattern && !bytes_match_glob(scan->pattern, item->key, false)) return;
    scan->matched++;
    if (scan->write) reply_bulk(&scan->call->reply, item->key);
}

static bool parse_scan(struct call *call, struct scan *scan) {
    *scan = (struct scan){.call = call, .count = 10};
    for (u32 i = 2; i < call->argc; i += 2) {
        if (i + 1 >= call->argc) {
            call_syntax_error(call);
            return false;
        }
        if (call_is_word(call, i, "COUNT")) {
            i64 count;
            if (!call_integer(call, i + 1, &count)) return false;
            if (count < 1) {
                call_syntax_error(call);
                return false;
            }
            scan->count = (u64)count;
        } else if (call_is_word(call, i, "MATCH")) {
            scan->pattern = call->argv[i + 1];
            scan->has_pattern = !bytes_equal(scan->pattern, bytes_of_string("*"));
        } else if (call_is_word(call, i, "TYPE")) {
            scan->type = call->argv[i + 1];
            scan->has_type = true;
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* A cursor is an unsigned 64-bit number. Redis reads it as strtoul does, so that nothing at all is
 * 0, a sign is allowed, and a zero byte ends it. */
static bool parse_cursor(struct bytes text, u64 *cursor) {
    const void *zero = memchr(text.data, 0, text.len);
    if (zero) text.len = (size_t)((const u8 *)zero - text.data);
    u64 value = 0;
    size_t sign = text.len > 1 && (text.data[0] == '-' || text.data[0] == '+');
    for (size_t i = sign; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10u, &value)) return false;
        if (__builtin_add_overflow(value, (u64)(text.data[i] - '0'), &value)) return false;
    }
    *cursor = sign == 1 && text.data[0] == '-' ? 0 - value : value;
    return true;
}

/* The keys are visited twice: an array's length stands before it. */
void command_scan(struct call *call) {
    struct store *store = &call->engine->store;
    u32 database = call->client->database;
    struct scan scan;
    u64 cursor;
    if (!parse_cursor(call->argv[1], &cursor)) {
        call_error(call, "ERR invalid cursor");
        return;
    }
    if (!parse_scan(call, &scan)) return;
    u64 next = store_scan(store, database, cursor, scan.count, visit, &scan);
    char digits[NUMBER_TEXT_MAX];
    u32 len = number_format_u64(digits, next);
    reply_array(&call->reply, 2);
    reply_bulk(&call->reply, bytes_of(digits, len));
    reply_array(&call->reply, scan.matched);
    scan.write = true;
    store_scan(store, database, cursor, scan.count, visit, &scan);
}
