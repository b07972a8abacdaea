"""engramctl setup and a real daemon: root's files, groups and folders are real, in a mount namespace."""

from __future__ import annotations

import grp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.ctl import setup
from engramd.ctl.app import app
from engramd.ctl.programs import Answer
from engramd.ctl.setup_machine import Machine, make_folder
from engramd.errors import FilingFailed, InvalidArgument
from engramd.organize.roots import MARKER
from tests.ctl.test_review_in_tmux import shell
from tests.support.clickrunner import runner
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.tmux import missing_for_tmux

#: /etc, and that systemd runs, are those of a machine of the test's own.
_MACHINE = """set -e
mount --bind "$1/etc" /etc
mount -t tmpfs none /run
mkdir -p /run/systemd/system
shift
exec "$@"
"""
#: A stand-in for systemctl, which needs a booted systemd: a restart is the test's, which has the daemon.
_SYSTEMCTL = """#!/bin/sh
echo "$*" >> '{folder}/systemctl.calls'
[ "$1" = restart ] || exit 0
touch '{folder}/restart'
while [ -e '{folder}/restart' ]; do sleep 0.05; done
"""


class House:
    """A machine with a service, and a disk for the library that the service's sandbox might close."""

    def __init__(self, folder: Path, library: Path, daemon: DaemonUnderTest) -> None:
        self.folder, self.library, self.daemon = folder, library, daemon
        self.etc, self.unit = (
            folder / "etc",
            folder / "etc/systemd/system/engramd.service.d/engramctl-setup.conf",
        )
        (self.etc / "systemd/system").mkdir(parents=True)
        for name in ("passwd", "group", "nsswitch.conf", "login.defs"):
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), self.etc)
        with (self.etc / "group").open("a") as groups:
            groups.write("engramd:x:64990:\n")
        (self.etc / "gshadow").touch()
        (self.etc / "engramd").symlink_to(daemon.folder)
        (folder / "bin").mkdir()
        (folder / "bin/systemctl").write_text(_SYSTEMCTL.format(folder=folder))
        (folder / "bin/systemctl").chmod(0o755)

    def setup(
        self, *words: str, said: str = "", become: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run engramctl setup; where it restarts the service, that is done."""
        command = ["unshare", "--mount", "sh", "-c", _MACHINE, "sh", str(self.folder), *become]
        environment = os.environ | self.daemon.bus.environment | {"SUDO_USER": "ann", "LANG": "de_DE.UTF-8"}
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "engramd.ctl", "setup", *words],
            env=environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.close()
        process.stdin = None
        wanted = self.folder / "restart"
        self.daemon.wait_until(lambda: wanted.exists() or process.poll() is not None, "setup hangs", 60)
        if wanted.exists():
            self.daemon.stop()
            self.daemon.start()
            wanted.unlink()
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)

    def calls(self) -> list[str]:
        """What systemctl was asked since the last time."""
        file = self.folder / "systemctl.calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def groups(self) -> dict[str, int]:
        """The groups of the machine."""
        lines = [line.split(":") for line in (self.etc / "group").read_text().splitlines()]
        return {fields[0]: int(fields[2]) for fields in lines}


@pytest.fixture
def library() -> Iterator[Path]:
    """A folder outside of those for temporary files, which a service cannot use."""
    folder = Path(tempfile.mkdtemp(prefix="engramd-test-", dir="/srv"))
    yield folder
    subprocess.run(["umount", "-q", "-l", folder], check=False)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def system_bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=True) as bus:
        yield bus


@pytest.fixture
def house(tmp_path: Path, sqlite_schema: Path, system_bus: PrivateBus, library: Path) -> Iterator[House]:
    (tmp_path / "state").mkdir()
    shutil.copy(sqlite_schema, tmp_path / "state/engramd.db")
    unset: dict[str, object] = dict.fromkeys(("library_tv_path", "library_movies_path", "staging_path"))
    daemon = DaemonUnderTest(tmp_path, system_bus, settings=unset)
    config = tmp_path / "engramd.toml"
    config.write_text(config.read_text().replace("[settings]", "[settings]  # by Ann"))
    with daemon:
        yield House(tmp_path / "machine", library, daemon)


@pytest.mark.root
def test_one_command_sets_a_service_up_and_the_service_proves_each_folder(house: House) -> None:
    folders = ["--tv", f"{house.library}/tv", "--films", f"{house.library}/films"]
    others = ["--group", "media", "--languages", "de,en", "--source", "discdb", "--makemkv-key", "-"]
    config = house.daemon.folder / "engramd.toml"
    before = config.read_text()

    done = house.setup(*folders, *others, "--yes", said="T-secret\n")

    assert done.returncode == 0, done.stdout + done.stderr + house.daemon.log()
    assert "T-secret" not in done.stdout + done.stderr
    settings = tomllib.loads(config.read_text())["settings"]
    assert settings["makemkv_key"] == "T-secret"
    assert (settings["library_tv_path"], settings["staging_path"]) == (
        f"{house.library}/tv",
        f"{house.library}/staging",
    )
    assert (settings["audio_languages"], settings["discdb_enabled"]) == ("ger, eng, original", True)
    assert settings["min_free_bytes"] == 1_000_000
    assert "# by Ann" in config.read_text()
    assert (config.stat().st_mode & 0o7777, config.stat().st_gid) == (0o640, 64990)
    backup = config.with_name("engramd.toml.bak")
    assert (backup.read_text(), backup.stat().st_mode & 0o7777) == (before, 0o640)
    unit = house.unit.read_text()
    assert f"ReadWritePaths=-{house.library}\n" in unit
    assert "SupplementaryGroups=media\n" in unit
    assert f"RequiresMountsFor={house.library}/tv {house.library}/films {house.library}/staging\n" in unit
    assert house.unit.stat().st_mode & 0o7777 == 0o644
    for name in ("tv", "films", "staging"):
        status = (house.library / name).stat()
        assert (status.st_mode & 0o7777, status.st_gid) == (0o2775, house.groups()["media"]), name
        assert (house.library / name / MARKER).exists() == (name != "staging")
    assert house.calls() == ["start engramd.service", "--version", "daemon-reload", "restart engramd.service"]
    for sentence in (
        "made the group media",
        f"wrote {Path('/etc/engramd/engramd.toml')}",
        f"{house.library}/tv is a library now",
        f"series: the library of series can be written ({house.library}/tv)",
        f"films: the library of films can be written ({house.library}/films)",
        "rips on their way: the staging folder can be written",
        "sudo usermod -aG engramd ann",
        "insert a disc",
    ):
        assert sentence in done.stdout, done.stdout

    files = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in (config, house.unit, backup)}
    again = house.setup(*folders, *others, "--yes", "--json", said="T-secret\n")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["proven"], told["done"]) == (True, ["nothing was to be changed"])
    assert house.calls() == ["start engramd.service", "--version", "is-active --quiet engramd.service"]
    assert {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in files} == files


@pytest.mark.root
def test_a_folder_that_the_service_cannot_write_is_told_with_the_remedy(house: House) -> None:
    """As behind a sandbox: root makes the folder, and for the service its file system is read-only."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", house.library], check=True)

    done = house.setup("--yes", "--tv", str(house.library), "--films", "none", "--staging", "")

    assert done.returncode == 1, done.stdout
    assert f"series: the library of series cannot be written ({house.library})" in done.stdout
    assert "sudo mount -o remount" in done.stdout.partition("What remains:")[2]


@pytest.mark.unprivileged
def test_who_is_not_root_is_told_the_command(house: House) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    done = house.setup("--yes", become=nobody)
    assert done.returncode == 4
    assert "sudo engramctl setup" in done.stderr
    assert house.calls() == []


@pytest.fixture
def other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with systemd and without a daemon, below a folder; nothing is started there."""
    machine = Machine(
        tmp_path, lambda *words, seconds=0.0: Answer(1, errors=f"{words[0]} is not to be called")
    )
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    monkeypatch.setattr(setup, "machine_of", lambda: machine)
    return machine


def test_the_files_can_be_seen_before_without_any_key(
    other_machine: Machine, system_bus: PrivateBus, tmp_path: Path
) -> None:
    other_machine.config.parent.mkdir(parents=True)
    other_machine.config.write_text('[settings]\ntmdb_api_key = "old-secret" # Ann\n')
    words = ["setup", "--dry-run", "--yes", "--tv", "/mnt/nas/tv", "--films", "none", "--group", "media"]
    done = runner().invoke(
        app, [*words, "--makemkv-key", "-"], env=system_bus.environment, input="T-secret\n"
    )

    assert done.exit_code == 0, done.output
    assert 'tmdb_api_key = "…" # Ann\nlibrary_tv_path = "/mnt/nas/tv"\n' in done.stdout
    assert 'makemkv_key = "…"\n' in done.stdout
    assert "\nSupplementaryGroups=media\nReadWritePaths=-/mnt/nas\n" in done.stdout
    assert "secret" not in done.output
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["engramd.toml"]
    typed = runner().invoke(app, [*words, "--tmdb-key", "abc"], env=system_bus.environment)
    assert "the shell's history has TMDB's key now; better: --tmdb-key -" in typed.stderr
    nothing = runner().invoke(app, [*words, "--makemkv-key", "-"], env=system_bus.environment)
    assert "nothing came on standard input" in nothing.stderr


@pytest.mark.root
def test_a_file_is_written_whole_and_its_first_form_kept(tmp_path: Path) -> None:
    machine, file = Machine(tmp_path), tmp_path / "etc/engramd/engramd.toml"
    assert machine.write(file, "first", mode=0o640)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("first", 0o640)
    assert not machine.write(file, "first", mode=0o640)
    assert machine.write(file, "second", mode=0o640)
    assert machine.write(file, "third", mode=0o640)
    assert {path.name: path.read_text() for path in file.parent.iterdir()} == {
        "engramd.toml": "third",
        "engramd.toml.bak": "first",
    }
    (tmp_path / "file").touch()
    with pytest.raises(FilingFailed, match="cannot be written"):
        machine.write(tmp_path / "file/engramd.toml", "x", mode=0o640)


@pytest.mark.root
def test_folders_get_the_group_and_what_is_there_stays(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    new, empty, full = tmp_path / "a/new", tmp_path / "empty", tmp_path / "full"
    for folder in (empty, full):
        folder.mkdir(mode=0o750)
    (full / "film.mkv").touch()
    assert [make_folder(folder, group) for folder in (new, empty, full)] == [True, True, False]
    assert [folder.stat().st_mode & 0o7777 for folder in (new, empty, full)] == [0o2775, 0o2775, 0o750]
    assert [make_folder(folder, group) for folder in (new, empty, full)] == [False, False, False]
    with pytest.raises(FilingFailed, match="no such group") as caught:
        make_folder(tmp_path / "other", "no-group-of-this-name")
    assert caught.value.remedy == "sudo groupadd --system no-group-of-this-name"


@pytest.mark.root
def test_a_link_that_leads_astray_gives_nothing_of_the_system_away(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    (tmp_path / "tv").symlink_to("/etc/tmpfiles.d")
    before = Path("/etc/tmpfiles.d").stat()

    with pytest.raises(InvalidArgument, match=r"it is /etc/tmpfiles\.d"):
        make_folder(tmp_path / "tv", group)

    assert Path("/etc/tmpfiles.d").stat().st_mode == before.st_mode


def test_the_way_to_a_new_library_can_be_walked_whatever_the_umask(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    before = os.umask(0o077)
    try:
        make_folder(tmp_path / "library/shows/tv", group)
    finally:
        os.umask(before)

    ways = (tmp_path / "library", tmp_path / "library/shows")
    assert [way.stat().st_mode & 0o7777 for way in ways] == [0o755, 0o755]


def test_nobody_to_ask_is_an_error(system_bus: PrivateBus) -> None:
    done = runner().invoke(app, ["setup", "--bus", "session"], env=system_bus.environment)
    assert done.exit_code == 2
    assert "--yes" in done.stderr


@pytest.fixture
def own_daemon(tmp_path: Path, sqlite_schema: Path) -> Iterator[DaemonUnderTest]:
    """A daemon of one's own, on a session bus, without a configuration file that locks anything."""
    (tmp_path / "state").mkdir()
    shutil.copy(sqlite_schema, tmp_path / "state/engramd.db")
    with PrivateBus(system=False) as bus:
        daemon = DaemonUnderTest(tmp_path, bus)
        (tmp_path / "engramd.toml").write_text("[settings]\nmin_free_bytes = 1000000\n")
        with daemon:
            yield daemon


@pytest.mark.skipif(bool(missing_for_tmux()), reason=missing_for_tmux())
def test_a_person_is_asked_five_things_and_a_daemon_of_ones_own_is_told_by_the_bus(
    own_daemon: DaemonUnderTest,
) -> None:
    place = own_daemon.folder / "media"
    with shell(own_daemon) as terminal:
        terminal.run(".venv/bin/python -m engramd.ctl --bus session setup; echo code=$?")
        for prompt, said in (
            ("Series [/srv/media/tv]:", str(place / "tv")),
            ("Films [/srv/media/films]:", "none"),
            ("Languages [all]:", "de, xx9"),
            ("is no language", "de"),
            ("MakeMKV's key (Enter: none):", "T-hidden"),
            ("Sources [none]:", "none"),
        ):
            shown = terminal.wait_for(lambda screen, prompt=prompt: prompt in " ".join(screen.split()))
            terminal.run(said)
        shown = terminal.wait_for("code=")
        assert "code=0" in shown, shown
        assert "T-hidden" not in shown
        assert "here is no service of the system" in " ".join(shown.split())
    assert (place / "tv" / MARKER).exists()
    values = own_daemon_values(own_daemon)
    assert values["library_tv_path"] == str(place / "tv")
    assert values["staging_path"] == str(place / "staging")
    assert values["subtitle_languages"] == "ger"
    assert (own_daemon.folder / "engramd.toml").read_text() == "[settings]\nmin_free_bytes = 1000000\n"

    again = own_daemon.ctl("setup", "--yes")
    assert "nothing was to be changed" in again.stdout


def own_daemon_values(daemon: DaemonUnderTest) -> dict[str, object]:
    found = [json.loads(line) for line in daemon.ctl("config", "list", "--json").stdout.splitlines()]
    return {one["name"]: one["value"] for one in found}
