"""Folders for media servers: a batch at a time, mapped, and tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from engramd.models.notices import MediaScan
from engramd.notify.clock import MOST_ATTEMPTS
from engramd.notify.scans import BATCH, LONGEST_BATCH, Scans, there_is, topmost
from tests.notify.conftest import Desk
from tests.support.media_servers_stand_in import TOKEN, UPDATED, StandInMediaBrowser, StandInPlex
from tests.support.webserver import Answer, WebServer


class Shelf:
    """A library folder, and what tells servers of it."""

    def __init__(self, desk: Desk, web: WebServer, root: Path) -> None:
        self.desk, self.web, self.root = desk, web, root
        self.jellyfin = StandInMediaBrowser(web)
        desk.config.jellyfin_url, desk.config.jellyfin_api_key = web.url, TOKEN
        desk.config.media_server_path_map = f"{root}=/data/tv"
        self.scans = Scans(desk.bench.store, desk.conditions, lambda: desk.config, desk.cancel)

    def change(self, *folders: str) -> None:
        """Let something be filed in folders of the library."""
        for folder in folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            self.scans.note(str(self.root / folder), str(self.root))

    def tell(self, **time: float) -> list[str]:
        """Let time pass, and tell; give the folders that Jellyfin was told of."""
        self.desk.pass_by(**time)
        self.again = self.scans.tell(self.desk.now)
        told = self.jellyfin.scanned()
        self.web.requests.clear()
        return told

    def rows(self) -> list[MediaScan]:
        """All rows."""
        with self.desk.bench.store.read() as session:
            return list(session.exec(select(MediaScan)))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def shelf(desk: Desk, web: WebServer, tmp_path: Path) -> Shelf:
    root = tmp_path / "tv"
    root.mkdir()
    return Shelf(desk, web, root)


def test_the_titles_of_a_batch_are_told_of_together(shelf: Shelf) -> None:
    shelf.change("Firefly/Season 01", "Firefly/Season 01")
    assert shelf.tell(seconds=0) == []
    assert shelf.again == shelf.desk.now + BATCH
    shelf.change("Firefly/Season 01", "Firefly/Season 01/Featurettes", "Alien (1979)")
    assert shelf.tell(seconds=9) == []

    assert shelf.tell(seconds=10) == ["/data/tv/Alien (1979)", "/data/tv/Firefly/Season 01"]
    assert shelf.again is None
    assert shelf.tell(seconds=60) == []


def test_a_batch_that_goes_on_and_on_ends(shelf: Shelf) -> None:
    waited = timedelta()
    while not shelf.change("Firefly/Season 01") and not shelf.tell(seconds=5):
        waited += timedelta(seconds=5)
        assert waited < LONGEST_BATCH + BATCH


def test_each_server_is_told(shelf: Shelf) -> None:
    config = shelf.desk.config
    plex = StandInPlex(shelf.web, {"2": ["/data/tv"]})
    emby = StandInMediaBrowser(shelf.web, emby=True)
    config.plex_url = config.emby_url = shelf.web.url
    config.plex_token = config.emby_api_key = TOKEN
    shelf.change("Firefly")
    shelf.scans.tell(shelf.desk.now)
    shelf.desk.pass_by(seconds=10)
    shelf.scans.tell(shelf.desk.now)

    assert plex.scanned() == [("2", "/data/tv/Firefly")]
    assert emby.scanned() == shelf.jellyfin.scanned() == ["/data/tv/Firefly"]
    assert shelf.desk.conditions.all() == []


def test_one_that_is_away_is_told_later_and_others_at_once(shelf: Shelf) -> None:
    emby = StandInMediaBrowser(shelf.web, emby=True)
    shelf.desk.config.emby_url, shelf.desk.config.emby_api_key = shelf.web.url, TOKEN
    shelf.web.script(UPDATED, Answer(503))
    shelf.change("Firefly")
    shelf.tell(seconds=0)
    shelf.desk.pass_by(seconds=10)
    again = shelf.scans.tell(shelf.desk.now)

    assert emby.scanned() == ["/data/tv/Firefly"]
    [condition] = shelf.desk.conditions.all()
    assert condition.id == "media-server-jellyfin"
    assert TOKEN not in condition.text + condition.remedy
    assert again == shelf.desk.now + timedelta(minutes=1)
    shelf.jellyfin = StandInMediaBrowser(shelf.web)
    shelf.web.requests.clear()
    assert shelf.tell(minutes=1) == ["/data/tv/Firefly"]
    assert shelf.desk.conditions.all() == []


def test_it_goes_on_after_a_restart(shelf: Shelf) -> None:
    shelf.change("Firefly")
    shelf.tell(seconds=0)
    desk = shelf.desk
    shelf.scans = Scans(desk.bench.store, desk.conditions, lambda: desk.config, desk.cancel)

    assert shelf.tell(seconds=10) == ["/data/tv/Firefly"]


def test_after_a_day_it_is_given_up(shelf: Shelf) -> None:
    shelf.web.script(UPDATED, Answer(503))
    shelf.change("Firefly")
    began, attempts = shelf.desk.now, 0
    while (again := shelf.scans.tell(shelf.desk.now)) is not None:
        shelf.desk.now = again
        attempts += 1
        assert attempts <= MOST_ATTEMPTS + 1

    assert timedelta(hours=20) < shelf.desk.now - began < timedelta(hours=28)
    assert "503" in shelf.rows()[0].error


def test_a_setting_that_is_mended_counts_at_once(shelf: Shelf) -> None:
    shelf.desk.config.jellyfin_api_key = "wrong"
    shelf.change("Firefly")
    shelf.tell(seconds=0)
    shelf.tell(seconds=10)
    assert shelf.desk.conditions.has("media-server-jellyfin")
    shelf.desk.config.jellyfin_api_key = TOKEN
    shelf.scans.look_again(shelf.desk.now)

    assert shelf.tell(seconds=0) == ["/data/tv/Firefly"]


def test_a_server_that_is_no_more_is_forgotten(shelf: Shelf) -> None:
    shelf.change("Firefly")
    shelf.tell(seconds=0)
    shelf.desk.config.jellyfin_url = ""

    assert shelf.tell(seconds=10) == []
    assert shelf.again is None
    assert shelf.rows() == []


def test_without_servers_nothing_is_written(shelf: Shelf) -> None:
    shelf.desk.config.jellyfin_url = ""
    shelf.change("Firefly")

    assert shelf.tell(seconds=0) == []
    assert shelf.rows() == []


def test_of_a_folder_that_is_gone_the_one_above_is_told(tmp_path: Path) -> None:
    root = tmp_path / "tv"
    (root / "Firefly").mkdir(parents=True)

    assert there_is(str(root / "Firefly/Season 09"), str(root)) == str(root / "Firefly")
    assert there_is(str(root / "Gone/Season 09"), str(root)) == str(root)
    assert there_is("/elsewhere/x", str(root)) == "/elsewhere/x"


def test_a_folder_inside_of_another_is_told_of_with_it() -> None:
    assert topmost(["/a/b/c", "/a/bc", "/a/b", "/a/b"]) == ["/a/b", "/a/bc"]


def test_a_server_that_is_away_is_asked_once_and_not_for_every_folder(shelf: Shelf) -> None:
    shelf.web.script(UPDATED, Answer(503))
    shelf.change(*(f"Film {number}" for number in range(200)))
    shelf.tell(seconds=0)
    shelf.desk.pass_by(seconds=10)
    shelf.scans.tell(shelf.desk.now)

    assert len(shelf.web.asked(UPDATED)) == 1
    assert all(scan.attempts == 1 for scan in shelf.rows())
    shelf.jellyfin = StandInMediaBrowser(shelf.web)
    shelf.web.requests.clear()
    assert len(shelf.tell(minutes=1)) == 200


def test_a_database_that_is_away_loses_no_folder(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.change("Firefly")
    with monkeypatch.context() as away:
        away.setattr(shelf.desk.bench.store, "save", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shelf.tell(seconds=0)
    shelf.tell(seconds=0)

    assert shelf.tell(seconds=10) == ["/data/tv/Firefly"]
