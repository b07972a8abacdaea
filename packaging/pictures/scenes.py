"""The scenes that are pictured: two discs are being ripped, one is asked about, and one is filed.

The drives are mocked (umockdev), and the discs in them are loop devices, which need root; all else is real.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

from tests.ctl.test_review_in_tmux import season_disc
from tests.support.authoring import make_film_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DeviceNode
from tests.support.little_world import LittleWorld
from tests.support.rows import Rows
from tests.support.terminals import Line, Span, plain, spans_by
from tests.support.transcripts import PLACE

#: Nodes that no test uses, and how the drives are called.
DRIVES = {"sr3": "left", "sr4": "right"}
#: What the pictures say in the place of what this machine and this run have: discs that are made are small.
_SAID = (
    (r"\bsr3\b", "sr0"),
    (r"\bsr4\b", "sr1"),
    (r"\bas root\b", "as engramd"),
    (r"\d+(\.\d+)? [GT]B free", "412 GB free"),
    (r"about \d+ DVDs? or (\d+ Blu-rays?|no Blu-ray)", "about 52 DVDs or 8 Blu-rays"),
    (r"\d+(\.\d+)? [kM]B of sqlite", "348 kB of sqlite"),
    (r"^\d\d:\d\d(?=  )", "18:42"),
    (r"\b\d+ minutes? ago\b", "just now"),
    (r"\bfor \d+ minutes?\b", "for a moment"),
)
_AMOUNT = re.compile(r"━*─+    +\d+%  [\d.]+ \w?B/s  (?P<left>[\d:]+ left  )?.*")
_INDENT = "    "


@dataclass(frozen=True)
class _Rip:
    """How far a rip is said to be."""

    percent: int
    rate: str
    minutes: int
    clock: str

    def said(self, *, live: bool) -> str:
        """Say it as watch does, or as status."""
        then = f"free at {self.clock}" if live else f"free in {self.minutes} minutes ({self.clock})"
        left = f"{self.minutes}:31 left  " if live else ""
        return f"{_INDENT}{self.percent}%  {self.rate}  {left}{then}"


_RIPS = (_Rip(62, "9.8 MB/s", 12, "18:54"), _Rip(31, "8.2 MB/s", 16, "18:58"))


@contextmanager
def house() -> Iterator[LittleWorld]:
    """Give the house: its drives are empty, and it has no reference subtitles."""
    with LittleWorld({"references_path": None}, drives=tuple(DRIVES)) as world:
        yield world


def scenes(world: LittleWorld) -> Mapping[str, list[Line]]:
    """Play everything, and give what the terminals showed, by picture."""
    for device, name in DRIVES.items():
        world.daemon.ctl("drives", "name", device, name)
    _rip(world, 1)
    world.daemon.ctl("answer", "1", "accept")
    Rows(world.daemon).until("completed", job=1)
    _rip(world, 2)
    with ripping(world) as watched:
        return {
            "watch": watched,
            "status": world.open("status").ended().lines,
            "review": reviewed(world),
            "doctor": world.open("doctor").ended().lines,
        }


def _rip(world: LittleWorld, number: int) -> None:
    image = world.put(season_disc(number).image, f"harbor_{number}.iso")
    done = world.daemon.ctl("rip", str(image), check=False)
    assert done.returncode == 5, done.stdout + done.stderr + world.daemon.log()


@contextmanager
def ripping(world: LittleWorld) -> Iterator[list[Line]]:
    """Insert two discs, and have them ripped slowly; gives what `watch` shows of it."""
    world.ffmpeg.hold()
    images = (cached_disc(make_film_dvd, "film_dvd").image, season_disc(3).image)
    labels = ("THE_LONG_VOYAGE", "HARBOR_STATION_S1_D3")
    with ExitStack() as nodes:
        terminal = world.open("watch")
        terminal.wait_for(lambda screen: "empty" in screen, "nothing is watched")
        for count, (device, image, label) in enumerate(zip(DRIVES, images, labels, strict=True), 1):
            nodes.enter_context(DeviceNode(image, Path("/dev") / device))
            world.bed.insert(device, label=label, media="dvd", image=image)
            terminal.wait_for(partial(_has_rips, count), f"{label} is not ripped")
        yield terminal.colored()
        terminal.press("C-c")
        terminal.ended()
        for job in (3, 4):
            world.daemon.ctl("cancel", str(job))


def _has_rips(count: int, screen: str) -> bool:
    """Whether so many rips are shown with the time that they take."""
    return len(re.findall(r"\d:\d\d left  ", screen)) == count


def reviewed(world: LittleWorld) -> list[Line]:
    """Give what review shows of the open question."""
    terminal = world.open("review")
    terminal.wait_for(lambda screen: "q quit" in screen, "nothing is asked")
    shown = terminal.colored()
    terminal.press("q")
    terminal.ended()
    return shown


def as_pictured(shown: list[Line], folder: Path) -> list[Line]:
    """Put into lines what is said in the place of what this machine and this run have."""
    said = ((re.escape(str(folder)), PLACE), *_SAID)
    rips = iter(_RIPS)
    lines = [reduce(lambda line, one: spans_by(line, partial(_replaced, *one)), said, line) for line in shown]
    return [_with_rip(line, next(rips)) if _AMOUNT.search(plain(line)) else line for line in lines]


def _replaced(pattern: str, new: str, text: str) -> Iterator[tuple[int, int, str]]:
    return ((found.start(), found.end(), new) for found in re.finditer(pattern, text))


def _with_rip(line: Line, rip: _Rip) -> Line:
    """Draw a bar and what is said beside it, in the same room."""
    text = plain(line)
    found = _AMOUNT.search(text)
    assert found is not None
    said = rip.said(live=bool(found["left"]))
    room = len(text) - found.start() - len(said)
    done = rip.percent * room // 100
    before = spans_by(line, lambda _: iter([(found.start(), len(text), "")]))
    return [*before, Span("━" * done, "cyan"), Span("─" * (room - done), "dim"), Span(said)]
