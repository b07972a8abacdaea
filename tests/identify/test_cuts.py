"""Which titles are cuts of one film, which are the same cut, and which are neither."""

from __future__ import annotations

import cProfile
import gzip
import json
import pstats

import pytest

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.identify import identify
from engramd.identify.cuts import Recorded, with_cuts
from engramd.identify.together import judge, several_films
from engramd.identify.verdict import Hint, RoleVerdict, Verdict
from engramd.models.enums import ClassificationSource, ContentType, TitleRole
from engramd.sources.discdb import Found
from engramd.sources.discdb_model import Mapping, Work
from tests.identify.corpus_discs import DISCS, corpus_discs

R = TitleRole
#: Lengths of clips in seconds, by number.
CLIPS = {number: 1200.0 + 7 * number for number in range(1, 40)}


def clip(key: int | str) -> Segment:
    if isinstance(key, int):
        return Segment(key=f"{key:05}", duration=CLIPS[key], size=10**8)
    begin, end = (int(tick) for tick in key.partition("@")[2].split("-"))
    return Segment(key=key, duration=(end - begin) / 45000, size=10**8)


def title(
    index: int,
    *keys: int | str,
    sound: str = "eng",
    comment: str = "",
    name: str = "",
    chapters: tuple[float, ...] = (),
) -> Title:
    segments = tuple(clip(key) for key in keys)
    return Title(
        index=index,
        number=800 + index,
        source_file=name or f"{800 + index:05}.mpls",
        segment_map=",".join(map(str, keys)),
        segments=segments,
        duration=sum(segment.duration for segment in segments),
        size=10**10,
        chapters=chapters,
        streams=tuple(
            Stream(kind="audio", codec="ac3", stream_id=n, language=language)
            for n, language in enumerate(sound.split())
        ),
        comment=comment,
    )


def disc(*titles: Title) -> Disc:
    return Disc(source="x", media=Media.BLURAY, titles=titles)


def verdict(*kinds: TitleRole, kind: ContentType = ContentType.MOVIE) -> Verdict:
    features = [n for n, role in enumerate(kinds) if role is R.MAIN_FEATURE]
    roles = tuple(
        RoleVerdict(
            title_index=n,
            role=role,
            confidence=0.9,
            reason="so it was judged",
            place=features.index(n) + 1 if role is R.MAIN_FEATURE else None,
        )
        for n, role in enumerate(kinds)
    )
    return Verdict(
        content_type=kind,
        title="Film",
        year=None,
        season=None,
        disc_number=None,
        confidence=0.9,
        reason="",
        needs_review=False,
        roles=roles,
    )


def found(given: Disc, *kinds: TitleRole, recorded: dict[int, Recorded] | None = None) -> list[str]:
    """Give what each title is then: a cut with its place, another role, or which title it repeats."""
    roles = with_cuts(given, verdict(*kinds), recorded).roles
    return [
        f"cut {role.place} of {role.cuts}"
        if role.cuts
        else f"as {role.same_as}"
        if role.same_as is not None
        else role.role.value
        for role in roles
    ]


def test_branches_of_one_film_are_cuts_of_it() -> None:
    """The longer one is judged to be a version, the shorter one an extra: both are the film."""
    given = disc(title(0, 1, 2, 3, 4, 5), title(1, 1, 12, 3, 14, 5, 15), title(2, 1, 3, 5, 6), title(3, 30))
    kinds = (R.MAIN_FEATURE, R.UNKNOWN, R.EXTRA, R.EXTRA)
    assert found(given, *kinds) == ["cut 1 of (1, 0, 2)"] * 3 + ["extra"]
    role = with_cuts(given, verdict(*kinds)).roles[2]
    assert (role.role, role.reason) == (
        R.MAIN_FEATURE,
        "With 82 min it is another cut of title 800: it plays 75% of the same.",
    )


def test_what_shares_nothing_is_no_cut_however_long_it_is() -> None:
    given = disc(title(0, 1, 2, 3, 4), title(1, 5, 6, 7, 8), title(2, 9, 10, 11))
    assert found(given, R.MAIN_FEATURE, R.UNKNOWN, R.EXTRA) == ["main_feature", "unknown", "extra"]


def test_a_title_that_differs_by_less_than_a_minute_is_the_same_cut() -> None:
    given = disc(title(0, 1, 2, 3, 4), title(1, 1, 2, 3, 6), title(2, 1, 2, 3, 4, 5), title(3, 1, 2, 3, 4, 7))
    assert found(given, R.MAIN_FEATURE, R.UNKNOWN, R.UNKNOWN, R.UNKNOWN)[1] == "as 0"


def test_sound_that_no_other_version_has_is_not_lost() -> None:
    more = title(1, 1, 2, 3, 6, sound="eng fre")
    assert found(disc(title(0, 1, 2, 3, 4), more), R.MAIN_FEATURE, R.UNKNOWN) == ["main_feature", "unknown"]
    rich = title(0, 1, 2, 3, 4, sound="eng eng fre")
    assert found(disc(rich, more), R.MAIN_FEATURE, R.UNKNOWN) == ["main_feature", "as 0"]


def test_a_stretch_of_the_film_is_no_cut() -> None:
    """A film without its credits, or one with an introduction, is asked about as before."""
    given = disc(title(0, 1, 2, 3, 4), title(1, 2, 3, 4), title(2, 20, 1, 2, 3, 4))
    kinds = (R.MAIN_FEATURE, R.EXTRA, R.UNKNOWN)
    assert found(given, *kinds) == ["main_feature", "extra", "unknown"]


def test_clips_and_play_alls_are_no_cuts() -> None:
    given = disc(title(0, 1, 2, 3), title(1, 1, 2, 3, 4, name="00012.m2ts"), title(2, 1, 2, 3, 4, 5))
    assert found(given, R.MAIN_FEATURE, R.UNKNOWN, R.PLAY_ALL) == ["main_feature", "unknown", "play_all"]


def test_parts_of_a_clip_count_as_far_as_they_overlap() -> None:
    """One file holds the film, of which a cut leaves out a stretch; a second film is in the same file."""
    hour = 3600 * 45000
    whole = title(0, f"00001@0-{hour}", f"00001@{hour + 10**7}-{2 * hour}")
    longer = title(1, f"00001@0-{2 * hour}")
    other = title(2, f"00001@{2 * hour}-{4 * hour}")
    kinds = (R.MAIN_FEATURE, R.UNKNOWN, R.UNKNOWN)
    assert found(disc(whole, longer, other), *kinds) == ["cut 1 of (1, 0)", "cut 1 of (1, 0)", "unknown"]


ODD = (0.0, 310.2, 655.9, 901.4, 1340.7, 1799.3)


@pytest.mark.parametrize(
    ("chapters", "is_cut"),
    [
        ((0.0, 310.21, 655.88, 901.4, 1465.9, 1924.5), True),
        ((0.0, 295.0, 600.5, 911.0, 1300.3, 1700.9), False),
        ((0.0, 300.0, 600.0, 900.0, 1200.0, 1500.0), False),
        ((), False),
    ],
)
def test_cuts_in_files_of_their_own_have_the_same_chapters(chapters: tuple[float, ...], is_cut: bool) -> None:
    ends = {True: 125.2, False: 125.2}
    first = title(0, 1).model_copy(update={"chapters": ODD, "duration": 2300.0})
    second = title(1, 2).model_copy(update={"chapters": chapters, "duration": 2300.0 + ends[is_cut]})
    assert (found(disc(first, second), R.MAIN_FEATURE, R.UNKNOWN)[1] == "cut 1 of (1, 0)") is is_cut


def test_chapters_at_regular_distances_prove_nothing() -> None:
    regular = tuple(300.0 * n for n in range(8))
    first = title(0, 1).model_copy(update={"chapters": regular, "duration": 2400.0})
    second = title(1, 2).model_copy(update={"chapters": (*regular, 2400.0), "duration": 2700.0})
    assert found(disc(first, second), R.MAIN_FEATURE, R.UNKNOWN) == ["main_feature", "unknown"]


def test_among_decoys_only_what_the_author_named_is_a_cut() -> None:
    film = title(0, 1, 2, 3, 4, comment="FPL_MainFeature")
    longer = title(1, 1, 2, 30, 3, 4, 5, comment="FPL_MainFeature_EXT")
    decoys = [title(n, 1, 2, 3, n, 5) for n in range(20, 33)]
    given = disc(film, longer, *(t.model_copy(update={"index": n}) for n, t in enumerate(decoys, 2)))
    told = found(given, R.MAIN_FEATURE, *(R.UNKNOWN for _ in range(14)))
    assert told[:2] == ["cut 1 of (1, 0)", "cut 1 of (1, 0)"]
    assert set(told[2:]) == {"as 0"}


def test_several_films_and_series_stay_as_they_are() -> None:
    given = disc(title(0, 1, 2, 3), title(1, 4, 5, 6), title(2, 1, 2, 3, 7))
    kinds = (R.MAIN_FEATURE, R.MAIN_FEATURE, R.UNKNOWN)
    assert found(given, *kinds) == ["main_feature", "main_feature", "unknown"]
    series = verdict(R.MAIN_FEATURE, R.UNKNOWN, R.UNKNOWN, kind=ContentType.TV)
    assert with_cuts(given, series) == series


def test_what_a_record_names_are_the_cuts_and_nothing_else_is() -> None:
    given = disc(title(0, 1, 2, 3), title(1, 21, 22, 23, 24), title(2, 1, 2, 3, 30, 4), title(3, 1, 2, 5))
    kinds = (R.MAIN_FEATURE, R.MAIN_FEATURE, R.UNKNOWN, R.UNKNOWN)
    recorded = {0: Recorded("", None), 1: Recorded("", "TV Version")}
    told = found(given, *kinds, recorded=recorded)
    assert told == ["cut 1 of (1, 0)", "cut 1 of (1, 0)", "unknown", "as 0"]


def test_films_of_a_record_have_their_own_cuts() -> None:
    given = disc(*(title(n, 10 * (n % 2) + 1, 10 * (n % 2) + 2, 10 * (n % 2) + 3, 30 + n) for n in range(4)))
    names = ("One", "Two", "One", "Two")
    recorded = {n: Recorded(name, f"Cut {n}") for n, name in enumerate(names)}
    told = found(given, *([R.MAIN_FEATURE] * 4), recorded=recorded)
    assert told == ["cut 1 of (2, 0)", "cut 2 of (3, 1)", "cut 1 of (2, 0)", "cut 2 of (3, 1)"]


def calls_for(pieces: int) -> int:
    """Count the calls of functions for two titles that play so many pieces of one clip."""
    first = title(0, *(f"00001@{n * 90_000}-{n * 90_000 + 60_000}" for n in range(pieces)))
    second = title(1, *(f"00001@{n * 90_000 + 9_000}-{n * 90_000 + 69_000}" for n in range(pieces)))
    profile = cProfile.Profile()
    with profile:
        assert found(disc(first, second), R.MAIN_FEATURE, R.UNKNOWN)[1] == "as 0"
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_ten_times_the_pieces_are_ten_times_the_work() -> None:
    assert calls_for(1000) < 12 * calls_for(100)


def test_a_record_that_has_a_title_twice_under_one_name_means_one_of_them() -> None:
    given = disc(title(0, 1, 2, 3), title(1, 1, 2, 4, sound="eng"))
    twice = {0: Recorded("", None), 1: Recorded("", None)}
    assert found(given, R.MAIN_FEATURE, R.MAIN_FEATURE, recorded=twice) == ["main_feature", "as 0"]
    told_apart = {0: Recorded("", None), 1: Recorded("", "3D")}
    kept = found(given, R.MAIN_FEATURE, R.MAIN_FEATURE, recorded=told_apart)
    assert kept == ["cut 1 of (1, 0)", "cut 1 of (1, 0)"]


def test_another_version_that_was_taken_for_the_film_is_one_the_record_leaves_out() -> None:
    given = disc(title(0, 1, 2, 3, 4), title(1, 1, 2, 3, 5, 6))
    told = with_cuts(given, verdict(R.MAIN_FEATURE, R.MAIN_FEATURE), {0: Recorded("", None)}).roles
    assert [role.role for role in told] == [R.MAIN_FEATURE, R.UNKNOWN]
    assert told[1].reason.endswith("which the record leaves out.")


def test_cuts_are_one_film_and_not_several() -> None:
    given = disc(title(0, 1, 2, 3, 4), title(1, 1, 2, 3, 5, 6))
    told = judge(given, Hint(content_type=ContentType.MOVIE), Found()).verdict
    assert [role.role for role in told.roles] == [R.MAIN_FEATURE] * 2
    assert not several_films(told)
    assert several_films(verdict(R.MAIN_FEATURE, R.MAIN_FEATURE))


def test_of_titles_that_repeat_each_other_a_record_names_the_one_to_keep() -> None:
    """Structure would keep the first of them; where the record has the second, that one is kept."""
    given = disc(title(0, 1, 2, 3, 4), title(1, 1, 2, 3, 4))
    kinds = ((0, R.DUPLICATE, 1), (1, R.MAIN_FEATURE, None))
    record = Found(
        status="confirmed",
        source=ClassificationSource.DISCDB_HASH,
        work=Work(namespace="movie", name="Film"),
        mappings=tuple(
            Mapping(title_index=n, role=kind, same_as=same, confidence=0.98, reason="recorded")
            for n, kind, same in kinds
        ),
    )
    assert [role.role for role in judge(given, None, record).verdict.roles] == [R.DUPLICATE, R.MAIN_FEATURE]


@pytest.mark.skipif(not DISCS.exists(), reason="the corpus of real discs is not beside the checkout")
def test_cuts_of_real_discs_are_found_and_nothing_is_taken_for_one() -> None:
    """Discs that people recorded with films of several cuts, by their structure alone."""
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    seen: set[str] = set()
    right: list[str] = []
    wrong: list[str] = []
    for (name, given, numbers), entry in zip(corpus_discs(), entries, strict=True):
        items = {t["i"]: t.get("item") or {} for t in entry["titles"]}
        kinds = {item.get("Type") for item in items.values()}
        if entry["hash"] in seen or "MainMovie" not in kinds or "Episode" in kinds:
            continue
        seen |= {entry["hash"]} - {None}
        cuts = [role for role in with_cuts(given, identify(given)).roles if role.cuts]
        named = [items[numbers[role.title_index]].get("Type") == "MainMovie" for role in cuts]
        if cuts:
            (right if all(named) else wrong).append(name)
    assert len(right) >= 15, right
    # Of one disc only one cut was recorded; its author named both.
    assert len(wrong) <= 1, wrong
