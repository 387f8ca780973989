/* admin.c: the plane's memory, its thread, and the life of both. */
#include "kv/admin.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/process_heap.h"

#include "admin_internal.h"

#define ADMIN_MAGIC 0x61646d6eu /* "admn" */
#define STACK_UNIT 4096u
/* The deepest chain is a what-if: the plan, its budget and the message lie on the stack. */
#define STACK_UNITS (256u * 1024u / STACK_UNIT)
#define GUARD_UNITS 1u

/* What libmicrohttpd takes from the heap, measured with the blocks' overhead: a connection with an
 * answer on its way takes 700 bytes beside its pool, and the daemon with its fixed answers takes
 * 6,000. The rest is for what a later version of the library may want.
 * tests/clients/admin.py ("the heap is as large as all connections need") prints it. */
#define HEAP_CONNECTION_BYTES 2048u
#define HEAP_FIXED_BYTES 32768u

static u64 pages_of(const struct options *options, u32 command_rows, u64 *unit) {
    *unit = u64_round_up(page_bytes_max(command_rows), STACK_UNIT);
    return options->admin_connections_max;
}

void admin_budget(const struct options *options, u32 command_rows, struct budget *budget) {
    const bool on = options->admin_port != 0;
    u64 page_bytes;
    const u64 pages = pages_of(options, command_rows, &page_bytes);
    budget_add(budget, "admin.state", on, sizeof(struct admin),
               "The HTTP plane: its options, its connections, what its pages show.");
    budget_add(budget, "admin.stack", on ? STACK_UNITS + GUARD_UNITS : 0, STACK_UNIT,
               "The stack of the HTTP plane's thread, with a page that nobody may touch.");
    budget_add(budget, "admin.pages", on ? pages : 0, page_bytes,
               "For each HTTP connection one page at its longest, so that none is ever cut off.");
    budget_add(budget, "admin.commands", on ? command_rows : 0, sizeof(struct command_stats),
               "The snapshot's statistics of commands while a page is made from them.");
    budget_add(budget, "admin.json", on, page_scratch_bytes(command_rows),
               "A JSON document while it is put together.");
}

u64 admin_heap_bytes(const struct options *options) {
    if (options->admin_port == 0) return 0;
    const u64 connections = options->admin_connections_max + ADMIN_SPARE_CONNECTIONS;
    return HEAP_FIXED_BYTES +
           connections * (options->admin_request_size_max + HEAP_CONNECTION_BYTES);
}

static void write_log(void *context, const char *format, va_list arguments) {
    struct admin *admin = context;
    char line[LOG_LINE_MAX / 2];
    vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_limited(&admin->log_limit, LOG_VERBOSE, "admin: %s", line);
}

/* -- the thread -- */

/* How long poll may wait for the daemon's sake. Not at all once a connection has ended: the daemon
 * stops listening while it has as many as it may, and begins again only when it is run after one
 * of them is gone, which nobody else would wake the thread for. */
static int wait_ms(struct admin *admin) {
    MHD_UNSIGNED_LONG_LONG timeout;
    const bool again = admin->ended;
    admin->ended = false;
    if (again) return 0;
    if (MHD_get_timeout(admin->daemon, &timeout) != MHD_YES) return -1;
    return timeout > INT32_MAX ? INT32_MAX : (int)timeout;
}

static void *run(void *context) {
    struct admin *admin = context;
    process_heap_join();
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd waits[2] = {{.fd = info->epoll_fd, .events = POLLIN},
                              {.fd = admin->stop_fd, .events = POLLIN}};
    while (waits[1].revents == 0) {
        if (poll(waits, 2, wait_ms(admin)) < 0 && errno != EINTR) {
            log_write(LOG_WARNING, "the HTTP plane ends: poll: %s", strerror(errno));
            break;
        }
        MHD_run(admin->daemon);
    }
    MHD_stop_daemon(admin->daemon);
    http_deinit_answers(admin);
    return NULL;
}

/* The lowest page of the stack is made untouchable, so that an overflow ends in a fault at once and
 * not in a neighbouring region. */
static int start_thread(struct admin *admin, u8 *stack) {
    pthread_attr_t attributes;
    const size_t guard = GUARD_UNITS * (size_t)STACK_UNIT;
    int result = mprotect(stack, guard, PROT_NONE) == 0 ? 0 : errno;
    if (result != 0) return result;
    pthread_attr_init(&attributes);
    result = pthread_attr_setstack(&attributes, stack + guard, STACK_UNITS * (size_t)STACK_UNIT);
    if (result == 0) result = pthread_create(&admin->thread, &attributes, run, admin);
    pthread_attr_destroy(&attributes);
    return result;
}

/* -- life -- */

static bool start_daemon(struct admin *admin, int fd) {
    const struct options *options = admin->options;
    admin->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, http_answer, admin,
        MHD_OPTION_EXTERNAL_LOGGER, write_log, admin, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)options->admin_connections_max + ADMIN_SPARE_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)options->admin_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)options->admin_request_size_max,
        MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)1024, MHD_OPTION_NOTIFY_COMPLETED,
        http_completed, admin, MHD_OPTION_NOTIFY_CONNECTION, http_connection, admin,
        MHD_OPTION_END);
    return admin->daemon != NULL;
}

static struct admin *carve(struct arena *arena, const struct options *options,
                           const struct admin_source *source, u8 **stack) {
    const bool on = options->admin_port != 0;
    const u32 rows = source->snapshot->command_count;
    u64 page_bytes;
    const u64 pages = pages_of(options, rows, &page_bytes);
    struct admin *admin = arena_carve(arena, "admin.state", on, sizeof(*admin));
    *stack = arena_carve(arena, "admin.stack", on ? STACK_UNITS + GUARD_UNITS : 0, STACK_UNIT);
    void *buffers = arena_carve(arena, "admin.pages", on ? pages : 0, page_bytes);
    void *commands =
        arena_carve(arena, "admin.commands", on ? rows : 0, sizeof(struct command_stats));
    void *scratch = arena_carve(arena, "admin.json", on, page_scratch_bytes(rows));
    if (!on) return NULL;
    *admin = (struct admin){.magic = ADMIN_MAGIC,
                            .options = options,
                            .source = source,
                            .page_bytes = page_bytes,
                            .scratch = scratch};
    gauge_init(&admin->connections, options->admin_connections_max);
    pool_init(&admin->pages, buffers, pages, (u32)page_bytes);
    view_init(&admin->view, source, commands);
    return admin;
}

struct admin *admin_init(struct arena *arena, const struct options *options,
                         const struct admin_source *source, int fd, char error[ADMIN_ERROR_MAX]) {
    u8 *stack;
    error[0] = '\0';
    struct admin *admin = carve(arena, options, source, &stack);
    if (admin == NULL) return NULL;
    admin->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (admin->stop_fd < 0) {
        snprintf(error, ADMIN_ERROR_MAX, "the HTTP plane cannot start: %s", strerror(errno));
        return NULL;
    }
    if (!http_init_answers(admin) || !start_daemon(admin, fd)) {
        http_deinit_answers(admin);
        close(admin->stop_fd);
        snprintf(error, ADMIN_ERROR_MAX,
                 "the HTTP plane cannot start: admin-memory has no room for it, or the host no "
                 "descriptors; raise admin-memory, or use admin-port 0");
        return NULL;
    }
    const int result = start_thread(admin, stack);
    if (result == 0) return admin;
    (void)MHD_quiesce_daemon(admin->daemon); /* the socket stays the caller's */
    MHD_stop_daemon(admin->daemon);
    http_deinit_answers(admin);
    close(admin->stop_fd);
    snprintf(error, ADMIN_ERROR_MAX, "the HTTP plane's thread cannot start: %s", strerror(result));
    return NULL;
}

void admin_deinit(struct admin **admin) {
    struct admin *closed = *admin;
    *admin = NULL;
    if (closed == NULL) return;
    kv_assert(closed->magic == ADMIN_MAGIC);
    const u64 one = 1;
    /* An eventfd that takes no more has been written to already. */
    (void)!write(closed->stop_fd, &one, sizeof(one));
    pthread_join(closed->thread, NULL);
    close(closed->stop_fd);
    closed->magic = 0;
}
