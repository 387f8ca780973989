/* Bytes that arrive: shared receive buffers in the order of their arrival, and the memory in which
 * a request is put together that did not arrive in one piece. Requests are parsed only out of
 * contiguous bytes, so that every argument is contiguous.
 */
#include <errno.h>

#include "kv/assert.h"

#include "session_internal.h"

/* Bytes that are taken from the next buffer to complete a request that crosses its border, when it
 * is not known how many it lacks. What turns out to be too much stays in the buffer. */
#define PEEK_BYTES 512u

void input_init(struct session *session) {
    session->held_first = session->held_last = BUFFER_NONE;
    session->receive = RECEIVE_OFF;
}

/* -- shared buffers -- */

static void held_push(struct sessions *sessions, struct session *session, u16 buffer, u8 *data,
                      u32 len) {
    sessions->held[buffer] = (struct held){.data = data, .end = len, .next = BUFFER_NONE};
    if (session->held_first == BUFFER_NONE) {
        session->held_first = buffer;
    } else {
        sessions->held[session->held_last].next = buffer;
    }
    session->held_last = buffer;
    session->held_count++;
}

static void held_pop(struct sessions *sessions, struct session *session) {
    u32 buffer = session->held_first;
    session->held_first = sessions->held[buffer].next;
    if (session->held_first == BUFFER_NONE) session->held_last = BUFFER_NONE;
    session->held_count--;
    ring_buffer_put(sessions->ring, (u16)buffer);
}

static void held_drop_empty(struct sessions *sessions, struct session *session) {
    while (session->held_first != BUFFER_NONE) {
        const struct held *held = &sessions->held[session->held_first];
        if (held->begin < held->end) return;
        held_pop(sessions, session);
    }
}

/* -- assembly -- */

static void assembly_release(struct sessions *sessions, struct session *session) {
    if (session->assembly == NULL) return;
    if (session->is_elder) {
        session->is_elder = false;
        sessions->elder.owner = NULL;
        gauge_sub(&sessions->elder_gauge, 1);
    } else {
        if (session->extent.units == 1) sessions->small_count--;
        extents_put(&sessions->extents, &session->extent);
    }
    session->assembly = NULL;
    session->assembly_size = session->assembly_begin = session->assembly_end = session->peeked = 0;
}

static bool is_in_turn(const struct sessions *sessions, const struct session *session) {
    return list_is_empty(&sessions->wait_receive) ||
           sessions->wait_receive.next == &session->waiting;
}

/* Whether a run of several units may be taken: never the last units that small requests of other
 * connections count on, and never ahead of those who wait already. */
static bool large_is_allowed(const struct sessions *sessions, const struct session *session,
                             u64 units) {
    const struct gauge *gauge = &sessions->extents.gauge;
    u64 kept = sessions->limits->receive_units_kept;
    u64 promised = kept - u64_min(kept, sessions->small_count);
    return is_in_turn(sessions, session) && gauge->max - gauge->used >= units + promised;
}

static bool elder_take(struct sessions *sessions, struct session *session) {
    if (sessions->elder.owner != NULL || !is_in_turn(sessions, session)) {
        sessions->elder_gauge.exhausted++;
        return false;
    }
    sessions->elder.owner = session;
    session->is_elder = true;
    gauge_add(&sessions->elder_gauge, 1);
    return true;
}

/* Memory of at least `size` bytes for the request, with what was put together so far moved to its
 * front. False: none is free, nothing has changed. */
static bool assembly_grow(struct sessions *sessions, struct session *session, u64 size) {
    struct extents *extents = &sessions->extents;
    u64 units = u64_div_up(size, extents->unit_bytes);
    struct extent extent = {0};
    if (units <= 1 || large_is_allowed(sessions, session, units)) {
        extent = extents_get(extents, size);
    } else {
        extents->gauge.exhausted++;
    }
    bool elder = false;
    if (extent.data == NULL) {
        elder = elder_take(sessions, session);
        if (!elder) return false;
    }
    u8 *data = elder ? sessions->elder.data : extent.data;
    u64 len = session->assembly_end - session->assembly_begin;
    if (session->assembly != NULL) {
        memcpy(data, session->assembly + session->assembly_begin, len);
        session->is_elder = false; /* what is released is the extent */
        assembly_release(sessions, session);
    }
    session->is_elder = elder;
    session->extent = extent;
    session->assembly = data;
    session->assembly_size = elder ? sessions->elder.size : extent_capacity(extents, &extent);
    session->assembly_end = len;
    if (!elder && extent.units == 1) sessions->small_count++;
    return true;
}

/* Memory for the incomplete request: what it is known to need; twice what it has when it is not
 * known how much that will be, so that a request of n bytes is copied O(n) in all. */
static bool assembly_fit(struct sessions *sessions, struct session *session, u64 have) {
    u64 size = session->needed;
    if (!session->needed_exact && session->assembly != NULL) {
        size = u64_max(size, u64_min(2 * have, sessions->limits->connection_recv_size));
    }
    if (session->assembly != NULL) {
        if (session->assembly_size >= session->needed) {
            if (session->assembly_begin == 0) return true;
            u64 len = session->assembly_end - session->assembly_begin;
            memmove(session->assembly, session->assembly + session->assembly_begin, len);
            session->assembly_begin = 0;
            session->assembly_end = len;
            return true;
        }
        kv_assert(!session->is_elder);
    }
    return assembly_grow(sessions, session, size);
}

/* -- views -- */

static bool assembly_has_bytes(const struct session *session) {
    return session->assembly != NULL && session->assembly_begin < session->assembly_end;
}

bool input_has_view(const struct session *session) {
    return assembly_has_bytes(session) || session->held_first != BUFFER_NONE;
}

void input_begin_round(struct session *session) {
    session->view_is_assembly = assembly_has_bytes(session);
}

u8 *input_view(const struct sessions *sessions, const struct session *session, u64 *len,
               u64 *begin) {
    if (session->view_is_assembly) {
        *begin = session->assembly_begin;
        *len = session->assembly_end - session->assembly_begin;
        return session->assembly + session->assembly_begin;
    }
    const struct held *held = &sessions->held[session->held_first];
    *begin = held->begin;
    *len = held->end - held->begin;
    return held->data + held->begin;
}

void input_advance(struct sessions *sessions, struct session *session, u64 len) {
    if (!session->view_is_assembly) {
        sessions->held[session->held_first].begin += (u32)len;
        return;
    }
    session->assembly_begin += len;
    u64 own_end = session->assembly_end - session->peeked;
    if (session->peeked > 0 && session->assembly_begin >= own_end) {
        /* The request that crossed the border is complete: parsing goes on in the buffer. */
        sessions->held[session->held_first].begin += (u32)(session->assembly_begin - own_end);
        session->assembly_end = session->assembly_begin;
        session->peeked = 0;
    }
}

u64 input_position(const struct sessions *sessions, const struct session *session) {
    if (session->view_is_assembly) return session->assembly_begin;
    return sessions->held[session->held_first].begin;
}

void input_rewind(struct sessions *sessions, struct session *session, u64 begin) {
    if (session->view_is_assembly) {
        session->assembly_begin = begin;
    } else {
        sessions->held[session->held_first].begin = (u32)begin;
    }
    session->scan = (struct request_scan){0};
    session->incomplete = false;
    session->owed = OWED_NOTHING;
}

u64 input_bytes(const struct sessions *sessions, const struct session *session) {
    u64 bytes = session->assembly_end - session->assembly_begin - session->peeked;
    for (u32 i = session->held_first; i != BUFFER_NONE; i = sessions->held[i].next) {
        bytes += sessions->held[i].end - sessions->held[i].begin;
    }
    return bytes;
}

/* -- putting requests together -- */

/* The peeked bytes belong to the incomplete request for good. */
static void commit_peek(struct sessions *sessions, struct session *session) {
    if (session->peeked == 0) return;
    sessions->held[session->held_first].begin += (u32)session->peeked;
    session->peeked = 0;
    held_drop_empty(sessions, session);
}

/* Lengthens the assembled bytes from the next buffer. */
static void peek(struct sessions *sessions, struct session *session) {
    const struct held *held = &sessions->held[session->held_first];
    u64 have = session->assembly_end - session->assembly_begin;
    u64 lacking = session->needed - have;
    u64 len = session->needed_exact ? lacking : u64_max(lacking, PEEK_BYTES);
    len = u64_min(len, held->end - held->begin);
    len = u64_min(len, session->assembly_size - session->assembly_end);
    memcpy(session->assembly + session->assembly_end, held->data + held->begin, len);
    session->assembly_end += len;
    session->peeked = len;
}

static void wait_for_memory(struct sessions *sessions, struct session *session) {
    if (session->wait == WAIT_RECEIVE) return;
    session->wait = WAIT_RECEIVE;
    list_push_back(&sessions->wait_receive, &session->waiting);
    list_remove(&session->request_timer); /* the delay is ours */
    sessions->engine->waiting_receive++;
    sessions->engine->stats.counters.waits_receive++;
}

/* Brings the incomplete request's bytes together. True: more of it could be parsed now. */
static bool gather(struct sessions *sessions, struct session *session) {
    commit_peek(sessions, session);
    bool in_assembly = assembly_has_bytes(session);
    u64 have = in_assembly ? session->assembly_end - session->assembly_begin : 0;
    if (!in_assembly) {
        const struct held *held = &sessions->held[session->held_first];
        have = held->end - held->begin;
    }
    u64 units_exhausted = sessions->extents.gauge.exhausted;
    u64 elder_exhausted = sessions->elder_gauge.exhausted;
    if (!assembly_fit(sessions, session, have)) {
        if (session->wait == WAIT_RECEIVE) {
            /* It met the limit when it began to wait: failing again is not counted again. */
            sessions->extents.gauge.exhausted = units_exhausted;
            sessions->elder_gauge.exhausted = elder_exhausted;
        }
        wait_for_memory(sessions, session);
        return false;
    }
    session_stop_waiting(sessions, session);
    if (session->needed > RECEIVE_BUFFER_BYTES) session->bulky = true;
    if (!in_assembly) {
        const struct held *held = &sessions->held[session->held_first];
        memcpy(session->assembly, held->data + held->begin, have);
        session->assembly_begin = 0;
        session->assembly_end = have;
        held_pop(sessions, session);
    }
    if (session->held_first == BUFFER_NONE) return false;
    peek(sessions, session);
    return true;
}

/* Whether the rest of the incomplete request is received straight into its own memory. */
static bool lacks_much(const struct session *session) {
    if (!session->incomplete || session->scan.skipping || session->assembly == NULL) return false;
    u64 have = session->assembly_end - session->assembly_begin;
    return session->needed >= have + DIRECT_READ_BYTES;
}

/* A client that sends large requests is likely to send another. Through the shared buffers each
 * byte of it would be copied once more, so its next request is begun in the one unit that every
 * connection may have: enough to see how much more is to come. The same unit keeps small requests
 * going while large ones, which wait for memory, hold the shared buffers. */
static bool begins_bulky(struct sessions *sessions, struct session *session) {
    if (!session->bulky || session->held_first != BUFFER_NONE) return false;
    if (session->assembly == NULL) return assembly_grow(sessions, session, RECEIVE_UNIT_BYTES);
    return session->assembly_end < session->assembly_size;
}

static void start_direct_read(struct sessions *sessions, struct session *session) {
    u64 have = session->assembly_end - session->assembly_begin;
    u64 room = session->assembly_size - session->assembly_end;
    /* What is read beyond the request would keep the elder's memory from the next in turn. */
    if (session->incomplete && (session->needed_exact || session->is_elder)) {
        room = u64_min(room, session->needed - have);
    }
    session->receive = RECEIVE_DIRECT;
    ring_read(sessions->ring, session->slot, session->assembly + session->assembly_end,
              (u32)u64_min(room, UINT32_MAX / 2));
}

/* Whether the session takes bytes now: not when it cannot execute and holds some already. */
static bool may_receive(const struct sessions *sessions, const struct session *session) {
    if (session->end_of_stream || sessions->draining || session->state != SESSION_OPEN)
        return false;
    if (session->wait == WAIT_RECEIVE) return false;
    if (session->wait == WAIT_BLOCKED) return true; /* it holds no shared buffers */
    return session_can_execute(sessions, session) ||
           (session->held_count <= HELD_PAUSE_BUFFERS &&
            (!session->bulky || session->wait == WAIT_PAUSED));
}

static void steer_receiving(struct sessions *sessions, struct session *session) {
    bool allowed = may_receive(sessions, session);
    bool direct = allowed && lacks_much(session);
    if (session->receive == RECEIVE_ON && (!allowed || direct)) {
        session->receive = RECEIVE_STOPPING;
        ring_receive_stop(sessions->ring, session->slot);
    } else if (session->receive == RECEIVE_OFF && direct) {
        if (session->held_first == BUFFER_NONE) start_direct_read(sessions, session);
    } else if (session->receive == RECEIVE_OFF && allowed && begins_bulky(sessions, session)) {
        start_direct_read(sessions, session);
    } else if (session->receive == RECEIVE_OFF && allowed) {
        session->receive = RECEIVE_ON;
        ring_receive(sessions->ring, session->slot);
    }
}

static void steer_request_timer(struct sessions *sessions, struct session *session) {
    bool runs = session->incomplete && session->wait == WAIT_NOTHING;
    if (!runs) {
        list_remove(&session->request_timer);
    } else if (!list_is_linked(&session->request_timer)) {
        /* What the server itself would not take yet is not late. */
        session->request_us = sessions->engine->now_us;
        list_push_back(&sessions->request_timers, &session->request_timer);
    }
}

bool input_settle(struct sessions *sessions, struct session *session) {
    if (session->assembly != NULL && !assembly_has_bytes(session) &&
        session->receive != RECEIVE_DIRECT && session->wait != WAIT_BLOCKED) {
        assembly_release(sessions, session);
    }
    held_drop_empty(sessions, session);
    bool more = input_has_view(session);
    /* While a request is skipped its bytes are dropped, not gathered. While it is received straight
     * into its own memory there is nothing to gather, and nothing to parse before that ends. */
    if (session->incomplete && !session->scan.skipping) {
        more = session->receive != RECEIVE_DIRECT && gather(sessions, session);
    }
    steer_receiving(sessions, session);
    steer_request_timer(sessions, session);
    session->client->query_bytes = input_bytes(sessions, session);
    session->client->query_capacity =
        session->assembly_size + (u64)session->held_count * sessions->ring->buffer_bytes;
    return more;
}

/* -- for sessions that wait in a blocking command or for the end of a pause -- */

/* Memory for a session that may wait for ever: one unit, which every connection may have; or more,
 * as long as that leaves room for one request of the largest size. */
static bool patient_extent(struct sessions *sessions, u64 size, struct extent *extent) {
    struct extents *extents = &sessions->extents;
    const struct gauge *gauge = &extents->gauge;
    const u64 units = u64_div_up(size, extents->unit_bytes);
    if (units > 1) {
        const u64 kept = sessions->limits->receive_units_kept;
        const u64 promised = kept - u64_min(kept, sessions->small_count);
        const u64 largest =
            u64_div_up(sessions->limits->connection_recv_size, extents->unit_bytes) + 1;
        if (!list_is_empty(&sessions->wait_receive) ||
            gauge->max - gauge->used < units + promised + largest) {
            extents->gauge.exhausted++;
            return false;
        }
    }
    *extent = extents_get(extents, size);
    return extent->data != NULL;
}

/* From here on the session's memory is the extent; what it holds has been copied there. */
static void assembly_replace(struct sessions *sessions, struct session *session,
                             const struct extent *extent) {
    assembly_release(sessions, session);
    if (extent->data == NULL) return;
    session->extent = *extent;
    session->assembly = extent->data;
    session->assembly_size = extent_capacity(&sessions->extents, extent);
    if (extent->units == 1) sessions->small_count++;
}

static u64 held_bytes(const struct sessions *sessions, const struct session *session) {
    u64 bytes = 0;
    for (u32 i = session->held_first; i != BUFFER_NONE; i = sessions->held[i].next)
        bytes += sessions->held[i].end - sessions->held[i].begin;
    return bytes;
}

/* Moves what the shared buffers hold behind the assembled bytes, where there is room. */
static void absorb_held(struct sessions *sessions, struct session *session) {
    while (session->held_first != BUFFER_NONE) {
        const struct held *held = &sessions->held[session->held_first];
        const u32 len = held->end - held->begin;
        kv_assert(len <= session->assembly_size - session->assembly_end);
        if (len > 0)
            memcpy(session->assembly + session->assembly_end, held->data + held->begin, len);
        session->assembly_end += len;
        held_pop(sessions, session);
    }
}

/* What was peeked lies in the shared buffer too. */
static void forget_peek(struct session *session) {
    session->assembly_end -= session->peeked;
    session->peeked = 0;
}

static u64 put_pieces(u8 *to, const struct bytes *pieces, u32 count) {
    u64 len = 0;
    for (u32 i = 0; i < count; i++) {
        if (pieces[i].len > 0) memmove(to + len, pieces[i].data, pieces[i].len);
        len += pieces[i].len;
    }
    return len;
}

bool input_keep(struct sessions *sessions, struct session *session, const struct bytes *pieces,
                u32 count, const struct batch_entry *entry) {
    const bool direct = session->receive == RECEIVE_DIRECT;
    const bool own = session->view_is_assembly && !session->is_elder;
    u64 size = input_bytes(sessions, session) + (input_position(sessions, session) - entry->end);
    for (u32 i = 0; i < count; i++)
        size += pieces[i].len;
    /* The kernel may be writing behind the assembled bytes: then they stay where they are. */
    const bool in_place = own && (direct || size <= session->assembly_size);
    struct extent extent = {0};
    if (!in_place && (direct || (size > 0 && !patient_extent(sessions, size, &extent))))
        return false;
    input_rewind(sessions, session, entry->end);
    forget_peek(session);
    u8 *data = in_place ? session->assembly : extent.data;
    session->kept_begin = in_place && direct ? entry->begin : 0;
    const u64 behind_begin =
        session->kept_begin + put_pieces(data + session->kept_begin, pieces, count);
    if (direct) {
        session->assembly_begin = entry->end;
        return true;
    }
    const u64 behind = session->view_is_assembly ? session->assembly_end - entry->end : 0;
    if (behind > 0) memmove(data + behind_begin, session->assembly + entry->end, behind);
    if (!in_place) assembly_replace(sessions, session, &extent);
    session->assembly_begin = behind_begin;
    session->assembly_end = behind_begin + behind;
    absorb_held(sessions, session);
    return true;
}

const u8 *input_kept(const struct session *session) {
    static const u8 nothing[1];
    return session->assembly == NULL ? nothing : session->assembly + session->kept_begin;
}

bool input_gather_behind(struct sessions *sessions, struct session *session) {
    const u64 more = held_bytes(sessions, session);
    if (more == 0) {
        held_drop_empty(sessions, session);
        return true;
    }
    if (session->is_elder || session->receive == RECEIVE_DIRECT) return false;
    forget_peek(session);
    if (session->assembly == NULL || more > session->assembly_size - session->assembly_end) {
        const u64 from =
            session->wait == WAIT_BLOCKED ? session->kept_begin : session->assembly_begin;
        const u64 have = session->assembly_end - from;
        const u64 most = sessions->limits->connection_recv_size;
        /* Twice as much, so that what comes bit by bit is copied O(n) in all. */
        const u64 twice = u64_max(have + more, u64_min(2 * have, most));
        struct extent extent = {0};
        if (have + more > most || (!patient_extent(sessions, twice, &extent) &&
                                   !patient_extent(sessions, have + more, &extent)))
            return false;
        const u64 begin = session->assembly_begin - from;
        if (have > 0) memcpy(extent.data, session->assembly + from, have);
        assembly_replace(sessions, session, &extent);
        session->kept_begin = 0;
        session->assembly_begin = begin;
        session->assembly_end = have;
    }
    absorb_held(sessions, session);
    return true;
}

void input_release(struct sessions *sessions, struct session *session) {
    while (session->held_first != BUFFER_NONE)
        held_pop(sessions, session);
    session->peeked = 0;
    /* The kernel may still write there. */
    if (session->receive == RECEIVE_DIRECT && session->state != SESSION_FREE) return;
    assembly_release(sessions, session);
}

/* -- events -- */

static void note_progress(struct sessions *sessions, struct session *session, u64 bytes) {
    sessions->engine->stats.counters.input_bytes += bytes;
    session_touch(sessions, session);
    if (list_is_linked(&session->request_timer)) {
        session->request_us = sessions->engine->now_us;
        list_move_back(&sessions->request_timers, &session->request_timer);
    }
}

static void ended(struct sessions *sessions, struct session *session) {
    session->receive = RECEIVE_OFF;
    session->end_of_stream = true;
    waits_peer_ended(sessions, session);
    session_mark_ready(sessions, session);
}

void input_received(struct sessions *sessions, struct session *session,
                    const struct ring_event *event) {
    bool open = session->state == SESSION_OPEN;
    if (event->result == -ENOBUFS) {
        if (open && session->receive == RECEIVE_ON)
            list_move_back(&sessions->starving, &session->starving);
        return;
    }
    list_remove(&session->starving);
    if (event->result > 0) {
        if (!open) {
            ring_buffer_put(sessions->ring, event->buffer);
            return;
        }
        held_push(sessions, session, event->buffer, event->data, (u32)event->result);
        note_progress(sessions, session, (u64)event->result);
        session_mark_ready(sessions, session);
        return;
    }
    if (!open) return;
    if (event->result == 0) {
        ended(sessions, session);
    } else {
        session->receive = RECEIVE_OFF;
        session_close(sessions, session);
    }
}

void input_stopped(struct sessions *sessions, struct session *session) {
    if (session->receive != RECEIVE_STOPPING) return;
    session->receive = RECEIVE_OFF;
    if (session->state == SESSION_OPEN) session_mark_ready(sessions, session);
}

void input_read(struct sessions *sessions, struct session *session, i32 result) {
    session->receive = RECEIVE_OFF;
    if (session->state != SESSION_OPEN) return;
    if (result > 0) {
        session->assembly_end += (u64)result;
        note_progress(sessions, session, (u64)result);
        session_mark_ready(sessions, session);
    } else if (result == 0) {
        ended(sessions, session);
    } else {
        session_close(sessions, session);
    }
}

/* -- those who wait -- */

void input_serve_waiting(struct sessions *sessions) {
    while (!list_is_empty(&sessions->wait_receive)) {
        struct session *session =
            kv_container_of(sessions->wait_receive.next, struct session, waiting);
        bool more = input_settle(sessions, session);
        if (session->wait == WAIT_RECEIVE) return;
        if (more) {
            session_mark_ready(sessions, session);
        } else {
            session_close_when_done(sessions, session);
        }
    }
}

void input_feed_starving(struct sessions *sessions) {
    u64 max = sessions->ring->buffers;
    if (max - sessions->ring->buffer_gauge.used > max / 4) return;
    while (!list_is_empty(&sessions->starving)) {
        struct session *session =
            kv_container_of(sessions->starving.next, struct session, starving);
        list_remove(&session->starving);
        if (session->receive != RECEIVE_ON) continue;
        /* Without room of its own it would starve again at once. */
        bool has_room = session->assembly == NULL || session->assembly_end < session->assembly_size;
        if (session->wait == WAIT_BLOCKED && !has_room) continue;
        session->bulky = true;
        session->receive = RECEIVE_STOPPING;
        ring_receive_stop(sessions->ring, session->slot);
    }
}
