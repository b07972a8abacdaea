"""What happened, as a line for people and as fields for scripts; the same from a row and from the signal."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from typing import Any

import click
import pytest

from engramd.bus import names
from engramd.ctl.event_words import Happening
from engramd.ctl.people import named

DRIVE = names.drive_path("SN_2d42")
DRIVES = {DRIVE: {"Name": "left", "Vendor": "ACME", "Model": "X", "Device": "/dev/sr0"}}
AT = 1_796_062_805_000_000
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def row(**other: Any) -> dict[str, Any]:
    known = {
        "id": 12,
        "time": AT,
        "kind": "title",
        "job": 3,
        "title": 2,
        "name": "Firefly, season 1, disc 2",
        "actor": f"uid {os.getuid()}",
        "old": "review",
        "new": "matched",
        "sentence": "it is S01E05",
    }
    return known | other


def plain(one: Happening) -> str:
    return click.unstyle(one.line(DRIVES))


def test_a_line_says_when_what_and_who() -> None:
    assert plain(Happening.of_row(row())) == (
        f"2026-11-30 18:20:05  job 3, title 2 (Firefly, season 1, disc 2): matched: it is S01E05, by {ME}"
    )
    waits = row(kind="waiting", title=0, actor="engramd", sentence="no library \x1b[2J")
    assert plain(Happening.of_row(waits)) == (
        "2026-11-30 18:20:05  job 3 (Firefly, season 1, disc 2): waiting: no library"
        " \N{REPLACEMENT CHARACTER}[2J"
    )
    cancelled = row(kind="cancel", title=0, sentence=f"cancelled by uid {os.getuid()}")
    assert plain(Happening.of_row(cancelled)).endswith(f"cancel: cancelled by {ME}"), "it is not said twice"


def test_the_signal_of_a_row_is_the_row() -> None:
    told = row()
    details = {name: told[name] for name in told if name not in ("time", "kind", "sentence")}
    signal = (AT, "title", names.job_path(3), told["sentence"], details)
    assert Happening.of_signal(signal) == Happening.of_row(told)


@pytest.mark.parametrize(
    ("kind", "path", "sentence", "details", "line"),
    [
        ("drive", DRIVE, "disc inserted: job 3 begins", {}, "left: disc inserted: job 3 begins"),
        ("drive", f"{DRIVE}x", "is gone", {}, "SN_2d42x: drive: is gone"),
        (
            "condition",
            names.ROOT,
            "MakeMKV is missing",
            {"severity": "error", "ended": False},
            "engramd: condition: MakeMKV is missing",
        ),
        (
            "condition",
            DRIVE,
            "the tray is stuck",
            {"severity": "warning"},
            "left: condition: the tray is stuck",
        ),
        ("filed", names.job_path(3), "filed /tv/a.mkv", {}, "job 3: filed: filed /tv/a.mkv"),
        ("settings", names.ROOT, "root set trash_days", {}, "engramd: settings: root set trash_days"),
    ],
)
def test_what_only_the_signal_tells_names_its_object(
    kind: str, path: str, sentence: str, details: dict[str, Any], line: str
) -> None:
    assert plain(Happening.of_signal((AT, kind, path, sentence, details))) == f"2026-11-30 18:20:05  {line}"


def test_fields_are_the_same_for_every_event() -> None:
    fields = Happening.of_row(row()).fields(DRIVES)
    assert fields["time"] == "2026-11-30T18:20:05Z"
    assert (fields["id"], fields["actor"], fields["actor_name"]) == (12, f"uid {os.getuid()}", ME)
    other = Happening.of_signal((AT, "condition", DRIVE, "stuck", {"severity": "error"})).fields(DRIVES)
    assert fields.keys() == other.keys() - {"details"}
    assert (other["id"], other["job"], other["drive"], other["details"]) == (
        None,
        None,
        "left",
        {"severity": "error"},
    )


def test_a_number_that_is_nobodys_here_stays_a_number() -> None:
    assert named(f"uid {os.getuid()} and uid 4123456789 and uid 99999999999") == (
        f"{ME} and uid 4123456789 and uid 99999999999"
    )
