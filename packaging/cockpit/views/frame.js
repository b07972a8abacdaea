/* What is around every view: the way to the others, messages, and what is shown without a daemon. */

import { h } from "../dom.js";
import { tame } from "../format.js";
import { T } from "../texts.js";
import { history } from "./history.js";
import { overview } from "./overview.js";
import { alert, button, said, sentence } from "./parts.js";
import { season } from "./season.js";
import { settings } from "./settings.js";

const VIEWS = { "": overview, history, season, settings };

export function frame(context) {
    const { state } = context;
    const view = Object.hasOwn(VIEWS, state.place[0]) ? state.place[0] : "";
    const inside = state.phase === "ready" ? VIEWS[view] : without;
    return [
        h("header", { key: "header" }, navigation(view), summary(state)),
        h("div", { key: "notices", class: "notices" }, notices(context)),
        h("main", { key: "main" },
          h("div", { key: inside.name, class: "view" }, inside(context))),
    ];
}

function navigation(current) {
    const words = { "": T.overview, history: T.history, season: T.season, settings: T.settings };
    return h("nav", { "aria-label": T.views }, h("ul", {}, Object.entries(words).map(([name, word]) =>
        h("li", { key: name },
          h("a", { href: `#/${name}`, "aria-current": name === current ? "page" : undefined }, word)))));
}

function summary(state) {
    return h("p", { class: "summary", role: "status" },
             state.phase === "ready" && sentence(state.world.manager.Summary));
}

function notices({ state, actions }) {
    return state.notices.map(notice => alert({
        key: notice.id,
        kind: notice.kind,
        role: notice.kind === "bad" ? "alert" : "status",
        title: said(notice.title),
        text: sentence(notice.text, 2000),
        action: button(T.close, {
            kind: "plain",
            label: T.closeNotice(notice.title),
            onclick: () => actions.close(notice),
        }),
    }));
}

function without({ state, actions }) {
    const starting = actions.isPending("start");
    const shown = {
        connecting: { title: T.connecting },
        absent: {
            title: T.absentTitle,
            text: T.absentText,
            action: button(starting ? T.starting : T.start, {
                kind: "primary", pending: starting, onclick: () => actions.start(),
            }),
        },
        nobus: { title: T.noBusTitle, text: T.noBusText(tame(state.problem)) },
        unreadable: { title: T.unreadableTitle, text: tame(state.problem) },
    }[state.phase];
    return h("div", { key: "without", class: "nothing", role: "status" },
             h("h2", {}, shown.title), shown.text && h("p", {}, shown.text), shown.action);
}
