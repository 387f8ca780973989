#!/usr/bin/python3
"""Runs hiredis_test.c against a server. HIREDIS_TEST names the built program, or it lies in the
build folder; where there is none it is built here."""

import os
import re
import shutil
import tempfile

from suite import Suite, run, socket_path, true

suite = Suite()
SOCKET = socket_path()
HERE = os.path.dirname(os.path.abspath(__file__))


def program(folder):
    built = os.environ.get("HIREDIS_TEST") or os.path.join(
        os.environ.get("KV_BUILDDIR", ""), "tests", "clients", "hiredis_test")
    if os.path.exists(built):
        return built
    flags = run(["pkg-config", "--cflags", "--libs", "hiredis", "cmocka"])[0].split()
    made = os.path.join(folder, "hiredis_test")
    run([os.environ.get("CC", "cc"), "-std=gnu17", "-O1", "-Wall", "-o", made,
         os.path.join(HERE, "hiredis_test.c"), *flags])
    return made


@suite.case("hiredis", ["--unixsocket", SOCKET])
def hiredis(running):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        out, err = run([program(folder), str(running.port), SOCKET], code=None)
        text = out + err
        print(re.sub(r"(?m)^", "  ", text.rstrip()))
        passed = re.search(r"\[  PASSED  \] (\d+) test", text)
        true(passed and int(passed.group(1)) == 7 and "FAILED" not in text, "hiredis_test failed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(suite.main())
