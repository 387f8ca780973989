#!/usr/bin/python3
"""Runs wire transcripts (*.t) against kv or, as the reference, against redis-server.

    run.py --server PATH --mode kv|redis [FILE...]

A transcript begins with header lines (one given again goes on) and then has cases. One server
runs per transcript; every case begins with an empty store and connections of its own.

    options: --name value ...   for the server, in both modes; kv-options:, redis-options: in one
    password: TEXT              how the runner itself authenticates
    only: kv|redis              the transcript is skipped in the other mode

    == name of the case [resp3] [kv] [redis]
                                resp3: its connections begin with HELLO 3; kv, redis: only there
    > SET key "a\\x00b"          sends a command on connection A, B> on connection B; words have
                                quotes and escapes, ${x*100} is 100 times x, ${NAME} what was
                                kept, ${now+10} and ${nowms+10} Unix times, ${i} the number of
                                the repetition
    >> *1\\r\\n$4\\r\\nPI           sends raw bytes
    +OK                         the next reply on the connection that sent last, in the notation
                                of notation.py; a reply may go on over lines until it is closed
    B:                          changes the connection that replies are expected on
    repeat N                    the next command and its expectation N times
    fill PREFIX COMMAND         COMMAND with rising ${i} until an error begins with PREFIX; ${n}
                                is then how often it was done
    keep NAME OLD               ${NAME} is from now on what ${OLD} is now
    open B, close B             connects, closes; `abandon B` leaves it as it is at the end
    closed                      the server closes the connection, nothing more comes
    cut off                     the same, whatever was still on its way
    exits N                     the server ends with that exit code (a new one is started)
    wait MS                     waits
    mark                        the counters from now on; without it, from the case's beginning
    stat NAME +N | -N | =N | >=N | >=+N | ~N | ~+N  a field of INFO has changed by N, is N, is at
                                least N, has changed by at least N; becomes N, or has changed
                                by N, within a bounded time
    scan ARGUMENTS              SCAN from 0 until the cursor is 0 again; the next expectation is
                                for the array of all the keys
    commandstats get.calls +1   short for stat cmdstat_get.calls; errorstats OOM +1 for
                                errorstat_OOM.count; pools NAME.used for INFO pools
    kv| ..., redis| ...         the line counts in that mode only
"""

import argparse
import os
import re
import shlex
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import notation  # noqa: E402
import resp  # noqa: E402
import server  # noqa: E402

FILL_MAX = 4000000
FILL_BATCH = 64
SCANS_MAX = 100000
POLLS_MAX = 600
POLL_SECONDS = 0.05
HEADERS = ("options", "kv-options", "redis-options", "password", "only")
STAT = re.compile(r"(stat|commandstats|errorstats|pools)\s+(\S+)\s+(>=\+|~\+|>=|[+=~-])(-?\d+)\Z")
SEND = re.compile(r"([A-Z]?)(>>?)(?: (.*))?\Z")


class CaseFailure(Exception):
    """What was expected and what came instead."""


class Case:
    def __init__(self, name, flags):
        self.name = name
        self.flags = flags
        self.lines = []  # (number, text)


class Transcript:
    """A parsed file: headers and cases of lines; the lines are read when they run."""

    def __init__(self, path):
        self.path = path
        self.headers = {}
        self.cases = []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                self._add(number, line.rstrip("\n"))

    def _add(self, number, line):
        text = line.strip()
        if not text or text.startswith("#"):
            return
        if text.startswith("== "):
            flags = set(re.findall(r" \[(resp3|kv|redis)\]", text))
            name = re.sub(r" \[(resp3|kv|redis)\]", "", text[3:]).strip()
            self.cases.append(Case(name, flags))
        elif self.cases:
            self.cases[-1].lines.append((number, text))
        else:
            name, colon, value = text.partition(":")
            if not colon or name not in HEADERS:
                raise notation.NotationError("%s:%d: not a header: %r" % (self.path, number, text))
            self.headers[name] = (self.headers.get(name, "") + " " + value.strip()).strip()

    def runs_in(self, mode):
        return self.headers.get("only", mode) == mode

    def options(self, mode):
        words = [self.headers.get("options", ""), self.headers.get(mode + "-options", "")]
        return [w for part in words for w in shlex.split(part)]


class CaseRun:
    """One case on a running server."""

    def __init__(self, host, case, mode):
        self.host = host
        self.case = case
        self.mode = mode
        self.connections = {}
        self.abandoned = set()
        self.current = "A"
        self.names = {}
        self.index = 0
        self.base = None
        self.fresh = None  # counters that the lines of one block of stat share
        self.repeat_next = 1  # how often the next command is sent
        self.repeat = 1  # how often the next expectation is expected
        self.scanned = None  # the keys of a `scan`, for the next expectation

    # -- connections --

    def connection(self, name):
        if name not in self.connections:
            connection = self.host.server.connect()
            self.connections[name] = connection
            if "resp3" in self.case.flags:
                connection.call("HELLO", "3")
        return self.connections[name]

    def finish(self):
        """No connection may have more to say than was expected."""
        for name, connection in self.connections.items():
            if not connection.is_open or name in self.abandoned:
                continue
            token = b"end-of-case-" + name.encode()
            connection.send(resp.command("ECHO", token))
            try:
                reply = connection.read_reply()
            except resp.Closed:
                raise CaseFailure("connection %s was closed by the server" % name) from None
            if reply != ("$", token) and not reply[1].startswith(b"NOAUTH"):
                raise CaseFailure("unexpected reply on %s: %s" % (name, notation.show(reply)))

    def close(self):
        for connection in self.connections.values():
            connection.close()

    # -- text --

    def expand(self, text):
        def one(found):
            inner = found.group(1)
            if inner == "i":
                return str(self.index)
            times = re.fullmatch(r"(.+)\*(\d+)", inner)
            if times:
                return times.group(1) * int(times.group(2))
            clock = re.fullmatch(r"(now|nowms)([+-]\d+)", inner)
            if clock:
                now = time.time() * (1000 if clock.group(1) == "nowms" else 1)
                return str(int(now) + int(clock.group(2)))
            if inner in self.names:
                return notation.escape(self.names[inner])
            raise notation.NotationError("nothing is known as ${%s}" % inner)

        return re.sub(r"\$\{([^}]+)\}", one, text)

    def words(self, text):
        out = []
        at = 0
        text = self.expand(text)
        while at < len(text):
            if text[at] == " ":
                at += 1
            elif text[at] == '"':
                end = notation.closing_quote(text, at + 1)
                out.append(notation.unescape(text[at + 1 : end]))
                at = end + 1
            else:
                end = text.find(" ", at)
                end = len(text) if end < 0 else end
                out.append(notation.unescape(text[at:end]))
                at = end
        return out

    # -- counters --

    def counters(self):
        return self.host.counters()

    def field(self, counters, name):
        head, dot, tail = name.rpartition(".")
        value = counters.get(head, {}) if dot else counters.get(name, 0)
        if dot and isinstance(value, dict):
            value = value.get(tail, 0)
        return float(value) if not isinstance(value, dict) else 0

    def stat(self, kind, name, relation, number):
        if kind == "commandstats":
            name = "cmdstat_" + name
        elif kind == "errorstats":
            name = "errorstat_%s.count" % name
        number = int(number)
        if relation[0] == "~":
            start = self.field(self.base, name) if relation == "~+" else 0
            return self.eventually(name, start + number)
        if self.fresh is None:
            self.fresh = self.counters()
        now = self.field(self.fresh, name)
        change = now - self.field(self.base, name)
        good = {"+": change == number, "-": change == -number, "=": now == number,
                ">=": now >= number, ">=+": change >= number}[relation]
        if not good:
            raise CaseFailure("%s is %g, changed by %+g, expected %s%d"
                              % (name, now, change, relation, number))
        return None

    def eventually(self, name, number):
        value = None
        for _ in range(POLLS_MAX):
            value = self.field(self.counters(), name)
            if value == number:
                return
            time.sleep(POLL_SECONDS)
        raise CaseFailure("%s stays %g, expected %g" % (name, value, number))

    # -- steps --

    def send(self, name, raw, text):
        self.current = name or "A"
        self.repeat, self.repeat_next = self.repeat_next, 1
        connection = self.connection(self.current)
        if raw:
            connection.send(notation.unescape(self.expand(text)))
            return
        parts = []
        for self.index in range(self.repeat):
            parts.append(resp.encode(self.words(text)))
        connection.send(b"".join(parts))

    def next_reply(self, connection):
        if self.scanned is not None:
            reply, self.scanned = ("*", self.scanned), None
            return reply
        try:
            return connection.read_reply()
        except resp.Closed:
            raise CaseFailure("the server closed the connection") from None
        except TimeoutError:
            raise CaseFailure("no reply") from None

    def scan(self, text):
        """SCAN may show a key twice, and here a key is expected once."""
        connection = self.connection(self.current)
        cursor, keys = b"0", []
        for _ in range(SCANS_MAX):
            kind, value = connection.call("SCAN", cursor, *self.words(text))
            if kind != "*":
                raise CaseFailure("SCAN: %s" % notation.show((kind, value)))
            cursor = value[0][1]
            keys += [key for key in value[1][1] if key not in keys]
            if cursor == b"0":
                self.scanned = keys
                return
        raise CaseFailure("SCAN does not end within %d calls" % SCANS_MAX)

    def expect(self, text):
        connection = self.connection(self.current)
        pattern = None
        for self.index in range(self.repeat):
            # A client that is slow to expect is a client that is slow to read.
            if pattern is None or "${i}" in text:
                pattern = notation.parse(self.expand(text))
            reply = self.next_reply(connection)
            problem = pattern.match(reply, self.names)
            if problem:
                raise CaseFailure("%s\n      expected %s\n      got      %s"
                                  % (problem, text[:3000], notation.show(reply)))
        self.repeat = 1

    def expect_closed(self, exactly):
        connection = self.connection(self.current)
        try:
            rest = connection.read_to_end()
        except TimeoutError:
            raise CaseFailure("the server keeps the connection open") from None
        connection.close()
        if exactly and rest:
            raise CaseFailure("before the close came %r" % rest[:500])

    def fill(self, text):
        prefix, command = text.split(" ", 1)
        connection = self.connection(self.current)
        done = self.index = 0
        while self.index < FILL_MAX:
            parts = []
            for _ in range(FILL_BATCH):
                parts.append(resp.encode(self.words(command)))
                self.index += 1
            connection.send(b"".join(parts))
            replies = [connection.read_reply() for _ in parts]
            errors = [r for r in replies if r[0] == "-"]
            wrong = [r for r in errors if not r[1].startswith(prefix[1:].encode())]
            if wrong:
                raise CaseFailure("fill met %s" % notation.show(wrong[0]))
            done += len(replies) - len(errors)
            if errors:
                self.names["n"] = b"%d" % done
                return
        raise CaseFailure("fill: no %s within %d commands" % (prefix, FILL_MAX))

    def expect_exit(self, number):
        code = self.host.server.wait()
        self.close()
        self.abandoned.update(self.connections)
        findings = self.host.server.findings()
        self.host.restart()
        if code != number:
            raise CaseFailure("exit code %s, expected %d" % (code, number))
        if findings:
            raise CaseFailure(findings)

    def directive(self, text):
        """A line that is not an expectation; False when it is one."""
        word, _, rest = text.partition(" ")
        rest = rest.strip()
        if re.fullmatch(r"[A-Z]:", text):
            self.current = text[0]
        elif word == "repeat":
            self.repeat_next = int(rest)
        elif word == "fill":
            self.fill(rest)
        elif word == "keep":
            name, old = rest.split()
            self.names[name] = self.names[old]
        elif word == "scan":
            self.scan(rest)
        elif word == "open":
            self.connection(rest)
        elif word == "close":
            self.connection(rest).close()
        elif word == "abandon":
            self.abandoned.add(rest)
        elif text in ("closed", "cut off"):
            self.expect_closed(text == "closed")
        elif word == "exits":
            self.expect_exit(int(rest))
        elif word == "wait":
            time.sleep(int(rest) / 1000)
        elif text == "mark":
            self.base = self.counters()
        else:
            return False
        return True

    def step(self, text):
        found = STAT.match(text)
        if found:
            self.stat(*found.groups())
            return
        self.fresh = None
        found = SEND.match(text)
        if found:
            self.send(found.group(1), found.group(2) == ">>", found.group(3) or "")
        elif not self.directive(text):
            self.expect(text)

    def lines(self):
        """The lines that count in this mode, continued replies joined."""
        joined = []
        for number, text in self.case.lines:
            chosen = re.match(r"(kv|redis)\|\s*(.*)", text)
            if chosen:
                if chosen.group(1) != self.mode:
                    continue
                text = chosen.group(2)
            if joined and not joined[-1][2]:
                joined[-1][1] += "\n" + text
                joined[-1][2] = notation.is_complete(joined[-1][1])
            else:
                plain = text[:1] in "[{~*s" or text[:2] == ">["
                is_send = SEND.match(text) and text[:2] != ">["
                opened = plain and not is_send and not STAT.match(text)
                joined.append([number, text, not opened or notation.is_complete(text)])
        return joined

    def run(self):
        lines = self.lines()
        self.host.prepare()
        if any(STAT.match(text) for _, text, _ in lines):
            self.base = self.counters()
        number = 0
        try:
            for number, text, _ in lines:
                self.step(text)
            self.finish()
        except (CaseFailure, notation.NotationError, resp.ProtocolError) as error:
            raise CaseFailure("line %d: %s" % (number, error)) from None
        except (resp.Closed, OSError) as error:
            raise CaseFailure("line %d: %s: %s" % (number, type(error).__name__, error)) from None
        finally:
            self.close()


class Host:
    """The server of one transcript and the runner's own connection to it."""

    def __init__(self, path, mode, transcript):
        self.path = path
        self.mode = mode
        self.options = transcript.options(mode)
        self.password = transcript.headers.get("password")
        self.server = None
        self.control = None
        self.start()

    def start(self):
        self.server = server.Server(self.path, self.mode, self.options, password=self.password)
        self.control = None

    def restart(self):
        self.server.__exit__(None, None, None)
        self.start()

    def ask(self, *words):
        """Asks on the runner's own connection, which a `timeout` may have closed meanwhile."""
        for _ in range(2):
            if self.control is None:
                self.control = self.server.control()
            try:
                return self.control.call(*words)
            except (resp.Closed, OSError):
                self.control.close()
                self.control = None
        raise CaseFailure("the server does not answer the runner")

    def prepare(self):
        if self.server.process.poll() is not None:
            raise CaseFailure("the server is gone, exit code %s:\n%s"
                              % (self.server.process.returncode, self.server.log()[-3000:]))
        reply = self.ask("FLUSHALL")
        if reply != ("+", b"OK"):
            raise CaseFailure("FLUSHALL before the case: %s" % notation.show(reply))

    def counters(self):
        kind, text = self.ask("INFO", "all")
        if kind != "$":
            raise CaseFailure("INFO: %s%r" % (kind, text))
        fields = server.parse_info(text.decode(errors="replace"))
        if self.mode == "kv":
            kind, text = self.ask("INFO", "pools")
            if kind == "$":
                fields.update(server.parse_info(text.decode(errors="replace")))
        return fields

    def stop(self):
        """Ends the server; returns what was wrong with that, or None."""
        if self.control is not None:
            self.control.close()
        code = self.server.stop()
        problem = None
        if self.mode == "kv" and code != 0:
            problem = "exit code %s after SIGTERM:\n%s" % (code, self.server.log()[-3000:])
        findings = self.server.findings()
        if findings:
            problem = findings[:6000]
        self.server.__exit__(None, None, None)
        return problem


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def report(self, name, problem):
        if problem is None:
            self.passed += 1
            print("ok   " + name)
        else:
            self.failed += 1
            print("FAIL %s: %s" % (name, problem))
        sys.stdout.flush()


def is_chosen(case, arguments):
    modes = case.flags & {"kv", "redis"}
    return (not modes or arguments.mode in modes) and (arguments.case or "") in case.name


def run_transcript(arguments, path, tally):
    name = os.path.basename(path)
    transcript = Transcript(path)
    if not transcript.runs_in(arguments.mode):
        return
    cases = [case for case in transcript.cases if is_chosen(case, arguments)]
    if not cases:
        return
    try:
        host = Host(arguments.server, arguments.mode, transcript)
    except server.StartError as error:
        tally.report(name + ": start", str(error))
        return
    for case in cases:
        problem = None
        try:
            CaseRun(host, case, arguments.mode).run()
        except (CaseFailure, server.StartError) as error:
            problem = str(error)
        tally.report("%s: %s" % (name, case.name), problem)
    tally.report(name + ": stop", host.stop())


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Runs wire transcripts.")
    parser.add_argument("--server", default=server.default_path(), help="path of the server")
    parser.add_argument("--mode", choices=("kv", "redis"), default="kv")
    parser.add_argument("--case", help="only cases whose name contains this")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    if not arguments.server:
        parser.error("--server, KV_SERVER or KV_BIN is needed")
    files = arguments.files or sorted(
        os.path.join(here, f) for f in os.listdir(here) if f.endswith(".t"))
    tally = Tally()
    for path in files:
        run_transcript(arguments, path, tally)
    print("%d passed, %d failed" % (tally.passed, tally.failed))
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
