"""Which streams are kept: a policy for both back ends, by rules and by what must always hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs import Stream, Title
from engramd.rip.tracks import TrackPolicy, choose_tracks, chosen_title, is_main, with_cores

VIDEO = Stream(kind="video", codec="h264", stream_id=0x1011)
KEEP_ALL = TrackPolicy()


def sound(language: str | None, codec: str = "ac3", **flags: bool) -> Stream:
    return Stream(kind="audio", codec=codec, stream_id=0x1100, language=language, **flags)  # type: ignore[arg-type]


def words(language: str | None, **flags: bool) -> Stream:
    return Stream(kind="subtitle", codec="pgs", stream_id=0x1200, language=language, **flags)  # type: ignore[arg-type]


def kept(policy: TrackPolicy, *streams: Stream) -> list[Stream]:
    return [streams[choice.place] for choice in choose_tracks(streams, policy) if choice.kept]


def reason(policy: TrackPolicy, stream: Stream, *others: Stream) -> str:
    return next(choice.why for choice in choose_tracks((stream, *others), policy) if choice.place == 0)


def test_without_wishes_everything_is_kept() -> None:
    streams = (VIDEO, sound("eng"), sound("fre", commentary=True), words("eng"), words(None))
    assert kept(KEEP_ALL, *streams) == list(streams)
    assert reason(KEEP_ALL, words("eng")) == "all languages are wanted"


def test_wanted_and_unknown_languages_are_kept_and_the_picture_always() -> None:
    policy = TrackPolicy(("eng",), ("ger",))
    streams = (VIDEO, sound("eng"), sound("fre"), sound(None), words("eng"), words("ger"), words(None))
    assert kept(policy, *streams) == [VIDEO, sound("eng"), sound(None), words("ger"), words(None)]
    assert reason(policy, sound("fre"), sound("eng")) == "fre is not wanted"
    assert reason(policy, words(None)) == "its language is not known"


def test_the_original_is_wanted_only_where_it_is_known() -> None:
    policy = TrackPolicy(("original", "eng"), ("original",))
    streams = (sound("fre"), sound("eng"), sound("jpn"), words("fre"), words("jpn"))
    assert kept(policy, *streams) == list(streams)
    assert reason(policy, streams[0]) == "the original language is not known"
    known = replace(policy, original_language="jpn")
    assert kept(known, *streams) == [sound("eng"), sound("jpn"), words("jpn")]


@pytest.mark.parametrize(("original", "rescued"), [(None, "fre"), ("jpn", "jpn"), ("kor", "fre")])
def test_the_last_main_track_is_never_dropped(original: str | None, rescued: str) -> None:
    policy = TrackPolicy(("eng",), ("eng",), original_language=original)
    streams = (
        sound("fre", commentary=True),
        sound("fre"),
        sound("jpn"),
        sound("jpn"),
        words("fre", forced=True),
    )
    main = [stream.language for stream in kept(policy, *streams) if is_main(stream)]
    assert set(main) == {rescued}
    forced = [stream for stream in kept(policy, *streams) if stream.forced]
    assert bool(forced) == (rescued == "fre"), "forced subtitles belong to the sound that is kept"
    assert "no wanted language is there" in reason(policy, sound(rescued), *streams)


def test_a_wanted_commentary_or_description_is_no_main_track() -> None:
    policy = TrackPolicy(("eng",))
    aside = (sound("eng", commentary=True), sound("eng", audio_description=True))
    assert kept(policy, sound("fre"), *aside) == [sound("fre"), aside[1], aside[0]]


def test_a_title_of_nothing_but_unwanted_commentary_keeps_its_sound() -> None:
    policy = TrackPolicy(keep_commentary=False)
    only = sound("eng", commentary=True)
    assert kept(policy, VIDEO, only, only) == [VIDEO, only]
    assert reason(policy, only) == "the title has no other sound"


def test_commentary_is_kept_by_wish_and_in_wanted_languages_only() -> None:
    streams = (sound("eng"), sound("eng", commentary=True), sound("ger", commentary=True))
    streams = (*streams, words("eng", commentary=True), words("ger", commentary=True))
    assert kept(TrackPolicy(("eng",), ("eng",)), *streams) == [streams[0], streams[1], streams[3]]
    assert kept(TrackPolicy(keep_commentary=False), *streams) == [streams[0]]


def test_core_audio_is_kept_by_wish() -> None:
    streams = with_cores((sound("eng", "truehd"), sound("eng")))
    assert [stream.core for stream in streams] == [False, True, False]
    assert kept(TrackPolicy(), *streams) == list(streams)
    assert kept(TrackPolicy(keep_core_audio=False), *streams) == [streams[0], streams[2]]
    assert with_cores(streams) == streams
    found = with_cores((sound("eng", "dtshd-ma"), sound("fre", "ac3")), makemkv=True)
    assert [(stream.codec, stream.core) for stream in found] == [
        ("dtshd-ma", False),
        ("dts", True),
        ("ac3", False),
    ]
    assert not any(stream.core for stream in with_cores((sound("eng", "dtshd-ma"),)))


def test_forced_subtitles_of_wanted_sound_are_kept_whatever_subtitles_are_wanted() -> None:
    policy = TrackPolicy(("eng",), ("fre",))
    streams = (sound("eng"), words("eng"), words("eng", forced=True), words("ger", forced=True), words("fre"))
    assert kept(policy, *streams) == [sound("eng"), words("eng", forced=True), words("fre")]
    assert kept(TrackPolicy((), ("fre",)), *streams)[1:] == [*streams[2:]]


def test_asides_come_last_and_main_tracks_stay_in_order() -> None:
    streams = (
        words("eng", commentary=True),
        sound("ger", commentary=True),
        sound("fre"),
        sound("eng", audio_description=True),
        words("fre"),
        sound("eng"),
        VIDEO,
    )
    order = [choice.place for choice in choose_tracks(streams, TrackPolicy(("eng", "fre")))]
    assert order == [6, 2, 5, 3, 1, 4, 0]


def test_a_title_is_left_with_the_chosen_streams_in_order() -> None:
    streams = (sound("eng", commentary=True), VIDEO, sound("fre"), sound("eng"))
    title = Title(
        index=0,
        number=1,
        source_file="01",
        segment_map="1",
        segments=(),
        duration=9.0,
        size=1,
        streams=streams,
    )
    chosen = chosen_title(title, choose_tracks(streams, TrackPolicy(("eng",))))
    assert chosen.streams == (VIDEO, sound("eng"), sound("eng", commentary=True))
    assert chosen.model_copy(update={"streams": streams}) == title


languages = st.sampled_from(["eng", "fre", "jpn", None])
flags = st.booleans()
streams_of_titles = st.lists(
    st.one_of(
        st.just(VIDEO),
        st.builds(sound, languages, commentary=flags, audio_description=flags, core=flags),
        st.builds(words, languages, commentary=flags, forced=flags),
    ),
    max_size=12,
).map(tuple)
wishes = st.lists(st.sampled_from(["eng", "fre", "jpn", "original"]), max_size=3, unique=True).map(tuple)
policies = st.builds(
    TrackPolicy,
    wishes,
    wishes,
    keep_commentary=flags,
    keep_core_audio=flags,
    original_language=languages,
)


@given(streams_of_titles, policies)
def test_what_always_holds(streams: tuple[Stream, ...], policy: TrackPolicy) -> None:
    choices = choose_tracks(streams, policy)
    assert sorted(choice.place for choice in choices) == list(range(len(streams)))
    assert all(choice.why for choice in choices)
    left = [streams[choice.place] for choice in choices if choice.kept]
    assert [s for s in left if s.kind == "video"] == [s for s in streams if s.kind == "video"]
    assert any(map(is_main, left)) == any(map(is_main, streams)), "the last main track was dropped"
    assert any(s.kind == "audio" for s in left) == any(s.kind == "audio" for s in streams)
    more = kept(TrackPolicy(), *streams)
    assert all(stream in more for stream in left)
