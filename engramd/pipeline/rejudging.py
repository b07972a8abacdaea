"""What changes in a job whose disc is not what it was taken for: the roles and states of its titles.

What a person decided, what earlier jobs decided, and what is filed stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engramd.discs.model import Disc
from engramd.errors import WrongState
from engramd.models import DiscJob, DiscTitle, ReviewKind, TitleRole, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.editions import name_editions
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import FROM_DISCDB, needs_episode
from engramd.pipeline.titles import NOT_ITS_OWN, RULED_OUT, Wishes, mapped_values, role_values

if TYPE_CHECKING:
    from engramd.identify.together import Judgement

#: Sources of a decision about a title that no later finding overrides.
SETTLED = ("user", "earlier")
_RIPPED = (TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW)
#: Questions that no knowledge of what the disc is can answer.
_STAYS_OPEN = (ReviewKind.CONFLICT, ReviewKind.DAMAGED)
_WORDS = {"match_reason", "match_confidence"}
_COPIES = (TitleRole.PLAY_ALL, TitleRole.DUPLICATE)
#: How often a title is looked at that moves meanwhile; its ways are short.
_TRIES = 8
#: A title of which TheDiscDB says nothing (any more).
_NOT_RECORDED: Mapping[str, Any] = {
    "match_source": "",
    "match_reason": "",
    "match_confidence": 0.0,
    **dict.fromkeys(("matched_episode", "episode_part", "item_name", "extra_kind")),
    **NOT_ITS_OWN,
}


class Rejudge:
    """Applies a judgement to the titles of a job that is on its way."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts = parts
        self._reviews = reviews
        self._damaged = DamagedTitles(parts, reviews)

    def apply(
        self, job_id: int, disc: Disc, judgement: Judgement, *, why: str, by_person: bool = False
    ) -> None:
        """Give titles their new roles, and move those whose way changes; the caller has the job go on.

        What an earlier job of the disc decided counts no longer if a person says what the disc is. A title
        that another thread moves in this moment is looked at again as it is then.
        """
        job = self._parts.store.need_job(job_id)
        settings = self._parts.settings.current
        kind = judgement.verdict.content_type
        least, editions = settings.extras_min_seconds, settings.editions_policy
        wishes = Wishes.of(job, kind, settings.extras_policy.value, least, editions)
        for role in judgement.verdict.roles:
            refusal = wishes.refusal(disc.titles[role.title_index], role)
            mapping = judgement.titles.get(role.title_index)
            change = _Change(role.role, role_values(role), mapped_values(mapping), refusal, why, by_person)
            self._until_it_holds(job, role.title_index, change)
        name_editions(self._parts, job_id)

    def _until_it_holds(self, job: DiscJob, title_index: int, change: _Change) -> None:
        for tries_left in reversed(range(_TRIES)):
            title = self._parts.store.title(job.id or 0, title_index)
            try:
                if title is not None and not _is_settled(title):
                    self._judge(job, title, change)
                return
            except WrongState:
                if not tries_left:
                    raise

    def _judge(self, job: DiscJob, title: DiscTitle, change: _Change) -> None:
        if change.by_person and title.match_source == "earlier" and title.state is not TitleState.SKIPPED:
            gone = {"match_source": "", "matched_episode": None, "episode_part": None, "item_name": None}
            self._parts.lifecycle.update_title(title, **gone)
        if title.match_source in SETTLED:
            self._release(job, title, change.why)
        elif title.state is TitleState.SKIPPED:
            self._judge_skipped(title, change)
        elif title.state is TitleState.PENDING and change.refusal:
            sentence = f"{RULED_OUT}{change.refusal}"
            values = change.values_for(title) | {"match_reason": sentence}
            self._parts.lifecycle.move_title(title, TitleState.SKIPPED, sentence, **values)
        else:
            changed = self._change(title, change.values_for(title))
            if title.state in _RIPPED:
                self._redirect(job, title, change, changed=changed)

    def _judge_skipped(self, title: DiscTitle, change: _Change) -> None:
        """Want a title that a rule, and no person, skipped; an extra is not worth a second insertion.

        It waits for its disc, unless a run that is under way takes it.
        """
        values = change.values_for(title)
        ruled_out = title.match_reason.startswith(RULED_OUT)
        stays = change.role is TitleRole.EXTRA or self._parts.store.need_job(title.job_id).cancelled
        if not ruled_out or change.refusal or stays:
            reason = f"{RULED_OUT}{change.refusal}" if ruled_out and change.refusal else title.match_reason
            self._change(title, values | {"match_reason": reason})
            return
        sentence = f"title {title.title_index + 1} is wanted after all: {change.why}"
        if self._parts.store.need_job(title.job_id).is_import:  # its file is where it was
            values = {"match_reason": ""} | values
            self._parts.lifecycle.move_title(title, TitleState.PENDING, sentence, **values)
            self._parts.lifecycle.move_title(title, TitleState.MATCHING, sentence)
            return
        waits = {"waiting_for": WaitingFor.DISC, "waiting_since": utcnow(), "error_message": sentence}
        values = {"match_reason": ""} | values | waits
        self._parts.lifecycle.move_title(title, TitleState.PENDING, sentence, **values)

    def _change(self, title: DiscTitle, values: Mapping[str, Any]) -> bool:
        """Set what differs; tell whether something did but the words for it."""
        changed = {name: value for name, value in values.items() if getattr(title, name) != value}
        if title.state is TitleState.MATCHED and title.match_source == "subtitles":
            # The disc's own subtitles beat a database.
            changed = {name: v for name, v in changed.items() if not name.startswith("match")}
        if changed:
            self._parts.lifecycle.update_title(title, **changed)
        return bool(changed.keys() - _WORDS)

    def _redirect(self, job: DiscJob, title: DiscTitle, change: _Change, *, changed: bool) -> None:
        """Send a ripped title to where it now belongs; a question that its new role answers is closed."""
        asked = self._asked(job, title)
        if any(kind in _STAYS_OPEN for kind in asked):
            return
        number = f"title {title.title_index + 1}"
        if change.refusal and change.role in _COPIES and title.match_source != "subtitles":
            sentence = f"{RULED_OUT}{change.refusal}"
            self._parts.lifecycle.move_title(title, TitleState.SKIPPED, sentence, match_reason=sentence)
            self._reviews.close(job.id or 0, title=title, answer=change.why)
            return
        wanted = TitleState.MATCHING if needs_episode(job, title) else TitleState.MATCHED
        is_answered = wanted is TitleState.MATCHED and ReviewKind.EPISODE in asked
        if title.state is wanted or (asked and not changed and not is_answered):
            return
        self._parts.lifecycle.move_title(title, wanted, f"{number} is looked at anew: {change.why}")
        self._reviews.close(job.id or 0, title=title, answer=change.why)

    def _release(self, job: DiscJob, title: DiscTitle, why: str) -> None:
        """Let a decided title go on that was held back only until it is known what the disc is."""
        if title.state is TitleState.REVIEW and not self._asked(job, title):
            self._parts.lifecycle.move_title(title, TitleState.MATCHED, why)

    def _asked(self, job: DiscJob, title: DiscTitle) -> list[ReviewKind]:
        """Give what is asked about a title, or was and is still to be decided."""
        if any(damaged.id == title.id for damaged in self._damaged.unsettled(job.id or 0)):
            return [ReviewKind.DAMAGED]
        return [task.kind for task in self._parts.store.open_reviews(job.id) if task.title_id == title.id]


@dataclass(frozen=True)
class _Change:
    """What a judgement makes of one title; `refusal` says why it is not wanted."""

    role: TitleRole
    of_role: Mapping[str, Any]
    recorded: Mapping[str, Any]
    refusal: str
    why: str
    by_person: bool

    def values_for(self, title: DiscTitle) -> dict[str, Any]:
        """Give the fields that it sets; those of a record that is no longer followed are emptied."""
        former = _NOT_RECORDED if title.match_source == FROM_DISCDB else {}
        return {**former, **self.of_role, **self.recorded}


def _is_settled(title: DiscTitle) -> bool:
    """Whether a title is filed, or is being split: its pieces are judged by themselves."""
    splits = title.match_source == SPLITTING and title.state is TitleState.REVIEW
    return splits or title.state is TitleState.COMPLETED


def wait_for_disc(parts: Parts, job_id: int, why: str) -> None:
    """Have titles that are wanted, and whose disc is no longer read, wait for the disc."""
    for title in parts.store.titles(job_id):
        if title.state is TitleState.PENDING and title.waiting_for is None:
            parts.lifecycle.update_title(
                title, waiting_for=WaitingFor.DISC, waiting_since=utcnow(), error_message=why
            )
