"""Whether a disc is copy protected: asked and looked at, never tried; undecided counts as protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engramd.discs.drive_calls import Copyright, DriveCalls, NoDrive
from engramd.discs.files import DiscFiles, VolumeFiles, in_folder, name_of
from engramd.discs.model import DiscFile, Protection
from engramd.discs.volume import SECTOR, ReadFailed

_TITLE_VIDEO = re.compile(r"VTS_(\d\d)_[1-9]\.VOB", re.IGNORECASE)
#: Sectors read at each place: a navigation sector says nothing, the ones behind it do.
_RUN = 4
#: Places looked at on a whole disc; a drive needs a tenth of a second for each.
_MAX_PLACES = 512
_FEWEST = 8
#: Bytes of an aligned unit of a Blu-ray clip: 32 source packets of 192.
_UNIT, _PACKET, _SYNC = 6144, 192, 0x47
_MOST_CLIPS, _PLACES_IN_CLIP = 12, 4

Verdict = tuple[Protection, str]


#: Share of the places in one title set or clip that may be unreadable where the others are clear.
_FORGIVEN = 0.25


@dataclass
class _Tally:
    """What was seen: clear readings and places, places that failed, and such as damage explains."""

    clear: int = 0
    clear_places: int = 0
    failed: int = 0
    forgiven: int = 0

    def add(self, seen: _Tally, *, only_damage: bool) -> None:
        """Add what was seen at one title set or clip; with `only_damage` protection makes no reading fail."""
        places = seen.clear_places + seen.failed
        few = only_damage and 0 < seen.failed <= places * _FORGIVEN
        self.clear += seen.clear
        self.failed += 0 if few else seen.failed
        self.forgiven += seen.failed if few else 0


def of_dvd(files: DiscFiles, drive: DriveCalls, samples: int) -> Verdict:
    """Protection of a DVD-Video and one sentence why: the drive is asked first, then sectors are sampled."""
    answer = drive.copyright()
    if answer is Copyright.PROTECTED:
        return Protection.CSS, "The disc's copyright structure says that it is protected."
    if answer is Copyright.FAILED:
        return Protection.UNKNOWN, "The drive failed to say whether the disc is protected."
    sets = _title_sets(files)
    places = max(_FEWEST, min(samples, _MAX_PLACES // max(len(sets), 1)))
    if answer is Copyright.NONE:
        places = _FEWEST
    tally = _Tally()
    only_damage = answer is Copyright.NONE or _is_image(files, drive)
    for number, vobs in sets.items():
        seen = _Tally()
        if _scrambled(files, vobs, places, seen):
            return Protection.CSS, f"Sectors of title set {number} are scrambled."
        tally.add(seen, only_damage=only_damage)
    return _verdict(tally, "sectors")


def _is_image(files: DiscFiles, drive: DriveCalls) -> bool:
    """Whether scrambled sectors could be read like any others: a drive refuses them.

    That drive may also be the one behind a folder, which can lie on a mounted disc.
    """
    return isinstance(drive, NoDrive) and isinstance(files, VolumeFiles)


def _verdict(tally: _Tally, unit: str) -> Verdict:
    if tally.failed:
        return (
            Protection.UNKNOWN,
            f"The file system can be read but {tally.failed} sampled places of the video cannot.",
        )
    if not tally.clear:
        return Protection.UNKNOWN, "No part of the video could be looked at."
    damage = f"; {tally.forgiven} sampled places are damaged" if tally.forgiven else ""
    return Protection.NONE, f"None of {tally.clear} sampled {unit} is scrambled{damage}."


def _title_sets(files: DiscFiles) -> dict[int, list[DiscFile]]:
    sets: dict[int, list[DiscFile]] = {}
    for file in in_folder(files, "VIDEO_TS", ".VOB"):
        match = _TITLE_VIDEO.fullmatch(name_of(file.path))
        if match and file.size >= SECTOR:
            sets.setdefault(int(match[1]), []).append(file)
    return sets


def _scrambled(files: DiscFiles, vobs: list[DiscFile], places: int, tally: _Tally) -> bool:
    for path, offset in _spread(vobs, places):
        try:
            data = files.read(path, offset, _RUN * SECTOR)
        except ReadFailed:
            tally.failed += 1
            continue
        bits = [bit for bit in map(scrambling, _sectors(data)) if bit is not None]
        if any(bits):
            return True
        tally.clear += len(bits)
        tally.clear_places += bool(bits)
    return False


def _spread(vobs: list[DiscFile], places: int) -> Iterator[tuple[str, int]]:
    """Evenly spread places (path, byte offset at a sector) over the files of a title set."""
    total = sum(file.size // SECTOR for file in vobs)
    count = min(places, total)
    wanted = [total * index // count for index in range(count)]
    before = 0
    for file in vobs:
        sectors = file.size // SECTOR
        yield from ((file.path, (at - before) * SECTOR) for at in wanted if before <= at < before + sectors)
        before += sectors


def _sectors(data: bytes) -> Iterator[bytes]:
    for place in range(0, len(data) - SECTOR + 1, SECTOR):
        yield data[place : place + SECTOR]


def scrambling(sector: bytes) -> bool | None:
    """Whether the first packet of a DVD sector is scrambled; None for one that cannot say so."""
    if sector[:4] != b"\0\0\1\xba":
        return None
    start = 14 + (sector[13] & 7)
    stream = sector[start + 3] if sector[start : start + 3] == b"\0\0\1" else 0
    if stream != 0xBD and not 0xC0 <= stream <= 0xEF:
        return None
    return bool(sector[start + 6] & 0x30)


def of_bluray(files: DiscFiles) -> Verdict:
    """Protection of a Blu-ray and one sentence why: key files first, then the permission bits of clips."""
    tops = {file.path.upper().partition("/")[0] for file in files.files if "/" in file.path}
    if "AACS" in tops:
        return Protection.AACS, "The disc has an AACS folder with its keys."
    if "BDSVM" in tops:
        return Protection.AACS, "The disc has the BD+ folder BDSVM."
    clips = sorted(in_folder(files, "BDMV/STREAM", ".m2ts"), key=lambda file: -file.size)
    tally = _Tally()
    for clip in clips[:_MOST_CLIPS]:
        seen = _Tally()
        if _encrypted(files, clip, seen):
            return Protection.AACS, f"Clip {name_of(clip.path)} is encrypted."
        tally.add(seen, only_damage=True)
    return _verdict(tally, "units")


def _encrypted(files: DiscFiles, clip: DiscFile, tally: _Tally) -> bool:
    units = clip.size // _UNIT
    for index in range(min(_PLACES_IN_CLIP, units)):
        try:
            unit = files.read(clip.path, units * index // _PLACES_IN_CLIP * _UNIT, _UNIT)
        except ReadFailed:
            tally.failed += 1
            continue
        scrambled = scrambled_unit(unit)
        if scrambled:
            return True
        tally.clear += scrambled is False
        tally.clear_places += scrambled is False
    return False


def scrambled_unit(unit: bytes) -> bool | None:
    """Whether an aligned unit of a clip is encrypted; None for one that cannot say so.

    Its copy permission bits say so, or that only its first packet, which is always clear, has a sync byte.
    """
    if len(unit) < _UNIT or unit[4] != _SYNC:
        return None
    if unit[0] & 0xC0:
        return True
    return any(unit[place] != _SYNC for place in range(4, _UNIT, _PACKET))
