"""Names of files beside a title, and how they come to be there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engramd.models import NamingPreset
from engramd.organize.modes import Modes
from engramd.organize.safe_names import LONGEST, ROOM, safe_component
from engramd.organize.sidecars import (
    digest_of,
    give,
    is_beside,
    nfo_name,
    renamed,
    season_poster,
    subtitle_name,
)

FILM = Path("/films/Film (1999)/Film (1999).mkv")


@pytest.mark.parametrize(
    ("language", "marks", "expected"),
    [
        ("eng", {"impaired": True}, "Film (1999).eng.sdh.srt"),
        ("fre", {"forced": True}, "Film (1999).fre.forced.srt"),
        ("eng", {"machine_read": True}, "Film (1999).OCR.eng.srt"),
        ("eng", {"machine_read": True, "number": 2}, "Film (1999).OCR 2.eng.srt"),
        ("ger", {"machine_read": True, "forced": True}, "Film (1999).OCR.ger.forced.srt"),
        ("eng", {"machine_read": True, "commentary": True}, "Film (1999).OCR commentary.eng.srt"),
        (None, {"impaired": True}, "Film (1999).und.sdh.srt"),
        ("../x", {}, "Film (1999).und.srt"),
    ],
)
def test_subtitles_are_called_as_media_servers_read_them(
    language: str | None, marks: dict[str, bool], expected: str
) -> None:
    assert subtitle_name(FILM, language, **marks) == expected  # type: ignore[arg-type]


def test_the_longest_names_of_files_leave_room() -> None:
    video = Path(safe_component("x" * 400, ".mkv", room=ROOM))
    longest = subtitle_name(video, "eng", machine_read=True, commentary=True, number=12)
    assert len(longest.encode()) <= LONGEST
    assert len(subtitle_name(video, "eng", machine_read=True, forced=True, number=12).encode()) <= LONGEST


def test_what_is_beside_a_video_follows_it() -> None:
    new = Path("/films/Film, The (1999)/Film, The (1999) - 1080p.mkv")
    srt = FILM.with_name("Film (1999).eng.sdh.srt")
    assert is_beside(srt, FILM)
    assert not is_beside(FILM.with_name("Film (1999) 2.srt"), FILM)
    assert not is_beside(Path("/films/Film (1999).nfo"), FILM)
    assert renamed(srt, FILM, new) == new.with_name("Film, The (1999) - 1080p.eng.sdh.srt")
    assert renamed(FILM.with_name(nfo_name(FILM)), FILM, new) == new.with_suffix(".nfo")
    assert renamed(FILM, FILM, new) == new


def test_posters_of_seasons_are_where_the_servers_look() -> None:
    show, season = Path("/tv/Show"), Path("/tv/Show/Season 01")
    assert season_poster(show, season, 1, NamingPreset.PLEX) == season / "Season01.jpg"
    assert season_poster(show, season, 1, NamingPreset.JELLYFIN) == show / "season01-poster.jpg"
    assert season_poster(show, season, 0, NamingPreset.JELLYFIN) == show / "season-specials-poster.jpg"


def test_a_file_is_there_whole_with_its_mode_and_nothing_else_is(tmp_path: Path) -> None:
    give(b"text", tmp_path / "a.nfo", Modes(file=0o640))
    assert (tmp_path / "a.nfo").read_bytes() == b"text"
    assert stat.S_IMODE((tmp_path / "a.nfo").stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.nfo"]


def test_only_what_was_written_here_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.nfo"
    path.write_bytes(b"a person's own")
    with pytest.raises(FileExistsError):
        give(b"new", path, Modes())
    with pytest.raises(FileExistsError):
        give(b"new", path, Modes(), digest_of(b"what engramd wrote"))
    assert path.read_bytes() == b"a person's own"
    path.write_bytes(b"what engramd wrote")
    give(b"new", path, Modes(), digest_of(b"what engramd wrote"))
    assert path.read_bytes() == b"new"
    give(b"new", path, Modes())  # it is there already: a crash came before it was recorded
    assert [one.name for one in tmp_path.iterdir()] == ["a.nfo"]


def test_a_link_is_nobodys_file_to_write_over(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"old")
    (tmp_path / "a.nfo").symlink_to("elsewhere")
    with pytest.raises(FileExistsError):
        give(b"new", tmp_path / "a.nfo", Modes(), digest_of(b"old"))
    assert (tmp_path / "elsewhere").read_bytes() == b"old"


def test_nothing_is_written_through_a_link_that_has_the_temporary_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else who may write into the folder makes one just before the file is written."""
    elsewhere, unlink = tmp_path / "elsewhere", Path.unlink
    elsewhere.write_bytes(b"old")

    def overtaken(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok=missing_ok)
        if not path.is_symlink():
            path.symlink_to(elsewhere)

    monkeypatch.setattr(Path, "unlink", overtaken)
    with pytest.raises(FileExistsError):
        give(b"new", tmp_path / "a.nfo", Modes())
    assert elsewhere.read_bytes() == b"old"
