/* The roster of a series: which episodes are in the library, wait, or are missing. */

import { h } from "../dom.js";
import { T } from "../texts.js";
import { button, failure, file, named, pill, section, sentence, table } from "./parts.js";
import { goTo } from "../host.js";

const THERE = ["filed", "library", "double", "partial"];

export function season({ state }) {
    const [, show = "", number = ""] = state.place;
    const { rows, loading, problem } = state.season;
    return section("season", T.season,
                   h("p", { class: "quiet" }, T.seasonIntro),
                   form(state.world.shows, show, number),
                   loading && h("p", { class: "quiet", role: "status" }, T.loading),
                   show && failure(problem),
                   show && rows && !problem && roster(show, rows));
}

function form(shows, show, number) {
    const look = event => {
        event.preventDefault();
        const { show: name, season: wanted } = event.target.elements;
        if (name.value.trim())
            goTo("season", name.value.trim(), ...(wanted.value === "" ? [] : [wanted.value]));
    };
    return h("form", { class: "toolbar", onsubmit: look },
             h("div", { class: "field" },
               h("label", { for: "season-show" }, T.show),
               h("input", {
                   id: "season-show", name: "show", list: "season-shows", value: show,
                   placeholder: T.showHint,
               }),
               h("datalist", { id: "season-shows" },
                 shows.map(name => h("option", { value: name, key: name })))),
             h("div", { class: "field short" },
               h("label", { for: "season-number" }, T.seasonNumber),
               h("input", {
                   id: "season-number", name: "season", type: "number", min: 0, value: number,
                   placeholder: T.allSeasons,
               })),
             button(T.apply, { type: "submit", kind: "primary" }));
}

function roster(show, rows) {
    const episodes = rows.filter(row => row.standing !== "note");
    const there = episodes.filter(row => THERE.includes(row.standing));
    return [
        h("p", { role: "status" }, T.seasonCount(there.length, episodes.length)),
        h("div", { class: "card" }, table(T.seasonCaption(show), T.seasonHeads, rows.map((row, place) => ({
            key: row.standing === "note" ? `note ${place}` : `${row.season} ${row.episode}`,
            cells: [
                row.standing === "note" ? "" : episode(row),
                named(row.name),
                pill(row.standing, T.rosterStandings),
                row.job > 0 && row.title > 0 ? source(row) : "",
                lacks(row),
            ],
        })))),
    ];
}

function episode({ season: number, episode: place }) {
    const pair = value => String(value).padStart(2, "0");
    return `S${pair(number)}E${pair(place)}`;
}

function source(row) {
    return (row.disc > 0 ? `${T.fromDisc(row.disc)} · ` : "") + T.fromTitle(row.job, row.title);
}

function lacks(row) {
    const waits = row.waiting_for && T.waitsFor(row.waiting_for);
    const words = [waits, row.lack, ...row.also.map(T.also)].filter(Boolean);
    return [
        row.path && file(row.path),
        row.path && words.length > 0 && " · ",
        sentence(words.join(" · ")),
    ];
}
