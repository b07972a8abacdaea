"""The files of changes on their way: each library's are moved on a thread that may hang without harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from engramd.errors import EngramError, InvalidArgument
from engramd.models import Change, ChangeStep
from engramd.organize import Modes
from engramd.organize.relocating import (
    Relocation,
    check,
    is_where,
    relocate,
    remove_empty,
    swapping,
)
from engramd.organize.trash import in_trash
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Pulse
from engramd.pipeline.staging import JobFolder
from engramd.store.changes import ChangeRows

T = TypeVar("T")


class ChangeFiles:
    """Moves the files of recorded steps, in the direction that their change has.

    Its methods raise EngramErrors and OSError.
    """

    def __init__(
        self, parts: Parts, libraries: Libraries, rows: ChangeRows, staging: Callable[[], Path]
    ) -> None:
        self._parts, self._libraries, self._rows, self._staging = parts, libraries, rows, staging

    def check(self, steps: Sequence[ChangeStep], *, back: bool) -> None:
        """Raise what would keep files from being moved; nothing is moved."""
        moving = self._relocations(steps, back=back)
        if moving:
            self.at(moving[0].roots[0], lambda _pulse: check(moving), self._roots(moving))

    def move(self, change: Change, steps: Sequence[ChangeStep]) -> None:
        """Move the files, or go on with that; how far each is gets noted in its step."""
        moving = self._relocations(steps, back=change.is_back, as_far_as=_is_retreat(change))
        if not moving:
            return
        self.at(moving[0].roots[0], partial(self._move, moving, steps), self._roots(moving))

    def turn(self, change: Change, steps: Sequence[ChangeStep]) -> None:
        """Turn a change that is half-way round, and note how far each file is on the other way."""
        moving = {one.key: one for one in self._relocations(steps, back=change.is_back)}

        def turned(_pulse: Pulse) -> None:
            progress = _Noted(self._rows, steps)
            swaps = swapping([one for one in moving.values() if not progress.is_done(one.key)])
            for step in steps:
                one = moving.get(step.place)
                place = "old" if one is None else is_where(one, progress, swaps=one.key in swaps)
                step.is_aside, step.is_done = place == "aside", place == "old"

        roots = self._roots(list(moving.values()))
        if moving:
            self.at(next(iter(moving.values())).roots[0], turned, roots)
        change.is_back = not change.is_back
        self._rows.save(change, steps)

    def clear_away(self, folders: Iterable[Path]) -> None:
        """Remove folders of libraries that are empty now, but for those that were there before engramd."""
        for folder in {folder for folder in folders if not in_trash(folder)}:
            root = self.library_of(folder)
            if root is None or self._is_adopted(root, folder):
                continue
            try:
                self.at(root, lambda _pulse, folder=folder, root=root: remove_empty([folder], [root]))  # type: ignore[misc]
            except (EngramError, OSError):
                continue  # an empty folder harms nobody

    def touched(self, steps: Sequence[ChangeStep]) -> list[tuple[Path, Path]]:
        """Give the folders in which files came or went, each with its library."""
        folders = {Path(path).parent for step in steps for path in (step.old_path, step.new_path) if path}
        found = ((self.library_of(folder), folder) for folder in sorted(folders) if not in_trash(folder))
        return [(root, folder) for root, folder in found if root is not None]

    def library_of(self, path: Path) -> Path | None:
        """Give the library that is set and holds a path; None for what is in no library."""
        roots = [Path(root) for root in self._libraries.set_paths() if path.is_relative_to(root)]
        return max(roots, key=lambda root: len(root.parts), default=None)

    def at(self, root: Path, task: Callable[[Pulse], T], roots: Iterable[Path] = ()) -> T:
        """Do something at a library that may hang; the `roots` must be there."""
        for one in {root, *roots}:
            if str(one) in self._libraries.set_paths():
                self._libraries.ready(one)
        return self._libraries.patience.run(root, task)

    def _move(self, moving: Sequence[Relocation], steps: Sequence[ChangeStep], pulse: Pulse) -> None:
        for one in moving:
            if self.library_of(one.new) is None and not in_trash(one.new):
                JobFolder(one.new.parent).make()
        modes = Modes.of(self._parts.settings.current)
        relocate(moving, _Noted(self._rows, steps, pulse), modes=modes, guard=pulse.beat)

    def _relocations(
        self, steps: Sequence[ChangeStep], *, back: bool, as_far_as: bool = False
    ) -> list[Relocation]:
        """Give the ways of files; `as_far_as` they are there, where a change is given up."""
        found = [self._relocation(step, back=back) for step in steps if step.old_path]
        return [replace(one, optional=True) for one in found] if as_far_as else found

    def _relocation(self, step: ChangeStep, *, back: bool) -> Relocation:
        old, new = Path(step.old_path), Path(step.new_path)
        aside = old.with_name(f".engramd-change-{step.change_id}-{step.place}.aside")
        if back:
            old, new = new, old
        return Relocation(
            key=step.place,
            old=old,
            new=new,
            aside=aside,
            roots=(self._root_of(aside), self._root_of(new)),
            size=step.size,
            changed=step.changed_ns,
            optional=step.title_id is None,
        )

    def _root_of(self, path: Path) -> Path:
        """Give the library that holds a path, or the folder of one that is in staging."""
        root = self.library_of(path)
        if root is not None:
            return root
        if path.is_relative_to(self._staging()):
            return path.parent
        raise InvalidArgument(
            "no library that is set holds this file",
            where=path,
            why="the folder of a library was changed in the settings",
            remedy="set the library's folder as it was, or move the file by hand",
        )

    def _roots(self, moving: Sequence[Relocation]) -> set[Path]:
        return {root for one in moving for root in one.roots}

    def _is_adopted(self, root: Path, folder: Path) -> bool:
        parts = folder.relative_to(root).parts
        row = self._libraries.rows.folder(str(root), parts[0]) if parts else None
        return row is not None and row.adopted


def _is_retreat(change: Change) -> bool:
    """Whether files go to where they were before what was begun last, since that could not be done."""
    return change.is_back == (change.done_at is None)


class _Noted:
    """How far the files of steps are, kept in their rows."""

    def __init__(self, rows: ChangeRows, steps: Sequence[ChangeStep], pulse: Pulse | None = None) -> None:
        self._rows, self._pulse = rows, pulse or Pulse()
        self._steps = {step.place: step for step in steps}

    def is_aside(self, key: int) -> bool:
        return self._steps[key].is_aside

    def is_done(self, key: int) -> bool:
        return self._steps[key].is_done

    def went_aside(self, key: int) -> None:
        with self._pulse.recording():
            self._rows.note_step(self._steps[key], is_aside=True)

    def arrived(self, key: int) -> None:
        with self._pulse.recording():
            self._rows.note_step(self._steps[key], is_done=True)
