"""When bitmap subtitles are on the screen."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.bitmaps import (
    LONGEST,
    MOST_SEQUENCES,
    SPU_TICK,
    DisplaySet,
    pgs_state,
    shown_spans,
    spu_times,
)


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


def test_the_width_is_that_of_the_display_area() -> None:
    times = spu_times(spu([(0, SHOW), (220, b"\x02")]))
    assert times is not None
    assert times.width == 0x020 - 0x001 + 1


def test_only_so_many_sequences_are_followed() -> None:
    colours = [(0, b"\x03\x10\x00")] * MOST_SEQUENCES
    assert spu_times(spu([*colours[1:], (0, b"\x01")])) is not None
    assert spu_times(spu([*colours, (0, b"\x01")])) is None


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


def states(*sets: tuple[float, bytes]) -> list[tuple[float, DisplaySet]]:
    result = []
    for at, packet in sets:
        state = pgs_state(packet)
        assert state is not None
        result.append((at, state))
    return result


def spans(sets: list[tuple[float, DisplaySet]]) -> list[tuple[float, float]]:
    return [(c.start, c.end) for c in shown_spans(sets)]


def test_pgs_shows_and_hides() -> None:
    sets = states(
        (0, composition(0)),
        (1, composition(1)),
        (3, composition(0)),
        (9, composition(2)),
        (9.5, composition(0)),
    )
    assert spans(sets) == [(1, 3), (9, 9.5)]


def test_a_pgs_picture_that_replaces_another_is_a_new_cue() -> None:
    assert spans(states((1, composition(1)), (3, composition(1)), (5, composition(0)))) == [(1, 3), (3, 5)]


def test_a_repeated_or_fading_pgs_picture_is_the_same_cue() -> None:
    sets = states(
        (1, composition(1)),
        (2, composition(1, state=0x40)),
        (3, composition(1, state=0x00, palette_only=True)),
        (5, composition(0, state=0x00)),
    )
    assert spans(sets) == [(1, 5)]


def test_forced_pgs_pictures_are_known() -> None:
    state = pgs_state(composition(1, forced=True))
    assert state is not None
    assert state.forced


@given(st.binary(max_size=200))
def test_any_display_set_is_survived(data: bytes) -> None:
    state = pgs_state(data)
    assert state is None or state.objects >= 0


def segment(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + struct.pack(">H", len(body)) + body


def pgs_set(
    placed: list[tuple[int, int, int]],
    *,
    objects: dict[int, int] | None = None,
    windows: dict[int, int] | None = None,
    state: int = 0x80,
) -> bytes:
    """A display set: (object, window, left) of what it shows, and the widths of objects and windows."""
    body = struct.pack(">HHBHBBBB", 1920, 1080, 0x10, 7, state, 0, 0, len(placed))
    body += b"".join(struct.pack(">HBBHH", number, window, 0, left, 900) for number, window, left in placed)
    data = segment(0x16, body)
    rows = b"".join(struct.pack(">BHHHH", n, 0, 0, width, 40) for n, width in (windows or {}).items())
    data += segment(0x17, bytes([len(windows or {})]) + rows)
    for number, width in (objects or {}).items():
        pixels = struct.pack(">HBB", number, 0, 0xC0) + (8).to_bytes(3, "big")
        data += segment(0x15, pixels + struct.pack(">HH", width, 40) + b"\x00\x00\x00\x00")
    return data + segment(0x80, b"")


def width_of(packet: bytes, known: dict[int, int] | None = None) -> int:
    state = pgs_state(packet, known)
    assert state is not None
    return state.width


def test_a_pgs_width_goes_from_the_leftmost_to_the_rightmost_object() -> None:
    assert width_of(pgs_set([(0, 0, 500)], objects={0: 321})) == 321
    assert width_of(pgs_set([(0, 0, 500), (1, 0, 300)], objects={0: 100, 1: 250})) == 300


def test_a_pgs_object_keeps_its_width_through_the_epoch_and_no_longer() -> None:
    known: dict[int, int] = {}
    width_of(pgs_set([(4, 0, 0)], objects={4: 77}), known)
    assert width_of(pgs_set([(4, 0, 0)], state=0x00), known) == 77
    assert width_of(pgs_set([(4, 0, 0)], state=0x80), known) == 0


def test_the_window_stands_in_for_an_object_that_is_not_there() -> None:
    assert width_of(pgs_set([(4, 1, 0)], windows={0: 5, 1: 640})) == 640


def test_the_last_pgs_picture_ends_by_itself() -> None:
    (cue,) = shown_spans([(3.0, DisplaySet(1, True, False, 50))])
    assert (cue.start, cue.end, cue.width) == (3.0, 3.0 + LONGEST, 50)


def test_a_picture_with_a_timeout_goes_by_itself() -> None:
    sets = [(3.0, DisplaySet(1, True, False, 50, 4.0)), (60.0, DisplaySet(0, True, False))]
    assert spans(sets) == [(3.0, 7.0)]


@given(st.binary(max_size=300))
def test_any_segments_are_survived(data: bytes) -> None:
    for packet in (
        pgs_set([(0, 0, 5)], objects={0: 9})[:14] + data,
        segment(0x17, data),
        segment(0x15, data),
    ):
        state = pgs_state(packet, {})
        assert state is None or state.width >= 0
