"""The titles of a Blu-ray: its playlists, with the sizes of the clips that they play."""

from __future__ import annotations

from xml.parsers import expat

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import DiscFiles, in_folder, name_of
from engramd.discs.model import Segment, Title
from engramd.discs.mpls import CLOCK, PACKET, PlayItem, Playlist, clip_range, entry_before, parse_playlist
from engramd.discs.volume import ReadFailed
from engramd.errors import NotFound

_MAX_PLAYLIST = 2 * 1024 * 1024
_MAX_CLIP_INFO = 64 * 1024
_MAX_ENTRIES = 4 * 1024 * 1024
_MAX_XML = 256 * 1024
_MAX_NAME = 200
#: Ends of a clip that differ by less are the same, in ticks of the clock (0.1 s).
_SAME = CLOCK // 10
#: More playlists than any disc has; more pieces than a person can watch.
_MAX_PLAYLISTS = 5_000
_MAX_ITEMS = 150_000
#: All playlists of a disc together, in bytes.
_MAX_BYTES = 128 * 1024 * 1024


def read_bluray(files: DiscFiles) -> tuple[tuple[Title, ...], list[str]]:
    """All playlists of a Blu-ray as titles, by number, and sentences about those that cannot be read."""
    reader = _Reader(files)
    playlists = reader.playlists()
    clips = _Clips(files, playlists)
    titles: list[Title] = []
    for number, playlist in playlists.items():
        missing = sorted({item.clip for item in playlist.items if item.clip not in clips.sizes})
        if missing:
            reader.note(
                f"Playlist {number:05d} plays clips that are not on the disc: {', '.join(missing[:5])}."
            )
        elif not playlist.items or any(item.end <= item.start for item in playlist.items):
            reader.note(f"Playlist {number:05d} plays nothing.")
        else:
            titles.append(_title(len(titles), number, playlist, clips))
    return tuple(titles), reader.problems


class _Reader:
    def __init__(self, files: DiscFiles) -> None:
        self.files = files
        self.problems: list[str] = []
        self._bytes = 0

    def note(self, sentence: str) -> None:
        """Keep a problem; a disc of decoys has many of the same."""
        if len(self.problems) < 50:
            self.problems.append(sentence)

    def playlists(self) -> dict[int, Playlist]:
        """All playlists that can be read, by number."""
        found: dict[int, Playlist] = {}
        items = 0
        names = {name_of(f.path).upper() for f in in_folder(self.files, "BDMV/PLAYLIST", ".mpls")}
        names |= {name_of(f.path).upper() for f in in_folder(self.files, "BDMV/BACKUP/PLAYLIST", ".mpls")}
        for name in sorted(names)[:_MAX_PLAYLISTS]:
            stem = name.partition(".")[0]
            playlist = self.playlist(name) if stem.isascii() and stem.isdigit() and len(stem) == 5 else None
            if playlist is None:
                continue
            items += len(playlist.items)
            if items > _MAX_ITEMS or self._bytes > _MAX_BYTES:
                self.note("The disc has too many playlists to be true; the rest was left out.")
                break
            found[int(stem)] = playlist
        return found

    def playlist(self, name: str) -> Playlist | None:
        """One playlist, or its backup."""
        why = ""
        for folder in ("BDMV/PLAYLIST", "BDMV/BACKUP/PLAYLIST"):
            try:
                data = self.files.read(f"{folder}/{name}", 0, _MAX_PLAYLIST)
                self._bytes += len(data)
                playlist = parse_playlist(View(data, name))
            except (NotFound, ReadFailed, BadStructure) as error:
                why = why or error.why or error.what
                continue
            if why:
                self.note(f"Playlist {name[:5]} cannot be read ({why}); its backup was used.")
            return playlist
        self.note(f"Playlist {name[:5]} cannot be read: {why}.")
        return None


class _Clips:
    """Sizes of the clips, and the whole range that each can play."""

    def __init__(self, files: DiscFiles, playlists: dict[int, Playlist]) -> None:
        self._files = files
        streams = in_folder(files, "BDMV/STREAM", ".m2ts")
        self.sizes = {name_of(file.path)[:5]: file.size for file in streams}
        self._ranges: dict[str, set[tuple[int, int]]] = {}
        for playlist in playlists.values():
            for item in playlist.items:
                self._ranges.setdefault(item.clip, set()).add((item.start, item.end))
        self._whole: dict[str, tuple[int, int]] = {}
        self._segments: dict[tuple[str, int, int], Segment] = {}

    def segment(self, item: PlayItem) -> Segment:
        """The segment that an item plays; items that play the same share it."""
        place = (item.clip, item.start, item.end)
        if place not in self._segments:
            self._segments[place] = _segment(item, self)
        return self._segments[place]

    def whole(self, clip: str) -> tuple[int, int]:
        """In and out of the whole clip: its only range, else what its CLPI says, else the widest in use."""
        if clip not in self._whole:
            ranges = self._ranges[clip]
            widest = (min(start for start, _ in ranges), max(end for _, end in ranges))
            self._whole[clip] = widest if len(ranges) == 1 else clip_times(self._files, clip) or widest
        return self._whole[clip]


def clip_times(files: DiscFiles, clip: str) -> tuple[int, int] | None:
    """First and last time of a clip by its own CLPI, in ticks of the clock; None where that says nothing."""
    try:
        data = files.read(f"BDMV/CLIPINF/{clip}.clpi", 0, _MAX_CLIP_INFO)
        return clip_range(View(data, f"{clip}.clpi"))
    except (NotFound, ReadFailed, BadStructure):
        return None


def clip_offset(files: DiscFiles, clip: str, ticks: int) -> int:
    """Byte of a clip from which it can be played at a time (ticks of the clock); 0 if its CLPI tells none."""
    try:
        data = files.read(f"BDMV/CLIPINF/{clip}.clpi", 0, _MAX_ENTRIES)
        return (entry_before(View(data, f"{clip}.clpi"), ticks) or 0) * PACKET
    except (NotFound, ReadFailed, BadStructure):
        return 0


def playlist_of(files: DiscFiles, number: int) -> Playlist | None:
    """One playlist of a disc, or its backup; None where neither can be read."""
    return _Reader(files).playlist(f"{number:05d}.mpls")


def _segment(item: PlayItem, clips: _Clips) -> Segment:
    first, last = clips.whole(item.clip)
    length, size = item.end - item.start, clips.sizes[item.clip]
    if abs(item.start - first) <= _SAME and abs(item.end - last) <= _SAME:
        return Segment(key=item.clip, duration=round(length / CLOCK, 3), size=size)
    part = min(length / (last - first), 1.0) if last > first else 1.0
    key = f"{item.clip}@{item.start}-{item.end}"
    return Segment(key=key, duration=round(length / CLOCK, 3), size=int(size * part))


def _title(index: int, number: int, playlist: Playlist, clips: _Clips) -> Title:
    segments = tuple(clips.segment(item) for item in playlist.items)
    ticks = sum(item.end - item.start for item in playlist.items)
    return Title(
        index=index,
        number=number,
        source_file=f"{number:05d}.mpls",
        segment_map=",".join(str(int(item.clip)) for item in playlist.items),
        segments=segments,
        duration=round(ticks / CLOCK, 3),
        size=sum(segment.size for segment in segments),
        chapters=playlist.chapters,
        streams=playlist.streams,
        angles=max(item.angles for item in playlist.items),
        width=playlist.width,
        height=playlist.height,
    )


def is_uhd(files: DiscFiles) -> bool:
    """Whether the disc says that it is an Ultra HD Blu-ray."""
    for path in ("BDMV/index.bdmv", "BDMV/BACKUP/index.bdmv"):
        try:
            return files.read(path, 0, 8) == b"INDX0300"
        except (NotFound, ReadFailed):
            continue
    return False


def disc_name(files: DiscFiles) -> str:
    """The name in the disc's own metadata, the English one first; empty if there is none."""
    found = in_folder(files, "BDMV/META/DL", ".xml")
    candidates = [file for file in found if name_of(file.path).lower().startswith("bdmt_")]
    for file in sorted(candidates, key=lambda file: not file.path.lower().endswith("bdmt_eng.xml")):
        try:
            name = _name_in(files.read(file.path, 0, _MAX_XML))
        except (ReadFailed, BadStructure):
            continue
        if name:
            return name
    return ""


def _name_in(document: bytes) -> str:
    """Text of the first `name` element of a disc library document. Raises BadStructure."""
    parser = expat.ParserCreate(namespace_separator=" ")
    inside = [False]
    text: list[str] = []
    names: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        inside[0] = tag.rpartition(" ")[2] == "name"

    def end(tag: str) -> None:
        if tag.rpartition(" ")[2] == "name":
            names.append("".join(text))
        inside[0] = False
        text.clear()

    def refuse(*_: object) -> None:
        raise BadStructure(
            "the disc's name is not plain XML", where="bdmt", why="it declares a document type"
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda data: text.append(data) if inside[0] else None
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadStructure("the disc's name is not XML", where="bdmt", why=error) from error
    return " ".join(names[0].split())[:_MAX_NAME] if names else ""
