"""The commands that say which tracks are kept and what drives do, against a real daemon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonUnderTest]:
    """Give a running daemon with one drive."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    folder: Path = tmp_path_factory.mktemp("tracks")
    with PrivateBus(system=False) as bus, UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        with DaemonUnderTest(folder, bus, environment=bed.environment) as daemon:
            yield daemon


def rules(daemon: DaemonUnderTest) -> list[dict[str, object]]:
    """Give the rules as JSON has them."""
    return [json.loads(line) for line in daemon.ctl("tracks", "--json").stdout.splitlines()]


def test_a_rule_is_said_listed_and_cleared(daemon: DaemonUnderTest) -> None:
    daemon.ctl("tracks", "Harbor Station", "--audio", "original, eng", "--no-commentary")
    assert rules(daemon) == [
        {"show": "harbor station", "audio_languages": "original, eng", "keep_commentary": False}
    ]
    assert "original, eng" in daemon.ctl("tracks").stdout
    daemon.ctl("tracks", "harbor station", "--clear")
    assert rules(daemon) == []
    assert "Nothing is said" in daemon.ctl("tracks").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("tracks", "Harbor", "--audio", "klingonese"), 2, "klingonese"),
        (("tracks", "--clear"), 2, "name the show"),
        (("tracks", "Harbor"), 2, "say which tracks"),
        (("config", "set", "audio_languages", "eng, klingonese"), 2, "character 6"),
        (("drives", "set", "sr0"), 2, "--eject"),
        (("drives", "set", "sr0", "--eject", "sometimes"), 2, "sometimes"),
        (("drives", "set", "sr7", "--eject", "never"), 1, "no drive is called sr7"),
    ],
)
def test_what_cannot_be_is_refused(
    daemon: DaemonUnderTest, words: tuple[str, ...], code: int, said: str
) -> None:
    done = daemon.ctl(*words, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert rules(daemon) == []


def test_a_drive_gets_a_policy_that_stays(daemon: DaemonUnderTest) -> None:
    daemon.ctl("drives", "set", "sr0", "--eject", "always", "--on-insert", "identify")
    [drive] = [json.loads(line) for line in daemon.ctl("drives", "--json").stdout.splitlines()]
    assert drive["policy"] == {"eject": "always", "on_insert": "identify", "speed": 0}
    daemon.stop()
    daemon.start()
    [drive] = [json.loads(line) for line in daemon.ctl("drives", "--json").stdout.splitlines()]
    assert drive["policy"] == {"eject": "always", "on_insert": "identify", "speed": 0}
