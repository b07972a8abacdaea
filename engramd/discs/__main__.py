"""`python -m engramd.discs PATH`: print a disc, or the error, as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from engramd.discs.child import ErrorText
from engramd.discs.reader import read_disc
from engramd.errors import EngramError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 with the disc on standard output, 1 with an error object there."""
    parser = argparse.ArgumentParser(prog="python -m engramd.discs", description=__doc__)
    parser.add_argument("path", type=Path, help="a block device, an image file or a folder")
    parser.add_argument("--samples", type=int, default=64, help="places looked at in each title set")
    options = parser.parse_args(arguments)
    try:
        text = read_disc(options.path, samples=options.samples).model_dump_json()
    except EngramError as error:
        sys.stdout.write(json.dumps({"error": ErrorText.of(error).model_dump()}) + "\n")
        return 1
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
