"""From events to calls of hooks: which events are told, and with which facts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from engramd import events
from engramd.conditions import Condition, Conditions
from engramd.models import JobState
from engramd.notify import hook_facts as facts
from engramd.notify.hooks import CONDITION, Hooks
from engramd.store import Store

#: States of a job whose disc is read.
_READ = frozenset({JobState.MATCHING, JobState.ORGANIZING, JobState.REVIEW_NEEDED, JobState.COMPLETED})

Environment = Mapping[str, str] | None


class HookCalls:
    """Makes a call of each event that hooks are told of; what it says is read when its turn comes."""

    KINDS: ClassVar[tuple[type[events.Event], ...]] = (
        events.JobAdded,
        events.JobStateChanged,
        events.TitleFiled,
        events.ReviewOpened,
        events.JobFinished,
        events.ConditionsChanged,
    )

    def __init__(self, store: Store, conditions: Conditions, hooks: Hooks) -> None:
        self._store = store
        self._conditions = conditions
        self._hooks = hooks
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Condition] = {}

    def take(self, event: events.Event) -> bool:
        """Take an event, at once; whether there is something to run now."""
        if isinstance(event, events.ConditionsChanged):
            return self._compare()
        if isinstance(event, events.JobAdded):
            self._hooks.add(partial(self._of_job, facts.JOB_ADDED, event.job_id, ""))
        elif isinstance(event, events.JobStateChanged):
            if event.old != JobState.RIPPING or event.new not in _READ:
                return False
            self._hooks.add(partial(self._of_job, facts.RIPPED, event.job_id, event.reason))
        elif isinstance(event, events.JobFinished):
            name = facts.JOB_COMPLETED if event.success else facts.JOB_FAILED
            self._hooks.add(partial(self._of_job, name, event.job_id, event.sentence))
        elif isinstance(event, events.TitleFiled):
            self._hooks.add(partial(self._of_title, event))
        elif isinstance(event, events.ReviewOpened):
            self._hooks.add(partial(self._of_review, event))
        return True

    def _compare(self) -> bool:
        """Add a call for each condition that is new, and for each that is gone."""
        # Of hooks that fail no hook is told: it could fail by it again.
        found = [c for c in self._conditions.all() if not c.id.startswith(CONDITION)]
        now = {(c.scope, c.id): c for c in found}
        with self._lock:
            before, self._known = self._known, now
        begun = [(facts.CONDITION_BEGINS, now[key]) for key in now if key not in before]
        ended = [(facts.CONDITION_ENDS, before[key]) for key in before if key not in now]
        for name, condition in (*begun, *ended):
            given = facts.environment(name, condition.text, condition=facts.of_condition(condition))
            self._hooks.add(partial(dict, given))
        return bool(begun or ended)

    def _of_job(self, event: str, job_id: int, sentence: str) -> Environment:
        job = self._store.job(job_id)
        return None if job is None else facts.environment(event, sentence, job=facts.of_job(job))

    def _of_title(self, event: events.TitleFiled) -> Environment:
        job = self._store.job(event.job_id)
        title = self._store.title(event.job_id, event.title_index)
        if job is None or title is None:
            return None
        return facts.environment(
            facts.TITLE_FILED,
            f"filed {event.path}",
            job=facts.of_job(job),
            title=facts.of_title(title),
            file=facts.of_file(event.path, event.root),
        )

    def _of_review(self, event: events.ReviewOpened) -> Environment:
        job, task = self._store.job(event.job_id), self._store.review(event.review_id)
        if job is None or task is None:
            return None
        titles = [title for title in self._store.titles(event.job_id) if title.id == task.title_id]
        about = facts.of_title(titles[0]) if titles else {}
        return facts.environment(
            facts.QUESTION, task.question, job=facts.of_job(job), title=about, review=facts.of_review(task)
        )
