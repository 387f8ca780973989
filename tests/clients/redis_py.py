#!/usr/bin/python3
"""redis-py (Debian's python3-redis) through its ordinary calls."""

import threading
import time

import redis

from suite import Suite, equal, scaled, socket_path, true

suite = Suite()
PIPELINED = 10000


def client(running, **arguments):
    return redis.Redis(host="127.0.0.1", port=running.port, socket_timeout=60, **arguments)


def raises(kind, text, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except kind as error:
        true(text in str(error), "%r is not in %r" % (text, str(error)))
        return
    raise AssertionError("no %s" % kind.__name__)


@suite.case("strings")
def strings(running):
    r = client(running)
    equal(r.ping(), True)
    equal(r.set("k", "v"), True)
    equal(r.get("k"), b"v")
    equal(r.get("missing"), None)
    equal(r.set("k", "w", nx=True), None)
    equal(r.set("k", "w", xx=True, ex=100), True)
    equal(r.set("k", "x", get=True, keepttl=True), b"w")
    true(99 <= r.ttl("k") <= 100, "ttl")
    equal(r.mset({"a": 1, "b": b"\x00\xff", "c": ""}), True)
    equal(r.mget("a", "b", "c", "d"), [b"1", b"\x00\xff", b"", None])
    equal(r.incr("n"), 1)
    equal(r.incrby("n", 41), 42)
    equal(r.decr("n"), 41)
    equal(r.decrby("n", 1), 40)
    equal(r.append("s", "abc"), 3)
    equal(r.append("s", "def"), 6)
    equal(r.strlen("s"), 6)
    equal(r.echo("hello"), b"hello")
    r["item"] = "style"
    equal(r["item"], b"style")
    true("item" in r and "other" not in r, "in")
    del r["item"]
    raises(KeyError, "item", r.__getitem__, "item")
    large = b"\x00\r\n" * 300000
    equal(r.set("large", large), True)
    equal(r.get("large"), large)
    text = "käse " * 10
    r.set("text", text)
    equal(client(running, decode_responses=True).get("text"), text)


@suite.case("keys and expiry")
def keys(running):
    r = client(running, decode_responses=True)
    r.mset({"a": 1, "b": 2, "c": 3})
    equal(r.exists("a", "b", "x"), 2)
    equal(r.delete("a", "x"), 1)
    equal(r.unlink("b"), 1)
    equal(r.type("c"), "string")
    equal(r.expire("c", 100), True)
    equal(r.expire("c", 50, gt=True), False)
    equal(r.expire("c", 200, gt=True), True)
    equal(r.pexpire("c", 50000, xx=True), True)
    true(49000 <= r.pttl("c") <= 50000, "pttl")
    equal(r.persist("c"), True)
    equal(r.ttl("c"), -1)
    equal(r.ttl("x"), -2)
    r.set("short", "v", px=20)
    time.sleep(0.1)
    equal(r.get("short"), None)
    equal(r.dbsize(), 1)
    r.mset({"key:%d" % i: i for i in range(1000)})
    r.rpush("list", 1)
    equal(set(r.scan_iter("key:*")), {"key:%d" % i for i in range(1000)})
    equal(set(r.scan_iter(match="key:99?", count=500)), {"key:%d" % i for i in range(990, 1000)})
    equal(list(r.scan_iter(_type="list")), ["list"])
    equal(r.flushdb(), True)
    equal(r.dbsize(), 0)
    equal(r.flushall(), True)


@suite.case("lists")
def lists(running):
    r = client(running, decode_responses=True)
    equal(r.rpush("l", "a", "b", "c"), 3)
    equal(r.lpush("l", "x"), 4)
    equal(r.lrange("l", 0, -1), ["x", "a", "b", "c"])
    equal(r.llen("l"), 4)
    equal(r.lindex("l", -1), "c")
    equal(r.lpop("l"), "x")
    equal(r.rpop("l", 2), ["c", "b"])
    equal(r.lpop("l", 5), ["a"])
    equal(r.lpop("l", 5), None)
    equal(r.lrange("l", 0, -1), [])
    many = ["element %d" % i for i in range(scaled(50000))]
    equal(r.rpush("many", *many), len(many))
    equal(r.lrange("many", 0, -1), many)
    equal(r.lpop("many", len(many)), many)
    equal(r.exists("many"), 0)


@suite.case("errors")
def errors(running):
    r = client(running)
    r.rpush("l", "a")
    raises(redis.ResponseError, "WRONGTYPE", r.get, "l")
    raises(redis.ResponseError, "unknown command", r.execute_command, "NOSUCH", "x")
    raises(redis.ResponseError, "wrong number of arguments", r.execute_command, "GET")
    r.set("s", "abc")
    raises(redis.ResponseError, "not an integer", r.incr, "s")
    raises(redis.ResponseError, "DB index is out of range", client(running, db=99).ping)
    equal(r.ping(), True)


@suite.case("a pipeline of many commands")
def pipeline(running):
    r = client(running)
    pipe = r.pipeline(transaction=False)
    for i in range(PIPELINED // 4):
        pipe.set("key:%d" % i, "value %d" % i)
        pipe.get("key:%d" % i)
        pipe.incr("counter")
        pipe.rpush("list", i)
    replies = pipe.execute()
    equal(len(replies), PIPELINED)
    for i in range(PIPELINED // 4):
        equal(replies[4 * i : 4 * i + 4], [True, b"value %d" % i, i + 1, i + 1])
    pipe.get("list")
    pipe.get("key:1")
    replies = pipe.execute(raise_on_error=False)
    true(isinstance(replies[0], redis.ResponseError), "an error in a pipeline")
    equal(replies[1], b"value 1")


@suite.case("a pipeline with large replies")
def pipeline_large(running):
    r = client(running)
    value = b"x" * 50000
    r.set("k", value)
    pipe = r.pipeline(transaction=False)
    count = scaled(2000)
    for _ in range(count):
        pipe.get("k")
    replies = pipe.execute()
    equal(len(replies), count)
    true(all(reply == value for reply in replies), "a reply differs")


@suite.case("transactions")
def transactions(running):
    r = client(running)
    pipe = r.pipeline(transaction=True)
    for i in range(PIPELINED // 4):
        pipe.set("key:%d" % i, "value %d" % i)
        pipe.get("key:%d" % i)
        pipe.incr("counter")
        pipe.rpush("list", i)
    replies = pipe.execute()
    equal(len(replies), PIPELINED)
    for i in range(PIPELINED // 4):
        equal(replies[4 * i : 4 * i + 4], [True, b"value %d" % i, i + 1, i + 1])
    pipe.set("text", "x").incr("text").set("after", 1)
    replies = pipe.execute(raise_on_error=False)
    true(isinstance(replies[1], redis.ResponseError), "an error in a transaction")
    equal((replies[0], replies[2], r.get("after")), (True, True, b"1"))
    pipe.set("never", 1)
    pipe.execute_command("NOSUCH")
    raises(redis.ResponseError, "unknown command", pipe.execute)
    equal(r.exists("never"), 0)


@suite.case("a watched key")
def watched(running):
    r = client(running)
    pipe = r.pipeline()
    pipe.watch("k")
    r.set("k", 1)
    pipe.multi()
    pipe.set("k", 2)
    raises(redis.WatchError, "", pipe.execute)
    equal(r.get("k"), b"1")

    def increment(pipe):
        value = int(pipe.get("n") or 0)
        pipe.multi()
        pipe.set("n", value + 1)

    def work():
        own = client(running)
        for _ in range(50):
            own.transaction(increment, "n")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(r.get("n"), b"200")


@suite.case("the connection and the server")
def connection(running):
    r = client(running, client_name="tester", single_connection_client=True)
    equal(r.client_getname(), "tester")
    equal(r.client_setname("other"), True)
    identity = r.client_id()
    info = r.client_info()
    equal((info["id"], info["name"], info["db"]), (identity, "other", 0))
    listed = [c for c in r.client_list() if c["id"] == str(identity)]
    equal(len(listed), 1)
    equal(listed[0]["name"], "other")
    other = client(running, single_connection_client=True)
    other.ping()
    equal(r.client_kill_filter(_id=other.client_id()), 1)
    equal(r.config_get("databases"), {"databases": "16"})
    equal(r.config_set("timeout", 300), True)
    equal(r.config_get("timeout"), {"timeout": "300"})
    equal(r.config_set("timeout", 0), True)
    equal(r.config_resetstat(), True)
    seconds, micros = r.time()
    true(abs(seconds + micros / 1e6 - time.time()) < 60, "TIME")
    info = r.info()
    true(info["redis_version"] >= "7.0", "redis_version")
    equal((info["redis_mode"], info["loading"], info["role"]), ("standalone", 0, "master"))
    r.set("k", "v")
    equal(r.info("keyspace")["db0"]["keys"], 1)
    true(r.info("commandstats")["cmdstat_set"]["calls"] >= 1, "commandstats")
    true(r.command_count() >= 35, "command_count")
    true("get" in r.command(), "command")
    equal(r.command_getkeys("MSET", "a", 1, "b", 2), ["a", "b"])


@suite.case("databases")
def databases(running):
    first, second = client(running), client(running, db=7)
    first.set("k", "zero")
    second.set("k", "seven")
    equal((first.get("k"), second.get("k")), (b"zero", b"seven"))
    second.flushdb()
    equal((first.dbsize(), second.dbsize()), (1, 0))


@suite.case("a pool of connections, used by threads")
def pool(running):
    connections = redis.BlockingConnectionPool(host="127.0.0.1", port=running.port, timeout=60,
                                               max_connections=10)
    wrong = []

    def work(number):
        r = redis.Redis(connection_pool=connections)
        for i in range(scaled(200)):
            name = "key:%d:%d" % (number, i)
            r.set(name, name * 50)
            if r.get(name) != (name * 50).encode() or r.incr("total") < 1:
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong, [])
    equal(int(client(running).get("total")), 20 * scaled(200))
    connections.disconnect()


SOCKET = socket_path()


@suite.case("a unix socket, TCP beside it", ["--unixsocket", SOCKET])
def unix_socket(running):
    r = redis.Redis(unix_socket_path=SOCKET, socket_timeout=60)
    equal(r.set("k", "v"), True)
    equal(client(running).get("k"), b"v")
    pipe = r.pipeline(transaction=False)
    for i in range(1000):
        pipe.set("key:%d" % i, i)
    equal(pipe.execute(), [True] * 1000)


@suite.case("a password", ["--requirepass", "secret"], password="secret")
def password(running):
    raises(redis.AuthenticationError, "", client(running).ping)
    raises(redis.ResponseError, "WRONGPASS", client(running, password="wrong").ping)
    equal(client(running, password="secret").ping(), True)
    equal(client(running, username="default", password="secret").ping(), True)
    url = "redis://:secret@127.0.0.1:%d/3" % running.port
    equal(redis.from_url(url).set("k", "v"), True)


@suite.case("waiting for lists")
def blocking(running):
    r = client(running)
    equal(r.blpop(["a", "b"], timeout=1), None)
    equal(r.rpush("b", 1, 2, 3), 3)
    equal(r.blpop(["a", "b"], timeout=0), (b"b", b"1"))
    equal(r.brpop("b"), (b"b", b"3"))
    equal(r.blmove("b", "c", 1, "LEFT", "RIGHT"), b"2")
    equal(r.brpoplpush("c", "d", timeout=1), b"2")
    equal(r.brpoplpush("c", "d", timeout=1), None)
    equal(r.blmpop(1, 2, "c", "d", direction="LEFT", count=5), [b"d", [b"2"]])
    # Workers take what producers put, each job once.
    jobs, workers = scaled(2000), 8
    done = [[] for _ in range(workers)]

    def work(number):
        own = client(running)
        while True:
            _, job = own.blpop(["urgent", "jobs"], timeout=0)
            if job == b"stop":
                return
            done[number].append(int(job))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(workers)]
    for thread in threads:
        thread.start()
    for i in range(jobs):
        r.rpush("urgent" if i % 5 == 0 else "jobs", i)
    # Only when all jobs are taken: else a worker would stop with a job before it.
    while r.llen("jobs") + r.llen("urgent") > 0:
        time.sleep(0.01)
    r.rpush("jobs", *["stop"] * workers)
    for thread in threads:
        thread.join()
    equal(sorted(sum(done, [])), list(range(jobs)))
    equal(r.dbsize(), 0)


@suite.case("ending a wait from outside, and a pause")
def unblocking(running):
    r, waiting = client(running), client(running, single_connection_client=True)
    number = waiting.client_id()
    got = []

    def wait():
        for _ in range(2):
            try:
                got.append(waiting.blpop("a", timeout=0))
            except redis.ResponseError as error:
                got.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    for error in (True, False):
        while not r.client_unblock(number, error=error):
            time.sleep(0.01)
    thread.join()
    equal(got, ["UNBLOCKED client unblocked via CLIENT UNBLOCK", None])
    equal(r.client_pause(100000, all=False), True)
    writer = threading.Thread(target=lambda: got.append(waiting.set("k", "v")))
    writer.start()
    while r.info("clients")["blocked_clients"] == 0:
        time.sleep(0.01)
    equal(r.get("k"), None)
    equal(r.client_unpause(), b"OK")
    writer.join()
    equal((got[2], r.get("k")), (True, b"v"))


@suite.case("the slow log", ["--slowlog-log-slower-than", "0"])
def slow_log(running):
    r = client(running, client_name="me")
    equal(r.slowlog_reset(), True)
    r.set("k", "v")
    r.execute_command("PING", "x" * 200)
    entries = r.slowlog_get(2)
    equal([entry["command"] for entry in entries],
          [b"PING " + b"x" * 128 + b"... (72 more bytes)", b"SET k v"])
    equal(entries[0]["id"], entries[1]["id"] + 1)
    true(entries[0]["start_time"] > 1000000000 and entries[0]["duration"] >= 0, entries[0])
    equal(r.slowlog_len(), 4)


@suite.case("latency", ["--enable-debug-command", "yes", "--latency-monitor-threshold", "1"])
def latency(running):
    r = client(running)
    r.execute_command("DEBUG", "SLEEP", "0.02")
    (event, when, last, longest), = r.execute_command("LATENCY", "LATEST")
    equal(event, b"command")
    true(when > 1000000000 and 20 <= last == longest, (when, last, longest))
    equal(r.execute_command("LATENCY", "HISTORY", "command"), [[when, last]])
    true(r.execute_command("LATENCY", "GRAPH", "command").startswith(b"command - high "), "GRAPH")
    true(b"command: " in r.execute_command("LATENCY", "DOCTOR"), "DOCTOR")
    equal(r.execute_command("LATENCY", "RESET", "command"), 1)
    equal(r.execute_command("LATENCY", "LATEST"), [])


@suite.case("memory")
def memory(running):
    r = client(running)
    r.set("k", "v")
    r.select(4)
    r.set("k", "v")
    stats = r.memory_stats()
    equal((stats["keys.count"], stats["replication.backlog"]), (2, 0))
    true(set(stats["db.4"]) >= {"overhead.hashtable.main", "overhead.hashtable.expires"}, stats)
    true(0 < float(stats["dataset.percentage"]) <= 100, stats["dataset.percentage"])
    equal(r.memory_purge(), True)
    true(len(r.memory_malloc_stats()) > 0, "malloc-stats")


@suite.case("a monitor")
def monitor(running):
    r = client(running)
    with client(running).monitor() as lines:
        r.set("k", 'a "b"')
        r.execute_command("SELECT", "3")
        seen = []
        while len(seen) < 2:
            line = lines.next_command()
            if not line["command"].startswith(("CLIENT", "HELLO")):
                seen.append(line)
        equal([line["command"] for line in seen], ['SET k a "b"', "SELECT 3"])
        equal([line["db"] for line in seen], [0, 3])
        equal([line["client_type"] for line in seen], ["tcp", "tcp"])
        true(seen[0]["time"] > 1000000000, seen[0]["time"])


MONITOR_SOCKET = socket_path()


@suite.case("a monitor that sees a unix socket", ["--unixsocket", MONITOR_SOCKET])
def monitor_unix(running):
    r = redis.Redis(unix_socket_path=MONITOR_SOCKET)
    with client(running).monitor() as lines:
        r.set("k", "v")
        line = lines.next_command()
        while line["command"] != "SET k v":
            line = lines.next_command()
        equal(line["client_type"], "unix")


@suite.case("what the newest clients send when they connect")
def handshakes(running):
    def sequence(*commands):
        connection = running.connect()
        replies = [connection.call(*words) for words in commands]
        connection.close()
        return replies

    replies = sequence(["HELLO", "3"], ["CLIENT", "SETNAME", "x"],
                       ["CLIENT", "SETINFO", "LIB-NAME", "redis-py"],
                       ["CLIENT", "SETINFO", "LIB-VER", "5.0.0"],
                       ["CLIENT", "MAINT_NOTIFICATIONS", "ON"], ["SELECT", "0"], ["PING"])
    equal(replies[0][0], "%")
    keys = [key for _, key in replies[0][1][::2]]
    equal(keys[:6], [b"server", b"version", b"proto", b"id", b"mode", b"role"])
    equal([kind for kind, _ in replies[4:]], ["-", "+", "+"])
    replies = sequence(["HELLO", "3"], ["READONLY"], ["CLIENT", "TRACKING", "ON"], ["PING"])
    equal([kind for kind, _ in replies][-1:], ["+"])
    replies = sequence(["CLIENT", "SETNAME", "x"], ["CONFIG", "GET", "timeout"],
                       ["CONFIG", "GET", "replica-read-only"], ["CONFIG", "GET", "databases"],
                       ["SENTINEL", "MASTERS"], ["INFO", "replication"], ["INFO", "server"],
                       ["CLUSTER", "NODES"], ["GET", "__Booksleeve_TieBreak"],
                       ["ECHO", b"\x01\x02unique"])
    equal([kind for kind, _ in replies[:4]], ["+", "*", "*", "*"])
    equal(replies[4][0], "-")
    equal([kind for kind, _ in replies[8:]], ["$", "$"])
    equal(replies[9][1], b"\x01\x02unique")
    replies = sequence(["INFO", "ALL"], ["CONFIG", "GET", "*"], ["LATENCY", "LATEST"],
                       ["SLOWLOG", "LEN"], ["MODULE", "LIST"], ["COMMAND", "INFO"], ["PING"])
    equal((replies[0][0], replies[1][0], replies[-1]), ("$", "*", ("+", b"PONG")))


if __name__ == "__main__":
    raise SystemExit(suite.main())
