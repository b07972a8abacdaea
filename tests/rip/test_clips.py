"""Where clips lie, where no authored disc can show it: in pieces, and in none."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.discs import Disc, Media, Segment, Title
from engramd.discs.files import Entry, Extent, VolumeFiles
from engramd.discs.volume import Volume
from engramd.rip import clips


def addresses(
    image: Path, monkeypatch: pytest.MonkeyPatch, extents: tuple[Extent, ...]
) -> dict[str, str] | None:
    """Ask for a clip of an image whose file system says that it lies there."""

    def listed(volume: Volume) -> VolumeFiles:
        size = sum(extent.size for extent in extents)
        return VolumeFiles(volume, "DISC", [Entry("BDMV/STREAM/00001.m2ts", size, extents)], [])

    monkeypatch.setattr("engramd.discs.udf.read_udf", listed)
    image.write_bytes(bytes(4096))
    segment = Segment(key="00001", duration=60, size=1)
    title = Title(
        index=0,
        number=1,
        source_file="00001.mpls",
        segment_map="1",
        segments=(segment,),
        duration=60,
        size=1,
    )
    return clips.clip_addresses(Disc(source=str(image), media=Media.BLURAY), title)


def test_extents_that_follow_each_other_are_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "disc.iso"
    found = addresses(image, monkeypatch, (Extent(2048, 6144), Extent(8192, 100)))
    assert found == {"00001": f"subfile,,start,2048,end,8292,,:{image}"}


@pytest.mark.parametrize(
    "extents",
    [
        (Extent(2048, 2048), Extent(8192, 2048)),
        (Extent(2048, 2048), Extent(None, 2048)),
        (Extent(None, 2048),),
        (),
    ],
)
def test_what_is_not_one_piece_is_left_to_the_disc_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extents: tuple[Extent, ...]
) -> None:
    assert addresses(tmp_path / "disc.iso", monkeypatch, extents) is None
