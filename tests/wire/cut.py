#!/usr/bin/python3
"""A stream of commands gets the same replies in one piece and cut anywhere.

    cut.py [--server PATH] [--mode kv|redis]

Each stream ends its connection, so that everything that the server says can be compared. Many
connections run at once; their keys differ by a number of fixed width, and replies do not show it.
Between two pieces a round trip on another connection makes sure that the server has seen the
first one alone.
"""

import argparse
import random
import sys

sys.dont_write_bytecode = True

import resp  # noqa: E402
import server  # noqa: E402

TOGETHER = 64  # connections at once
VALUE_MAX = 20000
SEED = 20240229
TAG = b"@@@@@@@"  # replaced by the connection's number, of the same width
K, L, N, NOTHING = b"k" + TAG, b"l" + TAG, b"n" + TAG, b"nothing" + TAG
# Offsets around these multiples are where a receiver's buffers end.
EDGES = (1024, 4096, 16384)


def rich_stream():
    """Every form that a request can take, with all kinds of replies."""
    words = [
        ("DEL", K, L, N),
        ("SET", K, "value"), ("GET", K), ("get", K),
        ("SET", K, b"bin\x00\r\n*1\r\n$4\r\nPING\r\n\xff"), ("GET", K),
        ("SET", K, ""), ("GET", K), ("GET", ""),
        ("APPEND", K, "0123456789" * 12), ("STRLEN", K), ("GET", K),
        ("INCR", N), ("INCRBY", N, "-17"), ("DECRBY", N, "1000"),
        ("RPUSH", L, "a", "", "b" * 70, "\r\n", "123"), ("LRANGE", L, "0", "-1"),
        ("LPOP", L), ("RPOP", L, "2"), ("LINDEX", L, "9"), ("LPOP", NOTHING, "3"),
        ("NOSUCH", "with", "arguments"), ("GET",), ("INCR", L), ("SET", K, "v", "EX", "x"),
        ("MGET", K, NOTHING, N), ("EXISTS", K, L), ("ECHO", "x" * 40), ("PING",),
    ]
    parts = [resp.command(*w) for w in words]
    parts += [b"PING\r\n", b"\r\n", b"  ECHO   \"quo\\x41ted \\\"x\\\"\"  \r\n", b"echo 'single'\n"]
    parts += [b"*0\r\n", b"*-1\r\n", resp.command("HELLO", "2", "NOSUCH")]
    parts += [b"SET " + K + b" inline-value\r\nGET " + K + b"\r\n", resp.command("SELECT", "3")]
    parts += [resp.command("GET", K), resp.command("RESET"), resp.command("GET", K)]
    return b"".join(parts) + resp.command("QUIT") + resp.command("PING")


def broken_stream():
    """Replies up to a protocol error, then the close."""
    return (resp.command("SET", K, "v") + resp.command("GET", K) + b"PING\r\n"
            + b"*2\r\n$3\r\nGET\r\n!bad\r\n" + resp.command("GET", K))


def large_stream():
    """Values longer than a receive buffer; one that is skipped as too long; long inline lines."""
    letters = bytes(random.Random(SEED).choices(b"abcdefghijklmnop\r\n$*0123456789", k=VALUE_MAX))
    return (resp.command("DEL", K, L)
            + resp.command("SET", K, letters) + resp.command("GET", K)
            + resp.command("SET", K, letters + letters[:15000]) + resp.command("STRLEN", K)
            + resp.command("RPUSH", L, letters[:9000], "x", letters[:19000], letters[:1])
            + resp.command("LRANGE", L, "0", "-1")
            + b"SET " + K + b" " + b"i" * 18000 + b"\r\n" + resp.command("GET", K)
            + resp.command("MGET", *[K] * 3) + resp.command("QUIT"))


def pieces(stream, cuts):
    """The stream's parts between the cuts."""
    places = [0] + sorted(cuts) + [len(stream)]
    return [stream[a:b] for a, b in zip(places, places[1:])]


class Cutter:
    def __init__(self, running):
        self.running = running
        self.control = running.connect()
        self.number = 0

    def personal(self, stream):
        """The stream with keys that no other connection uses."""
        self.number += 1
        return stream.replace(TAG, b"%07d" % self.number)

    def sync(self):
        for _ in range(2):
            if self.control.call("PING") != ("+", b"PONG"):
                raise AssertionError("PING is not answered")

    def replies(self, parted):
        """Sends the pieces of several connections in step; what each of them was answered."""
        connections = [self.running.connect(timeout=120) for _ in parted]
        for step in range(max(len(parts) for parts in parted)):
            for connection, parts in zip(connections, parted):
                if step < len(parts):
                    connection.send(parts[step])
            self.sync()
        answers = [connection.read_to_end() for connection in connections]
        for connection in connections:
            connection.close()
        return answers

    def compare(self, stream, lines_min, plans):
        """Runs each plan (a list of cuts); returns what differed first, or None."""
        # Fixed width: cuts are at the same places whatever the number is.
        width = len(self.personal(stream))
        expected = self.replies([[self.personal(stream)]])[0]
        if expected.count(b"\r\n") < lines_min:
            return "not the replies that it was made for: %r" % expected[-200:]
        plans = list(plans(width))
        for at in range(0, len(plans), TOGETHER):
            group = plans[at : at + TOGETHER]
            answers = self.replies([pieces(self.personal(stream), cuts) for cuts in group])
            for cuts, answer in zip(group, answers):
                if answer != expected:
                    return difference(cuts, expected, answer)
        return None


def difference(cuts, expected, answer):
    same = next((i for i, (a, b) in enumerate(zip(expected, answer)) if a != b),
                min(len(expected), len(answer)))
    return ("cut at %s: %d bytes instead of %d; from byte %d on\n  expected %r\n  got      %r"
            % (cuts[:20], len(answer), len(expected), same, expected[same : same + 80],
               answer[same : same + 80]))


def every_place(width):
    return [[i] for i in range(1, width)]


def single_bytes(width):
    return [list(range(1, width))]


def steps(width):
    return [list(range(size, width, size)) for size in (2, 3, 5, 7, 13, 64, 127)]


def random_places(width):
    choose = random.Random(SEED)
    return [sorted(choose.sample(range(1, width), choose.randint(2, 12))) for _ in range(256)]


def edges(width):
    near = {m * k + d for m in EDGES for k in range(1, width // m + 1) for d in (-2, -1, 0, 1, 2)}
    return [[i] for i in sorted(near) if 0 < i < width]


def large_steps(width):
    return [list(range(size, width, size)) for size in (1023, 1024, 4096, 16383, 16384, 16385)]


CASES = [
    ("rich stream, in two parts at every byte", rich_stream, 60, every_place),
    ("rich stream, byte by byte", rich_stream, 60, single_bytes),
    ("rich stream, in pieces of a few bytes", rich_stream, 60, steps),
    ("rich stream, in random pieces", rich_stream, 60, random_places),
    ("broken stream, in two parts at every byte", broken_stream, 4, every_place),
    ("broken stream, byte by byte", broken_stream, 4, single_bytes),
    ("large stream, in two parts where buffers end", large_stream, 15, edges),
    ("large stream, in random pieces", large_stream, 15, random_places),
    ("large stream, in pieces as large as buffers", large_stream, 15, large_steps),
]


def main():
    parser = argparse.ArgumentParser(description="Cuts streams of commands at every byte.")
    parser.add_argument("--server", default=server.default_path())
    parser.add_argument("--mode", choices=("kv", "redis"), default="kv")
    arguments = parser.parse_args()
    if not arguments.server:
        parser.error("--server, KV_SERVER or KV_BIN is needed")
    options = ["--val-size-max", str(VALUE_MAX)] if arguments.mode == "kv" else []
    passed = failed = 0
    with server.Server(arguments.server, arguments.mode, options) as running:
        cutter = Cutter(running)
        for name, stream, lines_min, plans in CASES:
            problem = cutter.compare(stream(), lines_min, plans)
            print("%s %s%s" % ("FAIL" if problem else "ok  ", name,
                               ": " + problem if problem else ""), flush=True)
            passed, failed = passed + (not problem), failed + bool(problem)
        problem = running.stop() if arguments.mode == "kv" else 0
        if problem != 0 or running.findings():
            failed += 1
            print("FAIL stop: %s %s" % (problem, running.log()[-3000:]))
        else:
            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
