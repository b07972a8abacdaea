"""A stand-in for a slow drive: the real FFmpeg, which reads slowly or not at all while it is told so."""

from __future__ import annotations

import os
from pathlib import Path

import imageio_ffmpeg

_SCRIPT = """#!/bin/sh
# Stand-in: the real FFmpeg, as slow as a slow drive after as many titles as the file beside it says.
echo "$*" >> '{folder}/calls'
quick=$(cat '{folder}/held' 2>/dev/null) || quick=999
if [ "$(grep -c -e ' -i ' '{folder}/calls')" -gt "$quick" ]; then
  for word in "$@"; do
    shift
    [ "$word" = -i ] && set -- "$@" -readrate {rate}
    set -- "$@" "$word"
  done
fi
case "$*" in *" -i "*) while [ -e '{folder}/blocked' ]; do sleep 0.05; done ;; esac
exec '{ffmpeg}' "$@"
"""


class SlowFFmpeg:
    """`path` goes into ffmpeg_path. A title that begins while it is held takes as long as it plays.

    With a `rate` it is so many times as quick as that. What is to be slow is said before the daemon starts,
    so that no test races against a quick machine.
    """

    def __init__(self, folder: Path, *, held: bool = True, rate: int = 1) -> None:
        self.folder = folder / "slow-ffmpeg"
        self.folder.mkdir()
        self.path = self.folder / "ffmpeg"
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        self.path.write_text(_SCRIPT.format(folder=self.folder, ffmpeg=ffmpeg, rate=rate))
        self.path.chmod(0o755)
        if held:
            self.hold()

    def hold(self, *, after: int = 0) -> None:
        """Be slow with every title but the first few that are begun at all."""
        (self.folder / "held").write_text(f"{after}\n")

    def block(self) -> None:
        """Read nothing at all until the release."""
        (self.folder / "blocked").touch()

    def unblock(self) -> None:
        """Go on; slowly with a title that began while it was held."""
        (self.folder / "blocked").unlink()

    def release(self) -> None:
        """Be quick from the next title on."""
        for name in ("held", "blocked"):
            (self.folder / name).unlink(missing_ok=True)

    def rips(self) -> int:
        """How often a title was begun."""
        calls = self.folder / "calls"
        return sum(" -i " in line for line in calls.read_text().splitlines()) if calls.exists() else 0

    def processes(self) -> list[int]:
        """Process ids of those that still run (their command lines name the files that they write)."""
        target = os.fsencode(self.folder.parent)
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"ffmpeg" in words[0] and any(w.startswith(target) and w.endswith(b".mkv") for w in words):
                found.append(int(entry.name))
        return found
