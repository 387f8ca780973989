#!/usr/bin/python3
"""What --budget promises: the sum, the known totals, random configurations, and what a start
really takes."""

import json
import random
import re
import subprocess

from suite import SANITIZED, Suite, contains, equal, run, true

import server

suite = Suite()
DEFAULT_MAX = 256000000
REFERENCE = ["--capacity", "guaranteed", "--connections-max", "1000", "--key-count", "1000",
             "--key-size-max", "1024", "--val-size-max", "4096", "--list-length-max", "50"]
REFERENCE_MAX = 260000000
LEGAL = 200
STARTED = 20
START_BYTES_MAX = 300 << 20
SEED = 20240301


def budget(path, *words):
    report = json.loads(run([path, *words, "--budget=json"])[0])
    total = sum(region["bytes"] for region in report["regions"])
    equal(total, report["total_bytes"], "sum of the regions with %s" % (words,))
    equal(report["total_bytes"] % 4096, 0, "whole pages")
    names = [region["name"] for region in report["regions"]]
    equal(len(names), len(set(names)), "a region's name occurs twice: %s" % names)
    for region in report["regions"]:
        least = region["count"] * region["unit_bytes"]
        true(least <= region["bytes"] < least + 4096, "bytes are not count x unit: %s" % region)
    for part in ("guaranteed", "expected", "derived"):
        true(isinstance(report[part], dict) and report[part], "%s is missing" % part)
    true(report["derived"]["connection_recv_size"] > 0, "connection_recv_size")
    true(report["derived"]["connection_send_size"] > 0, "connection_send_size")
    return report


def store_bytes(report):
    return sum(r["bytes"] for r in report["regions"] if r["name"].startswith("store."))


@suite.case("the default and the reference configuration", None, kv_only=True)
def known_totals(path):
    default = budget(path)
    true(default["total_bytes"] <= DEFAULT_MAX, "default takes %d" % default["total_bytes"])
    reference = budget(path, *REFERENCE)
    true(reference["total_bytes"] < REFERENCE_MAX, "reference takes %d" % reference["total_bytes"])
    true(store_bytes(reference) > 1000 * 50 * 4096, "the store cannot hold what is guaranteed")
    print("  default %d bytes, reference %d bytes" % (default["total_bytes"],
                                                      reference["total_bytes"]))


@suite.case("the table says what the JSON says", None, kv_only=True)
def table(path):
    for words in ([], REFERENCE):
        report = budget(path, *words)
        text, _ = run([path, *words, "--budget"])
        contains(text, str(report["total_bytes"]))
        for region in report["regions"]:
            row = next((line for line in text.split("\n") if region["name"] in line.split()), "")
            contains(row, str(region["bytes"]))


@suite.case("memory and store-memory are kept", None, kv_only=True)
def kept(path):
    for mb in (100, 200, 256, 1000, 100000):
        report = budget(path, "--memory", "%dmb" % mb, "--connections-max", "1000",
                        "--val-size-max", "64kb", "--key-count", "100000")
        total = report["total_bytes"]
        true((mb << 20) - (1 << 20) < total <= mb << 20, "memory %dmb takes %d" % (mb, total))
        report = budget(path, "--memory", "0", "--store-memory", "%dmb" % mb, "--key-count",
                        "100000")
        used = store_bytes(report)
        true((mb << 20) - (1 << 20) < used <= mb << 20, "store-memory %dmb takes %d" % (mb, used))


@suite.case("more of anything never takes less", None, kv_only=True)
def monotone(path):
    base = {"capacity": "guaranteed", "connections-max": 100, "key-count": 1000,
            "key-size-max": 100, "val-size-max": 1000, "list-length-max": 20}
    before = budget(path, *arguments(base))["total_bytes"]
    for name in ("connections-max", "key-count", "key-size-max", "val-size-max",
                 "list-length-max"):
        more = dict(base, **{name: base[name] * 10})
        after = budget(path, *arguments(more))["total_bytes"]
        true(after >= before, "%s x 10: %d after %d" % (name, after, before))


def arguments(options):
    return [word for name, value in options.items() for word in ("--" + name, str(value))]


def logarithmic(chooser, low, high):
    """Small and large numbers alike."""
    return int(low * (high / low) ** chooser.random())


def random_options(chooser):
    options = {
        "connections-max": logarithmic(chooser, 1, 20000),
        "key-count": logarithmic(chooser, 1, 3000000),
        "key-size-max": logarithmic(chooser, 1, 3072),
        "val-size-max": logarithmic(chooser, 1, 4 << 20),
        "list-length-max": logarithmic(chooser, 1, 1000000),
    }
    options["capacity"] = chooser.choice(["guaranteed", "shared"])
    if options["capacity"] == "guaranteed":
        if chooser.random() < 0.8:
            options["key-count"] = logarithmic(chooser, 1, 3000)
            options["list-length-max"] = logarithmic(chooser, 1, 100)
    elif chooser.random() < 0.5:
        options["memory"] = logarithmic(chooser, 20 << 20, 1 << 33)
    else:
        options["memory"] = 0
        options["store-memory"] = logarithmic(chooser, 1 << 16, 1 << 33)
    rare = {"request-size-max": (16384, 64 << 20), "reply-size-max": (262144, 64 << 20),
            "request-args-max": (16, 1048576), "receive-memory": (1 << 20, 1 << 30),
            "reply-memory": (1 << 20, 1 << 30), "tcp-backlog": (1, 65535)}
    for name, (low, high) in rare.items():
        if chooser.random() < 0.15:
            options[name] = logarithmic(chooser, low, high)
    return options


def check(path, options):
    """Whether the configuration is legal; an illegal one must be refused by an option's name."""
    done = subprocess.run([path, *arguments(options), "--check-config"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    text = done.stderr.decode(errors="replace")
    equal(server.SANITIZER.search(text), None, "sanitizer")
    if done.returncode == 0:
        return True
    equal(done.returncode, 1, "exit code with %s" % options)
    named = re.match(r"kv: ([a-z-]+)", text)
    true(named and named.group(1) in options, "%s refused with %r" % (options, text))
    return False


@suite.case("random configurations", None, kv_only=True)
def random_configurations(path):
    chooser = random.Random(SEED)
    legal = illegal = 0
    startable = []
    wanted = LEGAL // 4 if SANITIZED else LEGAL
    while legal < wanted:
        true(illegal < 20 * LEGAL, "hardly any configuration is legal")
        options = random_options(chooser)
        if not check(path, options):
            illegal += 1
            continue
        legal += 1
        report = budget(path, *arguments(options))
        if options.get("memory"):
            true(report["total_bytes"] <= options["memory"], "more than memory: %s" % options)
        if report["total_bytes"] <= START_BYTES_MAX:
            startable.append((options, report["total_bytes"]))
    print("  %d legal, %d illegal, %d small enough to start" % (legal, illegal, len(startable)))
    true(len(startable) >= STARTED // 2, "too few to start")
    for options, total in startable[:STARTED]:
        start_with(path, options, total)


def start_with(path, options, total):
    """Carving row by row is asserted in the server; here it says what it has reserved."""
    with server.Server(path, "kv", arguments(options)) as running:
        contains(running.output(), str(total))
        if options["connections-max"] > 1:
            equal(running.info("memory")["kv_budget_bytes"], str(total), str(options))
        equal(running.stop(), 0, "exit code with %s" % options)
        equal(running.findings(), "", "sanitizer")


if __name__ == "__main__":
    raise SystemExit(suite.main())
