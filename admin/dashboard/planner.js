/* What a server with other limits would reserve: /budget with a query answers it. */

const PLAN_WAIT_MS = 300;
const PLAN_INPUTS = [
    { name: "connections-max", label: "Clients at once" },
    { name: "key-count", label: "Keys" },
    { name: "key-size-max", label: "Longest key", size: true },
    { name: "val-size-max", label: "Longest value or element", size: true },
    { name: "list-length-max", label: "Longest list" },
];
const PLAN_MEMORY = { name: "memory", label: "Memory of the process", size: true };

class Planner {
    constructor() {
        this.form = byId("planner");
        this.inputs = new Map();
        this.now = null;
        this.asking = false;
        this.again = false;
        this.form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.ask();
        });
        this.form.addEventListener("input", () => {
            this.hint();
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.ask(), PLAN_WAIT_MS);
        });
    }

    /* The server's answer without a query: what is now. The form is filled once, and again when
     * another run of the server answers. */
    show(budget, run) {
        this.now = budget;
        const another = this.run && run && this.run !== run;
        this.run = run || this.run;
        if (this.inputs.size > 0 && !another) {
            this.draw();
            return;
        }
        if (this.inputs.size === 0) this.make();
        this.reset();
    }

    make() {
        for (const input of PLAN_INPUTS) this.form.append(this.makeInput(input));
        const choice = element("select", { id: "plan-capacity" }, element("option", {}, "shared"),
            element("option", {}, "guaranteed"));
        this.inputs.set("capacity", choice);
        this.form.append(element("div", {}, element("label", { for: "plan-capacity" }, "Capacity"),
            choice, element("div", { class: "hint", id: "plan-capacity-hint" })),
        this.makeInput(PLAN_MEMORY));
        choice.setAttribute("aria-describedby", "plan-capacity-hint");
        const back = element("button", { type: "button", id: "plan-reset" }, "Back to now");
        back.addEventListener("click", () => this.reset());
        this.form.append(element("div", { class: "wide" }, back));
    }

    makeInput(input) {
        const id = "plan-" + input.name;
        const box = element("input", { id, name: input.name, inputmode: input.size ? "text" :
            "numeric", spellcheck: "false", "aria-describedby": id + "-hint" });
        this.inputs.set(input.name, box);
        return element("div", {}, element("label", { for: id }, input.label), box,
            element("div", { class: "hint", id: id + "-hint" }));
    }

    reset() {
        const options = this.now.options;
        for (const input of [...PLAN_INPUTS, PLAN_MEMORY]) {
            const value = options[input.name];
            this.inputs.get(input.name).value = input.size ? asOption(value) : String(value);
        }
        this.inputs.get("capacity").value = options.capacity;
        this.hint();
        this.ask();
    }

    value(name) {
        return this.inputs.get(name).value.trim();
    }

    guaranteed() {
        return this.value("capacity") === "guaranteed";
    }

    /* The option's name, and what the number means. */
    hint() {
        for (const input of [...PLAN_INPUTS, PLAN_MEMORY]) {
            const bytes = input.size ? bytesOfOption(this.value(input.name)) : null;
            const number = input.size ? bytes : Number(this.value(input.name) || NaN);
            const meaning = number === null || Number.isNaN(number) ? "" : " \u00b7 " +
                (input.size ? format.bytes(number) : format.count(number));
            write(byId("plan-" + input.name + "-hint"), input.name + meaning);
        }
        const memory = this.inputs.get("memory");
        memory.disabled = this.guaranteed();
        if (memory.disabled) write(byId("plan-memory-hint"), "follows from the limits");
        else if (this.keepsStoreMemory()) write(byId("plan-memory-hint"), "store-memory " +
            asOption(this.now.options["store-memory"]) + " decides until this is changed");
        write(byId("plan-capacity-hint"), this.guaranteed() ?
            "room for every key at its largest" : "limits are caps on one store");
    }

    /* The server may be sized by store-memory, which has no input here: it stays in force as long
     * as nothing else is chosen. */
    keepsStoreMemory() {
        const options = this.now.options;
        return options["store-memory"] > 0 && options.capacity === "shared" &&
            this.value("memory") === asOption(options.memory);
    }

    query() {
        const query = new URLSearchParams();
        for (const input of PLAN_INPUTS) query.set(input.name, this.value(input.name));
        query.set("capacity", this.value("capacity"));
        if (this.guaranteed() || !this.keepsStoreMemory()) {
            query.set("memory", this.guaranteed() ? "0" : this.value("memory"));
            query.set("store-memory", "0");
        }
        return query;
    }

    /* One question at a time; what was changed meanwhile is asked afterwards. */
    async ask() {
        clearTimeout(this.timer);
        this.again = this.asking;
        byId("plan-result").classList.add("outdated");
        if (this.asking) return;
        this.asking = true;
        const asked = this.query().toString();
        const said = await askServer("/budget?" + asked);
        this.asking = false;
        if (said.ok) this.accept(said.answer, asked);
        else this.refuse(said.answer ? said.reason : "No answer (" + said.reason + ").");
        if (this.again) this.ask();
    }

    refuse(message) {
        const refused = byId("plan-refused");
        write(refused, message);
        refused.hidden = false;
        byId("plan-result").hidden = true;
        for (const [name, input] of this.inputs) {
            if (message.startsWith(name + ":")) input.setAttribute("aria-invalid", "true");
            else input.removeAttribute("aria-invalid");
        }
    }

    accept(budget, asked) {
        this.planned = budget;
        this.asked = asked;
        byId("plan-refused").hidden = true;
        for (const input of this.inputs.values()) input.removeAttribute("aria-invalid");
        byId("plan-result").classList.remove("outdated");
        byId("plan-result").hidden = false;
        this.draw();
    }

    draw() {
        const plan = this.planned;
        if (!plan) return;
        const total = byId("plan-total");
        write(total, format.bytes(plan.total_bytes));
        total.dataset.value = plan.total_bytes;
        total.dataset.query = this.asked;
        total.title = grouped.format(plan.total_bytes) + " bytes";
        this.drawDifference(plan.total_bytes - this.now.total_bytes);
        this.drawBars();
        const show = (id, value, how) => {
            const target = byId(id);
            target.dataset.value = value;
            target.title = grouped.format(value);
            write(target, how(value));
        };
        show("plan-guaranteed", plan.guaranteed.keys, format.count);
        show("plan-expected", plan.expected.keys, format.count);
        show("plan-request", plan.derived.connection_recv_size, format.bytes);
        show("plan-reply", plan.derived.connection_send_size, format.bytes);
        write(byId("plan-guaranteed-of"), "of " + format.bytes(plan.guaranteed.key_bytes) +
            ", each a list of " + format.count(plan.guaranteed.list_elements) + " elements of " +
            format.bytes(plan.guaranteed.value_bytes));
        write(byId("plan-expected-of"), "of " + format.bytes(plan.expected.key_bytes) +
            ", each a value of " + format.bytes(plan.expected.value_bytes));
        this.drawLines();
    }

    drawDifference(difference) {
        const target = byId("plan-difference");
        target.dataset.value = difference;
        write(target, difference === 0 ? "as much as now" :
            format.signed(format.bytes(Math.abs(difference)), difference) + " (" +
            format.signed(format.percent(Math.abs(difference), this.now.total_bytes), difference) +
            ") than now's " + format.bytes(this.now.total_bytes));
    }

    /* Both bars have the same scale: the longer one has the whole width. */
    drawBars() {
        const sums = (budget) => {
            const sum = Object.fromEntries([...OWNERS, "rest"].map((owner) => [owner, 0]));
            for (const region of budget.regions) sum[ownerOf(region)] += region.bytes;
            return sum;
        };
        const now = sums(this.now);
        const then = sums(this.planned);
        const widest = Math.max(this.now.total_bytes, this.planned.total_bytes, 1);
        const owners = Object.keys(now).filter((owner) => now[owner] > 0 || then[owner] > 0);
        for (const [id, sum, total] of [["plan-bar-now", now, this.now.total_bytes],
            ["plan-bar-then", then, this.planned.total_bytes]]) {
            const bar = byId(id);
            bar.style.width = 100 * total / widest + "%";
            keepRows(bar, owners.filter((owner) => sum[owner] > 0), (owner) =>
                element("div", { class: "c-" + owner }));
            for (const part of bar.children) part.style.flex = sum[part.dataset.key] + " 0 0";
        }
        keepRows(byId("plan-legend"), owners, (owner) => element("li", {},
            element("i", { class: "swatch c-" + owner }),
            element("span", { class: "name" }, owner === "rest" ? "the rest" : owner),
            element("span", { class: "number quiet" }), element("span", { class: "number" })));
        for (const row of byId("plan-legend").children) {
            const owner = row.dataset.key;
            const difference = then[owner] - now[owner];
            write(row.children[2], difference === 0 ? "" :
                format.signed(format.bytes(Math.abs(difference)), difference));
            write(row.children[3], format.bytes(then[owner]));
        }
    }

    /* What has to be in the configuration for this, to be copied. */
    drawLines() {
        const options = this.now.options;
        const lines = [];
        for (const [name, value] of new URLSearchParams(this.asked)) {
            const number = bytesOfOption(value);
            if (String(options[name]) !== value && options[name] !== number) {
                lines.push(name + " " + value);
            }
        }
        byId("plan-lines-box").hidden = lines.length === 0;
        write(byId("plan-lines"), lines.join("\n"));
    }
}

const planner = new Planner();
