#!/usr/bin/python3
"""Checks what the compiler does not: who includes whom, how long files and functions are, columns,
tabs, the format, and that the makefile lists every file.

usage: rules.py [FOLDER]      the source tree; by default KV_SRCDIR or the one that this file is in

Each rule is one test. What breaks it is printed as PATH:LINE: message.
"""

import os
import re
import shutil
import subprocess
import sys

FILE_LINES_MAX = 900
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

# base <- memory <- {config, stats} <- {resp, store, net} <- command <- server. The admin plane sees
# neither the data nor the commands; the server starts it through one header.
MIDDLE = {"base", "memory", "config", "stats"}
MAY_INCLUDE = {
    "base": {"base"},
    "memory": {"base", "memory"},
    "config": {"base", "memory", "config"},
    "stats": {"base", "memory", "stats"},
    "resp": MIDDLE | {"resp"},
    "store": MIDDLE | {"store"},
    "net": MIDDLE | {"net"},
    "command": MIDDLE | {"resp", "store", "net", "command"},
    "admin": MIDDLE | {"admin"},
    "server": MIDDLE | {"resp", "store", "net", "command", "server", "admin"},
}

# The layer of each contract header: the folder that implements it.
HEADERS = {
    "base": "address assert bits bytes clock crc64 decimal hash list log number poison prng "
            "process text types version",
    "memory": "arena bounded_heap budget budget_report chain extent gauge pages pool prefault "
              "process_heap seal tbl/syscalls",
    "config": "config_file limits options options_rewrite tbl/flags tbl/options",
    "stats": "histogram latency slow_log snapshot stats tbl/counters tbl/errors tbl/values",
    "resp": "parse parse_inline write",
    "store": "access dump eviction heap index item keys keyspace lcs list_build lists packed rdb "
             "reclaim restore run slotted strings tree value",
    "net": "listener ring ring_sim",
    "command": "bit_argument blocked call client command engine expiry_argument reply_bound "
               "request_queue sort syntax transaction watches tbl/commands tbl/commands_bitmap "
               "tbl/commands_connection tbl/commands_generic tbl/commands_list tbl/commands_server "
               "tbl/commands_string tbl/commands_transactions tbl/effects",
    "server": "notify plan server session",
    "admin": "admin",
}
LAYER_OF = {name: layer for layer, names in HEADERS.items() for name in names.split()}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read().split("\n")


def find_files(root, folders, endings):
    """Paths relative to root, sorted."""
    found = []
    for folder in folders:
        for where, subfolders, names in os.walk(os.path.join(root, folder)):
            subfolders[:] = sorted(name for name in subfolders if name != "__pycache__")
            found += [os.path.relpath(os.path.join(where, name), root)
                      for name in sorted(names) if name.endswith(endings)]
    return found


def c_files(root):
    return find_files(root, ["include", "src", "admin", "tests"], (".c", ".h"))


def product_files(root):
    return find_files(root, ["include", "src", "admin"], (".c", ".h"))


def page_files(root):
    """What the dashboard is made of."""
    return find_files(root, ["admin"], (".html", ".css", ".js", ".S"))


def all_files(root):
    return (c_files(root) + page_files(root) + find_files(root, ["include"], (".def",)) +
            find_files(root, ["tests"], (".py", ".sh")))


# -- rules: each yields "PATH:LINE: message" --


def header_name(path):
    """include/kv/tbl/x.def -> tbl/x"""
    return os.path.splitext(os.path.relpath(path, "include/kv"))[0]


def layer_of_file(path):
    """None for a contract header that HEADERS does not have."""
    parts = path.split(os.sep)
    if parts[0] == "include":
        return LAYER_OF.get(header_name(path))
    return parts[0] if parts[0] == "admin" else parts[1]


def headers_have_a_layer(root):
    for path in find_files(root, ["include"], (".h", ".def")):
        if header_name(path) not in LAYER_OF:
            yield "%s:1: no layer is given for this header in tests/lint/rules.py" % path


def folders_are_known(root):
    for path in find_files(root, ["src"], (".c", ".h")):
        parts = path.split(os.sep)
        if len(parts) != 3 or parts[1] not in MAY_INCLUDE or parts[1] == "admin":
            yield "%s:1: is in no folder of the design" % path


def check_include(root, path, layer, included):
    """Returns what is wrong with one include, or None."""
    if included.startswith("kv/"):
        target = LAYER_OF.get(os.path.splitext(included[3:])[0])
        if target is not None and target not in MAY_INCLUDE[layer]:
            return "%s may not include %s, which is %s" % (layer, included, target)
        return None
    beside = os.path.normpath(os.path.join(os.path.dirname(path), included))
    if os.path.dirname(beside) != os.path.dirname(path):
        return "\"%s\" is in another folder; what others may use is a contract header" % included
    if not os.path.exists(os.path.join(root, beside)):
        return "\"%s\" is not in this folder" % included
    return None


def includes_follow_the_layers(root):
    for path in product_files(root):
        layer = layer_of_file(path)
        if layer not in MAY_INCLUDE:
            continue  # another rule says so
        for number, line in enumerate(read_lines(root, path), 1):
            match = INCLUDE.match(line)
            wrong = check_include(root, path, layer, match.group(1)) if match else None
            if wrong:
                yield "%s:%d: %s" % (path, number, wrong)


def files_are_short(root):
    for path in all_files(root):
        count = len(read_lines(root, path)) - 1
        if count > FILE_LINES_MAX:
            yield "%s:%d: the file has %d lines, more than %d" % (path, count, count,
                                                                FILE_LINES_MAX)


def functions_of(lines):
    """(first line, last line), counted from 1, of each function. With clang-format, a function
    ends at a brace in the first column, and begins at the last line before that begins there."""
    first = None
    body = False
    for number, line in enumerate(lines, 1):
        if body:
            if line.startswith("}"):
                if first is not None:
                    yield first, number
                first, body = None, False
            continue
        if line[:1].isalpha() or line[:1] == "_":
            first = number
        if line.endswith("{") and line[:1] not in ("#", "/", " *"):
            body = True
            head = "\n".join(lines[(first or number) - 1:number])
            if "(" not in head or "=" in head.split("(")[0]:
                first = None  # a struct, an enum, a table


def functions_are_short(root):
    for path in c_files(root):
        for first, last in functions_of(read_lines(root, path)):
            count = last - first + 1
            if count > FUNCTION_LINES_MAX:
                yield "%s:%d: the function has %d lines, more than %d" % (path, first, count,
                                                                        FUNCTION_LINES_MAX)


def lines_are_short(root):
    for path in all_files(root):
        if path.endswith(".def"):
            continue  # tables: a row is a line
        for number, line in enumerate(read_lines(root, path), 1):
            if len(line) > COLUMNS_MAX:
                yield "%s:%d: %d columns, more than %d" % (path, number, len(line), COLUMNS_MAX)


def lines_have_no_tabs(root):
    for path in all_files(root):
        for number, line in enumerate(read_lines(root, path), 1):
            if "\t" in line:
                yield "%s:%d: a tab" % (path, number)
            elif line != line.rstrip():
                yield "%s:%d: white space at the end" % (path, number)


def makefile_lists_every_file(root):
    """A test that the makefile does not know is a test that never fails."""
    words = set()
    for line in read_lines(root, "Makefile.am"):
        if not line.startswith("#"):
            words.update(line.replace("\\", " ").split())
    listed = find_files(root, ["include"], (".h", ".def")) + c_files(root) + page_files(root)
    listed += find_files(root, ["tests"], (".py", ".t", ".sh"))
    for path in listed:
        name = path[:-2] if path.endswith("_test.c") else path
        if name not in words:
            yield "%s:1: is not listed in Makefile.am" % path


def format_is_clean(root):
    tool = shutil.which("clang-format")
    if tool is None:
        print("note: clang-format is missing, the format was not checked")
        return
    paths = c_files(root)
    done = subprocess.run([tool, "--style=file", "--dry-run", "-Werror"] + paths, cwd=root,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    for line in done.stderr.split("\n"):
        if " error: " in line:
            yield line
    if done.returncode != 0 and " error: " not in done.stderr:
        yield ".clang-format:1: clang-format failed: " + done.stderr.strip()


RULES = [
    folders_are_known,
    headers_have_a_layer,
    includes_follow_the_layers,
    files_are_short,
    functions_are_short,
    lines_are_short,
    lines_have_no_tabs,
    makefile_lists_every_file,
    format_is_clean,
]


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.environ.get("KV_SRCDIR") or os.path.dirname(os.path.dirname(here))
    root = arguments[0] if arguments else root
    passed = failed = 0
    for rule in RULES:
        found = list(rule(root))
        for message in found:
            print(message)
        print("%s %s" % ("FAILED" if found else "ok    ", rule.__name__))
        passed += not found
        failed += bool(found)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
