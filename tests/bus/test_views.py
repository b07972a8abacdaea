"""Rows become the values that the interfaces declare."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

import pytest
from gi.repository import GLib

from engramd.bus import names, questions, views
from engramd.bus.boundary import MESSAGE_LIMIT
from engramd.bus.introspection import interfaces, xml
from engramd.bus.review_methods import details_values
from engramd.bus.sentences import headline, summary
from engramd.bus.variants import clean, guess, pack
from engramd.conditions import Condition
from engramd.events import RipProgress
from engramd.models import (
    DiscHint,
    DiscJob,
    DiscTitle,
    JobEvidence,
    JobState,
    Outcome,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitlePart,
    TitleState,
    TitleTrack,
    WaitingFor,
    WorkCandidate,
)
from engramd.pipeline.own_words import Line, OwnWords
from engramd.pipeline.review_details import ReviewDetails
from engramd.pipeline.review_roster import RosterRow

NOON = datetime(2026, 1, 2, 12, 0, 0, 250_000, tzinfo=UTC)


def job(**values: Any) -> DiscJob:
    return DiscJob(**{"id": 7, "drive_id": "/dev/sr0", "volume_label": "FIREFLY_D1", **values})


def title(**values: Any) -> DiscTitle:
    return DiscTitle(**{"id": 70, "job_id": 7, "title_index": 2, **values})


def review(**values: Any) -> ReviewTask:
    return ReviewTask(**{"id": 5, "job_id": 7, "kind": ReviewKind.EPISODE, "question": "Which?", **values})


FULL_JOB = job(
    detected_title="Firefly", detected_season=0, year=2002, completed_at=NOON, diskseq=-3, tmdb_id=1437,
    outcome=Outcome.PARTIAL, waiting_for=WaitingFor.DISC, waiting_since=NOON, disc_number=2,
)  # fmt: skip
RIP = views.Rip.of(RipProgress(7, 2, 0.123456, 0.5, 1234567.8, 60.0))
TRACK = TitleTrack(title_id=70, place=0, kind="audio", codec="ac3", language="en", why="original")
EVIDENCE = JobEvidence(job_id=7, at=NOON, source="label", claim="Firefly, season 1", confidence=0.7)
WORKS = [
    WorkCandidate(
        job_id=7, namespace="tv", tmdb_id=1437, name="Firefly", year=2002, confidence=0.9, reason="name"
    ),
    WorkCandidate(job_id=7, namespace="movie", name="Serenity", year=2005, confidence=0.1),
    WorkCandidate(job_id=7, namespace="movie", name="300", confidence=0.05),
]
IDENTITY = views.Identity([EVIDENCE], WORKS)
NOTHING = questions.Choices()
EPISODES = [TitleCandidate(title_id=70, episode="S01E02", confidence=0.5)]
WORLD = views.World([], [], [], {}, [DiscHint(id=3, title="Firefly", expires_at=NOON, next_disc=2)])


def episodes(confidence: float) -> questions.Choices:
    return questions.Choices([TitleCandidate(title_id=70, episode="S01E02", confidence=confidence)], WORKS)


ROWS: list[tuple[str, dict[str, Any]]] = [
    (names.JOB, views.job_values(job(), [], [], None)),
    (names.JOB, views.job_values(FULL_JOB, [title(organized_to="/tv/a.mkv")], [review()], RIP, IDENTITY)),
    (names.TITLE, views.title_values(title(), [], [], None)),
    (names.TITLE, views.title_values(title(place=0, own_year=1999), [], [TRACK], RIP)),
    (names.REVIEW, questions.review_values(review(), None, NOTHING)),
    (names.REVIEW, questions.review_values(review(title_id=70), title(), episodes(0.5))),
]  # fmt: skip


@pytest.mark.parametrize(("interface", "values"), ROWS)
def test_values_are_the_properties_of_the_interface(interface: str, values: dict[str, Any]) -> None:
    signatures = interfaces()[interface].properties
    assert values.keys() == signatures.keys()
    for name, value in values.items():
        assert isinstance(pack(signatures[name], clean(value)), GLib.Variant), name


def test_the_managers_values() -> None:
    conditions = [Condition("tool", "MakeMKV is missing", "install it", since=NOON)]
    world = views.World(
        [job(state=JobState.RIPPING)], [review(needs_disc=True)], conditions, {"/srv": 1 << 40}
    )
    values = views.manager_values(world)
    signatures = interfaces()[names.MANAGER].properties
    assert values.keys() | {"Version", "InterfaceVersion", "Station"} == signatures.keys()
    for name, value in values.items():
        pack(signatures[name], value)
    assert values["Conditions"][0]["since"] == 1767355200250000
    assert (values["OpenReviews"], values["ReviewsNeedingDisc"], values["Attention"]) == (1, 1, True)


@pytest.mark.parametrize(
    ("jobs", "active", "waiting", "safe", "attention"),
    [
        ([], 0, 0, True, False),
        ([job(state=JobState.RIPPING)], 1, 0, False, False),
        ([job(state=JobState.MATCHING)], 1, 0, True, False),
        ([job(state=JobState.ORGANIZING, waiting_for=WaitingFor.LIBRARY)], 0, 1, True, True),
        ([job(state=JobState.RIPPING, waiting_for=WaitingFor.SLOT)], 0, 1, True, False),
        ([job(state=JobState.REVIEW_NEEDED), job(state=JobState.COMPLETED)], 0, 1, True, False),
    ],
)
def test_what_jobs_mean_for_the_daemon(
    jobs: list[DiscJob], active: int, waiting: int, safe: bool, attention: bool
) -> None:
    values = views.manager_values(views.World(jobs, [], [], {}))
    assert (values["ActiveJobs"], values["WaitingJobs"]) == (active, waiting)
    assert values["Busy"] is (active > 0)
    assert values["SafeToPowerOff"] is safe
    assert values["Attention"] is attention


def test_none_is_told_from_zero() -> None:
    values = views.job_values(job(), [], [], None)
    assert (values["DetectedSeason"], values["DiscNumber"], values["TmdbId"], values["CompletedAt"]) == (
        -1,
        -1,
        0,
        0,
    )
    assert views.job_values(FULL_JOB, [], [], None)["DetectedSeason"] == 0, "season 0 are the specials"
    assert views.title_values(title(), [], [], None)["Place"] == -1
    assert views.title_values(title(place=0), [], [], None)["Place"] == 0


def test_progress_is_for_what_is_ripped_now() -> None:
    values = views.job_values(job(state=JobState.RIPPING), [], [], RIP)
    assert (values["Progress"], values["Rate"]) == (0.1235, 1234568)
    assert views.job_values(job(state=JobState.MATCHING), [], [], RIP)["Progress"] == 1.0
    assert views.job_values(job(state=JobState.RIPPING), [], [], None)["Progress"] == -1.0
    ripping = {"state": TitleState.RIPPING}
    assert views.title_values(title(**ripping), [], [], RIP)["Progress"] == 0.5
    assert views.title_values(title(**ripping, title_index=1), [], [], RIP)["Progress"] == -1.0


def done(*states: TitleState) -> list[DiscTitle]:
    return [title(title_index=number, state=state) for number, state in enumerate(states)]


T = TitleState


@pytest.mark.parametrize(
    ("row", "titles", "questions", "sentence"),
    [
        (job(state=JobState.IDENTIFYING), [], 0, "FIREFLY_D1: being identified"),
        (job(volume_label="", state=JobState.IDLE), [], 0, "sr0: about to begin"),
        (
            job(
                state=JobState.RIPPING, detected_title="Firefly", detected_season=1, year=2002, disc_number=2
            ),
            done(T.MATCHED, T.MATCHING, T.RIPPING, T.PENDING, T.SKIPPED),
            1,
            "Firefly (2002), season 1, disc 2: ripping, 2 of 4 titles done, 1 open question",
        ),
        (
            job(state=JobState.ORGANIZING, waiting_for=WaitingFor.LIBRARY),
            done(T.COMPLETED),
            0,
            "FIREFLY_D1: filing, 1 of 1 title done, waits for the library folder",
        ),
        (job(state=JobState.REVIEW_NEEDED), [], 2, "FIREFLY_D1: waits for 2 answers"),
        (
            job(state=JobState.COMPLETED, outcome=Outcome.PARTIAL),
            done(T.COMPLETED, T.FAILED),
            0,
            "FIREFLY_D1: done, 1 title filed, 1 failed",
        ),
        (job(state=JobState.COMPLETED, outcome=Outcome.DUPLICATE), [], 0, "FIREFLY_D1: was filed before"),
        (
            job(state=JobState.COMPLETED, outcome=Outcome.DUPLICATE, continued_as=1),
            [],
            0,
            "FIREFLY_D1: goes on as job 1",
        ),
        (job(state=JobState.FAILED, error_message="no disc"), [], 0, "FIREFLY_D1: failed: no disc"),
    ],
)
def test_headlines(row: DiscJob, titles: list[DiscTitle], questions: int, sentence: str) -> None:
    assert headline(row, titles, questions) == sentence


def test_summaries() -> None:
    assert summary(0, 0, 0, 0) == "ready, nothing to do"
    assert summary(1, 2, 3, 1) == "1 job works, 2 jobs wait, 3 questions are open, 1 condition needs a look"


@pytest.mark.parametrize("kind", list(ReviewKind))
def test_every_kind_of_question_has_text_for_its_options(kind: ReviewKind) -> None:
    found = [TitleCandidate(title_id=1, episode="S01E02", confidence=0.625, reason="dialogue")]
    for option in questions.review_options(kind, questions.Choices(found, WORKS)):
        assert all(option[key] for key in ("id", "text", "value"))
    values = questions.review_values(review(kind=kind, question="x" * 300), None, NOTHING)
    assert len(values["Summary"]) == 120
    assert values["Default"] in ("", *(option["id"] for option in values["Options"]))


def test_the_likeliest_episode_is_the_default_but_never_a_guess_out_of_nothing() -> None:
    assert questions.review_values(review(), title(), episodes(0.6))["Default"] == "S01E02"
    assert questions.review_values(review(), title(), questions.Choices([], WORKS))["Default"] == ""


def test_a_title_of_several_episodes_is_offered_to_be_split_and_no_name_that_is_none() -> None:
    found = [
        TitleCandidate(title_id=1, episode="S01E01+E04", confidence=0.9),
        TitleCandidate(title_id=1, episode="S01E01", confidence=0.4),
    ]
    values = questions.review_values(review(), title(), questions.Choices(found, split=True))
    assert [option["id"] for option in values["Options"]] == ["S01E01", "split", "extra", "skip"]
    parts = [TitlePart(title_id=1, episode="S01E01", begin_seconds=0, end_seconds=660.4)]
    assert views.title_values(title(), [], [], None, parts)["Parts"] == [
        {"episode": "S01E01", "begin": 0, "end": 660}
    ]


def test_a_season_that_waits_is_asked_what_it_can_be_answered() -> None:
    values = questions.review_values(review(kind=ReviewKind.REFERENCES), None, NOTHING)
    assert [option["value"] for option in values["Options"]] == ["wait", "order", "titles"]
    assert values["Default"] == ""


def test_a_question_of_identity_offers_the_works_and_what_they_are_answered_with() -> None:
    values = questions.review_values(review(kind=ReviewKind.IDENTITY), None, questions.Choices([], WORKS))

    assert [tuple(option.values()) for option in values["Options"]] == [
        ("1", "Firefly (2002), TMDB series 1437", "tv:1437", 0.9, "name"),
        ("2", "Serenity (2005), film", "movie:Serenity (2005)", 0.1, ""),
        ("tv", "It is a series", "tv", 0.0, ""),
        ("movie", "It is a film", "movie", 0.0, ""),
        ("other", "It is neither: a concert, a lecture, a home video", "other", 0.0, ""),
    ], "a film called 300 would be answered as number 300 of TMDB's"
    assert values["Default"] == "1"
    assert questions.review_values(review(kind=ReviewKind.IDENTITY), None, NOTHING)["Default"] == ""


def test_a_question_of_identity_has_no_default_that_nothing_speaks_for() -> None:
    nameless = questions.Choices([], [WORKS[2], WORKS[0]])
    values = questions.review_values(review(kind=ReviewKind.IDENTITY), None, nameless)
    assert [option["id"] for option in values["Options"]] == ["2", "tv", "movie", "other"]
    assert values["Default"] == "", "the likeliest, the film 300, is no option, and the second is no guess"

    of_a_title = questions.review_values(
        review(kind=ReviewKind.IDENTITY), title(), questions.Choices([], WORKS)
    )
    assert [option["id"] for option in of_a_title["Options"]] == ["extra", "skip"]
    assert of_a_title["Default"] == "", "what the disc may be does not make a title an extra"


def test_the_works_of_a_question_of_season_are_no_numbers_because_seasons_are() -> None:
    values = questions.review_values(review(kind=ReviewKind.SEASON), None, questions.Choices([], WORKS[:1]))

    assert [(option["id"], option["value"]) for option in values["Options"]] == [("tv:1437", "tv:1437")]
    assert values["Default"] == ""


def test_a_question_says_why_it_is_asked_what_happens_unanswered_and_what_else_may_be_said() -> None:
    values = questions.review_values(review(title_id=70), title(match_reason="two fit"), episodes(0.5))
    assert values["Why"] == "two fit", "a question of before this was kept"
    assert values["Unanswered"].startswith("Its file waits in the staging folder")
    assert "S01E02-E03" in values["OtherAnswers"]
    assert (values["Scope"], values["Scopes"], values["Images"]) == ("title", [], [])
    pictured = questions.review_values(review(), title(), episodes(0.5), ("/cache/7/000130.jpg",))
    assert pictured["Images"] == ["/cache/7/000130.jpg"]
    said = review(kind=ReviewKind.CONFLICT, title_id=70, why="the library has it", unanswered="Nothing.")
    values = questions.review_values(said, title(), NOTHING)
    assert (values["Why"], values["Unanswered"]) == ("the library has it", "Nothing.")
    assert values["Scopes"] == ["disc", "season", "set"]
    assert [option["id"] for option in values["Options"]] == ["keep_both", "replace", "skip"]


@pytest.mark.parametrize(
    ("kind", "about_title", "ids", "default"),
    [
        (ReviewKind.TYPE, False, ["tv", "movie", "other"], ""),
        (ReviewKind.EXTRA, False, ["keep", "skip", "one_by_one"], "keep"),
        (ReviewKind.EXTRA, True, ["extra", "skip"], ""),
        (ReviewKind.EDITION, True, ["film", "extra", "skip"], ""),
        (ReviewKind.DAMAGED, True, ["retry", "skip"], ""),
        (ReviewKind.REFERENCES, False, ["wait", "order", "titles"], ""),
    ],
)
def test_the_answers_of_a_kind(kind: ReviewKind, about_title: bool, ids: list[str], default: str) -> None:
    task = review(kind=kind, title_id=70 if about_title else None)
    choices = questions.Choices(has_file=False)
    values = questions.review_values(task, title() if about_title else None, choices)
    assert [option["id"] for option in values["Options"]] == ids
    assert values["Default"] == default


def test_what_helps_to_answer_has_the_types_that_the_file_tells() -> None:
    details = ReviewDetails(
        title=3,
        words=OwnWords((Line(3725.4, "It is late."), Line(61, "So it is.")), 61),
        file="/staging/a.mkv",
        roster=(RosterRow(1, 2, "Late", "filed", True, 4, None),),
        plots={"S01E02": "Somebody is late."},
    )
    values = details_values(details)
    assert values["captions"] == ["1:02:05  It is late.", "1:01  So it is."]
    assert values["roster"].get_type_string() == "aa{sv}"
    assert values["roster"].unpack() == [
        {
            "season": 1,
            "episode": 2,
            "name": "Late",
            "state": "filed",
            "candidate": True,
            "title": 4,
            "disc": -1,
        }
    ]
    assert values["plots"].unpack() == {"S01E02": "Somebody is late."}
    assert pack("a{sv}", details_values(ReviewDetails())).unpack()["roster"] == []


def documented(interface: str, name: str) -> dict[str, str]:
    """Give the keys and types that the file tells of a property that is a list of dictionaries."""
    found = ET.fromstring(xml()).find(f"interface[@name='{interface}']/property[@name='{name}']/annotation")
    assert found is not None
    told = re.sub(r"\([^)]*\)", "", found.get("value", "")).partition(": ")[2]
    return dict(re.findall(r"(\w+) ([a-z]{1,2})\b *(?=[,.])", told))


@pytest.mark.parametrize(
    ("interface", "name", "entry"),
    [
        (names.JOB, "Evidence", views.job_values(job(), [], [], None, IDENTITY)["Evidence"][0]),
        (names.JOB, "Works", views.job_values(job(), [], [], None, IDENTITY)["Works"][0]),
        (names.JOB, "Works", views.job_values(job(), [], [], None, IDENTITY)["Works"][2]),
        (names.TITLE, "Candidates", views.title_values(title(), EPISODES, [], None)["Candidates"][0]),
        (names.TITLE, "Tracks", views.title_values(title(), [], [TRACK], None)["Tracks"][0]),
        (names.REVIEW, "Options", questions.review_values(review(), title(), episodes(0.5))["Options"][0]),
        (names.MANAGER, "Conditions", views.condition_values(Condition("tool", "x", "y", since=NOON))),
        (names.MANAGER, "Hints", views.manager_values(WORLD)["Hints"][0]),
    ],
)
def test_dictionaries_have_the_keys_and_types_that_the_file_tells(
    interface: str, name: str, entry: dict[str, Any]
) -> None:
    told = documented(interface, name)
    told = {key: "s" if signature == "v" else signature for key, signature in told.items()}
    assert {key: guess(value).get_type_string() for key, value in entry.items()} == told


def test_all_objects_of_a_few_crowded_discs_fit_one_reply() -> None:
    """Some Blu-rays have hundreds of playlists, and every client begins with all objects at once."""
    tracks = [
        TitleTrack(title_id=1, place=place, kind="subtitle", codec="pgs", language="eng", why="w" * 35)
        for place in range(30)
    ]
    title = DiscTitle(id=1, job_id=1, title_index=1, segment_map="12345," * 25, role_reason="r" * 60)
    signatures = interfaces()[names.TITLE].properties
    values = views.title_values(title, [], tracks, None)
    packed = {name: pack(signatures[name], value) for name, value in values.items()}
    size = pack("a{sa{sv}}", {names.TITLE: packed}).get_size()
    assert 4 * 500 * size < MESSAGE_LIMIT < 32 << 20
