"""The installed program, and the copy that a service runs from."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engramd import __main__ as engramd_main
from engramd import installed
from engramd.installed import Program, copied, is_being_installed

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package, compiled, as it is installed."""
    folder = tmp_path / "site/engramd"
    for name in ("store/migrations", "ctl", "bus"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("")
    (folder / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (folder / "bus/interface.xml").write_text("<node/>")
    (folder / "store/__init__.py").write_text("import sys\nprint(sys.modules[__name__].__cached__)\n")
    for source in folder.rglob("*.py"):
        os.utime(source, (1_700_000_000, 1_700_000_000))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return folder


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def touched(file: Path, text: str) -> None:
    """Replace a file as a package manager does."""
    new = file.with_name(f"{file.name}.dpkg-new")
    new.write_text(text)
    new.replace(file)


def test_the_copy_has_all_that_runs_and_its_name_says_what_it_is(package: Path, runtime: Path) -> None:
    program, copy = copied(package, runtime)

    assert program == Program.look(package)
    assert (program.version, copy.parent.name) == ("1.2.3", f"code-1.2.3-{program.fingerprint}")
    assert (copy / "bus/interface.xml").read_text() == "<node/>"
    assert (copy / "store/migrations/__init__.py").exists()
    assert not (copy / "ctl").exists()


def test_what_python_compiled_counts_for_the_copy_too(package: Path, runtime: Path) -> None:
    _, copy = copied(package, runtime)
    [compiled] = (copy / "store/__pycache__").glob("__init__.*")
    before = compiled.stat()

    words = [sys.executable, "-P", "-v", "-c", "import engramd.store"]
    done = subprocess.run(
        words, env={"PYTHONPATH": str(copy.parent)}, capture_output=True, text=True, check=True
    )

    assert f"{compiled} matches {copy / 'store/__init__.py'}" in done.stderr, done.stderr[-800:]
    assert compiled.stat().st_ino == before.st_ino, "it was compiled again"


def test_a_former_copy_goes(package: Path, runtime: Path) -> None:
    _, first = copied(package, runtime)
    touched(package / "bus/__init__.py", "changed = 1\n")

    _, second = copied(package, runtime)

    assert [path.name for path in runtime.iterdir()] == [second.parent.name]
    assert first.parent.name != second.parent.name
    assert (second / "bus/__init__.py").read_text() == "changed = 1\n"


def test_files_that_change_during_the_copy_are_copied_again(
    package: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "_PAUSE", 0)
    real, calls = installed._copy_file, []

    def upgraded_meanwhile(entry: object, target: str) -> None:
        calls.append(target)
        if len(calls) == 2:
            touched(package / "__init__.py", '__version__ = "1.2.4"\n')
            touched(package / "store/__init__.py", "new = 1\n")
        real(entry, target)  # type: ignore[arg-type]

    monkeypatch.setattr(installed, "_copy_file", upgraded_meanwhile)
    program, copy = copied(package, runtime)

    assert program.version == "1.2.4"
    assert (copy / "__init__.py").read_text() == '__version__ = "1.2.4"\n'
    assert (copy / "store/__init__.py").read_text() == "new = 1\n"
    assert len(list(runtime.iterdir())) == 1


def test_a_package_that_never_rests_is_not_copied(
    package: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "_PAUSE", 0)
    real, turn = installed._copy, iter(range(1000))

    def changing(*arguments: object) -> None:
        touched(package / "bus/__init__.py", f"turn = {next(turn)}\n" * 3)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(installed, "_copy", changing)
    with pytest.raises(OSError, match="changed each time"):
        copied(package, runtime)
    assert list(runtime.iterdir()) == []


def test_compiled_files_make_no_other_program_and_a_changed_source_does(package: Path) -> None:
    before = Program.look(package)
    for compiled in package.rglob("*.pyc"):
        compiled.unlink()
    assert Program.look(package) == before

    first = before.first_file()
    touched(package / "bus/interface.xml", "<node />")
    changed = Program.look(package)
    assert changed.fingerprint != before.fingerprint
    assert changed.first_file() == first
    touched(package / "__init__.py", '__version__ = "1.2.3"\n')
    assert changed.first_file() != first, "a package manager replaces the first file, even by the same"


def test_a_package_manager_at_work_is_noticed(tmp_path: Path) -> None:
    """Its lock is one of another process, on a file that may not be read."""
    lock = tmp_path / "lock-frontend"
    lock.touch()
    holds = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX)"
    holds += "; print('held', flush=True); input()"
    assert not is_being_installed([lock, tmp_path / "none"], tmp_path / "db.lck")
    holder = subprocess.Popen(
        [sys.executable, "-c", holds, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    assert is_being_installed([tmp_path / "none", lock], tmp_path / "db.lck")
    holder.communicate("\n")
    assert not is_being_installed([lock], tmp_path / "db.lck")
    (tmp_path / "db.lck").touch()
    assert is_being_installed([lock], tmp_path / "db.lck")


def test_without_room_for_the_copy_the_service_runs_from_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_runtime: Path) -> Program:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(installed, "run_from_copy", full)
    assert engramd_main._from_copy("/run/engramd:/run/other") is None
    assert "where upgrades change it: [Errno 28] No space left" in capsys.readouterr().err


def test_every_child_of_this_program_is_told_which_one_to_import() -> None:
    """A child of a service must import the copy, and not what is installed meanwhile."""
    files = [*(ROOT / "engramd").rglob("*.py")]
    starters = [file for file in files if re.search(r'sys\.executable, (?:"-P", )?"-m"', file.read_text())]

    assert len(starters) > 8
    assert [str(file) for file in starters if "PYTHONPATH" not in file.read_text()] == []
