"""The Debian packages in roots of their releases: installed, upgraded, removed, purged, and at work."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.debroots import (
    DAEMON,
    LIBRARY,
    PYTHON,
    DebianRoot,
    an_ffmpeg_that_reads_discs,
    field,
    with_version,
)

pytestmark = [pytest.mark.packages, pytest.mark.root, pytest.mark.timeout(2400)]

Packages = Callable[[int], Path]
RELEASES = (13, 12)
DROP_IN = "/etc/systemd/system/engramd.service.d/engramctl-setup.conf"
FILM = "/srv/media/films/A film (2001)/A film (2001).mkv"
DATABASE = "/var/lib/engramd/engramd.db"


@pytest.mark.parametrize("release", RELEASES)
def test_a_package_comes_goes_and_leaves_the_library(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    package = packages(release)
    with DebianRoot(release, package, tmp_path) as root:
        root.out("install -d -m 750 -g daemon /srv/media/films")
        root.install(package)

        assert "engramd" in root.out("id -nG engramd-mqtt")
        theirs = root.out("stat -c '%a %U:%G' /srv/media/films").strip()
        assert theirs == "750 root:daemon", "a library that is there already stays as it is"
        assert "cdrom" in root.out("id -nG engramd")
        assert root.out("stat -c '%a %U:%G' /srv/media/tv").strip() == "2775 engramd:engramd"
        assert root.out("engramctl --version").split()[-1] == field(package, "Version").partition("~")[0]
        assert root.out("systemctl is-enabled engramd.service").strip() == "enabled"
        optional = "engramd-mqtt.service engramd-metrics.timer engramd-import.path"
        assert set(root.run(f"systemctl is-enabled {optional}").stdout.split()) == {"disabled"}
        assert root.run("dpkg --verify engramd").stdout == ""

        root.write("/usr/local/lib/engramd/pocketsphinx.py", "")
        finds = "import engramd, importlib.util as found; print(found.find_spec('pocketsphinx').origin)"
        assert "/usr/local/lib/engramd" in root.out(f'{PYTHON[release]} -c "{finds}"'), (
            "what doctor says how to get is found"
        )

        used(root)
        root.out("dpkg --remove engramd")

        left = root.out("find /usr /lib -name '*engramd*' -not -path '/usr/local/*'").split()
        assert left == [], "a removed package leaves nothing of the program"
        for path in (DATABASE, DROP_IN, FILM, "/etc/engramd/engramd.toml"):
            assert root.exists(path), f"{path} is for the next installation, or a person's"

        root.install(package)
        assert root.read(DATABASE) == "state"
        root.out("dpkg --purge engramd")

        for path in ("/var/lib/engramd", "/var/cache/engramd", "/etc/engramd", DROP_IN, Path(DROP_IN).parent):
            assert not root.exists(str(path)), f"{path} is the program's, and purged with it"
        assert root.read(FILM) == "precious"
        assert "no packages found" in root.run("dpkg-query --list engramd").stderr or (
            root.run("dpkg-query -W -f '${db:Status-Status}' engramd").stdout != "installed"
        )

        root.install(package)
        assert root.out("engramctl --version")


@pytest.mark.parametrize("release", RELEASES)
def test_an_upgrade_brings_the_new_program_and_keeps_what_a_person_wrote(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    package = packages(release)
    newer = with_version(package, f"9.1.0~deb{release}u1", tmp_path)
    with DebianRoot(release, package, tmp_path) as root:
        root.install(package)
        used(root)
        root.write("/etc/engramd/hooks.d/README", "my own words\n")

        root.install(newer, options="-o Dpkg::Options::=--force-confold")

        assert root.out("engramctl --version").split()[-1] == "9.1.0"
        assert root.read("/etc/engramd/hooks.d/README") == "my own words\n"
        assert root.read(DATABASE) == "state"
        assert root.exists(DROP_IN)
        found = root.out("find /usr/lib -path '*engramd*' -name '*ebml*' -path '*/engramd/ebml*'")
        assert found == "", "what the next version does not have is gone, with what was compiled of it"
        assert root.out("find /usr/lib -name of_the_next_version.py")


@pytest.mark.parametrize("release", RELEASES)
def test_the_installed_daemon_rips_a_disc_and_imports_a_folder(
    packages: Packages, release: int, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    package = packages(release)
    with DebianRoot(release, package, tmp_path) as root:
        root.install(package)
        place = root.path / "srv/media"
        shutil.copy(tv_dvd.image, place / "disc.iso")
        write_references(place / "references", "Harbor Station", tv_dvd.episodes)
        if release == 12:
            told = " ".join(root.as_service(f"{DAEMON}engramctl --bus session doctor || true").stdout.split())
            assert "sudo pip install -t /usr/local/lib/engramd imageio-ffmpeg" in told, told
            an_ffmpeg_that_reads_discs(root)
        root.write("/etc/engramd/engramd.toml", LIBRARY)
        root.out("chown -R engramd:engramd /srv/media")

        said = root.as_service(DAEMON + PLAY, seconds=1500)

        assert said.returncode == 0, said.stdout + said.stderr + root.run("cat /tmp/log").stdout
        filed = sorted(path.name for path in place.rglob("*S01E*.mkv") if "import" not in path.parts)
        assert [name[-10:] for name in filed] == ["S01E01.mkv", "S01E02.mkv", "S01E03.mkv"], said.stdout
        states = [json.loads(line)["state"] for line in said.stdout.splitlines() if line.startswith("{")]
        assert states == ["completed", "completed"], said.stdout


#: Rips the disc, then takes one episode away and imports it from a folder.
PLAY = """
engramctl --bus session doctor || true
engramctl --bus session rip /srv/media/disc.iso
mkdir "/srv/media/import/Harbor Station"
mv /srv/media/tv/*/*/*S01E02.mkv "/srv/media/import/Harbor Station/B2_t01.mkv"
engramctl --bus session import "/srv/media/import/Harbor Station"
engramctl --bus session --json jobs
"""


def used(root: DebianRoot) -> None:
    """Leave what a service that was used and set up leaves."""
    root.write(DATABASE, "state")
    root.write("/var/cache/engramd/tmdb/answer", "cached")
    root.write("/etc/engramd/engramd.toml", "# mine\n")
    root.write(DROP_IN, "[Service]\nReadWritePaths=/mnt/library\n")
    root.write(FILM, "precious")
