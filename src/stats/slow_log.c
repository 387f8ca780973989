/* The slow log is a ring of bytes, and its entries a list in both directions. An entry never
 * crosses the ring's end: what does not fit before it begins at the front, and the bytes between
 * are lost until they are passed again. */
#include "kv/slow_log.h"

#include "kv/assert.h"

#define ENTRY_ALIGNMENT 8u

static const char hidden[] = "(redacted)";

/* An argument: its whole length, then the bytes that are kept. */
static u32 argument_bytes(u64 len) {
    return (u32)sizeof(u32) + (u32)u64_min(len, SLOW_LOG_ARGUMENT_BYTES);
}

u32 slow_log_entry_bytes_max(void) {
    return (u32)u64_round_up(sizeof(struct slow_entry) + 2 * SLOW_LOG_WORD_MAX +
                                 SLOW_LOG_ARGUMENTS_MAX * argument_bytes(SLOW_LOG_ARGUMENT_BYTES),
                             ENTRY_ALIGNMENT);
}

void slow_log_init(struct slow_log *log, void *memory, u64 bytes) {
    kv_assert(bytes >= slow_log_entry_bytes_max());
    *log = (struct slow_log){.memory = memory, .size = bytes - bytes % ENTRY_ALIGNMENT};
    gauge_init(&log->gauge, log->size);
}

static struct slow_entry *entry_at(const struct slow_log *log, u64 position) {
    kv_assert(position % ENTRY_ALIGNMENT == 0);
    return (struct slow_entry *)(void *)(log->memory + position % log->size);
}

/* How many arguments are kept: one place fewer when it has to say how many more there are. */
static u32 kept_arguments(u32 argc) {
    return argc <= SLOW_LOG_ARGUMENTS_MAX ? argc : SLOW_LOG_ARGUMENTS_MAX - 1;
}

static struct bytes shown(const struct slow_call *call, u32 i) {
    bool secret = i < 64 && (call->secret >> i & 1) != 0;
    return secret ? bytes_of(hidden, sizeof(hidden) - 1) : call->argv[i];
}

static void note_span(struct slow_log *log) {
    const u64 span = log->length == 0 ? 0 : log->end - log->oldest;
    log->gauge.used = span;
    log->gauge.high_water = u64_max(log->gauge.high_water, span);
}

static void drop_oldest(struct slow_log *log) {
    kv_assert(log->length > 0);
    log->length--;
    log->oldest = log->length == 0 ? log->end : entry_at(log, log->oldest)->newer;
}

/* The position for an entry; those in its way are dropped. */
static u64 make_room(struct slow_log *log, u64 bytes) {
    u64 begin = log->end;
    const u64 left = log->size - begin % log->size;
    if (left < bytes) begin += left;
    while (log->length > 0 && begin + bytes - log->oldest > log->size) {
        log->gauge.exhausted++;
        drop_oldest(log);
    }
    return begin;
}

static u8 *put_word(u8 *out, const char *word, u8 *len) {
    *len = (u8)strnlen(word, SLOW_LOG_WORD_MAX);
    memcpy(out, word, *len);
    return out + *len;
}

static u8 *put_argument(u8 *out, struct bytes argument) {
    const u32 len = (u32)u64_min(argument.len, UINT32_MAX);
    const u32 kept = u32_min(len, SLOW_LOG_ARGUMENT_BYTES);
    memcpy(out, &len, sizeof(len));
    if (kept > 0) memcpy(out + sizeof(len), argument.data, kept);
    return out + sizeof(len) + kept;
}

static u64 entry_bytes(const struct slow_call *call) {
    u64 bytes = sizeof(struct slow_entry) + strnlen(call->address, SLOW_LOG_WORD_MAX) +
                strnlen(call->name, SLOW_LOG_WORD_MAX);
    for (u32 i = 0; i < kept_arguments(call->argc); i++)
        bytes += argument_bytes(shown(call, i).len);
    return u64_round_up(bytes, ENTRY_ALIGNMENT);
}

void slow_log_add(struct slow_log *log, const struct slow_call *call, u64 length_max) {
    if (length_max == 0) {
        slow_log_trim(log, 0);
        return;
    }
    const u64 bytes = entry_bytes(call);
    const u64 begin = make_room(log, bytes);
    struct slow_entry *entry = entry_at(log, begin);
    *entry = (struct slow_entry){
        .id = log->next_id++,
        .unix_s = call->unix_s,
        .duration_us = call->duration_us,
        .older = log->newest,
        .argc = call->argc,
    };
    u8 *out = put_word((u8 *)(entry + 1), call->address, &entry->address_len);
    out = put_word(out, call->name, &entry->name_len);
    for (u32 i = 0; i < kept_arguments(call->argc); i++)
        out = put_argument(out, shown(call, i));
    kv_assert((u64)(out - (u8 *)entry) <= bytes);
    if (log->length == 0) {
        log->oldest = begin;
    } else {
        entry_at(log, log->newest)->newer = begin;
    }
    log->newest = begin;
    log->end = begin + bytes;
    log->length++;
    slow_log_trim(log, length_max);
}

void slow_log_trim(struct slow_log *log, u64 length_max) {
    while (log->length > length_max)
        drop_oldest(log);
    note_span(log);
}

void slow_log_reset(struct slow_log *log) {
    slow_log_trim(log, 0);
}

/* -- reading -- */

const struct slow_entry *slow_log_newest(const struct slow_log *log) {
    return log->length == 0 ? NULL : entry_at(log, log->newest);
}

const struct slow_entry *slow_log_older(const struct slow_log *log,
                                        const struct slow_entry *entry) {
    return entry == entry_at(log, log->oldest) ? NULL : entry_at(log, entry->older);
}

struct bytes slow_entry_address(const struct slow_entry *entry) {
    return bytes_of(entry + 1, entry->address_len);
}

struct bytes slow_entry_name(const struct slow_entry *entry) {
    return bytes_of((const u8 *)(entry + 1) + entry->address_len, entry->name_len);
}

u32 slow_arguments_begin(struct slow_arguments *arguments, const struct slow_entry *entry) {
    const u8 *first = (const u8 *)(entry + 1) + entry->address_len + entry->name_len;
    *arguments = (struct slow_arguments){.entry = entry, .next = first};
    return u32_min(entry->argc, SLOW_LOG_ARGUMENTS_MAX);
}

bool slow_arguments_next(struct slow_arguments *arguments, struct slow_argument *argument) {
    const u32 argc = arguments->entry->argc;
    const u32 i = arguments->index;
    if (i >= u32_min(argc, SLOW_LOG_ARGUMENTS_MAX)) return false;
    arguments->index++;
    *argument = (struct slow_argument){0};
    if (i >= kept_arguments(argc)) {
        argument->arguments_more = argc - i;
        return true;
    }
    u32 len;
    memcpy(&len, arguments->next, sizeof(len));
    const u32 kept = u32_min(len, SLOW_LOG_ARGUMENT_BYTES);
    argument->text = bytes_of(arguments->next + sizeof(len), kept);
    argument->bytes_more = len - kept;
    arguments->next += sizeof(len) + kept;
    return true;
}
