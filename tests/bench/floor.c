/* floor.c: what no server on this stack can beat. It receives and sends through the same ring as
 * kv, parses the same grammar, and answers constants: what a command costs here is the kernel's
 * network, the ring and the parser. The difference between kv and this is kv's own work.
 *
 *   floor PORT VALUE_BYTES [io_uring|epoll|auto]
 *
 * Listens on 127.0.0.1. GET answers VALUE_BYTES bytes, LRANGE a hundred bulks of VALUE_BYTES / 10
 * bytes, PING +PONG, anything else +OK. SIGTERM or SIGINT ends it; it then writes how many commands
 * and turns there were, and what one command cost of CPU time.
 *
 * Not a server for clients one does not know: a request longer than a receive buffer, or a client
 * that reads no replies, closes its connection.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "kv/assert.h"
#include "kv/listener.h"
#include "kv/parse.h"
#include "kv/ring.h"

#define CONNECTIONS 1024u
#define BUFFERS 1024u
#define ARGS_MAX 512u
#define LRANGE_BULKS 100u
/* Replies that a connection may have waiting: more than a pipeline of 1000 GETs of a KiB. */
#define OUT_BYTES 2097152u

struct connection {
    bool open, closing, sending;
    u32 begin, end; /* of what waits in `out` */
    u32 partial;    /* bytes of a request that is not complete, kept in `rest` */
    struct request_scan scan;
    u8 *out; /* OUT_BYTES */
    u8 rest[RECEIVE_BUFFER_BYTES * 2];
};

struct constant {
    u8 *data;
    u32 len;
};

struct floor_server {
    struct options options;
    struct limits limits;
    struct budget budget;
    struct arena arena;
    struct listeners listeners;
    struct ring *ring;
    struct constant get, lrange;
    struct parse_limits parse_limits;
    u64 commands;
    struct connection *connections;
};

/* The only mutable thing outside main: what the signal handler may touch. */
static volatile sig_atomic_t stopping;

static void on_signal(int number) {
    (void)number;
    stopping = 1;
}

static struct constant make_bulks(u32 bulks, u32 bytes) {
    struct constant constant = {.data = malloc(64ul + bulks * (bytes + 32ul))};
    kv_assert(constant.data != NULL);
    char *out = (char *)constant.data;
    if (bulks > 1) out += sprintf(out, "*%u\r\n", bulks);
    for (u32 i = 0; i < bulks; i++) {
        out += sprintf(out, "$%u\r\n", bytes);
        memset(out, 'x', bytes);
        out += bytes;
        memcpy(out, "\r\n", 2);
        out += 2;
    }
    constant.len = (u32)((u8 *)out - constant.data);
    return constant;
}

static void begin_close(struct floor_server *server, u32 slot) {
    struct connection *connection = &server->connections[slot];
    if (connection->closing) return;
    connection->closing = true;
    ring_close(server->ring, slot);
}

static bool answer(struct connection *connection, const void *data, u32 len) {
    if (len > OUT_BYTES - connection->end) return false;
    memcpy(connection->out + connection->end, data, len);
    connection->end += len;
    return true;
}

static bool execute(struct floor_server *server, struct connection *connection,
                    struct bytes command) {
    server->commands++;
    if (bytes_is_word(command, "get")) return answer(connection, server->get.data, server->get.len);
    if (bytes_is_word(command, "lrange"))
        return answer(connection, server->lrange.data, server->lrange.len);
    if (bytes_is_word(command, "ping")) return answer(connection, "+PONG\r\n", 7);
    if (bytes_is_word(command, "config")) return answer(connection, "*0\r\n", 4);
    return answer(connection, "+OK\r\n", 5);
}

/* Executes the complete requests in `data`. Returns how many bytes are done with, or UINT32_MAX
 * when the connection is to be closed. */
static u32 execute_all(struct floor_server *server, struct connection *connection, u8 *data,
                       u32 len) {
    struct bytes argv[ARGS_MAX];
    struct parse_output out;
    u32 done = 0;
    while (done < len) {
        enum parse_result result = request_parse(&connection->scan, data + done, len - done,
                                                 &server->parse_limits, argv, ARGS_MAX, &out);
        if (result == PARSE_INCOMPLETE) return done;
        if (result != PARSE_REQUEST) return UINT32_MAX;
        if (out.argc > 0 && !execute(server, connection, argv[0])) return UINT32_MAX;
        done += (u32)out.consumed;
    }
    return done;
}

static void send_replies(struct floor_server *server, u32 slot) {
    struct connection *connection = &server->connections[slot];
    if (connection->sending || connection->closing || connection->begin == connection->end) return;
    struct iovec piece = {.iov_base = connection->out + connection->begin,
                          .iov_len = connection->end - connection->begin};
    connection->sending = true;
    ring_send(server->ring, slot, &piece, 1);
}

/* A request that is not complete is copied together with what follows it. */
static void on_bytes(struct floor_server *server, const struct ring_event *event) {
    struct connection *connection = &server->connections[event->slot];
    u8 *data = event->data;
    u32 len = (u32)event->result;
    if (connection->partial > 0) {
        memcpy(connection->rest + connection->partial, data, len);
        data = connection->rest;
        len += connection->partial;
    }
    u32 done = execute_all(server, connection, data, len);
    bool fits = done != UINT32_MAX && len - done <= RECEIVE_BUFFER_BYTES;
    if (fits) {
        memmove(connection->rest, data + done, len - done);
        connection->partial = len - done;
    }
    ring_buffer_put(server->ring, event->buffer);
    if (fits)
        send_replies(server, event->slot);
    else
        begin_close(server, event->slot);
}

static void on_sent(struct floor_server *server, const struct ring_event *event) {
    struct connection *connection = &server->connections[event->slot];
    connection->sending = false;
    if (event->result < 0) {
        begin_close(server, event->slot);
        return;
    }
    connection->begin += (u32)event->result;
    if (connection->begin == connection->end) connection->begin = connection->end = 0;
    send_replies(server, event->slot);
}

static void on_accepted(struct floor_server *server, i32 fd) {
    if (fd < 0) return;
    for (u32 slot = 0; slot < CONNECTIONS; slot++) {
        struct connection *connection = &server->connections[slot];
        if (connection->open) continue;
        if (ring_attach(server->ring, slot, fd) < 0) return;
        if (connection->out == NULL) connection->out = malloc(OUT_BYTES);
        kv_assert(connection->out != NULL);
        u8 *out = connection->out;
        memset(connection, 0, offsetof(struct connection, rest));
        connection->open = true;
        connection->out = out;
        ring_receive(server->ring, slot);
        return;
    }
    ring_reject(server->ring, fd);
}

static void on_event(struct floor_server *server, const struct ring_event *event) {
    if (event->type == RING_ACCEPTED) {
        on_accepted(server, event->result);
        return;
    }
    struct connection *connection = &server->connections[event->slot];
    if (event->type == RING_CLOSED) {
        connection->open = false;
    } else if (event->type == RING_RECEIVED && event->result > 0) {
        if (connection->closing)
            ring_buffer_put(server->ring, event->buffer);
        else
            on_bytes(server, event);
    } else if (connection->closing || event->result == -ENOBUFS) {
        return;
    } else if (event->type == RING_SENT) {
        on_sent(server, event);
    } else {
        begin_close(server, event->slot);
    }
}

static void start(struct floor_server *server, u64 port, u32 value_bytes, u32 backend) {
    char note[RING_ERROR_MAX], error[LISTENER_ERROR_MAX];
    options_default(&server->options);
    server->options.connections_max = CONNECTIONS;
    server->options.port = port;
    server->options.io_backend = backend;
    snprintf(server->options.bind, sizeof(server->options.bind), "127.0.0.1");
    server->limits.receive_buffers = BUFFERS;
    server->parse_limits = (struct parse_limits){.bulk_max = 536870912,
                                                 .arg_max = 536870912,
                                                 .request_max = 536870912,
                                                 .args_max = ARGS_MAX,
                                                 .inline_max = 65536,
                                                 .authenticated = true};
    server->get = make_bulks(1, value_bytes);
    server->lrange = make_bulks(LRANGE_BULKS, value_bytes / 10);
    server->connections = calloc(CONNECTIONS + RING_SPARE_SLOTS, sizeof(struct connection));
    kv_assert(server->connections != NULL);
    budget_init(&server->budget);
    ring_budget(&server->options, &server->limits, &server->budget);
    budget_finish(&server->budget);
    if (!arena_init(&server->arena, &server->budget, true, error)) KV_FATAL("%s", error);
    server->ring = ring_init(&server->arena, &server->options, &server->limits, note, error);
    if (server->ring == NULL) KV_FATAL("%s", error);
    if (note[0] != '\0') fprintf(stderr, "%s\n", note);
    arena_seal(&server->arena);
    if (!listeners_open(&server->listeners, &server->options, error)) KV_FATAL("%s", error);
    ring_listen(server->ring, 0, server->listeners.entry[0].fd);
}

static void report(const struct floor_server *server) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    double commands = (double)u64_max(server->commands, 1);
    double turns = (double)u64_max(server->ring->waits, 1);
    printf("%s: %llu commands, %.1f per turn, %.3f us of CPU each (%.3f user)\n",
           server->ring->operations->name, (unsigned long long)server->commands, commands / turns,
           us / commands,
           ((double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec) / commands);
}

int main(int argc, char **argv) {
    static const char *const words[] = {"auto", "io_uring", "epoll"};
    static struct ring_event events[RING_EVENTS_MAX];
    u32 backend = 0;
    while (argc == 4 && backend < 3 && strcmp(argv[3], words[backend]) != 0)
        backend++;
    if (argc < 3 || argc > 4 || backend == 3) {
        fprintf(stderr, "usage: floor PORT VALUE_BYTES [io_uring|epoll|auto]\n");
        return 2;
    }
    struct floor_server *server = calloc(1, sizeof(*server));
    kv_assert(server != NULL);
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    u32 value_bytes = (u32)strtoul(argv[2], NULL, 10);
    start(server, strtoul(argv[1], NULL, 10), u32_min(value_bytes, OUT_BYTES / 2), backend);
    while (!stopping) {
        u32 count = ring_wait(server->ring, 1000000, events, RING_EVENTS_MAX);
        for (u32 i = 0; i < count; i++)
            on_event(server, &events[i]);
    }
    report(server);
    ring_unlisten(server->ring, 0);
    listeners_close(&server->listeners);
    ring_deinit(server->ring);
    return 0;
}
