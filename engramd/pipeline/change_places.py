"""The rows that say where things lie, as they follow the files of a change; each within a session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from engramd.models import ChangeStep, LibraryFolder, Sidecar, SidecarLack
from engramd.organize.sidecars import is_beside, renamed


def follow_files(session: Session, steps: Sequence[ChangeStep], *, back: bool) -> None:
    """Let the rows of what lies beside titles lead to where that is now, in a trash too: it may come back."""
    ways = {step.old_path: step.new_path for step in steps if step.old_path}
    ways = {new: old for old, new in ways.items()} if back else ways
    for row in session.exec(select(Sidecar).where(col(Sidecar.path).in_(ways))).all():
        row.path = ways[row.path]
        session.add(row)
    for step in steps:
        if step.title_id is not None and step.old_path:
            old, new = Path(step.old_path), Path(step.new_path)
            for lack in session.exec(select(SidecarLack).where(SidecarLack.title_id == step.title_id)).all():
                _follow_lack(session, lack, *((new, old) if back else (old, new)))


def _follow_lack(session: Session, lack: SidecarLack, old: Path, new: Path) -> None:
    path = Path(lack.path)
    if is_beside(path, old):
        lack.path = str(renamed(path, old, new))
        session.add(lack)


def rename_folder(session: Session, root: str, old: str, new: str) -> None:
    """Let the row of a work's folder be that of its new one; what that was before is the same work."""
    wanted = select(LibraryFolder).where(LibraryFolder.root == root)
    row = session.exec(wanted.where(LibraryFolder.folder == old)).first()
    taken = session.exec(wanted.where(LibraryFolder.folder == new)).first()
    if row is None or row is taken:
        return
    if taken is not None:
        session.delete(taken)
        session.flush()
    row.folder = new
    session.add(row)
