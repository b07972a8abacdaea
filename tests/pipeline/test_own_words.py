"""Three lines of a title's own subtitles, by which a person knows the episode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engramd.match.model import Evidence, Track
from engramd.pipeline.own_words import Line, OwnWords, choose, own_words, plain


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- We have to go back.", "We have to go back."),
        (">> I know that.", "I know that."),
        ("JANET: Where is he?", "Where is he?"),
        ("(door slams) Who is there?", "Who is there?"),
        ("<i>It was late.</i>", "It was late."),
        ("♪ Sing with me, all night ♪", ""),
        ("# La la la la #", ""),
        ("[thunder rumbling]", ""),
        ("Yes.", ""),
        ("19:45 -- 20:00", ""),
    ],
)
def test_what_is_said_is_told_from_songs_and_sounds(line: str, said: str) -> None:
    assert plain(line) == said


def test_a_long_line_is_cut_between_words() -> None:
    cut = plain("This is what we have for the night of the second episode and there is more of it")
    assert cut.endswith("…")
    assert len(cut) <= 66
    assert cut[:-1] in "This is what we have for the night of the second episode and there is more of it"


def test_lines_are_spread_over_the_title_and_sentences_are_preferred() -> None:
    lines = [Line(at, f"This is sentence number {at}.") for at in range(0, 2400, 120)]
    lines += [Line(600, "♪ a song of the night ♪"), Line(1190, "No way"), Line(1800, "so we went to the")]
    chosen = choose(lines, 2400)
    assert [line.at for line in chosen] == [600, 1200, 1800]
    assert all(line.text.startswith("This is sentence") for line in chosen)


def test_a_title_in_which_nothing_is_said_has_no_lines() -> None:
    assert choose([Line(600, "[music]")], 2400) == []


def kept(folder: Path, *tracks: Track) -> Path:
    path = folder / "title-001.evidence.json"
    path.write_text(Evidence(source="x.mkv", duration=1200, tracks=tracks).model_dump_json())
    return path


def track(kind: str, texts: tuple[str, ...], **values: object) -> Track:
    starts = (290.0, 610.0, 905.0)
    return Track(kind=kind, codec="x", starts=starts, ends=(300.0, 620.0, 910.0), texts=texts, **values)


SAID = ("He is not here now.", "We have to go back.", "Then nobody knows that.")


def test_the_track_with_all_that_is_said_is_read(tmp_path: Path) -> None:
    signs = ("To the north gate.", "Closed for the night.", "Open in the morning.")
    comments = ("We filmed this twice.", "That was a long day.", "And here it ends.")
    path = kept(
        tmp_path,
        track("text", signs, forced=True),
        track("text", comments, commentary=True, default=True),
        track("caption", SAID),
        track("bitmap", (), stream=3),
    )
    assert own_words(path, 1200) == OwnWords(
        (Line(290, SAID[0]), Line(610, SAID[1]), Line(905, SAID[2])), 610
    )


def test_words_that_were_read_of_pictures_are_used(tmp_path: Path) -> None:
    path = kept(tmp_path, track("bitmap", (), stream=3))
    assert own_words(path, 1200) == OwnWords((), 610), "there is something to look at"
    words = {"stamp": 1, "stream": 3, "pictures": {"0": SAID[0], "2": SAID[2], "9": "Out of it all."}}
    path.with_name(f"{path.name}.words").write_text(json.dumps(words))
    assert own_words(path, 1200) == OwnWords((Line(290, SAID[0]), Line(905, SAID[2])), 905)


def test_what_was_heard_is_used_where_nothing_can_be_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    words = {"stamp": 1, "stream": -1, "heard": [[600.5, 603.0, SAID[1]]]}
    path.with_name(f"{path.name}.words").write_text(json.dumps(words))
    assert own_words(path, 1200).lines == (Line(600.5, SAID[1]),)


@pytest.mark.parametrize("content", [None, "", "{", '{"source": 1}'])
def test_evidence_that_is_gone_or_damaged_gives_the_middle_of_the_title(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "title-001.evidence.json"
    if content is not None:
        path.write_text(content)
    assert own_words(path, 1200) == OwnWords((), 600)


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"pictures": 1}', '{"heard": [[1]]}', '{"pictures": {"a": "b"}}']
)
def test_words_beside_it_that_are_damaged_are_no_fault(tmp_path: Path, content: str) -> None:
    path = kept(tmp_path, track("bitmap", (), stream=3))
    path.with_name(f"{path.name}.words").write_text(content)
    assert own_words(path, 1200) == OwnWords((), 610)
