/* assert.c: the one way this process dies on a bug. */
#include "kv/assert.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FATAL_LINE_MAX 1024

/* snprintf returns what it wanted to write; this is what is really in the buffer. */
static size_t written_length(int wanted, size_t room) {
    if (wanted < 0) return 0;
    return (size_t)wanted < room ? (size_t)wanted : room - 1;
}

_Noreturn void kv_fatal(const char *file, int line, const char *format, ...) {
    char text[FATAL_LINE_MAX];
    /* One byte is kept for the newline, so that a message that is cut still ends its line. */
    const size_t room = sizeof(text) - 1;
    size_t length = written_length(snprintf(text, room, "kv: fatal: %s:%d: ", file, line), room);

    va_list arguments;
    va_start(arguments, format);
    length +=
        written_length(vsnprintf(text + length, room - length, format, arguments), room - length);
    va_end(arguments);
    text[length++] = '\n';

    size_t done = 0;
    while (done < length) {
        const ssize_t n = write(STDERR_FILENO, text + done, length - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += (size_t)n;
    }
    abort();
}
