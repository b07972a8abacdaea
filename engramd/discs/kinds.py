"""What kind of disc a file system is, from the names at its top."""

from __future__ import annotations

from engramd.discs.files import DiscFiles, has

#: Kinds that carry film or music but are not read: folder or file at the top, and name.
_UNSUPPORTED = (
    ("HVDVD_TS/", "an HD DVD"),
    ("ADV_OBJ/", "an HD DVD"),
    ("SVCD/", "a Super Video CD"),
    ("MPEG2/", "a Super Video CD"),
    ("VCD/", "a Video CD"),
    ("MPEGAV/", "a Video CD"),
    ("DVD_RTAV/", "a DVD recorder's disc (DVD-VR)"),
    ("BDAV/", "a Blu-ray recorder's disc (BDAV)"),
    ("AVCHD/", "a camcorder's disc (AVCHD)"),
    ("PRIVATE/AVCHD/", "a camcorder's disc (AVCHD)"),
    ("PHOTO_CD/", "a Photo CD"),
    ("AUDIO_TS/AUDIO_TS.IFO", "a DVD-Audio"),
)


def is_bluray(files: DiscFiles) -> bool:
    """Whether there is a BDMV structure."""
    return _any_below(files, "BDMV/PLAYLIST/") or has(files, "BDMV/index.bdmv")


def is_dvd(files: DiscFiles) -> bool:
    """Whether there is a DVD-Video structure."""
    return _any_below(files, "VIDEO_TS/VIDEO_TS.") or _any_below(files, "VIDEO_TS/VTS_")


def is_video(files: DiscFiles) -> bool:
    """Whether there are titles to read."""
    return is_bluray(files) or is_dvd(files)


def unsupported(files: DiscFiles) -> str:
    """The name of a kind of disc with film or music that is not read, as `a Video CD`; else empty."""
    return next((name for start, name in _UNSUPPORTED if _any_below(files, start)), "")


def _any_below(files: DiscFiles, start: str) -> bool:
    return any(file.path.upper().startswith(start) for file in files.files)
