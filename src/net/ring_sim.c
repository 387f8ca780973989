/* ring_sim.c: ring.h over a simulated network. See ring_sim.h.
 *
 * Each wait looks at every slot and every listener once, in an order drawn anew, and does what
 * could happen there now, unless chance puts it off. Sends read the owner's bytes when they end,
 * not when they begin: an owner that frees them too early sends rubbish, which a test sees.
 */
#include "kv/ring_sim.h"

#include <errno.h>
#include <stdlib.h>

#include "kv/prng.h"

#include "ring_internal.h"

#define SIM_MAGIC 0x6b7653696du
#define SIM_DESCRIPTOR_FIRST (1 << 24)
#define SIM_CLOCK_FIRST_US 1000000u
#define NEVER UINT64_MAX
/* Turns that chance may put off everything before a wait takes what there is. */
#define PUT_OFF_MAX 64u

/* Bytes under way in one direction. */
struct sim_stream {
    u8 *data;
    u32 begin, len, size;
};

enum sim_client_state {
    CLIENT_FREE,
    CLIENT_CONNECTING, /* in a listener's queue */
    CLIENT_ACCEPTED,   /* given to the owner, without a slot */
    CLIENT_ATTACHED,
    CLIENT_LEFT /* the server has closed */
};

struct sim_client {
    u8 state;
    bool shut;     /* writes no more */
    bool gone;     /* reads no more either */
    bool broken;   /* reset, whoever did it */
    bool released; /* free once the server has closed too */
    u32 listener;
    u32 slot;
    u64 order;  /* of its connect: listeners are first in, first out */
    u64 due_us; /* what it did takes effect then */
    struct sim_stream to_server, to_client;
};

enum {
    SLOT_ATTACHED = 1,
    SLOT_RECEIVING = 2,
    SLOT_STOPPING = 4,
    SLOT_STARVING = 8,
    SLOT_READING = 16,
    SLOT_SENDING = 32,
    SLOT_CLOSING = 64
};

struct sim_slot {
    u32 state;
    u32 client;
    u64 starve_until_us; /* starved by chance and not by want */
    struct iovec read;
    u32 vector_count;
    struct iovec vector[RING_VECTOR_MAX];
};

struct sim {
    struct ring ring; /* first: what the owner sees */
    u64 magic;
    struct ring_sim_options options;
    struct prng prng;
    u64 now_us;
    u64 connects;
    bool listening[RING_LISTENERS_MAX];
    u64 accept_after_us[RING_LISTENERS_MAX];
    struct ring_buffers buffers;
    struct sim_slot *slots;
    struct sim_client *clients;
    u32 *order; /* of the slots and listeners in a turn */
    void *memory[6];
};

static struct sim *sim_of(const struct ring *ring) {
    struct sim *sim = (struct sim *)(uintptr_t)ring;
    kv_assert(ring->magic == RING_MAGIC && sim->magic == SIM_MAGIC);
    return sim;
}

static struct sim_slot *slot_of(struct sim *sim, u32 number) {
    kv_assert(number < sim->ring.slots);
    return &sim->slots[number];
}

static struct sim_client *client_of(const struct ring *ring, u32 number) {
    struct sim *sim = sim_of(ring);
    kv_assert(number < sim->options.clients && sim->clients[number].state != CLIENT_FREE);
    return &sim->clients[number];
}

static bool chance(struct sim *sim, u32 in_1024) {
    return in_1024 != 0 && prng_below(&sim->prng, 1024) < in_1024;
}

/* -- streams -- */

static u32 stream_room(const struct sim_stream *stream) {
    return stream->size - stream->len;
}

static void stream_write(struct sim_stream *stream, const u8 *data, u32 len) {
    kv_assert(len <= stream_room(stream));
    for (u32 i = 0; i < len; i++)
        stream->data[(stream->begin + stream->len + i) % stream->size] = data[i];
    stream->len += len;
}

static void stream_read(struct sim_stream *stream, u8 *data, u32 len) {
    kv_assert(len <= stream->len);
    for (u32 i = 0; i < len; i++)
        data[i] = stream->data[(stream->begin + i) % stream->size];
    stream->begin = (stream->begin + len) % stream->size;
    stream->len -= len;
}

/* -- the owner's side -- */

static int sim_listen(struct ring *ring, u32 listener, int fd) {
    struct sim *sim = sim_of(ring);
    (void)fd;
    kv_assert(listener < RING_LISTENERS_MAX && !sim->listening[listener]);
    sim->listening[listener] = true;
    return 0;
}

static void leave(struct sim_client *client, bool broken) {
    client->state = client->released ? CLIENT_FREE : CLIENT_LEFT;
    client->broken = client->broken || broken;
}

static void sim_unlisten(struct ring *ring, u32 listener) {
    struct sim *sim = sim_of(ring);
    kv_assert(listener < RING_LISTENERS_MAX && sim->listening[listener]);
    sim->listening[listener] = false;
    for (u32 i = 0; i < sim->options.clients; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->state == CLIENT_CONNECTING && client->listener == listener) leave(client, true);
    }
}

static struct sim_client *accepted(struct sim *sim, int fd) {
    kv_assert(fd >= SIM_DESCRIPTOR_FIRST);
    u32 number = (u32)(fd - SIM_DESCRIPTOR_FIRST);
    kv_assert(number < sim->options.clients && sim->clients[number].state == CLIENT_ACCEPTED);
    return &sim->clients[number];
}

static int sim_attach(struct ring *ring, u32 number, int fd) {
    struct sim *sim = sim_of(ring);
    struct sim_slot *slot = slot_of(sim, number);
    struct sim_client *client = accepted(sim, fd);
    kv_assert(slot->state == 0);
    slot->state = SLOT_ATTACHED;
    slot->client = (u32)(client - sim->clients);
    slot->starve_until_us = 0;
    client->state = CLIENT_ATTACHED;
    client->slot = number;
    return 0;
}

/* As TCP does it: closing with bytes unread breaks the connection. */
static void sim_reject(struct ring *ring, int fd) {
    struct sim_client *client = accepted(sim_of(ring), fd);
    leave(client, client->to_server.len > 0);
}

static void sim_receive(struct ring *ring, u32 number) {
    struct sim_slot *slot = slot_of(sim_of(ring), number);
    kv_assert((slot->state & ~(u32)SLOT_SENDING) == SLOT_ATTACHED);
    slot->state |= SLOT_RECEIVING;
}

static void sim_receive_stop(struct ring *ring, u32 number) {
    struct sim_slot *slot = slot_of(sim_of(ring), number);
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_STOPPING | SLOT_CLOSING)) == SLOT_ATTACHED);
    slot->state |= SLOT_STOPPING;
}

static void sim_read(struct ring *ring, u32 number, void *data, u32 len) {
    struct sim_slot *slot = slot_of(sim_of(ring), number);
    kv_assert((slot->state & ~(u32)SLOT_SENDING) == SLOT_ATTACHED && len > 0);
    slot->read = (struct iovec){.iov_base = data, .iov_len = len};
    slot->state |= SLOT_READING;
}

static void sim_send(struct ring *ring, u32 number, const struct iovec *vector, u32 count) {
    struct sim_slot *slot = slot_of(sim_of(ring), number);
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_SENDING | SLOT_CLOSING)) == SLOT_ATTACHED);
    kv_assert(count > 0 && count <= RING_VECTOR_MAX);
    memcpy(slot->vector, vector, count * sizeof(*vector));
    slot->vector_count = count;
    slot->state |= SLOT_SENDING;
}

static void sim_close(struct ring *ring, u32 number) {
    struct sim_slot *slot = slot_of(sim_of(ring), number);
    kv_assert((slot->state & (SLOT_ATTACHED | SLOT_CLOSING)) == SLOT_ATTACHED);
    slot->state = SLOT_ATTACHED | SLOT_CLOSING;
}

static void sim_buffer_put(struct ring *ring, u16 buffer) {
    ring_buffers_put(ring, &sim_of(ring)->buffers, buffer);
}

/* -- one turn -- */

/* What could happen on a slot now. */
struct sim_view {
    struct sim_slot *slot;
    struct sim_client *client;
    u32 number;
    bool due; /* what the client did has arrived */
    bool ended;
};

static struct sim_view view_of(struct sim *sim, u32 number) {
    struct sim_view view = {.slot = &sim->slots[number], .number = number};
    if (view.slot->state & SLOT_ATTACHED) {
        view.client = &sim->clients[view.slot->client];
        view.due = view.client->due_us <= sim->now_us;
        view.ended =
            view.due && view.client->to_server.len == 0 && (view.client->shut || view.client->gone);
    }
    return view;
}

static bool can_input(const struct sim_view *view) {
    return view->client->broken || view->ended || (view->due && view->client->to_server.len > 0);
}

static bool can_receive(const struct sim *sim, const struct sim_view *view) {
    u32 wanted = view->slot->state & (SLOT_RECEIVING | SLOT_STARVING);
    if (wanted == (SLOT_RECEIVING | SLOT_STARVING))
        return sim->buffers.free > 0 && view->slot->starve_until_us <= sim->now_us &&
               can_input(view);
    return wanted == SLOT_RECEIVING && can_input(view);
}

static bool can_send(const struct sim_view *view) {
    return (view->slot->state & SLOT_SENDING) &&
           (view->client->broken || view->client->gone || stream_room(&view->client->to_client));
}

static bool can_happen(const struct sim *sim, const struct sim_view *view) {
    u32 state = view->slot->state;
    if (!(state & SLOT_ATTACHED)) return false;
    if (state & (SLOT_CLOSING | SLOT_STOPPING)) return true;
    return can_receive(sim, view) || ((state & SLOT_READING) && can_input(view)) || can_send(view);
}

/* How much of `len` bytes a receive gives. */
static u32 draw_piece(struct sim *sim, u32 len, u32 in_1024) {
    if (len <= 1 || !chance(sim, in_1024)) return len;
    /* Single bytes and small pieces find more than halves do. */
    u32 bound = chance(sim, 512) ? u32_min(len, 16) : len;
    return 1 + (u32)prng_below(&sim->prng, bound);
}

static u32 receive(struct sim *sim, const struct sim_view *view, struct ring_event *events,
                   u32 count) {
    struct sim_slot *slot = view->slot;
    struct sim_stream *stream = &view->client->to_server;
    slot->state &= ~(u32)SLOT_STARVING;
    if (view->client->broken || stream->len == 0) {
        slot->state &= ~(u32)SLOT_RECEIVING;
        return ring_emit(events, count, RING_RECEIVED, view->number,
                         view->client->broken ? -ECONNRESET : 0);
    }
    bool by_chance = chance(sim, sim->options.chance_starve);
    if (by_chance || sim->buffers.free == 0) {
        slot->state |= SLOT_STARVING;
        slot->starve_until_us = by_chance ? sim->now_us + 1 : 0;
        sim->ring.enobufs++;
        sim->ring.buffer_gauge.exhausted++;
        return ring_emit(events, count, RING_RECEIVED, view->number, -ENOBUFS);
    }
    u16 buffer = ring_buffers_pop(&sim->buffers, RING_BUFFER_PUBLISHED);
    u32 len = u32_min(stream->len, RECEIVE_BUFFER_BYTES);
    len = draw_piece(sim, len, sim->options.chance_piece);
    count =
        ring_emit_bytes(&sim->ring, &sim->buffers, events, count, view->number, buffer, (i32)len);
    stream_read(stream, ring_buffer_data(&sim->buffers, buffer), len);
    return count;
}

static u32 read_once(struct sim *sim, const struct sim_view *view, struct ring_event *events,
                     u32 count) {
    struct sim_slot *slot = view->slot;
    struct sim_stream *stream = &view->client->to_server;
    slot->state &= ~(u32)SLOT_READING;
    if (view->client->broken || stream->len == 0)
        return ring_emit(events, count, RING_READ, view->number,
                         view->client->broken ? -ECONNRESET : 0);
    u32 len = (u32)u64_min(stream->len, slot->read.iov_len);
    len = draw_piece(sim, len, sim->options.chance_piece);
    stream_read(stream, slot->read.iov_base, len);
    return ring_emit(events, count, RING_READ, view->number, (i32)len);
}

static u32 send_once(struct sim *sim, const struct sim_view *view, struct ring_event *events,
                     u32 count) {
    struct sim_slot *slot = view->slot;
    struct sim_stream *stream = &view->client->to_client;
    slot->state &= ~(u32)SLOT_SENDING;
    if (view->client->broken) return ring_emit(events, count, RING_SENT, view->number, -ECONNRESET);
    if (view->client->gone) return ring_emit(events, count, RING_SENT, view->number, -EPIPE);
    u64 total = 0;
    for (u32 i = 0; i < slot->vector_count; i++)
        total += slot->vector[i].iov_len;
    u32 left = (u32)u64_min(total, stream_room(stream));
    left = draw_piece(sim, left, sim->options.chance_short_send);
    i32 result = (i32)left;
    for (u32 i = 0; i < slot->vector_count && left > 0; i++) {
        u32 len = (u32)u64_min(slot->vector[i].iov_len, left);
        stream_write(stream, slot->vector[i].iov_base, len);
        left -= len;
    }
    return ring_emit(events, count, RING_SENT, view->number, result);
}

static u32 finish_close(const struct sim_view *view, struct ring_event *events, u32 count) {
    leave(view->client, view->client->to_server.len > 0);
    view->slot->state = 0;
    return ring_emit(events, count, RING_CLOSED, view->number, 0);
}

/* Does what can happen on a slot: at most one event of each kind. */
static u32 step_slot(struct sim *sim, u32 number, struct ring_event *events, u32 count) {
    struct sim_view view = view_of(sim, number);
    u32 *state = &view.slot->state;
    if (*state & SLOT_CLOSING) return finish_close(&view, events, count);
    if (chance(sim, sim->options.chance_reset)) {
        view.client->broken = true;
        view.client->to_server.len = 0;
    }
    if (can_send(&view)) count = send_once(sim, &view, events, count);
    if ((*state & SLOT_READING) && can_input(&view)) count = read_once(sim, &view, events, count);
    /* What is asked to stop may go on for a while. */
    bool goes_on = !(*state & SLOT_STOPPING) || chance(sim, sim->options.chance_later);
    if (goes_on && can_receive(sim, &view)) count = receive(sim, &view, events, count);
    if ((*state & SLOT_STOPPING) && !chance(sim, sim->options.chance_later)) {
        *state &= ~(u32)(SLOT_RECEIVING | SLOT_STARVING | SLOT_STOPPING);
        count = ring_emit(events, count, RING_STOPPED, number, 0);
    }
    return count;
}

/* The client that has waited longest at a listener and whose connect has arrived. */
static struct sim_client *first_connecting(struct sim *sim, u32 listener) {
    struct sim_client *first = NULL;
    for (u32 i = 0; i < sim->options.clients; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->state != CLIENT_CONNECTING || client->listener != listener) continue;
        if (first == NULL || client->order < first->order) first = client;
    }
    return first;
}

static bool can_accept(struct sim *sim, u32 listener) {
    if (!sim->listening[listener] || sim->accept_after_us[listener] > sim->now_us) return false;
    struct sim_client *client = first_connecting(sim, listener);
    return client != NULL && client->due_us <= sim->now_us;
}

static u32 step_listener(struct sim *sim, u32 listener, struct ring_event *events, u32 count) {
    if (chance(sim, sim->options.chance_accept_error)) {
        sim->accept_after_us[listener] = sim->now_us + RING_ACCEPT_PAUSE_US;
        return ring_emit(events, count, RING_ACCEPTED, listener, -EMFILE);
    }
    struct sim_client *client = first_connecting(sim, listener);
    client->state = CLIENT_ACCEPTED;
    return ring_emit(events, count, RING_ACCEPTED, listener,
                     SIM_DESCRIPTOR_FIRST + (i32)(client - sim->clients));
}

/* Slots are numbered first, listeners after them. */
static u32 places(const struct sim *sim) {
    return sim->ring.slots + RING_LISTENERS_MAX;
}

static bool place_can(struct sim *sim, u32 place) {
    if (place >= sim->ring.slots) return can_accept(sim, place - sim->ring.slots);
    struct sim_view view = view_of(sim, place);
    return can_happen(sim, &view);
}

static u32 step_place(struct sim *sim, u32 place, struct ring_event *events, u32 count) {
    if (place >= sim->ring.slots) return step_listener(sim, place - sim->ring.slots, events, count);
    return step_slot(sim, place, events, count);
}

static void draw_order(struct sim *sim) {
    u32 n = places(sim);
    for (u32 i = 0; i < n; i++)
        sim->order[i] = i;
    if (sim->options.chance_later == 0) return;
    for (u32 i = n - 1; i > 0; i--) {
        u32 other = (u32)prng_below(&sim->prng, i + 1);
        u32 place = sim->order[i];
        sim->order[i] = sim->order[other];
        sim->order[other] = place;
    }
}

/* One pass over everything. `possible`: something could have happened, whether or not it did. */
static u32 turn(struct sim *sim, struct ring_event *events, u32 max, bool put_off, bool *possible) {
    u32 count = 0;
    *possible = false;
    draw_order(sim);
    for (u32 i = 0; i < places(sim) && count + RING_EVENTS_MIN <= max; i++) {
        if (!place_can(sim, sim->order[i])) continue;
        *possible = true;
        if (put_off && chance(sim, sim->options.chance_later)) continue;
        count = step_place(sim, sim->order[i], events, count);
    }
    return count;
}

/* When the next thing happens by itself, NEVER when nothing does. Nothing can happen now. */
static u64 next_due(const struct sim *sim) {
    u64 due_us = NEVER;
    for (u32 i = 0; i < sim->options.clients; i++) {
        const struct sim_client *client = &sim->clients[i];
        bool matters = client->state == CLIENT_CONNECTING || client->state == CLIENT_ATTACHED;
        if (!matters) continue;
        if (client->due_us > sim->now_us) due_us = u64_min(due_us, client->due_us);
        if (client->state != CLIENT_ATTACHED) {
            u64 after_us = sim->accept_after_us[client->listener];
            if (after_us > sim->now_us) due_us = u64_min(due_us, after_us);
            continue;
        }
        const struct sim_slot *slot = &sim->slots[client->slot];
        if ((slot->state & SLOT_STARVING) && slot->starve_until_us > sim->now_us)
            due_us = u64_min(due_us, slot->starve_until_us);
    }
    return due_us;
}

static u32 sim_wait(struct ring *ring, u64 timeout_us, struct ring_event *events, u32 max) {
    struct sim *sim = sim_of(ring);
    kv_assert(max >= RING_EVENTS_MIN);
    ring->waits++;
    if (chance(sim, sim->options.chance_jump))
        sim->now_us += prng_below(&sim->prng, sim->options.jump_us_max + 1);
    if (chance(sim, sim->options.chance_interrupt)) return 0;
    u64 deadline_us = timeout_us < NEVER - sim->now_us ? sim->now_us + timeout_us : NEVER;
    for (u32 attempts = 0;; attempts++) {
        bool possible;
        u32 count = turn(sim, events, max, attempts < PUT_OFF_MAX, &possible);
        if (count > 0 || (possible && timeout_us == 0)) return count;
        if (possible) continue;
        u64 due_us = next_due(sim);
        if (due_us == NEVER && deadline_us == NEVER) return 0;
        if (due_us > deadline_us) {
            sim->now_us = deadline_us;
            return 0;
        }
        sim->now_us = due_us;
    }
}

/* -- the clients' side -- */

static void delay(struct sim *sim, struct sim_client *client) {
    u64 due_us = sim->now_us;
    if (sim->options.delay_us_max > 0 && chance(sim, sim->options.chance_delay))
        due_us += 1 + prng_below(&sim->prng, sim->options.delay_us_max);
    client->due_us = u64_max(client->due_us, due_us);
}

u32 ring_sim_connect(struct ring *ring, u32 listener) {
    struct sim *sim = sim_of(ring);
    kv_assert(listener < RING_LISTENERS_MAX);
    if (!sim->listening[listener]) return RING_SIM_NONE;
    for (u32 i = 0; i < sim->options.clients; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->state != CLIENT_FREE) continue;
        struct sim_stream to_server = client->to_server, to_client = client->to_client;
        to_server.begin = to_server.len = to_client.begin = to_client.len = 0;
        *client = (struct sim_client){.state = CLIENT_CONNECTING,
                                      .listener = listener,
                                      .order = sim->connects++,
                                      .to_server = to_server,
                                      .to_client = to_client};
        delay(sim, client);
        return i;
    }
    return RING_SIM_NONE;
}

u32 ring_sim_client_write(struct ring *ring, u32 number, const void *data, u32 len) {
    struct sim_client *client = client_of(ring, number);
    if (client->state == CLIENT_LEFT || client->shut || client->gone || client->broken) return 0;
    len = u32_min(len, stream_room(&client->to_server));
    stream_write(&client->to_server, data, len);
    if (len > 0) delay(sim_of(ring), client);
    return len;
}

u32 ring_sim_client_read(struct ring *ring, u32 number, void *data, u32 len) {
    struct sim_client *client = client_of(ring, number);
    len = u32_min(len, client->to_client.len);
    stream_read(&client->to_client, data, len);
    return len;
}

u32 ring_sim_client_readable(const struct ring *ring, u32 number) {
    return client_of(ring, number)->to_client.len;
}

void ring_sim_client_shutdown(struct ring *ring, u32 number) {
    struct sim_client *client = client_of(ring, number);
    client->shut = true;
    delay(sim_of(ring), client);
}

void ring_sim_client_close(struct ring *ring, u32 number) {
    struct sim_client *client = client_of(ring, number);
    client->gone = true;
    delay(sim_of(ring), client);
}

void ring_sim_client_reset(struct ring *ring, u32 number) {
    struct sim_client *client = client_of(ring, number);
    client->broken = true;
    client->to_server.len = 0;
}

enum ring_sim_end ring_sim_client_end(const struct ring *ring, u32 number) {
    const struct sim_client *client = client_of(ring, number);
    if (client->broken) return RING_SIM_RESET;
    return client->state == CLIENT_LEFT ? RING_SIM_ENDED : RING_SIM_OPEN;
}

void ring_sim_client_release(struct ring *ring, u32 number) {
    struct sim_client *client = client_of(ring, number);
    if (client->state == CLIENT_LEFT) {
        client->state = CLIENT_FREE;
        return;
    }
    client->released = true;
    ring_sim_client_close(ring, number);
}

/* -- time and life -- */

u64 ring_sim_now_us(const struct ring *ring) {
    return sim_of(ring)->now_us;
}

void ring_sim_advance(struct ring *ring, u64 us) {
    sim_of(ring)->now_us += us;
}

bool ring_sim_is_quiet(const struct ring *ring) {
    struct sim *sim = sim_of(ring);
    for (u32 i = 0; i < places(sim); i++)
        if (place_can(sim, i)) return false;
    return next_due(sim) == NEVER;
}

static void free_all(struct sim *sim) {
    for (u32 i = 0; i < KV_ARRAY_LENGTH(sim->memory); i++)
        free(sim->memory[i]);
    free(sim);
}

static void sim_deinit(struct ring *ring) {
    struct sim *sim = sim_of(ring);
    memory_unpoison(sim->buffers.memory, (u64)sim->buffers.count * RECEIVE_BUFFER_BYTES);
    free_all(sim);
}

static const struct ring_operations sim_operations = {
    .name = "sim",
    .listen = sim_listen,
    .unlisten = sim_unlisten,
    .attach = sim_attach,
    .reject = sim_reject,
    .receive = sim_receive,
    .receive_stop = sim_receive_stop,
    .read = sim_read,
    .send = sim_send,
    .close = sim_close,
    .buffer_put = sim_buffer_put,
    .wait = sim_wait,
    .deinit = sim_deinit,
};

static bool take_memory(struct sim *sim, const struct ring_sim_options *options) {
    u32 slots = sim->ring.slots;
    u64 streams = 2ull * options->clients * options->client_bytes;
    void **memory = sim->memory;
    memory[0] = calloc(slots, sizeof(struct sim_slot));
    memory[1] = calloc(options->clients, sizeof(struct sim_client));
    memory[2] = calloc(slots + RING_LISTENERS_MAX, sizeof(u32));
    memory[3] = aligned_alloc(4096, (u64)options->buffers * RECEIVE_BUFFER_BYTES);
    memory[4] = calloc(options->buffers, sizeof(struct ring_buffer_entry));
    memory[5] = malloc(streams);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(sim->memory); i++)
        if (memory[i] == NULL) return false;
    sim->slots = memory[0];
    sim->clients = memory[1];
    sim->order = memory[2];
    ring_buffers_init(&sim->buffers, memory[3], memory[4], options->buffers);
    u8 *bytes = memory[5];
    for (u32 i = 0; i < options->clients; i++, bytes += 2ull * options->client_bytes) {
        struct sim_client *client = &sim->clients[i];
        client->to_server = (struct sim_stream){.data = bytes, .size = options->client_bytes};
        client->to_client = (struct sim_stream){.data = bytes + options->client_bytes,
                                                .size = options->client_bytes};
    }
    return true;
}

struct ring *ring_sim_init(const struct ring_sim_options *options) {
    kv_assert(options->connections > 0 && options->clients > 0 && options->client_bytes > 0);
    kv_assert(options->buffers > 0 && options->buffers <= 32768);
    struct sim *sim = calloc(1, sizeof(*sim));
    if (sim == NULL) return NULL;
    const struct ring_shape shape = {.connections = options->connections,
                                     .slots = options->connections + RING_SPARE_SLOTS,
                                     .buffers = options->buffers};
    ring_common_init(&sim->ring, &sim_operations, &shape);
    sim->magic = SIM_MAGIC;
    sim->options = *options;
    sim->now_us = SIM_CLOCK_FIRST_US;
    prng_init(&sim->prng, options->seed);
    if (take_memory(sim, options)) return &sim->ring;
    free_all(sim);
    return NULL;
}
