/* Connections that make no progress. Each kind of timeout has a list in the order of the last
 * progress, so that only its front is looked at.
 */
#include "session_internal.h"

#define SECOND_US 1000000u
/* As long as a monitor may leave its lines unread while others wait for reply memory. */
#define MONITOR_PATIENCE_S 1u

static bool is_over(const struct sessions *sessions, u64 since_us, u64 timeout_s) {
    return sessions->engine->now_us - since_us >= timeout_s * SECOND_US;
}

static void log_closed(struct sessions *sessions, const struct session *session, const char *why) {
    log_limited(&sessions->engine->log_limit, LOG_VERBOSE, "client %llu (%s) closed: %s",
                session->client == NULL ? 0 : (unsigned long long)session->client->id,
                session->client == NULL ? "refused" : session->client->address, why);
}

static void check_requests(struct sessions *sessions) {
    while (!list_is_empty(&sessions->request_timers)) {
        struct session *session =
            kv_container_of(sessions->request_timers.next, struct session, request_timer);
        if (!is_over(sessions, session->request_us, sessions->engine->options.request_timeout_s)) {
            return;
        }
        sessions->engine->stats.counters.closed_request_timeout++;
        log_closed(sessions, session, "its request stayed incomplete (request-timeout)");
        session_close(sessions, session);
    }
}

static void check_replies(struct sessions *sessions) {
    while (!list_is_empty(&sessions->reply_timers)) {
        struct session *session =
            kv_container_of(sessions->reply_timers.next, struct session, reply_timer);
        if (!is_over(sessions, session->sent_us, sessions->engine->options.reply_timeout_s)) return;
        sessions->engine->stats.counters.closed_reply_timeout++;
        log_closed(sessions, session, "it does not read its replies (reply-timeout)");
        session_close(sessions, session);
    }
}

/* Monitors are the first to give way. */
static void check_monitors(struct sessions *sessions) {
    struct list_node *order = &sessions->engine->monitors.order;
    struct list_node *next;
    if (list_is_empty(&sessions->wait_reply)) return;
    for (struct list_node *node = order->next; node != order; node = next) {
        const struct client *client = kv_container_of(node, struct client, monitoring);
        struct session *session = &sessions->table[client->slot];
        next = node->next; /* closing takes it out of the list */
        if (!list_is_linked(&session->reply_timer)) continue;
        if (!is_over(sessions, session->sent_us, MONITOR_PATIENCE_S)) continue;
        sessions->engine->stats.counters.closed_monitor++;
        log_closed(sessions, session, "it does not read MONITOR, and others wait for memory");
        session_close(sessions, session);
    }
}

static void check_idle(struct sessions *sessions) {
    u64 timeout_s = sessions->engine->options.timeout_s;
    if (timeout_s == 0) return;
    while (!list_is_empty(&sessions->idle_timers)) {
        struct session *session =
            kv_container_of(sessions->idle_timers.next, struct session, idle_timer);
        if (!is_over(sessions, session->active_us, timeout_s)) return;
        const bool waits = session->wait == WAIT_BLOCKED || session->wait == WAIT_PAUSED;
        if (waits || list_is_linked(&session->waiting) || client_is_monitor(session->client)) {
            session_touch(sessions, session); /* the delay is ours, or it only listens */
            continue;
        }
        sessions->engine->stats.counters.closed_idle++;
        log_closed(sessions, session, "it was idle (timeout)");
        session_close(sessions, session);
    }
}

void timeouts_check(struct sessions *sessions) {
    check_requests(sessions);
    check_replies(sessions);
    check_monitors(sessions);
    check_idle(sessions);
}
