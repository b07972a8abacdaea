"""The cache of fetched reference subtitles: files on disk, and where each came from in the database."""

from __future__ import annotations

import errno
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePath

from engramd.errors import EngramError, FilingFailed, NoSpace
from engramd.match.amounts import LEAST_CUES, least_cues
from engramd.match.subtitles import SUFFIXES, UnreadableSubtitle, read_subtitles
from engramd.models import SubtitleFile
from engramd.organize.safe_names import safe_component
from engramd.pipeline.supply_plan import Episode
from engramd.sources.subtitles import Offer, Served
from engramd.store.references import FetchedSubtitles

#: Episodes of fewer seconds may have so few cues that only those of one show tell how many are usual.
SHORT = 1200.0
#: Space that must be free before a file is fetched, in bytes: one that cannot be kept would be wasted.
ROOM = 8 << 20
REMEDY = "make room there, or set another folder: engramctl config set subtitles_cache_path FOLDER"
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Series:
    """A show as its references are asked for and kept.

    `also` are its other names, `seconds` the length that is usual for its episodes, if that is known.
    """

    show: str
    also: tuple[str, ...] = ()
    year: int | None = None
    tmdb_id: int | None = None
    seconds: float | None = None

    @property
    def name(self) -> str:
        """The name with its year, as its folder has it."""
        return f"{self.show} ({self.year})" if self.year else self.show


class Shelf:
    """Keeps what was served, and knows what was served before. `root` gives the folder of all shows."""

    def __init__(self, root: Callable[[], Path], rows: FetchedSubtitles, now: Callable[[], datetime]) -> None:
        self._root = root
        self._rows = rows
        self._now = now

    @property
    def root(self) -> Path:
        """The folder that holds one folder for each show."""
        return self._root()

    def folder(self, series: Series) -> Path:
        """Give the folder of a show, whether it is there or not."""
        return self.root / safe_component(series.name)

    def usable(self, series: Series) -> Mapping[Episode, Sequence[SubtitleFile]]:
        """Give the files at hand, by episode; without those that the matcher takes for signs tracks."""
        found: dict[Episode, list[SubtitleFile]] = defaultdict(list)
        rows = self._here(series)
        least = least_cues([row.cues for row in rows])
        for row in rows:
            if row.cues >= least:
                found[row.season, row.episode].append(row)
        return found

    def tried(self, series: Series, episode: Episode) -> frozenset[tuple[str, str]]:
        """Give provider and number of what need not be fetched (again): it is at hand, or was refused."""
        rows = self._rows.of_show(series.name, series.tmdb_id)
        mine = (row for row in rows if (row.season, row.episode) == episode)
        return frozenset((row.provider, row.provider_id) for row in mine if row.refused or self._is_here(row))

    def check_room(self, series: Series, offer: Offer) -> None:
        """Raise NoSpace or FilingFailed if a file could not be kept now."""
        folder = self._target(series, (offer.season, offer.episode), offer, ".srt").parent
        probe = folder / f".probe-{os.getpid()}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
            probe.write_bytes(b"\x00")
            probe.unlink()
        except OSError as error:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
            raise _explained(error, folder) from error
        if free < ROOM:
            raise _explained(OSError(errno.ENOSPC, "there is too little room"), folder)

    def take_in(self, series: Series, episode: Episode, offer: Offer) -> SubtitleFile | None:
        """Record a file that is there but has no row, as after a crash; None if there is none."""
        for suffix in sorted(SUFFIXES):
            path = self._target(series, episode, offer, suffix)
            try:
                data = path.read_bytes()
            except OSError:
                continue
            return self.keep(series, episode, Served(offer, data, path.name))
        return None

    def keep(self, series: Series, episode: Episode, served: Served) -> SubtitleFile:
        """Keep a file and its row, which says why it is refused if it is. Raises NoSpace, FilingFailed."""
        row = self._row(series, episode, served.offer)
        row.sha256 = served.sha256
        target = self._target(series, episode, served.offer, _suffix(served))
        same = [file for file in self.usable(series).get(episode, ()) if file.sha256 == row.sha256]
        if same and not _is_source(same[0], row):
            row.refused = f"is the very file that {same[0].provider} has as {same[0].provider_id}"
            return self._rows.keep(row)
        try:
            row.cues, row.refused = _written(target, served, lambda cues: self._least(series, cues))
        except OSError as error:
            raise _explained(error, target) from error
        row.path = "" if row.refused else str(target)
        return self._rows.keep(row)

    def refuse(self, series: Series, episode: Episode, offer: Offer, why: str) -> SubtitleFile:
        """Remember that what is offered is of no use."""
        row = self._row(series, episode, offer)
        row.refused = why
        return self._rows.keep(row)

    def _row(self, series: Series, episode: Episode, offer: Offer) -> SubtitleFile:
        return SubtitleFile(
            provider=offer.provider,
            provider_id=offer.provider_id,
            show=series.name,
            tmdb_id=series.tmdb_id,
            season=episode[0],
            episode=episode[1],
            language=offer.language,
            release=offer.release,
            fetched_at=self._now(),
        )

    def _here(self, series: Series) -> list[SubtitleFile]:
        return [row for row in self._rows.of_show(series.name, series.tmdb_id) if self._is_here(row)]

    def _least(self, series: Series, cues: int) -> int:
        """Give how many cues a file of a show needs, one of `cues` among them.

        Fewer are signs, songs or forced parts, by which no episode can be told.
        """
        if series.seconds is None or series.seconds >= SHORT:
            return LEAST_CUES
        return least_cues([*(row.cues for row in self._here(series)), cues])

    def _is_here(self, row: SubtitleFile) -> bool:
        path = Path(row.path) if row.path else None
        return path is not None and path.is_relative_to(self.root) and path.is_file()

    def _target(self, series: Series, episode: Episode, offer: Offer, suffix: str) -> Path:
        season, number = episode
        language = offer.language if offer.language.isalpha() and offer.language.isascii() else "und"
        name = f"S{season:02d}E{number:02d}.{language}.{_plain(offer.provider_id)}"
        return self.folder(series) / safe_component(_plain(offer.provider)) / (name + suffix)


def labels_below(folder: Path) -> dict[Episode, int]:
    """Count the files of each episode below a show's folder, by name; what cannot be read is not there."""
    from engramd.match.labels import parse_label

    counts: dict[Episode, int] = defaultdict(int)
    for parent, _folders, names in os.walk(folder):
        for name in names:
            path = PurePath(parent, name)
            if path.suffix.lower() in SUFFIXES and (label := parse_label(path.relative_to(folder))):
                for number in label.episodes:
                    counts[label.season, number] += 1
    return dict(counts)


def episodes_in(text: str) -> frozenset[Episode]:
    """Give the episodes that `S01E02`, a range `S01E01-E03` or a set `S01E01+E04` names."""
    from engramd.match.labels import parse_episode

    first, *more = text.split("+")
    season = first.partition("E")[0]
    labels = (parse_episode(part) for part in (first, *(p if p[:1] == "S" else season + p for p in more)))
    return frozenset((label.season, number) for label in labels if label for number in label.episodes)


def fault_in(path: Path, language: str, least_of: Callable[[int], int]) -> tuple[int, str]:
    """Give the number of cues of a file, and what completes the sentence `it …` if it is of no use.

    `least_of` says how many cues a file needs that has so many.
    """
    from engramd.match.language import CODES, alike, guess

    try:
        cues = read_subtitles(path)
    except UnreadableSubtitle as error:
        return 0, str(error)
    if len(cues) < (least := least_of(len(cues))):
        return len(cues), f"has only {len(cues)} cues (at least {least} are needed)"
    found, said = guess(cue.text for cue in cues), CODES.get(language.casefold(), language)
    if found and said in CODES.values() and not alike(found, said):
        return len(cues), f"is {found}, not {said} as it was offered"
    return len(cues), ""


def _written(target: Path, served: Served, least_of: Callable[[int], int]) -> tuple[int, str]:
    """Bring a file under its name if it is of use; it is complete there, or not there. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        with partial.open("wb") as file:
            file.write(served.data)
            file.flush()
            os.fsync(file.fileno())
        cues, refused = fault_in(partial, served.offer.language, least_of)
        if not refused:
            partial.replace(target)
        return cues, refused
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _suffix(served: Served) -> str:
    suffix = PurePath(served.file_name).suffix.lower()
    return suffix if suffix in SUFFIXES else ".srt"


def _plain(identifier: str) -> str:
    """Give an identifier as it may stand in a name that must tell nothing but the episode."""
    if identifier.isascii() and (identifier.isdecimal() or identifier.isalpha()) and len(identifier) <= 40:
        return identifier
    return sha256(identifier.encode()).hexdigest()[:16]


def _is_source(one: SubtitleFile, other: SubtitleFile) -> bool:
    return (one.provider, one.provider_id) == (other.provider, other.provider_id)


def _explained(error: OSError, where: Path) -> EngramError:
    kind = NoSpace if error.errno in _FULL else FilingFailed
    what = "reference subtitles cannot be kept"
    return kind(what, where=where, why=error.strerror or error, remedy=REMEDY)
