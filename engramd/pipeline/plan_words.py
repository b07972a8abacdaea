"""Says in words what is proposed for the titles of a disc. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from engramd.organize import EpisodeCode, read_part
from engramd.organize.assignments import runs


def in_words(episodes: Mapping[int, str]) -> str:
    """Say which episodes titles are, by title index: `titles 1-6 are S02E07-E12, title 7 is S02E13-E14`.

    Parts are told together: `titles 1-6 are S01E01-E03 in 2 parts each`.
    """
    shared: dict[EpisodeCode, list[int]] = defaultdict(list)
    whole: dict[int, str] = {}
    for index, episode in sorted(episodes.items()):
        code, part = read_part(episode)
        if part:
            shared[code].append(index + 1)
        else:
            whole[index + 1] = episode
    told = [f"titles {n} are {e}" if "-" in n else f"title {n} is {e}" for n, e in runs(whole)]
    return ", ".join(told + _parts_in_words(shared))


def _parts_in_words(shared: Mapping[EpisodeCode, Sequence[int]]) -> list[str]:
    if len(shared) > 1 and _is_regular(shared):
        codes, numbers = sorted(shared), sorted(n for titles in shared.values() for n in titles)
        row = EpisodeCode(codes[0].season, codes[0].first, codes[-1].last)
        return [f"titles {numbers[0]}-{numbers[-1]} are {row} in {len(shared[codes[0]])} parts each"]
    return [_one_in_words(code, numbers) for code, numbers in sorted(shared.items())]


def _is_regular(shared: Mapping[EpisodeCode, Sequence[int]]) -> bool:
    """Whether titles that follow one another are episodes that do, each in as many parts."""
    codes = sorted(shared)
    numbers = [number for code in codes for number in shared[code]]
    in_row = all(b.season == a.season and b.first == a.last + 1 for a, b in pairwise(codes))
    return in_row and numbers == [*range(numbers[0], numbers[0] + len(numbers))] and _are_alike(shared)


def _are_alike(shared: Mapping[EpisodeCode, Sequence[int]]) -> bool:
    return len({len(numbers) for numbers in shared.values()}) == 1


def _one_in_words(code: EpisodeCode, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"title {numbers[0]} is a part of {code}"
    told = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
    return f"titles {told} are {code} in {len(numbers)} parts"
