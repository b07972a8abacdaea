"""Files beside a title: what they are called, how they follow it, and how they get their names.

Subtitles: Plex reads the language right before the ending, or before `forced` and `sdh`, and nothing else
(https://support.plex.tv/articles/200471133-adding-local-subtitles-to-your-media/). Jellyfin reads the same
words, and shows any other one as the track's name
(https://jellyfin.org/docs/general/server/media/external-files/). So what a machine has read is called
`Film (1999).OCR.eng.srt`. Posters: `poster.jpg` is the one of its folder for all servers; that of a season is
`Season01.jpg` in the season's folder for Plex, and `season01-poster.jpg` in the show's for Jellyfin and Kodi
(https://kodi.wiki/view/Artwork_types).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from engramd import durable
from engramd.models.enums import NamingPreset
from engramd.organize import atomic
from engramd.organize.listings import FILM_NFO, SHOW_NFO
from engramd.organize.modes import Modes

__all__ = ["FILM_NFO", "POSTER", "SHOW_NFO"]
POSTER = "poster.jpg"
#: How the words of a machine are marked in a name.
MACHINE = "OCR"


def subtitle_name(
    video: Path,
    language: str | None,
    *,
    forced: bool = False,
    impaired: bool = False,
    machine_read: bool = False,
    commentary: bool = False,
    number: int = 1,
) -> str:
    """Give the name of a subtitle file beside a video; `number` tells those apart that would be called alike.

    `language` is a code of ISO 639-2, None or `und` where nobody knows.
    """
    words = [MACHINE] if machine_read else []
    words += ["commentary"] if commentary else []
    words += [str(number)] if number > 1 else []
    title = [" ".join(words)] if words else []
    flags = [word for word, is_set in (("sdh", impaired), ("forced", forced)) if is_set]
    spoken = [language] if language and language.isascii() and language.isalpha() else ["und"]
    return ".".join([video.stem, *title, *spoken, *flags, "srt"])


def nfo_name(video: Path) -> str:
    """Give the name of the `.nfo` that is a video's own."""
    return f"{video.stem}.nfo"


def season_poster(show: Path, season_folder: Path, season: int, preset: NamingPreset) -> Path:
    """Give the path of a season's poster; season 0 holds the specials."""
    if preset is NamingPreset.JELLYFIN:
        return show / ("season-specials-poster.jpg" if season == 0 else f"season{season:02d}-poster.jpg")
    return season_folder / ("season-specials-poster.jpg" if season == 0 else f"Season{season:02d}.jpg")


def is_beside(sidecar: Path, video: Path) -> bool:
    """Whether a file is called after a video, in its folder; or is the video itself."""
    if sidecar == video:
        return True
    return sidecar.parent == video.parent and sidecar.name.startswith(f"{video.stem}.")


def renamed(sidecar: Path, old: Path, new: Path) -> Path:
    """Give the path of a file beside the video `old` after the video became `new`."""
    if sidecar == old:
        return new
    return new.with_name(new.stem + sidecar.name.removeprefix(old.stem))


def digest_of(data: bytes) -> str:
    """Give the digest by which it is known whether a file is still as it was written."""
    return hashlib.sha256(data).hexdigest()


def give(data: bytes, target: Path, modes: Modes, ours: str = "") -> None:
    """Write a whole file at once; over an older one only if that has the digest `ours`.

    Raises FileExistsError where somebody else's file has the name, OSError.
    """
    partial = target.with_name(f".engramd-{digest_of(os.fsencode(target.name))[:16]}.partial")
    partial.unlink(missing_ok=True)
    try:
        with partial.open("xb") as file:  # never through a link that somebody made of the name
            file.write(data)
        modes.set_file(partial)
        durable.sync_file(partial)
        try:
            atomic.rename_noreplace(partial, target)
        except FileExistsError:
            there = _digest_there(target)
            if there == digest_of(data):
                return
            if not ours or there != ours:
                raise
            partial.replace(target)
        durable.sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def is_unchanged(path: Path, digest: str) -> bool:
    """Whether a file is as it was written."""
    return bool(digest) and _digest_there(path) == digest


def _digest_there(path: Path) -> str:
    """Give the digest of a file; nothing for what is none."""
    if not path.is_file() or path.is_symlink():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
