"""Cuts a finished Matroska file into pieces, without touching what is in it.

mkvmerge (of mkvtoolnix) cuts exactly and keeps everything; where it is missing, FFmpeg copies the streams.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from engramd.errors import EngramError, RipFailed, ToolMissing
from engramd.rip.files import file_error, sync
from engramd.rip.matroska import read_head
from engramd.tools import CancelToken, Outcome, Tools

PROGRAM = "mkvmerge"
#: Seconds without a word after which a program is ended, and after which it is in any case.
STALL, LIMIT = 600.0, 4 * 3600.0
#: Seconds by which a piece may be longer or shorter than asked for: cuts are made at key frames.
TOLERANCE = 12.0


def cut_file(
    tools: Tools,
    path: Path,
    cuts: Sequence[float],
    folder: Path,
    *,
    ffmpeg: Callable[[], Path],
    cancel: CancelToken | None = None,
) -> list[Path]:
    """Cut a file at these seconds into files in `folder`, which is emptied first; give them in order.

    `ffmpeg` gives an FFmpeg where there is no mkvmerge; it raises ToolMissing. All pieces are complete and
    synced, or there are none. Raises ToolMissing, NoSpace, RipFailed, Cancelled.
    """
    try:
        bounds = [0.0, *cuts, read_head(path).duration]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        program = tools.find(PROGRAM)
        if program is not None:
            _with_mkvmerge(tools, program, path, cuts, folder, cancel)
        else:
            _with_ffmpeg(tools, _ffmpeg(ffmpeg), path, bounds, folder, cancel)
        return _checked(path, bounds, folder)
    except OSError as error:
        raise file_error(path, error) from error


def _ffmpeg(ffmpeg: Callable[[], Path]) -> Path:
    try:
        return ffmpeg()
    except ToolMissing:
        raise ToolMissing(
            "a title cannot be split", where=PROGRAM, remedy="apt install mkvtoolnix, or FFmpeg"
        ) from None


def _with_mkvmerge(
    tools: Tools,
    program: Path,
    path: Path,
    cuts: Sequence[float],
    folder: Path,
    cancel: CancelToken | None,
) -> None:
    bounds = ["", *map(_time, cuts), ""]
    parts = ",".join(f"{begin}-{end}" for begin, end in pairwise(bounds))
    words: list[str | Path] = [
        program,
        "--output",
        folder / "piece.mkv",
        "--split",
        f"parts:{parts}",
        path.absolute(),
    ]
    _check(path, tools.run(words, inactivity=STALL, timeout=LIMIT, cancel=cancel), worst=1)


def _with_ffmpeg(
    tools: Tools,
    program: Path,
    path: Path,
    bounds: Sequence[float],
    folder: Path,
    cancel: CancelToken | None,
) -> None:
    last = len(bounds) - 1
    for number, (begin, end) in enumerate(pairwise(bounds), 1):
        until = [] if number == last else ["-to", f"{end:.3f}"]
        words: list[str | Path] = [program, "-nostdin", "-v", "error", "-ss", f"{begin:.3f}", *until]
        words += [
            "-i",
            path.absolute(),
            "-map",
            "0",
            "-c",
            "copy",
            "-f",
            "matroska",
            folder / f"piece-{number:03d}.mkv",
        ]
        _check(path, tools.run(words, timeout=LIMIT, cancel=cancel), worst=0)


def _check(path: Path, outcome: Outcome, *, worst: int) -> None:
    if outcome.timed_out:
        raise RipFailed("cutting a file took too long", where=path)
    if not 0 <= outcome.returncode <= worst:
        said = (outcome.stderr or outcome.stdout).strip().splitlines()
        why = said[-1] if said else f"exit code {outcome.returncode}"
        raise RipFailed("a file could not be cut", where=path, why=why)


def _checked(path: Path, bounds: Sequence[float], folder: Path) -> list[Path]:
    """Give the pieces, if they are as many and as long as wanted, and on the medium."""
    pieces = sorted(folder.glob("piece-*.mkv"))
    lengths = [end - begin for begin, end in pairwise(bounds)]
    try:
        found = [read_head(piece).duration for piece in pieces]
    except EngramError as error:
        raise RipFailed("a file could not be cut", where=path, why=error) from error
    fits = len(found) == len(lengths)
    if not fits or any(abs(a - b) > TOLERANCE for a, b in zip(found, lengths, strict=True)):
        told = ", ".join(f"{seconds:.0f} s" for seconds in found) or "none"
        raise RipFailed("a file could not be cut where it should be", where=path, why=f"pieces: {told}")
    for piece in pieces:
        sync(piece)
    return pieces


def _time(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"
