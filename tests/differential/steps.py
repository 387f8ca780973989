"""Several connections to each server: one step after the other, each settled before the next.

A step goes to both servers. It is settled when both say the same about who has an answer: a round
trip on another connection shows that a server has seen the step (it reads its connections in the
order in which they became readable), and what it said is then there to be read. Where the two do
not agree, the one that is behind is waited for, for a bounded time.
"""

import select
import time

import compare
import generator
import replies
import script

# Bounds, not expectations. A script that is being shortened is not waited for so long.
SETTLE_SECONDS = 10.0
WAIT_SECONDS = 10.0
SHORTER = 0.1
POLL_MS = 2
EARLY_SECONDS = 0.0015  # what the clocks' steps may make of a wait


class Peer:
    """One connection at both servers."""

    def __init__(self, pair):
        self.pair = pair
        self.links = pair.connect()
        self.buffers = [bytearray(), bytearray()]
        self.received = [[], []]  # raw replies, not yet compared
        self.waiting = []         # (arguments, time sent, form) without a compared reply
        self.queued = []          # of a transaction
        self.ids = [replies.integer(found[0]) for found in
                    pair.call(self.links, [[[b"CLIENT", b"ID"]]] * 2)]
        self.is_open = True

    def send(self, arguments, form):
        for side, link in enumerate(self.links):
            words = [b"%d" % (word.peer.ids[side]) if isinstance(word, Bound) else word
                     for word in arguments]
            data = memoryview(generator.command_of(*words).data())
            while data:
                data = link.send_some(data)
                if data:
                    select.select([], [link], [], 1)
        self.waiting.append((arguments, time.monotonic(), form))

    def read(self):
        """Takes what has come from both."""
        for side, link in enumerate(self.links):
            while not link.is_closed:
                data = link.receive()
                if not data:
                    break
                self.buffers[side] += data
            buffer = bytes(self.buffers[side])
            if buffer:
                starts = replies.split_open(buffer)
                self.received[side] += [buffer[a:b] for a, b in zip(starts, starts[1:])]
                del self.buffers[side][: starts[-1]]

    def is_agreed(self):
        return (len(self.received[0]) == len(self.received[1]) and
                self.links[0].is_closed == self.links[1].is_closed)

    def take(self):
        """Pairs of replies, of both servers."""
        pairs = list(zip(*self.received))
        for received in self.received:
            del received[: len(pairs)]
        return pairs

    def shown_received(self, side):
        shown_replies = " ".join(map(compare.shown_reply, self.received[side])) or "nothing"
        return shown_replies + (" (closed)" if self.links[side].is_closed else "")

    def close(self):
        for link in self.links:
            link.close()
        self.is_open = False
        self.waiting = []


class Bound:
    """The id of a peer, where a script has script.Id."""

    def __init__(self, peer):
        self.peer = peer


class Steps:
    def __init__(self, pair, coverage, count, protocol, patience=1.0):
        self.pair = pair
        self.context = compare.Context(pair)
        self.coverage = coverage
        self.settle_seconds = SETTLE_SECONDS * patience
        self.wait_seconds = WAIT_SECONDS * patience
        self.commands = 0
        self.taken = []  # script steps so far
        self.times = []  # when the last commands were sent
        pair.flush()
        self.peers = [Peer(pair) for _ in range(count)]
        self.is_over = False
        for number in range(count):
            # Every other one speaks the script's protocol.
            self.do(script.Step([b"HELLO", b"%d" % (protocol if number % 2 == 0 else 2)], number))
        self.taken = []

    def blocked(self):
        return [i for i, peer in enumerate(self.peers) if peer.is_open and peer.waiting]

    def closed(self):
        return [i for i, peer in enumerate(self.peers) if not peer.is_open]

    def do(self, step, form=None):
        """One step of a script. Raises compare.Failure."""
        self.taken.append(step)
        if step.is_command():
            peer = self.peers[step.connection]
            if peer.is_open:
                begun = time.monotonic()
                self.times = self.times[-1:] + [begun]
                peer.send([Bound(self.peers[word.connection]) if isinstance(word, script.Id)
                           else word for word in step.arguments], form)
                self.commands += 1
                self.settle()
                self.context.worst_ms = max(self.context.worst_ms,
                                            (time.monotonic() - begun) * 1000)
            return
        getattr(self, "_" + step.directive)(*step.arguments)

    # -- directives --

    def _batch(self):
        pass

    def _sleep(self, milliseconds):
        self.context.deadlines += 1
        time.sleep(int(milliseconds) / 1000)

    def _within(self, milliseconds):
        now = time.monotonic()
        self.is_over = now - self.times[0] > int(milliseconds) / 1000

    def _wait(self, connection):
        """Until both have answered on this connection."""
        peer = self.peers[int(connection)]
        deadline = time.monotonic() + self.wait_seconds
        while peer.is_open and peer.waiting and time.monotonic() < deadline:
            select.select([link for link in peer.links if not link.is_closed], [], [], 0.05)
            self.settle()
        if peer.is_open and peer.waiting:
            raise compare.Failure("wait", generator.name_of(peer.waiting[0][0]),
                                  "no reply to %s" % shown(peer.waiting[0][0]))

    def _close(self, connection):
        peer = self.peers[int(connection)]
        if peer.is_open:
            ids = peer.ids
            peer.close()
            self.until_gone(ids)

    def until_gone(self, ids):
        """The servers have noticed that the connections with these ids are closed."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            asked = [[[b"CLIENT", b"LIST", b"ID", b"%d" % each]] for each in ids]
            found = self.pair.call(self.pair.control, asked)
            if all(not replies.parse(raw[0])[1].strip(b"txt:") for raw in found):
                return
        raise compare.Failure("close", "", "a closed connection is still listed")

    def _open(self, connection):
        number = int(connection)
        if not self.peers[number].is_open:
            self.peers[number] = Peer(self.pair)

    # -- settling --

    def settle(self):
        """Both servers have seen what was sent; what they answered is compared."""
        deadline = time.monotonic() + self.settle_seconds
        self.pair.call_both([[b"PING"]])
        while True:
            behind = []
            for peer in self.peers:
                if peer.is_open:
                    peer.read()
                    self.compare(peer)
                    if not peer.is_agreed():
                        behind.append(peer)
            if not behind:
                break
            if time.monotonic() > deadline:
                self.fail_behind(behind)
            select.select([link for peer in behind for link in peer.links if not link.is_closed],
                          [], [], POLL_MS / 1000)
        for peer in self.peers:
            if peer.is_open and peer.links[1].is_closed:
                peer.close()

    def fail_behind(self, behind):
        texts = []
        for peer in behind:
            texts.append("connection %d: kv %s, redis %s, waiting for %s" % (
                self.peers.index(peer), *(
                    peer.shown_received(side) for side in (0, 1)),
                shown(peer.waiting[0][0]) if peer.waiting else "nothing"))
        name = next((generator.name_of(peer.waiting[0][0]) for peer in behind if peer.waiting), "")
        raise compare.Failure("settle", name, "\n  ".join(texts))

    def compare(self, peer):
        for ours, theirs in peer.take():
            if not peer.waiting:
                raise compare.Failure("count", "", "replies to nothing: kv %s, redis %s" % (
                    compare.shown_reply(ours), compare.shown_reply(theirs)))
            arguments, sent, form = peer.waiting.pop(0)
            arguments = [b"%d" % word.peer.ids[1] if isinstance(word, Bound) else word
                         for word in arguments]
            if ours != theirs:
                compare.compare_reply(self.context, arguments, peer.queued, ours, theirs)
            self.check_time(arguments, ours, time.monotonic() - sent)
            name = arguments[0].upper()
            if theirs == b"+QUEUED\r\n":
                peer.queued.append(arguments)
            elif name in (b"MULTI", b"EXEC", b"DISCARD"):
                peer.queued = []
            if theirs[:2] != b"+Q":
                form = form or generator.name_of(arguments)
                self.coverage.setdefault(form, [0, 0])[theirs[:1] == b"-"] += 1

    def check_time(self, arguments, reply, spent):
        """A wait that came to its end with nothing was as long as it was asked to be."""
        name = generator.name_of(arguments)
        if name not in ("blpop", "brpop", "blmove", "brpoplpush", "blmpop") or reply not in (
                b"*-1\r\n", b"$-1\r\n", b"_\r\n"):
            return
        try:
            asked = float(arguments[1] if name == "blmpop" else arguments[-1])
        except ValueError:
            return
        # A longer wait was ended by CLIENT UNBLOCK; or it stood in a transaction, and did not wait.
        if 0 < asked < 1 and spent < asked - EARLY_SECONDS:
            raise compare.Failure("early", name, "%s ended after %.4f s" % (
                shown(arguments), spent))

    def end(self):
        for peer in self.peers:
            if peer.is_open:
                peer.close()

    def check_end(self, options):
        """Ends all waiting, then compares what the servers hold."""
        for peer in self.peers:
            ids = peer.ids
            if peer.is_open:
                peer.close()
                self.until_gone(ids)
        compare.compare_keyspaces(self.context)
        compare.compare_scans(self.context, 0, options)


def shown(arguments):
    return compare.shown([b"@id" if isinstance(word, Bound) else word for word in arguments])


def run_script(pair, made, coverage, patience=1.0):
    """Replays a script of several connections. Raises compare.Failure."""
    steps = Steps(pair, coverage, made.connections, made.protocol, patience)
    try:
        steps.context.deadlines = made.commands()
        for step in made.steps:
            if step.connection < made.connections and not steps.is_over:
                steps.do(step)
        steps.check_end(made.options)
    finally:
        steps.end()
