"""What people say of the next discs: read from the call, shown as one sentence, followed on the bus."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from engramd.bus.hints import Said, hint_values, said_of_next
from engramd.bus.variants import guess
from engramd.drives.model import object_id
from engramd.errors import InvalidArgument, NotFound
from engramd.models import DiscHint
from tests.support.busservice import ServiceProcess, wait_for

MANAGER = (names.ROOT, names.MANAGER)
ACTOR = f"uid {os.getuid()}" if os.getuid() else "root"
LATE = datetime(2026, 1, 2, 2, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": "Heat", "type": "film"}, Said({"title": "Heat", "type": "movie"}, None)),
        ({"season": 0, "disc": "4"}, Said({"season": 0, "disc": 4}, None)),
        ({"drive": "sr0", "extras": "skip"}, Said({"drive": "sr0", "extras": "skip"}, "sr0")),
        ({"title": "X", "until_changed": False, "edition": ""}, Said({"title": "X"}, None)),
        ({"title": "X", "clear": False}, Said({"title": "X"}, None)),
        ({"clear": True}, Said({}, None, clear=True)),
        ({"clear": "yes", "drive": "sr0"}, Said({}, "sr0", clear=True)),
    ],
)
def test_what_next_was_given_is_read(given: dict[str, Any], said: Said) -> None:
    assert said_of_next(given) == said


@pytest.mark.parametrize("given", [{"show": "X"}, {"season": "two"}, {"clear": True, "title": "X"}])
def test_what_next_does_not_know_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        said_of_next(given)


def hint(**values: Any) -> DiscHint:
    return DiscHint(**{"id": 3, "actor": "root", "expires_at": LATE, **values})


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"title": "Harbor Station", "season": 2, "discs_left": 3},
            "next 3 discs in any drive: Harbor Station, season 2, until 03:40",
        ),
        (
            {"title": "Harbor Station", "discs_left": 2, "next_disc": 4},
            "next 2 discs in any drive: Harbor Station, from disc 4, until 03:40",
        ),
        ({"next_disc": 4}, "next disc in any drive: disc 4, until 03:40"),
        (
            {"title": "Heat", "year": 1995, "drive_identity": "SN-42"},
            "next disc in Upper: Heat (1995), until 03:40",
        ),
        ({"title": "Heat", "drive_identity": "gone"}, "next disc in gone: Heat, until 03:40"),
        (
            {"title": "Harbor Station", "discs_left": None},
            "all next discs in any drive: Harbor Station, until it is changed or 03:40",
        ),
    ],
)
def test_a_hint_is_told_in_one_sentence(values: dict[str, Any], text: str) -> None:
    assert hint_values(hint(**values), [UPPER])["text"] == text


class Upper:
    """A drive as far as a hint tells it."""

    id, name = object_id("SN-42"), "Upper"


UPPER: Any = Upper()


def test_nothing_is_told_from_zero_and_every_value_has_its_type() -> None:
    empty = hint_values(hint(discs_left=None), [])
    full = hint_values(hint(season=0, next_disc=4, discs_left=2, year=1995, tmdb_id=5), [])

    assert (empty["season"], empty["discs_left"], empty["disc"], empty["year"]) == (-1, -1, -1, 0)
    assert (full["season"], full["discs_left"], full["disc"], full["tmdb_id"]) == (0, 2, 4, 5)
    assert {name: guess(value).get_type_string() for name, value in full.items()} == {
        "id": "t", "drive": "s", "title": "s", "season": "i", "disc": "i", "discs_left": "i",
        "content_type": "s", "year": "u", "tmdb_id": "u", "edition": "s", "extras": "s", "expires": "t",
        "actor": "s", "text": "s",
    }  # fmt: skip


def next_discs(client: Client, **said: Any) -> Any:
    return client.call(*MANAGER, "Next", "a{sv}", (said,))


def shown(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.properties(*MANAGER)["Hints"]
    return found


def test_a_hint_is_given_shown_replaced_and_ended(client: Client, service: ServiceProcess) -> None:
    number = next_discs(client, title="Harbor Station", season="2", discs=7, type="tv", disc=1)
    [one] = shown(client)
    assert (one["id"], one["title"], one["season"], one["discs_left"]) == (number, "Harbor Station", 2, 7)
    assert (one["drive"], one["content_type"], one["actor"], one["disc"]) == ("", "tv", ACTOR, 1)
    assert one["text"].startswith("next 7 discs in any drive: Harbor Station, season 2, from disc 1, until ")
    said = {"title": "Harbor Station", "season": 2, "discs": 7, "type": "tv", "disc": 1}
    assert ["next_discs", said, ACTOR] in service.do("asked")

    for name in ("/dev/sr7", "Upper", "SN_2d42"):
        last = next_discs(client, title="Heat", type="film", until_changed=True, drive=name)
    found = [(one["drive"], one["content_type"]) for one in shown(client)]
    assert found == [("", "tv"), ("SN_2d42", "movie")]
    assert shown(client)[1]["id"] == last > number
    assert next_discs(client, clear=True, drive="Upper") == 1
    assert [one["id"] for one in shown(client)] == [number]
    assert next_discs(client, clear=True) == 1
    assert shown(client) == []
    assert next_discs(client, clear=True) == 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, InvalidArgument),
        ({"discs": 3}, InvalidArgument),
        ({"title": "X", "discs": 3, "until_changed": True}, InvalidArgument),
        ({"title": "X", "discs": 0}, InvalidArgument),
        ({"title": "X", "type": "opera"}, InvalidArgument),
        ({"title": "X", "extras": "perhaps"}, InvalidArgument),
        ({"title": "X", "season": -2}, InvalidArgument),
        ({"title": "X", "tmdb_id": 1 << 40}, InvalidArgument),
        ({"title": "X", "disc": -1}, InvalidArgument),
        ({"title": "X", "disc": (1 << 31) - 1}, InvalidArgument),
        ({"title": "X", "discs": "1" * 5000}, InvalidArgument),
        ({"title": "x" * 5000}, InvalidArgument),
        ({"title": "X\n\x1b[2J"}, InvalidArgument),
        ({"title": ["X"]}, InvalidArgument),
        ({"title": "X", "clear": 1}, InvalidArgument),
        ({"titel": "X"}, InvalidArgument),
        ({"title": "X", "drive": "sr99"}, NotFound),
        ({"clear": True, "drive": "sr99"}, NotFound),
    ],
)
def test_a_hint_that_means_nothing_is_refused(client: Client, said: dict[str, Any], kind: type) -> None:
    with pytest.raises(kind):
        next_discs(client, **said)
    assert shown(client) == []


def test_a_hint_whose_time_is_over_is_shown_no_longer_though_nothing_happens(
    client: Client, service: ServiceProcess
) -> None:
    number = next_discs(client, title="Heat")
    assert shown(client)
    service.do("hint_expires", number=number, seconds=0.5)
    wait_for(lambda: shown(client) == [], "the hint is gone")
