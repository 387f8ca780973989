/* WATCH, UNWATCH, and what changes of keys do to those who watch them. */
#include "kv/call.h"

/* -- changes -- */

/* EXEC will fail, so there is nothing more to watch for. */
static void make_dirty(struct engine *engine, u32 slot) {
    struct watcher *watcher = &engine->clients.table[slot].transaction.watcher;
    watcher->dirty = true;
    watches_forget(&engine->transactions.watches, watcher, 0);
}

void watches_key_changed(struct engine *engine, u32 database, struct bytes key) {
    const struct watches *watches = &engine->transactions.watches;
    if (!watches_any(watches)) return;
    u64 hash = watches_key(watches, database, key);
    for (u32 slot = watches_find(watches, hash); slot != WATCH_NONE;
         slot = watches_find(watches, hash)) {
        make_dirty(engine, slot);
    }
}

/* Those who watch a key of the database that exists; all others, too, when `missing`. */
static void change_database(struct engine *engine, u32 database, bool missing) {
    const struct watches *watches = &engine->transactions.watches;
    u32 from = 0;
    for (u32 i = watches_next_in(watches, database, &from); i != WATCH_NONE;
         i = watches_next_in(watches, database, &from)) {
        const struct watch *watch = &watches->entries[i];
        if (missing || watch->until_ms != WATCH_ABSENT) make_dirty(engine, watch->client);
    }
}

void watches_database_changed(struct engine *engine, u32 database) {
    if (watches_any(&engine->transactions.watches)) change_database(engine, database, false);
}

void watches_databases_swapped(struct engine *engine, u32 a, u32 b) {
    if (a == b || !watches_any(&engine->transactions.watches)) return;
    change_database(engine, a, store_keys(&engine->store, b) > 0);
    change_database(engine, b, store_keys(&engine->store, a) > 0);
}

/* -- commands -- */

/* Until when a key is there: one that has expired already is not. */
static u64 present_until(struct call *call, u32 i) {
    struct item item;
    if (!call_peek(call, i, call_hash(call, i), &item)) return WATCH_ABSENT;
    return item.expires_ms == 0 ? WATCH_FOREVER : item.expires_ms;
}

void command_watch(struct call *call) {
    struct watches *watches = &call->engine->transactions.watches;
    struct client *client = call->client;
    struct watcher *watcher = &client->transaction.watcher;
    if (client->transaction.open) {
        call_error(call, "ERR WATCH inside MULTI is not allowed");
        return;
    }
    u32 before = watcher->count;
    /* When a key has changed already, EXEC fails whatever else is watched. */
    for (u32 i = 1; i < call->argc && !watcher->dirty; i++) {
        u64 key = watches_key(watches, client->database, call->argv[i]);
        if (watches_add(watches, watcher, client->slot, key, present_until(call, i))) continue;
        watches_forget(watches, watcher, before);
        call_errorf(call, "ERR watched-keys-max (%llu) keys are watched",
                    (unsigned long long)call->engine->options.watched_keys_max);
        return;
    }
    reply_ok(&call->reply);
}

void command_unwatch(struct call *call) {
    struct watcher *watcher = &call->client->transaction.watcher;
    watches_forget(&call->engine->transactions.watches, watcher, 0);
    watcher->dirty = false;
    reply_ok(&call->reply);
}
