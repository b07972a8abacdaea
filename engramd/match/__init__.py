"""Which episode is each ripped title.

The functions here start short-lived children, because the numeric libraries must not live in the daemon.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from engramd.match.model import (
    Candidate,
    Evidence,
    EvidenceSummary,
    KnownEpisode,
    MatchFailed,
    MatchRequest,
    MatchResult,
    Part,
    Reading,
    TitleMatch,
    TitleToMatch,
    Track,
    TrackSummary,
)
from engramd.tools import CancelToken, Outcome, Tools

__all__ = [
    "Candidate",
    "Evidence",
    "EvidenceSummary",
    "KnownEpisode",
    "MatchFailed",
    "MatchRequest",
    "MatchResult",
    "Part",
    "Reading",
    "TitleMatch",
    "TitleToMatch",
    "Track",
    "TrackSummary",
    "assign_disc",
    "collect_evidence",
    "match_files",
]

#: Seconds; a Blu-ray title of 40 GB is read once for its evidence.
EVIDENCE_TIMEOUT = 1800.0
ASSIGN_TIMEOUT = 900.0
#: What each title may take besides, where its speech must be listened to.
TITLE_TIMEOUT = 900.0
REMEDY = "try again; if it stays so, report the file"
DEFAULT_READING = Reading()
#: Children find this very package, installed or not, and nothing in the working folder.
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2])}


def collect_evidence(
    tools: Tools, video: Path, out: Path, *, cancel: CancelToken | None = None
) -> EvidenceSummary:
    """Read the subtitle and caption cues of a ripped file into `out` (JSON, complete or not there at all).

    Raises MatchFailed if the file is unreadable, Cancelled if `cancel` was used.
    """
    child = _child("evidence", str(video.absolute()), "--out", str(out.absolute()))
    outcome = tools.run(child, timeout=EVIDENCE_TIMEOUT, cancel=cancel, env=ENVIRONMENT, keep_output=True)
    try:
        return EvidenceSummary.model_validate_json(_answer(outcome, f"the subtitles of {video.name}"))
    except ValidationError as error:
        raise MatchFailed("the matcher gave no sensible answer", where=video, why=error) from error


def assign_disc(tools: Tools, request: MatchRequest, *, cancel: CancelToken | None = None) -> MatchResult:
    """Assign the titles of a disc to episodes, by evidence files and reference subtitles.

    Lacking references are no error but a result that says so. Raises MatchFailed, Cancelled.
    """
    outcome = tools.run(
        _child("assign"),
        stdin=request.model_dump_json(),
        timeout=ASSIGN_TIMEOUT + TITLE_TIMEOUT * len(request.titles),
        cancel=cancel,
        env=ENVIRONMENT,
        keep_output=True,
    )
    try:
        return MatchResult.model_validate_json(_answer(outcome, "the episodes of a disc"))
    except ValidationError as error:
        raise MatchFailed("the matcher gave no sensible answer", why=error) from error


def match_files(
    files: Sequence[Path],
    references: Path,
    *,
    show: str | None = None,
    season: int | None = None,
    separate: bool = False,
    reading: Reading = DEFAULT_READING,
    tools: Tools | None = None,
) -> MatchResult:
    """Say which episode each file (video or subtitles) is; `title_index` is the place in `files`.

    `references` is a folder of shows, or of one show, with or without folders for sources. A file that cannot
    be read needs a person, and says why. With `tools` pictures and speech are read too, in children; the rest
    runs in this process and loads the numeric libraries.
    """
    from engramd.match.reading import ChildReader
    from engramd.match.shelf import assign_files

    with TemporaryDirectory() as folder:
        request = MatchRequest(
            references=references,
            show=show,
            season=season,
            titles=tuple(_title(index, path, Path(folder)) for index, path in enumerate(files)),
            separate=separate,
            reading=reading,
        )
        return assign_files(request, ChildReader(tools, reading) if tools else None)


def _title(index: int, path: Path, folder: Path) -> TitleToMatch:
    from engramd.match.evidence import read_evidence

    out = folder / f"{index}.json"
    if not _is_text(str(path)):
        trouble = "its name has bytes that are no UTF-8, which is not supported; rename it"
        return TitleToMatch(title_index=index, evidence=None, trouble=trouble)
    try:
        out.write_text(read_evidence(path).model_dump_json())
    except MatchFailed as error:
        return TitleToMatch(title_index=index, evidence=None, trouble=str(error))
    return TitleToMatch(title_index=index, evidence=out)


def _is_text(name: str) -> bool:
    """Whether a name can be passed on as JSON."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _child(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "engramd.match", *arguments]


def _answer(outcome: Outcome, what: str) -> str:
    if outcome.timed_out:
        raise MatchFailed(f"{what} took too long", remedy=REMEDY)
    if outcome.returncode:
        lines = outcome.stderr.strip().splitlines()
        why = lines[-1] if lines else f"the matcher ended with {outcome.returncode}"
        told = outcome.returncode == 1 and lines and "Traceback" not in outcome.stderr
        raise MatchFailed(f"{what} could not be worked out", why=why, remedy="" if told else REMEDY)
    return outcome.stdout
