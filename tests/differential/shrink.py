"""Delta debugging: the shortest script that still fails in the same way.

First whole parts of the script go, halves, quarters, down to single steps (Zeller's ddmin); then
arguments, and their length; then again, as long as something was gained and time is left.
"""

import time

import script

SECONDS_MAX = 40
PARTS_AT_FIRST = 2
SIMPLE = (b"a", b"0", b"1")


def can_change(step):
    """A pause of other commands than writes would hold up the test itself."""
    return step.is_command() and step.arguments[:2] != [b"CLIENT", b"PAUSE"]


class Shrinker:
    """`fails(made)` runs a script and says whether it still fails in the same way."""

    def __init__(self, fails, seconds):
        self.fails = fails
        self.deadline = time.monotonic() + seconds

    def shorten(self, made):
        for _ in range(5):
            before = script.write(made)
            made = self.without_parts(made)
            made = self.without_arguments(made)
            made = self.with_simple_arguments(made)
            if script.write(made) == before or self.is_late():
                break
        return made

    def still_fails(self, made):
        return not self.is_late() and self.fails(made)

    def is_late(self):
        return time.monotonic() > self.deadline

    def without_parts(self, made):
        parts = PARTS_AT_FIRST
        while made.steps and not self.is_late():
            size = max(1, len(made.steps) // parts)
            at, gained = 0, False
            while at < len(made.steps):
                less = made.with_steps(made.steps[:at] + made.steps[at + size :])
                if self.still_fails(less):
                    made, gained = less, True
                else:
                    at += size
            if size == 1 and not gained:
                break
            parts = parts if gained and size > 1 else min(parts * 2, max(1, len(made.steps)))
        return made

    def changed(self, made, index, arguments):
        old = made.steps[index]
        steps = list(made.steps)
        steps[index] = script.Step(arguments, old.connection, old.directive)
        return made.with_steps(steps)

    def without_arguments(self, made):
        for index in range(len(made.steps)):
            if not can_change(made.steps[index]):
                continue
            size = max(1, len(made.steps[index].arguments) // 2)
            while size >= 1:
                at = 1
                while at < len(made.steps[index].arguments):
                    arguments = made.steps[index].arguments
                    less = self.changed(made, index, arguments[:at] + arguments[at + size :])
                    if self.still_fails(less):
                        made = less
                    else:
                        at += size
                size //= 2
        return made

    def with_simple_arguments(self, made):
        for index in range(len(made.steps)):
            if not can_change(made.steps[index]):
                continue
            for at in range(1, len(made.steps[index].arguments)):
                made = self.simplified(made, index, at)
        return made

    def simplified(self, made, index, at):
        """Tries a short word, then the same length of one letter, then half of the length."""
        word = made.steps[index].arguments[at]
        if isinstance(word, script.Id) or len(word) <= 1:
            return made
        candidates = list(SIMPLE) + [b"x" * len(word)]
        for candidate in candidates:
            if candidate == word:
                continue
            found = self.replaced(made, index, at, candidate)
            if found:
                made = found
                break
        for _ in range(30):
            word = made.steps[index].arguments[at]
            found = len(word) > 1 and self.replaced(made, index, at, word[: len(word) // 2])
            if not found:
                break
            made = found
        return made

    def replaced(self, made, index, at, word):
        arguments = list(made.steps[index].arguments)
        arguments[at] = word
        other = self.changed(made, index, arguments)
        return other if self.still_fails(other) else None
