"""Scans of discs that are nowhere: titles with numbers and lengths, for what looks at those only."""

from __future__ import annotations

from engramd.discs.model import Disc, Media, Title


def dvd_of(count: int) -> Disc:
    """Give a DVD of so many titles of 1000 s and 1000 bytes."""
    titles = (_title(index, index + 1, f"{index + 1:02}", 1000.0, 1000) for index in range(count))
    return Disc(source="x", media=Media.DVD, titles=tuple(titles))


def bluray_of(*playlists: int) -> Disc:
    """Give a Blu-ray of these playlists; each is as many minutes long as its number says."""
    titles = (
        _title(index, number, f"{number:05}.mpls", 60.0 * number, 1) for index, number in enumerate(playlists)
    )
    return Disc(source="/dev/sr0", media=Media.BLURAY, titles=tuple(titles))


def _title(index: int, number: int, source_file: str, duration: float, size: int) -> Title:
    return Title(
        index=index,
        number=number,
        source_file=source_file,
        segment_map=str(number),
        segments=(),
        duration=duration,
        size=size,
    )
