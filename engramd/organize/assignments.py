"""Which titles are which episodes, as people write it: `3=S01E02`, `1-6=S02E07-E12`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engramd.errors import InvalidArgument
from engramd.organize.episode import EpisodeCode, read_part, write_part

_TITLES = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
#: `S02E07-12`, as people write it too.
_SHORT = re.compile(r"(.*\d)-(\d+)", re.ASCII)
_FILM = re.compile(r"\S.* \((?:18|19|20|21)\d\d\)(?:-pt[1-9]\d?)?")
#: The number of a title, its episode, and which part of it.
_Said = tuple[int, EpisodeCode, int | None]
_REMEDY = "say 3 S01E02, 1-6=S02E07-E12, or 3 'Name (1999)'"


def read_assignments(words: Iterable[str]) -> dict[int, str]:
    """Read `3=S01E02` and `1-6=S02E07-E12`: numbers of titles from 1, each with its episode.

    In the place of an episode a title may be a part of one, as in `3=S01E02-pt1`, or a film, as in
    `3=Harbor Lights (1999)`, or a part of that. InvalidArgument where a word is none of these, where numbers
    of titles and episodes differ, or where a title is named twice.
    """
    said: dict[int, str] = {}
    for word in words:
        for number, episode in _pairs(word):
            if said.setdefault(number, episode) != episode:
                raise InvalidArgument(f"title {number} is named twice", where=word)
    return said


def write_assignments(episodes: Mapping[int, str]) -> str:
    """Give titles (numbered from 1) and their episodes as `read_assignments` reads them, in few words."""
    return " ".join(f"{titles}={codes}" for titles, codes in runs(episodes))


def runs(episodes: Mapping[int, str]) -> list[tuple[str, str]]:
    """Join titles that follow each other and hold one episode each, which follow each other too."""
    joined: list[list[_Said]] = []
    for number in sorted(episodes):
        said = (number, *read_part(episodes[number]))
        if joined and _follows(joined[-1][-1], said):
            joined[-1].append(said)
        else:
            joined.append([said])
    return [_written(run) for run in joined]


def _follows(before: _Said, after: _Said) -> bool:
    (number, code, part), (next_number, next_code, next_part) = before, after
    single = code.first == code.last and next_code.first == next_code.last and not (part or next_part)
    in_turn = next_number == number + 1 and next_code.first == code.last + 1
    return single and in_turn and next_code.season == code.season


def _written(run: list[_Said]) -> tuple[str, str]:
    (first, code, part), (last, last_code, _) = run[0], run[-1]
    if first == last:
        return str(first), write_part(str(code), part)
    return f"{first}-{last}", str(EpisodeCode(code.season, code.first, last_code.last))


def _pairs(word: str) -> list[tuple[int, str]]:
    titles, _, episode = word.partition("=")
    numbers = _TITLES.fullmatch(titles)
    if numbers is not None and numbers[2] is None and _FILM.fullmatch(episode):
        return [(_title(int(numbers[1])), episode)]
    try:
        code, part = read_part(_SHORT.sub(r"\1-E\2", episode))
    except InvalidArgument:
        code, part = None, None
    if numbers is None or code is None:
        raise InvalidArgument(f"{word!r} is no assignment", remedy=_REMEDY)
    first, last = int(numbers[1]), int(numbers[2] or numbers[1])
    if first == last:
        return [(_title(first), write_part(str(code), part))]
    if part or last < first or last - first != code.last - code.first:
        raise InvalidArgument(f"{word!r} names not as many titles as episodes")
    single = (EpisodeCode(code.season, number, number) for number in range(code.first, code.last + 1))
    return [(_title(number), str(one)) for number, one in zip(range(first, last + 1), single, strict=True)]


def _title(number: int) -> int:
    if number < 1:
        raise InvalidArgument("titles are numbered from 1", remedy="`engramctl show JOB` lists them")
    return number
