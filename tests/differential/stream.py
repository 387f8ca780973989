"""A stream in one connection: pipelines of random commands, compared as bytes."""

import time

import compare
import generator
import grammar
import links
import replies
import script

BATCHES = (1, 2, 5, 20, 60, 150, 300)  # commands in one pipeline
BATCH_WEIGHTS = (1, 1, 2, 4, 8, 6, 3)
TRANSACTION_SHARE = 0.02  # of the places between commands where one begins
TRANSACTION_MAX = 12
WIDE_SHARE = 0.1  # of the commands marked {wide} that stay in a transaction
SILENT_SHARE = 0.002
SHORT_SHARE = 0.12  # of the pipelines that end with lifetimes of a millisecond or two
EXCHANGE_SHARE = 0.12
SHORT_PAUSE_MS = 4


class Batch:
    """A pipeline and what comes after it."""

    def __init__(self, commands, is_plain):
        self.commands = commands
        self.is_plain = is_plain  # each command is answered
        self.pause_ms = 0
        self.exchanges = []


class Stream:
    """The batches of one stream."""

    def __init__(self, seed, number, flavour, short_forms, generators, has):
        self.source = generators.get(flavour, grammar.FLAVOURS[flavour], seed, number)
        self.short_forms = short_forms
        self.has_transactions = has("multi") and has("watch")
        self.has_silence = has("client|reply")
        self.rng = self.source.rng
        self.short_share = SHORT_SHARE * (4 if flavour == "expiry" else 1)
        self.protocol = self.rng.choice((2, 3))
        self.options = self.scan_options()

    def scan_options(self):
        options = []
        if self.rng.random() < 0.5:
            options += [b"COUNT", self.rng.choice((b"1", b"2", b"7", b"100"))]
        if self.rng.random() < 0.5:
            options += [b"MATCH", self.source.one("pattern")]
        if self.rng.random() < 0.3:
            options += [b"TYPE", self.rng.choice((b"string", b"list"))]
        return options

    def batches(self, count):
        """Batches until `count` commands were made."""
        made = 0
        while made < count:
            size = min(count - made, self.rng.choices(BATCHES, BATCH_WEIGHTS)[0])
            batch = self.batch(size)
            made += len(batch.commands)
            yield batch

    def batch(self, size):
        commands = self.source.take(size)
        is_plain = True
        rand = self.rng.random
        if rand() < size * TRANSACTION_SHARE and self.has_transactions:
            commands = self.with_transactions(commands)
        if rand() < size * SILENT_SHARE and self.has_silence:
            commands += self.silent_part()
            is_plain = False
        batch = Batch(commands, is_plain)
        if rand() < self.short_share:
            commands += self.short_part()
            batch.pause_ms = SHORT_PAUSE_MS
        if rand() < EXCHANGE_SHARE:
            batch.exchanges.append((self.source.one("key"), self.source.one("key")))
        return batch

    def with_transactions(self, commands):
        """Puts MULTI and EXEC around some of the commands."""
        made, at = [], 0
        while at < len(commands):
            gap = int(self.rng.expovariate(TRANSACTION_SHARE))
            made += commands[at : at + gap]
            at += gap
            part = commands[at : at + self.rng.randint(0, TRANSACTION_MAX)]
            at += len(part)
            made += self.transaction([c for c in part if self.fits_transaction(c)])
        return made

    def fits_transaction(self, command):
        marks = command.form.marks
        return "alone" not in marks and ("wide" not in marks or self.rng.random() < WIDE_SHARE)

    def transaction(self, commands):
        rand = self.rng.random
        begin = [generator.command_of("MULTI")]
        if rand() < 0.2:
            begin.insert(0, generator.command_of("WATCH", self.source.one("key")))
        if rand() < 0.05:
            begin.append(generator.command_of("MULTI"))
        if rand() < 0.05:
            begin.append(generator.command_of("WATCH", self.source.one("key")))
        end = generator.command_of("DISCARD" if rand() < 0.1 else "EXEC")
        if rand() < 0.02:
            end = generator.command_of("RESET")
        # One that the grammar makes end a transaction ends this one too.
        return begin + commands + [end]

    def silent_part(self):
        """Commands that CLIENT REPLY keeps from being answered."""
        commands = [c for c in self.source.take(5) if "alone" not in c.form.marks]
        if self.rng.random() < 0.5 and commands:
            return [generator.command_of("CLIENT", "REPLY", "SKIP"), commands[0]]
        return ([generator.command_of("CLIENT", "REPLY", "OFF")] + commands +
                [generator.command_of("CLIENT", "REPLY", "ON")])

    def short_part(self):
        """Lifetimes that end before the next batch, each of another key."""
        made, keys = [], set()
        weights = [form.weight for form in self.short_forms]
        for form in self.rng.choices(self.short_forms, weights, k=self.rng.randint(1, 3)):
            words = self.source.words(form)
            if words[1] not in keys:
                keys.add(words[1])
                made.append(generator.Command(words, form))
        return made


class Runner:
    """Sends batches to both servers and compares."""

    def __init__(self, context, coverage):
        self.context = context
        self.pair = context.pair
        self.coverage = coverage  # form, or the name of one without -> [succeeded, erred]
        self.link_pair = None
        self.commands = 0

    def begin(self, protocol):
        self.pair.flush()
        self.link_pair = self.pair.connect()
        self.run([generator.command_of("HELLO", str(protocol))], True)

    def end(self):
        if self.link_pair:
            for link in self.link_pair:
                link.close()

    def run(self, commands, is_plain):
        """One pipeline. Raises compare.Failure."""
        marker = self.pair.marker()
        answered, closers = commands, []
        if not is_plain:
            flow = compare.Flow()
            answered = [c for c in commands if flow.step(c.arguments())]
            closers = flow.closers()
            answered += [c for c in closers if flow.step(c.arguments())]
        data = b"".join([c.data() for c in commands] + [c.data() for c in closers] +
                        [b"*2\r\n$4\r\nECHO\r\n", marker])
        try:
            (ours, theirs), spent = links.exchange(self.link_pair, [data, data], [marker, marker])
        except (links.Silent, links.Gone) as error:
            raise compare.Failure(type(error).__name__, "", str(error)) from None
        self.context.worst_ms = max(self.context.worst_ms, spent)
        self.commands += len(commands)
        for command in commands:
            if command.form is not None and "deadline" in command.form.marks:
                self.context.deadlines += 1
        self.compare(answered, ours, theirs)

    def compare(self, answered, ours, theirs):
        starts = replies.split(theirs)
        if ours != theirs:
            our_starts = replies.split(ours)
            compare.compare_replies(self.context, answered,
                                    [ours[a:b] for a, b in zip(our_starts, our_starts[1:])],
                                    [theirs[a:b] for a, b in zip(starts, starts[1:])])
            if len(our_starts) != len(starts):
                raise compare.Failure("count", "", "kv gave %d replies, redis %d" % (
                    len(our_starts) - 2, len(starts) - 2))
        if len(starts) - 2 != len(answered):
            raise compare.Failure("count", "", "%d replies to %d commands" % (
                len(starts) - 2, len(answered)))
        coverage = self.coverage
        for command, start in zip(answered, starts):
            if theirs[start : start + 2] == b"+Q":
                continue  # QUEUED
            form = command.form or command.name()
            counts = coverage.get(form)
            if counts is None:
                counts = coverage[form] = [0, 0]
            counts[theirs[start] == 45] += 1

    def exchange(self, source, target):
        """Each server's DUMP of one key is restored in both at others: they read each other's."""
        if not (self.pair.has("dump") and self.pair.has("restore")):
            return
        dump = generator.command_of("DUMP", source).data()
        marker = self.pair.marker()
        data = dump + b"*2\r\n$4\r\nECHO\r\n" + marker
        (ours, theirs), _ = links.exchange(self.link_pair, [data, data], [marker, marker])
        payloads = [replies.bulk(raw[: -len(marker)]) for raw in (ours, theirs)]
        if (payloads[0] is None) != (payloads[1] is None):
            raise compare.Failure("reply", "dump", "DUMP %s: only one has the key" %
                                  compare.shown([source]))
        if payloads[0] is not None:
            self.run([generator.command_of("RESTORE", target, "0", payloads[0], "REPLACE"),
                      generator.command_of("RESTORE", target + b"'", "0", payloads[1], "REPLACE")],
                     True)

    def run_batch(self, batch):
        self.run(batch.commands, batch.is_plain)
        if batch.pause_ms:
            self.context.deadlines += 3
            time.sleep(batch.pause_ms / 1000)
        for source, target in batch.exchanges:
            self.exchange(source, target)

    def check_end(self, options):
        compare.compare_keyspaces(self.context)
        compare.compare_scans(self.context, 0, options)


def steps_of(batch):
    """The batch as steps of a script."""
    steps = [script.Step(command.arguments()) for command in batch.commands]
    steps.append(script.directive("sleep", b"%d" % batch.pause_ms) if batch.pause_ms
                 else script.directive("batch"))
    steps += [script.directive("exchange", *pair) for pair in batch.exchanges]
    return steps


def run_script(pair, made, coverage, _patience=1.0):
    """Replays a script of one connection. Raises compare.Failure."""
    runner = Runner(compare.Context(pair), coverage)
    # Any of the commands may have left a key whose deadline has passed.
    runner.context.deadlines = made.commands()
    try:
        runner.begin(made.protocol)
        commands = []
        for step in made.steps + [script.directive("batch")]:
            if step.is_command():
                commands.append(step.command())
                continue
            if commands:
                runner.run(commands, False)
                commands = []
            if step.directive == "sleep":
                time.sleep(int(step.arguments[0]) / 1000)
            elif step.directive == "exchange":
                runner.exchange(*step.arguments)
        runner.check_end(made.options)
    finally:
        runner.end()
