/* The first view: what is wrong, what the drives do, what is asked, what is in hand, what came of it. */

import { h } from "../dom.js";
import { clock } from "../format.js";
import { T } from "../texts.js";
import { drives } from "./drives.js";
import { filed, lastChange, space } from "./today.js";
import { jobs } from "./jobs.js";
import { alert, sentence } from "./parts.js";
import { questions } from "./questions.js";

export function overview(context) {
    return [
        conditions(context),
        h("div", { key: "columns", class: "columns" },
          h("div", { class: "main-column" }, drives(context), questions(context), jobs(context)),
          h("div", { class: "side-column" }, filed(context), lastChange(context), space(context))),
    ];
}

function conditions({ state }) {
    const found = state.world.manager.Conditions || [];
    if (found.length === 0)
        return null;
    return h("section", { key: "conditions", "aria-label": T.conditions, class: "conditions" },
             found.map(condition => box(condition, state.now)));
}

function box(condition, now) {
    return alert({
        key: `${condition.scope} ${condition.id}`,
        kind: condition.severity === "error" ? "bad" : "warning",
        title: sentence(condition.text),
        text: [
            condition.remedy && [T.remedy, sentence(condition.remedy)],
            h("span", { class: "quiet" }, T.optional(T.since(clock(condition.since, now)))),
        ],
    });
}
