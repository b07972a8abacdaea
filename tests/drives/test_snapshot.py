from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.model import Media
from engramd.drives.model import object_id
from engramd.drives.snapshot import is_optical, snapshot_of
from tests.drives import records


@pytest.mark.parametrize(
    ("properties", "media"),
    [
        (records.EMPTY, Media.NONE),
        (records.DVD, Media.DVD),
        (records.DVD_PLUS_RW, Media.DVD),
        (records.BLURAY, Media.BLURAY),
        (records.BLANK_BD_R, Media.BLANK),
        (records.AUDIO_CD, Media.AUDIO),
        (records.BURNED_AUDIO_CD, Media.AUDIO),
        (records.CD_LIKE, Media.DATA),
        (records.NO_TRACKS, Media.DATA),
        (records.DVD | {"ID_CDROM_MEDIA_STATE": "appendable"}, Media.UNCLOSED),
        (records.BURNED_AUDIO_CD | {"ID_CDROM_MEDIA_STATE": "appendable"}, Media.AUDIO),
        (records.TAKEN_OUT, Media.NONE),
        (records.EJECT_REQUEST, Media.NONE),
    ],
)
def test_the_kind_of_disc_is_told_by_the_profile_and_the_tracks(
    properties: dict[str, str], media: Media
) -> None:
    assert snapshot_of(properties).media is media


def test_an_inserted_dvd_is_read_whole() -> None:
    found = snapshot_of(records.DVD)
    assert (found.device, found.label, found.diskseq) == ("/dev/sr0", "DISC_ONE", 10)
    assert (found.vendor, found.model, found.serial) == ("QEMU", "QEMU DVD-ROM", "K1-88")
    assert found.port == "pci-0000:00:04.0-scsi-0:0:0:0"
    assert found.sysfs_path == "/sys" + records.DRIVE["DEVPATH"]
    assert found.media_change
    assert not found.eject_request
    assert snapshot_of(records.EJECT_REQUEST).eject_request


@pytest.mark.parametrize("nothing", ["", "0"])
def test_empty_and_zero_are_the_same_as_absent(nothing: str) -> None:
    keys = ("ID_CDROM_MEDIA", "ID_CDROM_MEDIA_DVD", "DISK_EJECT_REQUEST", "DISK_MEDIA_CHANGE", "DISKSEQ")
    absent = {key: value for key, value in records.DVD.items() if key not in keys}
    assert snapshot_of(records.DVD | dict.fromkeys(keys, nothing)) == snapshot_of(absent)


def test_a_label_keeps_its_spaces_and_letters() -> None:
    encoded = {"ID_FS_LABEL_ENC": r"The\x20Show\x20S\xc3\xa9rie", "ID_FS_LABEL": "The_Show_Série"}
    assert snapshot_of(records.DVD | encoded).label == "The Show Série"
    assert snapshot_of(records.DVD | {"ID_FS_LABEL_ENC": "0"}).label == "0"
    only_plain = {key: value for key, value in records.DVD.items() if key != "ID_FS_LABEL_ENC"}
    assert snapshot_of(only_plain).label == "DISC_ONE"


def test_a_drive_without_a_serial_is_known_by_its_port_and_not_by_its_model() -> None:
    bare = {key: value for key, value in records.DRIVE.items() if key != "ID_SERIAL_SHORT"}
    assert snapshot_of(records.DRIVE).identity == "0QEMU_QEMU_DVD-ROM_K1-88"
    assert snapshot_of(bare).identity == "pci-0000:00:04.0-scsi-0:0:0:0"
    assert snapshot_of(bare | {"ID_PATH": ""}).identity == "0QEMU_QEMU_DVD-ROM_K1-88"
    assert snapshot_of(bare | {"ID_PATH": "", "ID_SERIAL": ""}).identity == records.DRIVE["DEVPATH"]


def test_only_whole_optical_drives_that_udev_has_examined_count() -> None:
    assert is_optical(records.DRIVE)
    assert not is_optical(records.HARD_DISK)
    assert not is_optical(records.DRIVE | {"ID_CDROM": ""})
    assert not is_optical(records.DRIVE | {"DEVTYPE": "partition"})
    assert not is_optical(records.HARD_DISK | {"ID_CDROM": "1"})
    assert is_optical(records.HARD_DISK | {"ID_CDROM": "1"}, prefix="sd")


def test_an_object_id_is_escaped_as_systemd_does() -> None:
    assert object_id("HL-DT-ST_BD 1") == "HL_2dDT_2dST_5fBD_201"
    assert object_id("9x9") == "_39x9"
    assert object_id("") == "_"


@given(st.text(min_size=1), st.text(min_size=1))
def test_object_ids_are_path_elements_and_differ_as_the_identities_do(one: str, two: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_]+", object_id(one))
    assert (object_id(one) == object_id(two)) == (one == two)


@given(
    st.dictionaries(
        st.sampled_from(sorted({*records.DVD, *records.AUDIO_CD, *records.EJECT_REQUEST})),
        st.text(max_size=12),
    )
)
def test_no_property_set_can_raise(properties: dict[str, str]) -> None:
    found = snapshot_of(properties)
    assert found.loaded == (found.media is not Media.NONE)
