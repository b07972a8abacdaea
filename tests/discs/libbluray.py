"""libbluray, the Blu-ray reader of VLC and Kodi, as an independent witness."""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from pathlib import Path

import pytest


class _Stream(c.Structure):
    _fields_ = (
        ("coding", c.c_uint8),
        ("format", c.c_uint8),
        ("rate", c.c_uint8),
        ("char_code", c.c_uint8),
        ("lang", c.c_uint8 * 4),
        ("pid", c.c_uint16),
        ("aspect", c.c_uint8),
        ("subpath", c.c_uint8),
    )


_COUNTS = ("video", "audio", "pg", "ig", "sec_audio", "sec_video")


class _Clip(c.Structure):
    _fields_ = (
        ("packets", c.c_uint32),
        ("still_mode", c.c_uint8),
        ("still_time", c.c_uint16),
        *[(name, c.c_uint8) for name in _COUNTS],
        *[(f"{name}_streams", c.POINTER(_Stream)) for name in _COUNTS],
        ("start_time", c.c_uint64),
        ("in_time", c.c_uint64),
        ("out_time", c.c_uint64),
        ("clip_id", c.c_char * 6),
    )


class _Chapter(c.Structure):
    _fields_ = (
        ("index", c.c_uint32),
        ("start", c.c_uint64),
        ("duration", c.c_uint64),
        ("offset", c.c_uint64),
        ("clip", c.c_uint),
    )


class _Title(c.Structure):
    _fields_ = (
        ("index", c.c_uint32),
        ("playlist", c.c_uint32),
        ("duration", c.c_uint64),
        ("clip_count", c.c_uint32),
        ("angles", c.c_uint8),
        ("chapter_count", c.c_uint32),
        ("mark_count", c.c_uint32),
        ("clips", c.POINTER(_Clip)),
        ("chapters", c.POINTER(_Chapter)),
    )


@dataclass(frozen=True)
class Witnessed:
    """A playlist as libbluray sees it; times in seconds."""

    playlist: int
    duration: float
    angles: int
    chapters: tuple[float, ...]
    clips: tuple[str, ...]
    size: int
    pids: tuple[int, ...]
    languages: tuple[str, ...]


def libbluray(path: Path) -> list[Witnessed]:
    """Give all playlists, duplicates as well, by number."""
    try:
        lib = c.CDLL("libbluray.so.2")
    except OSError:
        pytest.skip("libbluray is not installed")
    lib.bd_open.restype, lib.bd_open.argtypes = c.c_void_p, [c.c_char_p, c.c_char_p]
    lib.bd_get_titles.restype, lib.bd_get_titles.argtypes = c.c_uint32, [c.c_void_p, c.c_uint8, c.c_uint32]
    lib.bd_get_title_info.restype = c.POINTER(_Title)
    lib.bd_get_title_info.argtypes = [c.c_void_p, c.c_uint32, c.c_uint]
    lib.bd_free_title_info.argtypes = [c.POINTER(_Title)]
    lib.bd_close.argtypes = [c.c_void_p]
    disc = lib.bd_open(str(path).encode(), None)
    assert disc, f"libbluray cannot open {path}"
    found = []
    for index in range(lib.bd_get_titles(disc, 0, 0)):
        info = lib.bd_get_title_info(disc, index, 0)
        found.append(_witnessed(info.contents))
        lib.bd_free_title_info(info)
    lib.bd_close(disc)
    return sorted(found, key=lambda title: title.playlist)


def _witnessed(title: _Title) -> Witnessed:
    clips = [title.clips[place] for place in range(title.clip_count)]
    first = clips[0]
    streams = [
        getattr(first, f"{name}_streams")[place]
        for name in ("video", "audio", "pg")
        for place in range(getattr(first, name))
    ]
    return Witnessed(
        playlist=title.playlist,
        duration=title.duration / 90_000,
        angles=title.angles,
        chapters=tuple(title.chapters[place].start / 90_000 for place in range(title.chapter_count)),
        clips=tuple(clip.clip_id.decode() for clip in clips),
        size=sum(clip.packets for clip in clips) * 192,
        pids=tuple(stream.pid for stream in streams),
        languages=tuple(bytes(stream.lang).rstrip(b"\0").decode() for stream in streams),
    )
