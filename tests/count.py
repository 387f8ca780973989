#!/usr/bin/python3
"""Counts the test cases in the logs of `make check` and prints "N passed, N failed".

usage: count.py LOG...

A cmocka program writes "[  PASSED  ] N test(s)." and, when some failed, "[  FAILED  ] N test(s)";
a script test ends with "N passed, N failed". A test that ended badly without saying so (a crash, a
timeout), or that ended well without counting anything, is one failed test: silence never passes.
The status is 0 only when something passed and nothing failed.
"""

import re
import sys

CMOCKA = re.compile(r"^\[  (PASSED|FAILED)  \] (\d+) test\(s\)", re.MULTILINE)
SCRIPT = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
RESULT = re.compile(r"^:test-result: (\w+)", re.MULTILINE)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def count_cases(log):
    """Returns (passed, failed) as the log itself says, (0, 0) when it says nothing."""
    passed = failed = 0
    for word, number in CMOCKA.findall(log):
        if word == "PASSED":
            passed += int(number)
        else:
            failed += int(number)
    script = SCRIPT.findall(log)
    if script:
        # Only the last line is the sum; a test of this counter may print others before it.
        passed += int(script[-1][0])
        failed += int(script[-1][1])
    return passed, failed


def count_test(log_path):
    """Returns (passed, failed, complaint) of one test program."""
    passed, failed = count_cases(read(log_path))
    found = RESULT.search(read(re.sub(r"\.log$", ".trs", log_path)))
    result = found.group(1) if found else "NOT RUN"
    if result == "SKIP" and failed == 0:
        return passed, 0, "skipped"
    if result != "PASS" and failed == 0:
        return passed, 1, "ended with " + result
    if result == "PASS" and passed + failed == 0:
        return 0, 1, "counted no test"
    return passed, failed, None if failed == 0 else "%d failed" % failed


def main(log_paths):
    passed = failed = 0
    for path in log_paths:
        more_passed, more_failed, complaint = count_test(path)
        passed += more_passed
        failed += more_failed
        if complaint:
            print("%s: %s" % (path, complaint))
    print("%d passed, %d failed" % (passed, failed), flush=True)
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
