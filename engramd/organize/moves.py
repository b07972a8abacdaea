"""Brings a finished file into the library so that it is, at every moment, whole in at least one place.

Order: the intent is noted; the file gets its second name in the library (a link, or a synced copy under a
hidden name that is then renamed); folders are synced; the record is made; only then the first name goes.
Where there are no links the file is renamed, and the intent tells a restart where it went. A file of the
library is never overwritten: one that is to be replaced goes to the trash, when the new one is complete
beside it under a hidden name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engramd import durable
from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace, NotFound
from engramd.models.enums import ConflictResolution
from engramd.organize import atomic
from engramd.organize.atomic import Way
from engramd.organize.files import (
    Guard,
    Mark,
    has_size,
    held,
    is_linked,
    is_one_name,
    is_regular,
    is_same,
    mark_of,
    regular_size,
)
from engramd.organize.modes import Modes
from engramd.organize.outcomes import Conflict, Filed, Intent, Journal, Skipped
from engramd.organize.safe_names import existing_path, numbered
from engramd.organize.trash import Trash, make_room, replaced_by
from engramd.organize.trash_entry import TrashEntry

#: Hidden names without a video's ending, which no media server looks at: of a copy that is being written, and
#: of a file that is complete and waits for its name.
_PARTIAL = ".engramd-{}.partial"
_WHOLE = ".engramd-{}.whole"
_MOST_NUMBERED = 99
#: What says that a file cannot be renamed from here to there, though it may be copied.
_NO_RENAME = atomic.UNSUPPORTED | {errno.EACCES}
Progress = Callable[[int, int], None]


def file_title(
    source: Path,
    target: Path,
    *,
    library_root: Path,
    journal: Journal,
    free_floor: int,
    policy: ConflictResolution = ConflictResolution.ASK,
    keep_source: bool = False,
    progress: Progress | None = None,
    modes: Modes | None = None,
    replaces: Sequence[Path] = (),
    guard: Guard | None = None,
) -> Filed | Conflict | Skipped:
    """File `source` as `target` (both absolute, `target` below `library_root`); safe to repeat after a crash.

    Folders and files that exist in another case or composition of letters keep their spelling. `free_floor`
    are the bytes that a copy leaves free; the library's trash makes room if need be. `progress` gets (bytes
    done, bytes in all) while a copy runs, and may raise to stop it. `keep_source` is for files that are not
    ours to remove; they may then share their data with the library's. With the policy `replace` what has the
    name, and `replaces` (files of the library with other names), go to the trash. `guard` raises where the
    library is not the one it should be; it is called before anything is made in it.

    A file that is there already, byte for byte, counts as filed. Raise NoSpace, FilingFailed, NotFound or
    InvalidArgument; the source is then where it was.
    """
    _check_inside(target, library_root)
    try:
        with held(library_root) as still_there:
            checks = (guard, still_there) if guard is not None else (still_there,)
            target = existing_path(library_root, target)
            filing = _Filing(
                source,
                target,
                library_root,
                journal,
                free_floor,
                keep_source,
                progress,
                modes or Modes(),
                tuple(replaces),
                checks,
            )
            return filing.run(policy)
    except OSError as error:
        raise _explained(error, source, target, library_root) from error


def abandon(source: Path, earlier: Intent) -> None:
    """Undo a filing that was begun, never recorded, and is not wanted any more; the file is then at `source`.

    What is left of it in the library goes. Raises OSError.
    """
    folder = earlier.target.parent
    _partial(source, folder).unlink(missing_ok=True)
    if not os.path.lexists(source):
        _put_back(_whole(source, folder), source, earlier.size)
        return
    _whole(source, folder).unlink(missing_ok=True)
    target = earlier.target
    if is_regular(target) and is_linked(source, target) and not is_one_name(source, target):
        target.unlink()


@dataclass(frozen=True)
class _Filing:
    source: Path
    target: Path
    library_root: Path
    journal: Journal
    free_floor: int
    keep_source: bool
    progress: Progress | None
    modes: Modes
    replaces: tuple[Path, ...]
    checks: tuple[Guard, ...]

    def run(self, policy: ConflictResolution) -> Filed | Conflict | Skipped:
        earlier = self.journal.intended()
        if not os.path.lexists(self.source):
            return self._finished_earlier(earlier, policy)
        size = regular_size(self.source)
        candidates = list(self._candidates(policy))
        if earlier is not None:
            self._withdraw(earlier, candidates)
        for target in candidates:
            if not os.path.lexists(target):
                return self._bring(target, size, policy)
            if is_same(self.source, target):
                return self._found(target, size, policy)
        if policy is ConflictResolution.REPLACE and is_regular(self.target):
            return self._bring(self.target, size, policy)
        if policy is ConflictResolution.SKIP:
            return Skipped(self.target)
        return Conflict(self.target, size, self.target.lstat().st_size)

    def _candidates(self, policy: ConflictResolution) -> Iterable[Path]:
        yield self.target
        if policy is ConflictResolution.KEEP_BOTH:
            for number in range(2, _MOST_NUMBERED + 1):
                yield self.target.with_name(numbered(self.target.name, number))

    # -- what an earlier attempt left --------------------------------------------------------------------

    def _finished_earlier(
        self, earlier: Intent | None, policy: ConflictResolution
    ) -> Filed | Conflict | Skipped:
        """Handle a source that is gone: renamed before the record could be made, or lost by other hands.

        What was filed under a name that is no longer the right one is filed again, from there.
        """
        if earlier is not None and _put_back(
            _whole(self.source, earlier.target.parent), self.source, earlier.size
        ):
            return self.run(policy)
        if earlier is None or not has_size(earlier.target, earlier.size):
            raise NotFound("The file to be filed is gone", where=self.source, remedy="rip the title again")
        if earlier.target not in self._candidates(ConflictResolution.KEEP_BOTH):
            return replace(self, source=earlier.target, keep_source=False).run(policy)
        return self._settle(earlier.target, earlier.size, Way.ALREADY_THERE, mark_of(earlier.target))

    def _withdraw(self, earlier: Intent, candidates: Iterable[Path]) -> None:
        """Undo an attempt that stopped half-way: its copies, its claim of a name, and its file elsewhere.

        An intent is noted only for a name that was free, and the source is still here: nothing is lost.
        """
        for hidden in (_partial, _whole):
            hidden(self.source, earlier.target.parent).unlink(missing_ok=True)
        self._drop_placeholder(earlier)
        if self.keep_source or earlier.target in candidates or not os.path.lexists(earlier.target):
            return
        if is_same(self.source, earlier.target) and not is_one_name(self.source, earlier.target):
            earlier.target.unlink()

    def _drop_placeholder(self, earlier: Intent) -> None:
        """Remove the empty file with which an earlier attempt of ours claimed its name."""
        if earlier.size > 0 and is_regular(earlier.target) and earlier.target.lstat().st_size == 0:
            earlier.target.unlink()

    # -- bringing ----------------------------------------------------------------------------------------

    def _bring(self, target: Path, size: int, policy: ConflictResolution) -> Filed | Conflict:
        self._check()
        olds = self._olds(policy, target)
        try:
            if olds:
                return self._replace(target, size, olds)
            self.journal.intend(Intent(target, size))
            self.modes.make_folder(target.parent, self.library_root)
            way, mark = self._named(target, size)
        except FileExistsError:
            if not is_regular(target):
                raise
            return Conflict(target, size, target.stat().st_size)
        return self._settle(target, size, way, mark)

    def _replace(self, target: Path, size: int, olds: Mapping[Path, Mark]) -> Filed | Conflict:
        """Put files into the trash and this one in their place, when it is complete beside them.

        The intent is the hidden name as long as another file has the right one.
        """
        whole = _whole(self.source, target.parent)
        self.journal.intend(Intent(whole, size))
        self.modes.make_folder(target.parent, self.library_root)
        whole.unlink(missing_ok=True)
        try:
            way, mark = self._named(whole, size)
            durable.sync_folder(whole.parent)
            trashed = self._discard(olds, target)
            self._check()
            self.journal.intend(Intent(target, size))
            atomic.rename_noreplace(whole, target)
        finally:
            self._take_back(whole, size)
        return self._settle(target, size, way, mark, trashed)

    def _take_back(self, whole: Path, size: int) -> None:
        """Undo the first half of a replacement whose second failed."""
        with contextlib.suppress(OSError):
            if os.path.lexists(self.source):
                whole.unlink(missing_ok=True)
            else:
                _put_back(whole, self.source, size)

    def _olds(self, policy: ConflictResolution, target: Path) -> dict[Path, Mark]:
        """Give the files that this one replaces, as they are now."""
        if policy is not ConflictResolution.REPLACE:
            return {}
        named = dict.fromkeys((target, *self.replaces))
        return {old: mark_of(old) for old in named if is_regular(old) and not is_linked(self.source, old)}

    def _discard(self, olds: Mapping[Path, Mark], target: Path) -> tuple[TrashEntry, ...]:
        """Put files into the trash; those that are gone meanwhile need not.

        Raises FileExistsError, before any goes, where somebody put another one there, which nobody compared.
        """
        there = [old for old in olds if os.path.lexists(old)]
        for old in there:
            if not olds[old].is_of(old):
                raise FileExistsError(errno.EEXIST, "somebody put another file there meanwhile", str(old))
        trash = Trash(self.library_root, self.modes)
        return tuple(trash.put(old, replaced_by(target)) for old in there)

    def _found(self, target: Path, size: int, policy: ConflictResolution) -> Filed | Conflict:
        """Take a file of the library that is this one; what else it was to replace goes all the same."""
        olds = {old: mark for old, mark in self._olds(policy, target).items() if old != target}
        trashed = self._discard(olds, target)
        return self._settle(target, size, Way.ALREADY_THERE, mark_of(target), trashed)

    def _named(self, target: Path, size: int) -> tuple[Way, Mark]:
        """Give the file its name in the library; raises FileExistsError."""
        self._check()
        durable.sync_file(self.source)
        if not self.keep_source:
            self.modes.set_file(self.source)
        mark = mark_of(self.source)
        may_link = not self.keep_source or self.modes.can_share(self.source)
        if may_link and atomic.linked(self.source, target):
            return Way.LINK, mark
        if not self.keep_source and (way := self._renamed(target)):
            return way, mark
        return Way.COPY, self._copied(target, size)

    def _renamed(self, target: Path) -> Way | None:
        """Rename where there are no links; the noted intent tells a restart where the file went."""
        try:
            if atomic.renamed(self.source, target):
                return Way.RENAME
            atomic.rename_by_placeholder(self.source, target)
        except OSError as error:
            if error.errno not in _NO_RENAME:
                raise
            return None
        return Way.PLACEHOLDER

    def _copied(self, target: Path, size: int) -> Mark:
        """Copy under a hidden name, sync, compare, then rename."""
        partial = _partial(self.source, target.parent)
        partial.unlink(missing_ok=True)
        self._require_space(target.parent, size)
        before = mark_of(self.source)
        try:
            written = atomic.copy_new(self.source, partial, self._tell(size))
            if not written == size == partial.stat().st_size or mark_of(self.source) != before:
                why = f"{written} of {size} bytes, or it was changed meanwhile"
                remedy = "check the file system and try again"
                raise FilingFailed("The copy is not the file", where=target, why=why, remedy=remedy)
            self.modes.set_file(partial)
            mark = mark_of(partial)
            self._check()
            atomic.rename_noreplace(partial, target)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        return mark

    def _require_space(self, folder: Path, size: int) -> None:
        """Raise NoSpace unless a copy fits; the trash gives what it must."""
        needed = size + self.free_floor
        if atomic.free_bytes(folder) < needed:
            make_room([Trash(self.library_root)], needed)
        free = atomic.free_bytes(folder)
        if free < needed:
            why = f"{free} bytes are free, the file has {size}, and {self.free_floor} are to stay free"
            raise NoSpace("The library has too little space", where=folder, why=why, remedy="make room")

    def _tell(self, size: int) -> Callable[[int], None]:
        progress = self.progress
        return (lambda done: progress(done, size)) if progress is not None else (lambda _done: None)

    def _check(self) -> None:
        for check in self.checks:
            check()

    # -- recording ---------------------------------------------------------------------------------------

    def _settle(
        self, target: Path, size: int, way: Way, mark: Mark, trashed: tuple[TrashEntry, ...] = ()
    ) -> Filed | Conflict:
        durable.sync_file(target)
        durable.sync_folder(target.parent)
        if not mark.is_of(target):
            return self._was_replaced(target, size)
        self.journal.recorded(target)
        return Filed(target, size, way, self._remove_source(target, mark), trashed)

    def _was_replaced(self, target: Path, size: int) -> Conflict:
        """Handle a file that somebody put in the place of ours before it was recorded."""
        if not os.path.lexists(self.source):
            remedy = "rip the title again"
            raise NotFound("Somebody replaced the file in the library", where=target, remedy=remedy)
        return Conflict(target, size, target.lstat().st_size)

    def _remove_source(self, target: Path, mark: Mark) -> bool:
        if not os.path.lexists(self.source):
            return True
        if self.keep_source or is_one_name(self.source, target) or not mark.is_of(target):
            return False
        try:
            self.source.unlink()
        except OSError:
            return False  # the file is filed; what is left in staging goes with the staging folder
        return True


def _check_inside(target: Path, library_root: Path) -> None:
    inside = target.is_absolute() and library_root.is_absolute() and target.is_relative_to(library_root)
    if not inside or ".." in target.parts or target == library_root:
        raise InvalidArgument("The target is not below the library folder", where=target, why=library_root)


def _put_back(whole: Path, source: Path, size: int) -> bool:
    """Give a file that was renamed to its hidden name in the library its first name again."""
    if not has_size(whole, size):
        return False
    source.parent.mkdir(parents=True, exist_ok=True)
    atomic.rename_noreplace(whole, source)
    durable.sync_folder(source.parent)
    return True


def _partial(source: Path, folder: Path) -> Path:
    """Give the hidden name of a copy on its way; the same for each attempt of a machine: it cleans up."""
    return folder / _PARTIAL.format(_short(source))


def _whole(source: Path, folder: Path) -> Path:
    """Give the hidden name of a complete file that waits for its name."""
    return folder / _WHOLE.format(_short(source))


def _short(source: Path) -> str:
    return hashlib.sha256(os.fsencode(f"{os.uname().nodename}:{source}")).hexdigest()[:16]


def _explained(error: OSError, source: Path, target: Path, root: Path) -> EngramError:
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("The library is full", where=target.parent, why=why, remedy="make room")
    if error.errno == errno.EROFS:
        remedy = "mount it writable, or open the path in a drop-in of the service"
        return FilingFailed("The library is read-only", where=root, why=why, remedy=remedy)
    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = "let the user of the service write there, for example by its group"
        return FilingFailed(
            "The library may not be written", where=error.filename or root, why=why, remedy=remedy
        )
    remedy = f"{source} is unchanged; check the library and try again"
    return FilingFailed("The file could not be filed", where=target, why=why, remedy=remedy)
