/* inject.c: a library that the tests load before the server's own (LD_PRELOAD), so that a thread of
 * the server does, inside a call that it makes anyway, what an attacker who had got that far would.
 *
 * getrusage, which INFO cpu calls on the data plane: when the file KV_INJECT_CALLS exists, each
 * word in it is done, and the file's going is up to the test. A word is a row of `deeds`: one
 * system call, made without the C library, or `malloc`. What came of it is a line of the file
 * KV_INJECT_OUTPUT: the word, the result, the errno (0 when there is none).
 *
 * poll, which the HTTP plane calls: while the file KV_INJECT_EXHAUST exists, all memory that malloc
 * has is taken (a line "exhausted BYTES 0" says so), and given back when the file is gone (a line
 * "released BYTES 0").
 *
 * The output is opened when the library is loaded: a sealed server can open nothing for writing.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 4096
#define TAKEN_MAX ((size_t)256 << 20) /* more than any heap that is bounded */
#define BLOCK_LARGEST ((size_t)65536)
#define BLOCK_SMALLEST ((size_t)16)
#define MAPPED_BYTES ((size_t)4096)

static int output = -1;
static const char *calls_path;
static const char *exhaust_path;
static void *heap_end;
static char *mapped; /* for munmap, mremap and the like: made before the seal */
static int (*next_poll)(struct pollfd *, nfds_t, int);
static int (*next_getrusage)(int, struct rusage *);

__attribute__((constructor)) static void load(void) {
    const char *path = getenv("KV_INJECT_OUTPUT");
    calls_path = getenv("KV_INJECT_CALLS");
    exhaust_path = getenv("KV_INJECT_EXHAUST");
    if (path != NULL) output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    heap_end = sbrk(0);
    mapped = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(void **)&next_poll = dlsym(RTLD_NEXT, "poll");
    *(void **)&next_getrusage = dlsym(RTLD_NEXT, "getrusage");
}

static void tell(const char *word, long result, int error) {
    char line[128];
    const int length = snprintf(line, sizeof(line), "%s %ld %d\n", word, result, error);
    if (output >= 0 && length > 0 && write(output, line, (size_t)length) != length) abort();
}

/* -- what may be done -- */

/* A child, where one comes to be, ends at once; the server is its parent and does not wait. */
static long end_child(long pid) {
    if (pid == 0) syscall(SYS_exit_group, 0);
    if (pid > 0) waitpid((pid_t)pid, NULL, 0);
    return pid;
}

static long deed_mmap(void) {
    return syscall(SYS_mmap, NULL, MAPPED_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long deed_munmap(void) {
    return syscall(SYS_munmap, mapped, MAPPED_BYTES);
}

static long deed_mremap(void) {
    return syscall(SYS_mremap, mapped, MAPPED_BYTES, 4 * MAPPED_BYTES, MREMAP_MAYMOVE);
}

static long deed_mprotect(void) {
    return syscall(SYS_mprotect, mapped, MAPPED_BYTES, PROT_READ);
}

static long deed_madvise(void) {
    return syscall(SYS_madvise, mapped, MAPPED_BYTES, MADV_DONTNEED);
}

/* brk has no errno: the kernel answers with the end that the heap has then. The result is by how
 * much it grew, -1 when it did not. */
static long deed_brk(void) {
    const long end = (long)heap_end;
    return syscall(SYS_brk, end + 4096) == end + 4096 ? 4096 : -1;
}

static long deed_execve(void) {
    return syscall(SYS_execve, "/nonexistent", NULL, NULL);
}

static long deed_execveat(void) {
    return syscall(SYS_execveat, AT_FDCWD, "/nonexistent", NULL, NULL, 0);
}

static long deed_fork(void) {
#ifdef SYS_fork
    return end_child(syscall(SYS_fork));
#else
    return end_child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
#endif
}

static long deed_vfork(void) {
    return end_child(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0));
}

static long deed_clone(void) {
    return end_child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static long deed_clone3(void) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    return end_child(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

static long deed_unshare(void) {
    return syscall(SYS_unshare, CLONE_FILES);
}

static long deed_ptrace(void) {
    return syscall(SYS_ptrace, PTRACE_ATTACH, 0x7fffffff, 0, 0);
}

static long deed_process_vm_readv(void) {
    return syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static long deed_process_vm_writev(void) {
    return syscall(SYS_process_vm_writev, getpid(), NULL, 0, NULL, 0, 0);
}

static long deed_mount(void) {
    return syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}

static long deed_umount(void) {
    return syscall(SYS_umount2, "/nonexistent", 0);
}

static long deed_chroot(void) {
    return syscall(SYS_chroot, "/nonexistent");
}

static long deed_bpf(void) {
    return syscall(SYS_bpf, -1, NULL, 0);
}

static long deed_socket(void) {
    return syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long deed_connect(void) {
    return syscall(SYS_connect, -1, NULL, 0);
}

static long deed_bind(void) {
    return syscall(SYS_bind, -1, NULL, 0);
}

static long deed_listen(void) {
    return syscall(SYS_listen, -1, 1);
}

static long deed_io_uring_setup(void) {
    return syscall(SYS_io_uring_setup, 0, NULL);
}

static long deed_memfd_create(void) {
    return syscall(SYS_memfd_create, "inject", MFD_CLOEXEC);
}

static long deed_shmget(void) {
    return syscall(SYS_shmget, 0x6b76, 0, 0);
}

static long deed_open_read(void) {
    return syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
}

static long deed_open_write(void) {
    return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC);
}

static long deed_open_both(void) {
    return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
}

static long deed_open_truncate(void) {
    return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static long deed_open_create(void) {
    return syscall(SYS_openat, AT_FDCWD, "inject.created", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long deed_kill(void) {
    return syscall(SYS_kill, getppid(), 0);
}

static long deed_kill_self(void) {
    return syscall(SYS_kill, getpid(), 0);
}

static long deed_tgkill(void) {
    return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long deed_tgkill_self(void) {
    return syscall(SYS_tgkill, getpid(), getpid(), 0);
}

static long deed_prctl(void) {
    return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long deed_seccomp(void) {
    return syscall(SYS_seccomp, -1, 0, NULL);
}

static long deed_setuid(void) {
    return syscall(SYS_setuid, getuid());
}

static long deed_prlimit(void) {
    return syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, NULL);
}

static long deed_fcntl_owner(void) {
    return syscall(SYS_fcntl, output, F_SETOWN, 0);
}

static long deed_fcntl_flags(void) {
    return syscall(SYS_fcntl, output, F_GETFL, 0) < 0 ? -1 : 0;
}

static long deed_ioctl(void) {
    return syscall(SYS_ioctl, output, FIOASYNC, NULL);
}

/* Not a system call: what a library might do on the thread where nobody may. */
static long deed_malloc(void) {
    void *volatile memory = malloc(64);
    const long given = memory != NULL;
    free(memory);
    return given;
}

/* Longer than the HTTP plane takes to call the data plane stalled. */
static long deed_sleep(void) {
    const struct timespec time = {.tv_sec = 8};
    return syscall(SYS_nanosleep, &time, NULL);
}

static const struct {
    const char *word;
    long (*run)(void);
} deeds[] = {
#define DEED(name)                                                                                 \
    { #name, deed_##name }
    DEED(mmap),
    DEED(munmap),
    DEED(mremap),
    DEED(mprotect),
    DEED(madvise),
    DEED(brk),
    DEED(execve),
    DEED(execveat),
    DEED(fork),
    DEED(vfork),
    DEED(clone),
    DEED(clone3),
    DEED(unshare),
    DEED(ptrace),
    DEED(process_vm_readv),
    DEED(process_vm_writev),
    DEED(mount),
    DEED(umount),
    DEED(chroot),
    DEED(bpf),
    DEED(socket),
    DEED(connect),
    DEED(bind),
    DEED(listen),
    DEED(io_uring_setup),
    DEED(memfd_create),
    DEED(shmget),
    DEED(open_read),
    DEED(open_write),
    DEED(open_both),
    DEED(open_truncate),
    DEED(open_create),
    DEED(kill),
    DEED(kill_self),
    DEED(tgkill),
    DEED(tgkill_self),
    DEED(prctl),
    DEED(seccomp),
    DEED(setuid),
    DEED(prlimit),
    DEED(fcntl_owner),
    DEED(fcntl_flags),
    DEED(ioctl),
    DEED(malloc),
    DEED(sleep),
#undef DEED
};

static void do_word(const char *word) {
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (strcmp(deeds[i].word, word) != 0) continue;
        errno = 0;
        const long result = deeds[i].run();
        tell(word, result, result == -1 ? errno : 0);
        return;
    }
    tell(word, -1, -1); /* the test is mistaken */
}

static void do_file(const char *path) {
    char words[WORDS_MAX];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    const ssize_t length = read(fd, words, sizeof(words) - 1);
    close(fd);
    if (length <= 0) return;
    words[length] = '\0';
    char *rest = words;
    for (char *word; (word = strsep(&rest, " \n")) != NULL;) {
        if (word[0] != '\0') do_word(word);
    }
}

/* The C library's header gives `who` a type of its own in C++ and GNU C. */
int getrusage(__rusage_who_t who, struct rusage *usage) {
    /* The process's own times, asked for by the data plane: INFO cpu. Each tick asks for its
     * thread's, and the HTTP plane, on another thread, for the process's. */
    const int data_plane = syscall(SYS_gettid) == getpid();
    if (calls_path != NULL && (int)who == RUSAGE_SELF && data_plane) do_file(calls_path);
    return next_getrusage((int)who, usage);
}

/* -- taking all memory -- */

struct block {
    struct block *next;
    size_t bytes;
};

/* Of the one thread that calls poll. */
static struct block *taken;
static size_t taken_bytes;

/* Also what was in use before and has come back since. */
static void take_all(void) {
    const int first = taken == NULL;
    for (size_t bytes = BLOCK_LARGEST; bytes >= BLOCK_SMALLEST; bytes /= 2) {
        struct block *block;
        while (taken_bytes < TAKEN_MAX && (block = malloc(bytes)) != NULL) {
            *block = (struct block){.next = taken, .bytes = bytes};
            taken = block;
            taken_bytes += bytes;
        }
    }
    if (first) tell(taken_bytes < TAKEN_MAX ? "exhausted" : "unbounded", (long)taken_bytes, 0);
}

static void release_all(void) {
    while (taken != NULL) {
        struct block *block = taken;
        taken = block->next;
        free(block);
    }
    tell("released", (long)taken_bytes, 0);
    taken_bytes = 0;
}

/* Opened for reading, because that is what a sealed process can do to see whether a file is there.
 */
static int exists(const char *path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    close(fd);
    return 1;
}

static void follow_file(void) {
    if (exhaust_path == NULL) return;
    const int wanted = exists(exhaust_path);
    if (wanted) take_all();
    if (!wanted && taken != NULL) release_all();
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
    follow_file();
    return next_poll(fds, count, timeout_ms);
}

/* What poll is called in a library that was compiled with fortification. */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t bytes);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t bytes) {
    if (count > bytes / sizeof(*fds)) abort();
    return poll(fds, count, timeout_ms);
}
