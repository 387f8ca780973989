/* Elements, and the values of /status that stand in them by name. */

const byId = (id) => document.getElementById(id);

/* element("td", {class: "bad", "data-field": name}, child or text...) */
function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    made.append(...children);
    return made;
}

function field(tag, path, how, attributes) {
    return element(tag, { "data-field": path, "data-format": how || "text", ...attributes },
        NOTHING);
}

/* "a.b" for what an object holds; what an array holds goes by its name or number. */
function flatten(value, path, into) {
    if (value !== null && typeof value === "object") {
        for (const [name, inner] of Object.entries(value)) {
            const key = Array.isArray(value) ? String(inner?.name ?? inner?.db ?? name) : name;
            flatten(inner, path ? path + "." + key : key, into);
        }
    } else {
        into.set(path, value);
    }
    return into;
}

/* Writes only what has changed: a screen reader or a selection is not disturbed by the rest. */
function write(target, text) {
    if (target.textContent !== text) target.textContent = text;
}

/* Brings every named element up to date: data-value is the server's value, the text what people
 * read, the title the whole number where the text is shorter. */
function fillFields(status) {
    const values = flatten(status, "", new Map());
    for (const target of document.querySelectorAll("[data-field]")) {
        const value = values.get(target.dataset.field);
        if (value === undefined) continue;
        const text = format[target.dataset.format || "text"](value);
        if (target.dataset.value === String(value) && target.textContent === text) continue;
        target.dataset.value = String(value);
        write(target, text);
        if (typeof value === "number" && Math.abs(value) >= 1000) {
            target.title = value.toLocaleString("en-US", { maximumFractionDigits: 3 });
        } else {
            target.removeAttribute("title");
        }
    }
}

/* Makes `parent` hold one child for each key, in that order. A child is made once and moved only
 * when its place is another's, so that focus and selection stay. */
function keepRows(parent, keys, make) {
    const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
    let place = parent.firstElementChild;
    for (const key of keys) {
        let child = present.get(key);
        present.delete(key);
        if (!child) {
            child = make(key);
            child.dataset.key = key;
        }
        if (child === place) place = place.nextElementSibling;
        else parent.insertBefore(child, place);
    }
    for (const child of present.values()) child.remove();
}

/* How far a key goes along what is in a row. */
const ALONG = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/* The value of a colour of the style sheet, for canvases. */
function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
