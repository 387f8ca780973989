/* Sessions that wait in blocking commands and for the end of a pause: whose turn it is, what lies
 * behind them, who goes meanwhile, when memory is short, and when time is over. */
#include "world.h"

#define SECOND_US 1000000u
#define LONG_BYTES 30000u

static struct world_setup setup_many(void) {
    struct world_setup setup = world_setup_small();
    setup.options.connections_max = 100;
    return setup;
}

/* The least memory for requests and replies that the options allow. */
static struct world_setup setup_least(void) {
    struct world_setup setup = world_setup_small();
    setup.options.receive_memory = limits_receive_memory_min(&setup.options);
    setup.options.reply_memory = limits_reply_memory_min(&setup.options);
    return setup;
}

static u64 blocked_clients(const struct world *world) {
    return world->engine.blocked.clients.gauge.used;
}

static void send_and_settle(struct world *world, u32 client, const char *text) {
    world_send_text(world, client, text);
    world_settle(world);
}

static void expect_nothing(struct world *world, u32 client) {
    world_expect(world, client, "");
}

static const struct stats_pool *pool_of(const struct world *world, const char *name) {
    const struct stats *stats = &world->engine.stats;
    for (u32 i = 0; i < stats->pool_count; i++)
        if (strcmp(stats->pools[i].name, name) == 0) return &stats->pools[i];
    fail_msg("there is no pool %s", name);
    return NULL;
}

/* -- whose turn it is -- */

static void those_who_wait_are_served_in_turn(void **state) {
    (void)state;
    enum { WAITING = 60 };
    const struct world_setup setup = setup_many();
    struct world *world = world_open(&setup);
    u32 pusher = world_connect(world);
    char text[64];
    for (u32 i = 0; i < WAITING; i++) {
        u32 client = world_connect(world);
        send_and_settle(world, client, "BLPOP a b c 0\r\nPING\r\n");
    }
    assert_int_equal(blocked_clients(world), WAITING);
    assert_int_equal(world->engine.blocked.waiters.gauge.used, 3 * WAITING);
    assert_int_equal(world->engine.blocked.keys.gauge.used, 3);
    /* In one batch, to different keys, several at once. */
    for (u32 i = 0; i < WAITING; i += 4) {
        snprintf(text, sizeof(text), "RPUSH %c %u %u\r\nRPUSH %c %u %u\r\n", "abc"[i % 3], i, i + 1,
                 "abc"[(i + 1) % 3], i + 2, i + 3);
        world_send_text(world, pusher, text);
    }
    world_settle(world);
    for (u32 i = 0; i < WAITING; i++) {
        const char key = "abc"[(i / 4 * 4 + i % 4 / 2) % 3];
        snprintf(text, sizeof(text), "*2\r\n$1\r\n%c\r\n$%u\r\n%u\r\n+PONG\r\n", key,
                 i < 10 ? 1u : 2u, i);
        world_expect(world, 1 + i, text);
    }
    world->clients[pusher].reply.len = 0;
    world_ask(world, pusher, "DBSIZE\r\n", ":0\r\n");
    world_close(&world);
}

/* Before the next command of the same batch, and of the same client. */
static void service_comes_before_the_next_command(void **state) {
    (void)state;
    const struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 pusher = world_connect(world), waiting = world_connect(world), last = world_connect(world);
    send_and_settle(world, waiting, "BLMOVE a b LEFT LEFT 0\r\n");
    send_and_settle(world, last, "BLPOP b 0\r\n");
    world_ask(world, pusher, "RPUSH a 1\r\nLLEN a\r\nEXISTS b\r\nRPUSH b 2\r\nLLEN b\r\n",
              ":1\r\n:0\r\n:0\r\n:1\r\n:1\r\n");
    world_expect(world, waiting, "$1\r\n1\r\n");
    world_expect(world, last, "*2\r\n$1\r\nb\r\n$1\r\n1\r\n");
    /* One that blocks and one that pushes in one batch. */
    world_ask(world, pusher, "DEL b\r\n", ":1\r\n");
    world_send_text(world, waiting, "BLPOP x 0\r\nPING\r\nBLPOP x 0\r\nPING\r\n");
    world_send_text(world, pusher, "RPUSH x 1 2 3\r\nLLEN x\r\n");
    world_settle(world);
    world_expect(world, waiting,
                 "*2\r\n$1\r\nx\r\n$1\r\n1\r\n+PONG\r\n*2\r\n$1\r\nx\r\n$1\r\n2\r\n+PONG\r\n");
    world_close(&world);
}

/* A round in which a client blocks and is unblocked again, either way. */
static void a_wait_may_begin_and_end_in_one_round(void **state) {
    (void)state;
    const struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 first = world_connect(world), second = world_connect(world);
    world_ask(world, first, "CLIENT ID\r\n", ":1\r\n");
    world_ask(world, second, "CLIENT ID\r\n", ":2\r\n");
    for (u32 i = 0; i < 4; i++) {
        world_send_text(world, first, i < 2 ? "BLPOP x 0\r\nPING\r\n" : "BLPOP x 0\r\n");
        world_send_text(world, second, i % 2 == 0 ? "CLIENT UNBLOCK 1 ERROR\r\n" : "LPUSH x 1\r\n");
        world_settle(world);
        world_expect(world, second, ":1\r\n");
        world_expect(world, first,
                     i == 0   ? "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n"
                     : i == 1 ? "*2\r\n$1\r\nx\r\n$1\r\n1\r\n+PONG\r\n"
                     : i == 2 ? "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
                              : "*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    }
    world_close(&world);
}

/* -- those who go -- */

static void those_who_go_take_their_waits_with_them(void **state) {
    (void)state;
    static const char *const behind[] = {"", "PING\r\n", "SET x 1\r\n*2\r\n$4\r\nECHO\r\n$9"};
    for (u32 how = 0; how < 4; how++) {
        for (u32 i = 0; i < KV_ARRAY_LENGTH(behind); i++) {
            const struct world_setup setup = world_setup_small();
            struct world *world = world_open(&setup);
            u32 goes = world_connect(world), stays = world_connect(world);
            u32 other = world_connect(world);
            world_ask(world, goes, "PING\r\n", "+PONG\r\n");
            world_send_text(world, goes, "BLPOP a b 100\r\n");
            send_and_settle(world, goes, behind[i]);
            send_and_settle(world, stays, "BLPOP b a 100\r\n");
            assert_int_equal(blocked_clients(world), 2);
            const u32 number = world->clients[goes].number;
            if (how == 0) ring_sim_client_close(world->ring, number);
            if (how == 1) ring_sim_client_shutdown(world->ring, number);
            if (how == 2) ring_sim_client_reset(world->ring, number);
            if (how == 3) world_ask(world, other, "CLIENT KILL ID 1\r\n", ":1\r\n");
            world_settle(world);
            assert_int_equal(blocked_clients(world), 1);
            assert_int_equal(world->engine.blocked.deadline_count, 1);
            world_ask(world, other, "RPUSH a 1\r\nEXISTS a x\r\n", ":1\r\n:0\r\n");
            world_expect(world, stays, "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
            world_close(&world);
        }
    }
}

/* What is pushed in the turn in which somebody goes is for the next one, or stays. */
static void nothing_is_given_to_those_who_go(void **state) {
    (void)state;
    for (u32 how = 0; how < 4; how++) {
        for (u32 others = 0; others < 2; others++) {
            const struct world_setup setup = world_setup_small();
            struct world *world = world_open(&setup);
            u32 goes = world_connect(world), pusher = world_connect(world);
            u32 stays = world_connect(world);
            world_ask(world, goes, "CLIENT ID\r\n", ":1\r\n");
            if (how < 3) send_and_settle(world, goes, "BLPOP a 100\r\n");
            if (others > 0) send_and_settle(world, stays, "BLPOP a 100\r\n");
            const u32 number = world->clients[goes].number;
            if (how == 0)
                world_send_text(world, pusher, "CLIENT KILL ID 1\r\nCLIENT UNBLOCK 1\r\n");
            if (how == 1) ring_sim_client_close(world->ring, number);
            if (how == 2) ring_sim_client_shutdown(world->ring, number);
            if (how == 3) world_send_text(world, goes, "PING\r\nBLPOP a 0\r\n");
            if (how == 3) world->clients[goes].ending = true;
            if (how == 3) world_settle(world);
            world_send_text(world, pusher, "RPUSH a 1\r\n");
            world_settle(world);
            world_expect(world, pusher, how == 0 ? ":1\r\n:0\r\n:1\r\n" : ":1\r\n");
            world_expect(world, goes, how == 3 ? "+PONG\r\n" : "");
            assert_false(world_is_open(world, goes));
            if (others > 0) world_expect(world, stays, "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
            world_ask(world, pusher, "LLEN a\r\n", others > 0 ? ":0\r\n" : ":1\r\n");
            assert_int_equal(blocked_clients(world), 0);
            world_close(&world);
        }
    }
}

static void the_drain_ends_those_who_wait(void **state) {
    (void)state;
    const struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world), held = world_connect(world), other = world_connect(world);
    send_and_settle(world, waiting, "PING\r\nBLPOP a 0\r\nSET x 1\r\n");
    world_ask(world, other, "CLIENT PAUSE 1000000 WRITE\r\n", "+OK\r\n");
    send_and_settle(world, held, "PING\r\nSET x 1\r\nPING\r\n");
    world_begin_drain(world);
    world_settle(world);
    assert_int_equal(sessions_open_count(world->sessions), 0);
    world_expect(world, waiting, "+PONG\r\n");
    world_expect(world, held, "+PONG\r\n");
    world_close(&world);
}

/* -- what lies behind -- */

static void a_long_pipeline_behind_waits_its_turn(void **state) {
    (void)state;
    static const u32 lengths[] = {10, 900, 5000, 20000, 70000};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        for (u32 late = 0; late < 3; late++) {
            struct world_setup setup = world_setup_small();
            setup.network.client_bytes = 8192;
            struct world *world = world_open(&setup);
            u32 waiting = world_connect(world), other = world_connect(world);
            struct buffer wanted = {0};
            struct buffer *input = &world->clients[waiting].input;
            if (late == 2) {
                /* Its requests are received into memory of its own, as those of one who sends
                 * large ones. */
                buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$30000\r\n");
                buffer_fill(input, 'x', 30000);
                buffer_text(input, "\r\n");
                world_settle(world);
                world_expect(world, waiting, "+OK\r\n");
                assert_true(world->sessions->table[0].bulky);
            }
            world_send_text(world, waiting, "BLPOP nothing list 0\r\n");
            if (late != 0) world_settle(world);
            buffer_text(&wanted, "*2\r\n$4\r\nlist\r\n$1\r\n1\r\n");
            for (u32 sent = 0; sent < lengths[i]; sent += 16) {
                world_send_text(world, waiting, "ECHO 1234567890\r\n");
                buffer_text(&wanted, "$10\r\n1234567890\r\n");
            }
            world_settle(world);
            expect_nothing(world, waiting);
            assert_int_equal(blocked_clients(world), 1);
            /* Nothing that others need is held meanwhile. */
            assert_int_equal(world->ring->buffer_gauge.used, 0);
            world_ask(world, other, "RPUSH list 1\r\n", ":1\r\n");
            world_expect_bytes(world, waiting, wanted.data, wanted.len);
            buffer_free(&wanted);
            world_close(&world);
        }
    }
}

/* Where there is no memory for what is sent behind it, the wait ends: with an error that says so,
 * and nothing is lost. */
static void too_much_behind_ends_the_wait(void **state) {
    (void)state;
    for (u32 late = 0; late < 2; late++) {
        struct world_setup setup = setup_least();
        setup.network.client_bytes = 200000;
        struct world *world = world_open(&setup);
        u32 waiting = world_connect(world), other = world_connect(world);
        struct buffer wanted = {0};
        char error[160];
        const u64 memory = world->options.receive_memory;
        snprintf(error, sizeof(error),
                 "-ERR receive-memory (%llu) has no room for what was sent behind a blocking "
                 "command\r\n",
                 (unsigned long long)memory);
        buffer_text(&wanted, error);
        world_send_text(world, waiting, "BLPOP a 0\r\n");
        if (late == 1) world_settle(world);
        for (u32 i = 0; i < 20000; i++) {
            world_send_text(world, waiting, "PING\r\n");
            buffer_text(&wanted, "+PONG\r\n");
        }
        world_settle(world);
        world_expect_bytes(world, waiting, wanted.data, wanted.len);
        assert_int_equal(blocked_clients(world), 0);
        world_ask(world, other, "RPUSH a 1\r\nLLEN a\r\n", ":1\r\n:1\r\n");
        world_ask(world, waiting, "BLPOP a 0\r\n", "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
        buffer_free(&wanted);
        world_close(&world);
    }
}

/* Those who wait, each with something behind, leave room for the largest request. */
static void those_who_wait_leave_room_for_large_requests(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.receive_memory = limits_receive_memory_min(&setup.options) + 40000;
    struct world *world = world_open(&setup);
    u32 other = world_connect(world);
    u64 waiting = 0;
    for (u32 i = 0; i < 12; i++) {
        u32 client = world_connect(world);
        world_send_text(world, client, "BLPOP a 0\r\n");
        world_settle(world);
        for (u32 n = 0; n < 2000; n++)
            world_send_text(world, client, "PING\r\n");
        world_settle(world);
    }
    waiting = blocked_clients(world);
    assert_in_range(waiting, 1, 11);
    struct buffer *input = &world->clients[other].input;
    for (u32 i = 0; i < 3; i++) {
        buffer_text(input, "*10\r\n$5\r\nRPUSH\r\n$1\r\nb\r\n");
        for (u32 n = 0; n < 8; n++) {
            buffer_printf(input, "$%u\r\n", LONG_BYTES);
            buffer_fill(input, 'x', LONG_BYTES);
            buffer_text(input, "\r\n");
        }
    }
    world_settle(world);
    world_expect(world, other, ":8\r\n:16\r\n:24\r\n");
    assert_int_equal(world->engine.stats.counters.waits_receive, 0);
    assert_int_equal(blocked_clients(world), waiting);
    world_close(&world);
}

/* Requests with many and with long keys, also in the elder's memory, which a wait does not keep. */
static void a_request_with_many_keys_waits_or_is_refused(void **state) {
    (void)state;
    enum { KEYS = 3500 };
    for (u32 least = 0; least < 2; least++) {
        struct world_setup setup = least == 0 ? world_setup_small() : setup_least();
        setup.options.blocked_keys_max = KEYS;
        struct world *world = world_open(&setup);
        u32 waiting = world_connect(world), other = world_connect(world);
        struct buffer *input = &world->clients[waiting].input;
        buffer_printf(input, "*%u\r\n$5\r\nBLPOP\r\n", KEYS + 2);
        for (u32 i = 0; i < KEYS; i++)
            buffer_printf(input, "$60\r\n%060u\r\n", i % (KEYS - 10));
        buffer_text(input, "$1\r\n0\r\n");
        world_settle(world);
        char push[160], wanted[160];
        snprintf(push, sizeof(push), "RPUSH %060u 1\r\n", KEYS - 20);
        if (least == 0) {
            expect_nothing(world, waiting);
            assert_int_equal(world->engine.blocked.waiters.gauge.used, KEYS - 10);
            snprintf(wanted, sizeof(wanted), "*2\r\n$60\r\n%060u\r\n$1\r\n1\r\n", KEYS - 20);
        } else {
            snprintf(wanted, sizeof(wanted),
                     "-ERR no more clients can wait: receive-memory (%llu) is reached\r\n",
                     (unsigned long long)world->options.receive_memory);
        }
        world_ask(world, other, push, ":1\r\n");
        world_expect(world, waiting, wanted);
        assert_null(world->sessions->elder.owner);
        assert_int_equal(world->engine.blocked.waiters.gauge.used, 0);
        world_close(&world);
    }
}

/* -- time -- */

static void timeouts_come_in_their_order_and_on_time(void **state) {
    (void)state;
    enum { WAITING = 40 };
    const struct world_setup setup = setup_many();
    struct world *world = world_open(&setup);
    u64 deadlines[WAITING];
    char text[64];
    for (u32 i = 0; i < WAITING; i++) {
        /* From 1 s on, in a mixed order, 17 ms apart. */
        const u32 ms = 3000 + (i * 23 % WAITING) * 17;
        u32 client = world_connect(world);
        snprintf(text, sizeof(text), "BLPOP a %u.%03u\r\n", ms / 1000, ms % 1000);
        world_send_text(world, client, text);
        while (blocked_clients(world) <= i) {
            world_pump(world);
            world_turn(world);
        }
        deadlines[i] =
            world->engine.blocked.deadlines[world->sessions->table[i].client->blocked->place]
                ->deadline_us;
        assert_int_equal(deadlines[i], world->engine.now_us + ms * 1000);
    }
    for (u32 left = WAITING; left > 0;) {
        const u64 next_us = blocked_next_deadline(&world->engine.blocked);
        world_pump(world);
        world_turn(world);
        const u64 now_us = ring_sim_now_us(world->ring);
        /* The loop woke up at the deadline, and not before. */
        if (now_us < next_us) assert_int_equal(blocked_clients(world), left);
        if (now_us >= next_us) assert_int_equal(now_us, next_us);
        left = (u32)blocked_clients(world);
        for (u32 i = 0; i < WAITING; i++) {
            const bool waits = world->sessions->table[i].wait == WAIT_BLOCKED;
            assert_int_equal(waits, now_us < deadlines[i]);
        }
    }
    world_settle(world);
    for (u32 i = 0; i < WAITING; i++)
        world_expect(world, i, "*-1\r\n");
    assert_int_equal(world->engine.stats.commands[COMMAND_ID_BLPOP].calls, WAITING);
    world_close(&world);
}

/* Neither an idle connection nor an incomplete request: the timeouts of these leave it alone. */
static void waiting_is_not_idling(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.timeout_s = 5;
    setup.options.request_timeout_s = 3;
    struct world *world = world_open(&setup);
    u32 waiting = world_connect(world), other = world_connect(world), idle = world_connect(world);
    send_and_settle(world, waiting, "BLPOP a 0\r\n*2\r\n$4\r\nECHO\r\n$5\r\nab");
    world_pass_us(world, 20 * SECOND_US);
    assert_true(world_is_open(world, waiting));
    assert_false(world_is_open(world, idle));
    other = world_connect(world);
    world_ask(world, other, "LPUSH a 1\r\n", ":1\r\n");
    world_send_text(world, waiting, "cde\r\n");
    world_settle(world);
    world_expect(world, waiting, "*2\r\n$1\r\na\r\n$1\r\n1\r\n$5\r\nabcde\r\n");
    /* When the wait is over they begin again. */
    world_pass_us(world, 10 * SECOND_US);
    assert_false(world_is_open(world, waiting));
    world_close(&world);
}

/* -- limits -- */

static void as_many_clients_wait_as_the_option_says(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.blocked_clients_max = 2;
    struct world *world = world_open(&setup);
    u32 first = world_connect(world), second = world_connect(world), third = world_connect(world);
    static const char error[] = "-ERR no more clients can wait: blocked-clients-max (2) is "
                                "reached\r\n";
    send_and_settle(world, first, "BLPOP a 0\r\n");
    send_and_settle(world, second, "BLPOP a 0\r\n");
    send_and_settle(world, third, "BLPOP a 0\r\nBLMOVE a b LEFT LEFT 1\r\n");
    char twice[256];
    snprintf(twice, sizeof(twice), "%s%s", error, error);
    world_expect(world, third, twice);
    const struct stats_pool *pool = pool_of(world, "blocked_clients");
    assert_string_equal(pool->option, "blocked-clients-max");
    assert_int_equal(pool->gauge->used, 2);
    assert_int_equal(pool->gauge->max, 2);
    assert_int_equal(pool->gauge->high_water, 2);
    assert_int_equal(pool->gauge->exhausted, 2);
    assert_int_equal(world->engine.stats.commands[COMMAND_ID_BLPOP].rejected, 1);
    /* What does not have to wait is not refused. */
    world_ask(world, third, "RPUSH b 1\r\nBLPOP b 0\r\n", ":1\r\n*2\r\n$1\r\nb\r\n$1\r\n1\r\n");
    world_ask(world, third, "RPUSH a 1\r\n", ":1\r\n");
    world_expect(world, first, "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
    send_and_settle(world, third, "BLPOP a 0\r\n");
    assert_int_equal(pool->gauge->used, 2);
    world_ask(world, first, "RPUSH a 1 2\r\n", ":2\r\n");
    world_expect(world, second, "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
    world_expect(world, third, "*2\r\n$1\r\na\r\n$1\r\n2\r\n");
    world_close(&world);
}

static void they_wait_for_as_many_keys_as_the_option_says(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.blocked_keys_max = 4;
    struct world *world = world_open(&setup);
    u32 first = world_connect(world), second = world_connect(world), third = world_connect(world);
    static const char error[] = "-ERR no more clients can wait: blocked-keys-max (4) is reached\r\n"
                                "+PONG\r\n";
    send_and_settle(world, first, "BLPOP a b a 0\r\n");
    send_and_settle(world, second, "BLPOP b b b b b 0\r\n");
    world_ask(world, third, "BLPOP c d 0\r\nPING\r\n", error);
    const struct stats_pool *pool = pool_of(world, "blocked_keys");
    assert_string_equal(pool->option, "blocked-keys-max");
    assert_int_equal(pool->gauge->used, 3);
    assert_int_equal(pool->gauge->max, 4);
    assert_int_equal(pool->gauge->exhausted, 1);
    assert_int_equal(world->engine.blocked.keys.gauge.used, 2);
    assert_int_equal(blocked_clients(world), 2);
    send_and_settle(world, third, "BLPOP c 0\r\n");
    assert_int_equal(pool->gauge->used, 4);
    u32 fourth = world_connect(world);
    world_ask(world, fourth, "BLPOP d 0\r\nPING\r\n", error);
    world_ask(world, fourth, "RPUSH b 1 2\r\nRPUSH c 3\r\n", ":2\r\n:1\r\n");
    world_expect(world, first, "*2\r\n$1\r\nb\r\n$1\r\n1\r\n");
    world_expect(world, second, "*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
    world_expect(world, third, "*2\r\n$1\r\nc\r\n$1\r\n3\r\n");
    assert_int_equal(pool->gauge->used, 0);
    assert_int_equal(pool->gauge->high_water, 4);
    world_close(&world);
}

/* -- when there is no memory for the reply -- */

static void add_push(struct buffer *input, const char *key, u8 byte) {
    buffer_printf(input, "*3\r\n$5\r\nRPUSH\r\n$%zu\r\n%s\r\n$%u\r\n", strlen(key), key,
                  LONG_BYTES);
    buffer_fill(input, byte, LONG_BYTES);
    buffer_text(input, "\r\n");
}

static void expect_popped(struct world *world, u32 client, const char *key, u8 byte) {
    struct buffer wanted = {0};
    buffer_printf(&wanted, "*2\r\n$%zu\r\n%s\r\n$%u\r\n", strlen(key), key, LONG_BYTES);
    buffer_fill(&wanted, byte, LONG_BYTES);
    buffer_text(&wanted, "\r\n");
    world_expect_bytes(world, client, wanted.data, wanted.len);
    buffer_free(&wanted);
}

/* A client that asks for more than there is memory for and reads nothing. */
static u32 connect_deaf(struct world *world, u32 other) {
    struct buffer *input = &world->clients[other].input;
    buffer_printf(input, "*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$%u\r\n", LONG_BYTES);
    buffer_fill(input, 'v', LONG_BYTES);
    buffer_text(input, "\r\n");
    buffer_text(input, "*3\r\n$3\r\nSET\r\n$1\r\nw\r\n$20000\r\n");
    buffer_fill(input, 'w', 20000);
    buffer_text(input, "\r\n");
    world_settle(world);
    world_expect(world, other, "+OK\r\n+OK\r\n");
    u32 deaf = world_connect(world);
    world->clients[deaf].deaf = true;
    for (u32 i = 0; i < 40; i++)
        world_send_text(world, deaf, i == 8 ? "GET w\r\n" : "GET v\r\n");
    world_settle(world);
    return deaf;
}

/* Two wait for a list that has come; the first one's reply does not fit, and nobody overtakes it.
 * `how` the world goes on: */
enum { DEAF_READS, FIRST_GOES, FIRST_TIMES_OUT, FIRST_IS_UNBLOCKED, LIST_GOES, STALL_WAYS };

static void no_element_is_lost_when_the_reply_does_not_fit(void **state) {
    (void)state;
    for (u32 how = 0; how < STALL_WAYS; how++) {
        struct world_setup setup = setup_least();
        setup.network.client_bytes = 4096;
        struct world *world = world_open(&setup);
        u32 other = world_connect(world), first = world_connect(world);
        u32 second = world_connect(world), third = world_connect(world);
        world_ask(world, first, "CLIENT ID\r\n", ":2\r\n");
        u32 deaf = connect_deaf(world, other);
        send_and_settle(world, first, "BLPOP a 40\r\nPING\r\n");
        send_and_settle(world, second, "BLPOP b a 0\r\n");
        add_push(&world->clients[other].input, "a", '1');
        add_push(&world->clients[other].input, "a", '2');
        world_settle(world);
        world_expect(world, other, ":1\r\n:2\r\n");
        expect_nothing(world, first);
        expect_nothing(world, second);
        assert_int_equal(world->engine.blocked.stalled, 1);
        assert_int_equal(blocked_clients(world), 2);
        /* Small replies get through; one that comes now waits behind. */
        world_ask(world, other, "LLEN a\r\n", ":2\r\n");
        send_and_settle(world, third, "BLPOP a 0\r\n");
        assert_int_equal(blocked_clients(world), 3);
        if (how == FIRST_GOES) ring_sim_client_reset(world->ring, world->clients[first].number);
        if (how == FIRST_TIMES_OUT) world_pass_us(world, 41 * SECOND_US);
        if (how == FIRST_IS_UNBLOCKED)
            world_ask(world, other, "CLIENT UNBLOCK 2 ERROR\r\n", ":1\r\n");
        if (how == LIST_GOES) world_ask(world, other, "DEL a\r\n", ":1\r\n");
        world_settle(world);
        world->clients[deaf].deaf = false;
        world_settle(world);
        if (how == DEAF_READS) {
            expect_nothing(world, third);
            struct buffer *got = &world->clients[first].reply;
            assert_int_equal(got->len, LONG_BYTES + 28);
            assert_memory_equal(got->data + got->len - 7, "+PONG\r\n", 7);
            got->len -= 7;
            expect_popped(world, first, "a", '1');
            expect_popped(world, second, "a", '2');
        } else if (how == LIST_GOES) {
            expect_nothing(world, first);
            assert_int_equal(world->engine.blocked.stalled, 0);
            world_ask(world, other, "RPUSH a 1 2\r\n", ":2\r\n");
            world_expect(world, first, "*2\r\n$1\r\na\r\n$1\r\n1\r\n+PONG\r\n");
            world_expect(world, second, "*2\r\n$1\r\na\r\n$1\r\n2\r\n");
        } else {
            if (how == FIRST_TIMES_OUT) world_expect(world, first, "*-1\r\n+PONG\r\n");
            if (how == FIRST_IS_UNBLOCKED)
                world_expect(world, first,
                             "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n");
            expect_popped(world, second, "a", '1');
            expect_popped(world, third, "a", '2');
        }
        assert_int_equal(world->engine.waiting_reply, 0);
        world_close(&world);
    }
}

/* Its own unsent replies are in the way: it is served when they have left. */
static void who_does_not_read_is_served_when_it_reads(void **state) {
    (void)state;
    struct world_setup setup = setup_least();
    setup.network.client_bytes = 4096;
    struct world *world = world_open(&setup);
    u32 other = world_connect(world), waiting = world_connect(world);
    struct buffer *input = &world->clients[other].input;
    buffer_printf(input, "*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$%u\r\n", LONG_BYTES);
    buffer_fill(input, 'v', LONG_BYTES);
    buffer_text(input, "\r\n");
    world_settle(world);
    world_expect(world, other, "+OK\r\n");
    world->clients[waiting].deaf = true;
    for (u32 i = 0; i < 8; i++)
        world_send_text(world, waiting, "GET v\r\n");
    send_and_settle(world, waiting, "BLMPOP 0 1 a LEFT COUNT 9\r\n");
    assert_int_equal(blocked_clients(world), 1);
    add_push(&world->clients[other].input, "a", 'e');
    world_settle(world);
    world_ask(world, other, "LLEN a\r\n", ":1\r\n:1\r\n");
    assert_int_equal(world->engine.blocked.stalled, 1);
    world->clients[waiting].deaf = false;
    world_settle(world);
    assert_int_equal(world->clients[waiting].reply.len,
                     8 * (LONG_BYTES + 10) + 15 + LONG_BYTES + 10);
    world_ask(world, other, "EXISTS a\r\n", ":0\r\n");
    world_close(&world);
}

/* A reply that is more than any may be: the one who asked gets the error, the next the elements. */
static void a_reply_that_never_fits_leaves_them_to_the_next(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.request_size_max = 400000;
    struct world *world = world_open(&setup);
    u32 other = world_connect(world), first = world_connect(world), second = world_connect(world);
    send_and_settle(world, first, "BLMPOP 0 1 a LEFT COUNT 20\r\nPING\r\n");
    send_and_settle(world, second, "BLMPOP 0 1 a LEFT COUNT 2\r\n");
    struct buffer *input = &world->clients[other].input;
    struct buffer wanted = {0};
    buffer_text(input, "*12\r\n$5\r\nRPUSH\r\n$1\r\na\r\n");
    buffer_text(&wanted, "*2\r\n$1\r\na\r\n*2\r\n");
    for (u32 n = 0; n < 10; n++) {
        for (u32 both = 0; both < (n < 2 ? 2 : 1); both++) {
            struct buffer *to = both == 0 ? input : &wanted;
            buffer_printf(to, "$%u\r\n", LONG_BYTES);
            buffer_fill(to, (u8)('a' + n), LONG_BYTES);
            buffer_text(to, "\r\n");
        }
    }
    world_settle(world);
    world_expect(world, other, ":10\r\n");
    world_expect(world, first, "-ERR reply exceeds reply-size-max (262144)\r\n+PONG\r\n");
    world_expect_bytes(world, second, wanted.data, wanted.len);
    world_ask(world, other, "LLEN a\r\n", ":8\r\n");
    assert_int_equal(world->engine.stats.counters.replies_too_long, 1);
    assert_int_equal(world->engine.stats.commands[COMMAND_ID_BLMPOP].failed, 1);
    buffer_free(&wanted);
    world_close(&world);
}

/* -- the pause -- */

static void a_pause_of_all_holds_everything_back(void **state) {
    (void)state;
    const struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 other = world_connect(world), held = world_connect(world), late = world_connect(world);
    world_ask(world, other, "SET x 1 PX 500\r\nCLIENT PAUSE 3000\r\n", "+OK\r\n+OK\r\n");
    const u64 until_us = world->engine.blocked.pause_until_us;
    world_send_text(world, held, "PING\r\nGET x\r\nSET x 2\r\nGET x\r\n");
    world_send_text(world, other, "CLIENT UNPAUSE\r\nPING\r\n");
    world_settle(world);
    expect_nothing(world, held);
    expect_nothing(world, other);
    world_ask(world, late, "NOSUCH\r\nGET\r\n",
              "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"
              "-ERR wrong number of arguments for 'get' command\r\n");
    assert_int_equal(blocked_client_count(&world->engine.blocked), 2);
    world_pass_us(world, 2 * SECOND_US);
    /* Nor does a key go away meanwhile. */
    assert_int_equal(world->engine.store.counters.expired_keys, 0);
    assert_int_equal(store_keys(&world->engine.store, 0), 1);
    while (ring_sim_now_us(world->ring) < until_us) {
        expect_nothing(world, held);
        world_pump(world);
        world_turn(world);
    }
    assert_int_equal(ring_sim_now_us(world->ring), until_us);
    world_settle(world);
    world_expect(world, held, "+PONG\r\n$-1\r\n+OK\r\n$1\r\n2\r\n");
    world_expect(world, other, "+OK\r\n+PONG\r\n");
    assert_int_equal(world->engine.blocked.paused_clients, 0);
    world_close(&world);
}

static void a_pause_of_writes_lets_readers_through(void **state) {
    (void)state;
    struct world_setup setup = setup_many();
    setup.network.client_bytes = 200000;
    struct world *world = world_open(&setup);
    u32 reader = world_connect(world);
    world_ask(world, reader, "SET x 1\r\nCLIENT PAUSE 100000000 WRITE\r\n", "+OK\r\n+OK\r\n");
    /* More than there are shared buffers, with much behind them. */
    for (u32 i = 0; i < 90; i++) {
        u32 writer = world_connect(world);
        for (u32 n = 0; n < 3000; n++)
            world_send_text(world, writer, n % 2 == 0 ? "INCR n\r\n" : "GET none\r\n");
    }
    world_settle(world);
    assert_int_equal(world->engine.blocked.paused_clients, 90);
    for (u32 i = 0; i < 20; i++)
        world_ask(world, reader, "GET x\r\nGET n\r\n", "$1\r\n1\r\n$-1\r\n");
    ring_sim_client_close(world->ring, world->clients[1].number);
    world_settle(world);
    world_ask(world, reader, "CLIENT UNPAUSE\r\n", "+OK\r\n");
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "$6\r\n%u\r\n", 89 * 1500);
    world_ask(world, reader, "GET n\r\n", wanted);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_wait_are_served_in_turn),
        cmocka_unit_test(service_comes_before_the_next_command),
        cmocka_unit_test(a_wait_may_begin_and_end_in_one_round),
        cmocka_unit_test(those_who_go_take_their_waits_with_them),
        cmocka_unit_test(nothing_is_given_to_those_who_go),
        cmocka_unit_test(the_drain_ends_those_who_wait),
        cmocka_unit_test(a_long_pipeline_behind_waits_its_turn),
        cmocka_unit_test(too_much_behind_ends_the_wait),
        cmocka_unit_test(those_who_wait_leave_room_for_large_requests),
        cmocka_unit_test(a_request_with_many_keys_waits_or_is_refused),
        cmocka_unit_test(timeouts_come_in_their_order_and_on_time),
        cmocka_unit_test(waiting_is_not_idling),
        cmocka_unit_test(as_many_clients_wait_as_the_option_says),
        cmocka_unit_test(they_wait_for_as_many_keys_as_the_option_says),
        cmocka_unit_test(no_element_is_lost_when_the_reply_does_not_fit),
        cmocka_unit_test(who_does_not_read_is_served_when_it_reads),
        cmocka_unit_test(a_reply_that_never_fits_leaves_them_to_the_next),
        cmocka_unit_test(a_pause_of_all_holds_everything_back),
        cmocka_unit_test(a_pause_of_writes_lets_readers_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
