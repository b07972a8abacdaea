/* Small things that several views are made of. */

import { h } from "../dom.js";
import { fileName, length, percent, secondsUntil, size, tame } from "../format.js";
import { T } from "../texts.js";

const NAME_LIMIT = 200;
const PATH_LIMIT = 4096;

/* Text from outside, set apart so that its direction and its length stay its own. */
export function said(text, limit = 1000) {
    return text ? h("bdi", {}, tame(text, limit)) : null;
}

/* What the daemon says, as a sentence of its own: it begins with a capital, and `words` are set as code. */
export function sentence(text, limit = 1000) {
    if (!text)
        return null;
    const words = tame(text.charAt(0).toLocaleUpperCase("en") + text.slice(1), limit).split(/`([^`]+)`/);
    return h("bdi", {}, words.map((word, place) => place % 2 ? h("code", { key: place }, word) : word));
}

/* A name from outside: shorter. */
export function named(text) {
    return said(text, NAME_LIMIT);
}

/* The name of a file, with where it is for those who point at it. */
export function file(path, words = fileName(path)) {
    return h("span", { title: tame(path, PATH_LIMIT) }, named(words));
}

/* The colour of a word that says how something stands. */
const COLOURS = {
    good: ["completed", "complete", "filed", "library", "matched"],
    busy: ["idle", "identifying", "ripping", "matching", "organizing", "busy", "loading"],
    ask: ["review_needed", "review", "waiting", "partial", "double", "note"],
    bad: ["failed", "missing", "unreadable", "stuck"],
};

export function pill(word, texts) {
    const colour = Object.keys(COLOURS).find(name => COLOURS[name].includes(word)) || "plain";
    return h("span", { class: `pill ${colour}` }, texts[word] ?? tame(word, 30));
}

/* A button; one that waits for the daemon keeps the focus and does nothing. */
export function button(text, { label, kind = "secondary", pending = false, ...rest }) {
    return h("button", {
        type: "button",
        class: `button ${kind}`,
        "aria-label": label ? tame(label, NAME_LIMIT) : undefined,
        "aria-disabled": pending ? "true" : undefined,
        ...rest,
    }, text);
}

/* A bar with how far, how fast and how long still; of unknown length it only moves. */
export function bar(name, { Progress, Rate, ExpectedEnd }, now) {
    const words = [
        percent(Progress),
        Rate ? T.rate(size(Rate)) : "",
        ExpectedEnd ? T.left(length(secondsUntil(ExpectedEnd, now))) : "",
    ].filter(Boolean);
    return h("div", { class: "bar" },
             h("progress", {
                 max: 1,
                 value: Progress >= 0 ? Progress : undefined,
                 "aria-label": T.progressOf(tame(name, NAME_LIMIT)),
             }),
             h("div", { class: "bar-words" }, words.map((word, place) => h("span", { key: place }, word))));
}

/* A table that becomes a list of cards where the screen is narrow, and is a table still to those who have it
   read to them. `rows` are {key, cells}. */
export function table(caption, heads, rows) {
    const columns = heads.map(head => h("th", { scope: "col", role: "columnheader", key: head }, head));
    return h("table", { role: "table" },
             h("caption", { class: "only-read" }, tame(caption, NAME_LIMIT)),
             h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns)),
             h("tbody", { role: "rowgroup" }, rows.map(({ key, cells }) =>
                 h("tr", { role: "row", key }, cells.map((cell, place) => tableCell(cell, heads[place]))))));
}

function tableCell(cell, head) {
    return h("td", { role: "cell", "data-head": head, key: head, class: isEmpty(cell) && "empty" },
             h("div", {}, cell));
}

function isEmpty(cell) {
    return cell === null || cell === undefined || cell === "" || (Array.isArray(cell) && cell.every(isEmpty));
}

/* A section with a heading, which takes the focus when what had it is gone. */
export function section(id, heading, ...children) {
    return h("section", { key: id, id, "aria-labelledby": `${id}-heading` },
             h("h2", { id: `${id}-heading`, tabindex: -1 }, heading), children);
}

/* Something that is unfolded on demand; `opened` is the page's set of what is. */
export function fold(key, summary, context, content, onopen) {
    const { state, redraw } = context;
    const isOpen = state.opened.has(key);
    const toggle = event => {
        if (event.target.open === state.opened.has(key))
            return;
        if (event.target.open)
            state.opened.add(key);
        else
            state.opened.delete(key);
        if (event.target.open && onopen)
            onopen();
        redraw();
    };
    return h("details", { key, open: isOpen, ontoggle: toggle },
             h("summary", {}, summary),
             isOpen ? content() : null);
}

/* What went wrong with what is shown, if something did. */
export function failure(problem) {
    return problem ? alert({ kind: "bad", title: sentence(problem), role: "alert" }) : null;
}

/* A message in a box: kind is good, warning, bad or info. */
export function alert({ kind, title, text, key, action, role }) {
    const spoken = { warning: T.warning, bad: T.error }[kind];
    return h("div", { class: `alert ${kind}`, key, role },
             h("div", { class: "alert-words" },
               h("p", { class: "alert-title" },
                 spoken && h("span", { class: "only-read" }, `${spoken}: `), title),
               text && h("p", {}, text)),
             action);
}
