/* Errors of the daemon, the bus and Cockpit in words. Pure. */

import { ERROR } from "./names.js";
import { T } from "./texts.js";

const DBUS_ERROR = "org.freedesktop.DBus.Error.";
const NOT_ALLOWED = ["AccessDenied", "InteractiveAuthorizationRequired", "AuthFailed"];
const GONE = ["ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected"];

/* What a name ends with, after its beginning; empty for another name. */
function after(beginning, name) {
    return name.startsWith(beginning) ? name.slice(beginning.length) : "";
}

/* What happened, and what to do; `admin` is whether the person has administrative access in Cockpit. */
export function errorWords(error, admin) {
    const [ours, bus] = [after(ERROR, error.name || ""), after(DBUS_ERROR, error.name || "")];
    const text = error.message || String(error);
    if (GONE.includes(bus) || error.problem === "disconnected")
        return { title: T.absentTitle, text: T.gone };
    if (ours === "NotAuthorized" || NOT_ALLOWED.includes(bus) || error.problem === "access-denied")
        return { title: T.errors.NotAuthorized, text: admin ? text : `${text}. ${T.switchOn}` };
    return { title: T.errors[ours] || T.errors.Failed, text };
}
