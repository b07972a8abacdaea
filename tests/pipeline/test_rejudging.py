"""A disc that is not what it was taken for: what changes in its titles, and what never does."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from engramd.discs.model import Disc, Media, Title
from engramd.identify import RoleVerdict, identify
from engramd.identify.together import Judgement
from engramd.models import ContentType, DiscJob, DiscTitle, JobState, ReviewKind, TitleRole, TitleState
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.parts import Parts
from engramd.pipeline.rejudging import Rejudge, wait_for_disc
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import needs_episode
from engramd.pipeline.titles import RULED_OUT
from engramd.sources.discdb import Found
from engramd.sources.discdb_model import Mapping as TitleMapping
from tests.support.databases import Bench


class PartsOf:
    """The parts that rejudging uses."""

    def __init__(self, bench: Bench) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.settings = self
        self.current = bench.store.load_config()
        self.lock = threading.Lock()


def disc(count: int) -> Disc:
    titles = [
        Title(
            index=n,
            number=n + 1,
            source_file=f"{n + 1:02d}",
            segment_map="1-4",
            segments=(),
            duration=1300.0 + n,
            size=10**9 + n,
        )
        for n in range(count)
    ]
    return Disc(source="x", media=Media.DVD, titles=tuple(titles))


def judgement(kind: ContentType, *roles: TitleRole, **mappings: TitleMapping) -> Judgement:
    verdict = identify(disc(len(roles))).model_copy(
        update={
            "content_type": kind,
            "roles": tuple(
                RoleVerdict(title_index=n, role=role, confidence=0.9, reason=f"it is {role.value}")
                for n, role in enumerate(roles)
            ),
        }
    )
    return Judgement(
        verdict, verdict, Found(), titles={int(name[1:]): each for name, each in mappings.items()}
    )


def mapped(index: int, role: TitleRole, **more: object) -> TitleMapping:
    return TitleMapping(title_index=index, role=role, confidence=0.98, reason="it is recorded", **more)


@pytest.fixture
def parts(sqlite_bench: Bench) -> PartsOf:
    return PartsOf(sqlite_bench)


def put(parts: PartsOf, bench: Bench, *states: TitleState, **values: object) -> list[DiscTitle]:
    """Make a job with a title in each state."""
    job = bench.job()
    ways = {
        TitleState.MATCHING: [TitleState.RIPPING, TitleState.MATCHING],
        TitleState.MATCHED: [TitleState.RIPPING, TitleState.MATCHED],
        TitleState.REVIEW: [TitleState.RIPPING, TitleState.MATCHING, TitleState.REVIEW],
        TitleState.COMPLETED: [TitleState.RIPPING, TitleState.MATCHED, TitleState.COMPLETED],
        TitleState.SKIPPED: [TitleState.SKIPPED],
        TitleState.PENDING: [],
    }
    titles = bench.titles(job, len(states))
    for title, state in zip(titles, states, strict=True):
        for step in ways[state]:
            parts.lifecycle.move_title(title, step, "made so")
        if values:
            parts.lifecycle.update_title(title, **values)
    return titles


def apply(
    parts: PartsOf, titles: list[DiscTitle], what: Judgement, kind: ContentType, *, by_person: bool = False
) -> list[DiscTitle]:
    job_id = titles[0].job_id
    parts.lifecycle.update_job(job_id, content_type=kind)
    rejudge = Rejudge(cast(Parts, parts), Reviews(parts.store, parts.hub))
    rejudge.apply(job_id, disc(len(titles)), what, why="TheDiscDB was asked", by_person=by_person)
    return parts.store.titles(job_id)


def test_what_is_not_ripped_yet_follows_its_new_role(parts: PartsOf, sqlite_bench: Bench) -> None:
    titles = put(parts, sqlite_bench, TitleState.PENDING, TitleState.SKIPPED, TitleState.SKIPPED)
    for title in titles[1:]:
        parts.lifecycle.update_title(
            title, match_reason=f"{RULED_OUT}it plays title 1", role=TitleRole.PLAY_ALL
        )
    parts.lifecycle.update_title(titles[2], match_reason="skipped by alice")
    roles = (TitleRole.PLAY_ALL, TitleRole.EPISODE, TitleRole.EPISODE)
    first, second, third = apply(parts, titles, judgement(ContentType.TV, *roles), ContentType.TV)
    assert (first.state, first.match_reason) == (TitleState.SKIPPED, f"{RULED_OUT}it is play_all")
    assert (second.state, second.role) == (TitleState.PENDING, TitleRole.EPISODE)
    assert third.state is TitleState.SKIPPED, "what a person skipped stays"


def test_a_recorded_episode_is_compared_with_the_subtitles_all_the_same(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    titles = put(parts, sqlite_bench, TitleState.MATCHING, TitleState.REVIEW)
    Reviews(parts.store, parts.hub).ask(ReviewKind.EPISODE, titles[1].job_id, "Which?", title=titles[1])
    what = judgement(
        ContentType.TV,
        TitleRole.EPISODE,
        TitleRole.EPISODE,
        t0=mapped(0, TitleRole.EPISODE, episode="S01E01", name="The Start"),
        t1=mapped(1, TitleRole.EPISODE, episode="S01E02"),
    )
    first, second = apply(parts, titles, what, ContentType.TV)
    assert [(t.state, t.matched_episode) for t in (first, second)] == [
        (TitleState.MATCHING, "S01E01"),
        (TitleState.MATCHING, "S01E02"),
    ]
    assert first.item_name == "The Start"
    assert not parts.store.open_reviews(titles[0].job_id), "the question is looked at anew"


def test_an_extra_needs_no_episode_and_keeps_its_name(parts: PartsOf, sqlite_bench: Bench) -> None:
    titles = put(parts, sqlite_bench, TitleState.MATCHING)
    extra = mapped(0, TitleRole.EXTRA, name="Bloopers", extra_kind="featurette", season=2)
    (only,) = apply(parts, titles, judgement(ContentType.TV, TitleRole.EXTRA, t0=extra), ContentType.TV)
    assert (only.state, only.is_extra, only.item_name) == (TitleState.MATCHED, True, "Bloopers")
    assert (only.extra_kind, only.own_season) == ("featurette", 2)


@pytest.mark.parametrize("source", ["user", "earlier"])
def test_what_was_decided_stays(parts: PartsOf, sqlite_bench: Bench, source: str) -> None:
    decided = {"match_source": source, "matched_episode": "S01E09"}
    titles = put(parts, sqlite_bench, TitleState.MATCHED, TitleState.PENDING, **decided)
    what = judgement(ContentType.MOVIE, TitleRole.MAIN_FEATURE, TitleRole.PLAY_ALL)
    after = apply(parts, titles, what, ContentType.MOVIE)
    assert [(t.state, t.matched_episode) for t in after] == [
        (TitleState.MATCHED, "S01E09"),
        (TitleState.PENDING, "S01E09"),
    ]


def test_a_person_who_says_what_it_is_overrides_what_was_decided_of_an_earlier_insertion(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    decided = {"match_source": "earlier", "matched_episode": "S01E09"}
    titles = put(parts, sqlite_bench, TitleState.MATCHED, TitleState.SKIPPED, **decided)
    what = judgement(ContentType.TV, TitleRole.EPISODE, TitleRole.EPISODE)
    first, second = apply(parts, titles, what, ContentType.TV, by_person=True)
    assert (first.state, first.matched_episode) == (TitleState.MATCHING, None)
    assert (second.state, second.match_source) == (TitleState.SKIPPED, "earlier"), "it is in the library"


def test_what_is_filed_and_what_the_subtitles_said_stays(parts: PartsOf, sqlite_bench: Bench) -> None:
    titles = put(parts, sqlite_bench, TitleState.MATCHED, match_source="subtitles", matched_episode="S01E03")
    what = judgement(ContentType.TV, TitleRole.EPISODE, t0=mapped(0, TitleRole.EPISODE, episode="S01E04"))
    (only,) = apply(parts, titles, what, ContentType.TV)
    assert (only.matched_episode, only.match_source) == ("S01E03", "subtitles")
    filed = put(parts, sqlite_bench, TitleState.COMPLETED, organized_to="/library/a.mkv")
    (only,) = apply(parts, filed, judgement(ContentType.TV, TitleRole.PLAY_ALL), ContentType.TV)
    assert (only.state, only.role) == (TitleState.COMPLETED, TitleRole.UNKNOWN)


@pytest.mark.parametrize("kind", [ReviewKind.DAMAGED, ReviewKind.CONFLICT])
def test_questions_about_files_stay_open(parts: PartsOf, sqlite_bench: Bench, kind: ReviewKind) -> None:
    titles = put(parts, sqlite_bench, TitleState.REVIEW)
    Reviews(parts.store, parts.hub).ask(kind, titles[0].job_id, "Keep it?", title=titles[0])
    (only,) = apply(parts, titles, judgement(ContentType.TV, TitleRole.EPISODE), ContentType.TV)
    assert only.state is TitleState.REVIEW
    assert len(parts.store.open_reviews(titles[0].job_id)) == 1


@pytest.mark.parametrize("decided", [{}, {"match_source": "user", "matched_episode": "S01E09"}])
def test_a_title_that_the_disc_did_not_give_stays_also_if_nobody_is_asked(
    parts: PartsOf, sqlite_bench: Bench, decided: dict[str, str]
) -> None:
    (title,) = put(parts, sqlite_bench, TitleState.PENDING, **decided)
    for step in (TitleState.RIPPING, TitleState.REVIEW):
        parts.lifecycle.move_title(title, step, "the disc is damaged")
    (only,) = apply(parts, [title], judgement(ContentType.TV, TitleRole.EPISODE), ContentType.TV)
    assert only.state is TitleState.REVIEW


def test_a_film_that_was_taken_for_a_series_is_not_asked_for_episodes(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    titles = put(parts, sqlite_bench, TitleState.REVIEW)
    what = judgement(ContentType.MOVIE, TitleRole.MAIN_FEATURE)
    (only,) = apply(parts, titles, what, ContentType.MOVIE)
    assert (only.state, only.role) == (TitleState.MATCHED, TitleRole.MAIN_FEATURE)


def test_titles_that_nobody_reads_any_more_wait_for_their_disc(parts: PartsOf, sqlite_bench: Bench) -> None:
    titles = put(parts, sqlite_bench, TitleState.PENDING, TitleState.MATCHED)
    job_id = titles[0].job_id
    assert parts.store.need_job(job_id).state is JobState.IDENTIFYING
    wait_for_disc(cast(Parts, parts), job_id, "insert it again")
    assert [t.waiting_for for t in parts.store.titles(job_id)] == ["disc", None]


def test_a_recorded_episode_that_a_rule_had_skipped_is_ripped_after_all(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    titles = put(parts, sqlite_bench, TitleState.SKIPPED, TitleState.SKIPPED)
    for title in titles:
        parts.lifecycle.update_title(title, match_reason=f"{RULED_OUT}it plays others")
    what = judgement(
        ContentType.TV,
        TitleRole.EPISODE,
        TitleRole.PLAY_ALL,
        t0=mapped(0, TitleRole.EPISODE, episode="S01E01"),
        t1=mapped(1, TitleRole.PLAY_ALL),
    )
    first, second = apply(parts, titles, what, ContentType.TV)
    assert (first.state, first.matched_episode) == (TitleState.PENDING, "S01E01")
    assert first.waiting_for == "disc", "if no run takes it, the job waits for its disc"
    assert second.state is TitleState.SKIPPED
    assert second.match_reason.startswith(RULED_OUT), "a later finding may still want it"


def test_a_record_that_is_no_longer_followed_leaves_nothing_behind(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    recorded = {
        "match_source": "discdb",
        "matched_episode": "S01E01",
        "item_name": "The Start",
        "own_title": "Another Show",
    }
    titles = put(parts, sqlite_bench, TitleState.MATCHED, TitleState.MATCHING, **recorded)
    what = judgement(ContentType.TV, TitleRole.EPISODE, TitleRole.EPISODE)
    after = apply(parts, titles, what, ContentType.TV, by_person=True)
    assert {t.state for t in after} == {TitleState.MATCHING}
    assert {(t.match_source, t.matched_episode, t.item_name, t.own_title) for t in after} == {
        ("", None, None, None)
    }


def test_a_ripped_title_that_turns_out_to_be_a_copy_is_not_filed(parts: PartsOf, sqlite_bench: Bench) -> None:
    titles = put(parts, sqlite_bench, TitleState.MATCHED, TitleState.MATCHED)
    parts.lifecycle.update_title(titles[1], match_source="subtitles", matched_episode="S01E01")
    what = judgement(ContentType.TV, TitleRole.DUPLICATE, TitleRole.DUPLICATE)
    first, second = apply(parts, titles, what, ContentType.TV)
    assert first.state is TitleState.SKIPPED
    assert second.state is TitleState.MATCHED, "the disc's own subtitles know better"


def test_a_question_that_nothing_new_answers_is_not_asked_again(parts: PartsOf, sqlite_bench: Bench) -> None:
    values = {"role": TitleRole.EPISODE, "role_reason": "it is episode"}
    (title,) = put(parts, sqlite_bench, TitleState.REVIEW, **values)
    Reviews(parts.store, parts.hub).ask(ReviewKind.EPISODE, title.job_id, "Which?", title=title)
    (only,) = apply(parts, [title], judgement(ContentType.TV, TitleRole.EPISODE), ContentType.TV)
    assert only.state is TitleState.REVIEW
    assert len(parts.store.open_reviews(title.job_id)) == 1


def test_a_decided_title_that_was_held_back_goes_on(parts: PartsOf, sqlite_bench: Bench) -> None:
    decided = {"match_source": "user", "matched_episode": "S01E09"}
    (title,) = put(parts, sqlite_bench, TitleState.REVIEW, **decided)
    (only,) = apply(parts, [title], judgement(ContentType.TV, TitleRole.EPISODE), ContentType.TV)
    assert (only.state, only.matched_episode) == (TitleState.MATCHED, "S01E09")


def test_a_title_that_begins_to_rip_in_this_moment_costs_the_others_nothing(
    parts: PartsOf, sqlite_bench: Bench
) -> None:
    titles = put(parts, sqlite_bench, TitleState.PENDING, TitleState.PENDING)
    of_store = parts.store.title

    def and_the_ripper_takes_it(job_id: int, title_index: int) -> DiscTitle | None:
        seen = of_store(job_id, title_index)
        if title_index == 0 and seen is not None and seen.state is TitleState.PENDING:
            taken = of_store(job_id, 0)
            assert taken is not None
            parts.lifecycle.move_title(taken, TitleState.RIPPING, "it begins to rip")
        return seen

    parts.store.title = and_the_ripper_takes_it  # type: ignore[method-assign]
    what = judgement(ContentType.TV, TitleRole.PLAY_ALL, TitleRole.PLAY_ALL)
    after = apply(parts, titles, what, ContentType.TV)
    assert [(t.state, t.role) for t in after] == [
        (TitleState.RIPPING, TitleRole.PLAY_ALL),
        (TitleState.SKIPPED, TitleRole.PLAY_ALL),
    ]


def test_a_film_beside_a_series_needs_no_episode() -> None:
    job = DiscJob(drive_id="/dev/sr0", content_type=ContentType.TV)
    film = DiscTitle(job_id=1, title_index=0, own_content_type=ContentType.MOVIE, own_title="Night Train")
    assert not needs_episode(job, film)
    assert needs_episode(job, DiscTitle(job_id=1, title_index=1))


def test_nothing_of_a_cancelled_job_is_wanted_after_all(parts: PartsOf, sqlite_bench: Bench) -> None:
    (title,) = put(parts, sqlite_bench, TitleState.SKIPPED, match_reason=f"{RULED_OUT}it plays others")
    parts.lifecycle.update_job(title.job_id, cancelled=True)
    (only,) = apply(parts, [title], judgement(ContentType.TV, TitleRole.EPISODE), ContentType.TV)
    assert only.state is TitleState.SKIPPED


def test_what_is_being_split_stays_so(parts: PartsOf, sqlite_bench: Bench) -> None:
    """A look-up that ends late knows nothing of what a person asked for meanwhile."""
    (title,) = put(
        parts, sqlite_bench, TitleState.REVIEW, match_source=SPLITTING, matched_episode="S01E01-E03"
    )
    rejudge = Rejudge(cast(Parts, parts), Reviews(parts.store, parts.hub))
    recorded = judgement(ContentType.TV, TitleRole.EPISODE, t0=mapped(0, TitleRole.EPISODE, episode="S01E01"))
    rejudge.apply(title.job_id, disc(1), recorded, why="its record came")
    now = parts.store.need_title(title.job_id, 0)
    assert (now.state, now.match_source, now.matched_episode) == (TitleState.REVIEW, SPLITTING, "S01E01-E03")
