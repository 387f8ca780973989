/* Lines of the last two minutes, one point for each answer of /status. */

const CHART_SECONDS = 120;
/* Longer without a point, and the line is broken instead of drawn through. */
const CHART_GAP_SECONDS = 3.5;
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, text) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
}

/* The next number that is round, and whose half is: of ten, or of two for bytes. */
function roundUp(number, binary) {
    const base = binary ? 2 : 10;
    const least = Math.max(number, binary ? 1024 : 10);
    const power = Math.pow(base, Math.floor(Math.log(least) / Math.log(base) + 1e-9));
    const steps = binary ? [1, 1.5, 2] : [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
    return steps.map((step) => step * power).find((step) => step >= number) ?? power * base;
}

/* Numbers at an axis are round: digits behind the point say nothing. */
const tick = (text) => text.replace(/\.0+(?=\D|$)/, "");

/* Places on a linear axis from 0. */
function linearAxis(values, options) {
    const top = roundUp(Math.max(...values, 0), options.binary);
    return {
        place: (value) => value / top,
        lines: [0, 0.5, 1].map((part) => ({ part, text: tick(options.show(part * top)) })),
    };
}

/* Whole decades: latencies differ by more than a line could show otherwise. */
function logAxis(values, options) {
    const positive = values.filter((value) => value > 0);
    const low = Math.floor(Math.log10(Math.min(...positive, 1e-6)));
    const high = Math.max(low + 2, Math.ceil(Math.log10(Math.max(...positive, 1e-6))));
    const lines = [];
    const step = Math.ceil((high - low) / 4);
    for (let power = low; power <= high; power += step) {
        const text = tick(options.show(Math.pow(10, power)));
        lines.push({ part: (power - low) / (high - low), text });
    }
    return {
        place: (value) => (Math.log10(Math.max(value, 1e-12)) - low) / (high - low),
        lines,
    };
}

class Chart {
    /* options: {series: names, show: format, log, binary} */
    constructor(id, options) {
        this.options = options;
        this.section = byId(id);
        this.readings = [...this.section.querySelectorAll(".readings dd")];
        this.when = this.section.querySelector(".when");
        this.whenText = this.when.textContent;
        this.points = [];
        this.chosen = null;
        this.plot = element("div", { class: "plot", tabindex: "0", role: "group",
            "aria-label": this.section.getAttribute("aria-label") +
                ", last two minutes; arrow keys move" });
        this.picture = svg("svg", { "aria-hidden": "true" });
        this.plot.append(this.picture);
        this.section.append(this.plot);
        this.listen();
        new ResizeObserver(() => this.draw()).observe(this.plot);
    }

    listen() {
        this.plot.addEventListener("pointermove", (event) => {
            const box = this.plot.getBoundingClientRect();
            const age = (1 - (event.clientX - box.left) / box.width) * CHART_SECONDS;
            this.choose(this.nearest(age));
        });
        for (const end of ["pointerleave", "blur"]) {
            this.plot.addEventListener(end, () => this.choose(null));
        }
        this.plot.addEventListener("keydown", (event) => {
            const step = ALONG[event.key];
            if (event.key === "Escape") this.choose(null);
            if (step === undefined || this.points.length === 0) return;
            event.preventDefault();
            const last = this.points.length - 1;
            const at = this.chosen === null ? last : this.points.indexOf(this.chosen);
            this.choose(this.points[Math.max(0, Math.min(last, at + step))]);
        });
    }

    nearest(age) {
        const time = this.now - age;
        let best = null;
        for (const point of this.points) {
            if (!best || Math.abs(point.time - time) < Math.abs(best.time - time)) best = point;
        }
        return best;
    }

    choose(point) {
        this.chosen = point;
        this.draw();
    }

    clear() {
        this.points = [];
        this.choose(null);
    }

    /* time in seconds; a value is null where there is none. */
    add(time, values) {
        this.points.push({ time, values });
        while (this.points[0].time < time - CHART_SECONDS) {
            if (this.points.shift() === this.chosen) this.chosen = null;
        }
        this.draw();
    }

    draw() {
        const width = this.plot.clientWidth;
        const height = this.plot.clientHeight;
        if (width === 0) return;
        this.now = this.points.length ? this.points[this.points.length - 1].time : 0;
        const values = this.points.flatMap((point) => point.values).filter((v) => v !== null);
        const axis = (this.options.log ? logAxis : linearAxis)(values, this.options);
        const area = { width, top: 13, bottom: height - 16 };
        const x = (time) => width - (this.now - time) / CHART_SECONDS * width;
        const y = (value) => area.bottom - axis.place(value) * (area.bottom - area.top);
        this.picture.replaceChildren(...this.drawGrid(axis, area),
            ...this.options.series.map((name, i) => this.drawSeries(i, x, y, area)),
            ...this.drawTexts(axis, area));
        if (this.chosen) {
            const at = Math.round(x(this.chosen.time));
            this.picture.append(svg("line", { class: "cursor", x1: at, x2: at, y1: area.top,
                y2: area.bottom }));
        }
        this.drawReadings();
    }

    drawGrid(axis, area) {
        return axis.lines.map((line) => {
            const at = Math.round(area.bottom - line.part * (area.bottom - area.top));
            return svg("line", { class: "grid", x1: 0, x2: area.width, y1: at, y2: at });
        });
    }

    drawTexts(axis, area) {
        const below = area.bottom + 13;
        const texts = axis.lines.filter((line) => line.part > 0).map((line) => svg("text", { x: 0,
            y: Math.round(area.bottom - line.part * (area.bottom - area.top)) - 3 }, line.text));
        return [...texts, svg("text", { x: 0, y: below }, "2 min ago"),
            svg("text", { x: area.width / 2, y: below, "text-anchor": "middle" }, "1 min ago"),
            svg("text", { x: area.width, y: below, "text-anchor": "end" }, "now")];
    }

    drawSeries(series, x, y, area) {
        const group = svg("g", { class: "s-" + series });
        let line = "";
        let fill = "";
        let before = null;
        for (const point of this.points) {
            const value = point.values[series];
            if (value === null) {
                before = null;
                continue;
            }
            const at = x(point.time).toFixed(1);
            const joined = before !== null && point.time - before.time < CHART_GAP_SECONDS;
            if (joined) fill += "M" + x(before.time).toFixed(1) + " " + area.bottom + "V" +
                y(before.values[series]).toFixed(1) + "L" + at + " " + y(value).toFixed(1) + "V" +
                area.bottom + "Z";
            line += (joined ? "L" : "M" + at + " " + y(value).toFixed(1) + "L") + at + " " +
                y(value).toFixed(1);
            before = point;
        }
        if (series === 0 && !this.options.log) {
            group.append(svg("path", { class: "area", d: fill }));
        }
        group.append(svg("path", { class: "series", d: line }));
        return group;
    }

    drawReadings() {
        const last = this.points[this.points.length - 1];
        const point = this.chosen || last;
        write(this.when, this.chosen ? format.clock(new Date(point.time * 1000)) : this.whenText);
        this.readings.forEach((reading, i) => {
            const value = point ? point.values[i] : null;
            write(reading, value === null ? NOTHING : this.options.show(value));
        });
    }
}

/* The value below which `part` of what was counted in the buckets lies, interpolated within its
 * bucket as the server does it; null when nothing was counted. */
function percentile(bounds, buckets, part) {
    const count = buckets.reduce((sum, bucket) => sum + bucket, 0);
    if (count === 0) return null;
    const rank = Math.max(1, Math.ceil(count * part));
    let below = 0;
    for (let i = 0; i < bounds.length; i++) {
        if (below + buckets[i] >= rank) {
            const low = i === 0 ? 0 : bounds[i - 1];
            return low + (bounds[i] - low) * (rank - below) / buckets[i];
        }
        below += buckets[i];
    }
    return bounds[bounds.length - 1];
}

/* The percentiles of what was measured between two answers. */
function percentilesBetween(before, after, bounds) {
    const buckets = after.buckets.map((bucket, i) => bucket - (before.buckets[i] || 0));
    return [0.5, 0.99, 0.999].map((part) => percentile(bounds, buckets, part));
}

const charts = {
    commands: new Chart("chart-commands", { series: ["commands"], show: format.rate }),
    bytes: new Chart("chart-bytes", { series: ["in", "out"], show: format.byterate, binary: true }),
    latency: new Chart("chart-latency", { series: ["p50", "p99", "p99.9"], show: format.seconds,
        log: true }),
    loop: new Chart("chart-loop", { series: ["p50", "p99", "p99.9"], show: format.seconds,
        log: true }),
};

function showCharts(status, before, time) {
    const rates = status.rates;
    charts.commands.add(time, [rates.commands_per_second]);
    charts.bytes.add(time, [rates.input_bytes_per_second, rates.output_bytes_per_second]);
    const bounds = status.latency.bounds_seconds;
    for (const [chart, name] of [[charts.latency, "commands"], [charts.loop, "loop"]]) {
        chart.add(time, before ?
            percentilesBetween(before.latency[name], status.latency[name], bounds) :
            [null, null, null]);
    }
}
