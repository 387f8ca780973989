/* listener.c: opens the listening sockets, and says who has connected. */
#include "kv/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kv/address.h"
#include "kv/assert.h"

/* The longest times that the kernel takes for TCP_KEEPIDLE and TCP_KEEPINTVL. */
#define KEEPALIVE_MAX_S 32767u
#define KEEPALIVE_PROBES 3

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage storage;
};

/* "[::1]:6379" or "127.0.0.1:6379". */
static void format_address(const union address *address, char *out, size_t size) {
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof(text));
        snprintf(out, size, "[%s]:%u", text, ntohs(address->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text));
        snprintf(out, size, "%s:%u", text, ntohs(address->v4.sin_port));
    }
}

static bool set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* What accepted sockets inherit. The probes follow Redis's: the first after the given silence,
 * then three, each a third of it apart. */
static bool set_tcp_options(int fd, bool v6, const struct options *options) {
    if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
    if (v6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return false;
    if (!set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1)) return false;
    if (options->tcp_keepalive_s == 0) return true;
    int idle = (int)u64_min(options->tcp_keepalive_s, KEEPALIVE_MAX_S);
    int interval = idle / 3 > 0 ? idle / 3 : 1;
    return set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

/* Whether a failure says that the host has no such address or no such family. */
static bool is_absent(int code) {
    return code == EADDRNOTAVAIL || code == EAFNOSUPPORT || code == EPFNOSUPPORT ||
           code == EPROTONOSUPPORT || code == ESOCKTNOSUPPORT || code == ENOPROTOOPT;
}

static bool parse_address(const char *text, u16 port, union address *address, socklen_t *len) {
    memset(address, 0, sizeof(*address));
    if (strcmp(text, "*") == 0) text = "0.0.0.0";
    if (strcmp(text, "::*") == 0) text = "::";
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        *len = sizeof(address->v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        *len = sizeof(address->v6);
        return true;
    }
    return false;
}

/* A free entry, or NULL with a message. */
static struct listener *next_entry(struct listeners *listeners, char *error) {
    if (listeners->count < LISTENERS_MAX) return &listeners->entry[listeners->count];
    snprintf(error, LISTENER_ERROR_MAX, "bind: more than %u addresses", LISTENERS_MAX);
    return NULL;
}

/* An address as an option gives it. */
struct place {
    const char *option;
    const char *text;
    u64 port;
    bool optional; /* it may not exist on this host: the listener's fd is then -1 */
};

static bool open_tcp(struct listener *listener, const struct options *options,
                     const struct place *place, char *error) {
    union address address;
    socklen_t len;
    *listener = (struct listener){.fd = -1};
    if (!parse_address(place->text, (u16)place->port, &address, &len)) {
        snprintf(error, LISTENER_ERROR_MAX,
                 "%s: \"%.100s\" is not an address in numbers such as 127.0.0.1, ::1, * or ::*",
                 place->option, place->text);
        return false;
    }
    format_address(&address, listener->name, sizeof(listener->name));
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && set_tcp_options(fd, address.any.sa_family == AF_INET6, options) &&
        bind(fd, &address.any, len) == 0 && listen(fd, (int)options->tcp_backlog) == 0) {
        listener->fd = fd;
        return true;
    }
    int code = errno;
    if (fd >= 0) close(fd);
    if (place->optional && is_absent(code)) return true;
    snprintf(error, LISTENER_ERROR_MAX, "cannot listen on %s: %s", listener->name, strerror(code));
    return false;
}

bool listener_open_admin(struct listener *listener, const struct options *options,
                         char error[LISTENER_ERROR_MAX]) {
    const struct place place = {"admin-bind", options->admin_bind, options->admin_port, false};
    char cause[LISTENER_ERROR_MAX];
    if (open_tcp(listener, options, &place, cause)) return true;
    snprintf(error, LISTENER_ERROR_MAX, "%.400s (admin-port; 0 does without the HTTP plane)",
             cause);
    return false;
}

static bool open_all_tcp(struct listeners *listeners, const struct options *options, char *error) {
    char text[OPTION_TEXT_MAX];
    char *place = text, *rest = NULL;
    snprintf(text, sizeof(text), "%s", options->bind);
    for (char *word; (word = strtok_r(place, " \t", &rest)) != NULL; place = NULL) {
        const bool optional = word[0] == '-';
        const struct place where = {"bind", word + optional, options->port, optional};
        struct listener *listener = next_entry(listeners, error);
        if (listener == NULL || !open_tcp(listener, options, &where, error)) return false;
        listeners->count += listener->fd >= 0;
    }
    if (listeners->count > 0) return true;
    snprintf(error, LISTENER_ERROR_MAX,
             "bind: none of the addresses \"%.300s\" exists on this host (port 0 listens on none)",
             options->bind);
    return false;
}

/* Makes way for a socket at `address`: a file that nobody listens behind is what a server left that
 * was killed. Anything else that is there stays. */
static bool clear_path(const union address *address, char *error) {
    const char *path = address->local.sun_path;
    struct stat status;
    if (lstat(path, &status) != 0) return true; /* bind says what else is wrong */
    if (!S_ISSOCK(status.st_mode)) {
        snprintf(error, LISTENER_ERROR_MAX, "unixsocket %s: exists and is not a socket", path);
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = fd < 0 ? -1 : connect(fd, &address->any, sizeof(address->local));
    int code = result == 0 ? 0 : errno;
    if (fd >= 0) close(fd);
    if (code == ECONNREFUSED && unlink(path) == 0) return true;
    if (code == ENOENT) return true;
    if (code == ECONNREFUSED) code = errno;
    bool live = code == 0 || code == EAGAIN;
    snprintf(error, LISTENER_ERROR_MAX, "unixsocket %s: %s", path,
             live ? "another server listens there" : strerror(code));
    return false;
}

/* "" gives -1: what the umask leaves. */
static bool parse_permissions(const char *text, int *mode, char *error) {
    char *end = NULL;
    *mode = -1;
    if (text[0] == '\0') return true;
    unsigned long value = strtoul(text, &end, 8);
    if (text[0] >= '0' && text[0] <= '7' && *end == '\0' && value <= 0777) {
        *mode = (int)value;
        return true;
    }
    snprintf(error, LISTENER_ERROR_MAX, "unixsocketperm \"%.64s\": octal from 0 to 777", text);
    return false;
}

/* Between bind and listen nobody can connect, so that the permissions hold from the first client
 * on. */
static bool open_unix(struct listeners *listeners, const struct options *options, char *error) {
    union address address;
    int mode;
    memset(&address, 0, sizeof(address));
    address.local.sun_family = AF_UNIX;
    if (strlen(options->unixsocket) >= sizeof(address.local.sun_path)) {
        snprintf(error, LISTENER_ERROR_MAX, "unixsocket: the path has %zu bytes, at most %zu fit",
                 strlen(options->unixsocket), sizeof(address.local.sun_path) - 1);
        return false;
    }
    memcpy(address.local.sun_path, options->unixsocket, strlen(options->unixsocket));
    struct listener *listener = next_entry(listeners, error);
    if (listener == NULL) return false;
    if (!parse_permissions(options->unixsocketperm, &mode, error)) return false;
    if (!clear_path(&address, error)) return false;

    const char *path = address.local.sun_path;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, &address.any, sizeof(address.local)) == 0;
    if (bound && (mode < 0 || chmod(path, (mode_t)mode) == 0) &&
        listen(fd, (int)options->tcp_backlog) == 0) {
        listener->fd = fd;
        listener->is_unix = true;
        snprintf(listener->name, sizeof(listener->name), "%s", path);
        listeners->count++;
        return true;
    }
    snprintf(error, LISTENER_ERROR_MAX, "cannot listen on unixsocket %s: %s", path,
             strerror(errno));
    if (bound) unlink(path);
    if (fd >= 0) close(fd);
    return false;
}

bool listeners_open(struct listeners *listeners, const struct options *options,
                    char error[LISTENER_ERROR_MAX]) {
    listeners->count = 0;
    error[0] = '\0';
    if (options->port == 0 && options->unixsocket[0] == '\0') {
        snprintf(error, LISTENER_ERROR_MAX,
                 "port is 0 and there is no unixsocket: nothing to listen on");
        return false;
    }
    bool opened = (options->port == 0 || open_all_tcp(listeners, options, error)) &&
                  (options->unixsocket[0] == '\0' || open_unix(listeners, options, error));
    if (!opened) listeners_close(listeners);
    return opened;
}

void listeners_close(struct listeners *listeners) {
    for (u32 i = 0; i < listeners->count; i++) {
        struct listener *listener = &listeners->entry[i];
        /* The file first: a client that finds it can still connect. */
        if (listener->is_unix) unlink(listener->name);
        close(listener->fd);
        listener->fd = -1;
    }
    listeners->count = 0;
}

void listener_describe_peer(const struct listener *listener, int fd, struct peer *peer) {
    peer->gone = false;
    if (listener->is_unix) {
        snprintf(peer->addr, sizeof(peer->addr), "%.60s:0", listener->name);
        snprintf(peer->laddr, sizeof(peer->laddr), "%.60s:0", listener->name);
        peer->local = true;
        return;
    }
    union address address;
    socklen_t len = sizeof(address);
    bool known = getpeername(fd, &address.any, &len) == 0 &&
                 (address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6);
    peer->local = known && address_is_loopback(&address.any);
    snprintf(peer->addr, sizeof(peer->addr), "?:0");
    snprintf(peer->laddr, sizeof(peer->laddr), "?:0");
    peer->gone = !known && errno == ENOTCONN;
    if (!known) return;
    format_address(&address, peer->addr, sizeof(peer->addr));
    len = sizeof(address);
    if (getsockname(fd, &address.any, &len) == 0)
        format_address(&address, peer->laddr, sizeof(peer->laddr));
}
