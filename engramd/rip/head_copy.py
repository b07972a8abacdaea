"""A copy of all that an edit of a Matroska header may change, so that a crash in its middle loses nothing.

Beside `title.mkv` stands `title.mkv.head` while its header is edited: one line of JSON (size of the file,
where its head ends and its tail begins, checksums), then the head and the tail. It appears by a rename,
complete and synced, or not at all. By what lies between head and tail, which no edit changes, the file is
known again; its inode would not do, for it may be another one after a share was mounted anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engramd import durable
from engramd.errors import EngramError, RipFailed
from engramd.rip.files import file_error, remove, sync
from engramd.rip.matroska import read_edges

#: Bytes that are copied at most. The head of a long film has a megabyte, its index at the end one more.
MOST_BYTES = 16 * 1024 * 1024
#: Bytes behind the head and before the tail by which a file is known again. Films of one studio begin alike.
_KNOWN_BY = 64 * 1024
_LONGEST_LINE = 1024


def copy_of(path: Path) -> Path:
    """Name the copy that stands beside a file while its header is edited."""
    return path.with_name(path.name + ".head")


def keep_head(path: Path) -> None:
    """Put the copy beside a finished file, on the medium.

    Raises NoSpace, and RipFailed where the file is no sound Matroska file, its head is too large to keep, or
    the folder cannot be written.
    """
    temporary = _unfinished(path)
    try:
        edges = read_edges(path)
        if edges.head + edges.size - edges.tail > MOST_BYTES:
            why = f"it has more than {MOST_BYTES // 1024 // 1024} MB beside its pictures and sound"
            raise RipFailed("the header of the file is left as it is", where=path, why=why)
        with path.open("rb") as file:
            head = file.read(edges.head)
            file.seek(edges.tail)
            content = head + file.read(edges.size - edges.tail)
            between = _between(file, edges.head, edges.tail)
        facts = {"size": edges.size, "head": edges.head, "tail": edges.tail, "sha256": _digest(content)}
        facts["between"] = between
        temporary.write_bytes(json.dumps(facts).encode() + b"\n" + content)
        durable.put_in_place(temporary, copy_of(path))
    except OSError as error:
        remove(temporary)
        raise file_error(copy_of(path), error) from error


def drop_copy(path: Path) -> None:
    """Remove the copy after an edit that is complete and synced. Raises NoSpace, RipFailed."""
    try:
        copy_of(path).unlink(missing_ok=True)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise file_error(copy_of(path), error) from error


def restore_interrupted(path: Path) -> bool:
    """Put a file whose edit was interrupted back as it was, bit by bit; false where no edit was.

    It may be called any number of times, and may itself be interrupted, but not while the editor still runs.
    Raises RipFailed when the copy is damaged or of another file, NoSpace or RipFailed when the file cannot be
    written; the copy stays then.
    """
    try:
        remove(_unfinished(path))
        if not copy_of(path).exists():
            return False
        kept = _read(copy_of(path))
        if path.exists():
            _put_back(path, kept)
    except OSError as error:
        raise _not_put_back(path, file_error(path, error)) from error
    drop_copy(path)
    return True


def _not_put_back(path: Path, found: EngramError) -> EngramError:
    what = "a file whose header was being edited could not be put back as it was"
    remedy = f"{found.remedy}; what is to be put back stays in {copy_of(path)} until the next attempt"
    return type(found)(what, where=path, why=found.why or found.what, remedy=remedy)


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".head.new")


@dataclass(frozen=True)
class _Kept:
    size: int
    tail: int
    head: bytes
    end: bytes
    between: str


def _read(copy: Path) -> _Kept:
    line, _, content = copy.read_bytes().partition(b"\n")
    try:
        facts = json.loads(line[:_LONGEST_LINE])
        if facts["sha256"] != _digest(content):
            raise ValueError("its checksum is wrong")
        head = content[: facts["head"]]
        return _Kept(facts["size"], facts["tail"], head, content[facts["head"] :], facts["between"])
    except (ValueError, KeyError, TypeError) as error:
        raise RipFailed(
            "the copy of a file's header is damaged",
            where=copy,
            why=error,
            remedy="rip the title again, or remove the copy and check the file",
        ) from error


def _put_back(path: Path, kept: _Kept) -> None:
    with path.open("r+b") as file:
        if _between(file, len(kept.head), kept.tail) != kept.between:
            raise RipFailed(
                "a file's header was not put back as it was",
                where=path,
                why="another file has this name since the edit began",
                remedy=f"check the file, and remove {copy_of(path)}",
            )
        file.seek(0)
        file.write(kept.head)
        file.truncate(kept.size)
        file.seek(kept.tail)
        file.write(kept.end)
    sync(path)


def _between(file: BinaryIO, head: int, tail: int) -> str:
    """Give a checksum of both ends of what lies between head and tail."""
    length = min(_KNOWN_BY, tail - head)
    ends = b""
    for place in (head, tail - length):
        file.seek(place)
        ends += file.read(length)
    return _digest(ends)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
