/* notify.h: tells the service manager that the server is ready, that it stops, and that the data
 * plane still turns. The protocol is that of sd_notify(3): one datagram with lines NAME=VALUE to
 * the socket that NOTIFY_SOCKET names.
 *
 * The socket is opened and connected by notify_init, because afterwards a filter forbids both.
 * Nothing here allocates or waits. A message that cannot be sent changes nothing for the server: it
 * is logged the first time. Without NOTIFY_SOCKET every function does nothing.
 */
#ifndef KV_NOTIFY_H
#define KV_NOTIFY_H

#include "kv/types.h"

/* Longer states are cut; the service manager shows one line of it. */
#define NOTIFY_MESSAGE_MAX 512

struct notify {
    int fd;           /* -1: nobody to tell */
    bool is_logged;   /* a failure was */
    bool owes_ready;  /* the message was refused; notify_tick tries again */
    u64 watchdog_us;  /* between two signs of life; 0: nobody waits for them */
    u64 next_sign_us; /* monotonic */
};

/* Reads NOTIFY_SOCKET (a path, or @ and an abstract name), WATCHDOG_USEC and WATCHDOG_PID. What is
 * wrong with them is logged as a warning, and then nobody is told. */
void notify_init(struct notify *notify);

/* READY=1, and `status` as what the service manager shows. */
void notify_ready(struct notify *notify, const char *status);
/* STOPPING=1, and `status`. */
void notify_stopping(struct notify *notify, const char *status);
/* Called from the loop of the data plane itself: WATCHDOG=1 when half of the time has passed that
 * the service manager allows. A loop that does not turn sends none, and is restarted. */
void notify_tick(struct notify *notify, u64 now_us);

void notify_deinit(struct notify *notify);

#endif
