"""A stream of several connections: who waits, who is woken, what a transaction sees of others.

What comes next depends on who waits at the moment, which is the same at both servers; what was
chosen is kept as a script.
"""

import grammar
import script
import steps

CONNECTIONS = 5  # the last one never waits
KEYS = (b"l1", b"l2", b"l3", b"a", b"n1")


# The same few keys for all, so that they meet.
FLAVOUR = {
    "groups": grammar.CONNECTIONS_GROUPS,
    "kinds": {"listname": [(1, "words", b"l1", b"l2")], "anyname": [(1, "words", b"a")],
              "stringname": [(1, "words", b"s1")], "numbersname": [(1, "words", b"n1")],
              "longname": [(1, "words", b"l3")], "weightname": [(1, "words", b"w_1")]},
}


class Scenario:
    def __init__(self, seed, number, forms, generators, has):
        self.source = generators.get("connections", FLAVOUR, seed, number)
        self.rng = self.source.rng
        self.waits = [f for f in forms if f.group == "blocking"]
        self.brief = [f for f in forms if f.group == "briefly"]
        self.protocol = self.rng.choice((2, 3))
        self.open_transactions = set()
        self.watching = set()
        self.is_paused = False
        self.steps = None
        actions = [
            (30, self.wait, self.waits), (2, self.shared_wait, self.waits),
            (6, self.wait_briefly, self.brief), (40, self.act, True), (5, self.push_several, True),
            (9, self.transaction_step, has("multi") and has("watch")),
            (0.3, self.watch_deadline, has("watch")), (4, self.unblock, has("client|unblock")),
            (1, self.swap, has("swapdb")), (1, self.pause, has("client|unpause")),
            (1.5, self.kill, True), (2, self.close, True), (1.5, self.behind, True),
            (1, self.quit, True)]
        self.actions = [(weight, action) for weight, action, is_there in actions if is_there]

    def run(self, pair, coverage, count):
        self.steps = steps.Steps(pair, coverage, CONNECTIONS, self.protocol)
        weights = [weight for weight, _ in self.actions]
        while self.steps.commands < count and not self.steps.is_over:
            if self.is_paused and self.rng.random() < 0.4:
                self.unpause()
                continue
            self.reopen()
            self.rng.choices(self.actions, weights)[0][1]()
        if self.is_paused:
            self.unpause()
        if not self.steps.is_over:
            self.steps.check_end([])

    # -- who --

    def idle(self):
        """Connections that wait for nothing, without the last one."""
        busy = set(self.steps.blocked()) | set(self.steps.closed())
        return [i for i in range(CONNECTIONS - 1) if i not in busy]

    def someone(self):
        """One that can send what may wait for the end of a pause; the last one never waits."""
        idle = self.idle()
        if idle and (self.is_paused or self.rng.random() < 0.9):
            return self.rng.choice(idle)
        if self.is_paused:
            self.unpause()
        return CONNECTIONS - 1

    def send(self, connection, *arguments, form=None):
        self.steps.do(script.Step(list(arguments), connection), form)

    def send_form(self, connection, form):
        self.send(connection, *self.source.make(form).arguments(), form=form)

    def reopen(self):
        for connection in self.steps.closed():
            self.open_transactions.discard(connection)
            self.watching.discard(connection)
            self.steps.do(script.directive("open", b"%d" % connection))

    # -- what --

    def wait(self):
        idle = self.idle()
        if idle:
            self.send_form(self.rng.choice(idle),
                           self.rng.choices(self.waits, [f.weight for f in self.waits])[0])

    def shared_wait(self):
        """All that are idle wait for the same keys, so that their order counts."""
        keys = self.rng.sample(KEYS, 2)
        for connection in self.idle():
            self.send(connection, b"BLPOP", *self.rng.sample(keys, 2), b"0")

    def wait_briefly(self):
        idle = self.idle()
        if idle and not self.is_paused:
            connection = self.rng.choice(idle)
            self.send_form(connection,
                           self.rng.choices(self.brief, [f.weight for f in self.brief])[0])
            self.steps.do(script.directive("wait", b"%d" % connection))

    def act(self):
        self.send_command(self.someone())

    def send_command(self, connection):
        command = self.source.take(1)[0]
        if connection in self.open_transactions and "wide" in command.form.marks:
            return
        self.clear_target(connection, command)
        self.send(connection, *command.arguments(), form=command.form)

    def clear_target(self, connection, command):
        """Nothing is at the key that SORT stores to, if somebody waits: see differences.py."""
        words = command.arguments()
        uppers = [word.upper() for word in words]
        if self.steps.blocked() and uppers[0] == b"SORT" and b"STORE" in uppers[2:-1]:
            for i in range(2, len(words) - 1):
                if uppers[i] == b"STORE":
                    self.send(connection, b"DEL", words[i + 1])

    def push_several(self):
        elements = [self.source.one("common") for _ in range(self.rng.randint(1, 4))]
        self.send(self.someone(), b"RPUSH", self.rng.choice(KEYS), *elements)

    def transaction_step(self):
        idle = self.idle()
        if not idle:
            return
        connection = self.rng.choice(idle)
        if connection in self.open_transactions:
            word = self.rng.choice((b"EXEC", b"EXEC", b"EXEC", b"DISCARD"))
            self.send(connection, word)
            self.open_transactions.discard(connection)
            self.watching.discard(connection)
        elif self.rng.random() < 0.5:
            self.send(connection, b"WATCH", *self.rng.sample(KEYS, 2))
            self.watching.add(connection)
        else:
            self.send(connection, b"MULTI")
            self.open_transactions.add(connection)
            for _ in range(self.rng.randint(0, 4)):
                self.send_command(connection)

    def swap(self):
        """A list comes from another database to those who wait in this one, as the only key of it:
        see differences.py."""
        if self.watching or self.is_paused:
            return
        for words in ((b"SELECT", b"1"), (b"FLUSHDB",), (b"SELECT", b"0"),
                      (b"MOVE", self.rng.choice(KEYS), b"1"), (b"SWAPDB", b"0", b"1")):
            self.send(self.helper(), *words)

    def other(self):
        return script.Id(self.rng.randrange(CONNECTIONS))

    def blocked_or_other(self):
        blocked = self.steps.blocked()
        return script.Id(self.rng.choice(blocked)) if blocked else self.other()

    def unblock(self):
        if self.is_paused:
            return  # Redis 7.0 ends when it is to unblock a client that a pause holds back
        how = self.rng.choice(((), (), (b"TIMEOUT",), (b"ERROR",), (b"x",)))
        self.send(self.helper(), b"CLIENT", b"UNBLOCK", self.blocked_or_other(), *how)

    def helper(self):
        return CONNECTIONS - 1

    def kill(self):
        skip = self.rng.choice(((), (b"SKIPME", b"no")))
        self.send(self.helper(), b"CLIENT", b"KILL", b"ID",
                  script.Id(self.rng.randrange(CONNECTIONS - 1)), *skip)

    def close(self):
        connection = self.rng.randrange(CONNECTIONS - 1)
        self.steps.do(script.directive("close", b"%d" % connection))

    def quit(self):
        idle = self.idle()
        if idle:
            self.send(self.rng.choice(idle), b"QUIT")

    def behind(self):
        """A command that a waiting client sends: it is looked at when the wait is over."""
        blocked = self.steps.blocked()
        if blocked:
            self.send_command(self.rng.choice(blocked))

    def pause(self):
        if not self.is_paused and self.rng.random() < 0.7:
            self.send(self.helper(), b"CLIENT", b"PAUSE", b"30000", b"WRITE")
            self.is_paused = True
        elif not self.is_paused:
            self.send(self.helper(), b"CLIENT", b"PAUSE", b"5")

    def unpause(self):
        self.send(self.helper(), b"CLIENT", b"UNPAUSE")
        self.is_paused = False

    def watch_deadline(self):
        """A watched key whose deadline passes makes EXEC give up."""
        idle = [i for i in self.idle() if i not in self.open_transactions]
        if not idle or self.is_paused:
            return
        one = self.rng.choice(idle)
        key = self.rng.choice(KEYS)
        self.send(self.helper(), b"PEXPIRE", key, b"80")
        self.send(one, b"WATCH", key)
        self.steps.do(script.directive("within", b"40"))
        if self.steps.is_over:
            return
        self.steps.do(script.directive("sleep", b"90"))
        self.send(one, b"MULTI")
        self.send(one, b"PING")
        self.send(one, b"EXEC")
