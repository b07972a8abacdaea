/* The drives: what each does, how far it is, and its tray. */

import { h } from "../dom.js";
import { clock, tame } from "../format.js";
import { T } from "../texts.js";
import { bar, button, named, pill, said, section } from "./parts.js";

export function drives(context) {
    const found = context.state.world.drives;
    return section("drives", T.drives,
                   found.length === 0 && h("p", { class: "quiet" }, T.noDrives),
                   h("ul", { class: "cards" }, found.map(drive => card(drive, context))));
}

function card(drive, context) {
    const { state, actions } = context;
    const job = state.world.jobOf(drive);
    const name = drive.Name || drive.Device;
    const media = T.media[drive.Media] ?? drive.Media;
    return h("li", { key: drive.path, class: "card" },
             h("div", { class: "card-head" },
               h("h3", {}, named(name)),
               pill(drive.State, T.driveStates),
               isReal(drive) && button(T.eject, {
                   label: T.ejectOf(name),
                   pending: actions.isPending(`eject ${drive.path}`),
                   onclick: () => actions.eject(drive),
               })),
             drive.Name !== drive.Device && h("p", { class: "quiet" }, named(drive.Device)),
             (media || drive.VolumeLabel) && h("p", {}, inside(media, drive.VolumeLabel)),
             job && rip(job, state),
             drive.FreeAt > state.now && h("p", { class: "quiet" }, T.freeAt(clock(drive.FreeAt, state.now))),
             !job && drive.LastEvent && h("p", { class: "quiet" }, said(tame(drive.LastEvent, 300))));
}

/* An image is a drive while it is ripped, and has no tray. */
function isReal(drive) {
    return drive.Device.startsWith("/dev/");
}

function inside(media, label) {
    return [media, media && label && ": ", named(label)];
}

function rip(job, state) {
    return [
        h("p", {}, named(job.Headline)),
        job.State === "ripping" && bar(T.jobName(job), job, state.now),
    ];
}
