"""Labels are set in the file before it is filed; a file that an edit left in disorder is not filed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest

from engramd.conditions import Conditions
from engramd.discs.model import Stream
from engramd.models import DiscTitle, TitleState, TitleTrack, WaitingFor
from engramd.pipeline.labelling import Labeller
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.rip.head_copy import copy_of, keep_head
from engramd.rip.matroska import read_head
from engramd.tools import CancelToken, Tools
from tests.rip.samples import text_sample
from tests.support.databases import Bench

STREAMS = (
    Stream(kind="video", codec="mpeg2", stream_id=1),
    Stream(kind="audio", codec="ac3", stream_id=2, language="eng"),
    Stream(kind="subtitle", codec="text", stream_id=3, language="eng", commentary=True),
)


class PartsOf:
    """The parts that labelling uses."""

    def __init__(self, bench: Bench) -> None:
        self.store, self.lifecycle, self.settings = bench.store, bench.lifecycle, self
        self.current = bench.store.load_config()
        self.conditions, self.tools = Conditions(bench.hub), Tools()


class Shelf:
    """A job with one title that is matched, its file in the job's folder, and its labeller."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.parts = bench, PartsOf(bench)
        self.labeller = Labeller(cast(Parts, self.parts), CancelToken())
        self.folder = JobFolder.create(folder, 1)
        self.file = text_sample(
            self.folder.path / "title.mkv", {"eng": 3}, "-metadata_header_padding", "4096"
        )
        self.folder.save_streams(0, STREAMS)
        row = bench.job(staging_folder=str(self.folder.path))
        self.job = bench.store.need_job(row.id or 0)
        (title,) = bench.titles(self.job)
        for place, stream in enumerate(STREAMS):
            track = TitleTrack(
                title_id=title.id, place=place, kind=stream.kind, codec=stream.codec, kept=True
            )
            bench.store.save(track)
        for state in (TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED):
            bench.lifecycle.move_title(title, state, "so far", staging_file=str(self.file))

    @property
    def title(self) -> DiscTitle:
        return self.bench.store.titles(self.job.id or 0)[0]

    def run(self) -> list[int]:
        """Label; the indexes of the titles that may be filed."""
        return [title.title_index for title in self.labeller.run(self.job, [self.title])]


@pytest.fixture
def shelf(sqlite_bench: Bench, tmp_path: Path) -> Shelf:
    if shutil.which("mkvpropedit") is None:
        pytest.skip("mkvpropedit is not installed")
    return Shelf(sqlite_bench, tmp_path)


def test_the_file_is_labelled_and_its_tracks_told_once(shelf: Shelf) -> None:
    assert shelf.run() == [0]
    assert read_head(shelf.file).tracks[2].commentary
    told = {row.kind: (row.commentary, row.events) for row in shelf.bench.store.tracks(shelf.title.id or 0)}
    assert told["subtitle"] == (True, 3)
    shelf.bench.heard.names()
    assert shelf.run() == [0]
    assert shelf.bench.heard.names() == [], "a title that waits would be told again and again"


def test_a_file_whose_edit_can_neither_end_nor_be_undone_waits(shelf: Shelf) -> None:
    keep_head(shelf.file)
    sound = copy_of(shelf.file).read_bytes()
    copy_of(shelf.file).write_bytes(sound[:-1] + b"?")
    assert shelf.run() == []
    assert shelf.title.waiting_for is WaitingFor.SPACE
    assert "damaged" in (shelf.title.error_message or "")
    copy_of(shelf.file).write_bytes(sound)
    assert shelf.run() == [0]
    assert not copy_of(shelf.file).exists()


def test_what_cannot_be_labelled_is_filed_all_the_same(shelf: Shelf) -> None:
    shelf.file.write_bytes(b"this is no Matroska file")
    assert shelf.run() == [0]
    assert not copy_of(shelf.file).exists()


def test_a_missing_program_is_said_once_and_the_title_is_filed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tools, "find", lambda _self, _name: None)
    assert shelf.run() == [0]
    assert [condition.id for condition in shelf.parts.conditions.all()] == ["track-labels"]
