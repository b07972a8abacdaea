"""Questions about a damaged disc, answered by a real child, also where the drive does not answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import read_disc
from engramd.errors import Cancelled, ProtectedDisc, UnreadableDisc
from engramd.rip.damage import check_not_scrambled
from engramd.rip.disc_child import is_scrambled_in_child, regions_in_child
from engramd.rip.regions import title_regions
from engramd.rip.rescue import Rescue
from engramd.tools import CancelToken, ChildStuck, Outcome, Tools, child, supervision
from tests.rip.test_open_backend import title_of
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import scrambled_copy
from tests.support.badsectors import BadDisc, Spot, need_fuse


class CountingTools(Tools):
    """The real thing, remembering the modules that it ran; `before` is called before each."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def run(self, argv: Sequence[str | os.PathLike[str]], **options: Any) -> Outcome:
        """Run like Tools."""
        self.modules.append(os.fspath(argv[2]))
        self.before()
        return super().run(argv, **options)


@pytest.mark.parametrize(("name", "number"), [("tv_dvd", 2), ("tv_bluray", 100)])
def test_a_child_finds_the_same_regions(request: pytest.FixtureRequest, name: str, number: int) -> None:
    disc = read_disc(request.getfixturevalue(name).image)
    title = title_of(disc, number)
    assert regions_in_child(Tools(), disc, title) == title_regions(disc, title)


def test_a_child_tells_scrambled_from_clear(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    disc = read_disc(tv_dvd.image)
    image = scrambled_copy(tv_dvd.image, tmp_path / "scrambled.iso")
    scrambled = disc.model_copy(update={"source": str(image)})
    title = title_of(disc, 2)
    assert is_scrambled_in_child(Tools(), disc, title) is False
    assert is_scrambled_in_child(Tools(), scrambled, title) is True


def test_a_disc_without_a_file_system_is_unreadable(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    disc = read_disc(tv_dvd.image)
    (tmp_path / "disc.iso").write_bytes(bytes(2048 * 1000))
    empty = disc.model_copy(update={"source": str(tmp_path / "disc.iso")})
    with pytest.raises(UnreadableDisc) as here:
        title_regions(empty, title_of(disc, 2))
    with pytest.raises(UnreadableDisc) as failure:
        regions_in_child(Tools(), empty, title_of(disc, 2))
    assert str(failure.value) == str(here.value)


def test_a_rescue_looks_at_the_disc_in_a_child(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    disc, tools = read_disc(tv_dvd.image), CountingTools()
    rescue = Rescue(tools, disc, tmp_path / "rescue", stall=60)
    assert rescue.note_trouble(title_of(disc, 2))
    (tmp_path / "rescue/disc.iso").touch()
    assert not rescue.has_begun(title_of(disc, 3))
    said = "libdvdread: Error cracking CSS key for /VIDEO_TS/VTS_01_1.VOB (0x00000000)"
    outcome = Outcome((), 0, "", said, timed_out=False)
    check_not_scrambled(tools, disc, title_of(disc, 2), outcome)
    assert tools.modules == ["engramd.rip.disc_reader"] * 3
    image = scrambled_copy(tv_dvd.image, tmp_path / "scrambled.iso")
    scrambled = disc.model_copy(update={"source": str(image)})
    with pytest.raises(ProtectedDisc):
        check_not_scrambled(tools, scrambled, title_of(disc, 2), outcome)


@pytest.fixture
def hanging(tv_dvd: AuthoredDisc, tmp_path: Path) -> Iterator[str]:
    """Give a disc whose file system is not read for minutes."""
    need_fuse()
    with BadDisc(tv_dvd.image, tmp_path / "bad", Spot(0, 400 * 2048, seconds=300, readable=True)) as bad:
        yield str(bad.path)
        bad.heal()


def test_a_reader_that_takes_too_long_is_given_up(tv_dvd: AuthoredDisc) -> None:
    disc = read_disc(tv_dvd.image)
    with pytest.raises(UnreadableDisc, match="did not answer in time"):
        regions_in_child(Tools(), disc, title_of(disc, 2), timeout=0.01)
    assert is_scrambled_in_child(Tools(), disc, title_of(disc, 2), timeout=0.01) is None


def test_waiting_for_a_drive_that_hangs_can_be_cancelled(
    tv_dvd: AuthoredDisc, hanging: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel does not let the child go, that is told, and this thread goes on all the same."""
    monkeypatch.setattr(supervision, "KILL_AFTER", 0.3)
    monkeypatch.setattr(child, "LAST_WAIT", 0.2)
    disc, tools, cancel = read_disc(tv_dvd.image), CountingTools(), CancelToken()
    hangs = disc.model_copy(update={"source": hanging})
    tools.before = threading.Timer(1.0, cancel.cancel, ["by the test"]).start
    with pytest.raises((Cancelled, ChildStuck)):
        Rescue(tools, hangs, tmp_path / "rescue", stall=60).note_trouble(title_of(disc, 2), cancel)
