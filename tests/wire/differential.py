#!/usr/bin/python3
"""Random commands on kv and on redis-server beside it: every reply must be the same.

    differential.py [--server PATH] [--redis PATH] [--seed N] [--rounds N]

A round is a pipeline of commands over few keys, so that types, expiry and lengths of all kinds
meet. Replies are compared one by one; where time passes between the two servers, numbers may
differ by that. At the end of a round both must hold the same data.
"""

import argparse
import random
import sys

sys.dont_write_bytecode = True

import notation  # noqa: E402
import resp  # noqa: E402
import server  # noqa: E402

COMMANDS = 400  # in a round
KEYS = [b"", b"a", b"b", b"key:1", b"key:2", b"key:\x00\xff", b"x" * 200]
SLACK_MS = 60000  # two servers, one after the other, on a busy machine
HUGE = [b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808",
        b"-9223372036854775809", b"4611686018427387904", b"99999999999999999999999"]
ODD = [b"abc", b"", b"1.5", b" 1", b"1 ", b"+1", b"01", b"-0", b"0x10", b"1e3", b"\x00"]


class Chooser:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, items):
        return self.random.choice(items)

    def chance(self, part):
        return self.random.random() < part

    def key(self):
        return self.one(KEYS)

    def integer(self, low=-20, high=20):
        if self.chance(0.04):
            return self.one(HUGE)
        if self.chance(0.03):
            return self.one(ODD)
        return b"%d" % self.random.randint(low, high)

    def value(self):
        kind = self.random.randrange(8)
        if kind <= 1:
            return b"%d" % self.random.randint(-1000, 10**self.random.randint(0, 18))
        if kind == 2:
            return self.one(HUGE + ODD)
        if kind == 3:
            # Lengths around pages, halves of pages, and the bytes that lengths are stored in.
            middle = self.one([64, 128, 256, 1024, 2048, 4096, 8192, 16384, 65536])
            return self.bytes(middle + self.random.randint(-3, 3))
        return self.bytes(self.random.randint(0, 80))

    def bytes(self, length):
        return self.random.randbytes(length)

    def word(self, text):
        return text.lower().encode() if self.chance(0.2) else text.encode()

    # -- commands --

    def set(self):
        words = [self.key(), self.value()]
        if self.chance(0.25):
            words += [self.word(self.one(["NX", "XX"]))]
        if self.chance(0.25):
            words += [self.word("GET")]
        if self.chance(0.3):
            words += self.expiry()
        if self.chance(0.02):
            words += [self.one([b"NX", b"XX", b"KEEPTTL", b"EX", b"nonsense", b"GET"])]
        return "SET", words

    def expiry(self):
        kind = self.one(["EX", "PX", "EXAT", "PXAT", "KEEPTTL", "KEEPTTL"])
        if kind == "KEEPTTL":
            return [self.word(kind)]
        if self.chance(0.1):
            return [self.word(kind), self.integer(-2, 0)]
        if kind in ("EX", "PX"):
            return [self.word(kind), b"%d" % self.random.randint(10**6, 10**8)]
        far = self.random.randint(4 * 10**9, 9 * 10**9)
        return [self.word(kind), b"%d" % (far if kind == "EXAT" else far * 1000)]

    def expire(self):
        name = self.one(["EXPIRE", "PEXPIRE"])
        amount = (self.integer() if self.chance(0.15)
                  else b"%d" % self.random.randint(10**6, 10**8))
        words = [self.key(), amount]
        while self.chance(0.3):
            words.append(self.word(self.one(["NX", "XX", "GT", "LT"])))
        return name, words

    def push(self):
        count = 1 if self.chance(0.5) else self.random.randint(0, 60)
        return self.one(["LPUSH", "RPUSH"]), [self.key()] + [self.value() for _ in range(count)]

    def pop(self):
        words = [self.key()]
        if self.chance(0.5):
            words.append(self.integer(-1, 30))
        return self.one(["LPOP", "RPOP"]), words

    def mset(self):
        words = [w for _ in range(self.random.randint(0, 4)) for w in (self.key(), self.value())]
        return "MSET", words[: -1] if self.chance(0.03) else words

    def keys_of(self, name, most=4):
        return name, [self.key() for _ in range(self.random.randint(0 if self.chance(0.05) else 1,
                                                                    most))]

    def rare(self):
        return self.one([
            ("FLUSHDB", []), ("SELECT", [self.integer(-1, 3)]), ("DBSIZE", []),
            ("ECHO", [self.value()]), ("PING", [self.value()]), ("PING", []),
            ("NOSUCH", [self.bytes(20), b"x"]), ("COMMAND", [b"GETKEYS", b"MSET", b"a", b"1"]),
            ("CLIENT", [b"GETNAME"]), ("CLIENT", [b"SETNAME", self.value()[:20]]),
            ("CONFIG", [b"GET", b"databases"]), ("OBJECTX", []), ("HELLO", [b"2"]),
            ("HELLO", [b"9"]), ("AUTH", [b"x"]), ("CLIENT", [b"NOSUCH"]), ("GET", []),
            ("LRANGE", [b"a"]), ("INCR", [b"a", b"b"])])

    def command(self):
        makers = [
            (12, self.set), (10, lambda: ("GET", [self.key()])), (4, self.mset),
            (4, lambda: self.keys_of("MGET")), (3, lambda: self.keys_of("DEL", 2)),
            (1, lambda: self.keys_of("UNLINK", 2)), (3, lambda: self.keys_of("EXISTS")),
            (3, lambda: ("TYPE", [self.key()])), (5, self.expire),
            (3, lambda: (self.one(["TTL", "PTTL"]), [self.key()])),
            (2, lambda: ("PERSIST", [self.key()])),
            (5, lambda: (self.one(["INCR", "DECR"]), [self.key()])),
            (5, lambda: (self.one(["INCRBY", "DECRBY"]), [self.key(), self.integer()])),
            (6, lambda: ("APPEND", [self.key(), self.value()])),
            (3, lambda: ("STRLEN", [self.key()])), (14, self.push), (9, self.pop),
            (6, lambda: ("LRANGE", [self.key(), self.integer(), self.integer()])),
            (2, lambda: ("LLEN", [self.key()])),
            (5, lambda: ("LINDEX", [self.key(), self.integer(-60, 60)])), (3, self.rare),
        ]
        name, words = self.random.choices([m for _, m in makers], [w for w, _ in makers])[0]()
        return [self.word(name)] + words


def is_same(command, ours, theirs):
    if ours == theirs:
        return True
    name = command[0].upper()
    both_times = ours[0] == theirs[0] == ":" and ours[1] > 0 and theirs[1] > 0
    if both_times and name in (b"TTL", b"PTTL"):
        return abs(ours[1] - theirs[1]) <= (SLACK_MS if name == b"PTTL" else SLACK_MS // 1000)
    # kv says that it is kv and of which version.
    return name == b"HELLO" and ours[0] == theirs[0] and ours[0] != "-"


def contents(connection):
    """All data of the databases in use, with its time to live in coarse steps."""
    found = {}
    for database in range(4):
        connection.call("SELECT", database)
        for key in KEYS:
            kind = connection.call("TYPE", key)[1]
            if kind == b"none":
                continue
            read = ["GET", key] if kind == b"string" else ["LRANGE", key, 0, -1]
            found[database, key] = (kind, connection.call(*read),
                                    connection.call("PTTL", key)[1] > 0)
    return found


def shown(command):
    return " ".join('"%s"' % notation.escape(word)[:120] for word in command)


def run_round(chooser, ours, theirs):
    commands = [chooser.command() for _ in range(COMMANDS)]
    data = b"".join(resp.encode(command) for command in commands)
    history = []
    replies = []
    for connection in (theirs, ours):
        connection.send(data)
        replies.append([connection.read_reply() for _ in commands])
    for command, their_reply, our_reply in zip(commands, *replies):
        history.append(shown(command))
        if not is_same(command, our_reply, their_reply):
            return ("%s\n  redis %s\n  kv    %s\n  after %s"
                    % (shown(command), notation.show(their_reply, 200),
                       notation.show(our_reply, 200), "\n        ".join(history[-8:-1])))
    our_contents, their_contents = contents(ours), contents(theirs)
    if our_contents != their_contents:
        keys = [k for k in set(our_contents) | set(their_contents)
                if our_contents.get(k) != their_contents.get(k)]
        return "the data differs at %s" % (keys[:5],)
    return None


def main():
    parser = argparse.ArgumentParser(description="Compares kv with redis-server.")
    parser.add_argument("--server", default=server.default_path())
    parser.add_argument("--redis", default="redis-server")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    if not arguments.server:
        parser.error("--server, KV_SERVER or KV_BIN is needed")
    passed = failed = 0
    with server.Server(arguments.redis, "redis") as reference, \
            server.Server(arguments.server, "kv") as running:
        for number in range(arguments.rounds):
            # A new pair of connections and an empty store: a seed alone repeats its round.
            ours, theirs = running.connect(), reference.connect()
            protocol = "3" if number % 3 == 2 else "2"
            for connection in (ours, theirs):
                connection.call("FLUSHALL")
                connection.call("HELLO", protocol)
            seed = arguments.seed * 1000003 + number
            problem = run_round(Chooser(seed), ours, theirs)
            ours.close()
            theirs.close()
            passed, failed = passed + (not problem), failed + bool(problem)
            if problem:
                print("FAIL round %d (RESP%s): %s" % (number, protocol, problem), flush=True)
        code = running.stop()
        if code != 0 or running.findings():
            failed += 1
            print("FAIL stop: %s\n%s" % (code, running.log()[-3000:]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
