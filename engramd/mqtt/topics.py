"""The topics: all that is published is below one base, but for what Home Assistant is told."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.bus import names


@dataclass(frozen=True)
class Topics:
    """The topics of one station; a drive's id is the last element of its object path (letters, digits, _)."""

    base: str
    prefix: str

    @property
    def node(self) -> str:
        """What this station is called in identifiers; another base topic gives another one."""
        return names.escape(self.base)

    @property
    def availability(self) -> str:
        """`online` while the states below are those of the daemon, else `offline`; retained."""
        return f"{self.base}/availability"

    @property
    def station(self) -> str:
        """The state of the station, as JSON; retained."""
        return f"{self.base}/station"

    @property
    def event(self) -> str:
        """What happens, as JSON; not retained."""
        return f"{self.base}/event"

    @property
    def every_drive(self) -> str:
        """The states of all drives, as a subscription."""
        return f"{self.base}/drives/+"

    @property
    def every_command(self) -> str:
        """The commands of all drives, as a subscription."""
        return f"{self.base}/drives/+/eject"

    def drive(self, drive_id: str) -> str:
        """Give the topic of a drive's state, as JSON; retained."""
        return f"{self.base}/drives/{drive_id}"

    def eject(self, drive_id: str) -> str:
        """Give the topic of the command that opens the tray."""
        return f"{self.drive(drive_id)}/eject"

    def drive_of(self, topic: str) -> str:
        """Give the drive that a topic is of; empty: it is of none."""
        start = f"{self.base}/drives/"
        return topic.removeprefix(start).partition("/")[0] if topic.startswith(start) else ""

    def is_command(self, topic: str) -> bool:
        """Whether a topic is that of a command."""
        return topic == self.eject(self.drive_of(topic))

    def discovery(self, drive_id: str = "") -> str:
        """Give the topic by which Home Assistant learns of a drive, or of the station."""
        return f"{self.prefix}/device/{self.object_id(drive_id)}/config"

    def object_id(self, drive_id: str = "") -> str:
        """Give the identifier of the device that stands for a drive, or for the station."""
        return f"{self.node}_drive_{drive_id}" if drive_id else self.node
