"""Whole rounds of doctor with real parts: folders, database, programs, a share that hangs, sources."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import cast

import pytest

from engramd.conditions import Conditions
from engramd.discs.model import Disc
from engramd.errors import EngramError
from engramd.models import AppConfig
from engramd.paths import Paths
from engramd.pipeline.checks import Checks, Doctor, Finding, rounds
from engramd.pipeline.checks.bounded import Bounded
from engramd.pipeline.checks.groups import GROUPS
from engramd.pipeline.checks.rounds import merged
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Patience
from engramd.pipeline.sources import Sources
from engramd.tools import Tools
from tests.support.databases import Bench
from tests.support.deadshare import hanging_share
from tests.support.makemkv import StandInMakemkv
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles

#: How long a folder may take: on a busy machine, and where one hangs.
SECONDS, FEW_SECONDS = 25.0, 1.5


class Backend:
    """Stands in for the ripping back ends, of which one is looked at: the real program MakeMKV, or none."""

    def __init__(self, look_again: Callable[[], None] = lambda: None) -> None:
        self.look_again = look_again
        self.program = SimpleNamespace(find=lambda: None, lacks=lambda: None, settings=None)

    def __call__(self) -> Backend:
        return self

    def refuses(self, _disc: Disc) -> EngramError | None:
        return None


class Made:
    """Everything that doctor looks at, with folders below one of the test's own."""

    def __init__(
        self,
        bench: Bench,
        folder: Path,
        backend: Backend | None = None,
        seconds: float = SECONDS,
        **settings: object,
    ) -> None:
        for name in ("tv", "films", "staging", "state", "cache", "subs"):
            (folder / name).mkdir(exist_ok=True)
        self.config = AppConfig(
            **{
                "library_tv_path": str(folder / "tv"),
                "library_movies_path": str(folder / "films"),
                "references_path": str(folder / "subs"),
                "import_paths": str(folder),
                "hooks_path": str(folder / "hooks.d"),
                "min_free_bytes": 0,
                "ffmpeg_path": "/nonexistent",
                "tesseract_path": "/nonexistent",
            }
            | settings
        )
        self.conditions = Conditions(bench.hub)
        self.parts = cast(
            Parts,
            SimpleNamespace(
                store=bench.store,
                settings=SimpleNamespace(current=self.config),
                conditions=self.conditions,
                tools=Tools(),
                paths=Paths(folder / "state", folder / "cache", folder / "run", folder / "engramd.toml"),
                backend=backend or Backend(),
            ),
        )
        libraries = Libraries(self.parts, Patience(seconds))
        self.bounded = Bounded(seconds)
        checks = Checks(
            lambda: self.config,
            lambda: folder / "staging",
            self.parts.backend,
            tools=self.parts.tools,
            libraries=libraries,
            state=lambda: folder / "state",
            bounded=self.bounded,
        )
        sources = Sources(lambda: self.config, self.conditions, folder / "state", folder / "cache")
        self.doctor = Doctor(self.parts, checks, sources, lambda: folder / "staging", list)

    def check(self) -> dict[str, Finding]:
        """Make a round; findings by their ids, of which none is there twice."""
        found = self.doctor.check()
        by_id = {finding.id: finding for finding in found}
        assert len(by_id) == len(found), sorted(finding.id for finding in found)
        return by_id


def hanging_threads() -> int:
    return sum(
        thread.name.startswith(("check ", "look ", "library ", "ask ")) for thread in threading.enumerate()
    )


def test_a_machine_that_has_all_is_told_what_it_has(sqlite_bench: Bench, tmp_path: Path) -> None:
    made = Made(sqlite_bench, tmp_path, ffmpeg_path="", tesseract_path="")
    found = made.check()
    wrong = [
        f
        for f in found.values()
        if f.severity == "error" or (f.severity == "warning" and f.group != "drives")
    ]
    assert wrong == []
    assert {f.group for f in found.values()} <= set(GROUPS)
    library = found["library_tv_path"]
    assert library.text.startswith(f"the library of series can be written ({tmp_path}/tv); files are linked")
    assert " free, about " in library.text, "what was tried is told with what is known"
    assert library.where == str(tmp_path / "tv")
    for name in ("staging", "references", "import", "state", "cache", "database", "clock", "ffmpeg", "user"):
        assert name in found
    assert found["makemkv-makemkv"].severity == "info"
    assert made.conditions.all() == []
    assert not list(tmp_path.rglob(".engramd-*.probe"))


def test_what_is_lacking_is_a_condition_too(sqlite_bench: Bench, tmp_path: Path) -> None:
    made = Made(sqlite_bench, tmp_path)
    (tmp_path / "films").rmdir()
    found = made.check()
    assert found["library_movies_path"].severity == "error"
    assert found["library_movies_path"].remedy.startswith("sudo install -d ")
    assert made.conditions.has("library_movies_path")
    (tmp_path / "films").mkdir()
    assert made.check()["library_movies_path"].severity == "ok"
    assert not made.conditions.has("library_movies_path")


@pytest.mark.root
def test_a_share_that_hangs_costs_one_thread_and_no_other_check(sqlite_bench: Bench, tmp_path: Path) -> None:
    """Both libraries and the references lie on it: all are told, on one thread, however often it is asked."""
    (tmp_path / "share").mkdir()
    folders = {name: str(tmp_path / "share" / name) for name in ("tv", "films", "subs")}
    made = Made(
        sqlite_bench,
        tmp_path,
        library_tv_path=folders["tv"],
        library_movies_path=folders["films"],
        references_path=folders["subs"],
        seconds=FEW_SECONDS,
    )
    before = hanging_threads()
    with hanging_share(tmp_path / "share"):
        first = made.check()
        for name in ("library_tv_path", "library_movies_path", "references"):
            assert first[name].severity in ("error", "warning"), first[name]
            assert "does not answer" in first[name].text, first[name]
            assert "server or disk" in first[name].remedy
        for name in ("staging", "state", "cache", "database"):
            assert first[name].severity == "ok", first[name]
        begin = time.monotonic()
        again = [made.check() for _ in range(3)]
        assert all("does not answer" in found["library_tv_path"].text for found in again)
        assert time.monotonic() - begin < 30, "what is known to hang is not waited for"
        assert made.bounded.hanging() == [str(tmp_path / "share")]
        assert hanging_threads() - before == 1
        made.config.library_tv_path = str(tmp_path / "tv")
        assert made.check()["library_tv_path"].severity == "ok"
    lacking = {condition.id for condition in made.conditions.all()}
    assert lacking == {"library_movies_path", "references", "tesseract"}


def test_many_that_ask_at_a_time_share_a_round_that_began_after_they_came(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    begun, go_on, rounds_made = threading.Event(), threading.Event(), []

    def look_again() -> None:
        rounds_made.append(1)
        begun.set()
        assert go_on.wait(60)

    made = Made(sqlite_bench, tmp_path, Backend(look_again))
    told: list[Sequence[Finding]] = []
    askers = [threading.Thread(target=lambda: told.append(made.doctor.check())) for _ in range(6)]
    askers[0].start()
    assert begun.wait(60)
    for asker in askers[1:]:
        asker.start()
    while made.doctor.waiting < 5:
        time.sleep(0.01)
    go_on.set()
    for asker in askers:
        asker.join(60)
    assert len(told) == 6
    assert len(rounds_made) == 2
    assert len({id(found) for found in told}) == 2


def test_who_shares_a_round_that_fails_makes_another(
    sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that nothing was found, which reads as if all were well."""
    doctor = Made(sqlite_bench, tmp_path).doctor
    at_work, go_on = threading.Event(), threading.Event()
    begun: list[int] = []
    told: list[object] = []

    def make_round(_doctor: Doctor) -> list[Finding]:
        begun.append(1)
        if len(begun) == 1:
            at_work.set()
            go_on.wait(30)
        if len(begun) == 2:
            raise OSError("too many open files")
        return [Finding("a", "found")]

    def ask() -> None:
        try:
            told.append([finding.id for finding in doctor.check()])
        except OSError:
            told.append("failed")

    monkeypatch.setattr(rounds, "make_round", make_round)
    askers = [threading.Thread(target=ask) for _ in range(3)]
    askers[0].start()
    assert at_work.wait(30)
    for asker in askers[1:]:
        asker.start()
    while doctor.waiting < 2:
        time.sleep(0.01)
    go_on.set()
    for asker in askers:
        asker.join(30)
    assert sorted(map(str, told)) == ["['a']", "['a']", "failed"]


def test_a_program_that_hangs_does_not_keep_the_others(
    sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "READERS", 0.5)
    go_on = threading.Event()
    made = Made(sqlite_bench, tmp_path, Backend(lambda: (go_on.wait(60), None)[1]))
    try:
        found = made.check()
    finally:
        go_on.set()
    assert found["readers"].severity == "warning"
    assert "did not answer within 0 seconds" in found["readers"].text
    assert found["database"].severity == "ok"
    assert "reader-dvd" not in found


def test_nobody_is_asked_in_the_network_where_a_source_is_off(sqlite_bench: Bench, tmp_path: Path) -> None:
    with StandInOpenSubtitles(quota=7) as site:
        off = Made(sqlite_bench, tmp_path, **site.settings | {"opensubtitles_enabled": False}).check()
        assert off["source-opensubtitles"].short == "OpenSubtitles off"
        assert site.requests == []
        unplugged = Made(sqlite_bench, tmp_path, **site.settings, network_enabled=False).check()
        assert "source-opensubtitles" not in unplugged
        assert site.requests == []
        asked = Made(sqlite_bench, tmp_path, **site.settings).check()["source-opensubtitles"]
        assert asked.text == "OpenSubtitles accepts the key; 7 downloads are left until 00:00 UTC"
        assert asked.where == site.settings["opensubtitles_url"]


def test_a_source_that_does_not_answer_is_told_in_time(
    sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "SOURCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = Made(sqlite_bench, tmp_path, tmdb_enabled=True, tmdb_api_key="0" * 32, tmdb_url=url).check()[
            "source-tmdb"
        ]
    assert (found.severity, found.text) == ("warning", "TMDB did not answer within 1 seconds")


def test_makemkvs_key_is_told_by_its_kind_and_never_itself(
    sqlite_bench: Bench, tmp_path: Path, makemkv: StandInMakemkv
) -> None:
    from engramd.pipeline import Backends

    made = Made(sqlite_bench, tmp_path, makemkv_path=str(makemkv.path), makemkv_key="T-good-and-secret")
    backends = Backends(made.parts.tools, made.parts.settings, tmp_path / "state")
    object.__setattr__(made.doctor.checks, "_backend", backends)
    made.parts.__dict__["backend"] = backends
    makemkv.needs_key("T-good-and-secret")
    found = made.check()
    assert found["makemkv-key"].text == (
        "MakeMKV 1.18.3 accepts its key: a beta key, which ends with its month, and the next one is in"
        " MakeMKV's forum"
    )
    assert found["makemkv-makemkv"].short == "MakeMKV 1.18.3"
    made.config.makemkv_key = "T-old-and-secret"
    refused = made.check()
    assert refused["makemkv-key"].severity == "error"
    assert "config set makemkv_key" in refused["makemkv-key"].remedy
    assert "secret" not in str(found) + str(refused)


@pytest.mark.parametrize(
    ("known", "tried", "severity", "text"),
    [
        (("ok", "a way"), ("ok", "can; on ext4"), "ok", "a way; on ext4"),
        (("error", "no marker"), ("ok", "can; on ext4"), "error", "no marker"),
        (("ok", "a way"), ("error", "read-only"), "error", "read-only"),
        (("error", "no marker"), ("warning", "little room"), "error", "no marker"),
        (("warning", "another group"), ("ok", "can; on ext4"), "warning", "another group"),
        (("error", "away"), ("error", "is not there"), "error", "is not there"),
    ],
)
def test_what_two_checks_say_of_a_folder_is_one_finding(
    known: tuple[str, str], tried: tuple[str, str], severity: str, text: str
) -> None:
    both = [Finding("tv", said, severity=how) for how, said in (known, tried)]
    [found] = merged(both)
    assert (found.severity, found.text) == (severity, text)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system")
def test_a_library_on_another_file_system_than_staging_says_that_files_are_copied(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as name:
        made = Made(sqlite_bench, tmp_path, library_tv_path=name, library_movies_path=name)
        found = made.check()["library_tv_path"]
        made.config.library_movies_path = str(tmp_path / "films")
        beside_films = made.check()["library_tv_path"]
    assert found.severity == "info"
    assert f"can be written ({name}); files are copied and compared" in found.text
    assert f"(no rename from {tmp_path}/staging is possible); on tmpfs; " in found.text
    assert found.remedy == "engramctl config set staging_path /dev/shm/staging"
    assert (beside_films.severity, beside_films.remedy) == ("ok", ""), "it cannot be beside all"
