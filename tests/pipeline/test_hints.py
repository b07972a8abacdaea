"""What people say the next discs are: who takes a hint, what it counts for, and what contradicts it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.model import Disc, Media, Title
from engramd.errors import InvalidArgument
from engramd.identify import Hint
from engramd.models import ContentType, DiscHint, DiscJob, JobState, Outcome
from engramd.models.base import utcnow
from engramd.pipeline.hints import contradiction, hint_values, is_from_hint, said_by_hint, same_name
from tests.identify.corpus_discs import DISCS, corpus_discs
from tests.support.databases import Bench

HARBOR = {"title": "Harbor Station", "season": 2}


def give(bench: Bench, drive: str | None = None, **said: object) -> DiscHint:
    """Give a hint as a person would."""
    now = utcnow()
    values = hint_values(HARBOR | said)
    return bench.store.add_hint(
        DiscHint(
            drive_identity=drive,
            actor="alice",
            created_at=now,
            expires_at=now + timedelta(hours=12),
            **values,
        )
    )


def insert(bench: Bench, drive: str = "ENG1", **values: object) -> DiscJob:
    """Let a disc be inserted in a drive."""
    job = DiscJob(**({"drive_id": "/dev/sr0", "drive_identity": drive} | values))
    job_id = bench.lifecycle.create_job(job, reason="a disc was inserted", takes_hint=True)
    assert job_id is not None
    return bench.store.need_job(job_id)


def end(bench: Bench, job: DiscJob, outcome: Outcome) -> None:
    """End a job before anything is ripped."""
    bench.lifecycle.move_job(job.id or 0, JobState.COMPLETED, "it ends", outcome=outcome)


def again(bench: Bench, hint: DiscHint) -> DiscHint:
    """Give a hint as it is now."""
    found = bench.store.hint(hint.id or 0)
    assert found is not None
    return found


def test_a_stack_is_counted_through_and_ends(bench: Bench) -> None:
    hint = give(bench, disc=4, discs=2, extras="skip")
    bench.heard.names()
    first = insert(bench)
    assert (first.hint_id, first.disc_number, first.extras_policy) == (hint.id, 4, "skip")
    assert "HintsChanged" in bench.heard.names()
    sentences = [event.sentence for event in bench.store.events(first.id or 0)]
    assert f"hint {hint.id} of alice: Harbor Station, season 2, disc 4, without its extras" in sentences
    now = again(bench, hint)
    assert (now.next_disc, now.discs_left, now.ended_at) == (5, 1, None)
    assert insert(bench).disc_number == 5
    now = again(bench, hint)
    assert (now.discs_left, now.ended_why) == (0, "all its discs have come")
    assert bench.store.hints() == []
    assert insert(bench).hint_id is None


def test_until_it_is_changed_counts_for_every_disc(bench: Bench) -> None:
    hint = give(bench, until_changed=True)
    jobs = [insert(bench) for _ in range(3)]
    assert [job.hint_id for job in jobs] == [hint.id] * 3
    assert [job.disc_number for job in jobs] == [None] * 3
    assert again(bench, hint).ended_at is None


def test_a_hint_of_ones_own_wins_over_the_one_for_all(bench: Bench) -> None:
    own, for_all, other = give(bench, "ENG1"), give(bench), give(bench, "ENG2")
    assert [h.id for h in bench.store.hints()] == [own.id, for_all.id, other.id]
    assert [insert(bench).hint_id for _ in range(3)] == [own.id, for_all.id, None]


def test_an_image_takes_the_hint_for_all_only(bench: Bench) -> None:
    give(bench, "ENG1")
    assert insert(bench, drive_identity=None).hint_id is None
    for_all = give(bench)
    assert insert(bench, drive_identity=None).hint_id == for_all.id


def test_a_new_hint_replaces_the_former_of_its_drive_only(bench: Bench) -> None:
    own, for_all = give(bench, "ENG1", discs=7), give(bench)
    new = give(bench, "ENG1", season=3)
    assert again(bench, own).ended_why == f"replaced by hint {new.id}"
    assert {h.id for h in bench.store.hints()} == {for_all.id, new.id}


def test_hints_are_ended_by_drive_or_all_at_once(bench: Bench) -> None:
    own, for_all, other = give(bench, "ENG1"), give(bench), give(bench, "ENG2")
    assert bench.store.end_hints("ENG1", "ended by bob") == 1
    assert again(bench, own).ended_why == "ended by bob"
    assert {h.id for h in bench.store.hints()} == {for_all.id, other.id}
    assert bench.store.end_hints(None, "ended by bob") == 2
    assert bench.store.end_hints(None, "ended by bob") == 0


def test_a_hint_runs_out_twelve_hours_after_the_last_disc(bench: Bench) -> None:
    hint = give(bench, discs=3)
    bench.store.save(
        DiscHint.model_validate(hint.model_dump() | {"expires_at": utcnow() + timedelta(minutes=1)})
    )
    insert(bench)
    left = again(bench, hint).expires_at - utcnow()
    assert timedelta(hours=11, minutes=50) < left <= timedelta(hours=12)
    bench.store.save(
        DiscHint.model_validate(
            again(bench, hint).model_dump() | {"expires_at": utcnow() - timedelta(seconds=1)}
        )
    )
    assert bench.store.hints() == []
    assert insert(bench).hint_id is None
    assert again(bench, hint).ended_why == "no disc came for 12 hours"


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.NOTHING_TO_DO])
def test_a_disc_that_is_not_ripped_does_not_count(bench: Bench, outcome: Outcome) -> None:
    hint = give(bench, disc=4)
    job = insert(bench)
    assert again(bench, hint).ended_at is not None
    bench.heard.names()
    end(bench, job, outcome)
    assert bench.heard.names().count("HintsChanged") == 1
    now = again(bench, hint)
    assert (now.discs_left, now.next_disc, now.ended_at, now.ended_why) == (1, 4, None, "")
    given_back = bench.store.need_job(job.id or 0)
    assert given_back.hint_id is None
    assert any("does not count for hint" in e.sentence for e in bench.store.events(job.id or 0))
    assert (insert(bench).hint_id, insert(bench).hint_id) == (hint.id, None)


def test_a_disc_that_rips_counts_even_if_it_fails(bench: Bench) -> None:
    hint = give(bench, discs=2)
    job = insert(bench)
    bench.lifecycle.move_job(job.id or 0, JobState.RIPPING, "it rips")
    bench.lifecycle.move_job(job.id or 0, JobState.FAILED, "it fails", outcome=Outcome.FAILED)
    assert again(bench, hint).discs_left == 1


def test_a_number_that_was_passed_is_not_given_out_again(bench: Bench) -> None:
    hint = give(bench, disc=4, discs=3)
    first, second = insert(bench), insert(bench, "ENG2")
    end(bench, first, Outcome.DUPLICATE)
    assert (second.disc_number, again(bench, hint).next_disc, again(bench, hint).discs_left) == (5, 6, 2)
    end(bench, second, Outcome.DUPLICATE)
    assert (again(bench, hint).next_disc, again(bench, hint).discs_left) == (5, 3)


def test_a_hint_that_was_replaced_is_not_awakened(bench: Bench) -> None:
    hint = give(bench)
    job = insert(bench)
    new = give(bench, season=3)
    end(bench, job, Outcome.DUPLICATE)
    assert [h.id for h in bench.store.hints()] == [new.id]
    assert again(bench, hint).ended_at is not None


def test_the_same_insertion_takes_a_hint_once(bench: Bench) -> None:
    hint = give(bench, discs=2)
    key = {"boot_id": "b", "diskseq": 7}
    insert(bench, **key)
    job = DiscJob(drive_id="/dev/sr0", drive_identity="ENG1", **key)
    assert bench.lifecycle.create_job(job, reason="told twice", takes_hint=True) is None
    assert again(bench, hint).discs_left == 1


def test_the_last_disc_is_taken_once_however_many_drives_there_are(bench: Bench) -> None:
    hint = give(bench, disc=1, discs=3)
    ready = threading.Barrier(8)
    taken: list[tuple[int | None, int | None]] = []

    def at_once(number: int) -> None:
        ready.wait(10)
        job = insert(bench, f"ENG{number}")
        taken.append((job.hint_id, job.disc_number))

    threads = [threading.Thread(target=at_once, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(number or 0 for _, number in taken) == [0] * 5 + [1, 2, 3]
    assert [h for h, _ in taken].count(hint.id) == 3


def test_a_job_that_is_tried_again_takes_the_hint_that_it_gave_back(bench: Bench) -> None:
    hint = give(bench)
    job = insert(bench)
    bench.lifecycle.move_job(job.id or 0, JobState.FAILED, "unreadable", outcome=Outcome.FAILED)
    bench.lifecycle.move_job(job.id or 0, JobState.IDENTIFYING, "cleaned")
    for _ in range(2):
        bench.lifecycle.take_hint(job.id or 0)
        assert bench.store.need_job(job.id or 0).hint_id == hint.id
    assert again(bench, hint).discs_left == 0


# -- what a person may say -----------------------------------------------------------------------------


def test_what_is_said_becomes_fields() -> None:
    said = {"title": " Harbor Station ", "season": 2, "disc": 4, "discs": 7, "type": "tv", "drive": "sr0"}
    assert hint_values(said) == {
        "title": "Harbor Station",
        "season": 2,
        "next_disc": 4,
        "discs_left": 7,
        "content_type": ContentType.TV,
    }
    assert hint_values({"title": "X", "until_changed": True})["discs_left"] is None
    assert hint_values({"extras": "skip", "edition": ""}) == {"extras_policy": "skip", "discs_left": 1}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, "name its show"),
        ({"discs": 3}, "name its show"),
        ({"title": "  "}, "name its show"),
        ({"title": "X", "colour": "red"}, "colour"),
        ({"title": "X", "type": "radio"}, "tv or movie"),
        ({"title": "X", "type": "movie", "season": 1}, "no season"),
        ({"title": "X", "extras": "maybe"}, "keep, skip or ask"),
        ({"title": "X", "discs": 0}, "1 to 1000"),
        ({"title": "X", "discs": 1001}, "1 to 1000"),
        ({"title": "X", "discs": "many"}, "1 to 1000"),
        ({"title": "X", "discs": 2, "until_changed": True}, "not both"),
        ({"title": "X", "season": -1}, "season"),
        ({"title": "X", "year": 18}, "year"),
        ({"title": "X", "tmdb_id": 0}, "tmdb_id"),
    ],
)
def test_what_is_no_hint_is_refused(said: Mapping[str, object], names: str) -> None:
    with pytest.raises(InvalidArgument, match=names):
        hint_values(said)


# -- contradictions ------------------------------------------------------------------------------------


def disc(label: str, *minutes: float, name: str = "") -> Disc:
    """Make a disc whose titles are so long."""
    titles = tuple(
        Title(
            index=index,
            number=index + 1,
            source_file=f"{index + 1:02}",
            segment_map="1",
            segments=(),
            duration=length * 60,
            size=10**8,
        )
        for index, length in enumerate(minutes or (22, 22.5, 21.7, 22.1))
    )
    return Disc(
        source="x", media=Media.DVD, label=label, disc_name=name, content_hash="A" * 32, titles=titles
    )


SAID = Hint(show="Harbor Station", season=2, disc_number=4)


@pytest.mark.parametrize(
    "label",
    [
        "HARBOR_STATION_S2_D4",
        "HARBOR_STATION",
        "HARBORSTATION",
        "HARBOUR_STATION_S2",
        "HRBR_STATION_D4",
        "HARBOR_STA_S2",
        "HS_S2_D4",
        "LOGICAL_VOLUME_ID",
        "DVD_VIDEO",
        "DISC_4",
        "",
    ],
)
def test_a_label_that_agrees_or_says_nothing_does_not_contradict(label: str) -> None:
    assert contradiction(disc(label), SAID) == ""


@pytest.mark.parametrize(
    "label",
    [
        "OTHER_SHOW_S2_D4",
        "OTHER_SHOW",
        "HARBOR_STATION_S3_D4",
        "HARBOR_STATION_S2_D5",
        "Harbor Station: Season 1: Disc 4",
    ],
)
def test_a_label_that_says_something_else_contradicts(label: str) -> None:
    assert contradiction(disc(label), SAID) == f"the label says {label}"


def test_the_name_in_the_metadata_may_agree_where_the_label_does_not() -> None:
    assert contradiction(disc("PROJECT_X_FINAL", name="Harbor Station: Season 2"), SAID) == ""


def test_a_disc_of_extras_may_look_like_anything() -> None:
    assert contradiction(disc("HARBOR_STATION_BONUS", 118.0), Hint(show="Harbor Station", season=1)) == ""


def test_a_structure_that_is_sure_contradicts_the_type() -> None:
    film, series = disc("", 118.0, 4.0), disc("")
    assert "looks like a film" in contradiction(film, Hint(show="Harbor Station", season=1))
    assert "looks like a film" in contradiction(film, Hint(content_type=ContentType.TV))
    assert contradiction(film, Hint(content_type=ContentType.MOVIE, show="The Long Voyage")) == ""
    assert contradiction(film, Hint(show="The Long Voyage")) == ""
    assert "looks like a series" in contradiction(
        disc("HARBOR_STATION_S1"), Hint(content_type=ContentType.MOVIE, show="Harbor Station")
    )
    assert contradiction(series, Hint(content_type=ContentType.TV)) == ""


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Star Trek DS9", "Star Trek: Deep Space Nine"),
        ("Law Order", "Law & Order: Special Victims Unit"),
        ("The Next Generation", "TNG"),
        ("AMELIE", "Amélie"),
        ("Buffy", "Buffy the Vampire Slayer"),
        ("Blakes Seven", "Blake's 7"),
        ("MASH", "M*A*S*H"),
        ("FRIDAY 13TH PART 3", "Friday the 13th Part III (1982)"),
    ],
)
def test_names_that_may_be_one(label: str, name: str) -> None:
    assert same_name(label, name)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Star Trek Voyager", "Star Trek: Deep Space Nine"),
        ("Star Trek Discovery", "Star Trek: Voyager"),
        ("CSI Miami", "CSI: NY"),
        ("Other Show", "Harbor Station"),
        ("Stargate Atlantis", "Stargate SG-1"),
    ],
)
def test_names_that_are_two(label: str, name: str) -> None:
    assert not same_name(label, name)


@given(st.text(max_size=300), st.text(max_size=80))
def test_no_label_and_no_name_upsets_it(label: str, name: str) -> None:
    contradiction(disc(label, 22.0), Hint(show=name or None, season=1))


def test_a_disc_that_agrees_is_what_the_hint_says() -> None:
    hint = DiscHint(id=3, actor="alice", title="Harbor Station", season=2, content_type="tv", tmdb_id=77)
    said = said_by_hint(hint, DiscJob(id=9, drive_id="x", disc_number=4), disc("HARBOR_STATION_D4"))
    assert said.hint == Hint(content_type=ContentType.TV, show="Harbor Station", season=2, disc_number=4)
    assert said.values == {"tmdb_id": 77, "tmdb_namespace": "tv"}
    assert said.reason == "hint 3 of alice: Harbor Station, season 2, disc 4, TMDB 77"
    assert is_from_hint(said.reason)
    assert not said.doubt


def test_a_disc_that_contradicts_is_asked_about_with_both_answers() -> None:
    hint = DiscHint(id=3, actor="alice", title="Harbor Station", season=2)
    said = said_by_hint(hint, DiscJob(id=9, drive_id="x"), disc("OTHER_SHOW_S1"))
    assert said.hint is None
    assert said.doubt == "You said Harbor Station, season 2; the label says OTHER_SHOW_S1."
    assert "engramctl identify 9 --title 'Harbor Station' --season 2" in said.answers
    assert "engramctl identify 9 --type tv --title 'Other Show' --season 1" in said.answers


def test_a_hint_about_extras_only_says_nothing_of_the_disc() -> None:
    said = said_by_hint(DiscHint(id=3, extras_policy="skip"), DiscJob(drive_id="x"), disc("OTHER_SHOW_S1"))
    assert (said.hint, said.doubt, said.reason) == (None, "", "")


@pytest.mark.skipif(not DISCS.exists(), reason="the corpus of real discs is not beside the checkout")
def test_real_discs_seldom_contradict_their_own_name_and_mostly_another() -> None:
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    kinds = {"series": ContentType.TV, "movie": ContentType.MOVIE}
    names = {kind: sorted({e["title"] for e in entries if e["kind"] == kind}) for kind in kinds}
    asked = missed = count = 0
    for entry, (_, real, _) in list(zip(entries, corpus_discs(), strict=True))[::4]:
        others = names[entry["kind"]]
        other = others[(others.index(entry["title"]) + len(others) // 2) % len(others)]
        count += 1
        asked += bool(contradiction(real, Hint(show=entry["title"], content_type=kinds[entry["kind"]])))
        missed += not contradiction(real, Hint(show=other))
    assert count > 300
    assert asked / count <= 0.04, f"{asked} of {count} discs are asked about without need"
    assert missed / count <= 0.04, f"{missed} of {count} discs of another name are not noticed"
