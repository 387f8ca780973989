"""RESP as a client sees it: encoding of requests, strict decoding of replies.

A reply is a pair (kind, value): the kind is the reply's first byte, as a one-letter string; the
value is bytes for "+", "-", "$", "=", ",", "(", an int for ":", a bool for "#", None for the null
of RESP3 ("_", None), and a list of replies for "*", "~", ">" and "%" (a map is the flat list of
its keys and values). The nulls of RESP2 are ("$", None) and ("*", None).

The decoder accepts canonical forms only: one spelling of each number, CRLF at each end. So two
replies that are equal as pairs were equal byte for byte.
"""

import re
import socket

LENGTH = re.compile(rb"(0|[1-9][0-9]*|-1)\Z")
INTEGER = re.compile(rb"(0|-?[1-9][0-9]*)\Z")
AGGREGATES = {"*": 1, "~": 1, ">": 1, "%": 2}


class ProtocolError(Exception):
    """The server sent what is not a canonical reply."""


class Closed(Exception):
    """The server closed the connection where a reply was expected."""


def encode(arguments):
    """The multibulk request for a list of bytes."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        parts.append(b"$%d\r\n%s\r\n" % (len(argument), argument))
    return b"".join(parts)


def command(*words):
    """The multibulk request for words of str, bytes or int."""
    return encode([w if isinstance(w, bytes) else str(w).encode() for w in words])


class Connection:
    """A blocking client connection with a bounded time for each read."""

    def __init__(self, address, timeout=30.0, source=None):
        self.buffer = bytearray()
        self.position = 0
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout, source_address=source)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_open = True

    def close(self):
        if self.is_open:
            self.is_open = False
            self.socket.close()

    def send(self, data):
        """Sends all of `data`. A peer that has closed shows itself at the next read."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def call(self, *words):
        self.send(command(*words))
        return self.read_reply()

    def _more(self):
        try:
            data = self.socket.recv(262144)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed("the server closed the connection")
        if self.position:
            del self.buffer[: self.position]
            self.position = 0
        self.buffer += data

    def read_line(self):
        while True:
            end = self.buffer.find(b"\n", self.position)
            if end >= 0:
                break
            self._more()
        line = bytes(self.buffer[self.position : end + 1])
        self.position = end + 1
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise ProtocolError("line without a clean CRLF: %r" % line)
        return line[:-2]

    def read_bytes(self, count):
        while len(self.buffer) - self.position < count:
            self._more()
        data = bytes(self.buffer[self.position : self.position + count])
        self.position += count
        return data

    def _payload(self, length):
        data = self.read_bytes(length + 2)
        if data[-2:] != b"\r\n":
            raise ProtocolError("payload of %d bytes without CRLF: %r" % (length, data[-20:]))
        return data[:-2]

    def read_reply(self):
        line = self.read_line()
        if not line:
            raise ProtocolError("empty line where a reply was expected")
        kind, rest = chr(line[0]), line[1:]
        if kind in "+-,(":
            return (kind, rest)
        if kind == ":":
            if not INTEGER.match(rest):
                raise ProtocolError("integer: %r" % line)
            return (kind, int(rest))
        if kind == "_":
            if rest:
                raise ProtocolError("null: %r" % line)
            return (kind, None)
        if kind == "#":
            if rest not in (b"t", b"f"):
                raise ProtocolError("boolean: %r" % line)
            return (kind, rest == b"t")
        if kind not in "$=" and kind not in AGGREGATES:
            raise ProtocolError("not a reply: %r" % line)
        if not LENGTH.match(rest):
            raise ProtocolError("length: %r" % line)
        length = int(rest)
        if length == -1:
            if kind not in "$*":
                raise ProtocolError("length: %r" % line)
            return (kind, None)
        if kind in "$=":
            return (kind, self._payload(length))
        return (kind, [self.read_reply() for _ in range(length * AGGREGATES[kind])])

    def read_to_end(self):
        """Everything until the server closes; a reset counts as a close."""
        while True:
            try:
                self._more()
            except Closed:
                return bytes(self.buffer[self.position :])

    def unread(self):
        return bytes(self.buffer[self.position :])
