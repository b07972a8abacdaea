"""What commands print, as transcripts in files: what varies from run to run is written with `#`.

A transcript holds every run of one command: in a terminal with its colours (`‹cyan›ripping‹/›`), in a pipe,
and as JSON. ENGRAMD_WRITE_TRANSCRIPTS=1 writes them anew, where they are to be others.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from engramd import __version__
from tests.support.terminals import Line

WRITE = "ENGRAMD_WRITE_TRANSCRIPTS"
MENDS = f"{WRITE}=1 writes it anew: look at what changed, and keep it with your change"
TERMINAL, PIPE, JSON, LIVE = "terminal", "pipe", "json", "live"
#: Where a command stands in the world: as long as the folders that stand for it here.
PLACE = "/srv/media"
#: Objects of JSON that are longer than this are written over several lines.
_LONG = 160
#: News of what a job does: who looks a little later misses the first ones.
_NEWS = re.compile(r"(‹dim›##:##‹/›  )?job \d+(, title \d+)?: ")
#: Whether the disc's label is known yet, or only its file, hangs on the moment.
_IDENTIFYING = re.compile(r"(identifying(?:‹/›)?: ).*")
#: How much of a line is cut off hangs on what stands before.
_CUT_OFF = re.compile(r".{0,30}…")
_PROGRESS = re.compile(r"^job \d+: (\d+|#)%|^\{.*\"kind\": \"progress\"")


@dataclass(frozen=True)
class Run:
    """A run of a command: how it was run, and all that came of it."""

    command: str
    line: str
    how: str
    code: int
    out: str
    err: str = ""
    lines: tuple[Line, ...] = ()
    wanted: int = 0
    is_sane: bool = True

    @property
    def prompt(self) -> str:
        """What a person would have typed."""
        told = {TERMINAL: "", LIVE: "     (while it runs)", PIPE: " | cat", JSON: " | cat"}[self.how]
        return f"$ {' '.join(filter(None, ('engramctl', self.line)))}{told}"


class Normal:
    """Takes from a text what varies: where the world lies, times, sizes, versions, and who runs it."""

    def __init__(self, folder: Path, user: str) -> None:
        self._user = user
        place = str(folder)
        cut = [(f"{place[:n]}…", f"{PLACE[:n]}…") for n in range(len(place) - 1, len("/tmp/"), -1)]
        by_number = (f"uid {os.getuid()}", _USER)
        self._fixed = [(place, PLACE), (sys.prefix, "/opt/engramd"), *cut, (__version__, "#.#.#"), by_number]
        does = r"(?:asked|said|set|reset|took|answered)\b"
        self._person = re.compile(rf"(?<!group )\b{user}\b(?=$|[,.:;]|  | {does})", re.M)

    def __call__(self, text: str) -> str:
        for found, sign in self._fixed:
            text = text.replace(found, sign)
        text = self._person.sub(_USER, text)
        for pattern, sign in _AS_WHOLE:
            text = pattern.sub(sign, text)
        for pattern in _BY_DIGITS:
            text = pattern.sub(lambda found: re.sub(r"\d", "#", found[0]), text)
        return text

    def value(self, found: Any, key: str = "") -> Any:
        """Take what varies from a value of JSON, by the name that it has."""
        if _NEVER_SAME.fullmatch(key):
            return "#"
        if isinstance(found, Mapping):
            of_metric = str(found.get("name")) if "value" in found else ""
            return {
                self(name) if "/" in name else name: self.value(one, of_metric if name == "value" else name)
                for name, one in found.items()
            }
        if isinstance(found, list):
            return [self.value(one, key) for one in found]
        if isinstance(found, str):
            return _USER if found == self._user else self(found)
        if _VARYING.search(key) and isinstance(found, int | float) and not isinstance(found, bool):
            return "#"
        return found


_USER = "anna"
#: Each digit becomes a sign of its own, so that columns stay as wide as they are.
_BY_DIGITS = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        r"\b\d{8}T\d{6}Z",
        r"\b\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?\b",
        r"(?<![-\w:])\d+(:\d\d)+\b",
        r"\b\d+(\.\d+)? [kM]?B\b",
    )
)
_AS_WHOLE = tuple(
    (re.compile(pattern, re.M), sign)
    for pattern, sign in (
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "####-##-##T##:##:##Z"),
        (r"(?<=\dZ-)[0-9a-f]{8}\b", "########"),
        (r"\b\d+(\.\d+)? [GT]B\b", "# GB"),
        (r"\b\d+ bytes\b", "# bytes"),
        (r"about \d+ DVDs? or (\d+ Blu-rays?|no Blu-ray)", "about # DVDs or # Blu-rays"),
        (r"\b[0-9A-F]{32}\b", "#" * 32),
        (r"\b(just now|\d+ minutes? ago)\b", "just now"),
        (r"\bfor (a moment|\d+ minutes?)\b", "for a moment"),
        (r"\b\d+ sampled sectors\b", "# sampled sectors"),
        (r"\b(FFmpeg|ddrescue|mkvpropedit|setpriv|tesseract) [\d.]+", r"\1 #"),
        (r"\d+%( +|, )[\d.#]+ [kM]?B/s.*$", "#%  # MB/s  #:## left  done at ##:##"),
        (r"(‹cyan›━+‹/›)?‹dim›─+‹/›(?=.*B/s)", "‹bar›"),
        (r"\bgroups: .*", "groups: #"),
        (r"\bgroup \w+\)", "group #)"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "########-####-####-####-############"),
        # As older versions of click have it.
        (r"^(Usage: .*) COMMAND \[ARGS\]", r"\1 [COMMAND] [ARGS]"),
        (r"^(Try '.* )-h' for help", r"\1--help' for help"),
        (r"Did you mean (\w+)\?", r"Did you mean '\1'?"),
        (r"\btimes c .*", "times c #"),
        (r"\b\d+(\.\d+){2,}\b", "#"),
        (r"^(engramd_\w+(_seconds|_bytes)(\{.*\})?) [\d.e+]+$", r"\1 #"),
    )
)
#: They come, or change, some time after all else.
_NEVER_SAME = re.compile("progress|rate|expected_end|images")
_VARYING = re.compile(
    r"(^|_)(size|bytes|free|rate|progress|end|confidence|seconds|uid|pid|at|time|used|total)$|^/"
)


def marked(line: Line) -> str:
    """Give a line with its colours as `‹cyan›text‹/›`."""
    return "".join(f"‹{span.style}›{span.text}‹/›" if span.style else span.text for span in line)


def written(run: Run, normal: Normal) -> str:
    """Give a run as a transcript has it."""
    if run.how in (TERMINAL, LIVE):
        told = [normal(marked(line)) for line in run.lines]
    elif run.how == JSON:
        told = list(_objects(run.out, normal))
    else:
        told = normal(run.out).splitlines()
    told = [line.rstrip() for line in told if not _PROGRESS.search(line)]
    told += [f"! {line}" for line in normal(run.err).splitlines()]
    return "\n".join([normal(run.prompt), *told, f"[exit {run.code}]" if run.how != LIVE else "…"])


def _objects(out: str, normal: Normal) -> Iterator[str]:
    for line in out.splitlines():
        found = normal.value(json.loads(line))
        short = json.dumps(found, ensure_ascii=False, sort_keys=True)
        long = json.dumps(found, ensure_ascii=False, sort_keys=True, indent=1)
        yield from long.splitlines() if len(short) > _LONG else [short]


def transcript(runs: Sequence[Run], normal: Normal) -> str:
    """Give the transcript of a command."""
    return "\n\n".join(written(run, normal) for run in runs) + "\n"


def compared(told: str, file: Path, *, loose: bool = False) -> str:
    """Compare with the kept transcript; give what differs, or nothing. Writes it anew where that is wanted.

    News of jobs that were missed are no difference; where it is `loose`, the order of words is none either.
    """
    kept = file.read_text("utf-8") if file.exists() else ""
    if _agree(kept.splitlines(), told.splitlines(), loose=loose):
        return ""
    if os.environ.get(WRITE):
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, "utf-8")
        return ""
    lines = unified_diff(kept.splitlines(), told.splitlines(), file.name, "now", lineterm="", n=2)
    return "\n".join(lines)


def _agree(kept: Sequence[str], told: Sequence[str], *, loose: bool) -> bool:
    kept, told = ([_IDENTIFYING.sub(r"\1#", line) for line in lines] for lines in (kept, told))
    known = {line for line in kept if _NEWS.match(line)}
    if any(_NEWS.match(line) and line not in known for line in told):
        return False
    was, now = ([line for line in lines if not _NEWS.match(line)] for lines in (kept, told))
    return _squeezed(was) == _squeezed(now) if loose else was == now


def _squeezed(lines: Sequence[str]) -> list[str]:
    whole = (_CUT_OFF.sub("", line) for line in lines)
    return sorted(re.sub(r"‹[^›]*›", "", " ".join(whole)).split())
