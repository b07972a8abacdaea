"""A real terminal of a known size: a shell in a tmux server of its own, with keys in and screens out."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PROMPT = "shell$"


def missing_for_tmux() -> str:
    """Say why there can be no terminal; empty if there can."""
    return "" if shutil.which("tmux") else "tmux is not installed"


class Tmux:
    """A shell on a terminal; `environment` is all that it sees. The socket is made in `folder`."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, columns: int = 80, rows: int = 24
    ) -> None:
        self._socket = folder / "tmux"
        self._environment = dict(environment)
        self._size = ("-x", str(columns), "-y", str(rows))

    def __enter__(self) -> Tmux:
        shell = ("bash", "--noprofile", "--norc")
        self._environment |= {"PS1": f"{PROMPT} ", "LC_ALL": "C.UTF-8", "TERM": "screen-256color"}
        self._tmux("-f", "/dev/null", "new-session", "-d", *self._size, *shell)
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("resize-window", *self._size)
        self.wait_for(PROMPT)
        return self

    def __exit__(self, *_error: object) -> None:
        self._tmux("kill-server", check=False)

    def run(self, line: str) -> None:
        """Type a line at the shell's prompt."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names: `Enter`, `C-c`, `1`."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *, colors: bool = False) -> str:
        """Give what is on the screen, with its colours as escape sequences if they are wanted."""
        return self._tmux("capture-pane", "-p", *(("-e",) if colors else ())).rstrip("\n")

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 30) -> str:
        """Wait until a text is on the screen, or the screen is as wanted; give the screen."""
        until = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if wanted in shown if isinstance(wanted, str) else wanted(shown):
                return shown
            assert time.monotonic() < until, f"{wanted!r} does not come:\n{shown}"
            time.sleep(0.05)

    def _tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"]} | self._environment,
            timeout=30,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout
