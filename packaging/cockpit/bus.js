/* The only module that knows cockpit.dbus: follows the daemon as it comes and goes, and calls its methods.

   The daemon is never started by looking at it: its client is opened only while its name has an owner. */

/* global cockpit */

import { MANAGER, NAME, OBJECT_MANAGER, PROPERTIES, ROOT, SETTINGS } from "./names.js";

const DBUS = "org.freedesktop.DBus";
const DBUS_PATH = "/org/freedesktop/DBus";
const RETRY_MS = 2000;

/* Plain values of what cockpit gives: a variant is {t: its type, v: its value}. */
export function plain(value) {
    if (Array.isArray(value))
        return value.map(plain);
    if (value === null || typeof value !== "object")
        return value;
    if (typeof value.t === "string" && "v" in value)
        return plain(value.v);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/* A dictionary a{sv} of texts, whole numbers (u or t, as the type says) and truths. */
export function dict(values, types = {}) {
    const guessed = { string: "s", number: "i", boolean: "b" };
    return Object.fromEntries(Object.entries(values).map(
        ([key, value]) => [key, { t: types[key] || guessed[typeof value], v: value }]));
}

export class Bus {
    /* `listener` is told, in the order of the bus: phase(name, problem), objects(all),
       added(path, interfaces), changed(path, interface, values), removed(path, names) and
       happened(time in microseconds). */
    constructor(listener) {
        this._listener = listener;
        this._client = null;
        this._owner = null;
    }

    /* Begin to follow; of the bus itself it is asked whether the daemon is there. */
    start() {
        const watch = cockpit.dbus(DBUS, { bus: "system" });
        watch.addEventListener("close", (_event, options) => this._busLost(options.problem));
        const match = { path: DBUS_PATH, interface: DBUS, member: "NameOwnerChanged", arg0: NAME };
        watch.subscribe(match, (_path, _interface, _member, [, , owner]) => this._owned(owner));
        this._watch = watch;
        this._askForOwner();
    }

    /* Call a method; the promise gives its one value, plain, and fails with {name, message, problem}. */
    call(path, iface, method, signature = "", args = []) {
        if (!this._client)
            return Promise.reject({ name: `${DBUS}.Error.ServiceUnknown`, message: "" });
        return Promise.resolve(this._client.call(path, iface, method, args, { type: signature }))
                .then(([value]) => plain(value));
    }

    _askForOwner() {
        this._watch.call(DBUS_PATH, DBUS, "GetNameOwner", [NAME], { type: "s" })
                .then(([owner]) => this._owned(owner), error => error.problem || this._owned(""));
    }

    _busLost(problem) {
        this._owner = null;
        this._close();
        this._listener.phase("nobus", problem);
        window.setTimeout(() => this.start(), RETRY_MS);
    }

    _owned(owner) {
        if (owner === this._owner)
            return;
        this._owner = owner;
        this._close();
        if (owner)
            this._open();
        else
            this._listener.phase("absent", "");
    }

    _close() {
        const client = this._client;
        this._client = null;
        if (client)
            client.close();
    }

    _open() {
        const client = cockpit.dbus(NAME, { bus: "system", superuser: "try", track: true });
        this._client = client;
        client.addEventListener("close", () => this._closed(client));
        client.subscribe({ path_namespace: ROOT },
                         (...signal) => client === this._client && this._take(signal));
        this._load(client);
    }

    /* The client closed by itself: the daemon is gone, or the rights changed. */
    _closed(client) {
        if (client !== this._client)
            return;
        this._owned("");
        window.setTimeout(() => this._askForOwner(), RETRY_MS);
    }

    /* Replies and signals come in the order in which the daemon sent them, so each may be taken at once. */
    _load(client) {
        const told = this._listener;
        const ask = (path, iface, method, args, take) =>
            client.call(path, iface, method, args, { type: "s".repeat(args.length) })
                    .then(([value]) => client === this._client && take(plain(value)));
        const all = iface => ask(ROOT, PROPERTIES, "GetAll", [iface],
                                 values => told.changed(ROOT, iface, values));
        Promise.all([
            ask(ROOT, OBJECT_MANAGER, "GetManagedObjects", [], objects => told.objects(objects)),
            all(MANAGER),
            all(SETTINGS),
        ]).then(() => client === this._client && told.phase("ready", ""),
                error => client === this._client && told.phase("unreadable", error.message));
    }

    _take([path, iface, member, args]) {
        const told = this._listener;
        if (iface === PROPERTIES && member === "PropertiesChanged")
            told.changed(path, args[0], plain(args[1]));
        else if (iface === OBJECT_MANAGER && member === "InterfacesAdded")
            told.added(args[0], plain(args[1]));
        else if (iface === OBJECT_MANAGER && member === "InterfacesRemoved")
            told.removed(args[0], args[1]);
        else if (iface === MANAGER && member === "Event")
            told.happened(args[0]);
    }
}
