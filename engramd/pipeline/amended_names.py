"""How filed files are called when what they are, or the settings, changed; and what goes with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from engramd.errors import NotFound, WrongState
from engramd.lifecycle import TitleMove
from engramd.models import DiscJob, DiscTitle, Sidecar, TitleState
from engramd.organize.files import has_size, is_regular
from engramd.organize.relocating import explained
from engramd.organize.safe_names import numbered
from engramd.pipeline.change_files import ChangeFiles
from engramd.pipeline.change_plans import FileMove, FolderMove
from engramd.pipeline.filing_items import FileCode, filing_item, filing_order, kind_of
from engramd.pipeline.libraries import Libraries, library_of
from engramd.pipeline.parts import Parts
from engramd.pipeline.placing import Place, Placer

if TYPE_CHECKING:
    from engramd.organize import FilingItem

#: What belongs to a video whose name it begins with, whoever made it: left behind, it would be another's.
_BESIDE = frozenset({".nfo", ".srt", ".ass", ".ssa", ".sub", ".idx", ".sup", ".vtt", ".jpg", ".png"})
_MOST_NUMBERED = 99


@dataclass(frozen=True)
class Renamed:
    """A file, and what it is called then."""

    old: Path
    new: Path


@dataclass
class Named:
    """The files that move, the titles that were looked at with their places, and where each was."""

    files: list[FileMove] = field(default_factory=list)
    titles: list[DiscTitle] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    olds: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class _Filed:
    """A filed title as it is (`title`), and what its file is to be named after."""

    title: DiscTitle
    item: FilingItem
    root: Path

    @property
    def old(self) -> Path:
        return Path(self.title.organized_to or "")


class AmendedNames:
    """Plans names; looks at libraries, and raises EngramErrors."""

    def __init__(
        self, parts: Parts, libraries: Libraries, files: ChangeFiles, file_code: FileCode | None
    ) -> None:
        self._parts, self._files, self._file_code = parts, files, file_code
        self._placer = Placer(libraries)
        self._libraries = libraries

    def amended(
        self, job: DiscJob, job_values: Mapping[str, Any], moves: Mapping[int | None, TitleMove]
    ) -> Named:
        """Give the new names of a job's files when some titles, or the job, are something else."""
        titles = self._parts.store.titles(job.id or 0)
        then = [_with(title, moves[title.id].values if title.id in moves else {}) for title in titles]
        job_then = DiscJob(**(job.model_dump() | dict(job_values)))
        wanted = [
            self._filed(job_then, title, new, then, self._file_code)
            for title, new in zip(titles, then, strict=True)
            if (job_values or title.id in moves)
            and title.state is TitleState.COMPLETED
            and title.organized_to
        ]
        return self._named(wanted, anew=False)

    def anew(self, found: Sequence[tuple[DiscJob, DiscTitle]], file_code: FileCode | None) -> Named:
        """Give the names that filed titles have by the settings of now, by the numbers of `file_code`."""
        of_job = {job.id: self._parts.store.titles(job.id or 0) for job, _ in found}
        wanted = [self._filed(job, title, title, of_job[job.id], file_code) for job, title in found]
        return self._named(wanted, anew=True)

    def file(self, title: DiscTitle, old: Path, new: Path) -> FileMove:
        """Give the move of a title's file, which must be as it was filed."""
        root = self._files.library_of(old)
        if root is None:
            raise WrongState(
                "no library that is set holds this file",
                where=old,
                remedy="set the library's folder as it was when the file was filed",
            )
        size, changed = self._at(root, lambda: _mark(old))
        if title.filing_bytes and size != title.filing_bytes:
            why = f"somebody changed it: it has {size} bytes, and had {title.filing_bytes}; nothing was moved"
            remedy = "move it by hand, or put the filed one back"
            raise WrongState(
                "a file of the library is not what engramd filed", where=old, why=why, remedy=remedy
            )
        return FileMove(old, new, title.id, size=size, changed=changed)

    def not_replaced(self, found: Sequence[tuple[DiscJob, DiscTitle]]) -> list[tuple[DiscJob, DiscTitle]]:
        """Leave out titles whose file went to the trash, and whose name another title's file has now."""
        count = Counter(title.organized_to for _, title in found)
        return [
            (job, title)
            for job, title in found
            if count[title.organized_to] == 1 or self._has(title, Path(title.organized_to or ""))
        ]

    def _has(self, title: DiscTitle, path: Path) -> bool:
        root = self._files.library_of(path)
        return (
            root is None
            or not self._at(root, lambda: is_regular(path))
            or self._at(root, lambda: has_size(path, title.filing_bytes))
        )

    def beside(self, title: DiscTitle, old: Path, new: Path) -> list[tuple[Path, Path]]:
        """Give what goes with a title's file, each with the name that it gets."""
        with self._parts.store.read() as session:
            rows = session.exec(select(Sidecar).where(col(Sidecar.title_id) == title.id)).all()
        root = self._files.library_of(old)
        known = [Path(row.path) for row in rows]
        return [] if root is None else self._at(root, lambda: beside(old, new, known))

    def all_beside(self, files: Iterable[FileMove], moves: Iterable[TitleMove]) -> list[FileMove]:
        """Give what goes with the files of titles."""
        titles = {move.title.id: move.title for move in moves}
        found = []
        for file in files:
            if file.title_id in titles:
                pairs = self.beside(titles[file.title_id], file.old, file.new)
                found += [FileMove(old, new, optional=True) for old, new in pairs]
        return found

    def of_folders(self, folders: Iterable[FolderMove], known: set[Path]) -> list[FileMove]:
        """Give what engramd wrote into the folders of works itself, and that goes with them."""
        found = []
        with self._parts.store.read() as session:
            rows = session.exec(select(Sidecar).where(col(Sidecar.title_id).is_(None))).all()
        for folder in folders:
            old, new = Path(folder.root, folder.old), Path(folder.root, folder.new)
            paths = [Path(row.path) for row in rows if Path(row.path).is_relative_to(old)]
            found += [FileMove(p, new / p.relative_to(old), optional=True) for p in paths if p not in known]
        return found

    def remember(self, places: Iterable[Place]) -> None:
        """Record the folders of works in which files are now."""
        for place in {(place.root, place.folder): place for place in places}.values():
            self._placer.remember(place)

    # -- names -----------------------------------------------------------------------------------------

    def _filed(
        self,
        job: DiscJob,
        title: DiscTitle,
        then: DiscTitle,
        titles: Sequence[DiscTitle],
        file_code: FileCode | None,
    ) -> _Filed:
        settings = self._parts.settings.current
        root = library_of(kind_of(job, then), settings, job)
        if not root:
            raise WrongState(
                f"no library is set for content type {kind_of(job, then)}", remedy="see engramctl config"
            )
        number = file_code(job, then) if file_code and then.matched_episode else None
        return _Filed(title, filing_item(job, then, titles, number=number), Path(root))

    def _named(self, wanted: Sequence[_Filed], *, anew: bool) -> Named:
        """Give names to all of several files: those that may keep theirs first."""
        named, leaving = Named(), {one.old for one in wanted}
        taken: set[Path] = set()
        planned = [(one, *self._at(one.root, partial(self._options, one, leaving, anew))) for one in wanted]
        planned.sort(key=lambda entry: (entry[0].old not in entry[2], *filing_order(entry[0].title)))
        for one, place, options in planned:
            new = self._at(one.root, partial(_first_free, one, options, taken, leaving))
            taken.add(new)
            named.titles.append(one.title)
            named.places.append(place)
            named.olds.append(one.old)
            if new != one.old:
                named.files.append(self.file(one.title, one.old, new))
        return named

    def _options(self, one: _Filed, leaving: set[Path], anew: bool) -> tuple[Place, list[Path]]:
        """Give the place of a file, and the names that it may have, best first."""
        settings = self._parts.settings.current
        if anew:
            place = self._placer.anew(one.root, one.item, settings)
            version = one.item.model_copy(update={"version": one.item.resolution})
            options = [place.target, place.of(version, settings)] if one.item.resolution else [place.target]
        else:
            place = self._placer.place(one.root, one.item, settings)
            others = [had.path for had in self._placer.had(place, one.item) if had.path not in leaving]
            if others:
                raise WrongState(
                    f"the library has {one.item.episode_code or one.item.title} already",
                    where=others[0],
                    why=f"title {one.title.title_index + 1} would be that, too; nothing was changed",
                    remedy="name both at once (engramctl assign JOB 1=S01E02 2=S01E01), or skip the other",
                )
            options = [place.target]
        if anew or one.item.kind in ("extra", "other"):
            more = (numbered(place.target.name, number) for number in range(2, _MOST_NUMBERED + 1))
            options += [place.target.with_name(name) for name in more]
        return place, options

    def _at(self, root: Path, task: Callable[[], Any]) -> Any:
        try:
            return self._files.at(root, lambda _pulse: task())
        except OSError as error:
            raise explained(error, error.filename or root) from error


def beside(old: Path, new: Path, known: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Give the files that go with a video: those that are `known`, and those that are named after it.

    Reads its folder; raises OSError.
    """
    found = dict.fromkeys(known)
    if old.parent.is_dir():
        found |= dict.fromkeys(_named_after(old))
    return [(path, _renamed(path, old, new)) for path in found if path != old]


def _named_after(video: Path) -> Iterator[Path]:
    for path in sorted(video.parent.iterdir()):
        rest = path.name.removeprefix(video.stem)
        if rest != path.name and rest[:1] == "." and path.suffix.lower() in _BESIDE and is_regular(path):
            yield path


def _renamed(path: Path, old: Path, new: Path) -> Path:
    rest = path.name.removeprefix(old.stem)
    name = path.name if rest == path.name else f"{new.stem}{rest}"
    if path.parent == old.parent:
        return new.parent / name
    return path.with_name(name)


def _first_free(one: _Filed, options: Sequence[Path], taken: set[Path], leaving: set[Path]) -> Path:
    if one.old in options and one.old not in taken:
        return one.old
    for option in options:
        free = option in leaving or option == one.old or not os.path.lexists(option)
        if option not in taken and free:
            return option
    raise WrongState(
        "a file cannot get its name",
        where=options[0],
        why="another file has it; nothing was changed",
        remedy="move that file away first",
    )


def _mark(path: Path) -> tuple[int, int]:
    if not is_regular(path):
        why, remedy = (
            "somebody moved or removed it; nothing was changed",
            "put it back, or rip the title again",
        )
        raise NotFound("a file of the library is gone", where=path, why=why, remedy=remedy)
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _with(title: DiscTitle, values: Mapping[str, Any]) -> DiscTitle:
    return DiscTitle(**(title.model_dump() | dict(values)))
