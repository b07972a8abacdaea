"""`engramd.toml`: every mistake is told at once, and near misses get a suggestion."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engramd.errors import InvalidArgument
from engramd.settings import read_config_file


def written(folder: Path, text: str) -> Path:
    file = folder / "engramd.toml"
    file.write_text(text, "utf-8")
    return file


def test_no_file_says_nothing(tmp_path: Path) -> None:
    file = read_config_file(tmp_path / "engramd.toml")
    assert (file.database_url, file.log_level, file.settings) == ("", "info", {})


def test_what_a_file_can_say(tmp_path: Path) -> None:
    text = 'database_url = "sqlite:////x"\nlog_level = "debug"\n[settings]\nauto_eject_enabled = false\n'
    file = read_config_file(written(tmp_path, text))
    assert (file.database_url, file.log_level) == ("sqlite:////x", "debug")
    assert file.settings == {"auto_eject_enabled": False}


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
        databse_url = "x"
        database_url = 5
        log_level = "loud"
        [settings]
        libary_tv_path = "/srv"
        max_concurrent_matches = 0
        extras_policy = "perhaps"
        id = 2
    """
    with pytest.raises(InvalidArgument) as caught:
        read_config_file(written(tmp_path, text))
    told = str(caught.value)
    for part in (
        "databse_url is unknown (did you mean database_url?)",
        "database_url is a string",
        "log_level is one of debug, info, warning, error",
        "libary_tv_path is unknown (did you mean library_tv_path?)",
        "0 is no max_concurrent_matches",
        "'perhaps' is no extras_policy",
        "id is unknown",
        str(tmp_path / "engramd.toml"),
    ):
        assert part in told


@pytest.mark.parametrize(
    "text",
    ["[settings", "settings = 5", "log_level = []", "a = 1\na = 2", "[[settings]]\nextras_policy = 'keep'"],
)
def test_what_cannot_be_read_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"engramd\.toml"):
        read_config_file(written(tmp_path, text))


def test_bytes_that_are_no_text_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "engramd.toml").write_bytes(b"log_level = '\xff'")
    with pytest.raises(InvalidArgument, match=r"engramd\.toml.*mend or remove it"):
        read_config_file(tmp_path / "engramd.toml")
    with pytest.raises(InvalidArgument, match="directory"):
        read_config_file(tmp_path)


def test_a_station_has_a_name_its_own_or_that_of_the_machine(tmp_path: Path) -> None:
    file = tmp_path / "engramd.toml"
    machine = read_config_file(file).station_name
    assert machine
    assert os.uname().nodename.startswith(machine)
    file.write_text('station = "attic-2.house"\n')
    assert read_config_file(file).station_name == "attic-2.house"
    for wrong in ('"the attic"', '"-x"', "7", f'"{"x" * 64}"', '"a\\nb"'):
        file.write_text(f"station = {wrong}\n")
        with pytest.raises(InvalidArgument, match="station is a name of at most 63 letters"):
            read_config_file(file)
