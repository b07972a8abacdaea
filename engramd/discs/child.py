"""Reads a disc in a short-lived child process, so that a drive that hangs costs no more than that child."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel, ValidationError

import engramd
from engramd.discs.model import Disc
from engramd.errors import EngramError, NoMedium, NotFound, UnreadableDisc
from engramd.tools import CancelToken, Outcome, Tools

#: A damaged disc makes a drive retry for minutes; past this it is taken for stuck. Seconds.
TIMEOUT = 300.0

_TYPES = {kind.__name__: kind for kind in (UnreadableDisc, NoMedium, NotFound)}


class ErrorText(BaseModel):
    """An error as the child prints it; `code` is the name of its type."""

    code: str
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, error: EngramError) -> ErrorText:
        """The text of an error; types of this package's own inside go by their public parent's name."""
        code = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _TYPES), "EngramError")
        return cls(code=code, what=error.what, where=error.where, why=error.why, remedy=error.remedy)

    def error(self) -> EngramError:
        """The typed error again; an unknown type becomes UnreadableDisc."""
        kind = _TYPES.get(self.code, UnreadableDisc)
        return kind(self.what, where=self.where, why=self.why, remedy=self.remedy)


def read_disc_in_child(
    tools: Tools, path: Path, cancel: CancelToken | None = None, *, timeout: float = TIMEOUT
) -> Disc:
    """`read_disc` in a child of its own; `timeout` in seconds.

    Raises what `read_disc` raises, UnreadableDisc if the child crashed or the drive did not answer in time,
    Cancelled if `cancel` was used.
    """
    words = [sys.executable, "-m", "engramd.discs", "--", str(path)]
    package_folder = Path(engramd.__file__).resolve().parent.parent
    outcome = tools.run(
        words, timeout=timeout, cancel=cancel, keep_output=True, env={"PYTHONPATH": str(package_folder)}
    )
    return disc_from(outcome, path)


def disc_from(outcome: Outcome, path: Path) -> Disc:
    """The disc that a child printed; raises the error that it printed, or one about its end."""
    if outcome.timed_out:
        raise UnreadableDisc(
            "the drive did not answer in time",
            where=path,
            remedy="take the disc out, clean it, and try again or in another drive",
        )
    try:
        if outcome.returncode == 0:
            return Disc.model_validate_json(outcome.stdout)
        answer = json.loads(outcome.stdout)
        text = ErrorText.model_validate(answer["error"])
    except (ValueError, ValidationError, KeyError, TypeError) as error:
        last = outcome.stderr.strip().rpartition("\n")[2]
        why = last or f"the reader ended with code {outcome.returncode}"
        raise UnreadableDisc("reading the disc failed", where=path, why=why, remedy="try again") from error
    raise text.error()
