/* address.h: what an address of a socket says about the peer.
 */
#ifndef KV_ADDRESS_H
#define KV_ADDRESS_H

#include <sys/socket.h>

#include "kv/types.h"

/* Whether it is this machine: 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct sockaddr *address);

#endif
