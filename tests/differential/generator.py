"""Makes commands from the grammar, quickly.

An argument is drawn already encoded as the protocol has it, from pools that are filled once for
each seed, and a line of the grammar is compiled to functions that append arguments to a list. So a
command costs a few microseconds, and its words are decoded only when something differs.
"""

import itertools
import random
import re

import grammar
import payloads
import syntax

POOL = 512
ERA_SEEDS = 50  # so many seeds in a row share their pools
KEY_LENGTH_MAX = 3000
LOTS = 400  # the most repetitions of (..)**
KEYWORD_FORMS = 12  # one of so many is in small letters, one mixed
ALPHABET = b"abcd"


def encode(argument):
    return b"$%d\r\n%b\r\n" % (len(argument), argument)


def decode(encoded):
    """The argument that `encode` was given."""
    return encoded[encoded.index(b"\n") + 1 : -2]


class Command:
    """One command to send: encoded arguments, and the line of the grammar that it comes from."""

    __slots__ = ("words", "form")

    def __init__(self, words, form=None):
        self.words = words
        self.form = form

    def arguments(self):
        return [decode(word) for word in self.words]

    def name(self):
        return name_of([decode(word) for word in self.words[:2]])

    def data(self):
        return b"*%d\r\n%b" % (len(self.words), b"".join(self.words))


def name_of(arguments):
    """ "get", or "object|encoding" for a container's subcommand."""
    first = arguments[0].decode("latin-1").lower()
    if first.upper() in syntax.CONTAINERS and len(arguments) > 1:
        return "%s|%s" % (first, arguments[1].decode("latin-1").lower())
    return first


def command_of(*arguments):
    return Command([encode(a if isinstance(a, bytes) else str(a).encode()) for a in arguments])


class Values:
    """Draws the values of the kinds."""

    def __init__(self, rng, kinds, payload_pool):
        self.rng = rng
        self.kinds = kinds
        self.payloads = payload_pool
        self.choices = {}

    def draw(self, name):
        if name not in self.choices:
            rows = self.kinds[name]
            self.choices[name] = (rows, [row[0] for row in rows])
        rows, weights = self.choices[name]
        row = self.rng.choices(rows, weights)[0] if len(rows) > 1 else rows[0]
        return getattr(self, "_" + row[1].replace("-", "_"))(*row[2:])

    def _words(self, *words):
        return self.rng.choice(words)

    def _int(self, low, high):
        return b"%d" % self.rng.randint(low, high)

    def _bytes(self, low, high):
        return self.rng.randbytes(self.rng.randint(low, high))

    def _text(self, low, high):
        length = self.rng.randint(low, high)
        words = self.rng.choices((b"alpha ", b"beta ", b"gamma ", b"delta "), k=length // 5 + 1)
        return b"".join(words)[:length]

    def _letters(self, low, high):
        return bytes(self.rng.choices(ALPHABET, k=self.rng.randint(low, high)))

    def _near(self, sizes, spread):
        return self.rng.randbytes(self._near_number(sizes, spread))

    def _near_int(self, numbers, spread):
        return b"%d" % self._near_number(numbers, spread)

    def _near_number(self, numbers, spread):
        return max(0, self.rng.choice(numbers) + self.rng.randint(-spread, spread))

    def _real(self, digits):
        places = self.rng.randint(1, digits)
        sign = self.rng.choice(("", "", "-"))
        whole = self.rng.randint(0, 10 ** self.rng.randint(0, 4))
        return ("%s%d.%0*d" % (sign, whole, places, self.rng.randrange(10**places))).encode()

    def _kind(self, name):
        return self.draw(name)

    def _template(self, text):
        parts = re.split(r"\{(\w+)\}", text)
        return b"".join(self.draw(part) if i % 2 else part.encode()
                        for i, part in enumerate(parts))

    def _payload(self):
        return self.rng.choice(self.payloads)

    def _wrong_payload(self):
        return payloads.damage(self.rng.choice(self.payloads), self.rng)


class Generator:
    """Commands for streams of one flavour. It is made once for several seeds, because filling the
    pools and compiling the grammar cost more than choosing; what a seed gets depends on its number
    alone: begin() starts a stream."""

    def __init__(self, name, era, flavour, forms, payload_pool):
        self.era = era
        self.rng = random.Random("%s/%d" % (name, era))
        self.random = self.rng.random
        self.values = Values(self.rng, dict(grammar.KINDS, **flavour["kinds"]), payload_pool)
        self.pools = {name: [encode(self.values.draw(name)) for _ in range(POOL)]
                      for name in sorted(self.values.kinds) if name not in grammar.FRESH}
        self.junk = self.pools["junk"]
        self.compiled = {}
        groups = flavour["groups"]
        self.forms = [form for form in forms if groups.get(form.group)]
        totals = {}
        for form in self.forms:
            totals[form.group] = totals.get(form.group, 0) + form.weight
        self.weights = list(itertools.accumulate(
            form.weight * groups[form.group] / totals[form.group] for form in self.forms))

    def begin(self, seed, number):
        self.rng.seed("%d/%d" % (seed, number))

    # -- arguments --

    def one(self, name):
        return decode(self.rng.choice(self.pools[name]))

    # -- syntax trees to functions that append to a list --

    def compile(self, tree):
        return getattr(self, "_" + tree[0])(tree[1])

    def _word(self, word):
        encoded = encode(word)
        return lambda out: out.append(encoded)

    def _keyword(self, word):
        mixed = bytes(c | 32 if i % 2 else c for i, c in enumerate(word))
        forms = [encode(word)] * (KEYWORD_FORMS - 2) + [encode(word.lower()), encode(mixed)]
        rand = self.random

        def emit(out):
            out.append(forms[int(rand() * KEYWORD_FORMS)])
        return emit

    def _kind(self, name):
        rand = self.random
        if name in grammar.FRESH:
            draw = self.values.draw
            return lambda out: out.append(encode(draw(name)))
        pool = self.pools[name]

        def emit(out):
            out.append(pool[int(rand() * POOL)])
        return emit

    def _all(self, trees):
        parts = [self.compile(tree) for tree in trees]

        def emit(out):
            for part in parts:
                part(out)
        return emit

    def _one(self, trees):
        parts = [self.compile(tree) for tree in trees]
        count = len(parts)
        rand = self.random

        def emit(out):
            parts[int(rand() * count)](out)
        return emit

    def _maybe(self, tree):
        part = self.compile(tree)
        rand = self.random

        def emit(out):
            if rand() < 0.5:
                part(out)
        return emit

    def _repeated(self, tree, least, again, most):
        part = self.compile(tree)
        rand = self.random

        def emit(out):
            count = least
            while rand() < again and count < most:
                count += 1
            for _ in range(count):
                part(out)
        return emit

    def _any(self, tree):
        return self._repeated(tree, 0, 0.52, 5)

    def _some(self, tree):
        return self._repeated(tree, 1, 0.5, 8)

    def _lots(self, tree):
        part = self.compile(tree)
        rand = self.random

        def emit(out):
            # Mostly dozens, now and then hundreds.
            for _ in range(1 + int(LOTS * rand() ** 3)):
                part(out)
        return emit

    # -- commands --

    def words(self, form):
        emit = self.compiled.get(form)
        if emit is None:
            emit = self.compiled[form] = self.compile(form.tree)
        words = []
        emit(words)
        return words

    def make(self, form):
        words = self.words(form)
        if self.random() < grammar.MUTATION_SHARE and "exact" not in form.marks:
            self.mutate(words, form)
        return Command(words, form)

    def mutate(self, words, form):
        """Makes the command wrong in one place. The name stays: it says what is compared how."""
        how = self.rng.choice(grammar.MUTATIONS)
        keep = 2 if len(form.names[0].split("|")) > 1 else 1
        # A long value must not get to where a key is: kv's keys have a limit, Redis's do not.
        if how == "add" or len(words) <= keep or max(map(len, words)) > KEY_LENGTH_MAX:
            words.append(self.rng.choice(self.junk))
            return
        at = self.rng.randrange(keep, len(words))
        if how == "drop":
            del words[at]
        elif how == "double":
            words.insert(at, words[at])
        elif how == "swap" and "deadline" not in form.marks:
            other = self.rng.randrange(keep, len(words))
            words[at], words[other] = words[other], words[at]
        else:
            words[at] = self.rng.choice(self.junk)

    def take(self, count):
        """`count` commands, independent of each other."""
        chosen = self.rng.choices(self.forms, cum_weights=self.weights, k=count)
        return [self.make(form) for form in chosen]


class Generators:
    """The generators of all flavours, for some seeds in a row."""

    def __init__(self, forms, payload_pool):
        self.forms = forms
        self.payloads = payload_pool
        self.kept = {}

    def get(self, name, flavour, seed, number):
        era = seed // ERA_SEEDS
        made = self.kept.get(name)
        if made is None or made.era != era:
            made = self.kept[name] = Generator(name, era, flavour, self.forms, self.payloads)
        made.begin(seed, number)
        return made
