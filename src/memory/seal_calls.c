/* seal_calls.c: the filter of system calls (seccomp), made from the table by libseccomp. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/seal.h"

/* Of an argument that is an int, the kernel takes these; what is above them may be anything. */
#define SEAL_INT_BITS UINT32_MAX
/* What makes an openat more than reading. O_TRUNC cuts a file even when it is opened for reading;
 * O_TMPFILE is refused by the kernel itself without a right to write. */
#define SEAL_OPEN_WRITES ((u64)(O_ACCMODE | O_CREAT | O_TRUNC))

static const struct seal_call calls[] = {
#define CALL(name_, who_, why_)                                                                    \
    {.name = #name_, .number = SCMP_SYS(name_), .who = who_, .why = why_},
#define CALL_IF(name_, argument_, mask_, value_, who_, why_)                                       \
    {.name = #name_,                                                                               \
     .number = SCMP_SYS(name_),                                                                    \
     .masked = true,                                                                               \
     .argument = argument_,                                                                        \
     .mask = mask_,                                                                                \
     .value = value_,                                                                              \
     .who = who_,                                                                                  \
     .why = why_},
#define CALL_OWN(name_, who_, why_)                                                                \
    {.name = #name_, .number = SCMP_SYS(name_), .own_process = true, .who = who_, .why = why_},
#include "kv/tbl/syscalls.def"
#undef CALL
#undef CALL_IF
#undef CALL_OWN
};

u32 seal_call_count(void) {
    return (u32)KV_ARRAY_LENGTH(calls);
}

const struct seal_call *seal_call_at(u32 i) {
    kv_assert(i < KV_ARRAY_LENGTH(calls));
    return &calls[i];
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

bool seal_calls(enum seal_mode mode, char why[SEAL_WHY_MAX]) {
    why[0] = '\0';
    if (mode == SEAL_OFF) return true;
    snprintf(why, SEAL_WHY_MAX,
             "this build has sanitizers, which need memory and processes of their own");
    return false;
}

#else

/* brk tells of a failure by an end of the heap that is below what was asked for; there is no errno,
 * and the C library takes the -1 of EPERM for a very high end, as if the heap had grown. So it
 * gives 0, at which brk and sbrk fail with ENOMEM. */
#define SEAL_BRK_FAILS SCMP_ACT_ERRNO(0)

static int allow(scmp_filter_ctx filter, const struct seal_call *call) {
    if (call->own_process)
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call->number, 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, SEAL_INT_BITS, (scmp_datum_t)getpid()));
    if (call->masked)
        return seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, call->number, 1,
            SCMP_CMP(call->argument, SCMP_CMP_MASKED_EQ, call->mask, call->value));
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call->number, 0);
}

/* Fills and loads the filter. Returns 0 or a negative errno, and in *step what it was about. */
static int load(scmp_filter_ctx filter, u32 otherwise, const char **step) {
    *step = "attributes";
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, otherwise);
    if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    /* Privileges are a step of their own, which may be refused on its own. */
    if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    /* A binary tree: a dozen comparisons for the calls that the kernel's bitmap does not know. */
    if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    *step = "brk";
    if (result == 0 && otherwise != SCMP_ACT_LOG)
        result = seccomp_rule_add(filter, SEAL_BRK_FAILS, SCMP_SYS(brk), 0);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(calls) && result == 0; i++) {
        *step = calls[i].name;
        result = allow(filter, &calls[i]);
    }
    if (result != 0) return result;
    *step = "seccomp";
    errno = 0;
    result = seccomp_load(filter);
    /* The library knows a few causes and calls all others EFAULT. */
    return result != 0 && errno != 0 ? -errno : result;
}

static void explain(const char *step, int cause, char why[SEAL_WHY_MAX]) {
    const char *meaning = "";
    if (cause == ENOSYS || cause == EINVAL || cause == EOPNOTSUPP)
        meaning = ": the kernel is too old, built without it, or a container's profile hides it";
    else if (cause == EPERM || cause == EACCES)
        meaning = ": a profile of the host or the container denies it";
    else if (cause == ESRCH)
        meaning = ": another thread has a filter of its own";
    snprintf(why, SEAL_WHY_MAX, "%s: %s%s", step, strerror(cause), meaning);
}

/* 0 when the kernel takes filters, else the errno. Without an address it finds nothing wrong but
 * that. The library asks too, but says only that something is not supported. */
static int probe(void) {
    (void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
    return errno == EFAULT ? 0 : errno;
}

bool seal_calls(enum seal_mode mode, char why[SEAL_WHY_MAX]) {
    why[0] = '\0';
    if (mode == SEAL_OFF) return true;
    const int refused = probe();
    if (refused != 0) {
        explain("seccomp", refused, why);
        return false;
    }
    const u32 otherwise = mode == SEAL_LOG ? SCMP_ACT_LOG : SCMP_ACT_ERRNO(EPERM);
    const char *step = "filter";
    int result = -ENOMEM;
    scmp_filter_ctx filter = seccomp_init(otherwise);
    if (filter != NULL) {
        result = load(filter, otherwise, &step);
        seccomp_release(filter);
    }
    if (result == 0) return true;
    explain(step, -result, why);
    return false;
}

#endif
