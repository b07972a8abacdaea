"""Fetches a model into a folder: file by file, taken up where it was cut off, checked, then put in place."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engramd.errors import Busy, FilingFailed, NoSpace
from engramd.match.speech.hub import (
    HUB,
    RemoteFile,
    RemoteModel,
    ask,
    changed,
    check_status,
    file_url,
    new_client,
    repository,
    unreachable,
)
from engramd.match.speech.models import Model, look_at
from engramd.sources.limits import pause_before
from engramd.sources.problems import SourceUnreachable

#: Tries of one file; each goes on where the one before ended.
TRIES = 5
#: Bytes that are left free besides the model.
SPARE = 64 << 20
PIECE = 1 << 20
#: What is known of a model's origin, beside its files.
RECORD = "engramd.json"

#: Called with the bytes that are there and the bytes of all files.
Progress = Callable[[int, int], None]


def fetch_model(
    name: str,
    folder: Path,
    *,
    hub: str = HUB,
    progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Model:
    """Fetch a model by its name into `folder`/`name`, which then is complete; an older one is replaced.

    Raises InvalidArgument for an unknown name, SourceUnreachable, SourceRefused, SourceChanged, NoSpace,
    FilingFailed, and Busy where another process fetches the same.
    """
    repo = repository(name)
    with new_client() as client, _filing(folder):
        wanted = ask(client, hub.rstrip("/"), repo)
        part = folder / f".{name}.{wanted.sha[:12]}.part"
        part.mkdir(parents=True, exist_ok=True)
        with _alone(part):
            _Download(client, hub.rstrip("/"), repo, wanted, part, progress, pause).run()
            _write_record(part / RECORD, repo, hub, wanted)
            return _put_in_place(part, folder / name)


class _Download:
    """Fetches the files of one model into a folder."""

    def __init__(
        self,
        client: Any,
        hub: str,
        repo: str,
        wanted: RemoteModel,
        part: Path,
        progress: Progress | None,
        pause: Callable[[float], None],
    ) -> None:
        self._client, self._hub, self._repo = client, hub, repo
        self._wanted, self._part = wanted, part
        self._progress, self._pause = progress, pause
        self._total = sum(one.size or 0 for one in wanted.siblings)
        self._done = 0

    def run(self) -> None:
        there = sum(one.stat().st_size for one in self._part.iterdir())
        free = shutil.disk_usage(self._part).free
        if self._total - there + SPARE > free:
            what = f"the model needs {self._total / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free"
            raise NoSpace(what, where=self._part.parent, remedy="make room, or name another folder (--to)")
        for one in self._wanted.siblings:
            self._fetch(one)
            self._done += one.size or 0
            self._say(0)

    def _fetch(self, one: RemoteFile) -> None:
        path = self._part / one.rfilename
        url = file_url(self._hub, self._repo, self._wanted.sha, one.rfilename)
        for attempt in range(1, TRIES + 1):
            try:
                self._go_on(one, path, url)
                break
            except SourceUnreachable:
                if attempt == TRIES:
                    raise
                self._pause(pause_before(attempt))
        if not _is_right(one, path):
            path.unlink()
            raise changed(url, one.rfilename, "its hash is not the one that the hub announced")

    def _go_on(self, one: RemoteFile, path: Path, url: str) -> None:
        """Get what is missing of a file. Raises SourceUnreachable if some of it is still missing then."""
        import httpx

        size = one.size or 0
        there = path.stat().st_size if path.exists() else 0
        if there > size:
            path.unlink()
            there = 0
        if there == size and path.exists():
            return
        try:
            headers = {"Range": f"bytes={there}-"} if there else {}
            with self._client.stream(
                "GET", url, headers={**headers, "Accept-Encoding": "identity"}
            ) as answer:
                check_status(url, answer.status_code)
                self._write(path, answer, size, there if answer.status_code == 206 else 0)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise unreachable(url, str(error) or type(error).__name__) from error
        if path.stat().st_size != size:
            raise unreachable(url, "the file was cut short")

    def _write(self, path: Path, answer: Any, size: int, there: int) -> None:
        with path.open("r+b" if there else "wb") as file:
            file.seek(there)
            for piece in answer.iter_bytes():
                there += len(piece)
                if there > size:
                    file.truncate(0)
                    raise changed(str(answer.url), path.name, "it is larger than announced")
                file.write(piece)
                self._say(there)
            file.flush()
            os.fsync(file.fileno())

    def _say(self, of_this: int) -> None:
        if self._progress:
            self._progress(self._done + of_this, self._total)


def _is_right(one: RemoteFile, path: Path) -> bool:
    """Compare with the hash that was announced: SHA-256, or git's SHA-1 of what is kept in git itself."""
    if one.lfs is not None:
        digest, expected = hashlib.sha256(), one.lfs.sha256
    else:
        digest = hashlib.sha1(f"blob {one.size}\0".encode(), usedforsecurity=False)
        expected = one.blobId or ""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest() == expected


def _write_record(path: Path, repo: str, hub: str, wanted: RemoteModel) -> None:
    files = {one.rfilename: one.lfs.sha256 if one.lfs else one.blobId for one in wanted.siblings}
    record = {"from": hub, "repository": repo, "revision": wanted.sha, "files": files}
    path.write_text(json.dumps(record, indent=1) + "\n")


def _put_in_place(part: Path, target: Path) -> Model:
    """Give the complete folder its name; what older attempts left goes away."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    part.rename(target)
    for left in (old, *target.parent.glob(f".{target.name}.*.part")):
        shutil.rmtree(left, ignore_errors=True)
    return look_at(target)


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Hold the folder of a download; Busy where another process does."""
    descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Busy("this model is being fetched already", where=part.parent, remedy="wait for it") from error
    finally:
        os.close(descriptor)


@contextmanager
def _filing(folder: Path) -> Iterator[None]:
    """Tell errors of the file system as errors of this program."""
    try:
        yield
    except OSError as error:
        remedy = "make room, or give the folder to the user that runs engramd (or name another one: --to)"
        why = error.strerror or error
        raise FilingFailed("the model cannot be written", where=folder, why=why, remedy=remedy) from error
