"""Runs tesseract: all pages of a batch in one start, and the text of each."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import Cancelled, EngramError
from engramd.match.model import MatchFailed
from engramd.tools import Outcome, Tools

if TYPE_CHECKING:
    from engramd.match.pictures.plane import Grey

PROGRAM = "tesseract"
INSTALL = "apt install tesseract-ocr"
#: Seconds for a start, and for each page, which takes hundredths of one.
PATIENCE, PATIENCE_PAGE = 20.0, 2.0
#: Its threads cost more than they bring on pages as small as these.
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1"}

#: Lines that tesseract can have to print about one page, and more.
LINES_PAGE = 500

_OPTIONS = ("--psm", "6", "--dpi", "300", "-c", "tessedit_create_tsv=1")
_HEADER = "level\tpage_num\t"
_WORD = "5"


@dataclass(frozen=True)
class Reading:
    """What stands on a page: lines, and how sure tesseract is of it (0 to 100)."""

    text: str = ""
    confidence: float = 0.0


class Tesseract:
    """The program, at `path` or on the search path. Raises MatchFailed where it is missing."""

    def __init__(self, tools: Tools, path: Path | None = None, *, patience: float = PATIENCE) -> None:
        found = path or tools.find(PROGRAM)
        if found is None:
            raise MatchFailed(
                "the words of picture subtitles cannot be read",
                why="tesseract is not installed",
                remedy=INSTALL,
            )
        self._tools, self._program, self._patience = tools, found, patience

    def languages(self) -> list[str]:
        """Give what data is installed."""
        return listed_languages(self._run(["--list-langs"], 0))

    def version(self) -> str:
        """Give its name and version: `tesseract 5.3.0`."""
        return next(iter(self._run(["--version"], 0)), "").strip() or f"{PROGRAM} of no known version"

    def read(self, pages: Sequence[Grey], language: str) -> list[Reading]:
        """Read pages, each a single block of text; the answer is as long."""
        if not pages:
            return []
        try:
            with tempfile.TemporaryDirectory(prefix="engramd-pictures-") as folder:
                lines = self._run(
                    [str(_write(pages, Path(folder))), "-", "-l", language, *_OPTIONS], len(pages)
                )
        except OSError as error:
            raise MatchFailed(
                "pictures cannot be written for tesseract",
                where=tempfile.gettempdir(),
                why=error.strerror or error,
                remedy="make room there, or let TMPDIR name another folder",
            ) from error
        return read_tsv(lines, len(pages))

    def _run(self, words: list[str], pages: int) -> list[str]:
        printed = _Printed(LINES_PAGE * (pages + 1))
        try:
            outcome = self._tools.run(
                [self._program, *words],
                on_line=printed.take,
                timeout=self._patience + PATIENCE_PAGE * pages,
                env=ENVIRONMENT,
            )
        except (Cancelled, MatchFailed):
            raise
        except EngramError as error:
            remedy = error.remedy if error.code != "ToolMissing" else f"{INSTALL}, or set tesseract_path"
            raise MatchFailed(
                "tesseract cannot be run", where=self._program, why=error, remedy=remedy
            ) from error
        if outcome.timed_out:
            raise MatchFailed(
                "tesseract took too long and was ended",
                where=self._program,
                remedy="try again with less load",
            )
        if outcome.returncode:
            raise MatchFailed(
                "tesseract failed", where=self._program, why=_why(outcome), remedy=f"reinstall it: {INSTALL}"
            )
        return printed.lines


class _Printed:
    """What a program prints, as long as it is not more than it can have to say."""

    def __init__(self, most: int) -> None:
        self.lines: list[str] = []
        self._most = most

    def take(self, line: str) -> None:
        if len(self.lines) >= self._most:
            raise _garbage(line)
        self.lines.append(line)


def listed_languages(lines: Sequence[str]) -> list[str]:
    """Read the answer to `--list-langs`: a heading, then a name a line."""
    return [line.strip() for line in lines[1:] if line.strip()]


def read_tsv(lines: Sequence[str], pages: int) -> list[Reading]:
    """Read tesseract's table of words. Raises MatchFailed if it is none."""
    if not lines or not lines[0].startswith(_HEADER):
        raise _garbage(lines[0] if lines else "nothing")
    words: list[list[_Word]] = [[] for _ in range(pages)]
    for line in lines[1:]:
        cells = line.split("\t")
        if cells[0] != _WORD:
            continue
        try:
            page, word = int(cells[1]), _Word(tuple(cells[2:5]), float(cells[10]), cells[11].strip())
            words[page - 1].append(word)
        except (IndexError, ValueError) as error:
            raise _garbage(line) from error
    return [_reading(page) for page in words]


@dataclass(frozen=True)
class _Word:
    line: tuple[str, ...]
    confidence: float
    text: str


def _reading(words: list[_Word]) -> Reading:
    lines: dict[tuple[str, ...], list[str]] = {}
    for word in words:
        if word.text:
            lines.setdefault(word.line, []).append(word.text)
    letters = sum(len(word.text) for word in words)
    sure = sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0
    return Reading("\n".join(" ".join(line) for line in lines.values()), sure)


def _write(pages: Sequence[Grey], folder: Path) -> Path:
    # Numpy stays out of the daemon, which only looks for the program.
    from engramd.match.pictures.sheet import pgm

    paths = [folder / f"{number}.pgm" for number in range(len(pages))]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(pgm(page))
    listing = folder / "pages.txt"
    listing.write_text("".join(f"{path}\n" for path in paths))
    return listing


def _why(outcome: Outcome) -> str:
    lines = outcome.stderr.strip().splitlines()
    if outcome.returncode < 0:
        return f"it was ended by signal {-outcome.returncode}"
    return lines[0] if lines else f"exit code {outcome.returncode}"


def _garbage(line: str) -> MatchFailed:
    return MatchFailed(
        "tesseract gave no sensible answer", why=f"it wrote {line[:80]!r}", remedy=f"reinstall it: {INSTALL}"
    )
