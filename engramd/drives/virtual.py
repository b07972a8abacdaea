"""Drives that are none: an image or folder that is ripped by hand has one as long as its job lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from engramd.discs.model import Media
from engramd.drives.model import Drive, DriveState
from engramd.errors import NotFound
from engramd.events import DriveAdded, DriveChanged, DriveRemoved, Event


class VirtualDrives:
    """The virtual drives by job, for any thread. Their identity and id are `virtual_<job>`."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._drives: dict[int, Drive] = {}

    def add(self, job_id: int, path: str, *, media: Media = Media.DATA, label: str = "") -> Drive:
        """Make a job's drive; `path` is the image or folder. One that exists is kept as it is."""
        name = f"virtual_{job_id}"
        with self._lock:
            if job_id in self._drives:
                return self._drives[job_id]
            drive = Drive(
                name,
                name,
                path,
                model="image",
                state=DriveState.READY,
                media=media,
                label=label,
                virtual=True,
            )
            self._drives[job_id] = drive
        self._publish(DriveAdded(name))
        return drive

    def change(
        self,
        job_id: int,
        *,
        state: DriveState | None = None,
        media: Media | None = None,
        label: str | None = None,
    ) -> None:
        """Record what is known anew; a drive that is gone is ignored."""
        with self._lock:
            old = self._drives.get(job_id)
            if old is None:
                return
            new = replace(
                old,
                state=state or old.state,
                media=media or old.media,
                label=old.label if label is None else label,
            )
            self._drives[job_id] = new
        if new != old:
            self._publish(DriveChanged(new.identity))

    def remove(self, job_id: int) -> None:
        """Forget a job's drive, if it has one."""
        with self._lock:
            drive = self._drives.pop(job_id, None)
        if drive is not None:
            self._publish(DriveRemoved(drive.identity))

    def get(self, job_id: int) -> Drive:
        """Give a job's drive. Raises NotFound."""
        with self._lock:
            if job_id not in self._drives:
                raise NotFound("the job has no drive of its own", where=job_id)
            return self._drives[job_id]

    def drives(self) -> list[Drive]:
        """All of them, by job."""
        with self._lock:
            return [self._drives[job_id] for job_id in sorted(self._drives)]
