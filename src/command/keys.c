/* Commands that give keys other names and places, copy them, and name them all or one. */
#include "kv/keys.h"

#include "database_argument.h"

/* -- RENAME, MOVE, COPY -- */

static struct key_place place_of(struct call *call, u32 database, u32 i) {
    struct bytes key = call->argv[i];
    return (struct key_place){
        .database = database, .key = key, .hash = store_hash(&call->engine->store, database, key)};
}

static bool is_there(struct call *call, const struct key_place *place) {
    struct item item;
    return store_find(&call->engine->store, place->database, place->key, place->hash, &item);
}

static void changed_both(struct call *call, const struct key_place *from,
                         const struct key_place *to) {
    call_changed_key(call, from->database, from->key);
    call_changed_key(call, to->database, to->key);
}

static void rename_key(struct call *call, bool only_to_new) {
    u32 database = call->client->database;
    struct key_place from = place_of(call, database, 1);
    struct key_place to = place_of(call, database, 2);
    struct item item;
    bool same = bytes_equal(from.key, to.key);
    if (!call_find(call, 1, call->hash, &item)) {
        call_error(call, "ERR no such key");
        return;
    }
    if (!same && only_to_new) same = is_there(call, &to);
    if (!same) {
        if (key_rename(&call->engine->store, &from, &to) != STORE_OK) {
            call_store_full(call);
            return;
        }
        changed_both(call, &from, &to);
    }
    if (only_to_new) {
        reply_integer(&call->reply, !same);
    } else {
        reply_ok(&call->reply);
    }
}

void command_rename(struct call *call) {
    rename_key(call, false);
}

void command_renamenx(struct call *call) {
    rename_key(call, true);
}

static void same_object(struct call *call) {
    call_error(call, "ERR source and destination objects are the same");
}

void command_move(struct call *call) {
    u32 database;
    struct item item;
    if (!database_argument(call, 2, &database)) return;
    if (database == call->client->database) {
        same_object(call);
        return;
    }
    struct key_place from = place_of(call, call->client->database, 1);
    struct key_place to = place_of(call, database, 1);
    if (!call_find(call, 1, call->hash, &item) || is_there(call, &to)) {
        reply_integer(&call->reply, 0);
        return;
    }
    if (key_rename(&call->engine->store, &from, &to) != STORE_OK) {
        call_store_full(call);
        return;
    }
    changed_both(call, &from, &to);
    reply_integer(&call->reply, 1);
}

static bool parse_copy(struct call *call, u32 *database, bool *replace) {
    *database = call->client->database;
    *replace = false;
    for (u32 i = 3; i < call->argc; i++) {
        if (call_is_word(call, i, "REPLACE")) {
            *replace = true;
        } else if (call_is_word(call, i, "DB") && i + 1 < call->argc) {
            if (!database_argument(call, ++i, database)) return false;
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

void command_copy(struct call *call) {
    u32 database;
    bool replace;
    struct item item;
    if (!parse_copy(call, &database, &replace)) return;
    struct key_place from = place_of(call, call->client->database, 1);
    struct key_place to = place_of(call, database, 2);
    if (from.database == to.database && bytes_equal(from.key, to.key)) {
        same_object(call);
        return;
    }
    /* A command that writes, and yet its first key is read, and counted so. */
    bool found = call_find(call, 1, call->hash, &item);
    call->hits += found;
    call->misses += !found;
    if (!found || (is_there(call, &to) && !replace)) {
        reply_integer(&call->reply, 0);
        return;
    }
    if (key_copy(&call->engine->store, &from, &to) != STORE_OK) {
        call_store_full(call);
        return;
    }
    call_changed_key(call, to.database, to.key);
    reply_integer(&call->reply, 1);
}

void command_swapdb(struct call *call) {
    i64 a;
    i64 b;
    if (!int_argument(call, 1, "ERR invalid first DB index", &a) ||
        !int_argument(call, 2, "ERR invalid second DB index", &b))
        return;
    if (a < 0 || a >= STORE_DATABASES || b < 0 || b >= STORE_DATABASES) {
        call_error(call, "ERR DB index is out of range");
        return;
    }
    if (a != b) {
        watches_databases_swapped(call->engine, (u32)a, (u32)b);
        call_changed_database(call, (u32)a);
        call_changed_database(call, (u32)b);
        keys_swap(&call->engine->store, (u32)a, (u32)b);
    }
    reply_ok(&call->reply);
}

/* -- TOUCH, RANDOMKEY, KEYS -- */

void command_touch(struct call *call) {
    i64 touched = 0;
    for (u32 i = 1; i < call->argc; i++) {
        struct item item;
        u64 hash = i == 1 ? call->hash : call_hash(call, i);
        touched += call_find(call, i, hash, &item);
    }
    reply_integer(&call->reply, touched);
}

void command_randomkey(struct call *call) {
    struct item item;
    if (key_random(&call->engine->store, call->client->database, &item)) {
        reply_bulk(&call->reply, item.key);
    } else {
        reply_null(&call->reply);
    }
}

struct matching {
    struct call *call;
    struct bytes pattern;
    bool all;
    bool write; /* second pass: write the keys that the first pass counted */
    u64 keys;
    u64 bytes; /* of the reply that they take */
};

static void visit(void *context, const struct item *item) {
    struct matching *matching = context;
    if (!matching->all && !bytes_match_glob(matching->pattern, item->key, false)) return;
    if (matching->write) {
        reply_bulk(&matching->call->reply, item->key);
        return;
    }
    matching->keys++;
    matching->bytes += reply_bulk_bytes(item->key.len);
}

/* The keys are visited twice, as an array's length stands before it; but only once when they do not
 * fit. */
void command_keys(struct call *call) {
    const struct store *store = &call->engine->store;
    u32 database = call->client->database;
    struct matching matching = {.call = call, .pattern = call->argv[1]};
    matching.all = bytes_equal(matching.pattern, bytes_of_string("*"));
    store_scan(&call->engine->store, database, 0, store->index.buckets, visit, &matching);
    u64 bytes = reply_header_bytes(matching.keys) + matching.bytes;
    if (!chain_reserve(call->reply.chain, bytes)) return;
    matching.write = true;
    reply_array(&call->reply, matching.keys);
    store_scan(&call->engine->store, database, 0, store->index.buckets, visit, &matching);
}
