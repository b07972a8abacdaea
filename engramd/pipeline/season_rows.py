"""The episodes of a show, one row each: where it stands, and which titles and files are it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engramd.models import TitleState

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

#: An episode by season and number.
Place = tuple[int, int]
FILED, WAITING, PARTIAL, MISSING = "filed", "waiting", "partial", "missing"
DOUBLE, LIBRARY, NOTE = "double", "library", "note"


@dataclass(frozen=True)
class Copy:
    """A title of a disc, or a file of the library that no disc gave, that is an episode or several.

    `state` is the title's; a file without a title has none. `path` is the file in the library, `file` the
    same below the library. `waiting_for` says what it waits for, `lack` what it lacks. One that is not sure
    may be the episode; one that `is_gone` was it.
    """

    places: tuple[Place, ...]
    part: int | None = None
    state: str = ""
    job: int = 0
    title: int = 0
    disc: int | None = None
    name: str = ""
    path: str = ""
    file: str = ""
    waiting_for: str = ""
    lack: str = ""
    is_sure: bool = True
    is_gone: bool = False

    @property
    def is_filed(self) -> bool:
        """Whether it is in the library."""
        return not self.is_gone and (not self.state or self.state == TitleState.COMPLETED)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Give what sorts the copy first that tells most of an episode."""
        stage = 4 if self.is_gone else 0 if self.is_filed and self.job else 1 if self.is_filed else 2
        return stage if self.is_sure else 3, self.job, self.title

    def words(self) -> str:
        """Say which it is, where a row is about another one: `job 4, title 2, waits for question 7`."""
        part = f"part {self.part}: " if self.part else ""
        if not self.job:
            return f"{part}in the library as {self.file}"
        disc = "" if self.disc is None else f" (disc {self.disc})"
        may_be = "" if self.is_sure else "perhaps "
        waits = f", waits for {self.waiting_for}" if self.waiting_for else ""
        lack = f", {self.lack}" if self.lack else ""
        filed = f", filed as {self.file}" if self.is_filed else ""
        return f"{part}{may_be}job {self.job}, title {self.title}{disc}{waits}{filed}{lack}"


def season_rows(
    copies: Iterable[Copy], roster: Sequence[KnownEpisode], season: int | None
) -> list[dict[str, Any]]:
    """Give one row an episode, of a season or of all; the bus says what is in a row.

    Without a roster, the episodes between those that are here are missing.
    """
    held: dict[Place, list[Copy]] = defaultdict(list)
    for copy in copies:
        for place in copy.places:
            held[place].append(copy)
    known = {(one.season, one.number): one for one in roster}
    places = set(known) | set(held)
    for number in {s for s, _ in held} - {one.season for one in roster}:
        last = max(n for s, n in held if s == number)
        places |= {(number, n) for n in range(1, last + 1)} if number else set()
    wanted = sorted(place for place in places if season in (None, place[0]))
    return [_row(place, known, _apart(held.get(place, []))) for place in wanted]


def note_row(sentence: str) -> dict[str, Any]:
    """Give a row that is no episode, and says what has to be known of the others."""
    return _empty((0, 0)) | {"state": "", "standing": NOTE, "lack": sentence}


def _empty(place: Place) -> dict[str, Any]:
    return {
        "season": place[0],
        "episode": place[1],
        "name": "",
        "minutes": 0.0,
        "state": MISSING,
        "job": 0,
        "title": 0,
        "disc": -1,
        "path": "",
        "standing": MISSING,
        "waiting_for": "",
        "lack": "",
        "file": "",
        "also": [],
    }


def _row(place: Place, known: Mapping[Place, KnownEpisode], copies: Sequence[Copy]) -> dict[str, Any]:
    row, listed = _empty(place), known.get(place)
    if listed is not None:
        row |= {"name": listed.name or "", "minutes": listed.minutes}
    if not copies:
        return row
    standing, lack = _standing(copies)
    main = _main(copies, standing)
    others = [copy for copy in copies if copy is not main and not copy.is_gone]
    return row | {
        "name": row["name"] or main.name,
        "state": main.state or MISSING,
        "job": main.job,
        "title": main.title,
        "disc": -1 if main.disc is None else main.disc,
        "path": main.path,
        "standing": standing,
        "waiting_for": main.waiting_for,
        "lack": lack,
        "file": main.file,
        "also": [copy.words() for copy in others],
    }


def _apart(copies: Sequence[Copy]) -> list[Copy]:
    """Give those that count, best first: each file once, and guesses only where nothing is sure."""
    kept: list[Copy] = []
    paths: set[str] = set()
    for copy in sorted(copies, key=lambda copy: copy.rank):
        if copy.path not in paths:
            kept.append(copy)
            paths |= {copy.path} if copy.path else set()
    is_here = any(copy.is_sure and not copy.is_gone for copy in kept)
    return [copy for copy in kept if copy.is_sure] if is_here else kept


def _standing(copies: Sequence[Copy]) -> tuple[str, str]:
    """Say where an episode stands, and what it lacks."""
    here = [copy for copy in copies if not copy.is_gone]
    if not here:
        return MISSING, copies[0].lack
    if not here[0].is_sure:
        return WAITING, ""
    if _is_double(here):
        return DOUBLE, here[0].lack
    lacks = list(dict.fromkeys(copy.lack for copy in here if copy.lack))
    lacks += _missing_parts(here)
    if not any(copy.is_filed for copy in here):
        return WAITING, ", ".join(lacks)
    if lacks or not all(copy.is_filed for copy in here):
        return PARTIAL, ", ".join(lacks)
    return (FILED if any(copy.job for copy in here) else LIBRARY), ""


def _is_double(copies: Sequence[Copy]) -> bool:
    """Whether several are the same episode, and not its parts."""
    counted = Counter(copy.part for copy in copies)
    return max(counted.values()) > 1 or (None in counted and len(counted) > 1)


def _missing_parts(copies: Sequence[Copy]) -> list[str]:
    parts = {copy.part for copy in copies if copy.part}
    lacking = set(range(1, max(2, *parts) + 1)) - parts if parts else set()
    return [f"part {part} is missing" for part in sorted(lacking)]


def _main(copies: Sequence[Copy], standing: str) -> Copy:
    """Give the copy that a row tells of: the best, but of an episode in parts the slowest part."""
    here = [copy for copy in copies if not copy.is_gone] or copies
    if standing != DOUBLE and all(copy.part for copy in here):
        return max(here, key=lambda copy: (copy.rank[0], -(copy.part or 0)))
    return here[0]
