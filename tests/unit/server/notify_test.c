/* Messages to the service manager, as a socket of its kind gets them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "kv/log.h"
#include "kv/notify.h"

#include "../unit.h"

static char folder[] = "/tmp/kv-notify-XXXXXX";
static char path[64];     /* of the manager's socket */
static char log_path[64]; /* what the server says about it */
static int manager;       /* the service manager's end, -1: none */
static struct notify notify;

static void set(const char *name, const char *value) {
    assert_int_equal(value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

static int listen_at(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const size_t size = offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/');
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, (socklen_t)size), 0);
    return fd;
}

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(path, sizeof(path), "%s/manager", folder);
    snprintf(log_path, sizeof(log_path), "%s/log", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static int begin(void **state) {
    (void)state;
    set("NOTIFY_SOCKET", NULL);
    set("WATCHDOG_USEC", NULL);
    set("WATCHDOG_PID", NULL);
    manager = -1;
    return log_init(log_path, LOG_NOTICE);
}

static int end(void **state) {
    (void)state;
    notify_deinit(&notify);
    if (manager >= 0) close(manager);
    log_deinit();
    unlink(path);
    return unlink(log_path);
}

static void start(const char *name) {
    manager = listen_at(name);
    set("NOTIFY_SOCKET", name);
    notify_init(&notify);
    assert_true(notify.fd >= 0);
}

#define assert_message(expected)                                                                   \
    do {                                                                                           \
        char got[2 * NOTIFY_MESSAGE_MAX];                                                          \
        const ssize_t n = recv(manager, got, sizeof(got) - 1, 0);                                  \
        assert_true(n >= 0);                                                                       \
        got[n] = '\0';                                                                             \
        assert_string_equal(got, expected);                                                        \
    } while (0)

static void assert_no_message(void) {
    char got[NOTIFY_MESSAGE_MAX];
    assert_int_equal(recv(manager, got, sizeof(got), 0), -1);
    assert_int_equal(errno, EAGAIN);
}

/* How often the log has this text. */
static u32 count_logged(const char *text) {
    static char content[8192];
    const int fd = open(log_path, O_RDONLY);
    assert_true(fd >= 0);
    const ssize_t n = read(fd, content, sizeof(content) - 1);
    assert_true(n >= 0);
    close(fd);
    content[n] = '\0';
    u32 count = 0;
    for (const char *at = content; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void a_path_and_an_abstract_name(void **state) {
    (void)state;
    char abstract[64];
    snprintf(abstract, sizeof(abstract), "@kv-notify-test-%d", (int)getpid());
    const char *names[] = {path, abstract};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(names); i++) {
        start(names[i]);
        notify_ready(&notify, "ready on 127.0.0.1:1");
        assert_message("READY=1\nSTATUS=ready on 127.0.0.1:1");
        notify_stopping(&notify, "stopping: 3 connections");
        assert_message("STOPPING=1\nSTATUS=stopping: 3 connections");
        assert_no_message();
        notify_deinit(&notify);
        assert_int_equal(notify.fd, -1);
        close(manager);
        manager = -1;
    }
    assert_int_equal(count_logged("\n"), 0);
}

static void nobody_to_tell(void **state) {
    (void)state;
    const char *names[] = {NULL, ""};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(names); i++) {
        set("NOTIFY_SOCKET", names[i]);
        set("WATCHDOG_USEC", "1000");
        notify_init(&notify);
        assert_int_equal(notify.fd, -1);
        notify_ready(&notify, "ready");
        notify_tick(&notify, 5);
        notify_stopping(&notify, "stopping");
        notify_deinit(&notify);
    }
    assert_int_equal(count_logged("\n"), 0);
}

static void a_socket_that_cannot_be_had(void **state) {
    (void)state;
    char too_long[200];
    memset(too_long, 'x', sizeof(too_long));
    too_long[0] = '/';
    too_long[sizeof(too_long) - 1] = '\0';
    char stale[64];
    snprintf(stale, sizeof(stale), "%s", path);
    close(listen_at(stale)); /* its file stays, and nobody receives there */
    const struct {
        const char *name;
        const char *says;
    } cases[] = {
        {"/nowhere/notify", "'/nowhere/notify': No such file or directory; the service manager"},
        {"@kv-notify-nobody", "'@kv-notify-nobody': Connection refused; the service manager"},
        {stale, "manager': Connection refused; the service manager"},
        {too_long, "xxx': too long for a unix socket; the service manager"},
        {"vsock:2:1", "'vsock:2:1': neither a path nor @ and an abstract name; the service"},
        {"/", "'/': neither a path nor @ and an abstract name; the service"},
        {"@", "'@': neither a path nor @ and an abstract name; the service"},
    };
    for (size_t i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        set("NOTIFY_SOCKET", cases[i].name);
        notify_init(&notify);
        assert_int_equal(notify.fd, -1);
        assert_int_equal(count_logged(cases[i].says), 1);
        assert_int_equal(count_logged("\n"), i + 1);
        notify_ready(&notify, "ready");
        notify_tick(&notify, 5);
    }
    assert_int_equal(count_logged("\n"), KV_ARRAY_LENGTH(cases));
}

static void a_sign_of_life_in_half_of_the_time(void **state) {
    (void)state;
    char pid[32];
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    set("WATCHDOG_USEC", "2000000");
    set("WATCHDOG_PID", pid);
    start(path);
    notify_tick(&notify, 7000000);
    assert_message("WATCHDOG=1");
    notify_tick(&notify, 7000001);
    notify_tick(&notify, 7999999);
    assert_no_message();
    notify_tick(&notify, 8000000);
    assert_message("WATCHDOG=1");
    notify_tick(&notify, 20000000); /* late, and once */
    assert_message("WATCHDOG=1");
    notify_tick(&notify, 20999999);
    assert_no_message();
    notify_deinit(&notify);
    set("WATCHDOG_PID", NULL); /* for whoever is told */
    notify_init(&notify);
    notify_tick(&notify, 1);
    assert_message("WATCHDOG=1");
}

static void a_watchdog_of_others_or_none(void **state) {
    (void)state;
    const struct {
        const char *allowed;
        const char *pid;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {NULL, NULL, NULL},
        {"1000", "1", NULL},
        {"abc", NULL, "WATCHDOG_USEC 'abc' is no time in microseconds"},
        {"0", NULL, "WATCHDOG_USEC '0' is no time in microseconds"},
        {"-5", NULL, "WATCHDOG_USEC '-5' is no time in microseconds"},
        {"99999999999999999999", NULL, "WATCHDOG_USEC '99999999999999999999' is no time"},
        {"1000", "me", "WATCHDOG_PID 'me' is no process"},
        {"1000", "0", "WATCHDOG_PID '0' is no process"},
    };
    manager = listen_at(path);
    set("NOTIFY_SOCKET", path);
    u32 lines = 0;
    for (size_t i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        set("WATCHDOG_USEC", cases[i].allowed);
        set("WATCHDOG_PID", cases[i].pid);
        notify_init(&notify);
        notify_tick(&notify, 1000000);
        assert_no_message();
        notify_ready(&notify, "ready");
        assert_message("READY=1\nSTATUS=ready");
        notify_deinit(&notify);
        if (cases[i].says != NULL) {
            lines++;
            assert_int_equal(count_logged(cases[i].says), 1);
        }
        assert_int_equal(count_logged("\n"), lines);
    }
}

static void a_state_is_one_line_and_is_cut(void **state) {
    (void)state;
    start(path);
    notify_ready(&notify, "a\nMAINPID=1\r\x01z");
    assert_message("READY=1\nSTATUS=a?MAINPID=1??z");
    char text[2000];
    char expected[NOTIFY_MESSAGE_MAX];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    notify_ready(&notify, text);
    memset(expected, 'a', sizeof(expected) - 1);
    expected[sizeof(expected) - 1] = '\0';
    memcpy(expected, "READY=1\nSTATUS=", 15);
    assert_message(expected);
}

/* A manager that does not read fills the socket's queue. */
static void a_full_queue_is_logged_once_and_ready_is_said_later(void **state) {
    (void)state;
    set("WATCHDOG_USEC", "2");
    start(path);
    u64 now_us = 1;
    while (count_logged("cannot tell the service manager WATCHDOG=1: Resource temporarily") == 0) {
        assert_true(now_us < 100000);
        notify_tick(&notify, now_us++);
    }
    notify_ready(&notify, "ready");
    notify_tick(&notify, now_us++);
    assert_int_equal(count_logged("\n"), 1);
    for (u64 i = 2; i < now_us - 1; i++)
        assert_message("WATCHDOG=1");
    assert_no_message();
    notify_tick(&notify, now_us++);
    assert_message("READY=1");
    assert_message("WATCHDOG=1");
    notify_tick(&notify, now_us);
    assert_message("WATCHDOG=1");
    assert_no_message();
    assert_int_equal(count_logged("\n"), 1);
}

static void a_manager_that_went_away(void **state) {
    (void)state;
    set("WATCHDOG_USEC", "2");
    start(path);
    close(manager);
    manager = -1;
    for (u64 now_us = 1; now_us < 20; now_us++)
        notify_tick(&notify, now_us);
    notify_stopping(&notify, "stopping");
    assert_int_equal(count_logged("cannot tell the service manager WATCHDOG=1: Connection refused"),
                     1);
    assert_int_equal(count_logged("\n"), 1);
}

#define NOTIFY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        NOTIFY_TEST(a_path_and_an_abstract_name),
        NOTIFY_TEST(nobody_to_tell),
        NOTIFY_TEST(a_socket_that_cannot_be_had),
        NOTIFY_TEST(a_sign_of_life_in_half_of_the_time),
        NOTIFY_TEST(a_watchdog_of_others_or_none),
        NOTIFY_TEST(a_state_is_one_line_and_is_cut),
        NOTIFY_TEST(a_full_queue_is_logged_once_and_ready_is_said_later),
        NOTIFY_TEST(a_manager_that_went_away),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
