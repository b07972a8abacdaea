"""Names, errors and values survive the way over the bus."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from gi.repository import GLib
from hypothesis import given
from hypothesis import strategies as st

from engramd import errors
from engramd.bus import names
from engramd.bus.authority import ACTIONS, READS, allowed_path
from engramd.bus.introspection import interfaces, xml
from engramd.bus.methods import Methods
from engramd.bus.options import LONGEST_TEXT, typed_options
from engramd.bus.variants import clean, empty, guess, pack, pack_arguments, split
from engramd.models import DiscJob, DiscTitle

PACKAGING = Path(__file__).parents[2] / "packaging"


@given(st.text())
def test_every_text_makes_a_path(text: str) -> None:
    path = names.drive_path(text.encode("utf-8", "replace").decode())
    assert GLib.Variant.is_object_path(path)


def test_different_drives_have_different_paths() -> None:
    odd = ["a b", "a-b", "a/b", "ab", "ä", "", " "]
    assert len({names.drive_path(text) for text in odd}) == len(odd)


def test_numbers_of_paths() -> None:
    assert names.last_number(names.job_path(12)) == 12
    assert names.last_number(names.title_path(12, 3)) == 3
    with pytest.raises(errors.InvalidArgument):
        names.last_number(names.drive_path("abc"))


def all_errors() -> list[type[errors.EngramError]]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, errors.EngramError)]


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_has_a_name_that_comes_back(kind: type[errors.EngramError]) -> None:
    name = names.error_name(kind("x"))
    assert re.fullmatch(r"org\.engramd\.Engram1\.Error\.[A-Za-z]+", name)
    back = names.ERROR_TYPES[name]
    assert issubclass(kind, back)
    assert back is kind or back is errors.EngramError


JSON = st.recursive(
    st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(JSON)
def test_plain_values_come_back_the_same(value: Any) -> None:
    value = clean(value)
    assert guess(value).unpack() == value


@given(st.text(st.characters()))
def test_cleaned_text_is_always_fit_for_the_bus(text: str) -> None:
    assert pack("s", clean(text)).unpack() == clean(text)
    assert clean(clean(text)) == clean(text)


def test_half_characters_and_nulls_are_replaced() -> None:
    assert clean({"a\0": ["\udcff", ("x",)]}) == {"a\ufffd": ["?", ("x",)]}


def test_signatures_are_split_and_counted() -> None:
    assert split("sa{sv}oaa{sv}(bs)as") == ["s", "a{sv}", "o", "aa{sv}", "(bs)", "as"]
    with pytest.raises(TypeError):
        pack_arguments("ss", ("one",))
    for signature in ("s", "o", "b", "d", "t", "x", "as", "a{sv}", "aa{sv}", "a{st}"):
        assert empty(signature).get_type_string() == signature


def test_every_method_is_either_open_or_asks_polkit() -> None:
    methods = {
        (name, method)
        for name, item in interfaces().items()
        if name.startswith(names.BUS_NAME)
        for method in item.arguments
    }
    assert methods == ACTIONS.keys() | READS
    assert not ACTIONS.keys() & READS
    anything = MagicMock()
    table = Methods(anything, anything, anything, "session").known()
    assert table == methods, "each is done by the program, and it does no other"


def test_every_method_has_an_example_that_fits_its_signature() -> None:
    for interface in ET.fromstring(xml()).iter("interface"):
        if not interface.get("name", "").startswith(names.BUS_NAME):
            continue
        for method in interface.findall("method"):
            notes = {note.get("name"): note.get("value", "") for note in method.findall("annotation")}
            name, *words = shlex.split(notes.get("org.engramd.Example", ""))
            known = interfaces()[interface.get("name", "")].arguments[method.get("name", "")]
            assert name == method.get("name"), f"{interface.get('name')}.{method.get('name')}"
            assert words[:1] == ([known] if known else []), f"{name}: {known}"


def test_every_member_is_documented() -> None:
    for interface in ET.fromstring(xml()).iter("interface"):
        for member in [interface, *interface.findall("*")]:
            if member.tag == "annotation":
                continue
            notes = {note.get("name"): note.get("value", "") for note in member.findall("annotation")}
            doc = notes.get("org.gtk.GDBus.DocString", "")
            assert doc.endswith("."), f"{interface.get('name')}.{member.get('name')}: {doc!r}"


@pytest.mark.parametrize(("row", "interface"), [(DiscJob, names.JOB), (DiscTitle, names.TITLE)])
def test_every_column_is_a_property_or_said_to_be_internal(row: Any, interface: str) -> None:
    from engramd.bus.views import INTERNAL_FIELDS

    columns = {
        "".join(map(str.capitalize, name.split("_"))) for name in row.model_fields.keys() - INTERNAL_FIELDS
    }
    assert columns <= interfaces()[interface].properties.keys()


def test_the_bus_policy_opens_every_interface() -> None:
    policy = ET.parse(PACKAGING / "dbus/org.engramd.Engram1.conf")
    opened = {rule.get("send_interface") for rule in policy.iter("allow")}
    assert opened >= interfaces().keys() | {
        names.PROPERTIES,
        "org.freedesktop.DBus.Introspectable",
        "org.freedesktop.DBus.Peer",
    }


def test_polkit_knows_every_action() -> None:
    policy = ET.parse(PACKAGING / "polkit/org.engramd.engram1.policy")
    assert {action.get("id") for action in policy.iter("action")} == set(ACTIONS.values())


def test_paths_of_the_system_bus(tmp_path: Path) -> None:
    folder, other = tmp_path / "import", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "away").symlink_to(other)
    devices = frozenset({"/dev/sr0"})

    def check(path: object) -> Path:
        return allowed_path(str(path), "system", f"/nowhere:{folder}", devices)

    assert check(folder / "disc.iso") == folder / "disc.iso"
    assert check(folder / "deep/er") == folder / "deep/er"
    assert check("/dev/sr0") == Path("/dev/sr0")
    for bad in (
        other / "x",
        folder / "away/x",
        f"{folder}/../other/x",
        f"{folder}x/y",
        "/dev/sda",
        "/",
        "x",
        "/a\0b",
    ):
        with pytest.raises(errors.InvalidArgument) as caught:
            check(bad)
        assert str(bad) == caught.value.where
    with pytest.raises(errors.InvalidArgument, match=re.escape(str(folder))) as caught:
        check("/etc/shadow")
    assert "import_paths" in str(caught.value)


def test_a_session_bus_takes_any_absolute_path() -> None:
    assert allowed_path("/etc/../x", "session", "", frozenset()) == Path("/etc/../x")
    with pytest.raises(errors.InvalidArgument):
        allowed_path("x", "session", "", frozenset())


def test_options_are_checked_and_text_is_read() -> None:
    kinds = {"season": int | None, "eject": bool, "show": str, "any": None}
    given_values = {"season": "2", "eject": "false", "show": "2", "any": [1]}
    assert typed_options(given_values, kinds) == {"season": 2, "eject": False, "show": "2", "any": [1]}
    for bad in ({"season": True}, {"season": "-1x"}, {"eject": 1}, {"show": 5}, {"sho": "x"}):
        with pytest.raises(errors.InvalidArgument):
            typed_options(bad, kinds)


@pytest.mark.parametrize("bad", ["x" * (LONGEST_TEXT + 1), "a\nb", "a\x1b[2Jb", "a\x00b", "a\x9bb"])
def test_text_of_options_is_one_line_of_limited_length(bad: str) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        typed_options({"show": bad}, {"show": str})
    assert len(str(caught.value)) < LONGEST_TEXT
    assert str(caught.value).isprintable()
    for fine in ("x" * LONGEST_TEXT, "七人の\u3000侍", "می\u200cخواهم", ""):
        assert typed_options({"show": fine}, {"show": str}) == {"show": fine}
    with pytest.raises(errors.InvalidArgument):
        typed_options({"any": "x" * (LONGEST_TEXT + 1)}, {"any": None})


def test_the_files_heading_has_the_version_of_the_interface() -> None:
    heading = xml().partition("<node>")[0]
    assert f"of engramd, version {names.INTERFACE_VERSION}, at" in heading
