"""`engramctl next`: what people type, what the daemon is told, and what they see."""

from __future__ import annotations

import click
import pytest

from engramd.bus.hints import hint_values
from engramd.ctl import screens
from engramd.ctl.app import app
from engramd.ctl.fields import plain
from engramd.ctl.hints import as_told
from engramd.ctl.kinds import WorkId
from engramd.models import DiscHint
from tests.ctl.samples import NOON
from tests.support.clickrunner import runner


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"show": "Harbor Station", "season": 0}, {"title": "Harbor Station", "season": 0}),
        ({"show": "Heat", "tmdb": WorkId(949, "movie")}, {"title": "Heat", "tmdb_id": 949, "type": "movie"}),
        ({"tmdb": WorkId(5, "tv"), "type": "tv"}, {"tmdb_id": 5, "type": "tv"}),
        ({"tmdb": WorkId(5, "")}, {"tmdb_id": 5}),
        ({"extras": "skip", "until_changed": True}, {"extras": "skip", "until_changed": True}),
        ({"disc": 3, "discs": 4}, {"disc": 3, "discs": 4}),
    ],
)
def test_what_people_say_is_what_the_daemon_is_told(said: dict[str, object], told: dict[str, object]) -> None:
    assert as_told(said) == told


@pytest.mark.parametrize(
    "words",
    [
        ("--discs", "7"),
        ("--until-changed",),
        ("--drive", "sr0"),
        ("--show", "X", "--discs", "7", "--until-changed"),
        ("--show", "X", "--discs", "0"),
        ("--show", "X", "--season", "-1"),
        ("--show", "X", "--type", "opera"),
        ("--show", "X", "--extras", "perhaps"),
        ("--show", "X", "--type", "film", "--season", "2"),
        ("--show", "X", "--type", "film", "--tmdb", "tv:5"),
        ("--tmdb", "0"),
        ("--tmdb", "tv:"),
        ("--tmdb", "five"),
        ("--clear", "--show", "X"),
        ("--show", ""),
        ("--show", "X", "--drive", ""),
        ("--clear", "--drive", ""),
        ("X",),
    ],
    ids=" ".join,
)
def test_what_does_not_fit_together_is_wrong_usage_and_asks_no_daemon(words: tuple[str, ...]) -> None:
    done = runner().invoke(app, ["next", *words], env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"})

    assert (done.exit_code, done.stdout) == (2, ""), done.output


HINT = DiscHint(
    id=3, actor="root", expires_at=NOON, title="Harbor Station", season=2, discs_left=None, next_disc=1
)


def test_a_hint_is_shown_in_one_line_and_as_fields() -> None:
    values = hint_values(HINT, [])

    assert click.unstyle(screens.hints([values])).startswith(
        "hint 3 of root: all next discs in any drive: Harbor Station, season 2, from disc 1, until"
    )
    fields = plain(values)
    assert fields.pop("text").startswith("all next discs in any drive")
    assert fields == {
        "id": 3, "drive": None, "title": "Harbor Station", "season": 2, "disc": 1, "discs_left": None,
        "content_type": None, "year": None, "tmdb_id": None, "edition": None, "extras": None,
        "expires": "2026-01-02T12:00:00Z", "actor": "root",
    }  # fmt: skip


def test_a_name_that_steers_a_terminal_is_shown_harmless() -> None:
    shown = screens.hints([hint_values(DiscHint(id=1, expires_at=NOON, title="\x1b[2Jgone"), [])])

    assert "\x1b" not in shown
    assert "gone" in shown
