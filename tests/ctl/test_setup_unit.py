"""The drop-in of the unit: which trees it opens, and that systemd reads it as it is meant."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engramd.ctl.programs import Answer
from engramd.ctl.setup_machine import Machine
from engramd.ctl.setup_unit import drop_in, refusal, trees

ROOT = Path(__file__).resolve().parents[2]


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


@pytest.mark.parametrize(
    ("folders", "opened"),
    [
        (("/srv/media/tv", "/srv/media/films", "/srv/media/staging"), ()),
        (("/mnt/nas/tv", "/mnt/nas/films", "/mnt/nas/staging"), ("/mnt/nas",)),
        (("/mnt/nas/tv",), ("/mnt/nas/tv",)),
        (("/mnt/one/tv", "/mnt/two/films"), ("/mnt/one/tv", "/mnt/two/films")),
        (("/srv/tv", "/srv/films"), ("/srv/tv", "/srv/films")),
        (("/data/tv", "/data/films"), ("/data",)),
        (("/home/ann/Videos/tv", "/home/ann/Videos/films"), ("/home/ann/Videos",)),
        (("/home/ann/tv", "/home/ann/films"), ("/home/ann/tv", "/home/ann/films")),
        (("/var/lib/tv", "/var/lib/films"), ("/var/lib/tv", "/var/lib/films")),
        (("/mnt/nas", "/mnt/nas/films"), ("/mnt/nas",)),
        (("/mnt/a/tv", "/mnt/b/x", "/mnt/b"), ("/mnt/a/tv", "/mnt/b")),
        (("/srv/media/tv", "/mnt/nas/films"), ("/mnt/nas/films",)),
    ],
)
def test_one_tree_is_opened_where_it_holds_nothing_of_strangers(
    folders: tuple[str, ...], opened: tuple[str, ...]
) -> None:
    assert trees(paths(*folders)) == paths(*opened)


@pytest.mark.parametrize(
    "folder", ["/", "/mnt", "/home", "/tmp/tv", "/etc/tv", "tv", "/mnt/../etc", "/dev/sr0"]
)
def test_what_is_no_place_for_a_library_is_refused(folder: str) -> None:
    assert refusal(Path(folder))


@pytest.mark.parametrize(
    "folder", ["/mnt/nas", "/data", "/srv/media/tv", "/home/ann/Videos", "/var/lib/media"]
)
def test_other_places_may_be_libraries(folder: str) -> None:
    assert refusal(Path(folder)) == ""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
@pytest.mark.parametrize(
    ("folders", "group", "wanted"),
    [
        (
            ("/srv/media/tv", "/srv/media/films"),
            "engramd",
            ["ReadWritePaths: -/srv/media", "ProtectHome: yes"],
        ),
        (
            ("/mnt/the nas/100%n tv", '/mnt/the nas/it\'s "mine"'),
            "media",
            [
                "ReadWritePaths: -/srv/media -/mnt/the nas",
                "SupplementaryGroups: cdrom media",
                "ProtectHome: yes",
            ],
        ),
        (
            ("/home/ann/my: 50%n tv\\x", '/mnt/it\'s "mine"'),
            "media",
            [
                "ProtectHome: tmpfs",
                "BindPaths: /home/ann/my: 50%n tv\\x:/home/ann/my: 50%n tv\\x:rbind",
                'ReadWritePaths: -/srv/media -/mnt/it\'s "mine"',
            ],
        ),
    ],
)
def test_systemd_reads_it_as_it_is_meant(
    folders: tuple[str, ...], group: str, wanted: list[str], tmp_path: Path
) -> None:
    unit = tmp_path / "engramd.service"
    text = (ROOT / "systemd/engramd.service").read_text("utf-8")
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text), "utf-8")
    file = tmp_path / "engramd.service.d/engramctl-setup.conf"
    file.parent.mkdir()
    file.write_text(drop_in(paths(*folders), group), "utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        env=os.environ | {"SYSTEMD_LOG_LEVEL": "debug"},
        capture_output=True,
        text=True,
        check=False,
    )

    said = [line.strip() for line in done.stdout.splitlines()]
    assert f"DropIn Path: {file}" in said, done.stderr
    assert [line for line in wanted if line not in said] == [], done.stdout
    for folder in folders:
        assert f"RequiresMountsFor: {folder} (origin-file)" in said, done.stdout


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("systemd 257 (257.9-1~deb13u1)\n+PAM", "WantsMountsFor"),
        ("systemd 252 (252.39-1~deb12u1)\n+PAM", "RequiresMountsFor"),
        ("", "RequiresMountsFor"),
    ],
    ids=["Debian 13", "Debian 12", "it says nothing"],
)
def test_a_disk_that_is_unplugged_ends_the_service_only_where_systemd_cannot_do_without(
    said: str, key: str
) -> None:
    machine = Machine(ask=lambda *_words, **_options: Answer(0, said))

    unit = drop_in(paths("/mnt/nas/tv"), "engramd", wants_mounts=machine.wants_mounts())

    assert f"[Unit]\n{key}=/mnt/nas/tv\n" in unit
