"""Playlists that branch, ripped from a real disc; and where clips lie, where no authored disc can show it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from engramd.discs import Disc, Media, Segment, Stream, Title, read_disc
from engramd.discs.files import Entry, Extent, VolumeFiles
from engramd.discs.mpls import PlayItem
from engramd.discs.udf import read_udf
from engramd.discs.volume import OpenVolume, Volume
from engramd.errors import UnreadableDisc
from engramd.rip import OpenBackend, RipResult, clips, commands
from engramd.rip.ffmpeg import ENVIRONMENT
from engramd.tools import Tools
from tests.support.authoring import AuthoredDisc, AuthoredTitle
from tests.support.authoring.branches import Item, Scene, make_branching_bluray
from tests.support.authoring.cache import cached_disc
from tests.support.fixtures import BLURAY_TOOLS

SCENES = {1: Scene(60), 2: Scene(70), 3: Scene(65), 4: Scene(64, ("eng", "fre")), 5: Scene(60)}
SEAMLESS, BRANCH, HARD, TWICE, MORE_SOUND, LESS_SOUND, ANGLES, WHOLE, PARTS, PART = range(10, 20)
PLAYLISTS = {
    SEAMLESS: (Item(1), Item(2, connection=5), Item(3, connection=5)),
    BRANCH: (Item(1), Item(3, connection=6)),
    HARD: (Item(1), Item(2)),
    TWICE: (Item(2), Item(1, connection=5), Item(2, connection=5)),
    MORE_SOUND: (Item(4), Item(1, connection=5)),
    LESS_SOUND: (Item(1), Item(2), Item(4)),
    ANGLES: (Item(1, angles=(5,)), Item(2, connection=5)),
    # FFmpeg's reader opens a disc only if one of its playlists is so long.
    WHOLE: (Item(1), Item(2), Item(3), Item(4)),
    PARTS: (Item(1, (10, 40)), Item(2, (20, 60))),
    PART: (Item(2, (30, 60)),),
}
#: Seconds by which the last sound of a clip may end before its last picture, with some rounding.
GAP = 0.07


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


def test_pieces_are_joined_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "disc.iso"
    found = addresses(image, monkeypatch, (Extent(8192, 2048), Extent(2048, 2048), Extent(4096, 100)))
    parts = f"subfile,,start,8192,end,10240,,:{image}|subfile,,start,2048,end,4196,,:{image}"
    assert found == {"00001": f"concat:{parts}"}


@pytest.mark.parametrize(
    ("name", "extents"),
    [
        ("disc.iso", (Extent(2048, 2048), Extent(None, 2048))),
        ("disc.iso", (Extent(None, 2048),)),
        ("disc.iso", ()),
        ("disc.iso", tuple(Extent(4096 * n, 2048) for n in range(clips.MOST_PIECES + 1))),
        ("a|b.iso", (Extent(8192, 2048), Extent(2048, 2048))),
    ],
)
def test_what_cannot_be_told_as_pieces_is_left_to_the_disc_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, extents: tuple[Extent, ...]
) -> None:
    assert addresses(tmp_path / name, monkeypatch, extents) is None


@pytest.fixture(scope="module")
def backend() -> OpenBackend:
    backend = OpenBackend(Tools())
    if not backend.ffmpeg().bluray:
        pytest.skip("no FFmpeg here reads Blu-rays; install engramd[open]")
    return backend


@pytest.fixture(scope="module")
def branching() -> AuthoredDisc:
    """Give a Blu-ray of playlists that share five clips."""
    return branching_disc()


def branching_disc() -> AuthoredDisc:
    """Make a Blu-ray of `PLAYLISTS`, or take it from the cache."""
    missing = [tool for tool in BLURAY_TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")
    return cached_disc(make_branching_bluray, "branching", scenes=SCENES, playlists=PLAYLISTS)


def title_of(disc: Disc, number: int) -> Title:
    return next(title for title in disc.titles if title.number == number)


def rip(backend: OpenBackend, made: AuthoredDisc, number: int, target: Path) -> RipResult:
    disc = read_disc(made.image)
    return backend.rip_title(disc, title_of(disc, number), target, on_progress=lambda _: None)


def times(file: Path, stream: str) -> list[float]:
    """Give the times of a stream's packets, as they lie in the file."""
    show = ["-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "json"]
    said = subprocess.run(["ffprobe", "-v", "error", *show, file], capture_output=True, check=True).stdout
    return [float(packet["pts_time"]) for packet in json.loads(said)["packets"]]


def longest_gap(file: Path, stream: str) -> float:
    """Give the longest time between two packets, which never run backwards."""
    found = times(file, stream)
    assert found == sorted(found)
    return max(after - before for before, after in pairwise(found))


def sound_of(file: Path) -> bytes:
    copy = ["-map", "0:a:0", "-c", "copy", "-f", "ac3", "-"]
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-i", file, *copy], capture_output=True, check=True
    ).stdout


def joined(paths: Iterable[Path]) -> bytes:
    return b"".join(path.read_bytes() for path in paths)


def assert_is_whole(file: Path, result: RipResult, truth: AuthoredTitle) -> None:
    """Compare a rip with what the disc was made from: every picture and sound once, on one clock."""
    assert result.duration == pytest.approx(truth.seconds, abs=0.1)
    assert sound_of(file) == joined(truth.audio)
    assert len(times(file, "v:0")) == round(truth.seconds * 24000 / 1001)
    assert longest_gap(file, "v:0") < 0.05
    assert longest_gap(file, "a:0") < GAP


@pytest.mark.parametrize("number", [SEAMLESS, BRANCH, HARD, TWICE, ANGLES, WHOLE])
def test_branches_are_joined_without_loss_and_without_a_gap(
    backend: OpenBackend, branching: AuthoredDisc, tmp_path: Path, number: int
) -> None:
    """However its clips are connected, and however often one is played."""
    result = rip(backend, branching, number, tmp_path / "title.mkv")
    assert_is_whole(tmp_path / "title.mkv", result, branching.title(number))
    assert result.chapters == len(PLAYLISTS[number])


def test_a_clip_in_several_pieces_is_read_like_one(
    backend: OpenBackend, branching: AuthoredDisc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clips of angles are interleaved on real discs; here the halves of each lie behind the disc."""
    image, whole = tmp_path / "pieces.iso", VolumeFiles.extents
    shutil.copy(branching.image, image)

    def halved(files: VolumeFiles, path: str) -> tuple[Extent, ...]:
        (extent,) = whole(files, path)
        if not path.endswith(".m2ts"):
            return (extent,)
        content = (branching.folder / path).read_bytes()
        cut = len(content) // 2 // 2048 * 2048
        with image.open("ab") as file:
            at = file.tell()
            file.write(content[cut:] + b"x" * 4096 + content[:cut])
        end = at + len(content) - cut
        return Extent(end + 4096, cut), Extent(at, len(content) - cut)

    monkeypatch.setattr(VolumeFiles, "extents", halved)
    disc = read_disc(image)
    found = clips.clip_addresses(disc, title_of(disc, BRANCH))
    assert found is not None
    assert all(address.startswith("concat:subfile,,start,") for address in found.values())
    target = tmp_path / "title.mkv"
    result = backend.rip_title(disc, title_of(disc, BRANCH), target, on_progress=lambda _: None)
    assert_is_whole(target, result, branching.title(BRANCH))


def test_what_is_not_ripped_of_a_title_is_said(branching: AuthoredDisc) -> None:
    disc = read_disc(branching.image)

    def notes(number: int, *, joined: bool = True) -> tuple[str, ...]:
        return clips.notes_on(disc, title_of(disc, number), joined=joined)

    assert title_of(disc, ANGLES).angles == 2
    assert notes(ANGLES) == ("The title has 2 angles; only the first one was ripped.",)
    assert notes(SEAMLESS) == notes(HARD) == ()
    assert notes(SEAMLESS, joined=False) == (clips.UNJOINED,)
    assert notes(PARTS) == (clips.PARTS,)
    assert notes(PART) == (clips.PART,)
    assert notes(MORE_SOUND) == ("Sound in fre on 1 of the 2 clips only; the rest is silent or empty.",)
    assert notes(LESS_SOUND) == (
        "Left out: Sound in fre of clip 00004, which the longest clip does not have.",
    )
    dvd = disc.model_copy(update={"media": Media.DVD, "source": "/nowhere"})
    assert clips.notes_on(dvd, title_of(disc, ANGLES), joined=False) == notes(ANGLES)
    gone = disc.model_copy(update={"source": "/nowhere"})
    assert clips.notes_on(gone, title_of(disc, MORE_SOUND), joined=True) == (), "the rip is done all the same"


def test_the_streams_of_each_clip_are_read_once(
    branching: AuthoredDisc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reading parses, and a playlist may have thousands of clips with dozens of streams."""
    disc, read = read_disc(branching.image), list[str]()
    parse = vars(PlayItem)["streams"].fget

    def counted(item: PlayItem) -> tuple[Stream, ...]:
        read.append(item.clip)
        return tuple(parse(item))

    monkeypatch.setattr(PlayItem, "streams", property(counted))
    assert clips.notes_on(disc, title_of(disc, LESS_SOUND), joined=True)
    assert sorted(read) == ["00001", "00002", "00004"]


def test_a_disc_whose_newer_file_system_is_damaged_is_known_by_the_older_one(
    branching: AuthoredDisc, tmp_path: Path
) -> None:
    disc, image = read_disc(branching.image), tmp_path / "disc.iso"
    shutil.copy(branching.image, image)
    with image.open("r+b") as file:
        for sector in (256, image.stat().st_size // 2048 - 1):  # where UDF begins
            file.seek(sector * 2048)
            file.write(bytes(2048))
    with OpenVolume(image) as volume, pytest.raises(UnreadableDisc):
        read_udf(volume)
    copy, part = disc.model_copy(update={"source": str(image)}), title_of(disc, PART)
    assert clips.bytes_before(copy, part) == clips.bytes_before(disc, part) > 0
    more = title_of(disc, MORE_SOUND)
    assert clips.notes_on(copy, more, joined=True) == clips.notes_on(disc, more, joined=True) != ()


def test_sound_that_only_some_clips_have_is_kept_where_it_is(
    backend: OpenBackend, branching: AuthoredDisc, tmp_path: Path
) -> None:
    result = rip(backend, branching, MORE_SOUND, tmp_path / "title.mkv")
    assert_is_whole(tmp_path / "title.mkv", result, branching.title(MORE_SOUND))
    seconds = {track.language: track.seconds for track in result.tracks if track.kind == "audio"}
    assert seconds == {"eng": pytest.approx(124.1, abs=0.1), "fre": pytest.approx(64, abs=0.1)}


def test_parts_of_clips_are_as_long_as_the_disc_says(
    backend: OpenBackend, branching: AuthoredDisc, tmp_path: Path
) -> None:
    result = rip(backend, branching, PARTS, tmp_path / "title.mkv")
    seconds = branching.title(PARTS).seconds
    assert result.duration == pytest.approx(seconds, abs=0.1)
    assert len(times(tmp_path / "title.mkv", "v:0")) - seconds * 24000 / 1001 == pytest.approx(2, abs=0.1)
    assert longest_gap(tmp_path / "title.mkv", "v:0") < 0.05
    assert longest_gap(tmp_path / "title.mkv", "a:0") < GAP


def test_a_part_from_the_middle_of_a_clip_is_read_from_where_it_begins(
    backend: OpenBackend, branching: AuthoredDisc, tmp_path: Path
) -> None:
    """Read from the beginning, libbluray gives blank packets only, and FFmpeg finds no stream to copy."""
    disc = read_disc(branching.image)
    title = title_of(disc, PART)
    before = clips.bytes_before(disc, title)
    clip = branching.folder / "BDMV/STREAM/00002.m2ts"
    assert 0.4 < before / clip.stat().st_size < 0.45
    assert clips.bytes_before(disc, title_of(disc, SEAMLESS)) == 0
    assert clips.bytes_before(disc.model_copy(update={"source": "/nowhere"}), title) == 0
    target = tmp_path / "title.mkv"
    words = list(commands.playlist_command(disc, title, target).arguments)
    if "-skip_initial_bytes" not in words:
        place = words.index("-playlist")
        words[place:place] = ["-skip_initial_bytes", str(before)]
    done = subprocess.run(
        [backend.ffmpeg().path, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert times(target, "v:0")[0] == 0
    assert times(target, "a:0")[0] < GAP
    assert times(target, "v:0")[-1] == pytest.approx(title.duration, abs=0.1)
    assert longest_gap(target, "v:0") < 0.05


def test_an_ultra_hd_disc_branches_like_any_other(backend: OpenBackend, tmp_path: Path) -> None:
    made = make_branching_bluray(
        tmp_path / "uhd.iso",
        {1: Scene(20), 2: Scene(24)},
        {1: (Item(1), Item(2, connection=5)), 2: (Item(1),)},
        size=(3840, 2160),
        uhd=True,
    )
    disc = read_disc(made.image)
    assert (disc.media, title_of(disc, 1).resolution) == (Media.UHD, "4K")
    assert title_of(disc, 1).streams[0].codec == "hevc"
    result = rip(backend, made, 1, tmp_path / "title.mkv")
    assert [track.codec for track in result.tracks] == ["V_MPEGH/ISO/HEVC", "A_AC3"]
    assert_is_whole(tmp_path / "title.mkv", result, made.title(1))
