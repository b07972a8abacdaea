"""What the review loop needs of the world, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engramd.ctl.review_screen import Line


class Keys(Protocol):
    """What is needed of a terminal."""

    def size(self) -> tuple[int, int]:
        """Give columns and lines."""

    def show(self, lines: Sequence[Line]) -> None:
        """Draw a screen."""

    def key(self, seconds: float) -> str:
        """Give the next key; empty when the time is over."""

    def forget(self) -> None:
        """Drop the keys that were pressed and not read."""


class Plays(Protocol):
    """What is needed of a player."""

    def play(self, file: str, at: int) -> str:
        """Begin to play a file at a second."""

    def trouble(self) -> str:
        """Give what went wrong since it was asked last."""


@dataclass
class Tally:
    """What became of the questions."""

    answered: list[int] = field(default_factory=list)
    dismissed: list[int] = field(default_factory=list)
    later: list[int] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """How many questions are behind the person."""
        return len({*self.answered, *self.dismissed, *self.later})
