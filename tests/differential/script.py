"""A script: what was sent, as steps that can be kept, shortened and replayed.

    # a comment
    @protocol 3                 HELLO 3 first
    @connections 4              one step after the other, each settled; else pipelines in one
    SET s1 "a\\x00b"            a command; quotes where a word is not plain
    @batch                      the pipeline ends: the replies are read and compared
    @sleep 4                    it ends, and so many milliseconds pass
    @exchange s1 b              it ends; each server's DUMP of s1 is restored in both, at b and b'
    2> BLPOP l1 0               with several connections: on which one
    1> CLIENT UNBLOCK @id2      the id of connection 2, at each server its own
    @wait 2                     until it has its replies
    @close 2   @open 2          closes it; connects again
    @scan COUNT 2 MATCH "s*"    how the whole SCAN at the end is asked for
    @within 50                  the two steps before took less than 50 ms, or the rest is left out
"""

import re

import generator
import notation

PLAIN = re.compile(r"[A-Za-z0-9_.:|=+-]+\Z")
DIRECTIVES = {"protocol", "connections", "batch", "sleep", "exchange", "wait", "close", "open",
              "within"}


class Id:
    """Stands for a connection's id at the server that is asked."""

    def __init__(self, connection):
        self.connection = connection


class Step:
    """A command (arguments: bytes, or Id) on a connection, or a directive with its arguments."""

    __slots__ = ("connection", "arguments", "directive")

    def __init__(self, arguments, connection=0, directive=None):
        self.arguments = arguments
        self.connection = connection
        self.directive = directive

    def is_command(self):
        return self.directive is None

    def command(self):
        return generator.command_of(*self.arguments)


class Script:
    def __init__(self, steps, protocol=2, connections=0, head=""):
        self.steps = steps
        self.protocol = protocol
        self.connections = connections  # 0: pipelines in one connection
        self.head = head
        self.options = []  # of the whole SCAN at the end

    def with_steps(self, steps):
        made = Script(steps, self.protocol, self.connections, self.head)
        made.options = self.options
        return made

    def commands(self):
        return sum(step.is_command() for step in self.steps)


def directive(name, *arguments):
    return Step(list(arguments), directive=name)


def shown_word(word):
    if isinstance(word, Id):
        return "@id%d" % word.connection
    text = word.decode("latin-1")
    return text if PLAIN.match(text) else '"%s"' % notation.escape(word)


def shown_step(step, connections):
    words = " ".join(shown_word(word) for word in step.arguments)
    if not step.is_command():
        return ("@%s %s" % (step.directive, words)).strip()
    return "%d> %s" % (step.connection, words) if connections else words


def write(script):
    lines = ["# " + line for line in script.head.split("\n") if line]
    lines.append("@protocol %d" % script.protocol)
    if script.connections:
        lines.append("@connections %d" % script.connections)
    if script.options:
        lines.append("@scan " + " ".join(shown_word(word) for word in script.options))
    lines += [shown_step(step, script.connections) for step in script.steps]
    return "\n".join(lines) + "\n"


def words_of(line):
    found, at = [], 0
    while at < len(line):
        if line[at] == " ":
            at += 1
        elif line[at] == '"':
            end = notation.closing_quote(line, at + 1)
            found.append(notation.unescape(line[at + 1 : end]))
            at = end + 1
        else:
            end = (line.find(" ", at) + len(line) + 1) % (len(line) + 1)
            word = line[at:end]
            match = re.match(r"@id(\d+)\Z", word)
            found.append(Id(int(match.group(1))) if match else word.encode())
            at = end
    return found


def read(text):
    script = Script([])
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith("# ") and not script.head:
            script.head = line[2:]
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            name, _, rest = line[1:].partition(" ")
            words = words_of(rest)
            if name == "protocol":
                script.protocol = int(words[0])
            elif name == "connections":
                script.connections = int(words[0])
            elif name == "scan":
                script.options = words
            elif name in DIRECTIVES:
                script.steps.append(directive(name, *words))
            else:
                raise ValueError("no directive %r" % line)
            continue
        match = re.match(r"(\d+)> ", line)
        connection = int(match.group(1)) if match else 0
        script.steps.append(Step(words_of(line[match.end() :] if match else line), connection))
    return script
