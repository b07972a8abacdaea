"""What happens at drives, and what people do with them: insertions become jobs, removals stop them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlmodel import select

from engramd.drives.abilities import SPEED
from engramd.drives.ids import object_id
from engramd.drives.model import Drive, DriveState, Insertion
from engramd.drives.names import Called, checked_name
from engramd.drives.ports import PortsInFile
from engramd.drives.ready import eject_disc
from engramd.drives.registry import DriveRegistry
from engramd.drives.virtual import VirtualDrives
from engramd.errors import Busy, InvalidArgument, NoMedium, NotFound, WrongState
from engramd.events import DriveChanged, Happened, HintsChanged, RipProgress
from engramd.models import DiscJob, DriveRecord, InsertPolicy
from engramd.models.base import utcnow
from engramd.pipeline.at_drives import AtDrives, why_left
from engramd.pipeline.holds import Hold, Holds
from engramd.pipeline.parts import Parts
from engramd.pipeline.runs import AT_DISC, DONE, EJECT, DiscRun
from engramd.pipeline.stops import Stop
from engramd.pipeline.views import DriveView, Told, drive_view

log = structlog.get_logger(__name__)


class DriveDesk:
    """The listener of the drive registry, and the owner of what works at drives.

    `on_insertion`, `on_removal` and `on_eject_request` are called from udev's thread and return soon.
    """

    def __init__(self, parts: Parts, run: DiscRun) -> None:
        self._parts = parts
        ports = PortsInFile(parts.paths.state / "drives.json")
        self.registry = DriveRegistry(self, parts.hub.publish, ports=ports)
        self._virtual = VirtualDrives(parts.hub.publish)
        self.at_drives = AtDrives(parts, run, lambda: self.registry, self._virtual, self._tell)
        self._holds = Holds()
        self._put_off: set[str] = set()
        self._told: dict[str, Told] = {}
        self._free_at: dict[int, datetime] = {}
        self._lock = threading.Lock()
        self._naming = threading.Lock()

    def on_insertion(self, insertion: Insertion) -> None:
        """Make a job for a disc that is new, or go on with the one that it has.

        A disc that follows the opening of the tray at once is looked at first: it may have been pulled in.
        """
        if held := self.held_by(insertion.identity):
            self._tell(insertion.identity, "disc inserted", f"it waits, since the drive is held by {held}")
            self.put_off(insertion.identity)
        elif not insertion.at_start and self.at_drives.trays.may_be_pulled_in(insertion.identity):
            self.at_drives.look_whether_new(
                insertion, lambda: self._take(insertion), lambda: self._pulled_in(insertion)
            )
        else:
            self._take(insertion)

    def _pulled_in(self, insertion: Insertion) -> None:
        self.registry.set_state(insertion.identity, DriveState.READY)
        why = "the tray pulled itself in with the disc that was given back: nothing is done"
        self._tell(insertion.identity, "disc is in the drive", why)

    def _take(self, insertion: Insertion) -> None:
        key = insertion.key
        record = self._parts.store.drive(insertion.identity)
        known = self._parts.store.job_of_insertion(key.boot_id, key.drive_identity, key.diskseq)
        if known is not None:
            self._meet_again(insertion, known, record.on_insert)
        elif record.on_insert is InsertPolicy.IGNORE:
            self._tell(insertion.identity, "disc inserted", "ignored, as the drive's policy says")
        elif insertion.at_start and not self._parts.settings.current.rip_discs_at_start:
            self._tell(
                insertion.identity, "disc was there at start", "left alone (rip_discs_at_start is off)"
            )
        else:
            self._begin(insertion, record.on_insert)

    def on_removal(self, identity: str, reason: str) -> None:
        """Stop what runs at the drive; what is ripped stays."""
        self.at_drives.stop_drive(identity, Stop.REMOVED)
        self._parts.conditions.clear(EJECT, object_id(identity))
        self._tell(identity, reason, "")

    def on_eject_request(self, identity: str) -> None:
        """Stop in order, since udev opens the tray."""
        self.at_drives.trays.forget(identity)
        self.at_drives.stop_drive(identity, Stop.EJECTED)
        self._tell(identity, "the eject button was pressed", "")

    def drives(self) -> list[DriveView]:
        """Give every drive, real ones first."""
        return [self._view(drive) for drive in [*self.registry.drives(), *self._virtual.drives()]]

    def eject(self, drive_id: str, actor: str) -> None:
        """Stop the drive's rip in order, and open its tray."""
        drive = self._need(drive_id)
        self.at_drives.trays.forget(drive.identity)
        self.at_drives.stop_drive(drive.identity, Stop.EJECTED)
        eject_disc(self._parts.tray(drive.device))
        self._tell(drive.identity, f"ejected by {actor}", "")

    def rescan(self, drive_id: str, actor: str) -> None:
        """Handle the disc that is in the drive (again)."""
        drive = self._need(drive_id)
        insertion = self.registry.insertion(drive.identity)
        if insertion is None:
            raise NoMedium("there is no disc in the drive", where=drive.device, remedy="insert the disc")
        self.refuse_while_held(drive.identity, drive.device)
        log.info("rescan", drive=drive.device, actor=actor)
        self.at_drives.trays.forget(drive.identity)
        self.on_insertion(insertion)

    def set_name(self, drive_id: str, name: str, actor: str) -> None:
        """Give a drive a name of one's own; empty: its model again. Raises InvalidArgument."""
        drive = self._need(drive_id)
        with self._naming:
            others = [self._called(one) for one in self.registry.drives() if one.identity != drive.identity]
            name = checked_name(name, self._called(drive), others)
            self._record_name(drive.identity, name)
        log.info("a drive was named", drive=drive.device, name=name, actor=actor)
        self._parts.hub.publish(DriveChanged(drive.identity))
        self._say(drive.identity, f"named {name} by {actor}" if name else f"{actor} took its name away")
        self._parts.hub.publish(HintsChanged())  # their sentences name drives

    def set_policy(self, drive_id: str, said: Mapping[str, object], actor: str) -> None:
        """Say what a drive does with a disc: `on_insert`, `eject` and `speed`, which counts at once.

        Raises InvalidArgument, or WrongState for a speed that cannot be set.
        """
        drive = self._need(drive_id)
        if not said:
            raise InvalidArgument("nothing is said about the drive", remedy="on_insert, eject or speed")
        record = self._parts.store.drive(drive.identity)
        if record.speed:
            self.at_drives.speeds.had_limit(drive.identity)
        for name, value in DriveRecord.validated(said).items():
            setattr(record, name, value)
        if "speed" in said:
            self._set_speed(drive, record.speed)
        self._parts.store.save(record)
        log.info("a drive got a policy", drive=drive.device, policy=dict(said), actor=actor)
        self._parts.hub.publish(DriveChanged(drive.identity))
        self._say(drive.identity, f"{actor} set " + ", ".join(f"{k} to {v}" for k, v in said.items()))

    def inhibit(self, drive_id: str, holder: str, hold: Hold) -> None:
        """Begin nothing with a drive's discs from now on; what is at work there goes on.

        Raises InvalidArgument, and Busy where too many hold it.
        """
        drive = self._need(drive_id)
        self._holds.add(drive.identity, holder, hold)
        self._tell(drive.identity, f"held by {hold.words}", f"nothing is begun, as {hold.actor} wants it")

    def uninhibit(self, drive_id: str, holder: str) -> None:
        """End a holder's hold of a drive. Raises WrongState if it has none."""
        drive = self._need(drive_id)
        if self._holds.end(drive.identity, holder):
            self._take_up(drive.identity)
        else:
            self._parts.hub.publish(DriveChanged(drive.identity))

    def holder_left(self, holder: str) -> None:
        """End all holds of one who is gone."""
        for identity in self._holds.end_all(holder):
            if self._holds.of(identity):
                self._parts.hub.publish(DriveChanged(identity))
            else:
                self._take_up(identity)

    def held_by(self, identity: str) -> str:
        """Say who holds a drive; empty where nobody does."""
        return " and by ".join(hold.words for hold in self._holds.of(identity))

    def put_off(self, identity: str) -> None:
        """Have the disc of a drive that was held looked at when it is free again, which it may be by now."""
        with self._lock:
            self._put_off.add(identity)
        if not self._holds.of(identity):
            self._take_up(identity)

    def refuse_while_held(self, identity: str, device: str) -> None:
        """Raise Busy while somebody holds the drive."""
        if held := self.held_by(identity):
            raise Busy("the drive is held", where=device, why=f"by {held}", remedy="wait for its end")

    def _take_up(self, identity: str) -> None:
        """Begin with the disc that came into a drive while it was held, if it is there still."""
        with self._lock:
            was_put_off = identity in self._put_off
            self._put_off.discard(identity)
        self._tell(identity, "nobody holds it any more", "")
        insertion = self.insertion_in(identity) if was_put_off else None
        if insertion is not None:
            self.on_insertion(insertion)

    def _set_speed(self, drive: Drive, times: int) -> None:
        """Tell a drive with a disc how fast it is to read; of others only what is known already is asked."""
        if times and drive.abilities and SPEED not in drive.abilities:
            raise WrongState("this drive does not let its speed be set", where=drive.device)
        if drive.key is not None and drive.state is not DriveState.STUCK:
            tray = self._parts.tray(drive.device)
            self.at_drives.speeds.apply(tray, drive.identity, times, drive.media)

    def note_progress(self, event: RipProgress) -> None:
        """Keep when the drive of a rip is expected to be free."""
        if event.seconds_left is not None:
            with self._lock:
                self._free_at[event.job_id] = utcnow() + timedelta(seconds=event.seconds_left)

    def forget_progress(self, job_id: int) -> None:
        """Forget what was kept of a job that has ended."""
        with self._lock:
            self._free_at.pop(job_id, None)

    def put_back(self, job: DiscJob) -> bool:
        """Take up a job that a person began for the disc in a drive; false if there is no disc for it.

        Jobs of insertions are not meant: their discs are told as insertions.
        """
        insertion = self.insertion_in(job.drive_identity or "")
        if job.diskseq is not None or insertion is None:
            return False
        self.at_drives.put_disc(job.id or 0, insertion)
        return True

    def insertion_in(self, identity: str) -> Insertion | None:
        """Give the disc that is in a drive; None if it has none, or is gone itself."""
        try:
            return self.registry.insertion(identity)
        except NotFound:
            return None

    def identity_of(self, named: str) -> str:
        """Give the identity of the drive that a person names: by name, device (`sr0`), id or serial.

        Raises NotFound, and InvalidArgument where several drives are meant.
        """
        found = [drive for drive in self.registry.drives() if self._called(drive).fits(named)]
        if not found:
            raise NotFound("there is no such drive", where=named, remedy="see engramctl drives")
        if len(found) > 1:
            devices = ", ".join(drive.device for drive in found)
            raise InvalidArgument("several drives are called so", where=named, remedy=f"say which: {devices}")
        return found[0].identity

    def _called(self, drive: Drive) -> Called:
        ids = tuple(filter(None, (drive.id, drive.identity, drive.serial)))
        return Called(self._view(drive).name, drive.device, ids)

    def _words_for(self, insertion: Insertion) -> str:
        name = self._parts.store.drive(insertion.identity).name
        return f"{name} ({insertion.device})" if name else insertion.device

    def _record_name(self, identity: str, name: str) -> None:
        """Keep a drive's name; one that had it and is not there any more loses it."""
        station = self._parts.store.scope
        with self._parts.store.write() as session:
            for record in session.exec(select(DriveRecord).where(DriveRecord.station == station)):
                if name and record.name.casefold() == name.casefold():
                    record.name = ""
            known = session.get(DriveRecord, (station, identity))
            record = known or DriveRecord(station=station, identity=identity)
            record.name = name
            session.add(record)

    def _begin(self, insertion: Insertion, policy: InsertPolicy) -> None:
        key = insertion.key
        job = DiscJob(
            drive_id=insertion.device,
            volume_label=insertion.label,
            media=insertion.media.value,
            boot_id=key.boot_id,
            drive_identity=key.drive_identity,
            diskseq=key.diskseq,
        )
        job_id = self._parts.lifecycle.create_job(
            job, reason=f"a disc was inserted in {self._words_for(insertion)}", takes_hint=True
        )
        if job_id is None:
            return
        log.info("disc inserted", job=job_id, drive=insertion.device, label=insertion.label)
        self.at_drives.put_disc(job_id, insertion, policy)
        self._tell(insertion.identity, "disc inserted", f"job {job_id} begins")

    def _meet_again(self, insertion: Insertion, known: DiscJob, policy: InsertPolicy) -> None:
        job_id = known.id or 0
        if known.state in DONE:
            why = why_left(known)
            told = f"it was job {job_id}: {why}" if why else f"it was job {job_id} ({known.state})"
            self._tell(insertion.identity, "disc is in the drive", told)
            return
        if known.state in AT_DISC:
            self.at_drives.put_disc(job_id, insertion, policy)
        self._tell(insertion.identity, "disc is in the drive", f"job {job_id} goes on")

    def _need(self, drive_id: str) -> Drive:
        drive = self.registry.by_id(drive_id)
        if drive is None:
            raise NotFound("there is no such drive", where=drive_id, remedy="see engramctl drives")
        return drive

    def _view(self, drive: Drive) -> DriveView:
        job_id = self.at_drives.job_at(drive.identity)
        with self._lock:
            told = self._told.get(drive.identity, Told())
            free_at = self._free_at.get(job_id) if job_id else None
        record, holds = self._parts.store.drive(drive.identity), self._holds.of(drive.identity)
        return drive_view(drive, record, job_id, free_at, told, holds)

    def _tell(self, identity: str, event: str, decision: str) -> None:
        with self._lock:
            self._told[identity] = Told(event, decision)
        self._parts.hub.publish(DriveChanged(identity))
        self._say(identity, f"{event}: {decision}" if decision else event)

    def _say(self, identity: str, sentence: str) -> None:
        self._parts.hub.publish(Happened("drive", sentence, drive_id=identity))
