/* Numbers as people read them. Each takes a number and returns a short text; what is shortened has
 * its whole number in the element's title (see fields.js). */

const NOTHING = "\u2013";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/* Three significant digits, and never in the form 1e+21. */
function short(number) {
    const size = Math.abs(number);
    if (size >= 999.5) return grouped.format(number);
    return number.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/* Divides by `step` until the number is below it; the units are those of each division. */
function scaled(number, step, units) {
    let i = 0;
    while (i + 1 < units.length && Math.abs(number) >= step * 0.9995) {
        number /= step;
        i++;
    }
    return short(number) + " " + units[i];
}

const format = {
    text: (value) => String(value),
    plain: (value) => String(value),
    /* Exact as long as it fits a column. */
    count(value) {
        if (Math.abs(value) < 1e7) return grouped.format(value);
        return scaled(value / 1e6, 1000, ["M", "G", "T", "P", "E"]);
    },
    rate(value) {
        return value > 0 && value < 10 ? value.toFixed(1) : format.count(Math.round(value));
    },
    bytes(value) {
        if (Math.abs(value) < 1024) return grouped.format(value) + " B";
        return scaled(value / 1024, 1024, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);
    },
    byterate: (value) => format.bytes(Math.round(value)) + "/s",
    seconds(value) {
        if (value === 0) return "0";
        if (value < 1e-6) return short(value * 1e9) + " ns";
        if (value < 1e-3) return short(value * 1e6) + " \u00b5s";
        if (value < 1) return short(value * 1e3) + " ms";
        return value < 120 ? short(value) + " s" : format.duration(value);
    },
    duration(value) {
        const whole = Math.floor(value);
        const days = Math.floor(whole / 86400);
        const two = (number) => String(number).padStart(2, "0");
        const clock = two(Math.floor(whole / 3600) % 24) + ":" + two(Math.floor(whole / 60) % 60) +
            ":" + two(whole % 60);
        return days > 0 ? grouped.format(days) + " d " + clock : clock;
    },
    ratio: (value) => format.percent(value, 1),
    /* A part that is not nothing is not shown as nothing, nor one that is not all as all. */
    percent(part, whole) {
        if (!(whole > 0)) return "0 %";
        const percent = 100 * part / whole;
        if (percent > 0 && percent < 0.1) return "<0.1 %";
        if (percent > 99.9 && percent < 100) return ">99.9 %";
        return (percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
    },
    /* The local day and time, as 2026-11-22 08:40:11. */
    moment(value) {
        const date = new Date(value * 1000);
        return date.toLocaleDateString("sv-SE") + " " + format.clock(date);
    },
    clock: (date) => date.toLocaleTimeString([], { hour12: false }),
    signed: (text, value) => (value > 0 ? "+" : value < 0 ? "\u2212" : "\u00b1") + text,
};

/* A size as an option is written: exact, with the largest unit that divides it. */
function asOption(bytes) {
    for (const [unit, size] of [["gb", 1 << 30], ["mb", 1 << 20], ["kb", 1 << 10]]) {
        if (bytes > 0 && bytes % size === 0) return bytes / size + unit;
    }
    return String(bytes);
}

/* What such a text means in bytes, or null. The server decides; this is for the hint. */
function bytesOfOption(text) {
    const match = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(text.trim());
    if (!match) return null;
    const units = { b: 1, k: 1e3, kb: 1 << 10, m: 1e6, mb: 1 << 20, g: 1e9, gb: 1 << 30 };
    return Number(match[1]) * units[(match[2] || "b").toLowerCase()];
}
