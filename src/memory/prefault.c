#include "kv/prefault.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/* More than any call chain of the data plane uses. */
#define STACK_BYTES (256u * 1024u)
#define LINE_MAX_BYTES 512u
/* No part of a program's image is this large. What is, is a reservation of its own (ours is
 * populated already; a sanitizer's shadow is larger than any machine's memory). */
#define MAPPING_BYTES_MAX (64u * 1024u * 1024u)

/* One line of /proc/self/maps: "start-end perms offset device inode path". */
static void populate_line(const char *line) {
    char *rest;
    u64 start = strtoull(line, &rest, 16);
    if (*rest != '-') return;
    u64 end = strtoull(rest + 1, &rest, 16);
    if (*rest != ' ' || start >= end || end - start > MAPPING_BYTES_MAX) return;
    const char *permissions = rest + 1;
    if (strchr(permissions, '[') != NULL && strstr(permissions, "[v") != NULL) return; /* vdso */
    if (permissions[0] != 'r' || permissions[3] == 's') return;
    int advice = permissions[1] == 'w' ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    /* A mapping that cannot be populated is not an error: its pages come when they are touched. */
    (void)madvise((void *)(uintptr_t)start, end - start, advice); // NOLINT: from the kernel's map
}

static void populate_stack(void) {
    volatile u8 stack[STACK_BYTES];
    for (u32 i = 0; i < STACK_BYTES; i += 1024) {
        stack[i] = 0;
        (void)stack[i];
    }
}

void prefault_image(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return; /* the image is not the program's own */
#endif
    populate_stack();
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    char buffer[LINE_MAX_BYTES];
    size_t held = 0;
    for (;;) {
        ssize_t got = read(fd, buffer + held, sizeof(buffer) - 1 - held);
        if (got <= 0) break;
        held += (size_t)got;
        buffer[held] = '\0';
        char *line = buffer;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            populate_line(line);
        }
        held = (size_t)(buffer + held - line);
        memmove(buffer, line, held);
        if (held == sizeof(buffer) - 1) held = 0; /* a line longer than any that matters */
    }
    close(fd);
}
