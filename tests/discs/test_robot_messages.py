"""The table of MakeMKV's messages: whole, consistent, and what it makes of a scan or a rip that failed."""

from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest

from engramd.discs.robot import Message
from engramd.discs.robot_faults import (
    KEY_FAULT,
    ORDER,
    MakemkvFailed,
    error_of,
    find_fault,
    read_errors,
)
from engramd.discs.robot_messages import MEANINGS, Lacking, Meaning, Scope, Severity, meanings
from engramd.errors import NoSpace, UnreadableDisc

#: Codes that recorded output or other programs name.
NAMED = """
    1002 1003 1004 1005 1011 1012 2003 2004 2008 2014 2016 2018 2019 2020 2021 2022 2023 2024 2200 2201
    2301 2302 2303 2304 3002 3006 3007 3015 3024 3025 3026 3027 3028 3029 3030 3032 3034 3037 3038 3040
    3041 3303 3305 3306 3307 3308 3309 3324 3328 3332 3338 3343 3344 3346 4004 4007 4008 4009 4041 4047
    5001 5003 5004 5005 5010 5011 5014 5016 5017 5018 5020 5021 5024 5033 5036 5037 5038 5042 5043 5050
    5051 5052 5053 5054 5055 5057 5068 5069 5070 5072 5073 5074 5075 5076 5077 5079 5080 5081 5082 5083
    5085 5095 5096 6050 6051
"""


def said(*codes: int) -> list[Message]:
    return [Message(code, 0, f"said {code}", "", ()) for code in codes]


def test_every_code_is_there_once() -> None:
    assert set(MEANINGS) == {int(code) for code in NAMED.split()}
    assert [code for code, count in Counter(m.code for m in meanings()).items() if count > 1] == []


@pytest.mark.parametrize("meaning", MEANINGS.values(), ids=lambda meaning: str(meaning.code))
def test_a_meaning_is_one_sentence_and_an_error_has_a_remedy(meaning: Meaning) -> None:
    assert re.fullmatch(r"[A-Za-z][^\n]*[^.\s]", meaning.what)
    assert bool(meaning.remedy) >= (meaning.severity is Severity.ERROR or bool(meaning.condition))
    assert meaning.severity is not Severity.INFO or not meaning.condition


def test_a_condition_is_of_one_scope() -> None:
    scopes = {(m.condition, m.scope) for m in MEANINGS.values() if m.condition}
    assert scopes == {
        *((condition, Scope.DAEMON) for condition in ("key", "makemkv", "java", "space")),
        *((condition, Scope.DRIVE) for condition in ("access", "drive", "uhd", "region")),
        *((condition, Scope.DISC) for condition in ("disc_key", "disc")),
    }
    assert set(ORDER) == set(get_args(Lacking)) - {""}


@pytest.mark.parametrize(
    ("codes", "condition"),
    [
        ((1005, 3007, 5055, 5052, 5010), "key"),
        ((1005, 5020, 5021), "key"),
        ((3007, 5053, 5010), "key"),
        ((2016, 5010), "access"),
        ((5042, 2024, 5010), "drive"),
        ((1011, 3007, 5085, 3346, 5010), "uhd"),
        ((1011, 5085, 3332, 3303, 5010), "disc_key"),
        ((6050,), "makemkv"),
        ((5033,), "space"),
        ((2003, 2003, 5010), "disc"),
        ((2003, 1002, 5003, 5004, 5037), None),
        ((5042, 3007, 5011, 2003, 5003), None),
        ((2018, 5003, 5037), None),
        ((3343, 3032, 5038, 5011, 5003), None),
        ((3343, 3346, 5010), "uhd"),
    ],
)
def test_what_is_lacking_is_told_from_what_failed(codes: tuple[int, ...], condition: str | None) -> None:
    """A missing drive is no fault of an image that was opened, nor a warning the cause of a bad sector."""
    found = find_fault(said(*codes))
    assert (found[0].condition if found else None) == condition


@pytest.mark.parametrize(
    ("codes", "condition"),
    [
        ((3343, 3344), "java"),
        ((3032, 3032, 5010), "region"),
        ((4041, 5010), "makemkv"),
        ((5021, 3343), "key"),
    ],
)
def test_a_complaint_explains_a_scan_that_brought_nothing(codes: tuple[int, ...], condition: str) -> None:
    found = find_fault(said(*codes), least=Severity.WARNING)
    assert found is not None
    assert found[0].condition == condition
    error = error_of(said(*codes), "disc")
    assert isinstance(error, MakemkvFailed)
    assert error.condition == condition
    assert "said" in error.why
    assert error.remedy


def test_errors_are_of_the_kind_that_failed() -> None:
    assert isinstance(error_of(said(5010), "disc"), UnreadableDisc)
    assert isinstance(error_of(said(5038), "disc"), NoSpace)
    assert error_of(said(2003, 9999), "disc") is None
    assert KEY_FAULT.condition == "key"
    assert {5020, 5021, 5055, 5073, 5095} <= KEY_FAULT.codes


def read_error(offset: int, code: int = 2003) -> Message:
    return Message(code, 0, "", "", ("Scsi error", "/VIDEO_TS/VTS_01_1.VOB", str(offset)))


def test_read_errors_are_counted() -> None:
    """Every healthy scrambled DVD gives one at 1048576, and refused commands are none."""
    assert read_errors([]) == 0
    assert read_errors([read_error(1048576)]) == 0
    assert read_errors([read_error(1048576), read_error(1048576), read_error(4096)]) == 2
    assert read_errors([Message(2003, 0, "", "", ("1048576",)), read_error(10485760)]) == 2
    assert read_errors([read_error(4096, 2004), *said(1002, 5003)]) == 0
