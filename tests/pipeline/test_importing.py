"""Which jobs imports become: real files and databases; nobody takes the files yet."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pytest

from engramd.errors import Busy
from engramd.models import JobState, Outcome, TitleState
from engramd.pipeline import importing
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.import_files import ImportedFiles
from engramd.pipeline.importing import Importer
from engramd.pipeline.options import ImportOptions
from engramd.pipeline.parts import Parts
from engramd.tools import CancelToken
from tests.pipeline.filed import FilingBench
from tests.support.databases import Bench
from tests.support.videos import make_video

ACTOR = "uid 1000"


class Imports(FilingBench):
    """A folder of rips, and who imports it; nothing is looked at until a test does so."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        super().__init__(bench, folder)
        self.rips = folder / "rips"
        self.file_1 = make_video(self.rips / "Harbor Station Season 1" / "00.mkv")
        self.start()

    def start(self) -> None:
        """Build it, as a start of the daemon does."""
        parts, identifier = cast(Parts, self), cast(Identifier, None)
        self.importer = Importer(parts, identifier, lambda: self.staging, lambda _job: None, CancelToken())

    def begin(self) -> int:
        return self.importer.begin(self.rips, ImportOptions(), ACTOR)

    def standings(self) -> list[tuple[str, int]]:
        return [(row.standing, row.job) for row in self.importer.plan(self.rips, ImportOptions()).rows]


@pytest.fixture
def imports(sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imports:
    monkeypatch.setattr(importing, "start", lambda _name, _task: None)
    return Imports(sqlite_bench, tmp_path)


def test_a_tree_that_is_imported_twice_at_once_is_one_job(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Importer._watch
    refused: list[Busy] = []

    def second() -> None:
        try:
            imports.begin()
        except Busy as error:
            refused.append(error)

    other = threading.Thread(target=second)

    def slow(importer: Importer, root: importing._Root) -> None:
        if threading.current_thread() is not other:
            other.start()
            other.join(0.5)
        watch(importer, root)

    monkeypatch.setattr(Importer, "_watch", slow)
    first = imports.begin()
    other.join()
    assert [job.id for job in imports.store.unfinished_jobs()] == [first]
    assert "in hand" in str(refused[0])


def test_a_job_that_is_taken_up_has_its_files_before_they_are_looked_at(imports: Imports) -> None:
    first = imports.begin()
    imports.start()
    imports.importer.take_up(imports.store.need_job(first))
    with pytest.raises(Busy, match="in hand"):
        imports.begin()
    assert [job.id for job in imports.store.unfinished_jobs()] == [first]


def test_what_could_not_be_read_is_no_new_job_with_every_file_that_comes(imports: Imports) -> None:
    imports.file_1.write_bytes(b"no video")
    job_id = imports.begin()
    files = ImportedFiles(
        cast(Parts, imports),
        cast(Identifier, None),
        lambda: imports.staging,
        lambda _job: None,
        CancelToken(),
    )
    [group] = [row.group for row in imports.importer.plan(imports.rips, ImportOptions()).rows]
    with pytest.raises(Exception, match="no file can be imported") as failed:
        files.take(job_id, group)
    imports.lifecycle.move_job(
        job_id, JobState.FAILED, "x", outcome=Outcome.FAILED, error_message=str(failed.value)
    )
    imports.start()
    assert imports.standings() == [("already", job_id)]
    assert imports.begin() == job_id
    again = imports.importer.plan(imports.rips, ImportOptions(again=True))
    assert [row.standing for row in again.rows] == ["new"]
    make_video(imports.file_1.with_name("new.mkv")).replace(imports.file_1)
    assert imports.standings() == [("new", 0)], "it was copied again"


def test_a_file_that_could_not_be_read_is_known_beside_others(imports: Imports) -> None:
    job_id = imports.begin()
    [group] = [row.group for row in imports.importer.plan(imports.rips, ImportOptions()).rows]
    ImportedFiles(
        cast(Parts, imports),
        cast(Identifier, None),
        lambda: imports.staging,
        lambda _job: None,
        CancelToken(),
    )._add_broken(job_id, 0, group.files[0], "it is not whole")
    imports.lifecycle.move_job(job_id, JobState.FAILED, "x", outcome=Outcome.FAILED, error_message="x")
    assert imports.store.titles(job_id)[0].state is TitleState.FAILED
    imports.start()
    assert imports.standings() == [("already", job_id)]
