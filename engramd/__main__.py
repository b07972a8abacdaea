"""`engramd`: the daemon in the foreground."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engramd import __version__


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the daemon; leave without waiting for threads that hang in the kernel."""
    parser = argparse.ArgumentParser(
        prog="engramd", description="Rips inserted discs and files their titles."
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("--bus", choices=("system", "session"), default="system", help="which D-Bus to use")
    parser.add_argument("--version", action="version", version=f"engramd {__version__}")
    said = parser.parse_args(arguments)

    from engramd.daemon import Options, start

    code = start(Options(config=said.config, bus=said.bus))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
