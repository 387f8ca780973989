"""The readable notation for replies in transcripts: parsing, matching, printing.

    +OK   -ERR some text        simple string, error (to the end of the line, or of the word
                                inside an aggregate)
    :42   :1..10                integer; integer in a range
    "text\\r\\n\\x00"              bulk string
    $-1   *-1   _               null bulk, null array, RESP3 null
    #t ,1.5 =txt"..."           RESP3 boolean, double, verbatim string
    [ "a" :1 ]                  array;  ~[ ] set;  >[ ] push
    { "a" :1 "b" :2 }           map
    +/re/ -/re/ $/re/ =txt/re/  the whole text matches the regular expression; what its named
                                groups match is kept under their names
    :?name $?name +?name        any integer (bulk, simple string), kept under that name
    sorted[ "a" "b" ]           array with these elements in any order
    any                         any one reply
    ...                         any number of replies up to the end of the aggregate
"""

import re

ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\", '"': b'"', "0": b"\0", "'": b"'"}
CLOSERS = {"[": "]", "{": "}"}


class NotationError(Exception):
    """A transcript that cannot be read: a mistake in the test itself."""


def unescape(text):
    """Backslash escapes to bytes."""
    if "\\" not in text:
        return text.encode()
    out = bytearray()
    i = 0
    while i < len(text):
        c = text[i]
        if c != "\\":
            out += c.encode()
            i += 1
            continue
        follow = text[i + 1 : i + 2]
        if follow == "x":
            out.append(int(text[i + 2 : i + 4], 16))
            i += 4
        elif follow in ESCAPES:
            out += ESCAPES[follow]
            i += 2
        else:
            raise NotationError("unknown escape in %r" % text)
    return bytes(out)


def escape(data):
    """Bytes as they are written between quotes."""
    out = []
    names = {v[0]: k for k, v in ESCAPES.items() if k not in "0'"}
    for byte in data:
        if byte in names:
            out.append("\\" + names[byte])
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            out.append("\\x%02x" % byte)
    return "".join(out)


def closing_quote(text, start):
    """The index of the quote that ends the string whose content begins at `start`."""
    end = text.find('"', start)
    if end >= 0 and text.find("\\", start, end) < 0:
        return end
    i = start
    while i < len(text):
        if text[i] == "\\":
            i += 2
        elif text[i] == '"':
            return i
        else:
            i += 1
    raise NotationError("no closing quote in %r" % text)


class Pattern:
    """One expected reply: `match(reply, names)` says what differs, or None."""

    def __init__(self, kind, value=None, how="equal"):
        self.kind = kind
        self.value = value
        self.how = how

    def match(self, reply, names):
        if self.how == "any":
            return None
        kind, value = reply
        if kind != self.kind:
            return "kind %r, expected %r" % (kind, self.kind)
        return getattr(self, "_" + self.how)(value, names)

    def _equal(self, value, names):
        return None if value == self.value else "differs"

    def _regex(self, value, names):
        found = value is not None and self.value.fullmatch(value)
        if not found:
            return "does not match"
        names.update(found.groupdict())
        return None

    def _range(self, value, names):
        low, high = self.value
        return None if low <= value <= high else "outside %d..%d" % (low, high)

    def _capture(self, value, names):
        if value is None:
            return "null, expected a value for %s" % self.value
        names[self.value] = value if isinstance(value, bytes) else b"%d" % value
        return None

    def _verbatim(self, value, names):
        prefix, pattern = self.value
        if value[:4] != prefix + b":":
            return "verbatim format %r" % value[:4]
        same = pattern.fullmatch(value[4:]) if isinstance(pattern, re.Pattern) else (
            pattern == value[4:])
        return None if same else "text differs"

    def _items(self, value, names):
        if value is None:
            return "null aggregate"
        items = self.value
        is_open = bool(items) and items[-1].how == "rest"
        wanted = items[:-1] if is_open else items
        if len(value) < len(wanted) or (len(value) > len(wanted) and not is_open):
            return "%d elements, expected %d" % (len(value), len(wanted))
        for i, pattern in enumerate(wanted):
            problem = pattern.match(value[i], names)
            if problem:
                return "element %d: %s" % (i + 1, problem)
        return None

    def _sorted(self, value, names):
        if value is None or len(value) != len(self.value):
            return "%s elements, expected %d" % (value and len(value), len(self.value))
        left = list(value)
        for pattern in self.value:
            found = next((r for r in left if pattern.match(r, names) is None), None)
            if found is None:
                return "no element matches the expected one: %s" % (pattern.value,)
            left.remove(found)
        return None


class Reader:
    """Recursive descent over the notation; nesting is bounded by the transcript's own text."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def fail(self, what):
        raise NotationError("%s at %r" % (what, self.text[self.at : self.at + 40]))

    def skip_space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\n,":
            # A comma is a separator, except where it begins a RESP3 double.
            if self.text[self.at] == "," and re.match(r",[-0-9in]", self.text[self.at :]):
                return
            self.at += 1

    def regex(self):
        end = self.at + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            self.fail("unclosed regular expression")
        source = self.text[self.at + 1 : end].replace("\\/", "/")
        self.at = end + 1
        return re.compile(source.encode(), re.S)

    def quoted(self):
        end = closing_quote(self.text, self.at + 1)
        data = unescape(self.text[self.at + 1 : end])
        self.at = end + 1
        return data

    def word(self, top):
        pattern = r"[^\n]*" if top else r"[^\s\]\}]*"
        found = re.match(pattern, self.text[self.at :])
        self.at += found.end()
        return found.group()

    def items(self, closer):
        found = []
        while True:
            self.skip_space()
            if self.at >= len(self.text):
                self.fail("unclosed aggregate")
            if self.text[self.at] == closer:
                self.at += 1
                return found
            if self.text.startswith("...", self.at):
                self.at += 3
                found.append(Pattern(None, None, "rest"))
            else:
                found.append(self.value(False))

    def aggregate(self, kind, how="items"):
        closer = CLOSERS[self.text[self.at]]
        self.at += 1
        return Pattern(kind, self.items(closer), how)

    def line(self, kind, top):
        follow = self.text[self.at : self.at + 1]
        if follow == "/":
            return Pattern(kind, self.regex(), "regex")
        if follow == "?":
            return Pattern(kind, self.word(top)[1:].strip(), "capture")
        return Pattern(kind, unescape(self.word(top)))

    def integer(self):
        word = self.word(False)
        if word.startswith("?"):
            return Pattern(":", word[1:], "capture")
        if not re.fullmatch(r"-?\d+(\.\.-?\d+)?", word):
            self.fail("not an integer: %r" % word)
        low, dots, high = word.partition("..")
        if dots:
            return Pattern(":", (int(low), int(high)), "range")
        return Pattern(":", int(word))

    def dollar(self):
        follow = self.text[self.at : self.at + 1]
        if follow == "/":
            return Pattern("$", self.regex(), "regex")
        word = self.word(False)
        if word == "-1":
            return Pattern("$", None)
        if word.startswith("?"):
            return Pattern("$", word[1:], "capture")
        self.fail("bulk")

    def verbatim(self):
        prefix = self.text[self.at : self.at + 3].encode()
        self.at += 3
        text = self.regex() if self.text[self.at] == "/" else self.quoted()
        return Pattern("=", (prefix, text), "verbatim")

    def value(self, top):
        self.skip_space()
        text, at = self.text, self.at
        for name, pattern in (("any", Pattern(None, None, "any")), ("_", Pattern("_")),
                              ("*-1", Pattern("*")), ("#t", Pattern("#", True)),
                              ("#f", Pattern("#", False))):
            if text.startswith(name, at):
                self.at += len(name)
                return pattern
        if text.startswith("sorted[", at):
            self.at += len("sorted")
            return self.aggregate("*", "sorted")
        c = text[at : at + 1]
        if c == '"':
            return Pattern("$", self.quoted())
        if c == "[":
            return self.aggregate("*")
        if c == "{":
            return self.aggregate("%")
        if c in ("~", ">") and text[at + 1 : at + 2] == "[":
            self.at += 1
            return self.aggregate(c)
        self.at += 1
        if c in ("+", "-"):
            return self.line(c, top)
        if c == ":":
            return self.integer()
        if c == "$":
            return self.dollar()
        if c == "=":
            return self.verbatim()
        if c == ",":
            return Pattern(",", self.word(False).encode())
        self.at = at
        return self.fail("not a reply")


def is_complete(text):
    """Whether all brackets that `text` opens are closed, so that a reply does not go on."""
    try:
        parse(re.sub(r"\$\{[^}]*\}", "0", text))
    except NotationError as error:
        return not str(error).startswith("unclosed aggregate")
    return True


def parse(text):
    """The pattern for one reply."""
    reader = Reader(text)
    pattern = reader.value(True)
    reader.skip_space()
    if reader.at != len(reader.text):
        reader.fail("unexpected text after the reply")
    return pattern


def show(reply, limit=2000):
    """A reply in the notation, shortened where it is very long."""
    kind, value = reply
    if kind in "$*" and value is None:
        return kind + "-1"
    if kind == "_":
        return "_"
    if kind == "#":
        return "#t" if value else "#f"
    if kind == ":":
        return ":%d" % value
    if kind == "$":
        return '"%s"' % escape(value[:limit]) + ("~%d bytes" % len(value) if len(value) > limit
                                                 else "")
    if kind == "=":
        return '=%s"%s"' % (value[:3].decode(), escape(value[4:]))
    if kind in "+-,(":
        text = escape(value).replace('\\"', '"')
        return kind + (text[:-1] + "\\x20" if text.endswith(" ") else text)
    inner = " ".join(show(r, limit) for r in value)
    return {"*": "[%s]", "%": "{%s}", "~": "~[%s]", ">": ">[%s]"}[kind] % inner
