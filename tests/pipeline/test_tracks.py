"""Which tracks are kept, by the settings and by what a person said about a show."""

from __future__ import annotations

import pytest

from engramd.discs.model import Disc, Media, Stream, Title
from engramd.errors import InvalidArgument
from engramd.models import AppConfig, DiscJob
from engramd.pipeline.tracks import TrackRules, check_languages, track_rows, wanted_title
from engramd.rip import TrackPolicy
from engramd.store import Store


def audio(language: str, number: int, **more: bool) -> Stream:
    return Stream(kind="audio", codec="ac3", stream_id=0x80 + number, language=language, channels=2, **more)


STREAMS = (
    Stream(kind="video", codec="mpeg2", stream_id=0xE0),
    audio("eng", 0),
    audio("eng", 1, commentary=True),
    audio("ger", 2),
    Stream(kind="subtitle", codec="dvdsub", stream_id=0x20, language="fre", forced=True),
)
TITLE = Title(
    index=0,
    number=1,
    source_file="01",
    segment_map="1",
    segments=(),
    duration=60,
    size=1,
    streams=STREAMS,
)
DISC = Disc(source="x", media=Media.DVD, titles=(TITLE,))


def kept(policy: TrackPolicy) -> list[tuple[str, str | None]]:
    return [(row.kind, row.language) for row in track_rows(DISC, TITLE, policy) if row.kept]


def test_every_stream_has_a_row_in_the_order_of_the_file() -> None:
    rows = track_rows(DISC, TITLE, TrackPolicy())
    assert [(r.place, r.kind, r.language, r.commentary, r.forced) for r in rows] == [
        (0, "video", None, False, False),
        (1, "audio", "eng", False, False),
        (2, "audio", "ger", False, False),
        (3, "audio", "eng", True, False),
        (4, "subtitle", "fre", False, True),
    ]
    assert all(row.kept and row.why for row in rows)


def test_what_is_ripped_is_what_the_rows_say() -> None:
    policy = TrackPolicy(audio_languages=("ger",), subtitle_languages=("eng",))
    chosen = wanted_title(DISC, TITLE, policy)
    assert (
        [(s.kind, s.language) for s in chosen.streams] == kept(policy) == [("video", None), ("audio", "ger")]
    )


def test_a_rule_for_a_show_counts_before_the_settings(store: Store) -> None:
    rules = TrackRules(store)
    settings = AppConfig(audio_languages="deu", keep_commentary=False)
    rules.set("Harbor  Station", {"audio_languages": "original, en", "keep_commentary": True}, "uid 1000")
    job = DiscJob(drive_id="x", detected_title="harbor station", original_language="ger")
    policy = rules.policy(settings, job)
    assert (policy.audio_languages, policy.keep_commentary) == (("original", "eng"), True)
    assert policy.audio() == ("ger", "eng")
    other = rules.policy(settings, DiscJob(drive_id="x", detected_title="Night Train"))
    assert (other.audio_languages, other.keep_commentary) == (("ger",), False)
    assert rules.all() == [
        {"show": "harbor station", "audio_languages": "original, en", "keep_commentary": True}
    ]
    rules.set("HARBOR STATION", {}, "uid 1000")
    assert rules.all() == []
    assert rules.policy(settings, job).audio_languages == ("ger",)


@pytest.mark.parametrize(
    ("show", "said"),
    [("", {"keep_commentary": True}), ("Harbor", {"audio_languages": "klingonese"})],
)
def test_a_rule_that_cannot_be_followed_is_refused(store: Store, show: str, said: dict[str, object]) -> None:
    rules = TrackRules(store)
    with pytest.raises(InvalidArgument):
        rules.set(show, said, "uid 1000")
    assert rules.all() == []


def test_a_setting_that_names_no_language_is_refused_with_its_place() -> None:
    check_languages("audio_languages", "en, original")
    check_languages("staging_path", "klingonese")
    with pytest.raises(InvalidArgument, match="character 5"):
        check_languages("subtitle_languages", "en, klingonese")
