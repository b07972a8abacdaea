"""`engramd-mqtt`: publishes what engramd does on an MQTT broker, in the foreground."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from engramd import __version__
from engramd.errors import EngramError, InvalidArgument, ToolMissing
from engramd.optional import how_to_get

if TYPE_CHECKING:
    from engramd.bus.names import BusKind

log = logging.getLogger("engramd.mqtt")

#: 77 (EX_NOPERM): the broker refuses the user. 78 (EX_CONFIG): the configuration is wrong. Both stay so.
EXIT_OK, EXIT_FAILED, EXIT_REFUSED, EXIT_CONFIG = 0, 1, 77, 78
DEFAULT = Path("/etc/engramd/mqtt.toml")
_STOPPING = (signal.SIGTERM, signal.SIGINT)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="engramd-mqtt", description="Publishes what engramd does on an MQTT broker."
    )
    parser.add_argument("--config", type=Path, default=DEFAULT, metavar="FILE", help=f"default: {DEFAULT}")
    parser.add_argument(
        "--bus", choices=("system", "session"), default="system", help="the D-Bus that engramd is on"
    )
    parser.add_argument("--version", action="version", version=f"engramd-mqtt {__version__}")
    said = parser.parse_args(arguments)
    sys.exit(exit_code(said.config, said.bus))


def exit_code(file: Path, bus: BusKind) -> int:
    """Run, and give the exit code; errors go to the log."""
    from engramd.log import configure

    configure("info")
    try:
        _run(file, bus)
    except EngramError as error:
        log.error("%s", error)
        return _code_of(error)
    return EXIT_OK


def _run(file: Path, bus: BusKind) -> None:
    """Signals are waited for, not handled: a handler could come while the main thread holds a lock."""
    from engramd.mqtt.bridge import Bridge
    from engramd.mqtt.config import read_config

    config = read_config(file)
    _need_paho()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    bridge = Bridge(config, bus, on_end=lambda: os.kill(os.getpid(), signal.SIGTERM))
    bridge.start()
    signal.sigwait(_STOPPING)
    bridge.stop()


def _need_paho() -> None:
    if find_spec("paho") is None:
        remedy = f"sudo apt install python3-paho-mqtt, or {how_to_get('paho-mqtt')}"
        raise ToolMissing("paho-mqtt is not installed", remedy=remedy)


def _code_of(error: EngramError) -> int:
    from engramd.mqtt.broker import Refused

    if isinstance(error, Refused):
        return EXIT_REFUSED
    return EXIT_CONFIG if isinstance(error, InvalidArgument | ToolMissing) else EXIT_FAILED


if __name__ == "__main__":
    main()
