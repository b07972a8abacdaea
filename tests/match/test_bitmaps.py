"""When bitmap subtitles are on the screen."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.bitmaps import SPU_TICK, PgsState, pgs_cues, pgs_state, spu_times


def spu(sequences: list[tuple[int, bytes]], pixels: bytes = b"\x00" * 20) -> bytes:
    """A DVD subpicture: pixel data, then control sequences of (delay, commands)."""
    at = 4 + len(pixels)
    control = b""
    for number, (delay, commands) in enumerate(sequences):
        body = commands + b"\xff"
        here = at + len(control)
        following = here if number == len(sequences) - 1 else here + 4 + len(body)
        control += struct.pack(">HH", delay, following) + body
    return struct.pack(">HH", 4 + len(pixels) + len(control), at) + pixels + control


SHOW = b"\x03\x32\x10\x04\xff\xf0\x05\x00\x10\x20\x00\x10\x20\x06\x00\x04\x00\x0e\x01"


def test_a_subpicture_shows_and_stops() -> None:
    times = spu_times(spu([(0, SHOW), (220, b"\x02")]))
    assert times is not None
    assert (times.start, times.forced) == (0.0, False)
    assert times.stop == pytest.approx(220 * 1024 / 90000)


def test_a_late_start_and_a_forced_display() -> None:
    times = spu_times(spu([(10, SHOW[:-1] + b"\x00"), (90, b"\x02")]))
    assert times is not None
    assert times.start == pytest.approx(10 * SPU_TICK)
    assert times.forced


def test_no_stop_command_is_no_stop_time() -> None:
    times = spu_times(spu([(0, SHOW)]))
    assert times is not None
    assert times.stop is None


def test_a_colour_change_before_the_stop_is_passed_over() -> None:
    change = b"\x07\x00\x06\x01\x02\x03\x04"
    times = spu_times(spu([(0, SHOW), (50, change), (200, b"\x02")]))
    assert times is not None
    assert times.stop == pytest.approx(200 * SPU_TICK)


def test_a_packet_that_shows_nothing_is_no_cue() -> None:
    assert spu_times(spu([(0, b"\x02")])) is None
    assert spu_times(b"") is None


@given(st.binary(max_size=200))
def test_any_subpicture_is_survived(data: bytes) -> None:
    times = spu_times(data)
    assert times is None or times.stop is None or times.stop > times.start >= 0


def composition(
    objects: int, *, state: int = 0x80, palette_only: bool = False, forced: bool = False
) -> bytes:
    """A PGS display set with a composition segment between two others."""
    body = struct.pack(">HHBHBBBB", 1920, 1080, 0x10, 7, state, 0x80 if palette_only else 0, 0, objects)
    body += b"".join(struct.pack(">HBBHH", 0, 0, 0x40 if forced else 0, 100, 900) for _ in range(objects))
    segments = [(0x17, b"\x00" * 10), (0x16, body), (0x80, b"")]
    return b"".join(bytes([kind]) + struct.pack(">H", len(data)) + data for kind, data in segments)


def states(*sets: tuple[float, bytes]) -> list[tuple[float, PgsState]]:
    result = []
    for at, packet in sets:
        state = pgs_state(packet)
        assert state is not None
        result.append((at, state))
    return result


def test_pgs_shows_and_hides() -> None:
    sets = states(
        (0, composition(0)),
        (1, composition(1)),
        (3, composition(0)),
        (9, composition(2)),
        (9.5, composition(0)),
    )
    assert pgs_cues(sets) == [(1, 3), (9, 9.5)]


def test_a_pgs_picture_that_replaces_another_is_a_new_cue() -> None:
    assert pgs_cues(states((1, composition(1)), (3, composition(1)), (5, composition(0)))) == [(1, 3), (3, 5)]


def test_a_repeated_or_fading_pgs_picture_is_the_same_cue() -> None:
    sets = states(
        (1, composition(1)),
        (2, composition(1, state=0x40)),
        (3, composition(1, state=0x00, palette_only=True)),
        (5, composition(0, state=0x00)),
    )
    assert pgs_cues(sets) == [(1, 5)]


def test_forced_pgs_pictures_are_known() -> None:
    state = pgs_state(composition(1, forced=True))
    assert state is not None
    assert state.forced


@given(st.binary(max_size=200))
def test_any_display_set_is_survived(data: bytes) -> None:
    state = pgs_state(data)
    assert state is None or state.objects >= 0
