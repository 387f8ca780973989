#!/usr/bin/python3
"""The metrics page as others read it: promtool's linter (text 0.0.4), and the parsers of the Python
client of Prometheus, the strict one for OpenMetrics. The pages are metrics_test's: a server's first
page, a busy server's, and the longest one."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients"))

from suite import Suite, equal, run, true  # noqa: E402

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

suite = Suite()

# What promtool says of names that compatibility with redis_exporter dictates, and why they stay:
# "NAME COMPLAINT": "REASON". It says nothing of those that are there now; a complaint that is not
# listed fails, and one that is listed and not made fails too.
ACCEPTED = {}

PAGES = ("first", "busy", "worst")

# What dashboards and alerts for redis_exporter ask for, with the labels that they ask by.
DASHBOARDS = {
    "redis_up": (), "redis_uptime_in_seconds": (), "redis_start_time_seconds": (),
    "redis_connected_clients": (), "redis_blocked_clients": (), "redis_config_maxclients": (),
    "redis_max_clients": (), "redis_memory_used_bytes": (), "redis_memory_used_peak_bytes": (),
    "redis_memory_used_rss_bytes": (), "redis_memory_max_bytes": (),
    "redis_mem_fragmentation_ratio": (), "redis_db_keys": ("db",),
    "redis_db_keys_expiring": ("db",), "redis_db_avg_ttl_seconds": ("db",),
    "redis_pubsub_channels": (), "redis_pubsub_patterns": (), "redis_slowlog_length": (),
    "redis_slowlog_last_id": (), "redis_loading_dump_file": (), "redis_connected_slaves": (),
    "redis_instance_info": ("role", "redis_version", "redis_build_id", "redis_mode", "os",
                            "maxmemory_policy", "tcp_port", "run_id", "process_id"),
    "redis_connections_received_total": (), "redis_rejected_connections_total": (),
    "redis_commands_processed_total": (), "redis_commands_total": ("cmd",),
    "redis_commands_duration_seconds_total": ("cmd",),
    "redis_commands_failed_calls_total": ("cmd",),
    "redis_commands_rejected_calls_total": ("cmd",), "redis_errors_total": ("err",),
    "redis_keyspace_hits_total": (), "redis_keyspace_misses_total": (),
    "redis_expired_keys_total": (), "redis_evicted_keys_total": (),
    "redis_net_input_bytes_total": (), "redis_net_output_bytes_total": (),
    "redis_cpu_sys_seconds_total": (), "redis_cpu_user_seconds_total": (),
    "redis_client_output_buffer_limit_disconnections_total": (),
    "kv_build_info": ("version", "backend", "kernel"), "kv_budget_bytes": ("region",),
    "kv_pool_used": ("pool",), "kv_pool_max": ("pool",), "kv_pool_high_water": ("pool",),
    "kv_pool_exhausted_total": ("pool",), "kv_pages": ("kind",), "kv_store_bytes_live": (),
    "kv_store_fill_ratio": (), "kv_waiting_connections": ("reason",),
    "kv_command_duration_seconds_bucket": ("cmd", "le"),
    "kv_command_duration_seconds_sum": ("cmd",), "kv_command_duration_seconds_count": ("cmd",),
    "kv_loop_duration_seconds_bucket": ("le",), "kv_loop_duration_seconds_sum": (),
    "kv_loop_duration_seconds_count": (), "kv_batch_commands_bucket": ("le",),
    "kv_batch_commands_sum": (), "kv_batch_commands_count": (), "kv_minor_faults_total": (),
    "kv_admin_heap_bytes": ("state",),
}


def render():
    """{(page, format): text}"""
    program = os.path.join(os.environ.get("KV_BUILDDIR", "."), "tests/unit/admin/metrics_test")
    folder = tempfile.mkdtemp(prefix="kv-metrics-")
    try:
        run([program], env={"KV_METRICS_FOLDER": folder})
        pages = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="ascii", newline="") as file:
                pages[tuple(name.split("."))] = file.read()
    finally:
        shutil.rmtree(folder)
    equal(sorted(pages), sorted((page, kind) for page in PAGES
                                for kind in ("text", "openmetrics")), "pages")
    return pages


def lint(page):
    """What promtool complains of, as a set of lines."""
    program = shutil.which("promtool")
    true(program, "promtool is missing: install the Debian package prometheus")
    out, err = run([program, "check", "metrics"], data=page.encode(), code=None)
    return {line.strip() for line in (out + err).split("\n") if line.strip()}


def compare(complaints, accepted):
    """What is wrong with complaints: those that are not accepted, and those that are missing."""
    wrong = ["not listed: " + line for line in sorted(complaints - set(accepted))]
    return wrong + ["listed, but not said: " + line for line in sorted(set(accepted) - complaints)]


def samples(families):
    """{(name, labels): value}; a series that comes twice is a mistake."""
    found = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            true(key not in found, "%s comes twice" % (key,))
            found[key] = float(sample.value)
    return found


@suite.case("promtool has nothing to say but what is accepted", None, kv_only=True)
def promtool(_):
    pages = render()
    said = set()
    for page in PAGES:
        said |= lint(pages[page, "text"])
    equal(compare(said, ACCEPTED), [], "promtool check metrics")
    for name in ACCEPTED:
        true(ACCEPTED[name], "no reason is given for: " + name)


@suite.case("promtool would say something", None, kv_only=True)
def promtool_complains(_):
    page = render()["busy", "text"]
    broken = {
        "redis_up no help text": page.replace("# HELP redis_up", "# HELP redis_down"),
        'kv_turns counter metrics should have "_total" suffix':
            page.replace("kv_turns_total", "kv_turns"),
    }
    for complaint, text in broken.items():
        true(text != page, "nothing was broken for: " + complaint)
        said = lint(text)
        true(complaint in said, "not said: %s, but %s" % (complaint, sorted(said)))
        true(compare(said, ACCEPTED), "a complaint that is not listed must fail")
    true(lint(page + "redis_up{ 1\n"), "a broken line")
    equal(compare({"a"}, {"a": "why"}), [], "what is listed and said")
    equal(compare(set(), {"a": "why"}), ["listed, but not said: a"], "what is not said any more")


@suite.case("the strict parser takes the OpenMetrics pages", None, kv_only=True)
def openmetrics(_):
    pages = render()
    for page in PAGES:
        families = list(read_openmetrics(pages[page, "openmetrics"]))
        true(len(families) > 60, "%d families" % len(families))
        for family in families:
            true(family.documentation and family.type != "unknown" and family.samples,
                 "%s is not a whole family" % family.name)


@suite.case("the strict parser would refuse", None, kv_only=True)
def openmetrics_refuses(_):
    page = render()["busy", "openmetrics"]
    broken = {
        "no end": page.replace("# EOF\n", ""),
        "more after the end": page + "redis_up 1\n",
        "a family in two parts": page.replace("# EOF", 'redis_commands_total{cmd="x"} 1\n'
                                              "# HELP redis_commands x.\n# EOF"),
        "a count that is not the last bucket's":
            page.replace("kv_loop_duration_seconds_count 1", "kv_loop_duration_seconds_count 2"),
        "buckets that fall": page.replace('kv_batch_commands_bucket{le="+Inf"} 2',
                                          'kv_batch_commands_bucket{le="+Inf"} 0'),
    }
    for what, text in broken.items():
        true(text != page, "nothing was broken for: " + what)
        try:
            list(read_openmetrics(text))
        except ValueError:
            continue
        raise AssertionError("was accepted: " + what)


@suite.case("both formats hold the same", None, kv_only=True)
def same(_):
    pages = render()
    for page in PAGES:
        text = samples(read_text(pages[page, "text"]))
        strict = samples(read_openmetrics(pages[page, "openmetrics"]))
        equal(sorted(text), sorted(strict), "series of " + page)
        equal(text, strict, "values of " + page)


@suite.case("every name that dashboards ask for is there", None, kv_only=True)
def dashboards(_):
    pages = render()
    found = {}
    for name, labels in samples(read_text(pages["busy", "text"])):
        found.setdefault(name, set()).add(tuple(sorted(label for label, _ in labels)))
    for name, labels in DASHBOARDS.items():
        true(name in found, name + " is missing")
        equal(found[name], {tuple(sorted(labels))}, "labels of " + name)


if __name__ == "__main__":
    sys.exit(suite.main())
