"""What the end of a run of MakeMKV means: decided by message codes and by what is there, never by text."""

from __future__ import annotations

from pathlib import Path

from engramd.discs import robot_faults
from engramd.discs.robot_faults import KEY_FAULT, READ_ERRORS, MakemkvFailed
from engramd.discs.robot_messages import MEANINGS, Severity
from engramd.errors import EngramError, NoSpace
from engramd.rip.files import is_full, medium_is_gone, no_medium, no_space
from engramd.rip.makemkv_program import BAD_KEY, OF_THE_PROGRAM, Makemkv, failed
from engramd.rip.makemkv_run import RunLog
from engramd.rip.model import TitleFailed
from engramd.tools import Outcome


def error_of(
    log: RunLog, outcome: Outcome, source: str, *, least: Severity = Severity.ERROR
) -> EngramError | None:
    """Give the error that a run tells of: MakemkvFailed, NoSpace, UnreadableDisc; None if it tells of none.

    With `least` a warning, what only may be the reason counts as well: for a run that brought nothing.
    """
    error = robot_faults.error_of(log.messages(), source, least=least)
    if error is None and outcome.returncode == BAD_KEY:
        return failed(KEY_FAULT, "it ended with code 253", source)
    return error


def raise_outside(program: Makemkv, log: RunLog, outcome: Outcome, source: str, folder: Path | None) -> None:
    """Raise what is no fault of a title: a full disk, a disc that is gone, what program or drive lacks."""
    error = error_of(log, outcome, source)
    if isinstance(error, NoSpace) or (folder is not None and is_full(folder)):
        raise no_space(folder or Path(source), error.why if error else "")
    if medium_is_gone(Path(source)):
        raise no_medium(source)
    if isinstance(error, MakemkvFailed):
        if error.condition in OF_THE_PROGRAM:
            program.note(error)
        raise error


def first_error_code(log: RunLog) -> int | None:
    """Give the code of the first message that tells of an error; None if there is none."""
    healthy = READ_ERRORS if not log.read_errors else frozenset[int]()
    codes = (code for code in log.first if code in MEANINGS and code not in healthy)
    return next((code for code in codes if MEANINGS[code].severity is Severity.ERROR), None)


def title_failed(log: RunLog, outcome: Outcome, where: str) -> TitleFailed:
    """Give the error for a title of which nothing came, though nothing else was wrong."""
    code = first_error_code(log)
    if outcome.returncode < 0:
        why = f"it was ended by signal {-outcome.returncode}"
    elif code is not None:
        why = f"{MEANINGS[code].what} (message {code})"
    else:
        why = f"it ended with code {outcome.returncode} and wrote no file"
    what, remedy = "MakeMKV did not rip the title", "rip the title again"
    return TitleFailed(what, where=where, why=why, remedy=remedy, message_code=code or 0)
