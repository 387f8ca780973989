/* Blocking commands against a plain model beside: random pushes, waits for several keys, moves
 * between lists, clients that go, are unblocked or killed; and consumers over a network that does
 * whatever a network may do: every element reaches one of them, in order.
 */
#include "world.h"

enum { CLIENTS = 14, KEYS = 5, ELEMENTS_MAX = 60, KEYS_EACH = 4, STEPS = 400 };

enum model_kind { MODEL_FREE, MODEL_POP, MODEL_MULTI, MODEL_MOVE };

struct model_client {
    u8 kind;
    u64 since; /* in the order of their beginning */
    u32 keys[KEYS_EACH];
    u32 key_count;
    u32 count;
    bool from_tail;
    bool to_tail;
    u32 to;
};

struct model {
    struct prng prng;
    u32 lists[KEYS][ELEMENTS_MAX];
    u32 lengths[KEYS];
    struct model_client clients[CLIENTS];
    struct buffer wanted[CLIENTS];
    u32 ready[KEYS * 64];
    u32 ready_count;
    u64 begun;
    u32 next_element;
};

static u32 below(struct model *model, u32 n) {
    return (u32)prng_below(&model->prng, n);
}

static void want_element(struct buffer *wanted, u32 element) {
    char digits[16];
    snprintf(digits, sizeof(digits), "e%u", element);
    buffer_printf(wanted, "$%zu\r\n%s\r\n", strlen(digits), digits);
}

static void model_push(struct model *model, u32 key, bool tail, u32 element) {
    u32 *list = model->lists[key];
    const u32 length = model->lengths[key]++;
    assert_in_range(length, 0, ELEMENTS_MAX - 1);
    if (length == 0) {
        assert_in_range(model->ready_count, 0, KV_ARRAY_LENGTH(model->ready) - 1);
        model->ready[model->ready_count++] = key;
    }
    if (!tail) memmove(list + 1, list, length * sizeof(*list));
    list[tail ? length : 0] = element;
}

static u32 model_pop(struct model *model, u32 key, bool tail) {
    u32 *list = model->lists[key];
    const u32 length = model->lengths[key]--;
    const u32 element = list[tail ? length - 1 : 0];
    if (!tail) memmove(list, list + 1, (length - 1) * sizeof(*list));
    return element;
}

/* What a client takes from a key that is a list. */
static void model_take(struct model *model, u32 number, u32 key) {
    struct model_client *client = &model->clients[number];
    struct buffer *wanted = &model->wanted[number];
    if (client->kind == MODEL_MOVE) {
        const u32 element = model_pop(model, key, client->from_tail);
        model_push(model, client->to, client->to_tail, element);
        want_element(wanted, element);
    } else {
        const u32 count =
            client->kind == MODEL_MULTI ? u32_min(client->count, model->lengths[key]) : 1;
        buffer_printf(wanted, "*2\r\n$1\r\n%u\r\n", key);
        if (client->kind == MODEL_MULTI) buffer_printf(wanted, "*%u\r\n", count);
        for (u32 i = 0; i < count; i++)
            want_element(wanted, model_pop(model, key, client->from_tail));
    }
    client->kind = MODEL_FREE;
}

static bool model_waits_for(const struct model_client *client, u32 key) {
    for (u32 i = 0; client->kind != MODEL_FREE && i < client->key_count; i++)
        if (client->keys[i] == key) return true;
    return false;
}

/* Keys in the order in which they became lists, and for each whoever waits longest. */
static void model_serve(struct model *model) {
    for (u32 next = 0; next < model->ready_count; next++) {
        const u32 key = model->ready[next];
        while (model->lengths[key] > 0) {
            u32 first = CLIENTS;
            for (u32 i = 0; i < CLIENTS; i++) {
                if (!model_waits_for(&model->clients[i], key)) continue;
                if (first == CLIENTS || model->clients[i].since < model->clients[first].since)
                    first = i;
            }
            if (first == CLIENTS) break;
            model_take(model, first, key);
        }
    }
    model->ready_count = 0;
}

/* -- steps -- */

static void begin_wait(struct world *world, struct model *model, u32 number) {
    struct model_client *client = &model->clients[number];
    struct buffer *input = &world->clients[number].input;
    const enum model_kind kind = (enum model_kind)(1 + below(model, 3));
    *client = (struct model_client){
        .kind = (u8)kind,
        .since = model->begun++,
        .from_tail = below(model, 2) == 0,
        .to_tail = below(model, 2) == 0,
        .to = below(model, KEYS),
        .count = 1 + below(model, 4),
        .key_count = kind == MODEL_MOVE ? 1 : 1 + below(model, KEYS_EACH),
    };
    for (u32 i = 0; i < client->key_count; i++)
        client->keys[i] = below(model, KEYS);
    if (kind == MODEL_POP) buffer_text(input, client->from_tail ? "BRPOP" : "BLPOP");
    if (kind == MODEL_MULTI) buffer_printf(input, "BLMPOP 0 %u", client->key_count);
    if (kind == MODEL_MOVE) buffer_text(input, "BLMOVE");
    for (u32 i = 0; i < client->key_count; i++)
        buffer_printf(input, " %u", client->keys[i]);
    const char *from = client->from_tail ? "RIGHT" : "LEFT";
    if (kind == MODEL_POP) buffer_text(input, " 0\r\n");
    if (kind == MODEL_MULTI) buffer_printf(input, " %s COUNT %u\r\n", from, client->count);
    if (kind == MODEL_MOVE)
        buffer_printf(input, " %u %s %s 0\r\n", client->to, from,
                      client->to_tail ? "RIGHT" : "LEFT");
    for (u32 i = 0; i < client->key_count; i++) {
        if (model->lengths[client->keys[i]] == 0) continue;
        model_take(model, number, client->keys[i]);
        break;
    }
}

static void push(struct world *world, struct model *model, u32 number) {
    const u32 key = below(model, KEYS), count = 1 + below(model, 4);
    const bool tail = below(model, 2) == 0;
    if (model->lengths[key] + count > ELEMENTS_MAX / 2) return;
    struct buffer *input = &world->clients[number].input;
    buffer_printf(input, "%s %u", tail ? "RPUSH" : "LPUSH", key);
    for (u32 i = 0; i < count; i++) {
        buffer_printf(input, " e%u", model->next_element);
        model_push(model, key, tail, model->next_element++);
    }
    buffer_text(input, "\r\n");
    buffer_printf(&model->wanted[number], ":%u\r\n", model->lengths[key]);
}

static void pop(struct world *world, struct model *model, u32 number) {
    const u32 key = below(model, KEYS);
    buffer_printf(&world->clients[number].input, "LPOP %u\r\n", key);
    if (model->lengths[key] == 0) {
        buffer_text(&model->wanted[number], "$-1\r\n");
    } else {
        want_element(&model->wanted[number], model_pop(model, key, false));
    }
}

static void unblock(struct world *world, struct model *model, u32 number) {
    const u32 other = below(model, CLIENTS);
    struct model_client *client = &model->clients[other];
    const bool waits = client->kind != MODEL_FREE;
    buffer_printf(&world->clients[number].input, "CLIENT UNBLOCK %u\r\n", other + 1);
    buffer_printf(&model->wanted[number], ":%u\r\n", waits);
    if (waits) buffer_text(&model->wanted[other], "*-1\r\n");
    client->kind = MODEL_FREE;
}

static void step(struct world *world, struct model *model) {
    const u32 number = below(model, CLIENTS);
    if (model->clients[number].kind != MODEL_FREE) return;
    const u32 what = below(model, 20);
    if (what < 9) begin_wait(world, model, number);
    if (what >= 9 && what < 16) push(world, model, number);
    if (what >= 16 && what < 18) pop(world, model, number);
    if (what == 18) unblock(world, model, number);
    if (what == 19) {
        buffer_text(&world->clients[number].input, "PING\r\n");
        buffer_text(&model->wanted[number], "+PONG\r\n");
    }
    model_serve(model);
    world_settle(world);
    for (u32 i = 0; i < CLIENTS; i++) {
        world_expect_bytes(world, i, model->wanted[i].data, model->wanted[i].len);
        model->wanted[i].len = 0;
    }
    u64 waiting = 0;
    for (u32 i = 0; i < CLIENTS; i++)
        waiting += model->clients[i].kind != MODEL_FREE;
    assert_int_equal(world->engine.blocked.clients.gauge.used, waiting);
}

static void waits_are_those_of_the_model(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 25; seed++) {
        struct model *model = calloc(1, sizeof(*model));
        assert_non_null(model);
        prng_init(&model->prng, seed);
        const struct world_setup setup = world_setup_small();
        struct world *world = world_open(&setup);
        for (u32 i = 0; i < CLIENTS; i++)
            world_ask(world, world_connect(world), "PING\r\n", "+PONG\r\n");
        for (u32 i = 0; i < STEPS; i++)
            step(world, model);
        for (u32 i = 0; i < CLIENTS; i++)
            buffer_free(&model->wanted[i]);
        world_close(&world);
        free(model);
    }
}

/* -- producers and consumers -- */

enum { CONSUMERS = 6, PRODUCERS = 4, ROUNDS = 60, ITEM_BYTES = 900 };

static struct ring_sim_options draw_network(u64 seed) {
    struct prng prng;
    prng_init(&prng, seed);
    struct ring_sim_options network = {.seed = seed};
    network.chance_piece = (u32)prng_below(&prng, 900);
    network.chance_short_send = (u32)prng_below(&prng, 900);
    network.chance_later = (u32)prng_below(&prng, 700);
    network.chance_delay = (u32)prng_below(&prng, 300);
    network.chance_starve = (u32)prng_below(&prng, 300);
    network.chance_interrupt = (u32)prng_below(&prng, 200);
    network.chance_jump = (u32)prng_below(&prng, 20);
    network.delay_us_max = 1 + prng_below(&prng, 20000);
    network.jump_us_max = 1 + prng_below(&prng, 200000);
    network.client_bytes = 1u << (8 + prng_below(&prng, 10));
    return network;
}

/* Elements are "PPP:NNN:" and filling, of which a consumer's replies must have whole ones, of each
 * producer in their order. Returns how many there were. */
static u32 count_elements(const struct buffer *reply, bool seen[PRODUCERS][ROUNDS]) {
    u32 count = 0;
    i32 last[PRODUCERS];
    memset(last, -1, sizeof(last));
    static const char head[] = "*2\r\n$5\r\nqueue\r\n$900\r\n";
    const size_t each = sizeof(head) - 1 + ITEM_BYTES + 2;
    assert_int_equal(reply->len % each, 0);
    for (size_t at = 0; at < reply->len; at += each, count++) {
        assert_memory_equal(reply->data + at, head, sizeof(head) - 1);
        const char *element = (const char *)reply->data + at + sizeof(head) - 1;
        const u32 producer = (u32)atoi(element), number = (u32)atoi(element + 4);
        assert_in_range(producer, 0, PRODUCERS - 1);
        assert_in_range(number, 0, ROUNDS - 1);
        assert_true((i32)number > last[producer]);
        last[producer] = (i32)number;
        assert_false(seen[producer][number]);
        seen[producer][number] = true;
        assert_memory_equal(reply->data + at + each - 2, "\r\n", 2);
    }
    return count;
}

static void run_queue(const struct world_setup *setup, u64 seed) {
    struct world *world = world_open(setup);
    struct prng prng;
    prng_init(&prng, seed);
    for (u32 i = 0; i < CONSUMERS; i++) {
        const u32 number = world_connect(world);
        struct world_client *client = &world->clients[number];
        /* Together exactly as many as there are elements. */
        for (u32 n = 0; n < PRODUCERS * ROUNDS / CONSUMERS; n++)
            world_send_text(world, number,
                            n % 3 == 0 ? "BLPOP queue 0\r\n" : "BLPOP none queue other 0\r\n");
        if (prng_below(&prng, 2) == 0) client->read_max = 100 + prng_below(&prng, 2000);
        if (prng_below(&prng, 2) == 0) client->write_max = 5 + prng_below(&prng, 500);
        client->deaf = prng_below(&prng, 4) == 0;
    }
    for (u32 i = 0; i < PRODUCERS; i++) {
        const u32 number = world_connect(world);
        struct buffer *input = &world->clients[number].input;
        for (u32 n = 0; n < ROUNDS; n++) {
            buffer_text(input, "*3\r\n$5\r\nRPUSH\r\n$5\r\nqueue\r\n$900\r\n");
            buffer_printf(input, "%03u:%03u:", i, n);
            buffer_fill(input, 'x', ITEM_BYTES - 8);
            buffer_text(input, "\r\n");
        }
        world->clients[number].write_max = 100 + prng_below(&prng, 4000);
    }
    world_settle(world);
    for (u32 i = 0; i < CONSUMERS; i++)
        world->clients[i].deaf = false;
    world_settle(world);
    bool seen[PRODUCERS][ROUNDS] = {{false}};
    u32 count = 0;
    for (u32 i = 0; i < CONSUMERS; i++)
        count += count_elements(&world->clients[i].reply, seen);
    assert_int_equal(count, PRODUCERS * ROUNDS);
    assert_int_equal(store_keys(&world->engine.store, 0), 0);
    assert_int_equal(world->engine.blocked.clients.gauge.used, 0);
    world_close(&world);
}

static void every_element_reaches_one_consumer(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 40; seed++) {
        struct world_setup setup = world_setup_small();
        setup.options.list_length_max = PRODUCERS * ROUNDS;
        setup.options.request_timeout_s = setup.options.reply_timeout_s = 86400;
        if (seed % 2 == 0) {
            setup.options.receive_memory = limits_receive_memory_min(&setup.options);
            setup.options.reply_memory = limits_reply_memory_min(&setup.options);
        }
        /* With so few chunks replies do not fit while others are on their way. */
        if (seed % 4 == 0) {
            setup.reply_chunks = 80;
            setup.reply_chunks_kept = 2;
        }
        if (seed > 4) setup.network = draw_network(seed);
        run_queue(&setup, seed);
    }
}

/* Connections break and clients are killed while they wait: what is left is whole. */
static void connections_that_break_leave_nothing_behind(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 60; seed++) {
        struct world_setup setup = world_setup_small();
        setup.network = draw_network(500 + seed);
        setup.network.chance_reset = 1 + (u32)(seed % 5) * 3;
        struct world *world = world_open(&setup);
        struct prng prng;
        prng_init(&prng, seed);
        for (u32 i = 0; i < 12; i++) {
            const u32 number = world_connect(world);
            for (u32 n = 0; n < 60; n++) {
                char text[64];
                const u32 a = (u32)prng_below(&prng, 4), b = (u32)prng_below(&prng, 4);
                static const char *const forms[] = {"BLPOP %u %u 0.2\r\n",
                                                    "RPUSH %u x%u\r\n",
                                                    "BLMOVE %u %u LEFT LEFT 0.1\r\n",
                                                    "LPOP %u %u\r\n",
                                                    "BRPOP %u %u 1\r\n",
                                                    "RPUSH %u y%u\r\n",
                                                    "CLIENT KILL ID %u%u\r\n",
                                                    "CLIENT UNBLOCK %u%u\r\n"};
                const u64 form = prng_below(&prng, 40);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(text, sizeof(text), forms[form < 36 ? form % 6 : form % 2 + 6], a, b);
#pragma GCC diagnostic pop
                world_send_text(world, number, text);
            }
        }
        if (seed % 3 == 0) {
            for (u32 turns = (u32)prng_below(&prng, 300); turns > 0; turns--) {
                world_pump(world);
                world_turn(world);
            }
            world_begin_drain(world);
        }
        world_settle(world);
        world_close(&world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_are_those_of_the_model),
        cmocka_unit_test(every_element_reaches_one_consumer),
        cmocka_unit_test(connections_that_break_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
