#!/usr/bin/python3
"""The dashboard in a browser, against a server that runs: what it shows is what the server says,
for eyes, for keyboards and for phones. Chromium is driven without a display and asks nobody."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from suite import Suite, contains, equal, eventually, run, scaled, true

import server

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

suite = Suite()
CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PHONE = (360, 740)
TABS_MAX = 80
ATTEMPTS = 40
# What the page has no element for: the raw histograms, and what a colour shows beside the word.
NOT_SHOWN = re.compile(r"latency\.(bounds_seconds|\w+\.buckets)\.|health\.healthy$")
UNITS = {"": 1, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "B": 1, "KiB": 1 << 10,
         "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "ns": 1e-9, "\u00b5s": 1e-6, "ms": 1e-3,
         "s": 1, "%": 0.01}


class Browser:
    """A Chromium with an empty profile of its own on the dashboard of one server."""

    def __init__(self, port, size=(1440, 900), scheme="light", folder=None):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in FLAGS + ["--user-data-dir=" + folder]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.origin = "http://127.0.0.1:%d" % port
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.cdp("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                 deviceScaleFactor=1, mobile=size == PHONE)
        self.open()

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def open(self):
        self.driver.get(self.origin + "/")
        eventually(lambda: self.js("return document.querySelectorAll('#limits tr').length > 0 && "
                                   "!document.querySelector('#plan-result').hidden && "
                                   "document.querySelector('#map-scale').textContent !== '\u2013'"),
                   True, "the page is filled")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).innerText.trim()", selector)

    def value(self, selector):
        return self.js("return document.querySelector(arguments[0]).dataset.value", selector)

    def visible(self, selector):
        return self.js("return document.querySelector(arguments[0]).checkVisibility()", selector)

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def field(self, path):
        return self.value("[data-field='%s']" % path)

    def requests(self):
        """URL, begin and end of what the page has asked since it was opened."""
        return self.js("return performance.getEntriesByType('resource').map("
                       "e => [e.name, e.startTime, e.responseEnd])")

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def check(self):
        """What must hold whatever was done: nothing in the console, and no other origin asked."""
        equal(self.complaints(), [], "the browser's console")
        asked = self.requests()
        true(asked, "the page has asked for nothing")
        for url, _, _ in asked:
            true(url.startswith(self.origin + "/"), "the page has asked %s" % url)


@contextlib.contextmanager
def browsing(port, checked=True, **arguments):
    with tempfile.TemporaryDirectory(prefix="kvchrome-", ignore_cleanup_errors=True) as folder:
        browser = Browser(port, folder=folder, **arguments)
        try:
            yield browser
            if checked:
                browser.check()
        finally:
            browser.driver.quit()


def get(running, path):
    """Status code and body."""
    url = "http://127.0.0.1:%d%s" % (running.admin_port, path)
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def get_json(running, path):
    code, body = get(running, path)
    equal(code, 200, "status of %s: %s" % (path, body[:300]))
    return json.loads(body)


def fill(running):
    """Something of every kind that the page shows."""
    control = running.control()
    for i in range(scaled(2000)):
        control.call("SET", "key:%d" % i, "x" * 100, *(("EX", "5000") if i % 3 == 0 else ()))
    control.call("SET", "long", "x" * 300000)
    for _ in range(20):
        control.call("RPUSH", "list", *["element-%d" % i for i in range(200)])
    control.call("GET", "key:1")
    control.call("GET", "nowhere")
    control.call("INCR", "long")
    control.call("GET")
    for word in ("ECHO hello", "STRLEN long", "TYPE list", "LLEN list", "EXISTS long",
                 "CLIENT LIST", "CONFIG GET port", "DBSIZE", "TTL key:0", "SELECT 3", "SET a b"):
        control.call(*word.split())
    control.close()


# -- the values --


def flatten(value, path=""):
    """The names that the page gives to the values of /status."""
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = [(str(part.get("name", part.get("db"))) if isinstance(part, dict) else str(i), part)
                 for i, part in enumerate(value)]
    else:
        return {path: value}
    return {name: leaf for key, part in parts
            for name, leaf in flatten(part, path + "." + key if path else key).items()}


def shown(browser):
    """Of each named element: what it was given, the text, and how it was told to write it."""
    rows = browser.js("return [...document.querySelectorAll('[data-field]')].map(e => "
                      "[e.dataset.field, e.dataset.value, e.textContent, e.dataset.format])")
    return {row[0]: row[1:] for row in rows}


def read(text, how):
    """The number that a text of the page stands for, and how far it may be off."""
    if how == "duration" or re.fullmatch(r"(?:.* d )?\d+:\d\d:\d\d", text):
        days, _, clock = text.rpartition(" d ")
        hours, minutes, seconds = map(int, clock.split(":"))
        return int(days.replace(",", "") or 0) * 86400 + hours * 3600 + minutes * 60 + seconds, 1
    match = re.fullmatch(r"([<>]?)([\d,]+(?:\.\d+)?) ?([^\d/]*)(?:/s)?", text)
    true(match, "%r is no number" % text)
    bound, digits, unit = match.groups()
    digits = digits.replace(",", "")
    step = UNITS[unit] * 10.0 ** -len(digits.partition(".")[2])
    exact = how in ("count", "plain", "text") and unit == ""
    return float(digits) * UNITS[unit], 0 if exact else step if bound else 0.51 * step


def wrong_text(value, text, how):
    if how == "moment":
        return text != time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))
    if not isinstance(value, (int, float)):
        return text != value
    number, off = read(text, how)
    return abs(number - value) > off + 1e-9 * abs(value)


def differences(browser, before, after):
    """What the page shows and the server has not said between two answers."""
    found = []
    page = shown(browser)
    for path, last in after.items():
        if NOT_SHOWN.search(path):
            continue
        if path not in page or page[path][0] is None:
            found.append("%s is not on the page" % path)
            continue
        given, text, how = page[path]
        first = before.get(path, last)
        if isinstance(last, str):
            right = given in (first, last)
            value = given
        else:
            value = float(given)
            right = min(first, last) <= value <= max(first, last)
        if not right:
            found.append("%s is %s, the server says %s, then %s" % (path, given, first, last))
        elif wrong_text(value, text, how):
            found.append("%s is %s and reads %r" % (path, given, text))
    return found


@suite.case("every value of /status is on the page as the server says it", kv_only=True)
def values(running):
    fill(running)
    with browsing(running.admin_port) as browser:
        browser.click("#pause")
        eventually(lambda: browser.visible("#commands-more"), True, "the button for all commands")
        browser.click("#commands-more")
        # Kept open, so that the page's answer counts the same connections as the test's.
        own = http.client.HTTPConnection("127.0.0.1", running.admin_port, timeout=60)

        def status():
            own.request("GET", "/status")
            return flatten(json.loads(own.getresponse().read()))

        # Gauges may go up and down between two answers: then again.
        for _ in range(ATTEMPTS):
            uptime = browser.field("uptime_seconds")
            before = status()
            browser.click("#step")
            eventually(lambda: browser.field("uptime_seconds") != uptime, True, "another answer")
            found = differences(browser, before, status())
            if not found:
                break
        own.close()
        equal(found, [], "the page and the server differ")
        true(len(before) > 150, "only %d values" % len(before))
        for path in ("databases.3.keys", "commands.client|list.calls", "commands.get.rejected"):
            true(browser.field(path) == "1", "%s is %r" % (path, browser.field(path)))


@suite.case("the regions of the budget, and the kinds of the pages' map", kv_only=True)
def budget_and_map(running):
    fill(running)
    budget = get_json(running, "/budget")
    with browsing(running.admin_port) as browser:
        equal(browser.value("#budget-total"), str(budget["total_bytes"]), "total")
        rows = browser.js("return [...document.querySelectorAll('#budget-rows tr')].map("
                          "r => [r.dataset.key, r.children[3].dataset.value])")
        equal(sorted(rows), sorted([r["name"], str(r["bytes"])] for r in budget["regions"]), "rows")
        named = browser.js("return [...document.querySelectorAll('#budget-bar > *')].map("
                           "s => [s.dataset.key, s.dataset.value])")
        equal(sum(int(bytes_) for _, bytes_ in named), budget["total_bytes"], "the bar's segments")
        pages = get_json(running, "/map")
        browser.js("document.querySelector('#map-box').focus()")
        for cell in (0, 1, 2):
            kind = pages["cells"][cell]["kind"]
            contains(browser.text("#map-readout"), "cell %d of" % (cell + 1), "\u00b7 " + kind)
            browser.press(Keys.ARROW_RIGHT)
        browser.press(Keys.END)
        contains(browser.text("#map-readout"), "free", "{:,}".format(pages["pages"] - 1))
        colours = browser.js("const c = document.querySelector('#map-canvas');"
                             "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
                             "return new Set(new Uint32Array(d.data.buffer)).size")
        true(colours >= 3, "the map has only %d colours" % colours)


# -- the planner --


def planned(running, options):
    words = [word for name, value in options.items() for word in ("--" + name, str(value))]
    always = os.environ.get("KV_OPTIONS", "").split()
    out, _ = run([running.path, *always, "--admin-port", str(running.admin_port), *words,
                  "--budget=json"])
    return json.loads(out)


def plan(browser, options):
    """Fills the form as a person does, each input from the empty one."""
    for name, value in options.items():
        box = browser.driver.find_element("id", "plan-" + name)
        if name == "capacity":
            box.find_element("xpath", "./option[text()='%s']" % value).click()
        else:
            box.send_keys(Keys.CONTROL, "a")
            box.send_keys(str(value))


def shows_plan(browser, options, expected, now):
    """Waits for the answer to these options; other options may have the same total."""
    def told():
        asked = dict(urllib.parse.parse_qsl(browser.js(
            "return document.querySelector('#plan-total').dataset.query")))
        values = {name: browser.value("#plan-" + name) for name in
                  ("total", "difference", "guaranteed", "expected", "request", "reply")}
        return dict(values, options={name: asked.get(name) for name in options})

    eventually(told, {
        "options": {name: str(value) for name, value in options.items()},
        "total": str(expected["total_bytes"]),
        "difference": str(expected["total_bytes"] - now["total_bytes"]),
        "guaranteed": str(expected["guaranteed"]["keys"]),
        "expected": str(expected["expected"]["keys"]),
        "request": str(expected["derived"]["connection_recv_size"]),
        "reply": str(expected["derived"]["connection_send_size"]),
    }, "the plan")
    true(browser.visible("#plan-result") and not browser.visible("#plan-refused"), "is shown")


SIZES = {"64kb": 64 << 10, "1mb": 1 << 20, "1gb": 1 << 30}
PLANS = [
    {"connections-max": 20000},
    {"connections-max": 500, "key-count": 3000000, "memory": "1gb"},
    {"key-size-max": 100, "val-size-max": "64kb", "list-length-max": 1000, "memory": 400000000},
    {"capacity": "guaranteed", "connections-max": 1000, "key-count": 1000, "key-size-max": 1024,
     "val-size-max": 4096, "list-length-max": 50},
    {"capacity": "guaranteed", "connections-max": 10, "key-count": 50, "key-size-max": 10,
     "val-size-max": "1mb", "list-length-max": 3},
]


@suite.case("the planner says what kv --budget=json says", kv_only=True)
def planner(running):
    with browsing(running.admin_port) as browser:
        now = get_json(running, "/budget")
        shows_plan(browser, {}, now, now)
        equal(browser.visible("#plan-lines"), False, "lines for what is as now")
        for options in PLANS:
            browser.click("#plan-reset")
            plan(browser, options)
            shows_plan(browser, options, planned(running, options), now)
            lines = browser.text("#plan-lines").split("\n")
            for name, value in options.items():
                if now["options"][name] not in (value, SIZES.get(value)):
                    true("%s %s" % (name, value) in lines, "%s is not in %s" % (name, lines))
        browser.click("#plan-reset")
        shows_plan(browser, {"capacity": "shared", "connections-max": 10000}, now, now)


@suite.case("the planner shows why the server refuses", kv_only=True)
def refused(running):
    with browsing(running.admin_port, checked=False) as browser:
        now = get_json(running, "/budget")
        for options in ({"connections-max": "x"}, {"key-size-max": "4kb"}, {"memory": "1mb"},
                        {"val-size-max": "<b>1</b>"}, {"connections-max": ""}):
            browser.click("#plan-reset")
            shows_plan(browser, {"connections-max": 10000}, now, now)
            code, body = get(running, "/budget?" + urllib.parse.urlencode(
                dict(options, **{"store-memory": 0})))
            equal(code, 400, "status for %s" % options)
            plan(browser, options)
            if list(options.values()) == [""]:
                browser.driver.find_element("id", "plan-connections-max").send_keys(Keys.DELETE)
            eventually(lambda: browser.visible("#plan-refused"), True, "refusal of %s" % options)
            eventually(lambda: browser.text("#plan-refused"), json.loads(body)["error"], "message")
            equal(browser.visible("#plan-result"), False, "an old result beside the refusal")
            name = next(iter(options))
            equal(browser.js("return document.getElementById(arguments[0])"
                             ".getAttribute('aria-invalid')", "plan-" + name), "true", name)
        # The browser itself notes each answer of 400; nothing else may be there.
        for line in browser.complaints():
            contains(line, "/budget?", "400")


# -- how it asks --


@suite.case("asks for nothing twice at once, and for nothing while paused or unseen", kv_only=True)
def polls(running):
    with browsing(running.admin_port) as browser:
        eventually(lambda: len(browser.requests()) > 12, True, "requests")
        asked = browser.requests()
        paths = {urllib.parse.urlparse(url).path for url, _, _ in asked}
        equal(paths, {"/status", "/budget", "/map"}, "what was asked")
        for url in {url for url, _, _ in asked}:
            spans = sorted((begin, end) for name, begin, end in asked if name == url)
            for one, other in zip(spans, spans[1:]):
                true(other[0] >= one[1], "%s is asked twice at once" % url)
        browser.click("#pause")
        quiet(browser, "paused")
        browser.click("#step")
        eventually(lambda: len(browser.requests()) >= quiet.count + 3, True, "one step")
        quiet(browser, "after the step")
        browser.click("#pause")
        eventually(lambda: len(browser.requests()) > quiet.count, True, "goes on")
        unseen(browser)


def quiet(browser, when):
    """The answers that were under way arrive, and then no more."""
    time.sleep(0.5)
    quiet.count = len(browser.requests())
    time.sleep(2.5)
    equal(len(browser.requests()), quiet.count, "requests while " + when)


def unseen(browser):
    """Chromium without a display shows all tabs: the page is told that it is hidden."""
    hide = ("Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))")
    browser.js(hide, True)
    quiet(browser, "nobody looks")
    browser.js(hide, False)
    eventually(lambda: len(browser.requests()) > quiet.count, True, "goes on when seen")


@suite.case("a server that stops, and another in its place", None, kv_only=True)
def stops(path):
    admin = server.free_port()
    with server.Server(path, "kv", ["--admin-port", str(admin)]) as running:
        with browsing(admin, checked=False) as browser:
            run_id = browser.field("run_id")
            equal(browser.visible("#silence"), False, "silence while it answers")
            equal(running.stop(), 0, "exit code")
            eventually(lambda: browser.visible("#silence"), True, "silence is shown")
            true(re.match(r"No answer since \d+:\d\d:\d\d \(cannot connect\)",
                          browser.text("#silence")), browser.text("#silence"))
            contains(browser.js("return document.title"), "no answer")
            equal(browser.field("run_id"), run_id, "the last numbers stay")
            with server.Server(path, "kv", ["--admin-port", str(admin)]):
                eventually(lambda: browser.visible("#silence"), False, "it answers again")
                eventually(lambda: browser.field("run_id") != run_id, True, "the other's numbers")
            for line in browser.complaints():
                contains(line, "net::ERR_")


@suite.case("works while the server is busy", kv_only=True)
def busy(running):
    with browsing(running.admin_port) as browser:
        load = subprocess.Popen(
            ["redis-benchmark", "-p", str(running.port), "-t", "set,get,lpush", "-l", "-n",
             "20000", "-P", "16", "-r", "10000", "-q"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: float(browser.field("rates.commands_per_second")) > 0, True,
                       "commands per second")
            for chart in ("commands", "bytes", "latency", "loop"):
                eventually(lambda: "L" in (browser.js(
                    "return document.querySelector('#chart-%s .series').getAttribute('d')"
                    % chart) or ""), True, "a line in " + chart)
            eventually(lambda: bool(re.match(r"[\d.]+ (ns|\u00b5s|ms)",
                                             browser.text("#chart-latency dd"))), True, "p50")
            eventually(lambda: browser.js(
                "return document.querySelector('#commands tr').dataset.key") in
                ("set", "get", "lpush"), True, "the busiest command comes first")
            plan(browser, {"connections-max": 12345})
            shows_plan(browser, {"connections-max": 12345},
                       planned(running, {"connections-max": 12345}),
                       get_json(running, "/budget"))
        finally:
            load.kill()
            load.wait()
        eventually(lambda: browser.field("totals.commands") ==
                   str(get_json(running, "/status")["totals"]["commands"]), True,
                   "all commands are on the page at the end")


# -- for eyes and hands --

# Each text that is seen, with its colour and that of what it stands on.
TEXTS = """
const parse = (c) => c.match(/[\\d.]+/g).map(Number);
const seen = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("script, noscript, svg, .unseen")) continue;
    if (!e.checkVisibility()) continue;
    let on = e;
    while (on && (parse(getComputedStyle(on).backgroundColor)[3] ?? 1) < 1) on = on.parentElement;
    seen.push([walker.currentNode.data.trim(), parse(getComputedStyle(e).color).slice(0, 3),
               parse(getComputedStyle(on).backgroundColor).slice(0, 3)]);
}
return seen;
"""


def luminance(colour):
    parts = [part / 255 for part in colour]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def check_contrast(browser, dark):
    texts = browser.js(TEXTS)
    true(len(texts) > 100, "only %d texts" % len(texts))
    for text, colour, ground in texts:
        true(contrast(colour, ground) >= 4.5, "%r has a contrast of %.2f: %s on %s"
             % (text, contrast(colour, ground), colour, ground))
    # What is text in the other scheme would be legible as well: the ground decides which it is.
    for _, _, ground in texts:
        if luminance(ground) > 0.2 and dark:
            raise AssertionError("a light ground in the dark: %s" % ground)


@suite.case("light, dark, and the choice between them", kv_only=True)
def themes(running):
    fill(running)
    for scheme, other in (("light", "dark"), ("dark", "light")):
        with browsing(running.admin_port, scheme=scheme) as browser:
            browser.js("document.querySelectorAll('details').forEach(d => { d.open = true })")
            check_contrast(browser, scheme == "dark")
            while browser.text("#theme") != "Theme: " + other:
                browser.click("#theme")
            check_contrast(browser, other == "dark")
            browser.open()
            equal(browser.text("#theme"), "Theme: " + other, "the choice after a reload")
            check_contrast(browser, other == "dark")


# What reaches beyond the window, and what hides a part of its own text.
BEYOND = """
const found = [];
for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.closest(".unseen, noscript, svg")) continue;
    if (e.getBoundingClientRect().right > innerWidth + 0.5) found.push("beyond: " + e.outerHTML);
    if (getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1 &&
        !e.closest("input, select")) found.push("cut: " + e.outerHTML);
}
return found.map((text) => text.slice(0, 200));
"""


@suite.case("no scrolling sideways, however narrow the window", kv_only=True)
def narrow(running):
    fill(running)
    for size in (PHONE, (620, 900), (1000, 900), (1200, 900)):
        with browsing(running.admin_port, size=size) as browser:
            browser.js("document.querySelectorAll('details').forEach(d => { d.open = true })")
            options = {"key-count": 4000000, "memory": 123456789012}
            plan(browser, options)
            shows_plan(browser, options, planned(running, options), get_json(running, "/budget"))
            equal(browser.js("return innerWidth"), size[0], "the window's width")
            root = "return document.documentElement."
            equal(browser.js(root + "scrollWidth"), browser.js(root + "clientWidth"), "page width")
            equal(browser.js(BEYOND), [], "at %d px" % size[0])


@suite.case("by keyboard alone", kv_only=True)
def keyboard(running):
    fill(running)
    with browsing(running.admin_port) as browser:
        met = []
        while len(met) < TABS_MAX and "plan-connections-max" not in met:
            browser.press(Keys.TAB)
            met.append(browser.js("return document.activeElement.id"))
            outline = browser.js("return getComputedStyle(document.activeElement).outlineStyle")
            true(outline != "none", "the focus on %r cannot be seen" % met[-1])
        true("plan-connections-max" in met, "the planner is not reached: %s" % met)
        for wanted in ("pause", "theme", "map-box", "commands-more"):
            true(wanted in met, "%s is not reached: %s" % (wanted, met))
        # Who comes by keyboard finds the text selected, and writes over it.
        browser.press("20000")
        shows_plan(browser, {"connections-max": 20000},
                   planned(running, {"connections-max": 20000}), get_json(running, "/budget"))
        browser.js("document.querySelector('#budget-bar [tabindex=\"0\"]').focus()")
        largest = browser.text("#budget-readout")
        contains(largest, "store.pages", "of the budget")
        browser.press(Keys.ARROW_RIGHT)
        true(browser.text("#budget-readout") not in (largest, ""), "the bar's readout stays")
        browser.js("document.querySelector('#commands-head button').focus()")
        browser.press(Keys.ENTER)
        names = browser.js("return [...document.querySelectorAll('#commands tr')].map("
                           "r => r.dataset.key)")
        equal(names, sorted(names), "commands by name")
        unnamed = browser.js("return [...document.querySelectorAll('button, input, select')]"
                             ".filter(e => !(e.textContent.trim() || e.ariaLabel || "
                             "e.labels?.length)).map(e => e.outerHTML)")
        equal(unnamed, [], "without a name")


@suite.case("the page is the parts that it is made of, and names no other origin", kv_only=True)
def parts(running):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "admin")
    with open(os.path.join(folder, "dashboard_page.S"), encoding="utf-8") as listing:
        names = re.findall(r'\.incbin "admin/(.*)"', listing.read())
    equal(sorted(names), sorted("dashboard/" + name for name in
                                os.listdir(os.path.join(folder, "dashboard"))), "the parts")
    expected = ""
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as part:
            expected += part.read()
    code, page = get(running, "/")
    equal(code, 200, "status")
    true(page == expected, "the page is not made of its parts as they are")
    others = [url for url in re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]+[^\s'\"]*", page)
              if not url.startswith("http://www.w3.org/2000/svg")]
    equal(others, [], "other origins")


if __name__ == "__main__":
    raise SystemExit(suite.main())
