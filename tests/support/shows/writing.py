"""Writes made discs as files: subtitle files in place of titles, or evidence whose words are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engramd.match.model import Evidence, MatchFailed, Sound, TitleToMatch, Track
from engramd.match.subtitles import Cue
from tests.support.shows import noise
from tests.support.shows.discs import Disc, DiscCase, MadeTitle, make_disc

PIXELS_A_SIGN, WIDEST_ROW = 13, 40
CODECS = {"text": "subrip", "caption": "eia_608", "rolling": "eia_608", "bitmap": "vobsub"}


@dataclass(frozen=True)
class Written:
    """A disc as subtitle `files`, the folder of `references`, and the true episode of each file."""

    disc: Disc
    files: tuple[Path, ...]
    references: Path
    truth: tuple[str | None, ...]


def write_disc_case(folder: Path, case: DiscCase) -> Written:
    """Write titles as subtitle files, as recognition would give them, and references as `Show.S01E02.srt`.

    Several sources lie in folders of their own.
    """
    disc = make_disc(case)
    references = write_references(folder / "references", disc)
    files = []
    for number, title in enumerate(disc.titles):
        path = folder / "titles" / f"title{number}.srt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(srt(as_shown(title, case, number)), "utf-8")
        files.append(path)
    return Written(disc, tuple(files), references, tuple(t.truth for t in disc.titles))


def write_references(folder: Path, disc: Disc) -> Path:
    """Write the references; the folder is that of one show."""
    for name, cues in disc.references.items():
        path = folder / name if disc.case.sources > 1 else folder / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(srt(cues), "utf-8")
    return folder


def write_evidence(folder: Path, disc: Disc) -> list[TitleToMatch]:
    """Write the titles' evidence: bitmaps have no words (see `MadeReader`), speech has no track at all."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = []
    for number, title in enumerate(disc.titles):
        path = folder / f"evidence-{number}.json"
        path.write_text(evidence_of(disc, number, folder).model_dump_json())
        asked.append(TitleToMatch(title_index=number, evidence=path, duration=title.seconds, order=number))
    return asked


def evidence_of(disc: Disc, number: int, folder: Path) -> Evidence:
    """Give what a title says of itself."""
    title, case = disc.titles[number], disc.case
    tracks: tuple[Track, ...] = ()
    if case.shown != "speech":
        tracks = (_track(as_shown(title, replace(case, ocr=0.0), number), case),)
    sounds = (Sound(stream=1, language="eng", default=True),)
    source = str(folder / f"title{number}.mkv")
    return Evidence(source=source, duration=title.seconds, tracks=tracks, sounds=sounds)


def as_shown(title: MadeTitle, case: DiscCase, number: int) -> Sequence[Cue]:
    """Give a title's cues as they can be read: with the slips of recognition, or rolled up."""
    luck = np.random.default_rng([case.seed, 23, number])
    if case.shown == "rolling":
        return noise.rolled_up(title.cues, luck)
    if case.shown == "speech":
        return noise.heard(title.cues, case.wer, luck)
    if case.ocr:
        return [replace(c, text=noise.optically(c.text, case.ocr, luck)) for c in title.cues]
    return title.cues


class MadeReader:
    """A stand-in for the children that read pictures and listen: gives the made words, with their slips.

    It reads at most `most` pictures of a title, so that each step can be measured by itself.
    """

    def __init__(self, disc: Disc, most: int = 100_000) -> None:
        self._disc, self._most = disc, most
        self.pictures_read = 0
        self.seconds_heard = 0.0

    def pictures(
        self, evidence: Evidence, _track: Track, numbers: Sequence[int], _languages: Sequence[str]
    ) -> list[str]:
        """Give the texts of pictures."""
        if len(numbers) > self._most:
            raise MatchFailed("no more pictures are to be read", where=evidence.path)
        cues = self._shown(evidence)
        self.pictures_read += len(numbers)
        return [cues[number].text for number in numbers]

    def speech(
        self, evidence: Evidence, _sound: Sound, windows: Sequence[tuple[float, float]]
    ) -> tuple[list[Cue], str]:
        """Give what is said in windows."""
        cues = self._shown(evidence)
        self.seconds_heard += sum(b - a for a, b in windows)
        return [c for c in cues if any(a <= c.start < b for a, b in windows)], "made"

    def _shown(self, evidence: Evidence) -> Sequence[Cue]:
        number = int(evidence.path.stem.removeprefix("title"))
        if number >= len(self._disc.titles):
            raise MatchFailed("there is no such title", where=evidence.path)
        return as_shown(self._disc.titles[number], self._disc.case, number)


def _track(cues: Sequence[Cue], case: DiscCase) -> Track:
    words = case.shown != "bitmap"
    return Track(
        kind="bitmap" if case.shown == "bitmap" else "text" if case.shown == "text" else "caption",
        codec=CODECS[case.shown],
        language="eng",
        rolling=case.shown == "rolling",
        starts=tuple(round(c.start, 3) for c in cues),
        ends=tuple(round(c.end, 3) for c in cues),
        texts=tuple(c.text for c in cues) if words else (),
        widths=() if words else tuple(PIXELS_A_SIGN * min(len(c.text), WIDEST_ROW) for c in cues),
        stream=2,
    )


def srt(cues: Sequence[Cue]) -> str:
    """Write SubRip."""
    return "\n".join(f"{n}\n{_stamp(c.start)} --> {_stamp(c.end)}\n{c.text}\n" for n, c in enumerate(cues, 1))


def _stamp(seconds: float) -> str:
    total = round(seconds * 1000)
    return f"{total // 3600000:02}:{total // 60000 % 60:02}:{total // 1000 % 60:02},{total % 1000:03}"
