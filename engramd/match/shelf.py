"""Chooses the references of a request: one show's folder, a pool of files, or the only show that fits.

A folder of references is one of two things: a folder of shows (`SHOW/…`), or the pool of one show, whose
first folders are sources or seasons. Names tell which, and where they leave it open, what the files say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from engramd.match.checked import Usable
from engramd.match.disc import assign_show, without_references
from engramd.match.fitting import Fitting
from engramd.match.labels import Label
from engramd.match.language import guess
from engramd.match.listing import Named, fits, list_names, wanted_names
from engramd.match.model import MatchRequest, MatchResult
from engramd.match.reading import Reader
from engramd.match.references import Reference
from engramd.match.shows import find_show, show_folders
from engramd.match.subtitles import UnreadableSubtitle, read_subtitles
from engramd.match.timing import CueTimes

MOST_SHOWS = 60
#: So many titles must agree on a show that nobody named.
AGREEING = 2
#: So many labels, and pairs of folders, are looked into to tell sources of one show from several shows.
SAMPLED_LABELS, SAMPLED_PAIRS = 4, 3


def assign(request: MatchRequest, reader: Reader | None = None) -> MatchResult:
    """Answer a request, reading evidence and references; heavy. `reader` reads pictures and speech."""
    if request.direct:
        return assign_show(request.references, request, reader)
    if request.show is None:
        return _search(request, reader)
    names = (request.show, *request.also)
    found = [find_show(request.references, name, request.year) for name in names]
    places = [folder.path for folder in found if folder.path is not None][:1]
    if not places and not any(folder.fitting for folder in found):
        places = _holding(request.references, names)
    places += request.folders
    if not places:
        return without_references(request, None, [found[0].problem])
    return assign_show(places[0], request.model_copy(update={"folders": tuple(places[1:])}), reader)


def assign_files(request: MatchRequest, reader: Reader | None = None) -> MatchResult:
    """Answer a request whose references a person has just named: they may also be those of one show."""
    direct = is_show_folder(request.references, request.show)
    return assign(request.model_copy(update={"direct": direct}), reader)


def _holding(references: Path, shows: Sequence[str]) -> list[Path]:
    """Give the folders in which files lie that name the show, where no folder is named after it."""
    wanted = wanted_names(shows)
    fitting = [one for one in list_names(references, []) if one.label and fits(one.show, wanted)]
    if any(not one.top for one in fitting):
        return [references]
    return [references / top for top in sorted({one.top for one in fitting})]


def _search(request: MatchRequest, reader: Reader | None) -> MatchResult:
    """Try every show; only one on which two titles agree, and no other matches, may be the answer."""
    try:
        names = show_folders(request.references)
    except OSError as error:
        reason = f"the folder of references cannot be read ({request.references}): {error.strerror}"
        return without_references(request, None, [reason])
    known = (
        f"there are references of {', '.join(names[:20])}" if names else "the folder of references is empty"
    )
    if len(names) > MOST_SHOWS:
        return without_references(
            request, None, [f"the show is not known, and there are too many to try; {known}"]
        )
    results = [assign_show(request.references / name, request, reader) for name in names]
    ranked = sorted(results, key=_agreeing, reverse=True)
    if ranked and _agreeing(ranked[0]) >= AGREEING and not any(map(_agreeing, ranked[1:])):
        return ranked[0]
    return without_references(request, None, [f"the show is not known, and no single one fits; {known}"])


def _agreeing(result: MatchResult) -> int:
    return sum(t.verdict == "matched" and t.reason != "decided before" for t in result.titles)


# -- one show or several --


def is_show_folder(folder: Path, show: str | None = None) -> bool:
    """Whether all that lies below a folder is to be taken for one show (`show`, if it is named).

    Files of other shows may lie among them where `show` tells which are wanted.
    """
    if show and find_show(folder, show).path is not None:
        return False
    named = [one for one in list_names(folder, []) if one.label]
    groups: dict[str, list[Named]] = defaultdict(list)
    for one in named:
        groups[one.top].append(one)
    if not groups or any(one.near for one in named):
        return bool(groups)
    wanted = wanted_names([show] if show else [])
    if any(fits(one.show, wanted) for one in named):
        return True
    if any(one.in_own_folder for one in named):
        return not show and len({one.show for one in named if one.show}) == 1 and _all_say(groups)
    return len(groups) == 1 or not _unrelated(folder, groups)


def _all_say(groups: Mapping[str, Sequence[Named]]) -> bool:
    """Whether in every group some file names its show."""
    return all(any(one.show for one in group) for group in groups.values())


def _unrelated(folder: Path, groups: Mapping[str, Sequence[Named]]) -> bool:
    """Whether files of one label in different groups say different things, most of them."""
    verdicts: Counter[str] = Counter()
    by_label = {top: _first_of_label(group) for top, group in groups.items()}
    pairs = [(a, b) for a, b in combinations(by_label, 2) if by_label[a].keys() & by_label[b].keys()]
    for first, second in pairs[:SAMPLED_PAIRS]:
        shared = sorted(by_label[first].keys() & by_label[second].keys())[:SAMPLED_LABELS]
        usable = [one for top in (first, second) for one in _read(folder, [by_label[top][s] for s in shared])]
        fitting = Fitting(usable)
        for i, j in combinations(range(len(usable)), 2):
            if usable[i].label == usable[j].label:
                verdicts[fitting.judge(i, j)] += 1
    return verdicts["different"] > verdicts["same"] + verdicts["wording"]


def _first_of_label(group: Sequence[Named]) -> dict[Label, Named]:
    return {one.label: one for one in reversed(group) if one.label}


def _read(folder: Path, files: Sequence[Named]) -> list[Usable]:
    usable = []
    for one in files:
        try:
            cues = tuple(read_subtitles(folder / one.relative))
        except UnreadableSubtitle:
            continue
        if one.label and len(cues) > 1:
            times = CueTimes.of([c.start for c in cues], [c.end for c in cues])
            reference = Reference(str(one.relative), one.label, cues, one.top)
            usable.append(Usable(reference, guess(c.text for c in cues), times, cues))
    return usable
