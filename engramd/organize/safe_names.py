"""Names that every file system and media server takes: one path component at a time."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

#: The longest name of a file, in bytes of UTF-8, on nearly every file system.
LONGEST = 255
#: Bytes left behind a file's name, so that what is written beside it can be called as it is: the longest is
#: `.eng.forced.sdh.srt` in the place of `.mkv`, with the number of a further file.
ROOM = 24
NAMELESS = "Untitled"
_REPLACED = str.maketrans(
    {"/": "-", "\\": "-", "|": "-", '"': "'", "<": None, ">": None, "?": None, "*": None}
)
_JOINERS = "\u200c\u200d"
#: Characters that no name begins or ends with.
EDGES = f" .{_JOINERS}"
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    + [f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"]
)


def clean_text(text: str) -> str:
    """Give a value without what no name may hold: illegal and control characters; NFC, single blanks."""
    text = unicodedata.normalize("NFC", text).replace(": ", " - ").replace(":", "-").translate(_REPLACED)
    if not text.isprintable():
        text = "".join(c for c in text if c in _JOINERS or c.isspace() or unicodedata.category(c)[0] != "C")
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def cut_text(text: str, most: int) -> str:
    """Cut clean text to at most `most` bytes of UTF-8, at a character."""
    return text.encode()[:most].decode(errors="ignore").strip()


def safe_component(name: str, suffix: str = "", *, room: int = 0) -> str:
    """Give a safe name of at most 255 bytes that ends in `suffix` (`.mkv`); only the name is ever cut.

    It is shorter by `room` bytes, for what is called after it. The result is never empty, `.`, `..`, hidden,
    or a name that Windows reserves.
    """
    stem = _cut(_trimmed(clean_text(name)), LONGEST - room - len(suffix.encode()))
    stem = stem or NAMELESS
    if stem.partition(".")[0].rstrip().upper() in _RESERVED:
        first, dot, rest = stem.partition(".")
        stem = f"{first.rstrip()}_{dot}{rest}"
    return stem + suffix


def is_text(name: str) -> bool:
    """Whether a name of a file system is text; an old library may hold some in another encoding."""
    return name == shown(name)


def shown(name: object) -> str:
    """Give a name or path of a file system as text, for people and for the database."""
    return os.fsencode(str(name)).decode("utf-8", "replace")


def numbered(name: str, number: int) -> str:
    """Give the name of a further file: `Film (2003).mkv` becomes `Film (2003) (2).mkv`, cut if need be."""
    path = Path(name)
    addition = f" ({number})"
    return safe_component(path.stem, addition + path.suffix)


def collides(name: str, others: Iterable[str]) -> bool:
    """Tell whether one of `others` is the same name where neither case nor composition is seen."""
    return _folded(name) in {_folded(other) for other in others}


def existing_spelling(folder: Path, name: str) -> str:
    """Give the spelling under which `folder` already has `name` (other case, other composition), or `name`.

    So `The Office` does not come to stand beside `the office`. An unreadable folder has nothing.
    """
    try:
        entries = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return name
    return name if name in entries else next((e for e in entries if _folded(e) == _folded(name)), name)


def existing_path(root: Path, path: Path) -> Path:
    """Give `path` (below `root`) in the spelling that its folders and its file already have."""
    for part in path.relative_to(root).parts:
        root = root / existing_spelling(root, part)
    return root


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _trimmed(text: str) -> str:
    return text.strip(EDGES)


def _cut(text: str, most: int) -> str:
    """Cut at a character, one byte below the limit in case a reserved name needs its mark."""
    return _trimmed(text.encode()[: most - 1].decode(errors="ignore"))
