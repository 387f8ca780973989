/* snapshot.h: what the data plane publishes about itself for the admin plane: a copy of its
 * counters and gauges, as of one moment, that another thread can read without making the data plane
 * wait.
 *
 * A sequence lock (H.-J. Boehm, "Can seqlocks get along with programming language memory models?",
 * 2012): the one writer raises a sequence number before and after it writes; a reader that sees it
 * odd or changed reads again. Every word is a relaxed atomic, so that there is no data race.
 */
#ifndef KV_SNAPSHOT_H
#define KV_SNAPSHOT_H

#include "kv/pages.h"
#include "kv/stats.h"

#define SNAPSHOT_DATABASES 16

enum service_state { SERVICE_STARTING, SERVICE_READY, SERVICE_STOPPING };

#define WAIT_REASONS(X)                                                                            \
    X(RECEIVE, "receive_memory")                                                                   \
    X(REPLY, "reply_memory")
#define WAIT_REASON_ENUM(id, text) WAIT_REASON_##id,
enum wait_reason { WAIT_REASONS(WAIT_REASON_ENUM) WAIT_REASON_COUNT };
#undef WAIT_REASON_ENUM

/* "receive_memory" */
const char *wait_reason_name(enum wait_reason reason);

struct snapshot_values {
#define VALUE(field, type, unit, metric, help) u64 field;
#include "kv/tbl/values.def"
#undef VALUE
};

struct snapshot_database {
    u64 keys;
    u64 expiring;
    u64 ttl_mean_ms;
};

/* Words of 64 bits only. */
struct snapshot_head {
    u64 state;        /* enum service_state */
    u64 published_us; /* monotonic */
    u64 policy;       /* enum maxmemory_policy */
    struct snapshot_values values;
    struct counters counters;
    u64 errors[ERROR_CODES];
    struct snapshot_database databases[SNAPSHOT_DATABASES];
    u64 pages[PAGE_KINDS];
    u64 waiting[WAIT_REASON_COUNT];
    u64 rates[STATS_RATES]; /* per second */
    u64 room_keys_guaranteed;
    u64 room_keys_estimated;
    struct gauge pools[STATS_POOLS_MAX]; /* in the order of stats_add_pool */
    u64 pool_count;
    struct duration_histogram loop;
    struct batch_histogram batches;
};
_Static_assert(sizeof(struct snapshot_head) % sizeof(u64) == 0, "copied word by word");
_Static_assert(sizeof(struct command_stats) % sizeof(u64) == 0, "copied word by word");

struct snapshot {
    u32 magic;
    u32 command_count;
    _Atomic u64 sequence;
    _Atomic u64 *words; /* head, then command_count rows of command_stats */
};

/* Bytes of a snapshot's words. */
static inline u64 snapshot_bytes(u32 command_count) {
    return sizeof(struct snapshot_head) + command_count * sizeof(struct command_stats);
}

/* `memory` holds snapshot_bytes(command_count). Nothing is published yet: all zero, which is the
 * state SERVICE_STARTING. */
void snapshot_init(struct snapshot *snapshot, void *memory, u32 command_count);

/* By the one writer. Never waits. */
void snapshot_publish(struct snapshot *snapshot, const struct snapshot_head *head,
                      const struct command_stats *commands);

/* A consistent copy, by any thread; `commands` holds command_count rows. False when the writer came
 * between again and again, which takes a writer that does nothing else: try later. */
bool snapshot_read(const struct snapshot *snapshot, struct snapshot_head *head,
                   struct command_stats *commands);

/* One row of tbl/values.def, for whoever prints or walks it. */
enum value_type { VALUE_GAUGE, VALUE_COUNTER };
enum value_unit { VALUE_ONE, VALUE_US, VALUE_MS, VALUE_PPM };
struct value_info {
    const char *field;
    enum value_type type;
    enum value_unit unit;
    const char *metric;
    const char *help;
    size_t offset; /* of the field in struct snapshot_values */
};
/* Value i; NULL past the end. */
const struct value_info *snapshot_value_at(u32 i);
u64 snapshot_value(const struct snapshot_values *values, const struct value_info *info);

#endif
