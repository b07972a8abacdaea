"""Reads a disc, an image or a folder as a whole."""

from __future__ import annotations

from pathlib import Path

from engramd.discs import kinds, protection
from engramd.discs.bluray import disc_name, is_uhd, read_bluray
from engramd.discs.content_hash import content_hash
from engramd.discs.drive_calls import DriveCalls, DriveState, KernelDrive, NoDrive, TrackKind
from engramd.discs.dvd import read_dvd
from engramd.discs.files import DiscFiles, VolumeFiles, printable, truncated
from engramd.discs.folder import FolderFiles
from engramd.discs.iso9660 import missing_end, read_iso9660
from engramd.discs.model import Disc, Media, Protection
from engramd.discs.udf import read_udf
from engramd.discs.volume import SECTOR, OpenVolume, ReadFailed, Volume
from engramd.errors import NoMedium, UnreadableDisc

#: Sentences kept of a disc that is damaged all over.
_MOST_PROBLEMS = 50
#: Sectors that hold the first descriptors of every file system on optical media.
_FIRST_SECTORS = 320


def read_disc(path: Path, *, samples: int = 64) -> Disc:
    """What is on a block device, an image file or a folder; nothing is mounted or written.

    `samples` is how many places of each title set are looked at for scrambling. Discs without titles (audio,
    data, blank) are returned as such. Raises UnreadableDisc, NoMedium.
    """
    if _is_folder(path):
        return _video(path, FolderFiles(path), NoDrive(), samples, [])
    with OpenVolume(path) as volume:
        if volume.is_device:
            return read_volume(path, volume, KernelDrive(volume.fd), samples)
        if volume.size == 0:
            raise UnreadableDisc("the file is empty", where=path, remedy="make the image again")
        return read_volume(path, volume, NoDrive(), samples)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # opening it will say why
        return False


def read_volume(path: Path, volume: Volume, drive: DriveCalls, samples: int) -> Disc:
    """Like `read_disc`, with the volume and the drive given; `path` is only named."""
    _check_ready(path, drive.state())
    tracks = drive.tracks()
    if tracks is TrackKind.AUDIO:
        return Disc(source=printable(str(path)), media=Media.AUDIO)
    try:
        files = _open_files(path, volume)
    except UnreadableDisc:
        if tracks is TrackKind.MIXED:
            return Disc(
                source=printable(str(path)), media=Media.AUDIO, problems=("Its data track cannot be read.",)
            )
        if drive.is_blank() or (not isinstance(drive, NoDrive) and _reads_empty(volume)):
            return Disc(source=printable(str(path)), media=Media.BLANK)
        raise
    if tracks is TrackKind.MIXED and not kinds.is_video(files):
        return Disc(
            source=printable(str(path)),
            media=Media.AUDIO,
            label=files.label,
            problems=("It also has a data track.",),
        )
    problems = [sentence for sentence in (missing_end(volume), truncated(files, volume)) if sentence]
    if problems and not files.files:
        remedy = "make the image again" if isinstance(drive, NoDrive) else "clean the disc and try again"
        raise UnreadableDisc(
            "the disc cannot be read beyond its label", where=path, why=problems[0].rstrip("."), remedy=remedy
        )
    return _video(path, files, drive, samples, problems)


def _check_ready(path: Path, state: DriveState) -> None:
    if state is DriveState.EMPTY:
        raise NoMedium("there is no disc in the drive", where=path, remedy="insert a disc")
    if state is DriveState.OPEN:
        raise NoMedium("the drive's tray is open", where=path, remedy="close the tray")
    if state is DriveState.LOADING:
        raise NoMedium("the drive is still loading the disc", where=path, remedy="try again in a few seconds")


def _open_files(path: Path, volume: Volume) -> VolumeFiles:
    """The file system with titles: UDF, else ISO 9660, else whichever can be read at all."""
    found: list[VolumeFiles] = []
    failures: list[UnreadableDisc] = []
    for read in (read_udf, read_iso9660):
        try:
            files = read(volume)
        except UnreadableDisc as error:
            failures.append(error)
            continue
        if kinds.is_video(files):
            if failures:
                files.problems.append("The UDF file system cannot be read; ISO 9660 was used.")
            return files
        found.append(files)
    if found:
        return max(found, key=lambda files: len(files.files))
    raise _unreadable(path, failures)


def _unreadable(path: Path, failures: list[UnreadableDisc]) -> UnreadableDisc:
    what = "this is no disc that can be read"
    broken = [error for error in failures if isinstance(error, ReadFailed)]
    if broken:
        return UnreadableDisc(
            what, where=path, why=broken[0].why, remedy="clean the disc or try another drive"
        )
    why = "neither a UDF nor an ISO 9660 file system was found"
    damaged = [error for error in failures if not error.what.startswith("there is no")]
    if damaged:
        why = "; ".join(f"{error.what}: {error.why}" if error.why else error.what for error in damaged)
    return UnreadableDisc(what, where=path, why=why, remedy="check that the image is whole, or make it again")


def _reads_empty(volume: Volume) -> bool:
    """Whether the beginning of a medium can be read and holds nothing: a formatted, empty disc."""
    try:
        head = volume.read(0, _FIRST_SECTORS * SECTOR)
    except ReadFailed:
        return False
    return not any(head)


def _video(path: Path, files: DiscFiles, drive: DriveCalls, samples: int, problems: list[str]) -> Disc:
    if kinds.is_bluray(files):
        titles, more = read_bluray(files)
        media = Media.UHD if is_uhd(files) or any(t.height >= 2000 for t in titles) else Media.BLURAY
        verdict = protection.of_bluray(files)
    elif kinds.is_dvd(files):
        media, (titles, more) = Media.DVD, read_dvd(files)
        verdict = protection.of_dvd(files, drive, samples)
    else:
        media, titles, more, verdict = Media.DATA, (), _why_data(files), (Protection.NONE, "")
    if kinds.is_bluray(files) and kinds.is_dvd(files):
        more.append("The disc has a DVD-Video part as well; only the Blu-ray part was read.")
    return Disc(
        source=printable(str(path)),
        media=media,
        label=files.label,
        disc_name=disc_name(files) if media in (Media.BLURAY, Media.UHD) else "",
        content_hash=content_hash(files),
        protection=verdict[0],
        protection_reason=verdict[1],
        titles=titles,
        files=files.files,
        problems=_shortened([*problems, *files.problems, *more]),
    )


def _why_data(files: DiscFiles) -> list[str]:
    kind = kinds.unsupported(files)
    return [f"This is {kind}, which is not supported."] if kind else []


def _shortened(problems: list[str]) -> tuple[str, ...]:
    if len(problems) <= _MOST_PROBLEMS:
        return tuple(problems)
    return (*problems[:_MOST_PROBLEMS], f"There are {len(problems) - _MOST_PROBLEMS} more problems.")
