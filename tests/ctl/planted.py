"""A machine with secrets in every place, on which doctor is asked: a real daemon on a bus of its own.

journalctl is a stand-in that says planted lines: no journal runs where the tests do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result

from engramd.bus import names
from engramd.ctl.app import app
from tests.bus.test_polkit import can_unshare
from tests.support.busservice import connected, wait_for
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

ROOT = Path(__file__).parents[2]
HOST = "annas-tower"
#: Secrets by where they are planted; each is found again by its own word.
IN_FILE = {
    "tmdb_api_key": "0123456789abcdef" * 2,
    "opensubtitles_api_key": "planted-in-the-file",
    "plex_token": "planted-token-in-the-file",
    "apprise_urls": "tgram://planted-bot/planted-chat mailto://anna:planted-mail@example.org",
    "makemkv_key": "T-plantedPLANTEDplanted0123456789@_",
}
ON_THE_BUS = {"opensubtitles_password": "planted by set", "opensubtitles_username": "planteduser"}
PRIVATE = {"hooks_path": "/home/annabella/hooks", "jellyfin_url": f"http://{HOST}:8096"}
COMMENT = "planted-in-a-comment"
JOURNAL = [
    "got 401 from https://api.themoviedb.org/3/authentication?api_key=planted-in-a-query",
    "cannot reach postgresql+psycopg://engramd:planted-database@db.example.org/engramd",
    "X-Plex-Token: planted-in-a-header",
    "logged in as planteduser with planted by set, password=planted-unknown",
    "the address https://hooks.example.org/services/planted-path failed",
    "MakeMKV wrote app_Key = T-plantedPLANTEDplanted0123456789@_",
    "moved /home/annabella/films/Secret Title (1999)/Secret Title.mkv",
    "job 1: HARBOR_STATION_S1D1 cannot be read",
    f"{HOST} engramd: the share //{HOST}/tv is away; {HOST} does not answer",
]
NAMES = ("harbor", "station", "secret title")
_JOURNALCTL = "#!/bin/sh\ncat <<'END'\n{}\nEND\n"


@dataclass
class Machine:
    """The machine. What its reports must not tell is in the constants above."""

    folder: Path
    bus: PrivateBus
    daemon: DaemonUnderTest

    @property
    def environment(self) -> dict[str, str]:
        """What leads engramctl to the daemon, its files, and the planted journal."""
        return self.bus.environment | {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CONFIGURATION_DIRECTORY": str(self.daemon.folder),
            "STATE_DIRECTORY": str(self.daemon.folder / "state"),
            "SUDO_USER": "annabella",
        }

    def doctor(self, *words: str, **environment: str) -> Result:
        """Run engramctl doctor."""
        told = ["--bus", "session", "doctor", *words]
        return runner().invoke(app, told, env=self.environment | environment)

    def doctor_there(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it as a process of its own in the machine's folder, on a host of that name if that can be."""
        named = ["unshare", "--uts", "sh", "-c", f'hostname {HOST}; exec "$@"', "sh"] if can_unshare() else []
        return subprocess.run(
            [*named, sys.executable, "-m", "engramd.ctl", "--bus", "session", "doctor", *words],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | self.environment,
            cwd=self.folder,
            check=False,
        )


@contextmanager
def planted_machine(folder: Path) -> Iterator[Machine]:
    """Run the daemon, with a job that failed: its disc is named."""
    with PrivateBus(system=False) as bus:
        daemon = DaemonUnderTest(folder / "daemon", bus, settings=IN_FILE | PRIVATE)
        machine = quiet_machine(folder, bus, daemon)
        file = folder / "daemon/engramd.toml"
        file.write_text(f"# old key: {COMMENT}\n" + file.read_text() + f'# "{COMMENT}"\n')
        image = folder / "HARBOR_STATION_S1D1.iso"
        image.write_bytes(b"no disc" * 1000)
        with daemon, connected(bus) as client:
            client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", (ON_THE_BUS,))
            job = client.call(names.ROOT, names.MANAGER, "Rip", "sa{sv}", (str(image), {}))
            wait_for(lambda: client.properties(job, names.JOB)["State"] == "failed", "the job fails")
            yield machine


def quiet_machine(
    folder: Path, bus: PrivateBus, daemon: DaemonUnderTest, journal: Sequence[str] = JOURNAL
) -> Machine:
    """Give a machine with a planted journal, whose daemon was not started."""
    (folder / "bin").mkdir()
    (folder / "bin/journalctl").write_text(_JOURNALCTL.format("\n".join(journal)))
    (folder / "bin/journalctl").chmod(0o755)
    return Machine(folder, bus, daemon)


def unpacked(file: Path) -> dict[str, str]:
    """Give the texts of a report by their names."""
    with tarfile.open(file) as tar:
        members = {Path(one.name).name: tar.extractfile(one) for one in tar.getmembers()}
        return {name: opened.read().decode() for name, opened in members.items() if opened}


def planted_in(texts: dict[str, str], *, host: bool = False) -> list[str]:
    """Give every trace of what was planted, with where it is; the host's name only where it was that."""
    words = (
        "planted",
        "PLANTED",
        "0123456789abcdef",
        "annabella",
        *([HOST] if host and can_unshare() else []),
    )
    return [
        f"{name}: {line}"
        for name, text in texts.items()
        for line in text.splitlines()
        if any(word in line for word in words)
    ]
