/* What the page needs of Cockpit besides the bus: rights, the service, the place in the page. */

/* global cockpit */

import { UNIT } from "./names.js";

/* Start the daemon's service; the promise fails with systemctl's words. */
export function startService() {
    return Promise.resolve(
        cockpit.spawn(["systemctl", "start", UNIT], { superuser: "try", err: "message" }));
}

/* Tell whether the person has administrative access, when that is known; Cockpit loads the page again
   when it changes. */
export function watchRights(tell) {
    const permission = cockpit.permission({ admin: true });
    const told = () => tell(permission.allowed);
    permission.addEventListener("changed", told);
    told();
}

/* Where in the page the person is, as a list of words: ["season", "Harbor Station"]. */
export function place() {
    return [...cockpit.location.path];
}

export function goTo(...words) {
    cockpit.location.go(words);
}

export function watchPlace(tell) {
    cockpit.addEventListener("locationchanged", tell);
}
