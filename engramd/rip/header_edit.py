"""Writes labels (flags, names, languages) into the header of a finished Matroska file, and nothing else.

mkvpropedit (of mkvtoolnix) does the edit in place. What it may change is copied first, so that a file is
either edited completely or as it was: see `head_copy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engramd.errors import Busy, RipFailed, ToolMissing
from engramd.rip.files import file_error, sync
from engramd.rip.head_copy import copy_of, drop_copy, keep_head, restore_interrupted
from engramd.rip.matroska import BadMatroska, TrackHeader, read_head, read_track_headers
from engramd.rip.track_labels import TrackLabel
from engramd.rip.track_pairs import code_of
from engramd.rip.wanted_languages import is_language
from engramd.tools import CancelToken, ChildStuck, Outcome, Tools

__all__ = ["apply_labels", "restore_interrupted"]

PROGRAM = "mkvpropedit"
#: Seconds without a word after which the program is ended; it writes a few kilobytes.
STALL = 300.0
#: Matroska's defaults for what a header does not say.
_DEFAULT_LANGUAGE = "eng"


def apply_labels(
    tools: Tools, path: Path, labels: Sequence[TrackLabel], *, cancel: CancelToken | None = None
) -> bool:
    """Label the tracks of a finished file; false where all was so already.

    An earlier edit that was interrupted is undone first. Whatever fails, the file is as it was, or its copy
    stands beside it still and `restore_interrupted` makes it so. After ChildStuck that must wait until the
    program has ended, for its last write may still come. Raises ToolMissing, NoSpace, Cancelled, ChildStuck,
    Busy while the file has to wait so, and RipFailed where the program fails or the file cannot be edited
    safely or is not there.
    """
    _check_ended(tools, path)
    restore_interrupted(path)
    try:
        edits = list(_edits(path, labels))
    except OSError as error:
        raise file_error(path, error) from error
    if not edits:
        return False
    program = tools.find(PROGRAM)
    if program is None:
        raise ToolMissing(
            "the tracks cannot be named and flagged", where=PROGRAM, remedy="apt install mkvtoolnix"
        )
    keep_head(path)
    try:
        outcome = tools.run([program, path.absolute(), *edits], inactivity=STALL, cancel=cancel)
        _check(path, outcome, labels)
        sync(path)
    except ChildStuck:
        raise
    except OSError as error:
        restore_interrupted(path)
        raise file_error(path, error) from error
    except BaseException:
        restore_interrupted(path)
        raise
    drop_copy(path)
    return True


def _check_ended(tools: Tools, path: Path) -> None:
    """Raise Busy while an edit hangs that may be of this file."""
    stuck = [pid for pid in tools.survivors() if _name_of(pid) == PROGRAM]
    if stuck and copy_of(path).exists():
        raise Busy("a file is still being edited", where=path, why=f"{PROGRAM} hangs (process {stuck[0]})")


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _edits(path: Path, labels: Sequence[TrackLabel]) -> Iterator[str]:
    headers = {header.number: header for header in read_track_headers(path)}
    for label in labels:
        header = headers.get(label.number)
        if header is None:
            raise RipFailed(
                "the file lacks a track that is to be labelled", where=f"{path}, track {label.number}"
            )
        if label.kind in ("audio", "subtitle") and (changes := list(_changes(header, label))):
            yield from ("--edit", f"track:@{label.number}", *changes)


def _changes(header: TrackHeader, label: TrackLabel) -> Iterator[str]:
    """Give mkvpropedit's words for what differs."""
    if label.language and is_language(label.language) and label.language not in _languages(header):
        yield from ("--set", f"language={label.language}")
    if label.name != (header.name or ""):
        yield from ("--set", f"name={label.name}") if label.name else ("--delete", "name")
    flags = (
        ("default", label.default, header.default is not False),
        ("forced", label.forced, bool(header.forced)),
        ("commentary", label.commentary, bool(header.commentary)),
        ("visual-impaired", label.audio_description, bool(header.visual_impaired)),
        ("original", label.original, header.original),
    )
    for name, wanted, now in flags:
        if wanted is not None and wanted != now:
            yield from ("--set", f"flag-{name}={int(wanted)}")


def _languages(header: TrackHeader) -> set[str | None]:
    """Give the language of a track as code; a header that names two different ones names none."""
    plain = code_of(_DEFAULT_LANGUAGE if header.language is None else header.language)
    if header.language_bcp47 is None:
        return {plain}
    tagged = code_of(header.language_bcp47)
    return {tagged} if header.language is None or tagged == plain else set()


def _check(path: Path, outcome: Outcome, labels: Sequence[TrackLabel]) -> None:
    """Raise RipFailed when the program failed, or did not do what it was told."""
    # 1 is a success with warnings.
    if outcome.timed_out or outcome.returncode not in (0, 1):
        lines = [
            line for line in (*outcome.stderr.splitlines(), *outcome.stdout.splitlines()) if line.strip()
        ]
        why = next((line for line in lines if "Error" in line), lines[-1] if lines else "")
        raise _failed(path, why or f"{PROGRAM} ended with code {outcome.returncode}")
    try:
        finished, left = read_head(path).finished, list(_edits(path, labels))
    except BadMatroska as error:
        raise _failed(path, error.why) from error
    if not finished or left:
        raise _failed(path, f"afterwards it lacked {' '.join(left)}" if left else "afterwards it was cut off")


def _failed(path: Path, why: object) -> RipFailed:
    remedy = "the file is as it was before; its tracks can be labelled again"
    return RipFailed("the tracks could not be named and flagged", where=path, why=why, remedy=remedy)
