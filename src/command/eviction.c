/* What commands and eviction tell each other: which keys may not go while a command runs, those
 * that it works on; and which have gone. */
#include "kv/call.h"

/* Where a command's keys are is not always known from its arguments alone; then each of them counts
 * as one: a key too many is only not evicted. */
static bool keys_are_known(const struct command *command) {
    for (u32 i = 0; i < KEY_SPECS_MAX; i++)
        if (command->key_specs[i].find == KEY_FIND_UNKNOWN) return false;
    return true;
}

/* store_protector */
static void protect_running(void *owner) {
    struct engine *engine = owner;
    const struct call *call = engine->running;
    if (call == NULL) return;
    if (!keys_are_known(call->command)) {
        for (u32 i = 1; i < call->argc; i++)
            store_protect(&engine->store, call->argv[i]);
        return;
    }
    struct key_walk walk;
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk))
        store_protect(&engine->store, call->argv[i]);
}

/* store_removed. What has expired is known by its time; see watches.h. */
static void note_removed(void *owner, enum removal why, u32 database, struct bytes key) {
    struct engine *engine = owner;
    if (why == REMOVAL_EVICTED && watches_any(&engine->transactions.watches))
        watches_key_changed(engine, database, key);
}

void engine_own_store(struct engine *engine) {
    engine->store.owner = engine;
    engine->store.protect = protect_running;
    engine->store.removed = note_removed;
}
