"""Raw replies: where each begins, and what one says.

A parsed reply is a pair as in tests/wire/resp.py, so that tests/wire/notation.py can print it.
"""

AGGREGATES = {42: 1, 126: 1, 62: 1, 37: 2}  # * ~ > %
BULKS = (36, 61)  # $ =
LINES = frozenset(b"+-:,#_(")


class Malformed(Exception):
    """Bytes that are no reply."""


def split(data):
    """The offsets at which replies begin in `data`, and its end. `data` is whole replies."""
    starts = []
    add = starts.append
    find = data.find
    at, end = 0, len(data)
    pending = 0  # elements of the reply begun that are still to come
    while at < end:
        if pending:
            pending -= 1
        else:
            add(at)
        first = data[at]
        if first == 36:
            stop = find(b"\r", at)
            length = int(data[at + 1 : stop])
            at = stop + 2 if length < 0 else stop + 4 + length
        elif first in LINES:
            at = find(b"\n", at) + 1
            if at == 0:
                raise Malformed("no end of line")
        elif first in AGGREGATES:
            stop = find(b"\r", at)
            count = int(data[at + 1 : stop])
            if count > 0:
                pending += count * AGGREGATES[first]
            at = stop + 2
        elif first == 61:
            stop = find(b"\r", at)
            at = stop + 4 + int(data[at + 1 : stop])
        else:
            raise Malformed("not a reply: %r" % data[at : at + 40])
    if at != end or pending:
        raise Malformed("the last reply is not whole")
    add(end)
    return starts


def split_open(data):
    """Like split(), for data whose last reply may still be on its way: only whole replies."""
    low, starts = 0, [0]
    while low < len(data):
        stop = whole_end(data, low)
        if stop is None:
            break
        low = stop
        starts.append(low)
    return starts


def whole_end(data, at):
    """Where the reply that begins at `at` ends, or None when it is not all there."""
    pending = 1
    while pending:
        stop = data.find(b"\r\n", at)
        if stop < 0:
            return None
        first = data[at]
        pending -= 1
        if first in BULKS:
            length = int(data[at + 1 : stop])
            at = stop + 2 if length < 0 else stop + 4 + length
            if at > len(data):
                return None
        elif first in AGGREGATES:
            pending += max(0, int(data[at + 1 : stop])) * AGGREGATES[first]
            at = stop + 2
        elif first in LINES:
            at = stop + 2
        else:
            raise Malformed("not a reply: %r" % data[at : at + 40])
    return at


def elements(data):
    """The raw elements of one raw aggregate, or None when it is no aggregate or a null."""
    if data[0] not in AGGREGATES or data[1:3] == b"-1":
        return None
    inner = data[data.index(b"\n") + 1 :]
    starts = split(inner)
    return [inner[a:b] for a, b in zip(starts, starts[1:])]


def parse(data):
    """One raw reply as (kind, value); nesting is bounded by what the servers answer."""
    kind = chr(data[0])
    line = data[1 : data.index(b"\r")]
    if data[0] in LINES:
        return (kind, {":": int}.get(kind, bytes)(line) if kind not in "_#" else
                (None if kind == "_" else line == b"t"))
    if data[0] in BULKS:
        return (kind, None if line == b"-1" else data[len(line) + 3 : -2])
    inner = elements(data)
    return (kind, None if inner is None else [parse(element) for element in inner])


def integer(data):
    """The number of a raw integer reply, or None."""
    return int(data[1:-2]) if data[:1] == b":" else None


def bulk(data):
    """The bytes of a raw bulk reply, or None for a null or something else."""
    if data[:1] != b"$" or data[1:2] == b"-":
        return None
    return data[data.index(b"\n") + 1 : -2]
