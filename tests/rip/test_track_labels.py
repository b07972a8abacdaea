"""What tracks are called and which of them play, decided for tracks and facts as files have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs import Stream
from engramd.rip import Track
from engramd.rip.subtitle_facts import SubtitleFacts
from engramd.rip.track_labels import TrackLabel, label_tracks
from engramd.rip.track_pairs import code_of, pair_tracks
from engramd.rip.tracks import TrackPolicy
from tests.rip.test_tracks import VIDEO, policies, sound, streams_of_titles, words

FULL, FEW = SubtitleFacts(400, 0, 900.0), SubtitleFacts(30, 0, 60.0)
FORCED = SubtitleFacts(12, 12, 30.0)
CODECS = {"h264": "V_MPEG4/ISO/AVC", "ac3": "A_AC3", "truehd": "A_TRUEHD", "pgs": "S_HDMV/PGS"}


def track_of(number: int, stream: Stream) -> Track:
    """Give the track that a back end makes of a stream."""
    return Track(
        number,
        stream.kind,
        CODECS[stream.codec],
        stream.language,
        default=False,
        forced=stream.forced,
        commentary=stream.commentary,
    )


def labelled(
    policy: TrackPolicy, *streams: Stream, facts: dict[int, SubtitleFacts] | None = None
) -> tuple[TrackLabel, ...]:
    """Label a file that holds exactly these streams; its tracks are numbered from 1."""
    tracks = [track_of(number, stream) for number, stream in enumerate(streams, 1)]
    return label_tracks(tracks, streams, policy, facts)


def defaults(labels: tuple[TrackLabel, ...], kind: str) -> list[int]:
    return [label.number for label in labels if label.default and label.kind == kind]


def names(labels: tuple[TrackLabel, ...]) -> list[str]:
    return [label.name for label in labels]


@pytest.mark.parametrize(
    ("policy", "default"),
    [
        (TrackPolicy(), 2),
        (TrackPolicy(("fre", "eng")), 3),
        (TrackPolicy(("ger", "eng")), 4),
        (TrackPolicy(("original",), original_language="fre"), 3),
        (TrackPolicy(original_language="fre"), 3),
        (TrackPolicy(("ger",), original_language="fre"), 3),
        (TrackPolicy(("ger",)), 2),
    ],
)
def test_the_default_sound_is_the_preferred_else_the_original_else_the_first(
    policy: TrackPolicy, default: int
) -> None:
    labels = labelled(policy, sound("eng", commentary=True), sound("jpn"), sound("fre"), sound("eng"))
    assert defaults(labels, "audio") == [default]


def test_commentary_description_and_core_are_never_the_default() -> None:
    core = sound("eng", core=True)
    aside = (sound("eng", commentary=True), sound("eng", audio_description=True), core)
    labels = labelled(TrackPolicy(("eng",)), *aside, sound("fre"))
    assert defaults(labels, "audio") == [4]
    assert names(labels) == ["Commentary", "Audio description", "Core", ""]
    assert [label.audio_description for label in labels] == [False, True, False, False]


def test_a_title_of_commentary_alone_still_plays() -> None:
    assert defaults(labelled(TrackPolicy(), sound("eng", commentary=True)), "audio") == [1]


def test_a_track_that_is_never_played_is_not_the_default() -> None:
    streams = (sound("eng"), sound("eng"))
    tracks = [Track(1, "audio", "A_AC3", "eng", seconds=0), Track(2, "audio", "A_AC3", "eng", seconds=9)]
    assert defaults(label_tracks(tracks, streams, TrackPolicy()), "audio") == [2]


def test_the_forced_track_of_the_sound_is_shown() -> None:
    streams = (sound("eng"), words("eng"), words("fre", forced=True), words("eng", forced=True))
    labels = labelled(TrackPolicy(("eng",)), *streams)
    assert defaults(labels, "subtitle") == [4]
    assert names(labels) == ["", "", "Forced", "Forced"]


def test_a_track_of_forced_events_is_found_to_be_forced() -> None:
    streams = (sound("eng"), words("eng"), words("eng"))
    labels = labelled(TrackPolicy(), *streams, facts={2: SubtitleFacts(400, 5), 3: FORCED})
    assert [label.forced for label in labels] == [False, False, True]
    assert defaults(labels, "subtitle") == [3]


@pytest.mark.parametrize("forced_events", [0, 1200])
def test_the_only_track_of_my_language_is_a_full_one_even_if_all_is_forced(forced_events: int) -> None:
    streams = (sound("jpn"), words("eng"), words("fre"))
    facts = {2: SubtitleFacts(1200, forced_events), 3: SubtitleFacts(1100)}
    labels = labelled(TrackPolicy(("eng",)), *streams, facts=facts)
    assert (labels[1].default, labels[1].forced, labels[1].name) == (True, False, "")


def test_few_forced_events_are_a_forced_track_even_if_it_is_the_only_one_of_its_language() -> None:
    streams = (sound("eng"), words("eng"), words("fre"))
    facts = {2: SubtitleFacts(60, 60), 3: SubtitleFacts(1100)}
    labels = labelled(TrackPolicy(), *streams, facts=facts)
    assert (labels[1].default, labels[1].forced, labels[1].name) == (True, True, "Forced")


def test_what_is_for_every_viewer_is_shown_with_its_sound_even_if_it_is_the_full_track() -> None:
    labels = labelled(TrackPolicy(), sound("eng"), words("eng"), facts={2: SubtitleFacts(1200, 1200)})
    assert (labels[1].default, labels[1].forced, labels[1].name) == (True, False, "")


def test_foreign_sound_comes_with_a_forced_track_of_mine_where_no_full_one_is() -> None:
    streams = (sound("jpn"), words("jpn", forced=True), words("eng"))
    labels = labelled(TrackPolicy(("eng",)), *streams, facts={3: FORCED})
    assert defaults(labels, "subtitle") == [3]


def test_forced_events_inside_make_no_forced_track() -> None:
    labels = labelled(TrackPolicy(), sound("eng"), words("eng"), facts={2: SubtitleFacts(400, 399)})
    assert (labels[1].forced, labels[1].default, labels[1].name) == (False, False, "")


def test_signs_are_shown_where_nothing_is_forced_and_they_are_the_only_ones() -> None:
    streams = (sound("eng"), words("eng"), words("eng"), words("eng"))
    policy = TrackPolicy(("eng",))
    labels = labelled(policy, *streams[:3], facts={2: FULL, 3: FEW})
    assert (defaults(labels, "subtitle"), names(labels)) == ([3], ["", "", "Signs"])
    assert not labels[2].forced, "a guess sets no flag that shows the track to everyone"
    labels = labelled(policy, *streams, facts={2: FULL, 3: FEW, 4: FORCED})
    assert (defaults(labels, "subtitle"), names(labels)) == ([4], ["", "", "Signs", "Forced"])
    labels = labelled(policy, *streams, facts={2: FULL, 3: FEW, 4: FEW})
    assert defaults(labels, "subtitle") == []


@pytest.mark.parametrize(
    "facts",
    [
        {2: FULL, 3: SubtitleFacts(101)},
        {2: SubtitleFacts(19), 3: SubtitleFacts(1)},
        {2: FULL, 3: SubtitleFacts(0)},
        {2: FULL},
        {},
    ],
)
def test_tracks_that_may_be_full_are_no_signs(facts: dict[int, SubtitleFacts]) -> None:
    labels = labelled(TrackPolicy(), sound("eng"), words("eng"), words("eng"), facts=facts)
    assert (names(labels), defaults(labels, "subtitle")) == (["", "", ""], [])


def test_signs_are_measured_by_their_own_language_and_not_by_commentary() -> None:
    streams = (sound("eng"), words("eng", commentary=True), words("fre"), words("eng"))
    labels = labelled(TrackPolicy(), *streams, facts={2: FULL, 3: FULL, 4: FEW})
    assert names(labels) == ["", "Commentary", "", ""]


def test_foreign_sound_comes_with_full_subtitles_of_mine() -> None:
    streams = (sound("jpn"), words("jpn", forced=True), words("eng"), words("eng"), words("ger"))
    facts = {4: FULL, 3: FEW}
    mine = TrackPolicy(("eng",), ("ger", "eng"), original_language="jpn")
    assert defaults(labelled(mine, *streams, facts=facts), "subtitle") == [5]
    assert defaults(labelled(TrackPolicy(("eng",)), *streams, facts=facts), "subtitle") == [4]
    both = TrackPolicy(("jpn", "eng"), ("eng",))
    assert defaults(labelled(both, *streams, facts=facts), "subtitle") == [2]


def test_who_wants_the_original_reads_the_subtitles_that_were_wanted() -> None:
    streams = (sound("jpn"), sound("eng"), words("eng"))
    policy = TrackPolicy(("original",), ("eng",), original_language="jpn")
    assert defaults(labelled(policy, *streams), "subtitle") == [3]
    english = TrackPolicy(("original",), ("eng",), original_language="eng")
    assert defaults(labelled(english, *streams), "subtitle") == []


def test_without_languages_nothing_is_foreign() -> None:
    assert defaults(labelled(TrackPolicy(), sound("jpn"), words("eng")), "subtitle") == []
    assert defaults(labelled(TrackPolicy((), ("eng",)), sound("jpn"), words("eng")), "subtitle") == []


def test_sound_of_an_unknown_language_shows_no_subtitles() -> None:
    labels = labelled(TrackPolicy(("eng",)), sound(None), words("eng"), words(None, forced=True))
    assert defaults(labels, "subtitle") == []


def test_commentary_is_never_shown_and_numbered_by_kind() -> None:
    aside = (sound("eng", commentary=True), sound("eng", commentary=True))
    labels = labelled(TrackPolicy(("ger",)), sound("eng"), *aside, words("ger", commentary=True))
    assert names(labels) == ["", "Commentary 1", "Commentary 2", "Commentary"]
    assert [label.commentary for label in labels] == [False, True, True, True]
    assert defaults(labels, "subtitle") == []


def test_main_tracks_are_named_only_where_channels_tell_them_apart() -> None:
    many, two = (
        sound("eng").model_copy(update={"channels": 6}),
        sound("eng").model_copy(update={"channels": 2}),
    )
    french = sound("fre").model_copy(update={"channels": 6})
    assert names(labelled(TrackPolicy(), many, two, french)) == ["5.1", "Stereo", ""]
    assert names(labelled(TrackPolicy(), many, many, french)) == ["", "", ""]


def test_the_original_is_flagged_where_it_is_known() -> None:
    streams = (VIDEO, sound("jpn"), sound("eng"), sound(None))
    known = labelled(TrackPolicy(original_language="jpn"), *streams)
    assert [label.original for label in known] == [None, True, False, None]
    assert {label.original for label in labelled(TrackPolicy(), *streams)} == {None}


def test_a_file_that_lacks_streams_is_still_known_by_what_it_has() -> None:
    """MakeMKV offers a forced part of every subtitle track, and writes none that is empty."""
    streams = (sound("eng"), words("eng"), words("eng", forced=True), words("fre"), words("fre", forced=True))
    tracks = [track_of(n, s) for n, s in enumerate((streams[0], streams[1], streams[3], streams[4]), 1)]
    labels = label_tracks(tracks, streams, TrackPolicy())
    assert [label.place for label in labels] == [0, 1, 3, 4]
    assert names(labels) == ["", "", "", "Forced"]


def test_of_two_streams_alike_a_track_is_the_one_with_its_flags() -> None:
    full, forced = words("eng"), words("eng", forced=True)
    assert pair_tracks([track_of(4, forced)], (full, forced)) == {4: 1}
    found = label_tracks([track_of(4, full)], (full, forced), TrackPolicy(), {4: FORCED})
    assert [label.place for label in found] == [1], "what the track holds was not looked at"


def test_a_file_in_another_order_is_known_too() -> None:
    streams = (sound("eng"), sound("fre"), sound("ger"))
    tracks = [track_of(n, streams[place]) for n, place in enumerate((2, 0, 1), 1)]
    assert pair_tracks(tracks, streams) == {1: 2, 2: 0, 3: 1}


def test_codecs_and_languages_keep_others_apart() -> None:
    streams = (sound("eng", "truehd"), sound("eng", "ac3", core=True))
    assert pair_tracks([Track(5, "audio", "A_AC3", "en")], streams) == {5: 1}
    assert pair_tracks([Track(5, "audio", "A_AC3", "fr")], streams) == {}
    pcm = Stream(kind="audio", codec="lpcm", stream_id=0xA0, language=None)
    assert pair_tracks([Track(5, "audio", "A_FLAC", "eng")], [pcm]) == {5: 0}


def test_a_track_of_no_stream_is_labelled_after_the_file() -> None:
    tracks = [Track(1, "audio", "A_AC3", "en-US"), Track(2, "audio", "A_AC3", "fr", commentary=True)]
    labels = label_tracks(tracks, (), TrackPolicy())
    assert [(label.place, label.language, label.name) for label in labels] == [
        (None, "eng", ""),
        (None, "fre", "Commentary"),
    ]


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de", "ger"), ("deu", "ger"), ("pt-BR", "por"), ("und", None), ("", None), (None, None), ("x-é", None)],
)
def test_languages_of_files_become_codes(tag: str | None, code: str | None) -> None:
    assert code_of(tag) == code


facts_of_tracks = st.dictionaries(
    st.integers(1, 12),
    st.builds(SubtitleFacts, st.integers(0, 500), st.integers(0, 500)),
)


@given(streams_of_titles, policies, facts_of_tracks)
def test_what_always_holds(
    streams: tuple[Stream, ...], policy: TrackPolicy, facts: dict[int, SubtitleFacts]
) -> None:
    labels = labelled(policy, *streams, facts=facts)
    assert [label.number for label in labels] == list(range(1, len(streams) + 1))
    assert [label.place for label in labels] == list(range(len(streams)))
    assert len(defaults(labels, "audio")) == any(stream.kind == "audio" for stream in streams)
    assert len(defaults(labels, "subtitle")) <= 1
    assert not any(label.default and label.commentary for label in labels if label.kind == "subtitle")
