"""The titles of a DVD-Video, from its IFO files or their copies."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import DiscFiles
from engramd.discs.ifo import Cell, ProgramChain, TitleEntry, TitleSet, titles
from engramd.discs.model import Segment, Title
from engramd.discs.volume import SECTOR, ReadFailed
from engramd.errors import NotFound

#: The tables that are read lie in the first megabytes; address maps behind them may be longer, in bytes.
_MAX_IFO = 8 * 1024 * 1024
#: A program chain has at most 255 cells, and a title one chain or a few.
_MAX_CELLS = 5_000


def read_dvd(files: DiscFiles) -> tuple[tuple[Title, ...], list[str]]:
    """All titles of a DVD-Video and sentences about those that cannot be read."""
    reader = _Reader(files)
    vmg = reader.open_ifo("VIDEO_TS.IFO", b"DVDVIDEO-VMG")
    if vmg is None:
        return (), reader.problems
    try:
        entries = titles(vmg)
    except BadStructure as error:
        return (), [*reader.problems, f"The list of titles is damaged: {error.why}."]
    found = [title for entry in entries if (title := reader.title(entry)) is not None]
    numbered = tuple(title.model_copy(update={"index": index}) for index, title in enumerate(found))
    return numbered, reader.problems


class _Reader:
    def __init__(self, files: DiscFiles) -> None:
        self.files = files
        self.problems: list[str] = []
        self._sets: dict[int, TitleSet | None] = {}

    def open_ifo(self, name: str, magic: bytes) -> View | None:
        """An IFO, or its copy where it cannot be read; None after a problem was noted."""
        copy = f"{name[:-4]}.BUP"
        for candidate in (name, copy):
            try:
                view = View(self.files.read(f"VIDEO_TS/{candidate}", 0, _MAX_IFO), candidate)
                view.expect(magic)
            except (NotFound, ReadFailed, BadStructure):
                continue
            if candidate == copy:
                self.problems.append(f"{name} cannot be read; its copy {copy} was used.")
            return view
        self.problems.append(f"Neither {name} nor its copy {copy} can be read.")
        return None

    def _title_set(self, number: int) -> TitleSet | None:
        if number not in self._sets:
            view = self.open_ifo(f"VTS_{number:02d}_0.IFO", b"DVDVIDEO-VTS")
            try:
                self._sets[number] = TitleSet(view) if view else None
            except BadStructure as error:
                self.problems.append(f"Title set {number} is damaged: {error.why}.")
                self._sets[number] = None
        return self._sets[number]

    def title(self, entry: TitleEntry) -> Title | None:
        """A title; None where it points nowhere, which is noted."""
        title_set = self._title_set(entry.title_set)
        if title_set is None:
            self.problems.append(
                f"Title {entry.number} cannot be read: its title set {entry.title_set} is missing."
            )
            return None
        try:
            return _title(entry, title_set)
        except BadStructure as error:
            self.problems.append(f"Title {entry.number} cannot be read: {error.why or error.what}.")
            return None


def _title(entry: TitleEntry, title_set: TitleSet) -> Title:
    chapters = title_set.chapters(entry.number_in_set, entry.chapters)
    chains = _chains(title_set, dict.fromkeys(number for number, _ in chapters))
    cells = [cell for chain in chains.values() for cell in chain.cells]
    if not cells or any(cell.last < cell.first for cell in cells):
        raise BadStructure(
            "the title has no video", why="it has no cells, or cells that end before they begin"
        )
    first = next(iter(chains.values()))
    width, height = title_set.size()
    return Title(
        index=0,
        number=entry.number,
        source_file=f"{entry.number:02d}",
        segment_map=_segment_map(cells),
        segments=tuple(_segment(entry.title_set, cell) for cell in cells),
        duration=round(sum(_duration(chain) for chain in chains.values()), 3),
        size=sum(_bytes(cell) for cell in cells),
        chapters=_starts(chapters, chains),
        streams=title_set.streams(first),
        angles=min(entry.angles, 9),
        width=width,
        height=height,
    )


def _chains(title_set: TitleSet, numbers: Iterable[int]) -> dict[int, ProgramChain]:
    chains: dict[int, ProgramChain] = {}
    cells = 0
    for number in numbers:
        chains[number] = title_set.chain(number)
        cells += len(chains[number].cells)
        if cells > _MAX_CELLS:
            raise BadStructure("the title is false", why=f"it has more than {_MAX_CELLS} cells")
    return chains


def _duration(chain: ProgramChain) -> float:
    """The chain's own time, unless its cells say something else: some discs lie here."""
    cells = sum(cell.duration for cell in chain.cells)
    return chain.duration if abs(chain.duration - cells) <= 2 else cells


def _starts(chapters: list[tuple[int, int]], chains: dict[int, ProgramChain]) -> tuple[float, ...]:
    offsets, at = {}, 0.0
    for number, chain in chains.items():
        offsets[number], at = at, at + _duration(chain)
    starts = [
        round(offsets[number] + chains[number].programs[program - 1], 3)
        for number, program in chapters
        if 1 <= program <= len(chains[number].programs)
    ]
    return tuple(starts)


def _bytes(cell: Cell) -> int:
    return (cell.last - cell.first + 1) * SECTOR


def _segment(title_set: int, cell: Cell) -> Segment:
    key = f"{title_set}:{cell.first}-{cell.last}"
    return Segment(key=key, duration=round(cell.duration, 3), size=_bytes(cell))


def _segment_map(cells: list[Cell]) -> str:
    """Cell numbers, as MakeMKV writes them: runs of one video object as `1-4`, others after a comma."""
    runs: list[tuple[Cell, Cell]] = []
    for cell in cells:
        if runs and (cell.vob, cell.number) == (runs[-1][1].vob, runs[-1][1].number + 1):
            runs[-1] = (runs[-1][0], cell)
        else:
            runs.append((cell, cell))
    return ",".join(f"{a.number}-{b.number}" if a is not b else str(a.number) for a, b in runs)
