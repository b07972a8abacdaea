"""A title that holds a whole disc is split: a real rip of a real disc, real tools; nothing is lost."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.errors import InvalidArgument, RipFailed, WrongState
from engramd.models import JobState, ReviewKind, TitlePart, TitleState, WaitingFor
from engramd.pipeline import splitting
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.splitting import Splitter, forget_wholes, is_piece
from engramd.pipeline.staging import JobFolder
from engramd.rip import cutting
from engramd.rip.ffmpeg import find_ffmpeg
from engramd.rip.matroska import read_head
from engramd.tools import CancelToken, Tools
from tests.pipeline.proposed import ACTOR, Answered
from tests.support.authoring import AuthoredDisc
from tests.support.databases import Bench


@pytest.fixture(scope="module")
def play_all(tv_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rip the play-all of a real disc; give the file."""
    ffmpeg = find_ffmpeg(Tools())
    if not ffmpeg.dvdvideo:
        pytest.skip("this FFmpeg does not read DVDs")
    file = tmp_path_factory.mktemp("play_all") / "whole.mkv"
    number = next(title.number for title in tv_dvd.titles if title.kind == "play_all")
    source = ["-f", "dvdvideo", "-title", str(number), "-i", str(tv_dvd.image)]
    words = [str(ffmpeg.path), "-v", "error", *source, "-map", "0", "-c", "copy", str(file)]
    subprocess.run(words, check=True)
    return file


class Whole(Answered):
    """A disc whose only title holds three episodes, and is asked about."""

    def __init__(self, bench: Bench, folder: Path, file: Path, disc: AuthoredDisc) -> None:
        super().__init__(bench, folder)
        self.truth = disc
        parts = cast(Any, self.parts)
        parts.tools, parts.backend = Tools(), lambda: SimpleNamespace(plain=SimpleNamespace(ffmpeg=None))
        self.settings.min_free_bytes = 1000
        self.job_id = self.disc(1, 1)
        self.lengths(self.job_id, [read_head(file).duration / 60])
        whole = self.title(0)
        self.file = Path(whole.staging_file or "")
        self.file.write_bytes(file.read_bytes())
        self.bench.lifecycle.update_title(whole, segment_map="1-12", source_file="01")
        self.match(self.job_id)
        assert self.title(0).state is TitleState.REVIEW
        self.done = threading.Event()
        self.split = self.splitter()

    def splitter(self) -> Splitter:
        """Build what splits; again: the daemon was restarted."""
        evidence = EvidenceCollector(self.parts, CancelToken())
        built = Splitter(self.parts, self.reviews, evidence, self._went_on, CancelToken())
        self.answers.split_with(built.split)
        return built

    def title(self, index: int) -> Any:
        """Give a title as it is now."""
        return self.store.need_title(self.job_id, index)

    def know_parts(self) -> None:
        """Have the subtitles have found the episodes, each a little off."""
        begin, rows = 0.0, []
        for episode in self.truth.episodes:
            code = f"S01E{episode.episode:02d}"
            end = begin + episode.seconds
            rows.append(
                TitlePart(
                    title_id=self.title(0).id,
                    episode=code,
                    begin_seconds=max(0.0, begin - 3),
                    end_seconds=max(0.0, end - 3),
                )
            )
            begin = end
        self.store.replace_of_title(TitlePart, self.title(0).id, rows)

    def wait(self) -> None:
        """Wait until it is split, or was not."""
        assert self.done.wait(120)
        self.done.clear()

    def _went_on(self, _job_id: int) -> None:
        self.done.set()


@pytest.fixture
def whole(sqlite_bench: Bench, tmp_path: Path, play_all: Path, tv_dvd: AuthoredDisc) -> Whole:
    return Whole(sqlite_bench, tmp_path, play_all, tv_dvd)


def test_a_title_is_split_where_its_episodes_begin(whole: Whole, tv_dvd: AuthoredDisc) -> None:
    whole.know_parts()
    (task,) = whole.asked(whole.job_id)
    whole.answers.answer(task.id or 0, "split", ACTOR)
    whole.wait()
    before, *pieces = whole.store.titles(whole.job_id)
    assert (before.state, before.match_reason) == (
        TitleState.SKIPPED,
        "title 1 was split into titles 2-4",
    )
    assert whole.file.exists(), "the whole stays until its pieces are filed"
    assert [piece.state for piece in pieces] == [TitleState.MATCHING] * 3
    assert all(is_piece(piece) for piece in pieces)
    lengths = [read_head(Path(piece.staging_file or "")).duration for piece in pieces]
    for length, episode in zip(lengths, tv_dvd.episodes, strict=True):
        assert abs(length - episode.seconds) < 1.5, "it is cut at the chapter, not where the cues are off"
    heads = [read_head(Path(piece.staging_file or "")) for piece in pieces]
    assert all(len(head.tracks) == len(read_head(whole.file).tracks) for head in heads)
    assert [whole.store.candidates(piece.id or 0)[0].episode for piece in pieces] == [
        "S01E01",
        "S01E02",
        "S01E03",
    ]
    assert not list(whole.file.parent.glob("*.pieces"))

    whole.match(whole.job_id)
    assert len(whole.asked(whole.job_id)) == 3, "nothing confirms them, so each is asked with its candidate"
    whole.answers.assign_all(whole.job_id, {1: "S01E01", 2: "S01E02", 3: "S01E03"}, ACTOR)
    assert whole.job(whole.job_id).state is JobState.COMPLETED
    forget_wholes(whole.bench.lifecycle, JobFolder(whole.file.parent), whole.store.titles(whole.job_id))
    assert not whole.file.exists()
    assert whole.title(0).staging_file is None


def test_the_whole_stays_while_one_piece_is_not_filed(whole: Whole) -> None:
    whole.know_parts()
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    whole.match(whole.job_id)
    whole.answers.assign_all(whole.job_id, {1: "S01E01", 2: "S01E02"}, ACTOR)
    whole.answers.skip(whole.job_id, 3, ACTOR)
    forget_wholes(whole.bench.lifecycle, JobFolder(whole.file.parent), whole.store.titles(whole.job_id))
    assert whole.file.exists()


def test_episodes_are_named_where_nothing_tells_them(whole: Whole) -> None:
    with pytest.raises(WrongState, match="S01E01-E06"):
        whole.split.split(whole.job_id, 0, "", ACTOR)
    with pytest.raises(InvalidArgument):
        whole.split.split(whole.job_id, 0, "three", ACTOR)
    with pytest.raises(WrongState):
        whole.split.split(whole.job_id, 0, "S01E04", ACTOR)
    whole.split.split(whole.job_id, 0, "S01E04-E06", ACTOR)
    whole.wait()
    pieces = whole.store.titles(whole.job_id)[1:]
    assert [whole.store.candidates(piece.id or 0)[0].episode for piece in pieces] == [
        "S01E04",
        "S01E05",
        "S01E06",
    ]


def test_a_restart_splits_what_was_to_be_split_and_only_once(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole.know_parts()
    real, died = splitting.Splitter._replace, threading.Event()

    def dies(*_: object) -> None:
        died.set()
        raise RuntimeError("the power goes, with the pieces cut and no row written")

    monkeypatch.setattr(splitting.Splitter, "_replace", dies)
    whole.split.split(whole.job_id, 0, "", ACTOR)
    assert died.wait(120)
    assert len(list((whole.file.parent / "title-001.pieces").glob("*.mkv"))) == 3
    monkeypatch.setattr(splitting.Splitter, "_replace", real)
    assert whole.title(0).state is TitleState.REVIEW
    assert whole.title(0).waiting_for is WaitingFor.SLOT
    assert whole.asked(whole.job_id) == []
    with pytest.raises(WrongState, match="already"):
        whole.split.split(whole.job_id, 0, "", ACTOR)

    again = whole.splitter()
    again.take_up()
    whole.wait()
    assert len(whole.store.titles(whole.job_id)) == 4
    again.take_up()
    assert not whole.done.wait(0.3)
    assert len(whole.store.titles(whole.job_id)) == 4


def test_what_cannot_be_split_is_asked_about_again(whole: Whole) -> None:
    whole.know_parts()
    whole.settings.min_free_bytes = 10**18
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    title = whole.title(0)
    assert (title.state, title.match_source) == (TitleState.REVIEW, "")
    (task,) = whole.asked(whole.job_id)
    assert (task.kind, task.title_id) == (ReviewKind.EPISODE, title.id)
    assert "there is no room to split a title" in task.why
    assert whole.file.exists()
    whole.settings.min_free_bytes = 1000
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    assert len(whole.store.titles(whole.job_id)) == 4


def test_a_title_that_is_not_asked_about_is_not_split(whole: Whole) -> None:
    whole.know_parts()
    whole.file.unlink()
    with pytest.raises(WrongState, match="no file"):
        whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.answers.assign(whole.job_id, 0, "S01E01-E03", ACTOR)
    with pytest.raises(WrongState, match="completed"):
        whole.split.split(whole.job_id, 0, "", ACTOR)


def test_a_person_changes_their_mind_while_it_is_cut(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.know_parts()
    real = splitting.Splitter._replace

    def late(splitter: Splitter, *arguments: Any) -> None:
        whole.answers.rematch(whole.job_id, ACTOR)
        assert whole.title(0).state is TitleState.REVIEW, "what is being split is not compared again"
        whole.answers.assign(whole.job_id, 0, "S01E01-E03", ACTOR)
        real(splitter, *arguments)

    monkeypatch.setattr(splitting.Splitter, "_replace", late)
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    (title,) = whole.store.titles(whole.job_id)
    assert (title.state, title.matched_episode) == (TitleState.COMPLETED, "S01E01-E03")
    assert whole.asked(whole.job_id) == []
    assert [path.name for path in whole.file.parent.glob("*.mkv")] == [whole.file.name]


def test_what_was_cut_in_vain_is_removed(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RipFailed("a file could not be cut")

    whole.know_parts()
    monkeypatch.setattr(cutting, "sync", fails)
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    assert "a file could not be cut" in whole.asked(whole.job_id)[0].why
    assert not list(whole.file.parent.glob("*.pieces")), "they would take the room of a whole disc"


def test_a_file_that_is_gone_when_its_turn_comes_is_asked_about(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole.know_parts()
    real = splitting.Splitter._pieces

    def gone(splitter: Splitter, *arguments: Any) -> Any:
        found = real(splitter, *arguments)
        whole.file.unlink()
        return found

    monkeypatch.setattr(splitting.Splitter, "_pieces", gone)
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    assert "could not be split" in whole.asked(whole.job_id)[0].question


def test_a_title_that_is_decided_in_this_moment_is_not_split(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole.know_parts()
    real = splitting.Splitter._check

    def decided(splitter: Splitter, *arguments: Any) -> None:
        real(splitter, *arguments)
        whole.answers.assign(whole.job_id, 0, "S01E01-E03", ACTOR)

    monkeypatch.setattr(splitting.Splitter, "_check", decided)
    with pytest.raises(WrongState):
        whole.split.split(whole.job_id, 0, "", ACTOR)
    assert (whole.title(0).match_source, whole.title(0).matched_episode) == ("user", "S01E01-E03")


def test_what_is_missing_of_a_damaged_title_is_settled_before_it_is_split(whole: Whole) -> None:
    whole.know_parts()
    whole.reviews.ask(ReviewKind.DAMAGED, whole.job_id, "a scratch", title=whole.title(0))
    with pytest.raises(WrongState, match="damaged"):
        whole.split.split(whole.job_id, 0, "", ACTOR)


def test_nothing_is_asked_any_more_about_a_title_that_was_split(whole: Whole) -> None:
    whole.know_parts()
    whole.reviews.ask(ReviewKind.CONFLICT, whole.job_id, "the library has another", title=whole.title(0))
    whole.split.split(whole.job_id, 0, "", ACTOR)
    whole.wait()
    assert whole.asked(whole.job_id) == []
