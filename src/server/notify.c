/* notify.c: the protocol of sd_notify(3) without its library: one datagram for each message. */
#include "kv/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kv/log.h"
#include "kv/number.h"
#include "kv/text.h"

static void warn_socket(const char *name, const char *wrong) {
    log_write(LOG_WARNING, "NOTIFY_SOCKET '%s': %s; the service manager is not told anything", name,
              wrong);
}

/* Connected, or -1 with a line in the log. */
static int open_socket(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2) {
        warn_socket(name, "neither a path nor @ and an abstract name");
        return -1;
    }
    if (length >= sizeof(address.sun_path)) {
        warn_socket(name, "too long for a unix socket");
        return -1;
    }
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        warn_socket(name, strerror(errno));
        return -1;
    }
    /* An abstract name ends where the address does, not at a zero byte. */
    const size_t size = offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/');
    if (connect(fd, (const struct sockaddr *)&address, (socklen_t)size) != 0) {
        warn_socket(name, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

/* Half of what the service manager allows, 0 when it waits for no signs, or not for ours. */
static u64 read_interval(void) {
    const char *pid = getenv("WATCHDOG_PID");
    const char *allowed = getenv("WATCHDOG_USEC");
    i64 number = 0;
    if (allowed == NULL) return 0;
    if (pid != NULL) {
        if (!number_parse_i64(bytes_of_string(pid), &number) || number <= 0) {
            log_write(LOG_WARNING, "WATCHDOG_PID '%s' is no process; there is no watchdog", pid);
            return 0;
        }
        if (number != (i64)getpid()) return 0;
    }
    if (!number_parse_i64(bytes_of_string(allowed), &number) || number <= 1) {
        log_write(LOG_WARNING,
                  "WATCHDOG_USEC '%s' is no time in microseconds; there is no watchdog", allowed);
        return 0;
    }
    return (u64)number / 2;
}

void notify_init(struct notify *notify) {
    const char *name = getenv("NOTIFY_SOCKET");
    *notify = (struct notify){.fd = -1};
    if (name == NULL || name[0] == '\0') return;
    notify->fd = open_socket(name);
    if (notify->fd >= 0) notify->watchdog_us = read_interval();
}

static bool send_message(struct notify *notify, const char *message, size_t length) {
    if (send(notify->fd, message, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    if (!notify->is_logged) {
        log_write(LOG_WARNING, "cannot tell the service manager %.*s: %s",
                  (int)strcspn(message, "\n"), message, strerror(errno));
    }
    notify->is_logged = true;
    return false;
}

/* "NAME=1" and the state. */
static bool send_state(struct notify *notify, const char *assignment, const char *status) {
    char message[NOTIFY_MESSAGE_MAX];
    struct text text;
    text_init(&text, message, sizeof(message));
    text_printf(&text, "%s\nSTATUS=", assignment);
    const size_t head = text.len;
    text_printf(&text, "%s", status);
    for (size_t i = head; i < text.len; i++) {
        /* A path with a line break in it must not become an assignment of its own. */
        if ((u8)message[i] < ' ') message[i] = '?';
    }
    return send_message(notify, message, text.len);
}

void notify_ready(struct notify *notify, const char *status) {
    if (notify->fd < 0) return;
    notify->owes_ready = !send_state(notify, "READY=1", status);
}

void notify_stopping(struct notify *notify, const char *status) {
    if (notify->fd < 0) return;
    notify->owes_ready = false;
    send_state(notify, "STOPPING=1", status);
}

void notify_tick(struct notify *notify, u64 now_us) {
    static const char ready[] = "READY=1";
    static const char sign[] = "WATCHDOG=1";
    if (notify->fd < 0) return;
    if (notify->owes_ready) notify->owes_ready = !send_message(notify, ready, sizeof(ready) - 1);
    if (notify->watchdog_us == 0 || now_us < notify->next_sign_us) return;
    notify->next_sign_us = now_us + notify->watchdog_us;
    send_message(notify, sign, sizeof(sign) - 1);
}

void notify_deinit(struct notify *notify) {
    if (notify->fd >= 0) close(notify->fd);
    notify->fd = -1;
}
