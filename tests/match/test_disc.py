"""Whole discs against references with all the faults that real collections have."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import engramd
from engramd.match.checked import Checked
from engramd.match.decision import Circumstances
from engramd.match.labels import Label
from engramd.match.model import MatchResult, TitleMatch, TitleToMatch
from engramd.match.shelf import assign
from engramd.match.subtitles import Cue
from tests.match.made import (
    Show,
    Spoken,
    request,
    retold,
    srt,
    track,
    translated,
    write_evidence,
    write_reference,
)

SHOW = Show(11)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Give a folder with references of eight episodes of `Show`."""
    for number in range(1, 9):
        write_reference(tmp_path / "refs", name_of(number), reference(number))
    return tmp_path / "refs"


def name_of(number: int) -> str:
    return f"Show/Season 1/Show - S01E{number:02d}.srt"


@cache
def reference(number: int) -> list[Cue]:
    return retold(SHOW.episode(number).cues, number, shift=number * 2.5)


def on_disc(spoken: Spoken, seed: int = 99) -> list[Cue]:
    return retold(spoken.cues, seed, shift=0, jitter=0.03, dropped=0.02, reworded=0.02)


def titles(folder: Path, *episodes: int, text: bool = True) -> list[TitleToMatch]:
    kind = "caption" if text else "bitmap"
    return [
        write_evidence(folder, index, SHOW.seconds, track(on_disc(SHOW.episode(n)), kind=kind, text=text))
        for index, n in enumerate(episodes)
    ]


def answers(result: MatchResult) -> list[str | None]:
    return [title.episode for title in result.titles]


def only(result: MatchResult) -> TitleMatch:
    assert len(result.titles) == 1
    return result.titles[0]


def assert_asks(result: MatchResult, words: str) -> None:
    title = only(result)
    assert title.verdict == "review", title
    assert title.episode is None
    assert words in title.reason, title.reason


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_a_disc_is_assigned_with_reasons(shelf: Path, tmp_path: Path, text: bool) -> None:
    result = assign(request(shelf, titles(tmp_path, 3, 4, 5, text=text), season=1))
    assert answers(result) == ["S01E03", "S01E04", "S01E05"]
    for title in result.titles:
        assert title.verdict == "matched"
        assert 0.99 <= title.confidence < 1
        assert title.candidates[0].episode == title.episode
        assert title.candidates[0].confidence > title.candidates[1].confidence
        assert "offset" in title.reason
        assert ("words" in title.reason) == text
    assert result.show == "Show"
    assert result.problems == ()
    assert result.lacking == ""


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_a_missing_reference_is_a_question_and_no_neighbour(shelf: Path, tmp_path: Path, text: bool) -> None:
    (shelf / name_of(4)).unlink()
    result = assign(request(shelf, titles(tmp_path, 3, 4, 5, text=text)))
    assert answers(result) == ["S01E03", None, "S01E05"]
    assert result.titles[1].verdict == "review"
    assert result.titles[1].lacking == ""
    assert result.problems == ("season 1 has no usable reference for E04",)


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_a_single_wrong_candidate_is_not_sure(tmp_path: Path, text: bool) -> None:
    write_reference(tmp_path / "refs", name_of(1), reference(1))
    result = assign(request(tmp_path / "refs", titles(tmp_path, 2, 3, 4, text=text)))
    assert [t.verdict for t in result.titles] == ["review"] * 3
    assert max(t.confidence for t in result.titles) < 0.5


def test_an_episode_that_another_disc_holds_is_found_in_a_range() -> None:
    circumstances = Circumstances(Checked(), 0.95, ("S01E02",))
    assert circumstances.holds(Label(1, (1, 2)))
    assert not circumstances.holds(Label(2, (2,)))


def test_many_references_of_one_episode_make_its_words_no_rarer(tmp_path: Path) -> None:
    for source in range(8):
        told = retold(SHOW.episode(1).cues, 50 + source, shift=source * 1.5)
        write_reference(tmp_path / "refs", f"Show/source{source}/S01E01.srt", told)
    result = assign(request(tmp_path / "refs", titles(tmp_path, 5)))
    assert only(result).verdict == "review"
    assert only(result).confidence < 0.5
    assert answers(assign(request(tmp_path / "refs", titles(tmp_path, 1)))) == ["S01E01"]


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_a_single_right_candidate_is_enough_if_it_fits_strongly(tmp_path: Path, text: bool) -> None:
    write_reference(tmp_path / "refs", name_of(1), reference(1))
    assert answers(assign(request(tmp_path / "refs", titles(tmp_path, 1, text=text)))) == ["S01E01"]


def test_no_references_at_all_is_a_lack_and_names_what_there_is(shelf: Path, tmp_path: Path) -> None:
    asked = request(shelf, titles(tmp_path, 1)).model_copy(update={"show": "Other"})
    result = assign(asked)
    assert result.lacking == "references"
    assert only(result).lacking == "references"
    assert "Show" in result.problems[0]


def test_no_evidence_is_a_lack_of_the_title_alone(shelf: Path, tmp_path: Path) -> None:
    good = titles(tmp_path, 1)
    bare = write_evidence(tmp_path, 7, 95.0)
    gone = TitleToMatch(title_index=8, evidence=tmp_path / "gone.json")
    damaged = TitleToMatch(title_index=9, evidence=tmp_path / "damaged.json")
    (tmp_path / "damaged.json").write_text('{"source": "x", "dur')
    result = assign(request(shelf, [*good, bare, gone, damaged, TitleToMatch(title_index=10, evidence=None)]))
    assert answers(result) == ["S01E01", None, None, None, None]
    assert [t.lacking for t in result.titles] == ["", "evidence", "evidence", "evidence", "evidence"]
    assert result.lacking == ""
    assert "no subtitles or captions" in result.titles[1].reason


def test_a_season_without_references_is_a_lack_that_names_it(shelf: Path, tmp_path: Path) -> None:
    result = assign(request(shelf, titles(tmp_path, 401), season=4))
    assert result.lacking == "references"
    assert "no usable reference of season 4" in only(result).reason


# -- faults of references --


def test_the_same_dialogue_under_two_labels_is_a_conflict(shelf: Path, tmp_path: Path) -> None:
    write_reference(shelf, name_of(8), retold(SHOW.episode(3).cues, 55, shift=5, reworded=0.1))
    result = assign(request(shelf, titles(tmp_path, 3)))
    assert_asks(result, "same dialogue under two labels")
    assert any("E03.srt" in p and "E08.srt" in p for p in result.problems)


def test_two_labels_that_fit_alike_are_a_question(shelf: Path, tmp_path: Path) -> None:
    write_reference(shelf, name_of(8), retold(SHOW.episode(3).cues, 55, shift=5, reworded=0.4))
    result = assign(request(shelf, titles(tmp_path, 3, text=False)))
    assert only(result).verdict == "review"
    assert {c.episode for c in only(result).candidates[:2]} == {"S01E03", "S01E08"}
    assert "wrong label" in only(result).reason


def test_two_sources_with_swapped_episodes_are_a_conflict(shelf: Path, tmp_path: Path) -> None:
    for number, content in ((3, 4), (4, 3)):
        write_reference(
            shelf, f"Show/other/S01E{number:02d}.srt", retold(SHOW.episode(content).cues, 70 + number)
        )
    result = assign(request(shelf, titles(tmp_path, 3, 4, 5)))
    assert answers(result) == [None, None, "S01E05"]
    assert "cannot be trusted" in result.titles[0].reason


def test_two_languages_with_swapped_labels_are_noticed_by_time(shelf: Path, tmp_path: Path) -> None:
    for number, content in ((3, 4), (4, 3)):
        write_reference(
            shelf, f"Show/S01E{number:02d}.fr.srt", translated(SHOW.episode(content).cues, number)
        )
    result = assign(request(shelf, titles(tmp_path, 3, text=False)))
    assert only(result).verdict == "review"
    assert {c.episode for c in only(result).candidates[:2]} == {"S01E03", "S01E04"}


def test_a_second_reference_that_agrees_makes_it_surer(shelf: Path, tmp_path: Path) -> None:
    one = only(assign(request(shelf, titles(tmp_path, 3)))).confidence
    write_reference(shelf, "Show/S01E03.fr.srt", translated(SHOW.episode(3).cues, 3))
    two = only(assign(request(shelf, titles(tmp_path, 3)))).confidence
    assert two > one


def test_a_copy_of_a_reference_is_no_second_witness(shelf: Path, tmp_path: Path) -> None:
    one = only(assign(request(shelf, titles(tmp_path, 3)))).confidence
    write_reference(shelf, "Show/S01E03.copy.srt", reference(3))
    assert only(assign(request(shelf, titles(tmp_path, 3)))).confidence == pytest.approx(one, abs=2e-4)


def test_references_in_another_language_match_by_time(tmp_path: Path) -> None:
    for number in range(1, 9):
        write_reference(
            tmp_path / "refs", f"Show/S01E{number:02d}.fr.srt", translated(SHOW.episode(number).cues, number)
        )
    result = assign(request(tmp_path / "refs", titles(tmp_path, 3, 4)))
    assert answers(result) == ["S01E03", "S01E04"]
    assert "words" not in result.titles[0].reason


def test_a_file_in_a_language_that_its_name_denies_is_named(shelf: Path, tmp_path: Path) -> None:
    write_reference(shelf, "Show/S01E02.en.srt", translated(SHOW.episode(2).cues, 1))
    (shelf / name_of(2)).unlink()
    result = assign(request(shelf, titles(tmp_path, 2)))
    assert any("says eng in its name, but its text is fre" in p for p in result.problems)


def test_whole_second_times_are_no_evidence_but_their_words_are(tmp_path: Path) -> None:
    for number in range(1, 9):
        coarse = [replace(c, start=float(round(c.start)), end=round(c.end) + 0.5) for c in reference(number)]
        write_reference(tmp_path / "refs", name_of(number), coarse)
    by_words = assign(request(tmp_path / "refs", titles(tmp_path, 3)))
    assert answers(by_words) == ["S01E03"]
    assert "times" not in only(by_words).reason
    assert any("whole seconds" in p for p in by_words.problems)
    assert_asks(
        assign(request(tmp_path / "refs", titles(tmp_path, 3, text=False))), "no reference can be compared"
    )


def test_signs_only_references_are_not_used(shelf: Path, tmp_path: Path) -> None:
    write_reference(shelf, name_of(3), reference(3)[:60])
    result = assign(request(shelf, titles(tmp_path, 3)))
    assert only(result).verdict == "review"
    assert any("has only 60 cues" in p for p in result.problems)


def test_the_same_name_but_another_show_is_no_match(tmp_path: Path) -> None:
    other = Show(12)
    for number in range(1, 9):
        write_reference(tmp_path / "refs", name_of(number), retold(other.episode(number).cues, number))
    result = assign(request(tmp_path / "refs", titles(tmp_path, 1, 2, 3, 4)))
    assert [t.verdict for t in result.titles] == ["review"] * 4


def test_songs_that_all_share_are_no_match(tmp_path: Path) -> None:
    show = Show(13, songs=True)
    for number in (1, 2, 3):
        write_reference(tmp_path / "refs", name_of(number), retold(show.episode(number).cues, number))
    for text in (True, False):
        kind = "caption" if text else "bitmap"
        title = write_evidence(
            tmp_path, 0, show.seconds, track(on_disc(show.episode(9)), kind=kind, text=text)
        )
        assert only(assign(request(tmp_path / "refs", [title]))).verdict == "review"


def test_a_recap_of_the_last_episode_is_not_the_last_episode(tmp_path: Path) -> None:
    for number in (1, 2, 3, 5, 6, 7):
        write_reference(tmp_path / "refs", name_of(number), reference(number))
    recap = [replace(c, start=c.start / 10, end=c.start / 10 + 1) for c in SHOW.episode(3).cues[::4]]
    fourth = [c for c in on_disc(SHOW.episode(4)) if c.start > 140]
    title = write_evidence(tmp_path, 0, SHOW.seconds, track(sorted([*recap, *fourth], key=lambda c: c.start)))
    assert only(assign(request(tmp_path / "refs", [title]))).verdict == "review"


def test_parody_words_do_not_spoil_right_times(tmp_path: Path) -> None:
    luck = random.Random(5)
    rare = ["".join(luck.choices("bcdfglmnprstvz", k=7)) for _ in range(400)]
    for number in range(1, 9):
        parody = [replace(c, text=" ".join(luck.choices(rare, k=6))) for c in reference(number)]
        write_reference(tmp_path / "refs", name_of(number), parody)
    assert answers(assign(request(tmp_path / "refs", titles(tmp_path, 3)))) == ["S01E03"]


def test_hostile_files_are_named_and_the_rest_goes_on(shelf: Path, tmp_path: Path) -> None:
    place = shelf / "Show" / "Season 1"
    (place / "S01E09.srt").write_bytes(b"")
    (place / "S01E10.srt").write_text("<html><body>Just a moment…</body></html>")
    with (place / "S01E11.srt").open("wb") as file:
        file.truncate(100 << 20)
    (place / "S01E12.sub").write_bytes(os.urandom(5000) + b"\x00" * 20)
    (place / "S01E13.srt").symlink_to("S01E13.srt")
    (place / "loop").symlink_to("..")
    (place / "readme.srt").write_text(srt(reference(1)))
    (place / "S01E14\udcff.srt").write_text("nothing")
    result = assign(request(shelf, titles(tmp_path, 3)))
    assert answers(result) == ["S01E03"]
    assert len([p for p in result.problems if "Season 1/" in p]) == 7
    assert MatchResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.unprivileged
def test_a_file_without_permission_is_named() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for number in range(1, 6):
            write_reference(folder / "refs", name_of(number), reference(number))
        (folder / "refs" / name_of(5)).chmod(0)
        closed = folder / "refs" / "Show" / "Season 2"
        closed.mkdir(mode=0)
        asked = request(folder / "refs", titles(folder, 3)).model_dump_json()
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-P"]
        child = [*nobody, "-m", "engramd.match", "assign"]
        package = {"PYTHONPATH": str(Path(engramd.__file__).parents[1]), "PATH": os.environ["PATH"]}
        done = subprocess.run(child, input=asked, env=package, check=True, capture_output=True, text=True)
        result = MatchResult.model_validate_json(done.stdout)
    assert answers(result) == ["S01E03"]
    assert any("E05.srt cannot be read: Permission denied" in p for p in result.problems)
    assert any("Season 2 cannot be read: Permission denied" in p for p in result.problems)


# -- tracks --


def test_commentary_and_forced_tracks_are_passed_over(shelf: Path, tmp_path: Path) -> None:
    luck = random.Random(1)
    chatter = sorted(
        (Cue(at, at + 1, "") for at in (luck.uniform(5, 1300) for _ in range(900))), key=lambda c: c.start
    )
    title = write_evidence(
        tmp_path,
        0,
        SHOW.seconds,
        track(chatter, kind="bitmap", text=False),
        track(on_disc(SHOW.episode(5))[::8], kind="bitmap", text=False),
        track(on_disc(SHOW.episode(5)), kind="bitmap", text=False, forced=True),
        track(on_disc(SHOW.episode(2)), kind="bitmap", text=False),
    )
    assert answers(assign(request(shelf, [title]))) == ["S01E02"]


@pytest.mark.parametrize(
    ("flags", "cues", "words"),
    [
        ({"commentary": True}, slice(None), "commentary"),
        ({"forced": True}, slice(None), "forced"),
        ({}, slice(None, None, 10), "fewer than"),
        ({}, slice(0, 160), "covers only"),
    ],
)
def test_a_title_with_nothing_but_a_bad_track_lacks_evidence(
    shelf: Path, tmp_path: Path, flags: dict[str, object], cues: slice, words: str
) -> None:
    bad = track(on_disc(SHOW.episode(2))[cues], kind="bitmap", text=False, **flags)
    result = assign(request(shelf, [write_evidence(tmp_path, 0, SHOW.seconds, bad)]))
    assert_asks(result, words)
    assert only(result).lacking == "evidence"


def test_roll_up_captions_match_by_words(shelf: Path, tmp_path: Path) -> None:
    luck = random.Random(2)
    late = [replace(c, start=c.start + luck.uniform(0, 4)) for c in on_disc(SHOW.episode(6))]
    late = sorted((replace(c, end=c.start + 2) for c in late), key=lambda c: c.start)
    title = write_evidence(tmp_path, 0, SHOW.seconds, track(late, rolling=True))
    assert answers(assign(request(shelf, [title]))) == ["S01E06"]


def test_words_and_times_that_disagree_are_a_question(shelf: Path, tmp_path: Path) -> None:
    title = write_evidence(
        tmp_path,
        0,
        SHOW.seconds,
        track(on_disc(SHOW.episode(2)), kind="bitmap", text=False),
        track(
            [replace(c, start=c.start + 0.001 * n) for n, c in enumerate(on_disc(SHOW.episode(3)))],
            rolling=True,
        ),
    )
    assert_asks(assign(request(shelf, [title])), "the times fit S01E02, but the words fit S01E03")


# -- the disc as a whole --


def test_twins_get_an_episode_once(shelf: Path, tmp_path: Path) -> None:
    kinds: Sequence[tuple[int, int, float]] = ((3, 1, 0.03), (3, 2, 0.4))
    twins = [
        write_evidence(
            tmp_path, i, SHOW.seconds, track(retold(SHOW.episode(n).cues, seed, shift=0, jitter=jitter))
        )
        for i, (n, seed, jitter) in enumerate(kinds)
    ]
    result = assign(request(shelf, twins))
    assert answers(result) == ["S01E03", None]
    assert "is title 1 already" in result.titles[1].reason
    assert result.titles[1].candidates[0].episode == "S01E03"


def test_a_pinned_episode_is_kept_and_not_given_again(shelf: Path, tmp_path: Path) -> None:
    first, second = titles(tmp_path, 3, 3)
    result = assign(request(shelf, [first.model_copy(update={"pinned": "S01E03"}), second]))
    assert answers(result) == ["S01E03", None]
    assert result.titles[0].reason == "decided before"
    assert "is title 1 already" in result.titles[1].reason


@pytest.mark.parametrize("pinned", ["S01E01-E08", "S2019E05", "no code"])
def test_whatever_was_decided_is_kept(shelf: Path, tmp_path: Path, pinned: str) -> None:
    (first,) = titles(tmp_path, 3)
    title = only(assign(request(shelf, [first.model_copy(update={"pinned": pinned})])))
    assert (title.episode, title.reason) == (pinned, "decided before")


def test_every_episode_of_a_long_pinned_range_is_taken(shelf: Path, tmp_path: Path) -> None:
    first, second = titles(tmp_path, 1, 3)
    result = assign(request(shelf, [first.model_copy(update={"pinned": "S01E01-E08"}), second]))
    assert answers(result) == ["S01E01-E08", None]
    assert "is title 1 already" in result.titles[1].reason


def test_a_disc_out_of_order_is_assigned_and_remarked(shelf: Path, tmp_path: Path) -> None:
    result = assign(request(shelf, titles(tmp_path, 5, 3, 4)))
    assert answers(result) == ["S01E05", "S01E03", "S01E04"]
    assert any("order" in p for p in result.problems)


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_a_double_title_is_both_episodes(shelf: Path, tmp_path: Path, text: bool) -> None:
    later = [replace(c, start=c.start + 1290, end=c.end + 1290) for c in on_disc(SHOW.episode(2))]
    kind = "caption" if text else "bitmap"
    double = write_evidence(
        tmp_path,
        0,
        2 * SHOW.seconds - 30,
        track([*on_disc(SHOW.episode(1))[:-8], *later], kind=kind, text=text),
    )
    result = assign(
        request(
            shelf, [double, *(t.model_copy(update={"title_index": 5}) for t in titles(tmp_path / "x", 3))]
        )
    )
    assert answers(result) == ["S01E01-E02", "S01E03"]
    assert result.titles[0].verdict == "matched"


def test_a_double_title_with_one_reference_missing_is_a_question(shelf: Path, tmp_path: Path) -> None:
    (shelf / name_of(2)).unlink()
    later = [replace(c, start=c.start + 1320, end=c.end + 1320) for c in on_disc(SHOW.episode(2))]
    double = write_evidence(tmp_path, 0, 2 * SHOW.seconds, track([*on_disc(SHOW.episode(1)), *later]))
    assert only(assign(request(shelf, [double]))).verdict == "review"


def test_a_triple_title_with_the_reference_of_its_short_last_part_missing_is_a_question(
    shelf: Path, tmp_path: Path
) -> None:
    later = [replace(c, start=c.start + 1320, end=c.end + 1320) for c in on_disc(SHOW.episode(2))]
    short = [replace(c, start=c.start + 2640, end=c.end + 2640) for c in on_disc(SHOW.episode(12))]
    last = [c for c in short if c.end < 2640 + 900]
    everything = track([*on_disc(SHOW.episode(1)), *later, *last])
    title = write_evidence(tmp_path, 0, 2 * SHOW.seconds + 900, everything)
    assert_asks(assign(request(shelf, [title])), "none of these episodes")


def test_a_play_all_is_known_beside_its_episodes(shelf: Path, tmp_path: Path) -> None:
    everything: list[Cue] = []
    for place, number in enumerate((1, 2, 3)):
        shift = place * SHOW.seconds
        everything += [
            replace(c, start=c.start + shift, end=c.end + shift) for c in on_disc(SHOW.episode(number))
        ]
    singles = titles(tmp_path, 1, 2, 3)
    play_all = write_evidence(tmp_path, 9, 3 * SHOW.seconds, track(everything))
    result = assign(request(shelf, [play_all, *singles]))
    assert answers(result) == [None, "S01E01", "S01E02", "S01E03"]
    assert result.titles[0].play_all
    assert result.titles[0].candidates[0].episode == "S01E01-E03"


@pytest.mark.parametrize(("singles", "is_play_all"), [((1, 2), False), ((1, 2, 3), True)])
def test_a_play_all_with_an_episode_that_is_nowhere_else_is_not_thrown_away(
    shelf: Path, tmp_path: Path, singles: tuple[int, ...], is_play_all: bool
) -> None:
    (shelf / name_of(3)).unlink()
    everything = [
        replace(c, start=c.start + place * SHOW.seconds, end=c.end + place * SHOW.seconds)
        for place, number in enumerate((1, 2, 3))
        for c in on_disc(SHOW.episode(number))
    ]
    play_all = write_evidence(tmp_path, 9, 3 * SHOW.seconds, track(everything))
    found = assign(request(shelf, [play_all, *titles(tmp_path, *singles)])).titles[0]
    assert (found.verdict, found.play_all) == ("review", is_play_all)


def test_a_reference_of_a_double_episode_matches_a_double_title(shelf: Path, tmp_path: Path) -> None:
    cues = SHOW.episode(21).cues
    later = [replace(c, start=c.start + 1320, end=c.end + 1320) for c in SHOW.episode(22).cues]
    write_reference(shelf, "Show/S01E09-E10.srt", retold([*cues, *later], 5))
    title = write_evidence(
        tmp_path, 0, 2 * SHOW.seconds, track(retold([*cues, *later], 6, shift=0, reworded=0.02))
    )
    assert answers(assign(request(shelf, [title]))) == ["S01E09-E10"]


def test_half_of_a_double_reference_is_not_the_whole(tmp_path: Path) -> None:
    later = [replace(c, start=c.start + 1320, end=c.end + 1320) for c in SHOW.episode(2).cues]
    write_reference(tmp_path / "refs", "Show/S01E01-E02.srt", retold([*SHOW.episode(1).cues, *later], 5))
    for number in range(3, 8):
        write_reference(tmp_path / "refs", name_of(number), reference(number))
    assert_asks(assign(request(tmp_path / "refs", titles(tmp_path, 1))), "as long as the reference")


def test_all_seasons_are_scored_together_if_none_is_named(shelf: Path, tmp_path: Path) -> None:
    for number in range(1, 5):
        write_reference(
            shelf, f"Show/Season 2/S02E{number:02d}.srt", retold(SHOW.episode(100 + number).cues, number)
        )
    result = assign(request(shelf, titles(tmp_path, 102, 3)))
    assert answers(result) == ["S02E02", "S01E03"]


def test_a_disc_that_is_of_another_season_than_was_thought_says_so(shelf: Path, tmp_path: Path) -> None:
    for number in range(1, 5):
        cues = retold(SHOW.episode(100 + number).cues, number)
        write_reference(shelf, f"Show/Season 2/S02E{number:02d}.srt", cues)
    result = assign(request(shelf, titles(tmp_path, 102, 103), season=1))
    assert answers(result) == ["S02E02", "S02E03"]
    assert "taken for season 1" in result.problems[0]


def test_an_unknown_show_needs_two_titles_that_agree(shelf: Path, tmp_path: Path) -> None:
    other = Show(14)
    for number in range(1, 4):
        write_reference(shelf, f"Another/S01E{number:02d}.srt", retold(other.episode(number).cues, number))
    nobody = request(shelf, titles(tmp_path, 1, 2)).model_copy(update={"show": None})
    result = assign(nobody)
    assert (result.show, answers(result)) == ("Show", ["S01E01", "S01E02"])
    alone = assign(nobody.model_copy(update={"titles": nobody.titles[:1]}))
    assert alone.lacking == "references"
    assert only(alone).verdict == "review"


def test_the_threshold_is_kept(shelf: Path, tmp_path: Path) -> None:
    strict = assign(request(shelf, titles(tmp_path, 3), threshold=0.999))
    assert_asks(strict, "below")
    assert only(strict).candidates[0].episode == "S01E03"


def test_the_second_disc_reads_references_from_the_cache(shelf: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = assign(request(shelf, titles(tmp_path, 3), cache=cache))
    stored = list(cache.iterdir())
    assert len(stored) == 1
    assert assign(request(shelf, titles(tmp_path, 3), cache=cache)) == first
    write_reference(shelf, name_of(3), retold(SHOW.episode(33).cues, 1))
    assert answers(assign(request(shelf, titles(tmp_path, 3), cache=cache))) == [None]
    stored[0].write_text('{"version": 1, "files": {"Season 1/Show - S01E04.srt": 7}}')
    assert answers(assign(request(shelf, titles(tmp_path, 4), cache=cache))) == ["S01E04"]


@pytest.mark.parametrize("seconds", [125.0, 1320.0])
@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_absent_episodes_are_never_accepted(tmp_path: Path, seconds: float, text: bool) -> None:
    show = Show(15, seconds=seconds, cues=150 if seconds < 200 else 340)
    for number in range(1, 7):
        write_reference(tmp_path / "refs", name_of(number), retold(show.episode(number).cues, number))
    kind = "caption" if text else "bitmap"
    asked = [
        write_evidence(tmp_path, n, seconds, track(on_disc(show.episode(200 + n)), kind=kind, text=text))
        for n in range(12)
    ]
    result = assign(request(tmp_path / "refs", asked))
    assert [t.verdict for t in result.titles] == ["review"] * 12
    assert max(t.confidence for t in result.titles) < 0.5


# -- the order on the disc, and episodes that others hold --


def swap_labels(shelf: Path, first: int, second: int) -> None:
    write_reference(shelf, name_of(first), reference(second))
    write_reference(shelf, name_of(second), reference(first))


def test_two_neighbours_in_the_wrong_order_are_asked_about(shelf: Path, tmp_path: Path) -> None:
    swap_labels(shelf, 4, 5)
    result = assign(request(shelf, titles(tmp_path, 3, 4, 5, 6)))
    assert answers(result) == ["S01E03", None, None, "S01E06"]
    assert "labels of these may be swapped" in result.titles[1].reason
    assert {t.candidates[0].episode for t in result.titles[1:3]} == {"S01E04", "S01E05"}


def test_a_second_source_tells_whether_the_disc_or_the_labels_are_in_another_order(
    shelf: Path, tmp_path: Path
) -> None:
    for number in range(1, 9):
        other = retold(SHOW.episode(number).cues, 40 + number, shift=1)
        write_reference(shelf, f"Show/other/Show.S01E{number:02d}.srt", other)
    result = assign(request(shelf, titles(tmp_path, 3, 5, 4, 6)))
    assert answers(result) == ["S01E03", "S01E05", "S01E04", "S01E06"]
    assert "the titles are not on the disc in the order of their episodes" in result.problems


def test_titles_whose_place_is_not_known_are_in_no_wrong_order(shelf: Path, tmp_path: Path) -> None:
    unordered = [t.model_copy(update={"order": None}) for t in titles(tmp_path, 3, 5, 4, 6)]
    assert answers(assign(request(shelf, unordered))) == ["S01E03", "S01E05", "S01E04", "S01E06"]


def test_an_episode_of_another_disc_needs_the_strongest_evidence(shelf: Path, tmp_path: Path) -> None:
    mute = titles(tmp_path, 4, text=False)
    assert answers(assign(request(shelf, mute))) == ["S01E04"]
    assert_asks(assign(request(shelf, mute, taken=("S01E04",))), "on another disc already")
    both = titles(tmp_path / "both", 4)
    assert answers(assign(request(shelf, both, taken=("S01E04",)))) == ["S01E04"]


def test_titles_can_be_judged_each_alone(shelf: Path, tmp_path: Path) -> None:
    twice = titles(tmp_path, 4, 4)
    assert answers(assign(request(shelf, twice))).count("S01E04") == 1
    assert answers(assign(request(shelf, twice, separate=True))) == ["S01E04", "S01E04"]


# -- what the references count as one, and the disc as several, and the reverse --


def joined_titles(folder: Path, *episodes: int) -> TitleToMatch:
    cues, at = [], 0.0
    for number in episodes:
        cues += [replace(c, start=c.start + at, end=c.end + at) for c in on_disc(SHOW.episode(number))]
        at += SHOW.seconds
    return write_evidence(folder, 0, at, track(cues))


def test_a_title_of_episodes_that_do_not_follow_one_another_is_recognised_and_asked(
    shelf: Path, tmp_path: Path
) -> None:
    result = assign(request(shelf, [joined_titles(tmp_path, 2, 5)]))
    assert_asks(result, "do not follow one another")
    title = only(result)
    assert title.candidates[0].episode == "S01E02+E05"
    assert [part.episode for part in title.parts] == ["S01E02", "S01E05"]


def test_the_parts_of_a_double_episode_say_where_they_lie(shelf: Path, tmp_path: Path) -> None:
    title = only(assign(request(shelf, [joined_titles(tmp_path, 2, 3)])))
    assert title.episode == "S01E02-E03"
    (first, second) = title.parts
    assert first.begin < 20
    assert abs(second.begin - SHOW.seconds) < 20
    assert first.end <= second.begin + 5


def test_a_double_title_is_both_episodes_at_an_unusual_speed_too(tmp_path: Path) -> None:
    """A thousandth slower, the second half is more than a second away from where the first one says."""
    for number in range(1, 9):
        slower = retold(SHOW.episode(number).cues, number, shift=2, factor=24 / 23.976)
        write_reference(tmp_path / "refs", name_of(number), slower)
    title = only(assign(request(tmp_path / "refs", [joined_titles(tmp_path, 2, 3)])))
    assert title.episode == "S01E02-E03", title.reason
