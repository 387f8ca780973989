#!/usr/bin/python3
"""Runs hiredis_test.c and hiredis_async_test.c against a server. The built programs lie in the
build folder; where there are none they are built here."""

import os
import re
import shutil
import tempfile

from suite import Suite, run, socket_path, true

suite = Suite()
SOCKET = socket_path()
HERE = os.path.dirname(os.path.abspath(__file__))


def program(name, folder):
    built = os.path.join(os.environ.get("KV_BUILDDIR", ""), "tests", "clients", name)
    if os.path.exists(built):
        return built
    flags = run(["pkg-config", "--cflags", "--libs", "hiredis", "cmocka"])[0].split()
    made = os.path.join(folder, name)
    run([os.environ.get("CC", "cc"), "-std=gnu17", "-O1", "-Wall", "-o", made,
         os.path.join(HERE, name + ".c"), *flags])
    return made


def run_tests(name, count, *arguments):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        out, err = run([program(name, folder), *arguments], code=None)
        text = out + err
        print(re.sub(r"(?m)^", "  ", text.rstrip()))
        passed = re.search(r"\[  PASSED  \] (\d+) test", text)
        true(passed and int(passed.group(1)) == count and "FAILED" not in text, name + " failed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@suite.case("hiredis", ["--unixsocket", SOCKET])
def hiredis(running):
    run_tests("hiredis_test", 9, str(running.port), SOCKET)


@suite.case("hiredis, asynchronous")
def hiredis_async(running):
    run_tests("hiredis_async_test", 6, str(running.port))


if __name__ == "__main__":
    raise SystemExit(suite.main())
