"""What people call drives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engramd.drives.names import LONGEST_NAME, Called, checked_name
from engramd.errors import InvalidArgument

OWN = Called("HL-DT-ST BD-RE", "/dev/sr0", ("_30KLM", "0KLM", "KLM"))
OTHER = Called("Upper", "/dev/sr12", ("right_2d1", "right-1", "S2"))


@pytest.mark.parametrize(
    "said", ["Upper", "upper", "UPPER", "/dev/sr12", "sr12", "right_2d1", "right-1", "S2"]
)
def test_a_drive_is_meant_by_its_name_device_id_or_serial(said: str) -> None:
    assert OTHER.fits(said)
    assert not OWN.fits(said)


@pytest.mark.parametrize("said", ["", "sr1", "sr0", "Upp", "/dev/sr1", "s2", "dev/sr12", "Upper "])
def test_anything_else_means_another(said: str) -> None:
    assert not OTHER.fits(said)


def test_a_link_to_the_device_means_the_drive(tmp_path: Path) -> None:
    link = tmp_path / "cdrom"
    link.symlink_to("/dev/sr12")
    assert OTHER.fits(str(link))
    assert not OWN.fits(str(link))


@pytest.mark.parametrize(
    ("given", "name"),
    [("left", "left"), ("  the  left one ", "the left one"), ("Büro 2", "Büro 2"), ("", ""), ("  ", "")],
)
def test_a_name_is_a_word_or_some(given: str, name: str) -> None:
    assert checked_name(given, OWN, [OTHER]) == name


def test_a_drive_may_get_the_name_that_it_has() -> None:
    assert checked_name("upper", OTHER, [OWN]) == "upper"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Upper", "another drive has this name"),
        ("uPPER", "another drive has this name"),
        ("sr0", "no device"),
        ("SR7", "no device"),
        ("sr12", "no device"),
        ("/dev/sr0", "no device"),
        ("a/b", "no device"),
        ("cdrom", "no device"),
        ("dvd1", "no device"),
        ("right_2d1", "no id"),
        ("right-1", "no id"),
        ("KLM", "no id"),
        ("_30x", "no id"),
        ("virtual_3", "no id"),
        ("42", "by a number"),
        ("-left", "no name"),
        ("--bus", "no name"),
        ("a\x1bb", "no name"),
        ("x" * (LONGEST_NAME + 1), "at most"),
    ],
)
def test_a_name_that_could_mean_something_else_is_refused_with_a_remedy(name: str, why: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(why)) as caught:
        checked_name(name, OWN, [OTHER])
    assert caught.value.remedy
