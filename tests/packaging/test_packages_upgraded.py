"""Upgrades in roots of their releases: from an earlier schema of the database, and from Debian 12 to 13."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engramd.store.revision import HEAD
from tests.support.authoring import AuthoredDisc, write_references
from tests.support.debroots import (
    DAEMON,
    LIBRARY,
    PYTHON,
    BootedRoot,
    DebianRoot,
    an_ffmpeg_that_reads_discs,
    field,
    with_version,
)

pytestmark = [pytest.mark.packages, pytest.mark.root, pytest.mark.timeout(2400)]

needs_nspawn = pytest.mark.skipif(
    not shutil.which("systemd-nspawn"), reason="systemd-nspawn is not installed"
)
Packages = Callable[[int], Path]
DATABASE = "/var/lib/engramd/engramd.db"
#: The schema that the release before had, and a job in it: each column that must have a value gets one.
EARLIER = "0006"
MAKE = f"""
import sqlite3
from alembic import command
from engramd.store.migrate import configuration

command.upgrade(configuration("sqlite:///{DATABASE}"), "{EARLIER}")
given = {{
    "id": 7, "drive_id": "/dev/sr0", "volume_label": "HARBOR_S1D1", "content_type": "tv",
    "state": "completed", "classification_source": "heuristic",
    "created_at": "2026-01-01", "updated_at": "2026-01-01",
}}
with sqlite3.connect("{DATABASE}") as connection:
    columns = connection.execute("PRAGMA table_info(disc_jobs)")
    names = [name for _, name, _, is_needed, default, _ in columns if is_needed and default is None]
    row = {{name: given.get(name, 0) for name in {{*names, *given}}}}
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO disc_jobs ({{', '.join(row)}}) VALUES ({{marks}})", list(row.values()))
open("/var/lib/engramd/version", "w").write("0.0.9\\n")
"""
HISTORY = f"{DAEMON}engramctl --bus session --json history"
DB = "engramctl --bus session --json db"


@pytest.mark.parametrize("release", [13, 12])
def test_an_upgrade_migrates_the_database_after_a_backup_to_which_one_can_go_back(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    package = packages(release)
    earlier = with_version(package, f"0.0.9~deb{release}u1", tmp_path)
    with DebianRoot(release, package, tmp_path) as root:
        root.install(earlier)
        make_earlier(root, release)
        assert schema(root) == EARLIER

        root.install(package)

        assert schema(root) == EARLIER, "an upgrade changes nothing while the earlier version runs"
        said = root.as_service(HISTORY)
        assert said.returncode == 0, said.stdout + said.stderr + root.run("cat /tmp/log").stdout
        job = json.loads(said.stdout.splitlines()[0])
        assert (job["id"], job["volume_label"], job["state"]) == (7, "HARBOR_S1D1", "completed")
        assert schema(root) == HEAD

        [backup] = map(json.loads, root.as_service(f"{DB} list").stdout.splitlines())
        assert (backup["kind"], backup["version"], backup["schema"]) == ("migration", "0.0.9", EARLIER)
        assert root.as_service(f"{DB} restore --yes").returncode == 0
        assert schema(root) == EARLIER


def make_earlier(root: DebianRoot, release: int) -> None:
    """Make a database of the earlier schema with a job in it, by the program that is installed."""
    root.write("/make.py", MAKE)
    made = root.as_service(f"{PYTHON[release]} /make.py")
    assert made.returncode == 0, made.stderr


def schema(root: DebianRoot) -> str:
    """Give the schema of the database in a root."""
    with closing(sqlite3.connect(f"{root.path}{DATABASE}")) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


#: The real FFmpeg, which begins to read when it may.
HELD = """#!/bin/sh
case "$*" in *" -i "*) until [ -e /srv/media/go ]; do sleep 0.1; done ;; esac
exec {ffmpeg} "$@"
"""
VERSION = "busctl get-property org.engramd.Engram1 /org/engramd/Engram1 org.engramd.Engram1.Manager Version"


@needs_nspawn
@pytest.mark.parametrize("release", [13, 12])
def test_an_upgrade_during_a_rip_lets_it_end_and_then_the_new_version_starts(
    packages: Packages, release: int, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    package = packages(release)
    newer = with_version(package, f"9.1.0~deb{release}u1", tmp_path)
    with BootedRoot(release, package, tmp_path) as machine:
        install_held(machine, package)
        begin_held_rip(machine, tv_dvd)
        process, version = machine.out("systemctl show -P MainPID engramd"), machine.out(VERSION)

        machine.install(newer)
        asked = machine.out("engramctl restart --no-wait 2>&1")

        assert machine.out("systemctl show -P MainPID engramd") == process, "an upgrade restarts nothing"
        assert machine.out(VERSION) == version != 's "9.1.0"\n'
        assert "idle" in asked + machine.out("engramctl status"), "a person is told when it comes"
        assert '"ripping"' in machine.out("engramctl --json jobs"), "the rip goes on"

        machine.write("/srv/media/go", "")
        machine.out(f"until {VERSION} | grep -q 9.1.0; do sleep 0.2; done", seconds=240)
        [job] = map(json.loads, machine.out("engramctl --json history").splitlines())
        assert (job["state"], job["outcome"]) == ("completed", "complete")
        assert filed(machine) == ["Harbor Station - S01E01.mkv"]


def install_held(machine: BootedRoot, package: Path) -> None:
    """Install the package, with an FFmpeg that waits for a word before it reads a disc."""
    is_12 = "deb12" in package.name
    ffmpeg = an_ffmpeg_that_reads_discs(machine) if is_12 else "/usr/bin/ffmpeg"
    machine.write("/usr/local/bin/held-ffmpeg", HELD.format(ffmpeg=ffmpeg))
    machine.write("/etc/engramd/engramd.toml", LIBRARY + 'ffmpeg_path = "/usr/local/bin/held-ffmpeg"\n')
    machine.out("chmod 755 /usr/local/bin/held-ffmpeg")
    machine.install(package)


def begin_held_rip(machine: BootedRoot, disc: AuthoredDisc) -> None:
    """Have a title of a disc ripped that gives nothing yet."""
    shutil.copy(disc.image, machine.path / "srv/media/import/disc.iso")
    write_references(machine.path / "srv/media/references", "Harbor Station", disc.episodes)
    machine.out("chown -R engramd:engramd /srv/media")
    machine.out("engramctl rip /srv/media/import/disc.iso --titles 2 --no-wait")
    machine.out("until engramctl --json jobs | grep -q '\"ripping\"'; do sleep 0.2; done", seconds=120)


def filed(machine: BootedRoot) -> list[str]:
    """Give the names of the files in the library of series."""
    return [path.name for path in (machine.path / "srv/media/tv").rglob("*.mkv")]


@needs_nspawn
def test_debian_12_becomes_debian_13_and_the_service_goes_on_with_its_database_and_its_rip(
    packages: Packages, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    old, new = packages(12), packages(13)
    with BootedRoot(12, old, tmp_path, lean=True) as machine:
        install_held(machine, old)
        machine.out(f"systemctl stop engramd && rm {DATABASE}")
        make_earlier(machine, 12)
        machine.out("systemctl start engramd")
        begin_held_rip(machine, tv_dvd)
        process = machine.out("systemctl show -P MainPID engramd")
        shutil.copy(new, machine.path / "opt" / new.name)
        machine.out("sed -i s/bookworm/trixie/ /etc/apt/sources.list && apt-get -q update")

        assert "Remv engramd" in machine.out("apt-get -q -s dist-upgrade"), (
            "it holds to its Python, which goes"
        )
        keep = "-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold"
        machine.out(f"apt-get -q -y {keep} dist-upgrade /opt/{new.name} 2>&1", seconds=1800)

        assert machine.out("dpkg-query -W -f '${Version}' engramd") == field(new, "Version")
        assert machine.read("/etc/debian_version").startswith("13")
        assert not machine.exists("/usr/lib/engramd"), machine.run("find /usr/lib/engramd").stdout
        assert machine.out("systemctl is-active engramd").strip() == "active"
        assert machine.out("systemctl is-enabled engramd").strip() == "enabled"
        now = machine.out("systemctl show -P MainPID engramd")
        assert now != process, "no child of the former one could be started any more"
        assert "python3.13" in machine.out(f"cat /proc/{now.strip()}/maps")
        assert machine.run("dpkg --verify engramd").stdout == ""

        machine.write("/srv/media/go", "")
        is_ended = "engramctl --json history --limit 1 | grep -q '\"complete\"'"
        machine.out(f"until {is_ended}; do sleep 0.5; done", seconds=240)
        rip, earlier = map(json.loads, machine.out("engramctl --json history").splitlines())
        assert (earlier["id"], earlier["volume_label"]) == (7, "HARBOR_S1D1")
        assert (rip["id"], rip["outcome"]) == (8, "complete"), "the rip is the job that it was"
        assert filed(machine) == ["Harbor Station - S01E01.mkv"]


#: A service that uses the same library as the daemon, to see that needrestart does restart what it may.
OTHER = """
[Service]
ExecStart=/usr/bin/python3 -c 'import signal, sqlite3; signal.pause()'
"""


@needs_nspawn
@pytest.mark.parametrize("release", [13, 12])
def test_needrestart_restarts_others_after_an_upgrade_and_leaves_the_daemon_to_itself(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    package = packages(release)
    with BootedRoot(release, package, tmp_path) as machine:
        machine.out("NEEDRESTART_SUSPEND=1 apt-get -q -y -o Dpkg::Use-Pty=0 install needrestart 2>&1")
        machine.write("/etc/systemd/system/other.service", OTHER)
        machine.out("systemctl daemon-reload; systemctl start other")
        machine.install(package)
        before = processes(machine)

        machine.out(
            "cd /usr/lib/*-linux-gnu && cp -a libsqlite3.so.0.* new && mv new $(readlink libsqlite3.so.0)"
        )
        said = machine.out("needrestart -r a -l -v 2>&1")

        daemon, other = processes(machine)
        assert other != before[1], f"a library of it was replaced\n{said}"
        assert daemon == before[0], f"it may be in the middle of a rip\n{said}"


def processes(machine: BootedRoot) -> list[str]:
    """Give the processes of the daemon and of the other service."""
    return machine.out("systemctl show -P MainPID engramd other").split()
