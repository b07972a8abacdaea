"""Hostile and damaged discs: they end quickly, in a disc with problems or in one of our errors."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engramd.discs import Disc, Media
from engramd.discs.binary import BadStructure
from engramd.discs.bluray import read_bluray
from engramd.discs.drive_calls import NoDrive
from engramd.discs.dvd import read_dvd
from engramd.discs.files import Extent
from engramd.discs.iso9660 import read_iso9660
from engramd.discs.model import DiscFile
from engramd.discs.reader import read_volume
from engramd.discs.udf import read_udf
from engramd.errors import EngramError, NotFound, UnreadableDisc
from tests.discs import udf_image
from tests.discs.udf_image import SECTOR, write_udf250
from tests.support.authoring import AuthoredDisc

#: A damaged disc may cost this much, in seconds of CPU.
PATIENCE = 2.0
fuzz = settings(
    max_examples=150,
    deadline=PATIENCE * 1000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)

#: Where bytes are changed (as a share of the place that matters), and what is written there.
changes = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.one_of(
            st.sampled_from([b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff", bytes(8)]),
            st.binary(min_size=1, max_size=8),
        ),
    ),
    min_size=1,
    max_size=12,
)
Change = tuple[float, bytes]


def changed(data: bytes, wanted: list[Change]) -> bytes:
    """Overwrite bytes at shares of the length."""
    spoilt = bytearray(data)
    for share, raw in wanted:
        at = int(share * len(data))
        spoilt[at : at + len(raw)] = raw
    return bytes(spoilt[: len(data)])


class MemoryFiles:
    """Files in memory, as a file system."""

    label = "MEMORY"

    def __init__(self, contents: Mapping[str, bytes], sizes: Mapping[str, int] | None = None) -> None:
        self.contents = contents
        self.problems: list[str] = []
        known = {path: len(data) for path, data in contents.items()} | dict(sizes or {})
        self.files = tuple(DiscFile(path=path, size=size) for path, size in known.items())

    def read(self, path: str, offset: int, size: int) -> bytes:
        try:
            return self.contents[path][offset : offset + size]
        except KeyError:
            raise NotFound("a file is not on the disc", where=path) from None

    def extents(self, path: str) -> tuple[Extent, ...]:
        return ()


class MemoryVolume:
    """A volume in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]


def contents(disc: AuthoredDisc, *suffixes: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(disc.folder)): path.read_bytes()
        for path in sorted(disc.folder.rglob("*"))
        if path.suffix in suffixes
    }


@fuzz
@given(wanted=changes, which=st.integers(0, 2))
def test_spoilt_ifo_files_never_break_the_reader(
    tv_dvd: AuthoredDisc, wanted: list[Change], which: int
) -> None:
    files = contents(tv_dvd, ".IFO")
    name = ("VIDEO_TS/VIDEO_TS.IFO", "VIDEO_TS/VTS_01_0.IFO", "VIDEO_TS/VTS_02_0.IFO")[which]
    # The tables that are read lie in the first sectors; the rest is address maps.
    head = files[name][: 8 * SECTOR]
    files[name] = changed(head, wanted) + files[name][8 * SECTOR :]
    titles, problems = read_dvd(MemoryFiles(files))
    assert all(title.duration >= 0 and title.size > 0 and title.segments for title in titles)
    assert all(problem.endswith(".") for problem in problems)


@fuzz
@given(
    wanted=changes,
    which=st.sampled_from(["PLAYLIST/00100.mpls", "PLAYLIST/00001.mpls", "CLIPINF/00001.clpi"]),
)
def test_spoilt_playlists_never_break_the_reader(
    tv_bluray: AuthoredDisc, wanted: list[Change], which: str
) -> None:
    files = contents(tv_bluray, ".mpls", ".clpi")
    name = f"BDMV/{which}"
    files[name] = changed(files[name], wanted)
    clips = {f"BDMV/STREAM/{number:05}.m2ts": 6144 * 100 for number in (1, 2, 3, 200)}
    titles, _ = read_bluray(MemoryFiles(files, clips))
    assert all(title.duration > 0 and title.size >= 0 and title.segments for title in titles)


@fuzz
@given(data=st.binary(max_size=3000), kind=st.sampled_from(["ifo", "mpls"]))
def test_garbage_with_the_right_name_is_a_problem(data: bytes, kind: str) -> None:
    if kind == "ifo":
        files = MemoryFiles({"VIDEO_TS/VIDEO_TS.IFO": b"DVDVIDEO-VMG" + data})
        read: Callable[[MemoryFiles], object] = read_dvd
    else:
        files = MemoryFiles({"BDMV/PLAYLIST/00001.mpls": b"MPLS0200" + data})
        read = read_bluray
    assert read(files)


def read_or_refuse(volume: MemoryVolume) -> Disc | None:
    start = time.thread_time()
    try:
        return read_volume(Path("hostile.iso"), volume, NoDrive(), 8)
    except EngramError:
        return None
    finally:
        assert time.thread_time() - start < PATIENCE


def with_checksums(data: bytes) -> bytes:
    """Put right the checksums of UDF tags, so that damage behind them is read."""
    fixed = bytearray(data)
    for at in range(0, len(fixed) - 16, SECTOR):
        tag = int.from_bytes(fixed[at : at + 2], "little")
        if 0 < tag < 10 or 255 < tag < 267:
            fixed[at + 4] = (sum(fixed[at : at + 16]) - fixed[at + 4]) & 0xFF
    return bytes(fixed)


@dataclass(repr=False)
class Image:
    """The bytes of an image; hypothesis would print them all."""

    data: bytes


@pytest.fixture(scope="module")
def dvd(tv_dvd: AuthoredDisc) -> Image:
    """Give the image of a DVD; its file systems lie in the first 290 sectors."""
    return Image(tv_dvd.image.read_bytes())


@fuzz
@given(wanted=changes, sector=st.integers(0, 289), only_udf=st.booleans())
def test_spoilt_file_systems_never_break_the_reader(
    dvd: Image, wanted: list[Change], sector: int, only_udf: bool
) -> None:
    head, rest = dvd.data[: 290 * SECTOR], dvd.data[290 * SECTOR :]
    used = [at for at in range(0, len(head), SECTOR) if any(head[at : at + SECTOR])]
    at = used[sector % len(used)]
    spoilt = head[:at] + changed(head[at : at + 512], wanted) + head[at + 512 :]
    if only_udf:
        spoilt = bytes(32 * SECTOR) + spoilt[32 * SECTOR :]
    disc = read_or_refuse(MemoryVolume(with_checksums(spoilt) + rest))
    assert disc is None or disc.media in (Media.DVD, Media.DATA)


@pytest.fixture(scope="module")
def pressed(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Give a UDF 2.50 image with a metadata partition."""
    files = {f"BDMV/PLAYLIST/{number:05}.mpls": b"x" * 3000 for number in range(30)}
    return Image(write_udf250(tmp_path_factory.mktemp("pressed") / "image.iso", files).read_bytes())


@fuzz
@given(wanted=changes, sector=st.integers(0, 400))
def test_spoilt_metadata_partitions_never_break_the_reader(
    pressed: Image, wanted: list[Change], sector: int
) -> None:
    data = pressed.data
    used = [at for at in range(0, 600 * SECTOR, SECTOR) if any(data[at : at + SECTOR])]
    at = used[sector % len(used)]
    spoilt = data[:at] + changed(data[at : at + 512], wanted) + data[at + 512 :]
    disc = read_or_refuse(MemoryVolume(with_checksums(spoilt)))
    assert disc is None or disc.media in (Media.BLURAY, Media.DATA)


class Hostile(udf_image.Writer):
    """Builds metadata by hand."""

    def volume(self, root: int) -> MemoryVolume:
        return MemoryVolume(udf_image.image_of(self, root, split=False))

    def directory(self, block: int, listing: bytes, size: int | None = None) -> None:
        places = [self.reserve() for _ in range(-(-len(listing) // SECTOR))]
        for number, place in enumerate(places):
            self.metadata[place] = udf_image.blocks(listing[number * SECTOR : (number + 1) * SECTOR])
        ads = struct.pack("<II", size or len(listing), places[0])
        self.metadata[block] = udf_image.file_entry(4, size or len(listing), ads, 0, block)


def test_a_directory_that_holds_itself_ends() -> None:
    writer = Hostile()
    root, below = writer.reserve(), writer.reserve()
    writer.directory(root, udf_image.identifier("BDMV", 2, below) + udf_image.identifier("AGAIN", 2, root))
    writer.directory(below, udf_image.identifier("UP", 2, root) + udf_image.identifier("ME", 2, below))
    assert read_udf(writer.volume(root)).files == ()


def test_one_file_under_endless_names_ends() -> None:
    writer = Hostile()
    root = writer.reserve()
    file = writer.file(b"x" * 5000)
    listing = b"".join(udf_image.identifier(f"{number:08}", 0, file) for number in range(60_000))
    writer.directory(root, listing)
    start = time.thread_time()
    with pytest.raises(UnreadableDisc, match="more files than a disc can have"):
        read_udf(writer.volume(root))
    assert time.thread_time() - start < 10


def test_a_file_of_absurd_size_is_a_problem() -> None:
    writer = Hostile()
    root, file = writer.reserve(), writer.reserve()
    writer.metadata[file] = udf_image.file_entry(5, (1 << 64) - 1, udf_image.long_ad(SECTOR, 0, 0), 1, file)
    writer.directory(root, udf_image.identifier("HUGE", 0, file))
    files = read_udf(writer.volume(root))
    assert files.files == ()
    assert files.problems[0].startswith("HUGE cannot be found")


def test_pieces_that_continue_for_ever_end() -> None:
    writer = Hostile()
    root, file, more = writer.reserve(), writer.reserve(), writer.reserve()
    again = struct.pack("<II", 3 << 30 | SECTOR, more)
    writer.metadata[more] = udf_image.blocks(
        udf_image.tag(258, more, struct.pack("<II", 0, len(again)) + again)
    )
    writer.metadata[file] = udf_image.file_entry(5, 1 << 40, again, 0, file)
    writer.directory(root, b"".join(udf_image.identifier(f"LOOP{n}", 0, file) for n in range(50)))
    start = time.thread_time()
    files = read_udf(writer.volume(root))
    assert (files.files, len(files.problems)) == ((), 50)
    assert time.thread_time() - start < PATIENCE


def test_a_directory_of_absurd_size_ends() -> None:
    writer = Hostile()
    root, below = writer.reserve(), writer.reserve()
    writer.directory(below, udf_image.identifier("FILE", 4, root), size=0x3FFFFFFF)
    writer.directory(root, udf_image.identifier("DEEP", 2, below))
    files = read_udf(writer.volume(root))
    assert files.files == ()
    assert files.problems


def iso_image(records: Callable[[int], Iterator[bytes]], size: int = SECTOR) -> MemoryVolume:
    """Give an ISO 9660 volume with these records in its root directory, at sector 20."""
    primary = bytearray(SECTOR)
    primary[0:6] = b"\1CD001"
    root = iso_record(b"\0", 20, size, 2)
    primary[156 : 156 + len(root)] = root
    return MemoryVolume(
        bytes(16 * SECTOR) + bytes(primary) + bytes(3 * SECTOR) + b"".join(records(20)).ljust(size, b"\0")
    )


def iso_record(name: bytes, sector: int, size: int, flags: int) -> bytes:
    body = struct.pack("<B", 0) + struct.pack("<II", sector, 0) + struct.pack("<II", size, 0)
    record = body + bytes(7) + bytes([flags]) + bytes(6) + bytes([len(name)]) + name
    record += bytes(len(record) % 2 == 0)
    return bytes([len(record) + 1]) + record


def test_an_iso_directory_that_holds_itself_ends() -> None:
    volume = iso_image(
        lambda root: iter([iso_record(b"AGAIN", root, SECTOR, 2), iso_record(b"A.;1", 3, 10, 0)])
    )
    files = read_iso9660(volume)
    assert [file.path for file in files.files] == ["A"]


def test_an_iso_file_in_several_pieces_is_one_file() -> None:
    pieces = [iso_record(b"BIG.VOB;1", 16, SECTOR, 0x80), iso_record(b"BIG.VOB;1", 20, 100, 0)]
    files = read_iso9660(iso_image(lambda _: iter(pieces)))
    assert files.files == (DiscFile(path="BIG.VOB", size=SECTOR + 100),)
    assert files.read("big.vob", SECTOR - 10, 200)[10:] == b"".join(pieces).ljust(100, b"\0")


def test_an_iso_root_that_lies_about_its_size_ends() -> None:
    volume = iso_image(lambda _: iter([iso_record(b"A;1", 3, 10, 0)]), SECTOR)
    root = bytearray(volume.data)
    root[16 * SECTOR + 166 : 16 * SECTOR + 170] = b"\xff\xff\xff\xff"
    assert len(read_iso9660(MemoryVolume(bytes(root))).files) == 1
    with pytest.raises(BadStructure):
        read_iso9660(iso_image(lambda _: iter([b"\xff" * 40]), SECTOR))


def test_a_directory_keeps_what_comes_before_damage() -> None:
    writer = Hostile()
    root = writer.reserve()
    file = writer.file(b"x")
    writer.directory(
        root, udf_image.identifier("A", 0, file) + b"\xff" * 40 + udf_image.identifier("B", 0, file)
    )
    files = read_udf(writer.volume(root))
    assert [found.path for found in files.files] == ["A"]
    assert files.problems[0].startswith("The folder / cannot be read")
