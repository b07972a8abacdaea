"""The structures of DVD-Video IFO files: titles, chapters, program chains, cells, streams; no file access."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.discs.binary import BadStructure, View
from engramd.discs.languages import from_dvd
from engramd.discs.model import Stream
from engramd.discs.volume import SECTOR

#: The format allows 99 titles and 99 title sets; protections name more than there are.
MAX_TITLES = 99
MAX_CHAPTERS = 999
_FRAME_RATES = {1: 25.0, 3: 30000 / 1001}
_AUDIO = {0: ("ac3", 0x80), 2: ("mp1", 0xC0), 3: ("mp2", 0xC0), 4: ("lpcm", 0xA0), 6: ("dts", 0x88)}
_AUDIO_DESCRIPTION = 2
_AUDIO_COMMENTARY = (3, 4)
_SUBTITLE_COMMENTARY = (13, 14, 15)
_SUBTITLE_FORCED = 9
_PRESENT_AUDIO, _PRESENT_SUBTITLE = 0x8000, 0x80000000


@dataclass(frozen=True)
class TitleEntry:
    """A title as VIDEO_TS.IFO lists it: `number` on the disc, its title set and number therein."""

    number: int
    angles: int
    chapters: int
    title_set: int
    number_in_set: int


@dataclass(frozen=True)
class Cell:
    """A cell of a program chain. `first` and `last` are sectors of the title set's video; `duration` in s."""

    number: int
    duration: float
    first: int
    last: int
    vob: int


@dataclass(frozen=True)
class ProgramChain:
    """A program chain: `duration` in s, the cells of its first angle, and where each program starts (s)."""

    duration: float
    cells: tuple[Cell, ...]
    programs: tuple[float, ...]
    audio: tuple[int, ...]
    subtitles: tuple[int, ...]


def bcd_time(view: View, offset: int) -> float:
    """A playback time in seconds: hours, minutes, seconds and frames in BCD, the frame rate in two bits."""
    hours, minutes, seconds, frames = (view.u8(offset + place) for place in range(4))
    rate = _FRAME_RATES.get(frames >> 6, _FRAME_RATES[3])
    return _bcd(hours) * 3600 + _bcd(minutes) * 60 + _bcd(seconds) + _bcd(frames & 0x3F) / rate


def _bcd(value: int) -> int:
    return (value >> 4) * 10 + (value & 15)


def titles(vmg: View) -> list[TitleEntry]:
    """The title table of VIDEO_TS.IFO. Raises BadStructure."""
    vmg.expect(b"DVDVIDEO-VMG")
    table = vmg.part(vmg.u32(0xC4) * SECTOR)
    count = min(table.u16(0), MAX_TITLES)
    found = []
    for number in range(1, count + 1):
        place = 8 + 12 * (number - 1)
        row = View(table.raw(place, 12), vmg.where)
        found.append(TitleEntry(number, max(row.u8(1), 1), row.u16(2), row.u8(6), row.u8(7)))
    return found


class TitleSet:
    """A VTS_nn_0.IFO. Methods raise BadStructure where the file contradicts itself."""

    def __init__(self, view: View) -> None:
        view.expect(b"DVDVIDEO-VTS")
        self._view = view
        self._chapters = view.part(view.u32(0xC8) * SECTOR)
        self._chains = view.part(view.u32(0xCC) * SECTOR)

    def chapters(self, number_in_set: int, count: int) -> list[tuple[int, int]]:
        """(program chain, program) of each chapter of a title, both counted from 1."""
        known = self._chapters.u16(0)
        if not 1 <= number_in_set <= known:
            why = f"title {number_in_set} of {known} is wanted"
            raise BadStructure("the title is not in its title set", where=self._view.where, why=why)
        start = self._chapters.u32(8 + 4 * (number_in_set - 1))
        end = self._chapters.u32(4) + 1
        if number_in_set < known:
            end = self._chapters.u32(8 + 4 * number_in_set)
        count = min(count, max(end - start, 0) // 4, MAX_CHAPTERS) or 1
        places = range(start, start + 4 * count, 4)
        return [(self._chapters.u16(place), self._chapters.u16(place + 2)) for place in places]

    def chain(self, number: int) -> ProgramChain:
        """A program chain, counted from 1."""
        known = self._chains.u16(0)
        if not 1 <= number <= known:
            why = f"chain {number} of {known} is wanted"
            raise BadStructure("the program chain is missing", where=self._view.where, why=why)
        return _chain(self._chains.part(self._chains.u32(8 + 8 * (number - 1) + 4)))

    def size(self) -> tuple[int, int]:
        """Width and height of the video in pixels."""
        standard, picture = self._view.u8(0x200) >> 4 & 3, self._view.u8(0x201) >> 2 & 3
        height = 576 if standard == 1 else 480
        return (720, 704, 352, 352)[picture], height // 2 if picture == 3 else height

    def streams(self, chain: ProgramChain) -> tuple[Stream, ...]:
        """The video, and the audio and subtitle streams that the program chain lets play."""
        codec = "mpeg2" if self._view.u8(0x200) >> 6 else "mpeg1"
        found = [Stream(kind="video", codec=codec, stream_id=0xE0)]
        for index in range(min(self._view.u16(0x202), len(chain.audio))):
            if chain.audio[index] & _PRESENT_AUDIO:
                found.append(_audio(self._view.part(0x204 + 8 * index, 8), chain.audio[index]))
        for index in range(min(self._view.u16(0x254), len(chain.subtitles))):
            if chain.subtitles[index] & _PRESENT_SUBTITLE:
                found.append(self._subtitle(self._view.part(0x256 + 6 * index, 6), chain.subtitles[index]))
        return tuple(found)

    def _subtitle(self, attributes: View, control: int) -> Stream:
        wide = self._view.u8(0x200) >> 2 & 3 == 3
        extension = attributes.u8(5)
        return Stream(
            kind="subtitle",
            codec="dvdsub",
            stream_id=0x20 + (control >> (16 if wide else 24) & 31),
            language=from_dvd(attributes.raw(2, 2)) if attributes.u8(0) & 3 == 1 else None,
            commentary=extension in _SUBTITLE_COMMENTARY,
            forced=extension == _SUBTITLE_FORCED,
        )


def _audio(attributes: View, control: int) -> Stream:
    codec, base = _AUDIO.get(attributes.u8(0) >> 5, ("unknown", 0x80))
    return Stream(
        kind="audio",
        codec=codec,
        stream_id=base + (control >> 8 & 7),
        language=from_dvd(attributes.raw(2, 2)) if attributes.u8(0) >> 2 & 3 == 1 else None,
        channels=(attributes.u8(1) & 7) + 1,
        commentary=attributes.u8(5) in _AUDIO_COMMENTARY,
        audio_description=attributes.u8(5) == _AUDIO_DESCRIPTION,
    )


def _chain(view: View) -> ProgramChain:
    programs, count = view.u8(2), view.u8(3)
    cells = _cells(view, count) if count else ()
    starts = []
    for index in range(programs if cells else 0):
        entry = view.u8(view.u16(0xE6) + index)
        starts.append(sum(cell.duration for cell in cells if cell.number < entry))
    return ProgramChain(
        duration=bcd_time(view, 4),
        cells=cells,
        programs=tuple(starts),
        audio=tuple(view.u16(0x0C + 2 * index) for index in range(8)),
        subtitles=tuple(view.u32(0x1C + 4 * index) for index in range(32)),
    )


def _cells(view: View, count: int) -> tuple[Cell, ...]:
    playback, positions = view.u16(0xE8), view.u16(0xEA)
    found = []
    for index in range(count):
        row = view.part(playback + 24 * index, 24)
        mode, kind = row.u8(0) >> 6, row.u8(0) >> 4 & 3
        if kind == 1 and mode > 1:  # the second and further angles
            continue
        vob = view.u16(positions + 4 * index) if positions else 0
        found.append(Cell(index + 1, bcd_time(row, 4), row.u32(8), row.u32(20), vob))
    return tuple(found)
