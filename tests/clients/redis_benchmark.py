#!/usr/bin/python3
"""redis-benchmark with all its tests whose commands exist, and what is in the store afterwards."""

import csv
import io

from suite import MODE, Suite, equal, run, scaled, socket_path, true

suite = Suite()
TESTS = ["ping", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "lrange_100", "lrange_300",
         "mset"]


def bench(address, *words):
    """Runs redis-benchmark; the tests that it reports, with their requests per second."""
    out, err = run(["redis-benchmark", *address, "--csv", *map(str, words)])
    err = "\n".join(line for line in err.split("\n") if "Keepalive disabled" not in line)
    true("ERROR" not in err and "WARNING" not in err and "Error" not in out + err,
         "redis-benchmark complains: %s\n%s" % (out, err))
    rows = list(csv.reader(io.StringIO(out)))
    rates = {row[0]: float(row[1]) for row in rows[1:]}
    true(rates and all(rate > 0 for rate in rates.values()), "no rates in %s" % out)
    return rates


def at(running):
    return ["-h", "127.0.0.1", "-p", str(running.port)]


def call(running, *words):
    connection = running.connect()
    reply = connection.call(*words)
    connection.close()
    return reply[1]


@suite.case("every test, one command at a time")
def plain(running):
    rates = bench(at(running), "-t", ",".join(TESTS), "-n", scaled(5000), "-c", 20)
    # PING runs inline and as a request; LRANGE brings a push along.
    true(len(rates) >= len(TESTS) + 1, "only %s" % sorted(rates))
    equal(call(running, "STRLEN", "key:__rand_int__"), 3)


@suite.case("every test, pipelined")
def pipelined(running):
    for depth, clients in ((16, 50), (64, 5), (1000, 2)):
        bench(at(running), "-t", ",".join(TESTS), "-n", scaled(20000), "-P", depth, "-c", clients)


@suite.case("the numbers add up")
def numbers(running):
    count = scaled(20000)
    bench(at(running), "-t", "incr", "-n", count, "-P", 16, "-c", 10)
    true(int(call(running, "GET", "counter:__rand_int__")) >= count, "INCR was lost")
    bench(at(running), "-t", "lpush", "-n", count, "-P", 16, "-c", 10)
    length = call(running, "LLEN", "mylist")
    true(length >= count, "LPUSH was lost: %d" % length)
    bench(at(running), "-t", "rpop", "-n", count, "-P", 16, "-c", 10)
    true(call(running, "LLEN", "mylist") <= length - count, "RPOP was lost")


@suite.case("random keys and large values")
def random_keys(running):
    bench(at(running), "-t", "set,get", "-r", 10000, "-n", scaled(20000), "-P", 16)
    true(call(running, "DBSIZE") > scaled(5000), "few keys")
    for size in (1000, 4096, 100000):
        bench(at(running), "-t", "set,get", "-d", size, "-n", scaled(2000), "-P", 4)
    equal(call(running, "STRLEN", "key:__rand_int__"), 100000)


@suite.case("RESP3, threads, short connections")
def ways_to_connect(running):
    bench(at(running), "-t", "set,get,lpush,lrange_100", "-3", "-n", scaled(5000))
    bench(at(running), "-t", "set,get", "--threads", 2, "-n", scaled(20000), "-P", 16)
    bench(at(running), "-t", "ping,set", "-k", 0, "-n", scaled(2000))
    bench(at(running), "-t", "set,get", "-c", 1, "-n", scaled(2000))
    bench(at(running), "-t", "set,get", "-c", 500, "-n", scaled(5000))
    bench(at(running), "-n", scaled(1000), "EXPIRE", "key:__rand_int__", "100")


SOCKET = socket_path()


@suite.case("a unix socket", ["--unixsocket", SOCKET])
def unix_socket(running):
    bench(["-s", SOCKET], "-t", ",".join(TESTS), "-n", scaled(5000), "-P", 16)


@suite.case("a password", ["--requirepass", "secret"], password="secret")
def password(running):
    bench(at(running) + ["-a", "secret"], "-t", "set,get", "-n", scaled(1000))


if __name__ == "__main__":
    assert MODE in ("kv", "redis")
    raise SystemExit(suite.main())
