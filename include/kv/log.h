/* log.h: log lines "time level message" to stderr or a file, one write(2) each.
 *
 * Nothing here allocates after log_init; a line is at most LOG_LINE_MAX bytes and is cut there.
 * Lines that a client can cause go through log_limited, which lets a few through per second and
 * counts the rest.
 */
#ifndef KV_LOG_H
#define KV_LOG_H

#include "kv/types.h"

#define LOG_LINE_MAX 1024

enum log_level { LOG_DEBUG, LOG_VERBOSE, LOG_NOTICE, LOG_WARNING };

/* One per place that logs what clients cause; zero-initialised by its owner. */
struct log_limit {
    u64 second;
    u32 written;
    u32 suppressed;
};

/* `path` empty or NULL: stderr. Returns 0, or an errno when the file cannot be opened. */
int log_init(const char *path, enum log_level level);
void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *format, ...) KV_PRINTF(2, 3);
/* At most 5 lines a second per `limit`; the next line that is written says how many were not. */
void log_limited(struct log_limit *limit, enum log_level level, const char *format, ...)
    KV_PRINTF(3, 4);
void log_deinit(void);

#endif
