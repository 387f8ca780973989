#!/usr/bin/python3
"""Resident memory is the budget and the process's image, and stays there under load on both planes;
after ready the process asks the system for no memory and gives none back."""

import http.client
import json
import os
import re
import subprocess
import threading
import time

from suite import SANITIZED, Skip, Suite, equal, run, true

import resp
import server

suite = Suite()
IMAGE_BYTES_MAX = 24 << 20
GROWTH_BYTES_MAX = 64 << 10
CALLS = "mmap,munmap,mremap,brk,madvise,mprotect"
CONFIGURATIONS = {
    "default": [],
    "reference": ["--capacity", "guaranteed", "--connections-max", "1000", "--key-count", "1000",
                  "--key-size-max", "1024", "--val-size-max", "4096", "--list-length-max", "50"],
}


def status_rss(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


def exact_rss(pid):
    """What the page tables say; the counter behind VmRSS is kept per processor and lags behind."""
    with open("/proc/%d/smaps_rollup" % pid) as file:
        return int(re.search(r"Rss:\s+(\d+) kB", file.read()).group(1)) * 1024


def minor_faults(pid):
    """Of the data plane, which is the first thread."""
    with open("/proc/%d/task/%d/stat" % (pid, pid)) as file:
        return int(file.read().rsplit(")", 1)[1].split()[7])


def bench(running, *words):
    run(["redis-benchmark", "-p", str(running.port), "-q", *map(str, words)])


def load(running):
    """Everything that could make a server want memory: values of all sizes, large replies, many
    connections that come and go, introspection, a store that fills up, errors. It keeps within
    the reference configuration's limits, where redis-benchmark would end at the first error."""
    bench(running, "-t", "set,get,incr,mset", "-n", 20000, "-r", 400, "-P", 16, "-c", 100)
    for size in (100, 3000, 4096):
        bench(running, "-t", "set,get", "-n", 5000, "-r", 400, "-d", size, "-c", 50)
    bench(running, "-t", "ping,set", "-n", 3000, "-r", 400, "-k", 0, "-c", 50)
    connections = [running.connect() for _ in range(500)]
    for connection in connections:
        connection.send(resp.command("GET", "missing") * 50 + b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9")
    for connection in connections:
        for _ in range(50):
            connection.read_reply()
        connection.close()
    control = running.control()
    for words in (["INFO", "all"], ["INFO", "pools"], ["COMMAND"], ["COMMAND", "DOCS"],
                  ["CLIENT", "LIST"], ["CONFIG", "GET", "*"], ["CONFIG", "SET", "timeout", "0"],
                  ["SCAN", "0", "COUNT", "10000"], ["NOSUCH"], ["TIME"], ["CONFIG", "RESETSTAT"]):
        control.call(*words)
    for i in range(2000):
        name = "list:%d" % (i % 50)
        control.call("RPUSH", name, *["e" * (i % 400)] * 40)
        control.call("LRANGE", name, 0, -1)
        control.call("LPOP", name, 40)
        control.call("SET", "short:%d" % i, "v", "PX", "1")
        # Compressing takes a table of 256 KiB on the stack.
        kind, dump = control.call("DUMP", name)
        control.call("RESTORE", "restored:%d" % (i % 7), 0, dump or "", "REPLACE")
        control.call("COPY", name, "copy", "REPLACE")
        control.call("RENAME", "copy", "renamed:%d" % (i % 5))
        control.call("MEMORY", "USAGE", name)
    for words in (["KEYS", "*"], ["RANDOMKEY"], ["SWAPDB", "0", "1"], ["SWAPDB", "0", "1"]):
        control.call(*words)
    value = b"v" * 1000000
    for i in range(400):  # more than fits; with the reference limits each is too long
        control.call("SET", "large:%d" % i, value)
    control.call("FLUSHALL")
    broken = running.connect()
    broken.send(b"*1\r\n!\r\n")
    broken.read_to_end()
    broken.close()
    control.close()


class Operators:
    """Asks for every page of the HTTP plane, again and again, as long as it is entered."""

    PATHS = ("/metrics", "/status", "/budget", "/map", "/", "/healthz", "/readyz", "/nosuch",
             "/budget?key-count=1000&connections-max=50", "/budget?key-count=x")
    EXPECTED = {"/nosuch": 404, "/budget?key-count=x": 400}

    def __init__(self, running):
        self.running = running
        self.stop = threading.Event()
        self.answers = 0
        self.wrong = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.running.admin_port,
                                                    timeout=60)
            for path in self.PATHS:
                accept = "application/openmetrics-text" if self.answers % 2 else "text/plain"
                connection.request("GET", path, headers={"Accept": accept})
                answer = connection.getresponse()
                answer.read()
                if answer.status != self.EXPECTED.get(path, 200):
                    self.wrong.append((path, answer.status))
                self.answers += 1
            connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop.set()
        self.thread.join()
        if kind is None:
            equal(self.wrong, [], "answers of the HTTP plane")
            true(self.answers >= 2 * len(self.PATHS), "only %d answers" % self.answers)


def check_resident(path, options):
    if SANITIZED:
        raise Skip("a sanitizer build has memory of its own")
    total = json.loads(run([path, *options, "--budget=json"])[0])["total_bytes"]
    with server.Server(path, "kv", options) as running:
        ready, exact = status_rss(running.pid), exact_rss(running.pid)
        faults = minor_faults(running.pid)
        print("  budget %d, resident at ready %d (+%d kB)"
              % (total, ready, (ready - total) // 1024))
        true(ready <= total + IMAGE_BYTES_MAX, "at ready %d, budget %d" % (ready, total))
        with Operators(running):
            load(running)
        after = exact_rss(running.pid)
        faults = minor_faults(running.pid) - faults
        print("  under load %+d kB, minor faults %+d" % ((after - exact) // 1024, faults))
        true(abs(after - exact) < GROWTH_BYTES_MAX, "grew by %d bytes under load" % (after - exact))
        equal(faults, 0, "minor faults of the data plane after ready")
        equal(running.stop(), 0)


@suite.case("resident memory, default configuration", None, kv_only=True)
def resident_default(path):
    check_resident(path, CONFIGURATIONS["default"])


@suite.case("resident memory, reference configuration", None, kv_only=True)
def resident_reference(path):
    check_resident(path, CONFIGURATIONS["reference"])


def attached(running, trace_path):
    """strace on every thread of the running server, or None where that is not allowed."""
    words = ["strace", "-f", "-qq", "-p", str(running.pid), "-e", "trace=" + CALLS,
             "-e", "signal=none", "-o", trace_path]
    tracer = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(200):
        with open("/proc/%d/status" % running.pid) as file:
            traced_by = int(re.search(r"TracerPid:\s+(\d+)", file.read()).group(1))
        if traced_by == tracer.pid:
            return tracer
        if tracer.poll() is not None:
            return None
        time.sleep(0.05)
    tracer.kill()
    tracer.wait()
    return None


@suite.case("no call for memory after ready", None, kv_only=True)
def no_calls(path):
    if SANITIZED:
        raise Skip("a sanitizer build asks for memory of its own")
    with server.Server(path, "kv", []) as running:
        trace_path = os.path.join(running.folder, "trace")
        tracer = attached(running, trace_path)
        if tracer is None:
            raise Skip("strace may not attach here")
        with Operators(running):
            load(running)
        equal(running.stop(), 0)  # the end asks for nothing either, and the tracer ends with it
        tracer.wait()
        tracer.stderr.close()
        with open(trace_path) as file:
            made = re.compile(r"\b(%s)\(" % CALLS.replace(",", "|"))
            calls = [line for line in file if made.search(line)]
        equal(calls, [], "calls after ready")


if __name__ == "__main__":
    raise SystemExit(suite.main())
