"""engramctl discdb builds the index where the daemon looks for it, and says what is in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import Result

import engramd
from engramd.ctl import discdb
from engramd.ctl.app import app
from engramd.sources.discdb_index import FILE_NAME, DiscIndex
from tests.sources.discdb_made import HASH, bluray, episode, recorded, write_checkout
from tests.support.clickrunner import runner

DISC = bluray([(800, "1", 2500.4), (801, "2", 2600.0)])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    disc = {"Index": 1, "ContentHash": HASH, "Titles": recorded(DISC, {0: episode(1)})}
    return write_checkout(tmp_path / "checkout", {"series/Harbor Station (2019)/one/disc01.json": disc})


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


def engramctl(*words: object) -> Result:
    return runner().invoke(app, [str(word) for word in words])


def test_import_builds_the_index_in_the_state_folder(checkout: Path, state: Path) -> None:
    done = engramctl("discdb", "import", checkout)

    assert done.exit_code == 0, done.output
    assert "discs   1, 0 of them without titles" in done.stdout
    assert done.stderr == "", "there is no terminal that would show progress"
    assert len(DiscIndex(state / FILE_NAME).lookup(HASH)) == 1


@pytest.mark.parametrize("words", [("--json", "discdb", "status"), ("discdb", "status", "--json")])
def test_status_says_what_the_index_holds(checkout: Path, state: Path, words: tuple[str, ...]) -> None:
    engramctl("discdb", "import", checkout)

    done = engramctl(*words)

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["index"], said["source"]) == (str(state / FILE_NAME), str(checkout))
    assert (said["discs"], said["titles"], said["works"], said["hashes"], said["left_out"]) == (1, 2, 1, 1, 0)
    assert said["built_at"].endswith("Z")


def test_files_that_are_left_out_are_named(checkout: Path, state: Path) -> None:
    for number in range(2, 30):
        (checkout / f"data/series/Harbor Station (2019)/one/disc{number:02d}.json").write_text("[\x1b")

    done = engramctl("discdb", "import", checkout)

    assert done.exit_code == 0
    assert "28 files" in done.stdout
    assert "one/disc02.json: this is no JSON" in done.stdout
    assert "… and 8 more" in done.stdout
    assert "\x1b" not in done.stdout


def test_without_an_index_status_tells_how_to_make_one(state: Path) -> None:
    done = engramctl("discdb", "status")

    assert done.exit_code == 1
    assert "engramctl discdb import" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_without_the_data_is_refused(state: Path, tmp_path: Path) -> None:
    done = engramctl("discdb", "import", tmp_path)

    assert done.exit_code == 1
    assert "no checkout" in done.stderr
    assert not list(state.iterdir())
    assert engramctl("discdb", "import", tmp_path / "nothing").exit_code == 2


def test_a_state_folder_that_is_not_there_names_who_may_write(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "none"))

    done = engramctl("discdb", "import", checkout)

    assert done.exit_code == 4
    assert f"sudo -u engramd engramctl discdb import {checkout}" in done.stderr


@pytest.mark.unprivileged
def test_another_user_is_told_who_may_do_it() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        state = folder / "state"
        state.mkdir(mode=0o700)
        write_checkout(folder, {"series/Harbor Station (2019)/one/disc01.json": {"Titles": []}})
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-P"]
        package = {"PYTHONPATH": str(Path(engramd.__file__).parents[1]), "PATH": os.environ["PATH"]}
        environment = {**package, "STATE_DIRECTORY": str(state)}
        imported, asked = (
            subprocess.run(
                [*nobody, "-m", "engramd.ctl", "discdb", *words],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            for words in (("import", name), ("status",))
        )

    assert (imported.returncode, asked.returncode) == (4, 4), imported.stderr + asked.stderr
    assert f"sudo -u engramd engramctl discdb import {name}" in imported.stderr
    assert "sudo -u engramd" in asked.stderr


def test_the_service_of_the_system_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(discdb, "SYSTEM_STATE", tmp_path / "of the system")

    assert str(tmp_path / "of the system") in engramctl("discdb", "status").stderr
    assert str(tmp_path / "engramd") in engramctl("--bus", "session", "discdb", "status").stderr


def test_a_person_may_import_before_their_own_daemon_ran(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("STATE_DIRECTORY", "CACHE_DIRECTORY", "RUNTIME_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))

    done = engramctl("--bus", "session", "discdb", "import", checkout)

    assert done.exit_code == 0, done.output
    assert DiscIndex(tmp_path / "home/engramd" / FILE_NAME).summary().discs == 1
