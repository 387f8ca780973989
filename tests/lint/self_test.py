#!/usr/bin/python3
"""The checks must be able to fail: each rule of rules.py on a small tree that breaks it, and the
count of `make check` on logs of every kind."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import rules  # noqa: E402

COUNT = os.path.join(HERE, "..", "count.py")

GOOD = {
    "include/kv/bytes.h": "/* bytes.h */\n",
    "include/kv/parse.h": '#include "kv/bytes.h"\n',
    "include/kv/index.h": '#include "kv/bytes.h"\n',
    "src/resp/parse.c": '#include "kv/parse.h"\n\n#include "parse_internal.h"\n',
    "src/resp/parse_internal.h": "struct parse {\n    int x;\n};\n",
    "src/store/index.c": '#include "kv/index.h"\n',
    "tests/unit/resp/parse_test.c": "int main(void) {\n    return 0;\n}\n",
    "Makefile.am": "A = include/kv/bytes.h include/kv/parse.h include/kv/index.h \\\n"
                   "\tsrc/resp/parse.c src/resp/parse_internal.h src/store/index.c\n"
                   "B = tests/unit/resp/parse_test\n",
}
LONG_FUNCTION = "static int f(int a,\n             int b) {\n" + "    a++;\n" * 68 + "}\n"

# rule, what is added to the good tree, what is said of it (None: nothing)
CASES = [
    ("folders_are_known", "src/parse.c", "", "src/parse.c:1: is in no folder"),
    ("folders_are_known", "src/admin/http.c", "", "src/admin/http.c:1: is in no folder"),
    ("folders_are_known", "src/net/deep/ring.c", "", "src/net/deep/ring.c:1: is in no folder"),
    ("headers_have_a_layer", "include/kv/nowhere.h", "", "include/kv/nowhere.h:1: no layer"),
    ("headers_have_a_layer", "include/kv/tbl/nowhere.def", "", "include/kv/tbl/nowhere.def:1: no"),
    ("includes_follow_the_layers", "src/store/index.c", '#include "kv/index.h"\n'
     '  #  include "kv/parse.h"\n', "src/store/index.c:2: store may not include kv/parse.h"),
    ("includes_follow_the_layers", "include/kv/bytes.h", '#include "kv/index.h"\n',
     "include/kv/bytes.h:1: base may not include kv/index.h"),
    ("includes_follow_the_layers", "admin/http.c", '#include "kv/parse.h"\n',
     "admin/http.c:1: admin may not include kv/parse.h"),
    ("includes_follow_the_layers", "src/store/index.c", '#include "../resp/parse_internal.h"\n',
     'src/store/index.c:1: "../resp/parse_internal.h" is in another folder'),
    ("includes_follow_the_layers", "src/store/index.c", '#include "parse_internal.h"\n',
     'src/store/index.c:1: "parse_internal.h" is not in this folder'),
    ("includes_follow_the_layers", "src/command/get.c", '#include "kv/parse.h"\n'
     '#include "kv/index.h"\n', None),
    ("files_are_short", "src/store/index.c", "\n" * 901, "src/store/index.c:901: the file has 901"),
    ("files_are_short", "src/store/index.c", "\n" * 900, None),
    ("functions_are_short", "src/store/index.c", "\n" + LONG_FUNCTION,
     "src/store/index.c:2: the function has 71 lines"),
    ("functions_are_short", "src/store/index.c", LONG_FUNCTION.replace("    a++;\n", "", 1), None),
    ("functions_are_short", "src/store/index.c",
     "static const int table[] = {\n" + "    1,\n" * 100 + "};\n", None),
    ("functions_are_short", "src/store/index.c",
     "struct big {\n" + "    int (*f)(int);\n" * 100 + "};\n", None),
    ("functions_are_short", "src/store/index.c",
     "struct a {\n    int b;\n};\n\n" + LONG_FUNCTION, "src/store/index.c:5: the function has 71"),
    ("lines_are_short", "src/store/index.c", "/* " + "x" * 98 + "\n",
     "src/store/index.c:1: 101 columns"),
    ("lines_are_short", "src/store/index.c", "/* " + "x" * 97 + "\n", None),
    ("lines_have_no_tabs", "src/store/index.c", "\n\tint a;\n", "src/store/index.c:2: a tab"),
    ("lines_have_no_tabs", "src/store/index.c", "int a; \n", "src/store/index.c:1: white space"),
    ("makefile_lists_every_file", "src/store/tree.c", "", "src/store/tree.c:1: is not listed"),
    ("makefile_lists_every_file", "tests/unit/resp/write_test.c", "",
     "tests/unit/resp/write_test.c:1: is not listed"),
    ("makefile_lists_every_file", "tests/wire/keys.t", "", "tests/wire/keys.t:1: is not listed"),
    ("makefile_lists_every_file", "admin/dashboard/map.js", "",
     "admin/dashboard/map.js:1: is not listed"),
    ("lines_are_short", "admin/dashboard/map.js", "x" * 101 + "\n",
     "admin/dashboard/map.js:1: 101 columns"),
    ("format_is_clean", "src/store/index.c", "int  a;\n", "src/store/index.c:1:"),
]

# log, .trs, status, last line
COUNTS = [
    ([("[  PASSED  ] 3 test(s).\n", "PASS")], 0, "3 passed, 0 failed"),
    ([("[  PASSED  ] 3 test(s).\n[  FAILED  ] 2 test(s), listed below:\n", "FAIL")], 1,
     "3 passed, 2 failed"),
    ([("[  PASSED  ] 3 test(s).\n[  PASSED  ] 1 test(s).\n", "PASS"),
      ("5 passed, 0 failed\n", "PASS")], 0, "9 passed, 0 failed"),
    ([("1 passed, 0 failed\nmore\n4 passed, 1 failed\n", "FAIL")], 1, "4 passed, 1 failed"),
    ([("2 passed, 0 failed\n", "FAIL")], 1, "2 passed, 1 failed"),
    ([("Segmentation fault\n", "FAIL"), ("2 passed, 0 failed\n", "PASS")], 1,
     "2 passed, 1 failed"),
    ([("all is well\n", "PASS"), ("2 passed, 0 failed\n", "PASS")], 1, "2 passed, 1 failed"),
    ([("2 passed, 0 failed\n", None)], 1, "2 passed, 1 failed"),
    ([("2 passed, 0 failed\n", "PASS"), ("not here\n", "SKIP")], 0, "2 passed, 0 failed"),
    ([("not here\n", "SKIP")], 1, "0 passed, 0 failed"),
    ([], 1, "0 passed, 0 failed"),
]


def write(folder, path, text):
    where = os.path.join(folder, path)
    os.makedirs(os.path.dirname(where), exist_ok=True)
    with open(where, "w", encoding="utf-8") as file:
        file.write(text)


def write_good(folder):
    shutil.copy(os.path.join(HERE, "..", "..", ".clang-format"), folder)
    for path, text in GOOD.items():
        write(folder, path, text)


def good_tree_is_good():
    with tempfile.TemporaryDirectory() as folder:
        write_good(folder)
        return [message for rule in rules.RULES for message in rule(folder)]


def check_case(name, path, text, expected):
    """Returns complaints."""
    with tempfile.TemporaryDirectory() as folder:
        write_good(folder)
        write(folder, path, text)
        found = list(getattr(rules, name)(folder))
    if expected is None:
        return found
    if name == "format_is_clean" and not shutil.which("clang-format"):
        return []
    return [] if any(expected in message for message in found) else ["got " + repr(found)]


def check_count(logs, status, last_line):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (log, result) in enumerate(logs):
            path = os.path.join(folder, "%d.log" % number)
            write(folder, "%d.log" % number, log)
            if result is not None:
                write(folder, "%d.trs" % number, ":test-result: %s\n" % result)
            paths.append(path)
        done = subprocess.run([sys.executable, COUNT] + paths, stdout=subprocess.PIPE, text=True,
                              check=False)
    got = (done.returncode, done.stdout.strip().split("\n")[-1])
    return [] if got == (status, last_line) else ["got %r" % (got,)]


def main():
    results = [("the good tree", good_tree_is_good())]
    results += [("%s, %s" % case[:2], check_case(*case)) for case in CASES]
    results += [("count %r" % (case[0],), check_count(*case)) for case in COUNTS]
    tested = {case[0] for case in CASES}
    untested = [rule.__name__ for rule in rules.RULES if rule.__name__ not in tested]
    results.append(("every rule is tested", untested))
    failed = [(name, complaints) for name, complaints in results if complaints]
    for name, complaints in failed:
        print("FAILED %s: %s" % (name, "; ".join(complaints)))
    print("%d passed, %d failed" % (len(results) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
