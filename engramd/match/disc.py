"""Assigns the titles of a disc to the episodes of a show: the whole way from a request to a result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engramd.match.decision import Circumstances, decide, order_of
from engramd.match.hygiene import Checked, check
from engramd.match.model import Lacking, MatchRequest, MatchResult
from engramd.match.reading import Reader
from engramd.match.references import load_for, printable
from engramd.match.rounds import Rounds
from engramd.match.season import Season
from engramd.match.titles import open_title, pinned, review


def assign_show(folder: Path, request: MatchRequest, reader: Reader | None = None) -> MatchResult:
    """Assign all titles of the request to episodes of the show whose references lie in `folder`.

    Where the season is known and nothing fits its episodes, those of all other seasons are tried.
    """
    result = _assign(folder, request, reader)
    if request.season is None or _tells_something(result):
        return result
    wider = _assign(folder, request.model_copy(update={"season": None}), reader)
    if not _tells_something(wider):
        return result
    problem = f"the disc was taken for season {request.season}, and its titles fit another one"
    return wider.model_copy(update={"problems": (problem, *wider.problems)})


def _tells_something(result: MatchResult) -> bool:
    """Whether a title was recognised, be it as a part of an episode."""
    return any(
        t.part_of is not None or (t.verdict == "matched" and t.reason != "decided before")
        for t in result.titles
    )


def without_references(request: MatchRequest, show: str | None, problems: Sequence[str]) -> MatchResult:
    """Give the result where there is nothing to compare with; pinned titles keep their episode."""
    reason = f"there is no reference to compare with: {problems[0]}"
    titles = [pinned(asked) or review(asked, reason, "references") for asked in request.titles]
    return MatchResult(show=show, titles=tuple(titles), problems=tuple(problems), lacking="references")


def _assign(folder: Path, request: MatchRequest, reader: Reader | None) -> MatchResult:
    loaded = load_for(folder, request)
    checked = check(loaded.references)
    checked.problems[:0] = loaded.problems
    if not checked.usable:
        name = printable(folder.name)
        which = "" if request.season is None else f" of season {request.season}"
        problems = [f"{name} has no usable reference{which}", *checked.problems]
        return without_references(request, name, problems)
    return _compare(folder, request, reader, checked)


def _compare(folder: Path, request: MatchRequest, reader: Reader | None, checked: Checked) -> MatchResult:
    season = Season(checked)
    titles = [open_title(asked, checked) for asked in request.titles]
    circumstances = Circumstances(checked, request.threshold, request.taken)
    Rounds(season, circumstances, reader, request.reading).read(titles)
    for group in [[title] for title in titles] if request.separate else [titles]:
        decide(group, circumstances)
    results = tuple(title.result for title in titles if title.result is not None)
    lacking: Lacking = "evidence" if results and all(r.lacking for r in results) else ""
    problems = (*checked.problems, *([] if request.separate else order_of(titles)))
    return MatchResult(show=printable(folder.name), titles=results, problems=problems, lacking=lacking)
