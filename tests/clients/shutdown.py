#!/usr/bin/python3
"""The end: what was received is answered, replies are flushed, then exit 0; a second signal does
not wait."""

import os
import signal
import time

from suite import MODE, Suite, equal, eventually, socket_path, true

import resp
import server

suite = Suite()
SECONDS_MAX = 60


def start(path, *options):
    return server.Server(path, MODE, list(options))


def ended(running, code=0):
    got = running.wait(SECONDS_MAX)
    equal(got, code, "exit code, with the log\n%s\n" % running.log()[-2000:])
    equal(running.findings(), "", "sanitizer")


def logged(running, sign):
    eventually(lambda: sign in running.log(), True, "%r in the log" % sign)


@suite.case("SIGTERM and SIGINT with idle connections", None)
def idle(path):
    for number in (signal.SIGTERM, signal.SIGINT):
        with start(path) as running:
            connections = [running.connect() for _ in range(20)]
            for connection in connections:
                equal(connection.call("PING"), ("+", b"PONG"))
            running.signal(number)
            ended(running)
            for connection in connections:
                equal(connection.read_to_end(), b"")
                connection.close()


@suite.case("SIGTERM without a connection", None)
def alone(path):
    with start(path) as running:
        running.signal(signal.SIGTERM)
        ended(running)


@suite.case("what was received is answered", None, kv_only=True)
def answered(path):
    with start(path) as running:
        control = running.connect()
        connections = [running.connect() for _ in range(10)]
        for _ in range(3):
            for connection in connections:
                connection.send(resp.command("INCR", "n") * 200)
        # The server has taken what came before this request when it answers it.
        for _ in range(2):
            equal(control.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        numbers = []
        for connection in connections:
            numbers += [connection.read_reply()[1] for _ in range(600)]
            equal(connection.read_to_end(), b"")
        equal(sorted(numbers), list(range(1, 6001)))
        ended(running)


@suite.case("large replies are flushed", None, kv_only=True)
def flushed(path):
    with start(path) as running:
        reader = running.connect()
        value = b"v" * 1000000
        equal(reader.call("SET", "large", value), ("+", b"OK"))
        control = running.connect()
        reader.send(resp.command("GET", "large") * 12)
        for _ in range(5):
            equal(control.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        logged(running, "stopping")
        time.sleep(0.2)
        for i in range(12):
            equal(reader.read_reply(), ("$", value), "reply %d" % i)
        equal(reader.read_to_end(), b"")
        ended(running)


@suite.case("nobody new while it stops", None, kv_only=True)
def nobody_new(path):
    with start(path, "--shutdown-timeout", "60") as running:
        reader = running.connect()
        equal(reader.call("SET", "large", b"v" * 1000000), ("+", b"OK"))
        reader.send(resp.command("GET", "large") * 12)
        control = running.connect()
        equal(control.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        logged(running, "stopping")

        def is_refused():
            try:
                late = running.connect(timeout=2)
            except OSError:
                return True
            # The kernel may have taken it before the listener was closed.
            late.close()
            return False

        eventually(is_refused, True, "a new connection refused")
        for _ in range(12):
            equal(reader.read_reply()[0], "$")
        ended(running)


@suite.case("a client that reads nothing holds the end up for shutdown-timeout only", None,
            kv_only=True)
def deaf(path):
    with start(path, "--shutdown-timeout", "1") as running:
        reader = running.connect()
        equal(reader.call("SET", "large", b"v" * 1000000), ("+", b"OK"))
        reader.send(resp.command("GET", "large") * 100)
        running.signal(signal.SIGTERM)
        ended(running)


@suite.case("half a request does not hold the end up", None, kv_only=True)
def half(path):
    with start(path, "--shutdown-timeout", "3000") as running:
        connection = running.connect()
        connection.send(b"*2\r\n$3\r\nGET\r\n$100\r\nabc")
        control = running.connect()
        equal(control.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        ended(running)
        equal(connection.read_to_end(), b"")


@suite.case("a second signal exits at once", None, kv_only=True)
def second(path):
    with start(path, "--shutdown-timeout", "3000", "--reply-timeout", "3000") as running:
        reader = running.connect()
        equal(reader.call("SET", "large", b"v" * 1000000), ("+", b"OK"))
        reader.send(resp.command("GET", "large") * 100)
        control = running.connect()
        equal(control.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        logged(running, "stopping")
        time.sleep(0.3)
        equal(running.process.poll(), None, "it still waits for the reader")
        running.signal(signal.SIGTERM)
        true(running.wait(SECONDS_MAX) is not None, "the second signal does not end it")


@suite.case("SHUTDOWN flushes what others wait for", None, kv_only=True)
def by_command(path):
    with start(path) as running:
        control = running.connect()
        reader = running.connect()
        value = b"v" * 1000000
        equal(reader.call("SET", "large", value), ("+", b"OK"))
        reader.send(resp.command("GET", "large") * 10)
        for _ in range(5):
            equal(control.call("PING"), ("+", b"PONG"))
        control.send(resp.command("SHUTDOWN"))
        for _ in range(10):
            equal(reader.read_reply(), ("$", value))
        equal(reader.read_to_end(), b"")
        equal(control.read_to_end(), b"")
        ended(running)


@suite.case("the unix socket is removed", None)
def unix_socket(path):
    name = socket_path()
    with start(path, "--unixsocket", name) as running:
        true(os.path.exists(name), "no socket")
        connection = resp.Connection(name)
        equal(connection.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        ended(running)
        true(not os.path.exists(name), "the socket's file stays")


def is_live(name):
    try:
        resp.Connection(name).close()
    except ConnectionRefusedError:
        return False
    return True


@suite.case("a stale unix socket is replaced, a live one refused", None, kv_only=True)
def stale_socket(path):
    name = socket_path()
    with start(path, "--unixsocket", name) as running:
        try:
            start(path, "--unixsocket", name).stop()
        except server.StartError as error:
            true(name in str(error), "the message does not name the socket: %s" % error)
        else:
            raise AssertionError("two servers on one socket")
        true(os.path.exists(name), "the refused start removed the socket")
        running.process.kill()
        running.process.wait()
        true(os.path.exists(name), "a killed server leaves its socket")
    # The kernel takes a killed server's ring apart, and closes its sockets, a moment later.
    eventually(lambda: is_live(name), False, "the killed server's socket")
    with start(path, "--unixsocket", name) as running:
        connection = resp.Connection(name)
        equal(connection.call("PING"), ("+", b"PONG"))
        connection.close()
        equal(running.stop(), 0, "exit code")


if __name__ == "__main__":
    raise SystemExit(suite.main())
