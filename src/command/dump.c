/* DUMP and RESTORE: values in Redis's serialisation. */
#include "kv/dump.h"

#include "kv/call.h"
#include "kv/restore.h"

typedef unsigned long long ull;

/* -- DUMP -- */

static void write_part(void *context, const void *data, size_t len) {
    reply_bulk_data(context, data, len);
}

/* The memory is used within a call only: what shows is the most that any call took. */
static void count_memory(struct gauge *gauge, u64 used, bool exhausted) {
    gauge_add(gauge, used);
    gauge_sub(gauge, used);
    gauge->exhausted += exhausted;
}

void command_dump(struct call *call) {
    struct engine *engine = call->engine;
    struct item item;
    if (!call_find(call, 1, call->hash, &item)) {
        reply_null(&call->reply);
        return;
    }
    struct dump dump;
    dump_begin(&dump, &engine->store, &item, engine->dump_memory, engine->scratch);
    u64 len = dump_measure(&dump);
    count_memory(&engine->dump_gauge, dump.memory_used, dump.memory_short);
    if (!chain_reserve(call->reply.chain, reply_bulk_bytes(len))) return;
    reply_bulk_begin(&call->reply, len);
    dump_write(&dump, write_part, &call->reply);
    reply_bulk_end(&call->reply);
}

/* -- RESTORE -- */

/* What IDLETIME or FREQ say of the key's use; at most one of them is given. */
struct restore_access {
    bool has_idle;
    bool has_frequency;
    u64 idle_s;
    u32 frequency; /* 0 to 255 */
};

struct restore_options {
    bool replace;
    bool absolute; /* ABSTTL */
    struct restore_access access;
};

static bool parse_idle(struct call *call, u32 i, struct restore_access *access) {
    i64 idle_s;
    if (!call_integer(call, i, &idle_s)) return false;
    if (idle_s < 0) {
        call_error(call, "ERR Invalid IDLETIME value, must be >= 0");
        return false;
    }
    access->has_idle = true;
    access->idle_s = (u64)idle_s;
    return true;
}

static bool parse_frequency(struct call *call, u32 i, struct restore_access *access) {
    i64 frequency;
    if (!call_integer(call, i, &frequency)) return false;
    if (frequency < 0 || frequency > UINT8_MAX) {
        call_error(call, "ERR Invalid FREQ value, must be >= 0 and <= 255");
        return false;
    }
    access->has_frequency = true;
    access->frequency = (u32)frequency;
    return true;
}

static bool parse_restore(struct call *call, struct restore_options *options) {
    struct restore_access *access = &options->access;
    *options = (struct restore_options){0};
    for (u32 i = 4; i < call->argc; i++) {
        bool has_value = i + 1 < call->argc;
        if (call_is_word(call, i, "REPLACE")) {
            options->replace = true;
        } else if (call_is_word(call, i, "ABSTTL")) {
            options->absolute = true;
        } else if (call_is_word(call, i, "IDLETIME") && has_value && !access->has_frequency) {
            if (!parse_idle(call, ++i, access)) return false;
        } else if (call_is_word(call, i, "FREQ") && has_value && !access->has_idle) {
            if (!parse_frequency(call, ++i, access)) return false;
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* The deadline, 0 for none; *over when it has passed. A time that far away that it overflows is
 * before now, as in Redis. */
static bool parse_deadline(struct call *call, bool absolute, u64 *expires_ms, bool *over) {
    const u64 now_ms = call->engine->store.now_ms;
    i64 ttl;
    if (!call_integer(call, 2, &ttl)) return false;
    if (ttl < 0) {
        call_error(call, "ERR Invalid TTL value, must be >= 0");
        return false;
    }
    *expires_ms = ttl == 0 || absolute ? (u64)ttl : (u64)ttl + now_ms;
    *over = ttl != 0 && (i64)*expires_ms <= (i64)now_ms;
    return true;
}

static void reply_refusal(struct call *call, const struct restore *restore,
                          enum restore_status status) {
    const struct options *options = &call->engine->options;
    ull wanted = restore->wanted;
    switch (status) {
    case RESTORE_BAD_FOOTER:
        call_error(call, "ERR DUMP payload version or checksum are wrong");
        return;
    case RESTORE_VALUE_TOO_LONG:
        call_errorf(call, "ERR value of %llu bytes exceeds val-size-max (%llu)", wanted,
                    (ull)options->val_size_max);
        return;
    case RESTORE_LIST_TOO_LONG:
        call_errorf(call, "ERR list of %llu elements exceeds list-length-max (%llu)", wanted,
                    (ull)options->list_length_max);
        return;
    case RESTORE_MEMORY:
        call_errorf(call, "ERR compressed value of %llu bytes exceeds dump-memory (%llu)", wanted,
                    (ull)call->engine->dump_memory.bytes);
        return;
    default:
        call_error(call, "ERR Bad data format");
    }
}

/* The deadline is over: whatever there was is gone, and nothing takes its place. */
static void restore_nothing(struct call *call) {
    struct item item;
    if (call_find(call, 1, call->hash, &item)) {
        store_delete(&call->engine->store, &item);
        call_changed(call, 1);
    }
    reply_ok(&call->reply);
}

/* What is said of the use in a way that the policy does not keep is left out, as in Redis. */
static void set_access(struct call *call, const struct restore_access *access) {
    struct store *store = &call->engine->store;
    const bool counts = store->access.counts;
    struct item item;
    if (counts ? !access->has_frequency : !access->has_idle) return;
    if (!store_find(store, call->client->database, call->argv[1], call->hash, &item)) return;
    store_set_access(store, &item,
                     counts ? access_of_frequency(&store->access, access->frequency)
                            : access_of_idle(&store->access, access->idle_s));
}

void command_restore(struct call *call) {
    struct engine *engine = call->engine;
    struct restore_options options;
    struct restore restore;
    struct item item;
    u64 expires_ms;
    bool over;
    if (!parse_restore(call, &options)) return;
    if (!options.replace && call_find(call, 1, call->hash, &item)) {
        call_error(call, "BUSYKEY Target key name already exists.");
        return;
    }
    if (!parse_deadline(call, options.absolute, &expires_ms, &over)) return;
    enum restore_status status =
        restore_check(&restore, &engine->store, call->argv[3], engine->dump_memory);
    count_memory(&engine->dump_gauge, restore.reader.memory_used, status == RESTORE_MEMORY);
    if (status != RESTORE_OK) {
        reply_refusal(call, &restore, status);
        return;
    }
    if (over) {
        restore_nothing(call);
        return;
    }
    struct key_place place = {
        .database = call->client->database, .key = call->argv[1], .hash = call->hash};
    if (restore_put(&restore, &engine->store, &place, expires_ms) != STORE_OK) {
        call_store_full(call);
        return;
    }
    set_access(call, &options.access);
    call_changed(call, 1);
    reply_ok(&call->reply);
}
