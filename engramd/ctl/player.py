"""Shows a sample of a title in the user's player, beside the questions."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from engramd.errors import EngramError, InvalidArgument, NotFound, ToolMissing
from engramd.tools import CancelToken, Tools

#: Names a command of the user's own, with {file} and {at} (seconds) in it, or before the file.
SETTING = "ENGRAM_PLAYER"
#: Players that are looked for, with the words that let them begin at a second.
PLAYERS: Mapping[str, Sequence[str]] = {
    "mpv": ("--no-terminal", "--force-window=yes", "--start={at}", "--", "{file}"),
    "vlc": ("--quiet", "--start-time={at}", "{file}"),
    "ffplay": ("-hide_banner", "-loglevel", "error", "-autoexit", "-ss", "{at}", "-i", "{file}"),
}
#: What a player needs of its user's session to find the screen and the sound.
_SESSION = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_CONFIG_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "PULSE_SERVER",
    "LANG",
)


def command(file: str, at: int, environment: Mapping[str, str], tools: Tools) -> list[str]:
    """Give the words that play a file from a second on. Raises InvalidArgument, ToolMissing."""
    own = environment.get(SETTING, "").strip()
    if own:
        return _own(own, file, at)
    for name, words in PLAYERS.items():
        if found := tools.find(name):
            return [str(found), *(_filled(word, file, at) for word in words)]
    names = ", ".join(PLAYERS)
    raise ToolMissing(f"there is no player ({names})", remedy=f"install one, or name yours in {SETTING}")


class Player:
    """Plays one file at a time. `environment` is the user's."""

    def __init__(self, tools: Tools | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._tools = tools
        self._environment = os.environ if environment is None else environment
        self._playing: tuple[threading.Thread, CancelToken] | None = None
        self._trouble = ""

    def play(self, file: str, at: int) -> str:
        """Begin to play, ending what plays; say so in a sentence. Raises EngramErrors."""
        if not Path(file).is_absolute() or not Path(file).is_file():
            raise NotFound("the file cannot be played from here", where=file)
        if not os.access(file, os.R_OK):
            raise NotFound("you may not read the file", where=file, remedy="join the group engramd")
        self._tools = self._tools or Tools(self._environment)
        words = command(file, at, self._environment, self._tools)
        self.stop()
        stop = CancelToken()
        thread = threading.Thread(target=self._run, args=(self._tools, words, stop), daemon=True)
        self._playing, self._trouble = (thread, stop), ""
        thread.start()
        return f"{Path(words[0]).name} plays it."

    def trouble(self) -> str:
        """Give what went wrong since it was asked last; empty: nothing."""
        told, self._trouble = self._trouble, ""
        return told

    def stop(self) -> None:
        """End what plays."""
        if self._playing is not None:
            thread, stop = self._playing
            stop.cancel()
            thread.join()
            self._playing = None

    def wait(self) -> None:
        """Wait until what plays has ended by itself."""
        if self._playing is not None:
            self._playing[0].join()

    def _run(self, tools: Tools, words: Sequence[str], stop: CancelToken) -> None:
        session = {name: self._environment[name] for name in _SESSION if name in self._environment}
        try:
            done = tools.run(words, cancel=stop, env=session)
        except EngramError as error:
            self._trouble = "" if stop.cancelled else str(error)
            return
        if done.returncode:
            last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            self._trouble = f"{Path(words[0]).name} ended with {done.returncode}: {last}".rstrip(": ")


def _own(own: str, file: str, at: int) -> list[str]:
    try:
        words = shlex.split(own)
    except ValueError as error:
        raise InvalidArgument(f"{SETTING} is no command", where=own, why=error) from None
    if not any("{file}" in word for word in words):
        words.append("{file}")
    return [_filled(word, file, at) for word in words]


def _filled(word: str, file: str, at: int) -> str:
    return word.replace("{at}", str(at)).replace("{file}", file)  # in this order: names may hold braces
