"""What is written beside filed titles: real files, a real database, and a stand-in for TMDB."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from engramd import events
from engramd.errors import FilingFailed
from engramd.models import (
    ConflictResolution,
    DiscTitle,
    JobState,
    NamingPreset,
    Sidecar,
    SubtitleSidecars,
    WorkNamespace,
)
from engramd.organize import EpisodeCode
from engramd.organize.sidecars import digest_of, subtitle_name
from engramd.organize.trash import Trash
from engramd.paths import Paths
from engramd.pipeline.parts import Parts
from engramd.pipeline.sidecar_subtitles import SidecarSubtitles, Written
from engramd.pipeline.sidecars import RETRY, Sidecars
from engramd.pipeline.sources import Sources
from engramd.store.sidecars import CAPTIONS, NFO
from engramd.tools import CancelToken
from tests.pipeline.filed import SHOW, FilingBench
from tests.support.databases import Bench
from tests.support.webserver import Answer, WebServer, json_answer

KEY = "0123456789abcdef0123456789abcdef"
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


class SidecarBench(FilingBench):
    """A filer, and what writes beside what it files; `start` is a start of the daemon."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        super().__init__(bench, folder)
        self.paths = Paths(
            config_file=folder / "engramd.toml",
            state=folder / "state",
            cache=folder / "cache",
            runtime=folder / "run",
        )
        self.codes: dict[str, str] = {}
        self._stop = CancelToken()

    def start(self) -> Sidecars:
        """Begin, as after a start."""
        self.make().start()
        return self.sidecars

    def make(self, clock: Callable[[], float] = time.monotonic) -> Sidecars:
        """Make what writes, without its threads."""
        parts = cast(Parts, self)
        sources = Sources(lambda: self.current, self.conditions, self.paths.state, self.paths.cache)
        self.sidecars = Sidecars(parts, self.libraries, sources, self._code, self._stop, clock)
        return self.sidecars

    def end(self) -> None:
        """End all threads, as a crash does; `start` may follow."""
        self.stop()
        self._stop = CancelToken()

    def stop(self) -> None:
        """End all threads."""
        self._stop.cancel()

    def set(self, **values: Any) -> None:
        """Change settings as a person does."""
        for name, value in values.items():
            setattr(self.current, name, value)
        self.hub.publish(events.SettingsChanged(tuple(values)))

    def rows(self) -> list[Sidecar]:
        """Give the rows of files."""
        jobs = self.store.history(None, 100, None)
        of_titles = [row for job in jobs for row in self._of_job(job.id or 0)]
        return self.sidecars.rows.of_folders("/") + of_titles

    def _of_job(self, job_id: int) -> list[Sidecar]:
        return [row for one in self.store.titles(job_id) for row in self.sidecars.rows.of_title(one.id or 0)]

    def _code(self, _job: object, title: DiscTitle) -> EpisodeCode:
        code = title.matched_episode or ""
        return EpisodeCode.parse(self.codes.get(code, code))


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> Iterator[SidecarBench]:
    made = SidecarBench(sqlite_bench, tmp_path)
    yield made
    made.stop()


def eventually(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


def told(path: Path) -> dict[str, str]:
    """Give what the first block of an .nfo says."""
    rest = path.read_text().partition("\n")[2]
    return {one.tag: one.text or "" for one in ElementTree.fromstring(f"<all>{rest}</all>")[0]}


def test_nothing_is_written_unless_a_setting_says_so(bench: SidecarBench) -> None:
    bench.start()
    path = bench.filed(bench.episode("S01E01"))
    time.sleep(0.2)
    assert bench.in_library() == [path]


def test_an_episode_gets_its_nfo_by_the_number_of_its_file(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.codes = {"S01E05": "S02E01"}
    bench.start()
    title = bench.episode("S01E05")
    bench.lifecycle.update_title(title, item_name="Fast & <Loose>")
    path = bench.tv / bench.filed(title)
    eventually(path.with_suffix(".nfo").exists)
    assert told(path.with_suffix(".nfo")) == {
        "title": "Fast & <Loose>",
        "showtitle": SHOW,
        "season": "2",
        "episode": "1",
    }
    show = bench.tv / Path(bench.in_library()[0]).parts[0] / "tvshow.nfo"
    eventually(show.exists)
    assert told(show) == {"title": SHOW}
    eventually(lambda: len(bench.rows()) == 2)
    assert {row.path for row in bench.rows()} == {str(show), str(path.with_suffix(".nfo"))}


def test_a_file_of_two_episodes_has_both(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.start()
    path = (bench.tv / bench.filed(bench.episode("S01E01-E02"))).with_suffix(".nfo")
    eventually(path.exists)
    text = path.read_text()
    assert text.count("<episodedetails>") == 2
    assert "<episode>1</episode>" in text
    assert "<episode>2</episode>" in text
    assert "<title>Episode 2</title>" in text


def test_jellyfin_finds_a_name_itself_where_none_is_known(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.current.naming_preset = NamingPreset.JELLYFIN
    bench.start()
    path = (bench.tv / bench.filed(bench.episode("S01E01"))).with_suffix(".nfo")
    eventually(path.exists)
    assert "title" not in told(path)


def test_a_setting_that_is_new_counts_for_what_was_filed_before(bench: SidecarBench) -> None:
    film, extra = bench.film(), bench.extra("An interview")
    folder = (bench.films / bench.filed(film)).parent
    bench.filed(extra)
    bench.start()
    bench.set(nfo_enabled=True)
    eventually((folder / "movie.nfo").exists)
    assert told(folder / "movie.nfo") == {"title": "The Film", "year": "2003"}
    assert not list(bench.tv.rglob("*.nfo")), "extras have none"


def test_what_somebody_else_wrote_stays(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    folder = bench.films / "The Film (2003)"
    folder.mkdir()
    (folder / "movie.nfo").write_text("a person's own")
    bench.start()
    bench.filed(bench.film())
    eventually(lambda: not bench.sidecars.rows.lacking(NFO))
    lack = bench.sidecars.rows.lack_at(str(folder / "movie.nfo"))
    assert lack is not None
    assert "did not write" in lack.why
    assert (folder / "movie.nfo").read_text() == "a person's own"
    assert bench.rows() == []


def test_a_changed_title_changes_its_nfo_unless_a_person_did(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.start()
    first, second = bench.episode("S01E01"), bench.episode("S01E02")
    paths = [(bench.tv / bench.filed(title)).with_suffix(".nfo") for title in (first, second)]
    eventually(lambda: len(bench.rows()) == 3)
    paths[1].write_text("mended by hand")
    for title in (first, second):
        bench.lifecycle.update_title(
            bench.store.need_title(title.job_id, title.title_index), item_name="Another"
        )
    eventually(lambda: "<title>Another</title>" in paths[0].read_text())
    assert paths[1].read_text() == "mended by hand"
    owned = {row.path for row in bench.rows()}
    assert str(paths[1]) in owned, "it still goes where its title goes"


def test_a_library_that_is_away_is_waited_for_and_stays_empty(
    bench: SidecarBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engramd.pipeline.sidecars.LOOK_SELDOM", 0.05)
    path = bench.tv / bench.filed(bench.episode("S01E01"))
    bench.tv.rename(bench.tv.with_name("away"))
    bench.tv.mkdir()
    bench.current.nfo_enabled = True
    bench.start()
    time.sleep(0.3)
    assert list(bench.tv.iterdir()) == []
    bench.tv.rmdir()
    bench.tv.with_name("away").rename(bench.tv)
    eventually(path.with_suffix(".nfo").exists)


def test_the_sidecars_of_a_replaced_file_go_to_the_trash_with_it(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.start()
    old = bench.tv / bench.filed(bench.episode("S01E01"))
    eventually(lambda: len(bench.rows()) == 2)
    beside = old.with_suffix(".eng.sdh.srt")
    beside.write_text("a person's own")
    new = bench.ripped(bench.episode("S01E01-E02"), size="1920x1080")
    bench.file(new, ConflictResolution.REPLACE)
    [trashed] = [entry for entry in Trash(bench.tv).entries() if entry.path.name.endswith(".mkv")]
    eventually(lambda: not old.with_suffix(".nfo").exists())
    names = {entry.path.name for entry in Trash(bench.tv).entries()}
    assert names == {trashed.path.name, old.with_suffix(".nfo").name}
    assert beside.exists(), "what engramd did not write stays"
    now = bench.store.need_title(new.job_id, new.title_index)
    eventually(Path(now.organized_to or "").with_suffix(".nfo").exists)


def test_a_file_that_is_replaced_under_its_name_has_the_new_ones_sidecars(bench: SidecarBench) -> None:
    bench.current.nfo_enabled = True
    bench.start()
    path = (bench.tv / bench.filed(bench.episode("S01E01"))).with_suffix(".nfo")
    eventually(path.exists)
    new = bench.ripped(bench.episode("S01E01"), seconds=3)
    bench.lifecycle.update_title(new, item_name="Anew")
    bench.file(new, ConflictResolution.REPLACE)
    eventually(lambda: path.exists() and "Anew" in path.read_text())
    eventually(lambda: bench.sidecars.rows.of_title(new.id or 0))
    assert len(bench.sidecars.rows.of_video(str(path.with_suffix(".mkv")))) == 1


class TestWithTmdb:
    """What TMDB adds where it may be asked."""

    @pytest.fixture
    def server(self) -> Iterator[WebServer]:
        with WebServer() as running:
            images = {"secure_base_url": f"{running.url}/t/p/", "poster_sizes": ["w780"]}
            running.script("/3/configuration", json_answer({"images": images}))
            show = {"id": 7, "name": SHOW, "overview": "A harbor.", "poster_path": "/show.jpg"}
            running.script("/3/tv/7", json_answer(show | {"first_air_date": "2004-10-18"}))
            episode = {"id": 70, "episode_number": 1, "season_number": 1, "name": "Dawn", "overview": "Fog."}
            season = {"season_number": 1, "episodes": [episode], "poster_path": "/season.jpg"}
            running.script("/3/tv/7/season/1", json_answer(season))
            running.script("/t/p/w780/show.jpg", Answer(body=JPEG, content_type="image/jpeg"))
            running.script("/t/p/w780/season.jpg", Answer(404, b"", None))
            yield running

    @pytest.fixture(autouse=True)
    def online(self, bench: SidecarBench, server: WebServer) -> None:
        for name, value in {
            "network_enabled": True,
            "tmdb_enabled": True,
            "tmdb_api_key": KEY,
            "tmdb_url": server.url,
        }.items():
            setattr(bench.current, name, value)

    @staticmethod
    def numbered(bench: SidecarBench) -> DiscTitle:
        return bench.episode("S01E01", tmdb_id=7, tmdb_namespace=WorkNamespace.TV)

    def test_its_texts_are_in_the_nfo(self, bench: SidecarBench) -> None:
        bench.current.nfo_enabled = True
        bench.start()
        path = (bench.tv / bench.filed(self.numbered(bench))).with_suffix(".nfo")
        eventually(path.exists)
        said = told(path)
        assert (said["title"], said["plot"], said["uniqueid"]) == ("Dawn", "Fog.", "70")
        show = told(bench.tv / path.relative_to(bench.tv).parts[0] / "tvshow.nfo")
        assert (show["plot"], show["uniqueid"], show["premiered"]) == ("A harbor.", "7", "2004-10-18")

    def test_without_an_answer_the_nfo_says_what_is_known(
        self, bench: SidecarBench, server: WebServer
    ) -> None:
        for path in ("/3/tv/7", "/3/tv/7/season/1"):
            server.script(path, json_answer({"status_message": "no"}, 401))
        bench.current.nfo_enabled = True
        bench.start()
        nfo = (bench.tv / bench.filed(self.numbered(bench))).with_suffix(".nfo")
        eventually(nfo.exists)
        assert told(nfo)["title"] == "Episode 1"

    def test_posters_come_once_and_their_lack_is_remembered(
        self, bench: SidecarBench, server: WebServer
    ) -> None:
        bench.current.poster_enabled = True
        bench.start()
        video = bench.tv / bench.filed(self.numbered(bench))
        poster = video.parent.parent / "poster.jpg"
        eventually(poster.exists)
        assert poster.read_bytes() == JPEG
        season = video.parent / "Season01.jpg"
        eventually(lambda: bench.sidecars.rows.lack_at(str(season)))
        assert not season.exists()
        bench.filed(bench.episode("S01E02", tmdb_id=7, tmdb_namespace=WorkNamespace.TV))
        eventually(lambda: not bench.sidecars.rows.lacking("poster"))
        assert [len(server.asked(f"/t/p/w780/{name}.jpg")) for name in ("show", "season")] == [1, 1]

    def test_a_poster_that_is_there_is_neither_fetched_nor_written_over(
        self, bench: SidecarBench, server: WebServer
    ) -> None:
        video = bench.tv / bench.filed(self.numbered(bench))
        (video.parent.parent / "poster.jpg").write_bytes(b"a person's own")
        bench.current.poster_enabled = True
        bench.start()
        eventually(lambda: not bench.sidecars.rows.lacking("poster"))
        assert (video.parent.parent / "poster.jpg").read_bytes() == b"a person's own"
        assert server.asked("/t/p/w780/show.jpg") == []


def test_a_title_whose_file_is_gone_is_not_looked_for_again(bench: SidecarBench) -> None:
    path = bench.tv / bench.filed(bench.episode("S01E01"))
    shutil.rmtree(path.parent)
    bench.current.nfo_enabled = True
    bench.start()
    eventually(lambda: not bench.sidecars.rows.lacking(NFO))
    assert bench.in_library() == []


def test_two_titles_of_one_file_are_one(bench: SidecarBench) -> None:
    """A disc that was ripped twice: the library has its file already, and both titles are filed as it."""
    bench.current.nfo_enabled = True
    first = bench.episode("S01E01")
    path = bench.tv / bench.filed(first)
    second = bench.episode("S01E01")
    shutil.copy2(path, bench.store.need_title(second.job_id, second.title_index).staging_file or "")
    assert bench.tv / bench.filed(second) == path
    bench.start()
    eventually(lambda: not bench.sidecars.rows.lacking(NFO))
    assert [row.title_id for row in bench.sidecars.rows.of_video(str(path))] == [second.id]


class PictureReaderStandIn:
    """Stands in for what reads pictures, which takes a real video and a minute; `begun` are what it read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[Path] = []
        self.meanwhile: Callable[[], None] = lambda: None
        monkeypatch.setattr(SidecarSubtitles, "pictures", lambda _self, *words: self.read(*words))
        monkeypatch.setattr(SidecarSubtitles, "captions", lambda _self, _video: [])

    def read(self, video: Path, pause: Callable[[], None]) -> list[Written]:
        self.begun.append(video)
        pause()
        self.meanwhile()
        return [Written(subtitle_name(video, "eng", machine_read=True), "1\n")]


class TestPictures:
    """When a machine reads."""

    @pytest.fixture
    def reader(self, bench: SidecarBench, monkeypatch: pytest.MonkeyPatch) -> PictureReaderStandIn:
        bench.current.subtitle_sidecars = SubtitleSidecars.OCR
        bench.current.tesseract_path = "/usr/bin/tesseract"
        return PictureReaderStandIn(monkeypatch)

    @staticmethod
    def end_job(bench: SidecarBench, title: DiscTitle) -> None:
        for state in (JobState.RIPPING, JobState.MATCHING, JobState.ORGANIZING, JobState.COMPLETED):
            if bench.job_of(title).state is not state:
                bench.lifecycle.move_job(title.job_id, state, "a test")

    def test_nothing_is_read_while_a_job_is_at_work(
        self, bench: SidecarBench, reader: PictureReaderStandIn
    ) -> None:
        bench.start()
        title = bench.episode("S01E01")
        srt = (bench.tv / bench.filed(title)).with_suffix(".OCR.eng.srt")
        eventually(lambda: not bench.sidecars.rows.lacking("captions"))
        bench.hub.publish(events.JobChanged(title.job_id))
        time.sleep(0.2)
        assert reader.begun == []
        self.end_job(bench, title)
        eventually(srt.exists)

    def test_a_job_that_begins_meanwhile_goes_first(
        self, bench: SidecarBench, reader: PictureReaderStandIn
    ) -> None:
        title = bench.episode("S01E01")
        srt = (bench.tv / bench.filed(title)).with_suffix(".OCR.eng.srt")
        self.end_job(bench, title)
        sidecars = bench.start()
        eventually(srt.exists)
        second = bench.episode("S01E02")
        paused = threading.Thread(target=sidecars._wait_until_idle, daemon=True)
        paused.start()
        paused.join(0.2)
        assert paused.is_alive()
        self.end_job(bench, second)
        paused.join(20)
        assert not paused.is_alive()

    def test_a_title_that_moves_meanwhile_has_its_subtitles_at_its_new_place(
        self, bench: SidecarBench, reader: PictureReaderStandIn
    ) -> None:
        title = bench.episode("S01E01")
        old = bench.tv / bench.filed(title)
        new = old.with_name("Elsewhere.mkv")
        self.end_job(bench, title)

        def move() -> None:
            reader.meanwhile = lambda: None
            old.rename(new)
            now = bench.store.need_title(title.job_id, title.title_index)
            bench.lifecycle.update_title(now, organized_to=str(new))

        reader.meanwhile = move
        bench.start()
        eventually(new.with_suffix(".OCR.eng.srt").exists)
        assert not old.with_suffix(".OCR.eng.srt").exists()
        assert reader.begun == [old, new]


def test_a_name_that_is_too_long_is_not_tried_for_ever(
    bench: SidecarBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The video is read once: each try would read all of it, or its pictures, again."""
    read: list[Path] = []

    def captions(_self: object, video: Path) -> list[Written]:
        read.append(video)
        return [Written(f"{video.stem}.{'commentary' * 30}.eng.srt", "1\n")]

    monkeypatch.setattr(SidecarSubtitles, "captions", captions)
    bench.current.subtitle_sidecars = SubtitleSidecars.CAPTIONS
    bench.filed(bench.episode("S01E01"))
    bench.start()
    eventually(lambda: not bench.sidecars.rows.lacking(CAPTIONS))
    assert len(read) == 1


def test_what_fails_again_and_again_is_tried_less_and_less_often(
    bench: SidecarBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be written to: the pictures of a film would be read each hour."""
    read: list[float] = []
    now = 0.0

    def captions(_self: object, video: Path) -> list[Written]:
        read.append(now)
        raise FilingFailed("the folder cannot be written to", where=video.parent)

    monkeypatch.setattr(SidecarSubtitles, "captions", captions)
    bench.current.subtitle_sidecars = SubtitleSidecars.CAPTIONS
    bench.filed(bench.episode("S01E01"))
    sidecars = bench.make(lambda: now)
    for hour in range(16):
        now = hour * (RETRY + 1)
        sidecars._write_what_lacks()
    assert [round(at / RETRY) for at in read] == [0, 1, 3, 7, 15]


def test_what_lies_beside_a_file_that_a_crash_kept_from_being_cleared_is_cleared(bench: SidecarBench) -> None:
    """The daemon was killed when the file was replaced, and before what lay beside it was put away."""
    bench.current.nfo_enabled = True
    bench.start()
    first = bench.episode("S01E01")
    video = bench.tv / bench.filed(first)
    eventually(lambda: len(bench.rows()) == 2)
    words = video.with_suffix(".fra.srt")
    words.write_text("its words")
    digest = digest_of(words.read_bytes())
    row = Sidecar(job_id=first.job_id, title_id=first.id, kind=CAPTIONS, path=str(words), digest=digest)
    bench.sidecars.rows.keep(row)
    bench.end()
    bench.file(bench.ripped(bench.episode("S01E01"), seconds=3), ConflictResolution.REPLACE)
    bench.current.subtitle_sidecars = SubtitleSidecars.CAPTIONS
    bench.start()
    eventually(lambda: not words.exists())
    assert words.name in {entry.path.name for entry in Trash(bench.tv).entries()}


def test_words_that_were_read_of_a_file_that_was_replaced_meanwhile_are_dropped(
    bench: SidecarBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bench.episode("S01E01")
    video = bench.tv / bench.filed(first)
    read: list[int] = []

    def captions(_self: object, path: Path) -> list[Written]:
        read.append(path.stat().st_size)
        if len(read) > 1:
            return []
        bench.file(bench.ripped(bench.episode("S01E01"), seconds=3), ConflictResolution.REPLACE)
        return [Written(f"{path.stem}.eng.srt", "words of the other one")]

    monkeypatch.setattr(SidecarSubtitles, "captions", captions)
    bench.current.subtitle_sidecars = SubtitleSidecars.CAPTIONS
    bench.start()
    eventually(lambda: not bench.sidecars.rows.lacking(CAPTIONS))
    assert len(read) == 2
    assert not video.with_suffix(".eng.srt").exists()
    assert not any(entry.path.suffix == ".srt" for entry in Trash(bench.tv).entries()), "it never was there"
