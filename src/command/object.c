/* Commands about how a value is kept and what it takes. */
#include "kv/call.h"
#include "kv/keys.h"
#include "kv/number.h"

#include "object_internal.h"

/* Redis keeps strings up to this length together with their header. */
#define EMBEDDED_LEN_MAX 44u
/* Redis has one object for each of the integers below this, whoever refers to it. */
#define SHARED_INTEGERS 10000
#define SHARED_REFERENCES INT32_MAX

static bool find_object(struct call *call, struct item *item) {
    if (call_peek(call, 2, call->hash, item)) return true;
    reply_null(&call->reply);
    return false;
}

const char *object_encoding_name(const struct store *store, const struct item *item) {
    if (item->type == ITEM_LIST) return "quicklist";
    if (item->encoding == ENCODING_INTEGER) return "int";
    bool embedded = !item->modified && string_length(store, item) <= EMBEDDED_LEN_MAX;
    return embedded ? "embstr" : "raw";
}

void command_object_encoding(struct call *call) {
    struct item item;
    if (!find_object(call, &item)) return;
    reply_bulk_string(&call->reply, object_encoding_name(&call->engine->store, &item));
}

/* Under the policies that keep something of each object's use, none is shared. */
static bool is_shared(const struct store *store, const struct item *item) {
    i64 value;
    const u32 policy = store->eviction.policy;
    const bool lru = policy == POLICY_ALLKEYS_LRU || policy == POLICY_VOLATILE_LRU;
    if (lru || access_policy_counts(policy)) return false;
    return item->type == ITEM_STRING && item->encoding == ENCODING_INTEGER && !item->modified &&
           string_integer(store, item, &value) && value >= 0 && value < SHARED_INTEGERS;
}

void command_object_refcount(struct call *call) {
    struct item item;
    if (!find_object(call, &item)) return;
    reply_integer(&call->reply, is_shared(&call->engine->store, &item) ? SHARED_REFERENCES : 1);
}

/* Redis estimates from samples; here every byte is counted, however many samples are asked for. */
static bool samples_are_valid(struct call *call) {
    for (u32 i = 3; i < call->argc; i += 2) {
        i64 samples;
        if (!call_is_word(call, i, "SAMPLES") || i + 1 >= call->argc) {
            call_syntax_error(call);
            return false;
        }
        if (!call_integer(call, i + 1, &samples)) return false;
        if (samples < 0) {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* Neither a use of the key nor a hit or a miss. */
void command_memory_usage(struct call *call) {
    struct store *store = &call->engine->store;
    struct item item;
    if (!samples_are_valid(call)) return;
    if (store_find(store, call->client->database, call->argv[2], call->hash, &item)) {
        reply_integer(&call->reply, (i64)key_bytes(store, &item));
    } else {
        reply_null(&call->reply);
    }
}
