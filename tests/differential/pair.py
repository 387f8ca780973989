"""The two servers: kv and redis-server, or two redis-servers."""

import subprocess

import compare
import differences
import generator
import links
import payloads
import replies
import server

# Both match and sort bytes, whatever the locale is.
ENVIRONMENT = {"LC_ALL": "C"}
REDIS_OPTIONS = ["--hz", "500", "--enable-debug-command", "yes", "--slowlog-log-slower-than", "-1"]
# Small, so that pages are used again and again; large enough for what streams hold at once: a full
# store differs by intention.
KV_OPTIONS = ["--store-memory", "96mb", "--key-count", "20000", "--connections-max", "200",
              "--key-size-max", "3072", "--val-size-max", "512kb", "--reply-size-max", "64mb"]
# Given where kv has them.
KV_OPTIONAL = [("enable-debug-command", "yes"), ("slowlog-log-slower-than", "-1")]
MARKER = b"$20\r\n~%018d~\r\n"
LOG_SHOWN = 6000
EMPTY_SCANS_MAX = 1000000


class Pair:
    """`ours` is index 0, `theirs` index 1, wherever there are two of something."""

    def __init__(self, kv_path, redis_path, is_self=False):
        self.is_self = is_self
        self.differences = [] if is_self else differences.DIFFERENCES
        self.servers = []
        self.markers = 0
        self.worst_ms = 0.0  # of an exchange since the stream began
        self.control = None
        if is_self:
            self.servers.append(start_redis(redis_path))
        else:
            self.servers.append(server.Server(kv_path, "kv", kv_options(kv_path), env=ENVIRONMENT))
        self.servers.append(start_redis(redis_path))
        self.control = self.connect()
        names = [set(self.names(side)) for side in (0, 1)]
        self.kv_names, self.redis_names = names
        self.common = names[0] & names[1]
        self.payloads = self.collect_payloads()

    def connect(self):
        return [links.Link(each.port) for each in self.servers]

    def has(self, name):
        """Whether both have the command ("object|encoding" for a subcommand)."""
        return name in self.common or name.split("|")[0] not in self.kv_names | self.redis_names

    def names(self, side):
        reply = self.call_one(side, [b"COMMAND", b"LIST"])
        return [replies.bulk(element).decode() for element in replies.elements(reply)]

    def collect_payloads(self):
        connection = self.servers[1].connect()
        found = payloads.collect(connection)
        connection.close()
        return found

    # -- questions outside the streams, on the control connections --

    def marker(self):
        self.markers += 1
        return MARKER % self.markers

    def call(self, link_pair, sequences):
        """Sends sequences[i], lists of commands (lists of arguments), on link i; raw replies."""
        marker = self.marker()
        tail = b"*2\r\n$4\r\nECHO\r\n" + marker
        data = [b"".join(generator.command_of(*c).data() for c in sequence) + tail
                for sequence in sequences]
        try:
            received, spent = links.exchange(link_pair, data, [marker] * len(link_pair))
        except (links.Silent, links.Gone) as error:
            raise compare.Failure(type(error).__name__, "control", str(error)) from None
        self.worst_ms = max(self.worst_ms, spent)
        found = []
        for raw in received:
            starts = replies.split(raw)
            found.append([raw[a:b] for a, b in zip(starts, starts[1:-1])])
        return found

    def call_both(self, commands):
        return self.call(self.control, [commands, commands])

    def call_one(self, side, command):
        return self.call([self.control[side]], [[command]])[0][0]

    def ask(self, database, commands):
        """The raw replies of both to commands in a database."""
        select = [b"SELECT", b"%d" % database]
        return [found[1:] for found in self.call_both([select] + commands)]

    def ask_one(self, side, database, command):
        select = [b"SELECT", b"%d" % database]
        return self.call([self.control[side]], [[select, command]])[0][1]

    def flush(self):
        """Nothing is left of the stream before, which may have ended in the middle."""
        unpause = [[b"CLIENT", b"UNPAUSE"]] if self.has("client|unpause") else []
        self.call_both(unpause + [[b"FLUSHALL"]])
        self.worst_ms = 0.0

    def all_keys(self, databases):
        """For each database the keys of both, in any order."""
        count = [b"COUNT", b"100000"]
        commands = [c for each in databases for c in ([b"SELECT", b"%d" % each],
                                                      [b"SCAN", b"0"] + count)]
        answers = self.call_both(commands)
        return [[self.scan(side, each, count, answers[side][2 * i + 1]) for side in (0, 1)]
                for i, each in enumerate(databases)]

    def scan(self, side, database, options, reply=None):
        """All keys that a whole SCAN gives; `reply` may be its first part."""
        found = []
        if reply is None:
            reply = self.ask_one(side, database, [b"SCAN", b"0"] + options)
        for _ in range(EMPTY_SCANS_MAX):
            parts = replies.elements(reply)
            if parts is None:
                raise compare.Failure("scan", "", "SCAN answers %s" % compare.shown_reply(reply))
            cursor = replies.bulk(parts[0])
            found += [replies.bulk(key) for key in replies.elements(parts[1])]
            if cursor == b"0":
                return found
            reply = self.ask_one(side, database, [b"SCAN", cursor] + options)
        raise compare.Failure("scan", "", "SCAN does not come to its end")

    def is_same_payload(self, ours, theirs):
        """Whether both servers read both payloads, to the same value."""
        commands = [[b"FLUSHDB"], [b"RESTORE", b"ours", b"0", ours],
                    [b"RESTORE", b"theirs", b"0", theirs], [b"TYPE", b"ours"], [b"TYPE", b"theirs"],
                    [b"GET", b"ours"], [b"GET", b"theirs"], [b"LRANGE", b"ours", b"0", b"-1"],
                    [b"LRANGE", b"theirs", b"0", b"-1"], [b"FLUSHDB"]]
        answers = self.ask(compare.SCRATCH_DATABASE, commands)
        sides = answers if self.has("restore") else answers[1:]
        for answer in sides:
            if answer[1] != b"+OK\r\n" or answer[2] != b"+OK\r\n":
                return False
            if any(answer[i] != answer[i + 1] for i in (3, 5, 7)):
                return False
        return all(answer == sides[0] for answer in sides)

    # -- the end --

    def problem(self):
        """What is wrong with the servers themselves: one ended, or a sanitizer found something."""
        for name, each in zip(("kv", "redis-server"), self.servers):
            if each.process.poll() is not None:
                return "%s ended with %s:\n%s" % (name, each.process.returncode,
                                                  each.log()[-LOG_SHOWN:])
        return self.servers[0].findings()[:LOG_SHOWN]

    def stop(self):
        """Ends both. What is wrong with the end, or ""."""
        code = self.servers[0].stop()
        self.servers[1].stop()
        found = self.servers[0].findings()
        if found or code != 0:
            return "kv ended with %s:\n%s" % (code, found or self.servers[0].log()[-3000:])
        return ""


def start_redis(path):
    return server.Server(path, "redis", REDIS_OPTIONS, env=ENVIRONMENT)


def kv_options(path):
    text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout
    options = list(KV_OPTIONS)
    for name, value in KV_OPTIONAL:
        if "--%s " % name in text:
            options += ["--" + name, value]
    return options
