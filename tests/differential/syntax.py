"""Reads the grammar's lines: text to a tree, and what it says about each command.

A tree is a tuple: ("word", bytes), ("kind", name), ("all", [trees]), ("one", [trees]),
("maybe", tree), ("any", tree), ("some", tree), ("lots", tree).
"""

import re

import grammar

TOKEN = re.compile(r"'([^']*)'|([A-Z][A-Z0-9_-]*)|([a-z][a-z0-9]*)|(\)\*\*|\)\*|\)\+|[()\[\]|])")
LINE = re.compile(r"\s*([\d.]+)\s+(.*?)\s*(?:\{([a-z ]+)\})?\s*\Z")
CLOSERS = {")": None, ")*": "any", ")+": "some", ")**": "lots"}
CONTAINERS = {"CLIENT", "COMMAND", "CONFIG", "LATENCY", "MEMORY", "OBJECT", "SLOWLOG"}


class GrammarError(Exception):
    """A mistake in grammar.py."""


class Form:
    """One line of the grammar."""

    def __init__(self, group, text):
        found = LINE.match(text)
        if not found:
            raise GrammarError("not a line of the grammar: %r" % text)
        self.group = group
        self.weight = float(found.group(1))
        self.text = re.sub(r"\s+", " ", found.group(2))
        self.marks = set((found.group(3) or "").split())
        self.tree = parse(self.text)
        self.names = names_of(self.tree)
        unknown = self.marks - {"errors", "alone", "deadline", "blocking", "exact", "wide"}
        if unknown:
            raise GrammarError("unknown marks %s in %r" % (sorted(unknown), text))


def tokens_of(text):
    """The tokens with the shared parts in their places."""
    at, found = 0, []
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = TOKEN.match(text, at)
        if not match:
            raise GrammarError("unreadable: %r in %r" % (text[at:], text))
        at = match.end()
        exact, word, name, sign = match.groups()
        if exact is not None:
            found.append(("word", exact.encode()))
        elif word is not None:
            found.append(("keyword", word.encode()))
        elif sign is not None:
            found.append(("sign", sign))
        elif name in grammar.PARTS:
            found += tokens_of(grammar.PARTS[name])
        elif name in grammar.KINDS:
            found.append(("kind", name))
        else:
            raise GrammarError("no kind %r, in %r" % (name, text))
    return found


def parse(text):
    tokens = tokens_of(text)
    stack = [("", [[]])]  # (opener, alternatives); what is open is bounded by the line
    for token in tokens:
        kind, value = token
        opener, alternatives = stack[-1]
        if kind != "sign":
            alternatives[-1].append(token)
        elif value == "|":
            alternatives.append([])
        elif value in "([":
            stack.append((value, [[]]))
        else:
            if opener != ("[" if value == "]" else "("):
                raise GrammarError("brackets in %r" % text)
            stack.pop()
            stack[-1][1][-1].append(closed(value, alternatives))
    if len(stack) != 1 or len(stack[0][1]) != 1:
        raise GrammarError("brackets or bars in %r" % text)
    return ("all", stack[0][1][0])


def closed(closer, alternatives):
    options = [option[0] if len(option) == 1 else ("all", option) for option in alternatives]
    inner = options[0] if len(options) == 1 else ("one", options)
    if closer == "]":
        return ("maybe", inner)
    how = CLOSERS[closer]
    return (how, inner) if how else inner


def names_of(tree):
    """The commands that a line may send, in small letters, "container|sub" for subcommands."""
    first = tree[1][0]
    heads = first[1] if first[0] == "one" else [first]
    names = []
    for head in heads:
        word = head[1].decode()
        if word not in CONTAINERS:
            names.append(word.lower())
        elif tree[1][1][0] == "keyword":
            names.append("%s|%s" % (word.lower(), tree[1][1][1].decode().lower()))
        else:
            names.append(word.lower())
    return names


def read_forms():
    """All lines of the grammar."""
    forms = []
    for group, text in grammar.COMMANDS.items():
        lines = []
        for line in text.split("\n"):
            if not line.strip():
                continue
            # A line that begins with a number begins a form; others continue it.
            if LINE.match(line) and line.strip()[0].isdigit():
                lines.append(line)
            else:
                lines[-1] += " " + line.strip()
        forms += [Form(group, line) for line in lines]
    return forms


def read_short_forms():
    """The lines of grammar.SHORT."""
    return [Form("short", line) for line in grammar.SHORT.split("\n") if line.strip()]
