"""Which titles of a disc are wanted, what a record says of them, and what a person had said."""

from __future__ import annotations

import pytest

from engramd.discs.model import Stream, Title
from engramd.identify import RoleVerdict
from engramd.models import ClassificationSource, ContentType, DiscJob, TitleRole, TitleState
from engramd.pipeline.identities import hint_of
from engramd.pipeline.titles import Wishes, title_row

STREAMS = (
    Stream(kind="video", codec="mpeg2video", stream_id=0xE0),
    Stream(kind="audio", codec="ac3", stream_id=0x80, language="eng", channels=6, commentary=True),
    Stream(kind="subtitle", codec="dvd_subtitle", stream_id=0x20, language="fre", forced=True),
)


def title(index: int = 0, duration: float = 1300.0) -> Title:
    return Title(
        index=index,
        number=index + 1,
        source_file="VTS_01_0.IFO",
        segment_map="1-4",
        segments=(),
        duration=duration,
        size=10**9,
        chapters=(0.0, 600.0),
        streams=STREAMS,
        height=576,
    )


def role(kind: TitleRole, index: int = 0) -> RoleVerdict:
    return RoleVerdict(title_index=index, role=kind, confidence=0.9, reason=f"it is {kind}")


def wishes(policy: str = "keep", least: float = 15, **said: object) -> Wishes:
    return Wishes.of(DiscJob(**({"drive_id": "/dev/sr0"} | said)), ContentType.TV, policy, least)


R = TitleRole


@pytest.mark.parametrize(
    ("kind", "seconds", "wished", "refusal"),
    [
        (R.EPISODE, 1300, wishes(), ""),
        (R.MAIN_FEATURE, 5400, wishes(main_only=True), ""),
        (R.UNKNOWN, 1300, wishes(policy="skip"), ""),
        (R.EXTRA, 300, wishes(), ""),
        (R.EXTRA, 300, wishes(policy="skip"), "extras are not kept"),
        (R.EXTRA, 300, wishes(policy="skip", extras_policy="keep"), ""),
        (R.EXTRA, 300, wishes(policy="keep", extras_policy="skip"), "extras are not kept"),
        (R.EXTRA, 300, wishes(main_only=True), "extras are not kept"),
        (R.EXTRA, 14, wishes(), "shorter than 15 s"),
        (R.EXTRA, 15, wishes(), ""),
        (R.EPISODE, 14, wishes(), ""),
        (R.PLAY_ALL, 5400, wishes(), "it is play_all"),
        (R.DUPLICATE, 1300, wishes(), "it is duplicate"),
        (R.PLAY_ALL, 5400, wishes(wanted_titles="1"), ""),
        (R.EXTRA, 3, wishes(policy="skip", wanted_titles="1-2"), ""),
        (R.EPISODE, 1300, wishes(wanted_titles="2,3"), "not among the titles"),
    ],
)
def test_what_is_wanted(kind: TitleRole, seconds: float, wished: Wishes, refusal: str) -> None:
    refused = wished.refusal(title(duration=seconds), role(kind))
    assert refused.startswith(refusal)
    assert bool(refused) == bool(refusal)


def test_a_wanted_title_is_pending_with_all_that_is_known() -> None:
    row = title_row(7, title(3), role(R.EXTRA, 3), wishes())
    known = (row.job_id, row.title_index, row.duration_seconds, row.file_size_bytes, row.video_resolution)
    assert known == (7, 3, 1300.0, 10**9, "576p")
    assert (row.source_file, row.segment_map, row.chapter_count) == ("VTS_01_0.IFO", "1-4", 2)
    assert (row.state, row.role, row.is_extra, row.match_reason) == (TitleState.PENDING, R.EXTRA, True, "")


def test_a_title_that_is_not_wanted_is_skipped_and_says_why() -> None:
    row = title_row(7, title(), role(R.PLAY_ALL), wishes())
    assert (row.state, row.match_reason) == (TitleState.SKIPPED, "skipped: it is play_all")


@pytest.mark.parametrize("source", [s for s in ClassificationSource if s is not ClassificationSource.USER])
def test_what_a_machine_found_is_no_hint(source: ClassificationSource) -> None:
    assert hint_of(DiscJob(drive_id="x", classification_source=source, detected_title="Harbor")) is None


def test_what_a_person_said_is_a_hint() -> None:
    job = DiscJob(
        drive_id="x",
        classification_source="user",
        content_type="tv",
        detected_title="Harbor",
        detected_season=0,
        year=1999,
        disc_number=2,
        edition="Uncut",
    )
    hint = hint_of(job)
    assert hint is not None
    said = (hint.content_type, hint.show, hint.season, hint.year, hint.disc_number, hint.edition)
    assert said == (ContentType.TV, "Harbor", 0, 1999, 2, "Uncut")


def test_a_person_who_named_no_type_leaves_it_open() -> None:
    hint = hint_of(DiscJob(drive_id="x", classification_source="user", detected_title="Harbor"))
    assert hint is not None
    assert hint.content_type is None
