"""Discs of extras find the series or film that they belong to, by name; else a person chooses."""

from __future__ import annotations

from engramd.identify import parse_label
from engramd.models import ContentType, DiscJob, WorkNamespace
from engramd.pipeline.sets import find_set


def job(number: int, title: str, kind: ContentType = ContentType.TV, **more: object) -> DiscJob:
    return DiscJob(id=number, drive_id="/dev/sr0", detected_title=title, content_type=kind, **more)


BONUS = DiscJob(id=9, drive_id="/dev/sr0")
LABEL = parse_label("HARBOR_STATION_S2_BONUS_DISC")


def test_the_only_work_of_its_name_is_taken_with_all_that_is_known_of_it() -> None:
    tmdb = {"tmdb_id": 7, "tmdb_namespace": WorkNamespace.TV}
    former = [
        job(8, "Another Show"),
        job(7, "Harbor Station", year=2003, detected_season=1, **tmdb),
        job(6, "Harbor Station", year=2003, detected_season=2),
    ]
    found = find_set(BONUS, LABEL, former)
    assert found.values == {
        "content_type": ContentType.TV,
        "detected_title": "Harbor Station",
        "year": 2003,
        "original_title": None,
        "detected_season": 2,
        **tmdb,
    }
    assert "job 7" in found.reason


def test_two_works_of_its_name_are_a_question() -> None:
    former = [job(8, "Harbor Station", year=1978), job(7, "Harbor Station", year=2003)]
    found = find_set(BONUS, LABEL, former)
    assert not found.values
    assert [(w.name, w.year) for w in found.offered] == [("Harbor Station", 1978), ("Harbor Station", 2003)]


def test_without_a_work_of_its_name_the_last_works_are_offered() -> None:
    former = [BONUS, job(8, "Night Train", ContentType.MOVIE), job(7, "Nothing yet", ContentType.UNKNOWN)]
    found = find_set(BONUS, parse_label("BONUS_DISC"), former)
    assert not found.values
    assert [(w.namespace, w.name) for w in found.offered] == [(WorkNamespace.MOVIE, "Night Train")]


def test_a_work_that_is_named_alike_is_offered_and_not_taken() -> None:
    found = find_set(BONUS, parse_label("HARBOR_BONUS_DISC"), [job(8, "Harbor Station", year=2003)])
    assert not found.values
    assert [work.name for work in found.offered] == ["Harbor Station"]


def test_the_very_name_counts_more_than_one_that_begins_alike() -> None:
    former = [job(8, "Harbor Station Blues"), job(7, "Harbor Station", year=2003)]
    assert find_set(BONUS, LABEL, former).values["year"] == 2003
