"""engramctl models lists and fetches where the daemon looks, and says who may."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import Result

import engramd
from engramd.ctl import models
from engramd.ctl.app import app
from engramd.match.speech.models import speech_model
from tests.match.speech.hub_stand_in import MODEL, put_model
from tests.support.clickrunner import runner
from tests.support.webserver import WebServer

NOBODY = 65534


@pytest.fixture
def hub() -> Iterator[WebServer]:
    with WebServer() as server:
        put_model(server)
        yield server


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


def engramctl(*words: object) -> Result:
    return runner().invoke(app, [str(word) for word in words])


def test_a_model_is_fetched_to_where_the_daemon_looks(hub: WebServer, state: Path) -> None:
    empty = engramctl("models", "list")
    assert empty.exit_code == 0
    assert str(state / "models") in empty.stdout
    assert "models get NAME" in empty.stdout
    assert "large-v3" in empty.stdout

    done = engramctl("models", "get", "tiny", "--from", hub.url)

    assert done.exit_code == 0, done.output
    assert str(state / "models/tiny") in done.stdout
    assert "speech_model_path" not in done.stdout
    assert done.stderr == "", "there is no terminal that would show progress"
    assert speech_model("", state) == state / "models/tiny"
    listed = engramctl("models", "list", "--json")
    (said,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (said["name"], said["path"], said["lacking"]) == ("tiny", str(state / "models/tiny"), [])
    assert said["size"] > sum(map(len, MODEL.values()))
    assert said["fetched_at"].endswith("Z")


def test_another_folder_is_told_how_to_use_it(hub: WebServer, state: Path, tmp_path: Path) -> None:
    done = engramctl("models", "get", "tiny", "--from", hub.url, "--to", tmp_path / "here")
    assert done.exit_code == 0, done.output
    assert f"engramctl config set speech_model_path {tmp_path / 'here/tiny'}" in done.stdout
    assert "complete" in engramctl("models", "list", "--to", tmp_path / "here").stdout
    (tmp_path / "here/tiny/model.bin").unlink()
    assert "lacks model.bin" in engramctl("models", "list", "--to", tmp_path / "here").stdout


def test_what_went_wrong_is_one_line(state: Path) -> None:
    wrong = engramctl("models", "get", "enormous", "--from", "http://127.0.0.1:1")
    assert (wrong.exit_code, len(wrong.stderr.splitlines())) == (2, 1)
    assert "distil-large-v3" in wrong.stderr
    down = engramctl("models", "get", "tiny", "--from", "http://127.0.0.1:1")
    assert (down.exit_code, len(down.stderr.splitlines())) == (1, 1)
    assert "cannot be reached" in down.stderr


def test_the_service_of_the_system_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(models, "SYSTEM_STATE", tmp_path / "of the system")
    assert str(tmp_path / "of the system/models") in engramctl("models", "list").stdout
    assert str(tmp_path / "engramd/models") in engramctl("--bus", "session", "models", "list").stdout
    refused = engramctl("models", "get", "tiny", "--from", "http://127.0.0.1:1")
    assert refused.exit_code == 4
    assert "it is not there" in refused.stderr
    assert "sudo -u engramd engramctl models get tiny" in refused.stderr
    assert "--to" in refused.stderr


@pytest.mark.unprivileged
def test_another_user_is_told_who_may_do_it() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "state/models").mkdir(parents=True)
        (Path(name) / "state").chmod(0o700)
        got = as_child(Path(name) / "state", "get", "tiny", "--from", "http://127.0.0.1:1", become=nobody)
        listed = as_child(Path(name) / "state", "list", become=nobody)
    assert (got.returncode, listed.returncode) == (4, 4), got.stderr + listed.stderr
    assert "sudo -u engramd engramctl models get tiny" in got.stderr
    assert "sudo -u engramd engramctl models list" in listed.stderr


@pytest.mark.root
def test_what_root_fetches_belongs_to_the_service(hub: WebServer) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        state = Path(name) / "state"
        state.mkdir(mode=0o750)
        os.chown(state, NOBODY, NOBODY)
        done = as_child(state, "get", "tiny", "--from", hub.url)
        assert done.returncode == 0, done.stderr
        there = [state / "models", *(state / "models").rglob("*")]
        assert len(there) == 2 + len(MODEL) + 1
        assert {(one.stat().st_uid, one.stat().st_gid) for one in there} == {(NOBODY, NOBODY)}


def as_child(state: Path, *words: str, become: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run engramctl models in a process of its own."""
    package = {"PYTHONPATH": str(Path(engramd.__file__).parents[1]), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [*(become or []), sys.executable, "-P", "-m", "engramd.ctl", "models", *words],
        env={**package, "STATE_DIRECTORY": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
