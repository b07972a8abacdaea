"""The Debian packages in roots of their releases: installed, upgraded, removed, purged, and at work."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.debroots import DebianRoot, field, with_version

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
        root.install(package)

        assert "engramd" in root.out("id -nG engramd-mqtt")
        assert "cdrom" in root.out("id -nG engramd")
        assert root.out("stat -c '%a %U:%G' /srv/media/tv").strip() == "2775 engramd:engramd"
        assert root.out("engramctl --version").split()[-1] == field(package, "Version").partition("~")[0]
        assert root.out("systemctl is-enabled engramd.service").strip() == "enabled"
        optional = "engramd-mqtt.service engramd-metrics.timer engramd-import.path"
        assert set(root.run(f"systemctl is-enabled {optional}").stdout.split()) == {"disabled"}
        assert root.run("dpkg --verify engramd").stdout == ""

        used(root)
        root.out("dpkg --remove engramd")

        left = root.out("find /usr /lib -name '*engramd*' -not -path '*/var/*'").split()
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

        root.install(newer, options="--force-confold")

        assert root.out("engramctl --version").split()[-1] == "9.1.0"
        assert root.read("/etc/engramd/hooks.d/README") == "my own words\n"
        assert root.read(DATABASE) == "state"
        assert root.exists(DROP_IN)
        found = root.out("find /usr/lib -path '*engramd*' -name '*ebml*' -path '*/engramd/ebml*'")
        assert found == "", "what the next version does not have is gone, with what was compiled of it"
        assert root.out("find /usr/lib -name of_the_next_version.py")


def test_the_upgrade_from_debian_12_to_13_takes_the_private_environment_away(
    packages: Packages, tmp_path: Path
) -> None:
    old, new = packages(12), packages(13)
    assert (
        subprocess.run(
            ["dpkg", "--compare-versions", field(old, "Version"), "lt", field(new, "Version")], check=False
        ).returncode
        == 0
    ), "the package for Debian 13 is an upgrade"
    with DebianRoot(12, old, tmp_path) as root:
        root.install(old)
        used(root)
        assert root.exists("/usr/lib/engramd/pyvenv.cfg")

        # What Python and its packages of Debian 13 would be is not there: they are other packages' upgrade.
        said = root.install(new, options="--force-depends")

        assert "overwrite" not in said
        assert not root.exists("/usr/lib/engramd"), root.out("find /usr/lib/engramd")
        assert root.exists("/usr/lib/python3/dist-packages/engramd/__init__.py")
        assert not (root.path / "usr/bin/engramd").is_symlink()
        assert root.exists("/usr/lib/systemd/system/engramd.service")
        assert root.read(DATABASE) == "state"
        assert root.read("/etc/engramd/engramd.toml") == "# mine\n"
        assert root.exists(DROP_IN)
        assert root.run("dpkg --verify engramd").stdout == ""
        assert root.out("systemctl is-enabled engramd.service").strip() == "enabled"


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
            an_ffmpeg_that_reads_discs(root)
        root.write("/play", PLAY)
        root.write("/settings.toml", SETTINGS)

        said = root.run("sh -e /play", seconds=1500)

        assert said.returncode == 0, said.stdout + said.stderr + root.run("cat /tmp/log").stdout
        filed = sorted(path.name for path in place.rglob("*S01E*.mkv") if "import" not in path.parts)
        assert [name[-10:] for name in filed] == ["S01E01.mkv", "S01E02.mkv", "S01E03.mkv"], said.stdout
        states = [json.loads(line)["state"] for line in said.stdout.splitlines() if line.startswith("{")]
        assert states == ["completed", "completed"], said.stdout


SETTINGS = """
[settings]
library_tv_path = "/srv/media/tv"
library_movies_path = "/srv/media/films"
references_path = "/srv/media/references"
staging_path = "/srv/media/staging"
import_paths = ["/srv/media/import"]
min_free_bytes = 1000000
"""
#: Rips the disc, then takes one episode away and imports it from a folder, as the service's own user.
PLAY = """
chown -R engramd:engramd /srv/media
cat >/run/play <<'END'
set -e
engramd --config /settings.toml --bus session >/tmp/log 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
until engramctl --bus session status >/dev/null 2>&1; do kill -0 $daemon; sleep 0.2; done
engramctl --bus session doctor || true
engramctl --bus session rip /srv/media/disc.iso
mkdir "/srv/media/import/Harbor Station"
mv /srv/media/tv/*/*/*S01E02.mkv "/srv/media/import/Harbor Station/B2_t01.mkv"
engramctl --bus session import "/srv/media/import/Harbor Station"
engramctl --bus session --json jobs
END
mkdir -p /run/engramd-play && chown engramd /run/engramd-play
setpriv --reuid engramd --regid engramd --init-groups env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 \
    HOME=/var/lib/engramd XDG_RUNTIME_DIR=/run/engramd-play dbus-run-session -- sh /run/play
"""


def used(root: DebianRoot) -> None:
    """Leave what a service that was used and set up leaves."""
    root.write(DATABASE, "state")
    root.write("/var/cache/engramd/tmdb/answer", "cached")
    root.write("/etc/engramd/engramd.toml", "# mine\n")
    root.write(DROP_IN, "[Service]\nReadWritePaths=/mnt/library\n")
    root.write(FILM, "precious")


def an_ffmpeg_that_reads_discs(root: DebianRoot) -> None:
    """Do what doctor says, from what is here: pip install --target /usr/local/lib/engramd imageio-ffmpeg."""
    found = find_spec("imageio_ffmpeg")
    assert found is not None
    assert found.origin is not None
    target = root.path / "usr/local/lib/engramd"
    shutil.copytree(Path(found.origin).parent, target / "imageio_ffmpeg")
