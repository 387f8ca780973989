"""Whether what two servers answered is the same, and whether they hold the same."""

import time

import generator
import notation
import replies
import rules

SHOWN = 300
SCRATCH_DATABASE = 15  # no stream selects it
DATABASES = 16
RECLAIM_SECONDS = 20  # a bound, not an expectation


class Failure(Exception):
    """The servers differ. `kind` and `name` say how, for the search for a shorter script."""

    def __init__(self, kind, name, text):
        super().__init__(text)
        self.kind = kind
        self.name = name
        self.text = text

    def is_like(self, other):
        return other is not None and (self.kind, self.name) == (other.kind, other.name)


class Ended(Exception):
    """An intended difference after which the two hold different data."""


def shown(arguments):
    words = ['"%s"' % notation.escape(word[:SHOWN]) + ("~%d bytes" % len(word)
                                                      if len(word) > SHOWN else "")
             for word in arguments]
    return " ".join(words)


def shown_reply(data):
    try:
        return notation.show(replies.parse(data), SHOWN)[:2000]
    except (replies.Malformed, ValueError):
        return repr(data[:2000])


class Flow:
    """Which commands of a sequence are answered, seen from their text alone."""

    def __init__(self):
        self.in_transaction = False
        self.is_silent = False  # after CLIENT REPLY OFF
        self.skips = 0          # after CLIENT REPLY SKIP

    def step(self, arguments):
        """Whether this command is answered."""
        name = arguments[0].upper()
        alone = len(arguments) == 1
        if self.in_transaction:
            if alone and name in (b"EXEC", b"DISCARD", b"RESET"):
                self.in_transaction = False
            return not self.is_silent
        if name == b"CLIENT" and len(arguments) == 3 and arguments[1].upper() == b"REPLY":
            how = arguments[2].upper()
            if how in (b"ON", b"OFF", b"SKIP"):
                if how == b"SKIP":
                    self.skips = 0 if self.is_silent else 1
                    return False
                self.is_silent, self.skips = how == b"OFF", 0
                return how == b"ON"
        if name == b"MULTI" and alone:
            self.in_transaction = True
        if name == b"RESET" and alone:
            self.is_silent, self.skips = False, 0
            return True
        if self.skips:
            self.skips = 0
            return False
        return not self.is_silent

    def closers(self):
        """Commands that bring the connection back to where each command is answered."""
        found = []
        if self.in_transaction:
            found.append(generator.command_of("DISCARD"))
        if self.is_silent or self.skips:
            found.append(generator.command_of("CLIENT", "REPLY", "ON"))
        return found


class Context:
    """What the rules need to know beyond two replies."""

    def __init__(self, pair):
        self.pair = pair
        self.worst_ms = 0.0
        self.deadlines = 0  # commands so far that may have left a key whose deadline has passed

    def slack_ms(self):
        """A lifetime began in one exchange and was asked for in another, which may have been one of
        the test's own questions: each server can be late by all that an exchange took."""
        return int(2 * max(self.worst_ms, self.pair.worst_ms)) + 10

    def is_same_payload(self, ours, theirs):
        return self.pair.is_same_payload(ours, theirs)

    def agree(self, name, arguments, ours, theirs):
        """Whether a rule or an intended difference explains two replies that differ."""
        rule = rules.RULES.get(name)

        def same(a, b):
            return a == b or (rule is not None and rule(self, arguments, a, b))

        if ours[:1] == b"-" and theirs[:1] == b"-":
            rule = None  # error texts are always compared
        if same(ours, theirs):
            return True
        for difference in self.pair.differences:
            if name in difference.commands and difference.covers(ours, theirs, same):
                difference.used += 1
                if difference.ends:
                    raise Ended
                return True
        return False

    def agree_nested(self, queued, ours, theirs):
        """The replies of EXEC, each by the rules of the command that was queued."""
        a, b = replies.elements(ours), replies.elements(theirs)
        if a is None or b is None or len(a) != len(b) or len(a) != len(queued):
            return False
        return all(x == y or self.agree(generator.name_of(arguments), arguments, x, y)
                   for arguments, x, y in zip(queued, a, b))


def compare_replies(context, commands, ours, theirs):
    """Compares the replies to `commands`, given as lists of raw replies that differ somewhere."""
    queued = []
    for command, our_reply, their_reply in zip(commands, ours, theirs):
        if our_reply != their_reply:
            compare_reply(context, command.arguments(), queued, our_reply, their_reply)
        if their_reply == b"+QUEUED\r\n":
            queued.append(command.arguments())
        elif command.words[0].upper() in (b"$5\r\nMULTI\r\n", b"$4\r\nEXEC\r\n"):
            queued = []


def compare_reply(context, arguments, queued, ours, theirs):
    name = generator.name_of(arguments)
    if name == "exec" and context.agree_nested(queued, ours, theirs):
        return
    if context.agree(name, arguments, ours, theirs):
        return
    raise Failure("reply", name, "%s\n  redis %s\n  kv    %s" % (
        shown(arguments), shown_reply(theirs), shown_reply(ours)))


# -- the keyspace --


def compare_keyspaces(context):
    """Everything that the two hold: keys, types, lifetimes, encodings, values."""
    pair = context.pair
    databases = [each for each in range(DATABASES) if each != SCRATCH_DATABASE]
    for database, (ours, theirs) in zip(databases, pair.all_keys(databases)):
        if set(ours) != set(theirs):
            raise Failure("keys", "", "database %d: only kv has %s, only redis has %s" % (
                database, shown(sorted(set(ours) - set(theirs))),
                shown(sorted(set(theirs) - set(ours)))))
        if len(ours) != len(set(ours)):
            raise Failure("keys", "", "database %d: a key came twice" % database)
        if theirs:
            compare_database(context, database, sorted(theirs))


def compare_database(context, database, keys):
    pair = context.pair
    asked = []
    for key in keys:
        asked += [[b"TYPE", key], [b"PTTL", key], [b"OBJECT", b"ENCODING", key], [b"DUMP", key]]
    asked = [arguments for arguments in asked if pair.has(generator.name_of(arguments))]
    for arguments, our_reply, their_reply in zip(asked, *pair.ask(database, asked)):
        name = generator.name_of(arguments)
        if our_reply == their_reply or context.agree(name, arguments, our_reply, their_reply):
            continue
        raise Failure("keyspace", name, "at the end, database %d: %s\n  redis %s\n  kv    %s" % (
            database, shown(arguments), shown_reply(their_reply), shown_reply(our_reply)))
    if not pair.has("dump"):
        compare_values(context, database, keys)
    await_count(context, database, len(keys))


def await_count(context, database, count):
    """What has expired is soon no longer counted by either."""
    deadline = time.monotonic() + RECLAIM_SECONDS
    while True:
        replies_of_both = [found[0] for found in context.pair.ask(database, [[b"DBSIZE"]])]
        if all(reply == b":%d\r\n" % count for reply in replies_of_both):
            return
        if time.monotonic() > deadline:
            raise Failure("keyspace", "dbsize", "at the end, database %d has %d keys, DBSIZE says\n"
                          "  redis %s\n  kv    %s" % (database, count, *map(
                              shown_reply, reversed(replies_of_both))))
        time.sleep(0.005)


def compare_values(context, database, keys):
    """What DUMP would say, for a kv that has it not."""
    asked = [[b"GET", key] for key in keys] + [[b"LRANGE", key, b"0", b"-1"] for key in keys]
    for arguments, our_reply, their_reply in zip(asked, *context.pair.ask(database, asked)):
        if our_reply != their_reply:
            raise Failure("keyspace", "value", "at the end, database %d: %s\n  redis %s\n  kv    %s"
                          % (database, shown(arguments), shown_reply(their_reply),
                             shown_reply(our_reply)))


def compare_scans(context, database, options):
    """A whole SCAN with these options gives the same keys, and RANDOMKEY gives one of them."""
    pair = context.pair
    ours, theirs = (pair.scan(side, database, options) for side in (0, 1))
    if set(ours) != set(theirs):
        raise Failure("scan", "", "SCAN %s of database %d: only kv has %s, only redis has %s" % (
            shown(options), database, shown(sorted(set(ours) - set(theirs))),
            shown(sorted(set(theirs) - set(ours)))))
    if not pair.has("randomkey"):
        return
    everything = set(pair.all_keys([database])[0][0])
    drawn = [replies.bulk(reply) for side in pair.ask(database, [[b"RANDOMKEY"]] * 3)
             for reply in side]
    wrong = [key for key in drawn if (key is None) != (not everything)
             or (key is not None and key not in everything)]
    if wrong:
        raise Failure("scan", "randomkey", "RANDOMKEY of database %d gave %r of %s" % (
            database, wrong[0], shown(sorted(everything))))
