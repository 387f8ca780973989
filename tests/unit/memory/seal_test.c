/* The seal, each step in a child process, since none can be undone. Under the sanitizers the filter
 * and the lock are not there, and must say so. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kv/assert.h"
#include "kv/number.h"
#include "kv/seal.h"

#include "../unit.h"

#define MIB ((u64)1 << 20)
#define NOBODY 65534
#define SEALED_STATUS 42

static char why[SEAL_WHY_MAX];

/* -- what a child says of itself -- */

/* A child ends with the number of the line where something was not as expected. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(STDERR_FILENO, "%s:%d: %s; errno %d, why '%s'\n", __FILE__, __LINE__,          \
                    #condition, errno, why);                                                       \
            syscall(SYS_exit_group, 1);                                                            \
        }                                                                                          \
    } while (0)

#define EXPECT_DENIED(call) EXPECT((call) == -1 && errno == EPERM)

/* The wait status of a child that runs this. */
static int status_of(void (*run)(void)) {
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0};
        setrlimit(RLIMIT_CORE, &none);
        run();
        _exit(SEALED_STATUS);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_child_succeeds(void (*run)(void)) {
    const int status = status_of(run);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SEALED_STATUS);
}

/* -- the table -- */

static void the_table_says_who_and_why(void **state) {
    (void)state;
    static const char *const never[] = {"mmap",   "munmap", "mremap", "mprotect", "madvise",
                                        "brk",    "execve", "fork",   "vfork",    "clone",
                                        "clone3", "socket", "kill",   "connect",  "bind"};
    assert_true(seal_call_count() > 40);
    for (u32 i = 0; i < seal_call_count(); i++) {
        const struct seal_call *call = seal_call_at(i);
        assert_true(strcmp(call->who, "data") == 0 || strcmp(call->who, "http") == 0 ||
                    strcmp(call->who, "both") == 0);
        assert_true(strlen(call->why) > 0);
        if (call->masked) assert_true(call->mask != 0 && (call->value & ~call->mask) == 0);
        for (u32 other = 0; other < i; other++) {
            /* A second row would widen a row without a condition to nothing. */
            if (strcmp(seal_call_at(other)->name, call->name) == 0)
                assert_true(call->masked && seal_call_at(other)->masked);
        }
        for (u32 n = 0; n < KV_ARRAY_LENGTH(never); n++)
            assert_string_not_equal(call->name, never[n]);
    }
    assert_dies("i <", { (void)seal_call_at(seal_call_count()); });
}

#ifndef __SANITIZE_ADDRESS__

/* The number after `name` in /proc/self/status, read with calls that the filter allows. */
static u64 status_number(const char *name) {
    char text[8192];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0);
    const ssize_t length = read(fd, text, sizeof(text) - 1);
    EXPECT(length > 0 && close(fd) == 0);
    text[length] = '\0';
    const char *at = strstr(text, name);
    EXPECT(at != NULL);
    return strtoull(at + strlen(name), NULL, 10);
}

/* -- the filter -- */

static void seal_now(enum seal_mode mode) {
    EXPECT(seal_privileges(why) && why[0] == '\0');
    EXPECT(seal_calls(mode, why) && why[0] == '\0');
}

static void try_what_is_denied(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *const end = sbrk(0);
    EXPECT(page != MAP_FAILED);
    seal_now(SEAL_DENY);
    EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    EXPECT(errno == EPERM);
    EXPECT_DENIED(munmap(page, 4096));
    EXPECT_DENIED(mprotect(page, 4096, PROT_READ));
    EXPECT_DENIED(madvise(page, 4096, MADV_DONTNEED));
    EXPECT_DENIED(syscall(SYS_mremap, page, 4096, 8192, 1));
    EXPECT(sbrk(4096) == (void *)-1 && errno == ENOMEM);
    EXPECT(syscall(SYS_brk, (char *)end + 4096) == 0);
    EXPECT_DENIED(fork());
    EXPECT_DENIED(execl("/bin/true", "true", (char *)NULL));
    EXPECT_DENIED(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_DENIED(connect(-1, NULL, 0));
    EXPECT_DENIED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
    EXPECT_DENIED(kill(getppid(), 0));
    EXPECT_DENIED(kill(getpid(), 0));
    EXPECT_DENIED(syscall(SYS_tgkill, getppid(), getppid(), 0));
    EXPECT_DENIED(open("/dev/null", O_WRONLY));
    EXPECT_DENIED(open("/dev/null", O_RDWR));
    EXPECT_DENIED(open("/dev/null", O_RDONLY | O_TRUNC));
    EXPECT_DENIED(open("/tmp/kv_seal_test_created", O_RDONLY | O_CREAT, 0600));
    EXPECT_DENIED(fcntl(STDERR_FILENO, F_SETOWN, 0));
    EXPECT_DENIED(syscall(SYS_seccomp, 0, 0, NULL));
    ((volatile u8 *)page)[0] = 1;
}

static void try_what_is_allowed(void) {
    char byte = 'x';
    int sockets[2];
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    seal_now(SEAL_DENY);
    EXPECT(send(sockets[0], &byte, 1, 0) == 1 && recv(sockets[1], &byte, 1, 0) == 1);
    EXPECT(fcntl(sockets[0], F_SETFL, fcntl(sockets[0], F_GETFL) | O_NONBLOCK) == 0);
    EXPECT(shutdown(sockets[0], SHUT_RDWR) == 0 && close(sockets[0]) == 0);
    EXPECT(syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
    EXPECT(status_number("Seccomp:\t") == 2);
    EXPECT(status_number("NoNewPrivs:\t") == 1);
    EXPECT(unlink("/tmp/kv_seal_test_nothing") == -1 && errno == ENOENT);
}

static void abort_sealed(void) {
    seal_now(SEAL_DENY);
    abort();
}

static void log_only(void) {
    seal_now(SEAL_LOG);
    EXPECT(status_number("Seccomp:\t") == 2);
    EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}

static void no_filter(void) {
    const u64 before = status_number("Seccomp:\t");
    seal_now(SEAL_OFF);
    EXPECT(status_number("Seccomp:\t") == before);
    EXPECT(status_number("NoNewPrivs:\t") == 1);
    EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

/* -- a thread that is older than the seal, on a stack of its creator's -- */

static pthread_barrier_t sealed_barrier;
static _Alignas(4096) u8 thread_stack[256 * 1024];

static void *run_thread(void *unused) {
    pthread_barrier_wait(&sealed_barrier);
    pthread_barrier_wait(&sealed_barrier);
    EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    EXPECT(errno == EPERM);
    return unused;
}

static void seal_with_a_thread(void) {
    pthread_t thread;
    pthread_attr_t attributes;
    void *result = NULL;
    EXPECT(pthread_barrier_init(&sealed_barrier, NULL, 2) == 0);
    EXPECT(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setstack(&attributes, thread_stack, sizeof(thread_stack)) == 0);
    EXPECT(pthread_create(&thread, &attributes, run_thread, thread_stack) == 0);
    pthread_barrier_wait(&sealed_barrier);
    seal_now(SEAL_DENY);
    pthread_barrier_wait(&sealed_barrier);
    EXPECT(pthread_join(thread, &result) == 0 && result == thread_stack);
}

/* -- hosts that forbid it -- */

/* A profile such as a container's: `call` fails with `cause`. */
static void forbid(int call, int cause) {
    scmp_filter_ctx profile = seccomp_init(SCMP_ACT_ALLOW);
    EXPECT(profile != NULL);
    EXPECT(seccomp_rule_add(profile, SCMP_ACT_ERRNO((u32)cause), call, 0) == 0);
    EXPECT(seccomp_load(profile) == 0);
    seccomp_release(profile);
}

static void no_seccomp_here(void) {
    forbid(SCMP_SYS(seccomp), ENOSYS);
    EXPECT(seal_privileges(why));
    EXPECT(!seal_calls(SEAL_DENY, why));
    EXPECT(strstr(why, "built without it") != NULL);
    EXPECT(!seal_calls(SEAL_LOG, why));
    EXPECT(seal_calls(SEAL_OFF, why));
    EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void seccomp_denied_here(void) {
    forbid(SCMP_SYS(seccomp), EPERM);
    EXPECT(!seal_calls(SEAL_DENY, why));
    EXPECT(strstr(why, "a profile of the host or the container denies it") != NULL);
}

static void no_privileges_here(void) {
    forbid(SCMP_SYS(prctl), EPERM);
    EXPECT(!seal_privileges(why));
    EXPECT(strstr(why, "PR_SET_NO_NEW_PRIVS: Operation not permitted") != NULL);
}

static void lock_beyond_the_limit(void) {
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = 8192};
    EXPECT(setrlimit(RLIMIT_MEMLOCK, &small) == 0);
    if (getuid() == 0) EXPECT(setuid(NOBODY) == 0);
    EXPECT(!seal_memory(why));
    /* The limit was raised as far as it may be. */
    EXPECT(strstr(why, "is 8192 bytes") != NULL && strstr(why, "LimitMEMLOCK=") != NULL);
    EXPECT(status_number("VmLck:\t") == 0);
}

static void lock_everything(void) {
    u8 *memory = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(memory != MAP_FAILED);
    if (!seal_memory(why)) {
        /* Only a limit may forbid it, and the message says how to lift that. */
        EXPECT(strstr(why, "LimitMEMLOCK=") != NULL);
        return;
    }
    EXPECT(why[0] == '\0');
    EXPECT(status_number("VmLck:\t") >= 4096);
}

static void what_is_not_needed_is_denied(void **state) {
    (void)state;
    assert_child_succeeds(try_what_is_denied);
}

static void what_is_needed_is_allowed(void **state) {
    (void)state;
    assert_child_succeeds(try_what_is_allowed);
}

static void a_sealed_process_can_abort(void **state) {
    (void)state;
    const int status = status_of(abort_sealed);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void log_lets_everything_through(void **state) {
    (void)state;
    assert_child_succeeds(log_only);
}

static void off_leaves_the_calls_alone(void **state) {
    (void)state;
    assert_child_succeeds(no_filter);
}

static void older_threads_are_sealed_and_can_end(void **state) {
    (void)state;
    assert_child_succeeds(seal_with_a_thread);
}

static void a_host_that_forbids_it_is_told(void **state) {
    (void)state;
    assert_child_succeeds(no_seccomp_here);
    assert_child_succeeds(seccomp_denied_here);
    assert_child_succeeds(no_privileges_here);
    assert_child_succeeds(lock_beyond_the_limit);
}

static void memory_is_locked(void **state) {
    (void)state;
    assert_child_succeeds(lock_everything);
}

#else

static void sanitizers_have_no_seal(void **state) {
    (void)state;
    assert_true(seal_calls(SEAL_OFF, why));
    assert_false(seal_calls(SEAL_DENY, why));
    assert_non_null(strstr(why, "sanitizers"));
    assert_false(seal_calls(SEAL_LOG, why));
    assert_false(seal_memory(why));
    assert_non_null(strstr(why, "sanitizers"));
}

#endif

/* -- huge pages -- */

/* Whether the flags of the mapping at `address` in /proc/self/smaps have `flag`. */
static bool has_flag(const void *address, const char *flag) {
    char line[512], start[32];
    bool here = false, found = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)address);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, start, strlen(start)) == 0) here = true;
        if (!here || strncmp(line, "VmFlags:", 8) != 0) continue;
        found = strstr(line, flag) != NULL;
        break;
    }
    fclose(file);
    return found;
}

static void huge_pages_are_asked_for_or_not(void **state) {
    (void)state;
    /* Between pages that cannot be used, so that the mapping is one of its own. */
    u8 *whole = mmap(NULL, 4 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    u8 *base = whole + MIB;
    assert_ptr_not_equal(whole, MAP_FAILED);
    assert_int_equal(mprotect(base, 2 * MIB, PROT_READ | PROT_WRITE), 0);
    if (!seal_huge_pages(base, 2 * MIB, true, why)) {
        assert_true(strlen(why) > 0); /* this host has none */
    } else {
        assert_string_equal(why, "");
        assert_true(has_flag(base, " hg"));
    }
    assert_true(seal_huge_pages(base, 2 * MIB, false, why));
    assert_string_equal(why, "");
    assert_false(has_flag(base, " hg"));
    munmap(whole, 4 * MIB);
}

static void refuse_huge_pages(void) {
    u8 *base = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(base != MAP_FAILED);
    EXPECT(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
    EXPECT(!seal_huge_pages(base, 4 * MIB, true, why) && why[0] != '\0');
    EXPECT(seal_huge_pages(base, 4 * MIB, false, why) && why[0] == '\0');
    base[0] = 1;
}

static void a_process_without_huge_pages_is_told(void **state) {
    (void)state;
    assert_child_succeeds(refuse_huge_pages);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_who_and_why),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(what_is_not_needed_is_denied),
        cmocka_unit_test(what_is_needed_is_allowed),
        cmocka_unit_test(a_sealed_process_can_abort),
        cmocka_unit_test(log_lets_everything_through),
        cmocka_unit_test(off_leaves_the_calls_alone),
        cmocka_unit_test(older_threads_are_sealed_and_can_end),
        cmocka_unit_test(a_host_that_forbids_it_is_told),
        cmocka_unit_test(memory_is_locked),
#else
        cmocka_unit_test(sanitizers_have_no_seal),
#endif
        cmocka_unit_test(huge_pages_are_asked_for_or_not),
        cmocka_unit_test(a_process_without_huge_pages_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
