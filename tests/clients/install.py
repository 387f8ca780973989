#!/usr/bin/python3
"""What `make install` gives an operator: where it lands, that it works from there, and that
`make uninstall` takes back what it brought and nothing else."""

import http.client
import os
import re
import shutil
import subprocess
import tempfile

from suite import Skip, Suite, contains, equal, eventually, run, true

import server

suite = Suite()
BUILD = os.environ.get("KV_BUILDDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                      "..", "..", "build")
FOLDERS = ("bindir", "sysconfdir", "mandir", "docdir", "pkgdatadir", "systemdsystemunitdir")
INSTALLED = {"bindir": ["kv"], "sysconfdir": ["kv/kv.conf"],
             "mandir": ["man1/kv.1", "man5/kv.conf.5"], "docdir": ["kv.conf"],
             "pkgdatadir": ["grafana-dashboard.json", "prometheus-rules.yml", "status.schema.json"],
             "systemdsystemunitdir": ["kv.service"]}
# systemd's own measure of what a service can do: 0 is nothing, 100 everything.
EXPOSURE_MAX = 20


def make(*words):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    done = subprocess.run(["make", "-s", "--no-print-directory", "-C", BUILD, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    text = done.stdout.decode(errors="replace")
    equal(done.returncode, 0, "make %s: %s%s" % (" ".join(words), text,
                                                 done.stderr.decode(errors="replace")))
    return text


class Installation:
    """make install into a folder of its own, as context manager."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="kvtest-")
        shown = "kv-folders: ; @printf '%s\\n' " + " ".join("'$(%s)'" % name for name in FOLDERS)
        self.folders = dict(zip(FOLDERS, make("--eval", shown, "kv-folders").split("\n")))
        self.install()

    def install(self):
        make("install", "DESTDIR=" + self.root)

    def uninstall(self):
        make("uninstall", "DESTDIR=" + self.root)

    def path(self, folder, name):
        return self.root + os.path.join(self.folders[folder], name)

    @property
    def kv(self):
        return self.path("bindir", "kv")

    @property
    def config(self):
        return self.path("sysconfdir", "kv/kv.conf")

    def files(self):
        return sorted(os.path.join(where, name)
                      for where, _, names in os.walk(self.root) for name in names)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.root)


def read(path):
    with open(path) as file:
        return file.read()


@suite.case("what is installed where", None, kv_only=True)
def where(path):
    with Installation() as here:
        expected = sorted(here.path(folder, name) for folder, names in INSTALLED.items()
                          for name in names)
        equal(here.files(), expected, "installed files")
        for name in expected:
            true(os.path.getsize(name) > 100, "%s is empty" % name)
            equal(os.stat(name).st_mode & 0o777, 0o755 if name == here.kv else 0o644, name)
        for page in ("man1/kv.1", "man5/kv.conf.5"):
            # What it says of the configuration's place is where that is installed.
            contains(read(here.path("mandir", page)).replace("\\-", "-"),
                     here.folders["sysconfdir"] + "/kv/kv.conf")


@suite.case("it runs from there, with its configuration", None, kv_only=True)
def runs(path):
    with Installation() as here:
        equal(run([here.kv, here.config, "--check-config"])[0], "the configuration is valid\n")
        equal(read(here.config), run([here.kv, "--sample-config"])[0], "the configuration")
        with server.Server(here.kv, "kv", [here.config]) as running:
            equal(running.connect().call("PING"), ("+", b"PONG"))
            equal(running.stop(), 0, "exit code")
        with open(here.config, "a") as file:
            file.write("nosuch 1\n")
        out, err = run([here.kv, here.config, "--check-config"], code=1)
        contains(err, "kv.conf:%d: nosuch" % len(read(here.config).splitlines()))


@suite.case("every option at its default is a configuration too", None, kv_only=True)
def uncommented(path):
    with Installation() as here:
        text = re.sub(r"^#(?=[a-z])", "", read(here.config), flags=re.MULTILINE)
        options = [line for line in text.split("\n") if line and not line.startswith("#")]
        true(len(options) >= 30, "options: %s" % options)
        with open(here.config, "w") as file:
            file.write(text)
        run([here.kv, here.config, "--check-config"])
        equal(run([here.kv, here.config, "--budget=json"])[0],
              run([here.kv, "--budget=json"])[0], "the budget with every default said")


@suite.case("a configuration that is there is its owner's", None, kv_only=True)
def kept(path):
    with Installation() as here:
        with open(here.config, "w") as file:
            file.write("port 7\n")
        here.install()
        equal(read(here.config), "port 7\n", "the owner's configuration after make install")
        contains(read(here.path("docdir", "kv.conf")), "#port 6379")
        here.uninstall()
        equal(here.files(), [here.config], "what make uninstall leaves")
        equal(read(here.config), "port 7\n", "the owner's configuration after make uninstall")


@suite.case("uninstall leaves nothing", None, kv_only=True)
def uninstall(path):
    with Installation() as here:
        here.uninstall()
        equal(here.files(), [], "what make uninstall leaves")


# -- the unit of systemd --


def need(program):
    if shutil.which(program) is None:
        raise Skip("there is no %s here" % program)


def setting(unit, name):
    found = re.findall(r"^%s=(.*)$" % name, unit, re.MULTILINE)
    true(found, "the unit does not say %s" % name)
    return found


@suite.case("the unit starts what is installed", None, kv_only=True)
def unit(path):
    with Installation() as here:
        text = read(here.path("systemdsystemunitdir", "kv.service"))
        true(not re.search(r"@\w+@|\$\{", text), "what was not substituted: %s" % text)
        equal(setting(text, "ExecStart"), ["%s/kv %s/kv/kv.conf" % (here.folders["bindir"],
                                                                    here.folders["sysconfdir"])])
        equal(setting(text, "Type"), ["notify"])
        true(int(setting(text, "WatchdogSec")[0]) > 0, "no watchdog")
        defaults = run([path, "--sample-config"])[0]
        timeout = int(re.search(r"^#shutdown-timeout (\d+)$", defaults, re.MULTILINE).group(1))
        true(int(setting(text, "TimeoutStopSec")[0]) > timeout, "it is killed while it drains")
        files = int(setting(text, "LimitNOFILE")[0])
        most = run([path, "--connections-max", "1000000", "--memory", "0", "--store-memory", "1gb",
                    "--check-config"])[0]
        contains(most, "valid")
        true(files > 1000000 + 100, "connections-max cannot be reached")


def verify(here, text, *options):
    """systemd-analyze's verdict on a unit whose paths are those of the installation."""
    for folder in ("bindir", "sysconfdir"):
        text = text.replace(here.folders[folder], here.root + here.folders[folder])
    name = os.path.join(here.root, "kv.service")
    with open(name, "w") as file:
        file.write(text)
    done = subprocess.run(["systemd-analyze", *options, name], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


@suite.case("systemd finds nothing wrong with the unit", None, kv_only=True)
def verified(path):
    need("systemd-analyze")
    with Installation() as here:
        text = read(here.path("systemdsystemunitdir", "kv.service"))
        code, said = verify(here, text, "verify", "--man=no", "--recursive-errors=no")
        equal((code, said), (0, ""), "systemd-analyze verify")
        code, said = verify(here, text + "\n[Service]\nNosuch=1\n", "verify", "--man=no",
                            "--recursive-errors=no")
        contains(said, "Nosuch")
        code, said = verify(here, text, "security", "--offline=yes",
                            "--threshold=%d" % EXPOSURE_MAX)
        equal(code, 0, said)


def call_set(name, depth=0):
    """The names in one of systemd's sets of system calls, those of the sets in it included."""
    true(depth < 8, "sets in sets without end")
    names = set()
    for line in run(["systemd-analyze", "syscall-filter", name])[0].split("\n")[1:]:
        word = line.strip()
        if word.startswith("@"):
            names |= call_set(word, depth + 1)
        elif word and not word.startswith("#"):
            names.add(word)
    return names


def allowed_calls(text):
    """What the unit's filter lets through."""
    allowed = set()
    for line in setting(text, "SystemCallFilter"):
        named = set()
        for word in line.lstrip("~").split():
            named |= call_set(word) if word.startswith("@") else {word}
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def calls_of(path, folder, *options):
    """The system calls that a server makes from its start to its end."""
    trace = os.path.join(folder, "trace")
    # -D: the tracer is no parent, so that what ends the server ends kv itself.
    wrapper = ["strace", "-D", "-f", "-q", "-o", trace]
    log = options[options.index("--logfile") + 1] if "--logfile" in options else None
    with server.Server(path, "kv", list(options), wrapper=wrapper, log_path=log) as running:
        connection = running.connect()
        equal(connection.call("SET", "k", b"v" * 100000), ("+", b"OK"))
        equal(connection.call("GET", "k"), ("$", b"v" * 100000))
        for page in ("/", "/metrics", "/status", "/budget?key-count=5", "/nosuch"):
            operator = http.client.HTTPConnection("127.0.0.1", running.admin_port, timeout=60)
            operator.request("GET", page)
            equal(operator.getresponse().status, 404 if page == "/nosuch" else 200, page)
            operator.close()
        connection.send(b"*1\r\n$8\r\nSHUTDOWN\r\n")
        equal(running.wait(), 0, "exit code")
    eventually(lambda: "+++ exited with 0" in read(trace), True, "the end in the trace")
    text = read(trace)
    # What MemoryDenyWriteExecute refuses.
    true("PROT_READ" in text and not re.search(r"PROT_WRITE\|[A-Z_|]*PROT_EXEC", text),
         "memory that can be written and executed")
    return set(re.findall(r"^\d+\s+(\w+)\(", text, re.MULTILINE))


@suite.case("the unit lets through every system call that kv makes", None, kv_only=True)
def system_calls(path):
    need("systemd-analyze")
    need("strace")
    with Installation() as here:
        allowed = allowed_calls(read(here.path("systemdsystemunitdir", "kv.service")))
        true("read" in allowed and "mount" not in allowed and "setuid" not in allowed,
             "the filter is not what it looks like")
        for options in (["--io-backend", "auto"], ["--io-backend", "epoll", "--unixsocket",
                                                   os.path.join(here.root, "kv.sock"),
                                                   "--unixsocketperm", "770",
                                                   "--logfile", os.path.join(here.root, "log")]):
            made = calls_of(path, here.root, *options)
            true("execve" in made and len(made) > 15, "traced only %s" % sorted(made))
            equal(sorted(made - allowed), [], "calls that the unit forbids")


if __name__ == "__main__":
    raise SystemExit(suite.main())
