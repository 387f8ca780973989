/* log.c: one line, one write(2). */
#include "kv/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/clock.h"

#define LINES_PER_SECOND 5u
#define SUFFIX_MAX 64

/* Where the lines go is a property of the process, as stderr is, and lines are written from the
 * deepest leaf functions: handing a log to all of them would be in every signature. Atomics,
 * because the admin thread logs too. */
static _Atomic int log_fd = STDERR_FILENO;
static _Atomic int log_threshold = LOG_NOTICE;

int log_init(const char *path, enum log_level level) {
    int fd = STDERR_FILENO;
    if (path != NULL && path[0] != '\0') {
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0) return errno;
    }
    log_deinit();
    atomic_store(&log_fd, fd);
    log_set_level(level);
    return 0;
}

void log_set_level(enum log_level level) {
    atomic_store_explicit(&log_threshold, (int)level, memory_order_relaxed);
}

void log_deinit(void) {
    const int fd = atomic_exchange(&log_fd, STDERR_FILENO);
    if (fd != STDERR_FILENO) close(fd);
}

static bool is_enabled(enum log_level level) {
    return (int)level >= atomic_load_explicit(&log_threshold, memory_order_relaxed);
}

/* What snprintf really left in `room` bytes, without the terminator. */
static size_t written_length(int wanted, size_t room) {
    if (wanted < 0) return 0;
    return (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static size_t format_head(char *out, size_t room, enum log_level level) {
    static const char *const names[] = {"debug", "verbose", "notice", "warning"};
    char time[CLOCK_TEXT_MAX];
    kv_assert((size_t)level < KV_ARRAY_LENGTH(names));
    clock_format_utc(time, clock_wall_ms());
    return written_length(snprintf(out, room, "%s %s ", time, names[level]), room);
}

static void write_all(const char *text, size_t length) {
    const int fd = atomic_load(&log_fd);
    size_t done = 0;
    while (done < length) {
        const ssize_t n = write(fd, text + done, length - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; /* a full disk must not stop the server, and there is nobody to tell */
        done += (size_t)n;
    }
}

static void write_line(enum log_level level, u32 suppressed, const char *format,
                       va_list arguments) {
    char line[LOG_LINE_MAX];
    char suffix[SUFFIX_MAX];
    size_t suffix_length = 0;
    if (suppressed > 0) {
        suffix_length = written_length(
            snprintf(suffix, sizeof(suffix), " (%u more like this were not written)", suppressed),
            sizeof(suffix));
    }
    /* The suffix and the newline have their room kept, so that they are there when the text is
     * cut. */
    const size_t room = sizeof(line) - 1 - suffix_length;
    const size_t head = format_head(line, room, level);
    size_t length =
        head + written_length(vsnprintf(line + head, room - head, format, arguments), room - head);
    for (size_t i = head; i < length; i++) {
        /* What a client sent may be in the text: it must not begin a line of its own, nor move the
         * cursor of whoever reads the log. */
        if ((u8)line[i] < 0x20 || line[i] == 0x7f) line[i] = '?';
    }
    for (size_t i = 0; i < suffix_length; i++)
        line[length++] = suffix[i];
    line[length++] = '\n';
    write_all(line, length);
}

void log_write(enum log_level level, const char *format, ...) {
    if (!is_enabled(level)) return;
    va_list arguments;
    va_start(arguments, format);
    write_line(level, 0, format, arguments);
    va_end(arguments);
}

void log_limited(struct log_limit *limit, enum log_level level, const char *format, ...) {
    if (!is_enabled(level)) return;
    const u64 second = clock_monotonic_us() / 1000000;
    if (second != limit->second) {
        limit->second = second;
        limit->written = 0;
    }
    if (limit->written >= LINES_PER_SECOND) {
        limit->suppressed++;
        return;
    }
    limit->written++;
    const u32 suppressed = limit->suppressed;
    limit->suppressed = 0;
    va_list arguments;
    va_start(arguments, format);
    write_line(level, suppressed, format, arguments);
    va_end(arguments);
}
