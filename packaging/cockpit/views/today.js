/* What came of it: what was filed today, what was changed last, and how much space is left. */

import { h } from "../dom.js";
import { clock, size } from "../format.js";
import { T } from "../texts.js";
import { button, named, said, section, sentence } from "./parts.js";

const FILES_SHOWN = 12;

export function filed({ state }) {
    const { rows, problem } = state.filed;
    const found = (rows || []).filter(row => row.filed.length > 0);
    return section("filed", T.filed,
                   h("div", { class: "card" },
                     problem && h("p", { class: "bad-words" }, said(problem)),
                     rows && found.length === 0 && h("p", { class: "quiet" }, T.nothingFiled),
                     found.map(row => h("div", { key: row.job, class: "filed" },
                                        h("h3", {}, named(row.name)),
                                        files(row.filed)))));
}

function files(names) {
    const rest = names.length - FILES_SHOWN;
    return h("ul", { class: "plain-list" },
             names.slice(0, FILES_SHOWN).map(name => h("li", { key: name }, named(name))),
             rest > 0 && h("li", { class: "quiet" }, T.andMore(rest)));
}

export function lastChange({ state, actions }) {
    const { last, problem } = state.changed;
    return section("change", T.lastChange,
                   h("div", { class: "card" },
                     problem && h("p", { class: "bad-words" }, said(problem)),
                     !last && h("p", { class: "quiet" }, T.noChange),
                     last && [
                         h("p", {}, sentence(last.sentence, 300)),
                         h("div", { class: "card-foot" },
                           h("p", { class: "quiet" }, named(T.changeBy(last.by, clock(last.at, state.now)))),
                           button(T.undo, {
                               label: T.undoOf(last.sentence),
                               pending: actions.isPending("undo"),
                               onclick: () => actions.undo(last),
                           })),
                     ]));
}

export function space({ state }) {
    const folders = Object.entries(state.world.manager.FreeSpace || {}).sort();
    return section("space", T.space,
                   h("dl", { class: "card pairs" }, folders.map(([folder, free]) => h("div", { key: folder },
                       h("dt", {}, named(folder)), h("dd", {}, T.free(size(free)))))));
}
