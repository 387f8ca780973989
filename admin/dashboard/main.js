/* Asks the server, and shows what it answers: /status each second, /budget and /map each five,
 * nothing while paused or while nobody looks. */

const STATUS_MS = 1000;
const SLOW_MS = 5000;
const LEVELS = { ready: "ok", ok: "ok", starting: "warn", shutting_down: "warn", warn: "warn",
    stalled: "critical", critical: "critical" };

const commandsView = new Commands();
let paused = false;

/* One address, asked each `period` ms, never twice at once. */
class Poll {
    constructor(url, period, show, fail) {
        Object.assign(this, { url, period, show, fail, busy: false, timer: null });
    }

    wanted() {
        return !paused && !document.hidden;
    }

    start() {
        if (!this.busy) this.ask();
    }

    async ask() {
        clearTimeout(this.timer);
        this.busy = true;
        const begun = performance.now();
        const said = await askServer(this.url);
        this.busy = false;
        if (this.wanted()) {
            const wait = Math.max(50, begun + this.period - performance.now());
            this.timer = setTimeout(() => this.wanted() && this.ask(), wait);
        }
        this.fail(said.reason, this.answered);
        if (!said.ok) return;
        this.answered = new Date();
        this.show(said.answer);
    }
}

function setLevel(id, word, healthy) {
    const level = healthy ? LEVELS[word] || "warn" : LEVELS[word] === "warn" ? "warn" : "critical";
    byId(id).dataset.level = level;
    return level;
}

function showStates(status) {
    const health = setLevel("health", status.health.state, status.health.healthy);
    const pressure = setLevel("pressure", status.pressure.level, true);
    for (const [id, level, reason] of [["health-line", health, status.health.reason],
        ["pressure-line", pressure, status.pressure.reason]]) {
        byId(id).hidden = level === "ok" || !reason;
        byId(id).dataset.level = level;
    }
    const words = [status.health.state, status.pressure.level].filter((w) => LEVELS[w] !== "ok");
    document.title = (words.length ? words.join(", ") + " \u2013 " : "") + "kv " + location.host;
}

function showHitRatio(totals) {
    const asked = totals.keyspace_hits + totals.keyspace_misses;
    write(byId("hit-ratio"), asked > 0 ? format.percent(totals.keyspace_hits, asked) : NOTHING);
}

function showStatus(status) {
    const before = latestStatus && latestStatus.run_id === status.run_id ? latestStatus : null;
    if (latestStatus && !before) {
        /* Another run of the server: its counters began at zero again. */
        for (const chart of Object.values(charts)) chart.clear();
        commandsView.clear();
        budgetPoll.start();
        mapPoll.start();
    }
    latestStatus = status;
    const time = Date.now() / 1000;
    showStates(status);
    showLimits(status.limits);
    showDatabases(status.databases);
    showHitRatio(status.totals);
    commandsView.show(status.commands, time);
    fillFields(status);
    showCharts(status, before, time);
    write(byId("updated"), format.clock(new Date()));
}

function showSilence(reason, since) {
    const silence = byId("silence");
    silence.hidden = reason === null;
    document.body.classList.toggle("silent", reason !== null);
    if (reason === null) return;
    write(silence, (since ? "No answer since " + format.clock(since) : "No answer yet") + " (" +
        reason + "). The numbers below are the last ones; asking goes on.");
    document.title = "no answer \u2013 kv " + location.host;
}

function noteIn(id) {
    const note = byId(id).querySelector(".note");
    return (reason, since) => {
        note.hidden = reason === null;
        if (reason !== null) write(note, "Not up to date" +
            (since ? " since " + format.clock(since) : "") + ": " + reason + ".");
    };
}

const statusPoll = new Poll("/status", STATUS_MS, showStatus, showSilence);
const budgetPoll = new Poll("/budget", SLOW_MS, (budget) => {
    budgetView.show(budget);
    planner.show(budget, latestStatus?.run_id);
}, noteIn("budget"));
const mapPoll = new Poll("/map", SLOW_MS, (map) => pageMap.show(map), noteIn("map"));
const polls = [statusPoll, budgetPoll, mapPoll];

function startPolls() {
    for (const poll of polls) poll.start();
}

byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    byId("step").hidden = !paused;
    if (!paused) startPolls();
});
byId("step").addEventListener("click", startPolls);
document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !paused) startPolls();
});

/* -- the theme: the system's, unless one is chosen -- */

const systemDark = matchMedia("(prefers-color-scheme: dark)");
let theme = "auto";
try {
    const kept = localStorage.getItem("kv.theme");
    if (kept === "dark" || kept === "light") theme = kept;
} catch {
    /* Storage may be forbidden: the choice then lasts as long as the page. */
}

function applyTheme() {
    document.documentElement.dataset.theme =
        theme === "auto" ? (systemDark.matches ? "dark" : "light") : theme;
    write(byId("theme"), "Theme: " + theme);
    pageMap.draw();
}

byId("theme").addEventListener("click", () => {
    theme = { auto: "dark", dark: "light", light: "auto" }[theme];
    try {
        localStorage.setItem("kv.theme", theme);
    } catch {
        /* As above. */
    }
    applyTheme();
});
systemDark.addEventListener("change", applyTheme);
applyTheme();
startPolls();
