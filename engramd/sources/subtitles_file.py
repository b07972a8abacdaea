"""Takes a served file out of its wrapping, and refuses what surely is no subtitle file."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib

from engramd.sources.subtitles import BadSubtitle

#: No subtitle file is larger, in bytes and unwrapped.
MOST_BYTES = 4 * 1024 * 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_SUFFIXES = (".srt", ".ass", ".ssa", ".vtt", ".sub", ".smi", ".txt", ".mpl", ".ttml", ".dfxp", ".xml")
_MOST_MEMBERS = 100
_WEB_PAGE = re.compile(rb"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_WRAPPED = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


def subtitle_bytes(body: bytes, source: str, content_type: str = "") -> bytes:
    """Give the subtitle file that `source` served. Raises BadSubtitle with the reason for anything else."""
    try:
        data = _unwrapped(body)
    except _WRAPPED as error:
        raise _bad(source, f"its wrapping cannot be opened: {error}") from error
    except _Unfit as error:
        raise _bad(source, str(error)) from error
    if len(data) > MOST_BYTES:
        raise _bad(source, f"it is larger than {MOST_BYTES // 1024} KiB")
    reason = _no_subtitle(data, content_type.partition(";")[0].strip().lower())
    if reason:
        raise _bad(source, reason)
    return data


class _Unfit(Exception):
    """An archive that does not hold one subtitle file."""


def _unwrapped(body: bytes) -> bytes:
    """Give the file itself, never more than one byte over the limit."""
    if body.startswith(_GZIP):
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return file.read(MOST_BYTES + 1)
    if body.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(_only_one(archive)) as member:
            return member.read(MOST_BYTES + 1)
    return body


def _only_one(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = archive.infolist()[:_MOST_MEMBERS]
    found = [m for m in members if m.filename.lower().endswith(_SUFFIXES) and not m.is_dir()]
    if len(found) != 1:
        raise _Unfit(f"its archive holds {len(found)} subtitle files, not one")
    return found[0]


def _no_subtitle(data: bytes, content_type: str) -> str:
    """Say why this can be no subtitle file; empty where it may be one."""
    text = data
    for bom in _BOMS:
        text = text.removeprefix(bom)
    if not text.strip(b"\x00 \t\r\n\x0b\x0c"):
        return "it is empty"
    if content_type == "text/html" or _WEB_PAGE.match(text.replace(b"\x00", b"")[:1024]):
        return "it is a web page"
    if content_type == "application/json" or _is_message(text):
        return "it is a message of the server"
    return ""


def _is_message(text: bytes) -> bool:
    """Tell a JSON object from MicroDVD, which begins with a brace too."""
    if not text.lstrip().startswith(b'{"'):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _bad(source: str, why: str) -> BadSubtitle:
    return BadSubtitle(f"{source} served no subtitle file", source=source, why=why)
