"""Another version is installed while a disc is ripped: the old one ends its work, then the new one starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg

SHOW = "Harbor Station"
#: What systemd does for a service: it starts it elsewhere, and says so.
AS_SERVICE = ("sh", "-c", 'cd / && SYSTEMD_EXEC_PID=$$ exec "$@"', "sh")
#: Rooms of which every module of the next version refuses to work for the old one.
CHECKED = ("match", "organize", "discs", "containers.py")
_TATTLE = """
import os as _os
with open({told!r}, "a") as _file:
    _file.write(f"{{__version__}} {{_os.getpid()}}\\n")
"""
_CHECK = "import engramd as _program; assert _program.__version__ == {version!r}, 'two versions are mixed'"


class Package:
    """A folder in which the package is installed; each process that imports it is noted, with the version."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self._told = folder / "told"
        shutil.copytree(ROOT / "engramd", self.site / "engramd")
        self._replace(self._first, self._first.read_text() + _TATTLE.format(told=str(self._told)))

    @property
    def _first(self) -> Path:
        return self.site / "engramd/__init__.py"

    def upgrade(self, version: str) -> None:
        """Put a version in the place of the former one, file by file, as dpkg does."""
        begin = "from __future__ import annotations\n"
        for room in CHECKED:
            path = self.site / "engramd" / room
            for file in [path] if path.is_file() else path.rglob("*.py"):
                text = file.read_text().replace(begin, f"{begin}{_CHECK.format(version=version)}\n", 1)
                self._replace(file, text)
        old = self._first.read_text()
        self._replace(self._first, old.replace(f'"{self.version()}"', f'"{version}"', 1))
        assert self.version() == version

    def version(self) -> str:
        """The version that is installed."""
        return self._first.read_text().partition('__version__ = "')[2].partition('"')[0]

    def users(self) -> list[tuple[str, int]]:
        """Every process that imported the package: the version that it got, and its number."""
        lines = self._told.read_text().splitlines() if self._told.exists() else []
        return [(version, int(pid)) for version, pid in map(str.split, lines)]

    @staticmethod
    def _replace(file: Path, text: str) -> None:
        new = file.with_name(f"{file.name}.dpkg-new")
        new.write_text(text)
        new.replace(file)


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


@pytest.fixture
def slow(tmp_path: Path) -> SlowFFmpeg:
    return SlowFFmpeg(tmp_path, held=False)


@pytest.fixture
def service(
    tmp_path: Path,
    system_bus: PrivateBus,
    package: Package,
    slow: SlowFFmpeg,
    tv_dvd: AuthoredDisc,
) -> Iterator[DaemonUnderTest]:
    """The daemon as systemd starts it; it looks what is installed five times a second, not once a minute."""
    environment = os.environ | {"PYTHONPATH": str(package.site), "WATCHDOG_USEC": "400000"}
    settings = {"ffmpeg_path": str(slow.path), "import_paths": str(tv_dvd.image.parent)}
    daemon = DaemonUnderTest(
        tmp_path, system_bus, settings=settings, environment=environment, wrapper=AS_SERVICE
    )
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    with daemon:
        yield daemon


def manager(daemon: DaemonUnderTest) -> dict[str, object]:
    client = Client("system")
    try:
        return client.properties(names.ROOT, names.MANAGER)
    finally:
        client.close()


@pytest.fixture(autouse=True)
def _bus(system_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in system_bus.environment.items():
        monkeypatch.setenv(name, value)


def test_a_rip_ends_with_the_version_that_began_it_and_then_the_next_one_runs(
    service: DaemonUnderTest, package: Package, slow: SlowFFmpeg, tv_dvd: AuthoredDisc
) -> None:
    old = package.version()
    slow.block()
    service.ctl("rip", str(tv_dvd.image), "--titles", "2", "--no-wait")
    rows = Rows(service)
    rows.wait(slow.rips, "no title rips")

    file = service.folder / "engramd.toml"
    right = file.read_text()
    file.write_text("half a line =")  # by somebody who will go on with it
    package.upgrade("9.9.9")
    before = len(package.users())
    service.wait_until(lambda: bool(manager(service)["RestartPending"]), "nobody noticed the upgrade")

    told = manager(service)
    [condition] = [one for one in told["Conditions"] if one["id"] == "restart"]  # type: ignore[attr-defined]
    assert (
        f"engramd 9.9.9 is installed: it starts when all drives are idle, and {old} goes on"
        in condition["text"]
    )
    assert told["Version"] == old
    assert "engramd 9.9.9 is installed" in service.ctl("status").stdout
    assert rows.count("ripping") == 1, "the upgrade ended the rip"

    slow.release()
    rows.wait(lambda: rows.job()["state"] == "completed", "the rip does not end")
    service.wait_until(
        lambda: "no restart with this configuration file" in service.log(), "it looked at no file"
    )
    assert service.process is not None
    assert service.process.poll() is None, "the new version would refuse the file, and nobody would rip"
    file.write_text(right)
    assert service.process.wait(60) == 75, service.log()
    job = rows.job()
    assert (job["state"], job["outcome"]) == ("completed", "complete"), service.log()
    filed = service.filed()
    assert [Path(path).name for path in filed] == [f"{SHOW} - S01E01.mkv"]
    late = package.users()[before:]
    assert {version for version, _ in late} == {old}, f"a child is of what was installed meanwhile: {late}"

    service.start()
    assert manager(service)["Version"] == "9.9.9"
    assert not manager(service)["RestartPending"]
    assert (service.filed(), len(rows.jobs())) == (filed, 1)
