"""References that are wrong, and true ones that only look so."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engramd.match.hygiene import Checked, Usable, check, coarse_clock, independent, metronome
from engramd.match.labels import Label
from engramd.match.references import Reference, content_of
from engramd.match.subtitles import Cue
from tests.match.made import Show, retold, translated

SHOW = Show(41)
SWAP = {4: 5, 5: 4}


def reference(source: str, number: int, cues: Sequence[Cue]) -> Reference:
    name = f"{source}/S01E{number:02d}.srt"
    return Reference(name, Label(1, (number,)), tuple(cues), source, content_of(cues))


def english(source: str, contents: dict[int, int], seed: int, **how: float) -> list[Reference]:
    """Give a source in English; `contents` are which episode lies under which number."""
    return [reference(source, n, retold(SHOW.episode(e).cues, seed + e, **how)) for n, e in contents.items()]  # type: ignore[arg-type]


def french(source: str, contents: dict[int, int], seed: int) -> list[Reference]:
    return [reference(source, n, translated(SHOW.episode(e).cues, seed + e)) for n, e in contents.items()]


def episodes(last: int, but: dict[int, int] | None = None) -> dict[int, int]:
    return {n: (but or {}).get(n, n) for n in range(1, last + 1)}


def conflicts(checked: Checked) -> list[int]:
    return sorted(label.episodes[0] for label in checked.conflicts)


def kinds(checked: Checked) -> set[str]:
    return {problem.kind for problem in checked.details}


A = english("A", episodes(10), 0)


@pytest.mark.parametrize(
    "other",
    [
        english("B", episodes(10), 500, shift=40),
        english("B", episodes(10), 500, factor=25 / 23.976),
        english("B", episodes(10), 500, reworded=0.9),
        french("B", episodes(10), 500),
    ],
    ids=["shifted", "PAL", "other words", "French"],
)
def test_two_true_sources_contradict_nothing(other: list[Reference]) -> None:
    checked = check([*A, *other])
    assert conflicts(checked) == []
    assert len(checked.usable) == 20


def test_an_uncut_version_is_no_contradiction() -> None:
    uncut = []
    for n in range(1, 11):
        cues = retold(SHOW.episode(n).cues, 700 + n)
        later = [c if c.start < 400 else replace(c, start=c.start + 25, end=c.end + 25) for c in cues]
        uncut.append([c if c.start < 900 else replace(c, start=c.start + 40, end=c.end + 40) for c in later])
    other = [reference("B", n, cues) for n, cues in enumerate(uncut, 1)]
    foreign = [
        reference("C", n, [replace(c, text=f"{c.text}ique que nous les pas") for c in cues])
        for n, cues in enumerate(uncut, 1)
    ]
    assert conflicts(check([*A, *other])) == []
    assert conflicts(check([*A, *foreign])) == []


@pytest.mark.parametrize("make", [english, french])
def test_swapped_labels_of_two_sources_are_conflicts_and_only_they(make: object) -> None:
    checked = check([*A, *make("B", episodes(10, SWAP), 500)])  # type: ignore[operator]
    assert conflicts(checked) == [4, 5]
    assert "swapped" in kinds(checked)
    sentence = checked.conflicts[Label(1, (4,))]
    assert "source A" in sentence
    assert "source B" in sentence
    assert "the other way round" in sentence
    assert ".srt" in sentence


@pytest.mark.parametrize("make", [english, french])
def test_a_run_counted_one_further_is_named_as_one_mistake(make: object) -> None:
    shifted = episodes(10, {n: n + 1 for n in range(5, 11)})
    checked = check([*A, *make("B", shifted, 500)])  # type: ignore[operator]
    assert conflicts(checked) == [5, 6, 7, 8, 9, 10]
    told = [problem for problem in checked.details if problem.kind == "shifted"]
    assert len(told) == 1
    assert "source A (eng) counts one further than source B" in told[0].sentence
    assert "from S01E05 to S01E09" in told[0].sentence


def test_a_third_source_outvotes_the_one_that_is_wrong() -> None:
    checked = check([*A, *french("B", episodes(10), 500), *english("C", episodes(10, SWAP), 900)])
    assert conflicts(checked) == []
    assert sorted(one.name for one in checked.set_aside) == ["C/S01E04.srt", "C/S01E05.srt"]
    assert not {one.name for one in checked.set_aside} & {one.name for one in checked.usable}
    assert any("two against one" in problem for problem in checked.problems)


def test_two_files_of_one_source_outvote_nobody() -> None:
    again = english("A", {4: 4, 5: 5}, 300)
    twice = [replace(r, name=r.name.replace(".srt", ".v2.srt")) for r in again]
    checked = check([*A, *twice, *english("C", episodes(10, SWAP), 900)])
    assert conflicts(checked) == [4, 5]


def test_a_copy_in_another_folder_outvotes_nobody() -> None:
    copies = [replace(r, name=f"B/{r.name}", source="B") for r in A]
    checked = check([*A, *copies, *english("C", episodes(10, SWAP), 900)])
    assert conflicts(checked) == [4, 5]


def test_a_copy_with_a_greeting_of_its_own_outvotes_nobody() -> None:
    greeting = Cue(1319.0, 1320.0, "these subtitles were made by somebody")
    copies = [reference("B", r.label.episodes[0], [*r.cues[5:], greeting]) for r in A]
    checked = check([*A, *copies, *english("C", episodes(10, SWAP), 900)])
    assert conflicts(checked) == [4, 5]
    assert independent(u for u in checked.usable if u.label == Label(1, (4,))) == 2


def test_one_source_with_the_same_dialogue_twice_is_a_conflict() -> None:
    checked = check([*A, *english("A", {11: 3}, 800)])
    assert conflicts(checked) == [3, 11]
    assert "duplicate" in kinds(checked)


@pytest.mark.parametrize("make", [english, french])
def test_a_file_of_something_else_under_a_label_is_a_conflict(make: object) -> None:
    checked = check([*A, *make("B", episodes(10, {7: 60}), 500)])  # type: ignore[operator]
    assert conflicts(checked) == [7]
    assert "B/S01E07.srt" in checked.conflicts[Label(1, (7,))]


def test_a_source_of_another_version_or_show_is_told_once() -> None:
    checked = check([*A, *french("B", {n: n + 50 for n in range(1, 11)}, 500)])
    assert [problem.kind for problem in checked.details] == ["unlike"]
    assert conflicts(checked) == []


def test_a_parody_at_the_right_times_is_no_conflict() -> None:
    luck = random.Random(7)
    rare = ["".join(luck.choices("bcdfglmnprstvz", k=7)) for _ in range(900)]
    common = ["the", "you", "and", "that", "have", "what", "this", "not", "are", "your"]
    parody = [
        reference(
            "B",
            n,
            [replace(c, text=" ".join([*luck.sample(common, 2), *luck.sample(rare, 6)])) for c in r.cues],
        )
        for n, r in enumerate(A, 1)
    ]
    checked = check([*A, *parody])
    assert conflicts(checked) == []
    assert "wording" in kinds(checked)


def test_a_reference_of_two_episodes_contradicts_neither() -> None:
    later = [replace(c, start=c.start + 1320, end=c.end + 1320) for c in SHOW.episode(4).cues]
    both = retold([*SHOW.episode(3).cues, *later], 77)
    double = Reference("B/S01E03-E04.srt", Label(1, (3, 4)), tuple(both), "B", content_of(both))
    assert conflicts(check([*A, double])) == []


def test_songs_are_dropped_and_do_not_make_episodes_alike() -> None:
    show = Show(43, songs=True)
    references = [reference("A", n, retold(show.episode(n).cues, n, reworded=0)) for n in range(1, 9)]
    checked = check(references)
    assert conflicts(checked) == []
    assert all(len(one.cues) < len(one.reference.cues) - 10 for one in checked.usable)


def test_every_fault_names_its_file_and_label() -> None:
    coarse = [replace(c, start=float(round(c.start)), end=round(c.end) + 0.5) for c in A[0].cues]
    regular = [replace(c, start=n * 3.1, end=n * 3.1 + 2) for n, c in enumerate(A[1].cues)]
    lying = replace(french("B", {3: 3}, 1)[0], name="B/S01E03.en.srt", language="eng")
    checked = check(
        [reference("B", 1, coarse), reference("B", 2, regular), lying, reference("B", 5, A[4].cues[:60])]
    )
    found = {problem.kind: problem for problem in checked.details}
    assert found["few_cues"].labels == (Label(1, (5,)),)
    assert found["language"].files == ("B/S01E03.en.srt",)
    assert [p.files for p in checked.details if p.kind == "clock"] == [("B/S01E01.srt",), ("B/S01E02.srt",)]
    assert [one.times is None for one in checked.usable] == [True, True, False]
    assert checked.problems == [problem.sentence for problem in checked.details]


def test_missing_episodes_are_named() -> None:
    checked = check([r for r in A if r.label.episodes[0] not in (3, 7)])
    assert [problem.labels for problem in checked.details] == [(Label(1, (3,)), Label(1, (7,)))]
    assert "E03, E07" in checked.problems[0]


def test_witnesses_are_counted_by_source_and_content() -> None:
    def usable(source: str, content: str) -> Usable:
        return Usable(Reference("x", Label(1, (1,)), (), source, content), None, None, ())

    assert independent([usable("A", "1"), usable("A", "2")]) == 1
    assert independent([usable("A", "1"), usable("B", "1")]) == 1
    assert independent([usable("A", "1"), usable("B", "2")]) == 2
    assert independent([usable("A", "1"), usable("B", "2"), usable("B", "1")]) == 1


def test_clocks() -> None:
    luck = random.Random(1)
    speech = [luck.uniform(0, 1300) for _ in range(300)]
    assert not coarse_clock(speech)
    assert not metronome(speech)
    assert coarse_clock(float(round(s)) for s in speech)
    assert metronome(n * 2.5 for n in range(200))
