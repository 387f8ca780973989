/* The use of keys as clients see it, by a simulated clock; and eviction under commands with several
 * keys. */
#include "world.h"

#define SECOND_US 1000000u

static struct world *open_with(enum maxmemory_policy policy) {
    struct world_setup setup = world_setup_small();
    setup.options.maxmemory_policy = policy;
    setup.options.store_memory = 1u << 20;
    setup.options.key_count = 5000;
    return world_open(&setup);
}

/* To the beginning of a second, as each exchange takes a part of one. */
static void pass_seconds(struct world *world, u64 seconds) {
    u64 now_us = ring_sim_now_us(world->ring);
    u64 then_us = (now_us / SECOND_US + seconds) * SECOND_US;
    world_pass_us(world, then_us - now_us);
    assert_int_equal(ring_sim_now_us(world->ring) / SECOND_US, now_us / SECOND_US + seconds);
}

static void idle_times(void **state) {
    (void)state;
    struct world *world = open_with(POLICY_NOEVICTION);
    u32 a = world_connect(world);
    world_ask(world, a, "SET key value\r\nRPUSH list a b\r\n", "+OK\r\n:2\r\n");
    pass_seconds(world, 100);
    world_ask(world, a, "OBJECT IDLETIME key\r\nOBJECT IDLETIME list\r\n", ":100\r\n:100\r\n");
    /* Asking about a key is no use of it. */
    world_ask(world, a, "TTL key\r\nTYPE key\r\nEXISTS key\r\nOBJECT IDLETIME key\r\n",
              ":-1\r\n+string\r\n:1\r\n:100\r\n");
    world_ask(world, a, "GET key\r\nOBJECT IDLETIME key\r\nOBJECT IDLETIME list\r\n",
              "$5\r\nvalue\r\n:0\r\n:100\r\n");
    pass_seconds(world, 30);
    world_ask(world, a, "LLEN list\r\nOBJECT IDLETIME key\r\nOBJECT IDLETIME list\r\n",
              ":2\r\n:30\r\n:0\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "SET key value\r\nOBJECT IDLETIME key\r\n", "+OK\r\n:0\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "SET key value NX\r\nOBJECT IDLETIME key\r\n", "$-1\r\n:0\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "APPEND key s\r\nOBJECT IDLETIME key\r\n", ":6\r\n:0\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "MSET key 1 more 2\r\nOBJECT IDLETIME key\r\nOBJECT IDLETIME more\r\n",
              "+OK\r\n:0\r\n:0\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "INCR key\r\nOBJECT IDLETIME key\r\nOBJECT IDLETIME more\r\n",
              ":2\r\n:0\r\n:20\r\n");
    pass_seconds(world, 20);
    world_ask(world, a, "EXPIRE key 1000\r\nOBJECT IDLETIME key\r\n", ":1\r\n:0\r\n");
    world_close(&world);
}

static void frequencies_sink(void **state) {
    (void)state;
    struct world *world = open_with(POLICY_ALLKEYS_LFU);
    u32 a = world_connect(world);
    world_ask(world, a, "SET key value\r\nOBJECT FREQ key\r\nGET key\r\nOBJECT FREQ key\r\n",
              "+OK\r\n:5\r\n$5\r\nvalue\r\n:6\r\n");
    pass_seconds(world, 4 * 60);
    world_ask(world, a, "OBJECT FREQ key\r\nGET key\r\nOBJECT FREQ key\r\n",
              ":2\r\n$5\r\nvalue\r\n:3\r\n");
    world_ask(world, a, "CONFIG SET lfu-decay-time 0\r\n", "+OK\r\n");
    pass_seconds(world, 10 * 60);
    world_ask(world, a, "OBJECT FREQ key\r\n", ":3\r\n");
    world_close(&world);
}

/* In a store that is always full: no command loses a key that it works on. */
static void commands_keep_their_keys(void **state) {
    (void)state;
    for (u32 policy = POLICY_ALLKEYS_LRU; policy <= POLICY_ALLKEYS_RANDOM; policy++) {
        struct world *world = open_with(policy);
        u32 a = world_connect(world);
        static char value[2001];
        memset(value, 'v', sizeof(value) - 1);
        static char request[4 * sizeof(value)];
        for (u32 i = 0; i < 1500; i++) {
            snprintf(request, sizeof(request), "SET key:%u %s\r\n", i, value);
            world_ask(world, a, request, "+OK\r\n");
        }
        assert_true(world->engine.store.counters.evicted_keys > 500);
        for (u32 i = 0; i < 300; i++) {
            snprintf(request, sizeof(request), "MSET a%u %s b%u %s c%u %s\r\n", i, value, i,
                     value + 500, i, value + 1000);
            world_ask(world, a, request, "+OK\r\n");
            snprintf(request, sizeof(request),
                     "STRLEN a%u\r\nSTRLEN b%u\r\nAPPEND c%u %s\r\nEXISTS a%u b%u c%u\r\n", i, i, i,
                     value, i, i, i);
            /* APPEND may cost the others. */
            world_send_text(world, a, request);
            world_settle(world);
            assert_memory_equal(world->clients[a].reply.data, ":2000\r\n:1500\r\n:3000\r\n", 21);
            world->clients[a].reply.len = 0;
        }
        assert_int_equal(world->engine.store.counters.refused, 0);
        assert_false(world->engine.store.eviction.asked);
        assert_int_equal(world->engine.store.eviction.mark_count, 0);
        world_close(&world);
    }
}

/* With a growing list among keys of which each push evicts some. */
static void a_list_grows_at_the_cost_of_others(void **state) {
    (void)state;
    struct world *world = open_with(POLICY_ALLKEYS_RANDOM);
    u32 a = world_connect(world);
    static char element[9001];
    memset(element, 'e', sizeof(element) - 1);
    static char request[2 * sizeof(element)];
    for (u32 i = 0; i < 1000; i++) {
        snprintf(request, sizeof(request), "SET key:%u %s\r\n", i, element + 8000);
        world_ask(world, a, request, "+OK\r\n");
    }
    for (u32 i = 1; i <= 60; i++) {
        char reply[32];
        snprintf(request, sizeof(request), "RPUSH list %s\r\n", element + (i % 2 ? 0 : 8500));
        snprintf(reply, sizeof(reply), ":%u\r\n", i);
        world_ask(world, a, request, reply);
    }
    assert_true(world->engine.store.counters.evicted_keys > 200);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_times),
        cmocka_unit_test(frequencies_sink),
        cmocka_unit_test(commands_keep_their_keys),
        cmocka_unit_test(a_list_grows_at_the_cost_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
