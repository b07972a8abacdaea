"""Which files beside a video are still those of its title, on each database."""

from __future__ import annotations

from engramd.models import DiscTitle, Sidecar, SidecarLack, TitleState
from engramd.store.sidecars import CAPTIONS, NFO, SidecarRows
from tests.support.databases import Bench

VIDEO = "/tv/Harbor Station/Season 01/Harbor Station - S01E01.mkv"


def filed(bench: Bench, drive: str) -> DiscTitle:
    [title] = bench.titles(bench.job(drive_id=drive))
    for state in (TitleState.RIPPING, TitleState.MATCHED, TitleState.COMPLETED):
        bench.lifecycle.move_title(title, state, "a test")
    bench.lifecycle.update_title(title, organized_to=VIDEO)
    return title


def beside(rows: SidecarRows, title: DiscTitle, kind: str, ending: str) -> None:
    path = VIDEO.replace(".mkv", ending)
    rows.keep(Sidecar(job_id=title.job_id, title_id=title.id, kind=kind, path=path, digest="0"))


def test_files_of_a_title_go_whose_video_is_anothers_when_that_one_has_its_own(bench: Bench) -> None:
    rows, first = SidecarRows(bench.store), filed(bench, "a")
    beside(rows, first, NFO, ".nfo")
    for ending in (".eng.sdh.srt", ".fra.sdh.srt"):
        beside(rows, first, CAPTIONS, ending)
    assert rows.is_latest(first)
    second = filed(bench, "b")
    assert (rows.is_latest(first), rows.is_latest(second)) == (False, True)
    assert rows.outlived() == [], "nothing was written for it yet"
    rows.keep_lack(SidecarLack(title_id=second.id, kind=CAPTIONS, path=VIDEO, why="it has none"))
    gone = rows.outlived()
    assert sorted(row.path.removeprefix(VIDEO[:-4]) for row, _ in gone) == [".eng.sdh.srt", ".fra.sdh.srt"]
    assert {video for _, video in gone} == {VIDEO}
    beside(rows, second, NFO, ".nfo")
    assert len(rows.outlived()) == 2, "its own takes the place of the other one"
