"""Property sets of udev: recorded in virtual machines with QEMU's drives, and after systemd's rules."""

from __future__ import annotations

DRIVE = {
    "ACTION": "change",
    "DEVNAME": "/dev/sr0",
    "DEVPATH": "/devices/pci0000:00/0000:00:04.0/virtio1/host2/target2:0:0/2:0:0:0/block/sr0",
    "DEVTYPE": "disk",
    "DISKSEQ": "9",
    "ID_BUS": "scsi",
    "ID_CDROM": "1",
    "ID_CDROM_DVD": "1",
    "ID_MODEL": "QEMU_DVD-ROM",
    "ID_MODEL_ENC": r"QEMU\x20DVD-ROM\x20\x20\x20\x20",
    "ID_PATH": "pci-0000:00:04.0-scsi-0:0:0:0",
    "ID_SERIAL": "0QEMU_QEMU_DVD-ROM_K1-88",
    "ID_SERIAL_SHORT": "K1-88",
    "ID_VENDOR": "QEMU",
    "ID_VENDOR_ENC": r"QEMU\x20\x20\x20\x20",
    "MAJOR": "11",
    "MINOR": "0",
    "SUBSYSTEM": "block",
}
EMPTY = DRIVE | {"SYSTEMD_READY": "0"}
_TRACK = {
    "ID_CDROM_MEDIA": "1",
    "ID_CDROM_MEDIA_SESSION_COUNT": "1",
    "ID_CDROM_MEDIA_TRACK_COUNT": "1",
    "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "1",
}
_FILES = {
    "ID_FS_LABEL": "DISC_ONE",
    "ID_FS_LABEL_ENC": "DISC_ONE",
    "ID_FS_TYPE": "udf",
    "ID_FS_UUID": "66a0fc50314a3d52",
}
_CHANGE = {"DISK_MEDIA_CHANGE": "1"}

#: A small image looks like a pressed CD: no MEDIA_STATE.
CD_LIKE = DRIVE | _TRACK | _FILES | _CHANGE | {"ID_CDROM_MEDIA_CD": "1", "DISKSEQ": "10"}
DVD = (
    DRIVE
    | _TRACK
    | _FILES
    | _CHANGE
    | {"ID_CDROM_MEDIA_DVD": "1", "ID_CDROM_MEDIA_STATE": "complete", "DISKSEQ": "10"}
)
BLURAY = (
    DRIVE | _TRACK | _CHANGE | {"ID_CDROM_MEDIA_BD": "1", "ID_CDROM_MEDIA_STATE": "complete", "DISKSEQ": "10"}
)
DVD_PLUS_RW = DRIVE | _TRACK | {"ID_CDROM_MEDIA_DVD_PLUS_RW": "1", "ID_CDROM_MEDIA_STATE": "complete"}
BLANK_BD_R = DRIVE | {
    "ID_CDROM_MEDIA": "1",
    "ID_CDROM_MEDIA_BD_R": "1",
    "ID_CDROM_MEDIA_STATE": "blank",
}
AUDIO_CD = DRIVE | {
    "ID_CDROM_MEDIA": "1",
    "ID_CDROM_MEDIA_CD": "1",
    "ID_CDROM_MEDIA_TRACK_COUNT": "14",
    "ID_CDROM_MEDIA_TRACK_COUNT_AUDIO": "14",
}
BURNED_AUDIO_CD = DRIVE | {
    "ID_CDROM_MEDIA": "1",
    "ID_CDROM_MEDIA_CD_R": "1",
    "ID_CDROM_MEDIA_STATE": "complete",
    "ID_CDROM_MEDIA_TRACK_COUNT_AUDIO": "9",
}
NO_TRACKS = DRIVE | {"ID_CDROM_MEDIA": "1", "ID_CDROM_MEDIA_CD": "1"}
#: The button: the disc is still in, and udev does not look for it.
EJECT_REQUEST = DRIVE | {"DISK_EJECT_REQUEST": "1", "DISKSEQ": "10"}
TAKEN_OUT = EMPTY | _CHANGE | {"DISKSEQ": "11"}
RE_INSERTED = DVD | {"DISKSEQ": "12"}
SWAPPED = DVD | {"DISKSEQ": "11", "ID_FS_LABEL": "DISC_TWO", "ID_FS_LABEL_ENC": "DISC_TWO"}
#: `udevadm trigger`, or an upgrade of udev: nothing changed.
SYNTHETIC = {key: value for key, value in DVD.items() if key != "DISK_MEDIA_CHANGE"} | {
    "SYNTH_UUID": "1f0e2c64-1111-4a5e-9d2e-0f6a7a3d3f10"
}
#: The same while a ripper holds the drive, so that udev's probe found nothing.
PROBE_FAILED = DRIVE | {"DISKSEQ": "10"}
HARD_DISK = {
    "DEVNAME": "/dev/sda",
    "DEVTYPE": "disk",
    "DEVPATH": "/devices/x/block/sda",
    "SUBSYSTEM": "block",
}


def without_diskseq(properties: dict[str, str]) -> dict[str, str]:
    """Give the set as a kernel before 5.15 sends it."""
    return {key: value for key, value in properties.items() if key != "DISKSEQ"}


def of_other_drive(properties: dict[str, str], **changes: str) -> dict[str, str]:
    """Give the set for a second drive."""
    other = {
        "DEVNAME": "/dev/sr1",
        "DEVPATH": DRIVE["DEVPATH"].replace("sr0", "sr1").replace("2:0:0:0", "2:0:1:0"),
        "ID_PATH": "pci-0000:00:04.0-scsi-0:0:1:0",
    }
    return properties | other | changes
