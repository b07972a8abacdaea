/* What the daemon says, and what follows from it. Pure: no page, no bus. */

import { DRIVE, JOB, MANAGER, REVIEW, ROOT, SETTINGS, TITLE } from "./names.js";

const OVER = ["completed", "failed"];
const ENDED_SHOWN = 12;

/* Every object with its interfaces and their values, as the bus announced them. */
export class World {
    constructor() {
        this._objects = new Map();
    }

    replace(objects) {
        const root = this._objects.get(ROOT) || {};
        this._objects = new Map([[ROOT, root], ...Object.entries(objects)]);
    }

    add(path, interfaces) {
        this._objects.set(path, { ...this._objects.get(path), ...interfaces });
    }

    change(path, iface, values) {
        const object = this._objects.get(path);
        if (object)
            object[iface] = { ...object[iface], ...values };
        else if (path === ROOT)
            this.add(path, { [iface]: values });
    }

    remove(path, interfaces) {
        const object = this._objects.get(path);
        if (!object)
            return;
        interfaces.forEach(name => delete object[name]);
        if (Object.keys(object).length === 0)
            this._objects.delete(path);
    }

    /* The values of one interface of an object, with its path; null if it is not there. */
    get(path, iface) {
        const values = this._objects.get(path)?.[iface];
        return values ? { ...values, path } : null;
    }

    all(iface) {
        return [...this._objects.keys()].map(path => this.get(path, iface)).filter(Boolean);
    }

    get manager() {
        return this.get(ROOT, MANAGER) || {};
    }

    get settings() {
        return this.get(ROOT, SETTINGS)?.Values || {};
    }

    get drives() {
        return this.all(DRIVE).sort((a, b) => a.Device.localeCompare(b.Device, "en", { numeric: true }));
    }

    /* The job that uses a drive; null if none does. */
    jobOf(drive) {
        return this.get(drive.Job, JOB);
    }

    titlesOf(job) {
        return job.Titles.map(path => this.get(path, TITLE)).filter(Boolean);
    }

    get questions() {
        return this.all(REVIEW).sort((a, b) => a.Id - b.Id);
    }

    /* The job and the title that a question is about; either may be null. */
    subjectOf(question) {
        const title = this.get(question.Subject, TITLE);
        const path = title ? question.Subject.replace(/\/titles\/[^/]+$/, "") : question.Subject;
        return { title, job: this.get(path, JOB) };
    }

    /* Jobs in three groups: they work, wait, or ended lately. */
    get jobs() {
        const all = this.all(JOB).sort((a, b) => b.Id - a.Id);
        const open = all.filter(job => !OVER.includes(job.State));
        const isWaiting = job => Boolean(job.WaitingFor) || job.State === "review_needed";
        const ended = all.filter(job => OVER.includes(job.State) && !job.ClearedAt);
        return {
            working: open.filter(job => !isWaiting(job)),
            waiting: open.filter(isWaiting),
            ended: ended.sort((a, b) => b.CompletedAt - a.CompletedAt).slice(0, ENDED_SHOWN),
        };
    }

    /* Names of the series that some disc on the list is of. */
    get shows() {
        const names = this.all(JOB).filter(job => job.ContentType === "tv").map(job => job.DetectedTitle);
        return [...new Set(names.filter(Boolean))].sort();
    }

    /* Whether something moves that shows a remaining time. */
    get isRipping() {
        return this.all(JOB).some(job => job.State === "ripping" && job.ExpectedEnd);
    }
}

/* How a job stands, in one word: how it ended, else its state. */
export function standing(job) {
    if (OVER.includes(job.State))
        return job.Outcome || job.State;
    return job.State;
}

/* What a headline says after the name that it begins with; all of it where it begins otherwise. */
export function afterName(headline, name) {
    const start = `${name}: `;
    return headline.startsWith(start) ? headline.slice(start.length) : headline;
}

export function isOver(job) {
    return OVER.includes(job.State);
}
