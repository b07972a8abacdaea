"""Lines of MakeMKV's robot mode, one by one; the good ones are as makemkvcon writes them."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.robot import (
    LONGEST_LINE,
    Attribute,
    Broken,
    Drive,
    FileSize,
    Message,
    Progress,
    RobotLine,
    Step,
    TitleCount,
    parse_line,
    parse_lines,
)
from engramd.discs.robot_faults import error_of, find_fault
from tests.support.makemkv.fuzzing import fuzzed_lines


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ('CINFO:1,6209,"Blu-ray disc"', Attribute((), 1, 6209, "Blu-ray disc")),
        ('TINFO:0,9,0,"1:30:00"', Attribute((0,), 9, 0, "1:30:00")),
        ('SINFO:12,3,22,0,"4096"', Attribute((12, 3), 22, 0, "4096")),
        (r'CINFO:2,0,"A \"quoted\", C:\\path"', Attribute((), 2, 0, 'A "quoted", C:\\path')),
        ('CINFO:2,0,"doubled ""quotes"""', Attribute((), 2, 0, 'doubled "quotes"')),
        ('CINFO:2,0,"stray "quotes" inside"', Attribute((), 2, 0, 'stray "quotes" inside')),
        ('TINFO:0,26,0,"1,2,3"', Attribute((0,), 26, 0, "1,2,3")),
        ('CINFO:32,0,""', Attribute((), 32, 0, "")),
        ("TINFO:0,8,0,12", Attribute((0,), 8, 0, "12")),
        ("TCOUNT:3", TitleCount(3)),
        (
            'MSG:3307,16777216,2,"File 1.mpls was added as title #0",'
            '"File %1 was added as title #%2","1.mpls","0"',
            Message(
                3307,
                16777216,
                "File 1.mpls was added as title #0",
                "File %1 was added as title #%2",
                ("1.mpls", "0"),
            ),
        ),
        ('DRV:0,2,999,12,"BD-RE","LABEL","/dev/sr0"', Drive(0, 2, 12, "BD-RE", "LABEL", "/dev/sr0")),
        ('DRV:1,256,999,0,"","",""', Drive(1, 256, 0, "", "", "")),
        ("PRGV:0,1024,65536", Progress(0, 1024, 65536)),
        ('PRGC:5018,0,"Scanning"', Step(False, 5018, 0, "Scanning")),
        ('PRGT:5018,1,"Scanning, all"', Step(True, 5018, 1, "Scanning, all")),
        ("HSH:0,00165.m2ts,1/11/2024 12:15:46 PM,31782912", FileSize("00165.m2ts", 31782912)),
    ],
)
def test_a_line_is_read(line: str, parsed: RobotLine) -> None:
    assert parse_line(line) == parsed
    assert list(parse_lines([line + "\r\n"])) == [parsed]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "TINFO:broken",
            "TINFO:0",
            "TINFO:0,9",
            'TINFO:0,9,"no code"',
            'TINFO:-1,9,0,"x"',
            'TINFO:1.5,9,0,"x"',
        ),
        *(
            'TINFO:,9,0,"x"',
            'TINFO:٣,9,0,"x"',
            f'TINFO:{"9" * 30},9,0,"x"',
            'CINFO:2,0,"open',
            'CINFO:2,0,"open\\"',
        ),
        *(
            'CINFO:2,0,a"b',
            "CINFO:2,0,a,b",
            "TCOUNT:",
            "TCOUNT:-1",
            "TCOUNT:many",
            "TCOUNT:1,2",
            "MSG:1005",
            "MSG:x,0,0,y",
        ),
        *(
            "DRV:0,2,999",
            "PRGV:1,2",
            "PRGV:1,2,x",
            'PRGC:1,"x"',
            "HSH:1,2",
            "HSH:0,a.m2ts,now,-1",
            'MSG:1,0,0,"a"b',
        ),
    ],
)
def test_a_broken_line_is_known_as_one(line: str) -> None:
    assert isinstance(parse_line(line), Broken)


@pytest.mark.parametrize(
    "line", ["", "\\", "Do you want to continue?", "TINFO", "tinfo:0,9,0,x", " CINFO:1,2,3"]
)
def test_junk_is_left_out(line: str) -> None:
    assert parse_line(line) is None
    assert list(parse_lines([line, "TCOUNT:1"])) == [TitleCount(1)]


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (['CINFO:2,0,"Babylon', ' 5"'], "Babylon 5"),
        (["CINFO:2,0,", '"Babylon 5"'], "Babylon 5"),
        (['CINFO:2,0,"first\\', 'second"'], "first\nsecond"),
        (['CINFO:2,0,"a', "b", "", 'c"'], "abc"),
    ],
)
def test_a_line_that_was_broken_is_put_together(lines: list[str], value: str) -> None:
    assert list(parse_lines([*lines, "TCOUNT:1"])) == [Attribute((), 2, 0, value), TitleCount(1)]


def test_an_open_quote_swallows_no_line_of_its_own() -> None:
    lines = ['CINFO:2,0,"open', 'CINFO:32,0,"LABEL"', "TCOUNT:1"]
    assert [type(one) for one in parse_lines(lines)] == [Broken, Attribute, TitleCount]
    junk = ['CINFO:2,0,"open', *["junk"] * 1000, "TCOUNT:1"]
    assert [type(one) for one in parse_lines(junk)] == [Broken, TitleCount]


def test_a_huge_line_is_not_read() -> None:
    huge = f'CINFO:2,0,"{"x" * 2_000_000}"'
    assert isinstance(parse_line(huge), Broken)
    assert [type(one) for one in parse_lines([huge, "TCOUNT:1"])] == [Broken, TitleCount]
    fits = f'CINFO:2,0,"{"x" * (LONGEST_LINE - 12)}"'
    assert isinstance(parse_line(fits), Attribute)


def _said(*codes: int) -> list[Message]:
    return [Message(code, 0, f"said {code}", "", ()) for code in codes]


@pytest.mark.parametrize(
    ("codes", "condition"),
    [
        ((5055,), "key"),
        ((1005, 5021, 5010), "key"),
        ((5010, 5073), "key"),
        ((5042,), "drive"),
        ((2016, 5010), "access"),
        ((6050,), "makemkv"),
        ((1005, 5010), "disc"),
        ((1005, 3007, 5011), None),
    ],
)
def test_the_cause_is_told_and_not_what_follows_from_it(
    codes: tuple[int, ...], condition: str | None
) -> None:
    found = find_fault(_said(*codes))
    assert (found[0].condition if found else None) == condition
    error = error_of(_said(*codes), "log.txt")
    assert (error is None) == (condition is None)
    if error is not None:
        assert all(part for part in (error.what, error.where, error.why, error.remedy))


def test_a_message_steers_no_terminal() -> None:
    error = error_of([Message(5055, 0, "\x1b[2Jexpired\n" + "x" * 9000, "", ())], "log.txt")
    assert str(error).isprintable()
    assert len(str(error)) < 1000


KEYWORDS = st.sampled_from(
    ["MSG", "DRV", "TCOUNT", "CINFO", "TINFO", "SINFO", "HSH", "PRGV", "PRGC", "PRGT", "X"]
)
CELLS = st.sampled_from(
    ["0", "1", "-1", "", '""', '"a"', '"a', 'a"', '"\\"', '"\\\\"', "9" * 40, "1.5", "\x00", "٣"]
)
LINES = st.builds("{}:{}".format, KEYWORDS, st.lists(CELLS | st.text(max_size=9), max_size=8).map(",".join))


@given(st.lists(LINES | st.text(max_size=60), max_size=30))
def test_no_line_is_too_strange(lines: list[str]) -> None:
    for one in parse_lines(lines):
        assert not isinstance(one, Attribute) or len(one.place) <= 2
        assert all(not isinstance(part, int) or part >= 0 for part in one)


VALUES = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=60)


@given(st.integers(0, 999), st.integers(0, 99), VALUES)
def test_what_is_quoted_comes_back(title: int, attribute: int, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    line = f'TINFO:{title},{attribute},0,"{quoted}"'
    assert list(parse_lines([line])) == [Attribute((title,), attribute, 0, value)]


@given(st.integers(0, 9999), st.lists(VALUES, max_size=4))
def test_what_a_message_names_comes_back(code: int, parameters: list[str]) -> None:
    cells = ['"said"', '"%1"', *('"' + p.replace("\\", "\\\\").replace('"', '\\"') + '"' for p in parameters)]
    line = f"MSG:{code},16777216,{len(parameters)},{','.join(cells)}"
    assert parse_line(line) == Message(code, 16777216, "said", "%1", tuple(parameters))


def test_lines_that_chance_has_spoiled_are_read() -> None:
    kinds: Counter[type] = Counter()
    for line in fuzzed_lines(20_000, random.Random(4)):
        parsed = list(parse_lines([line]))
        kinds.update(type(one) for one in parsed)
        # Behind a text that was left open, a line is read the long way.
        if parsed:
            assert list(parse_lines(['CINFO:2,0,"open', line]))[1:] == parsed
    assert all(kinds[kind] > 500 for kind in (Broken, Message, Attribute, Progress))
