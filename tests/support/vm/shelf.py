"""The discs of the virtual machine: made ones, as large as a drive wants a DVD to be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.authoring import AuthoredDisc, write_references

#: QEMU's drive takes what is smaller for a compact disc, which has no copyright structure to be asked for.
DVD_BYTES = 1 << 30
SHOW = "Harbor Station"
EPISODES = [f"tv/{SHOW}/Season 01/{SHOW} - S01E0{number}.mkv" for number in (1, 2, 3)]
SERIES = [*EPISODES, f"tv/{SHOW}/Season 01/Other/{SHOW} - Disc 1 - Title 05.mkv"]
FILM = "films/The Long Voyage/The Long Voyage.mkv"


@dataclass(frozen=True)
class Shelf:
    """Images of a series and of a film, and the references of the series."""

    folder: Path
    series: AuthoredDisc
    tv: Path
    film: Path
    references: Path

    @classmethod
    def filled(cls, folder: Path, series: AuthoredDisc, film: AuthoredDisc) -> Shelf:
        """Fill a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        references = folder / "references"
        write_references(references, SHOW, series.episodes)
        return cls(folder, series, _dvd(folder, series.image), _dvd(folder, film.image), references)

    @property
    def key(self) -> str:
        """What tells the disc of the series from another one."""
        return hashlib.sha256(self.series.image.read_bytes()).hexdigest()[:12]

    def blank(self) -> Path:
        """A disc on which there is nothing."""
        path = self.folder / "blank.iso"
        with path.open("wb") as image:
            image.truncate(DVD_BYTES)
        return path

    def data(self) -> Path:
        """A disc with a file that is no video."""
        files, path = self.folder / "files", self.folder / "data.iso"
        files.mkdir(exist_ok=True)
        (files / "letter.txt").write_text("Dear all,\n" * 1000)
        subprocess.run(["genisoimage", "-quiet", "-R", "-V", "LETTERS", "-o", path, files], check=True)
        os.truncate(path, DVD_BYTES)
        return path

    def scratched(self) -> str:
        """The series with sectors in the middle of the second episode that cannot be read, for `insert`."""
        vob = (self.series.folder / "VIDEO_TS/VTS_01_1.VOB").read_bytes()
        middle = len(vob) // 2 // 2048 * 2048
        start = self.series.image.read_bytes().index(vob[middle : middle + 2048]) // 512
        errors = [
            {"event": "read_aio", "iotype": "read", "errno": 5, "sector": start + number, "once": False}
            for number in range(64)
        ]
        file = {"driver": "file", "filename": str(self.tv)}
        faulty = {"driver": "blkdebug", "image": file, "inject-error": errors}
        return "json:" + json.dumps({"driver": "raw", "file": faulty})


def _dvd(folder: Path, image: Path) -> Path:
    """Copy an image and make it as large as a DVD, without filling the disk."""
    path = folder / image.name
    shutil.copyfile(image, path)
    os.truncate(path, DVD_BYTES)
    return path
