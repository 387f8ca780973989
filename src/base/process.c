/* For RUSAGE_THREAD. */
#define _GNU_SOURCE
#include "kv/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static u64 microseconds(struct timeval time) {
    return (u64)time.tv_sec * 1000000 + (u64)time.tv_usec;
}

static void convert(const struct rusage *from, struct process_usage *usage) {
    *usage = (struct process_usage){.user_us = microseconds(from->ru_utime),
                                    .system_us = microseconds(from->ru_stime),
                                    .minor_faults = (u64)from->ru_minflt};
}

void process_usage_all(struct process_usage *usage) {
    struct rusage all;
    getrusage(RUSAGE_SELF, &all);
    convert(&all, usage);
}

void process_usage_thread(struct process_usage *usage) {
    struct rusage own;
    getrusage(RUSAGE_THREAD, &own);
    convert(&own, usage);
}

/* The second number of /proc/self/statm counts pages. */
u64 process_resident_bytes(void) {
    char line[128] = "";
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t len = read(fd, line, sizeof(line) - 1);
    close(fd);
    const char *space = len > 0 ? strchr(line, ' ') : NULL;
    return space == NULL ? 0 : strtoull(space, NULL, 10) * (u64)sysconf(_SC_PAGESIZE);
}
