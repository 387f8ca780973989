#include "kv/snapshot.h"

#include <sched.h>
#include <stdatomic.h>

#include "kv/assert.h"

#define SNAPSHOT_MAGIC 0x736e6170u /* "snap" */
/* The writer publishes every 50 ms and is done in microseconds: twice in a row is rare. */
#define READ_TRIES_MAX 1000u

static const struct value_info value_table[] = {
#define VALUE(field_, type_, unit_, metric_, help_)                                                \
    {.field = #field_,                                                                             \
     .type = VALUE_##type_,                                                                        \
     .unit = VALUE_##unit_,                                                                        \
     .metric = metric_,                                                                            \
     .help = help_,                                                                                \
     .offset = offsetof(struct snapshot_values, field_)},
#include "kv/tbl/values.def"
#undef VALUE
};

const char *wait_reason_name(enum wait_reason reason) {
    static const char *const names[] = {
#define WAIT_REASON_NAME(id, text) text,
        WAIT_REASONS(WAIT_REASON_NAME)
#undef WAIT_REASON_NAME
    };
    return names[reason];
}

void snapshot_init(struct snapshot *snapshot, void *memory, u32 command_count) {
    snapshot->magic = SNAPSHOT_MAGIC;
    snapshot->command_count = command_count;
    snapshot->words = memory;
    atomic_init(&snapshot->sequence, 0);
    const u64 count = snapshot_bytes(command_count) / sizeof(u64);
    for (u64 i = 0; i < count; i++)
        atomic_init(&snapshot->words[i], 0);
}

static void store_words(_Atomic u64 *to, const void *from, u64 bytes) {
    const u8 *at = from;
    for (u64 i = 0; i < bytes / sizeof(u64); i++) {
        u64 word;
        memcpy(&word, at + i * sizeof(word), sizeof(word));
        atomic_store_explicit(&to[i], word, memory_order_relaxed);
    }
}

static void load_words(void *to, const _Atomic u64 *from, u64 bytes) {
    u8 *at = to;
    for (u64 i = 0; i < bytes / sizeof(u64); i++) {
        const u64 word = atomic_load_explicit(&from[i], memory_order_relaxed);
        memcpy(at + i * sizeof(word), &word, sizeof(word));
    }
}

void snapshot_publish(struct snapshot *snapshot, const struct snapshot_head *head,
                      const struct command_stats *commands) {
    kv_assert(snapshot->magic == SNAPSHOT_MAGIC);
    const u64 sequence = atomic_load_explicit(&snapshot->sequence, memory_order_relaxed);
    atomic_store_explicit(&snapshot->sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    store_words(snapshot->words, head, sizeof(*head));
    store_words(snapshot->words + sizeof(*head) / sizeof(u64), commands,
                snapshot->command_count * sizeof(*commands));
    atomic_store_explicit(&snapshot->sequence, sequence + 2, memory_order_release);
}

bool snapshot_read(const struct snapshot *snapshot, struct snapshot_head *head,
                   struct command_stats *commands) {
    kv_assert(snapshot->magic == SNAPSHOT_MAGIC);
    for (u32 i = 0; i < READ_TRIES_MAX; i++) {
        const u64 before = atomic_load_explicit(&snapshot->sequence, memory_order_acquire);
        if (before % 2 == 0) {
            load_words(head, snapshot->words, sizeof(*head));
            load_words(commands, snapshot->words + sizeof(*head) / sizeof(u64),
                       snapshot->command_count * sizeof(*commands));
            atomic_thread_fence(memory_order_acquire);
            if (atomic_load_explicit(&snapshot->sequence, memory_order_relaxed) == before)
                return true;
        }
        sched_yield();
    }
    return false;
}

const struct value_info *snapshot_value_at(u32 i) {
    return i < KV_ARRAY_LENGTH(value_table) ? &value_table[i] : NULL;
}

u64 snapshot_value(const struct snapshot_values *values, const struct value_info *info) {
    u64 value;
    memcpy(&value, (const char *)values + info->offset, sizeof(value));
    return value;
}
