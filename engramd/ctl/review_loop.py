"""Asks the open questions one after the other, with single keys; terminal, daemon and player are injected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engramd.bus.client import NoDaemon
from engramd.ctl.cells import clean
from engramd.ctl.review_desk import Desk, answer_for, option_named, subject_of
from engramd.ctl.review_edges import Keys, Plays, Tally
from engramd.ctl.review_effects import job_of, titles_at_work
from engramd.ctl.review_help import help_lines
from engramd.ctl.review_screen import Card, Line, Page, compose
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.terminal import ENDED, RESIZED
from engramd.errors import EngramError, NotAuthorized, NotFound

#: Seconds after which it is looked whether a question is still open.
LOOK_AGAIN = 2.0
_LONGEST_ANSWER = 200
#: How often, and after how many seconds each, it is looked whether filing raises another question.
_FILING_LOOKS, _FILING_PAUSE = 40, 0.25
_SCOPES = {"d": "disc", "s": "season", "t": "set"}
_FOR = "For what is the answer? d this disc, s the season, t the set"


class _Done(Exception):
    """The question is over, one way or another."""


class _Quit(Exception):
    """The person wants no more."""


class ReviewLoop:
    """Goes through the questions until none is left, or the person quits; `plays_all` plays each at once."""

    def __init__(self, desk: Desk, terminal: Keys, player: Plays, *, plays_all: bool = False) -> None:
        self._desk, self._terminal, self._player = desk, terminal, player
        self._plays_all = plays_all
        self.tally = Tally()
        self._note = ""
        self._last: Properties | None = None
        self._jobs: set[int] = set()
        self._actions: dict[str, Callable[[], None]] = {
            "enter": self._choose_default,
            "e": self._type_answer,
            "x": lambda: self._choose_named("extra"),
            "s": lambda: self._choose_named("skip"),
            "y": lambda: self._choose_named("accept", "parts"),
            "n": lambda: self._choose_named("one_by_one"),
            "l": self._leave,
            "d": self._dismiss,
            "f": self._ask_scope,
            "p": self._play,
            "u": self._undo,
            "?": self._help,
            "q": self._quit,
            "escape": self._clear,
            ENDED: self._quit,
            " ": lambda: self._turn(1),
            "more": lambda: self._turn(1),
            "back": lambda: self._turn(-1),
        }

    def run(self) -> Tally:
        """Ask; give what became of the questions. Raises NoDaemon and NotAuthorized."""
        try:
            while (card := self._next()) is not None:
                self._terminal.forget()
                self._ask(card)
        except _Quit:
            pass
        return self.tally

    @property
    def note(self) -> str:
        """What happened last."""
        return self._note

    # -- one question after the other --

    def _next(self) -> Card | None:
        """Give the next question; where there is none, filing what was answered may yet raise one."""
        for _ in range(_FILING_LOOKS):
            snapshot = self._desk.look()
            if waiting := self._waiting(snapshot):
                return self._card(waiting[0], snapshot)
            if not (filing := titles_at_work(snapshot, self._jobs)):
                return None
            said = "One title is" if filing == 1 else f"{filing} titles are"
            self._terminal.show([Line(f"{said} being filed ... q quits", "dim")])
            if self._terminal.key(_FILING_PAUSE) in ("q", ENDED):
                raise _Quit
        return None

    def _waiting(self, snapshot: Snapshot) -> list[Properties]:
        return [one for one in self._desk.open(snapshot) if one["Id"] not in self.tally.later]

    def _card(self, review: Properties, snapshot: Snapshot) -> Card:
        job, title = subject_of(review, snapshot)
        return Card(
            question=review,
            job=job,
            title=title,
            details=self._desk.details(review),
            place=self.tally.seen + 1,
            count=self.tally.seen + len(self._waiting(snapshot)),
            note=self._note,
            can_undo=self._last is not None,
        )

    def _ask(self, card: Card) -> None:
        self._card_now = card
        self._draw()
        if self._plays_all:
            self._play()
        try:
            while True:
                self._take(self._key())
        except _Done:
            return

    def _key(self) -> str:
        """Give the next key; looks again at the question while none is pressed."""
        while True:
            key = self._terminal.key(LOOK_AGAIN)
            if key == RESIZED:
                self._draw()
            elif key:
                return key
            else:
                self._look_again()

    def _look_again(self) -> None:
        """Notice that a question was answered elsewhere, says something else, or that more is known."""
        snapshot, before = self._desk.look(), self._card_now
        now = snapshot.reviews.get(before.question["Id"])
        if now is None:
            self._gone()
        else:
            self._renew(self._card(now, snapshot))
        if trouble := self._player.trouble():
            self._say(trouble)

    def _renew(self, fresh: Card) -> None:
        before = self._card_now
        fresh = replace(fresh, scope=before.scope, prompt=before.prompt, typed=before.typed, note=before.note)
        if _asked(fresh) == _asked(before):
            fresh = replace(fresh, page=before.page)
        else:
            fresh = replace(fresh, note="The question has changed meanwhile.")
        if fresh != before:
            self._card_now = fresh
            self._draw()

    def _gone(self) -> None:
        self._note = (
            f"Review {self._card_now.question['Id']} was answered elsewhere, or is settled by itself."
        )
        raise _Done

    def _take(self, key: str) -> None:
        if key.isdecimal() and key != "0":
            self._choose_place(int(key))
        elif action := self._actions.get(key):
            action()

    # -- answers --

    def _choose_place(self, place: int) -> None:
        options = self._page.options
        if place <= len(options):
            self._answer(options[place - 1])
        else:
            self._say(f"There is no option {place} on this page.")

    def _choose_default(self) -> None:
        question = self._card_now.question
        option = option_named(question, question["Default"]) if question["Default"] else None
        if option is None:
            self._say("No answer is more probable than others; choose one.")
        elif option not in self._page.options:
            self._update(page=0)
            self._say("The marked one is on this page.")
        else:
            self._answer(option)

    def _choose_named(self, *ids: str) -> None:
        option = option_named(self._card_now.question, *ids)
        if option is None:
            self._say(
                f"That is no answer to this question. {self._card_now.question.get('OtherAnswers', '')}"
            )
        else:
            self._answer(option)

    def _answer(self, option: Properties) -> None:
        self._send({"value": option["value"]}, option["text"])

    def _send(self, given: Properties, said: str) -> None:
        question, scope = self._card_now.question, self._card_now.scope
        given = given | ({"for": scope} if scope else {})
        self._update(note="…")
        self._draw()
        try:
            effect = self._desk.answer(question, given)
        except EngramError as error:
            self._refused(error)
            return
        self.tally.answered.append(question["Id"])
        self._jobs.add(job_of(question))
        self._last = question
        wide = f" for the {scope}" if scope else ""
        told = effect if said.casefold() in effect.casefold() else f"{said}{wide}. {effect}".strip()
        self._note = f"Review {question['Id']}: {told}"
        raise _Done

    def _type_answer(self) -> None:
        """Let an answer be typed that is none of the options."""
        question = self._card_now.question
        said = self._typed("Episode:" if question["Kind"] == "episode" else "Answer:")
        if said:
            self._send(answer_for(question, said), said)

    def _typed(self, prompt: str) -> str:
        """Read a line, letter by letter; empty where the person thinks better of it."""
        self._update(prompt=prompt, typed="", note=self._card_now.question.get("OtherAnswers", ""))
        said = ""
        while True:
            self._update(typed=said)
            self._draw()
            key = self._key()
            if key in ("enter", "escape", ENDED):
                break
            said = said[:-1] if key == "backspace" else said + key if len(key) == 1 else said
            said = said[:_LONGEST_ANSWER]
        self._update(prompt="", typed=None, note="")
        self._draw()
        return said.strip() if key == "enter" else ""

    def _ask_scope(self) -> None:
        scopes = self._card_now.question.get("Scopes", ())
        if not scopes:
            self._say("An answer to this question is for itself only.")
            return
        self._update(prompt=_FOR)
        self._draw()
        scope = _SCOPES.get(self._key(), "")
        self._update(prompt="", scope=scope if scope in scopes else "")
        if scope and scope not in scopes:
            self._say(f"The answer may be for the {' or the '.join(scopes)}.")
        else:
            self._say("")

    # -- all else --

    def _leave(self) -> None:
        self.tally.later.append(self._card_now.question["Id"])
        self._note = f"Review {self._card_now.question['Id']} is left for later."
        raise _Done

    def _dismiss(self) -> None:
        question = self._card_now.question
        try:
            self._desk.dismiss(question)
        except EngramError as error:
            self._refused(error)
            return
        self.tally.dismissed.append(question["Id"])
        self._last = question
        self._note = f"Review {question['Id']} is dismissed: it is not filed, and can still be assigned."
        raise _Done

    def _undo(self) -> None:
        if self._last is None:
            self._say("Nothing was answered yet.")
            return
        try:
            said = self._desk.undo(self._last)
        except (NotAuthorized, NoDaemon):
            raise
        except EngramError as error:
            self._say(f"The answer to review {self._last['Id']} is not undone: {error}")
            return
        for told in (self.tally.answered, self.tally.dismissed):
            if self._last["Id"] in told:
                told.remove(self._last["Id"])
        self._last, self._note = None, said
        raise _Done

    def _play(self) -> None:
        details = self._card_now.details
        if not details.get("file"):
            self._say("There is no file of it to play.")
            return
        try:
            self._say(self._player.play(details["file"], int(details.get("at", 0))))
        except EngramError as error:
            self._say(f"That does not play: {error}")

    def _help(self) -> None:
        shown = help_lines(self._card_now.question)
        while True:
            self._terminal.show(shown[: self._terminal.size()[1]])
            if self._terminal.key(LOOK_AGAIN) not in ("", RESIZED):
                break
        self._draw()

    def _quit(self) -> None:
        raise _Quit

    def _clear(self) -> None:
        self._update(scope="")
        self._say("")

    def _turn(self, pages: int) -> None:
        self._update(page=(self._page.number + pages) % self._page.count)
        self._draw()

    def _refused(self, error: EngramError) -> None:
        """Say why the daemon does not take an answer; who may not answer at all hears it at the end."""
        if isinstance(error, NotAuthorized | NoDaemon):
            raise error
        if isinstance(error, NotFound) and self._card_now.question["Id"] not in self._desk.look().reviews:
            self._gone()
        self._say(f"That was not taken: {error}")

    def _say(self, note: str) -> None:
        self._update(note=clean(note))
        self._draw()

    def _update(self, **changed: object) -> None:
        self._card_now = replace(self._card_now, **changed)  # type: ignore[arg-type]

    def _draw(self) -> None:
        self._page: Page = compose(self._card_now, *self._terminal.size())
        self._terminal.show(self._page.lines)


def _asked(card: Card) -> Properties:
    """Give what a question asks: pictures may come while it is shown."""
    return {name: value for name, value in card.question.items() if name != "Images"}
