/* Limits, commands and databases. */

const FULL_WARN = 0.85;
const FULL_CRITICAL = 0.97;

function makeLimit(name) {
    const path = "limits." + name;
    const cell = (label, inside) =>
        element("td", { role: "cell", "data-label": label }, inside);
    return element("tr", { role: "row" },
        element("th", { role: "rowheader", scope: "row" }, field("span", path + ".name"),
            field("small", path + ".option", "text", { class: "mono" })),
        element("td", { role: "cell", class: "whole" }, element("div", { class: "meter",
            role: "meter", "aria-valuemin": "0", "aria-label": name }, element("b"), element("i"))),
        element("td", { role: "cell", class: "share" }),
        cell("Used", field("span", path + ".used", "count")),
        cell("High water", field("span", path + ".high_water", "count")),
        cell("Max", field("span", path + ".max", "count")),
        cell("Exhausted", field("span", path + ".exhausted", "count")));
}

function showLimits(limits) {
    const rows = byId("limits");
    byId("limits-empty").hidden = limits.length > 0;
    keepRows(rows, limits.map((limit) => limit.name), makeLimit);
    limits.forEach((limit, i) => {
        const row = rows.children[i];
        const meter = row.querySelector(".meter");
        const part = (value) => limit.max > 0 ? Math.min(1, value / limit.max) : 0;
        meter.dataset.level = part(limit.used) >= FULL_CRITICAL ? "critical" :
            part(limit.used) >= FULL_WARN ? "warn" : "ok";
        meter.setAttribute("aria-valuemax", limit.max);
        meter.setAttribute("aria-valuenow", limit.used);
        meter.querySelector("i").style.width = 100 * part(limit.used) + "%";
        meter.querySelector("b").style.width = 100 * part(limit.high_water) + "%";
        write(row.querySelector(".share"), format.percent(limit.used, limit.max));
        const exhausted = row.lastChild.firstChild;
        exhausted.className = limit.exhausted > 0 ? "bad" : "zero";
    });
}

function showDatabases(databases) {
    const filled = databases.filter((database) => database.keys > 0);
    byId("databases-table").hidden = filled.length === 0;
    byId("databases-empty").hidden = filled.length > 0;
    keepRows(byId("databases"), filled.map((database) => String(database.db)), (db) =>
        element("tr", {}, element("th", { scope: "row" }, field("span", "databases." + db + ".db",
            "plain")), field("td", "databases." + db + ".keys", "count"),
        field("td", "databases." + db + ".expiring", "count"),
        field("td", "databases." + db + ".avg_ttl_seconds", "seconds")));
}

/* -- commands -- */

/* As many as can be taken in at a glance. */
const COMMANDS_SHOWN = matchMedia("(max-width: 620px)").matches ? 6 : 12;
const RATE_SECONDS = 10;
const COLUMNS = [
    { key: "name", label: "Command", text: true },
    { key: "rate", label: "Calls/s" },
    { key: "calls", label: "Calls" },
    { key: "seconds", label: "Time" },
    { key: "mean", label: "Mean" },
    { key: "p99_seconds", label: "p99" },
    { key: "failed", label: "Failed" },
    { key: "rejected", label: "Rejected" },
];

class Commands {
    constructor() {
        this.sort = "rate";
        this.ascending = false;
        this.all = false;
        this.history = [];
        this.latest = [];
        byId("commands-head").append(...COLUMNS.map((column) => this.makeHead(column)));
        byId("commands-more").addEventListener("click", () => {
            this.all = !this.all;
            this.draw();
        });
    }

    makeHead(column) {
        const button = element("button", { type: "button" }, column.label);
        button.addEventListener("click", () => {
            this.ascending = this.sort === column.key ? !this.ascending : Boolean(column.text);
            this.sort = column.key;
            this.draw();
        });
        return element("th", { role: "columnheader", scope: "col", "data-column": column.key },
            button);
    }

    clear() {
        this.history = [];
    }

    show(commands, time) {
        const calls = new Map(commands.map((command) => [command.name, command.calls]));
        this.history.push({ time, calls });
        while (this.history[0].time < time - RATE_SECONDS - 0.5) this.history.shift();
        const first = this.history[0];
        const passed = time - first.time;
        this.latest = commands.map((command) => ({
            ...command,
            rate: passed > 0 ? (command.calls - (first.calls.get(command.name) || 0)) / passed : 0,
            mean: command.calls > 0 ? command.seconds / command.calls : 0,
        }));
        this.draw();
    }

    sorted() {
        const sign = this.ascending ? 1 : -1;
        return [...this.latest].sort((a, b) => {
            const [left, right] = [a[this.sort], b[this.sort]];
            const order = left < right ? -1 : left > right ? 1 : 0;
            return order * sign || b.calls - a.calls || (a.name < b.name ? -1 : 1);
        });
    }

    makeRow(name) {
        const path = "commands." + name;
        const cell = (label, ...inside) =>
            element("td", { role: "cell", "data-label": label }, ...inside);
        return element("tr", { role: "row" },
            element("th", { role: "rowheader", scope: "row" }, field("span", path + ".name", "text",
                { class: "mono" })),
            cell("Calls/s", element("span")),
            cell("Calls", field("span", path + ".calls", "count")),
            cell("Time", field("span", path + ".seconds", "seconds")),
            cell("Mean", element("span")),
            cell("p99", field("span", path + ".p99_seconds", "seconds")),
            cell("Failed", field("span", path + ".failed", "count")),
            cell("Rejected", field("span", path + ".rejected", "count")));
    }

    draw() {
        for (const head of byId("commands-head").children) {
            if (head.dataset.column === this.sort) {
                head.setAttribute("aria-sort", this.ascending ? "ascending" : "descending");
            } else {
                head.removeAttribute("aria-sort");
            }
        }
        const sorted = this.sorted();
        const shown = this.all ? sorted : sorted.slice(0, COMMANDS_SHOWN);
        const rows = byId("commands");
        keepRows(rows, shown.map((command) => command.name), this.makeRow);
        shown.forEach((command, i) => {
            const cells = rows.children[i].children;
            write(cells[1].firstChild, format.rate(command.rate));
            const mean = cells[4].firstChild;
            write(mean, command.calls > 0 ? format.seconds(command.mean) : NOTHING);
            for (const [at, name] of [[6, "failed"], [7, "rejected"]]) {
                cells[at].firstChild.className = command[name] > 0 ? "bad" : "zero";
            }
        });
        byId("commands-empty").hidden = sorted.length > 0;
        const more = byId("commands-more");
        more.hidden = sorted.length <= COMMANDS_SHOWN;
        write(more, this.all ? "Show the first " + COMMANDS_SHOWN : "Show all " + sorted.length);
        if (latestStatus) fillFields(latestStatus);
    }
}
