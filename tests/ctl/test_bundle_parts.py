"""Parts of a report by themselves: each leaves out what it must, also where nothing is known to be secret."""

from __future__ import annotations

import json
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engramd.ctl import bundle_system
from engramd.ctl.bundle import write_bundle
from engramd.ctl.bundle_rows import DaemonRows, lines_of
from engramd.ctl.doctor import Examined
from engramd.ctl.programs import Answer
from engramd.ctl.redacting import Redactor
from engramd.ctl.service import Service
from engramd.ctl.session import Session
from engramd.errors import FilingFailed
from engramd.models import AppConfig
from engramd.settings import SECRETS

PLAIN = Redactor()
ROW = {
    "Id": 3,
    "State": "completed",
    "DetectedTitle": "Some Title",
    "VolumeLabel": "SOME_TITLE",
    "ContentHash": "0123456789ABCDEF0123456789ABCDEF",
    "TmdbId": 42,
    "Year": 1999,
    "Headline": "Some Title (1999) is filed",
    "Files": ["/srv/media/films/Some Title (1999)/Some Title.mkv"],
    "Works": [{"name": "Some Title", "year": 1999}],
    "Policy": {"on_insert": "rip", "who": "Some Title"},
}


def configuration(folder: Path, text: str) -> str:
    file = folder / "engramd.toml"
    file.write_text(text)
    return bundle_system.configuration(file, PLAIN, SECRETS, AppConfig.model_fields)


def test_the_configuration_is_written_anew_without_secrets_comments_and_what_nobody_knows(
    tmp_path: Path,
) -> None:
    text = """
    # the old one was planted
    log_level = "debug"
    database_url = "postgresql+psycopg://engramd:planted@db/engramd"  # planted
    surprise = "planted"
    [settings]
    tmdb_api_key = "planted"
    apprise_urls = '''
    ntfys://planted
    mailto://planted'''
    plex_tokken = "planted"
    discdb_url = "https://thediscdb.com/api?planted"
    trash_days = 7
    [further]
    plex_token = "planted"
    """
    assert configuration(tmp_path, text).splitlines() == [
        'log_level = "debug"',
        'database_url = "postgresql+psycopg://(secret)"',
        "[settings]",
        'tmdb_api_key = "(secret)"',
        'apprise_urls = "(secret)"',
        "# plex_tokken = (unknown, left out)",
        'discdb_url = "https://thediscdb.com/api?(secret)"',
        "trash_days = 7",
        "# surprise = (unknown, left out)",
        "# further = (unknown, left out)",
    ]


@pytest.mark.parametrize(
    "text", ['tmdb_api_key = "planted', "planted", "[settings]\nplanted = [", "\x00planted"]
)
def test_a_configuration_that_is_no_toml_is_left_out(tmp_path: Path, text: str) -> None:
    assert "planted" not in configuration(tmp_path, text)


def test_a_unit_has_no_variables_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'User=engramd\nEnvironment="KEY=planted"\n SetCredential=tmdb:planted\nEnvironmentFile=/planted\n'
    monkeypatch.setattr(bundle_system, "ask", lambda *_words, **_options: Answer(0, text))
    shown = bundle_system.unit(PLAIN)
    assert "planted" not in shown
    assert "User=engramd" in shown


def test_mounts_of_servers_are_not_named() -> None:
    shown = bundle_system.mounts(["/proc/self", "", "relative", "/proc/self"])
    assert shown == "/proc/self: on /proc, proc, (proc of another place)"


def test_without_names_a_row_keeps_what_names_nothing() -> None:
    named = json.loads(lines_of([ROW], PLAIN))
    assert (named["detected_title"], named["year"], named["tmdb_id"]) == ("Some Title", 1999, 42)
    nameless = lines_of([ROW], Redactor(names=frozenset()))
    assert json.loads(nameless) == {"id": 3, "state": "completed", "policy": {"on_insert": "rip"}}
    event = {
        "id": 7,
        "kind": "decided",
        "old": "Some Title",
        "new": "matched",
        "sentence": "Some Title it is",
    }
    assert json.loads(lines_of([event], Redactor(names=frozenset()))) == {
        "id": 7,
        "kind": "decided",
        "new": "matched",
    }
    lack = {"id": "job-3", "severity": "warning", "text": "“Some Title” waits", "remedy": "see Some Title"}
    assert json.loads(lines_of([lack], Redactor(names=frozenset()))) == {
        "id": "job-3",
        "severity": "warning",
        "text": "(name) waits",
    }


class Pages:
    """A bus with so many jobs, told as the daemon tells them; `knows_pages`: or always the same page."""

    def __init__(self, count: int, *, knows_pages: bool = True) -> None:
        self._ids = range(count, 0, -1)
        self._knows_pages = knows_pages
        self.calls = 0

    def call(
        self, path: str, interface: str, method: str, signature: str = "", args: tuple[Any, ...] = ()
    ) -> Any:
        self.calls += 1
        options: Mapping[str, int] = args[0]
        before = options.get("before_id", 1 << 40) if self._knows_pages else 1 << 40
        return [{"Id": one} for one in self._ids if one < before][: options["limit"]]


@pytest.mark.parametrize(("count", "told", "calls"), [(0, 0, 1), (3, 3, 2), (1234, 1234, 4), (9999, 2000, 4)])
def test_jobs_are_read_page_by_page_and_not_without_end(count: int, told: int, calls: int) -> None:
    bus = Pages(count)
    rows = list(DaemonRows(Service(bus), {}).jobs())  # type: ignore[arg-type]
    assert [row["Id"] for row in rows] == list(range(count, count - told, -1))
    assert bus.calls == calls


def test_a_daemon_that_knows_no_pages_is_asked_no_further() -> None:
    bus = Pages(500, knows_pages=False)
    assert len(list(DaemonRows(Service(bus), {}).jobs())) == 500  # type: ignore[arg-type]
    assert bus.calls == 2


def test_a_report_that_found_no_room_is_not_left_half_written(tmp_path: Path) -> None:
    target, former = tmp_path / "report.tar.gz", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, former[1]))
    try:
        with pytest.raises(FilingFailed, match="engramctl doctor --bundle FILE"):
            write_bundle(Session("session"), Examined([]), target, with_names=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert not target.exists()
