#!/usr/bin/python3
"""Tests of the differential test's own parts: what finds differences must itself be right.

Needs no server. Ends with the line "N passed, N failed".
"""

import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import compare  # noqa: E402
import differences  # noqa: E402
import generator  # noqa: E402
import grammar  # noqa: E402
import payloads  # noqa: E402
import replies  # noqa: E402
import script  # noqa: E402
import shrink  # noqa: E402
import syntax  # noqa: E402


class FakePair:
    """What a context asks of a pair of servers."""

    def __init__(self, allowed):
        self.differences = allowed
        self.worst_ms = 0.0

    def is_same_payload(self, ours, theirs):
        return ours[:1] == theirs[:1]


def agrees(name, ours, theirs, allowed=(), worst_ms=0.0):
    context = compare.Context(FakePair(allowed))
    context.worst_ms = worst_ms
    return context.agree(name, [name.encode(), b"x"], ours, theirs)


def equal(got, wanted):
    if got != wanted:
        raise AssertionError("got %r, wanted %r" % (got, wanted))


# -- replies --


def replies_are_split_where_they_begin():
    parts = [b"+OK\r\n", b"$-1\r\n", b"$5\r\na\r\nbc\r\n", b"*-1\r\n", b"*0\r\n", b":-7\r\n",
             b"_\r\n", b"*2\r\n*1\r\n:1\r\n$0\r\n\r\n", b"%1\r\n+a\r\n~2\r\n#t\r\n,1.5\r\n",
             b"=5\r\ntxt:x\r\n", b"-ERR x\r\n"]
    data = b"".join(parts)
    starts = replies.split(data)
    equal([data[a:b] for a, b in zip(starts, starts[1:])], parts)
    # Of data that is still coming, whole replies only.
    for cut in range(len(data)):
        found = replies.split_open(data[:cut])
        equal(found, [start for start in starts if start <= found[-1]])
        assert cut - found[-1] < max(map(len, parts))


def replies_are_parsed():
    equal(replies.parse(b"*2\r\n:1\r\n*1\r\n$-1\r\n"), ("*", [(":", 1), ("*", [("$", None)])]))
    equal(replies.parse(b"$3\r\na\r\n\r\n"), ("$", b"a\r\n"))
    equal(replies.elements(b"*2\r\n:1\r\n$1\r\nx\r\n"), [b":1\r\n", b"$1\r\nx\r\n"])


def replies_that_are_none_are_refused():
    for data in (b"x\r\n", b"*2\r\n:1\r\n", b"+OK"):
        try:
            replies.split(data)
        except replies.Malformed:
            continue
        raise AssertionError("%r was taken" % data)


# -- rules and differences --


def rules_allow_what_time_decides_and_no_more():
    assert agrees("pttl", b":1000000\r\n", b":1000009\r\n")
    assert not agrees("pttl", b":1000000\r\n", b":1000900\r\n")
    assert agrees("pttl", b":1000000\r\n", b":1000900\r\n", worst_ms=500.0)
    assert not agrees("pttl", b":-1\r\n", b":5\r\n")
    assert not agrees("pexpiretime", b":5000000000000\r\n", b":5000000000001\r\n")
    assert not agrees("get", b":1\r\n", b":2\r\n")
    assert not agrees("time", b"-ERR a\r\n", b"-ERR b\r\n")


def rules_allow_any_order_where_there_is_none():
    ours, theirs = b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n"
    assert agrees("keys", ours, theirs)
    assert not agrees("lrange", ours, theirs)
    assert not agrees("keys", ours, b"*2\r\n$1\r\nb\r\n$1\r\nc\r\n")


def differences_are_narrow():
    allowed = differences.DIFFERENCES
    help_reply = b"*2\r\n+a\r\n+b\r\n"
    assert agrees("object|help", help_reply, b"*1\r\n+c\r\n", allowed)
    assert not agrees("object|help", b"-ERR x\r\n", b"*1\r\n+c\r\n", allowed)
    assert not agrees("get", help_reply, b"*1\r\n+c\r\n", allowed)
    assert agrees("config|set", b"-ERR a argument must be between 0 and 5 inclusive\r\n",
                  b"-ERR a argument must be between 0 and 7 inclusive\r\n", allowed)
    assert not agrees("config|set", b"-ERR a argument must be between 0 and 5 inclusive\r\n",
                      b"-ERR b argument must be between 0 and 5 inclusive\r\n", allowed)


def replies_of_a_transaction_follow_the_rules_of_its_commands():
    context = compare.Context(FakePair(()))
    queued = [[b"PTTL", b"k"], [b"GET", b"k"]]
    ours, theirs = b"*2\r\n:100000\r\n$1\r\na\r\n", b"*2\r\n:100003\r\n$1\r\na\r\n"
    assert context.agree_nested(queued, ours, theirs)
    assert not context.agree_nested(queued, ours, b"*2\r\n:100003\r\n$1\r\nb\r\n")
    assert not context.agree_nested(queued[::-1], ours, theirs)


def commands_that_are_not_answered_are_known():
    flow = compare.Flow()
    sent = [([b"PING"], True), ([b"CLIENT", b"REPLY", b"SKIP"], False), ([b"GET", b"a"], False),
            ([b"GET", b"a"], True), ([b"client", b"reply", b"off"], False), ([b"PING"], False),
            ([b"CLIENT", b"REPLY", b"ON"], True), ([b"MULTI"], True), ([b"GET", b"a"], True)]
    for arguments, answered in sent:
        equal(flow.step(arguments), answered)
    equal([command.arguments() for command in flow.closers()], [[b"DISCARD"]])


# -- grammar and generator --


def each_line_of_the_grammar_is_read():
    forms = syntax.read_forms() + syntax.read_short_forms()
    assert len(forms) > 200
    equal([f for f in forms if f.weight <= 0], [])
    form = syntax.Form("string", "3 SET key value [NX | XX] (EX seconds)* {deadline}")
    equal((form.names, form.weight, form.marks), (["set"], 3.0, {"deadline"}))


def mistakes_in_the_grammar_are_found():
    for text in ("SET key", "1 SET nokind", "1 SET (key", "1 SET key]", "1 SET key {wrongmark}"):
        try:
            syntax.Form("string", text)
        except syntax.GrammarError:
            continue
        raise AssertionError("%r was taken" % text)


def all_kinds_have_values_and_a_seed_repeats():
    def stream(name, flavour):
        made = generator.Generators(syntax.read_forms(), [b"payload" * 3])
        return [c.arguments() for c in made.get(name, flavour, 7, 1).take(300)]

    for name, flavour in grammar.FLAVOURS.items():
        equal(stream(name, flavour), stream(name, flavour))


def is_far(word):
    """No lifetime at all, or one of many seconds."""
    return not (word.isdigit() and b"%d" % int(word) == word) or not 0 < int(word) < 10**6


def no_lifetime_ends_while_the_servers_are_compared():
    made = generator.Generators(syntax.read_forms(), [b"payload" * 3])
    source = made.get("expiry", grammar.FLAVOURS["expiry"], 3, 1)
    for command in source.take(20000):
        words = command.arguments()
        for i, word in enumerate(words[:-1]):
            value = words[i + 1]
            if word.upper() in (b"EX", b"PX") and words[0].upper() == b"SET":
                assert is_far(value), words
        name = words[0].upper()
        if (name in (b"EXPIRE", b"PEXPIRE") and len(words) > 2 or
                name in (b"SETEX", b"PSETEX") and len(words) == 4):
            assert is_far(words[2]), words


def damaged_payloads_differ():
    import random
    rng = random.Random(1)
    payload = bytes(range(60))
    assert all(payloads.damage(payload, rng) != payload for _ in range(500))


# -- scripts --


def scripts_are_written_and_read():
    steps = [script.Step([b"SET", b"a b\x00\xff\r\n\"\\", b""]), script.directive("batch"),
             script.Step([b"CLIENT", b"UNBLOCK", script.Id(2)], 3),
             script.Step([b"@id2", b"GET"]), script.directive("sleep", b"4")]
    made = script.Script(steps, 3, 5, "head")
    made.options = [b"MATCH", b"s*"]
    text = script.write(made)
    again = script.read(text)
    equal(script.write(again), text)
    equal(again.steps[0].arguments, steps[0].arguments)
    equal(again.steps[2].arguments[2].connection, 2)
    equal((again.protocol, again.connections, again.options), (3, 5, made.options))


def scripts_are_shortened_to_what_matters():
    steps = [script.Step([b"GET", b"%d" % i, b"x" * i]) for i in range(100)]
    steps[31] = script.Step([b"SET", b"key", b"y" * 50, b"NX"])
    steps[77] = script.Step([b"DEL", b"key"])

    def fails(made):
        names = [step.arguments[0] for step in made.steps]
        sets = [s for s in made.steps if s.arguments[0] == b"SET" and len(s.arguments) > 2 and
                len(s.arguments[2]) >= 7]
        return bool(sets) and b"DEL" in names

    found = shrink.Shrinker(fails, 60).shorten(script.Script(steps))
    words = [step.arguments for step in found.steps]
    equal([w[0] for w in words], [b"SET", b"DEL"])
    equal(len(words[1]), 1)
    assert len(words[0]) == 3 and len(words[0][2]) < 14, words


def shortening_ends_in_time():
    begun = time.monotonic()
    steps = [script.Step([b"GET", b"%d" % i]) for i in range(2000)]

    def fails(made):
        time.sleep(0.001)
        return len(made.steps) == 2000

    equal(len(shrink.Shrinker(fails, 0.2).shorten(script.Script(steps)).steps), 2000)
    assert time.monotonic() - begun < 60


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__"
         and name not in ("agrees", "equal", "is_far", "main", "FakePair")]


def main():
    failed = 0
    for test in TESTS:
        try:
            test()
            print("ok   " + test.__name__)
        except Exception:  # what a test meets is its result
            failed += 1
            print("FAIL %s\n%s" % (test.__name__, traceback.format_exc()))
    print("%d passed, %d failed" % (len(TESTS) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
