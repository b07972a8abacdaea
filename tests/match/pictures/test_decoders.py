"""SPU, PGS and DVB pictures: drawn as FFmpeg draws them, and hostile ones survived."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engramd.match.pictures.dvb import draw_dvb
from engramd.match.pictures.pgs import draw_pgs
from engramd.match.pictures.plane import HIGHEST, WIDEST, BrokenPicture, Incomplete, Plane, ink
from engramd.match.pictures.spu import draw_spu, palette_luma
from tests.match.pictures.made import ENGLISH, SOFT, Video, display_set, draw, packet, write_video
from tests.support.authoring import pgs

GREY = [n * 17 for n in range(16)]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Video]:
    """Give a video of each codec, made once."""
    folder = tmp_path_factory.mktemp("videos")
    made: dict[str, Video] = {}

    def video(name: str) -> Video:
        if name not in made:
            codec, _, levels = name.partition(" ")
            height = 1080 if codec == "pgs" else 576
            made[name] = write_video(
                folder / f"{name}.mkv", ENGLISH[:4], codec=codec, height=height, levels=int(levels or 16)
            )
        return made[name]

    return video


def packets(video: Video) -> Iterator[tuple[Any, bytes]]:
    with av.open(str(video.path)) as container:
        for got in container.demux(container.streams[video.stream]):
            if got.pts is not None and got.size:
                yield got, bytes(got)


def seen(plane: Plane) -> np.ndarray:
    """What can be seen of a picture, trimmed."""
    mask = plane.alpha[plane.pixels] > 8
    rows, columns = np.nonzero(mask)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def as_ffmpeg_draws(got: Any) -> np.ndarray | None:
    """The same, of a packet that FFmpeg decodes; its corner is a colour that cannot be seen."""
    decoded = got.decode()
    pictures = [r for s in decoded for r in getattr(s, "rects", (s,)) if r.type == b"bitmap"]
    if not pictures:
        return None
    first = pictures[0]
    pixels = np.frombuffer(bytes(first.planes[0]), np.uint8)[: first.width * first.height]
    pixels = pixels.reshape(first.height, first.width)
    mask = pixels != pixels[0, 0]
    rows, columns = np.nonzero(mask)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


DRAWERS: dict[str, Callable[[bytes], Plane]] = {
    "pgs": lambda data: draw_pgs([data]),
    "dvdsub": lambda data: draw_spu(data, GREY),
    "dvbsub": lambda data: draw_dvb([data]),
}


@pytest.mark.parametrize("name", ["pgs", "dvdsub", "dvbsub", "dvbsub 4", "dvbsub 1"])
def test_pictures_are_drawn_as_ffmpeg_draws_them(videos: Callable[[str], Video], name: str) -> None:
    compared = 0
    for got, data in packets(videos(name)):
        theirs = as_ffmpeg_draws(got)
        if theirs is not None and theirs.any():
            assert np.array_equal(seen(DRAWERS[name.partition(" ")[0]](data)), theirs)
            compared += 1
    assert compared == 4


def test_an_object_that_came_earlier_is_needed_and_used() -> None:
    whole = display_set(draw("Twice", 30))
    again = [part for part in whole if part[0] not in (pgs.OBJECT, pgs.PALETTE)]
    normal = [(k, b[:7] + bytes((pgs.NORMAL,)) + b[8:] if k == pgs.COMPOSITION else b) for k, b in again]
    with pytest.raises(Incomplete):
        draw_pgs([packet(normal)])
    drawn, first = draw_pgs([packet(whole), packet(normal)]), draw_pgs([packet(whole)])
    assert np.array_equal(drawn.pixels, first.pixels)
    with pytest.raises(Incomplete):
        draw_pgs([packet(whole), packet(again)])


def test_an_object_in_two_parts_is_put_together() -> None:
    whole = display_set(draw("In parts", 30))
    body = dict(whole)[pgs.OBJECT]
    cut = len(body) // 2
    parts = [(pgs.OBJECT, body[:3] + b"\x80" + body[4:cut]), (pgs.OBJECT, body[:3] + b"\x40" + body[cut:])]
    split = [*whole[:3], *parts, *whole[4:]]
    assert np.array_equal(draw_pgs([packet(split)]).pixels, draw_pgs([packet(whole)]).pixels)


def test_two_objects_are_composed_and_one_is_cropped() -> None:
    one, two = draw("Above", 30), draw("Below", 30)
    head = struct.pack(">HHBHBBBB", 1920, 1080, 0x10, 1, pgs.EPOCH_START, 0, 0, 2)
    placed = struct.pack(">HBBHH", 0, 0, 0, 100, 50)
    placed += struct.pack(">HBBHH", 1, 0, 0x80, 130, 200) + struct.pack(">HHHH", 4, 3, 20, 10)
    objects = [
        (pgs.OBJECT, struct.pack(">HBB", number, 0, 0xC0) + (len(data) + 4).to_bytes(3, "big") + size + data)
        for number, size, data in (
            (n, struct.pack(">HH", *p.size), pgs.run_lengths(p)) for n, p in enumerate((one, two))
        )
    ]
    parts = [(pgs.COMPOSITION, head + placed), (pgs.PALETTE, b"\0\0" + SOFT), *objects, (pgs.END, b"")]
    drawn = draw_pgs([packet(parts)])
    assert drawn.pixels.shape == (160, max(one.width, 30 + 20))
    assert np.array_equal(drawn.pixels[: one.height, : one.width], np.asarray(one))
    assert np.array_equal(drawn.pixels[150:160, 30:50], np.asarray(two)[3:13, 4:24])


def test_the_palette_is_read_from_the_header_of_an_idx() -> None:
    header = b"size: 720x480\npalette: 000000, ffffff, " + b", ".join([b"808080"] * 14) + b"\n"
    lumas = palette_luma(header)
    assert lumas is not None
    assert lumas[:3] == [0, 255, 128]
    assert palette_luma(b"size: 720x480\n") is None
    assert palette_luma(b"palette: " + b", ".join([b"000000"] * 16)) is None
    assert palette_luma(bytes(range(256))) is None


@pytest.mark.parametrize("codec", DRAWERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_packets_are_survived(
    videos: Callable[[str], Video], codec: str, data: st.DataObject
) -> None:
    sound = bytearray(max((d for _, d in packets_once(videos(codec))), key=len))
    for _ in range(data.draw(st.integers(1, 8))):
        sound[data.draw(st.integers(0, min(len(sound) - 1, 200)))] = data.draw(st.integers(0, 255))
    cut = bytes(sound[: data.draw(st.integers(0, len(sound)))])
    for damaged in (bytes(sound), cut):
        assert_survived(codec, damaged)


@pytest.mark.parametrize("codec", DRAWERS)
@given(noise=st.binary(max_size=300))
@settings(deadline=None)
def test_noise_is_survived(codec: str, noise: bytes) -> None:
    assert_survived(codec, noise)


def assert_survived(codec: str, data: bytes) -> None:
    try:
        plane = DRAWERS[codec](data)
    except BrokenPicture:
        return
    assert 0 < plane.pixels.size <= WIDEST * HIGHEST
    ink(plane)


@functools.cache
def packets_once(video: Video) -> tuple[tuple[Any, bytes], ...]:
    return tuple((None, data) for _, data in packets(video))
