"""What fills the gaps of an image touches nothing else of real ones, and hostile ones cost no memory."""

from __future__ import annotations

import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from engramd.discs import Disc, Media, Segment, Title, read_disc
from engramd.rip.ddrescue_map import Ranges
from engramd.rip.regions import title_regions
from engramd.rip.stuffing import fill_gaps
from tests.rip.test_open_backend import title_of
from tests.support.authoring import AuthoredDisc

SECTOR = 2048
#: A sector of title 2 with a navigation pack, and one without.
LED, PICTURE = 113, 115
MEGABYTE = 1024 * 1024


def changed(before: bytes, after: bytes) -> list[int]:
    """Give where sectors differ."""
    assert len(before) == len(after)
    return [at for at in range(0, len(before), SECTOR) if before[at : at + SECTOR] != after[at : at + SECTOR]]


@pytest.mark.parametrize("lost", [(), (PICTURE,), (281,)])
def test_what_was_read_stays_as_it_is(tv_dvd: AuthoredDisc, tmp_path: Path, lost: tuple[int, ...]) -> None:
    """Though the disc's table names a navigation pack where none is: it may be made so, or damaged."""
    image = tmp_path / "disc.iso"
    disc = read_disc(tv_dvd.image).model_copy(update={"source": str(image)})
    whole = disc.model_copy(update={"source": str(tv_dvd.image)})
    title = title_of(disc, 2)
    start = title_regions(whole, title).played[0][0]
    data = bytearray(tv_dvd.image.read_bytes())
    for sector in (LED, *lost):
        place = start + sector * SECTOR
        data[place : place + SECTOR] = bytes(SECTOR)
    image.write_bytes(data)
    gaps: Ranges = tuple((start + sector * SECTOR, start + (sector + 1) * SECTOR) for sector in lost)

    fill_gaps(disc, title, gaps)

    assert changed(data, image.read_bytes()) == [start for start, _ in gaps]


def dvd_of(folder: Path, model: AuthoredDisc, starts: int, packs: int) -> tuple[Disc, Title]:
    """Make a DVD that names so many navigation packs and has so many, and nothing else."""
    videos = folder / "disc/VIDEO_TS"
    videos.mkdir(parents=True)
    ifo = bytearray((model.folder / "VIDEO_TS/VTS_01_0.IFO").read_bytes())
    ifo[0xE4:0xE8] = (len(ifo) // SECTOR).to_bytes(4, "big")
    table = (4 * starts + 3).to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in range(starts))
    (videos / "VTS_01_0.IFO").write_bytes(ifo + table)
    with (model.folder / "VIDEO_TS/VTS_01_1.VOB").open("rb") as file:
        pack = file.read(SECTOR)
    (videos / "VTS_01_1.VOB").write_bytes(pack * packs)
    image = folder / "disc.iso"
    subprocess.run(["genisoimage", "-quiet", "-udf", "-o", image, folder / "disc"], check=True)
    shutil.rmtree(folder / "disc")
    segment = Segment(key=f"1:0-{max(starts, packs) - 1}", duration=60, size=SECTOR * packs)
    title = Title(
        index=0,
        number=1,
        source_file="VTS_01_1.VOB",
        segment_map="1",
        segments=(segment,),
        duration=60,
        size=SECTOR * packs,
    )
    return Disc(source=str(image), media=Media.DVD), title


@pytest.mark.parametrize(("starts", "packs"), [(300_000, 20), (15_000, 15_000)])
def test_a_disc_with_many_navigation_packs_takes_little_memory(
    tv_dvd: AuthoredDisc, tmp_path: Path, starts: int, packs: int
) -> None:
    """More than any film has, and as many as it may have; read into memory the latter alone take 30 MB."""
    disc, title = dvd_of(tmp_path, tv_dvd, starts, packs)
    place = title_regions(disc, title).played[0][0] + 7 * SECTOR
    before = Path(disc.source).read_bytes()
    tracemalloc.start()
    try:
        fill_gaps(disc, title, ((place, place + SECTOR),))
        assert tracemalloc.get_traced_memory()[1] < 12 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert changed(before, Path(disc.source).read_bytes()) == [place]
