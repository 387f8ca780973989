/* How connections end that do not end by themselves: timeouts, CLIENT KILL, SHUTDOWN, the drain. */
#include "world.h"

#define SECOND_US 1000000u

static struct world *open_small(void) {
    const struct world_setup setup = world_setup_small();
    return world_open(&setup);
}

static const struct counters *counters(const struct world *world) {
    return &world->engine.stats.counters;
}

static void expect_open(const struct world *world, u32 client, bool open) {
    assert_int_equal(world_is_open(world, client), open);
}

/* Sets `key` to `len` bytes of 'v'. */
static void set_long(struct world *world, u32 client, const char *key, size_t len) {
    char head[96];
    snprintf(head, sizeof(head), "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(key), key,
             len);
    world_send_text(world, client, head);
    buffer_fill(&world->clients[client].input, 'v', len);
    world_send_text(world, client, "\r\n");
    world_settle(world);
    world_expect(world, client, "+OK\r\n");
}

/* -- timeouts -- */

static void half_a_request_that_stalls_is_closed(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.request_timeout_s = 3;
    struct world *world = world_open(&setup);
    u32 small = world_connect(world), large = world_connect(world), idle = world_connect(world);
    u32 skipped = world_connect(world), slow = world_connect(world);
    world_send_text(world, small, "PING\r\n*2\r\n$3\r\nGET\r\n$5\r\nab");
    world_send_text(world, large, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30000\r\nab");
    world_send_text(world, skipped, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$50000\r\nab");
    world_send_text(world, slow, "*2\r\n$4\r\nECHO\r\n$5\r\n");
    world_pass_us(world, 2 * SECOND_US);
    world_send_text(world, slow, "ab");
    world_ask(world, idle, "PING\r\n", "+PONG\r\n");
    expect_open(world, small, true);
    world_pass_us(world, SECOND_US + 2 * WORLD_TICK_US);
    expect_open(world, small, false);
    expect_open(world, large, false);
    expect_open(world, skipped, false);
    expect_open(world, slow, true);
    world_expect(world, small, "+PONG\r\n");
    assert_int_equal(counters(world)->closed_request_timeout, 3);
    world_send_text(world, slow, "cde\r\n");
    world_pass_us(world, 5 * SECOND_US);
    world_expect(world, slow, "$5\r\nabcde\r\n");
    expect_open(world, slow, true);
    expect_open(world, idle, true);
    world_close(&world);
}

/* The rest of a request that the server itself would not take yet is not late. */
static void a_request_behind_slow_replies_has_its_whole_time(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.request_timeout_s = 3;
    setup.options.reply_size_max = 2 * OUTPUT_PAUSE_BYTES;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    set_long(world, client, "k", 30000);
    for (u32 i = 0; i < 20; i++)
        world_send_text(world, client, "GET k\r\n");
    world_send_text(world, client, "*2\r\n$4\r\nECHO\r\n$5\r\nab");
    world->clients[client].read_max = 2000;
    for (u32 i = 0; i < 100; i++) {
        world_pump(world);
        world_turn(world);
        ring_sim_advance(world->ring, SECOND_US / 10);
    }
    world->clients[client].read_max = 0;
    world_settle(world);
    expect_open(world, client, true);
    world_pass_us(world, 2 * SECOND_US);
    world_send_text(world, client, "cde\r\n");
    world_settle(world);
    expect_open(world, client, true);
    const struct buffer *reply = &world->clients[client].reply;
    assert_int_equal(reply->len, 20 * 30010 + 11);
    assert_memory_equal(reply->data + 20 * 30010, "$5\r\nabcde\r\n", 11);
    world_close(&world);
}

static void a_client_that_reads_nothing_is_closed(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.reply_timeout_s = 4;
    setup.options.reply_size_max = 4 * OUTPUT_PAUSE_BYTES;
    struct world *world = world_open(&setup);
    u32 deaf = world_connect(world), slow = world_connect(world), other = world_connect(world);
    set_long(world, other, "k", 30000);
    for (u32 i = 0; i < 100; i++) {
        world_send_text(world, deaf, "GET k\r\n");
        if (i < 60) world_send_text(world, slow, "GET k\r\n");
    }
    world_send_text(world, deaf, "SET other v\r\n");
    world->clients[deaf].deaf = true;
    world->clients[slow].read_max = 30000;
    world_pass_us(world, SECOND_US);
    /* It is paused: what it holds is bounded, and it executes nothing more. */
    const struct session *paused = &world->sessions->table[0];
    assert_true(paused->output.bytes >= OUTPUT_PAUSE_BYTES);
    assert_true(paused->output.bytes < OUTPUT_PAUSE_BYTES + 31000);
    world_ask(world, other, "EXISTS other\r\n", ":0\r\n");
    world->clients[slow].deaf = true;
    world_pass_us(world, 3 * SECOND_US + 3 * WORLD_TICK_US);
    expect_open(world, deaf, false);
    expect_open(world, slow, true);
    assert_int_equal(counters(world)->closed_reply_timeout, 1);
    world->clients[slow].deaf = false;
    world_settle(world);
    assert_int_equal(world->clients[slow].reply.len, 60 * 30010);
    world_ask(world, other, "GET other\r\n", "$-1\r\n");
    world_close(&world);
}

static void a_refused_client_that_reads_nothing_is_closed_too(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.network.client_bytes = 8; /* less than the error */
    setup.options.connections_max = 1;
    setup.options.reply_timeout_s = 4;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    world_ask(world, client, "PING\r\n", "+PONG\r\n");
    u32 refused = world_connect(world);
    world->clients[refused].deaf = true;
    world_pass_us(world, 2 * SECOND_US);
    assert_int_equal(sessions_open_count(world->sessions), 2);
    world_pass_us(world, 3 * SECOND_US);
    assert_int_equal(sessions_open_count(world->sessions), 1);
    assert_int_equal(counters(world)->closed_reply_timeout, 1);
    world_close(&world);
}

static void idle_clients_are_closed_when_there_is_a_timeout(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.timeout_s = 5;
    struct world *world = world_open(&setup);
    u32 idle = world_connect(world), busy = world_connect(world);
    for (u32 i = 0; i < 8; i++) {
        world_ask(world, busy, "PING\r\n", "+PONG\r\n");
        world_pass_us(world, SECOND_US);
    }
    expect_open(world, idle, false);
    expect_open(world, busy, true);
    assert_int_equal(counters(world)->closed_idle, 1);
    world_ask(world, busy, "CONFIG SET timeout 0\r\n", "+OK\r\n");
    world_pass_us(world, 20 * SECOND_US);
    expect_open(world, busy, true);
    world_close(&world);
}

/* Whoever reads a long reply slowly is not idle. */
static void reading_is_not_being_idle(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.timeout_s = 5;
    struct world *world = world_open(&setup);
    u32 reader = world_connect(world), other = world_connect(world);
    set_long(world, other, "k", 30000);
    for (u32 i = 0; i < 8; i++)
        world_send_text(world, reader, "GET k\r\n");
    world->clients[reader].read_max = 1000;
    for (u32 i = 0; i < 100; i++) {
        world_pump(world);
        world_turn(world);
        ring_sim_advance(world->ring, SECOND_US / 5);
    }
    expect_open(world, reader, true);
    expect_open(world, other, false);
    world->clients[reader].read_max = 0;
    world_settle(world);
    assert_int_equal(world->clients[reader].reply.len, 8 * 30010);
    world_pass_us(world, 6 * SECOND_US);
    expect_open(world, reader, false);
    assert_int_equal(counters(world)->closed_idle, 2);
    world_close(&world);
}

/* -- CLIENT KILL -- */

static void a_client_kills_another(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 victim = world_connect(world), killer = world_connect(world), third = world_connect(world);
    world_ask(world, victim, "CLIENT ID\r\n", ":1\r\n");
    world_ask(world, killer, "CLIENT ID\r\n", ":2\r\n");
    world_ask(world, third, "CLIENT ID\r\n", ":3\r\n");
    /* All in one turn: what the victim sent behind is not executed. */
    world_send_text(world, killer, "CLIENT KILL ID 1\r\nCLIENT KILL ID 1\r\nCLIENT KILL ID 99\r\n");
    world_send_text(world, victim, "PING\r\n");
    world_settle(world);
    expect_open(world, victim, false);
    expect_open(world, killer, true);
    expect_open(world, third, true);
    assert_int_equal(counters(world)->closed_by_command, 1);
    world->clients[killer].reply.len = 0;
    world_ask(world, killer, "CLIENT KILL ID 1\r\nCLIENT KILL ADDR nowhere:1\r\n", ":0\r\n:0\r\n");
    world_close(&world);
}

static void a_client_kills_itself_and_gets_the_answer(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world), other = world_connect(world);
    world_ask(world, client, "CLIENT ID\r\n", ":1\r\n");
    world_send_text(world, client, "CLIENT KILL ID 1 SKIPME no\r\nSET k v\r\n");
    world_settle(world);
    world_expect(world, client, ":1\r\n");
    expect_open(world, client, false);
    world_ask(world, other, "EXISTS k\r\n", ":0\r\n");
    /* The older form: by address, which here all share. */
    u32 third = world_connect(world);
    world_send_text(world, third, "CLIENT KILL /sim:0\r\n");
    world_settle(world);
    world_expect(world, third, "+OK\r\n");
    expect_open(world, third, false);
    expect_open(world, other, false);
    world_close(&world);
}

static void those_who_wait_or_pause_can_be_killed(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.reply_size_max = 4 * OUTPUT_PAUSE_BYTES;
    struct world *world = world_open(&setup);
    u32 deaf = world_connect(world), half = world_connect(world), killer = world_connect(world);
    set_long(world, killer, "k", 30000);
    world->clients[deaf].deaf = true;
    for (u32 i = 0; i < 40; i++)
        world_send_text(world, deaf, "GET k\r\n");
    world_send_text(world, half, "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$29000\r\nab");
    world_settle(world);
    world_ask(world, killer, "CLIENT KILL TYPE normal\r\n", ":2\r\n");
    expect_open(world, deaf, false);
    expect_open(world, half, false);
    assert_int_equal(sessions_open_count(world->sessions), 1);
    world_close(&world);
}

/* -- SHUTDOWN and the drain -- */

static void expect_all_gone(struct world *world) {
    const u64 until = world->turns + 1000;
    while (sessions_open_count(world->sessions) > 0) {
        world_pump(world);
        world_turn(world);
        if (world->turns > until) fail_msg("the drain does not end");
    }
    world_pump(world);
}

static void shutdown_answers_what_came_before_it(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world), other = world_connect(world), idle = world_connect(world);
    world_ask(world, idle, "PING\r\n", "+PONG\r\n");
    world_send_text(world, other, "SET k v\r\nGET k\r\n*2\r\n$3\r\nGET\r\n$1");
    world_send_text(world, client, "PING\r\nSHUTDOWN NOSAVE\r\nPING\r\n");
    expect_all_gone(world);
    world_expect(world, client, "+PONG\r\n");
    world_expect(world, other, "+OK\r\n$1\r\nv\r\n");
    assert_int_equal(world->engine.shutdown, SHUTDOWN_REQUESTED);
    assert_int_equal(ring_sim_connect(world->ring, WORLD_LOCAL), RING_SIM_NONE);
    world_close(&world);
}

static void the_drain_flushes_paused_replies(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.reply_size_max = 4 * OUTPUT_PAUSE_BYTES;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    set_long(world, client, "k", 30000);
    world->clients[client].deaf = true;
    for (u32 i = 0; i < 50; i++)
        world_send_text(world, client, "GET k\r\n");
    world_settle(world);
    world_begin_drain(world);
    world_pass_us(world, SECOND_US);
    expect_open(world, client, true);
    world->clients[client].deaf = false;
    world->clients[client].read_max = 7000;
    expect_all_gone(world);
    world_settle(world);
    assert_int_equal(world->clients[client].reply.len, 50 * 30010);
    world_close(&world);
}

/* Whatever part of a large request is there, the drain does not wait for the rest. */
static void the_drain_drops_half_requests(void **state) {
    (void)state;
    for (u32 turns = 0; turns < 12; turns++) {
        struct world *world = open_small();
        u32 large = world_connect(world), list = world_connect(world), tail = world_connect(world);
        world_send_text(world, large, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30000\r\n");
        buffer_fill(&world->clients[large].input, 'v', 9000);
        world_send_text(world, list, "PING\r\n*20\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n");
        for (u32 i = 0; i < 17; i++) {
            world_send_text(world, list, "$10000\r\n");
            buffer_fill(&world->clients[list].input, 'v', 10000);
            world_send_text(world, list, "\r\n");
        }
        world_send_text(world, tail, "SET a b\r\n*2\r\n$3\r\n");
        for (u32 i = 0; i < turns; i++) {
            world_pump(world);
            world_turn(world);
        }
        world_begin_drain(world);
        expect_all_gone(world);
        if (turns > 6) {
            world_expect(world, list, "+PONG\r\n");
            world_expect(world, tail, "+OK\r\n");
        }
        world_close(&world);
    }
}

static void the_drain_refuses_newcomers(void **state) {
    (void)state;
    struct world *world = open_small();
    u32 client = world_connect(world);
    world_ask(world, client, "PING\r\n", "+PONG\r\n");
    u32 late = world_connect(world);
    world_begin_drain(world);
    expect_all_gone(world);
    world_settle(world);
    expect_open(world, late, false);
    assert_int_equal(world->clients[late].reply.len, 0);
    world_close(&world);
}

/* Replies leave while the rest of a large request is being read: the two do not disturb each other.
 */
static void replies_leave_while_a_request_is_read(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.network.client_bytes = 20000;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    set_long(world, client, "k", 15000);
    for (u32 i = 0; i < 5; i++)
        world_send_text(world, client, "GET k\r\n");
    world_send_text(world, client, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30000\r\n");
    world->clients[client].read_max = 100;
    for (u32 i = 0; i < 20; i++) {
        world_pump(world);
        world_turn(world);
    }
    buffer_fill(&world->clients[client].input, 'w', 20000);
    world->clients[client].read_max = 3000;
    world_settle(world);
    assert_int_equal(world->clients[client].reply.len, 5 * 15010);
    world->clients[client].reply.len = 0;
    buffer_fill(&world->clients[client].input, 'w', 10000);
    world_ask(world, client, "\r\nSTRLEN k\r\n", "+OK\r\n:30000\r\n");
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_request_that_stalls_is_closed),
        cmocka_unit_test(a_request_behind_slow_replies_has_its_whole_time),
        cmocka_unit_test(a_client_that_reads_nothing_is_closed),
        cmocka_unit_test(a_refused_client_that_reads_nothing_is_closed_too),
        cmocka_unit_test(idle_clients_are_closed_when_there_is_a_timeout),
        cmocka_unit_test(reading_is_not_being_idle),
        cmocka_unit_test(a_client_kills_another),
        cmocka_unit_test(a_client_kills_itself_and_gets_the_answer),
        cmocka_unit_test(those_who_wait_or_pause_can_be_killed),
        cmocka_unit_test(shutdown_answers_what_came_before_it),
        cmocka_unit_test(the_drain_flushes_paused_replies),
        cmocka_unit_test(the_drain_drops_half_requests),
        cmocka_unit_test(the_drain_refuses_newcomers),
        cmocka_unit_test(replies_leave_while_a_request_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
