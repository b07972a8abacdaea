"""packaging/demo shows the whole way of a disc; packaging/lib.sh says and installs only what is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fixtures import DVD_TOOLS

ROOT = Path(__file__).resolve().parents[2]


def demo(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "packaging" / "demo.py"), str(folder)]
    variables = os.environ | {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=240)


def running_in(folder: Path) -> list[str]:
    """Give the command lines of programs that were told of the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(str(folder) in word for word in words):
            found.append(" ".join(words))
    return found


@pytest.mark.skipif(not all(map(shutil.which, DVD_TOOLS)), reason=f"needs {', '.join(DVD_TOOLS)}")
def test_the_demonstration_files_the_episodes_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "the demo"
    for _ in range(2):
        done = demo(folder)

        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == f"library: {folder / 'library'}"
        assert "\x1b" not in done.stdout
        filed = sorted(path.name for path in (folder / "library" / "tv").rglob("*S01E*.mkv"))
        assert [name[-10:] for name in filed] == ["S01E01.mkv", "S01E02.mkv", "S01E03.mkv"]
        assert running_in(folder) == []
    assert (folder / "library.before" / "tv").is_dir()


def test_the_demonstration_touches_no_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "film.mkv").write_text("precious")

    done = demo(tmp_path)

    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["library", "film.mkv"]


def test_the_demonstration_says_what_failed(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo", PATH="/nonexistent")

    assert done.returncode == 1
    assert "The demonstration failed: espeak-ng is not installed" in done.stderr
    assert "Traceback" not in done.stderr


def bash(script: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-uc", f'. "$0"; {script}', str(ROOT / "packaging" / "lib.sh")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="this is no Debian")
def test_packages_are_missing_under_all_their_names_or_not_at_all() -> None:
    done = bash("missing_packages bash 'no-such-package|coreutils' 'neither|nor'")

    assert done.stdout.splitlines() == ["neither|nor"]


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="this is no Debian")
def test_nothing_is_said_where_nothing_is_missing() -> None:
    done = bash("need_packages bash coreutils")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failure_shows_its_end_without_addresses_of_servers() -> None:
    done = bash("quietly sh -c 'echo from https://user:secret@index.example/simple; echo it failed; exit 3'")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == ["from (address)", "it failed"]


def test_a_venv_of_another_place_or_without_pip_is_not_used(tmp_path: Path) -> None:
    assert bash("venv_fits", tmp_path).returncode != 0
    command = [
        "/usr/bin/python3",
        "-m",
        "venv",
        "--without-pip",
        "--system-site-packages",
        str(tmp_path / ".venv"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert bash("venv_fits", tmp_path).returncode != 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").rename(tmp_path / "elsewhere" / ".venv")
    assert bash("venv_fits", tmp_path / "elsewhere").returncode != 0
