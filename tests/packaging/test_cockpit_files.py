"""The files of the page for Cockpit: what they may do, and that they fit the bus."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

from engramd.bus import names
from engramd.bus.introspection import interfaces
from tests.support.cockpit import PAGE

MODULES = sorted([*PAGE.glob("*.js"), *PAGE.glob("views/*.js")])
INTERFACES = {
    "JOB": names.JOB,
    "TITLE": names.TITLE,
    "DRIVE": names.DRIVE,
    "REVIEW": names.REVIEW,
    "MANAGER": names.MANAGER,
    "SETTINGS": names.SETTINGS,
}
#: How the modules call what has the properties of an interface.
OBJECTS = {"job": "JOB", "title": "TITLE", "drive": "DRIVE", "question": "REVIEW", "manager": "MANAGER"}


def test_no_file_is_long_and_none_makes_markup() -> None:
    for file in [*MODULES, *PAGE.glob("*.css")]:
        assert len(file.read_text("utf-8").splitlines()) < 300, file.name
    for module in MODULES:
        text = module.read_text("utf-8")
        assert not re.search(r"(?i)(inner|outer|adjacent)html|document\.write|\beval\(", text), module.name


def test_one_module_knows_the_bus_and_nobody_is_asked_by_the_clock() -> None:
    assert using("cockpit.dbus(") == ["bus.js"]
    assert using("setInterval(") == ["main.js"], "where remaining times are drawn anew"


def using(words: str) -> list[str]:
    """The modules that have these words."""
    return [module.name for module in MODULES if words in module.read_text("utf-8")]


def test_cockpits_policy_allows_all_of_the_page() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page), page


def test_every_method_that_it_calls_is_in_the_interface() -> None:
    text = "".join(module.read_text("utf-8") for module in MODULES)
    calls = re.findall(r'\b([A-Z]+), "(\w+)"(?:, "([^"]*)")?[,)]', text)
    calls += [("MANAGER", *call) for call in re.findall(r'manager\("(\w+)", "([^"]*)"', text)]
    calls += [("JOB", method, "") for method in re.findall(r'(?:one|actions\.job)\("(\w+)"', text)]
    ours = [(INTERFACES[where], method, given) for where, method, given in calls if where in INTERFACES]
    assert len(ours) >= 14, ours
    known = interfaces()
    for interface, method, signature in ours:
        assert known[interface].arguments.get(method) == signature, (interface, method)


def test_every_property_that_it_shows_is_in_the_interface() -> None:
    text = "".join(module.read_text("utf-8") for module in MODULES)
    used = set(re.findall(rf"\b({'|'.join(OBJECTS)})\.([A-Z]\w+)", text))
    assert len(used) >= 40, used
    known = interfaces()
    unknown = [(what, name) for what, name in used if name not in known[INTERFACES[OBJECTS[what]]].properties]
    assert unknown == []


def test_every_text_is_in_one_place_and_used() -> None:
    rest = "".join(module.read_text("utf-8") for module in MODULES if module.name != "texts.js")
    have = set(re.findall(r"(?m)^    (\w+):", (PAGE / "texts.js").read_text("utf-8")))
    assert have == set(re.findall(r"\bT\.(\w+)", rest))


def test_cockpit_lists_it_and_software_centres_find_it() -> None:
    manifest = json.loads((PAGE / "manifest.json").read_text("utf-8"))
    assert manifest["menu"]["index"]["label"] == "Disc ripper"
    metainfo = ET.parse(PAGE / "org.engramd.cockpit.metainfo.xml").getroot()
    assert metainfo.findtext("launchable[@type='cockpit-manifest']") == "engramd"
