"""A call that may be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engramd.bus.authority import Caller
from engramd.bus.boundary import Request


@dataclass(frozen=True)
class Call:
    """A call that is allowed; `key` is what its object stands for."""

    request: Request
    key: Any
    caller: Caller

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments."""
        return self.request.arguments

    @property
    def actor(self) -> str:
        """Who asks."""
        return self.caller.actor
