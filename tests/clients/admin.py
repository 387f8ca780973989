#!/usr/bin/python3
"""The operators' HTTP plane: its pages against the program's own words (INFO, --budget=json) and
against the schema, and what it says when it is asked wrongly, too often or at a bad moment."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import jsonschema

from suite import SANITIZED, Skip, Suite, contains, equal, eventually, run, true

import resp
import server

suite = Suite()
SRCDIR = os.environ["KV_SRCDIR"]
PATHS = ("/", "/metrics", "/status", "/budget", "/map", "/healthz", "/readyz")


def connect(running, timeout=30):
    return http.client.HTTPConnection("127.0.0.1", running.admin_port, timeout=timeout)


def ask(running, path, method="GET", headers=None, connection=None):
    """(status, headers, body) of one request."""
    own = connection or connect(running)
    own.request(method, path, headers=headers or {})
    answer = own.getresponse()
    body = answer.read()
    if connection is None:
        own.close()
    return answer.status, answer.headers, body


def get_json(running, path):
    status, headers, body = ask(running, path)
    equal((status, headers["Content-Type"]), (200, "application/json"), path)
    return json.loads(body)


def limits(running):
    return {limit["name"]: limit for limit in get_json(running, "/status")["limits"]}


def limits_when_free(running):
    """The same where every connection may be taken: one that was closed is there for a moment."""
    seen = []

    def look():
        status, _, body = ask(running, "/status")
        if status == 200:
            seen.append(json.loads(body)["limits"])
        return status

    eventually(look, 200, "/status")
    return {limit["name"]: limit for limit in seen[-1]}


def metrics(running, accept=None):
    status, _, body = ask(running, "/metrics", headers={"Accept": accept} if accept else {})
    equal(status, 200)
    found = {}
    for line in body.decode().split("\n"):
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def attempt_at(port):
    """What /readyz says on a port; None where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def attempt(running, connection=None, timeout=30):
    """The status of a request; None where the connection is dropped."""
    connection = connection or connect(running, timeout)
    try:
        return ask(running, "/status", connection=connection)[0]
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return None


@contextlib.contextmanager
def injected(path):
    """A server with tests/clients/inject.c in it, and what makes its data plane do a deed at the
    next INFO cpu. (The file of the deeds is there from the start: it is truncated and written.)"""
    if SANITIZED:
        raise Skip("malloc is the sanitizer's, and the library would come before it")
    folder = tempfile.mkdtemp(prefix="kvinject-")
    calls = os.path.join(folder, "calls")
    library = os.path.join(os.environ["KV_BUILDDIR"], "tests/clients/inject.so")
    environment = {"LD_PRELOAD": library, "KV_INJECT_CALLS": calls,
                   "KV_INJECT_OUTPUT": os.path.join(folder, "output"),
                   "KV_INJECT_EXHAUST": os.path.join(folder, "exhaust")}

    def inject(word):
        with open(calls, "w") as file:
            file.write(word + "\n")

    try:
        with server.Server(path, env=environment) as running:
            running.exhaust_path = environment["KV_INJECT_EXHAUST"]
            yield running, inject
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# -- the protocol --


@suite.case("every page answers GET and HEAD alike")
def get_and_head(running):
    for path in PATHS:
        status, headers, body = ask(running, path)
        equal(status, 200, path)
        true(len(body) > 0, path)
        equal(headers["Cache-Control"], "no-store", path)
        equal(headers["X-Content-Type-Options"], "nosniff", path)
        true(headers["Content-Encoding"] is None, "nothing is compressed")
        status, headers, body = ask(running, path, "HEAD")
        equal((status, body), (200, b""), path)
        true(int(headers["Content-Length"]) > 0, path)


@suite.case("other methods and unknown pages are refused, and the connection lives")
def refused(running):
    connection = connect(running)
    for path in ("/nosuch", "/metrics/", "//", "/status.json", "/%2e%2e/etc/passwd"):
        equal(ask(running, path, connection=connection)[0], 404, path)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        status, headers, body = ask(running, "/status", method)
        equal((status, headers["Allow"]), (405, "GET, HEAD"), method)
        true(body.startswith(b"405: "), repr(body))
    equal(ask(running, "/healthz", connection=connection)[0], 200)
    connection.close()
    posted = connect(running)
    posted.request("POST", "/status", body=b"x" * 100000)
    equal(posted.getresponse().status, 405)
    posted.close()
    equal(ask(running, "/healthz")[0], 200)


@suite.case("a request that is too long is refused", ["--admin-request-size-max", "4096"])
def too_long(running):
    status = ask(running, "/budget?" + "a" * 5000)[0]
    true(status in (400, 413, 414, 431), "a long URL gets %d" % status)
    status = ask(running, "/status", headers={"X-Long": "a" * 5000})[0]
    true(status in (400, 413, 431), "a long header gets %d" % status)
    equal(ask(running, "/status")[0], 200)


@suite.case("what is not HTTP does no harm")
def not_http(running):
    for garbage in (b"\0" * 100, b"GET\r\n\r\n", b"*1\r\n$4\r\nPING\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"GET /status HTTP/1.1\r\n\r\n", os.urandom(2000) + b"\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", running.admin_port), timeout=30) as plain:
            plain.sendall(garbage)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass
    equal(ask(running, "/healthz")[0], 200)
    eventually(lambda: limits(running)["admin_connections"]["used"], 1, "HTTP connections")


@suite.case("one connection more than admin-connections-max is told so",
            ["--admin-connections-max", "3"])
def connections_max(running):
    held = [connect(running) for _ in range(3)]
    for connection in held:
        equal(ask(running, "/healthz", connection=connection)[0], 200)
    status, headers, body = ask(running, "/status")
    equal((status, headers["Connection"]), (503, "close"))
    contains(body.decode(), "admin-connections-max")
    for probe in ("/healthz", "/readyz"):
        equal(ask(running, probe)[0], 200, "a probe beyond the limit")
    seen = json.loads(ask(running, "/status", connection=held[0])[2])
    row = {limit["name"]: limit for limit in seen["limits"]}["admin_connections"]
    equal((row["used"], row["max"], row["high_water"], row["exhausted"]), (3, 3, 3, 3))
    for connection in held:
        connection.close()
    eventually(lambda: ask(running, "/status")[0], 200, "the status of the next request")


@suite.case("clients that come and go at once do not end the listening",
            ["--admin-connections-max", "1"])
def come_and_go(running):
    reset = struct.pack("ii", 1, 0)
    for _ in range(20):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", running.admin_port), timeout=30) as gone:
                gone.sendall(b"GET /map HTTP/1.1\r\nHost: x\r\n\r\n")
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        answers = (attempt(running, timeout=5) for _ in range(10))
        true(any(status == 200 for status in answers), "the next client is answered")


@suite.case("a silent connection is closed", ["--admin-timeout", "1"])
def idle(running):
    silent = socket.create_connection(("127.0.0.1", running.admin_port), timeout=60)
    begun = socket.create_connection(("127.0.0.1", running.admin_port), timeout=60)
    begun.sendall(b"GET /status HTTP/1.1\r\nHost:")
    equal(silent.recv(1), b"")
    while begun.recv(65536):
        pass
    silent.close()
    begun.close()
    equal(limits(running)["admin_connections"]["used"], 1)


# -- who may ask --


@suite.case("a password is asked for, but not by the probes", ["--admin-password", "s3cret:x"])
def password(running):
    def basic(text):
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    for path in ("/", "/metrics", "/status", "/budget", "/map", "/nosuch"):
        status, headers, body = ask(running, path)
        equal((status, headers["WWW-Authenticate"][:16]), (401, 'Basic realm="kv"'), path)
        true(b"s3cret" not in body, "the password is not told")
        for wrong in ("admin:", "admin:s3cret", "admin:s3cret:xx", "admin", ":", "x:S3CRET:X"):
            equal(ask(running, path, headers=basic(wrong))[0], 401, wrong)
        equal(ask(running, path, headers={"Authorization": "Bearer s3cret:x"})[0], 401)
        right = 404 if path == "/nosuch" else 200
        equal(ask(running, path, headers=basic("anyone:s3cret:x"))[0], right, path)
    equal(ask(running, "/healthz")[0], 200)
    equal(ask(running, "/readyz")[0], 200)
    true("s3cret" not in running.output(), "the start does not print the password")


# -- the pages --


@suite.case("/status is as its schema says and as INFO says")
def status(running):
    control = running.control()
    for i in range(500):
        control.call("SET", "key:%d" % i, "v" * i)
    control.call("SET", "short", "v", "EX", "1000")
    control.call("RPUSH", "list", *["element %d" % i for i in range(2000)])
    control.call("SET", "long", "v" * 100000)
    control.call("GET")
    control.call("NOSUCH")
    time.sleep(0.2)  # more than a tick: what is published is then complete
    seen = get_json(running, "/status")
    with open(os.path.join(SRCDIR, "etc/status.schema.json")) as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(seen, schema)
    info = running.info("all", control)
    equal(seen["run_id"], info["run_id"])
    equal(str(seen["process_id"]), info["process_id"])
    equal(seen["backend"], info["kv_io_backend"])
    equal(seen["store"]["keys"], 503)
    equal(seen["store"]["keys_expiring"], 1)
    equal(str(seen["store"]["live_bytes"]), info["used_memory"])
    equal(str(seen["store"]["max_bytes"]), info["maxmemory"])
    for kind in ("free", "heap", "tree", "overflow", "dying"):
        equal(str(seen["store"]["pages"][kind]), info["kv_pages_" + kind], kind)
    equal(str(seen["store"]["pages"]["total"]), info["kv_pages"])
    (db0,) = seen["databases"]
    equal((db0["db"], db0["keys"], db0["expiring"]), (0, 503, 1))
    true(990 < db0["avg_ttl_seconds"] <= 1000, "avg_ttl_seconds is %r" % db0["avg_ttl_seconds"])
    equal(seen["health"], {"state": "ready", "healthy": True, "reason": ""})
    equal(seen["pressure"], {"level": "ok", "reason": ""})
    pools = {"pool_" + limit["name"]: limit for limit in seen["limits"]}
    for name, pool in running.info("pools", control).items():
        equal((str(pools[name]["max"]), str(pools[name]["exhausted"])),
              (pool["max"], pool["exhausted"]), name)
    commands = {command["name"]: command for command in seen["commands"]}
    equal((commands["set"]["calls"], commands["get"]["rejected"]), (502, 1))
    equal((commands["unknown"]["calls"], commands["unknown"]["rejected"]), (0, 1))
    equal(sum(seen["latency"]["commands"]["buckets"]), seen["latency"]["commands"]["count"])
    equal(seen["latency"]["commands"]["count"], sum(c["calls"] for c in seen["commands"]))
    equal(seen["memory"]["budget_bytes"], get_json(running, "/budget")["total_bytes"])
    true(seen["memory"]["resident_bytes"] > 0 and seen["rates"]["commands_per_second"] >= 0, "")
    control.close()


def program_budget(running, *options):
    return json.loads(run([running.path, *options, "--budget=json"])[0])


@suite.case("/budget is that of the program, with what is in use")
def budget(running):
    own = ["--port", str(running.port), "--bind", "127.0.0.1", "--admin-port",
           str(running.admin_port)]
    expected = program_budget(running, *own)
    seen = get_json(running, "/budget")
    used = {region["name"]: region.pop("used_bytes") for region in seen["regions"]}
    equal(seen, expected)
    for region in seen["regions"]:
        true(0 <= used[region["name"]] <= region["bytes"], str(region))
    equal(used["server.server"], budget_bytes(seen, "server.server"))
    control = running.control()
    control.call("SET", "k", "v" * 1000000)
    time.sleep(0.2)
    more = {region["name"]: region["used_bytes"]
            for region in get_json(running, "/budget")["regions"]}
    grown = more["store.pages"] - used["store.pages"]
    true(grown >= 1000000, "store.pages grew by %d" % grown)
    control.close()


def budget_bytes(seen, name):
    return [region["bytes"] for region in seen["regions"] if region["name"] == name][0]


@suite.case("/budget?... is the budget of another configuration")
def what_if(running):
    own = ["--port", str(running.port), "--bind", "127.0.0.1", "--admin-port",
           str(running.admin_port)]
    for query in (["connections-max=100"], ["maxclients=100", "key-count=5"],
                  ["memory=1gb"], ["memory=0", "store-memory=100mb"],
                  ["capacity=guaranteed", "memory=0", "key-count=1000", "key-size-max=1024",
                   "val-size-max=4096", "list-length-max=50", "connections-max=1000"],
                  ["admin-port=0"], ["admin-connections-max=100"],
                  ["bind=127.0.0.1%20::1", "logfile=/nosuch/file"]):
        options = [word for pair in query for word in
                   ("--" + pair.split("=")[0], pair.split("=")[1].replace("%20", " "))]
        equal(get_json(running, "/budget?" + "&".join(query)),
              program_budget(running, *own, *options), str(query))
    before = get_json(running, "/status")["limits"]
    for query in ("key-count=%ff%22%5c%0a", "%c3%28=1", "key-count=" + "%c3%a4" * 300):
        status, _, body = ask(running, "/budget?" + query)
        equal(status, 400, query)
        contains(json.loads(body)["error"], ": ")  # JSON, whatever was asked
    for query, option in (("connections-max=x", ["--connections-max", "x"]),
                          ("connections-max=0", ["--connections-max", "0"]),
                          ("nosuch=1", ["--nosuch", "1"]), ("memory", ["--memory", ""]),
                          ("memory=1mb", ["--memory", "1mb"]),
                          ("capacity=guaranteed&memory=1gb",
                           ["--capacity", "guaranteed", "--memory", "1gb"]),
                          ('capacity="%5C', ["--capacity", '"\\'])):
        status, headers, body = ask(running, "/budget?" + query)
        equal((status, headers["Content-Type"]), (400, "application/json"), query)
        words = run([running.path, *own, *option, "--budget=json"], code=1)[1]
        equal("kv: %s\n" % json.loads(body)["error"], words, query)
    equal([limit["max"] for limit in get_json(running, "/status")["limits"]],
          [limit["max"] for limit in before], "limits after the questions")


@suite.case("/map shows what is where")
def page_map(running):
    control = running.control()
    empty = get_json(running, "/map")
    equal({cell["kind"] for cell in empty["cells"]}, {"free"})
    control.call("SET", "long", "v" * 500000)
    control.call("RPUSH", "list", *["e" * 100] * 5000)
    seen = get_json(running, "/map")
    true(len(seen["cells"]) <= 4096, "%d cells" % len(seen["cells"]))
    equal(-(-seen["pages"] // seen["pages_per_cell"]), len(seen["cells"]))
    kinds = {cell["kind"] for cell in seen["cells"]}
    true({"free", "overflow", "tree"} <= kinds, str(kinds))
    used = sum(cell["fill"] for cell in seen["cells"]) * seen["pages_per_cell"]
    pages = running.info("memory", control)
    true(abs(used - (int(pages["kv_pages"]) - int(pages["kv_pages_free"]))) < 30, "fill %f" % used)
    control.close()


@suite.case("/metrics is what promtool takes, and what INFO says")
def metrics_page(running):
    control = running.control()
    for i in range(300):
        control.call("SET", "key:%d" % i, "v")
        control.call("GET", "key:%d" % i)
    control.call("GET", "nosuch")
    control.call("CLIENT", "MAINT_NOTIFICATIONS", "ON")
    control.call("SET", "k")
    time.sleep(0.2)
    seen = metrics(running)
    equal(seen["redis_up"], 1)
    equal(seen['redis_db_keys{db="db0"}'], 300)
    equal(seen['redis_commands_total{cmd="set"}'], 300)
    equal(seen['redis_commands_rejected_calls_total{cmd="set"}'], 1)
    equal((seen["redis_keyspace_hits_total"], seen["redis_keyspace_misses_total"]), (300, 1))
    equal(seen['redis_errors_total{err="ERR"}'], 1, "errors without CLIENT's unknown subcommand")
    equal(seen['kv_command_duration_seconds_count{cmd="get"}'], 301)
    equal(seen['kv_command_duration_seconds_bucket{cmd="get",le="+Inf"}'], 301)
    equal(seen["kv_loop_duration_seconds_count"] > 0, True)
    regions = {name: value for name, value in seen.items() if name.startswith("kv_budget_bytes")}
    equal(sum(regions.values()), get_json(running, "/budget")["total_bytes"])
    info = running.info("all", control)
    equal(seen["redis_memory_used_bytes"], float(info["used_memory"]))
    equal(seen["redis_config_maxclients"], float(info["maxclients"]))
    done = subprocess.run(["promtool", "check", "metrics"], input=ask(running, "/metrics")[2],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    true(b"error while linting" not in done.stdout, done.stdout.decode())
    control.close()


@suite.case("/metrics as OpenMetrics, when that is preferred")
def open_metrics(running):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    accept = ("application/openmetrics-text;version=1.0.0,"
              "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5")
    _, headers, body = ask(running, "/metrics", headers={"Accept": accept})
    true(headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"),
         headers["Content-Type"])
    names = {family.name for family in text_string_to_metric_families(body.decode())}
    true({"redis_up", "kv_pool_used", "redis_commands_processed"} <= names, str(names))
    true(body.endswith(b"# EOF\n"), repr(body[-50:]))
    _, headers, body = ask(running, "/metrics", headers={"Accept": "text/html, */*"})
    true(headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers["Content-Type"])


# -- health --


@suite.case("a server that reserves its memory is starting, and says so", None)
def starting(path):
    if SANITIZED:
        raise Skip("a sanitizer's thread maps memory first, which waits for what is being reserved")
    port, admin_port = server.free_port(), server.free_port()
    process = subprocess.Popen([path, "--port", str(port), "--admin-port", str(admin_port),
                                "--memory", "2gb"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        seen = []
        while not seen or seen[-1][0] != 200:
            true(process.poll() is None, "the server ended")
            connection = http.client.HTTPConnection("127.0.0.1", admin_port, timeout=30)
            try:
                connection.request("GET", "/readyz")
                answer = connection.getresponse()
                seen.append((answer.status, answer.read().decode()))
            except ConnectionRefusedError:
                pass
            connection.close()
        equal(seen[0][0], 503, "the first answer")
        contains(seen[0][1], "starting")
    finally:
        process.terminate()
        equal(process.wait(), 0)


@suite.case("a signal while memory is reserved ends the start", None)
def signal_while_starting(path):
    if SANITIZED:
        raise Skip("a sanitizer's thread maps memory first, which waits for what is being reserved")
    admin_port = server.free_port()
    process = subprocess.Popen([path, "--port", str(server.free_port()), "--admin-port",
                                str(admin_port), "--memory", "12gb"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    eventually(lambda: attempt_at(admin_port), 503, "/readyz")
    process.terminate()
    words = process.communicate()[1].decode()
    equal(process.returncode, 0)
    contains(words, "stopped by a signal before it was ready")
    true(" ready on " not in words, words)


@suite.case("a data plane that does not turn is stalled", None)
def stalled(path):
    with injected(path) as (running, inject):
        equal(ask(running, "/healthz")[0], 200)
        inject("sleep")
        asking = running.connect()
        asking.send(resp.command("INFO", "cpu"))
        eventually(lambda: ask(running, "/healthz")[0], 503, "/healthz")
        contains(ask(running, "/readyz")[2].decode(), "stalled")
        seen = get_json(running, "/status")
        equal((seen["health"]["state"], seen["pressure"]["level"]), ("stalled", "critical"))
        equal(metrics(running)["redis_up"], 0)
        equal(asking.read_reply()[0], "$")
        eventually(lambda: ask(running, "/healthz")[0], 200, "/healthz")
        equal(running.stop(), 0)


# -- memory --


HEAP_START = 131072  # HEAP_START_BYTES in src/server/server.c


def check_heap(path, connections):
    """Every connection at once, each with an answer under way that nobody reads, and the spare ones
    too: the heap has room for all, and not for twice as many."""
    with server.Server(path, options=["--admin-connections-max", str(connections)]) as running:
        start = limits_when_free(running)["admin_heap"]
        held = []
        for _ in range(connections + 2):
            # A small window: the page stays under way.
            plain = socket.socket()
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.connect(("127.0.0.1", running.admin_port))
            plain.sendall(b"GET /map HTTP/1.1\r\nHost: kv\r\nX-Long: " + b"x" * 3000 + b"\r\n\r\n")
            held.append(plain)
        for plain in held:
            equal(plain.recv(9), b"HTTP/1.1 ")
        for plain in held[1:]:
            plain.close()
        held[0].close()
        seen = limits_when_free(running)["admin_heap"]
        most = max(seen["high_water"], start["high_water"])
        print("  %d connections: %d bytes at the start's height, %d with all busy, of %d"
              % (connections, start["high_water"], most, seen["max"]))
        equal(seen["exhausted"], 0, "requests of memory that failed")
        true(start["high_water"] <= HEAP_START * 3 // 4, "the start takes nearly all of its share")
        true(most <= seen["max"] - HEAP_START * 1 // 4, "hardly anything is left")


@suite.case("the heap is as large as all connections need", None)
def heap_suffices(path):
    if SANITIZED:
        raise Skip("malloc is the sanitizer's")
    for connections in (1, 8, 100):
        check_heap(path, connections)


@suite.case("a full heap costs the requests at hand and nothing else", None)
def starved(path):
    with injected(path) as (running, _):
        kept = connect(running)
        equal(ask(running, "/status", connection=kept)[0], 200)
        before = limits(running)["admin_heap"]
        true(0 < before["used"] < before["max"], str(before))
        flag = running.exhaust_path
        open(flag, "w").close()
        eventually(lambda: attempt(running, kept), 503, "a request on a connection that is open")
        true(attempt(running) in (503, None), "a new connection is served")
        control = running.control()
        equal(control.call("SET", "k", "v"), ("+", b"OK"))
        os.unlink(flag)
        eventually(lambda: attempt(running), 200, "a request when there is memory again")
        after = limits(running)["admin_heap"]
        true(after["exhausted"] > before["exhausted"], str(after))
        true(after["used"] <= before["used"] + 65536, "%s, before %s" % (after, before))
        equal(control.call("GET", "k"), ("$", b"v"))
        equal(running.stop(), 0)


@suite.case("a call of malloc by the data plane after ready is fatal, and says where", None)
def fatal_malloc(path):
    with injected(path) as (running, inject):
        equal(ask(running, "/healthz")[0], 200)
        inject("malloc")
        asking = running.connect()
        asking.send(resp.command("INFO", "cpu"))
        equal(asking.read_to_end(), b"")
        equal(running.wait(), -signal.SIGABRT)
        contains(running.log(), "malloc(64)", "after ready", "inject.so+0x")


@suite.case("a server that shuts down is not ready, and says why", None)
def shutting_down(path):
    with server.Server(path) as running:
        slow = running.connect()
        equal(slow.call("SET", "k", "v" * 1000000), ("+", b"OK"))
        equal(ask(running, "/readyz")[0], 200)
        slow.send(resp.command("GET", "k") * 8)  # more than the sockets hold
        running.signal(signal.SIGTERM)
        eventually(lambda: ask(running, "/readyz")[0], 503, "/readyz")
        for path in ("/readyz", "/healthz"):
            status, _, body = ask(running, path)
            equal(status, 503)
            contains(body.decode(), "shutting down")
        equal(get_json(running, "/status")["health"]["state"], "shutting_down")
        for _ in range(8):
            equal(slow.read_reply()[0], "$")
        slow.close()
        equal(running.wait(), 0)


@suite.case("no HTTP plane with admin-port 0", ["--admin-port", "0"])
def off(running):
    equal(running.control().call("PING"), ("+", b"PONG"))
    names = [region["name"] for region in
             program_budget(running, "--admin-port", "0")["regions"] if region["bytes"] == 0]
    for name in ("admin.state", "admin.stack", "admin.pages", "admin.commands", "admin.json"):
        true(name in names, "%s takes memory" % name)
    if not SANITIZED:
        equal(os.listdir("/proc/%d/task" % running.pid), [str(running.pid)], "threads")


@suite.case("a port that is taken stops the start with its name", None)
def port_taken(path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = run([path, "--port", str(server.free_port()), "--admin-port", str(port)], code=1)[1]
        contains(words, "127.0.0.1:%d" % port, "admin-port", "in use")
    words = run([path, "--port", str(server.free_port()), "--admin-bind", "localhost"], code=1)[1]
    contains(words, "admin-bind", "localhost")


@suite.case("however little memory HTTP has, the server is sealed and serves", None)
def little_memory(path):
    if SANITIZED:
        raise Skip("malloc is the sanitizer's")
    for kilobytes in (1, 4, 8, 16, 17, 20, 32, 40, 64):
        options = ["--admin-memory", "%dkb" % kilobytes]
        with server.Server(path, options=options) as running:
            contains(running.log(), "sealed: system calls are filtered")
            equal(running.control().call("PING"), ("+", b"PONG"))
            true(attempt(running) in (200, 503, None), "an answer of another kind")
            equal(running.stop(), 0)


@suite.case("many at once, under load")
def many(running):
    load = subprocess.Popen(["redis-benchmark", "-p", str(running.port), "-q", "-n", "200000", "-P",
                             "16", "-t", "set,get", "-r", "1000"], stdout=subprocess.DEVNULL)
    connections = [connect(running) for _ in range(6)]
    for turn in range(30):
        for connection in connections:
            connection.request("GET", PATHS[turn % len(PATHS)])
        for connection in connections:
            answer = connection.getresponse()
            equal(answer.status, 200)
            answer.read()
    equal(load.wait(), 0)
    seen = get_json(running, "/status")
    equal(seen["totals"]["minor_faults"] if not SANITIZED else 0, 0, "page faults")


if __name__ == "__main__":
    raise SystemExit(suite.main())
