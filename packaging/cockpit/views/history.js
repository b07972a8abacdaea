/* Jobs of all times, newest first. */

import { h } from "../dom.js";
import { fileName, moment } from "../format.js";
import { standing } from "../model.js";
import { T } from "../texts.js";
import { button, failure, named, pill, said, section, table } from "./parts.js";

const STATES = ["completed", "failed", "review_needed", "ripping", "matching", "organizing", "identifying"];

export function history({ state, queries }) {
    const { rows, done, loading, problem } = state.history;
    return section("history", T.history,
                   form(state.history, queries),
                   failure(problem),
                   rows && list(rows),
                   h("div", { class: "card-foot" },
                     h("p", { class: "quiet", role: "status" }, loading && T.loading),
                     rows && !done && button(T.older, {
                         pending: loading,
                         onclick: () => loading || queries.olderHistory(),
                     })));
}

function form({ text, state }, queries) {
    const look = event => {
        event.preventDefault();
        const { words, standing: chosen } = event.target.elements;
        queries.history(words.value.trim(), chosen.value);
    };
    return h("form", { class: "toolbar", role: "search", onsubmit: look },
             h("div", { class: "field" },
               h("label", { for: "history-words" }, T.search),
               h("input", {
                   id: "history-words", name: "words", type: "search", placeholder: T.searchHint, value: text,
               })),
             h("div", { class: "field" },
               h("label", { for: "history-state" }, T.state),
               h("select", { id: "history-state", name: "standing", value: state },
                 h("option", { value: "" }, T.anyState),
                 STATES.map(name => h("option", { value: name, key: name }, T.standings[name])))),
             button(T.apply, { type: "submit", kind: "primary" }));
}

function list(rows) {
    if (rows.length === 0)
        return h("p", { class: "quiet" }, T.noHistory);
    return h("div", { class: "card" }, table(T.history, T.historyHeads, rows.map(job => ({
        key: job.Id,
        cells: [
            String(job.Id),
            [
                h("strong", {}, named(T.jobName(job))), " ",
                h("span", { class: "quiet" }, T.kinds[job.ContentType]),
            ],
            pill(standing(job), T.standings),
            moment(job.CreatedAt),
            moment(job.CompletedAt),
            said(job.ErrorMessage || fileName(job.DriveId), 300),
        ],
    }))));
}
