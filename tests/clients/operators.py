#!/usr/bin/python3
"""The alerts for Prometheus and the dashboard for Grafana: they are valid, name only metrics that
kv has, and each alert fires when it should and only then."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from suite import Suite, equal, true

suite = Suite()
ETC = os.path.join(os.environ.get("KV_SRCDIR") or
                   os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."), "etc")
RULES = os.path.join(ETC, "prometheus-rules.yml")
CASES = os.path.join(ETC, "prometheus-rules-test.yml")
DASHBOARD = os.path.join(ETC, "grafana-dashboard.json")
ALERTS = {"KvDown", "KvStoreAlmostFull", "KvKeysAlmostFull", "KvConnectionsHigh",
          "KvRejectedConnections", "KvEvictions", "KvPoolExhausted", "KvConnectionsWaiting",
          "KvErrorRate", "KvSlowLoop", "KvPageFaults"}
PANELS_MIN = 30
COLUMNS = 24

# What /metrics has, and `up`, which Prometheus adds.
GAUGES = set("""
    up redis_up redis_uptime_in_seconds redis_start_time_seconds redis_connected_clients
    redis_blocked_clients redis_config_maxclients redis_max_clients redis_memory_used_bytes
    redis_memory_used_peak_bytes redis_memory_used_rss_bytes redis_memory_max_bytes
    redis_mem_fragmentation_ratio redis_db_keys redis_db_keys_expiring redis_db_avg_ttl_seconds
    redis_pubsub_channels redis_pubsub_patterns redis_slowlog_length redis_slowlog_last_id
    redis_loading_dump_file redis_connected_slaves redis_instance_info kv_build_info
    kv_budget_bytes kv_pool_used kv_pool_max kv_pool_high_water kv_pages kv_store_bytes_live
    kv_store_fill_ratio kv_waiting_connections kv_admin_heap_bytes
    """.split())
COUNTERS = set("""
    redis_connections_received_total redis_rejected_connections_total
    redis_commands_processed_total redis_commands_total redis_commands_duration_seconds_total
    redis_commands_failed_calls_total redis_commands_rejected_calls_total redis_errors_total
    redis_keyspace_hits_total redis_keyspace_misses_total redis_expired_keys_total
    redis_evicted_keys_total redis_net_input_bytes_total redis_net_output_bytes_total
    redis_cpu_sys_seconds_total redis_cpu_user_seconds_total
    redis_client_output_buffer_limit_disconnections_total kv_pool_exhausted_total
    kv_minor_faults_total
    """.split())
HISTOGRAMS = {"kv_command_duration_seconds", "kv_loop_duration_seconds", "kv_batch_commands"}
COUNTERS |= {name + end for name in HISTOGRAMS for end in ("_bucket", "_count", "_sum")}
LABEL_VALUES = {
    "pool": {"connections", "keys", "pages", "receive_buffers", "receive_units", "receive_elder",
             "reply_chunks", "admin_connections", "admin_heap"},
    "reason": {"receive_memory", "reply_memory"},
}
WORDS = {"and", "or", "unless", "by", "bool", "offset"}


def read(path):
    with open(path) as file:
        return file.read()


def promtool(*words):
    done = subprocess.run(["promtool", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


def check_names(expression, where):
    """Each name in a PromQL expression is a metric that there is; counters, and only they, are
    read through a rate."""
    for label, value in re.findall(r'(\w+)="([^"]*)"', expression):
        true(label not in LABEL_VALUES or value in LABEL_VALUES[label],
             "%s: there is no %s %r" % (where, label, value))
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
    rates = re.findall(r"\b(?:rate|increase)\((\w+)\[", bare)
    changes = re.findall(r"\bchanges\((\w+)\[", bare)
    true(set(rates) <= COUNTERS, "%s: a rate of what is no counter: %s" % (where, rates))
    names = [name for name in re.findall(r"\b[a-zA-Z_]\w*\b(?!\s*\()", re.sub(r"\[\w+\]", "", bare))
             if name not in WORDS]
    true(names, "%s: no metric in %s" % (where, expression))
    for name in names:
        true(name in GAUGES | COUNTERS, "%s: there is no metric %s" % (where, name))
        # The table of pools shows plain sums of a counter.
        true(name in GAUGES or name in rates + changes or name == "kv_pool_exhausted_total",
             "%s: the counter %s without a rate" % (where, name))


# -- the rules --


def alert_blocks(text):
    """name -> the text of each alert's rule."""
    blocks = text.split("      - alert: ")[1:]
    return {block.split("\n", 1)[0]: block for block in blocks}


def expression_of(block):
    folded = re.search(r"\n        expr: >-\n((?:          .*\n)+)", block)
    if folded:
        return " ".join(folded.group(1).split())
    return re.search(r"\n        expr: (.*)\n", block).group(1)


@suite.case("the rules are valid and complete", None, kv_only=True)
def rules(path):
    code, text = promtool("check", "rules", RULES)
    equal(code, 0, text)
    true("%d rules found" % len(ALERTS) in text, text)
    blocks = alert_blocks(read(RULES))
    equal(set(blocks), ALERTS, "alerts")
    for name, block in blocks.items():
        check_names(expression_of(block), name)
        for part in ("severity: (warning|critical)\n", "summary: '.{10}",
                     "description: >-\n {12}.{40}"):
            true(re.search(part, block), "%s has no %s" % (name, part))


@suite.case("each alert fires when it should and only then", None, kv_only=True)
def cases(path):
    code, text = promtool("test", "rules", CASES)
    equal(code, 0, text)
    fires, does_not = set(), set()
    for case in read(CASES).split("\n  - name: ")[1:]:
        name = re.search(r"alertname: (\w+)", case).group(1)
        (fires if "exp_alerts:" in case else does_not).add(name)
        title = " fires" if "exp_alerts:" in case else " does not fire"
        true(case.startswith("'" + name + title), "the name of the case: %.80s" % case)
    equal(fires, ALERTS, "alerts with a case in which they fire")
    equal(does_not, ALERTS, "alerts with a case in which they do not")


def failing_cases(folder, text):
    """The names of the cases that fail with these rules."""
    with open(os.path.join(folder, os.path.basename(RULES)), "w") as file:
        file.write(text)
    code, said = promtool("test", "rules", os.path.join(folder, os.path.basename(CASES)))
    failing = re.findall(r"name: (Kv\w+(?: does not)? fires?)", said)
    equal(bool(failing), code != 0, said)
    return set(failing)


@suite.case("the cases notice rules that are wrong", None, kv_only=True)
def mutants(path):
    folder = tempfile.mkdtemp(prefix="kvtest-")
    try:
        shutil.copy(CASES, folder)
        good = read(RULES)
        equal(failing_cases(folder, good), set(), "cases that fail with the rules as they are")
        for name, block in alert_blocks(good).items():
            never = re.sub(r"expr: (>-\n(          .*\n)+|.*\n)", "expr: vector(0) == 1\n", block)
            equal(failing_cases(folder, good.replace(block, never)), {name + " fires"},
                  "cases that fail when %s never fires" % name)
            loose = re.sub(r" > [0-9.]+\n", " > -1\n", block).replace(" == 0", " >= 0")
            loose = re.sub(r"\n        for: .*", "", loose)
            true(loose != block, "%s is not changed" % name)
            true(name + " does not fire" in failing_cases(folder, good.replace(block, loose)),
                 "no case fails when %s fires too easily" % name)
    finally:
        shutil.rmtree(folder)


# -- the dashboard --


def dashboard():
    board = json.loads(read(DASHBOARD))
    true(len(board["panels"]) >= PANELS_MIN, "only %d panels" % len(board["panels"]))
    return board


def expressions(board):
    """(panel's title, expression) of all."""
    found = [(panel["title"], target["expr"])
             for panel in board["panels"] for target in panel.get("targets", [])]
    return found + [(note["name"], note["expr"]) for note in board["annotations"]["list"]]


def without_variables(expression):
    text = expression.replace("$__rate_interval", "5m").replace("$instance", ".*")
    true("$" not in text, "an unknown variable in %s" % expression)
    return text


@suite.case("the dashboard can be imported", None, kv_only=True)
def form(path):
    board = dashboard()
    equal(board["id"], None, "an id of somebody's Grafana")
    true(board["title"] and board["uid"] and board["schemaVersion"] >= 36, "its head")
    variables = {variable["name"]: variable["type"] for variable in board["templating"]["list"]}
    equal(variables, {"datasource": "datasource", "instance": "query"}, "variables")
    for panel in board["panels"]:
        true(panel["title"], "a panel without a title: %s" % panel["id"])
        if panel["type"] == "row":
            continue
        where = panel["title"]
        true(len(panel["description"]) > 20, "%s has no description" % where)
        true(panel["fieldConfig"]["defaults"]["unit"], "%s has no unit" % where)
        true(panel["targets"], "%s shows nothing" % where)
        references = [target["refId"] for target in panel["targets"]]
        equal(len(references), len(set(references)), "refIds of %s" % where)
        for target in [panel] + panel["targets"]:
            equal(target["datasource"]["uid"], "${datasource}", "data source of %s" % where)
        for target in panel["targets"]:
            true('instance=~"$instance"' in target["expr"], "%s ignores the variable" % where)
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                grouped = re.search(r"\bby \(([^)]*)\)", target["expr"])
                true(not grouped or label in grouped.group(1).replace(" ", "").split(","),
                     "%s: the legend has %s, which the sum has not" % (where, label))


@suite.case("its panels have room and do not overlap", None, kv_only=True)
def layout(path):
    board = dashboard()
    ids = [panel["id"] for panel in board["panels"]]
    equal(len(ids), len(set(ids)), "ids")
    owner = {}
    for panel in board["panels"]:
        at = panel["gridPos"]
        true(at["w"] >= 3 and at["h"] >= 1 and at["x"] >= 0 and at["x"] + at["w"] <= COLUMNS,
             "%s is outside of the grid: %s" % (panel["title"], at))
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                true((x, y) not in owner, "%s lies on %s" % (panel["title"], owner.get((x, y))))
                owner[x, y] = panel["title"]


@suite.case("its expressions are valid and name metrics that there are", None, kv_only=True)
def queries(path):
    found = expressions(dashboard())
    folder = tempfile.mkdtemp(prefix="kvtest-")
    name = os.path.join(folder, "rules.yml")

    def check(all_of_them):
        # JSON is YAML.
        rows = [{"record": "panel:%d" % i, "expr": expression}
                for i, (_, expression) in enumerate(all_of_them)]
        with open(name, "w") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rows}]}, file)
        return promtool("check", "rules", name)

    try:
        plain = [(title, without_variables(expression)) for title, expression in found]
        code, text = check(plain)
        equal(code, 0, text)
        true("%d rules found" % len(plain) in text, text)
        code, text = check(plain + [("", "rate(up[5m]")])
        true(code != 0, "promtool takes everything: %s" % text)
    finally:
        shutil.rmtree(folder)
    for title, expression in plain:
        check_names(expression, title)
    shown = " ".join(expression for _, expression in found)
    for metric in sorted(name for name in GAUGES | COUNTERS if name.startswith("kv_")):
        base = re.sub(r"_(count|sum)$", "_bucket", metric)
        true(base in shown or metric == "kv_store_bytes_live", "no panel shows %s" % metric)


if __name__ == "__main__":
    raise SystemExit(suite.main())
