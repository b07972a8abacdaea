from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.identify import Hint, Verdict, identify
from engramd.models.enums import ClassificationSource, ContentType, TitleRole

STREAMS = (
    Stream(kind="video", codec="mpeg2", stream_id=0xE0),
    Stream(kind="audio", codec="ac3", stream_id=0x80, language="eng"),
    Stream(kind="subtitle", codec="vobsub", stream_id=0x20, language="eng"),
)
EPISODE, PLAY_ALL, EXTRA = TitleRole.EPISODE, TitleRole.PLAY_ALL, TitleRole.EXTRA
MAIN, DUPLICATE, UNKNOWN = TitleRole.MAIN_FEATURE, TitleRole.DUPLICATE, TitleRole.UNKNOWN


def disc(label: str, *titles: tuple[str, float], name: str = "", media: Media = Media.DVD) -> Disc:
    """Make a disc of (segments, seconds) pairs; `"a b"` plays two segments that share the seconds equally."""
    made = []
    for index, (keys, seconds) in enumerate(titles):
        names = keys.split()
        segments = tuple(Segment(key=key, duration=seconds / len(names), size=1000) for key in names)
        clip = len(names) == 1 and names[0].endswith(".m2ts")
        made.append(
            Title(
                index=index,
                number=index + 1,
                source_file=names[0]
                if clip
                else f"{index + 1:05d}.mpls"
                if media is Media.BLURAY
                else "VTS_01",
                segment_map=keys,
                segments=segments,
                duration=seconds,
                size=int(seconds * 500_000),
                chapters=tuple(seconds * n / 6 for n in range(6)) if seconds >= 600 else (),
                streams=STREAMS,
            )
        )
    return Disc(source="test", media=media, label=label, disc_name=name, titles=tuple(made))


def roles(verdict: Verdict) -> list[TitleRole]:
    return [r.role for r in verdict.roles]


def places(verdict: Verdict) -> list[int | None]:
    return [r.place for r in verdict.roles]


SHORT_SERIES = (("a b c", 375.0), ("a", 125.0), ("b", 125.0), ("c", 125.0), ("x", 20.0))
LONG_SERIES = (("a b c d", 5280.0), ("a", 1320.0), ("b", 1320.0), ("c", 1320.0), ("d", 1320.0), ("x", 20.0))


def test_three_short_episodes_with_a_play_all() -> None:
    verdict = identify(disc("HARBOR_STATION_S1_D1", *SHORT_SERIES))
    assert verdict.content_type is ContentType.TV
    assert (verdict.title, verdict.season, verdict.disc_number) == ("Harbor Station", 1, 1)
    assert roles(verdict) == [PLAY_ALL, EPISODE, EPISODE, EPISODE, EXTRA]
    assert places(verdict) == [None, 1, 2, 3, None]
    assert verdict.roles[0].parts == (1, 2, 3)
    assert [r.part_of for r in verdict.roles] == [None, 0, 0, 0, None]
    assert not verdict.needs_review
    assert verdict.confidence > 0.99
    assert verdict.source is ClassificationSource.HEURISTIC
    assert "share their segments with title 1 (play-all)" in verdict.reason
    assert "the label says season 1, disc 1" in verdict.reason


def test_a_series_by_its_structure_alone() -> None:
    verdict = identify(disc("HARBOR_STATION", *LONG_SERIES))
    assert verdict.content_type is ContentType.TV
    assert roles(verdict) == [PLAY_ALL, EPISODE, EPISODE, EPISODE, EPISODE, EXTRA]
    assert verdict.season is None
    assert not verdict.needs_review


def test_the_play_all_gives_the_order_of_episodes() -> None:
    verdict = identify(disc("SHOW", ("c a b", 3960.0), ("a", 1320.0), ("b", 1320.0), ("c", 1320.0)))
    assert places(verdict) == [None, 2, 3, 1]


def test_a_play_all_with_an_episode_of_its_own_is_not_passed_over() -> None:
    titles = [(key, 1320.0) for key in "abcde"]
    verdict = identify(disc("SHOW_S1_D1", ("a b c d e f", 7920.0), *titles))
    assert roles(verdict) == [UNKNOWN] + [EPISODE] * 5
    assert places(verdict) == [None, 1, 2, 3, 4, 5]
    assert "22 min that are on no other title" in verdict.roles[0].reason


def test_a_series_without_a_play_all() -> None:
    verdict = identify(disc("LOGICAL_VOLUME_ID", ("a", 2700.0), ("b", 2760.0), ("c", 2650.0), ("x", 300.0)))
    assert verdict.content_type is ContentType.TV
    assert roles(verdict) == [EPISODE, EPISODE, EPISODE, EXTRA]
    assert verdict.title is None


def test_a_double_length_pilot_is_an_episode_and_no_play_all() -> None:
    verdict = identify(disc("SHOW_S1_D1", ("a", 5280.0), ("b", 2640.0), ("c", 2640.0)))
    assert roles(verdict) == [EPISODE, EPISODE, EPISODE]
    assert "as long as two episodes" in verdict.roles[0].reason


def test_cartoons_of_eleven_minutes() -> None:
    titles = [(key, 660.0) for key in "abcdef"]
    verdict = identify(disc("TOONS", ("a b c d e f", 3960.0), *titles))
    assert verdict.content_type is ContentType.TV
    assert roles(verdict) == [PLAY_ALL] + [EPISODE] * 6


@pytest.mark.parametrize("minutes", [75, 82, 90, 130])
def test_a_film_with_extras_and_a_logo(minutes: int) -> None:
    film = disc(
        "THE_FERRY", ("logo", 15.0), ("film", minutes * 60.0), ("a", 900.0), ("b", 1100.0), ("c", 140.0)
    )
    verdict = identify(film)
    assert verdict.content_type is ContentType.MOVIE
    assert roles(verdict) == [EXTRA, MAIN, EXTRA, EXTRA, EXTRA]
    assert verdict.title == "The Ferry"
    assert not verdict.needs_review


@pytest.mark.parametrize("label", ["OCEANS11", "RED2", "APOLLO13"])
def test_a_number_in_a_films_label_makes_no_season(label: str) -> None:
    verdict = identify(disc(label, ("film", 7000.0), ("a", 900.0)))
    assert (verdict.content_type, verdict.season) == (ContentType.MOVIE, None)
    assert verdict.title == label.capitalize()


def test_a_number_in_a_series_label_is_its_season() -> None:
    verdict = identify(disc("SOUTHPARK6", ("a", 1320.0), ("b", 1320.0), ("c", 1330.0), ("d", 1310.0)))
    assert (verdict.content_type, verdict.title, verdict.season) == (ContentType.TV, "Southpark", 6)


def test_a_film_that_branches_is_no_play_all_of_its_scenes() -> None:
    scenes = [("s1", 300.0), ("s2", 1200.0), ("s3", 500.0), ("s4", 900.0)]
    film = disc("FILM", ("s1 s2 s3 s4 s5 s6", 6600.0), *scenes, media=Media.BLURAY)
    verdict = identify(film)
    assert verdict.content_type is ContentType.MOVIE
    assert roles(verdict)[0] is MAIN


def test_two_films_on_one_disc_ask() -> None:
    verdict = identify(disc("DOUBLE_FEATURE", ("a", 6100.0), ("b", 5900.0)))
    assert verdict.content_type is ContentType.MOVIE
    assert roles(verdict) == [MAIN, MAIN]
    assert verdict.needs_review


def test_versions_of_one_film_are_one_film() -> None:
    film = disc("FILM", ("i1 a b", 6300.0), ("i2 a b", 6300.0), ("i3 a b", 6300.0), media=Media.BLURAY)
    verdict = identify(film)
    assert verdict.content_type is ContentType.MOVIE
    assert roles(verdict) == [MAIN, UNKNOWN, UNKNOWN]
    assert not verdict.needs_review


def test_a_clip_beside_its_playlist_is_a_duplicate() -> None:
    film = disc("FILM", ("00001.m2ts", 6300.0), ("x", 300.0), media=Media.BLURAY)
    playlist = film.titles[0].model_copy(update={"index": 2, "number": 800, "source_file": "00800.mpls"})
    verdict = identify(film.model_copy(update={"titles": (*film.titles, playlist)}))
    assert roles(verdict) == [DUPLICATE, EXTRA, MAIN]
    assert verdict.roles[0].same_as == 2
    assert "title 800" in verdict.roles[0].reason


def test_equal_lengths_alone_make_no_duplicates() -> None:
    verdict = identify(disc("SHOW_S1_D1", ("a", 1320.0), ("b", 1320.0)))
    assert roles(verdict) == [EPISODE, EPISODE]


def test_without_segments_sums_show_the_play_all() -> None:
    plain = disc("SHOW_S1_D1", ("p", 3961.0), ("a", 1320.0), ("b", 1321.0), ("c", 1319.0))
    bare = plain.model_copy(
        update={"titles": tuple(t.model_copy(update={"segments": ()}) for t in plain.titles)}
    )
    verdict = identify(bare)
    assert roles(verdict) == [PLAY_ALL, EPISODE, EPISODE, EPISODE]
    assert verdict.roles[0].confidence < 0.9


@pytest.mark.parametrize("label", ["DUNE_BONUS_DISC", "DUNE"])
def test_a_disc_with_only_extras_asks(label: str) -> None:
    verdict = identify(disc(label, ("a", 620.0), ("b", 340.0), ("c", 150.0), ("d", 1500.0)))
    assert verdict.content_type is ContentType.UNKNOWN
    assert verdict.needs_review
    assert not {EPISODE, MAIN} & set(roles(verdict))


@pytest.mark.parametrize("titles", [SHORT_SERIES, LONG_SERIES])
def test_a_play_all_of_extras_is_one_on_a_bonus_disc(titles: tuple[tuple[str, float], ...]) -> None:
    verdict = identify(disc("QUIET_MOON_BONUS_DISC", *titles))
    assert verdict.content_type is ContentType.UNKNOWN
    assert roles(verdict) == [PLAY_ALL] + [EXTRA] * (len(titles) - 1)


def test_titles_of_all_lengths_with_one_sound_track_are_extras() -> None:
    mixed = [("a", 2160.0), ("b", 1140.0), ("c", 1080.0), ("d", 300.0), ("e", 1100.0)]
    assert identify(disc("THE_FERRY_DISC02", *mixed)).needs_review
    assert identify(disc("THE_FERRY_S1_D2", *mixed)).content_type is ContentType.TV


def test_a_disc_without_titles_asks() -> None:
    verdict = identify(disc("SHOW_S1_D1"))
    assert (verdict.content_type, verdict.needs_review, verdict.roles) == (ContentType.UNKNOWN, True, ())
    assert verdict.title == "Show"


def test_one_episode_alone_is_not_guessed() -> None:
    verdict = identify(disc("SOMETHING", ("a", 2700.0)))
    assert verdict.content_type is ContentType.UNKNOWN
    assert verdict.needs_review
    assert roles(verdict) == [UNKNOWN]


def test_what_a_person_says_wins() -> None:
    hint = Hint(
        content_type=ContentType.TV, show="Pier 9", year=2001, season=4, disc_number=3, edition="Uncut"
    )
    verdict = identify(disc("RED2", ("film", 7000.0), ("a", 900.0)), hint)
    assert verdict.content_type is ContentType.TV
    assert (verdict.title, verdict.year, verdict.season, verdict.disc_number) == ("Pier 9", 2001, 4, 3)
    assert verdict.edition == "Uncut"
    assert verdict.source is ClassificationSource.USER
    assert verdict.confidence == 1.0
    assert "a person said so" in verdict.reason
    assert not verdict.needs_review


def test_a_hint_of_the_type_alone_keeps_what_the_label_says() -> None:
    verdict = identify(disc("HARBOR_STATION_S1_D2", *SHORT_SERIES), Hint(content_type=ContentType.TV))
    assert (verdict.title, verdict.season, verdict.disc_number) == ("Harbor Station", 1, 2)


def test_a_hint_that_says_nothing_changes_nothing() -> None:
    plain = disc("HARBOR_STATION_S1_D2", *SHORT_SERIES)
    assert identify(plain, Hint(content_type=ContentType.UNKNOWN)) == identify(plain)


def test_the_discs_own_name_reads_better_than_its_label() -> None:
    verdict = identify(disc("BWE_S4_DISC4", *LONG_SERIES, name="Boardwalk Empire Season 4 Disc 4"))
    assert (verdict.title, verdict.season, verdict.disc_number) == ("Boardwalk Empire", 4, 4)


def test_label_and_name_that_disagree_give_no_season() -> None:
    verdict = identify(disc("SHOW_S4_D1", *LONG_SERIES, name="Show Season 5 Disc 1"))
    assert verdict.season is None


def test_every_title_has_one_role_in_the_order_of_the_scan() -> None:
    verdict = identify(disc("X", *LONG_SERIES))
    assert [r.title_index for r in verdict.roles] == list(range(6))
    assert all(r.reason.endswith(".") and 0 <= r.confidence <= 1 for r in verdict.roles)


def test_a_disc_that_hides_its_film_among_decoys_asks() -> None:
    keys = list("abcdefghijkl")
    decoys = [(" ".join(keys[n:] + keys[:n]) + " z", 6600.0) for n in range(12)]
    verdict = identify(disc("FILM", *decoys, ("y z " + " ".join(keys), 6610.0), media=Media.BLURAY))
    assert verdict.content_type is ContentType.MOVIE
    assert verdict.needs_review
    assert sum(r.role is MAIN for r in verdict.roles) == 1
    assert "decoys" in next(r.reason for r in verdict.roles if r.role is MAIN)


def test_an_extra_that_the_disc_keeps_apart_is_no_episode() -> None:
    series = disc(
        "SHOW_S1_D1", ("a", 2700.0), ("b", 2720.0), ("c", 2710.0), ("x", 2500.0), media=Media.BLURAY
    )
    apart = series.titles[3].model_copy(
        update={"number": 276, "source_file": "00276.mpls", "chapters": (), "streams": STREAMS[:2]}
    )
    verdict = identify(series.model_copy(update={"titles": (*series.titles[:3], apart)}))
    assert roles(verdict) == [EPISODE, EPISODE, EPISODE, EXTRA]
    assert "numbered far" in verdict.roles[3].reason


keys = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6).map(" ".join)
lengths = st.floats(0, 20_000, allow_nan=False)


@given(
    st.lists(st.tuples(keys, lengths), max_size=12), st.text(max_size=20), st.sampled_from(list(ContentType))
)
def test_no_disc_is_too_strange(titles: list[tuple[str, float]], label: str, said: ContentType) -> None:
    for hint in (None, Hint(content_type=said)):
        verdict = identify(disc(label, *titles, media=Media.BLURAY), hint)
        assert [r.title_index for r in verdict.roles] == list(range(len(titles)))
        counted = sorted(r.place for r in verdict.roles if r.place is not None)
        assert counted == list(range(1, len(counted) + 1))
        assert all((r.place is not None) == (r.role in (EPISODE, MAIN)) for r in verdict.roles)
        for role in verdict.roles:
            assert role.same_as is None or verdict.roles[role.same_as].role is not DUPLICATE
