"""Where kv differs from redis-server 7.0.15 by intention. Each entry is as narrow as it can be: the
commands, what the two answer, and why. run.py says which entries nothing needed.

    Difference(reason, commands, ours=REGEX, theirs=REGEX)    both raw replies match as a whole
    Difference(reason, commands, erase=REGEX)                 equal once the matches are taken out
                                                              (and the lengths of what held them)
    Difference(reason, commands, accept=FUNCTION)             FUNCTION(ours, theirs), raw replies
"""

import re

import replies


class Difference:
    def __init__(self, reason, commands, ours=None, theirs=None, erase=None, accept=None):
        self.reason = reason
        self.commands = commands.split()
        self.ours = re.compile(ours, re.S) if ours else None
        self.theirs = re.compile(theirs, re.S) if theirs else None
        self.erase = re.compile(erase, re.S) if erase else None
        self.accept = accept
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


LATER = {b"$14\r\nclient|setinfo\r\n", b"$15\r\nclient|no-touch\r\n"}
HELP = rb"\*\d+\r\n(?:[+$].*\r\n)+"

DIFFERENCES = [
    Difference("HELLO says which version of the commands kv has.", "hello",
               erase=rb"\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n"),
    Difference("kv's help is in its own words.",
               "client|help command|help config|help debug|help latency|help memory|help object|help "
               "slowlog|help", ours=HELP, theirs=HELP),
    Difference("kv has fewer commands.", "command|count", ours=rb":\d+\r\n", theirs=rb":\d+\r\n"),
    Difference("kv has fewer commands.", "command|list", accept=is_part),
    Difference("kv describes commands in its own words.", "command|docs", ours=rb"[*%]\d+\r\n.*",
               theirs=rb"[*%]\d+\r\n.*"),
    Difference("Bytes in kv's pages are not bytes of malloc.", "memory|usage", ours=rb":\d+\r\n",
               theirs=rb":\d+\r\n"),
    Difference("kv has the fields of Redis 7.2 for the client's library.", "client|info client|list",
               erase=rb" lib-name=\S* lib-ver=\S*"),
]
