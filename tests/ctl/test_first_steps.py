"""What the next steps are where nothing was ripped yet."""

from __future__ import annotations

from typing import Any

from engramd.ctl.first_steps import steps
from tests.ctl.samples import drive

SET = {"library_tv_path": "/srv/tv", "library_movies_path": "/srv/films", "references_path": "/srv/subs"}
ASKED = {"network_enabled": True, "tmdb_enabled": True}
READY: dict[str, Any] = {
    "reader-dvd": {"severity": "ok", "text": "dvd discs can be ripped", "remedy": ""},
    "reader-bluray": {"severity": "ok", "text": "bluray discs can be ripped", "remedy": ""},
}


def texts(values: dict[str, Any], findings: dict[str, Any], keys: tuple[str, ...] = ()) -> list[str]:
    return [step.text for step in steps(values, keys, findings, [drive()])]


def test_a_fresh_machine_lacks_libraries_and_a_reader_before_it_needs_a_disc() -> None:
    lacking = {"severity": "warning", "text": "no FFmpeg that reads discs", "remedy": "apt install ffmpeg"}
    found = steps({}, (), {"reader-dvd": lacking, "reader-bluray": lacking}, [drive()])

    assert found[0].command == "sudo engramctl setup"
    assert (found[1].text, found[1].command) == (
        "have discs read: no FFmpeg that reads discs",
        "apt install ffmpeg",
    )
    assert found[2].text.startswith("insert a disc")
    assert len(found) == 3


def test_one_reader_is_enough_to_begin() -> None:
    one = READY | {"reader-bluray": {"severity": "warning", "text": "no libbluray", "remedy": ""}}

    assert not any("have discs read" in text for text in texts(SET, one))


def test_a_library_that_cannot_be_written_is_mended_first() -> None:
    closed = {"library_tv_path": {"severity": "error", "text": "it cannot be written", "remedy": "chown"}}

    assert texts(SET, READY | closed)[0] == "it cannot be written"


def test_without_a_drive_one_is_connected() -> None:
    [first, *_] = steps(SET | ASKED, ("tmdb_api_key",), READY, [])

    assert (first.text, first.command) == (
        "connect an optical drive, or rip a disc image",
        "engramctl rip FILE",
    )


def test_what_makes_it_better_comes_after_the_disc() -> None:
    makemkv = {"makemkv-key": {"severity": "ok", "text": "MakeMKV is not installed", "remedy": ""}}

    found = steps(SET, (), READY | makemkv, [drive()])

    assert [step.text.split()[0] for step in found] == ["insert", "let", "install"]
    assert found[1].command == (
        "engramctl config set tmdb_api_key; engramctl config set network_enabled true; "
        "engramctl config set tmdb_enabled true"
    )


def test_what_is_there_is_no_step() -> None:
    assert texts(SET | ASKED, READY, ("tmdb_api_key",)) == [
        "insert a disc; it is ripped by itself. An image or a folder is ripped by"
    ]
    assert texts({**SET, "references_path": ""} | ASKED, READY)[1].startswith("give the key for TMDB")
