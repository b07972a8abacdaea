#!/usr/bin/env python3
"""Tells what the jobs of engramd do, and answers each question as the daemon would. Needs python3-gi."""

import sys

from gi.repository import Gio, GLib

NAME, ROOT = "org.engramd.Engram1", "/org/engramd/Engram1"
BUS = Gio.bus_get_sync(Gio.BusType.SESSION if "--session" in sys.argv else Gio.BusType.SYSTEM)


def call(path, interface, method, body=None):
    flags = Gio.DBusCallFlags.NO_AUTO_START | Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
    try:
        return BUS.call_sync(NAME, path, interface, method, body, None, flags, 25_000).unpack()
    except GLib.Error as error:
        print(f"{method}: {error.message}", file=sys.stderr)  # it goes on: the daemon may come
        return ({},)


def say(text):  # names come from discs, and could steer a terminal
    print("".join(c if c.isprintable() else "?" for c in text), flush=True)


def on_state(_bus, _sender, path, _interface, _signal, body):
    say("job {}: {} -> {}: {}".format(path.rpartition("/")[2], *body.unpack()))


def on_added(_bus, _sender, _path, _interface, _signal, body):
    answer(*body.unpack())


def answer(path, interfaces):
    review = interfaces.get(f"{NAME}.Review", {})
    if option := review.get("Default"):
        say(f"{review['Summary']} {option}")
        chosen = {"option": GLib.Variant("s", option)}
        call(path, f"{NAME}.Review", "Answer", GLib.Variant("(a{sv})", (chosen,)))


BUS.signal_subscribe(NAME, f"{NAME}.Job", "StateChanged", None, None, 0, on_state)
BUS.signal_subscribe(NAME, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", ROOT, None, 0, on_added)
for found in call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0].items():
    answer(*found)
GLib.MainLoop().run()
