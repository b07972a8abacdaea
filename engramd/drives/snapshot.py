"""What one udev property set says of a drive; empty, absent and `0` mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engramd.discs.model import Media

_ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_BLURAY = "ID_CDROM_MEDIA_BD"
_DVD = "ID_CDROM_MEDIA_DVD"
#: What a drive says that it reads.
_READS = {"cd": "ID_CDROM_CD", "dvd": "ID_CDROM_DVD", "bluray": "ID_CDROM_BD"}


@dataclass(frozen=True)
class DriveSnapshot:
    """A drive and its disc as of one event.

    `media` is a guess from the drive's profile: a small image of a DVD-Video looks like a CD and is
    `data`, UHD looks like `bluray`; `unclosed` is one that more can be written to, and that need not be
    readable. `reads` are the kinds of discs that the drive takes. `eject_request` and `media_change` belong
    to the event, not to the drive.
    """

    device: str
    sysfs_path: str
    identity: str
    vendor: str = ""
    model: str = ""
    serial: str = ""
    port: str = ""
    diskseq: int | None = None
    media: Media = Media.NONE
    label: str = ""
    audio_tracks: int = 0
    data_tracks: int = 0
    reads: tuple[str, ...] = ()
    eject_request: bool = False
    media_change: bool = False

    @property
    def loaded(self) -> bool:
        """Whether there is a disc."""
        return self.media is not Media.NONE


def snapshot_of(properties: Mapping[str, str]) -> DriveSnapshot:
    """Read udev's properties of an optical drive (`ID_CDROM_*` as cdrom_id of systemd sets them)."""
    value = _Properties(properties)
    return DriveSnapshot(
        device=value.text("DEVNAME"),
        sysfs_path=sysfs_path(properties),
        identity=_identity(value),
        vendor=_unescape(value.text("ID_VENDOR_ENC")).strip() or value.text("ID_VENDOR").replace("_", " "),
        model=_unescape(value.text("ID_MODEL_ENC")).strip() or value.text("ID_MODEL").replace("_", " "),
        serial=value.text("ID_SERIAL_SHORT"),
        port=value.text("ID_PATH"),
        diskseq=value.number("DISKSEQ") or None,
        media=_media(value),
        label=_label(value),
        audio_tracks=value.number("ID_CDROM_MEDIA_TRACK_COUNT_AUDIO"),
        data_tracks=value.number("ID_CDROM_MEDIA_TRACK_COUNT_DATA"),
        reads=tuple(kind for kind, name in _READS.items() if value.flag(name)),
        eject_request=value.flag("DISK_EJECT_REQUEST"),
        media_change=value.flag("DISK_MEDIA_CHANGE"),
    )


def is_optical(properties: Mapping[str, str], prefix: str = "sr") -> bool:
    """Whether the device is a whole optical drive that udev has examined."""
    value = _Properties(properties)
    name = (value.text("DEVNAME") or value.text("DEVPATH")).rpartition("/")[2]
    return name.startswith(prefix) and value.text("DEVTYPE") in ("", "disk") and value.flag("ID_CDROM")


def sysfs_path(properties: Mapping[str, str]) -> str:
    """Give the device's folder in sysfs, which names it as long as it is plugged in."""
    return "/sys" + properties.get("DEVPATH", "").removeprefix("/sys")


class _Properties:
    def __init__(self, properties: Mapping[str, str]) -> None:
        self._properties = properties

    def raw(self, name: str) -> str:
        return self._properties.get(name, "")

    def text(self, name: str) -> str:
        value = self.raw(name).strip()
        return "" if value == "0" else value

    def flag(self, name: str) -> bool:
        return bool(self.text(name))

    def number(self, name: str) -> int:
        value = self.text(name)
        return int(value) if value.isascii() and value.isdigit() else 0

    def any_of(self, prefix: str) -> bool:
        """Whether a flag `prefix` or `prefix_…` is set."""
        return any(
            self.flag(name) for name in self._properties if name == prefix or name.startswith(prefix + "_")
        )


def _identity(value: _Properties) -> str:
    # Without a serial of its own ID_SERIAL is only the model's name, which two drives can share.
    if value.flag("ID_SERIAL_SHORT"):
        return value.text("ID_SERIAL") or value.text("ID_SERIAL_SHORT")
    return value.text("ID_PATH") or value.text("ID_SERIAL") or value.text("DEVPATH")


def _media(value: _Properties) -> Media:
    if not value.flag("ID_CDROM_MEDIA"):
        return Media.NONE
    if value.text("ID_CDROM_MEDIA_STATE") == "blank":
        return Media.BLANK
    audio = value.number("ID_CDROM_MEDIA_TRACK_COUNT_AUDIO")
    if value.text("ID_CDROM_MEDIA_STATE") == "appendable" and not audio:
        return Media.UNCLOSED
    if value.any_of(_BLURAY):
        return Media.BLURAY
    if value.any_of(_DVD):
        return Media.DVD
    # A burned audio disc has the profile of any CD-R, so only its tracks tell.
    return Media.AUDIO if audio else Media.DATA


def _label(value: _Properties) -> str:
    return (_unescape(value.raw("ID_FS_LABEL_ENC")) or value.raw("ID_FS_LABEL")).strip()


def _unescape(text: str) -> str:
    raw = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text.encode(errors="surrogateescape"))
    return raw.decode(errors="replace")
