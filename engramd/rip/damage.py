"""What is said and kept of a title that cannot be read completely, and telling damage from protection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engramd.discs.model import Disc, Media, Title
from engramd.discs.protection import scrambling
from engramd.discs.volume import SECTOR, ReadFailed
from engramd.errors import ProtectedDisc, RipFailed, UnreadableDisc
from engramd.rip.clips import open_disc, root_of
from engramd.rip.ddrescue_map import Ranges, size_of
from engramd.rip.files import sync
from engramd.rip.matroska import read_head
from engramd.rip.messages import CLEAN, MAKEMKV, cracked_title_sets
from engramd.rip.model import TitleDamaged, TitleStalled, partial_of
from engramd.rip.regions import played_ranges
from engramd.rip.rescue import PACKAGE, PROGRAM
from engramd.tools import CancelToken, Outcome, Tools

RESCUED = "The disc is damaged; everything of this title could be read in the end."
FLAWED = "The title has places that FFmpeg takes for damaged, though all of it could be read from the disc."
INSTALL = f"install {PROGRAM} (Debian package {PACKAGE}), which reads damaged discs better; {CLEAN}"
#: Places in a title that are looked at for scrambling, and sectors at each.
PLACES, RUN = 64, 8
#: A damaged disc takes long to fail, so not many places are tried.
MOST_FAILURES = 8


def keep_partial(target: Path, written: Path | None = None) -> Path | None:
    """Put what was written of a title under the name of partial files; None where it cannot be played.

    That is `target` itself, which FFmpeg has closed then, or a file that MakeMKV may have left open.
    """
    file, partial = written or target, partial_of(target)
    try:
        head = read_head(file)
        closed = head.finished or written is not None
        if not closed or head.duration <= 0 or all(track.kind != "video" for track in head.tracks):
            return None
        file.replace(partial)
        sync(partial)
    except (RipFailed, OSError):
        return None
    return partial


def direct_failure(
    error: TitleDamaged | TitleStalled, title: Title, target: Path, *, remedy: str = ""
) -> TitleDamaged | TitleStalled:
    """Give the error for a title that was read without ddrescue, up to the first bad place.

    How much is missing is told by how long the partial file plays.
    """
    partial = keep_partial(target)
    missing = title.size
    if partial is not None and title.duration > 0:
        missing = round(title.size * max(0.0, 1 - read_head(partial).duration / title.duration))
    return type(error)(
        error.what,
        where=error.where,
        why=error.why,
        remedy=remedy or error.remedy,
        read_errors=1,
        missing_bytes=missing,
        partial=partial,
    )


def rescue_failure(
    disc: Disc, title: Title, gaps: Ranges, partial: Path | None, *, stall: float | None = None
) -> TitleDamaged | TitleStalled:
    """Give the error for a title with gaps after a rescue; `stall` in seconds where its time ran out."""
    kind: type[TitleDamaged | TitleStalled] = TitleDamaged
    what = "the title is damaged"
    why = f"{len(gaps)} {'place' if len(gaps) == 1 else 'places'} with {size_of(gaps)} bytes cannot be read"
    if stall is not None:
        kind, what = TitleStalled, "the title was given up for now"
        why += f", and nothing new was read for {stall / 60:.0f} minutes"
    return kind(
        what,
        where=f"{disc.source}, title {title.number}",
        why=why,
        remedy=CLEAN,
        read_errors=len(gaps),
        missing_bytes=size_of(gaps),
        partial=partial,
    )


def check_not_scrambled(
    tools: Tools,
    disc: Disc,
    title: Title,
    outcome: Outcome,
    *,
    has_gaps: bool = False,
    cancel: CancelToken | None = None,
) -> None:
    """Raise ProtectedDisc when FFmpeg's DVD library looked in vain for a key to this title's sectors.

    FFmpeg then copies the scrambled sectors and calls it a success. But the library says the same when it
    could not read where it looked, so the title is looked at once more.
    """
    title_sets = {str(number) for number in cracked_title_sets(outcome.stderr)}
    if not any(segment.key.partition(":")[0] in title_sets for segment in title.segments):
        return
    from engramd.rip.disc_child import is_scrambled_in_child

    scrambled = is_scrambled_in_child(tools, disc, title, cancel)
    if scrambled or (scrambled is None and outcome.returncode == 0 and not has_gaps):
        why = "its sectors are scrambled"
        raise ProtectedDisc("the disc is copy protected", where=disc.source, why=why, remedy=MAKEMKV)


def is_scrambled(disc: Disc, title: Title) -> bool | None:
    """Look whether sectors of a DVD title are scrambled; None where none could be looked at."""
    if disc.media is not Media.DVD or root_of(disc.source).is_dir():
        return None
    clear, failures = False, 0
    try:
        with open_disc(disc) as (volume, files):
            for place in _spread(played_ranges(disc, title, files)):
                try:
                    data = volume.read(place, RUN * SECTOR)
                except ReadFailed:
                    failures += 1
                    if failures > MOST_FAILURES:
                        break
                    continue
                bits = [scrambling(data[at : at + SECTOR]) for at in range(0, len(data) - SECTOR + 1, SECTOR)]
                if any(bits):
                    return True
                clear = clear or False in bits
    except UnreadableDisc:
        return None
    return False if clear else None


def _spread(played: Ranges) -> Iterator[int]:
    """Give places that lie evenly in what a title plays."""
    step = max(size_of(played) // SECTOR // PLACES, 1) * SECTOR
    left = 0
    for start, end in played:
        yield from range(start + left, end, step)
        left = (start + left - end) % step
