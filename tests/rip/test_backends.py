"""Which back end reads a disc: decided anew each time, by what is there."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.discs.model import Disc, Media, Protection
from engramd.discs.robot_faults import MakemkvFailed
from engramd.errors import NotFound, ProtectedDisc, ToolMissing
from engramd.rip import ChosenBackend, Makemkv, MakemkvSettings, OpenBackend, RipResult
from engramd.rip.makemkv import MakemkvBackend
from engramd.rip.model import NotOffered
from engramd.tools import Tools
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import scrambled_copy
from tests.support.makemkv import StandInMakemkv

EXTRA = 4


def chosen(tmp_path: Path, path: str, **settings: object) -> ChosenBackend:
    tools = Tools()
    wanted = replace(MakemkvSettings(path=path, stall=20.0), **settings)  # type: ignore[arg-type]
    program = Makemkv(tools, wanted, tmp_path / "home")
    makemkv = MakemkvBackend(program, threading.Lock(), look_every=0.05)
    return ChosenBackend(program, lambda: makemkv, OpenBackend(tools))


@pytest.fixture
def plain(tv_dvd: AuthoredDisc) -> Disc:
    return read_disc(tv_dvd.image)


@pytest.fixture
def locked(tv_dvd: AuthoredDisc, tmp_path: Path) -> Disc:
    return read_disc(scrambled_copy(tv_dvd.image, tmp_path / "locked.iso"))


def test_makemkv_reads_every_disc_when_it_works(
    tmp_path: Path, makemkv: StandInMakemkv, plain: Disc, locked: Disc
) -> None:
    backend = chosen(tmp_path, str(makemkv.path))
    for disc in (plain, locked, locked.model_copy(update={"protection": Protection.UNKNOWN})):
        assert backend.refuses(disc) is None
        assert backend.name_for(disc) == "makemkv"


def test_without_it_ffmpeg_reads_what_is_not_protected(tmp_path: Path, plain: Disc, locked: Disc) -> None:
    backend = chosen(tmp_path, str(tmp_path / "none"))
    backend.program.find = lambda: None  # type: ignore[method-assign]
    assert backend.refuses(plain) is None
    assert backend.name_for(plain) == "open"
    for disc in (locked, locked.model_copy(update={"protection": Protection.UNKNOWN})):
        refusal = backend.refuses(disc)
        assert isinstance(refusal, ProtectedDisc)
        assert "install MakeMKV" in refusal.remedy


def test_with_a_bad_key_a_protected_disc_is_refused_for_the_key(
    tmp_path: Path, makemkv: StandInMakemkv, plain: Disc, locked: Disc
) -> None:
    makemkv.needs_key("T-good")
    backend = chosen(tmp_path, str(makemkv.path))
    assert backend.name_for(plain) == "open"
    assert backend.refuses(plain) is None
    refusal = backend.refuses(locked)
    assert isinstance(refusal, MakemkvFailed)
    assert refusal.condition == "key"


@pytest.mark.parametrize("media", [Media.DATA, Media.AUDIO, Media.BLANK])
def test_a_disc_without_video_has_no_titles(tmp_path: Path, makemkv: StandInMakemkv, media: Media) -> None:
    assert isinstance(chosen(tmp_path, str(makemkv.path)).refuses(Disc(source="x", media=media)), NotFound)


def test_what_makemkv_does_not_offer_of_a_plain_disc_is_read_by_ffmpeg(
    tmp_path: Path, makemkv: StandInMakemkv, plain: Disc, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    makemkv.insert(tv_dvd.image)
    makemkv.insert(Path(locked.source), tv_dvd.image)
    backend = chosen(tmp_path, str(makemkv.path), least_seconds=60)
    result = backend.rip_title(
        plain, plain.titles[EXTRA], tmp_path / "extra.mkv", on_progress=lambda _progress: None
    )
    assert result.duration == pytest.approx(plain.titles[EXTRA].duration, abs=1)
    assert result.backend == "open"
    with pytest.raises(NotOffered):
        backend.rip_title(
            locked, locked.titles[EXTRA], tmp_path / "locked.mkv", on_progress=lambda _progress: None
        )
    assert not (tmp_path / "locked.mkv").exists()


def test_when_makemkv_is_removed_in_the_middle_ffmpeg_reads_what_is_not_protected(
    tmp_path: Path, makemkv: StandInMakemkv, plain: Disc, tv_dvd: AuthoredDisc
) -> None:
    makemkv.insert(tv_dvd.image)
    backend = chosen(tmp_path, str(makemkv.path))

    def rip() -> RipResult:
        extra, target = plain.titles[EXTRA], tmp_path / "extra.mkv"
        return backend.rip_title(plain, extra, target, on_progress=lambda _progress: None)

    result = rip()
    assert result.backend == "makemkv"
    result.path.unlink()
    makemkv.path.unlink()
    with pytest.raises(ToolMissing):
        rip()
    assert backend.name_for(plain) == "open"
    assert rip().backend == "open"
