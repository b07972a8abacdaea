/* What is asked for, because no property announces it: reports, changes, history, a season, settings. */

import { dict } from "./bus.js";
import { errorWords } from "./errors.js";
import { midnight } from "./format.js";
import { MANAGER, REVIEW, ROOT, SETTINGS } from "./names.js";

const PAGE = 50;
const CHANGES = 5;

export class Queries {
    constructor(bus, state, redraw) {
        Object.assign(this, { bus, state, redraw });
        this._asked = new Map();
    }

    manager(method, signature, ...args) {
        return this.bus.call(ROOT, MANAGER, method, signature, args);
    }

    /* Take the answer into the state, unless the same was asked again meanwhile. */
    async _take(name, begin) {
        const number = (this._asked.get(name) || 0) + 1;
        this._asked.set(name, number);
        let found;
        try {
            found = await begin();
        } catch (error) {
            found = { problem: errorWords(error, this.state.admin).text };
        }
        if (this._asked.get(name) !== number)
            return;
        this.state[name] = { ...this.state[name], problem: "", loading: false, ...found };
        this.redraw();
    }

    _begin(name) {
        this.state[name] = { ...this.state[name], loading: true };
        this.redraw();
    }

    /* What was filed since midnight, and the last change that can be undone. */
    today() {
        const since = midnight(this.state.now);
        this._take("filed", async () => ({ since, rows: await this.manager("Report", "ta{sv}", since, {}) }));
        this._take("changed", async () => {
            const rows = await this.manager("Changes", "a{sv}", dict({ limit: CHANGES }));
            return { last: rows.find(change => change.state === "done") || null };
        });
    }

    details(question) {
        const name = `details ${question.path}`;
        this._begin(name);
        return this._take(name, async () =>
            ({ found: await this.bus.call(question.path, REVIEW, "Details", "a{sv}", [{}]) }));
    }

    describeSettings() {
        return this._take("settings", async () =>
            ({ described: await this.bus.call(ROOT, SETTINGS, "Describe") }));
    }

    season(show, season) {
        this.state.season = { rows: null };
        this._begin("season");
        const options = season === "" ? {} : { season: Number(season) };
        return this._take("season", async () =>
            ({ show, number: season, rows: await this.manager("Season", "sa{sv}", show, dict(options)) }));
    }

    /* The newest jobs that have these words in what names them, and are in that state. */
    history(text, state) {
        this._begin("history");
        return this._take("history", () => this._page({ text, state, rows: [] }));
    }

    /* Some older ones. */
    olderHistory() {
        const { text, state, rows } = this.state.history;
        this._begin("history");
        return this._take("history", () => this._page({ text, state, rows }));
    }

    /* A page may be short because its rows are long: only an empty one says that there are no more. */
    async _page({ text, state, rows }) {
        const all = [...rows];
        const wanted = { limit: PAGE, ...(text && { text }), ...(state && { state }) };
        for (;;) {
            const before = all.length ? { before_id: all[all.length - 1].Id } : {};
            const options = dict({ ...wanted, ...before }, { limit: "u", before_id: "t" });
            const found = await this.manager("History", "a{sv}", options);
            all.push(...found);
            if (found.length === 0 || all.length >= rows.length + PAGE)
                return { text, state, rows: all, done: found.length === 0 };
        }
    }
}
