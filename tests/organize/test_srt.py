"""SubRip files, read back by pysubs2 and by the matcher's own reader."""

from __future__ import annotations

import pysubs2
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.subtitles import parse_subtitles
from engramd.organize.srt import MACHINE_READ, WIDTH, SrtCue, in_lines, srt_text

TIMES = st.integers(0, 99 * 3600 * 1000).map(lambda milliseconds: milliseconds / 1000)
CUES = st.lists(st.builds(SrtCue, TIMES, TIMES, st.text(st.characters(codec=None), max_size=80)), max_size=20)


def read(text: str) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.plaintext) for one in pysubs2.SSAFile.from_string(text, format_="srt")]


def test_words_come_back_at_their_times() -> None:
    cues = [SrtCue(3661.5, 3662.25, "And there.\nYes."), SrtCue(1.0, 4.0, "Here."), SrtCue(2.5, 3.0, "  \n")]
    assert read(srt_text(cues)) == [(1000, 4000, "Here."), (3661500, 3662250, "And there.\nYes.")]


def test_a_cue_ends_when_the_next_begins() -> None:
    assert read(srt_text([SrtCue(1, 9, "One."), SrtCue(2, 3, "Two.")])) == [
        (1000, 2000, "One."),
        (2000, 3000, "Two."),
    ]


def test_a_note_comes_first_and_is_gone_when_words_come() -> None:
    late, soon = [SrtCue(40, 42, "Late.")], [SrtCue(1.5, 3, "Soon.")]
    assert read(srt_text(late, MACHINE_READ))[0][:2] == (0, 3000)
    noted = read(srt_text(soon, MACHINE_READ))
    assert [(start, end) for start, end, _ in noted] == [(0, 1500), (1500, 3000)]
    assert "machine" in noted[0][2]
    assert srt_text([], MACHINE_READ) == ""


def test_lines_are_of_moderate_length_and_each_speaker_has_one() -> None:
    long = "We have been standing at this very window since seven in the morning and saw nobody"
    assert all(len(line) <= WIDTH for line in in_lines(long).split("\n"))
    assert in_lines(long).split() == long.split()
    assert in_lines("- Who is there? - Nobody.") == "- Who is there?\n- Nobody."
    assert in_lines("A well-known man - and a bore.") == "A well-known man - and a bore."


@given(CUES)
def test_whatever_was_said_it_is_a_file_with_as_many_cues(cues: list[SrtCue]) -> None:
    text = srt_text(cues).encode().decode()
    times = [line for line in text.split("\n") if "-->" in line]
    numbers = [block.split("\n")[0] for block in text.split("\n\n") if block]
    assert len(times) == len(numbers)
    assert numbers == [str(number) for number in range(1, len(times) + 1)]
    if times:
        parsed = pysubs2.SSAFile.from_string(text, format_="srt")
        assert len(parsed) == len(times)
        assert all(0 <= one.start <= one.end for one in parsed)
        starts = [one.start for one in parsed]
        assert starts == sorted(starts)


def test_the_matcher_reads_what_was_written() -> None:
    cues = [SrtCue(float(n), n + 0.5, f"Line number {n}.") for n in range(1, 30)]
    found = parse_subtitles(srt_text(cues).encode(), ".srt")
    assert [(one.start, one.end, one.text) for one in found] == [tuple(cue) for cue in cues]
