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
    MatchFailed,
    MatchRequest,
    MatchResult,
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
    "MatchFailed",
    "MatchRequest",
    "MatchResult",
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
        timeout=ASSIGN_TIMEOUT,
        cancel=cancel,
        env=ENVIRONMENT,
        keep_output=True,
    )
    try:
        return MatchResult.model_validate_json(_answer(outcome, "the episodes of a disc"))
    except ValidationError as error:
        raise MatchFailed("the matcher gave no sensible answer", why=error) from error


def match_files(
    files: Sequence[Path], references: Path, *, show: str | None = None, season: int | None = None
) -> MatchResult:
    """Say which episode each file (video or subtitles) is; `title_index` is the place in `files`.

    `references` is a folder of shows, or of one show. Runs in this process and loads the numeric libraries.
    Raises MatchFailed for a file that cannot be read.
    """
    from engramd.match.evidence import read_evidence
    from engramd.match.shelf import assign, is_show_folder

    with TemporaryDirectory() as folder:
        titles = []
        for index, path in enumerate(files):
            out = Path(folder, f"{index}.json")
            out.write_text(read_evidence(path).model_dump_json())
            titles.append(TitleToMatch(title_index=index, evidence=out))
        direct = is_show_folder(references)
        return assign(
            MatchRequest(references=references, show=show, season=season, titles=tuple(titles), direct=direct)
        )


def _child(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "engramd.match", *arguments]


def _answer(outcome: Outcome, what: str) -> str:
    if outcome.timed_out:
        raise MatchFailed(f"{what} took too long", remedy="try again; if it stays so, report the file")
    if outcome.returncode:
        lines = outcome.stderr.strip().splitlines()
        raise MatchFailed(f"{what} could not be worked out", why=lines[-1] if lines else outcome.returncode)
    return outcome.stdout
