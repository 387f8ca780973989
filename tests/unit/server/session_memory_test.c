/* Sessions when memory for requests or replies is short: who cannot be served waits in turn, small
 * traffic goes on, everybody finishes, and what never can is refused. */
#include "world.h"

#define SECOND_US 1000000u
#define LONG_BYTES 30000u
#define LONG_REPLY_BYTES (LONG_BYTES + 10)

/* The least memory for requests and replies that the options allow. */
static struct world_setup setup_least(void) {
    struct world_setup setup = world_setup_small();
    setup.options.receive_memory = limits_receive_memory_min(&setup.options);
    setup.options.reply_memory = limits_reply_memory_min(&setup.options);
    setup.network.client_bytes = 4096;
    return setup;
}

static const struct counters *counters(const struct world *world) {
    return &world->engine.stats.counters;
}

/* RPUSH of `count` elements of LONG_BYTES. */
static void add_push(struct buffer *input, u32 key, u32 count) {
    buffer_printf(input, "*%u\r\n$5\r\nRPUSH\r\n$4\r\nl%03u\r\n", count + 2, key);
    for (u32 i = 0; i < count; i++) {
        buffer_printf(input, "$%u\r\n", LONG_BYTES);
        buffer_fill(input, (u8)('a' + (key + i) % 26), LONG_BYTES);
        buffer_text(input, "\r\n");
    }
}

static void add_set(struct buffer *input, u32 key, u32 len) {
    buffer_printf(input, "*3\r\n$3\r\nSET\r\n$4\r\nk%03u\r\n$%u\r\n", key, len);
    buffer_fill(input, (u8)('a' + key % 26), len);
    buffer_text(input, "\r\n");
}

static void add_value(struct buffer *output, u32 key, u32 len) {
    buffer_printf(output, "$%u\r\n", len);
    buffer_fill(output, (u8)('a' + key % 26), len);
    buffer_text(output, "\r\n");
}

static void store_long(struct world *world, u32 client) {
    add_set(&world->clients[client].input, 1, LONG_BYTES);
    add_set(&world->clients[client].input, 2, 20000);
    world_settle(world);
    world_expect(world, client, "+OK\r\n+OK\r\n");
}

/* A client that asks for much and reads nothing: with the least memory there is no second chunk
 * left for anybody else. */
enum { DEAF_REPLY_BYTES = 39 * LONG_REPLY_BYTES + 20010 };
static u32 connect_deaf(struct world *world) {
    u32 deaf = world_connect(world);
    world->clients[deaf].deaf = true;
    for (u32 i = 0; i < 40; i++)
        world_send_text(world, deaf, i == 8 ? "GET k002\r\n" : "GET k001\r\n");
    world_settle(world);
    return deaf;
}

static void expect_long(struct world *world, u32 client, u32 key, u32 len) {
    struct buffer wanted = {0};
    add_value(&wanted, key, len);
    world_expect_bytes(world, client, wanted.data, wanted.len);
    buffer_free(&wanted);
}

/* Whether a small client is served within a few turns. */
static void expect_quick(struct world *world, u32 client, const char *request, const char *reply) {
    const size_t len = strlen(reply);
    world_send_text(world, client, request);
    for (u32 i = 0; i < 6 && world->clients[client].reply.len < len; i++) {
        world_pump(world);
        world_turn(world);
    }
    world_pump(world);
    world_expect(world, client, reply);
}

/* Clients that send half of a long SET and stall. */
static void stall(struct world *world, u32 count) {
    for (u32 i = 0; i < count; i++) {
        u32 client = world_connect(world);
        add_set(&world->clients[client].input, client, LONG_BYTES);
        world->clients[client].input.len -= LONG_BYTES / 2;
        world_settle(world);
    }
}

/* -- requests -- */

static void large_requests_wait_in_turn_and_small_ones_are_served(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 small = world_connect(world), halves = world_connect(world);
    for (u32 i = 0; i < 13; i++) {
        u32 client = world_connect(world);
        add_push(&world->clients[client].input, client, 8);
        world_send_text(world, client, "PING\r\n");
    }
    for (u32 i = 0; i < 40; i++) {
        expect_quick(world, small, "PING x\r\n", "$1\r\nx\r\n");
        world_send_text(world, halves, "*2\r\n$4\r\nECHO\r\n$3\r\na");
        world_pump(world);
        world_turn(world);
        expect_quick(world, halves, "bc\r\n", "$3\r\nabc\r\n");
    }
    world_settle(world);
    for (u32 client = 2; client < 15; client++)
        world_expect(world, client, ":8\r\n+PONG\r\n");
    assert_true(counters(world)->waits_receive > 0);
    assert_int_equal(world->sessions->elder_gauge.high_water, 1);
    add_push(&world->clients[small].input, 0, 1);
    world_settle(world);
    world_expect(world, small, ":1\r\n");
    world_close(&world);
}

/* Many more than there are receive buffers to hold what they began with. */
static void a_crowd_with_large_requests_is_served(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.options.connections_max = 150;
    setup.options.store_memory = 16u << 20;
    setup.options.receive_memory = limits_receive_memory_min(&setup.options);
    setup.options.reply_memory = limits_reply_memory_min(&setup.options);
    setup.network.client_bytes = 32768;
    struct world *world = world_open(&setup);
    for (u32 i = 0; i < 121; i++)
        world_connect(world);
    world_settle(world);
    for (u32 client = 1; client < 121; client++) {
        add_set(&world->clients[client].input, client, LONG_BYTES);
        add_push(&world->clients[client].input, client, 2);
    }
    for (u32 i = 0; i < 60; i++)
        expect_quick(world, 0, "PING x\r\n", "$1\r\nx\r\n");
    world_settle(world);
    for (u32 client = 1; client < 121; client++)
        world_expect(world, client, "+OK\r\n:2\r\n");
    world_close(&world);
}

/* Whoever waits gets the memory before a client that goes on and on. */
static void a_stream_of_large_requests_starves_nobody(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.options.request_timeout_s = 3600;
    setup.network.client_bytes = 262144;
    struct world *world = world_open(&setup);
    stall(world, 10);
    u32 endless = world_connect(world), waiting = world_connect(world);
    for (u32 i = 0; i < 30; i++)
        add_push(&world->clients[endless].input, endless, 2);
    while (world->clients[endless].reply.len == 0) {
        world_pump(world);
        world_turn(world);
    }
    add_set(&world->clients[waiting].input, waiting, LONG_BYTES);
    while (world->clients[waiting].reply.len == 0) {
        world_pump(world);
        world_turn(world);
    }
    assert_true(counters(world)->waits_receive > 0);
    assert_in_range(world->clients[endless].reply.len, 4, 10 * 4);
    world_settle(world);
    world_close(&world);
}

/* What is given back goes to whoever waits, and not to a newcomer of the same turn. */
static void memory_goes_to_who_waits_first(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    stall(world, 11);
    u32 waiting = world_connect(world), newcomer = world_connect(world);
    add_set(&world->clients[waiting].input, waiting, LONG_BYTES);
    world_settle(world);
    assert_int_equal(world->engine.waiting_receive, 1);
    buffer_fill(&world->clients[10].input, 'x', LONG_BYTES / 2 - 100);
    world_settle(world);
    buffer_fill(&world->clients[10].input, 'x', 102);
    add_set(&world->clients[newcomer].input, newcomer, LONG_BYTES);
    world->clients[newcomer].input.len /= 2;
    world_settle(world);
    world_expect(world, 10, "+OK\r\n");
    world_expect(world, waiting, "+OK\r\n");
    world_close(&world);
}

static void a_stalled_request_gives_way_after_its_timeout(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    stall(world, 11);
    u32 waiting = world_connect(world), small = world_connect(world);
    add_push(&world->clients[waiting].input, waiting, 8);
    world_pass_us(world, 20 * SECOND_US);
    assert_int_equal(world->engine.waiting_receive, 1);
    /* Once, however often it is tried again. */
    assert_int_equal(world->sessions->elder_gauge.exhausted, 1);
    assert_int_equal(world->sessions->extents.gauge.exhausted, 2);
    expect_quick(world, small, "*1\r\n$4\r\nPING\r\n", "+PONG\r\n");
    world_pass_us(world, 11 * SECOND_US);
    world_expect(world, waiting, ":8\r\n");
    assert_int_equal(counters(world)->closed_request_timeout, 11);
    assert_true(counters(world)->waits_receive > 0);
    world_close(&world);
}

/* The server does not wait for a client that waits for it. */
static void waiting_is_not_stalling(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.options.request_timeout_s = 5;
    setup.options.timeout_s = 7;
    struct world *world = world_open(&setup);
    stall(world, 11);
    u32 waiting = world_connect(world);
    add_set(&world->clients[waiting].input, waiting, LONG_BYTES);
    for (u32 i = 0; i < 12; i++) {
        /* One byte keeps each of the stalled alive. */
        for (u32 client = 0; client < 11; client++)
            world_send_text(world, client, "x");
        world_pass_us(world, SECOND_US);
    }
    assert_int_equal(world->engine.waiting_receive, 1);
    assert_true(world_is_open(world, waiting));
    ring_sim_client_reset(world->ring, world->clients[3].number);
    world_settle(world);
    world_expect(world, waiting, "+OK\r\n");
    world_close(&world);
}

/* Whatever order the pieces, the end of the stream and the end of the wait come in. */
static void a_request_that_waits_is_answered_after_the_end_of_its_stream(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 60; seed++) {
        struct world_setup setup = setup_least();
        setup.network.seed = seed;
        setup.network.chance_later = 600;
        setup.network.chance_piece = 300;
        setup.network.client_bytes = 65536;
        struct world *world = world_open(&setup);
        stall(world, 11);
        u32 waiting = world_connect(world);
        add_set(&world->clients[waiting].input, waiting, 25000);
        world_send_text(world, waiting, "PING\r\n");
        world->clients[waiting].ending = true;
        world_settle(world);
        for (u32 client = 0; client < 11; client++)
            buffer_fill(&world->clients[client].input, 'z', LONG_BYTES / 2 + 2);
        world_settle(world);
        world_expect(world, waiting, "+OK\r\n+PONG\r\n");
        for (u32 client = 0; client < 11; client++)
            assert_int_equal(world->clients[client].reply.len, 5);
        world_close(&world);
    }
}

static void those_who_wait_for_memory_may_go(void **state) {
    (void)state;
    for (u32 how = 0; how < 4; how++) {
        const struct world_setup setup = setup_least();
        struct world *world = world_open(&setup);
        stall(world, 11);
        u32 first = world_connect(world), second = world_connect(world);
        u32 third = world_connect(world);
        add_set(&world->clients[first].input, first, LONG_BYTES);
        world_settle(world);
        add_set(&world->clients[second].input, second, LONG_BYTES);
        world_settle(world);
        assert_int_equal(world->engine.waiting_receive, 2);
        if (how == 0) ring_sim_client_reset(world->ring, world->clients[first].number);
        if (how == 1) world_send_text(world, third, "CLIENT KILL ID 12\r\n");
        if (how == 2) ring_sim_client_reset(world->ring, world->clients[10].number);
        if (how == 3) ring_sim_client_close(world->ring, world->clients[0].number);
        world_settle(world);
        if (how == 2 || how == 3) world_expect(world, first, "+OK\r\n");
        for (u32 client = 0; client < 5; client++)
            ring_sim_client_reset(world->ring, world->clients[client].number);
        world_settle(world);
        world_expect(world, second, "+OK\r\n");
        assert_int_equal(world->engine.waiting_receive, 0);
        world_close(&world);
    }
}

/* -- replies -- */

static void large_replies_wait_in_turn_and_small_ones_get_through(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 small = world_connect(world);
    add_push(&world->clients[small].input, 7, 8);
    world_settle(world);
    world_expect(world, small, ":8\r\n");
    struct buffer wanted = {0};
    buffer_text(&wanted, "*8\r\n");
    for (u32 i = 0; i < 8; i++)
        add_value(&wanted, 7 + i, LONG_BYTES);
    buffer_text(&wanted, "+PONG\r\n");
    for (u32 i = 0; i < 12; i++) {
        u32 client = world_connect(world);
        world->clients[client].read_max = 1500 + 500 * i;
        world_send_text(world, client, "LRANGE l007 0 -1\r\nPING\r\n");
    }
    for (u32 i = 0; i < 60; i++)
        expect_quick(world, small, "PING x\r\nSTRLEN k\r\n", "$1\r\nx\r\n:0\r\n");
    assert_true(world->engine.waiting_reply > 0);
    world_settle(world);
    for (u32 client = 1; client < 13; client++)
        world_expect_bytes(world, client, wanted.data, wanted.len);
    assert_true(counters(world)->waits_reply > 0);
    assert_int_equal(counters(world)->closed_reply_timeout, 0);
    buffer_free(&wanted);
    world_close(&world);
}

static void a_reply_that_never_fits_is_refused_and_nothing_is_done(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    store_long(world, client);
    for (u32 i = 0; i < 10; i++) {
        add_push(&world->clients[client].input, 0, 6);
        world_settle(world);
    }
    world->clients[client].reply.len = 0;
    static const char error[] = "-ERR reply exceeds reply-size-max (262144)\r\n";
    char wanted[512];
    snprintf(wanted, sizeof(wanted), ":60\r\n%s%s%s%s:60\r\n:30000\r\n", error, error, error,
             error);
    world_ask(world, client,
              "LLEN l000\r\nLRANGE l000 0 -1\r\nLPOP l000 60\r\nRPOP l000 59\r\n"
              "MGET k001 k001 k001 k001 k001 k001 k001 k001 k001\r\nLLEN l000\r\nSTRLEN k001\r\n",
              wanted);
    assert_int_equal(counters(world)->replies_too_long, 4);
    assert_int_equal(counters(world)->error_replies, 4);
    assert_int_equal(world->engine.stats.commands[COMMAND_ID_LPOP].failed, 1);
    world_close(&world);
}

/* Its replies wait for nobody but itself: others have all the memory that it does not hold. */
static void a_client_that_does_not_read_stops_nobody(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.options.reply_memory += 300 * CHUNK_BYTES;
    struct world *world = world_open(&setup);
    u32 other = world_connect(world);
    store_long(world, other);
    u32 deaf = connect_deaf(world);
    const u64 before_us = ring_sim_now_us(world->ring);
    for (u32 i = 0; i < 10; i++) {
        world_send_text(world, other, "GET k001\r\n");
        world_settle(world);
        expect_long(world, other, 1, LONG_BYTES);
    }
    assert_true(ring_sim_now_us(world->ring) - before_us < 5 * SECOND_US);
    world->clients[deaf].deaf = false;
    world_settle(world);
    assert_int_equal(world->clients[deaf].reply.len, DEAF_REPLY_BYTES);
    world_close(&world);
}

/* When those who do not read hold everything, the others wait for the timeout, and no longer. */
static void who_waits_is_served_when_those_who_do_not_read_are_closed(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 other = world_connect(world);
    store_long(world, other);
    for (u32 i = 0; i < 3; i++) {
        connect_deaf(world);
    }
    world_send_text(world, other, "PING\r\nGET k001\r\nPING\r\n");
    world_pass_us(world, 5 * SECOND_US);
    world_expect(world, other, "+PONG\r\n");
    assert_true(world->engine.waiting_reply > 0);
    world_pass_us(world, 70 * SECOND_US);
    assert_int_equal(world->clients[other].reply.len, LONG_REPLY_BYTES + 7);
    assert_true(counters(world)->closed_reply_timeout > 0);
    world_close(&world);
}

/* Whoever waits and goes takes the wait with him. */
static void nothing_is_kept_for_those_who_went(void **state) {
    (void)state;
    for (u32 how = 0; how < 4; how++) {
        const struct world_setup setup = setup_least();
        struct world *world = world_open(&setup);
        u32 waiting = world_connect(world);
        u32 other = world_connect(world);
        store_long(world, other);
        u32 deaf = connect_deaf(world);
        world_send_text(world, waiting, "GET k001\r\nGET k001\r\n");
        world_settle(world);
        assert_true(world->engine.waiting_reply > 0);
        if (how == 0) ring_sim_client_reset(world->ring, world->clients[waiting].number);
        if (how == 1) world_ask(world, other, "CLIENT KILL ID 1\r\n", ":1\r\n");
        if (how == 2) ring_sim_client_close(world->ring, world->clients[waiting].number);
        world_settle(world);
        if (how == 3) {
            ring_sim_client_reset(world->ring, world->clients[deaf].number);
        } else {
            world->clients[deaf].deaf = false;
        }
        world_settle(world);
        assert_int_equal(world->engine.waiting_reply, 0);
        if (how == 3) assert_int_equal(world->clients[waiting].reply.len, 2 * LONG_REPLY_BYTES);
        world_send_text(world, other, "GET k001\r\n");
        world_settle(world);
        expect_long(world, other, 1, LONG_BYTES);
        world_close(&world);
    }
}

/* Quotes are undone in a copy: what had to wait is parsed again. */
static void inline_requests_that_wait_are_parsed_again(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world);
    store_long(world, waiting);
    u32 deaf = connect_deaf(world), next = connect_deaf(world);
    struct buffer wanted = {0};
    for (u32 i = 0; i < 20; i++) {
        world_send_text(world, waiting, "SET \"a \\x41\" \"b\\\\\\n\"\r\nECHO \"\\\"");
        buffer_text(&wanted, "+OK\r\n$5003\r\n\"");
        for (u32 k = 0; k < 5000; k++)
            world_send_text(world, waiting, k % 2 == 0 ? "\\x41" : "\\\\");
        for (u32 k = 0; k < 5000; k++)
            buffer_text(&wanted, k % 2 == 0 ? "A" : "\\");
        world_send_text(world, waiting, "\\'x\"\r\nGET 'a A'\r\n");
        buffer_text(&wanted, "'x\r\n$3\r\nb\\\n\r\n");
    }
    world_settle(world);
    assert_true(counters(world)->waits_reply > 0);
    world->clients[deaf].deaf = world->clients[next].deaf = false;
    world->clients[deaf].read_max = 900;
    world_settle(world);
    world_expect_bytes(world, waiting, wanted.data, wanted.len);
    buffer_free(&wanted);
    world_close(&world);
}

/* What was executed before a wait is executed once. */
static void nothing_is_executed_twice(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world);
    store_long(world, waiting);
    u32 deaf = connect_deaf(world);
    for (u32 i = 0; i < 30; i++)
        world_send_text(world, waiting,
                        "INCR n\r\nSET k001 x GET\r\nAPPEND k001 y\r\n"
                        "RPUSH l a b\r\nLPOP l 1\r\n");
    world_settle(world);
    assert_true(world->engine.waiting_reply > 0);
    world->clients[deaf].deaf = false;
    world_settle(world);
    world->clients[waiting].reply.len = 0;
    world_ask(world, waiting, "GET n\r\nGET k001\r\nLLEN l\r\n", "$2\r\n30\r\n$2\r\nxy\r\n:30\r\n");
    world_close(&world);
}

/* The same for commands that read and change at once: what they change, they change when the reply
 * has gone through, and only then. */
static void reading_and_changing_waits_as_one(void **state) {
    (void)state;
    enum { ROUNDS = 30, FIELDS = 400 };
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world);
    store_long(world, waiting);
    u32 deaf = connect_deaf(world);
    struct buffer *input = &world->clients[waiting].input;
    struct buffer wanted = {0};
    for (u32 i = 0; i < ROUNDS; i++) {
        buffer_text(input, "SETRANGE g 29999 x\r\nGETSET g 12\r\nSETRANGE g 29999 x\r\n"
                           "GETEX g EX 100\r\nGETDEL g\r\nGETDEL g\r\n"
                           "INCRBYFLOAT f 1e4000\r\nINCRBYFLOAT f -1e4000\r\n");
        buffer_text(input, "BITFIELD b");
        for (u32 k = 0; k < FIELDS; k++)
            buffer_text(input, " INCRBY u63 0 10000000000000");
        buffer_text(input, "\r\n");
    }
    world_settle(world);
    assert_true(world->engine.waiting_reply > 0);
    world->clients[deaf].deaf = false;
    world_settle(world);
    assert_true(counters(world)->waits_reply > 0);
    world->clients[waiting].reply.len = 0;
    buffer_printf(&wanted, "*1\r\n:%llu\r\n$1\r\n0\r\n:0\r\n",
                  (unsigned long long)ROUNDS * FIELDS * 10000000000000u);
    world_send_text(world, waiting, "BITFIELD b GET u63 0\r\nGET f\r\nEXISTS g\r\n");
    world_settle(world);
    world_expect_bytes(world, waiting, wanted.data, wanted.len);
    buffer_free(&wanted);
    world_close(&world);
}

static void the_drain_serves_those_who_wait(void **state) {
    (void)state;
    const struct world_setup setup = setup_least();
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world);
    store_long(world, waiting);
    u32 deaf = connect_deaf(world);
    world_send_text(world, waiting, "GET k001\r\nPING\r\n");
    world_settle(world);
    world_begin_drain(world);
    world_pass_us(world, SECOND_US);
    assert_int_equal(sessions_open_count(world->sessions), 2);
    world->clients[deaf].deaf = false;
    world_settle(world);
    assert_int_equal(sessions_open_count(world->sessions), 0);
    assert_int_equal(world->clients[deaf].reply.len, DEAF_REPLY_BYTES);
    assert_int_equal(world->clients[waiting].reply.len, LONG_REPLY_BYTES + 7);
    world_close(&world);
}

/* A small reply that nobody reads does not stop the largest one. */
static void unread_small_replies_do_not_stop_the_largest(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.network.client_bytes = 4096;
    struct world *world = world_open(&setup);
    u32 reader = world_connect(world);
    add_push(&world->clients[reader].input, 0, 8);
    world_send_text(world, reader, "*3\r\n$5\r\nRPUSH\r\n$4\r\nl000\r\n$20000\r\n");
    buffer_fill(&world->clients[reader].input, 'z', 20000);
    world_send_text(world, reader, "\r\n");
    world_settle(world);
    world->clients[reader].reply.len = 0;
    for (u32 i = 0; i < 5; i++) {
        u32 deaf = world_connect(world);
        world->clients[deaf].deaf = true;
        for (u32 n = 0; n < 800; n++)
            world_send_text(world, deaf, "PING\r\n");
    }
    world_settle(world);
    world_send_text(world, reader, "LRANGE l000 0 -1\r\nLRANGE l000 0 -1\r\n");
    const u64 before_us = ring_sim_now_us(world->ring);
    world_settle(world);
    assert_int_equal(world->clients[reader].reply.len, 2 * (4 + 8 * LONG_REPLY_BYTES + 20010));
    assert_true(ring_sim_now_us(world->ring) - before_us < 30 * SECOND_US);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_requests_wait_in_turn_and_small_ones_are_served),
        cmocka_unit_test(a_crowd_with_large_requests_is_served),
        cmocka_unit_test(a_stream_of_large_requests_starves_nobody),
        cmocka_unit_test(memory_goes_to_who_waits_first),
        cmocka_unit_test(a_stalled_request_gives_way_after_its_timeout),
        cmocka_unit_test(waiting_is_not_stalling),
        cmocka_unit_test(a_request_that_waits_is_answered_after_the_end_of_its_stream),
        cmocka_unit_test(those_who_wait_for_memory_may_go),
        cmocka_unit_test(large_replies_wait_in_turn_and_small_ones_get_through),
        cmocka_unit_test(a_reply_that_never_fits_is_refused_and_nothing_is_done),
        cmocka_unit_test(a_client_that_does_not_read_stops_nobody),
        cmocka_unit_test(who_waits_is_served_when_those_who_do_not_read_are_closed),
        cmocka_unit_test(nothing_is_kept_for_those_who_went),
        cmocka_unit_test(inline_requests_that_wait_are_parsed_again),
        cmocka_unit_test(nothing_is_executed_twice),
        cmocka_unit_test(reading_and_changing_waits_as_one),
        cmocka_unit_test(the_drain_serves_those_who_wait),
        cmocka_unit_test(unread_small_replies_do_not_stop_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
