"""The shows made by code: always the same, with the faults that a case asks for, and as hard as real ones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engramd.match.evidence import read_evidence
from engramd.match.hygiene import coarse_clock
from engramd.match.language import guess
from engramd.match.subtitles import Cue, read_subtitles
from tests.support.shows import (
    DiscCase,
    Edition,
    MadeReader,
    Show,
    Style,
    evidence_of,
    make_disc,
    subtitle,
    write_disc_case,
    write_evidence,
)
from tests.support.shows.classes import CLASSES, FIRST_SEED, cases
from tests.support.shows.noise import heard, optically
from tests.support.shows.sources import broadcast_cut, some_offset


def test_a_disc_is_the_same_each_time_and_others_are_not() -> None:
    assert make_disc(DiscCase(4, season=5)) == make_disc(DiscCase(4, season=5))
    assert make_disc(DiscCase(4, season=5)).titles[0].cues != make_disc(DiscCase(5, season=5)).titles[0].cues


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("anime", 220, 480), ("sitcom", 280, 650), ("drama", 420, 900)]
)
def test_episodes_have_as_many_cues_as_real_ones(kind: str, least: int, most: int) -> None:
    for seed in range(3):
        title = make_disc(DiscCase(seed, kind, season=2, titles=1)).titles[0]
        assert least <= len(title.cues) <= most
        assert title.cues[-1].end <= title.seconds + 10
        assert [c.start for c in title.cues] == sorted(c.start for c in title.cues)
        assert all(c.end > c.start and c.text for c in title.cues)


@pytest.mark.parametrize("language", ["eng", "fre", "ger", "heb", "jpn"])
def test_languages_can_be_told_by_their_words(language: str) -> None:
    disc = make_disc(DiscCase(3, season=2, titles=2, language=language))
    assert {guess(c.text for c in cues) for cues in disc.references.values()} == {language}


def test_a_cut_for_broadcast_moves_what_comes_after() -> None:
    show, luck = Show(9), np.random.default_rng(1)
    episode = show.episode(1, 3)
    cut = broadcast_cut(episode, luck, 2.0)
    gone = sum(b - a for a, b in cut.removed)
    late = [cut.place(x.start) - x.start for x in episode.lines if cut.keeps(x)]
    assert late[0] == pytest.approx(2.0)
    assert -gone - 1 <= late[-1] - 2.0 < -5
    assert len({round(x, 2) for x in late}) >= 2
    assert all(before[1] < after[0] for before, after in pairwise(cut.removed))


def test_speed_and_offset_are_of_the_whole_release() -> None:
    episode = Show(9).episode(1, 1)
    style = Style(jitter=0.0, loose=0.0, snaps=0.0, dropped=0.0, extra=0.0)
    plain = subtitle(episode, style, np.random.default_rng(2))
    pal = subtitle(episode, style, np.random.default_rng(2), Edition(offset=5.0, factor=0.959))
    assert pal[40].start == pytest.approx(plain[40].start * 0.959 + 5.0, abs=0.1)


def test_offsets_are_as_those_of_real_releases() -> None:
    luck = np.random.default_rng(3)
    sizes = [abs(some_offset(luck)) for _ in range(4000)]
    middle, high, highest = np.quantile(sizes, (0.5, 0.9, 0.99))
    assert 0.5 < middle < 4
    assert 30 < highest < 170
    assert 15 < high < 70


def test_faults_of_labels_put_another_episodes_words_under_a_label() -> None:
    plain = make_disc(DiscCase(2, season=12, sources=2))
    for faults, number in (("swap", 2), ("shift", 4), ("duplicate", 1)):
        disc = make_disc(DiscCase(2, season=12, sources=2, faults=faults))  # type: ignore[arg-type]
        assert len(disc.mislabelled) == number
        assert disc.mislabelled & {t.truth for t in disc.titles}
        second = [name for name in disc.references if name.startswith("source2")]
        assert all(disc.references[name] == plain.references[name] for name in second)


def test_an_absent_reference_is_of_a_title_of_the_disc() -> None:
    disc = make_disc(DiscCase(7, season=6, absent=2))
    missing = {t.truth for t in disc.titles if not t.known}
    assert len(missing) == 2
    assert all(str(label) not in name for label in missing for name in disc.references)


def test_a_disc_may_have_nothing_but_signs_or_a_commentary() -> None:
    usual = make_disc(DiscCase(7, season=6)).titles[0]
    signs = make_disc(DiscCase(7, season=6, only="signs")).titles[0]
    commentary = make_disc(DiscCase(7, season=6, only="commentary")).titles[0]
    assert len(signs.cues) == 50
    assert len(commentary.cues) > 1.5 * len(usual.cues)
    assert [t.known for t in (usual, signs, commentary)] == [True, False, False]


def test_recognition_errs_as_often_as_asked() -> None:
    luck, text = np.random.default_rng(4), "the quick brown fox " * 400
    wrong = sum(a != b for a, b in zip(text.split(), optically(text, 0.04, luck).split(), strict=False))
    assert optically(text, 0.0, luck) == text
    assert wrong > 0.05 * len(text.split())
    cues = [Cue(n * 2.0 + 1, n * 2.0 + 2, "alpha beta gamma delta") for n in range(300)]
    said = [w for c in heard(cues, 0.4, luck) for w in c.text.split()]
    kept = sum(w in ("alpha", "beta", "gamma", "delta") for w in said)
    assert 0.55 < kept / 1200 < 0.66


def test_whole_seconds_are_seen_as_such() -> None:
    disc = make_disc(DiscCase(8, season=5, clock=True))
    assert all(coarse_clock(c.start for c in cues) for cues in disc.references.values())


def test_files_are_read_back_as_they_were_made(tmp_path: Path) -> None:
    written = write_disc_case(tmp_path, DiscCase(9, titles=2, season=6, sources=2))
    assert sorted(p.name for p in (written.references / "source2").iterdir())[0] == "Show.S01E01.srt"
    cues = read_subtitles(written.files[0])
    assert len(cues) == len(written.disc.titles[0].cues)
    assert read_evidence(written.files[0]).tracks[0].texts == tuple(c.text for c in cues)


def test_pictures_are_read_on_demand_and_no_more_than_allowed(tmp_path: Path) -> None:
    disc = make_disc(DiscCase(10, titles=2, season=6, shown="bitmap", ocr=0.04))
    asked = write_evidence(tmp_path, disc)
    evidence = evidence_of(disc, 1, tmp_path)
    track = evidence.tracks[0]
    assert [t.title_index for t in asked] == [0, 1]
    assert track.texts == ()
    assert len(track.widths) == len(track.starts)
    reader = MadeReader(disc, most=2)
    read = reader.pictures(evidence, track, [5, 9], ["eng"])
    assert [len(t) > 0 for t in read] == [True, True]
    assert reader.pictures_read == 2


def test_halves_share_no_show() -> None:
    seeds = {
        half: {case.seed for kind in CLASSES for case in cases(kind, half, 3)}  # type: ignore[arg-type]
        for half in FIRST_SEED
    }
    assert seeds["fit"].isdisjoint(seeds["test"])
    assert len(seeds["fit"]) == 3 * len(CLASSES)
