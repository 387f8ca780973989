#!/usr/bin/python3
"""What the service manager is told, by a real server over a real datagram socket: ready, signs of
life, stopping; and that a manager who is not there stops nothing."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile

from suite import Suite, contains, equal, true

import resp
import server

suite = Suite()
RECEIVE_SECONDS = 120
WATCHDOG_USEC = 200000
VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
# Names the process that the server will be, as the service manager does.
WITH_OWN_PID = ["sh", "-c", 'WATCHDOG_PID=$$; export WATCHDOG_PID; exec "$@"', "sh"]


class Manager:
    """The service manager's end of the socket, and the environment that it gives."""

    def __init__(self, abstract=False, **variables):
        self.folder = tempfile.mkdtemp(prefix="kvsock-")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(RECEIVE_SECONDS)
        name = os.path.join(self.folder, "notify")
        self.socket.bind("\0" + name if abstract else name)
        environment(NOTIFY_SOCKET="@" + name if abstract else name, **variables)

    def receive(self):
        """One message as a dict."""
        text = self.socket.recv(4096).decode()
        return dict(line.split("=", 1) for line in text.split("\n"))

    def receive_past_signs(self):
        """The next message that is no sign of life."""
        while True:
            message = self.receive()
            if message != {"WATCHDOG": "1"}:
                return message

    def is_silent(self):
        """Whether nothing has come that was not received."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            return True
        return False

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        environment()
        self.socket.close()
        shutil.rmtree(self.folder)


def environment(**variables):
    """What the next server gets of the protocol's variables: these and no other."""
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(variables)


def check_life(path, manager, options=()):
    with server.Server(path, "kv", list(options)) as running:
        ready = manager.receive_past_signs()
        equal(ready.pop("READY", None), "1", "the first message")
        contains(ready.pop("STATUS"), "ready on 127.0.0.1:%d" % running.port)
        equal(ready, {}, "what else it says")
        connection = running.connect()
        equal(connection.call("PING"), ("+", b"PONG"))
        running.signal(signal.SIGTERM)
        stopping = manager.receive_past_signs()
        equal(stopping.pop("STOPPING", None), "1", "the message at the end")
        contains(stopping.pop("STATUS"), "stopping: ")
        equal(stopping, {}, "what else it says")
        equal(running.wait(), 0, "exit code")
        equal(running.findings(), "", "sanitizer")
        true("service manager" not in running.log(), running.log())


@suite.case("a path", None, kv_only=True)
def by_path(path):
    with Manager() as manager:
        check_life(path, manager)
        true(manager.is_silent(), "signs of life, though nobody waits for them")


@suite.case("an abstract name, and the other backend", None, kv_only=True)
def by_abstract_name(path):
    with Manager(abstract=True) as manager:
        check_life(path, manager, ["--io-backend", "epoll"])


@suite.case("ready means that a client is served", None, kv_only=True)
def served(path):
    with Manager() as manager:
        # Connects as soon as the message is there, whatever the log says by then.
        port = server.free_port()
        words = [path, "--port", str(port), "--bind", "127.0.0.1"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as kv:
            try:
                equal(manager.receive()["READY"], "1")
                connection = resp.Connection(("127.0.0.1", port))
                equal(connection.call("SET", "k", "v"), ("+", b"OK"))
                connection.close()
            finally:
                kv.terminate()
            equal(kv.wait(server.STOP_SECONDS), 0, "exit code")


@suite.case("signs of life, while it serves and while it stops", None, kv_only=True)
def signs(path):
    with Manager(WATCHDOG_USEC=str(WATCHDOG_USEC)) as manager:
        with server.Server(path, "kv", ["--shutdown-timeout", "3000", "--reply-timeout", "3000"],
                           wrapper=WITH_OWN_PID) as running:
            equal(manager.receive_past_signs()["READY"], "1")
            for _ in range(5):
                equal(manager.receive(), {"WATCHDOG": "1"})
            # A reader who does not read holds the end up.
            reader = running.connect()
            equal(reader.call("SET", "large", b"v" * 1000000), ("+", b"OK"))
            for _ in range(100):
                reader.send(b"*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n")
            running.signal(signal.SIGTERM)
            equal(manager.receive_past_signs()["STOPPING"], "1")
            for _ in range(3):
                equal(manager.receive(), {"WATCHDOG": "1"})
            running.signal(signal.SIGTERM)
            equal(running.wait(), 1, "exit code of the second signal")


@suite.case("a server that is stopped gives no sign", None, kv_only=True)
def stopped(path):
    with Manager(WATCHDOG_USEC=str(WATCHDOG_USEC)) as manager:
        with server.Server(path, "kv") as running:
            equal(manager.receive_past_signs()["READY"], "1")
            equal(manager.receive(), {"WATCHDOG": "1"})
            running.signal(signal.SIGSTOP)
            os.waitid(os.P_PID, running.pid, os.WSTOPPED | os.WNOWAIT)
            while not manager.is_silent():
                pass
            manager.socket.settimeout(4 * WATCHDOG_USEC / 1e6)
            try:
                raise AssertionError("a sign of life: %r" % manager.receive())
            except socket.timeout:
                pass
            manager.socket.settimeout(RECEIVE_SECONDS)
            running.signal(signal.SIGCONT)
            equal(manager.receive(), {"WATCHDOG": "1"})
            equal(running.stop(), 0, "exit code")


@suite.case("a watchdog that is another process's", None, kv_only=True)
def of_another(path):
    with Manager(WATCHDOG_USEC="1000", WATCHDOG_PID="1") as manager:
        check_life(path, manager)
        true(manager.is_silent(), "signs of life for another process")


@suite.case("a manager who is not there", None, kv_only=True)
def not_there(path):
    for name in ("/nonexistent/notify", "@kv-nobody-%d" % os.getpid(), "nonsense",
                 "/" + "x" * 200):
        environment(NOTIFY_SOCKET=name, WATCHDOG_USEC="1000")
        try:
            with server.Server(path, "kv") as running:
                lines = [line for line in running.log().split("\n") if "NOTIFY_SOCKET" in line]
                equal(len(lines), 1, "warnings in %s" % running.log())
                contains(lines[0], " warning ", name, "the service manager is not told")
                equal(running.connect().call("PING"), ("+", b"PONG"))
                equal(running.stop(), 0, "exit code")
                equal(running.findings(), "", "sanitizer")
        finally:
            environment()


@suite.case("a manager who goes away", None, kv_only=True)
def gone(path):
    with Manager(WATCHDOG_USEC="100000") as manager:
        with server.Server(path, "kv") as running:
            equal(manager.receive_past_signs()["READY"], "1")
            manager.socket.close()
            connection = running.connect()
            while "cannot tell the service manager" not in running.log():
                equal(connection.call("PING"), ("+", b"PONG"))
            equal(running.stop(), 0, "exit code")
            equal(running.log().count("service manager"), 1, running.log())


if __name__ == "__main__":
    raise SystemExit(suite.main())
