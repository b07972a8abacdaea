"""How two files of one episode or film compare, and what each policy makes of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.models.enums import ConflictResolution as Policy
from engramd.organize.comparing import SAID, Standing, compare, decide, in_words, is_other_cut
from engramd.organize.facts import FileFacts, Sound, read_facts
from engramd.tools import Tools
from tests.support.videos import make_video

GB = 10**9
DISC = FileFacts(
    size=4 * GB,
    duration=2520,
    width=1920,
    height=1080,
    codec="h264",
    sounds=(Sound(codec="ac3", language="eng", channels=6),),
    subtitles=("eng",),
)


def other(**values: object) -> FileFacts:
    return DISC.model_copy(update=values)


BOTH = (Sound(codec="ac3", language="eng", channels=6), Sound(codec="ac3", language="deu", channels=2))
STEREO = (Sound(codec="ac3", language="eng", channels=2),)


@pytest.mark.parametrize(
    ("old", "standing"),
    [
        (other(), Standing.SAME),
        (other(size=4 * GB + 10), Standing.SAME),
        (other(size=2 * GB), Standing.BETTER),
        (other(size=8 * GB), Standing.WORSE),
        (other(size=8 * GB, codec="hevc"), Standing.SAME),
        (other(sounds=STEREO), Standing.BETTER),
        (other(sounds=BOTH), Standing.WORSE),
        (other(subtitles=()), Standing.BETTER),
        (other(width=720, height=480), Standing.OTHER_RESOLUTION),
        (other(width=3840, height=1600), Standing.OTHER_RESOLUTION),
        (other(width=1920, height=800), Standing.SAME),
        (other(duration=2400), Standing.OTHER_CUT),
        (other(duration=2400, width=720, height=480), Standing.OTHER_CUT),
        (FileFacts(size=13), Standing.BETTER),
    ],
)
def test_a_new_file_beside_the_old_one(old: FileFacts, standing: Standing) -> None:
    found = compare(DISC, old)
    assert found.standing is standing
    assert found.words == f"this one: {in_words(DISC)}; the library's: {in_words(old)}"
    assert standing.value in SAID


def test_a_new_file_that_cannot_be_read_is_worse() -> None:
    assert compare(FileFacts(size=13), DISC).standing is Standing.WORSE
    assert compare(FileFacts(size=13), FileFacts(size=13)).standing is Standing.SAME


@pytest.mark.parametrize(
    ("one", "two", "differ"),
    [
        (7200, 7270, True),
        (7200, 7250, False),
        (1300, 1310, False),
        (1300, 1330, True),
        (7200, 7200 * 24 / 25, False),
        (7200, 7200 * 24000 / 1001 / 25, False),
        (0, 7200, False),
    ],
)
def test_running_times_of_other_cuts(one: float, two: float, differ: bool) -> None:
    assert is_other_cut(one, two) is differ
    assert is_other_cut(two, one) is differ


def test_a_file_in_words() -> None:
    assert in_words(other(sounds=BOTH, subtitles=("eng", "eng", ""))) == (
        "1080p, h264, 42:00, 4.0 GB, sound eng 5.1 + deu 2.0, subtitles 2x eng + und"
    )
    assert in_words(FileFacts(size=13)) == "13 bytes, no video that can be read"


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("policy", [Policy.ASK, Policy.KEEP_BOTH, Policy.REPLACE, Policy.SKIP])
def test_a_policy_of_a_persons_own_holds_whatever_compares_how(policy: Policy, standing: Standing) -> None:
    assert decide(policy, [standing], covered=True, equal=True) is policy


def test_by_default_only_other_versions_are_kept_without_asking() -> None:
    def by_default(*standings: Standing, equal: bool = True) -> Policy:
        return decide(Policy.COMPARE, standings, covered=True, equal=equal)

    assert by_default(Standing.OTHER_CUT) is Policy.KEEP_BOTH
    assert by_default(Standing.OTHER_RESOLUTION, Standing.OTHER_CUT) is Policy.KEEP_BOTH
    for standing in (Standing.SAME, Standing.BETTER, Standing.WORSE):
        assert by_default(standing) is Policy.ASK
        assert by_default(Standing.OTHER_CUT, standing) is Policy.ASK
    assert by_default(Standing.OTHER_CUT, equal=False) is Policy.ASK, "a double episode is no other cut"


def test_what_holds_more_than_the_new_file_is_not_replaced_without_asking() -> None:
    assert decide(Policy.REPLACE, [Standing.BETTER], covered=False, equal=False) is Policy.ASK


def test_the_facts_of_a_real_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", size="1920x800", languages=("eng", "deu"), channels=6)
    [facts, nothing] = read_facts(Tools(), [path, Path(__file__)])
    assert not nothing.is_video
    assert (facts.resolution, facts.codec, round(facts.duration)) == ("1080p", "mpeg2video", 2)
    assert [(s.codec, s.language, s.channels) for s in facts.sounds] == [("ac3", "eng", 6), ("ac3", "deu", 6)]


@pytest.mark.parametrize("content", [b"", b"an older copy", b"\x1a\x45\xdf\xa3" + bytes(500)])
def test_what_is_no_video_has_a_size_only(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "-broken name.mkv"
    path.write_bytes(content)
    assert read_facts(Tools(), [path]) == [FileFacts(size=len(content))]


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_facts(Tools(), [tmp_path / "gone.mkv"])
