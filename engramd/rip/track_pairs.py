"""Which track of a finished file is which stream of the disc. Pure.

A back end may leave out what is empty and may sort otherwise, so numbers alone do not tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from engramd.discs.languages import from_bluray, from_dvd
from engramd.discs.model import Stream
from engramd.rip.model import Track

#: What the codecs of scans and of Matroska begin with, small and without punctuation.
_FAMILIES = {
    "ac3": "ac3",
    "dd": "ac3",
    "eac3": "eac3",
    "ddplus": "eac3",
    "dts": "dts",
    "truehd": "truehd",
    "lpcm": "pcm",
    "pcm": "pcm",
    "flac": "pcm",
    "mp": "mpeg",
    "mpeg": "mpeg",
    "pgs": "pgs",
    "hdmvpgs": "pgs",
    "dvdsub": "vobsub",
    "vobsub": "vobsub",
}
#: What agreement is worth: a stream that may be the track at all, its language, each flag.
_MAY_BE, _LANGUAGE, _FLAG = 8, 4, 1


def pair_tracks(tracks: Sequence[Track], streams: Sequence[Stream]) -> dict[int, int]:
    """Give the place in `streams` of each track, by track number; tracks that fit none are left out.

    The order of both counts, so that of equal streams the first is the first; what is then left over is
    paired without order.
    """
    pairs: dict[int, int] = {}
    for kind in ("video", "audio", "subtitle"):
        ours = [track for track in tracks if track.kind == kind]
        places = [place for place, stream in enumerate(streams) if stream.kind == kind]
        found = _in_order(ours, [streams[place] for place in places])
        pairs |= {ours[left].number: places[right] for left, right in found}
        for track in ours:
            free = (place for place in places if place not in pairs.values())
            best = max(free, key=lambda place: _worth(track, streams[place]), default=None)
            if track.number not in pairs and best is not None and _worth(track, streams[best]):
                pairs[track.number] = best
    return pairs


def code_of(language: str | None) -> str | None:
    """Give ISO 639-2/B for a track's language, which is that or a BCP 47 tag; None if it is not known."""
    if not language:
        return None
    base = language.partition("-")[0].lower().encode("ascii", "replace")
    return from_dvd(base) if len(base) == 2 else from_bluray(base)


def _in_order(tracks: Sequence[Track], streams: Sequence[Stream]) -> list[tuple[int, int]]:
    """Align both sequences so that as much as possible agrees."""
    height, width = len(tracks), len(streams)
    best = [[0] * (width + 1) for _ in range(height + 1)]
    for left in reversed(range(height)):
        for right in reversed(range(width)):
            worth = _worth(tracks[left], streams[right])
            together = worth + best[left + 1][right + 1] if worth else 0
            best[left][right] = max(together, best[left + 1][right], best[left][right + 1])
    pairs, left, right = [], 0, 0
    while left < height and right < width:
        worth = _worth(tracks[left], streams[right])
        if worth and best[left][right] == worth + best[left + 1][right + 1]:
            pairs.append((left, right))
            left, right = left + 1, right + 1
        elif best[left][right] == best[left][right + 1]:
            right += 1
        else:
            left += 1
    return pairs


def _worth(track: Track, stream: Stream) -> int:
    """Say how well a track and a stream agree; 0 if they cannot be the same."""
    language, codec = code_of(track.language), _family(track.codec)
    if language and stream.language and language != stream.language:
        return 0
    if codec and (other := _family(stream.codec)) and codec != other:
        return 0
    same = _LANGUAGE if language == stream.language else 0
    flags = (track.forced == stream.forced) + (track.commentary == stream.commentary)
    return _MAY_BE + same + _FLAG * flags


def _family(codec: str) -> str | None:
    plain = "".join(filter(str.isalnum, codec.lower()))
    plain = plain[1:] if codec[1:2] == "_" else plain
    names = [name for name in _FAMILIES if plain.startswith(name)]
    return _FAMILIES[max(names, key=len)] if names else None
