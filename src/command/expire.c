/* Commands about deadlines, and the deadlines that other commands take as options. */
#include "kv/expiry_argument.h"
#include "kv/number.h"

#define MS_PER_SECOND 1000

bool expiry_unit_find(struct bytes word, enum expiry_unit *unit) {
    static const char *const words[] = {
        [EXPIRY_EX] = "EX", [EXPIRY_PX] = "PX", [EXPIRY_EXAT] = "EXAT", [EXPIRY_PXAT] = "PXAT"};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(words); i++) {
        if (bytes_is_word(word, words[i])) {
            *unit = (enum expiry_unit)i;
            return true;
        }
    }
    return false;
}

bool expiry_deadline(i64 number, bool in_seconds, i64 from_ms, i64 *deadline_ms) {
    i64 ms = number;
    if (in_seconds && __builtin_mul_overflow(number, MS_PER_SECOND, &ms)) return false;
    return !__builtin_add_overflow(ms, from_ms, deadline_ms);
}

static void invalid_expire(struct call *call) {
    call_errorf(call, "ERR invalid expire time in '%s' command", call->command->full_name);
}

bool expiry_parse(struct call *call, const struct expiry_argument *argument, u64 *expires_ms) {
    bool in_seconds = argument->unit == EXPIRY_EX || argument->unit == EXPIRY_EXAT;
    bool from_now = argument->unit == EXPIRY_EX || argument->unit == EXPIRY_PX;
    i64 number;
    i64 deadline;
    if (!number_parse_i64(argument->text, &number)) {
        call_error(call, "ERR value is not an integer or out of range");
        return false;
    }
    i64 from_ms = from_now ? (i64)call->engine->store.now_ms : 0;
    if (number <= 0 || !expiry_deadline(number, in_seconds, from_ms, &deadline)) {
        invalid_expire(call);
        return false;
    }
    *expires_ms = (u64)deadline;
    return true;
}

struct expire_flags {
    bool nx, xx, gt, lt;
};

static bool parse_flags(struct call *call, struct expire_flags *flags) {
    *flags = (struct expire_flags){0};
    for (u32 i = 3; i < call->argc; i++) {
        if (call_is_word(call, i, "NX")) {
            flags->nx = true;
        } else if (call_is_word(call, i, "XX")) {
            flags->xx = true;
        } else if (call_is_word(call, i, "GT")) {
            flags->gt = true;
        } else if (call_is_word(call, i, "LT")) {
            flags->lt = true;
        } else {
            call_errorf(call, "ERR Unsupported option %.*s", (int)u64_min(call->argv[i].len, 128),
                        (const char *)call->argv[i].data);
            return false;
        }
    }
    if (flags->nx && (flags->xx || flags->gt || flags->lt)) {
        call_error(call, "ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    if (flags->gt && flags->lt) {
        call_error(call, "ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

/* A key without a deadline counts as one that is infinitely far. */
static bool flags_allow(const struct expire_flags *flags, u64 current_ms, i64 wanted_ms) {
    bool has = current_ms != 0;
    if (flags->nx && has) return false;
    if (flags->xx && !has) return false;
    if (flags->gt && (!has || wanted_ms <= (i64)current_ms)) return false;
    if (flags->lt && has && wanted_ms >= (i64)current_ms) return false;
    return true;
}

/* The item may have to move for a longer head; then room is reserved and it is looked up again. A
 * full store may have no room even for that: the one write without DENYOOM that it can refuse. */
bool expiry_set(struct call *call, struct item *item, u64 expires_ms) {
    struct store *store = &call->engine->store;
    if (store_expiry_fits(store, item, expires_ms)) {
        store_set_expiry(store, item, expires_ms);
        return true;
    }
    struct store_need need = {0};
    store_need_item(store, &need, item->key.len, item->payload_len);
    need.keys = 0;
    bool reserved = store_reserve(store, &need);
    if (reserved) {
        bool found = store_find(store, call->client->database, call->argv[1], call->hash, item);
        if (found) store_set_expiry(store, item, expires_ms);
    }
    store_release(store);
    return reserved;
}

/* `from_ms`: what the number counts from. */
static void expire(struct call *call, bool in_seconds, i64 from_ms) {
    struct store *store = &call->engine->store;
    struct expire_flags flags;
    struct item item;
    i64 number;
    i64 deadline;
    if (!parse_flags(call, &flags) || !call_integer(call, 2, &number)) return;
    if (!expiry_deadline(number, in_seconds, from_ms, &deadline)) {
        invalid_expire(call);
        return;
    }
    if (!call_find(call, 1, call->hash, &item) || !flags_allow(&flags, item.expires_ms, deadline)) {
        reply_integer(&call->reply, 0);
        return;
    }
    if (deadline <= (i64)store->now_ms) {
        store_delete(store, &item);
    } else if (!expiry_set(call, &item, (u64)deadline)) {
        call_store_full(call);
        return;
    }
    call_changed(call, 1);
    reply_integer(&call->reply, 1);
}

void command_expire(struct call *call) {
    expire(call, true, (i64)call->engine->store.now_ms);
}

void command_pexpire(struct call *call) {
    expire(call, false, (i64)call->engine->store.now_ms);
}

void command_expireat(struct call *call) {
    expire(call, true, 0);
}

void command_pexpireat(struct call *call) {
    expire(call, false, 0);
}

void command_persist(struct call *call) {
    struct item item;
    if (!call_find(call, 1, call->hash, &item) || item.expires_ms == 0) {
        reply_integer(&call->reply, 0);
    } else {
        /* Clearing needs no memory: the field stays in the head, as zero. */
        store_set_expiry(&call->engine->store, &item, 0);
        call_changed(call, 1);
        reply_integer(&call->reply, 1);
    }
}

/* The time left from `from_ms` on, or since 1970. */
static void time_to_live(struct call *call, bool in_seconds, u64 from_ms) {
    struct item item;
    if (!call_peek(call, 1, call->hash, &item)) {
        reply_integer(&call->reply, -2);
    } else if (item.expires_ms == 0) {
        reply_integer(&call->reply, -1);
    } else {
        /* Unsigned: a deadline may be the last one that there is. */
        u64 left = item.expires_ms - from_ms;
        if (in_seconds) left = (left + MS_PER_SECOND / 2) / MS_PER_SECOND;
        reply_integer(&call->reply, (i64)left);
    }
}

void command_ttl(struct call *call) {
    time_to_live(call, true, call->engine->store.now_ms);
}

void command_pttl(struct call *call) {
    time_to_live(call, false, call->engine->store.now_ms);
}

void command_expiretime(struct call *call) {
    time_to_live(call, true, 0);
}

void command_pexpiretime(struct call *call) {
    time_to_live(call, false, 0);
}
