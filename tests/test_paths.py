"""Where files lie: as a service, from a checkout; and never two daemons on one state folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engramd.errors import Busy, FilingFailed
from engramd.paths import Paths, StateLock

SERVICE = {
    "STATE_DIRECTORY": "/var/lib/engramd",
    "CACHE_DIRECTORY": "/var/cache/engramd",
    "RUNTIME_DIRECTORY": "/run/engramd",
    "CONFIGURATION_DIRECTORY": "/etc/engramd",
}


def places(environment: dict[str, str]) -> list[str]:
    paths = Paths.from_environment(environment)
    return [str(p) for p in (paths.state, paths.cache, paths.runtime, paths.config_file)]


def test_a_service_has_systemds_folders() -> None:
    expected = ["/var/lib/engramd", "/var/cache/engramd", "/run/engramd", "/etc/engramd/engramd.toml"]
    assert places(SERVICE | {"HOME": "/x", "XDG_STATE_HOME": "/y"}) == expected


def test_of_several_folders_the_first_counts() -> None:
    assert places({"STATE_DIRECTORY": "/var/lib/engramd:/var/lib/other"})[0] == "/var/lib/engramd"


def test_a_person_has_xdg_folders() -> None:
    xdg = {"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/r", "XDG_CONFIG_HOME": "/e"}
    assert places(xdg) == ["/s/engramd", "/c/engramd", "/r/engramd", "/e/engramd/engramd.toml"]


def test_without_xdg_there_is_home() -> None:
    assert places({"HOME": "/home/ada"}) == [
        "/home/ada/.local/state/engramd",
        "/home/ada/.cache/engramd",
        "/home/ada/.local/state/engramd/run/engramd",
        "/home/ada/.config/engramd/engramd.toml",
    ]


def test_the_command_line_names_the_configuration() -> None:
    assert Paths.from_environment(SERVICE, Path("/my.toml")).config_file == Path("/my.toml")


def own_paths(folder: Path) -> Paths:
    return Paths(folder / "state", folder / "cache", folder / "run", folder / "engramd.toml")


def test_folders_are_made_once(tmp_path: Path) -> None:
    paths = own_paths(tmp_path / "deep")
    paths.create()
    paths.create()
    assert paths.state.is_dir()
    assert paths.cache.is_dir()
    assert paths.runtime.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FilingFailed, match="file/state"):
        own_paths(tmp_path / "file").create()


def test_a_second_daemon_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    paths = own_paths(tmp_path)
    paths.create()
    code = (
        "import sys; from pathlib import Path; from engramd.paths import *\n"
        "folder = Path(sys.argv[1])\n"
        "lock = StateLock(Paths(folder, folder, folder, folder)); lock.take()\n"
        "print('taken', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(paths.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"taken\n"
        with pytest.raises(Busy) as caught:
            StateLock(paths).take()
        first.kill()
    assert str(paths.state) in str(caught.value)
    assert "STATE_DIRECTORY" in caught.value.remedy
    StateLock(paths).take()


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    paths = own_paths(tmp_path)
    with pytest.raises(FilingFailed, match=f"{paths.state}.*{os.strerror(2)}"):
        StateLock(paths).take()
