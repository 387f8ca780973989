/* What the ring costs, which implementation is chosen, and what a host that denies io_uring is
 * told. Denials are made by a seccomp filter in a child process.
 */
#define _GNU_SOURCE 1

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../../../src/net/ring_uring_internal.h"
#include "ring_fixture.h"

static const struct backend automatic = {"auto", IO_BACKEND_AUTO, 0};
static const struct backend uring = {"io_uring", IO_BACKEND_IO_URING, 0};
static const struct backend epoll = {"epoll", IO_BACKEND_EPOLL, 0};

static bool host_denies_uring(void) {
    struct io_uring_params params = {0};
    long fd = syscall(__NR_io_uring_setup, 1, &params);
    if (fd >= 0) close((int)fd);
    return fd < 0;
}

/* -- the budget -- */

static void compute(u64 connections, u64 buffers, struct budget *budget) {
    const struct options options = {.connections_max = connections};
    const struct limits limits = {.receive_buffers = buffers};
    budget_init(budget);
    ring_budget(&options, &limits, budget);
}

static void the_budget_follows_connections_and_buffers(void **state) {
    (void)state;
    struct budget budget;
    compute(1000, 1024, &budget);
    assert_false(budget.overflow);
    assert_int_equal(budget_find(&budget, "net.slots")->count, 1016);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.slots")), 1016 * 64);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.receive_buffers")), 1024 * 16384);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.receive_ring")), 16384);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.send_vectors")), 65536);
    const struct budget_row *queues = budget_find(&budget, "net.ring_kernel_queues");
    const struct budget_row *entries = budget_find(&budget, "net.ring_kernel_entries");
    assert_true(queues->kernel && entries->kernel);
    assert_int_equal(budget_row_bytes(queues), 4096 * 16 + 4096);
    assert_int_equal(budget_row_bytes(entries), 512 * 64);
    /* The kernel takes no more than 65536 completions. */
    compute(1000000, 32768, &budget);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.ring_kernel_queues")),
                     65536 * 16 + 4096);
    assert_int_equal(budget_find(&budget, "net.slots")->count, 1000016);
}

/* ring_open compares what the kernel maps with the plan, and refuses where they differ. */
static void the_kernel_maps_what_is_planned(void **state) {
    (void)state;
    static const u32 connections[] = {1, 40, 100, 300, 1000, 5000};
    static const u32 buffers[] = {1, 8, 256, 4096};
    if (host_denies_uring()) skip();
    for (u32 c = 0; c < KV_ARRAY_LENGTH(connections); c++)
        for (u32 b = 0; b < KV_ARRAY_LENGTH(buffers); b++) {
            struct net *net = net_open(&uring, connections[c], buffers[b]);
            const struct budget_row *row = budget_find(&net->budget, "net.ring_kernel_queues");
            assert_int_equal(net->arena.carved[row - net->budget.rows], budget_row_bytes(row));
            net_close(net);
        }
}

static void another_mapping_than_planned_is_refused(void **state) {
    (void)state;
    if (host_denies_uring()) skip();
    struct net *net = net_open(&epoll, 4, 4);
    struct ring_shape shape;
    struct ring_memory memory = {0};
    char error[RING_ERROR_MAX];
    ring_shape_compute(&shape, &net->options, &net->limits);
    memory.state = calloc(1, RING_STATE_BYTES);
    memory.slots = calloc(shape.slots, RING_SLOT_BYTES);
    for (u32 i = 0; i < RING_QUEUES; i++)
        memory.links[i] = calloc(shape.slots, sizeof(u32));
    memory.buffers = aligned_alloc(4096, (u64)shape.buffers * RECEIVE_BUFFER_BYTES);
    memory.buffer_entries = calloc(shape.buffers, sizeof(struct ring_buffer_entry));
    memory.receive_ring = aligned_alloc(4096, shape.receive_ring_bytes);
    shape.kernel_queues_bytes += 4096;
    assert_null(ring_uring_open(&memory, &shape, 0, error));
    assert_non_null(strstr(error, "are planned"));
    memory_unpoison(memory.buffers, (u64)shape.buffers * RECEIVE_BUFFER_BYTES);
    free(memory.state);
    free(memory.slots);
    for (u32 i = 0; i < RING_QUEUES; i++)
        free(memory.links[i]);
    free(memory.buffers);
    free(memory.buffer_entries);
    free(memory.receive_ring);
    net_close(net);
}

/* -- the choice -- */

static void the_choice_is_what_was_asked_for(void **state) {
    (void)state;
    struct net *net = net_open(&epoll, 8, 4);
    assert_string_equal(net->ring->operations->name, "epoll");
    assert_int_equal(net->ring->connections, 8);
    assert_int_equal(net->ring->slots, 8 + RING_SPARE_SLOTS);
    assert_int_equal(net->ring->buffers, 4);
    assert_int_equal(net->ring->buffer_bytes, RECEIVE_BUFFER_BYTES);
    net_close(net);
    if (host_denies_uring()) skip();
    net = net_open(&uring, 8, 4);
    assert_string_equal(net->ring->operations->name, "io_uring");
    net_close(net);
    net = net_open(&automatic, 8, 4);
    assert_string_equal(net->ring->operations->name, "io_uring");
    net_close(net);
}

static void a_number_of_buffers_that_is_no_power_of_two_is_a_bug(void **state) {
    (void)state;
    assert_dies("assertion failed", net_open(&epoll, 8, 3));
    assert_dies("assertion failed", net_open(&epoll, 8, 65536));
}

/* -- denials, in a child -- */

/* From now on the given system call fails with `code` in this process. */
static bool deny(long number, int code) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (u32)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (u32)code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = KV_ARRAY_LENGTH(filter), .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What a ring on such a host says, for a choice: its name, or "" when none could be opened, and the
 * note or the error. */
struct outcome {
    char name[16];
    char note[RING_ERROR_MAX];
    char error[RING_ERROR_MAX];
    u64 accounted;
};

static void open_and_tell(enum io_backend choice, struct outcome *outcome) {
    struct options options = {.connections_max = 4, .io_backend = choice};
    struct limits limits = {.receive_buffers = 4};
    struct budget budget;
    struct arena arena;
    char text[ARENA_ERROR_MAX];
    budget_init(&budget);
    ring_budget(&options, &limits, &budget);
    budget_finish(&budget);
    if (!arena_init(&arena, &budget, true, text)) return;
    struct ring *ring = ring_init(&arena, &options, &limits, outcome->note, outcome->error);
    if (ring == NULL) return;
    arena_seal(&arena);
    snprintf(outcome->name, sizeof(outcome->name), "%s", ring->operations->name);
    const struct budget_row *row = budget_find(&budget, "net.ring_kernel_queues");
    outcome->accounted = arena.carved[row - budget.rows];
    ring_deinit(ring);
    arena_deinit(&arena);
}

struct denial {
    long number;
    int code;
    const char *sysctl; /* what kernel.io_uring_disabled shows, NULL: as it is */
    rlim_t files;       /* limit of descriptors, 0: as it is */
};

/* A file over the sysctl, in a mount namespace of this process. Wants privileges. */
static bool show_sysctl(const char *text) {
    char path[] = "/tmp/kv-ring-open-test-XXXXXX";
    int fd = mkstemp(path);
    bool shown = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
                 unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, "") == 0 &&
                 mount(path, "/proc/sys/kernel/io_uring_disabled", "", MS_BIND, "") == 0;
    if (fd >= 0) close(fd);
    unlink(path);
    return shown;
}

/* False when the host does not let the test pretend. */
static bool open_denied(const struct denial *denial, enum io_backend choice,
                        struct outcome *outcome) {
    int fds[2];
    memset(outcome, 0, sizeof(*outcome));
    assert_int_equal(pipe(fds), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct outcome told = {0};
        const struct rlimit files = {.rlim_cur = denial->files, .rlim_max = denial->files};
        if (denial->files != 0) setrlimit(RLIMIT_NOFILE, &files);
        bool ready = (denial->sysctl == NULL || show_sysctl(denial->sysctl)) &&
                     (denial->code == 0 || deny(denial->number, denial->code));
        if (ready) open_and_tell(choice, &told);
        if (ready) (void)!write(fds[1], &told, sizeof(told));
        _exit(0);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], outcome, sizeof(*outcome));
    close(fds[0]);
    int status;
    waitpid(child, &status, 0);
    assert_true(n == 0 || n == (ssize_t)sizeof(*outcome));
    return n != 0;
}

/* With io_uring asked for: an error that has all of `texts`. With auto: epoll, and the same text as
 * a note. */
static void expect_denial(const struct denial *denial, const char *const texts[], u32 count) {
    struct outcome outcome;
    if (!open_denied(denial, IO_BACKEND_IO_URING, &outcome)) skip();
    assert_string_equal(outcome.name, "");
    for (u32 i = 0; i < count; i++)
        if (strstr(outcome.error, texts[i]) == NULL)
            fail_msg("\"%s\" has no \"%s\"", outcome.error, texts[i]);
    char error[RING_ERROR_MAX];
    memcpy(error, outcome.error, sizeof(error));

    assert_true(open_denied(denial, IO_BACKEND_AUTO, &outcome));
    assert_string_equal(outcome.name, "epoll");
    assert_string_equal(outcome.note, error);
    assert_string_equal(outcome.error, "");
    assert_int_equal(outcome.accounted, 0);

    assert_true(open_denied(denial, IO_BACKEND_EPOLL, &outcome));
    assert_string_equal(outcome.name, "epoll");
    assert_string_equal(outcome.note, "");
}

#define EXPECT_DENIAL(denial, ...)                                                                 \
    do {                                                                                           \
        static const char *const texts[] = {__VA_ARGS__};                                          \
        expect_denial(denial, texts, KV_ARRAY_LENGTH(texts));                                      \
    } while (0)

static void no_such_system_call(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, ENOSYS, NULL, 0};
    EXPECT_DENIAL(&denial, "ENOSYS", "setup", "6.1", "io-backend epoll");
}

static void a_kernel_that_is_too_old(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, EINVAL, NULL, 0};
    EXPECT_DENIAL(&denial, "EINVAL", "too old", "6.1");
}

static void a_seccomp_profile(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, EPERM, "0\n", 0};
    EXPECT_DENIAL(&denial, "EPERM", "seccomp", "container", "io-backend epoll");
}

static void the_sysctl(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, EPERM, "2\n", 0};
    EXPECT_DENIAL(&denial, "EPERM", "kernel.io_uring_disabled is 2",
                  "sysctl kernel.io_uring_disabled=0");
    const struct denial group = {__NR_io_uring_setup, EPERM, "1\n", 0};
    EXPECT_DENIAL(&group, "kernel.io_uring_disabled is 1");
}

static void a_want_of_memory(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, ENOMEM, NULL, 0};
    EXPECT_DENIAL(&denial, "ENOMEM", "cgroup", "LimitMEMLOCK");
}

static void any_other_error(void **state) {
    (void)state;
    const struct denial denial = {__NR_io_uring_setup, ENFILE, NULL, 0};
    EXPECT_DENIAL(&denial, "setup", "Too many open files in system");
}

static void a_step_after_the_first(void **state) {
    (void)state;
    if (host_denies_uring()) skip();
    const struct denial denial = {__NR_io_uring_register, EPERM, "0\n", 0};
    EXPECT_DENIAL(&denial, "EPERM", "seccomp");
}

static void too_few_descriptors(void **state) {
    (void)state;
    struct outcome outcome;
    if (host_denies_uring()) skip();
    const struct denial denial = {0, 0, NULL, 12};
    assert_true(open_denied(&denial, IO_BACKEND_IO_URING, &outcome));
    /* Plain files need none of them at the start. */
    if (outcome.name[0] != '\0') skip();
    assert_non_null(strstr(outcome.error, "EMFILE"));
    assert_non_null(strstr(outcome.error, "LimitNOFILE"));
    assert_non_null(strstr(outcome.error, "12"));
}

static void epoll_may_be_denied_as_well(void **state) {
    (void)state;
    struct outcome outcome;
    const struct denial denial = {__NR_epoll_create1, EMFILE, NULL, 0};
    assert_true(open_denied(&denial, IO_BACKEND_EPOLL, &outcome));
    assert_string_equal(outcome.name, "");
    assert_non_null(strstr(outcome.error, "epoll: "));
}

/* Without epoll_pwait2 time is counted in milliseconds. */
static void epoll_does_without_its_newest_call(void **state) {
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct net *net = net_open(&epoll, 4, 4);
        if (!deny(__NR_epoll_pwait2, ENOSYS)) _exit(2);
        net_attach_pair(net, 0);
        ring_receive(net->ring, 0);
        net_turn(net, 1500);
        net_peer_write(net, 0, "x", 1);
        net_until(net, net->slots[0].len == 1);
        net_peer_write(net, 0, "y", 1);
        net_turn(net, RING_WAIT_FOREVER);
        net_close(net);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- the restrictions -- */

static void the_ring_does_nothing_else(void **state) {
    (void)state;
    if (host_denies_uring()) skip();
    struct net *net = net_open(&uring, 4, 4);
    struct io_uring *io = &((struct uring *)net->ring)->io;
    int fd = dup(0);
    struct io_uring_sqe *entry = io_uring_get_sqe(io);
    io_uring_prep_openat(entry, AT_FDCWD, "/dev/null", O_RDONLY, 0);
    struct io_uring_cqe *completion;
    assert_int_equal(io_uring_submit_and_wait(io, 1), 1);
    assert_int_equal(io_uring_peek_cqe(io, &completion), 0);
    assert_int_equal(completion->res, -EACCES);
    io_uring_cqe_seen(io, completion);
    assert_int_equal(io_uring_register_eventfd(io, fd), -EACCES);
    close(fd);
    net_close(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_budget_follows_connections_and_buffers),
        cmocka_unit_test(the_kernel_maps_what_is_planned),
        cmocka_unit_test(another_mapping_than_planned_is_refused),
        cmocka_unit_test(the_choice_is_what_was_asked_for),
        cmocka_unit_test(a_number_of_buffers_that_is_no_power_of_two_is_a_bug),
        cmocka_unit_test(no_such_system_call),
        cmocka_unit_test(a_kernel_that_is_too_old),
        cmocka_unit_test(a_seccomp_profile),
        cmocka_unit_test(the_sysctl),
        cmocka_unit_test(a_want_of_memory),
        cmocka_unit_test(any_other_error),
        cmocka_unit_test(a_step_after_the_first),
        cmocka_unit_test(too_few_descriptors),
        cmocka_unit_test(epoll_may_be_denied_as_well),
        cmocka_unit_test(epoll_does_without_its_newest_call),
        cmocka_unit_test(the_ring_does_nothing_else),
    };
    return cmocka_run_group_tests_name("opening the ring", tests, NULL, NULL);
}
