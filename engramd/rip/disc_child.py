"""Looks at a damaged disc in a short-lived child, so that a drive that hangs costs only that child."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

import engramd
from engramd.discs.child import ErrorText
from engramd.discs.model import Disc, Title
from engramd.errors import UnreadableDisc
from engramd.rip.regions import Regions
from engramd.tools import CancelToken, Tools

#: A damaged disc makes a drive retry for minutes; past this it is taken for stuck. Seconds.
TIMEOUT = 600.0


class Question(BaseModel):
    """What the child is to look for, as it reads it from standard input."""

    about: Literal["regions", "scrambling"]
    disc: Disc
    title: Title


class Answer(BaseModel):
    """What the child prints: the title's regions, or whether it is scrambled."""

    played: tuple[tuple[int, int], ...] = ()
    structure: tuple[tuple[int, int], ...] = ()
    scrambled: bool | None = None


def regions_in_child(
    tools: Tools, disc: Disc, title: Title, cancel: CancelToken | None = None, *, timeout: float = TIMEOUT
) -> Regions:
    """`title_regions` in a child of its own; `timeout` in seconds.

    Raises what `title_regions` raises, UnreadableDisc if the child crashed or the drive did not answer in
    time, Cancelled, ChildStuck.
    """
    found = _ask(tools, Question(about="regions", disc=disc, title=title), cancel, timeout)
    return Regions(found.played, found.structure)


def is_scrambled_in_child(
    tools: Tools, disc: Disc, title: Title, cancel: CancelToken | None = None, *, timeout: float = TIMEOUT
) -> bool | None:
    """`is_scrambled` in a child of its own; `timeout` in seconds.

    None, too, if the drive did not answer in time. Raises Cancelled, ChildStuck.
    """
    try:
        return _ask(tools, Question(about="scrambling", disc=disc, title=title), cancel, timeout).scrambled
    except UnreadableDisc:
        return None


def _ask(tools: Tools, question: Question, cancel: CancelToken | None, timeout: float) -> Answer:
    short = question.model_copy(update={"disc": question.disc.model_copy(update={"titles": (), "files": ()})})
    words = [sys.executable, "-m", "engramd.rip.disc_reader"]
    folder = Path(engramd.__file__).resolve().parent.parent
    outcome = tools.run(
        words,
        stdin=short.model_dump_json(),
        timeout=timeout,
        cancel=cancel,
        keep_output=True,
        env={"PYTHONPATH": str(folder)},
    )
    where = question.disc.source
    if outcome.timed_out:
        remedy = "take the disc out, clean it, and try again or in another drive"
        raise UnreadableDisc("the drive did not answer in time", where=where, remedy=remedy)
    try:
        if outcome.returncode == 0:
            return Answer.model_validate_json(outcome.stdout)
        text = ErrorText.model_validate_json(outcome.stdout)
    except ValueError as error:
        last = outcome.stderr.strip().rpartition("\n")[2]
        why = last or f"the reader ended with code {outcome.returncode}"
        raise UnreadableDisc("reading the disc failed", where=where, why=why, remedy="try again") from error
    raise text.error()
