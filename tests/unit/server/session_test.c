/* Sessions: bytes to commands to replies, in order, whatever the cuts; and how a connection ends.
 */
#include "kv/version.h"

#include "world.h"

static struct world *open_small(void) {
    const struct world_setup setup = world_setup_small();
    return world_open(&setup);
}

static u64 counter_rejected(const struct world *world) {
    return world->engine.stats.counters.connections_rejected;
}

/* -- requests -- */

static void replies_come_in_the_order_of_the_requests(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world_ask(world, client, "PING\r\n", "+PONG\r\n");
    world_ask(world, client,
              "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
              "+OK\r\n$5\r\nhello\r\n");
    world_ask(world, client, "\r\n\n*0\r\n*-1\r\nECHO  a\r\n", "$1\r\na\r\n");
    world_ask(world, client, "STRLEN k\r\nNOSUCH\r\nINCR k\r\n",
              ":5\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n"
              "-ERR value is not an integer or out of range\r\n");
    assert_int_equal(world->engine.stats.counters.commands_processed, 6);
    assert_int_equal(world->engine.stats.counters.error_replies, 2);
    world_close(&world);
}

static void pipelines_are_deeper_than_a_batch(void **state) {
    (void)state;
    struct world *world = open_small();
    struct buffer wanted = {0};
    u32 client = world_connect(world);
    struct buffer *input = &world->clients[client].input;
    for (u32 i = 0; i < 20 * BATCH_REQUESTS + 7; i++) {
        buffer_printf(input, "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
        buffer_printf(&wanted, ":%u\r\n", i + 1);
        if (i % 3 == 0) buffer_text(input, "PING x\r\n");
        if (i % 3 == 0) buffer_text(&wanted, "$1\r\nx\r\n");
    }
    world_settle(world);
    world_expect_bytes(world, client, wanted.data, wanted.len);
    buffer_free(&wanted);
    world_close(&world);
}

/* One request with as many arguments as the batch holds in all fits none behind another. */
static void requests_with_many_arguments_wait_for_an_empty_batch(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.request_args_max = 100;
    struct world *world = world_open(&setup);
    u32 clients[3];
    for (u32 c = 0; c < 3; c++) {
        clients[c] = world_connect(world);
        struct buffer *input = &world->clients[clients[c]].input;
        for (u32 i = 0; i < 5; i++) {
            buffer_text(input, "PING\r\n*100\r\n$6\r\nEXISTS\r\n");
            for (u32 k = 1; k < 100; k++)
                buffer_text(input, "$1\r\nk\r\n");
            buffer_text(input, "del");
            for (u32 k = 0; k < 60; k++)
                buffer_text(input, " k");
            buffer_text(input, "\r\n");
        }
        buffer_text(input, "*101\r\n");
    }
    world_settle(world);
    for (u32 c = 0; c < 3; c++) {
        world_expect(world, clients[c],
                     "+PONG\r\n:0\r\n:0\r\n+PONG\r\n:0\r\n:0\r\n+PONG\r\n:0\r\n:0\r\n"
                     "+PONG\r\n:0\r\n:0\r\n+PONG\r\n:0\r\n:0\r\n"
                     "-ERR Protocol error: invalid multibulk length\r\n");
        assert_false(world_is_open(world, clients[c]));
    }
    world_close(&world);
}

static void add_rich_stream(struct buffer *in, struct buffer *out) {
    buffer_text(in, "*3\r\n$3\r\nSET\r\n$2\r\nk1\r\n$10\r\n0123456789\r\n");
    buffer_text(out, "+OK\r\n");
    buffer_text(in, "SET k2 \"a \\x41\\n b\"\r\n");
    buffer_text(out, "+OK\r\n");
    buffer_text(in, "\r\n*0\r\nGET k2\r\n*3\r\n$4\r\nMGET\r\n$2\r\nk1\r\n$2\r\nk3\r\n");
    buffer_text(out, "$6\r\na A\n b\r\n*2\r\n$10\r\n0123456789\r\n$-1\r\n");
    buffer_text(in,
                "*6\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$0\r\n\r\n$2\r\n12\r\n$3\r\nabc\r\n$1\r\n\r\r\n");
    buffer_text(out, ":4\r\n");
    buffer_text(in, "LRANGE l 0 -1\r\nSELECT 3\r\nGET k1\r\nSELECT 0\r\n");
    buffer_text(out, "*4\r\n$0\r\n\r\n$2\r\n12\r\n$3\r\nabc\r\n$1\r\n\r\r\n+OK\r\n$-1\r\n+OK\r\n");
    buffer_printf(in, "*3\r\n$3\r\nSET\r\n$2\r\nk1\r\n$%u\r\n", 30100);
    buffer_fill(in, 'x', 30100);
    buffer_text(in, "\r\n");
    buffer_text(out, "-ERR value of 30100 bytes exceeds val-size-max (30000)\r\n");
    buffer_text(in, "APPEND k1 'x\\'y'\r\nDEL k1 k2 l\r\nDBSIZE\r\nECHO $\r\n");
    buffer_text(out, ":13\r\n:3\r\n:0\r\n$1\r\n$\r\n");
}

static void a_stream_cut_anywhere_gives_the_same_replies(void **state) {
    (void)state;
    struct buffer in = {0}, out = {0};
    struct world *world = open_small();
    add_rich_stream(&in, &out);
    u32 client = world_connect(world);
    for (size_t cut = 1; cut < in.len; cut++) {
        /* The long value is all the same inside. */
        if (cut > 400 && cut < in.len - 200 && cut % 997 != 0) continue;
        world_send(world, client, in.data, cut);
        world_pump(world);
        world_turn(world);
        world_turn(world);
        world_send(world, client, in.data + cut, in.len - cut);
        world_settle(world);
        world_expect_bytes(world, client, out.data, out.len);
        world->clients[client].input.len = world->clients[client].written = 0;
    }
    buffer_free(&in);
    buffer_free(&out);
    world_close(&world);
}

static void a_stream_may_come_byte_by_byte(void **state) {
    (void)state;
    struct buffer out = {0};
    struct world *world = open_small();
    u32 client = world_connect(world);
    world->clients[client].write_max = 1;
    world->clients[client].read_max = 1;
    add_rich_stream(&world->clients[client].input, &out);
    world_settle(world);
    world_expect_bytes(world, client, out.data, out.len);
    buffer_free(&out);
    world_close(&world);
}

/* Every byte of a request is once the first of the next receive buffer. */
static void requests_cross_buffers_at_every_position(void **state) {
    (void)state;
    static const char request[] = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$12\r\nhello, world\r\n"
                                  "GETT key\r\nGET key\r\n*2\r\n$6\r\nSTRLEN\r\n$3\r\nkey\r\n";
    static const char reply[] = "+OK\r\n-ERR unknown command 'GETT', with args beginning with: "
                                "'key' \r\n$12\r\nhello, world\r\n:12\r\n";
    struct world *world = open_small();
    u32 client = world_connect(world);
    for (size_t before = 0; before <= sizeof(request); before++) {
        struct buffer in = {0}, out = {0};
        const size_t padding = RECEIVE_BUFFER_BYTES - before;
        const size_t echo = padding - strlen("*2\r\n$4\r\nECHO\r\n$16000\r\n\r\n");
        buffer_printf(&in, "*2\r\n$4\r\nECHO\r\n$%zu\r\n", echo);
        buffer_fill(&in, 'p', echo);
        buffer_text(&in, "\r\n");
        assert_int_equal(in.len, padding);
        buffer_printf(&out, "$%zu\r\n", echo);
        buffer_fill(&out, 'p', echo);
        buffer_text(&out, "\r\n");
        for (u32 i = 0; i < 3; i++) {
            buffer_text(&in, request);
            buffer_text(&out, reply);
        }
        world_send(world, client, in.data, in.len);
        world_settle(world);
        world_expect_bytes(world, client, out.data, out.len);
        buffer_free(&in);
        buffer_free(&out);
    }
    world_close(&world);
}

static void databases_and_flushes_change_in_the_middle_of_a_batch(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world_ask(
        world, client,
        "SET k 0\r\nSELECT 1\r\nGET k\r\nSET k 1\r\nSELECT 0\r\nGET k\r\nSELECT 1\r\nGET k\r\n"
        "FLUSHDB\r\nGET k\r\nSET k 2\r\nGET k\r\nSELECT 0\r\nGET k\r\nFLUSHALL\r\nGET k\r\n"
        "SET k 3\r\nGET k\r\nDBSIZE\r\nSELECT 16\r\nGET k\r\nRESET\r\nGET k\r\n",
        "+OK\r\n+OK\r\n$-1\r\n+OK\r\n+OK\r\n$1\r\n0\r\n+OK\r\n$1\r\n1\r\n"
        "+OK\r\n$-1\r\n+OK\r\n$1\r\n2\r\n+OK\r\n$1\r\n0\r\n+OK\r\n$-1\r\n"
        "+OK\r\n$1\r\n3\r\n:1\r\n-ERR DB index is out of "
        "range\r\n$1\r\n3\r\n+RESET\r\n$1\r\n3\r\n");
    world_close(&world);
}

static void the_protocol_changes_in_the_middle_of_a_batch(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world_ask(world, client, "GET k\r\nHELLO 3\r\nGET k\r\nHELLO 4\r\nHELLO 2\r\nGET k\r\n",
              "$-1\r\n%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n" KV_REDIS_VERSION
              "\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
              "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n_\r\n"
              "-NOPROTO unsupported protocol version\r\n"
              "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n" KV_REDIS_VERSION
              "\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
              "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n$-1\r\n");
    world_close(&world);
}

/* -- passwords -- */

static void what_follows_auth_is_read_as_its_answer_allows(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    strcpy(setup.options.requirepass, "secret");
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    /* 11 arguments: more than a stranger may send. */
    world_ask(world, client,
              "GET k\r\nAUTH wrong\r\nAUTH secret\r\n"
              "*11\r\n$6\r\nEXISTS\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n"
              "$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\nRESET\r\nGET k\r\n",
              "-NOAUTH Authentication required.\r\n"
              "-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n:0\r\n"
              "+RESET\r\n-NOAUTH Authentication required.\r\n");
    u32 stranger = world_connect(world);
    world_ask(world, stranger, "PING\r\n*11\r\n$6\r\nEXISTS\r\n",
              "-NOAUTH Authentication required.\r\n"
              "-ERR Protocol error: unauthenticated multibulk length\r\n");
    assert_false(world_is_open(world, stranger));
    stranger = world_connect(world);
    world_ask(world, stranger, "*2\r\n$4\r\nAUTH\r\n$16385\r\n",
              "-ERR Protocol error: unauthenticated bulk length\r\n");
    assert_false(world_is_open(world, stranger));
    assert_int_equal(world->engine.stats.counters.protocol_errors, 2);
    world_close(&world);
}

static void protected_mode_refuses_other_machines(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect_to(world, WORLD_REMOTE);
    world_send_text(world, client, "PING\r\n");
    world_settle(world);
    const struct buffer *reply = &world->clients[client].reply;
    assert_true(reply->len > 8 && memcmp(reply->data, "-DENIED ", 8) == 0);
    assert_false(world_is_open(world, client));
    assert_int_equal(counter_rejected(world), 1);
    world->engine.options.protected_mode = false;
    client = world_connect_to(world, WORLD_REMOTE);
    world_ask(world, client, "PING\r\n", "+PONG\r\n");
    world_close(&world);
}

/* -- too long -- */

static void too_long_values_are_skipped_and_the_connection_lives(void **state) {
    (void)state;
    for (size_t piece = 1; piece < 100000; piece = piece * 7 + 13) {
        struct world *world = open_small();
        u32 client = world_connect(world);
        struct buffer *input = &world->clients[client].input;
        world->clients[client].write_max = piece;
        buffer_text(input, "SET k v\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30001\r\n");
        buffer_fill(input, '\n', 30001);
        buffer_text(input, "\r\nGET k\r\n*4\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$1\r\na\r\n$90000\r\n");
        buffer_fill(input, '*', 90000);
        buffer_text(input, "\r\nLLEN l\r\nSET k2 ");
        buffer_fill(input, 'i', 30001);
        buffer_text(input, "\r\nEXISTS k2\r\n");
        world_settle(world);
        world_expect(world, client,
                     "+OK\r\n-ERR value of 30001 bytes exceeds val-size-max (30000)\r\n"
                     "$1\r\nv\r\n-ERR value of 90000 bytes exceeds val-size-max (30000)\r\n:0\r\n"
                     "-ERR value of 30001 bytes exceeds val-size-max (30000)\r\n:0\r\n");
        assert_int_equal(world->engine.stats.counters.requests_too_long, 3);
        world_close(&world);
    }
}

static void too_long_requests_are_skipped_too(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    struct buffer *input = &world->clients[client].input;
    buffer_text(input, "*22\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n");
    for (u32 i = 0; i < 20; i++) {
        buffer_text(input, "$30000\r\n");
        buffer_fill(input, 'v', 30000);
        buffer_text(input, "\r\n");
    }
    const size_t len = input->len;
    buffer_text(input, "LLEN l\r\n");
    struct buffer wanted = {0};
    buffer_printf(&wanted, "-ERR request of %zu bytes exceeds request-size-max (262144)\r\n:0\r\n",
                  len);
    world_settle(world);
    world_expect_bytes(world, client, wanted.data, wanted.len);
    buffer_free(&wanted);
    world_close(&world);
}

/* -- ends -- */

struct broken {
    const char *bytes;
    const char *error;
};

static const struct broken broken[] = {
    {"*1\r\n+4\r\nPING\r\n", "expected '$', got '+'"},
    {"*x\r\n", "invalid multibulk length"},
    {"*2000000\r\n", "invalid multibulk length"},
    {"*1\r\n$-5\r\n", "invalid bulk length"},
    {"*1\r\n$9999999999\r\n", "invalid bulk length"},
    {"SET k \"v\r\n", "unbalanced quotes in request"},
};

static void a_broken_frame_ends_after_the_replies_before_it(void **state) {
    (void)state;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(broken); i++) {
        struct world *world = open_small();
        char wanted[256];
        u32 client = world_connect(world), other = world_connect(world);
        world_send_text(world, client, "SET k v\r\nGET k\r\n");
        world_send_text(world, client, broken[i].bytes);
        world_send_text(world, client, "FLUSHALL\r\n");
        snprintf(wanted, sizeof(wanted), "+OK\r\n$1\r\nv\r\n-ERR Protocol error: %s\r\n",
                 broken[i].error);
        world_settle(world);
        world_expect(world, client, wanted);
        assert_false(world_is_open(world, client));
        world_ask(world, other, "GET k\r\n", "$1\r\nv\r\n");
        assert_int_equal(world->engine.stats.counters.protocol_errors, 1);
        world_close(&world);
    }
}

static void an_endless_line_is_broken_too(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world_send_text(world, client, "PING\r\n");
    buffer_fill(&world->clients[client].input, 'a', INLINE_MAX + 1);
    world_settle(world);
    world_expect(world, client, "+PONG\r\n-ERR Protocol error: too big inline request\r\n");
    assert_false(world_is_open(world, client));
    world_close(&world);
}

static void the_longest_line_is_served(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.val_size_max = 100000;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    struct buffer wanted = {0};
    for (u32 i = 0; i < 3; i++) {
        world_send_text(world, client, "ECHO ");
        buffer_fill(&world->clients[client].input, 'a', INLINE_MAX - 6);
        world_send_text(world, client, "\r\n");
        buffer_printf(&wanted, "$%u\r\n", INLINE_MAX - 6);
        buffer_fill(&wanted, 'a', INLINE_MAX - 6);
        buffer_text(&wanted, "\r\n");
    }
    world_settle(world);
    world_expect_bytes(world, client, wanted.data, wanted.len);
    buffer_free(&wanted);
    world_close(&world);
}

static void nothing_behind_quit_is_executed(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world), other = world_connect(world);
    world_send_text(world, client, "SET k v\r\nQUIT\r\nFLUSHALL\r\n*3\r\n$3\r\nSET\r\n$1\r\n");
    world_settle(world);
    world_expect(world, client, "+OK\r\n+OK\r\n");
    assert_false(world_is_open(world, client));
    world_ask(world, other, "GET k\r\n", "$1\r\nv\r\n");
    world_close(&world);
}

static void web_pages_are_turned_away(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world), other = world_connect(world);
    world_send_text(world, client, "SET k v\r\nPOST / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n");
    world_settle(world);
    world_expect(world, client, "+OK\r\n");
    assert_false(world_is_open(world, client));
    world_ask(world, other, "GET k\r\n", "$1\r\nv\r\n");
    world_close(&world);
}

static void a_client_that_ends_gets_its_answers(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world->clients[client].ending = true;
    world_send_text(world, client, "SET k v\r\nGET k\r\n*2\r\n$3\r\nGET\r\n$1");
    world_settle(world);
    world_expect(world, client, "+OK\r\n$1\r\nv\r\n");
    assert_int_equal(ring_sim_client_end(world->ring, world->clients[client].number),
                     RING_SIM_ENDED);
    world_close(&world);
}

/* The end of the stream arrives while the client has more unread replies than a session may. */
static void a_client_that_ends_early_gets_all_its_answers(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    struct buffer wanted = {0};
    struct buffer *input = &world->clients[client].input;
    buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30000\r\n");
    buffer_fill(input, 'v', 30000);
    buffer_text(input, "\r\n");
    buffer_text(&wanted, "+OK\r\n");
    for (u32 i = 0; i < 40; i++) {
        buffer_text(input, "GET k\r\n");
        buffer_text(&wanted, "$30000\r\n");
        buffer_fill(&wanted, 'v', 30000);
        buffer_text(&wanted, "\r\n");
    }
    buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30001\r\n");
    buffer_fill(input, 'w', 30001);
    buffer_text(input, "\r\n");
    buffer_text(&wanted, "-ERR value of 30001 bytes exceeds val-size-max (30000)\r\n");
    world->clients[client].ending = true;
    world->clients[client].deaf = true;
    world_settle(world);
    world->clients[client].deaf = false;
    world->clients[client].read_max = 5000;
    world_settle(world);
    world_expect_bytes(world, client, wanted.data, wanted.len);
    assert_int_equal(ring_sim_client_end(world->ring, world->clients[client].number),
                     RING_SIM_ENDED);
    buffer_free(&wanted);
    world_close(&world);
}

/* What could not be parsed is answered behind replies that leave slowly, without anything new. */
static void an_error_behind_a_long_output_is_not_forgotten(void **state) {
    (void)state;
    static const char *const last[] = {"*1\r\n$-5\r\n", NULL};
    for (u32 kind = 0; kind < KV_ARRAY_LENGTH(last); kind++) {
        struct world_setup setup = world_setup_small();
        setup.options.reply_size_max = 4 * OUTPUT_PAUSE_BYTES;
        struct world *world = world_open(&setup);
        u32 client = world_connect(world);
        struct buffer *input = &world->clients[client].input;
        buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30000\r\n");
        buffer_fill(input, 'v', 30000);
        buffer_text(input, "\r\nGET k\r\nGET k\r\nGET k\r\nGET k\r\nGET k\r\nGET k\r\nGET k\r\n");
        buffer_text(input, "GET k\r\nGET k\r\n");
        if (last[kind] != NULL) {
            buffer_text(input, last[kind]);
        } else {
            buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$40001\r\n");
            buffer_fill(input, 'w', 40001);
            buffer_text(input, "\r\n");
        }
        world_settle(world);
        const struct buffer *reply = &world->clients[client].reply;
        const char *wanted = last[kind] != NULL
                                 ? "-ERR Protocol error: invalid bulk length\r\n"
                                 : "-ERR value of 40001 bytes exceeds val-size-max (30000)\r\n";
        assert_true(reply->len > 9 * 30000);
        assert_memory_equal(reply->data + reply->len - strlen(wanted), wanted, strlen(wanted));
        assert_int_equal(world_is_open(world, client), last[kind] == NULL);
        world_close(&world);
    }
}

/* -- too many -- */

static void one_client_too_many_is_told_so(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 clients[16];
    for (u32 i = 0; i < 16; i++) {
        clients[i] = world_connect(world);
        world_ask(world, clients[i], "PING\r\n", "+PONG\r\n");
    }
    for (u32 i = 0; i < 3; i++) {
        u32 refused = world_connect(world);
        if (i == 1) world_send_text(world, refused, "PING\r\n");
        world_settle(world);
        world_expect(world, refused, "-ERR max number of clients reached\r\n");
        assert_false(world_is_open(world, refused));
        assert_int_equal(counter_rejected(world), i + 1);
    }
    assert_int_equal(world->engine.clients.gauge.exhausted, 3);
    world_ask(world, clients[7], "PING\r\n", "+PONG\r\n");
    world_ask(world, clients[3], "QUIT\r\n", "+OK\r\n");
    u32 late = world_connect(world);
    world_ask(world, late, "PING\r\n", "+PONG\r\n");
    world_close(&world);
}

/* More at once than there are even spare slots: nobody hangs, and all are counted. */
static void a_crowd_is_refused(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 served = 0, told = 0, closed = 0;
    for (u32 i = 0; i < 80; i++)
        world_send_text(world, world_connect(world), "PING\r\n");
    world_settle(world);
    for (u32 i = 0; i < 80; i++) {
        const struct buffer *reply = &world->clients[i].reply;
        served += reply->len == 7 && memcmp(reply->data, "+PONG\r\n", 7) == 0;
        told += reply->len == 36 && reply->data[0] == '-';
        closed += !world_is_open(world, i);
    }
    assert_int_equal(served, 16);
    assert_true(told >= RING_SPARE_SLOTS);
    assert_int_equal(closed, 64);
    assert_int_equal(counter_rejected(world), 64);
    assert_int_equal(world->engine.stats.counters.connections_received, 80);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_come_in_the_order_of_the_requests),
        cmocka_unit_test(pipelines_are_deeper_than_a_batch),
        cmocka_unit_test(requests_with_many_arguments_wait_for_an_empty_batch),
        cmocka_unit_test(a_stream_cut_anywhere_gives_the_same_replies),
        cmocka_unit_test(a_stream_may_come_byte_by_byte),
        cmocka_unit_test(requests_cross_buffers_at_every_position),
        cmocka_unit_test(databases_and_flushes_change_in_the_middle_of_a_batch),
        cmocka_unit_test(the_protocol_changes_in_the_middle_of_a_batch),
        cmocka_unit_test(what_follows_auth_is_read_as_its_answer_allows),
        cmocka_unit_test(protected_mode_refuses_other_machines),
        cmocka_unit_test(too_long_values_are_skipped_and_the_connection_lives),
        cmocka_unit_test(too_long_requests_are_skipped_too),
        cmocka_unit_test(a_broken_frame_ends_after_the_replies_before_it),
        cmocka_unit_test(an_endless_line_is_broken_too),
        cmocka_unit_test(the_longest_line_is_served),
        cmocka_unit_test(nothing_behind_quit_is_executed),
        cmocka_unit_test(web_pages_are_turned_away),
        cmocka_unit_test(a_client_that_ends_gets_its_answers),
        cmocka_unit_test(a_client_that_ends_early_gets_all_its_answers),
        cmocka_unit_test(an_error_behind_a_long_output_is_not_forgotten),
        cmocka_unit_test(one_client_too_many_is_told_so),
        cmocka_unit_test(a_crowd_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
