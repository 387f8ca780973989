/* slow_log.h: the commands that took longest, the newest first, in a region of fixed size.
 *
 * An entry takes as much as its arguments need, so that ordinary ones are small; what is old gives
 * way to what is new. As in Redis an entry keeps 32 arguments and 128 bytes of each, and says of
 * the rest how much it was.
 */
#ifndef KV_SLOW_LOG_H
#define KV_SLOW_LOG_H

#include "kv/bytes.h"
#include "kv/gauge.h"

#define SLOW_LOG_ARGUMENTS_MAX 32u
#define SLOW_LOG_ARGUMENT_BYTES 128u
/* Of a client's address and name. */
#define SLOW_LOG_WORD_MAX 64u

/* The fixed part; the words and the arguments follow it. */
struct slow_entry {
    u64 id;
    u64 unix_s;
    u64 duration_us;
    u64 older; /* positions; of the oldest and the newest they mean nothing */
    u64 newer;
    u32 argc; /* of the command: all are kept, or one fewer than SLOW_LOG_ARGUMENTS_MAX */
    u8 address_len;
    u8 name_len;
};

struct slow_log {
    u8 *memory;
    u64 size;
    /* Positions count every byte ever passed; a byte lies at its position modulo the size. */
    u64 newest;
    u64 oldest;
    u64 end; /* one past the newest entry */
    u64 length;
    u64 next_id;
    struct gauge gauge; /* bytes; exhausted: entries that gave way for want of bytes */
};

/* What is logged. Argument i is hidden when bit i of `secret` is set; of those beyond 63 none is.
 */
struct slow_call {
    u64 unix_s;
    u64 duration_us;
    const struct bytes *argv;
    u32 argc;
    u64 secret;
    const char *address;
    const char *name;
};

/* Bytes that the largest entry takes, at most. */
u32 slow_log_entry_bytes_max(void);
/* `memory` holds `bytes`, at least those of the largest entry, aligned to 8. */
void slow_log_init(struct slow_log *log, void *memory, u64 bytes);
/* Adds an entry and drops the oldest ones until no more than `length_max` are left. */
void slow_log_add(struct slow_log *log, const struct slow_call *call, u64 length_max);
void slow_log_trim(struct slow_log *log, u64 length_max);
/* Drops all entries; numbers go on. */
void slow_log_reset(struct slow_log *log);

/* NULL when there is none. Valid until the log changes. */
const struct slow_entry *slow_log_newest(const struct slow_log *log);
const struct slow_entry *slow_log_older(const struct slow_log *log, const struct slow_entry *entry);
struct bytes slow_entry_address(const struct slow_entry *entry);
struct bytes slow_entry_name(const struct slow_entry *entry);

/* A walk over what an entry shows of its arguments. */
struct slow_arguments {
    const struct slow_entry *entry;
    const u8 *next;
    u32 index;
};
struct slow_argument {
    struct bytes text;  /* the argument, or its beginning */
    u32 bytes_more;     /* of it that were not kept */
    u32 arguments_more; /* not 0: stands for so many arguments, and has no text */
};
/* How many the walk gives. */
u32 slow_arguments_begin(struct slow_arguments *arguments, const struct slow_entry *entry);
/* False after the last. */
bool slow_arguments_next(struct slow_arguments *arguments, struct slow_argument *argument);

#endif
