#!/usr/bin/python3
"""redis-cli through its ordinary calls and its special modes."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from suite import (MODE, Skip, Suite, contains, equal, eventually, run, scaled, socket_path,
                   true)

import resp
import server

suite = Suite()
PIPED = 100000


def cli(running, *words, data=None, code=0):
    return run(["redis-cli", "-p", str(running.port), *words], data=data, code=code)[0]


@suite.case("one command each")
def one_command(running):
    equal(cli(running, "SET", "k", "v"), "OK\n")
    equal(cli(running, "GET", "k"), "v\n")
    equal(cli(running, "GET", "missing"), "\n")
    equal(cli(running, "--no-raw", "GET", "missing"), "(nil)\n")
    equal(cli(running, "--no-raw", "INCR", "n"), "(integer) 1\n")
    equal(cli(running, "--no-raw", "RPUSH", "l", "a", "b"), "(integer) 2\n")
    equal(cli(running, "--no-raw", "LRANGE", "l", "0", "-1"), '1) "a"\n2) "b"\n')
    equal(cli(running, "--csv", "LRANGE", "l", "0", "-1"), '"a","b"\n')
    equal(cli(running, "-r", "3", "INCR", "n"), "2\n3\n4\n")
    equal(cli(running, "-x", "SET", "stdin", data=b"from stdin"), "OK\n")
    equal(cli(running, "GET", "stdin"), "from stdin\n")
    contains(cli(running, "NOSUCH", "a"), "ERR unknown command 'NOSUCH'")
    contains(cli(running, "-e", "GET", code=1), "")


@suite.case("a command that waits")
def waiting(running):
    equal(cli(running, "--no-raw", "BLPOP", "l", "0.01"), "(nil)\n")
    words = ["redis-cli", "-p", str(running.port), "BRPOP", "other", "l", "0"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    control = running.connect()
    eventually(lambda: b"blocked_clients:1\r" in control.call("INFO", "clients")[1], True,
               "redis-cli waits")
    control.close()
    equal(cli(running, "RPUSH", "l", "a", "b"), "2\n")
    equal(process.communicate()[0], "l\nb\n")
    equal(process.returncode, 0)


@suite.case("databases and RESP3")
def databases(running):
    equal(cli(running, "-n", "5", "SET", "k", "five"), "OK\n")
    equal(cli(running, "-n", "5", "GET", "k"), "five\n")
    equal(cli(running, "EXISTS", "k"), "0\n")
    equal(cli(running, "-u", "redis://127.0.0.1:%d/5" % running.port, "GET", "k"), "five\n")
    equal(cli(running, "-3", "--no-raw", "GET", "missing"), "(nil)\n")
    equal(cli(running, "-3", "--no-raw", "CONFIG", "GET", "databases"),
          '1# "databases" => "16"\n')
    equal(cli(running, "-3", "--json", "CONFIG", "GET", "databases"), '{"databases":"16"}\n')
    contains(cli(running, "-3", "INFO", "server"), "redis_version:")
    contains(cli(running, "-3", "--no-raw", "HELLO"), '"proto" => (integer) 3')
    contains(cli(running, "-2", "INFO"), "# Server", "# Keyspace")


@suite.case("transactions")
def transactions(running):
    script = b"MULTI\nSET a 1\nINCR a\nEXEC\nMULTI\nINCR a\nDISCARD\nGET a\n"
    equal(cli(running, "--no-raw", data=script),
          "OK\nQUEUED\nQUEUED\n1) OK\n2) (integer) 2\nOK\nQUEUED\nOK\n\"2\"\n")
    script = b"WATCH a\nSET a 5\nMULTI\nGET a\nEXEC\nEXEC\n"
    contains(cli(running, "--no-raw", data=script), "QUEUED\n(nil)\n", "ERR EXEC without MULTI")


@suite.case("commands from stdin")
def from_stdin(running):
    script = b'SET a "x y"\nGET a\nNOSUCH\nECHO "\\x41\\n"\nSELECT 3\nDBSIZE\nPING\n'
    lines = cli(running, data=script).split("\n")
    equal(lines[:2], ["OK", "x y"])
    contains(lines[2], "ERR unknown command 'NOSUCH'")
    equal([line for line in lines[3:] if line], ["A", "OK", "0", "PONG"])


@suite.case("a terminal, with the hints from COMMAND DOCS")
def terminal(running):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", HOME=running.folder)
        # With a size for its terminal redis-cli need not ask it where the cursor is.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        os.execvp("redis-cli", ["redis-cli", "-p", str(running.port)])
    prompt = b"127.0.0.1:%d> " % running.port
    seen = b""
    # redis-cli drops what is typed before it shows its prompt.
    for typed, expected in ((b"", prompt), (b"SET k hello\r", b"OK\r\n" + prompt),
                            (b"GET k\r", b'"hello"\r\n' + prompt),
                            (b"help @string\r", b"since:"), (b"", prompt),
                            (b"help set\r", b"summary:"), (b"", prompt),
                            (b"LRANGE k", b"LRANGE k"), (b"\x03", b"")):
        os.write(fd, typed)
        deadline = time.monotonic() + 60
        while expected not in seen:
            true(time.monotonic() < deadline, "no %r after %r, but %r" % (expected, typed, seen))
            if select.select([fd], [], [], 1)[0]:
                seen += os.read(fd, 65536)
        seen = seen[seen.index(expected) + len(expected) :]
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    true(not os.WIFSIGNALED(status) or os.WTERMSIG(status) in (1, 2),
         "redis-cli ended with status %d: %r" % (status, seen))


@suite.case("a password", ["--requirepass", "secret"], password="secret")
def password(running):
    contains(cli(running, "GET", "k"), "NOAUTH Authentication required.")
    equal(cli(running, "-a", "secret", "--no-auth-warning", "PING"), "PONG\n")
    equal(cli(running, "--user", "default", "-a", "secret", "--no-auth-warning", "PING"), "PONG\n")
    equal(cli(running, "-3", "-a", "secret", "--no-auth-warning", "PING"), "PONG\n")
    out, err = run(["redis-cli", "-p", str(running.port), "-a", "wrong", "PING"], code=None)
    contains(out + err, "WRONGPASS")


SOCKET = socket_path()


@suite.case("a unix socket", ["--unixsocket", SOCKET, "--unixsocketperm", "700"])
def unix_socket(running):
    equal(oct(os.stat(SOCKET).st_mode & 0o777), oct(0o700), "permissions")
    equal(run(["redis-cli", "-s", SOCKET, "SET", "k", "v"])[0], "OK\n")
    equal(run(["redis-cli", "-s", SOCKET, "GET", "k"])[0], "v\n")
    equal(cli(running, "GET", "k"), "v\n")
    contains(run(["redis-cli", "-s", SOCKET, "CLIENT", "LIST"])[0], "addr=" + SOCKET + ":0")


@suite.case("--pipe with many commands")
def piped(running):
    count = scaled(PIPED)
    data = b"".join(resp.command("SET", "key:%d" % i, "value-%d" % i) for i in range(count))
    out = cli(running, "--pipe", data=data)
    contains(out, "All data transferred", "errors: 0, replies: %d" % count)
    equal(cli(running, "DBSIZE"), "%d\n" % count)
    equal(cli(running, "GET", "key:%d" % (count - 1)), "value-%d\n" % (count - 1))


@suite.case("--pipe with inline commands, lists and errors")
def piped_inline(running):
    count = scaled(20000)
    data = b"".join(b"RPUSH list %d\r\n" % i for i in range(count))
    data += b"NOSUCH\r\nGET list\r\n"
    out, err = run(["redis-cli", "-p", str(running.port), "--pipe"], data=data, code=1)
    contains(out + err, "errors: 2, replies: %d" % (count + 2), "ERR unknown command", "WRONGTYPE")
    equal(cli(running, "LLEN", "list"), "%d\n" % count)
    equal(cli(running, "LINDEX", "list", "-1"), "%d\n" % (count - 1))


@suite.case("--pipe with values of every size")
def piped_sizes(running):
    sizes = [1 << i for i in range(20)] + [(1 << i) - 1 for i in range(20)] + [1000000]
    data = b"".join(resp.command("SET", "size:%d" % s, b"v" * s) for s in sizes)
    contains(cli(running, "--pipe", data=data), "errors: 0, replies: %d" % len(sizes))
    for size in sizes:
        equal(cli(running, "STRLEN", "size:%d" % size), "%d\n" % size)


def fill(running, count):
    data = b"".join(resp.command("SET", "key:%d" % i, "v" * (i % 100)) for i in range(count))
    data += resp.command("SET", "largest", b"x" * 5000)
    data += b"".join(resp.command("RPUSH", "list:%d" % i, *["e"] * i) for i in range(1, 20))
    contains(cli(running, "--pipe", data=data), "errors: 0")


@suite.case("--scan")
def scan(running):
    count = scaled(20000)
    fill(running, count)
    names = cli(running, "--scan").split()
    equal(len(set(names)), count + 20, "keys")
    equal(sorted(set(cli(running, "--scan", "--pattern", "key:10?").split())),
          ["key:%d" % i for i in range(100, 110)])
    equal(set(cli(running, "--scan", "--pattern", "list:*").split()),
          {"list:%d" % i for i in range(1, 20)})
    equal(cli(running, "-n", "3", "--scan"), "")


@suite.case("--bigkeys")
def bigkeys(running):
    fill(running, scaled(5000))
    out = cli(running, "--bigkeys")
    contains(out, "Sampled %d keys in the keyspace!" % (scaled(5000) + 20),
             "Biggest string found '\"largest\"' has 5000 bytes",
             "Biggest   list found '\"list:19\"' has 19 items",
             "19 lists with 190 items")


def needs(running, name):
    """Says so when a command that redis-cli's mode is made of is not there."""
    _, (found,) = running.control().call("COMMAND", "INFO", name)
    if found[1] is None:
        raise Skip("the server has no %s" % name)


@suite.case("--memkeys")
def memkeys(running):
    needs(running, "memory|usage")
    fill(running, scaled(5000))
    out = cli(running, "--memkeys")
    contains(out, "Sampled %d keys in the keyspace!" % (scaled(5000) + 20),
             "Biggest string found '\"largest\"' has ")
    true(re.search(r"Biggest +list found '\"list:\d+\"' has \d+ bytes", out), out[-1000:])


@suite.case("--hotkeys", None)
def hotkeys(path):
    with server.Server(path, MODE) as running:
        needs(running, "object|freq")
    with server.Server(path, MODE, ["--maxmemory-policy", "allkeys-lfu"]) as running:
        fill(running, 20)
        cli(running, "-r", "300", "GET", "largest")
        contains(cli(running, "--hotkeys"), "hot key found with counter: ",
                 'keyname: "largest"')


@suite.case("--stat and --latency")
def stat(running):
    fill(running, 100)
    words = ["redis-cli", "-p", str(running.port), "-i", "0.05", "--stat"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    lines = [process.stdout.readline() for _ in range(5)]
    process.terminate()
    process.wait()
    process.stdout.close()
    contains("".join(lines), "keys       mem      clients blocked requests", "120 ")
    out = cli(running, "--latency", "-i", "0.2")
    true(re.match(r"[\d.]+ [\d.]+ [\d.]+ \d+", out), "--latency printed %r" % out)


def shown(running, *words):
    """What redis-cli shows on a terminal in a second."""
    main, other = pty.openpty()
    process = subprocess.Popen(["redis-cli", "-p", str(running.port), *words], stdin=other,
                               stdout=other, stderr=other)
    os.close(other)
    seen = b""
    deadline = time.monotonic() + 60
    while len(seen) < 60 and time.monotonic() < deadline:
        if select.select([main], [], [], 1)[0]:
            seen += os.read(main, 65536)
    process.terminate()
    process.wait()
    os.close(main)
    return seen.decode(errors="replace")


@suite.case("--latency-history and --latency-dist")
def latencies(running):
    contains(shown(running, "--latency-history", "-i", "0.2"), "min: ", "avg: ")
    contains(shown(running, "--latency-dist", "-i", "0.2"), "#")


@suite.case("reports that redis-cli shows as they are")
def reports(running):
    contains(cli(running, "LOLWUT"), " ver. ")
    true(len(cli(running, "MEMORY", "DOCTOR")) > 10, "MEMORY DOCTOR")
    true(len(cli(running, "LATENCY", "DOCTOR")) > 10, "LATENCY DOCTOR")
    contains(cli(running, "MEMORY", "STATS"), "peak.allocated\n", "fragmentation.bytes\n")
    contains(cli(running, "-3", "--json", "MEMORY", "STATS"), '"keys.count":0')
    contains(cli(running, "SLOWLOG", "HELP"), "RESET" if running.mode == "redis" else "reset")


@suite.case("MONITOR")
def monitor(running):
    process = subprocess.Popen(["redis-cli", "-p", str(running.port), "MONITOR"],
                               stdout=subprocess.PIPE, text=True)
    equal(process.stdout.readline(), "OK\n", "MONITOR")
    cli(running, "SET", "k", 'a "b"\n')
    cli(running, "-n", "3", "GET", "k")
    # redis-cli asks for the commands' documentation only when it has a terminal.
    lines = []
    while len(lines) < 3:
        line = process.stdout.readline()
        true(line != "", "MONITOR ended after %r" % lines)
        if not re.search(r"COMMAND|HELLO", line):
            lines.append(line)
    process.terminate()
    process.wait()
    process.stdout.close()
    match = r"\d+\.\d{6} \[%d 127\.0\.0\.1:\d+\] %s\n"
    for line, (database, words) in zip(lines, ((0, r'"SET" "k" "a \\"b\\"\\n"'),
                                               (3, '"SELECT" "3"'), (3, '"GET" "k"'))):
        true(re.fullmatch(match % (database, words), line), "MONITOR shows %r" % line)


@suite.case("modes that kv has nothing for get plain errors", kv_only=True)
def unknown_modes(running):
    for words in (["CLUSTER", "NODES"], ["SENTINEL", "MASTERS"], ["MODULE", "LIST"],
                  ["HGETALL", "k"], ["SUBSCRIBE", "c"], ["READONLY"]):
        contains(cli(running, *words), "ERR unknown command '%s'" % words[0])


if __name__ == "__main__":
    raise SystemExit(suite.main())
