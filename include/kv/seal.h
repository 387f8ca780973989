/* seal.h: what the process asks of the host at the end of its start, so that from then on it cannot
 * have more memory, more rights or more system calls than it needs.
 *
 * Each function says whether the host let it, and if not, why: whether the server starts all the
 * same is for the caller to decide. None of it can be undone but by the end of the process.
 * Order: huge pages (before the memory is touched), privileges, memory lock, filter of calls.
 */
#ifndef KV_SEAL_H
#define KV_SEAL_H

#include "kv/types.h"

#define SEAL_WHY_MAX 256

/* What becomes of a system call that is not in tbl/syscalls.def. */
enum seal_mode {
    SEAL_DENY, /* it fails with EPERM; brk, which has no errno, leaves the heap as it is */
    SEAL_LOG,  /* it is done, and the kernel's audit log tells it */
    SEAL_OFF   /* there is no filter */
};

/* One row of tbl/syscalls.def, for whoever prints or walks it. */
struct seal_call {
    const char *name;
    int number;
    bool own_process; /* allowed when argument 0 is this process's id */
    bool masked;      /* allowed when (argument & mask) == value */
    u32 argument;
    u64 mask;
    u64 value;
    const char *who; /* "data", "http" or "both" */
    const char *why;
};

u32 seal_call_count(void);
const struct seal_call *seal_call_at(u32 i);

/* Whether transparent huge pages shall stand behind a mapping that nobody has touched yet. False,
 * with the reason, when they are wanted and the host has none to give; the mapping can be used then
 * too. */
bool seal_huge_pages(void *base, u64 bytes, bool wanted, char why[SEAL_WHY_MAX]);

/* Neither this process nor what it might start can gain privileges by execve. It is for the calling
 * thread and those that it creates, so it comes before the first of them. */
bool seal_privileges(char why[SEAL_WHY_MAX]);

/* Locks everything that is mapped now, and raises the limit for that as far as the host allows. */
bool seal_memory(char why[SEAL_WHY_MAX]);

/* Filters the system calls of every thread that there is, and of those to come. Allocates with
 * malloc until it returns. Needs seal_privileges or CAP_SYS_ADMIN. */
bool seal_calls(enum seal_mode mode, char why[SEAL_WHY_MAX]);

#endif
