"""references add, list and check: real files, folders and archives; no daemon is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import Result

from engramd.ctl.app import app
from engramd.match.adding import MOST_MEMBERS
from engramd.match.subtitles import LARGEST
from tests.match.made import Show, retold, translated, write_reference
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

SHOW = Show(61)
HELLO = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"


def engramctl(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return runner().invoke(app, [str(one) for one in arguments], env=env)


def objects(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def write(path: Path, text: str = "hello") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HELLO.format(text))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "references"


def add(root: Path, *arguments: object) -> Result:
    return engramctl("references", "add", "--references", root, "--json", *arguments)


# -- add --


def test_a_folder_is_copied_to_show_and_source(root: Path, tmp_path: Path) -> None:
    for n in (1, 2):
        write(tmp_path / "new" / "Commie" / f"Harbor.Station.S01E0{n}.srt", f"words {n}")
    write(tmp_path / "new" / "Harbor Station - 2x03.en.srt", "words 3")
    write(tmp_path / "new" / "Season 3" / "Harbor Station - S03E01.720p.HDTV-LOL.srt", "words 4")

    done = add(root, tmp_path / "new")

    assert done.exit_code == 0, done.output
    assert {one["outcome"] for one in objects(done)} == {"added"}
    assert tree(root) == [
        "Harbor Station/Commie/Harbor.Station.S01E01.srt",
        "Harbor Station/Commie/Harbor.Station.S01E02.srt",
        "Harbor Station/LOL/Season 3/Harbor Station - S03E01.720p.HDTV-LOL.srt",
        "Harbor Station/local/Harbor Station - 2x03.en.srt",
    ]


def test_what_a_person_says_is_followed(root: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "s01e01.srt")
    words = ("--show", "Harbor Station", "--year", 2003, "--language", "fr", "--source", "tv")

    assert add(root, file, *words).exit_code == 0
    assert tree(root) == ["Harbor Station (2003)/tv/s01e01.fre.srt"]


def test_the_folder_of_a_show_that_is_there_is_used(root: Path, tmp_path: Path) -> None:
    (root / "Harbor Station (2003)").mkdir(parents=True)

    assert add(root, write(tmp_path / "The.Harbor.Station.S01E01.srt")).exit_code == 0
    assert tree(root) == ["Harbor Station (2003)/local/The.Harbor.Station.S01E01.srt"]


def test_twins_need_a_year(root: Path, tmp_path: Path) -> None:
    for year in (1993, 2023):
        (root / f"Frasier ({year})").mkdir(parents=True)
    file = write(tmp_path / "Frasier.S01E01.srt")

    [said] = objects(add(root, file))
    assert "--year" in said["reason"]
    assert add(root, file, "--year", 2023).exit_code == 0
    assert tree(root) == ["Frasier (2023)/local/Frasier.S01E01.srt"]


def test_nothing_is_overwritten_and_nothing_is_kept_twice(root: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "Show.S01E01.srt")
    assert add(root, file).exit_code == 0
    again = write(tmp_path / "b" / "Show - 1x01.srt")
    other = write(tmp_path / "c" / "Show.S01E01.srt", "something else")

    said = objects(add(root, again, other))

    assert [one["outcome"] for one in said] == ["known", "refused"]
    assert "--source" in said[1]["reason"]
    assert tree(root) == ["Show/local/Show.S01E01.srt"]
    assert "hello" in (root / "Show/local/Show.S01E01.srt").read_text()
    assert add(root, other, "--source", "second").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Show.S01E01.srt", b"<html><body>Just a moment</body></html>", "web page"),
        ("Show.S01E01.srt", b"", "empty"),
        ("Show.S01E01.srt", b"no times at all", "no subtitle"),
        ("Show.S01E01.txt", b"words", "is none of"),
        ("Show.srt", HELLO.format("x").encode(), "no season and episode"),
        ("S01E01.srt", HELLO.format("x").encode(), "--show"),
        ("broken.zip", b"PK\x03\x04 nonsense", "no archive"),
    ],
)
def test_what_is_of_no_use_is_refused_with_the_reason(
    root: Path, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)

    done = add(root, tmp_path / name, *(["--show", "Show"] if name == "Show.srt" else []))

    assert done.exit_code == 1
    [said] = objects(done)
    assert said["outcome"] == "refused"
    assert reason in said["reason"]
    assert not root.exists() or tree(root) == []


def test_an_archive_is_unpacked_and_cannot_reach_out(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "harbor.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("sub/Harbor S01E01.srt", HELLO.format("one"))
        file.writestr("../../Harbor S01E02.srt", HELLO.format("two"))
        file.writestr("/tmp/Harbor S01E03.srt", HELLO.format("three"))
        file.writestr("..\\Harbor S01E04.srt", HELLO.format("four"))
        link = zipfile.ZipInfo("Harbor S01E05.srt")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("readme.exe", "no subtitle")
        file.writestr("Harbor S01E06.srt", b"\x00" * (LARGEST + 10), zipfile.ZIP_DEFLATED)
        file.writestr("Season 2/07.srt", HELLO.format("seven"))
        file.writestr("Harbor S01E08.srt", HELLO.format("eight"), zipfile.ZIP_LZMA)
        file.writestr("Harbor S01E09.\N{LATIN SMALL LETTER LONG S}rt", HELLO.format("nine"))

    said = objects(add(root, archive, "--show", "Harbor"))

    outcomes = {one["file"].rpartition(": ")[2]: (one["outcome"], one["reason"]) for one in said}
    assert outcomes["sub/Harbor S01E01.srt"][0] == outcomes["Season 2/07.srt"][0] == "added"
    assert "leads out" in outcomes["../../Harbor S01E02.srt"][1]
    assert "leads out" in outcomes["/tmp/Harbor S01E03.srt"][1]
    assert outcomes["Harbor S01E05.srt"][1] == "is a link"
    assert "too large" in outcomes["Harbor S01E06.srt"][1]
    assert "packed" in outcomes["Harbor S01E08.srt"][1]
    assert "readme.exe" not in outcomes
    assert tree(tmp_path) == [
        "harbor.zip",
        "references/Harbor/local/Season 2/07.srt",
        "references/Harbor/sub/Harbor S01E01.srt",
    ]


def test_an_archive_of_countless_files_is_refused(root: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as file:
        for n in range(MOST_MEMBERS + 1):
            file.writestr(f"{n}", b"")

    [said] = objects(add(root, tmp_path / "many.zip"))
    assert f"{MOST_MEMBERS + 1} files" in said["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("--language", "klingon"),
        ("--source", "../up"),
        ("--source", ".hidden"),
        ("--source", "Season 1"),
        ("--show", "a/b"),
        ("--year", "20"),
    ],
)
def test_wishes_that_make_no_sense_are_usage_errors(
    root: Path, tmp_path: Path, words: tuple[str, str]
) -> None:
    done = add(root, write(tmp_path / "Show.S01E01.srt"), *words)
    assert done.exit_code == 2, done.output
    assert not root.exists()


@pytest.mark.unprivileged
def test_a_folder_of_somebody_else_is_named_with_the_remedy() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "references").mkdir()
        file = write(folder / "Show.S01E01.srt")
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        (folder / "references").chmod(0o555)
        words = ["references", "add", str(file), "--references", str(folder / "references")]
        done = subprocess.run(
            [*nobody, sys.executable, "-P", "-m", "engramd.ctl", *words],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 4, done.stderr
    assert "cannot be written" in done.stderr
    assert "sudo" in done.stderr
    assert "Traceback" not in done.stderr


# -- list and check --


def stock(root: Path, swapped: bool = False) -> Path:
    for n in range(1, 9):
        write_reference(root, f"Show/A/S01E{n:02}.srt", retold(SHOW.episode(n).cues, n))
        content = {3: 4, 4: 3}.get(n, n) if swapped else n
        write_reference(root, f"Show/B/S01E{n:02}.fr.srt", translated(SHOW.episode(content).cues, 100 + n))
    return root


def test_list_tells_what_there_is_and_what_is_missing(root: Path) -> None:
    stock(root)
    (root / "Show/A/S01E02.srt").unlink()
    (root / "Show/B/S01E02.fr.srt").unlink()
    write(root / "Other" / "S02E05-E06.srt")

    listed = objects(engramctl("references", "list", "--references", root, "--json"))

    assert [(one["show"], one["season"]) for one in listed] == [("Other", 2), ("Show", 1)]
    assert listed[1]["episodes"] == [1, 3, 4, 5, 6, 7, 8]
    assert listed[1]["missing"] == [2]
    assert listed[1]["languages"] == ["eng", "fre"]
    assert listed[1]["sources"] == ["A", "B"]
    assert listed[1]["files"] == 14
    people = engramctl("references", "list", "show", "--references", root).stdout
    assert "1, 3-8" in people
    assert "Other" not in people


def test_check_finds_nothing_where_nothing_is_wrong(root: Path) -> None:
    stock(root)
    done = engramctl("references", "check", "--references", root)
    assert (done.exit_code, done.stdout) == (0, "1 series looked at, nothing is wrong\n")


def test_check_names_conflicts_with_files_and_remedy(root: Path) -> None:
    stock(root, swapped=True)
    (root / "Show/A/S01E09.srt").write_text("<html></html>")

    done = engramctl("references", "check", "--references", root, "--json")

    assert done.exit_code == 1
    first, second = objects(done)
    assert (first["kind"], first["conflict"], first["episodes"]) == ("swapped", True, ["S01E03", "S01E04"])
    assert set(first["files"]) == {f"{p}" for n in (3, 4) for p in (f"A/S01E0{n}.srt", f"B/S01E0{n}.fr.srt")}
    assert first["remedy"]
    assert (second["kind"], second["conflict"]) == ("unreadable", False)
    people = engramctl("references", "check", "--references", root)
    assert people.exit_code == 1
    assert "conflict: Show: " in people.stdout
    assert "1 conflict, 1 other problem" in people.stdout


def test_a_pool_of_sources_is_one_show(root: Path) -> None:
    stock(root, swapped=True)
    pool = root / "Show"
    done = engramctl("references", "check", "--references", pool, "--json")
    assert [one["kind"] for one in objects(done)] == ["swapped"]


def test_an_unknown_show_and_a_missing_folder_are_errors(root: Path) -> None:
    stock(root)
    unknown = engramctl("references", "list", "Fargo", "--references", root)
    assert unknown.exit_code == 1
    assert "there are references of Show" in unknown.stderr
    missing = engramctl("references", "check", "--references", root / "none")
    assert missing.exit_code == 1
    assert "cannot be read" in missing.stderr


# -- which folder --


@pytest.fixture
def bare(tmp_path: Path) -> Any:
    with PrivateBus(system=False) as bus:
        yield {**bus.environment, "XDG_CONFIG_HOME": str(tmp_path / "config"), "CONFIGURATION_DIRECTORY": ""}


def test_without_a_daemon_the_configuration_file_says_where(
    root: Path, tmp_path: Path, bare: dict[str, str]
) -> None:
    write(root / "Show" / "S01E01.srt")
    file = tmp_path / "config" / "engramd" / "engramd.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[settings]\nreferences_path = "{root}"\n')

    done = engramctl("--bus", "session", "references", "list", "--json", env=bare)

    assert done.exit_code == 0, done.output
    assert [one["show"] for one in objects(done)] == ["Show"]


def test_without_any_folder_the_remedy_is_named(bare: dict[str, str]) -> None:
    done = engramctl("--bus", "session", "references", "list", env=bare)
    assert done.exit_code == 2
    assert "config set references_path" in done.stderr


def test_the_commands_load_nothing_heavy_before_they_run() -> None:
    script = (
        "import sys\nimport engramd.ctl.references\n"
        "sys.exit(' '.join(sorted({'numpy', 'scipy', 'pydantic', 'pysubs2', 'gi'} & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_daemon_says_where_its_references_are(root: Path, tmp_path: Path) -> None:
    write(root / "Show" / "S01E01.srt")
    settings = {"references_path": str(root)}
    with (
        PrivateBus(system=False) as bus,
        DaemonUnderTest(tmp_path / "daemon", bus, settings=settings),
    ):
        done = engramctl("--bus", "session", "references", "list", "--json", env=bus.environment)
    assert done.exit_code == 0, done.output
    assert [one["show"] for one in objects(done)] == ["Show"]
