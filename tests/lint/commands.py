#!/usr/bin/python3
"""The README's table of commands comes from include/kv/tbl/commands*.def.

usage: commands.py [--write] [FOLDER]     the source tree; by default KV_SRCDIR or that of this file

Without --write it says whether the table is what it would write: a test.
"""

import os
import re
import sys

BEGIN = "<!-- commands: tests/lint/commands.py --write -->"
END = "<!-- end of commands -->"
BOUNDS = {
    "LINE": "a line",
    "SMALL": "small",
    "ARGUMENTS": "its arguments",
    "VALUE": "a value",
    "VALUE_IF_GET": "a value, with GET",
    "ELEMENTS": "elements",
    "KEYS_BOUND": "a value for each key",
    "TEXT": "a report",
}
INCLUDE = re.compile(r'^#include "(commands_\w+\.def)"', re.M)
# COMMAND(ID, PARENT, "name", handler, ..., "group", "since", "tips", BOUND, "complexity",
ENTRY = re.compile(
    r'^COMMAND\((?P<id>\w+), (?P<parent>\w+), "(?P<name>[^"]+)", (?P<handler>\w+),.*?\n'
    r'\s*"(?P<group>[^"]*)", "(?P<since>[^"]*)", "[^"]*", (?P<bound>\w+), '
    r'"(?P<complexity>[^"]*)",', re.M)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def entries(root):
    """The commands that can be called, in the table's order."""
    table = "include/kv/tbl/"
    for name in INCLUDE.findall(read(root, table + "commands.def")):
        text = read(root, table + name)
        found = list(ENTRY.finditer(text))
        declared = len(re.findall(r"^COMMAND\(", text, re.M))
        if len(found) != declared:
            raise SystemExit("%s: %d commands, of which %d can be read"
                             % (name, declared, len(found)))
        names = {entry["id"]: entry["name"] for entry in found}
        for entry in found:
            if entry["handler"] == "command_container":
                continue
            parent = names.get(entry["parent"])
            full = (parent + " " if parent else "") + entry["name"]
            yield full.upper(), entry


def rows(root):
    yield "| command | group | since | complexity | reply |"
    yield "|---|---|---|---|---|"
    for name, entry in entries(root):
        complexity = entry["complexity"].replace("|", "\\|")
        yield "| %s | %s | %s | %s | %s |" % (name, entry["group"], entry["since"], complexity,
                                              BOUNDS[entry["bound"]])


def main(arguments):
    write = "--write" in arguments
    folders = [argument for argument in arguments if argument != "--write"]
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.environ.get("KV_SRCDIR") or os.path.dirname(os.path.dirname(here))
    root = folders[0] if folders else root
    text = read(root, "README.md")
    before, begin, rest = text.partition(BEGIN + "\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        print("README.md: the lines %r and %r are not there" % (BEGIN, END))
        print("0 passed, 1 failed")
        return 1
    fresh = before + begin + "\n" + "\n".join(rows(root)) + "\n\n" + end + after
    if write and fresh != text:
        with open(os.path.join(root, "README.md"), "w", encoding="utf-8") as file:
            file.write(fresh)
    stale = fresh != text and not write
    if stale:
        print("README.md: the table of commands is not that of include/kv/tbl/commands*.def; "
              "tests/lint/commands.py --write makes it so")
    print("%d passed, %d failed" % (not stale, stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
