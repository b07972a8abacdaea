"""Stage one: what a disc is, from its own structure and its label. Pure; nothing leaves the machine.

What judges is imported with the first disc: a daemon without discs does not hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engramd.discs.model import Disc
from engramd.identify.labels import LabelFacts, label_of, parse_label
from engramd.identify.verdict import Hint, RoleVerdict, Verdict

if TYPE_CHECKING:
    from engramd.identify.forest import Models
    from engramd.identify.view import View

__all__ = ["Hint", "LabelFacts", "RoleVerdict", "Verdict", "identify", "label_of", "parse_label", "view_of"]


def identify(disc: Disc, hint: Hint | None = None, models: Models | None = None) -> Verdict:
    """Say what a disc holds and what each title is; what `hint` says is taken as true.

    `models` are what to judge with, if not with what is shipped.
    """
    from engramd.identify.judging import judge_disc

    return judge_disc(disc, hint, models)


def view_of(disc: Disc) -> View:
    """Give a disc with its structure and what its label says, ready to be judged."""
    from engramd.identify import judging

    return judging.view_of(disc)
