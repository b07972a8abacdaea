"""Runs subliminal's child with its real provider `podnapisi` pointed at a server of the test: URL [FAULT]."""

from __future__ import annotations

import os
import sys

from subliminal.exceptions import AuthenticationError, DownloadLimitExceeded
from subliminal.providers.podnapisi import PodnapisiProvider

from engramd.sources.subliminal_child import main

PodnapisiProvider.server_url = sys.argv[1] + "/subtitles"
FAULT = sys.argv[2] if len(sys.argv) > 2 else ""


def faulty(self: PodnapisiProvider, *_args: object, **_more: object) -> None:
    """Fail in the way that the test wants."""
    if FAULT == "crash":
        os.abort()
    if FAULT == "memory":
        bytes(3 * 1024**3)
    if FAULT == "print":
        sys.stdout.write("not an answer\n")
    if FAULT == "quota":
        raise DownloadLimitExceeded("too many")
    raise AuthenticationError("who?")


if FAULT:
    PodnapisiProvider.list_subtitles = faulty
raise SystemExit(main())
