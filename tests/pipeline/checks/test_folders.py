"""The folders: real ones of wrong modes, read-only mounts, full file systems, each with its remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engramd.organize.mounts import MountTables
from engramd.pipeline.checks import remedies
from engramd.pipeline.checks.folders import Folders, Place
from engramd.pipeline.checks.mounts import MountPoint, read_mounts
from engramd.pipeline.checks.service import Service, unit_in
from engramd.pipeline.findings import Finding
from tests.support.deadshare import dead_share
from tests.support.userfs import user_file_system

SERVICE = Service("engramd", "media", frozenset({"media"}), "engramd.service")
BY_HAND = Service("anna", "anna", frozenset({"anna"}))
NOBODY = Service("nobody", "nogroup")
ROOT = Path(__file__).parents[3]


def look(folder: Path, service: Service = SERVICE, **said: object) -> Finding:
    """Look at one folder as doctor does."""
    place = Place("tv", "the library of series", folder, "series", **said)  # type: ignore[arg-type]
    [found] = Folders(service, read_mounts()).look(place)
    return found


def test_a_folder_that_can_be_written_says_what_it_is_and_is_as_before(tmp_path: Path) -> None:
    found = look(tmp_path, holds_discs=True)
    assert (found.severity, found.remedy, found.where, found.short) == ("ok", "", str(tmp_path), "series")
    assert f"the library of series can be written ({tmp_path}); on " in found.text
    assert " free, about " in found.text
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_made_by_a_command(tmp_path: Path) -> None:
    gone = tmp_path / "my tv"
    found = look(gone)
    assert (found.severity, found.text) == ("error", f"the library of series is not there ({gone})")
    assert found.remedy == f"sudo install -d -o engramd -g media -m 2775 '{gone}'"
    assert look(gone, is_made=True).severity == "ok", "it would be made in a folder that can be written"
    assert look(Path("/mnt/gone/tv")).remedy.startswith(
        "mount it, or if it is to be a new folder: sudo install"
    )
    (tmp_path / "file").touch()
    assert "is no folder" in look(tmp_path / "file").text


def test_an_empty_place_of_a_mount_that_is_away_is_told_by_the_systems_tables(tmp_path: Path) -> None:
    table = tmp_path / "fstab"
    table.write_text(f"nas:/export {tmp_path} nfs4 defaults 0 0\n")
    tables = MountTables(table=table, units=tmp_path)
    place = Place("tv", "the library of series", tmp_path / "tv", "series")
    [found] = Folders(SERVICE, read_mounts(), tables).look(place)
    assert found.severity == "error"
    assert f"{tmp_path} is to be mounted, and is not" in found.text
    assert found.remedy == f"sudo mount {tmp_path}"


def test_room_for_less_than_a_disc_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engramd.pipeline.checks.folders.DVD", 10**18)
    found = look(tmp_path, holds_discs=True)
    assert found.severity == "warning"
    assert "room for less than one DVD" in found.text
    assert look(tmp_path, holds_discs=False).severity == "ok"


def test_a_full_file_system_is_told_by_writing(tmp_path: Path) -> None:
    with user_file_system(tmp_path, room=0) as full:
        found = look(full)
        assert found.severity == "error"
        assert found.text == f"the library of series cannot be written ({full}): No space left on device"
        assert found.remedy == f"make room on {full}"
        assert list(full.iterdir()) == []


@pytest.mark.root
def test_a_share_that_fails_is_told(tmp_path: Path) -> None:
    with dead_share(tmp_path / "share") as share:
        found = look(share)
    assert "does not answer" in found.text
    assert "server or disk" in found.remedy


IN_A_NAMESPACE = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"
mkdir -p "$2/systemd/inaccessible/dir" && mount --bind "$2/systemd/inaccessible/dir" "$3"
mount -t tmpfs none "$4" && mount -o remount,ro "$4"
shift 4
exec "$@"
"""
LOOK = """
import sys, json
from pathlib import Path
from tests.pipeline.checks.test_folders import SERVICE, BY_HAND, look
for name in sys.argv[1:]:
    for service in (SERVICE, BY_HAND):
        found = look(Path(name), service)
        print(json.dumps([found.severity, found.text, found.remedy]))
"""


@pytest.mark.root
def test_what_closes_a_folder_has_the_drop_in_that_opens_it(tmp_path: Path) -> None:
    """Real mounts in a namespace of their own, as a unit's sandbox makes them."""
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("needs the right to mount namespaces")
    closed, hidden, frozen = tmp_path / "tv", tmp_path / "home", tmp_path / "usb"
    for folder in (closed, hidden, frozen, tmp_path / "run"):
        folder.mkdir()
    looking = [sys.executable, "-c", LOOK, str(closed), str(hidden / "films"), str(frozen)]
    mounts = [str(closed), str(tmp_path / "run"), str(hidden), str(frozen)]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", IN_A_NAMESPACE, "sh", *mounts, *looking],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    sealed, bind, home, _, read_only, _ = map(json.loads, done.stdout.splitlines())
    assert sealed[:2] == [
        "error",
        f"the library of series cannot be written ({closed}): the unit's sandbox closes it",
    ]
    assert sealed[2] == (
        "sudo mkdir -p /etc/systemd/system/engramd.service.d && printf '%s\\n' '[Service]' "
        f"ReadWritePaths={closed} | sudo tee -a /etc/systemd/system/engramd.service.d/paths.conf"
        " && sudo systemctl daemon-reload && sudo systemctl restart engramd"
    )
    assert bind[2] == f"sudo mount -o remount,bind,rw {closed}"
    assert "ProtectHome=" in home[1]
    assert f"ProtectHome=tmpfs BindPaths={hidden / 'films'}" in home[2]
    assert read_only[1].endswith("its file system is read-only")
    assert read_only[2] == f"sudo mount -o remount,rw {frozen}"


AS_ANOTHER = """
import sys, json
from pathlib import Path
from engramd.pipeline.checks.folders import Folders, Place
from engramd.pipeline.checks.mounts import read_mounts
from engramd.pipeline.checks.service import this_service
folders = Folders(this_service(), read_mounts())
for name, written in (("closed", True), ("closed", False), ("others", True), ("above/tv", True)):
    place = Place(name, "the folder", Path(sys.argv[1]) / name, name, written=written)
    found, = folders.look(place)
    print(json.dumps([found.severity, found.text, found.remedy]))
"""


@pytest.mark.unprivileged
def test_folders_of_wrong_modes_are_opened_by_commands() -> None:
    """As another user, because root can write everywhere."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "others").mkdir(mode=0o755)
        (folder / "above").mkdir(mode=0o700)
        (folder / "above/tv").mkdir()
        done = subprocess.run(
            [
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                sys.executable,
                "-c",
                AS_ANOTHER,
                name,
            ],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    closed, unread, others, above = map(json.loads, done.stdout.splitlines())
    assert closed[:2] == [
        "error",
        f"the folder cannot be written ({folder}/closed): nobody is not permitted to",
    ]
    assert closed[2] == f"sudo chgrp nogroup {folder}/closed && sudo chmod g+rwxs {folder}/closed"
    assert unread[2] == remedies.to_read(folder / "closed", NOBODY)
    assert others[2] == f"sudo chgrp nogroup {folder}/others && sudo chmod g+rwxs {folder}/others"
    assert above[1] == f"the folder cannot be written ({folder}/above/tv): nobody may not pass {folder}/above"
    assert above[2] == remedies.to_pass(folder / "above", NOBODY)


def test_access_is_given_to_the_one_user_where_there_are_access_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path("/srv/my films")
    monkeypatch.setattr(remedies, "which", lambda _name: None)
    assert remedies.to_pass(folder, NOBODY) == "sudo chmod o+x '/srv/my films'"
    assert remedies.to_read(folder, NOBODY) == (
        "sudo chgrp nogroup '/srv/my films' && sudo chmod g+rX '/srv/my films'"
    )
    monkeypatch.setattr(remedies, "which", lambda name: f"/usr/bin/{name}")
    assert remedies.to_pass(folder, NOBODY) == "sudo setfacl -m u:nobody:x '/srv/my films'"
    assert remedies.to_read(folder, NOBODY) == "sudo setfacl -m u:nobody:rX '/srv/my films'"


def test_the_commands_write_what_a_shell_and_systemd_read(tmp_path: Path) -> None:
    """A path with blanks, percent and quotes comes through the shell into the drop-in as systemd wants it."""
    path = Path('/data/100% "tv" it\'s')
    command = remedies.to_unseal(path, MountPoint(Path("/")), SERVICE)
    printed, _, _ = command.partition(" | ")
    done = subprocess.run(["sh", "-c", printed.split(" && ")[1]], capture_output=True, text=True, check=True)
    assert done.stdout == '[Service]\nReadWritePaths="/data/100%% \\"tv\\" it\'s"\n'


@pytest.mark.parametrize(
    ("cgroups", "unit"),
    [
        ("0::/system.slice/engramd.service\n", "engramd.service"),
        (
            "1:name=systemd:/system.slice/system-media.slice/engramd@a.service/child\n0::/\n",
            "engramd@a.service",
        ),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", ""),
        ("0::/\n", ""),
    ],
)
def test_the_unit_is_known_by_its_cgroup(cgroups: str, unit: str) -> None:
    assert unit_in(cgroups) == unit
