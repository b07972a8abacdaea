/* What a person can have done: one method of the daemon each, with words for how it went. */

import { dict } from "./bus.js";
import { startService } from "./host.js";
import { DRIVE, JOB, MANAGER, REVIEW, ROOT, SETTINGS } from "./names.js";
import { T } from "./texts.js";
import { errorWords } from "./errors.js";

/* What went well is told for so long; what went wrong until it is closed. */
const GOOD_NEWS_MS = 10000;

let noticeCount = 0;

export class Actions {
    /* `state` is the page's; `redraw` shows it; `reload` reads again what is asked for and not announced. */
    constructor(bus, state, redraw, reload) {
        Object.assign(this, { bus, state, redraw, reload });
    }

    /* Whether something of that key is on its way. */
    isPending(key) {
        return this.state.pending.has(key);
    }

    /* Have something done once, and say how it went; gives whether it was. */
    async run(key, begin, said = "") {
        if (this.isPending(key))
            return false;
        this.state.pending.add(key);
        this.redraw();
        try {
            await begin();
            if (said)
                this.notify("good", said);
            return true;
        } catch (error) {
            const { title, text } = errorWords(error, this.state.admin);
            this.notify("bad", title, text);
            return false;
        } finally {
            this.state.pending.delete(key);
            this.reload();
            this.redraw();
        }
    }

    notify(kind, title, text = "") {
        noticeCount += 1;
        const notice = { id: noticeCount, kind, title, text };
        const others = this.state.notices.filter(other => other.title !== title || other.text !== text);
        this.state.notices = [...others.slice(-2), notice];
        if (kind === "good")
            window.setTimeout(() => this.close(notice), GOOD_NEWS_MS);
        this.redraw();
    }

    close(notice) {
        this.state.notices = this.state.notices.filter(other => other !== notice);
        this.redraw();
    }

    start() {
        return this.run("start", startService);
    }

    eject(drive) {
        return this.run(`eject ${drive.path}`, () => this.bus.call(drive.path, DRIVE, "Eject"));
    }

    /* Cancel, Retry or Clear of a job. */
    job(method, job) {
        return this.run(`${method} ${job.path}`, () => this.bus.call(job.path, JOB, method));
    }

    /* `chosen` is {option} or {value}; `scope` is what else the answer is for. */
    answer(question, chosen, scope, said) {
        const given = dict(scope ? { ...chosen, for: scope } : chosen);
        return this.run(question.path, () => this.bus.call(question.path, REVIEW, "Answer", "a{sv}", [given]),
                        T.answered(said));
    }

    dismiss(question) {
        return this.run(question.path, () => this.bus.call(question.path, REVIEW, "Dismiss"), T.dismissed);
    }

    undo(change) {
        const given = dict({ change: change.id }, { change: "t" });
        return this.run("undo", () => this.bus.call(ROOT, MANAGER, "Undo", "a{sv}", [given]),
                        T.undone(change.sentence));
    }

    saveSettings(values) {
        const given = dict(values);
        return this.run("settings", () => this.bus.call(ROOT, SETTINGS, "Set", "a{sv}", [given]), T.saved);
    }

    resetSettings(names) {
        return this.run("settings", () => this.bus.call(ROOT, SETTINGS, "Reset", "as", [names]), T.saved);
    }
}
