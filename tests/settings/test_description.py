"""A form can be built from `describe`: it says all that is enforced of numbers and choices, and no more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.events import EventHub
from engramd.models import AppConfig
from engramd.organize import check_naming
from engramd.pipeline import check_languages
from engramd.settings import ConfigFile, Settings, read_config_file
from engramd.settings.description import descriptions
from engramd.settings.topics import EXAMPLES, GROUPS, UNITS


class Nowhere:
    """Keeps nothing, so that each value meets the defaults."""

    def load_config(self) -> AppConfig:
        return AppConfig()

    def save_config(self, config: AppConfig) -> None:
        """Forget it."""


SETTINGS = Settings(
    Nowhere(), ConfigFile(Path("/etc/engramd/engramd.toml")), EventHub(), (check_naming, check_languages)
)
DESCRIBED = {one["name"]: one for one in SETTINGS.describe()}
#: Formats whose pattern says everything; others have rules that no pattern can say.
WHOLE = ("text", "path", "paths", "language", "mode", "time", "urls")


def of_type(*types: str) -> list[str]:
    return [name for name, one in DESCRIBED.items() if one["type"] in types]


def is_taken(name: str, value: object) -> bool:
    try:
        SETTINGS.set(name, value)
    except InvalidArgument:
        return False
    return True


@pytest.mark.parametrize("one", DESCRIBED.values(), ids=lambda one: one["name"])
def test_a_description_is_enough_for_a_field_of_a_form(one: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z].*\.", one["text"]), one["text"]
    assert one["group"] in GROUPS, "topics.py has forgotten it"
    assert one["unit"] in ("", "s", "days", "bytes")
    assert is_taken(one["name"], one["default"])
    assert one["example"]
    assert is_taken(one["name"], one["example"]), one["example"]
    is_number = one["type"] in ("int", "float")
    assert ("min" in one, "max" in one) == (is_number, is_number), "a number has a range"
    assert not is_number or type(one["min"]) is type(one["max"]) is type(one["default"])
    assert one["unit"] == "" or is_number
    assert ("choices" in one) == (one["type"] == "enum")
    assert ("pattern" in one) == ("format" in one) == ("max_length" in one) == (one["type"] == "str")
    assert ("set" in one) == one["secret"]


def test_names_tell_their_units() -> None:
    endings = {"_seconds": "s", "_days": "days", "_bytes": "bytes"}
    for name, one in DESCRIBED.items():
        for ending, unit in endings.items():
            if name.endswith(ending):
                assert one["unit"] == unit, name


def test_every_setting_is_in_one_group_and_stays_there() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(AppConfig.model_fields.keys() - {"id"})
    assert [one["name"] for one in descriptions()] == names
    assert UNITS.keys() | EXAMPLES.keys() <= set(names)


NUMBERS = of_type("int", "float")


@given(st.sampled_from(NUMBERS), st.data())
def test_a_number_is_taken_exactly_if_it_is_in_its_range(name: str, data: st.DataObject) -> None:
    one = DESCRIBED[name]
    low, high = one["min"], one["max"]
    near = st.sampled_from([low - 1, low, low + 1, high - 1, high, high + 1, 0, -1])
    numbers: st.SearchStrategy[Any] = near | st.integers(-(1 << 63), (1 << 64) - 1)
    if one["type"] == "float":
        numbers |= st.floats() | st.floats(low, high)
    value = data.draw(numbers)

    described = low <= value <= high

    assert is_taken(name, value) == described
    assert is_taken(name, str(value)) == described, "a number may be text"


@given(st.sampled_from(NUMBERS), st.booleans() | st.text(st.characters(exclude_categories=["Nd"])))
def test_what_is_no_number_is_refused(name: str, value: object) -> None:
    assert not is_taken(name, value)


@given(
    st.sampled_from(of_type("enum")),
    st.text() | st.sampled_from([choice for one in DESCRIBED.values() for choice in one.get("choices", ())]),
)
def test_a_choice_is_taken_exactly_if_it_is_among_them(name: str, value: str) -> None:
    assert is_taken(name, value) == (value in DESCRIBED[name]["choices"])


@given(st.sampled_from(of_type("bool")), st.text() | st.integers(-1, 2) | st.none())
def test_a_switch_takes_words_for_on_and_off_and_nothing_else(name: str, value: object) -> None:
    words = ("0", "1", "f", "t", "n", "y", "no", "yes", "off", "on", "false", "true")
    assert is_taken(name, value) == (str(value).lower() in words)
    assert is_taken(name, True)


@given(st.sampled_from(of_type("str")), st.data())
def test_text_is_taken_as_its_pattern_says(name: str, data: st.DataObject) -> None:
    one = DESCRIBED[name]
    pattern = one["pattern"] or ".*"
    pieces = st.sampled_from(
        ["/", ":", "-", "+", " ", "0", "6", "7", "22:00", "07:00", "de", "DE", "a", "://"]
    )
    anything = st.text() | st.lists(pieces, max_size=6).map("".join)
    value = data.draw(anything | st.from_regex(pattern, fullmatch=True))

    described = bool(re.fullmatch(pattern, value)) and value.isprintable() and len(value) <= one["max_length"]

    taken = is_taken(name, value)
    assert described or not taken
    if one["format"] in WHOLE:
        assert taken == described


def test_text_is_taken_up_to_its_length() -> None:
    assert is_taken("staging_path", "/" + "k" * (DESCRIBED["staging_path"]["max_length"] - 1))
    assert not is_taken("staging_path", "/" + "k" * DESCRIBED["staging_path"]["max_length"])


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("max_concurrent_matches", 0, "a whole number from 1 to 64"),
        ("rip_inactivity_seconds", "soon", "a whole number from 10 to 86400 s"),
        ("matcher_min_confidence", 7, "a number from 0.5 to 1.0"),
        ("extras_policy", "perhaps", "one of keep, skip, ask"),
        ("auto_eject_enabled", "perhaps", "true or false"),
        ("staging_path", 5, "text"),
    ],
)
def test_a_refusal_says_what_is_wanted(name: str, value: object, wanted: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        SETTINGS.set(name, value)
    assert str(caught.value) == f"{value!r} is no {name}: it is {wanted}"


FILE = """# The settings of this machine.
log_level = "debug"
extras_policy_is_below = "x"

[ settings ]  # locked
# extras_policy = "ask"
  extras_policy = "skip"
"staging_path" = "/srv/staging"
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (FILE.replace("extras_policy_is_below", "#"), 7),
        ('settings.extras_policy = "skip"\n', 1),
        ('log_level = "info"\nsettings = { file_mode = "0664", extras_policy = "skip" }\n', 2),
        ("settings.'extras_policy' = 'skip'\n", 1),
    ],
)
def test_a_lock_names_the_file_and_the_line_to_change(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "engramd.toml"
    path.write_text(text)
    settings = Settings(Nowhere(), read_config_file(path, {}), EventHub())
    described = {one["name"]: one for one in settings.describe()}

    assert described["extras_policy"]["locked_by"] == f"{path}:{line}"
    assert described["auto_eject_enabled"]["locked_by"] == ""
    path.unlink()
    assert {one["name"]: one for one in settings.describe()}["extras_policy"]["locked_by"] == str(path)


def test_a_credential_that_locks_is_named(tmp_path: Path) -> None:
    (tmp_path / "tmdb_api_key").write_text("0" * 32)
    file = read_config_file(tmp_path / "engramd.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    described = {one["name"]: one for one in Settings(Nowhere(), file, EventHub()).describe()}

    assert described["tmdb_api_key"]["locked_by"] == str(tmp_path / "tmdb_api_key")
