/* The simulated network: what it promises to tests that build on it. */
#include <errno.h>
#include <stdlib.h>

#include "kv/assert.h"
#include "kv/hash.h"
#include "kv/prng.h"
#include "kv/ring_sim.h"

#include "../unit.h"

enum { EVENTS = 64, LISTENER = 2 };

static struct ring_sim_options plain_options(void) {
    return (struct ring_sim_options){
        .seed = 1, .connections = 4, .buffers = 4, .clients = 8, .client_bytes = 65536};
}

static struct ring *open_sim(const struct ring_sim_options *options) {
    struct ring *ring = ring_sim_init(options);
    assert_non_null(ring);
    assert_int_equal(ring_listen(ring, LISTENER, -1), 0);
    return ring;
}

/* Waits for exactly one event. */
static struct ring_event one(struct ring *ring) {
    struct ring_event events[EVENTS];
    assert_int_equal(ring_wait(ring, RING_WAIT_FOREVER, events, EVENTS), 1);
    return events[0];
}

static void expect(struct ring *ring, enum ring_event_type type, u32 slot, i32 result) {
    struct ring_event event = one(ring);
    assert_int_equal(event.type, type);
    assert_int_equal(event.slot, slot);
    assert_int_equal(event.result, result);
}

static void expect_bytes(struct ring *ring, u32 slot, const char *text) {
    struct ring_event event = one(ring);
    assert_int_equal(event.type, RING_RECEIVED);
    assert_int_equal(event.slot, slot);
    assert_int_equal(event.result, strlen(text));
    assert_memory_equal(event.data, text, strlen(text));
    ring_buffer_put(ring, event.buffer);
}

static void expect_nothing(struct ring *ring) {
    struct ring_event events[EVENTS];
    assert_int_equal(ring_wait(ring, 1000, events, EVENTS), 0);
}

/* A client that is connected to a slot. */
static u32 connected(struct ring *ring, u32 slot) {
    u32 client = ring_sim_connect(ring, LISTENER);
    assert_int_not_equal(client, RING_SIM_NONE);
    struct ring_event event = one(ring);
    assert_int_equal(event.type, RING_ACCEPTED);
    assert_int_equal(event.slot, LISTENER);
    assert_int_equal(ring_attach(ring, slot, event.result), 0);
    return client;
}

static void send_text(struct ring *ring, u32 slot, const char *text) {
    struct iovec piece = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    ring_send(ring, slot, &piece, 1);
}

static void without_chances_all_is_whole_and_at_once(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    char got[16];
    assert_string_equal(ring->operations->name, "sim");
    assert_int_equal(ring->slots, 4 + RING_SPARE_SLOTS);
    u32 client = connected(ring, 3);
    ring_receive(ring, 3);
    expect_nothing(ring);
    assert_int_equal(ring_sim_client_write(ring, client, "PING\r\n", 6), 6);
    expect_bytes(ring, 3, "PING\r\n");
    assert_int_equal(ring->buffer_gauge.used, 0);
    struct iovec pieces[2] = {{.iov_base = "+PO", .iov_len = 3},
                              {.iov_base = "NG\r\n", .iov_len = 4}};
    ring_send(ring, 3, pieces, 2);
    expect(ring, RING_SENT, 3, 7);
    assert_int_equal(ring_sim_client_readable(ring, client), 7);
    assert_int_equal(ring_sim_client_read(ring, client, got, 4), 4);
    assert_int_equal(ring_sim_client_read(ring, client, got + 4, 12), 3);
    assert_memory_equal(got, "+PONG\r\n", 7);
    assert_int_equal(ring_sim_client_end(ring, client), RING_SIM_OPEN);
    ring_close(ring, 3);
    expect(ring, RING_CLOSED, 3, 0);
    assert_int_equal(ring_sim_client_end(ring, client), RING_SIM_ENDED);
    assert_int_equal(ring_sim_client_write(ring, client, "x", 1), 0);
    assert_true(ring_sim_is_quiet(ring));
    ring_deinit(ring);
}

static void the_clock_moves_with_the_waits(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    struct ring_event events[EVENTS];
    u64 start = ring_sim_now_us(ring);
    assert_int_equal(start, 1000000);
    assert_int_equal(ring_wait(ring, 2500, events, EVENTS), 0);
    assert_int_equal(ring_sim_now_us(ring), start + 2500);
    assert_int_equal(ring_wait(ring, 0, events, EVENTS), 0);
    assert_int_equal(ring_wait(ring, RING_WAIT_FOREVER, events, EVENTS), 0); /* nothing will come */
    assert_int_equal(ring_sim_now_us(ring), start + 2500);
    ring_sim_advance(ring, 7);
    assert_int_equal(ring_sim_now_us(ring), start + 2507);
    assert_int_equal(ring->waits, 3);
    ring_deinit(ring);
}

static void ends_and_resets_reach_the_owner(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    u32 client = connected(ring, 0);
    ring_receive(ring, 0);
    ring_sim_client_write(ring, client, "half", 4);
    ring_sim_client_shutdown(ring, client);
    assert_int_equal(ring_sim_client_write(ring, client, "more", 4), 0);
    expect_bytes(ring, 0, "half");
    expect(ring, RING_RECEIVED, 0, 0);
    expect_nothing(ring);
    send_text(ring, 0, "still read");
    expect(ring, RING_SENT, 0, 10);
    ring_sim_client_close(ring, client);
    send_text(ring, 0, "gone");
    expect(ring, RING_SENT, 0, -EPIPE);
    ring_close(ring, 0);
    expect(ring, RING_CLOSED, 0, 0);

    client = connected(ring, 1);
    ring_receive(ring, 1);
    ring_sim_client_write(ring, client, "lost", 4);
    ring_sim_client_reset(ring, client);
    expect(ring, RING_RECEIVED, 1, -ECONNRESET);
    send_text(ring, 1, "x");
    expect(ring, RING_SENT, 1, -ECONNRESET);
    assert_int_equal(ring_sim_client_end(ring, client), RING_SIM_RESET);
    ring_deinit(ring);
}

static void closing_with_bytes_unread_breaks_the_connection(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    char got[8];
    u32 client = connected(ring, 0);
    send_text(ring, 0, "-ERR\r\n");
    expect(ring, RING_SENT, 0, 6);
    ring_sim_client_write(ring, client, "unread", 6);
    ring_close(ring, 0);
    expect(ring, RING_CLOSED, 0, 0);
    assert_int_equal(ring_sim_client_end(ring, client), RING_SIM_RESET);
    assert_int_equal(ring_sim_client_read(ring, client, got, 8), 6); /* had reached it */
    ring_deinit(ring);
}

static void what_is_under_way_is_bounded(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    options.client_bytes = 10;
    struct ring *ring = open_sim(&options);
    char got[16];
    u32 client = connected(ring, 0);
    assert_int_equal(ring_sim_client_write(ring, client, "0123456789ab", 12), 10);
    assert_int_equal(ring_sim_client_write(ring, client, "cd", 2), 0);
    ring_receive(ring, 0);
    expect_bytes(ring, 0, "0123456789");
    send_text(ring, 0, "0123456789ab");
    expect(ring, RING_SENT, 0, 10);
    send_text(ring, 0, "ab");
    expect_nothing(ring); /* waits until the client reads */
    assert_int_equal(ring_sim_client_read(ring, client, got, 9), 9);
    expect(ring, RING_SENT, 0, 2);
    assert_int_equal(ring_sim_client_read(ring, client, got, 16), 3);
    assert_memory_equal(got, "9ab", 3);
    ring_deinit(ring);
}

static void buffers_run_out_and_come_back(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    options.buffers = 1;
    struct ring *ring = open_sim(&options);
    u32 first = connected(ring, 0), second = connected(ring, 1);
    ring_receive(ring, 0);
    ring_receive(ring, 1);
    ring_sim_client_write(ring, first, "a", 1);
    struct ring_event held = one(ring);
    assert_int_equal(held.result, 1);
    ring_sim_client_write(ring, second, "b", 1);
    expect(ring, RING_RECEIVED, 1, -ENOBUFS);
    assert_int_equal(ring->enobufs, 1);
    assert_int_equal(ring->buffer_gauge.exhausted, 1);
    expect_nothing(ring);
    assert_true(ring_sim_is_quiet(ring));
    ring_buffer_put(ring, held.buffer);
    assert_false(ring_sim_is_quiet(ring));
    expect_bytes(ring, 1, "b");
    assert_dies("assertion failed", ring_buffer_put(ring, 0));
    ring_deinit(ring);
}

static void stop_and_read_work_as_in_the_contract(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    char memory[8];
    u32 client = connected(ring, 0);
    ring_receive(ring, 0);
    ring_receive_stop(ring, 0);
    ring_sim_client_write(ring, client, "abcdef", 6);
    /* Without chance_later a stop takes effect at once. */
    expect(ring, RING_STOPPED, 0, 0);
    expect_nothing(ring);
    ring_read(ring, 0, memory, 4);
    expect(ring, RING_READ, 0, 4);
    assert_memory_equal(memory, "abcd", 4);
    ring_receive(ring, 0);
    expect_bytes(ring, 0, "ef");
    ring_sim_client_close(ring, client);
    expect(ring, RING_RECEIVED, 0, 0);
    ring_receive_stop(ring, 0);
    expect(ring, RING_STOPPED, 0, 0);
    ring_read(ring, 0, memory, 4);
    expect(ring, RING_READ, 0, 0);
    ring_deinit(ring);
}

static void connects_wait_are_refused_and_rejected(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    options.clients = 3;
    struct ring *ring = open_sim(&options);
    struct ring_event events[EVENTS];
    assert_int_equal(ring_sim_connect(ring, 0), RING_SIM_NONE); /* nobody listens there */
    u32 a = ring_sim_connect(ring, LISTENER);
    u32 b = ring_sim_connect(ring, LISTENER);
    u32 c = ring_sim_connect(ring, LISTENER);
    assert_int_equal(ring_sim_connect(ring, LISTENER), RING_SIM_NONE); /* all in use */
    assert_int_equal(ring_wait(ring, 0, events, EVENTS), 1);           /* first in, first out */
    ring_reject(ring, events[0].result);
    assert_int_equal(ring_sim_client_end(ring, a), RING_SIM_ENDED);
    ring_unlisten(ring, LISTENER);
    assert_int_equal(ring_sim_client_end(ring, b), RING_SIM_RESET);
    assert_int_equal(ring_sim_client_end(ring, c), RING_SIM_RESET);
    assert_int_equal(ring_sim_connect(ring, LISTENER), RING_SIM_NONE);
    ring_sim_client_release(ring, b);
    assert_int_equal(ring_listen(ring, LISTENER, -1), 0);
    assert_int_equal(ring_sim_connect(ring, LISTENER), b);
    /* A descriptor that was not given out, or was used already. */
    assert_dies("assertion failed", ring_attach(ring, 0, 5));
    assert_dies("assertion failed", ring_attach(ring, 0, events[0].result));
    ring_deinit(ring);
}

static void a_released_client_ends_by_itself(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    options.clients = 1;
    struct ring *ring = open_sim(&options);
    u32 client = connected(ring, 0);
    ring_receive(ring, 0);
    ring_sim_client_write(ring, client, "x", 1);
    ring_sim_client_release(ring, client);
    assert_int_equal(ring_sim_connect(ring, LISTENER), RING_SIM_NONE);
    expect_bytes(ring, 0, "x");
    expect(ring, RING_RECEIVED, 0, 0);
    ring_close(ring, 0);
    expect(ring, RING_CLOSED, 0, 0);
    assert_int_not_equal(ring_sim_connect(ring, LISTENER), RING_SIM_NONE);
    ring_deinit(ring);
}

static void the_owners_mistakes_are_caught(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct ring *ring = open_sim(&options);
    connected(ring, 0);
    assert_dies("assertion failed", ring_receive(ring, 1));
    assert_dies("assertion failed", {
        ring_receive(ring, 0);
        ring_receive(ring, 0);
    });
    assert_dies("assertion failed", {
        send_text(ring, 0, "a");
        send_text(ring, 0, "b");
    });
    assert_dies("assertion failed", {
        ring_close(ring, 0);
        send_text(ring, 0, "b");
    });
    ring_deinit(ring);
}

/* -- chances -- */

/* What a small workload met, a hundred times connect, a hundred bytes each way, and close. */
struct met {
    u32 pieces, shorts, starved, resets, accept_errors, early, jumps, delays;
};

struct exchange {
    struct ring *ring;
    struct met met;
    bool attached, closed;
};

static void meet(struct exchange *exchange, const struct ring_event *event) {
    struct met *met = &exchange->met;
    met->resets += event->result == -ECONNRESET;
    met->starved += event->result == -ENOBUFS;
    met->accept_errors += event->result == -EMFILE;
    exchange->closed = exchange->closed || event->type == RING_CLOSED;
    if (event->type == RING_SENT) met->shorts += event->result > 0 && event->result < 100;
    if (event->type == RING_ACCEPTED && event->result >= 0) {
        assert_int_equal(ring_attach(exchange->ring, 0, event->result), 0);
        exchange->attached = true;
    }
    if (event->type != RING_RECEIVED || event->result <= 0) return;
    met->pieces += event->result < 100;
    ring_buffer_put(exchange->ring, event->buffer);
}

static void exchange_turn(struct exchange *exchange) {
    struct ring_event events[EVENTS];
    u64 before_us = ring_sim_now_us(exchange->ring);
    u32 count = ring_wait(exchange->ring, 1000, events, EVENTS);
    u64 passed_us = ring_sim_now_us(exchange->ring) - before_us;
    exchange->met.early += count == 0 && passed_us < 1000;
    exchange->met.jumps += passed_us > 1000;
    exchange->met.delays += count > 0 && passed_us > 0 && passed_us <= 1000;
    for (u32 i = 0; i < count; i++)
        meet(exchange, &events[i]);
}

static struct met run_exchanges(const struct ring_sim_options *options) {
    struct exchange exchange = {.ring = open_sim(options)};
    char text[100] = "x";
    struct iovec piece = {.iov_base = text, .iov_len = sizeof(text)};
    for (u32 round = 0; round < 100; round++) {
        exchange.attached = exchange.closed = false;
        u32 client = ring_sim_connect(exchange.ring, LISTENER);
        for (u32 turns = 0; !exchange.attached; turns++) {
            assert_true(turns < 10000);
            exchange_turn(&exchange);
        }
        ring_receive(exchange.ring, 0);
        ring_send(exchange.ring, 0, &piece, 1);
        ring_sim_client_write(exchange.ring, client, text, sizeof(text));
        for (u32 turns = 0; turns < 10; turns++)
            exchange_turn(&exchange);
        ring_close(exchange.ring, 0);
        for (u32 turns = 0; !exchange.closed; turns++) {
            assert_true(turns < 10000);
            exchange_turn(&exchange);
        }
        ring_sim_client_release(exchange.ring, client);
    }
    ring_deinit(exchange.ring);
    return exchange.met;
}

static u32 sum(const struct met *met) {
    return met->pieces + met->shorts + met->starved + met->resets + met->accept_errors +
           met->early + met->jumps + met->delays;
}

/* Each chance alone does its own part and no other. */
static void each_chance_does_its_part(void **state) {
    (void)state;
    struct ring_sim_options options = plain_options();
    struct met met = run_exchanges(&options);
    assert_int_equal(sum(&met), 0);
#define ALONE(chance, part)                                                                        \
    do {                                                                                           \
        options = plain_options();                                                                 \
        options.delay_us_max = 900;                                                                \
        options.jump_us_max = 1000000;                                                             \
        options.chance = 300;                                                                      \
        met = run_exchanges(&options);                                                             \
        assert_true(met.part > 0);                                                                 \
        assert_int_equal(sum(&met), met.part);                                                     \
    } while (0)
    ALONE(chance_piece, pieces);
    ALONE(chance_short_send, shorts);
    ALONE(chance_reset, resets);
    ALONE(chance_interrupt, early);
    ALONE(chance_jump, jumps);
    ALONE(chance_delay, delays);
#undef ALONE
    options = plain_options();
    options.chance_starve = 300;
    met = run_exchanges(&options);
    assert_true(met.starved > 0); /* and then a moment passes */
    assert_int_equal(sum(&met), met.starved + met.delays);
    options = plain_options();
    options.chance_accept_error = 300;
    met = run_exchanges(&options);
    assert_true(met.accept_errors > 0); /* and then a pause */
    assert_int_equal(sum(&met), met.accept_errors + met.delays);
}

/* An echo server and its clients, over a network that does all it may. */
enum { ECHO_SLOTS = 6, ECHO_CLIENTS = 10, ECHO_BYTES = 3000 };

struct echo_slot {
    bool attached, ended, sending, closing;
    u8 bytes[ECHO_BYTES * 2];
    u32 len, sent;
};

struct echo_client {
    u32 number;
    u8 seed;
    u32 written, read;
    bool failed;
};

struct echo {
    struct ring *ring;
    struct prng prng;
    struct echo_slot slots[ECHO_SLOTS];
    struct echo_client clients[ECHO_CLIENTS];
    u64 trace; /* of every event, in order */
    u32 completed, broken;
};

static u8 echo_byte(const struct echo_client *client, u32 at) {
    return (u8)(client->seed + at * 13 + (at >> 8));
}

static void echo_send(struct echo *echo, u32 number) {
    struct echo_slot *slot = &echo->slots[number];
    if (slot->closing || slot->sending) return;
    if (slot->sent < slot->len) {
        u32 half = slot->sent + (slot->len - slot->sent) / 2;
        struct iovec pieces[2] = {
            {.iov_base = slot->bytes + slot->sent, .iov_len = half - slot->sent},
            {.iov_base = slot->bytes + half, .iov_len = slot->len - half}};
        bool empty = half == slot->sent;
        ring_send(echo->ring, number, pieces + empty, empty ? 1 : 2);
        slot->sending = true;
    } else if (slot->ended) {
        ring_close(echo->ring, number);
        slot->closing = true;
    }
}

static void echo_accept(struct echo *echo, i32 result) {
    if (result < 0) {
        assert_int_equal(result, -EMFILE);
        return;
    }
    for (u32 i = 0; i < ECHO_SLOTS; i++) {
        if (echo->slots[i].attached) continue;
        assert_int_equal(ring_attach(echo->ring, i, result), 0);
        memset(&echo->slots[i], 0, sizeof(echo->slots[i]));
        echo->slots[i].attached = true;
        ring_receive(echo->ring, i);
        return;
    }
    ring_reject(echo->ring, result);
}

static void echo_event(struct echo *echo, const struct ring_event *event) {
    u64 words[4] = {echo->trace, event->type, event->slot, (u32)event->result};
    for (u32 i = 1; i < 4; i++)
        echo->trace = (echo->trace ^ words[i]) * 0x9e3779b97f4a7c15u + (echo->trace >> 29);
    if (event->type == RING_ACCEPTED) {
        echo_accept(echo, event->result);
        return;
    }
    struct echo_slot *slot = &echo->slots[event->slot];
    assert_true(slot->attached);
    if (event->type == RING_CLOSED) {
        assert_true(slot->closing);
        slot->attached = false;
        return;
    }
    if (event->type == RING_SENT) {
        slot->sending = false;
        if (event->result < 0)
            slot->ended = true, slot->sent = slot->len;
        else
            slot->sent += (u32)event->result;
    } else if (event->result > 0) {
        assert_int_equal(event->type, RING_RECEIVED);
        memcpy(slot->bytes + slot->len, event->data, (u32)event->result);
        slot->len += (u32)event->result;
        ring_buffer_put(echo->ring, event->buffer);
    } else if (event->result != -ENOBUFS) {
        slot->ended = true;
    }
    echo_send(echo, event->slot);
}

static void echo_client_begin(struct echo *echo, struct echo_client *client) {
    u32 number = ring_sim_connect(echo->ring, LISTENER);
    if (number == RING_SIM_NONE) return;
    *client = (struct echo_client){.number = number, .seed = (u8)prng_next(&echo->prng)};
}

static void echo_client_step(struct echo *echo, struct echo_client *client) {
    u8 data[512];
    if (client->number == RING_SIM_NONE) {
        echo_client_begin(echo, client);
        return;
    }
    u32 len = (u32)u64_min(1 + prng_below(&echo->prng, sizeof(data)), ECHO_BYTES - client->written);
    for (u32 i = 0; i < len; i++)
        data[i] = echo_byte(client, client->written + i);
    u32 before = client->written;
    client->written += ring_sim_client_write(echo->ring, client->number, data, len);
    if (client->written == ECHO_BYTES && before < ECHO_BYTES)
        ring_sim_client_shutdown(echo->ring, client->number);
    len = ring_sim_client_read(echo->ring, client->number, data, sizeof(data));
    for (u32 i = 0; i < len; i++)
        assert_int_equal(data[i], echo_byte(client, client->read + i));
    client->read += len;
    enum ring_sim_end end = ring_sim_client_end(echo->ring, client->number);
    if (end == RING_SIM_OPEN || ring_sim_client_readable(echo->ring, client->number) > 0) return;
    if (client->read == ECHO_BYTES)
        echo->completed++;
    else
        echo->broken++;
    ring_sim_client_release(echo->ring, client->number);
    client->number = RING_SIM_NONE;
}

static void run_echo(const struct ring_sim_options *options, u32 turns, struct echo *echo) {
    struct ring_event events[EVENTS];
    memset(echo, 0, sizeof(*echo));
    echo->ring = open_sim(options);
    prng_init(&echo->prng, options->seed);
    for (u32 i = 0; i < ECHO_CLIENTS; i++)
        echo->clients[i].number = RING_SIM_NONE;
    for (u32 turn = 0; turn < turns; turn++) {
        echo_client_step(echo, &echo->clients[prng_below(&echo->prng, ECHO_CLIENTS)]);
        u32 count = ring_wait(echo->ring, 1 + prng_below(&echo->prng, 1000), events, EVENTS);
        for (u32 i = 0; i < count; i++)
            echo_event(echo, &events[i]);
    }
    assert_int_equal(echo->ring->buffer_gauge.used, 0);
    ring_deinit(echo->ring);
    echo->ring = NULL;
}

static struct ring_sim_options rough_options(u64 seed) {
    return (struct ring_sim_options){.seed = seed,
                                     .connections = ECHO_SLOTS,
                                     .buffers = 2,
                                     .clients = ECHO_CLIENTS,
                                     .client_bytes = 700,
                                     .chance_piece = 400,
                                     .chance_short_send = 400,
                                     .chance_later = 400,
                                     .chance_delay = 200,
                                     .chance_starve = 100,
                                     .chance_reset = 1,
                                     .chance_accept_error = 100,
                                     .chance_interrupt = 50,
                                     .chance_jump = 10,
                                     .delay_us_max = 3000,
                                     .jump_us_max = 1000000};
}

static void bytes_keep_order_and_value_whatever_happens(void **state) {
    (void)state;
    struct echo *echo = malloc(sizeof(*echo));
    u32 completed = 0, broken = 0;
    for (u64 seed = 1; seed <= 60; seed++) {
        struct ring_sim_options options = rough_options(seed);
        run_echo(&options, 3000, echo);
        completed += echo->completed;
        broken += echo->broken;
    }
    assert_true(completed > 100);
    assert_true(broken > 10);
    free(echo);
}

static void a_seed_gives_one_history(void **state) {
    (void)state;
    struct echo *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
    struct ring_sim_options options = rough_options(77);
    run_echo(&options, 3000, a);
    run_echo(&options, 3000, b);
    assert_true(a->trace == b->trace);
    options.seed = 78;
    run_echo(&options, 3000, b);
    assert_true(a->trace != b->trace);
    free(a);
    free(b);
}

static void without_resets_every_exchange_completes(void **state) {
    (void)state;
    struct echo *echo = malloc(sizeof(*echo));
    for (u64 seed = 1; seed <= 10; seed++) {
        struct ring_sim_options options = rough_options(seed);
        options.chance_reset = 0;
        options.connections = ECHO_CLIENTS; /* nobody is rejected for want of a slot */
        options.clients = ECHO_SLOTS;
        run_echo(&options, 6000, echo);
        assert_true(echo->completed > 5);
        assert_int_equal(echo->broken, 0);
    }
    free(echo);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_chances_all_is_whole_and_at_once),
        cmocka_unit_test(the_clock_moves_with_the_waits),
        cmocka_unit_test(ends_and_resets_reach_the_owner),
        cmocka_unit_test(closing_with_bytes_unread_breaks_the_connection),
        cmocka_unit_test(what_is_under_way_is_bounded),
        cmocka_unit_test(buffers_run_out_and_come_back),
        cmocka_unit_test(stop_and_read_work_as_in_the_contract),
        cmocka_unit_test(connects_wait_are_refused_and_rejected),
        cmocka_unit_test(a_released_client_ends_by_itself),
        cmocka_unit_test(the_owners_mistakes_are_caught),
        cmocka_unit_test(each_chance_does_its_part),
        cmocka_unit_test(bytes_keep_order_and_value_whatever_happens),
        cmocka_unit_test(a_seed_gives_one_history),
        cmocka_unit_test(without_resets_every_exchange_completes),
    };
    return cmocka_run_group_tests_name("simulated ring", tests, NULL, NULL);
}
