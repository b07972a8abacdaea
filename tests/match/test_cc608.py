"""EIA-608 captions: what an encoder writes is what the decoder reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.cc608 import Decoder
from engramd.match.userdata import HEADER_BYTES, length_size, mpeg2_captions, sei_captions
from tests.match.captions import ERASE, control, decode, encode, paint_on, parity, pop_on, roll_up

FRAME = 1001 / 30000


def test_pop_on_captions_come_with_the_time_they_are_shown() -> None:
    first, second = pop_on(["Good morning,", "Captain."]), pop_on(["Is it?"])
    cues, decoder = decode([(1.0, first), (5.0, second), (8.0, ERASE)])
    assert [c.text for c in cues] == ["Good morning, Captain.", "Is it?"]
    shown = 1.0 + (len(first) - 2) * FRAME
    assert cues[0].start == pytest.approx(shown, abs=FRAME)
    assert cues[0].end == pytest.approx(5.0 + (len(second) - 2) * FRAME, abs=FRAME)
    assert cues[1].end == pytest.approx(8.0, abs=FRAME)
    assert not decoder.rolling


def test_an_erased_screen_ends_the_caption() -> None:
    cues, _ = decode([(1.0, pop_on(["One"])), (3.0, ERASE), (9.0, pop_on(["Two"])), (11.0, ERASE)])
    assert cues[0].end == pytest.approx(3.0, abs=FRAME)
    assert [c.text for c in cues] == ["One", "Two"]


def test_a_caption_that_is_never_erased_does_not_stay_for_ever() -> None:
    cues, _ = decode([(1.0, pop_on(["One"])), (500.0, pop_on(["Two"]))])
    assert cues[0].end - cues[0].start == pytest.approx(16.0)


def test_special_and_extended_characters_replace_their_stand_in() -> None:
    line = "É un café ¿güero? ♪ Straße ½ ñandú"
    cues, _ = decode([(0.0, pop_on([line])), (4.0, ERASE)])
    assert cues[0].text == line


def test_roll_up_captions_are_one_cue_a_line_and_known_as_such() -> None:
    lines = ["the first line", "the second line", "the third"]
    cues, decoder = decode([(n * 3.0, roll_up(line)) for n, line in enumerate(lines)] + [(9.0, ERASE)])
    assert [c.text for c in cues] == lines
    assert decoder.rolling


def test_paint_on_captions_start_with_the_first_letter() -> None:
    cues, decoder = decode([(2.0, paint_on("painted")), (5.0, ERASE)])
    assert [c.text for c in cues] == ["painted"]
    assert cues[0].start == pytest.approx(2.0 + 4 * FRAME, abs=FRAME)
    assert not decoder.rolling


def test_backspace_takes_a_letter() -> None:
    pairs = control(0x14, 0x20) + control(0x14, 0x2E) + control(0x14, 0x60) + encode("yess")
    cues, _ = decode([(0.0, pairs + control(0x14, 0x21) + control(0x14, 0x2F)), (2.0, ERASE)])
    assert cues[0].text == "yes"


def test_the_other_channel_is_not_mixed_in() -> None:
    other = [(a | 0x08 if a < 0x20 else a, b) for a, b in pop_on(["hola"])]
    cues, _ = decode([(0.0, pop_on(["hello"])), (1.0, other), (2.0, ERASE)])
    assert [c.text for c in cues] == ["hello"]


@given(
    st.lists(
        st.text(alphabet="abc XYZ',.?é♪Üñ", min_size=1, max_size=30).map(str.strip).filter(bool), max_size=6
    )
)
def test_whatever_is_written_is_read(lines: list[str]) -> None:
    lines = [" ".join(line.split()).replace("Ü", "ü") for line in lines]
    timed = [(n * 10.0, pop_on([line])) for n, line in enumerate(lines)]
    cues, _ = decode([*timed, (len(lines) * 10.0, ERASE)])
    assert [c.text for c in cues] == lines


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=300))
def test_any_bytes_are_survived(pairs: list[tuple[int, int]]) -> None:
    decoder = Decoder()
    for number, (a, b) in enumerate(pairs):
        decoder.feed(a, b, number * FRAME)
    assert all(0 <= c.start <= c.end for c in decoder.finish())


# -- where the bytes are --


def dvd_block(pairs: list[tuple[int, int]], *, first_leads: bool = True, same_marks: bool = False) -> bytes:
    """The user data of a GOP on a DVD."""
    data = b"CC\x01\xf8" + bytes([(0x80 if first_leads else 0) | len(pairs) << 1])
    for a, b in pairs:
        own, other = bytes([0xFF, a, b]), bytes([0xFF if same_marks else 0xFE, 0x80, 0x80])
        data += own + other if first_leads else other + own
    return b"\x00\x00\x01\xb2" + data


@pytest.mark.parametrize("first_leads", [True, False])
@pytest.mark.parametrize("same_marks", [True, False])
def test_a_dvd_block_gives_a_pair_for_each_picture(first_leads: bool, same_marks: bool) -> None:
    pairs = [(0x94, 0x20), (0x80, 0x80), (0xC8, 0xE5)]
    head = b"\x00\x00\x01\xb8\x00\x08\x00\x40" + dvd_block(
        pairs, first_leads=first_leads, same_marks=same_marks
    )
    found = mpeg2_captions(head + b"\x00\x00\x01\x00rest")
    assert found == [(number, (0, a, b)) for number, (a, b) in enumerate(pairs)]


def cc_data(pairs: list[tuple[int, int]]) -> bytes:
    """The cc_data of a picture: field 1, field 2, a digital pair, and one of field 1 that is not valid."""
    triplets = [bytes([0xFC, a, b]) for a, b in pairs] + [b"\xfd\x11\x11", b"\xfe\x22\x22", b"\xf8\x94\x2c"]
    return b"GA94\x03" + bytes([0x40 | len(triplets), 0xFF]) + b"".join(triplets) + b"\xff"


def test_a53_user_data_in_mpeg2() -> None:
    head = (
        b"\x00\x00\x01\x00\x00\x0f" + b"\x00\x00\x01\xb2" + cc_data([(0x94, 0x2F)]) + b"\x00\x00\x01\x01slice"
    )
    assert mpeg2_captions(head) == [(0, (0, 0x94, 0x2F)), (0, (2, 0x22, 0x22))]


@pytest.mark.parametrize("size", [0, 2, 4])
@pytest.mark.parametrize("hevc", [False, True], ids=["h264", "hevc"])
def test_a53_messages_also_behind_others_and_with_escapes(size: int, hevc: bool) -> None:
    message = b"\xb5\x00\x31" + cc_data([(0x94, 0x2F), (0x00, 0x00)])
    payloads = b"\x01\x02\xaa\xbb" + b"\x04" + bytes([len(message)]) + message + b"\x80"
    escaped = payloads.replace(b"\x00\x00", b"\x00\x00\x03")
    if hevc:
        units = [b"\x46\x01\x50", b"\x4e\x01" + escaped, b"\x26\x01picture" + b"\x4e\x01\x04\x99"]
    else:
        units = [b"\x09\x10", b"\x06" + escaped, b"\x65picture" + b"\x06\x04\x99"]
    head = b"".join((len(u).to_bytes(size, "big") if size else b"\x00\x00\x00\x01") + u for u in units)
    found = sei_captions(head, size, hevc=hevc)
    assert [row for _, row in found] == [(0, 0x94, 0x2F), (0, 0x00, 0x00), (2, 0x22, 0x22)]


def test_the_size_of_lengths_is_read_from_the_header() -> None:
    assert length_size(b"\x01\x64\x00\x28\xff\xe1") == 4
    assert length_size(b"\x01" + bytes(20) + b"\x0d", hevc=True) == 2
    assert length_size(b"\x00\x00\x00\x01\x67") == 0
    assert length_size(b"") == 0


@given(st.binary(max_size=400), st.sampled_from([0, 1, 2, 4]), st.booleans())
def test_any_packet_is_survived(data: bytes, size: int, hevc: bool) -> None:
    for head in (data, b"\x00\x00\x01\xb2CC\x01\xf8" + data, b"\x00\x00\x01\xb2GA94\x03" + data):
        assert all(0 <= n < 32 for n, _ in mpeg2_captions(head[:HEADER_BYTES]))
    for head in (
        data + b"GA94",
        b"\x00\x00\x01\x06" + data + b"GA94",
        b"\x00\x00\x01\x4e\x01" + data + b"GA94",
    ):
        assert all(kind in (0, 2, 3) for _, (kind, _, _) in sei_captions(head, size, hevc=hevc))


def test_parity_bits_do_not_matter() -> None:
    decoder = Decoder()
    for number, (a, b) in enumerate([*pop_on(["even"]), *ERASE]):
        decoder.feed(parity(a) if number % 2 else a, b, number * FRAME)
    assert [c.text for c in decoder.finish()] == ["even"]
