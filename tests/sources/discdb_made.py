"""Entries and checkouts as TheDiscDB has them, made of discs that the tests have; all names are invented."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engramd.discs.model import Disc, DiscFile, Media, Segment, Title
from engramd.sources.discdb_model import DiscEntry, Work
from engramd.sources.discdb_read import fields, read_disc

SHOW = Work(namespace="tv", name="Harbor Station", year=2019, tmdb_id=4711)
FILM = Work(namespace="movie", name="The Lantern", year=1988, tmdb_id=815)
HASH = "0123456789ABCDEF0123456789ABCDEF"
OTHER_HASH = "F" * 32

Item = Mapping[str, Any]


def episode(number: int | str, name: str = "", season: int = 1) -> Item:
    """Make what a person records of an episode."""
    return {
        "Type": "Episode",
        "Title": name or f"Part {number}",
        "Season": str(season),
        "Episode": str(number),
    }


def clock(seconds: float) -> str:
    """Write a duration as MakeMKV does: cut to whole seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def recorded(disc: Disc, items: Mapping[int, Item], first: int = 0) -> list[dict[str, Any]]:
    """Give a disc's titles as MakeMKV lists them; `items` are by `title_index`. Numbers start anywhere."""
    return [
        {
            "Index": first + place,
            "Comment": f"title_t{first + place:02d}.mkv",
            "SourceFile": title.source_file,
            "SegmentMap": title.segment_map,
            "Duration": clock(title.duration),
            "Size": title.size,
            "DisplaySize": "1 GB",
            **({"Item": {"Chapters": [], **items[title.index]}} if title.index in items else {}),
            "Tracks": [],
        }
        for place, title in enumerate(disc.titles)
    ]


def entry_of(
    disc: Disc, items: Mapping[int, Item], work: Work = SHOW, content_hash: str | None = HASH, **more: Any
) -> DiscEntry:
    """Make the entry of a disc."""
    release = {"Slug": more.pop("release", "2020-complete-series"), "Title": more.pop("release_title", "")}
    source = {"Index": 1, "ContentHash": content_hash, "Titles": recorded(disc, items), **more}
    return read_disc(fields(source, "disc"), work, fields(release, "release"))


def bluray(titles: Sequence[tuple[int, str, float]], sizes: Mapping[int, int] | None = None) -> Disc:
    """Make a Blu-ray of (playlist, clips, seconds); clips have sizes by their number, as files and sums."""
    clips = {int(clip) for _, segments, _ in titles for clip in segments.split(",")}
    size = {clip: 1_000_000_007 * (clip + 1) % 30_000_000_000 for clip in clips} | dict(sizes or {})
    return Disc(
        source="made",
        media=Media.BLURAY,
        content_hash=HASH,
        files=tuple(DiscFile(path=f"BDMV/STREAM/{clip:05d}.m2ts", size=size[clip]) for clip in sorted(clips)),
        titles=tuple(
            Title(
                index=index,
                number=number,
                source_file=f"{number:05d}.mpls",
                segment_map=segments,
                segments=tuple(
                    Segment(key=f"{int(clip):05d}", duration=0, size=size[int(clip)])
                    for clip in segments.split(",")
                ),
                duration=seconds,
                size=sum(size[int(clip)] for clip in segments.split(",")),
            )
            for index, (number, segments, seconds) in enumerate(titles)
        ),
    )


def dvd(titles: Sequence[tuple[float, int]]) -> Disc:
    """Make a DVD of (seconds, bytes); each title has cells of its own."""
    return Disc(
        source="made",
        media=Media.DVD,
        content_hash=HASH,
        titles=tuple(
            Title(
                index=index,
                number=index + 1,
                source_file=f"{index + 1:02d}",
                segment_map="1-5",
                segments=(Segment(key=f"{index}:0-9", duration=seconds, size=size),),
                duration=seconds,
                size=size,
            )
            for index, (seconds, size) in enumerate(titles)
        ),
    )


def write_checkout(folder: Path, discs: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write discs by their paths below `data`, with the files around them; give the folder."""
    for where, disc in discs.items():
        path = folder / "data" / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(disc), "utf-8")
        slug = path.parent.name
        (path.parent / "release.json").write_text(json.dumps({"Slug": slug, "Title": slug.title()}))
        name, _, year = path.parent.parent.name.rpartition(" (")
        kind = "Series" if where.startswith("series/") else "Movie"
        metadata = {"Title": name, "Year": int(year[:-1]), "Type": kind, "ExternalIds": {"Tmdb": "4711"}}
        (path.parent.parent / "metadata.json").write_text(json.dumps(metadata))
    return folder
