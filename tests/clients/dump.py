#!/usr/bin/python3
"""DUMP and RESTORE beside redis-server: the same bytes for the same values, and each server takes
what the other, and older ones, have dumped; what is broken is refused."""

import random
import struct

from suite import SANITIZED, Suite, equal, scaled, true

import server

suite = Suite()
POLYNOMIAL = 0x95AC9329AC4BC9B5  # Jones' CRC-64, reflected
STRINGS = scaled(4000)
LISTS = scaled(2500)
BROKEN = scaled(6000)
LIST_LIMIT = 200
KV_OPTIONS = ["--val-size-max", "2mb", "--request-size-max", "16mb", "--reply-size-max", "16mb",
              "--dump-memory", "4mb"]


def crc_table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return table


CRC = crc_table()


def footer(body, version=10):
    """The body with version and checksum behind it."""
    body += struct.pack("<H", version)
    crc = 0
    for byte in body:
        crc = CRC[(crc ^ byte) & 0xff] ^ crc >> 8
    return body + struct.pack("<Q", crc)


def length(n):
    if n < 64:
        return bytes([n])
    if n < 16384:
        return bytes([0x40 | n >> 8, n & 0xff])
    return b"\x80" + struct.pack(">I", n)


def plain(text):
    return length(len(text)) + text


class Pair:
    """kv and redis-server, asked the same."""

    def __init__(self, running, redis):
        self.ours, self.theirs = running.control(), redis.control()

    def both(self, *words):
        return self.ours.call(*words), self.theirs.call(*words)

    def same(self, *words):
        ours, theirs = self.both(*words)
        if ours != theirs:
            raise AssertionError("%.300r: got %.600r, expected %.600r" % (words, ours, theirs))
        return ours


def with_redis(function):
    """Runs the case with a redis-server beside kv that looks at payloads as closely as it can."""
    def case(running):
        with server.Server("redis-server", "redis", ["--sanitize-dump-payload", "yes"]) as redis:
            function(Pair(running, redis))
    return case


class Maker:
    """Values of every form that a dump can have."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def bytes(self, count):
        kind = self.random.randrange(5)
        if kind == 0:
            return self.random.randbytes(count)
        if kind == 1:
            return bytes([self.random.randrange(256)]) * count
        if kind == 2:
            unit = self.random.randbytes(self.random.randint(1, 40))
            return (unit * (count // len(unit) + 1))[:count]
        letters = b"ab" if kind == 3 else b"abcdefgh ijklmnopqrst"
        return bytes(self.random.choices(letters, k=count))

    def number(self):
        edge = 2 ** self.random.choice((0, 6, 7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 40, 62, 63))
        near = self.random.choice((1, -1)) * edge + self.random.randint(-2, 2)
        return b"%d" % max(-2 ** 63, min(near, 2 ** 63 - 1))

    def odd(self):
        return self.random.choice((b"", b"-0", b"00", b"+1", b"1 ", b"9223372036854775808",
                                   b"2147483648", b"-2147483649", b"01234567890", b"0", b"-1"))

    def text(self, longest):
        kind = self.random.randrange(10)
        if kind < 3:
            return self.number()
        if kind == 3:
            return self.odd()
        if kind < 8:
            return self.bytes(self.random.randint(0, 90))
        edge = self.random.choice((20, 21, 44, 64, 128, 256, 1024, 2048, 4096, 8192, 16384, 65536,
                                   2 * 65536))
        return self.bytes(max(0, min(longest, edge + self.random.randint(-12, 12))))

    def list(self):
        count = self.random.choice((1, 2, 5, 20, 100, 400))
        if self.random.random() < 0.3:
            return [self.number() for _ in range(count)]
        return [self.text(20000 if count > 5 else 140000) for _ in range(count)]


@suite.case("strings", server_options=KV_OPTIONS, kv_only=True)
@with_redis
def strings(pair):
    maker = Maker(1)
    for i in range(STRINGS):
        value = maker.text(140000)
        if i % 500 == 499:
            value = maker.bytes(1000000 + i)
        pair.same("SET", "k", value)
        kind, dump = pair.same("DUMP", "k")
        pair.same("RESTORE", "k", 0, dump, "REPLACE")
        equal(pair.same("GET", "k"), ("$", value), "value %d" % i)
        pair.same("DUMP", "k")
        pair.same("OBJECT", "ENCODING", "k")


@suite.case("lists", server_options=KV_OPTIONS, kv_only=True)
@with_redis
def lists(pair):
    maker = Maker(2)
    for i in range(LISTS):
        elements = maker.list()
        pair.same("DEL", "k", "l")
        pair.same("RPUSH", "k", *elements)
        kind, dump = pair.same("DUMP", "k")
        pair.same("RESTORE", "l", 0, dump)
        pair.same("LRANGE", "l", 0, -1)
        pair.same("DUMP", "l")
        if i % 10 == 0:
            pair.same("COPY", "l", "k", "REPLACE")
            pair.same("RENAME", "k", "l")
            pair.same("DUMP", "l")


@suite.case("lists of another shape are taken as they are", server_options=KV_OPTIONS,
            kv_only=True)
@with_redis
def shapes(pair):
    maker = Maker(3)
    for size in ("-1", "-3", "-4", "-5", "1", "3", "128"):
        pair.theirs.call("CONFIG", "SET", "list-max-listpack-size", size)
        for _ in range(scaled(100)):
            elements = maker.list()
            pair.same("DEL", "k")
            cut = len(elements) // 3
            for one in elements[:cut]:
                pair.same("LPUSH", "k", one)
            pair.same("RPUSH", "k", *elements[cut:])
            for dump in (pair.ours.call("DUMP", "k")[1], pair.theirs.call("DUMP", "k")[1]):
                pair.same("RESTORE", "k", 0, dump, "REPLACE")
                pair.same("LRANGE", "k", 0, -1)


def integer_text(value):
    """A string in one of the forms for integers, when it is one."""
    for code, form, low, high in ((0xc0, "<b", -2 ** 7, 2 ** 7), (0xc1, "<h", -2 ** 15, 2 ** 15),
                                  (0xc2, "<i", -2 ** 31, 2 ** 31)):
        if low <= value < high:
            return bytes([code]) + struct.pack(form, value)
    return plain(b"%d" % value)


def lzf_literals(text):
    """LZF that compresses nothing."""
    packed = b"".join(bytes([len(text[i:i + 32]) - 1]) + text[i:i + 32]
                      for i in range(0, len(text), 32))
    return b"\xc3" + length(len(packed)) + length(len(text)) + packed


def is_integer(text):
    digits = text[1:] if text[:1] == b"-" else text
    return len(text) <= 20 and (digits.isdigit() and digits[:1] != b"0" or text == b"0") \
        and -2 ** 63 <= int(text) < 2 ** 63


def ziplist(elements):
    body, before, tail = b"", 0, 10
    for text in elements:
        entry = bytes([before]) if before < 254 else b"\xfe" + struct.pack("<I", before)
        if is_integer(text):
            value = int(text)
            if 0 <= value <= 12:
                entry += bytes([0xf1 + value])
            elif -128 <= value < 128:
                entry += b"\xfe" + struct.pack("<b", value)
            elif -2 ** 15 <= value < 2 ** 15:
                entry += b"\xc0" + struct.pack("<h", value)
            elif -2 ** 23 <= value < 2 ** 23:
                entry += b"\xf0" + struct.pack("<i", value)[:3]
            elif -2 ** 31 <= value < 2 ** 31:
                entry += b"\xd0" + struct.pack("<i", value)
            else:
                entry += b"\xe0" + struct.pack("<q", value)
        elif len(text) < 64:
            entry += bytes([len(text)]) + text
        elif len(text) < 16384:
            entry += bytes([0x40 | len(text) >> 8, len(text) & 0xff]) + text
        else:
            entry += b"\x80" + struct.pack(">I", len(text)) + text
        tail = 10 + len(body)
        before = len(entry)
        body += entry
    return struct.pack("<IIH", 11 + len(body), tail, len(elements)) + body + b"\xff"


def some_string(maker, text):
    if is_integer(text) and maker.random.random() < 0.7:
        return integer_text(int(text))
    if text and maker.random.random() < 0.3:
        return lzf_literals(text)
    return plain(text)


def old_list(maker, kind, elements):
    """A list as servers before 7.0 dumped it; kind 18: every element a plain node."""
    parts = [elements[i:i + 7] for i in range(0, len(elements), 7)]
    if kind == 1:
        return length(len(elements)) + b"".join(some_string(maker, e) for e in elements)
    if kind == 10:
        return some_string(maker, ziplist(elements))
    if kind == 14:
        return length(len(parts)) + b"".join(some_string(maker, ziplist(p)) for p in parts)
    return length(len(elements)) + b"".join(b"\x01" + some_string(maker, e) for e in elements)


@suite.case("what older servers dumped", server_options=KV_OPTIONS, kv_only=True)
@with_redis
def older(pair):
    maker = Maker(4)
    for i in range(scaled(1000)):
        kind = maker.random.choice((0, 1, 10, 14, 18))
        if kind == 0:
            text = maker.text(3000)
            dump = footer(b"\x00" + some_string(maker, text), maker.random.randint(0, 10))
            equal(pair.same("RESTORE", "k", 0, dump, "REPLACE"), ("+", b"OK"))
            equal(pair.same("GET", "k"), ("$", text), "value %d" % i)
            continue
        elements = [maker.text(20000) for _ in range(maker.random.randint(1, 40))]
        if kind == 18:
            elements = [e for e in elements if e] or [b"x"]
        dump = footer(bytes([kind]) + old_list(maker, kind, elements))
        equal(pair.same("RESTORE", "k", 0, dump, "REPLACE"), ("+", b"OK"), "kind %d" % kind)
        pair.same("LRANGE", "k", 0, -1)
        pair.same("LLEN", "k")


def mutate(maker, body):
    """The body with one to three bytes, or a piece, changed."""
    body = bytearray(body)
    for _ in range(maker.random.randint(1, 3)):
        at = maker.random.randrange(len(body))
        kind = maker.random.randrange(5)
        if kind == 0:
            body[at] = maker.random.randrange(256)
        elif kind == 1:
            body[at] ^= 1 << maker.random.randrange(8)
        elif kind == 2:
            body[at] = maker.random.choice((0, 1, 0x7f, 0x80, 0xc0, 0xc3, 0xfe, 0xff))
        elif kind == 3 and len(body) > 2:
            del body[at:at + maker.random.randint(1, 4)]
        else:
            body[at:at] = maker.random.randbytes(maker.random.randint(1, 3))
        if not body:
            body = bytearray(b"\x00")
    return bytes(body)


@suite.case("broken payloads", server_options=KV_OPTIONS, kv_only=True)
@with_redis
def broken(pair):
    maker = Maker(5)
    taken = refused = 0
    for i in range(BROKEN):
        kind = maker.random.choice((0, 1, 10, 14, 18, 18))
        elements = [maker.text(300) for _ in range(maker.random.randint(1, 12))]
        if kind == 0:
            body = b"\x00" + some_string(maker, elements[0])
        elif kind == 18 and maker.random.random() < 0.8:
            pair.theirs.call("DEL", "source")
            pair.theirs.call("RPUSH", "source", *elements)
            body = pair.theirs.call("DUMP", "source")[1][:-10]
        else:
            body = bytes([kind]) + old_list(maker, kind, elements)
        dump = footer(mutate(maker, body))
        ours, theirs = pair.both("RESTORE", "k", 0, dump, "REPLACE")
        if theirs == ("+", b"OK") and pair.theirs.call("TYPE", "k")[1] not in (b"string", b"list"):
            equal(ours, ("-", b"ERR Bad data format"), "another type, payload %d" % i)
        elif ours != theirs:
            # What reaches into the footer is taken by redis-server, as if that was data.
            true(theirs == ("+", b"OK") and reaches_footer(pair, dump),
                 "payload %d %r: got %r, expected %r" % (i, dump, ours, theirs))
        elif ours == ("+", b"OK"):
            taken += 1
            if pair.same("TYPE", "k") == ("+", b"list"):
                pair.same("LRANGE", "k", 0, -1)
            else:
                pair.same("GET", "k")
            continue
        refused += 1
        pair.both("DEL", "k")
    true(taken > BROKEN // 50 and refused > BROKEN // 5, "%d taken, %d refused" % (taken, refused))


def reaches_footer(pair, dump):
    """Whether redis-server takes the payload only with its footer being what it is: with another
    one in its place, which is data to it, it reads another value."""
    value = pair.theirs.call("DUMP", "k")
    other = footer(dump[:-10], 9)
    again = pair.theirs.call("RESTORE", "k", 0, other, "REPLACE")
    return again != ("+", b"OK") or pair.theirs.call("DUMP", "k") != value


@suite.case("every single change of a payload is noticed", kv_only=True)
def noticed(running):
    control = running.control()
    control.call("RPUSH", "l", *range(20))
    dump = bytearray(control.call("DUMP", "l")[1])
    for at in range(len(dump)):
        for bit in range(8):
            dump[at] ^= 1 << bit
            equal(control.call("RESTORE", "other", 0, bytes(dump)),
                  ("-", b"ERR DUMP payload version or checksum are wrong"), "byte %d" % at)
            dump[at] ^= 1 << bit
    equal(control.call("EXISTS", "other"), (":", 0))


def reply_of(control, *words):
    kind, value = control.call(*words)
    return kind + (value.decode() if isinstance(value, bytes) else str(value))


LIMITED = ["--val-size-max", "100000", "--list-length-max", str(LIST_LIMIT), "--dump-memory",
           "64kb", "--request-size-max", "32mb", "--reply-size-max", "32mb"]


@suite.case("limits", server_options=LIMITED, kv_only=True)
def limits(running):
    control = running.control()
    with server.Server("redis-server", "redis") as redis:
        theirs = redis.control()
        theirs.call("SET", "s", "a" * 100001)
        theirs.call("RPUSH", "long", *["a"] * (LIST_LIMIT + 1))
        theirs.call("RPUSH", "large", "x", "a" * 100001)
        theirs.call("SET", "fits", "ab" * 32768)
        theirs.call("SET", "over", "ab" * 32769)
        dumps = {name: theirs.call("DUMP", name)[1]
                 for name in ("s", "long", "large", "fits", "over")}
        theirs.call("CONFIG", "SET", "rdbcompression", "no")
        raw = {name: theirs.call("DUMP", name)[1] for name in ("s", "large", "over")}
    expected = (
        (dumps["long"], "-ERR list of 201 elements exceeds list-length-max (200)"),
        (raw["s"], "-ERR value of 100001 bytes exceeds val-size-max (100000)"),
        (raw["large"], "-ERR value of 100001 bytes exceeds val-size-max (100000)"),
        (dumps["s"], "-ERR compressed value of 100001 bytes exceeds dump-memory (65536)"),
        (dumps["over"], "-ERR compressed value of 65538 bytes exceeds dump-memory (65536)"),
        (dumps["fits"], "+OK"),
        (raw["over"], "+OK"),
    )
    before = running.info()
    for dump, reply in expected:
        equal(reply_of(control, "RESTORE", "k", 0, dump, "REPLACE"), reply)
    equal(control.call("GET", "k"), ("$", b"ab" * 32769))
    after = running.info()
    equal(int(after["pool_dump_bytes"]["exhausted"]) - int(before["pool_dump_bytes"]["exhausted"]),
          2, "exhausted")
    equal(int(after["pool_dump_bytes"]["high_water"]), 65536, "high water")
    # Too long to be compressed: it is dumped as it is, which every server takes.
    equal(control.call("DUMP", "k"), ("$", raw["over"]))
    # No other command takes an argument that is longer than val-size-max.
    for words in (("SET", "k"), ("ECHO",), ("NOSUCH",), ("GET",)):
        equal(reply_of(control, *words, "x" * 100001),
              "-ERR value of 100001 bytes exceeds val-size-max (100000)")
    # The longest dump of the longest list goes both ways.
    value = random.Random(1).randbytes(100000)
    for _ in range(LIST_LIMIT // 20):
        control.call("RPUSH", "most", *[value] * 20)
    kind, dump = control.call("DUMP", "most")
    equal((kind, len(dump) > LIST_LIMIT * len(value)), ("$", True), "the longest dump")
    equal(control.call("RESTORE", "again", 0, dump), ("+", b"OK"))
    equal(control.call("DUMP", "again"), ("$", dump), "the longest dump again")


if __name__ == "__main__":
    raise SystemExit(suite.main())
