"""How a drive looks from outside: the registry's facts with what the pipeline does there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engramd.drives.model import Drive
from engramd.models import DriveRecord
from engramd.pipeline.holds import Hold


@dataclass(frozen=True)
class DriveView:
    """A drive for clients.

    `free_at` is when its rip is expected to end, `job_id` the job it has in hand; while somebody `holds` it,
    nothing is begun with its discs.
    """

    id: str
    name: str
    device: str
    vendor: str
    model: str
    serial: str
    port: str
    state: str
    media: str
    volume_label: str
    job_id: int | None = None
    free_at: datetime | None = None
    last_event: str = ""
    last_decision: str = ""
    policy: Mapping[str, object] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True)
class Told:
    """The last thing that happened at a drive, and what was made of it."""

    event: str = ""
    decision: str = ""


def drive_view(
    drive: Drive,
    record: DriveRecord,
    job_id: int | None,
    free_at: datetime | None,
    told: Told,
    holds: tuple[Hold, ...] = (),
) -> DriveView:
    """Join what is known of a drive."""
    return DriveView(
        id=drive.id,
        name=record.name or " ".join(filter(None, (drive.vendor, drive.model))) or drive.device,
        device=drive.device,
        vendor=drive.vendor,
        model=drive.model,
        serial=drive.serial,
        port=drive.port,
        state=drive.state.value,
        media=drive.media.value,
        volume_label=drive.label,
        job_id=job_id,
        free_at=free_at,
        last_event=told.event,
        last_decision=told.decision,
        policy={
            "on_insert": record.on_insert.value,
            "eject": record.eject.value,
            "speed": record.speed,
        },
        capabilities=(*drive.reads, *drive.abilities),
        holds=holds,
    )
