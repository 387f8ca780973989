#!/usr/bin/python3
"""The command line and the configuration file: what is refused stops the start with one clear
message, and what is printed can be used."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

from suite import Suite, contains, equal, run, true

import resp
import server

suite = Suite()


def refused(path, *words, says):
    """The start must fail at once, with one line that says all of this."""
    done = subprocess.run([path, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    text = done.stderr.decode(errors="replace")
    messages = [line for line in text.split("\n") if line.startswith("kv: ")]
    equal(len(messages), 1, "messages for %s in %r" % (words, text))
    contains(messages[0], *says)
    equal(done.returncode, 1, "exit code for %s" % (words,))
    equal(server.SANITIZER.search(text), None, "sanitizer")


def accepted(path, *words):
    run([path, *words, "--check-config"])


@suite.case("options that are refused", None, kv_only=True)
def options(path):
    refused(path, "--nosuch", "1", says=["nosuch"])
    refused(path, "--nosuch=1", says=["nosuch"])
    refused(path, "--prot", "1", says=["prot"])
    refused(path, "--port", "65536", says=["port", "65536", "0", "65535"])
    refused(path, "--port", "-1", says=["port", "-1"])
    refused(path, "--port", "abc", says=["port", "abc"])
    refused(path, "--port", "", says=["port"])
    refused(path, "--port", says=["--port"])
    refused(path, "--connections-max", "0", says=["connections-max", "0", "1", "1000000"])
    refused(path, "--maxclients", "0", says=["connections-max", "1000000"])
    refused(path, "--key-count", "0", says=["key-count"])
    refused(path, "--key-size-max", "3073", says=["key-size-max", "3073", "3072"])
    refused(path, "--key-size-max", "0", says=["key-size-max"])
    refused(path, "--val-size-max", "0", says=["val-size-max"])
    refused(path, "--val-size-max", "1tb", says=["val-size-max"])
    refused(path, "--val-size-max", "10x", says=["val-size-max", "10x"])
    refused(path, "--val-size-max", "99999999999999999999", says=["val-size-max"])
    refused(path, "--list-length-max", "0", says=["list-length-max"])
    refused(path, "--capacity", "maybe", says=["capacity", "maybe", "guaranteed", "shared"])
    refused(path, "--protected-mode", "maybe", says=["protected-mode", "maybe", "yes", "no"])
    refused(path, "--loglevel", "loud", says=["loglevel", "loud", "debug", "warning"])
    refused(path, "--seccomp", "maybe", says=["seccomp", "maybe", "yes", "log", "no"])
    refused(path, "--memory-lock", "1", says=["memory-lock", "yes or no"])
    refused(path, "--huge-pages", "always", says=["huge-pages", "yes or no"])
    refused(path, "--io-backend", "magic", says=["io-backend", "magic", "epoll"])
    refused(path, "--timeout", "1.5", says=["timeout", "1.5"])
    refused(path, "--request-timeout", "0", says=["request-timeout"])
    refused(path, "--unixsocketperm", "999", says=["unixsocketperm", "999"])
    refused(path, "--databases", "4", says=["databases"])
    refused(path, "-x", says=["-x"])
    refused(path, "--", says=["--"])
    refused(path, "--budget=xml", says=["--budget"])


@suite.case("combinations that are refused", None, kv_only=True)
def combinations(path):
    refused(path, "--memory", "0", "--store-memory", "0", says=["memory", "store-memory"])
    refused(path, "--capacity", "guaranteed", "--memory", "1gb", says=["memory", "guaranteed"])
    refused(path, "--capacity", "guaranteed", "--store-memory", "1gb",
            says=["store-memory", "guaranteed"])
    refused(path, "--memory", "100mb", "--store-memory", "200mb", says=["store-memory", "memory"])
    refused(path, "--val-size-max", "100mb", says=["request-size-max"])
    refused(path, "--val-size-max", "20mb", "--request-size-max", "30mb", says=["reply-size-max"])
    refused(path, "--receive-memory", "1000", says=["receive-memory", "1000"])
    refused(path, "--reply-memory", "1000", says=["reply-memory", "1000"])
    refused(path, "--proto-max-bulk-len", "1mb", "--val-size-max", "2mb",
            says=["proto-max-bulk-len", "val-size-max"])


@suite.case("memory that is too small", None, kv_only=True)
def too_small(path):
    for words in (["--memory", "1mb"], ["--memory", "20mb"], ["--memory", "1"]):
        refused(path, *words, says=["memory: ", "too little", "store", "receive", "reply"])
    refused(path, "--memory", "0", "--store-memory", "1mb", says=["store-memory: ", "too little"])
    # What the message asks for is enough, and nothing less is.
    _, err = run([path, "--memory", "1mb", "--check-config"], code=None)
    least = int(re.search(r"at least (\d+) bytes", err).group(1))
    accepted(path, "--memory", str(least))
    refused(path, "--memory", str(least - 8192), says=["memory: "])


@suite.case("configuration files", None, kv_only=True)
def files(path):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        config_files(path, folder)
    finally:
        shutil.rmtree(folder)


def config_files(path, folder):
    def write(name, text):
        full = os.path.join(folder, name)
        with open(full, "w") as file:
            file.write(text)
        return full

    good = write("good.conf", '# a comment\n\nport 7777\ntimeout 5 \nrequirepass "a b"\n'
                              "val-size-max 64kb\nmaxclients 100\n")
    accepted(path, good)
    bad = write("bad.conf", "port 7777\n\nkey-count none\n")
    refused(path, bad, says=["bad.conf:3: ", "key-count", "none"])
    unknown = write("unknown.conf", "nosuch 1\n")
    refused(path, unknown, says=["unknown.conf:1: ", "nosuch"])
    short = write("short.conf", "port\n")
    refused(path, short, says=["short.conf:1: ", "port"])
    refused(path, os.path.join(folder, "none.conf"), says=["none.conf"])
    refused(path, folder, says=[folder])
    including = write("including.conf", "timeout 9\ninclude good.conf\n")
    accepted(path, including)
    broken = write("broken.conf", "include bad.conf\n")
    refused(path, broken, says=["bad.conf:3: ", "key-count"])
    circle = write("circle.conf", "include circle.conf\n")
    refused(path, circle, says=["circle.conf", "include"])
    refused(path, good, good, says=["configuration file"])
    with open(os.path.join(folder, "binary.conf"), "wb") as file:
        file.write(bytes(range(256)) * 40)
    refused(path, os.path.join(folder, "binary.conf"), says=["binary.conf:1: "])
    with server.Server(path, "kv", [good, "--timeout", "8"]) as running:
        connection = running.connect()
        equal(connection.call("AUTH", "a b"), ("+", b"OK"))
        for name, value in (("timeout", "8"), ("val-size-max", "65536"),
                            ("connections-max", "100"), ("port", str(running.port))):
            equal(connection.call("CONFIG", "GET", name)[1][1], ("$", value.encode()), name)
        equal(running.stop(), 0)


@suite.case("addresses that cannot be had", None, kv_only=True)
def addresses(path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(path, "--bind", "127.0.0.1", "--port", port, says=[port, "127.0.0.1", "in use"])
    port = str(server.free_port())
    refused(path, "--bind", "nonsense", "--port", port, says=["nonsense"])
    refused(path, "--bind", "192.0.2.1", "--port", port, says=["192.0.2.1"])
    refused(path, "--port", "0", says=["port", "unixsocket"])
    refused(path, "--port", "0", "--unixsocket", "/nonexistent/kv.sock",
            says=["/nonexistent/kv.sock"])
    refused(path, "--port", "0", "--unixsocket", "/tmp/" + "x" * 200, says=["unixsocket"])
    refused(path, "--port", port, "--logfile", "/nonexistent/log", says=["/nonexistent/log"])


@suite.case("an address that may be missing", None, kv_only=True)
def optional_address(path):
    with server.Server(path, "kv", ["--bind", "127.0.0.1 -192.0.2.1 -::1"]) as running:
        connection = running.connect()
        equal(connection.call("PING"), ("+", b"PONG"))
        try:
            six = resp.Connection(("::1", running.port))
        except OSError:
            six = None  # this host has no IPv6
        if six is not None:
            equal(six.call("PING"), ("+", b"PONG"))
        equal(running.stop(), 0)


@suite.case("no TCP port, only a unix socket", None, kv_only=True)
def only_unix(path):
    folder = tempfile.mkdtemp(prefix="kvsock-")
    name = os.path.join(folder, "kv.sock")
    with server.Server(path, "kv", ["--port", "0", "--unixsocket", name]) as running:
        connection = resp.Connection(name)
        equal(connection.call("PING"), ("+", b"PONG"))
        connection.close()
        equal(running.stop(), 0)
    os.rmdir(folder)


@suite.case("a log file", None, kv_only=True)
def logfile(path):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    name = os.path.join(folder, "kv.log")
    with server.Server(path, "kv", ["--logfile", name], log_path=name) as running:
        equal(running.stop(), 0)
        text = running.log()
    contains(text, "ready", "stopped")
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* (debug|verbose|notice|warning) ")
    for line in text.strip().split("\n"):
        true(form.match(line), "not time, level, message: %r" % line)
    shutil.rmtree(folder)


@suite.case("both backends", None, kv_only=True)
def backends(path):
    for backend in ("epoll", "io_uring", "auto"):
        try:
            running = server.Server(path, "kv", ["--io-backend", backend])
        except server.StartError as error:
            # A host may forbid io_uring; then the message must say so.
            true(backend == "io_uring" and "io_uring" in str(error), str(error))
            continue
        with running:
            connection = running.connect()
            equal(connection.call("SET", "k", b"v" * 100000), ("+", b"OK"))
            equal(connection.call("GET", "k"), ("$", b"v" * 100000))
            _, text = connection.call("INFO", "server")
            shown = re.search(rb"kv_io_backend:(\S+)", text).group(1).decode()
            true(shown == backend or backend == "auto", "%s runs with %s" % (backend, shown))
            equal(running.stop(), 0)


@suite.case("what the command line prints", None, kv_only=True)
def printed(path):
    version, _ = run([path, "--version"])
    true(re.match(r"kv \d+\.\d+", version), version)
    text, _ = run([path, "--help"])
    contains(text, "--budget", "--check-config", "connections-max", "key-count", "val-size-max",
             "list-length-max", "capacity", "memory", "reply-timeout", "unixsocket", "requirepass")
    sample, _ = run([path, "--sample-config"])
    contains(sample, "connections-max", "val-size-max", "requirepass")
    folder = tempfile.mkdtemp(prefix="kvtest-")
    name = os.path.join(folder, "kv.conf")
    with open(name, "w") as file:
        file.write(sample)
    accepted(path, name)
    # The sample states the defaults: with it nothing is different.
    equal(run([path, name, "--budget=json"])[0], run([path, "--budget=json"])[0])
    shutil.rmtree(folder)


@suite.case("what the start prints", None, kv_only=True)
def start_prints(path):
    with server.Server(path, "kv", ["--timeout", "77"]) as running:
        budget = json.loads(run([path, "--budget=json"])[0])
        contains(running.output(), "timeout 77", str(budget["total_bytes"]), "store.pages")
        for region in budget["regions"]:
            contains(running.output(), region["name"])
        contains(running.log(), "ready", "127.0.0.1:%d" % running.port)
        equal(running.stop(), 0)


if __name__ == "__main__":
    raise SystemExit(suite.main())
