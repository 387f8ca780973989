/* Random streams of several clients over a network that does whatever a network may do, with as
 * little memory as there may be: the replies are those of the model, or the connection is broken
 * and they are the first of them. */
#include "script.h"
#include "world.h"

enum { CLIENTS = 8 };

static struct world_setup setup_whole(void) {
    struct world_setup setup = world_setup_small();
    setup.options.val_size_max = SCRIPT_VALUE_BYTES_MAX;
    /* The slowest networks take minutes of their own time. */
    setup.options.request_timeout_s = setup.options.reply_timeout_s = 86400;
    return setup;
}

static struct world_setup setup_least(void) {
    struct world_setup setup = setup_whole();
    setup.options.receive_memory = limits_receive_memory_min(&setup.options);
    setup.options.reply_memory = limits_reply_memory_min(&setup.options);
    return setup;
}

/* Each with a script of its own, all at the same time. */
static void run_scripts(const struct world_setup *setup, u64 seed, u32 steps, bool may_break) {
    struct script scripts[CLIENTS];
    struct world *world = world_open(setup);
    struct prng prng;
    prng_init(&prng, seed);
    for (u32 i = 0; i < CLIENTS; i++) {
        script_init(&scripts[i], seed * CLIENTS + i, i, steps);
        const u32 number = world_connect(world);
        struct world_client *client = &world->clients[number];
        world_send(world, number, scripts[i].in.data, scripts[i].in.len);
        client->ending = prng_below(&prng, 2) == 0;
        if (prng_below(&prng, 2) == 0) client->read_max = 1000 + prng_below(&prng, 20000);
        if (prng_below(&prng, 3) == 0) client->write_max = 500 + prng_below(&prng, 20000);
        client->deaf = prng_below(&prng, 2) == 0;
    }
    world_settle(world);
    /* Those who did not read yet hold what reply memory there is. */
    for (u32 i = 0; i < CLIENTS; i++)
        world->clients[i].deaf = false;
    world_settle(world);
    for (u32 i = 0; i < CLIENTS; i++) {
        struct world_client *client = &world->clients[i];
        if (may_break && ring_sim_client_end(world->ring, client->number) == RING_SIM_RESET) {
            assert_true(client->reply.len <= scripts[i].out.len);
            scripts[i].out.len = client->reply.len;
        } else if (client->ending) {
            assert_int_equal(ring_sim_client_end(world->ring, client->number), RING_SIM_ENDED);
        }
        world_expect_bytes(world, i, scripts[i].out.data, scripts[i].out.len);
        script_deinit(&scripts[i]);
    }
    const struct counters *counters = &world->engine.stats.counters;
    assert_int_equal(counters->protocol_errors, 0);
    assert_int_equal(counters->closed_request_timeout, 0);
    assert_int_equal(counters->closed_reply_timeout, 0);
    world_close(&world);
}

static void a_network_without_whims(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 10; seed++) {
        struct world_setup setup = setup_whole();
        run_scripts(&setup, seed, 60, false);
        setup = setup_least();
        run_scripts(&setup, seed, 60, false);
    }
}

static struct ring_sim_options draw_network(u64 seed) {
    struct prng prng;
    prng_init(&prng, seed);
    struct ring_sim_options network = {.seed = seed};
    network.chance_piece = (u32)prng_below(&prng, 900);
    network.chance_short_send = (u32)prng_below(&prng, 900);
    network.chance_later = (u32)prng_below(&prng, 700);
    network.chance_delay = (u32)prng_below(&prng, 300);
    network.chance_starve = (u32)prng_below(&prng, 300);
    network.chance_accept_error = (u32)prng_below(&prng, 100);
    network.chance_interrupt = (u32)prng_below(&prng, 200);
    network.chance_jump = (u32)prng_below(&prng, 20);
    network.delay_us_max = 1 + prng_below(&prng, 20000);
    network.jump_us_max = 1 + prng_below(&prng, 200000);
    network.client_bytes = 1u << (8 + prng_below(&prng, 10));
    return network;
}

static void every_seed_of_a_network_gives_the_same_replies(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 60; seed++) {
        struct world_setup setup = seed % 2 == 0 ? setup_whole() : setup_least();
        setup.network = draw_network(seed);
        run_scripts(&setup, seed, 40, false);
    }
}

static void connections_that_break_lose_only_what_comes_last(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 60; seed++) {
        struct world_setup setup = seed % 2 == 0 ? setup_whole() : setup_least();
        setup.network = draw_network(1000 + seed);
        setup.network.chance_reset = 1 + (u32)(seed % 5) * 4;
        run_scripts(&setup, seed, 40, true);
    }
}

/* What the client has got is the beginning of what it would have got. */
static void expect_beginning(struct world *world, u32 client, struct script *script) {
    assert_true(world->clients[client].reply.len <= script->out.len);
    script->out.len = world->clients[client].reply.len;
    world_expect_bytes(world, client, script->out.data, script->out.len);
    script_deinit(script);
}

/* At any time the server stops, or clients are killed: connections end, and no reply is broken. */
static void an_end_at_any_time_loses_only_what_comes_last(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 120; seed++) {
        struct world_setup setup = seed % 2 == 0 ? setup_whole() : setup_least();
        struct script scripts[CLIENTS];
        if (seed % 4 > 1) setup.network = draw_network(6000 + seed);
        struct world *world = world_open(&setup);
        for (u32 i = 0; i < CLIENTS; i++) {
            script_init(&scripts[i], seed * CLIENTS + i, i, 40);
            world_send(world, world_connect(world), scripts[i].in.data, scripts[i].in.len);
        }
        const u32 killer = world_connect(world);
        for (u64 turns = 1 + seed * seed % 150; turns > 0; turns--) {
            world_pump(world);
            world_turn(world);
        }
        if (seed % 3 == 0) {
            world_send_text(world, killer, "CLIENT KILL TYPE normal\r\nSHUTDOWN\r\n");
        } else {
            world_begin_drain(world);
        }
        world_settle(world);
        assert_int_equal(sessions_open_count(world->sessions), 0);
        for (u32 i = 0; i < CLIENTS; i++)
            expect_beginning(world, i, &scripts[i]);
        world_close(&world);
    }
}

/* -- every pool at every smaller capacity -- */

/* The least that holds a largest reply, and one chunk for the first of each of some others. */
static u64 reply_chunks_least(const struct world_setup *setup) {
    struct limits limits;
    limits_compute(&limits, &setup->options);
    return u64_div_up(limits.connection_send_size, CHUNK_PAYLOAD) + 1;
}

static void few_receive_buffers_serve_all(void **state) {
    (void)state;
    for (u64 buffers = 1; buffers <= 64; buffers *= 2) {
        for (u64 seed = 1; seed <= 3; seed++) {
            struct world_setup setup = setup_least();
            setup.receive_buffers = buffers;
            if (seed > 1) setup.network = draw_network(2000 + seed);
            run_scripts(&setup, seed, 40, false);
        }
    }
}

static void few_receive_units_serve_all(void **state) {
    (void)state;
    /* One for each connection is promised; the elder's memory is all that there is beside. */
    for (u64 units = 17; units <= 340; units += units < 60 ? 3 : 40) {
        for (u64 seed = 1; seed <= 2; seed++) {
            struct world_setup setup = setup_least();
            setup.receive_units = units;
            if (seed > 1) setup.network = draw_network(3000 + seed);
            run_scripts(&setup, seed, 40, false);
        }
    }
}

static void few_reply_chunks_serve_all(void **state) {
    (void)state;
    for (u64 kept = 1; kept <= 16; kept += 3) {
        for (u64 seed = 1; seed <= 3; seed++) {
            struct world_setup setup = setup_least();
            setup.reply_chunks = reply_chunks_least(&setup) + kept;
            setup.reply_chunks_kept = kept;
            if (seed > 1) setup.network = draw_network(4000 + seed);
            run_scripts(&setup, seed, 40, false);
        }
    }
}

static void few_of_everything_serve_all(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 16; seed++) {
        struct world_setup setup = setup_least();
        setup.receive_buffers = 1 + seed % 4;
        setup.receive_units = 17 + seed % 30;
        setup.reply_chunks_kept = 1 + seed % 7;
        setup.reply_chunks = reply_chunks_least(&setup) + setup.reply_chunks_kept;
        setup.network = draw_network(5000 + seed);
        run_scripts(&setup, seed, 40, false);
    }
}

/* The store too: what does not fit is refused, and nothing else goes wrong. */
static void a_full_store_refuses_and_goes_on(void **state) {
    (void)state;
    for (u64 kib = 200; kib <= 1000; kib += 100) {
        struct world_setup setup = setup_least();
        setup.options.key_count = 100;
        setup.options.store_memory = kib << 10;
        struct world *world = world_open(&setup);
        struct script scripts[CLIENTS];
        for (u32 i = 0; i < CLIENTS; i++) {
            script_init(&scripts[i], kib + i, i, 40);
            world_send(world, world_connect(world), scripts[i].in.data, scripts[i].in.len);
        }
        world_settle(world);
        for (u32 i = 0; i < CLIENTS; i++) {
            assert_true(world_is_open(world, i));
            world->clients[i].reply.len = 0;
            world_ask(world, i, "FLUSHDB\r\nDBSIZE\r\n", "+OK\r\n:0\r\n");
            script_deinit(&scripts[i]);
        }
        if (kib < 400) assert_true(world->engine.stats.errors[ERROR_OOM] > 0);
        assert_int_equal(world->engine.stats.counters.protocol_errors, 0);
        world_close(&world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_without_whims),
        cmocka_unit_test(every_seed_of_a_network_gives_the_same_replies),
        cmocka_unit_test(connections_that_break_lose_only_what_comes_last),
        cmocka_unit_test(an_end_at_any_time_loses_only_what_comes_last),
        cmocka_unit_test(few_receive_buffers_serve_all),
        cmocka_unit_test(few_receive_units_serve_all),
        cmocka_unit_test(few_reply_chunks_serve_all),
        cmocka_unit_test(few_of_everything_serve_all),
        cmocka_unit_test(a_full_store_refuses_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
