#!/usr/bin/python3
"""Little memory for requests and replies, many large ones at once: everybody waits in turn and is
served, small requests go on beside them, and nothing is left over."""

import random
import selectors
import threading
import time

from suite import (MODE, Suite, contains, equal, eventually, pools_in_use, scaled, true)

import resp

suite = Suite()
MB = 1 << 20
# With a value of 1 MB: room for about four large requests and two large replies at once.
OPTIONS = ["--loglevel", "verbose", "--connections-max", "200", "--val-size-max", "1mb",
           "--request-size-max", "1100kb", "--reply-size-max", "1100kb", "--list-length-max",
           "1000"] if MODE == "kv" else []
PATIENCE_SECONDS = 120
STALLING = 40


class Bystander(threading.Thread):
    """Small requests on a connection of its own, all the time; every one must be answered."""

    def __init__(self, running):
        super().__init__(daemon=True)
        self.connection = running.connect(timeout=PATIENCE_SECONDS)
        self.stop = threading.Event()
        self.served = 0
        self.problem = None

    def run(self):
        try:
            while not self.stop.is_set():
                if self.connection.call("INCR", "bystander")[0] != ":":
                    raise AssertionError("the bystander's INCR failed")
                self.served += 1
                time.sleep(0.002)
        except Exception as error:  # reported by the main thread
            self.problem = error

    def finish(self):
        self.stop.set()
        self.join(PATIENCE_SECONDS)
        true(not self.is_alive(), "the bystander hangs after %d requests" % self.served)
        if self.problem:
            raise AssertionError("bystander: %r" % self.problem)
        true(self.served > 0, "the bystander was never served")
        self.connection.close()


def value_of(i, size):
    return (b"%06d-" % i) * (size // 7 + 1)


def send_together(outgoing, piece):
    """Sends each (connection, data) a piece at a time, in turn, as far as the server takes it."""
    chooser = random.Random(1)
    selector = selectors.DefaultSelector()
    left = {}
    for connection, data in outgoing:
        connection.socket.setblocking(False)
        left[connection] = memoryview(data)
        selector.register(connection.socket, selectors.EVENT_WRITE, connection)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left:
        true(time.monotonic() < deadline, "%d requests are not taken" % len(left))
        for key, _ in selector.select(1):
            connection = key.data
            try:
                sent = connection.socket.send(left[connection][: chooser.randint(1, piece)])
            except BlockingIOError:
                continue
            left[connection] = left[connection][sent:]
            if not left[connection]:
                del left[connection]
                selector.unregister(connection.socket)
                connection.socket.settimeout(PATIENCE_SECONDS)
    selector.close()


def read_together(connections, check):
    """Reads on all connections at the same time, `check(i, connection)` on each: who waits for
    his turn to be read is, for the server, one who does not read."""
    problems = []

    def read(i, connection):
        try:
            check(i, connection)
        except Exception as error:  # reported by the main thread
            problems.append("connection %d: %s: %.300s" % (i, type(error).__name__, error))

    threads = [threading.Thread(target=read, args=item) for item in enumerate(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(problems, [], "readers")


def empty_again(running, control):
    if MODE == "kv":
        eventually(lambda: pools_in_use(running, control), {}, "pools in use")


@suite.case("large requests from many at once", OPTIONS)
def large_requests(running):
    bystander = Bystander(running)
    bystander.start()
    control = running.control()
    count = scaled(60)
    connections = [running.connect(timeout=PATIENCE_SECONDS) for _ in range(count)]
    for wave in range(2):
        # 1 MB each, far more together than the memory for requests.
        outgoing = [(c, resp.command("SET", "key:%d" % (i % 30), value_of(i, MB)[:MB]))
                    for i, c in enumerate(connections)]
        send_together(outgoing, 50000)
        for connection in connections:
            equal(connection.read_reply(), ("+", b"OK"))
    for i in range(min(count, 30)):
        length = control.call("STRLEN", "key:%d" % i)
        equal(length, (":", MB))
    for connection in connections:
        connection.close()
    bystander.finish()
    empty_again(running, control)


@suite.case("large replies to many at once", OPTIONS)
def large_replies(running):
    bystander = Bystander(running)
    bystander.start()
    control = running.control()
    for i in range(10):
        equal(control.call("SET", "key:%d" % i, value_of(i, MB)[: MB - 1]), ("+", b"OK"))
    count = scaled(40)
    connections = [running.connect(timeout=PATIENCE_SECONDS) for _ in range(count)]
    for i, connection in enumerate(connections):
        connection.send(resp.command("GET", "key:%d" % (i % 10)) * 8)

    def check(i, connection):
        for _ in range(8):
            equal(connection.read_reply(), ("$", value_of(i % 10, MB)[: MB - 1]))

    read_together(connections, check)
    for connection in connections:
        connection.close()
    bystander.finish()
    empty_again(running, control)


@suite.case("small commands behind large replies keep their order", OPTIONS)
def order(running):
    control = running.control()
    equal(control.call("SET", "large", b"x" * 900000), ("+", b"OK"))
    connections = [running.connect(timeout=PATIENCE_SECONDS) for _ in range(scaled(20))]
    for i, connection in enumerate(connections):
        connection.send(b"".join(resp.command("ECHO", "%d:%d" % (i, n))
                                 + resp.command("GET", "large") for n in range(10)))

    def check(i, connection):
        for n in range(10):
            equal(connection.read_reply(), ("$", b"%d:%d" % (i, n)))
            equal(len(connection.read_reply()[1]), 900000)

    read_together(connections, check)
    for connection in connections:
        connection.close()
    empty_again(running, control)


@suite.case("stalled halves of large requests", OPTIONS + ["--request-timeout", "2"], kv_only=True)
def stalled(running):
    bystander = Bystander(running)
    bystander.start()
    control = running.control()
    stalling = [running.connect() for _ in range(STALLING)]
    half = resp.command("SET", "stalled", b"x" * 1000000)[:600000]
    for connection in stalling:
        connection.socket.settimeout(0.2)
        try:
            connection.socket.sendall(half)
        except TimeoutError:
            pass  # the server has no room for more of it, which is its right
    working = [running.connect(timeout=PATIENCE_SECONDS) for _ in range(10)]
    send_together([(c, resp.command("SET", "key:%d" % i, value_of(i, MB)[:MB]))
                   for i, c in enumerate(working)], 100000)
    for connection in working:
        equal(connection.read_reply(), ("+", b"OK"))
    equal(control.call("EXISTS", "stalled"), (":", 0))
    eventually(lambda: running.info("clients", control)["connected_clients"], "12",
               "connected_clients")
    stats = running.info("stats", control)
    equal(stats["kv_closed_request_timeout"], str(STALLING), "stalled connections that were closed")
    bystander.finish()
    for connection in working:
        connection.close()
    empty_again(running, control)


@suite.case("clients that read nothing", OPTIONS + ["--reply-timeout", "2"], kv_only=True)
def deaf(running):
    bystander = Bystander(running)
    bystander.start()
    control = running.control()
    equal(control.call("SET", "large", b"x" * 1000000), ("+", b"OK"))
    deaf_ones = [running.connect() for _ in range(30)]
    for connection in deaf_ones:
        connection.send(resp.command("GET", "large") * 20)
    reading = [running.connect(timeout=PATIENCE_SECONDS) for _ in range(10)]
    for connection in reading:
        connection.send(resp.command("GET", "large") * 5)

    def check(i, connection):
        for _ in range(5):
            equal(len(connection.read_reply()[1]), 1000000)

    read_together(reading, check)
    eventually(lambda: running.info("stats", control)["kv_closed_reply_timeout"], "30",
               "kv_closed_reply_timeout")
    bystander.finish()
    for connection in reading:
        connection.close()
    empty_again(running, control)


# 86 chunks, of which 21 are kept for small replies; a value of 200,000 bytes takes 49.
MONITORED = ["--connections-max", "20", "--key-count", "1000", "--val-size-max", "200000",
             "--reply-size-max", "262144", "--reply-memory", "352256", "--monitor-memory", "1mb",
             "--loglevel", "verbose"]


@suite.case("a monitor that does not read gives way to others who wait", MONITORED, kv_only=True)
def monitor_gives_way(running):
    monitor = running.connect()
    equal(monitor.call("MONITOR"), ("+", b"OK"))
    control = running.connect()
    equal(control.call("SET", "large", b"x" * 200000), ("+", b"OK"))

    def held():
        return int(running.info("pools", control)["pool_reply_chunks"]["used"])

    # The kernel takes some megabytes of its lines before any stay here.
    for _ in range(100000):
        equal(control.call("SET", "k", b"x" * 4000), ("+", b"OK"))
        if held() > 45:
            break
    info = running.info("all", control)
    equal((info["kv_closed_monitor"], info["kv_waits_reply"]), ("0", "0"))
    other = running.connect(timeout=PATIENCE_SECONDS)
    equal(other.call("GET", "large"), ("$", b"x" * 200000))
    info = running.info("all", control)
    equal((info["kv_closed_monitor"], info["kv_waits_reply"]), ("1", "1"))
    eventually(held, 1, "reply chunks")
    contains(running.log(), "it does not read MONITOR, and others wait for memory")
    other.close()
    monitor.close()
    eventually(lambda: running.info("clients", control)["connected_clients"], "1", "clients")


if __name__ == "__main__":
    raise SystemExit(suite.main())
