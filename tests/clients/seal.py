#!/usr/bin/python3
"""The seal: after ready the process gets no memory, starts no program and opens no connection; what
the host forbids of it is a warning, or refuses the start when it was asked for.

tests/clients/inject.c, loaded into the server, tries system calls on the server's own thread."""

import errno
import json
import os
import re
import signal
import subprocess
import sys

from suite import MODE, Skip, Suite, contains, equal, run, socket_path, true

import resp
import server

suite = Suite()
BACKENDS = ("io_uring", "epoll")
# What does nothing when it is let through, is allowed to this user then, and never gives EPERM.
HARMLESS = ("mmap", "mremap", "mprotect", "madvise", "munmap", "brk", "execve", "execveat", "fork",
            "vfork", "clone", "clone3", "ptrace", "process_vm_readv", "process_vm_writev",
            "socket", "connect", "bind", "listen", "memfd_create", "shmget", "open_write",
            "open_both", "open_truncate", "open_create", "kill_self", "prctl", "seccomp", "setuid",
            "prlimit", "unshare", "fcntl_owner", "ioctl")
# Root alone may do these, or hosts may forbid them otherwise.
PRIVILEGED = ("mount", "umount", "chroot", "bpf", "io_uring_setup", "kill", "tgkill")
ALLOWED = ("open_read", "fcntl_flags", "tgkill_self")
LOCK_BYTES = 65536
CAPABILITIES = "-ipc_lock,-sys_resource"
PR_SET_THP_DISABLE = 41
# Fails a system call for whoever is started: the profile of a container, say.
FORBID = """
import ctypes, os, sys
library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
library.seccomp_init.restype = ctypes.c_void_p
library.seccomp_load.argtypes = [ctypes.c_void_p]
library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
profile = library.seccomp_init(0x7fff0000)
number = library.seccomp_syscall_resolve_name(sys.argv[1].encode())
assert library.seccomp_rule_add(profile, 0x00050000 | int(sys.argv[2]), number, 0) == 0
assert library.seccomp_load(profile) == 0
os.execv(sys.argv[3], sys.argv[3:])
"""
NO_HUGE_PAGES = """
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(%d, 1, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
""" % PR_SET_THP_DISABLE


def forbidding(call, number):
    return [sys.executable, "-c", FORBID, call, str(number)]


def without_lock_rights():
    """A wrapper below which hardly anything may be locked, for root too."""
    words = ["prlimit", "--memlock=%d:%d" % (LOCK_BYTES, LOCK_BYTES)]
    if os.geteuid() == 0:
        words += ["setpriv", "--bounding-set", CAPABILITIES, "--inh-caps", CAPABILITIES]
    return words


def refused(path, options, wrapper, says):
    """The start fails, with one line that says all of this."""
    try:
        with server.Server(path, MODE, options, wrapper=wrapper):
            pass
    except server.StartError as error:
        messages = [line for line in str(error).split("\n") if line.startswith("kv: ")]
        equal(len(messages), 1, "messages in %s" % error)
        contains(messages[0], *says)
        contains(str(error), "ended with code 1")
        true(" ready" not in str(error), "ready all the same: %s" % error)
        return
    raise AssertionError("%s is not refused" % (options,))


def status_of_threads(pid, name):
    """The field of the process and of each of its threads."""
    values = []
    for folder in ["/proc/%d" % pid] + ["/proc/%d/task/%s" % (pid, task)
                                        for task in os.listdir("/proc/%d/task" % pid)]:
        with open(folder + "/status") as file:
            values.append(re.search(name + r":\s+(\S+)", file.read()).group(1))
    return values


def serves(running):
    control = running.control()
    equal(control.call("SET", "k", b"v" * 20000), ("+", b"OK"))
    equal(control.call("GET", "k"), ("$", b"v" * 20000))
    control.close()


class Injected:
    """A server that does on its own thread what it is told; the results by word."""

    def __init__(self, path, *options):
        library = os.path.join(os.environ.get("KV_BUILDDIR", "."), "tests/clients/inject.so")
        true(os.path.exists(library), "%s is missing: make check builds it" % library)
        self.folder = os.path.dirname(socket_path())
        self.calls = os.path.join(self.folder, "calls")
        self.output = os.path.join(self.folder, "output")
        words = ["env", "LD_PRELOAD=" + os.path.abspath(library), "KV_INJECT_CALLS=" + self.calls,
                 "KV_INJECT_OUTPUT=" + self.output]
        self.running = server.Server(path, MODE, options, wrapper=words)

    def do(self, words):
        """{word: (result, errno)}"""
        with open(self.output) as file:
            before = len(file.read())
        with open(self.calls + ".new", "w") as file:
            file.write("\n".join(words))
        os.rename(self.calls + ".new", self.calls)
        control = self.running.control()
        equal(control.call("INFO", "cpu")[0], "$", "INFO cpu")
        os.unlink(self.calls)
        control.close()
        with open(self.output) as file:
            lines = file.read()[before:].strip().split("\n")
        done = {}
        for line in lines:
            word, result, number = line.split()
            done[word] = (int(result), int(number))
        equal(sorted(done), sorted(words), "what was done")
        return done

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.running.__exit__(kind, value, trace)


def check_denied(path, backend):
    try:
        injected = Injected(path, "--io-backend", backend)
    except server.StartError as error:
        raise Skip("no %s here: %s" % (backend, str(error)[:200]))
    with injected:
        for word, (result, number) in injected.do(HARMLESS + PRIVILEGED).items():
            expected = (-1, 0) if word == "brk" else (-1, errno.EPERM)
            equal((result, number), expected, word)
        for word, (result, number) in injected.do(ALLOWED).items():
            true(result >= 0 and number == 0, "%s gives %d, errno %d" % (word, result, number))
        serves(injected.running)
        true(not os.path.exists(os.path.join(injected.running.folder, "inject.created")),
             "a file was created")
        equal(injected.running.stop(), 0)


@suite.case("what the data plane is denied, io_uring", None, kv_only=True)
def denied_io_uring(path):
    check_denied(path, "io_uring")


@suite.case("what the data plane is denied, epoll", None, kv_only=True)
def denied_epoll(path):
    check_denied(path, "epoll")


@suite.case("without the filter, and with one that logs, the same is let through", None,
            kv_only=True)
def let_through(path):
    for option in ("no", "log"):
        with Injected(path, "--seccomp", option) as injected:
            for word, (result, number) in injected.do(HARMLESS + ALLOWED).items():
                true(number != errno.EPERM, "seccomp %s: %s gives EPERM" % (option, word))
            for word in ("mmap", "brk", "fork", "socket", "open_write", "open_create"):
                result, number = injected.do([word])[word]
                true(result >= 0, "seccomp %s: %s gives %d, errno %d"
                     % (option, word, result, number))
            serves(injected.running)
            equal(injected.running.stop(), 0)


@suite.case("what /proc says of every thread", None, kv_only=True)
def proc(path):
    for option, mode in (("yes", "2"), ("log", "2"), ("no", "0")):
        with server.Server(path, MODE, ["--seccomp", option]) as running:
            for name, expected in (("Seccomp", mode), ("NoNewPrivs", "1")):
                values = status_of_threads(running.pid, name)
                equal(set(values), {expected}, "%s with seccomp %s" % (name, option))
            equal(running.stop(), 0)
    with server.Server(path, MODE) as running:
        equal(set(status_of_threads(running.pid, "Seccomp")), {"2"}, "Seccomp by default")
        lines = running.log().strip().split("\n")
        contains(lines[-1], " ready on ")
        contains(lines[-2], "sealed: system calls are filtered")
        equal(running.stop(), 0)


def check_serves(path, backend):
    """What servers do, sealed: nothing of it may run into the filter."""
    name = socket_path()
    log_path = os.path.join(os.path.dirname(name), "kv.log")
    options = ["--io-backend", backend, "--unixsocket", name, "--logfile", log_path, "--seccomp",
               "yes"]
    for how in ("SIGTERM", "SHUTDOWN", "SHUTDOWN NOW"):
        try:
            running = server.Server(path, MODE, options, log_path=log_path)
        except server.StartError as error:
            raise Skip("no %s here: %s" % (backend, str(error)[:200]))
        with running:
            run(["redis-benchmark", "-p", str(running.port), "-q", "-n", "5000", "-P", "16", "-t",
                 "set,get,incr,lpush,lrange_100,mset", "-r", "1000"])
            run(["redis-benchmark", "-s", name, "-q", "-n", "500", "-k", "0", "-t", "ping"])
            control = running.connect()
            equal(control.call("CONFIG", "SET", "timeout", "100"), ("+", b"OK"))
            equal(control.call("CLIENT", "LIST")[0], "$")
            contains(control.call("INFO", "all")[1].decode(), "used_cpu_sys:", "os:Linux")
            other = resp.Connection(name)
            equal(other.call("PING"), ("+", b"PONG"))
            true(os.path.exists(name), "the unix socket")
            other.send(b"*1\r\n$4\r\nPI")  # is in the middle of something at the end
            if how == "SIGTERM":
                running.signal(signal.SIGTERM)
            else:
                control.send(resp.command(*how.split()))
            equal(running.wait(), 0, "exit code after %s" % how)
            true(not os.path.exists(name), "the unix socket is still there")
            text = running.log()
            contains(text, "stopping", "stopped")
            true("fatal" not in text and "Operation not permitted" not in text, text)
            os.unlink(log_path)


@suite.case("a sealed server serves and ends, io_uring", None, kv_only=True)
def serves_io_uring(path):
    check_serves(path, "io_uring")


@suite.case("a sealed server serves and ends, epoll", None, kv_only=True)
def serves_epoll(path):
    check_serves(path, "epoll")


@suite.case("a start that fails after the seal is tried leaves nothing", None, kv_only=True)
def fails_late(path):
    name = socket_path()
    refused(path, ["--seccomp", "yes", "--unixsocket", name], forbidding("seccomp", errno.EPERM),
            ["seccomp: ", "denies it"])
    true(not os.path.exists(name), "the unix socket is still there")


@suite.case("hosts without seccomp", None, kv_only=True)
def no_seccomp(path):
    for number in (errno.ENOSYS, errno.EPERM):
        wrapper = forbidding("seccomp", number)
        for option in ("yes", "log"):
            refused(path, ["--seccomp", option], wrapper,
                    ["seccomp: the host does not allow it", "not filtered"])
        for options in ([], ["--seccomp", "no"]):
            with server.Server(path, MODE, options, wrapper=wrapper) as running:
                warned = "warning seccomp: the host does not allow it" in running.log()
                equal(warned, not options, "a warning in\n%s" % running.log())
                contains(running.log().strip().split("\n")[-1], " ready on ")
                serves(running)
                equal(running.stop(), 0)


@suite.case("hosts that allow no prctl", None, kv_only=True)
def no_prctl(path):
    with server.Server(path, MODE, wrapper=forbidding("prctl", errno.EPERM)) as running:
        contains(running.log(), "warning privileges: the host does not allow it")
        serves(running)
        equal(running.stop(), 0)


@suite.case("memory-lock where locking is forbidden", None, kv_only=True)
def lock_forbidden(path):
    wrapper = without_lock_rights()
    refused(path, ["--memory-lock", "yes"], wrapper,
            ["memory-lock: ", str(LOCK_BYTES), "LimitMEMLOCK=", "CAP_IPC_LOCK"])
    for options in ([], ["--memory-lock", "no"]):
        with server.Server(path, MODE, options, wrapper=wrapper) as running:
            equal(set(status_of_threads(running.pid, "VmLck")[:1]), {"0"}, "VmLck")
            serves(running)
            equal(running.stop(), 0)


@suite.case("memory-lock locks the whole budget", None, kv_only=True)
def lock(path):
    total = json.loads(run([path, "--budget=json"])[0])["total_bytes"]
    try:
        running = server.Server(path, MODE, ["--memory-lock", "yes"])
    except server.StartError as error:
        contains(str(error), "memory-lock: ", "LimitMEMLOCK=")
        raise Skip("this user may not lock as much")
    with running:
        locked = int(status_of_threads(running.pid, "VmLck")[0]) * 1024
        true(locked >= total, "%d bytes are locked, the budget is %d" % (locked, total))
        contains(running.log(), "memory is locked")
        serves(running)
        equal(running.stop(), 0)


def huge_bytes(pid):
    with open("/proc/%d/smaps" % pid) as file:
        return sum(int(kb) for kb in re.findall(r"AnonHugePages:\s+(\d+) kB", file.read())) * 1024


@suite.case("huge pages or none", None, kv_only=True)
def huge_pages(path):
    with server.Server(path, MODE, ["--huge-pages", "no"]) as running:
        equal(huge_bytes(running.pid), 0, "AnonHugePages with huge-pages no")
        serves(running)
        equal(running.stop(), 0)
    try:
        running = server.Server(path, MODE, ["--huge-pages", "yes"])
    except server.StartError as error:
        contains(str(error), "huge-pages: the host does not allow it")
        raise Skip("this host has none")
    with running:
        true(huge_bytes(running.pid) > 0, "AnonHugePages with huge-pages yes")
        equal(running.stop(), 0)


@suite.case("huge-pages where they are forbidden", None, kv_only=True)
def huge_pages_forbidden(path):
    wrapper = [sys.executable, "-c", NO_HUGE_PAGES]
    refused(path, ["--huge-pages", "yes"], wrapper, ["huge-pages: the host does not allow it"])
    for options in ([], ["--huge-pages", "no"]):
        with server.Server(path, MODE, options, wrapper=wrapper) as running:
            warned = "warning huge-pages: the host does not allow it" in running.log()
            equal(warned, not options, "a warning in\n%s" % running.log())
            equal(huge_bytes(running.pid), 0, "AnonHugePages")
            serves(running)
            equal(running.stop(), 0)


@suite.case("huge pages where the host never gives any", None, kv_only=True)
def huge_pages_never(path):
    switch = "/sys/kernel/mm/transparent_hugepage/enabled"
    never = os.path.join(os.path.dirname(socket_path()), "enabled")
    with open(never, "w") as file:
        file.write("always madvise [never]\n")
    # In a namespace of its own the file is another.
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    wrapper = ["unshare", "--mount", "sh", "-c", script, "sh", never, switch]
    if not os.path.exists(switch) or subprocess.run(wrapper + ["true"], stderr=subprocess.DEVNULL,
                                                    check=False).returncode != 0:
        raise Skip("nothing can be mounted here")
    refused(path, ["--huge-pages", "yes"], wrapper, ["huge-pages: ", switch, "never"])
    with server.Server(path, MODE, wrapper=wrapper) as running:
        contains(running.log(), "warning huge-pages: the host does not allow it")
        equal(running.stop(), 0)


if __name__ == "__main__":
    raise SystemExit(suite.main())
