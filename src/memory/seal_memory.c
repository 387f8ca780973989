/* seal_memory.c: huge pages, locked memory, and privileges that cannot grow. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kv/seal.h"

#define HUGE_PAGES_SWITCH "/sys/kernel/mm/transparent_hugepage/enabled"

/* "always madvise [never]"; a kernel without them has no such file. */
static bool host_never_gives_huge_pages(void) {
    char text[64];
    int fd = open(HUGE_PAGES_SWITCH, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0) return false;
    text[len] = '\0';
    return strstr(text, "[never]") != NULL;
}

bool seal_huge_pages(void *base, u64 bytes, bool wanted, char why[SEAL_WHY_MAX]) {
    why[0] = '\0';
    if (!wanted) {
        /* A kernel that does not know huge pages refuses, and gives none. */
        (void)madvise(base, bytes, MADV_NOHUGEPAGE);
        return true;
    }
    if (madvise(base, bytes, MADV_HUGEPAGE) != 0) {
        snprintf(why, SEAL_WHY_MAX, "madvise: %s: the kernel has no transparent huge pages",
                 strerror(errno));
        return false;
    }
    if (host_never_gives_huge_pages()) {
        snprintf(why, SEAL_WHY_MAX, "%s is never: write madvise to it", HUGE_PAGES_SWITCH);
        return false;
    }
    /* Whoever starts the server may have decided for it. */
    if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) > 0) {
        snprintf(why, SEAL_WHY_MAX, "they are disabled for this process (PR_SET_THP_DISABLE)");
        return false;
    }
    return true;
}

bool seal_privileges(char why[SEAL_WHY_MAX]) {
    why[0] = '\0';
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return true;
    snprintf(why, SEAL_WHY_MAX, "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
    return false;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

bool seal_memory(char why[SEAL_WHY_MAX]) {
    snprintf(why, SEAL_WHY_MAX,
             "this build has sanitizers, whose own mappings are larger than any memory");
    return false;
}

#else

/* Without a limit where that is allowed, else up to the hard one. */
static void raise_lock_limit(struct rlimit *limit) {
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 && getrlimit(RLIMIT_MEMLOCK, limit) == 0) {
        limit->rlim_cur = limit->rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, limit);
    }
    getrlimit(RLIMIT_MEMLOCK, limit);
}

bool seal_memory(char why[SEAL_WHY_MAX]) {
    struct rlimit limit = {0};
    why[0] = '\0';
    raise_lock_limit(&limit);
    if (mlockall(MCL_CURRENT) == 0) return true;
    const int cause = errno;
    if (limit.rlim_cur == RLIM_INFINITY)
        snprintf(why, SEAL_WHY_MAX, "mlockall: %s", strerror(cause));
    else
        snprintf(why, SEAL_WHY_MAX,
                 "mlockall: %s: the limit of locked memory is %llu bytes: raise it (ulimit -l, "
                 "LimitMEMLOCK= in a systemd unit) or give the capability CAP_IPC_LOCK",
                 strerror(cause), (unsigned long long)limit.rlim_cur);
    return false;
}

#endif
