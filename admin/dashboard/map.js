/* The pages of the store as a picture: each cell stands for some pages in a row, its colour for
 * their kind, its strength for how full they are. */

const MAP_HEIGHT = 190;
const MAP_FREE = "free";
/* An empty page of a kind must still be seen. */
const MAP_STRENGTH_MIN = 0.3;
const MAP_COLOURS = { free: "--free", heap: "--blue", tree: "--orange", overflow: "--green",
    dying: "--pink" };

class PageMap {
    constructor() {
        this.box = byId("map-box");
        this.canvas = byId("map-canvas");
        this.readout = byId("map-readout");
        this.map = null;
        this.cursor = null;
        new ResizeObserver(() => this.draw()).observe(this.box);
        this.canvas.addEventListener("pointermove", (event) => {
            this.place(this.cellAt(event.offsetX, event.offsetY));
        });
        this.canvas.addEventListener("pointerleave", () => this.place(null));
        this.box.addEventListener("focus", () => this.place(this.cursor ?? 0));
        this.box.addEventListener("blur", () => this.place(null));
        this.box.addEventListener("keydown", (event) => this.move(event));
    }

    move(event) {
        const step = { ...ALONG, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
        if (!this.map || step === undefined) return;
        event.preventDefault();
        const last = this.map.cells.length - 1;
        this.place(Math.max(0, Math.min(last, (this.cursor ?? 0) + step)));
    }

    cellAt(x, y) {
        const column = Math.floor(x / this.size);
        const cell = Math.floor(y / this.size) * this.columns + column;
        return this.map && column < this.columns && cell < this.map.cells.length ? cell : null;
    }

    place(cell) {
        this.cursor = cell;
        this.draw();
        this.tell();
    }

    show(map) {
        this.map = map;
        if (this.cursor !== null && this.cursor >= map.cells.length) this.cursor = null;
        write(byId("map-scale"), map.cells.length === 0 ? "The store has no pages." :
            "A cell is " + format.count(map.pages_per_cell) +
            (map.pages_per_cell === 1 ? " page" : " pages") + " of " +
            format.bytes(map.page_bytes) + "; the stronger, the fuller.");
        this.draw();
        this.tell();
    }

    tell() {
        if (!this.map || this.cursor === null) {
            write(this.readout, "Point at a cell, or use the arrow keys.");
            return;
        }
        const cell = this.map.cells[this.cursor];
        const first = this.cursor * this.map.pages_per_cell;
        const last = Math.min(first + this.map.pages_per_cell, this.map.pages) - 1;
        write(this.readout, "cell " + grouped.format(this.cursor + 1) + " of " +
            grouped.format(this.map.cells.length) + " \u00b7 " + cell.kind + " \u00b7 " +
            format.percent(cell.fill, 1) + " full \u00b7 page" + (last > first ? "s " : " ") +
            grouped.format(first) + (last > first ? " to " + grouped.format(last) : ""));
    }

    /* The largest whole cells with which all of them keep within the height. */
    measure(width) {
        const count = Math.max(1, this.map.cells.length);
        this.size = Math.max(3, Math.min(16, Math.floor(Math.sqrt(width * MAP_HEIGHT / count))));
        this.columns = Math.max(1, Math.floor(width / this.size));
        return Math.ceil(count / this.columns) * this.size;
    }

    draw() {
        const width = this.box.clientWidth;
        if (!this.map || width === 0) return;
        const height = this.measure(width);
        const density = window.devicePixelRatio || 1;
        this.canvas.style.height = height + "px";
        this.canvas.width = Math.round(width * density);
        this.canvas.height = Math.round(height * density);
        const pen = this.canvas.getContext("2d");
        pen.scale(density, density);
        const colours = {};
        for (const [kind, name] of Object.entries(MAP_COLOURS)) colours[kind] = colour(name);
        this.map.cells.forEach((cell, i) => this.drawCell(pen, cell, i, colours));
        if (this.cursor !== null) this.drawCursor(pen);
    }

    drawCell(pen, cell, i, colours) {
        const x = i % this.columns * this.size;
        const y = Math.floor(i / this.columns) * this.size;
        const inner = this.size - 1;
        const fill = Math.max(0, Math.min(1, cell.fill));
        const known = colours[cell.kind] || colour("--grey");
        pen.globalAlpha = cell.kind === MAP_FREE ? 1 :
            MAP_STRENGTH_MIN + (1 - MAP_STRENGTH_MIN) * fill;
        if (cell.kind === "dying") {
            /* Hollow: told apart without its colour. */
            pen.globalAlpha = 1;
            pen.strokeStyle = known;
            pen.strokeRect(x + 0.5, y + 0.5, inner - 1, inner - 1);
        } else {
            pen.fillStyle = known;
            pen.fillRect(x, y, inner, inner);
        }
        pen.globalAlpha = 1;
    }

    drawCursor(pen) {
        const x = this.cursor % this.columns * this.size;
        const y = Math.floor(this.cursor / this.columns) * this.size;
        pen.lineWidth = 2;
        pen.strokeStyle = colour("--panel");
        pen.strokeRect(x - 3, y - 3, this.size + 5, this.size + 5);
        pen.strokeStyle = colour("--text");
        pen.strokeRect(x - 1.5, y - 1.5, this.size + 2, this.size + 2);
        pen.lineWidth = 1;
    }
}

const pageMap = new PageMap();
