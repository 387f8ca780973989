/* ring_uring_setup.c: opens and closes io_uring, and says what is wrong when a host denies it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ring_uring_internal.h"

#define WINDOW_FIRST 64u

/* The value of kernel.io_uring_disabled, or -1 where there is no such sysctl. */
static int read_disabled(void) {
    char text[16];
    int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t len = read(fd, text, sizeof(text));
    close(fd);
    return len > 0 && text[0] >= '0' && text[0] <= '9' ? text[0] - '0' : -1;
}

static void explain_refused(const char *step, char error[RING_ERROR_MAX]) {
    int disabled = read_disabled();
    if (disabled > 0)
        snprintf(error, RING_ERROR_MAX,
                 "io_uring: %s: EPERM: the sysctl kernel.io_uring_disabled is %d; "
                 "`sysctl kernel.io_uring_disabled=0` allows it, io-backend epoll does without",
                 step, disabled);
    else
        snprintf(error, RING_ERROR_MAX,
                 "io_uring: %s: EPERM: a seccomp profile denies it (containers' default profiles "
                 "do); allow io_uring_setup, io_uring_enter and io_uring_register, or use "
                 "io-backend epoll",
                 step);
}

static void explain_limit(const char *step, int code, char error[RING_ERROR_MAX]) {
    struct rlimit limit = {0};
    bool files = code == EMFILE;
    getrlimit(files ? RLIMIT_NOFILE : RLIMIT_MEMLOCK, &limit);
    if (files)
        snprintf(error, RING_ERROR_MAX,
                 "io_uring: %s: EMFILE: connections-max and %u more need as many descriptors, and "
                 "the limit (ulimit -n, LimitNOFILE) is %llu",
                 step, RING_SPARE_SLOTS, (unsigned long long)limit.rlim_cur);
    else
        snprintf(error, RING_ERROR_MAX,
                 "io_uring: %s: ENOMEM: raise the memory cgroup's limit, or the limit of locked "
                 "memory (ulimit -l, LimitMEMLOCK), now %llu bytes, or use io-backend epoll",
                 step, (unsigned long long)limit.rlim_cur);
}

static void explain(const char *step, int code, char error[RING_ERROR_MAX]) {
    struct utsname host = {0};
    switch (code) {
    case EPERM:
    case EACCES:
        explain_refused(step, error);
        return;
    case ENOMEM:
    case EMFILE:
        explain_limit(step, code, error);
        return;
    case ENOSYS:
    case EINVAL:
        uname(&host);
        snprintf(error, RING_ERROR_MAX,
                 "io_uring: %s: %s: kernel %.64s is too old or built without it; 6.1 or newer is "
                 "needed, or io-backend epoll",
                 step, code == ENOSYS ? "ENOSYS" : "EINVAL", host.release);
        return;
    default:
        snprintf(error, RING_ERROR_MAX, "io_uring: %s: %s; io-backend epoll does without", step,
                 strerror(code));
    }
}

/* The library's own functions for these two registrations are missing from Debian 12's build.
 *
 * What the ring may be asked for from now on, whoever gets hold of it: the operations that kv uses,
 * and of the registrations those that attach a socket or take the ring down. */
static int restrict_ring(struct io_uring *io) {
    static const u8 operations[] = {IORING_OP_ACCEPT,  IORING_OP_RECV,         IORING_OP_SEND,
                                    IORING_OP_SENDMSG, IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE};
    static const u8 registrations[] = {IORING_REGISTER_FILES_UPDATE, IORING_REGISTER_SYNC_CANCEL,
                                       IORING_UNREGISTER_RING_FDS};
    struct io_uring_restriction
        rules[KV_ARRAY_LENGTH(operations) + KV_ARRAY_LENGTH(registrations) + 1];
    memset(rules, 0, sizeof(rules));
    u32 count = 0;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(operations); i++, count++) {
        rules[count].opcode = IORING_RESTRICTION_SQE_OP;
        rules[count].sqe_op = operations[i];
    }
    for (u32 i = 0; i < KV_ARRAY_LENGTH(registrations); i++, count++) {
        rules[count].opcode = IORING_RESTRICTION_REGISTER_OP;
        rules[count].register_op = registrations[i];
    }
    rules[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
    rules[count].sqe_flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    return io_uring_register((unsigned)io->ring_fd, IORING_REGISTER_RESTRICTIONS, rules, count + 1);
}

/* The ring is disabled until everything is registered: restrictions can be set at no other time. */
static int setup_queues(struct uring *uring, const struct ring_shape *shape,
                        struct io_uring_params *params) {
    *params = (struct io_uring_params){
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED,
        .cq_entries = shape->completion_entries,
    };
    int result = io_uring_queue_init_params(shape->submission_entries, &uring->io, params);
    if (result < 0) return result;
    /* The kernel reads submission entries through a list of indices. Entry i is always used as
     * the i-th, so the list is written once. */
    if (!(params->flags & URING_SETUP_NO_SQARRAY))
        for (u32 i = 0; i < params->sq_entries; i++)
            uring->io.sq.array[i] = i;
    return 0;
}

static bool sizes_are_planned(const struct uring *uring, const struct ring_shape *shape,
                              const struct io_uring_params *params, char error[RING_ERROR_MAX]) {
    u64 queues = u64_max(uring->io.sq.ring_sz, uring->io.cq.ring_sz);
    u64 entries = (u64)params->sq_entries * sizeof(struct io_uring_sqe);
    if (u64_round_up(queues, 4096) == shape->kernel_queues_bytes &&
        u64_round_up(entries, 4096) == shape->kernel_entries_bytes)
        return true;
    snprintf(error, RING_ERROR_MAX,
             "io_uring: the kernel maps %llu + %llu bytes where %llu + %llu are planned; "
             "io-backend epoll does without",
             (unsigned long long)queues, (unsigned long long)entries,
             (unsigned long long)shape->kernel_queues_bytes,
             (unsigned long long)shape->kernel_entries_bytes);
    return false;
}

static int register_receive_ring(struct uring *uring, const struct ring_shape *shape) {
    struct io_uring_buf_reg registration = {
        .ring_addr = (u64)(uintptr_t)uring->receive_ring,
        .ring_entries = shape->buffers,
        .bgid = URING_BUFFER_GROUP,
    };
    return io_uring_register_buf_ring(&uring->io, &registration, 0);
}

/* Everything after the queues. Returns the step that failed, or NULL. */
static const char *register_all(struct uring *uring, const struct ring_shape *shape, int *result) {
    if (uring->direct) {
        *result = io_uring_register_files_sparse(&uring->io, shape->slots);
        if (*result < 0) return "table of files";
    }
    *result = register_receive_ring(uring, shape);
    if (*result < 0) return "ring of receive buffers";
    *result = restrict_ring(&uring->io);
    if (*result < 0) return "restrictions";
    *result = io_uring_register((unsigned)uring->io.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (*result < 0) return "enable";
    return NULL;
}

static void init_state(struct uring *uring, const struct ring_memory *memory,
                       const struct ring_shape *shape) {
    memset(uring, 0, sizeof(*uring));
    ring_common_init(&uring->ring, &ring_uring_operations, shape);
    uring->slots = memory->slots;
    memset(uring->slots, 0, (u64)shape->slots * sizeof(struct uring_slot));
    slot_queue_init(&uring->local, memory->links[RING_QUEUE_LOCAL], shape->slots);
    slot_queue_init(&uring->starving, memory->links[RING_QUEUE_STARVING], shape->slots);
    slot_queue_init(&uring->backlog, memory->links[RING_QUEUE_BACKLOG], shape->slots);
    ring_buffers_init(&uring->buffers, memory->buffers, memory->buffer_entries, shape->buffers);
    uring->receive_ring = memory->receive_ring;
    uring->window = u32_min(shape->buffers, WINDOW_FIRST);
    uring->vectors = memory->vectors;
}

struct ring *ring_uring_open(const struct ring_memory *memory, const struct ring_shape *shape,
                             u32 flags, char error[RING_ERROR_MAX]) {
    struct uring *uring = memory->state;
    struct io_uring_params params;
    init_state(uring, memory, shape);
    int result = setup_queues(uring, shape, &params);
    if (result < 0) {
        explain("setup", -result, error);
        return NULL;
    }
    /* Before 6.13 a file that leaves the registered table is closed only when every older request
     * on any other file of the table has ended: a receive on an idle connection would keep all
     * later ones open. There is no feature bit for the change; the first one after it serves. */
    uring->direct =
        (params.features & URING_FEATURE_READ_ATTRIBUTES) != 0 && !(flags & RING_PLAIN_FILES);
    uring->no_iowait = (params.features & URING_FEATURE_NO_IOWAIT) != 0;
    if (!sizes_are_planned(uring, shape, &params, error)) {
        io_uring_queue_exit(&uring->io);
        return NULL;
    }
    /* Saves the kernel a look-up of the ring's own descriptor in each call; does without. */
    if (io_uring_register_ring_fd(&uring->io) == 1)
        uring->enter_flags = IORING_ENTER_REGISTERED_RING;
    const char *step = register_all(uring, shape, &result);
    if (step == NULL) return &uring->ring;
    explain(step, -result, error);
    io_uring_queue_exit(&uring->io);
    return NULL;
}

void uring_deinit(struct ring *ring) {
    struct uring *uring = (struct uring *)ring;
    /* The kernel would end the requests in its own time, after the memory that they receive into
     * has other uses. */
    struct io_uring_sync_cancel_reg everything = {
        .fd = -1,
        .flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
        .timeout = {.tv_sec = 1},
    };
    (void)io_uring_register_sync_cancel(&uring->io, &everything);
    for (u32 i = 0; i < ring->slots; i++) {
        struct uring_slot *slot = &uring->slots[i];
        int none = -1;
        if (!(slot->state & SLOT_ATTACHED)) continue;
        if (slot->fd >= 0)
            close(slot->fd);
        else
            (void)io_uring_register_files_update(&uring->io, i, &none, 1);
    }
    io_uring_queue_exit(&uring->io);
    memory_unpoison(uring->buffers.memory, (u64)uring->buffers.count * RECEIVE_BUFFER_BYTES);
    ring->magic = 0;
}
