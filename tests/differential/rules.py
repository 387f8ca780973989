"""Replies that two equal servers may give differently: time passes between them, and some answers
have no order or are drawn at random. These rules hold for two redis-servers too (run.py --self);
what differs between kv and Redis by intention stands in differences.py.

A rule is asked only where the bytes differ. It is called with the context (compare.Context), the
command's arguments and both raw replies, and says whether they agree.
"""

import re

import replies

# Absolute deadlines are written by the generator from here on; lifetimes end long before.
ABSOLUTE_SECONDS = 3 * 10**9
# What CLIENT LIST says of a connection that is each server's own: numbers, addresses, buffers,
# times, and what it waits for in its loop.
CLIENT_FIELDS = re.compile(rb"\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|"
                           rb"rbp|obl|oll|omem|tot-mem|events)=\S*")


def both_integers(ours, theirs):
    a, b = replies.integer(ours), replies.integer(theirs)
    return None if a is None or b is None else (a, b)


def near(ours, theirs, slack):
    both = both_integers(ours, theirs)
    return both is not None and min(both) >= 0 and abs(both[0] - both[1]) <= slack


def near_milliseconds(context, arguments, ours, theirs):
    return near(ours, theirs, context.slack_ms())


def near_seconds(context, arguments, ours, theirs):
    return near(ours, theirs, context.slack_ms() // 1000 + 1)


def deadline_seconds(context, arguments, ours, theirs):
    both = both_integers(ours, theirs)
    return both is not None and max(both) < ABSOLUTE_SECONDS and near_seconds(
        context, arguments, ours, theirs)


def deadline_milliseconds(context, arguments, ours, theirs):
    both = both_integers(ours, theirs)
    return both is not None and max(both) < ABSOLUTE_SECONDS * 1000 and near_milliseconds(
        context, arguments, ours, theirs)


def idle_seconds(context, arguments, ours, theirs):
    # Redis looks at a clock of whole seconds that it reads now and then.
    return near(ours, theirs, context.slack_ms() // 1000 + 3)


def any_order(context, arguments, ours, theirs):
    a, b = replies.elements(ours), replies.elements(theirs)
    return a is not None and b is not None and ours[:1] == theirs[:1] and sorted(a) == sorted(b)


def any_order_of_pairs(context, arguments, ours, theirs):
    a, b = replies.elements(ours), replies.elements(theirs)
    if a is None or b is None or ours[:1] != theirs[:1]:
        return False
    return sorted(zip(a[::2], a[1::2])) == sorted(zip(b[::2], b[1::2]))


def part_of_scan(context, arguments, ours, theirs):
    """Cursors and order are each server's own. Whole scans are compared with the keyspace."""
    a, b = replies.elements(ours), replies.elements(theirs)
    if not a or not b or len(a) != 2 or len(b) != 2:
        return False
    if a[0] == b[0] == b"$1\r\n0\r\n" and arguments[1] == b"0":
        return any_order(context, arguments, a[1], b[1])
    return all(re.fullmatch(rb"\$\d+\r\n\d+\r\n", cursor) for cursor in (a[0], b[0]))


def canonical(raw):
    """A raw reply as a tree in which the order of elements says nothing."""
    parts = replies.elements(raw)
    return raw if parts is None else tuple(sorted(map(repr, map(canonical, parts))))


def command_information(context, arguments, ours, theirs):
    """The commands in the order asked for; a container's subcommands come in any order."""
    a, b = replies.elements(ours), replies.elements(theirs)
    return a is not None and b is not None and len(a) == len(b) and all(
        canonical(x) == canonical(y) for x, y in zip(a, b))


def both_bulks(context, arguments, ours, theirs):
    return replies.bulk(ours) is not None and replies.bulk(theirs) is not None


def two_numbers(context, arguments, ours, theirs):
    pattern = rb"\*2\r\n\$\d+\r\n\d+\r\n\$\d+\r\n\d+\r\n"
    return bool(re.fullmatch(pattern, ours) and re.fullmatch(pattern, theirs))


def number(context, arguments, ours, theirs):
    return both_integers(ours, theirs) is not None


def client_lines(context, arguments, ours, theirs):
    """The same but for what is each server's own; a length at the front follows from that."""
    def erase(data):
        return CLIENT_FIELDS.sub(rb"\1=", re.sub(rb"^([$=])\d+", rb"\1", data))
    return erase(ours) == erase(theirs)


def hello(context, arguments, ours, theirs):
    def erase(data):
        return re.sub(rb"(\$2\r\nid\r\n:)\d+", rb"\1", data)
    return erase(ours) == erase(theirs)


def count_of_keys(context, arguments, ours, theirs):
    """Keys whose deadline has passed count until they are removed, each server in its time."""
    both = both_integers(ours, theirs)
    return both is not None and abs(both[0] - both[1]) <= context.deadlines


def same_dump(context, arguments, ours, theirs):
    """The same value can be cut into nodes in several ways, so each server must read both."""
    a, b = replies.bulk(ours), replies.bulk(theirs)
    return a is not None and b is not None and context.is_same_payload(a, b)


RULES = {
    "client|id": number,
    "client|info": client_lines,
    "client|list": client_lines,
    "command|docs": command_information,
    "command|info": command_information,
    "command|list": any_order,
    "config|get": any_order_of_pairs,
    "dbsize": count_of_keys,
    "dump": same_dump,
    "expiretime": deadline_seconds,
    "hello": hello,
    "keys": any_order,
    "object|idletime": idle_seconds,
    "pexpiretime": deadline_milliseconds,
    "pttl": near_milliseconds,
    "randomkey": both_bulks,
    "scan": part_of_scan,
    "time": two_numbers,
    "ttl": near_seconds,
}
