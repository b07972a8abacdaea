"""engramctl trash with a real daemon: what was replaced is listed, put back, and deleted for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from engramd.ctl.app import app
from engramd.ctl.session import FAILED
from engramd.organize import Trash
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trash") / "tv"
    folder.mkdir()
    (folder / "known.mkv").write_bytes(b"so that it holds media")
    return folder


@pytest.fixture(scope="module")
def run(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    settings = {"library_tv_path": str(library)}
    folder = tmp_path_factory.mktemp("daemon")
    with PrivateBus(system=False) as bus, DaemonUnderTest(folder, bus, settings=settings):

        def engramctl(*words: object, said: str = "") -> Result:
            arguments = ["--bus", "session", *map(str, words)]
            return runner().invoke(app, arguments, env=bus.environment, input=said)

        assert engramctl("library", "init", library).exit_code == 0
        yield engramctl


@pytest.fixture
def entry(library: Path) -> str:
    """Have a file in the trash; give the entry's id."""
    (library / "film.mkv").write_bytes(b"video")
    return Trash(library).put(library / "film.mkv", "replaced by another").id


def listed(run: Run) -> list[dict[str, object]]:
    done = run("trash", "list", "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_is_in_the_trash_is_listed(run: Run, library: Path, entry: str) -> None:
    [row] = [row for row in listed(run) if row["id"] == entry]
    assert (row["root"], row["path"], row["size"], row["why"]) == (
        str(library),
        "film.mkv",
        5,
        "replaced by another",
    )
    assert str(row["at"]).endswith("Z")
    shown = run("trash", "list").stdout
    assert entry in shown
    assert "replaced by another" in shown


def test_a_file_is_put_back_but_never_over_another(run: Run, library: Path, entry: str) -> None:
    (library / "film.mkv").write_bytes(b"a newer one")
    refused = run("trash", "restore", entry)
    assert refused.exit_code == FAILED
    assert "another file has its name" in refused.output
    assert (library / "film.mkv").read_bytes() == b"a newer one"
    (library / "film.mkv").unlink()
    done = run("trash", "restore", entry)
    assert (done.exit_code, done.stdout) == (0, f"{library / 'film.mkv'} is back.\n")
    assert (library / "film.mkv").read_bytes() == b"video"
    assert "no such entry" in run("trash", "restore", entry).output


def test_it_is_emptied_only_when_that_is_meant(run: Run, entry: str) -> None:
    assert run("trash", "empty", said="n\n").exit_code != 0
    assert entry in [row["id"] for row in listed(run)]
    assert run("trash", "empty", entry, "--days", "3", "--yes").exit_code == 2
    assert run("trash", "empty", "--days", "3", "--yes").stdout == "0 files deleted, 0 B.\n"
    assert run("trash", "empty", entry, "--yes").stdout == "1 file deleted, 5 B.\n"
    assert entry not in [row["id"] for row in listed(run)]
    run("trash", "empty", "--yes")
    assert run("trash", "list").stdout == "There is nothing in the trash.\n"


def test_doctor_names_the_way_into_the_library(run: Run, library: Path) -> None:
    checks = {one["id"]: one["text"] for one in map(json.loads, run("doctor", "--json").stdout.splitlines())}
    found = checks["library_tv_path"]
    assert found.startswith(f"the library of series can be written ({library}); files are linked"), found
    rows = [json.loads(line) for line in run("library", "list", "--json").stdout.splitlines()]
    assert {row["way"] for row in rows if row["path"] == str(library)} == {"link"}
