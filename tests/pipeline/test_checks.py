"""What the daemon lacks, found on real folders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engramd.conditions import Condition, Conditions
from engramd.discs.model import Disc, Media
from engramd.discs.robot_faults import KEY_FAULT, MakemkvFailed
from engramd.errors import EngramError, ToolMissing
from engramd.events import EventHub
from engramd.models import AppConfig
from engramd.optional import how_to_get
from engramd.pipeline.checks import Checks, Finding
from engramd.rip import MakemkvSettings
from tests.support.deadshare import dead_share

NOBODY = 65534


class StandInProgram:
    """A stand-in for makemkvcon: not installed, or with this fault."""

    version = "1.18.3"
    settings = MakemkvSettings()

    def __init__(self, path: Path | None = None, fault: EngramError | None = None) -> None:
        self._path, self._fault = path, fault

    def find(self) -> Path | None:
        return self._path

    def lacks(self) -> EngramError | None:
        return self._fault


class ReaderOf:
    """A stand-in for the ripping back ends, which reads these media only."""

    def __init__(self, *media: Media, makemkv: StandInProgram | None = None) -> None:
        self._media = media
        self.program = makemkv or StandInProgram()

    def refuses(self, disc: Disc) -> EngramError | None:
        if disc.media in self._media:
            return None
        return ToolMissing(f"nothing reads {disc.media}", remedy="install it")

    def rip_title(self, *_args: object, **_options: object) -> None:
        raise AssertionError("a check never rips")


def found(
    folder: Path, backend: Callable[[], object] | None = None, **settings: object
) -> dict[str, Finding]:
    """Make every check with these settings; findings by their names."""
    config = AppConfig(**({"min_free_bytes": 0} | settings))
    reader = backend or (lambda: ReaderOf(Media.DVD, Media.BLURAY))
    checks = Checks(lambda: config, lambda: folder / "staging", reader)  # type: ignore[arg-type]
    return {finding.id: finding for finding in checks.run()}


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    folders = {"library_tv_path": "tv", "library_movies_path": "films", "references_path": "subs"}
    for name in folders.values():
        (tmp_path / name).mkdir()
    return {setting: str(tmp_path / name) for setting, name in folders.items()}


def test_a_daemon_that_lacks_nothing_is_told_so(tmp_path: Path, good: dict[str, str]) -> None:
    findings = found(tmp_path, **good)
    assert {f.severity for f in findings.values()} == {"ok", "info"}
    assert [f.id for f in findings.values() if f.severity == "info"] == [
        "makemkv-makemkv",
        "makemkv-key",
        "makemkv-version",
    ]
    assert all(f.text for f in findings.values())
    assert not any(f.remedy for f in findings.values() if f.severity == "ok")
    for name in ("library", "references", "staging", "space", "reader-dvd", "reader-bluray"):
        assert name in findings


def test_makemkv_that_is_not_installed_is_no_fault_and_a_bad_key_is(
    tmp_path: Path, good: dict[str, str]
) -> None:
    assert "wait" in found(tmp_path, **good)["makemkv-key"].text
    works = ReaderOf(Media.DVD, Media.BLURAY, makemkv=StandInProgram(tmp_path))
    assert "1.18.3" in found(tmp_path, lambda: works, **good)["makemkv-key"].text
    fault = MakemkvFailed(KEY_FAULT, where="makemkvcon", why="the key has expired")
    bad = found(tmp_path, lambda: ReaderOf(Media.DVD, makemkv=StandInProgram(tmp_path, fault)), **good)
    assert (bad["makemkv-key"].severity, bad["makemkv-makemkv"].severity) == ("error", "ok")
    assert bad["makemkv-makemkv"].where == str(tmp_path)
    assert "makemkv_key" in bad["makemkv-key"].remedy
    broken = ReaderOf(Media.DVD, makemkv=StandInProgram(tmp_path, ToolMissing("makemkvcon does not work")))
    lacking = found(tmp_path, lambda: broken, **good)
    assert (lacking["makemkv-key"].severity, lacking["makemkv-makemkv"].severity) == ("ok", "error")


def test_no_library_is_an_error_with_the_command_that_sets_one(tmp_path: Path) -> None:
    lacking = found(tmp_path)["library"]
    assert lacking.severity == "error"
    assert "engramctl config set library_tv_path" in lacking.remedy
    assert found(tmp_path, library_tv_path=str(tmp_path))["library"].severity == "ok"


def test_a_library_that_is_not_mounted_is_named(tmp_path: Path, good: dict[str, str]) -> None:
    gone = found(tmp_path, **(good | {"library_tv_path": str(tmp_path / "gone")}))["library_tv_path"]
    assert gone.severity == "error"
    assert str(tmp_path / "gone") in gone.text
    assert "mount" in gone.remedy
    (tmp_path / "file").touch()
    assert found(tmp_path, library_tv_path=str(tmp_path / "file"))["library_tv_path"].severity == "error"


def test_references_are_a_warning_only(tmp_path: Path) -> None:
    assert found(tmp_path)["references"].severity == "warning"
    assert found(tmp_path, references_path=str(tmp_path / "gone"))["references"].severity == "warning"


def test_a_full_disk_is_an_error(tmp_path: Path, good: dict[str, str]) -> None:
    full = found(tmp_path, **good, min_free_bytes=10**18)["space"]
    assert full.severity == "error"
    assert "min_free_bytes" in full.text
    assert str(tmp_path / "staging") in full.text


def test_a_reader_that_is_missing_is_a_warning_of_its_kind(tmp_path: Path) -> None:
    findings = found(tmp_path, lambda: ReaderOf(Media.DVD))
    assert findings["reader-dvd"].severity == "ok"
    lacking = findings["reader-bluray"]
    assert (lacking.severity, lacking.remedy) == ("warning", "install it")


def test_a_back_end_that_cannot_be_made_is_a_warning_too(tmp_path: Path) -> None:
    class NoReader(ReaderOf):
        def refuses(self, disc: Disc) -> EngramError | None:
            raise ToolMissing("there is no FFmpeg", remedy="install ffmpeg")

    findings = found(tmp_path, NoReader)
    assert findings["reader-dvd"].severity == "warning"
    assert findings["reader-dvd"].remedy == "install ffmpeg"


def test_a_key_is_missing_only_where_its_source_is_wanted(tmp_path: Path) -> None:
    assert found(tmp_path)["key-tmdb"].severity == "ok"
    assert found(tmp_path, tmdb_enabled=True, tmdb_api_key="0" * 32)["key-tmdb"].severity == "ok"
    assert found(tmp_path, tmdb_enabled=True, network_enabled=False)["key-tmdb"].severity == "ok"
    lacking = found(tmp_path, tmdb_enabled=True)["key-tmdb"]
    assert lacking.severity == "warning"
    assert "config set tmdb_api_key" in lacking.remedy


def test_what_listens_to_titles_without_subtitles_is_told(
    tmp_path: Path, good: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    there = {"pocketsphinx"}
    monkeypatch.setattr("engramd.match.speech.engines.installed", lambda package: package in there)
    poor = found(tmp_path, **good)["speech"]
    assert (poor.severity, poor.remedy) == ("ok", "")
    assert "pocketsphinx" in poor.text
    assert "engramctl models get" in poor.text
    model = tmp_path / "models/small"
    model.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (model / name).write_text("x")
    lacking = found(tmp_path, **good)["speech"]
    assert (lacking.severity, lacking.remedy) == ("warning", how_to_get("faster-whisper"))
    there |= {"faster_whisper"}
    assert "faster-whisper (small)" in found(tmp_path, **good)["speech"].text
    (model / "tokenizer.json").unlink()
    assert "pocketsphinx" in found(tmp_path, **good)["speech"].text
    named = found(tmp_path, **good, speech_model_path=str(model))["speech"]
    assert named.severity == "warning"
    assert "lacks tokenizer.json" in named.text
    assert "engramctl models get" in named.remedy
    there.clear()
    assert "become questions" in found(tmp_path, **good)["speech"].text
    assert "not listened to" in found(tmp_path, **good, speech_enabled=False)["speech"].text


def test_what_reads_picture_subtitles_is_told_with_its_languages(
    tmp_path: Path, good: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = found(tmp_path, **good)["tesseract"]
    assert (reads.severity, reads.remedy) == ("ok", "")
    assert re.search(r"tesseract [\d.]+ reads picture subtitles \(.*eng", reads.text)
    absent = found(tmp_path, **good, tesseract_path=str(tmp_path / "no-such"))["tesseract"]
    assert absent.severity == "warning"
    assert "tesseract_path" in absent.remedy
    bare = tmp_path / "tesseract-without-languages"
    bare.write_text('#!/bin/sh\nTESSDATA_PREFIX=/var/empty exec tesseract "$@"\n')
    bare.chmod(0o755)
    mute = found(tmp_path, **good, tesseract_path=str(bare))["tesseract"]
    assert mute.severity == "warning"
    assert "apt install tesseract-ocr" in mute.remedy
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = found(tmp_path, **good)["tesseract"]
    assert (missing.severity, missing.remedy) == ("warning", "apt install tesseract-ocr")
    assert "only the times" in missing.text


def test_conditions_follow_what_is_found(tmp_path: Path, good: dict[str, str]) -> None:
    config = AppConfig(min_free_bytes=0)
    conditions = Conditions(EventHub())
    checks = Checks(lambda: config, lambda: tmp_path, lambda: ReaderOf(Media.DVD))  # type: ignore[arg-type,return-value]
    checks.set_conditions(conditions)
    assert {c.id for c in conditions.all()} == {"library", "references", "reader-bluray"}
    for name, folder in good.items():
        setattr(config, name, folder)
    checks.set_conditions(conditions)
    assert {c.id for c in conditions.all()} == {"reader-bluray"}
    assert all(c.remedy for c in conditions.all())


def test_a_condition_of_a_program_ends_when_it_is_installed(tmp_path: Path, good: dict[str, str]) -> None:
    conditions = Conditions(EventHub())
    conditions.set(Condition("track-labels", "the tracks cannot be named", "apt install mkvtoolnix"))
    there: dict[str, str] = {}
    config = AppConfig(**({"min_free_bytes": 0} | good))
    reader = ReaderOf(Media.DVD, Media.BLURAY)
    if reads := shutil.which("tesseract"):
        there["tesseract"] = reads
    checks = Checks(lambda: config, lambda: tmp_path, lambda: reader, there.get)  # type: ignore[arg-type,return-value]
    checks.set_conditions(conditions)
    assert [condition.id for condition in conditions.all()] == ["track-labels"]
    there["mkvpropedit"] = "/usr/bin/mkvpropedit"
    checks.set_conditions(conditions)
    assert conditions.all() == []


@pytest.mark.root
def test_a_share_that_answers_nothing_is_named_and_the_other_checks_are_made(
    tmp_path: Path, good: dict[str, str]
) -> None:
    with dead_share(tmp_path / "share") as share:
        findings = found(share, **(good | {"library_tv_path": str(share)}))
    for name in ("library_tv_path", "staging"):
        assert findings[name].severity == "error"
        assert str(share) in findings[name].text
        assert findings[name].remedy
    assert findings["library_movies_path"].severity == "ok"


CODE = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.pipeline.test_checks import found
folder = Path(sys.argv[1])
findings = found(folder, library_tv_path=str(folder), references_path=str(folder / "closed"))
for name in ("library_tv_path", "references", "staging"):
    print(findings[name].severity, findings[name].text)
"""


@pytest.mark.unprivileged
def test_folders_of_someone_else_are_found_out() -> None:
    """As another user, because root can write everywhere."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        done = subprocess.run(
            [*become, sys.executable, "-c", CODE, name],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
        )
    assert done.returncode == 0, done.stderr
    library, references, staging = done.stdout.splitlines()
    assert library == f"error the library of series cannot be written ({folder})"
    assert references == f"warning the references folder cannot be read ({folder / 'closed'})"
    assert staging == f"error the staging folder cannot be written ({folder})"
