#!/usr/bin/python3
"""Protected mode: without a password, only this machine is served. Runs in a network of its own,
where a second address on the loopback device stands for another machine."""

import base64
import fcntl
import http.client
import os
import socket
import struct
import subprocess
import sys

from suite import MODE, Suite, equal, true

import resp
import server

OTHER = "10.77.0.1"
SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 1
ISOLATE = ["unshare", "--user", "--map-root-user", "--net"]

suite = Suite()


def set_up_network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
        address = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(OTHER))
        fcntl.ioctl(control, SIOCSIFADDR, address)


def connect(running, address):
    return resp.Connection((address, running.port), source=(address, 0))


def start(path, *options):
    bind = ["--bind", "127.0.0.1 " + OTHER] if MODE == "kv" else ["--bind", "127.0.0.1", OTHER]
    return server.Server(path, MODE, bind + list(options))


@suite.case("a stranger is told what to do", None)
def stranger(path):
    with start(path) as running:
        near = connect(running, "127.0.0.1")
        equal(near.call("PING"), ("+", b"PONG"))
        far = connect(running, OTHER)
        kind, text = far.read_reply()
        equal(kind, "-")
        true(text.startswith(b"DENIED ") and b"protected mode" in text, repr(text))
        true(b"protected-mode" in text and b"password" in text, repr(text))
        equal(far.read_to_end(), b"")
        equal(near.call("CONFIG", "SET", "protected-mode", "no"), ("+", b"OK"))
        equal(connect(running, OTHER).call("PING"), ("+", b"PONG"))
        equal(near.call("CONFIG", "SET", "protected-mode", "yes"), ("+", b"OK"))
        equal(connect(running, OTHER).read_reply()[0], "-")
        equal(running.stop(), 0)


@suite.case("with a password everybody may try", None)
def with_password(path):
    with start(path, "--requirepass", "secret") as running:
        far = connect(running, OTHER)
        equal(far.call("PING"), ("-", b"NOAUTH Authentication required."))
        equal(far.call("AUTH", "secret"), ("+", b"OK"))
        equal(far.call("PING"), ("+", b"PONG"))
        equal(running.stop(), 0)


@suite.case("switched off", None)
def switched_off(path):
    with start(path, "--protected-mode", "no") as running:
        equal(connect(running, OTHER).call("PING"), ("+", b"PONG"))
        equal(running.stop(), 0)


def main():
    if sys.argv[1:] == ["--inside"]:
        sys.argv[1:] = []
        set_up_network()
        return suite.main()
    try:
        allowed = subprocess.run(ISOLATE + ["true"], stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        print("skip: this host does not allow a network of one's own (unshare --user --net)")
        return 77  # Automake's code for a skipped test
    return subprocess.run(ISOLATE + [sys.executable, os.path.abspath(__file__), "--inside"],
                          ).returncode


def ask(running, source, headers=None):
    """The status of /status for a client with this address."""
    connection = http.client.HTTPConnection(OTHER, running.admin_port, timeout=30,
                                            source_address=(source, 0))
    connection.request("GET", "/status", headers=headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


@suite.case("the HTTP plane serves strangers only with a password, or unprotected", None,
            kv_only=True)
def http_plane(path):
    with start(path, "--admin-bind", OTHER) as running:
        status, text = ask(running, OTHER)
        equal(status, 403)
        true(b"admin-password" in text and b"protected-mode" in text, repr(text))
        equal(ask(running, "127.0.0.1")[0], 200)
        equal(running.stop(), 0)
    with start(path, "--admin-bind", OTHER, "--protected-mode", "no") as running:
        equal(ask(running, OTHER)[0], 200)
        equal(running.stop(), 0)
    with start(path, "--admin-bind", OTHER, "--admin-password", "secret") as running:
        equal(ask(running, OTHER)[0], 401)
        given = {"Authorization": "Basic " + base64.b64encode(b"x:secret").decode()}
        equal(ask(running, OTHER, given)[0], 200)
        equal(running.stop(), 0)


if __name__ == "__main__":
    raise SystemExit(main())
