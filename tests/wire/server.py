"""Starts and stops the server under test: kv itself, or redis-server as the reference."""

import atexit
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from resp import Connection

PORT_FIRST = 21000
PORT_COUNT = 3000
# A bound, not an expectation: sanitizer builds on a busy machine are slow to start.
START_SECONDS = 120
STOP_SECONDS = 60
# A sanitizer's finding, as its runtime begins to report it.
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:")


class StartError(Exception):
    """The server did not become ready; the text has its exit code and its log."""


def default_path():
    """The server that the environment names: KV_SERVER, or KV_BIN as `make check` sets it."""
    return os.environ.get("KV_SERVER") or os.environ.get("KV_BIN")


def free_port():
    """A loopback port that nobody listens on right now."""
    for _ in range(PORT_COUNT):
        port = PORT_FIRST + random.randrange(PORT_COUNT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StartError("no free port between %d and %d" % (PORT_FIRST, PORT_FIRST + PORT_COUNT - 1))


class Server:
    """One running server with a folder of its own. Use it as a context manager."""

    def __init__(self, path, mode="kv", options=(), port=None, wrapper=(), password=None,
                 log_path=None, env=None):
        self.path = os.path.abspath(path) if os.sep in path else path
        self.mode = mode
        self.password = password
        self.env = dict(os.environ, **(env or {}))
        self.admin_port = None  # of the HTTP plane; None where a test's options say otherwise
        # Options for every start, such as --io-backend epoll, whatever the test is.
        always = os.environ.get("KV_OPTIONS", "").split() if mode == "kv" else []
        options = always + list(options)
        self.folder = tempfile.mkdtemp(prefix="kvtest-")
        self.log_path = log_path or os.path.join(self.folder, "log")
        self.output_path = os.path.join(self.folder, "output")
        self.process = None
        self.exit_code = None
        # A test that breaks half way must not leave its server behind.
        atexit.register(self._abandon)
        fixed_port = port
        for attempt in range(5):
            self.port = fixed_port or free_port()
            self._launch(list(options), list(wrapper))
            try:
                self._wait_ready()
                return
            except StartError as error:
                # Another test may have taken the port between the probe and the start.
                taken = "in use" in str(error) and fixed_port is None and attempt < 4
                if not taken:
                    self._remove_folder()
                    raise
                # What the failed start said is not the next one's.
                os.truncate(self.log_path, 0)

    def _launch(self, options, wrapper):
        if self.mode == "kv":
            words = [self.path, "--port", str(self.port), "--bind", "127.0.0.1"]
            if "--admin-port" not in options:
                self.admin_port = free_port()
                words += ["--admin-port", str(self.admin_port)]
        else:
            words = [self.path, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                     "--dir", self.folder]
        with open(self.log_path, "ab") as log, open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                wrapper + words + options, stdin=subprocess.DEVNULL, cwd=self.folder, env=self.env,
                stdout=output if self.mode == "kv" else log, stderr=log)

    def _wait_ready(self):
        sign = b" ready" if self.mode == "kv" else b"Ready to accept connections"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            code = self.process.poll()
            if self._has_line_with(sign):
                return
            if code is not None:
                raise StartError("the server ended with code %d:\n%s" % (code, self.log()))
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        raise StartError("no %r within %d s:\n%s" % (sign, START_SECONDS, self.log()))

    def _has_line_with(self, sign):
        with open(self.log_path, "rb") as log:
            text = log.read()
        return sign in text[: text.rfind(b"\n") + 1]

    def log(self):
        with open(self.log_path, "r", errors="replace") as log:
            return log.read()

    def output(self):
        """What it printed before it was ready: configuration and budget."""
        with open(self.output_path, "r", errors="replace") as output:
            return output.read()

    @property
    def pid(self):
        """The server's own process, also below a wrapper such as taskset or strace."""
        return self.process.pid

    def connect(self, **arguments):
        return Connection(("127.0.0.1", self.port), **arguments)

    def control(self):
        """A connection for the test's own questions, authenticated."""
        connection = self.connect()
        if self.password:
            connection.call("AUTH", self.password)
        return connection

    def info(self, section="all", connection=None):
        """INFO as a dict; `a=1,b=2` values become dicts of their own."""
        asked = connection or self.control()
        kind, text = asked.call("INFO", section)
        if connection is None:
            asked.close()
        if kind != "$":
            raise AssertionError("INFO %s answered %s%r" % (section, kind, text))
        return parse_info(text.decode(errors="replace"))

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """Waits for the end; the exit code, or None when it is still running after that time."""
        try:
            self.exit_code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return self.exit_code

    def stop(self):
        """SIGTERM, then the exit code (None: it had to be killed)."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.wait()
        if code is None:
            self.process.kill()
            self.process.wait()
        return code

    def findings(self):
        """What a sanitizer wrote to the log, or nothing."""
        text = self.log()
        found = SANITIZER.search(text)
        return text[found.start() :] if found else ""

    def _abandon(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._remove_folder()

    def _remove_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.stop()
        self._remove_folder()


def parse_info(text):
    fields = {}
    for line in text.split("\r\n"):
        if not line or line.startswith("#"):
            continue
        name, _, value = line.partition(":")
        if re.match(r"\w+=[^,]*(,[\w.-]+=[^,]*)*\Z", value):
            fields[name] = dict(part.split("=", 1) for part in value.split(","))
        else:
            fields[name] = value
    return fields
