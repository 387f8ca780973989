"""What the scripts of this folder share: named cases on running servers, counted at the end.

The server is named by KV_SERVER (or KV_BIN). KV_MODE=redis runs the cases that do not need kv
itself against redis-server, which shows that the tests expect what is right. KV_SANITIZED says
that the server is a sanitizer build: less work, no measuring of memory.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import server  # noqa: E402

MODE = os.environ.get("KV_MODE", "kv")
SANITIZED = bool(os.environ.get("KV_SANITIZED"))
POLLS_MAX = 600
POLL_SECONDS = 0.05


def scaled(count):
    """Less work for a build that is several times slower."""
    return max(1, count // 10) if SANITIZED else count


def indented(text):
    return "\n".join("    " + line for line in text.rstrip().split("\n"))


class Skip(Exception):
    """The case cannot run here; the text says why."""


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError("%s: got %.2000r, expected %.2000r" % (what or "value", got, expected))


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def contains(text, *parts):
    for part in parts:
        true(part in text, "%r is not in:\n%s" % (part, text[-4000:]))


def eventually(value, expected, what):
    """Polls `value()`, a bounded number of times, until it is what is expected."""
    got = None
    for _ in range(POLLS_MAX):
        got = value()
        if got == expected:
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError("%s stays %r, expected %r" % (what, got, expected))


# What the connection that asks holds itself while it is answered.
ASKING = {"connections": 1, "receive_buffers": 1, "reply_chunks": 1}
# Data is no leak: these return to zero with FLUSHALL.
DATA_POOLS = ("keys", "pages")


def pools_in_use(running, control, data=False):
    """The pools that are not empty, apart from what the asking connection needs."""
    kind, text = control.call("INFO", "pools")
    equal(kind, "$", "INFO pools")
    pools = {name[len("pool_"):]: int(pool["used"])
             for name, pool in server.parse_info(text.decode()).items()}
    true(set(ASKING) <= set(pools), "INFO pools lists only %s" % sorted(pools))
    return {name: used for name, used in pools.items()
            if used > ASKING.get(name, 0) and (data or name not in DATA_POOLS)}


def run(words, data=None, seconds=300, env=None, code=0):
    """Runs a program to its end; its stdout and stderr as text. `code` None: any exit code."""
    done = subprocess.run(words, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds, env=dict(os.environ, **(env or {})))
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if code is not None and done.returncode != code:
        raise AssertionError("%s ended with %d:\n%s\n%s"
                             % (" ".join(words)[:300], done.returncode, out[-3000:], err[-3000:]))
    return out, err


class Suite:
    """Cases in the order in which they were declared. Each gets a server of its own with its
    options; `server_options` None: the case starts what it needs, and gets the server's path."""

    def __init__(self):
        self.cases = []

    def case(self, name, server_options=(), kv_only=False, password=None):
        def add(function):
            self.cases.append((name, server_options, kv_only, password, function))
            return function

        return add

    def run_case(self, path, options, password, function):
        if options is None:
            function(path)
            return
        if callable(options):
            options = options()
        with server.Server(path, MODE, options, password=password) as running:
            try:
                function(running)
            except Exception:
                print(indented(running.log()[-4000:]))
                raise
            still_there = running.process.poll() is None
            code = running.stop()
            if MODE == "kv" and (not still_there or code != 0):
                raise AssertionError("the server ended with %s:\n%s"
                                     % (code, running.log()[-3000:]))
            if running.findings():
                raise AssertionError(running.findings()[:6000])

    def main(self):
        path = server.default_path()
        if not path:
            print("KV_SERVER or KV_BIN must name the server", file=sys.stderr)
            return 2
        chosen = sys.argv[1:]
        passed = failed = 0
        for name, options, kv_only, password, function in self.cases:
            if (kv_only and MODE != "kv") or (chosen and not any(c in name for c in chosen)):
                continue
            started = time.monotonic()
            try:
                self.run_case(path, options, password, function)
            except Skip as reason:
                print("skip %s: %s" % (name, reason), flush=True)
                continue
            except Exception as error:  # a test that breaks in any way has failed
                failed += 1
                where = "" if isinstance(error, AssertionError) else traceback.format_exc()
                print("FAIL %s: %s\n%s" % (name, error, where), flush=True)
                continue
            passed += 1
            print("ok   %s (%.1f s)" % (name, time.monotonic() - started), flush=True)
        print("%d passed, %d failed" % (passed, failed))
        return 1 if failed or not passed else 0


def socket_path():
    """A path for a unix socket that is short enough for sun_path."""
    folder = tempfile.mkdtemp(prefix="kvsock-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return os.path.join(folder, "kv.sock")
