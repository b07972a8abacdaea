"""What MakeMKV's scan says of a disc, made from engramd's own reading of it or from a recorded log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import scenario

if TYPE_CHECKING:
    from engramd.discs import model

#: An attribute as in CINFO, TINFO and SINFO: id, code, value.
Attribute = tuple[int, int, str]

DVD, BLURAY = 6206, 6209
#: Attribute numbers (apdefs.h): duration, size in bytes, source file, DVD title, suggested file name.
DURATION, BYTES, SOURCE, DVD_TITLE, FILE_NAME = 9, 11, 16, 24, 27
_KINDS = {"video": (6201, "Video"), "audio": (6202, "Audio"), "subtitle": (6203, "Subtitles")}
#: By engramd's name: Matroska's, MakeMKV's short and long ones.
_CODECS = {
    "mpeg2": ("V_MPEG2", "Mpeg2", "Mpeg2"),
    "h264": ("V_MPEG4/ISO/AVC", "Mpeg4", "Mpeg4 AVC High@L4.1"),
    "hevc": ("V_MPEGH/ISO/HEVC", "MpegH", "MpegH HEVC Main10@L5.1"),
    "vc1": ("V_MS/VFW/FOURCC", "VC-1", "VC-1"),
    "ac3": ("A_AC3", "DD", "Dolby Digital"),
    "eac3": ("A_EAC3", "DD+", "Dolby Digital Plus"),
    "truehd": ("A_TRUEHD", "TrueHD", "TrueHD"),
    "dts": ("A_DTS", "DTS", "DTS"),
    "dtshd": ("A_DTS", "DTS-HD MA", "DTS-HD Master Audio"),
    "lpcm": ("A_PCM/INT/LIT", "LPCM", "LPCM"),
    "dvdsub": ("S_VOBSUB", "VOBSUB", "Dvd Subtitles"),
    "pgs": ("S_HDMV/PGS", "PGS", "HDMV PGS Subtitles"),
}
#: Bits of a stream's flags, by engramd's name.
_FLAGS = {"commentary": 1, "audio_description": 4, "core": 256, "forced": 4096}
_LANGUAGES = {"eng": "English", "ger": "German", "fre": "French", "spa": "Spanish", "jpn": "Japanese"}
_LAYOUTS = {1: "Mono", 2: "Stereo", 6: "Surround 5.1", 8: "Surround 7.1"}


def of_disc(
    disc: model.Disc, source: Path, media: Mapping[int, Path], names: Mapping[int, str] | None = None
) -> scenario.Disc:
    """Give what a scan says of a disc, with every title; `media` and `names` are by index."""
    is_dvd = disc.media == "dvd"
    label = disc.label
    attributes: list[Attribute] = [
        (1, DVD if is_dvd else BLURAY, "DVD disc" if is_dvd else "Blu-ray disc"),
        (2, 0, disc.disc_name or label),
        (30, 0, disc.disc_name or label),
        (31, 6119, "<b>Source information</b><br>"),
        (32, 0, label),
        (33, 0, "0"),
    ]
    titles = [_title(t, media.get(t.index), (names or {}).get(t.index), is_dvd=is_dvd) for t in disc.titles]
    return _disc(source, attributes, titles, label=label, is_dvd=is_dvd)


def of_robot_log(
    lines: Iterable[str], source: Path, media: Mapping[int, Path], names: Mapping[int, str] | None = None
) -> scenario.Disc:
    """Give what a recorded scan says; `media` and `names` are by the number of the title in the log."""
    from engramd.discs.robot import Attribute as Line
    from engramd.discs.robot import parse_lines

    disc: list[Attribute] = []
    titles: dict[int, tuple[list[Attribute], dict[int, list[Attribute]]]] = {}
    for line in parse_lines(lines):
        if not isinstance(line, Line):
            continue
        said = (line.id, line.code, line.value)
        if not line.place:
            disc.append(said)
            continue
        own, streams = titles.setdefault(line.place[0], ([], {}))
        (own if len(line.place) == 1 else streams.setdefault(line.place[1], [])).append(said)
    is_dvd = any(a == 1 and code == DVD for a, code, _ in disc)
    label = next((value for a, _, value in disc if a == 32), "")
    recorded = [
        _recorded_title(own, streams, media.get(number), (names or {}).get(number))
        for number, (own, streams) in sorted(titles.items())
    ]
    return _disc(source, disc, recorded, label=label, is_dvd=is_dvd)


def _disc(
    source: Path, attributes: list[Attribute], titles: list[scenario.Title], *, label: str, is_dvd: bool
) -> scenario.Disc:
    return {
        "source": str(source.resolve()),
        "dvd": is_dvd,
        "label": label,
        "attributes": attributes,
        "titles": titles,
        "css": False,
    }


def _title(title: model.Title, media: Path | None, name: str | None, *, is_dvd: bool) -> scenario.Title:
    size = f"{title.size / 1e9:.1f} GB" if title.size >= 1e9 else f"{title.size / 1e6:.1f} MB"
    seconds = int(title.duration)
    chapters = len(title.chapters)
    own: list[Attribute] = [
        *([(8, 0, str(chapters))] if chapters else []),
        (DURATION, 0, f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"),
        (10, 0, size),
        (BYTES, 0, str(title.size)),
        (DVD_TITLE if is_dvd else SOURCE, 0, title.source_file),
        (25, 0, str(max(1, len(title.segments)))),
        (26, 0, title.segment_map),
        *([(49, 0, title.comment)] if title.comment else []),
        (30, 0, f"{chapters} chapter(s) , {size}"),
        (31, 6120, "<b>Title information</b><br>"),
        (33, 0, "0"),
    ]
    streams = [_stream(stream, title) for stream in title.streams]
    return _kept(title.source_file, seconds, own, streams, media, name)


def _recorded_title(
    own: list[Attribute], streams: dict[int, list[Attribute]], media: Path | None, name: str | None
) -> scenario.Title:
    said = {a: value for a, _, value in own}
    seconds = 0
    for part in said.get(DURATION, "0").split(":"):
        seconds = seconds * 60 + int(part)
    kept = [one for one in own if one[0] != FILE_NAME]
    in_order = [streams[number] for number in sorted(streams)]
    source = said.get(SOURCE) or said.get(DVD_TITLE, "")
    return _kept(source, seconds, kept, in_order, media, name or said.get(FILE_NAME))


def _kept(
    source: str,
    seconds: int,
    attributes: list[Attribute],
    streams: list[list[Attribute]],
    media: Path | None,
    name: str | None,
) -> scenario.Title:
    return {
        "source": source,
        "seconds": seconds,
        "name": name,
        "media": str(media) if media else None,
        "attributes": attributes,
        "streams": streams,
    }


def _stream(stream: model.Stream, title: model.Title) -> list[Attribute]:
    code, kind = _KINDS[stream.kind]
    matroska, short, long = _CODECS.get(stream.codec, ("", stream.codec.upper(), stream.codec.upper()))
    said: list[Attribute] = [(1, code, kind)]
    if stream.channels:
        said.append((2, 0, _LAYOUTS.get(stream.channels, f"{stream.channels} channels")))
    if stream.language:
        said += [(3, 0, stream.language), (4, 0, _LANGUAGES.get(stream.language, stream.language))]
    said += [(5, 0, matroska), (6, 0, short), (7, 0, long)]
    if stream.channels:
        said += [(14, 0, str(stream.channels)), (17, 0, "48000")]
    if stream.kind == "video":
        said += [(19, 0, f"{title.width}x{title.height}"), (20, 0, "16:9")]
    flags = sum(bit for name, bit in _FLAGS.items() if getattr(stream, name, False))
    return [*said, (22, 0, str(flags)), (30, 0, f"{long} {stream.language or ''}".strip()), (33, 0, "0")]
