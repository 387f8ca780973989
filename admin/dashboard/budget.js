/* The budget as one bar: a segment for each large region, the rest together. */

const SEGMENTS_MAX = 8;
/* A smaller part would be a line that nobody can point at. */
const SEGMENT_PART_MIN = 0.01;
const OWNERS = ["store", "server", "net", "command", "admin"];

/* The first word of a region's name, if it is one with a colour. */
function ownerOf(region) {
    const owner = region.name.split(".")[0];
    return OWNERS.includes(owner) ? owner : "rest";
}

/* The largest regions, largest first, and one that stands for all others. */
function largestRegions(budget) {
    const sorted = [...budget.regions].sort((a, b) => b.bytes - a.bytes);
    const least = budget.total_bytes * SEGMENT_PART_MIN;
    const large = sorted.filter((region, i) => i < SEGMENTS_MAX && region.bytes >= least);
    const rest = sorted.slice(large.length);
    if (rest.length === 0) return large;
    const sum = (name) => rest.reduce((total, region) => total + (region[name] ?? 0), 0);
    return [...large, {
        name: rest.length + " others",
        bytes: sum("bytes"),
        used_bytes: rest.some((region) => "used_bytes" in region) ? sum("used_bytes") : undefined,
        why: "each below " + format.percent(SEGMENT_PART_MIN, 1) + " of the budget or behind the " +
            SEGMENTS_MAX + " largest",
    }];
}

/* What is not counted is reserved as a whole. */
function usedPart(region) {
    if (region.used_bytes === undefined || region.bytes === 0) return 1;
    return Math.min(1, region.used_bytes / region.bytes);
}

class Budget {
    constructor() {
        this.bar = byId("budget-bar");
        this.readout = byId("budget-readout");
        this.quietText = this.readout.textContent;
        this.focused = 0;
        this.regions = [];
        this.bar.addEventListener("keydown", (event) => this.move(event));
        this.bar.addEventListener("focusin", (event) => this.tell(event.target.dataset.key));
        this.bar.addEventListener("pointerover", (event) => {
            this.tell(event.target.closest("[data-key]")?.dataset.key);
        });
        for (const end of ["focusout", "pointerleave"]) {
            this.bar.addEventListener(end, () => this.tell(null));
        }
    }

    /* One tab stop for the whole bar; the arrow keys go along it. */
    move(event) {
        const step = ALONG[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const last = this.bar.children.length - 1;
        this.focused = Math.max(0, Math.min(last, this.focused + step));
        this.setTabStop();
        this.bar.children[this.focused].focus();
    }

    setTabStop() {
        this.focused = Math.min(this.focused, Math.max(0, this.bar.children.length - 1));
        [...this.bar.children].forEach((segment, i) => {
            segment.tabIndex = i === this.focused ? 0 : -1;
        });
    }

    tell(name) {
        this.told = name;
        const region = this.regions.find((one) => one.name === name);
        if (!region) {
            write(this.readout, this.quietText);
            return;
        }
        this.readout.replaceChildren(element("b", {}, region.name),
            " \u00b7 " + this.describe(region));
    }

    describe(region) {
        const parts = [format.bytes(region.bytes) + " (" +
            format.percent(region.bytes, this.total) + " of the budget)"];
        if (region.used_bytes !== undefined) parts.push("used " + format.bytes(region.used_bytes) +
            " (" + format.percent(region.used_bytes, region.bytes) + ")");
        if (region.why) parts.push(region.why);
        return parts.join(" \u00b7 ");
    }

    show(budget) {
        this.total = budget.total_bytes;
        this.regions = largestRegions(budget);
        const total = byId("budget-total");
        total.dataset.value = budget.total_bytes;
        total.title = grouped.format(budget.total_bytes) + " bytes";
        write(total, format.bytes(budget.total_bytes));
        const names = this.regions.map((region) => region.name);
        keepRows(this.bar, names, () => element("button", { type: "button" }, element("i")));
        keepRows(byId("budget-legend"), names, () => element("li", {}, element("i"),
            element("span", { class: "name" }), element("span", { class: "number" })));
        this.regions.forEach((region, i) => this.showRegion(region, i));
        this.setTabStop();
        if (this.told) this.tell(this.told);
        this.showRows(budget);
    }

    showRegion(region, i) {
        const segment = this.bar.children[i];
        segment.className = "c-" + ownerOf(region);
        segment.dataset.value = region.bytes;
        segment.style.flexGrow = region.bytes;
        segment.style.flexBasis = "0";
        segment.setAttribute("aria-label", region.name + ": " + this.describe(region));
        segment.firstChild.style.width = 100 * usedPart(region) + "%";
        const [swatch, name, bytes] = byId("budget-legend").children[i].children;
        swatch.className = "swatch c-" + ownerOf(region);
        /* The name may be broken behind its owner. */
        const [owner, ...rest] = region.name.split(".");
        if (name.textContent !== region.name) {
            name.replaceChildren(...(rest.length === 0 ? [owner] :
                [owner + ".", element("wbr"), rest.join(".")]));
        }
        bytes.replaceChildren(format.bytes(region.bytes));
        if (region.used_bytes !== undefined) {
            bytes.append(" \u00b7 " + format.percent(region.used_bytes, region.bytes),
                element("span", { class: "word" }, " used"));
        }
    }

    showRows(budget) {
        const sorted = [...budget.regions].sort((a, b) => b.bytes - a.bytes);
        write(byId("budget-summary"), "All " + sorted.length + " regions");
        const rows = byId("budget-rows");
        const cell = (label) => element("td", { role: "cell", "data-label": label });
        keepRows(rows, sorted.map((region) => region.name), (name) => element("tr", { role: "row" },
            element("th", { role: "rowheader", scope: "row" }, name), cell("Count"), cell("Unit"),
            cell("Bytes"), cell("Used"), element("td", { role: "cell", class: "why" })));
        sorted.forEach((region, i) => {
            const [, count, unit, bytes, used, why] = rows.children[i].children;
            write(count, format.count(region.count));
            write(unit, format.bytes(region.unit_bytes));
            write(bytes, format.bytes(region.bytes));
            bytes.dataset.value = region.bytes;
            bytes.title = grouped.format(region.bytes);
            write(used, region.used_bytes === undefined ? NOTHING :
                format.bytes(region.used_bytes));
            write(why, region.why || "");
        });
    }
}

const budgetView = new Budget();
