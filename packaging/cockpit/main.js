/* The page: what it knows, and who tells whom. */

import { Actions } from "./actions.js";
import { Bus } from "./bus.js";
import { show } from "./dom.js";
import { midnight } from "./format.js";
import { place, watchPlace, watchRights } from "./host.js";
import { World } from "./model.js";
import { Queries } from "./queries.js";
import { T } from "./texts.js";
import { followTheme } from "./theme.js";
import { frame } from "./views/frame.js";

const TICK_MS = 1000;
const QUIET_TICKS = 30;
const SETTLE_MS = 400;

const state = {
    phase: "connecting",
    problem: "",
    admin: null,
    world: new World(),
    now: Date.now() * 1000, // the daemon's clock, in microseconds
    ahead: 0, // by so much it is ahead of the browser's
    place: [],
    notices: [],
    pending: new Set(),
    asking: "", // the job whose cancelling is to be confirmed
    opened: new Set(), // what was unfolded
    scopes: new Map(), // for what else the answer to a question is
    edits: {}, // settings that are not saved yet
    filter: "",
    filed: { rows: null },
    changed: { last: null },
    history: { rows: null, text: "", state: "" },
    season: { rows: null, show: "", number: "" },
    settings: { described: null },
};

let drawn = false;
let settling = 0;
let ticks = 0;

/* Ask for what the view shows that the person came to. */
function enter() {
    const [view, show, number = ""] = state.place;
    if (state.phase !== "ready")
        return;
    if (view === "history")
        queries.history(state.history.text, state.history.state);
    if (view === "season" && show)
        queries.season(show, number);
}

/* Show the state, at most once a frame. */
function redraw() {
    if (drawn)
        return;
    drawn = true;
    window.requestAnimationFrame(() => {
        drawn = false;
        show(document.body, frame({ state, actions, queries, redraw }));
    });
}

/* Read again what is not announced, once things have settled. */
function reload() {
    window.clearTimeout(settling);
    settling = window.setTimeout(() => state.phase === "ready" && queries.today(), SETTLE_MS);
}

function tick() {
    state.now = Date.now() * 1000 + state.ahead;
    ticks += 1;
    if (document.hidden || (!state.world.isRipping && ticks % QUIET_TICKS))
        return;
    if (state.filed.rows && state.filed.since !== midnight(state.now))
        reload();
    redraw();
}

/* Give a listener whose every news is shown. */
function shown(change) {
    return (...news) => {
        change(...news);
        redraw();
    };
}

const bus = new Bus({
    phase: shown((phase, problem) => {
        Object.assign(state, { phase, problem });
        if (phase === "ready") {
            reload();
            queries.describeSettings();
            enter();
        }
    }),
    objects: shown(objects => state.world.replace(objects)),
    added: shown((path, interfaces) => state.world.add(path, interfaces)),
    changed: shown((path, iface, values) => state.world.change(path, iface, values)),
    removed: shown((path, interfaces) => state.world.remove(path, interfaces)),
    happened: time => {
        state.ahead = time - Date.now() * 1000;
        reload();
    },
});
const queries = new Queries(bus, state, redraw);
const actions = new Actions(bus, state, redraw, reload);

document.title = T.title;
followTheme();
watchRights(shown(admin => Object.assign(state, { admin })));
watchPlace(shown(() => {
    state.place = place();
    enter();
}));
state.place = place();
window.setInterval(tick, TICK_MS);
bus.start();
redraw();
