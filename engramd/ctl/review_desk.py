"""The open questions of a daemon as screens and prompts need them: in order, with what helps to answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engramd.bus import names
from engramd.ctl.question_words import numbered
from engramd.ctl.review_effects import effect_of, job_of, undone_words
from engramd.ctl.service import Properties, Service, Snapshot
from engramd.ctl.stations import on
from engramd.errors import NotFound

#: What people type for the options of a question about a whole disc.
_SHORT = {"y": "accept", "yes": "accept", "n": "one_by_one", "no": "one_by_one"}
#: Others depend on these: they are asked first.
_FIRST = ("identity", "type", "season")
#: How often it is looked what an answer did, and after how many seconds each; so many times fewer where there
#: may be nothing to see.
_LOOKS, _PAUSE, _FASTER = 32, 0.05, 4


@dataclass(frozen=True)
class Wanted:
    """Which questions are meant; all by default."""

    kind: str | None = None
    job: int | None = None

    def has(self, review: Properties) -> bool:
        """Whether a question is one of them."""
        return self.kind in (None, review["Kind"]) and self.job in (None, job_of(review))


class Desk:
    """Reads and answers questions. Everything raises the daemon's errors, or NoDaemon."""

    def __init__(
        self, service: Service, wanted: Wanted | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.service = service
        self._wanted, self._sleep = wanted or Wanted(), sleep
        #: Questions that are answered, and open until their stations run.
        self._kept: set[int] = set()

    def look(self) -> Snapshot:
        """Give how everything is now."""
        return self.service.look()

    def open(self, snapshot: Snapshot) -> list[Properties]:
        """Give the questions that are meant, those on which others depend first, then disc by disc."""
        meant = (one for one in snapshot.reviews.values() if self._wanted.has(one))
        found = [one for one in meant if one["Id"] not in self._kept]
        return sorted(found, key=lambda one: (one["Kind"] not in _FIRST, job_of(one), one["Id"]))

    def find(self, review_id: int, snapshot: Snapshot) -> Properties:
        """Give an open question. Raises NotFound."""
        found = snapshot.reviews.get(review_id)
        if found is None:
            raise NotFound(
                f"there is no open question {review_id}", remedy="`engramctl review list` lists them"
            )
        return found

    def details(self, review: Properties) -> Properties:
        """Give what helps to answer a question; nothing where the daemon has or knows nothing."""
        try:
            found: Properties = self.service.bus.call(
                names.review_path(review["Id"]), names.REVIEW, "Details", "a{sv}", ({},)
            )
        except NotFound:
            return {}
        return found

    def answer(self, review: Properties, given: Properties) -> str:
        """Answer a question, and say what that did."""
        before = self.look()
        self.service.review(review["Id"], "Answer", "a{sv}", given)
        return self._settled(review, before) or self._said_of_kept(review)

    def _said_of_kept(self, review: Properties) -> str:
        """Say that an answer is kept, where the station of its job does not run; empty where it counts."""
        snapshot = self.look()
        job = snapshot.jobs.get(job_of(review), {})
        if review["Id"] not in snapshot.reviews or not on(job, self.service.here()):
            return ""
        self._kept.add(review["Id"])
        return f"The station {job['Station']} does not run; it acts on the answer when it does."

    def dismiss(self, review: Properties) -> None:
        """Close a question without an answer."""
        self.service.review(review["Id"], "Dismiss")

    def undo(self, review: Properties) -> str:
        """Take an answer back, and say what that did. Raises NotFound where nothing is to undo."""
        before = self.look()
        self.service.manager("Undo", "a{sv}", {"review": review["Id"]})
        return undone_words(before, self.look())

    def _settled(self, review: Properties, before: Snapshot) -> str:
        """Wait a moment until something is seen of an answer; longer, while its question is still open."""
        effect, left = "", _LOOKS
        while left > 0:
            after = self.look()
            effect, is_closed = effect_of(review, before, after), review["Id"] not in after.reviews
            if effect and is_closed:
                break
            left -= _FASTER if is_closed else 1
            self._sleep(_PAUSE)
        return effect


def subject_of(review: Properties, snapshot: Snapshot) -> tuple[Properties | None, Properties | None]:
    """Give the job and the title that a question is about; None for what is not there (any more)."""
    job = job_of(review)
    index = str(review["Subject"]).partition("/titles/")[2]
    title = snapshot.titles.get((job, int(index))) if index.isdecimal() else None
    return snapshot.jobs.get(job), title


def answer_for(question: Properties, choice: str) -> dict[str, Any]:
    """Give the answer that a person chose: the value of an option, or one of their own.

    An option is named by its id or value, an episode by its number as well; y and n answer what is proposed
    for a disc.

    The value and not the id is sent: what an option stands for may change when the job is matched again, and
    what the person read must not become another episode by that.
    """
    ids = [option["id"] for option in question["Options"]]
    if "accept" in ids:
        choice = _SHORT.get(choice.casefold(), choice)
    elif choice.isdecimal() and 0 < int(choice) <= len(numbered(question)):
        choice = numbered(question)[int(choice) - 1]["id"]
    for name in ("id", "value"):
        for option in question["Options"]:
            if choice.casefold() == str(option[name]).casefold():
                return {"value": option["value"]}
    return {"value": choice}


def option_named(question: Properties, *wanted: str) -> Properties | None:
    """Give the first option with one of these ids."""
    return next((option for name in wanted for option in question["Options"] if option["id"] == name), None)
