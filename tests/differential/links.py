"""Connections to the two servers, spoken to at the same time.

What is sent goes to both at once, and both work while either is waited for; what comes back is kept
as raw bytes.
"""

import select
import socket
import time

RECEIVE = 1 << 20
# Bounds, not expectations: a sanitizer build on a busy machine is slow.
SILENCE_MS = 20000


class Silent(Exception):
    """A server did not answer; the text says which."""


class Gone(Exception):
    """A server closed the connection; the text says which, and what it had sent."""


class Link:
    """One connection. It does not block."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.is_closed = False

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()
        self.is_closed = True

    def send_some(self, view):
        """Sends what goes now; the rest."""
        try:
            return view[self.socket.send(view) :]
        except BlockingIOError:
            return view
        except (BrokenPipeError, ConnectionResetError):
            return view[len(view) :]  # the next read says so

    def receive(self):
        """What has come: b"" when nothing has, None when the server closed."""
        try:
            data = self.socket.recv(RECEIVE)
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            data = b""
        if data:
            return data
        self.is_closed = True
        return None


def ends_with(chunks, ending):
    last = chunks[-1]
    if len(last) >= len(ending):
        return last.endswith(ending)
    return b"".join(chunks[-len(ending) :]).endswith(ending)


def exchange(links, payloads, endings):
    """Sends payloads[i] on links[i], all at once, and reads each until its ending has come.

    Returns what came, endings included, and the milliseconds that it took."""
    begun = time.monotonic()
    left = [link.send_some(memoryview(data)) for link, data in zip(links, payloads)]
    received = [[] for _ in links]
    poller = select.poll()
    which = {}
    for i, link in enumerate(links):
        which[link.fileno()] = i
        poller.register(link.fileno(), select.POLLIN | (select.POLLOUT if left[i] else 0))
    while which:
        events = poller.poll(SILENCE_MS)
        if not events:
            raise Silent(" and ".join(sorted("ours" if i == 0 else "theirs"
                                             for i in which.values())))
        for descriptor, event in events:
            i = which[descriptor]
            if event & select.POLLOUT:
                left[i] = links[i].send_some(left[i])
                if not left[i]:
                    poller.modify(descriptor, select.POLLIN)
            if event & ~select.POLLOUT:
                data = links[i].receive()
                if data is None:
                    raise Gone("%s after %r" % ("ours" if i == 0 else "theirs",
                                                b"".join(received[i])[-200:]))
                if data:
                    received[i].append(data)
                    if ends_with(received[i], endings[i]):
                        poller.unregister(descriptor)
                        del which[descriptor]
    return [b"".join(chunks) for chunks in received], (time.monotonic() - begun) * 1000
