"""The staging folder: one marked folder a job. Only what this program made is ever removed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from engramd import durable
from engramd.discs.model import Disc, Stream
from engramd.errors import EngramError, FilingFailed, NoSpace, UnreadableDisc
from engramd.organize import Trash
from engramd.rip.model import is_partial

log = structlog.get_logger(__name__)
MARKER = ".engramd-job"
_STREAMS = TypeAdapter(tuple[Stream, ...])
#: What is made in a job's folder, with a dot before it while it is written: nothing else is ours to remove.
_OURS = re.compile(r"\.?(disc\.json|title-\d{3,})(\..+)?|rescue|pass(\..+)?")
#: Hours of work, even if nobody asked for them: a video, or the copy of a header that could mend one.
_PRECIOUS = ("*.mkv", "*.head")


@dataclass(frozen=True)
class JobFolder:
    """The files of one job on their way."""

    path: Path

    @classmethod
    def create(cls, root: Path, job_id: int) -> JobFolder:
        """Make (or find again) a job's folder; FilingFailed if the staging folder cannot be written."""
        folder = cls.of(root, job_id)
        folder.make()
        return folder

    @classmethod
    def of(cls, root: Path, job_id: int) -> JobFolder:
        """Name a job's folder without making it."""
        return cls(root / f"job-{job_id}")

    @classmethod
    def all_below(cls, root: Path) -> list[tuple[int, JobFolder]]:
        """Give the marked folders in a staging folder, with the numbers of their jobs."""
        try:
            found = [path.parent for path in root.glob(f"job-*/{MARKER}")]
        except OSError as error:
            log.warning("the staging folder cannot be looked through", path=str(root), why=error.strerror)
            return []
        return [(int(n), cls(p)) for p in found if (n := p.name.removeprefix("job-")).isdecimal()]

    def make(self) -> None:
        """Make the folder unless it is there; FilingFailed if the staging folder cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / MARKER).touch()
        except OSError as error:
            raise FilingFailed(
                "the staging folder cannot be written",
                where=self.path.parent,
                why=error.strerror,
                remedy="give it to the user that runs engramd, or set staging_path to another folder",
            ) from error

    def rip_target(self, title_index: int, attempt: int) -> Path:
        """Where a title is ripped to; each attempt has a name of its own."""
        return self.path / f"title-{title_index + 1:03d}.attempt-{attempt}.mkv"

    @property
    def rescue(self) -> Path:
        """Where the image of a damaged disc lies, with the map of what is missing."""
        return self.path / "rescue"

    @property
    def rescue_image(self) -> Path:
        """The image of a damaged disc; it need not be there."""
        return self.rescue / "disc.iso"

    def subtitle_facts(self, title_index: int) -> Path:
        """Where it is kept what the subtitle tracks of a title hold."""
        return self.path / f"title-{title_index + 1:03d}.subtitles.json"

    def evidence(self, title_index: int) -> Path:
        """Where the evidence of a title lies."""
        return self.path / f"title-{title_index + 1:03d}.evidence.json"

    def save_disc(self, disc: Disc) -> None:
        """Keep the scan, so that a restart needs no disc to know what it was.

        Raises FilingFailed, NoSpace.
        """
        with self._written():
            durable.write(self.path / "disc.json", disc.model_dump_json(exclude={"files"}).encode())

    def load_disc(self) -> Disc:
        """Give the scan back."""
        try:
            return Disc.model_validate_json((self.path / "disc.json").read_bytes())
        except (OSError, ValueError) as error:
            raise UnreadableDisc("the scan of the disc is gone", where=self.path, why=error) from error

    def save_streams(self, title_index: int, streams: tuple[Stream, ...]) -> None:
        """Keep which streams of the disc a title was ripped with, in the order of its file.

        Raises FilingFailed, NoSpace.
        """
        with self._written():
            durable.write(self._streams(title_index), _STREAMS.dump_json(streams))

    def load_streams(self, title_index: int) -> tuple[Stream, ...]:
        """Give them back; none where nothing was kept."""
        try:
            return _STREAMS.validate_json(self._streams(title_index).read_bytes())
        except (OSError, ValueError):
            return ()

    def _streams(self, title_index: int) -> Path:
        return self.path / f"title-{title_index + 1:03d}.streams.json"

    def forget_attempts(self, title_index: int, keep: Path | None = None) -> None:
        """Remove what earlier attempts on a title left behind; what cannot be removed stays."""
        with contextlib.suppress(OSError):
            for path in self.path.glob(f"title-{title_index + 1:03d}.attempt-*"):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path != keep:
                    path.unlink(missing_ok=True)

    def holds(self, staging_file: str | None) -> bool:
        """Whether a file of this folder is there."""
        path = Path(staging_file or "")
        return path.parent == self.path and path.is_file()

    def forget_filed(self, staging_file: str | None, filed_bytes: int | None) -> None:
        """Remove a staging copy whose twin of so many bytes the library has; an interruption left it."""
        if filed_bytes is None or not self.holds(staging_file):
            return
        with contextlib.suppress(OSError):
            if Path(staging_file or "").stat().st_size == filed_bytes:
                Path(staging_file or "").unlink()

    def discard(self, staging_file: str | None, why: str) -> None:
        """Put a file of this folder into the trash below the staging folder, if it is there.

        Raises FilingFailed, NoSpace.
        """
        path = Path(staging_file or "")
        if not self.holds(staging_file):
            return
        with self._written():
            Trash(self.path.parent).put(path, why)

    def is_partial(self, staging_file: str | None) -> bool:
        """Whether a file is this folder's, and holds but what could be read of a title."""
        path = Path(staging_file or "")
        return path.parent == self.path and is_partial(path)

    def forget_rescue(self) -> None:
        """Remove the image of a damaged disc; what cannot be removed stays."""
        if (self.path / MARKER).is_file():
            shutil.rmtree(self.rescue, ignore_errors=True)

    def remove(self) -> bool:
        """Remove what is ours in the folder, and the folder if it is then empty; tell whether it is gone.

        Nothing goes as long as it holds a video, but for the image of a damaged disc: nothing is read into
        that any more. A copy of a header, which could mend a video, is as good as one. Raises OSError.
        """
        if not (self.path / MARKER).is_file():
            return not self.path.exists()
        self.forget_rescue()
        if any(path for name in _PRECIOUS for path in self.path.glob(name)):
            return False
        for path in list(self.path.iterdir()):
            if _OURS.fullmatch(path.name):
                _remove(path)
        if any(path.name != MARKER for path in self.path.iterdir()):
            return False
        (self.path / MARKER).unlink()
        self.path.rmdir()
        return True

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Raise FilingFailed, or NoSpace, where the folder cannot be written."""
        try:
            yield
        except OSError as error:
            raise _unanswered(self.path, error) from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def nearest(folder: Path) -> Path:
    """Give a folder, or the nearest one above it that is there.

    Raises FilingFailed where that cannot be told: a share that is away is no folder that is yet to be made.
    """
    found = folder
    while not _is_there(found, folder) and found != found.parent:
        found = found.parent
    return found


def free_bytes(folder: Path) -> int:
    """Free space for this user on the file system that holds a folder (or its nearest parent).

    Raises FilingFailed.
    """
    try:
        status = os.statvfs(nearest(folder))
    except OSError as error:
        raise _unanswered(folder, error) from error
    return status.f_bavail * status.f_frsize


def device_of(folder: Path) -> int:
    """Give the number of the file system that holds a folder (or its nearest parent). Raises FilingFailed."""
    try:
        return nearest(folder).stat().st_dev
    except OSError as error:
        raise _unanswered(folder, error) from error


def _is_there(path: Path, folder: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unanswered(folder, error) from error
    return True


def _unanswered(folder: Path, error: OSError) -> EngramError:
    """Give the error for a folder whose file system does not do what it is asked."""
    why = error.strerror or error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("the folder is full", where=folder, why=why, remedy="make room there; the job goes on")
    remedy = "mount its file system again, or give the folder to the user that runs engramd"
    return FilingFailed("the folder cannot be used", where=folder, why=why, remedy=remedy)


def gigabytes(size: int) -> str:
    """Give a size for people, in the decimal units of disk makers."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1000:.0f} kB"
