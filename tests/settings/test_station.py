"""The name of a station stays, whatever its machine is called."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from engramd.errors import EngramError
from engramd.settings import ConfigFile
from engramd.settings.station import keep_station, station_of


def _called(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename=name))


def test_a_machine_that_gets_another_name_keeps_its_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ConfigFile(tmp_path / "engramd.toml")
    _called(monkeypatch, "attic.example.org")
    assert station_of(file, tmp_path) == "attic"
    keep_station(tmp_path, "attic")
    _called(monkeypatch, "cellar")
    assert station_of(file, tmp_path) == "attic"


def test_a_name_that_was_not_to_be_had_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ConfigFile(tmp_path / "engramd.toml")
    _called(monkeypatch, "debian")
    station_of(file, tmp_path)
    _called(monkeypatch, "cellar")
    assert station_of(file, tmp_path) == "cellar"


def test_the_name_in_the_file_comes_first_and_stays_when_its_line_goes(tmp_path: Path) -> None:
    keep_station(tmp_path, "attic")
    named = ConfigFile(tmp_path / "engramd.toml", station="barn")
    assert station_of(named, tmp_path) == "barn"
    keep_station(tmp_path, "barn")
    assert station_of(ConfigFile(tmp_path / "engramd.toml"), tmp_path) == "barn"


def test_a_name_that_cannot_be_read_or_kept_is_never_replaced_by_another(tmp_path: Path) -> None:
    (tmp_path / "station").mkdir()
    with pytest.raises(EngramError, match="name cannot be read") as caught:
        station_of(ConfigFile(tmp_path / "engramd.toml"), tmp_path)
    assert "engramd.toml" in caught.value.remedy
    with pytest.raises(EngramError, match="name cannot be kept"):
        keep_station(tmp_path / "nowhere", "attic")
