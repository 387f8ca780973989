#!/usr/bin/python3
"""The manual pages that the program prints: mandoc finds nothing wrong with them, and what the
tables of options and flags say can be read in them."""

import os
import re
import shutil
import subprocess
import tempfile

from suite import Skip, Suite, contains, equal, run, true

suite = Suite()
PAGES = {"kv": "kv.1", "kv.conf": "kv.conf.5"}
OPTIONS_MIN = 30


class Pages:
    """Both pages in files of their own, as context manager."""

    def __init__(self, path):
        self.folder = tempfile.mkdtemp(prefix="kvtest-")
        for page, name in PAGES.items():
            with open(self.file(page), "w") as file:
                file.write(run([path, "--manual=" + page])[0])

    def file(self, page):
        return os.path.join(self.folder, PAGES[page])

    def read(self, page):
        """As a person reads it, with no line broken and single spaces."""
        text, err = run(["mandoc", "-Tascii", "-Owidth=900", self.file(page)])
        equal(err, "", "mandoc")
        return re.sub(r"[ \n]+", " ", re.sub(".\b", "", text))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.folder)


def options(path):
    """(name, default, comment) of each option in the sample, which a unit test compares with the
    table."""
    found = []
    comment = []
    for line in run([path, "--sample-config"])[0].split("\n"):
        if line.startswith("# "):
            comment.append(line[2:])
        elif line.startswith("#") and len(line) > 1:
            name, _, default = line[1:].partition(" ")
            found.append((name, default, " ".join(comment)))
        if not line:
            comment = []
    true(len(found) >= OPTIONS_MIN, "the sample has only %d options" % len(found))
    return found


def flags(path):
    text, _ = run([path, "--help"])
    block = text.split("\n\n")[2]
    found = re.findall(r"^  (-\S.*)\n        (.*)$", block, re.MULTILINE)
    true(len(found) >= 8, "--help has only the flags %s" % found)
    return found


@suite.case("mandoc finds nothing wrong", None, kv_only=True)
def lint(path):
    with Pages(path) as pages:
        for page in PAGES:
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", pages.file(page)],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            equal((done.returncode, done.stdout.decode()), (0, ""), page)
            # This check can fail.
            with open(pages.file(page), "a") as file:
                file.write(".Nosuch macro\n")
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", pages.file(page)],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            true(done.returncode != 0, "mandoc does not complain about an unknown macro")


@suite.case("man shows them", None, kv_only=True)
def man(path):
    # Where only mandoc is installed, man is mandoc's.
    if shutil.which("man") is None:
        raise Skip("there is no man here")
    with Pages(path) as pages:
        for page in PAGES:
            text, err = run(["man", "-l", pages.file(page)], env={"MANWIDTH": "80", "PAGER": "cat",
                                                                  "MANPAGER": "cat"})
            equal(err, "", "man -l")
            contains(re.sub(".\b", "", text), "NAME", "DESCRIPTION", "SEE ALSO")


@suite.case("every option with its default, range and help", None, kv_only=True)
def every_option(path):
    with Pages(path) as pages:
        text = pages.read("kv.conf")
        for name, default, comment in options(path):
            fixed = comment.startswith("Cannot be changed. ")
            comment = comment.replace("Cannot be changed. ", "")
            start = text.find(" %s %s" % (name, comment[:12]))
            true(start >= 0, "%s is not in:\n%s" % (name, text))
            # The entry is the help, the default, the range; the sample has the first and the last.
            entry = text[start + len(name) + 2:]
            said = " %s: %s." % ("Always" if fixed else "Default", default)
            position = entry.find(said)
            true(0 < position <= len(comment), "%s without%s: %.300s" % (name, said, entry))
            entry = entry.replace(said, "", 1)
            equal(entry[:len(comment)], comment, name)


@suite.case("every section", None, kv_only=True)
def every_section(path):
    with Pages(path) as pages:
        text = pages.read("kv.conf")
        sample, _ = run([path, "--sample-config"])
        sections = re.findall(r"^# ---- (.*) ----$", sample, re.MULTILINE)
        true(len(sections) >= 4, "sections: %s" % sections)
        contains(text, *sections)


@suite.case("every flag", None, kv_only=True)
def every_flag(path):
    with Pages(path) as pages:
        text = pages.read("kv")
        for flag, help_text in flags(path):
            contains(text, " %s %s" % (flag, help_text))
        contains(text, "SIGTERM", "EXIT STATUS", "/metrics", "NOTIFY_SOCKET", "kv/kv.conf")


@suite.case("what roff would take for its own is shown as it is", None, kv_only=True)
def specials(path):
    with Pages(path) as pages:
        text = pages.read("kv.conf")
        contains(text, '"..." with the escapes \\n \\r \\t \\a \\b \\" \\\\ \\xHH, or \'...\' with '
                       "\\' alone", "kernel's", "127.0.0.1 -::1")


if __name__ == "__main__":
    raise SystemExit(suite.main())
