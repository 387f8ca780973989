/* The listening sockets. Ports 20000 to 20099 of loopback, and files in a folder of its own. */
#define _GNU_SOURCE 1

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "kv/listener.h"

#include "../unit.h"

enum { PORT = 20011 };

struct fixture {
    struct options options;
    struct listeners listeners;
    char error[LISTENER_ERROR_MAX];
    char folder[64];
};

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/kv-listener-test-XXXXXX");
    if (fixture == NULL || mkdtemp(fixture->folder) == NULL) return -1;
    fixture->options.port = PORT;
    fixture->options.tcp_backlog = 16;
    fixture->options.tcp_keepalive_s = 300;
    snprintf(fixture->options.bind, sizeof(fixture->options.bind), "127.0.0.1");
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static bool open_with(struct fixture *fixture, const char *bind_to) {
    snprintf(fixture->options.bind, sizeof(fixture->options.bind), "%s", bind_to);
    return listeners_open(&fixture->listeners, &fixture->options, fixture->error);
}

static void name_socket(struct fixture *fixture) {
    snprintf(fixture->options.unixsocket, sizeof(fixture->options.unixsocket), "%s/kv.sock",
             fixture->folder);
}

static int connect_tcp(u16 port) {
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(port),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
}

static int option_of(int fd, int level, int option) {
    int value = -1;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

#define assert_says(fixture, text)                                                                 \
    do {                                                                                           \
        if (strstr((fixture)->error, text) == NULL)                                                \
            fail_msg("\"%s\" has no \"%s\"", (fixture)->error, text);                              \
    } while (0)

/* -- TCP -- */

static void tcp_is_listened_on_until_closed(void **state) {
    struct fixture *fixture = *state;
    assert_true(open_with(fixture, "127.0.0.1"));
    assert_int_equal(fixture->listeners.count, 1);
    assert_string_equal(fixture->listeners.entry[0].name, "127.0.0.1:20011");
    assert_false(fixture->listeners.entry[0].is_unix);
    int fd = connect_tcp(PORT);
    assert_true(fd >= 0);
    close(fd);
    listeners_close(&fixture->listeners);
    assert_int_equal(fixture->listeners.count, 0);
    assert_int_equal(connect_tcp(PORT), -1);
    listeners_close(&fixture->listeners);
    /* The port is free at once, though a connection of before lingers. */
    assert_true(open_with(fixture, "127.0.0.1"));
    listeners_close(&fixture->listeners);
}

static void accepted_sockets_inherit_what_clients_need(void **state) {
    struct fixture *fixture = *state;
    assert_true(open_with(fixture, "127.0.0.1"));
    int client = connect_tcp(PORT);
    int fd = accept4(fixture->listeners.entry[0].fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_not_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_int_not_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 300);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 100);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
    close(fd);
    close(client);
    listeners_close(&fixture->listeners);
}

static void keepalive_can_be_off_short_or_longer_than_the_kernel_takes(void **state) {
    struct fixture *fixture = *state;
    fixture->options.tcp_keepalive_s = 0;
    assert_true(open_with(fixture, "127.0.0.1"));
    int fd = fixture->listeners.entry[0].fd;
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_not_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    listeners_close(&fixture->listeners);
    fixture->options.tcp_keepalive_s = 1;
    assert_true(open_with(fixture, "127.0.0.1"));
    fd = fixture->listeners.entry[0].fd;
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    listeners_close(&fixture->listeners);
    fixture->options.tcp_keepalive_s = 86400;
    assert_true(open_with(fixture, "127.0.0.1"));
    fd = fixture->listeners.entry[0].fd;
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 32767);
    listeners_close(&fixture->listeners);
}

static void the_descriptors_do_not_leak_into_programs(void **state) {
    struct fixture *fixture = *state;
    name_socket(fixture);
    assert_true(open_with(fixture, "127.0.0.1"));
    for (u32 i = 0; i < 2; i++)
        assert_int_equal(fcntl(fixture->listeners.entry[i].fd, F_GETFD), FD_CLOEXEC);
    listeners_close(&fixture->listeners);
}

static void several_addresses_and_both_families(void **state) {
    struct fixture *fixture = *state;
    assert_true(open_with(fixture, " 127.0.0.1\t127.0.0.2  -::1 "));
    assert_true(fixture->listeners.count >= 2);
    assert_string_equal(fixture->listeners.entry[1].name, "127.0.0.2:20011");
    if (fixture->listeners.count == 3)
        assert_string_equal(fixture->listeners.entry[2].name, "[::1]:20011");
    listeners_close(&fixture->listeners);
}

/* All of IPv6 must not take IPv4's port. In a network of its own, where nobody can connect. */
static void stars_stand_for_all_addresses(void **state) {
    struct fixture *fixture = *state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNET) != 0) _exit(77);
        if (!open_with(fixture, "* -::*")) _exit(1);
        if (strcmp(fixture->listeners.entry[0].name, "0.0.0.0:20011") != 0) _exit(2);
        if (fixture->listeners.count == 2 &&
            strcmp(fixture->listeners.entry[1].name, "[::]:20011") != 0)
            _exit(3);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip(); /* wants privileges */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_taken_port_is_named(void **state) {
    struct fixture *fixture = *state;
    struct fixture other = *fixture;
    assert_true(open_with(&other, "127.0.0.2"));
    assert_false(open_with(fixture, "127.0.0.1 127.0.0.2"));
    assert_says(fixture, "127.0.0.2:20011");
    assert_says(fixture, "Address already in use");
    assert_int_equal(fixture->listeners.count, 0);
    assert_int_equal(connect_tcp(PORT), -1); /* what was opened was closed again */
    /* A minus excuses an address that does not exist, not one that is taken. */
    assert_false(open_with(fixture, "-127.0.0.2"));
    assert_says(fixture, "Address already in use");
    listeners_close(&other.listeners);
}

static void addresses_that_do_not_exist(void **state) {
    struct fixture *fixture = *state;
    assert_false(open_with(fixture, "192.0.2.1"));
    assert_says(fixture, "192.0.2.1:20011");
    assert_says(fixture, "Cannot assign requested address");
    assert_true(open_with(fixture, "127.0.0.1 -192.0.2.1 -2001:db8::1"));
    assert_int_equal(fixture->listeners.count, 1);
    listeners_close(&fixture->listeners);
    assert_false(open_with(fixture, "-192.0.2.1"));
    assert_says(fixture, "none of the addresses");
    assert_says(fixture, "-192.0.2.1");
    assert_false(open_with(fixture, ""));
    assert_says(fixture, "none of the addresses");
}

static void texts_that_are_no_address(void **state) {
    struct fixture *fixture = *state;
    static const char *const texts[] = {"localhost", "127.0.0", "1.2.3.4.5",
                                        "::g",       "-",       "127.0.0.1:1"};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        assert_false(open_with(fixture, texts[i]));
        assert_says(fixture, "is not an address");
    }
    assert_false(open_with(fixture, "nonsense"));
    assert_says(fixture, "\"nonsense\"");
}

static void too_many_addresses(void **state) {
    struct fixture *fixture = *state;
    char text[OPTION_TEXT_MAX] = "";
    for (u32 i = 1; i <= LISTENERS_MAX + 1; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "127.0.1.%u ", i);
    }
    assert_false(open_with(fixture, text));
    assert_says(fixture, "more than 16");
    assert_int_equal(fixture->listeners.count, 0);
}

static void no_port_and_no_socket_is_nothing(void **state) {
    struct fixture *fixture = *state;
    fixture->options.port = 0;
    assert_false(open_with(fixture, "127.0.0.1"));
    assert_says(fixture, "nothing to listen on");
}

/* -- the unix socket -- */

static void a_unix_socket_alone(void **state) {
    struct fixture *fixture = *state;
    name_socket(fixture);
    fixture->options.port = 0;
    snprintf(fixture->options.unixsocketperm, OPTION_TEXT_MAX, "640");
    assert_true(open_with(fixture, "127.0.0.1"));
    assert_int_equal(fixture->listeners.count, 1);
    assert_true(fixture->listeners.entry[0].is_unix);
    assert_string_equal(fixture->listeners.entry[0].name, fixture->options.unixsocket);
    struct stat status;
    assert_int_equal(stat(fixture->options.unixsocket, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0640);
    int fd = connect_unix(fixture->options.unixsocket);
    assert_true(fd >= 0);
    close(fd);
    listeners_close(&fixture->listeners);
    assert_int_equal(stat(fixture->options.unixsocket, &status), -1);
}

static void without_permissions_the_umask_decides(void **state) {
    struct fixture *fixture = *state;
    struct stat status;
    name_socket(fixture);
    mode_t old = umask(0027);
    bool opened = open_with(fixture, "127.0.0.1");
    umask(old);
    assert_true(opened);
    assert_int_equal(fixture->listeners.count, 2);
    assert_int_equal(stat(fixture->options.unixsocket, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0750);
    listeners_close(&fixture->listeners);
}

static void permissions_that_are_none(void **state) {
    struct fixture *fixture = *state;
    static const char *const texts[] = {"888", "rw", "1000", "-7", "77x", " 7"};
    name_socket(fixture);
    for (size_t i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        snprintf(fixture->options.unixsocketperm, OPTION_TEXT_MAX, "%s", texts[i]);
        assert_false(open_with(fixture, "127.0.0.1"));
        assert_says(fixture, "unixsocketperm");
        assert_says(fixture, texts[i]);
        assert_int_equal(access(fixture->options.unixsocket, F_OK), -1);
        assert_int_equal(connect_tcp(PORT), -1);
    }
}

/* The file of a server that was killed. */
static void a_stale_socket_is_replaced(void **state) {
    struct fixture *fixture = *state;
    name_socket(fixture);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", fixture->options.unixsocket);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    assert_int_equal(access(fixture->options.unixsocket, F_OK), 0);
    assert_true(open_with(fixture, "127.0.0.1"));
    fd = connect_unix(fixture->options.unixsocket);
    assert_true(fd >= 0);
    close(fd);
    listeners_close(&fixture->listeners);
}

static void a_live_socket_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    struct fixture other = *fixture;
    name_socket(fixture);
    name_socket(&other);
    other.options.port = 0;
    assert_true(open_with(&other, ""));
    assert_false(open_with(fixture, "127.0.0.1"));
    assert_says(fixture, fixture->options.unixsocket);
    assert_says(fixture, "another server listens there");
    assert_int_equal(connect_tcp(PORT), -1);
    int fd = connect_unix(other.options.unixsocket);
    assert_true(fd >= 0);
    close(fd);
    listeners_close(&other.listeners);
}

static void another_file_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    name_socket(fixture);
    FILE *file = fopen(fixture->options.unixsocket, "w");
    assert_non_null(file);
    fclose(file);
    assert_false(open_with(fixture, "127.0.0.1"));
    assert_says(fixture, "exists and is not a socket");
    assert_int_equal(unlink(fixture->options.unixsocket), 0);
}

static void paths_that_cannot_be(void **state) {
    struct fixture *fixture = *state;
    snprintf(fixture->options.unixsocket, OPTION_TEXT_MAX, "%s/none/kv.sock", fixture->folder);
    assert_false(open_with(fixture, "127.0.0.1"));
    assert_says(fixture, "none/kv.sock");
    assert_says(fixture, "No such file or directory");
    memset(fixture->options.unixsocket, 'x', 108);
    fixture->options.unixsocket[0] = '/';
    fixture->options.unixsocket[108] = '\0';
    assert_false(open_with(fixture, "127.0.0.1"));
    assert_says(fixture, "108 bytes, at most 107");
}

/* -- who is there -- */

static void peers_are_described_by_address_and_port(void **state) {
    struct fixture *fixture = *state;
    struct peer peer;
    char expected[64];
    assert_true(open_with(fixture, "127.0.0.1"));
    int client = connect_tcp(PORT);
    int fd = accept4(fixture->listeners.entry[0].fd, NULL, NULL, SOCK_CLOEXEC);
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    assert_int_equal(getsockname(client, (struct sockaddr *)&own, &len), 0);
    snprintf(expected, sizeof(expected), "127.0.0.1:%u", ntohs(own.sin_port));
    listener_describe_peer(&fixture->listeners.entry[0], fd, &peer);
    assert_string_equal(peer.addr, expected);
    assert_string_equal(peer.laddr, "127.0.0.1:20011");
    assert_true(peer.local);
    close(fd);
    close(client);
    listeners_close(&fixture->listeners);
}

static void peers_of_ipv6_have_brackets(void **state) {
    struct fixture *fixture = *state;
    struct peer peer;
    const struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (!open_with(fixture, "::1")) skip();
    int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    int fd = accept4(fixture->listeners.entry[0].fd, NULL, NULL, SOCK_CLOEXEC);
    listener_describe_peer(&fixture->listeners.entry[0], fd, &peer);
    assert_memory_equal(peer.addr, "[::1]:", 6);
    assert_string_equal(peer.laddr, "[::1]:20011");
    assert_true(peer.local);
    close(fd);
    close(client);
    listeners_close(&fixture->listeners);
}

static void peers_of_the_unix_socket_are_local(void **state) {
    struct fixture *fixture = *state;
    struct peer peer;
    char expected[LISTENER_NAME_MAX];
    name_socket(fixture);
    fixture->options.port = 0;
    assert_true(open_with(fixture, ""));
    snprintf(expected, sizeof(expected), "%.100s:0", fixture->options.unixsocket);
    listener_describe_peer(&fixture->listeners.entry[0], -1, &peer);
    assert_string_equal(peer.addr, expected);
    assert_string_equal(peer.laddr, expected);
    assert_true(peer.local);
    /* What does not fit is cut. */
    struct listener listener = {.is_unix = true};
    memset(listener.name, 'p', sizeof(listener.name) - 1);
    listener_describe_peer(&listener, -1, &peer);
    assert_int_equal(strlen(peer.addr), 62);
    assert_string_equal(peer.addr + 60, ":0");
    listeners_close(&fixture->listeners);
}

/* A socket that is gone, or that tests made up: nobody knows, so it is a stranger. */
static void who_does_not_say_is_a_stranger(void **state) {
    (void)state;
    struct peer peer;
    const struct listener listener = {.name = "127.0.0.1:20011"};
    listener_describe_peer(&listener, 1 << 24, &peer);
    assert_string_equal(peer.addr, "?:0");
    assert_string_equal(peer.laddr, "?:0");
    assert_false(peer.local);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    listener_describe_peer(&listener, pair[0], &peer);
    assert_string_equal(peer.addr, "?:0");
    assert_false(peer.local);
    close(pair[0]);
    close(pair[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
        TEST(tcp_is_listened_on_until_closed),
        TEST(accepted_sockets_inherit_what_clients_need),
        TEST(keepalive_can_be_off_short_or_longer_than_the_kernel_takes),
        TEST(the_descriptors_do_not_leak_into_programs),
        TEST(several_addresses_and_both_families),
        TEST(stars_stand_for_all_addresses),
        TEST(a_taken_port_is_named),
        TEST(addresses_that_do_not_exist),
        TEST(texts_that_are_no_address),
        TEST(too_many_addresses),
        TEST(no_port_and_no_socket_is_nothing),
        TEST(a_unix_socket_alone),
        TEST(without_permissions_the_umask_decides),
        TEST(permissions_that_are_none),
        TEST(a_stale_socket_is_replaced),
        TEST(a_live_socket_is_left_alone),
        TEST(another_file_is_left_alone),
        TEST(paths_that_cannot_be),
        TEST(peers_are_described_by_address_and_port),
        TEST(peers_of_ipv6_have_brackets),
        TEST(peers_of_the_unix_socket_are_local),
        TEST(who_does_not_say_is_a_stranger),
#undef TEST
    };
    return cmocka_run_group_tests_name("listeners", tests, NULL, NULL);
}
