"""Where kv differs from redis-server 7.0.15 by intention. Each entry is as narrow as it can be: the
commands, what the two answer, and why. run.py says which entries nothing needed.

    Difference(reason, commands, ours=REGEX, theirs=REGEX)    both raw replies match as a whole
    Difference(reason, commands, erase=REGEX)                 equal once the matches are taken out
                                                              (and the lengths of what held them)
    Difference(reason, commands, accept=FUNCTION)             FUNCTION(ours, theirs), raw replies

With ends=True the two hold different data afterwards: the stream ends there, unless it goes on from
an empty keyspace. What would differ for long is not sent at all; LEFT_OUT says what that is.
"""

import re

import replies
import rules


class Difference:
    def __init__(self, reason, commands, ours=None, theirs=None, erase=None, accept=None,
                 ends=False):
        self.reason = reason
        self.commands = commands.split()
        self.ours = re.compile(ours, re.S) if ours else None
        self.theirs = re.compile(theirs, re.S) if theirs else None
        self.erase = re.compile(erase, re.S) if erase else None
        self.accept = accept
        self.ends = ends
        self.used = 0

    def covers(self, ours, theirs, same):
        """Whether it explains the two replies. `same` compares what is left after an erasure."""
        if self.ours:
            return bool(self.ours.fullmatch(ours) and self.theirs.fullmatch(theirs))
        if self.erase:
            return same(self.erase.sub(b"", ours), self.erase.sub(b"", theirs))
        return self.accept(ours, theirs)


def is_part(ours, theirs):
    """kv has some of what Redis has, and may have what came after 7.0."""
    a, b = replies.elements(ours), replies.elements(theirs)
    return a is not None and b is not None and set(a) - set(b) <= LATER


def is_same_without_notes(ours, theirs):
    """The same but for the remarks that Redis makes on keys."""
    def erase(data):
        data = re.sub(rb"%4\r\n" + NOTES, rb"%3\r\n", data)
        return re.sub(rb"\*8\r\n" + NOTES, rb"*6\r\n", data)
    return rules.command_information(None, None, erase(ours), erase(theirs))


def is_idle_longer(ours, theirs):
    both = rules.both_integers(ours, theirs)
    return both is not None and 0 <= both[0] < both[1]


NOTES = rb"\$5\r\nnotes\r\n\$\d+\r\n[^\r]*\r\n"
LATER = {b"$14\r\nclient|setinfo\r\n", b"$15\r\nclient|no-touch\r\n"}
HELP = rb"\*\d+\r\n(?:[+$].*\r\n)+"

DIFFERENCES = [
    Difference("HELLO says which version of the commands kv has.", "hello",
               erase=rb"\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n"),
    Difference("kv's help is in its own words.",
               "client|help command|help config|help debug|help latency|help memory|help "
               "object|help slowlog|help", ours=HELP, theirs=HELP),
    Difference("kv has fewer commands.", "command|count", ours=rb":\d+\r\n", theirs=rb":\d+\r\n"),
    Difference("kv has fewer commands.", "command|list", accept=is_part),
    Difference("Remarks on keys are prose of Redis's own.", "command|info",
               accept=is_same_without_notes),
    Difference("Errors quote 128 bytes of an option, not all of it.", "hello",
               ours=rb"-ERR Syntax error in HELLO option '[^\r]{128}'\r\n",
               theirs=rb"-ERR Syntax error in HELLO option '[^\r]{129,}'\r\n"),
    Difference("kv's ranges are its own.", "config|set",
               erase=rb"argument must be between \d+ and \d+ inclusive"),
    Difference("A transaction whose replies might not fit is refused before it begins.", "exec",
               ours=rb"-EXECABORT Transaction discarded because of: its replies may exceed "
                    rb"reply-size-max \(\d+\)\r\n", theirs=rb"\*.*", ends=True),
    Difference("In Redis the queue of a transaction refers to the value that it has just set.",
               "object|refcount", ours=rb":1\r\n", theirs=rb":2\r\n"),
    Difference("Redis keeps small numbers once for all keys, and with them when they were used.",
               "object|idletime", accept=is_idle_longer),
    Difference("kv describes commands in its own words.", "command|docs", ours=rb"[*%]\d+\r\n.*",
               theirs=rb"[*%]\d+\r\n.*"),
    Difference("Bytes in kv's pages are not bytes of malloc.", "memory|usage", ours=rb":\d+\r\n",
               theirs=rb":\d+\r\n"),
    Difference("kv has the fields of Redis 7.2 for the client's library.",
               "client|info client|list", erase=rb" lib-name=\S* lib-ver=\S*"),
]

LEFT_OUT = [
    "HELLO with SETNAME and then a mistake: Redis has set the name, kv changes nothing.",
    "Values between kv's val-size-max and Redis's proto-max-bulk-len: SETRANGE, SETBIT and "
    "BITFIELD at offsets from some hundred KB to 512 MB.",
    "Keys longer than kv's key-size-max.",
    "RESTORE of ten zero bytes: Redis finds the value within the checksum, kv finds none.",
    "SWAPDB while keys are watched: kv counts a watched key that neither database has as changed "
    "unless the other database is empty; EXEC then fails without need.",
    "Numbers out of a double's range, cursors out of a u64's and counts of keys out of a long's, "
    "where SORT may follow in the same pipeline: redis-server 7.0 takes the errno that they leave "
    "for SORT's own.",
    "SORT STORE to a key of another type that a client waits for: Redis 7.0 does not wake it when "
    "a key is overwritten, kv does.",
    "SWAPDB that brings several keys at once that clients wait for: Redis serves them in the order "
    "of its table, which is random.",
    "CLIENT UNBLOCK of a client that CLIENT PAUSE holds back: redis-server 7.0.15 panics.",
    "CLIENT PAUSE of all commands, for longer than moments: nobody could end it.",
    "CLIENT REPLY inside MULTI: of EXEC's replies kv sends all or none, as the last word on it "
    "says; Redis sends an array that lacks some of its elements.",
]
