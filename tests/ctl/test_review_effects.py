"""What an answer did, as it is told."""

from __future__ import annotations

from typing import Any

from engramd.bus import names
from engramd.ctl.review_effects import effect_of, titles_at_work, undone_words
from engramd.ctl.reviews import KINDS
from engramd.ctl.service import Snapshot
from engramd.models import ReviewKind
from tests.ctl.samples import job, objects, review, title


def snapshot(*titles: dict[str, Any], reviews: tuple[dict[str, Any], ...] = ()) -> Snapshot:
    found = objects(job(), job(id=5, disc_number=2), titles=list(titles))
    for one in reviews:
        found[names.review_path(one["Id"])] = {names.REVIEW: one}
    return Snapshot.of(found)


def filed(index: int, episode: str | None = None, **fields: Any) -> dict[str, Any]:
    return title(index, **{"state": "matched", "matched_episode": episode, **fields})


WAITING = [title(index, state="review") for index in range(3)]
OTHER = [title(index, state="review", job_id=5) for index in range(2)]
ASKED = review(title_id=None)


def test_questions_are_filtered_by_every_kind_that_there_is() -> None:
    assert set(KINDS) == {kind.value for kind in ReviewKind}


def test_the_titles_of_a_disc_are_told_together_and_the_own_disc_first() -> None:
    before = snapshot(*WAITING, *OTHER, reviews=(ASKED, review(id=3, job_id=5)))
    after = snapshot(
        *(filed(index, f"S01E0{index + 1}") for index in range(3)),
        *(filed(index, f"S01E0{index + 4}", job_id=5) for index in range(2)),
    )

    assert effect_of(ASKED, before, after) == (
        "Harbor Station, season 1, disc 1: titles 1-3 are S01E01-E03. Harbor Station, season 1, disc 2:"
        " titles 1-2 are S01E04-E05. Another question is settled by that."
    )


def test_each_fate_of_a_title_has_its_words() -> None:
    before = snapshot(*WAITING)
    after = snapshot(
        filed(0, is_extra=True),
        filed(1, state="skipped"),
        filed(2, own_title="Heat"),
    )

    told = effect_of(ASKED, before, after)

    assert told.endswith("disc 1: title 1 is an extra, title 2 is not filed, title 3 is Heat.")


def test_parts_of_episodes_are_told() -> None:
    before = snapshot(*WAITING)
    after = snapshot(filed(0, "S01E01", episode_part=1), filed(1, "S01E01", episode_part=2), WAITING[2])

    told = effect_of(ASKED, before, after)

    assert "title 1 is S01E01-pt1, title 2 is S01E01-pt2" in told


def test_new_questions_are_told_and_a_title_that_was_filed_before_is_not() -> None:
    done = filed(0, "S01E01", state="completed")
    before = snapshot(filed(0, "S01E01"), reviews=(ASKED,))
    after = snapshot(done, reviews=(review(id=8), review(id=9)))

    assert effect_of(ASKED, before, after) == "There are 2 new questions."
    assert effect_of(ASKED, before, snapshot(done)) == ""


def test_what_is_open_again_is_told() -> None:
    nothing, one = snapshot(), snapshot(reviews=(review(),))

    assert undone_words(nothing, one) == "The answer is undone: review 2 is open again."
    assert undone_words(one, one) == "The answer is undone."


def test_titles_are_at_work_until_they_are_filed() -> None:
    now = snapshot(filed(0, "S01E01"), filed(1, "S01E02", state="completed"), filed(0, "S01E04", job_id=5))

    assert titles_at_work(now, {4}) == 1
    assert titles_at_work(now, set()) == 0
