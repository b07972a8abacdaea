"""What the bus needs of the rooms below: small protocols, so that it can be run with any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from engramd.conditions import Condition
from engramd.pipeline.options import RipOptions


class DriveView(Protocol):
    """A drive as people see it; `id` is an element of an object path, `job_id` the job that uses it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def vendor(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def serial(self) -> str: ...
    @property
    def port(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def media(self) -> str: ...
    @property
    def volume_label(self) -> str: ...
    @property
    def job_id(self) -> int | None: ...
    @property
    def free_at(self) -> datetime | None: ...
    @property
    def last_event(self) -> str: ...
    @property
    def last_decision(self) -> str: ...
    @property
    def policy(self) -> Mapping[str, Any]: ...


class Station(Protocol):
    """The façade of the pipeline. Every method may block, and raises EngramError; `actor` says who asks."""

    def rip(self, path: Path, options: RipOptions, actor: str) -> int:
        """Begin a job; give its number when its row is committed."""

    def cancel_job(self, job_id: int, actor: str) -> None:
        """Stop a job; what is finished is filed."""

    def eject_job(self, job_id: int, actor: str) -> None:
        """Open the tray of a job's drive."""

    def retry_job(self, job_id: int, actor: str) -> None:
        """Try again what failed."""

    def rematch_job(self, job_id: int, actor: str) -> None:
        """Match all titles again."""

    def clear_job(self, job_id: int, actor: str) -> None:
        """Take a finished job off the list."""

    def identify_job(self, job_id: int, hint: dict[str, object], actor: str) -> None:
        """Say what the disc is."""

    def assign_title(self, job_id: int, title_index: int, episode: str, actor: str) -> None:
        """Say which episode a title is."""

    def skip_title(self, job_id: int, title_index: int, actor: str) -> None:
        """Do not file a title."""

    def rip_title(self, job_id: int, title_index: int, actor: str) -> None:
        """Rip a title again."""

    def mark_extra(self, job_id: int, title_index: int, kind: str, actor: str) -> None:
        """Say that a title is an extra."""

    def set_edition(self, job_id: int, title_index: int, edition: str, actor: str) -> None:
        """Name a title's edition."""

    def resolve_conflict(self, job_id: int, title_index: int, choice: str, actor: str) -> None:
        """Decide about a file that is in the place of a title's."""

    def answer_review(self, review_id: int, answer: str, actor: str) -> None:
        """Answer a question."""

    def dismiss_review(self, review_id: int, actor: str) -> None:
        """Close a question without an answer."""

    def eject_drive(self, drive_id: str, actor: str) -> None:
        """Open a drive's tray."""

    def rescan_drive(self, drive_id: str, actor: str) -> None:
        """Look at a drive's disc again."""

    def set_drive_name(self, drive_id: str, name: str, actor: str) -> None:
        """Give a drive a name."""

    def clear_finished(self, actor: str) -> None:
        """Take all finished jobs off the list."""

    def check(self) -> list[dict[str, str]]:
        """Give the doctor's checks."""

    def drives(self) -> Sequence[DriveView]:
        """Give all drives."""

    def conditions(self) -> Sequence[Condition]:
        """Give what is lacking."""
