#!/usr/bin/python3
"""Many connections at once, many that come and go; afterwards no pool has anything left in use."""

import socket
import struct
import time

from suite import (MODE, POLLS_MAX, Suite, equal, eventually, pools_in_use, run, scaled, true)

import resp

suite = Suite()
AT_ONCE = 1000
CHURNED = 10000
BATCH = 100


def nothing_left(running, control, data=False):
    """Waits, a bounded number of polls, until every pool is empty."""
    if MODE == "kv":
        eventually(lambda: pools_in_use(running, control, data), {}, "pools in use")
    eventually(lambda: running.info("clients", control)["connected_clients"], "1",
               "connected_clients")


def abort(connection):
    """Closes with a reset instead of an orderly end."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@suite.case("a thousand at once")
def at_once(running):
    control = running.control()
    connections = [running.connect() for _ in range(AT_ONCE)]
    for i, connection in enumerate(connections):
        connection.send(resp.command("SET", "key:%d" % i, "value:%d" % i)
                        + resp.command("GET", "key:%d" % i))
    for i, connection in enumerate(connections):
        equal(connection.read_reply(), ("+", b"OK"))
        equal(connection.read_reply(), ("$", b"value:%d" % i))
    equal(running.info("clients", control)["connected_clients"], str(AT_ONCE + 1))
    kind, text = control.call("CLIENT", "LIST")
    equal((kind, text.count(b"\n")), ("$", AT_ONCE + 1))
    for connection in connections:
        connection.send(resp.command("INCR", "counter") * 20)
    last = max(connection.read_reply()[1] for connection in connections for _ in range(20))
    equal(last, 20 * AT_ONCE)
    for connection in connections:
        connection.close()
    nothing_left(running, control)
    equal(control.call("DBSIZE"), (":", AT_ONCE + 1))
    equal(control.call("FLUSHALL"), ("+", b"OK"))
    nothing_left(running, control, data=True)


def leave_orderly(connection, i):
    equal(connection.call("SET", "key:%d" % (i % 1000), "v"), ("+", b"OK"))
    connection.close()


def leave_silently(connection, i):
    connection.close()


def leave_with_half_a_request(connection, i):
    connection.send(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$50000\r\n" + b"x" * (i * 37 % 40000))
    connection.close()


def leave_without_reading(connection, i):
    connection.send(resp.command("PING") * 100)
    connection.close()


def leave_with_a_reset(connection, i):
    connection.send(resp.command("GET", "large") * 10 + b"*1\r\n$4\r\nPI")
    abort(connection)


def leave_by_quit(connection, i):
    equal(connection.call("QUIT"), ("+", b"OK"))
    equal(connection.read_to_end(), b"")
    connection.close()


def leave_broken(connection, i):
    connection.send(b"*1\r\n!oops\r\n")
    equal(connection.read_reply()[0], "-")
    equal(connection.read_to_end(), b"")
    connection.close()


LEAVINGS = [leave_orderly, leave_silently, leave_with_half_a_request, leave_without_reading,
            leave_with_a_reset, leave_by_quit, leave_broken]


@suite.case("ten thousand opened and closed")
def opened_and_closed(running):
    control = running.control()
    equal(control.call("SET", "large", b"x" * 200000), ("+", b"OK"))
    received = int(running.info("stats", control)["total_connections_received"])
    total = scaled(CHURNED)
    for at in range(0, total, BATCH):
        connections = [running.connect() for _ in range(BATCH)]
        for i, connection in enumerate(connections, at):
            LEAVINGS[i % len(LEAVINGS)](connection, i)
        equal(control.call("PING"), ("+", b"PONG"))
    nothing_left(running, control)
    # The kernel may drop a reset connection before it is accepted; all the others count.
    accepted = int(running.info("stats", control)["total_connections_received"]) - received
    true(total * 5 // 7 <= accepted <= total, "%d of %d accepted" % (accepted, total))
    equal(control.call("FLUSHALL"), ("+", b"OK"))
    nothing_left(running, control, data=True)


@suite.case("many at once, again and again")
def waves(running):
    control = running.control()
    for wave in range(5):
        connections = [running.connect() for _ in range(scaled(1000))]
        for connection in connections:
            connection.send(b"*2\r\n$4\r\nECHO\r\n$5000\r\n" + b"y" * 4000)
        equal(control.call("PING"), ("+", b"PONG"))
        for i, connection in enumerate(connections):
            if i % 3 == 0:
                abort(connection)
                continue
            connection.send(b"y" * 1000 + b"\r\n")
            if i % 3 == 1:
                equal(connection.read_reply(), ("$", b"y" * 5000))
            connection.close()
        nothing_left(running, control)


@suite.case("nothing left after mass insert and benchmark")
def after_load(running):
    control = running.control()
    run(["redis-benchmark", "-p", str(running.port), "-q", "-n", str(scaled(50000)), "-r", "10000",
         "-P", "32", "-t", "set,get,lpush,lrange_100,mset"])
    nothing_left(running, control)
    control.call("FLUSHALL")
    nothing_left(running, control, data=True)


def admitted(running):
    """A connection that is served, once the server has seen that another one is gone."""
    for _ in range(POLLS_MAX):
        connection = running.connect()
        try:
            if connection.call("PING") == ("+", b"PONG"):
                return connection
        except resp.Closed:
            pass
        connection.close()
        time.sleep(0.01)
    raise AssertionError("nobody is admitted although others have left")


@suite.case("room for others as soon as one leaves", ["--maxclients", "50"])
def room_again(running):
    for _ in range(20):
        connections = [admitted(running) for _ in range(50)]
        refused = running.connect()
        equal(refused.read_reply(), ("-", b"ERR max number of clients reached"))
        equal(refused.read_to_end(), b"")
        for connection in connections:
            connection.close()


if __name__ == "__main__":
    raise SystemExit(suite.main())
