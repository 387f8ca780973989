/* Accepting and TCP's own ends, the same for each implementation of ring.h. Ports are given by the
 * kernel, of loopback.
 */
#define _GNU_SOURCE 1

#include <netinet/in.h>
#include <sys/un.h>

#include "ring_fixture.h"

static int listen_somewhere(struct sockaddr_in *address) {
    socklen_t len = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)address, len), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

static int connect_to(const struct sockaddr_in *address) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) return fd;
    int code = errno;
    close(fd);
    return -code;
}

static void clients_are_accepted_and_served(void **state) {
    struct net *net = net_open(backend_of(state), 32, 8);
    struct sockaddr_in address;
    int listener = listen_somewhere(&address);
    char got[8];
    assert_int_equal(ring_listen(net->ring, 3, listener), 0);
    for (u32 i = 0; i < 20; i++) {
        int client = connect_to(&address);
        assert_true(client >= 0);
        net_until(net, net->accepted_count == i + 1);
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);
        assert_int_equal(getpeername(net->accepted[i], (struct sockaddr *)&peer, &len), 0);
        assert_int_equal(fcntl(net->accepted[i], F_GETFD), FD_CLOEXEC);
        assert_int_equal(ring_attach(net->ring, i, net->accepted[i]), 0);
        net->slots[i].peer = client;
        ring_receive(net->ring, i);
        net_peer_write(net, i, "PING\r\n", 6);
        net_until(net, net->slots[i].len == 6);
        net_send_one(net, i, "+PONG\r\n", 7);
        net_until(net, net->slots[i].sents == 1);
        assert_int_equal(net_peer_read(net, i, got, sizeof(got)), 7);
    }
    assert_int_equal(net->accept_errors, 0);
    ring_unlisten(net->ring, 3);
    close(listener);
    net_close(net);
}

static void after_unlisten_nobody_is_accepted(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct sockaddr_in address;
    int listener = listen_somewhere(&address);
    assert_int_equal(ring_listen(net->ring, 0, listener), 0);
    int first = connect_to(&address);
    net_until(net, net->accepted_count == 1);
    ring_reject(net->ring, net->accepted[0]);
    u8 got[4];
    assert_int_equal(read(first, got, sizeof(got)), 0); /* the rejected one sees the end */
    close(first);
    ring_unlisten(net->ring, 0);
    close(listener);
    assert_int_equal(connect_to(&address), -ECONNREFUSED);
    net_settle(net);
    assert_int_equal(net->accepted_count, 1);
    /* The number may be used again. */
    listener = listen_somewhere(&address);
    assert_int_equal(ring_listen(net->ring, 0, listener), 0);
    int second = connect_to(&address);
    net_until(net, net->accepted_count == 2);
    ring_reject(net->ring, net->accepted[1]);
    close(second);
    ring_unlisten(net->ring, 0);
    close(listener);
    net_close(net);
}

/* Without descriptors accepting fails, says so, and goes on when there are some again. */
static void accepting_survives_a_want_of_descriptors(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct sockaddr_in address;
    struct rlimit old, tight;
    int listener = listen_somewhere(&address);
    int client = connect_to(&address);
    assert_true(client >= 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(0); /* the next free number: everything from it on is forbidden */
    close(next);
    tight = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    assert_int_equal(ring_listen(net->ring, 0, listener), 0);
    net_until(net, net->accept_errors >= 1);
    assert_int_equal(net->accept_error, -EMFILE);
    assert_int_equal(net->accepted_count, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    net_until(net, net->accepted_count == 1);
    ring_reject(net->ring, net->accepted[0]);
    ring_unlisten(net->ring, 0);
    close(client);
    close(listener);
    net_close(net);
}

static void a_reset_connection_is_an_error(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct sockaddr_in address;
    const struct linger at_once = {.l_onoff = 1};
    int listener = listen_somewhere(&address);
    assert_int_equal(ring_listen(net->ring, 0, listener), 0);
    int client = connect_to(&address);
    net_until(net, net->accepted_count == 1);
    assert_int_equal(ring_attach(net->ring, 0, net->accepted[0]), 0);
    ring_receive(net->ring, 0);
    net_settle(net);
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    close(client);
    net_until(net, net->slots[0].broken != 0);
    assert_int_equal(net->slots[0].broken, -ECONNRESET);
    net_send_one(net, 0, "x", 1);
    net_until(net, net->slots[0].sents == 1);
    assert_int_equal(net->slots[0].sent_result, -EPIPE);
    net_settle(net);
    ring_close(net->ring, 0);
    net_until(net, net->slots[0].closed == 1);
    close(listener);
    net_close(net);
}

/* More connects at once than there are completion entries: the kernel keeps what does not fit. */
static void a_flood_of_connects_overflows_nothing(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const u32 wanted = 3500;
    static int clients[3500];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 8000) {
        net_close(net);
        skip();
    }
    snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "kv-ring-test-%d", getpid());
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4096), 0);
    u32 count = 0;
    for (; count < wanted; count++) {
        clients[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(clients[count], (struct sockaddr *)&address, sizeof(address)) == 0) continue;
        close(clients[count]); /* net.core.somaxconn is lower here */
        break;
    }
    assert_int_equal(ring_listen(net->ring, 0, listener), 0);
    net_until(net, net->accepted_count == count);
    net_settle(net);
    assert_int_equal(net->accepted_count, count);
    if (backend_of(state)->choice == IO_BACKEND_IO_URING && count > 2048)
        assert_true(net->ring->overflows > 0);
    for (u32 i = 0; i < count; i++) {
        ring_reject(net->ring, net->accepted[i]);
        close(clients[i]);
    }
    ring_unlisten(net->ring, 0);
    close(listener);
    net_close(net);
}

static int run_all(const struct backend *backend) {
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_prestate(function, (void *)(uintptr_t)backend)
        TEST(clients_are_accepted_and_served),          TEST(after_unlisten_nobody_is_accepted),
        TEST(accepting_survives_a_want_of_descriptors), TEST(a_reset_connection_is_an_error),
        TEST(a_flood_of_connects_overflows_nothing),
#undef TEST
    };
    return cmocka_run_group_tests_name(net_group_name("accepting", backend), tests, NULL, NULL);
}

int main(void) {
    return net_run_over_all(run_all);
}
