"""The child process that sends a message through the library Apprise: JSON on standard input and output.

Foreign code that talks to anything, so it runs apart, and its faults are answers. Addresses hold secrets: no
answer repeats any part of one but its scheme. Uses nothing but the library and Python itself.
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

#: Bytes of memory that foreign code may take.
_MEMORY = 2 * 1024**3
_MOST_WORDS = 200


def main() -> int:
    """Send what standard input says; whatever else prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with suppress(OSError, ValueError):  # a limit of the system may be lower
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    question = json.load(sys.stdin)
    os.environ.update(question.get("proxies", {}))
    with answers:
        json.dump(answered(question), answers)
    return 0


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """Give for each of `urls` why `title` and `body` could not be sent there; empty: they were."""
    try:
        import apprise
    except ImportError as error:
        return {"missing": str(error)}
    logging.disable(logging.NOTSET)
    kind = apprise.NotifyType.WARNING if question.get("urgent") else apprise.NotifyType.INFO
    return {"why": [_sent(url, question["title"], question["body"], kind) for url in question["urls"]]}


class _Heard(logging.Handler):
    """Keeps what the library says of its failures."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


def _sent(url: str, title: str, body: str, kind: Any) -> str:
    """Send to one address; give the reason if that failed."""
    from apprise import Apprise, NotifyFormat

    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.handlers[:] = [heard]
    logger.propagate = False
    try:
        service = Apprise()
        if not service.add(url):
            return "Apprise knows no such address"
        if service.notify(body=body, title=title, notify_type=kind, body_format=NotifyFormat.TEXT):
            return ""
    except Exception as error:  # noqa: BLE001 - foreign code's edge
        heard.lines.append(f"{type(error).__name__}: {error}")
    return without_secrets(" ".join(heard.lines) or "it did not say why", url)[:_MOST_WORDS]


def without_secrets(text: str, url: str) -> str:
    """Take every part of an address out of a text, but its scheme."""
    rest = url.partition("://")[2]
    parts = {rest, *re.split(r"[/:?&=@,#+]", rest)}
    parts |= {unquote(part) for part in parts}
    for part in sorted((part for part in parts if len(part) >= 3), key=len, reverse=True):
        text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return "".join(c if c.isprintable() else " " for c in text)


if __name__ == "__main__":
    raise SystemExit(main())
