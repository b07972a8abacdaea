"""EIA-708 captions: what windows show and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.cc708 import Decoder708
from engramd.match.subtitles import Cue
from tests.match.captions import (
    CLEAR,
    DELETE,
    DISPLAY,
    HIDE,
    TOGGLE,
    define,
    packet708,
    pop_on708,
    text708,
)

FIRST = b"\x01"
BOTH = b"\x03"


def decode(*timed: tuple[float, bytes], service: int = 1) -> tuple[list[Cue], Decoder708]:
    """Feed commands, each as a packet of its own, and decode everything."""
    decoder = Decoder708()
    for number, (at, data) in enumerate(timed):
        for kind, first, second in packet708(data, number, service=service):
            decoder.feed(first, second, at, begins=kind == 3)
    return decoder.finish(), decoder


def spans(cues: list[Cue]) -> list[tuple[float, float, str]]:
    return [(c.start, c.end, c.text) for c in cues]


def test_a_window_is_a_cue_from_its_display_to_its_end() -> None:
    cues, decoder = decode(
        (0.5, define(0) + text708("Good morning,", row=0) + text708("Captain.", row=1)),
        (1.0, DISPLAY + FIRST),
        (3.0, HIDE + FIRST),
        (4.0, pop_on708(["Is it?"])),
        (6.0, DELETE + FIRST),
    )
    assert spans(cues) == [(1.0, 3.0, "Good morning, Captain."), (4.0, 6.0, "Is it?")]
    assert not decoder.rolling


def test_what_replaces_a_window_ends_it() -> None:
    cues, _ = decode((1.0, pop_on708(["One"])), (3.0, pop_on708(["Two"])), (5.0, b"\x8f"))
    assert spans(cues) == [(1.0, 3.0, "One"), (3.0, 5.0, "Two")]


def test_two_windows_that_appear_together_are_one_cue_from_top_to_bottom() -> None:
    cues, _ = decode(
        (0.5, define(0, row=70) + text708("below") + define(1, row=10) + text708("above")),
        (1.0, DISPLAY + BOTH),
        (2.0, CLEAR + BOTH),
    )
    assert spans(cues) == [(1.0, 2.0, "above below")]


def test_windows_of_their_own_times_are_cues_of_their_own() -> None:
    cues, _ = decode((1.0, pop_on708(["long"])), (2.0, pop_on708(["short"], 1)), (3.0, TOGGLE + b"\x02"))
    assert spans(cues)[:2] == [(1.0, 3.0, "long"), (2.0, 3.0, "short")]


def test_rolling_lines_are_cues_of_their_own_and_known_as_such() -> None:
    lines = ["the first line", "the second line", "the third"]
    timed = [(3.0 * n + 1, text708(line)) for n, line in enumerate(lines)]
    cues, decoder = decode(
        (0.0, define(0, visible=True)), *((at, (b"\r" if at > 1 else b"") + text) for at, text in timed)
    )
    assert [c.text for c in cues[:2]] == lines[:2]
    assert [c.start for c in cues[:2]] == [1.0, 4.0]
    assert decoder.rolling


def test_lines_that_are_written_at_once_are_one_cue() -> None:
    cues, decoder = decode(
        (0.0, define(0, visible=True)),
        (1.0, text708("one") + b"\r" + text708("two")),
        (3.0, CLEAR + FIRST),
    )
    assert spans(cues) == [(1.0, 3.0, "one two")]
    assert not decoder.rolling


def test_letters_of_all_sets_backspace_and_gaps() -> None:
    written = text708("caf\xe9 \xbf“Š…”™ ♪x") + b"\x08" + bytes([0x92, 0, 25]) + text708("there")
    cues, _ = decode((1.0, define(0) + written + DISPLAY + FIRST), (2.0, HIDE + FIRST))
    assert cues[0].text == "café ¿“Š…”™ ♪ there"


def test_pen_and_window_attributes_and_unknown_codes_are_passed_over() -> None:
    styled = b"\x90\x05\x00\x91\x3f\x00\x00\x97\x00\x00\x00\x00\x8d\x10\x8e\x10\x90\x41\x00\x10\x08A\x18BC"
    cues, _ = decode((1.0, define(0) + styled + text708("text") + DISPLAY + FIRST), (2.0, HIDE + FIRST))
    assert [c.text for c in cues] == ["text"]


def test_a_command_that_two_blocks_share_is_read() -> None:
    filler = text708("x" * 24)
    data = define(0) + filler  # thirty-one bytes: what follows begins a new block
    cues, _ = decode((1.0, data[:-1] + DISPLAY + FIRST), (2.0, HIDE + FIRST))
    assert [c.text for c in cues] == ["x" * 23]


def test_another_service_is_not_mixed_in() -> None:
    assert decode((1.0, pop_on708(["hola"])), (2.0, DELETE + FIRST), service=2)[0] == []


def test_what_is_never_taken_away_does_not_stay_for_ever() -> None:
    cues, _ = decode((1.0, pop_on708(["One"])), (500.0, pop_on708(["Two"])))
    assert cues[0].end - cues[0].start == pytest.approx(16.0)


@given(st.lists(st.text(alphabet="abc XYZ',.?é♪Ü…“”", min_size=1, max_size=30).map(str.strip).filter(bool)))
def test_whatever_is_written_is_read(lines: list[str]) -> None:
    lines = [" ".join(line.split()) for line in lines]
    timed = [(n * 10.0, pop_on708([line])) for n, line in enumerate(lines)]
    cues, _ = decode(*timed, (len(lines) * 10.0, DELETE + FIRST))
    assert [c.text for c in cues] == lines


@given(st.lists(st.tuples(st.binary(min_size=2, max_size=2), st.booleans()), max_size=400))
def test_any_bytes_are_survived(pairs: list[tuple[bytes, bool]]) -> None:
    decoder = Decoder708()
    for number, (pair, begins) in enumerate(pairs):
        decoder.feed(pair[0], pair[1], number / 30, begins=begins)
    assert all(0 <= c.start <= c.end for c in decoder.finish())


@given(st.binary(max_size=120))
def test_any_commands_are_survived(data: bytes) -> None:
    cues, _ = decode((1.0, define(0, visible=True) + data[:60]), (2.0, data[60:]), (3.0, DELETE + b"\xff"))
    assert all(0 <= c.start <= c.end for c in cues)
