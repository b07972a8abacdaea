"""`engramd`: the daemon in the foreground."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engramd import __version__

if TYPE_CHECKING:
    from engramd.installed import Program


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the daemon; leave without waiting for threads that hang in the kernel."""
    parser = argparse.ArgumentParser(
        prog="engramd", description="Rips inserted discs and files their titles."
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("--bus", choices=("system", "session"), default="system", help="which D-Bus to use")
    parser.add_argument("--version", action="version", version=f"engramd {__version__}")
    said = parser.parse_args(arguments)

    is_service = os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())
    runtime = os.environ.get("RUNTIME_DIRECTORY", "")
    program = _from_copy(runtime) if is_service and runtime and said.bus == "system" else None

    from engramd.heap import share_heap

    share_heap()  # before there are threads

    from engramd.daemon import Options, start

    code = start(Options(config=said.config, bus=said.bus, program=program, is_service=is_service))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _from_copy(runtime: str) -> Program | None:
    """Run from a copy of this program, which stays as it is when another version is installed."""
    from engramd.installed import run_from_copy

    try:
        return run_from_copy(Path(runtime.partition(":")[0]))
    except OSError as error:
        sys.stderr.write(f"engramd runs from {Path(__file__).parent}, where upgrades change it: {error}\n")
        return None


if __name__ == "__main__":
    main()
