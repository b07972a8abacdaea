"""engramctl db and a real daemon: an upgrade copies the database, and one command goes back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from click.testing import Result

from engramd import __version__
from engramd.ctl.app import app
from engramd.store import default_url
from engramd.store.migrate import configuration
from engramd.store.revision import HEAD
from tests.support.clickrunner import runner
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.system.test_systemd import NotifySocket

FORMER = f"{int(HEAD) - 1:04}"
#: A stand-in for systemctl, which needs a booted systemd: it ends the daemon as the real one does.
_SYSTEMCTL = """#!/bin/sh
echo "$1" >> '{folder}/systemctl.calls'
case "$1" in
show) printf 'LoadState=loaded\\nActiveState=active\\nResult=success\\nExecMainStatus=0\\n' ;;
stop) kill -TERM {pid}; flock '{folder}/state/lock' true ;;
esac
"""


@pytest.fixture(scope="module")
def system_bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=True) as bus:
        yield bus


@pytest.fixture
def daemon(tmp_path: Path, system_bus: PrivateBus, notify: NotifySocket) -> Iterator[DaemonUnderTest]:
    """A daemon that finds the database of an older engramd at its first start."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/version").write_text("0.0.9\n")
    command.upgrade(configuration(default_url(tmp_path / "state")), FORMER)  # type: ignore[arg-type]
    environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with DaemonUnderTest(tmp_path, system_bus, environment=environment) as made:
        yield made


@pytest.fixture
def notify(tmp_path: Path) -> Iterator[NotifySocket]:
    """Give the socket of a service manager."""
    manager = NotifySocket(tmp_path / "notify")
    yield manager
    manager.close()


def ctl(daemon: DaemonUnderTest, *words: str, said: str = "", path: str = "") -> Result:
    places = {"STATE_DIRECTORY": str(daemon.folder / "state"), "CONFIGURATION_DIRECTORY": str(daemon.folder)}
    environment = daemon.bus.environment | places | {"PATH": f"{path}{os.environ['PATH']}"}
    return runner().invoke(app, [*words], env=environment, input=said)


def listed(daemon: DaemonUnderTest) -> list[dict[str, object]]:
    done = ctl(daemon, "db", "list", "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def schema(daemon: DaemonUnderTest) -> str:
    with closing(sqlite3.connect(daemon.folder / "state/engramd.db")) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_upgrade_copies_the_database_and_one_command_goes_back(
    daemon: DaemonUnderTest, notify: NotifySocket, tmp_path: Path
) -> None:
    assert schema(daemon) == HEAD
    [made] = listed(daemon)
    assert (made["kind"], made["version"], made["schema"]) == ("migration", "0.0.9", FORMER)
    assert "the database is copied before its schema changes" in daemon.log()
    assert "EXTEND_TIMEOUT_USEC=7200000000" in notify.read(), "systemd ends a start that takes long"

    by_hand = ctl(daemon, "db", "backup")
    assert by_hand.exit_code == 0, by_hand.output
    assert [one["kind"] for one in listed(daemon)] == ["hand", "migration"]
    shown = ctl(daemon, "db", "list").stdout
    assert "before a migration" in shown
    assert "by hand" in shown

    assert daemon.process is not None
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/systemctl"
    program.write_text(_SYSTEMCTL.format(folder=tmp_path, pid=daemon.process.pid))
    program.chmod(0o755)
    refused = ctl(daemon, "db", "restore", "--bus", "session", "--yes")
    assert (refused.exit_code, "stop it first" in refused.stderr) == (1, True), refused.output
    unsaid = ctl(daemon, "db", "restore", said="n\n", path=f"{tmp_path}/bin:")
    assert unsaid.exit_code == 1
    assert daemon.process.poll() is None

    done = ctl(daemon, "db", "restore", said="y\ny\n", path=f"{tmp_path}/bin:")

    assert done.exit_code == 0, done.output
    assert f"it is of engramd 0.0.9: {__version__} brings its schema from {FORMER} to {HEAD}" in done.stdout
    calls = (tmp_path / "systemctl.calls").read_text().split()
    assert (calls[-2:], daemon.process.wait(20)) == (["stop", "start"], 0)
    assert schema(daemon) == FORMER
    assert next((one["kind"], one["version"]) for one in listed(daemon)) == ("restore", __version__)

    daemon.start()
    assert schema(daemon) == HEAD
    assert [one["kind"] for one in listed(daemon)] == ["migration", "restore", "hand", "migration"]


def test_a_newer_database_stops_the_daemon_for_good_and_names_the_way_back(daemon: DaemonUnderTest) -> None:
    daemon.stop()
    [made] = listed(daemon)
    with closing(sqlite3.connect(daemon.folder / "state/engramd.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    daemon.start(wait=False)
    assert daemon.process is not None
    assert daemon.process.wait(30) == 78, "systemd would try it again and again"
    assert f"sudo engramctl db restore {made['name']}" in daemon.log()

    done = ctl(daemon, "db", "restore", "--yes")
    assert done.exit_code == 0, done.output
    daemon.start()
    assert schema(daemon) == HEAD


@pytest.mark.root
@pytest.mark.parametrize("words", [["backup"], ["restore", "--yes"]], ids=["backup", "restore"])
def test_links_in_the_state_folder_do_not_lead_root_astray(tmp_path: Path, words: list[str]) -> None:
    """The folder is the service's: it may hold whatever somebody who took that over has put there."""
    state, secret, place = tmp_path / "state", tmp_path / "secret", tmp_path / "place"
    for folder in (state, place, state / "backups"):
        folder.mkdir()
    secret.write_text("root's own")
    secret.chmod(0o600)
    command.upgrade(configuration(default_url(state)), HEAD)  # type: ignore[arg-type]
    environment = os.environ | {"STATE_DIRECTORY": str(state), "CONFIGURATION_DIRECTORY": str(tmp_path)}
    run = [sys.executable, "-m", "engramd.ctl", "--bus", "session", "db"]
    subprocess.run([*run, "backup"], env=environment, check=True, capture_output=True)
    for path in (tmp_path, state, *state.rglob("*")):
        os.chown(path, 65534, 65534)
    if words == ["backup"]:
        (state / "backups").rename(tmp_path / "away")
        (state / "backups").symlink_to(place)
    for name in ("lock", "version"):
        (state / name).unlink(missing_ok=True)
        (state / name).symlink_to(secret)

    subprocess.run([*run, *words], env=environment, check=False, capture_output=True)

    assert (secret.read_text(), secret.stat().st_uid) == ("root's own", 0)
    assert (list(place.iterdir()), place.stat().st_uid) == ([], 0)


@pytest.mark.unprivileged
def test_who_may_not_look_is_told_who_may(tmp_path: Path) -> None:
    """Neither into a state folder of the service, nor into one that is behind a closed one."""
    (tmp_path / "state").mkdir(mode=0o700)
    nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        sys.executable,
        "-m",
        "engramd.ctl",
    ]
    for words in (["db", "backup"], ["db", "restore"], ["db", "list"]):
        environment = os.environ | {"STATE_DIRECTORY": str(tmp_path / "state")}
        done = subprocess.run(
            [*nobody, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done
        assert f"sudo engramctl {' '.join(words)}" in done.stderr
