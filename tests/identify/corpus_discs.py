"""Discs of the shared corpus as `Disc` values, for measuring; the corpus lies beside the checkout, or not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engramd.discs.model import Disc, Media, Segment, Stream, Title

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
DISCS = CORPUS / "discs.jsonl.gz"
SCORE = CORPUS / "score.py"
MIN_LENGTH = 120
MEDIA = {"DVD": Media.DVD, "BD": Media.BLURAY, "UHD": Media.UHD}


def corpus_discs() -> Iterator[tuple[str, Disc, list[int]]]:
    """Give each disc with the name of its log and the corpus's own numbers of its titles."""
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            kept = [t for t in entry["titles"] if t["dur"] >= MIN_LENGTH]
            name = entry["path"][:-5].replace("/", "--").replace(" ", "_") + ".txt"
            yield name, _disc(entry, kept, name), [t["i"] for t in kept]


def _disc(entry: dict[str, Any], kept: list[dict[str, Any]], name: str) -> Disc:
    lengths = {t["seg"]: float(t["dur"]) for t in entry["titles"] if t["seg"].isdigit()}
    dvd = entry["format"] == "DVD"
    return Disc(
        source=name,
        media=MEDIA[entry["format"]],
        label=entry["cinfo"].get("32", ""),
        disc_name=entry["cinfo"].get("2", ""),
        content_hash=entry["hash"],
        titles=tuple(_title(n, t, () if dvd else _segments(t, lengths)) for n, t in enumerate(kept)),
    )


def _segments(title: dict[str, Any], lengths: dict[str, float]) -> tuple[Segment, ...]:
    """Clips of a Blu-ray title; a length that no bare clip tells is an even share of what is left."""
    keys = [] if "..." in title["seg"] else title["seg"].replace("(", "").replace(")", "").split(",")
    unknown = [k for k in keys if k not in lengths]
    left = max(0.0, title["dur"] - sum(lengths[k] for k in keys if k in lengths))
    share = left / len(unknown) if unknown else 0.0
    return tuple(Segment(key=k, duration=lengths.get(k, share), size=0) for k in keys)


def _title(index: int, title: dict[str, Any], segments: tuple[Segment, ...]) -> Title:
    digits = title["src"].partition(".")[0]
    width, _, height = (title.get("v") or "0x0").partition("x")
    return Title(
        index=index,
        number=int(digits) if digits.isdigit() else index,
        source_file=title["src"],
        segment_map=title["seg"],
        segments=segments,
        duration=title["dur"],
        size=title["size"],
        chapters=tuple(float(n) for n in range(title.get("ch") or 0)),
        streams=tuple(_streams(title)),
        width=int(width),
        height=int(height),
        comment=title.get("label") or title.get("c49") or "",
    )


def _streams(title: dict[str, Any]) -> Iterator[Stream]:
    """One stream of pictures, then sound and subtitles, as a robot log numbers them."""
    yield Stream(kind="video", codec="", stream_id=0)
    for number, language in enumerate(title.get("a") or [], 1):
        yield Stream(kind="audio", codec="", stream_id=number, language=language or None)
    first = len(title.get("a") or []) + 1
    for number in range(title.get("s") or 0):
        yield Stream(kind="subtitle", codec="", stream_id=first + number)
