"""Discs that are not right: scrambled, cut short, of data only, or with AACS."""

from __future__ import annotations

import shutil
from pathlib import Path

from .tools import run

SECTOR = 2048
PACK, PACKET = b"\0\0\1\xba", b"\0\0\1"
#: Stream ids whose packets can be scrambled: video, private stream 1 (AC-3, subtitles), MPEG audio.
SCRAMBLED_STREAMS = frozenset((0xE0, 0xBD, 0xC0))
SCRAMBLING_BITS = 0x10
UNIT = 6144


def scrambled_copy(image: Path, target: Path, *, every: int = 1) -> Path:
    """Copy a DVD image and set the scrambling bits of every n-th video, audio and subtitle sector."""
    data = bytearray(image.read_bytes())
    found = 0
    for at in range(0, len(data) - SECTOR + 1, SECTOR):
        if data[at : at + 4] != PACK or data[at + 14 : at + 17] != PACKET:
            continue
        if data[at + 17] in SCRAMBLED_STREAMS:
            found += 1
            if found % every == 0:
                data[at + 20] |= SCRAMBLING_BITS
    if not found:
        raise ValueError(f"{image} has no DVD video")
    target.write_bytes(data)
    return target


def truncated_copy(image: Path, target: Path, keep: float) -> Path:
    """Copy the first `keep` (0 to 1) of an image, in whole sectors."""
    size = int(image.stat().st_size * keep) // SECTOR * SECTOR
    with image.open("rb") as source, target.open("wb") as sink:
        sink.write(source.read(size))
    return target


def data_image(target: Path, *, volume_label: str = "HOLIDAY_PHOTOS") -> Path:
    """Make an image of a data disc."""
    folder = target.with_name(f"{target.stem}.files")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "letter.txt").write_text("Nothing to play here.\n", "utf-8")
    run("genisoimage", "-quiet", "-udf", "-J", "-R", "-V", volume_label, "-o", target, folder)
    return target


def aacs_folder(bluray: Path, target: Path) -> Path:
    """Copy the folder of a Blu-ray (with BDMV inside), add AACS files and mark its clips as encrypted."""
    shutil.copytree(bluray, target, dirs_exist_ok=True)
    (target / "AACS/DUPLICATE").mkdir(parents=True, exist_ok=True)
    for name, size in (("Unit_Key_RO.inf", 2048), ("MKB_RO.inf", 4096), ("Content000.cer", 136)):
        for folder in ("AACS", "AACS/DUPLICATE"):
            (target / folder / name).write_bytes(bytes([1]) * size)
    for stream in target.glob("BDMV/STREAM/*.m2ts"):
        data = bytearray(stream.read_bytes())
        for at in range(0, len(data), UNIT):
            data[at] |= 0xC0
        stream.write_bytes(data)
    return target


def aacs_image(bluray: Path, target: Path, *, volume_label: str = "LOCKED_BD1") -> Path:
    """Make an image of what `aacs_folder` makes."""
    folder = aacs_folder(bluray, target.with_name(f"{target.stem}.files"))
    udf = ("-udf", "-allow-limited-size", "-iso-level", 3)
    run("genisoimage", "-quiet", *udf, "-V", volume_label, "-o", target, folder)
    return target


def phantom_audio(image: Path, target: Path, language: str = "fr") -> Path:
    """Copy a DVD image whose first title set declares one more audio track than its sectors carry."""
    data = bytearray(image.read_bytes())
    at = -1
    while (at := data.find(b"DVDVIDEO-VTS", at + 1)) >= 0:
        if at % SECTOR == 0:
            _declare_audio(data, at, language)
            break
    target.write_bytes(data)
    return target


def _declare_audio(data: bytearray, at: int, language: str) -> None:
    """Add an entry to the audio attributes of a VTSI and to the audio control of all its program chains."""
    count = data[at + 0x203]
    data[at + 0x203] = count + 1
    first, new = at + 0x204, at + 0x204 + 8 * count
    data[new : new + 8] = data[first : first + 8]
    data[new + 2 : new + 4] = language.encode("ascii")
    table = at + int.from_bytes(data[at + 0xCC : at + 0xD0], "big") * SECTOR
    for entry in range(int.from_bytes(data[table : table + 2], "big")):
        row = table + 8 + 8 * entry
        chain = table + int.from_bytes(data[row + 4 : row + 8], "big")
        control = chain + 0x0C + 2 * count
        data[control : control + 2] = bytes([0x80 | count, 0])
