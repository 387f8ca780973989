/* listener.h: the sockets that kv listens on: TCP on several addresses, and a unix socket.
 *
 * Options that accepted sockets inherit (TCP_NODELAY, keepalive) are set on the listener. `bind`
 * holds addresses in numbers, IPv4 or IPv6, "*" for all of IPv4 and "::*" for all of IPv6; names
 * are not looked up.
 */
#ifndef KV_LISTENER_H
#define KV_LISTENER_H

#include "kv/options.h"

#define LISTENERS_MAX 16
#define LISTENER_NAME_MAX 160
#define LISTENER_ERROR_MAX 512

struct listener {
    int fd;
    bool is_unix;
    char name[LISTENER_NAME_MAX]; /* "127.0.0.1:6379", "[::1]:6379", "/run/kv.sock" */
};

struct listeners {
    struct listener entry[LISTENERS_MAX];
    u32 count;
};

/* Opens everything that the options ask for. On failure closes what was opened and returns false
 * with a message that names address, port and cause ("Address already in use"). Addresses with a
 * leading minus that do not exist on this host are skipped. `port 0` with no unixsocket is an
 * error here. A stale unix socket (nobody listens) is replaced; a live one is an error. */
bool listeners_open(struct listeners *listeners, const struct options *options,
                    char error[LISTENER_ERROR_MAX]);
/* The same for admin-bind and admin-port, which give one address. */
bool listener_open_admin(struct listener *listener, const struct options *options,
                         char error[LISTENER_ERROR_MAX]);
/* Closes all and removes the unix socket's file. May be called again. */
void listeners_close(struct listeners *listeners);

/* The addresses of an accepted socket, as CLIENT LIST shows them ("127.0.0.1:40404",
 * "[::1]:40404", "/run/kv.sock:0"), and whether the peer is this machine (loopback or unix). */
struct peer { /* what does not fit is cut; "?:0" where the socket does not say */
    char addr[64];
    char laddr[64];
    bool local;
    bool gone; /* it has reset the connection before it was accepted */
};
void listener_describe_peer(const struct listener *listener, int fd, struct peer *peer);

#endif
