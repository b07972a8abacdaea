"""engramctl in pipes, as processes that are forked from one that has loaded it.

What many runs cost is loading the program; forked ones are processes as any other, with streams, signals and
exit codes of their own.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tests.support.pipes import PipedCommand

ROOT = Path(__file__).parents[2]
_LARGEST = 1 << 16
#: What commands load besides their own modules.
_LOADED = (
    "engramd.bus.client",
    "engramd.discs",
    "engramd.identify",
    "engramd.match.inventory",
    "engramd.match.speech.models",
    "engramd.sources.discdb_index",
    "engramd.store.backups",
)


class Preloaded:
    """Loads engramctl on entry; `start` runs it."""

    def __enter__(self) -> Preloaded:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            words = [sys.executable, "-m", __spec__.name]
            self._process = subprocess.Popen(words, stdin=theirs.fileno(), cwd=ROOT, env=_environment())
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()
        self._process.wait(30)

    def start(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> PipedCommand:
        """Start engramctl with these words in a folder."""
        (stdin, our_in), (our_out, stdout), (our_err, stderr), (told, telling) = (os.pipe() for _ in range(4))
        order = {"words": list(words), "environment": dict(environment), "folder": str(folder)}
        theirs = (stdin, stdout, stderr, telling)
        socket.send_fds(self._socket, [json.dumps(order).encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        return PipedCommand(our_in, our_out, our_err, told)


def _environment() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}


# From here on: the process that is forked.


def serve() -> None:
    """Fork for each order, until nobody can give one any more."""
    for module in pkgutil.iter_modules([str(ROOT / "engramd/ctl")], "engramd.ctl."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(0)) as orders:
        while True:
            message, descriptors, _, _ = socket.recv_fds(orders, _LARGEST, 4)
            if not message:
                return
            if os.fork() == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
    _attend(json.loads(message), descriptors)


def _attend(order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Run the order in a process of its own, and tell its id and then how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, telling = descriptors
    child = os.fork()
    if child == 0:
        os.close(telling)
        _run(order, streams)
    for descriptor in (0, 1, 2, *streams):
        os.close(descriptor)
    os.write(telling, b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    os.write(telling, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _run(order: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be engramctl."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["engramctl", *order["words"]]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - they are open as long as it lives
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    from engramd.ctl.__main__ import main

    main()
    raise SystemExit(0)


if __name__ == "__main__":
    serve()
