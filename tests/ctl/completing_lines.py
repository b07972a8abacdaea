"""Completes lines of standard input as engramctl does for fish, in one process; an answer is a line of JSON.

The last line tells which modules that are slow to load are there by then.
"""

from __future__ import annotations

import json
import os
import sys

from engramd.ctl import completing
from engramd.ctl.app import app
from engramd.ctl.completing_shells import FishWords

SLOW = ("gi", "pydbus", "pydantic", "sqlmodel", "sqlalchemy", "rich", "numpy", "httpx", "structlog", "av")


#: A busy machine may need longer than a person who waits.
completing.LIMIT = 20


def main() -> None:
    completing.prepare(app)
    for line in sys.stdin:
        os.environ["_ENGRAMCTL_LINE"] = line.removesuffix("\n")
        said = FishWords(app, {}, "engramctl", completing.VARIABLE).complete()
        words = [tuple(one.split("\t")[1:]) for one in said.splitlines() if one.startswith("plain\t")]
        paths = [one.split("\t")[0] for one in said.splitlines() if not one.startswith("plain\t")]
        print(json.dumps([words, paths]))  # noqa: T201
    print(json.dumps([name for name in SLOW if name in sys.modules]))  # noqa: T201


if __name__ == "__main__":
    main()
