"""Which episode a title is, end to end: discs with every kind of evidence, and references with faults.

One daemon takes all discs one after the other, each as a show of its own, as its references are.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.model import AuthoredTitle, Cue, write_srt
from tests.support.daemon import DaemonUnderTest
from tests.support.fixtures import DVD_TOOLS
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
#: Small discs: no play-all, no extra, a tone for the sound.
PLAIN: dict[str, Any] = {"play_all": False, "extra_seconds": 0, "spoken": False}
PAL_SPEED = 25 / 23.976


@dataclass(frozen=True)
class Taken:
    """What became of a disc."""

    daemon: DaemonUnderTest
    job: dict[str, Any]
    show: str

    @property
    def filed(self) -> list[str]:
        """The episodes in the library, as their files name them."""
        folder = f"tv/{self.show}/Season 01/{self.show} - S"
        return [
            Path(path).stem.rpartition(" - ")[2] for path in self.daemon.filed() if path.startswith(folder)
        ]

    @property
    def reasons(self) -> list[str]:
        """What each title is or is not, in words."""
        return [title["match_reason"] for title in self.job["titles"]]

    @property
    def questions(self) -> list[str]:
        """What is asked about the disc."""
        reviews = Rows(self.daemon).reviews()
        return [f"{task['question']} {task['why']}" for task in reviews if task["job_id"] == self.job["id"]]


Take = Callable[..., Taken]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, session_bus: PrivateBus) -> Iterator[DaemonUnderTest]:
    with DaemonUnderTest(tmp_path_factory.mktemp("daemon"), session_bus) as daemon:
        yield daemon


@pytest.fixture
def take(daemon: DaemonUnderTest) -> Take:
    """Give what has a disc ripped as a show of a name, and waits for what becomes of it."""

    def rip(disc: AuthoredDisc, show: str, *options: str) -> Taken:
        words = ("--show", show, "--season", "1", "--type", "tv", "--again", *options)
        daemon.ctl("rip", str(disc.image), *words, check=False, timeout=120)
        newest = max(job["id"] for job in daemon.jobs())
        return Taken(daemon, daemon.show(newest), show)

    return rip


def plain_disc(name: str, **options: Any) -> AuthoredDisc:
    missing = [tool for tool in DVD_TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")
    return cached_disc(make_tv_dvd, name, **(PLAIN | options))


@pytest.fixture(scope="module")
def pictures_dvd() -> AuthoredDisc:
    return plain_disc("pictures_dvd", captions=False)


@pytest.fixture(scope="module")
def captions_dvd() -> AuthoredDisc:
    return plain_disc("captions_dvd", subtitles=False)


def rewritten(path: Path, change: Callable[[Cue], Cue], cues: Sequence[Cue]) -> None:
    write_srt([change(cue) for cue in cues], path)


def cues_of(path: Path) -> list[Cue]:
    from engramd.match.subtitles import read_subtitles

    return [Cue(cue.start, cue.end, cue.text) for cue in read_subtitles(path)]


def change_all(paths: Sequence[Path], change: Callable[[Cue], Cue]) -> None:
    for path in paths:
        rewritten(path, change, cues_of(path))


def translate(cue: Cue) -> Cue:
    """Give other words at the same time."""
    luck = random.Random(cue.text)
    said = ["".join(luck.sample("abdegiklmnorstuvyz", max(2, len(word)))) for word in cue.text.split()]
    return cue._replace(text=" ".join(said))


def test_captions_alone_are_enough(take: Take, daemon: DaemonUnderTest, captions_dvd: AuthoredDisc) -> None:
    write_references(daemon.references, "Captions", captions_dvd.episodes)
    taken = take(captions_dvd, "Captions")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert all("captions" in reason and "words" in reason for reason in taken.reasons)
    assert taken.job["outcome"] == "complete"


def test_the_times_of_dvd_subtitles_are_enough_though_nobody_reads_them(
    take: Take, daemon: DaemonUnderTest, pictures_dvd: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Translated", pictures_dvd.episodes)
    change_all(made, translate)
    taken = take(pictures_dvd, "Translated")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert all("vobsub" in reason and "words" not in reason for reason in taken.reasons)


@needs_tesseract
def test_dvd_subtitles_are_read_where_the_times_of_the_references_are_useless(
    take: Take, daemon: DaemonUnderTest, pictures_dvd: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Coarse", pictures_dvd.episodes)
    change_all(made, lambda cue: cue._replace(start=float(round(cue.start)), end=round(cue.start) + 1.0))
    taken = take(pictures_dvd, "Coarse")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert all("text of pictures" in reason for reason in taken.reasons)


@needs_tesseract
def test_bluray_subtitles_are_read_where_the_times_of_the_references_are_useless(
    take: Take, daemon: DaemonUnderTest, tv_bluray: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Blue", tv_bluray.episodes)
    change_all(made, lambda cue: cue._replace(start=float(round(cue.start)), end=round(cue.start) + 1.0))
    taken = take(tv_bluray, "Blue")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons


def test_the_times_of_bluray_subtitles_are_enough(
    take: Take, daemon: DaemonUnderTest, tv_bluray: AuthoredDisc
) -> None:
    write_references(daemon.references, "Bluest", tv_bluray.episodes)
    taken = take(tv_bluray, "Bluest")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert any("pgs" in reason for reason in taken.reasons)


def test_references_of_the_pal_release_fit(
    take: Take, daemon: DaemonUnderTest, captions_dvd: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Faster", captions_dvd.episodes)
    change_all(made, lambda cue: cue._replace(start=cue.start / PAL_SPEED, end=cue.end / PAL_SPEED))
    taken = take(captions_dvd, "Faster")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert any("speed 0.95" in reason for reason in taken.reasons)


def test_one_lacking_reference_is_one_question(
    take: Take, daemon: DaemonUnderTest, captions_dvd: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Lacking", captions_dvd.episodes)
    next(path for path in made if "S01E02" in path.name).unlink()
    taken = take(captions_dvd, "Lacking")
    assert taken.filed == ["S01E01", "S01E03"], taken.reasons
    assert len(taken.questions) == 1


def test_a_double_episode_is_filed_as_both(take: Take, daemon: DaemonUnderTest) -> None:
    disc = plain_disc("double_dvd", subtitles=False, episodes=2, play_all=True)
    write_references(daemon.references, "Double", disc.episodes)
    taken = take(disc, "Double", "--titles", "1")
    assert taken.filed == ["S01E01-E02"], taken.reasons


def test_a_play_all_alone_is_recognised_and_split_where_a_person_wants_that(
    take: Take, daemon: DaemonUnderTest, tv_dvd: AuthoredDisc
) -> None:
    write_references(daemon.references, "Joined", tv_dvd.episodes)
    taken = take(tv_dvd, "Joined", "--titles", "1")
    assert taken.filed == []
    (question,) = taken.questions
    assert "S01E01-E03" in question
    daemon.ctl("split", str(taken.job["id"]), "1")
    daemon.wait_for_job("completed", job=taken.job["id"])
    assert taken.filed == ["S01E01", "S01E02", "S01E03"]


def in_pairs(disc: AuthoredDisc, first: int) -> list[AuthoredTitle]:
    """Give the titles of a disc as a database counts them that has two of them as one episode."""
    pairs = zip(disc.episodes[::2], disc.episodes[1::2], strict=True)
    return [
        replace(
            one,
            episode=number,
            cues=(
                *one.cues,
                *(c._replace(start=c.start + one.seconds, end=c.end + one.seconds) for c in two.cues),
            ),
        )
        for number, (one, two) in enumerate(pairs, first)
    ]


def test_halves_of_episodes_are_one_question_for_the_discs_of_a_season(
    take: Take, daemon: DaemonUnderTest
) -> None:
    first = plain_disc("halves_dvd", subtitles=False, episodes=4)
    second = plain_disc("more_halves_dvd", subtitles=False, episodes=2, first_episode=5)
    episodes = [*in_pairs(first, 1), *in_pairs(second, 3)]
    write_references(daemon.references, "Halves", episodes, extra_episodes=0)
    taken = take(first, "Halves", "--disc", "1")
    (task,) = [row for row in Rows(daemon).reviews() if row["job_id"] == taken.job["id"]]
    assert "titles 1-4 are S01E01-E02 in 2 parts each" in task["question"], taken.reasons
    daemon.ctl("answer", str(task["id"]), "parts")
    daemon.wait_for_job("completed", job=taken.job["id"])
    again = take(second, "Halves", "--disc", "2")
    assert again.job["outcome"] == "complete", again.reasons
    assert not again.questions
    names = [Path(path).stem for path in daemon.filed() if path.startswith("tv/Halves/")]
    assert names == [f"Halves - S01E0{number} - pt{part}" for number in (1, 2, 3) for part in (1, 2)]
    assert [title["episode_part"] for title in again.job["titles"]] == [1, 2]


def test_two_swapped_labels_are_a_question_and_no_file(
    take: Take, daemon: DaemonUnderTest, captions_dvd: AuthoredDisc
) -> None:
    made = write_references(daemon.references, "Swapped", captions_dvd.episodes)
    second, third = (next(p for p in made if f"S01E0{n}" in p.name) for n in (2, 3))
    kept = second.read_bytes()
    second.write_bytes(third.read_bytes())
    third.write_bytes(kept)
    taken = take(captions_dvd, "Swapped")
    assert taken.filed == ["S01E01"], taken.reasons
    assert taken.questions
    assert any("swapped" in reason for reason in taken.reasons)


def test_an_extra_beside_the_episodes_is_no_episode(
    take: Take, daemon: DaemonUnderTest, tv_dvd: AuthoredDisc
) -> None:
    write_references(daemon.references, "Extra", tv_dvd.episodes)
    taken = take(tv_dvd, "Extra")
    assert taken.filed == ["S01E01", "S01E02", "S01E03"], taken.reasons
    assert not taken.questions


def test_nothing_but_speech_decides_or_is_a_question_and_never_a_wrong_file(
    take: Take, daemon: DaemonUnderTest
) -> None:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed")
    spoken = {"episodes": 1, "seconds": 240, "cues": 60, "spoken": True}
    disc = plain_disc("speech_dvd", captions=False, subtitles=False, **spoken)
    write_references(daemon.references, "Spoken", disc.episodes)
    taken = take(disc, "Spoken")
    assert taken.filed in (["S01E01"], []), taken.reasons
    assert "speech" in taken.reasons[0]
    assert bool(taken.questions) == (not taken.filed)
