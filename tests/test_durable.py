"""A file that is written holds what it held, or all of the new, whenever the power goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engramd import durable


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the calls that matter to a power cut, in their order."""
    found: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        found.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}")
        sync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        found.append(f"{self.name} becomes {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    return found


def test_a_name_is_given_when_the_bytes_are_on_the_disk(tmp_path: Path, calls: list[str]) -> None:
    durable.write(tmp_path / "facts", b"all of it")

    partial = calls[0].removeprefix("sync ")
    assert calls == [f"sync {partial}", f"{partial} becomes facts", f"sync {tmp_path.name}"]
    assert (tmp_path / "facts").read_bytes() == b"all of it"


def test_a_secret_is_never_readable_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(durable, "sync_file", lambda path: modes.append(path.stat().st_mode & 0o777))

    durable.write(tmp_path / "key", b"T-secret", 0o600)

    assert modes == [0o600]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_what_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    file = tmp_path / "facts"
    durable.write(file, b"before")

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(*((os, "fsync") if moment == "fsync" else (Path, "replace")), fails)

    with pytest.raises(OSError, match="Input/output"):
        durable.write(file, b"after")
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file], "nothing is left over"


def test_a_file_system_that_cannot_sync_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", cannot)

    durable.write(tmp_path / "facts", b"written")

    assert (tmp_path / "facts").read_bytes() == b"written"
