/* The contract of ring.h, the same for each implementation: every test here runs over io_uring with
 * registered and with plain files, and over epoll.
 */
#define _GNU_SOURCE 1

#include "ring_fixture.h"

/* -- receiving -- */

static void bytes_arrive_in_order_and_buffers_go_back(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    net_attach_pair(net, 2);
    ring_receive(net->ring, 2);
    net_peer_write(net, 2, "hello ", 6);
    net_until(net, net->slots[2].len == 6);
    assert_int_equal(net->ring->buffer_gauge.used, 0);
    assert_int_equal(net->ring->buffer_gauge.max, 4);
    assert_true(net->ring->buffer_gauge.high_water >= 1);
    net->hold = true;
    net_peer_write(net, 2, "world", 5);
    net_until(net, net->slots[2].len == 11);
    assert_memory_equal(net->slots[2].bytes, "hello world", 11);
    assert_int_equal(net->ring->buffer_gauge.used, 1);
    net_put_held(net);
    assert_int_equal(net->ring->buffer_gauge.used, 0);
    assert_true(net->ring->waits >= 2);
    net_close(net);
}

static void a_long_stream_passes_through_few_buffers(void **state) {
    struct net *net = net_open(backend_of(state), 4, 2);
    const u32 total = 3 * 1048576 + 17;
    u8 *data = malloc(total);
    net_fill(data, total, 5);
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    for (u32 written = 0; net->slots[0].len < total;) {
        ssize_t n =
            written < total ? write(net->slots[0].peer, data + written, total - written) : 0;
        if (n > 0) written += (u32)n;
        net_turn(net, written < total ? 0 : PATIENCE_US);
    }
    assert_memory_equal(net->slots[0].bytes, data, total);
    assert_true(net->slots[0].pieces >= total / RECEIVE_BUFFER_BYTES);
    assert_int_equal(net->slots[0].broken, 0);
    free(data);
    net_close(net);
}

static void the_end_of_the_stream_comes_once_and_last(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_peer_write(net, 0, "bye", 3);
    net_peer_close(net, 0);
    net_until(net, net->slots[0].ends == 1);
    assert_int_equal(net->slots[0].len, 3);
    net_settle(net);
    assert_int_equal(net->slots[0].ends, 1);
    net_close(net);
}

static void half_closed_peers_are_still_sent_to(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 got[8];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_peer_write(net, 0, "q", 1);
    assert_int_equal(shutdown(net->slots[0].peer, SHUT_WR), 0);
    net_until(net, net->slots[0].ends == 1);
    net_send_one(net, 0, "answer", 6);
    net_until(net, net->slots[0].sents == 1);
    assert_int_equal(net->slots[0].sent_result, 6);
    assert_int_equal(net_peer_read(net, 0, got, sizeof(got)), 6);
    net_close(net);
}

/* -- want of buffers -- */

static void without_a_buffer_the_owner_is_told_and_bytes_wait(void **state) {
    struct net *net = net_open(backend_of(state), 8, 2);
    for (u32 i = 0; i < 3; i++) {
        net_attach_pair(net, i);
        ring_receive(net->ring, i);
    }
    net->hold = true;
    net_peer_write(net, 0, "a", 1);
    net_until(net, net->slots[0].len == 1);
    net_peer_write(net, 1, "b", 1);
    net_until(net, net->slots[1].len == 1);
    net_peer_write(net, 2, "c", 1);
    net_until(net, net->slots[2].starved == 1);
    assert_true(net->ring->buffer_gauge.exhausted >= 1);
    assert_true(net->ring->enobufs >= 1);
    net_settle(net);
    assert_int_equal(net->slots[2].len, 0);
    net->hold = false;
    net_put_held(net);
    net_until(net, net->slots[2].len == 1);
    assert_int_equal(net->slots[2].bytes[0], 'c');
    assert_int_equal(net->slots[2].ends, 0);
    assert_int_equal(net->slots[2].broken, 0);
    net_close(net);
}

static void those_who_starve_are_served_in_their_order(void **state) {
    struct net *net = net_open(backend_of(state), 16, 1);
    for (u32 i = 0; i < 6; i++) {
        net_attach_pair(net, i);
        ring_receive(net->ring, i);
    }
    net->hold = true;
    net_peer_write(net, 0, "x", 1);
    net_until(net, net->slots[0].len == 1);
    net_settle(net);
    for (u32 i = 1; i < 6; i++) {
        net_peer_write(net, i, "y", 1);
        net_until(net, net->slots[i].starved > 0);
    }
    u32 order[64];
    u32 waiting = 0;
    for (u32 i = 0; i < net->starving_count; i++) {
        bool again = false;
        for (u32 k = 0; k < waiting; k++)
            again = again || order[k] == net->starving[i];
        if (!again) order[waiting++] = net->starving[i];
    }
    /* Slot 0 may starve too: its next receive found no buffer either. */
    for (u32 i = 0; i < waiting; i++) {
        u32 slot = order[i];
        if (slot == 0) continue;
        assert_int_equal(net->slots[slot].len, 0);
        net_put_held(net);
        net_until(net, net->held_count == 1);
        assert_int_equal(net->slots[slot].len, 1);
    }
    net_close(net);
}

/* One connection that has all the buffers it can take does not keep another one waiting for ever.
 */
static void a_busy_connection_does_not_starve_another(void **state) {
    struct net *net = net_open(backend_of(state), 4, 2);
    u8 data[65536];
    net_fill(data, sizeof(data), 1);
    net_attach_pair(net, 0);
    net_attach_pair(net, 1);
    ring_receive(net->ring, 0);
    ring_receive(net->ring, 1);
    u32 turns = 0;
    for (; net->slots[1].len < 10; turns++) {
        assert_true(turns < 1000);
        while (write(net->slots[0].peer, data, sizeof(data)) > 0)
            continue;
        if (turns % 3 == 0) (void)!write(net->slots[1].peer, "z", 1);
        net->slots[0].len = 0;
        net_turn(net, PATIENCE_US);
    }
    net_close(net);
}

static void many_at_once_all_get_a_buffer(void **state) {
    struct net *net = net_open(backend_of(state), 1000, 1024);
    for (u32 i = 0; i < 1000; i++) {
        net_attach_pair(net, i);
        ring_receive(net->ring, i);
    }
    net_settle(net);
    net->hold = true;
    for (u32 i = 0; i < 1000; i++)
        net_peer_write(net, i, "once", 4);
    net_until(net, net->held_count == 1000);
    for (u32 i = 0; i < 1000; i++) {
        assert_int_equal(net->slots[i].len, 4);
        assert_int_equal(net->slots[i].starved, 0); /* there was one for each */
    }
    assert_int_equal(net->ring->enobufs, 0);
    assert_int_equal(net->ring->buffer_gauge.high_water, 1000);
    net_put_held(net);
    net_close(net);
}

static void a_buffer_is_given_back_once(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net->hold = true;
    net_peer_write(net, 0, "a", 1);
    net_until(net, net->held_count == 1);
    assert_dies("assertion failed", {
        ring_buffer_put(net->ring, net->held[0]);
        ring_buffer_put(net->ring, net->held[0]);
    });
    assert_dies("assertion failed", ring_buffer_put(net->ring, 4));
    net_put_held(net);
    net_close(net);
}

/* -- stopping -- */

static void after_stopped_nothing_is_received_and_nothing_is_lost(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_peer_write(net, 0, "one", 3);
    net_until(net, net->slots[0].len == 3);
    ring_receive_stop(net->ring, 0);
    net_until(net, net->slots[0].stopped == 1);
    net_peer_write(net, 0, "two", 3);
    net_settle(net);
    assert_int_equal(net->slots[0].len, 3);
    assert_int_equal(net->slots[0].broken, 0);
    ring_receive(net->ring, 0);
    net_until(net, net->slots[0].len == 6);
    assert_memory_equal(net->slots[0].bytes, "onetwo", 6);
    net_settle(net);
    assert_int_equal(net->slots[0].stopped, 1);
    net_close(net);
}

static void stop_and_go_many_times_keeps_every_byte(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 data[4096];
    net_fill(data, sizeof(data), 9);
    net_attach_pair(net, 0);
    u32 written = 0;
    for (u32 round = 0; round < 512; round++) {
        ring_receive(net->ring, 0);
        net_peer_write(net, 0, data + written, 4);
        written += 4;
        if (round % 3 == 0) net_turn(net, 0);
        ring_receive_stop(net->ring, 0);
        if (round % 2 == 0) {
            net_peer_write(net, 0, data + written, 4);
            written += 4;
        }
        net_until(net, net->slots[0].stopped == round + 1);
    }
    ring_receive(net->ring, 0);
    net_until(net, net->slots[0].len == written);
    assert_memory_equal(net->slots[0].bytes, data, written);
    net_close(net);
}

static void stopping_works_after_the_end_and_while_starving(void **state) {
    struct net *net = net_open(backend_of(state), 4, 1);
    net_attach_pair(net, 0);
    net_attach_pair(net, 1);
    ring_receive(net->ring, 0);
    net_peer_close(net, 0);
    net_until(net, net->slots[0].ends == 1);
    ring_receive_stop(net->ring, 0);
    net_until(net, net->slots[0].stopped == 1);

    net_attach_pair(net, 2);
    ring_receive(net->ring, 2);
    net->hold = true;
    net_peer_write(net, 2, "takes it", 8);
    net_until(net, net->held_count == 1);
    ring_receive(net->ring, 1);
    net_peer_write(net, 1, "waits", 5);
    net_until(net, net->slots[1].starved == 1);
    ring_receive_stop(net->ring, 1);
    net_until(net, net->slots[1].stopped == 1);
    net_put_held(net);
    net_settle(net);
    assert_int_equal(net->slots[1].len, 0);
    ring_receive(net->ring, 1);
    net_until(net, net->slots[1].len == 5);
    net_put_held(net);
    net_close(net);
}

static void an_end_while_stopping_is_told_before_stopped(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct ring_event events[RING_EVENTS_MAX];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_settle(net);
    net_peer_close(net, 0);
    ring_receive_stop(net->ring, 0);
    u32 order[8], count = 0;
    while (count == 0 || order[count - 1] != RING_STOPPED) {
        u32 n = ring_wait(net->ring, PATIENCE_US, events, RING_EVENTS_MAX);
        for (u32 i = 0; i < n && count < 8; i++)
            order[count++] = events[i].type;
    }
    for (u32 i = 0; i + 1 < count; i++)
        assert_int_equal(order[i], RING_RECEIVED);
    /* Whether or not it came before, it is still there to be heard. */
    ring_receive(net->ring, 0);
    net_until(net, net->slots[0].ends == 1);
    net_close(net);
}

/* -- reading once -- */

static void a_read_gives_at_most_what_was_asked_for(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 memory[16] = {0};
    net_attach_pair(net, 0);
    ring_read(net->ring, 0, memory, 4);
    net_settle(net);
    assert_int_equal(net->slots[0].reads, 0);
    net_peer_write(net, 0, "abcdefgh", 8);
    net_until(net, net->slots[0].reads == 1);
    assert_int_equal(net->slots[0].read_result, 4);
    assert_memory_equal(memory, "abcd", 5);
    net_settle(net);
    assert_int_equal(net->slots[0].reads, 1);
    ring_read(net->ring, 0, memory, sizeof(memory));
    net_until(net, net->slots[0].reads == 2);
    assert_int_equal(net->slots[0].read_result, 4);
    assert_memory_equal(memory, "efgh", 4);
    net_peer_close(net, 0);
    ring_read(net->ring, 0, memory, sizeof(memory));
    net_until(net, net->slots[0].reads == 3);
    assert_int_equal(net->slots[0].read_result, 0);
    assert_int_equal(net->ring->buffer_gauge.high_water, 0);
    net_close(net);
}

static void receive_stop_read_receive_keep_the_order_of_bytes(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 memory[8];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_peer_write(net, 0, "head", 4);
    net_until(net, net->slots[0].len == 4);
    ring_receive_stop(net->ring, 0);
    net_until(net, net->slots[0].stopped == 1);
    net_peer_write(net, 0, "bodytail", 8);
    ring_read(net->ring, 0, memory, 4);
    net_until(net, net->slots[0].reads == 1);
    assert_memory_equal(memory, "body", 4);
    ring_receive(net->ring, 0);
    net_until(net, net->slots[0].len == 8);
    assert_memory_equal(net->slots[0].bytes, "headtail", 8);
    net_close(net);
}

static void a_send_and_a_read_wait_side_by_side(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 memory[4];
    u8 *data = malloc(1048576);
    net_fill(data, 1048576, 3);
    net_attach_pair(net, 0);
    ring_read(net->ring, 0, memory, sizeof(memory));
    net_send_one(net, 0, data, 1048576);
    net_settle(net);
    net_peer_write(net, 0, "ping", 4);
    net_until(net, net->slots[0].reads == 1);
    assert_memory_equal(memory, "ping", 4);
    free(data);
    net_close(net);
}

/* -- sending -- */

static void pieces_are_sent_as_one_stream(void **state) {
    static const u32 counts[] = {1, 2, 3, RING_VECTOR_MAX};
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 data[RING_VECTOR_MAX * 10], got[sizeof(data)];
    net_fill(data, sizeof(data), 2);
    net_attach_pair(net, 0);
    for (u32 c = 0; c < KV_ARRAY_LENGTH(counts); c++) {
        struct iovec pieces[RING_VECTOR_MAX];
        for (u32 i = 0; i < counts[c]; i++)
            pieces[i] = (struct iovec){.iov_base = data + i * 10ul, .iov_len = 10};
        ring_send(net->ring, 0, pieces, counts[c]);
        memset(pieces, 0xff, sizeof(pieces)); /* the vector is copied, the bytes are not */
        net_until(net, net->slots[0].sents == c + 1);
        assert_int_equal(net->slots[0].sent_result, counts[c] * 10);
        assert_int_equal(net_peer_read(net, 0, got, sizeof(got)), counts[c] * 10);
        assert_memory_equal(got, data, counts[c] * 10);
    }
    net_close(net);
}

/* The peer reads slowly: sends end short or wait, and every byte arrives in its place. */
static void short_sends_are_continued_by_the_owner(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    const u32 total = 2 * 1048576 + 3;
    u8 *data = malloc(total), *got = malloc(total);
    net_fill(data, total, 7);
    net_attach_pair(net, 0);
    u32 read_count = 0, sends = 0;
    bool idle = true;
    while (read_count < total) {
        u64 done = net->slots[0].sent_bytes;
        if (idle && done < total) {
            struct iovec pieces[8];
            u32 count = 0;
            for (u64 at = done; at < total && count < 8; at += 100000, count++)
                pieces[count] =
                    (struct iovec){.iov_base = data + at, .iov_len = u64_min(100000, total - at)};
            ring_send(net->ring, 0, pieces, count);
            sends++;
            idle = false;
        }
        net_turn(net, 0);
        idle = net->slots[0].sents == sends;
        ssize_t n = net_peer_read(net, 0, got + read_count, u32_min(total - read_count, 50000));
        if (n > 0) read_count += (u32)n;
        assert_true(n > 0 || n == -EAGAIN);
        assert_true(net->slots[0].sents == 0 || net->slots[0].sent_result > 0);
    }
    assert_memory_equal(got, data, total);
    free(data);
    free(got);
    net_close(net);
}

/* SIGPIPE would end this program. */
static void sending_to_a_peer_that_left_is_an_error(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct iovec pieces[2] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "cd", .iov_len = 2}};
    net_attach_pair(net, 0);
    net_peer_close(net, 0);
    net_send_one(net, 0, "x", 1);
    net_until(net, net->slots[0].sents == 1);
    assert_int_equal(net->slots[0].sent_result, -EPIPE);
    ring_send(net->ring, 0, pieces, 2);
    net_until(net, net->slots[0].sents == 2);
    assert_int_equal(net->slots[0].sent_result, -EPIPE);
    net_close(net);
}

static void a_blocked_send_ends_when_the_peer_leaves(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 *data = malloc(4194304);
    net_fill(data, 4194304, 0);
    net_attach_pair(net, 0);
    u32 sends = 0;
    do {
        net_send_one(net, 0, data, 4194304);
        sends++;
        net_settle(net);
    } while (net->slots[0].sents == sends);
    net_peer_close(net, 0);
    net_until(net, net->slots[0].sents == sends);
    assert_true(net->slots[0].sent_result < 0);
    free(data);
    net_close(net);
}

/* More sends in one turn than there are submission entries, and more vectors than the room for
 * them: the ring submits early, and nothing is lost. */
static void a_turn_may_start_any_number_of_sends(void **state) {
    const u32 slots = 1000;
    struct net *net = net_open(backend_of(state), slots, 8);
    u8 data[RING_VECTOR_MAX], got[sizeof(data) + 1];
    struct iovec pieces[RING_VECTOR_MAX];
    net_fill(data, sizeof(data), 4);
    for (u32 i = 0; i < RING_VECTOR_MAX; i++)
        pieces[i] = (struct iovec){.iov_base = data + i, .iov_len = 1};
    for (u32 i = 0; i < slots; i++)
        net_attach_pair(net, i);
    for (u32 i = 0; i < slots; i++) {
        ring_receive(net->ring, i);
        ring_send(net->ring, i, pieces, RING_VECTOR_MAX);
    }
    for (u32 i = 0; i < slots; i++) {
        net_until(net, net->slots[i].sents == 1);
        assert_int_equal(net->slots[i].sent_result, RING_VECTOR_MAX);
        assert_int_equal(net_peer_read(net, i, got, sizeof(got)), RING_VECTOR_MAX);
        assert_memory_equal(got, data, sizeof(data));
    }
    net_close(net);
}

/* -- closing -- */

static void expect_closed_and_reused(struct net *net, u32 slot) {
    struct heard before = net->slots[slot];
    ring_close(net->ring, slot);
    net_until(net, net->slots[slot].closed == 1);
    net_settle(net);
    const struct heard *after = &net->slots[slot];
    assert_int_equal(after->closed, 1);
    assert_int_equal(after->late, 0);
    assert_int_equal(after->len, before.len);
    assert_int_equal(after->ends, before.ends);
    assert_int_equal(after->stopped, before.stopped);
    assert_int_equal(after->sents, before.sents);
    assert_int_equal(after->reads, before.reads);
    assert_int_equal(after->broken, before.broken);

    net_attach_pair(net, slot);
    ring_receive(net->ring, slot);
    net_peer_write(net, slot, "new", 3);
    net_until(net, net->slots[slot].len == 3);
    net_send_one(net, slot, "life", 4);
    net_until(net, net->slots[slot].sents == 1);
    assert_int_equal(net->slots[slot].sent_result, 4);
    assert_int_equal(net->slots[slot].closed, 0);
}

static void close_ends_whatever_is_in_flight(void **state) {
    struct net *net = net_open(backend_of(state), 16, 2);
    u8 *data = malloc(4194304);
    u8 memory[8];
    net_fill(data, 4194304, 0);
    for (u32 i = 0; i < 8; i++)
        net_attach_pair(net, i);
    /* 0: nothing. 1: receiving. 2: reading. 3: a blocked send. 4: all of it. 5: not even submitted.
     * 6: stopping. 7: bytes that nobody read. */
    ring_receive(net->ring, 1);
    ring_read(net->ring, 2, memory, sizeof(memory));
    net_send_one(net, 3, data, 4194304);
    ring_receive(net->ring, 4);
    net_send_one(net, 4, data, 4194304);
    ring_receive(net->ring, 6);
    net_peer_write(net, 7, "unread", 6);
    net_settle(net);
    for (u32 blocked = 3; blocked <= 4; blocked++)
        for (u32 sends = 1; net->slots[blocked].sents == sends; sends++) {
            net_send_one(net, blocked, data, 4194304);
            net_settle(net);
        }
    ring_receive(net->ring, 5);
    ring_receive_stop(net->ring, 6);
    for (u32 i = 0; i < 8; i++)
        expect_closed_and_reused(net, i);
    assert_int_equal(net->ring->stale, 0);
    free(data);
    net_close(net);
}

static void closing_while_starving_leaves_the_queue(void **state) {
    struct net *net = net_open(backend_of(state), 8, 1);
    for (u32 i = 0; i < 3; i++) {
        net_attach_pair(net, i);
        ring_receive(net->ring, i);
    }
    net->hold = true;
    net_peer_write(net, 0, "a", 1);
    net_until(net, net->held_count == 1);
    net_peer_write(net, 1, "b", 1);
    net_until(net, net->slots[1].starved == 1);
    net_peer_write(net, 2, "c", 1);
    net_until(net, net->slots[2].starved == 1);
    ring_close(net->ring, 1);
    net_until(net, net->slots[1].closed == 1);
    net->hold = false;
    net_put_held(net);
    net_until(net, net->slots[2].len == 1);
    assert_int_equal(net->slots[1].len, 0);
    assert_int_equal(net->slots[1].late, 0);
    net_close(net);
}

/* Bytes that came in after the owner had decided to close give their buffers back. */
static void closing_with_bytes_on_their_way_returns_the_buffers(void **state) {
    struct net *net = net_open(backend_of(state), 4, 2);
    for (u32 round = 0; round < 50; round++) {
        net_attach_pair(net, 0);
        ring_receive(net->ring, 0);
        net_settle(net);
        net_peer_write(net, 0, "late", 4);
        ring_close(net->ring, 0);
        net_until(net, net->slots[0].closed == 1);
        assert_int_equal(net->slots[0].len, 0);
    }
    assert_int_equal(net->ring->buffer_gauge.used, 0);
    net_attach_pair(net, 1);
    ring_receive(net->ring, 1);
    net->hold = true;
    net_peer_write(net, 1, "1", 1);
    net_until(net, net->held_count == 1);
    net_peer_write(net, 1, "2", 1);
    net_until(net, net->held_count == 2); /* both buffers are still there */
    net_put_held(net);
    net_close(net);
}

static void what_was_sent_before_a_close_arrives(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 got[16];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_send_one(net, 0, "-ERR last\r\n", 11);
    net_until(net, net->slots[0].sents == 1);
    ring_close(net->ring, 0);
    net_until(net, net->slots[0].closed == 1);
    assert_int_equal(net_peer_read(net, 0, got, sizeof(got)), 11);
    assert_int_equal(net_peer_read(net, 0, got, sizeof(got)), 0);
    net_close(net);
}

/* An idle connection, with its receive in the kernel, does not keep the file of one that was closed
 * later: the peer sees the end, and the descriptors of the process do not grow. */
static void an_idle_connection_does_not_keep_others_open(void **state) {
    struct net *net = net_open(backend_of(state), 8, 4);
    u8 got[4];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    net_settle(net);
    for (u32 round = 0; round < 200; round++) {
        net_attach_pair(net, 1);
        ring_receive(net->ring, 1);
        net_turn(net, 0);
        ring_close(net->ring, 1);
        net_until(net, net->slots[1].closed == 1);
        net_turn(net, 0);
        assert_int_equal(net_peer_read(net, 1, got, sizeof(got)), 0);
    }
    net_close(net);
}

static void many_close_at_once(void **state) {
    const u32 slots = 1000;
    struct net *net = net_open(backend_of(state), slots, 4);
    for (u32 round = 0; round < 2; round++) {
        for (u32 i = 0; i < slots; i++) {
            net_attach_pair(net, i);
            ring_receive(net->ring, i);
        }
        if (round == 0) net_settle(net);
        for (u32 i = 0; i < slots; i++)
            ring_close(net->ring, i);
        for (u32 i = 0; i < slots; i++)
            net_until(net, net->slots[i].closed == 1);
        net_settle(net);
        for (u32 i = 0; i < slots; i++)
            assert_int_equal(net->slots[i].late, 0);
    }
    assert_int_equal(net->ring->stale, 0);
    net_close(net);
}

/* Plain files are looked at when they are used. */
static void a_descriptor_that_is_none_is_refused(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    int fd = dup(0);
    close(fd);
    if (!(backend_of(state)->flags & RING_PLAIN_FILES))
        assert_int_equal(ring_attach(net->ring, 0, fd), -EBADF);
    net_attach_pair(net, 0); /* the slot is still free */
    net_close(net);
}

static void the_owners_mistakes_are_caught(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    u8 memory[4];
    net_attach_pair(net, 0);
    assert_dies("assertion failed", ring_receive(net->ring, 1));
    assert_dies("assertion failed", ring_close(net->ring, 1));
    assert_dies("assertion failed", ring_receive(net->ring, net->ring->slots));
    assert_dies("assertion failed", {
        ring_receive(net->ring, 0);
        ring_receive(net->ring, 0);
    });
    assert_dies("assertion failed", {
        ring_receive(net->ring, 0);
        ring_read(net->ring, 0, memory, 4);
    });
    assert_dies("assertion failed", {
        net_send_one(net, 0, "a", 1);
        net_send_one(net, 0, "b", 1);
    });
    assert_dies("assertion failed", {
        ring_close(net->ring, 0);
        ring_close(net->ring, 0);
    });
    assert_dies("assertion failed", net_turn_of(net, 0, RING_EVENTS_MIN - 1));
    net_close(net);
}

/* -- waiting -- */

static void a_wait_without_time_or_events_returns_at_once(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    net_settle(net);
    assert_int_equal(net_turn(net, 0), 0);
    assert_int_equal(net_turn(net, 1500), 0);
    assert_int_equal(net->ring->overflows, 0);
    net_close(net);
}

static void on_alarm(int signal) {
    (void)signal;
}

static void a_signal_ends_a_wait_for_ever(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct sigaction action = {.sa_handler = on_alarm}, old;
    struct itimerval soon = {.it_value = {.tv_usec = 20000}, .it_interval = {.tv_usec = 20000}};
    const struct itimerval never = {0};
    net_settle(net);
    assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(net_turn(net, RING_WAIT_FOREVER), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    net_close(net);
}

static void with_little_room_events_come_in_several_turns(void **state) {
    const u32 slots = 60;
    struct net *net = net_open(backend_of(state), slots, 64);
    for (u32 i = 0; i < slots; i++) {
        net_attach_pair(net, i);
        ring_receive(net->ring, i);
        net_peer_write(net, i, "ab", 2);
        net_send_one(net, i, "c", 1);
    }
    u32 turns = 0, heard = 0;
    while (heard < slots * 2) {
        assert_true(turns++ < 10000);
        net_turn_of(net, PATIENCE_US, RING_EVENTS_MIN);
        heard = 0;
        for (u32 i = 0; i < slots; i++)
            heard += net->slots[i].sents + (net->slots[i].len == 2);
    }
    net_close(net);
}

/* A broken connection of which nobody wants anything does not wake the loop again and again. */
static void a_hang_up_that_nobody_asked_for_is_quiet(void **state) {
    struct net *net = net_open(backend_of(state), 4, 4);
    struct ring_event events[RING_EVENTS_MAX];
    net_attach_pair(net, 0);
    ring_receive(net->ring, 0);
    ring_receive_stop(net->ring, 0);
    net_until(net, net->slots[0].stopped == 1);
    net_peer_close(net, 0);
    net_settle(net);
    u64 waits = net->ring->waits;
    u32 returns = 0;
    while (net->ring->waits - waits < 3) {
        assert_int_equal(ring_wait(net->ring, 2000, events, RING_EVENTS_MAX), 0);
        assert_true(returns++ < 100);
    }
    ring_receive(net->ring, 0);
    net_until(net, net->slots[0].ends == 1);
    net_close(net);
}

/* -- all together, against what must come out -- */

/* Echoes: every slot sends back what it received while peers write, stop, and are replaced. */
static void echoes_survive_stops_and_new_connections(void **state) {
    enum { SLOTS = 24, PART = 1500 };
    struct net *net = net_open(backend_of(state), SLOTS, 8);
    u8 data[PART], got[PART * 2];
    for (u32 round = 0; round < 40; round++) {
        for (u32 i = 0; i < SLOTS; i++) {
            net_attach_pair(net, i);
            ring_receive(net->ring, i);
            net_fill(data, sizeof(data), round + i);
            net_peer_write(net, i, data, sizeof(data));
            if ((i + round) % 3 == 0) ring_receive_stop(net->ring, i);
        }
        for (u32 i = 0; i < SLOTS; i++) {
            bool stops = (i + round) % 3 == 0;
            if (stops) {
                net_until(net, net->slots[i].stopped == 1);
                if (net->slots[i].len < PART) ring_receive(net->ring, i);
            }
            net_until(net, net->slots[i].len == PART);
            net_send_one(net, i, net->slots[i].bytes, PART);
        }
        for (u32 i = 0; i < SLOTS; i++) {
            net_until(net, net->slots[i].sents == 1);
            assert_int_equal(net->slots[i].sent_result, PART);
            net_fill(data, sizeof(data), round + i);
            assert_int_equal(net_peer_read(net, i, got, sizeof(got)), PART);
            assert_memory_equal(got, data, PART);
            ring_close(net->ring, i);
        }
        for (u32 i = 0; i < SLOTS; i++)
            net_until(net, net->slots[i].closed == 1);
    }
    assert_int_equal(net->ring->buffer_gauge.used, 0);
    assert_int_equal(net->ring->stale, 0);
    net_close(net);
}

static int run_all(const struct backend *backend) {
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_prestate(function, (void *)(uintptr_t)backend)
        TEST(bytes_arrive_in_order_and_buffers_go_back),
        TEST(a_long_stream_passes_through_few_buffers),
        TEST(the_end_of_the_stream_comes_once_and_last),
        TEST(half_closed_peers_are_still_sent_to),
        TEST(without_a_buffer_the_owner_is_told_and_bytes_wait),
        TEST(those_who_starve_are_served_in_their_order),
        TEST(a_busy_connection_does_not_starve_another),
        TEST(many_at_once_all_get_a_buffer),
        TEST(a_buffer_is_given_back_once),
        TEST(after_stopped_nothing_is_received_and_nothing_is_lost),
        TEST(stop_and_go_many_times_keeps_every_byte),
        TEST(stopping_works_after_the_end_and_while_starving),
        TEST(an_end_while_stopping_is_told_before_stopped),
        TEST(a_read_gives_at_most_what_was_asked_for),
        TEST(receive_stop_read_receive_keep_the_order_of_bytes),
        TEST(a_send_and_a_read_wait_side_by_side),
        TEST(pieces_are_sent_as_one_stream),
        TEST(short_sends_are_continued_by_the_owner),
        TEST(sending_to_a_peer_that_left_is_an_error),
        TEST(a_blocked_send_ends_when_the_peer_leaves),
        TEST(a_turn_may_start_any_number_of_sends),
        TEST(close_ends_whatever_is_in_flight),
        TEST(closing_while_starving_leaves_the_queue),
        TEST(closing_with_bytes_on_their_way_returns_the_buffers),
        TEST(what_was_sent_before_a_close_arrives),
        TEST(an_idle_connection_does_not_keep_others_open),
        TEST(many_close_at_once),
        TEST(a_descriptor_that_is_none_is_refused),
        TEST(the_owners_mistakes_are_caught),
        TEST(a_wait_without_time_or_events_returns_at_once),
        TEST(a_signal_ends_a_wait_for_ever),
        TEST(with_little_room_events_come_in_several_turns),
        TEST(a_hang_up_that_nobody_asked_for_is_quiet),
        TEST(echoes_survive_stops_and_new_connections),
#undef TEST
    };
    return cmocka_run_group_tests_name(net_group_name("ring", backend), tests, NULL, NULL);
}

int main(void) {
    return net_run_over_all(run_all);
}
