"""Chooses the references of a request: one show's folder, or the only show that the disc can be."""

from __future__ import annotations

from pathlib import Path

from engramd.match.disc import assign_show, without_references
from engramd.match.model import MatchRequest, MatchResult
from engramd.match.references import has_labelled_files
from engramd.match.shows import find_show, show_folders

MOST_SHOWS = 60
#: So many titles must agree on a show that nobody named.
AGREEING = 2


def assign(request: MatchRequest) -> MatchResult:
    """Answer a request, reading evidence and references; heavy."""
    if request.direct:
        return assign_show(request.references, request)
    if request.show is None:
        return _search(request)
    found = [find_show(request.references, name, request.year) for name in (request.show, *request.also)]
    path = next((folder.path for folder in found if folder.path is not None), None)
    if path is None:
        return without_references(request, None, [found[0].problem])
    return assign_show(path, request)


def _search(request: MatchRequest) -> MatchResult:
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
    results = [assign_show(request.references / name, request) for name in names]
    ranked = sorted(results, key=_agreeing, reverse=True)
    if ranked and _agreeing(ranked[0]) >= AGREEING and not any(map(_agreeing, ranked[1:])):
        return ranked[0]
    return without_references(request, None, [f"the show is not known, and no single one fits; {known}"])


def _agreeing(result: MatchResult) -> int:
    return sum(t.verdict == "matched" and t.reason != "decided before" for t in result.titles)


def is_show_folder(folder: Path) -> bool:
    """Whether a folder holds the references of one show directly."""
    return has_labelled_files(folder)
