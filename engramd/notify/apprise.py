"""Sends messages through Apprise, the library for many services, in a child process.

What is sent: subject and text of the message, to the addresses of the setting `apprise_urls`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engramd.errors import EngramError, ToolMissing
from engramd.notify.texts import Message
from engramd.optional import how_to_get
from engramd.tools import CancelToken, ChildStuck, Tools
from engramd.tools.proxies import proxies

INSTALL = f"sudo apt install apprise, or {how_to_get('apprise')}"
CHILD = (sys.executable, "-P", "-m", "engramd.notify.apprise_child")
#: Seconds that one message may take to all addresses.
TIMEOUT = 60.0


class _Answer(BaseModel):
    """What the child says."""

    model_config = ConfigDict(extra="ignore")

    missing: str = ""
    why: list[str] = []


def mark_of(url: str) -> str:
    """Give what stands for an address where the address itself must not be: the start of its hash."""
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def name_of(url: str) -> str:
    """Give what of an address may be told: the name of the service."""
    return url.partition("://")[0].lower()


class AppriseSender:
    """Sends a message to addresses of services; the addresses go through standard input only."""

    def __init__(self, tools: Tools, *, argv: Sequence[str] = CHILD) -> None:
        self._tools = tools
        self._argv = tuple(argv)

    def send(
        self,
        urls: Sequence[str],
        message: Message,
        *,
        urgent: bool = False,
        timeout: float = TIMEOUT,
        cancel: CancelToken | None = None,
    ) -> dict[str, str]:
        """Give why the message could not be sent, by address; empty: it was.

        Raises ToolMissing where Apprise is not installed, EngramError where the child failed, and Cancelled.
        """
        told = {"title": message.subject, "body": message.text, "urgent": urgent}
        try:
            outcome = self._tools.run(
                self._argv,
                stdin=json.dumps({**told, "urls": list(urls), "proxies": proxies()}),
                timeout=timeout,
                cancel=cancel,
                env=_environment(),
                keep_output=True,
            )
        except (ToolMissing, ChildStuck) as error:
            raise _failed(str(error)) from error
        if outcome.timed_out:
            raise _failed(f"there was no answer within {timeout:.0f} s")
        try:
            answer = _Answer.model_validate_json(outcome.stdout)
        except ValidationError:
            # Its standard error may quote an address.
            raise _failed(f"Apprise ended with exit code {outcome.returncode}") from None
        if answer.missing:
            raise ToolMissing("Apprise, which sends notifications, is not installed", remedy=INSTALL)
        if len(answer.why) != len(urls):
            raise _failed("its answer is none")
        return dict(zip(urls, answer.why, strict=True))


def _failed(why: str) -> EngramError:
    remedy = "it is tried again; engramctl notify test tells whether it works"
    return EngramError("notifications cannot be sent", why=why, remedy=remedy)


def _environment() -> Mapping[str, str]:
    """Let the child find this very package."""
    return {"PYTHONPATH": str(Path(__file__).parents[2])}
