"""What DVB subtitles show and when they clear it."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from engramd.match.bitmaps import DisplaySet, shown_spans
from engramd.match.dvb import DvbPages, composition_page

PAGE = 7
NORMAL, ACQUISITION, MODE_CHANGE = 0, 1, 2


def segment(kind: int, body: bytes, page: int = PAGE) -> bytes:
    return b"\x0f" + struct.pack(">BHH", kind, page, len(body)) + body


def page(regions: dict[int, int], *, state: int = NORMAL, timeout: int = 30) -> bytes:
    """A page composition: the regions with their left edges."""
    rows = b"".join(struct.pack(">BBHH", number, 0xFF, left, 400) for number, left in regions.items())
    return segment(0x10, bytes([timeout, state << 2]) + rows)


def region(number: int, width: int, objects: tuple[int, ...] = ()) -> bytes:
    head = struct.pack(">BBHHBBBB", number, 0, width, 40, 0x44, 0, 0, 0)
    return segment(0x11, head + b"".join(struct.pack(">HHH", each, 0, 0) for each in objects))


def pixels(number: int, content: bytes, version: int = 0) -> bytes:
    return segment(0x13, struct.pack(">HB", number, version << 4) + content)


def read(*sets: tuple[float, bytes], pages: DvbPages | None = None) -> list[tuple[float, DisplaySet]]:
    pages = pages or DvbPages()
    return [(at, state) for at, data in sets if (state := pages.take(data + segment(0x80, b"")))]


def spans(*sets: tuple[float, bytes]) -> list[tuple[float, float, int]]:
    return [(c.start, c.end, c.width) for c in shown_spans(read(*sets))]


def picture(content: bytes, *, state: int = MODE_CHANGE, version: int = 0) -> bytes:
    return page({0: 100}, state=state) + region(0, 321, (5,)) + pixels(5, content, version)


def test_a_page_is_shown_until_an_empty_one() -> None:
    assert spans((1, picture(b"one")), (3, page({})), (5, picture(b"two")), (6.5, page({}))) == [
        (1, 3, 321),
        (5, 6.5, 321),
    ]


def test_another_picture_is_a_new_cue() -> None:
    assert spans((1, picture(b"one")), (3, picture(b"two", state=NORMAL)), (5, page({}))) == [
        (1, 3, 321),
        (3, 5, 321),
    ]


def test_what_is_repeated_for_those_who_tune_in_late_is_no_new_cue() -> None:
    again = picture(b"one", state=ACQUISITION, version=1)
    assert spans((1, picture(b"one")), (2, again), (3, again), (4, page({}))) == [(1, 4, 321)]


def test_what_a_page_keeps_needs_not_be_sent_again() -> None:
    sets = read((1, picture(b"one")), (2, page({0: 100})), (3, pixels(5, b"two") + page({0: 100})))
    assert [state.fresh for _, state in sets] == [True, False, True]


def test_a_page_goes_by_itself_after_its_timeout() -> None:
    shown = page({0: 0}, state=MODE_CHANGE, timeout=4) + region(0, 50, (5,)) + pixels(5, b"x")
    assert spans((1, shown), (60, page({}))) == [(1, 5, 50)]


def test_regions_without_objects_are_not_seen() -> None:
    assert spans((1, page({0: 0}, state=MODE_CHANGE) + region(0, 720)), (3, page({}))) == []


def test_the_width_goes_over_all_regions_that_are_seen() -> None:
    data = page({0: 100, 1: 150, 2: 0}, state=MODE_CHANGE)
    data += region(0, 60, (5,)) + region(1, 200, (6,)) + region(2, 720) + pixels(5, b"x") + pixels(6, b"y")
    ((_, state),) = read((1, data))
    assert state.width == 250


def test_only_one_page_counts() -> None:
    other = segment(0x10, b"\x1e\x08", page=9)
    pages = DvbPages(composition_page(struct.pack(">HH", PAGE, 9)))
    assert [at for at, _ in read((1, other), (2, picture(b"one")), (3, other), pages=pages)] == [2]
    assert composition_page(b"") is None


def test_the_header_of_a_transport_stream_is_passed_over() -> None:
    assert DvbPages().take(b"\x20\x00" + picture(b"one") + b"\xff") is not None


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_packets_are_survived(packets: list[bytes]) -> None:
    pages = DvbPages()
    for data in packets:
        for packet in (data, b"\x20\x00\x0f" + data, segment(0x10, data), segment(0x11, data)):
            state = pages.take(packet)
            assert state is None or state.width >= 0
