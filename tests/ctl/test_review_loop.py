"""What each key does: a scripted terminal, and a stand-in for the daemon that keeps questions and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from engramd.bus import names
from engramd.ctl.review_desk import Desk, Wanted
from engramd.ctl.review_edges import Tally
from engramd.ctl.review_loop import ReviewLoop
from engramd.ctl.review_screen import Line, plain
from engramd.ctl.service import Service
from engramd.ctl.terminal import ENDED, RESIZED
from engramd.errors import InvalidArgument, NotAuthorized, NotFound, ToolMissing
from tests.ctl.samples import job, review, title

Step = str | Callable[[], object]


class ScriptedTerminal:
    """Gives keys one after the other; a function among them is called, and no key comes meanwhile."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self.screens: list[str] = []
        self.forgotten = 0
        self.columns = 80

    def size(self) -> tuple[int, int]:
        return self.columns, 24

    def show(self, lines: Sequence[Line]) -> None:
        self.screens.append(plain(lines))

    def key(self, seconds: float) -> str:
        assert seconds > 0
        if not self._steps:
            return "q"
        step = self._steps.pop(0)
        if isinstance(step, str):
            return step
        step()
        return ""

    def forget(self) -> None:
        self.forgotten += 1


class DaemonStandIn:
    """Keeps objects as the daemon publishes them; an answer ends its question and decides its title."""

    def __init__(self, *reviews: dict[str, Any], details: dict[str, Any] | None = None) -> None:
        self.objects_now: dict[str, dict[str, dict[str, Any]]] = {names.job_path(4): {names.JOB: job()}}
        for index in range(3):
            self.objects_now[names.title_path(4, index)] = {names.TITLE: title(index, state="review")}
        for one in reviews:
            self.objects_now[names.review_path(one["Id"])] = {names.REVIEW: one}
        self.details = details
        self.calls: list[tuple[str, Any]] = []
        self.refusal: Exception | None = None
        self.hurry: Callable[[], object] = lambda: None

    def objects(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {path: dict(found) for path, found in self.objects_now.items()}

    def properties(self, path: str, interface: str) -> dict[str, Any]:
        if path not in self.objects_now:
            raise NotFound("there is no such object")
        return self.objects_now[path][interface]

    def watch(self, callback: Callable[..., object]) -> None:
        raise AssertionError("the loop does not watch")

    def call(
        self, path: str, interface: str, method: str, signature: str = "", args: tuple[Any, ...] = ()
    ) -> Any:
        if method == "Details":
            if self.details is None:
                raise NotFound("the daemon has no such method")
            return self.details
        self.calls.append((f"{path.rpartition('/')[2]}.{method}", *args))
        self.hurry()
        if self.refusal:
            raise self.refusal
        if path not in self.objects_now and path != names.ROOT:
            raise NotFound("there is no such object")
        if method == "Undo":
            self.objects_now |= self.before
        else:
            self.before = {path: self.objects_now[path]}
            self.close(path, args[0]["value"] if args else "")
        return None

    def close(self, path: str, value: str = "") -> None:
        asked = self.objects_now.pop(path)[names.REVIEW]
        if value.startswith("S") and asked["Subject"] in self.objects_now:
            decided = title(1, state="matched", matched_episode=value)
            self.objects_now[asked["Subject"]] = {names.TITLE: decided}
        for found in self.objects_now.values():
            if names.TITLE in found and found[names.TITLE]["State"] == "matched" and asked["Id"] == 9:
                found[names.TITLE]["State"] = "completed"


class SilentPlayer:
    """Notes what it would play."""

    def __init__(self) -> None:
        self.played: list[tuple[str, int]] = []
        self.refusal: Exception | None = None
        self.said = ""

    def play(self, file: str, at: int) -> str:
        if self.refusal:
            raise self.refusal
        self.played.append((file, at))
        return "mpv plays it."

    def trouble(self) -> str:
        said, self.said = self.said, ""
        return said


class Bench:
    """A loop with its edges."""

    def __init__(
        self, daemon: DaemonStandIn, *steps: Step, wanted: Wanted | None = None, plays: bool = False
    ):
        self.daemon, self.terminal, self.player = daemon, ScriptedTerminal(steps), SilentPlayer()
        desk = Desk(Service(daemon), wanted, sleep=lambda _: None)
        self.loop = ReviewLoop(desk, self.terminal, self.player, plays_all=plays)

    def run(self) -> Tally:
        return self.loop.run()

    @property
    def sent(self) -> list[tuple[str, Any]]:
        return self.daemon.calls

    @property
    def last(self) -> str:
        return self.terminal.screens[-1]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["1"], "S01E03"),
        (["2"], "S01E02"),
        (["3"], "extra"),
        (["enter"], "S01E03"),
        (["x"], "extra"),
        (["s"], "skip"),
        (["9", "2"], "S01E02"),
        ([RESIZED, "2"], "S01E02"),
        (["e", *"s01e07", "enter"], "s01e07"),
        (["e", *"S01E0", "backspace", *"12", "enter"], "S01E12"),
        (["e", *"S01E07", "escape", "2"], "S01E02"),
        (["e", "enter", "2"], "S01E02"),
        (["z", "other", "0", "2"], "S01E02"),
    ],
)
def test_keys_answer_without_enter(keys: list[str], value: str) -> None:
    bench = Bench(DaemonStandIn(review()), *keys)

    tally = bench.run()

    assert bench.sent == [("2.Answer", {"value": value})]
    assert tally.answered == [2]


def test_what_is_typed_may_hold_the_letters_that_are_keys() -> None:
    bench = Bench(DaemonStandIn(review()), "e", *"The quilt (1999)", "enter")

    bench.run()

    assert bench.sent == [("2.Answer", {"value": "The quilt (1999)"})]


def test_questions_come_one_after_the_other_those_first_on_which_others_depend() -> None:
    daemon = DaemonStandIn(
        review(),
        review(id=5, kind="identity", title_id=None),
        review(id=7, job_id=3, title_id=None, kind="references"),
    )
    bench = Bench(daemon, "1", "1", "1")

    bench.run()

    assert [call[0] for call in bench.sent] == ["5.Answer", "7.Answer", "2.Answer"]
    assert "(1 of 3)" in bench.terminal.screens[0]
    assert any("Review 2 (3 of 3)" in shown for shown in bench.terminal.screens)
    assert bench.terminal.forgotten == 3, "what is pressed too early answers nothing"


def test_only_those_that_are_meant_are_asked() -> None:
    daemon = DaemonStandIn(review(), review(id=5, kind="identity", title_id=None), review(id=6, job_id=7))
    bench = Bench(daemon, *"1111", wanted=Wanted("episode", 4))

    bench.run()

    assert [call[0] for call in bench.sent] == ["2.Answer"]


def test_an_answer_is_for_more_where_that_is_said_and_may_be() -> None:
    asked = review(kind="conflict")
    bench = Bench(DaemonStandIn(asked), "f", "s", "1")

    bench.run()

    assert bench.sent == [("2.Answer", {"value": "keep_both", "for": "season"})]
    assert any("The answer will be for the whole season." in shown for shown in bench.terminal.screens)
    assert any("d this disc, s the season, t the set" in shown for shown in bench.terminal.screens)


@pytest.mark.parametrize(
    ("asked", "keys", "said"),
    [
        (review(), ["f", "1"], "for itself only"),
        (review() | {"Scopes": ["set"]}, ["f", "s", "1"], "may be for the set."),
        (review(kind="conflict"), ["f", "s", "escape", "1"], ""),
        (review(kind="conflict"), ["f", "q", "1"], ""),
    ],
)
def test_an_answer_is_for_itself_else(asked: dict[str, Any], keys: list[str], said: str) -> None:
    bench = Bench(DaemonStandIn(asked), *keys)

    bench.run()

    assert "for" not in bench.sent[0][1]
    assert any(said in shown for shown in bench.terminal.screens)


def test_later_leaves_a_question_and_dismiss_closes_it() -> None:
    daemon = DaemonStandIn(review(), review(id=5))
    bench = Bench(daemon, "l", "d")

    tally = bench.run()

    assert bench.sent == [("5.Dismiss",)]
    assert (tally.later, tally.dismissed, tally.answered) == ([2], [5], [])


def test_what_an_answer_did_is_said() -> None:
    bench = Bench(DaemonStandIn(review(), review(id=9)), "2", "q")

    bench.run()

    told = "Review 2: Harbor Station, season 1, disc 1: title 2 is S01E02."
    assert any(told in shown for shown in bench.terminal.screens)


def test_the_last_answer_is_undone() -> None:
    bench = Bench(DaemonStandIn(review(), review(id=5)), "u", "2", "u", "1", "q")

    tally = bench.run()

    assert bench.sent[:2] == [("2.Answer", {"value": "S01E02"}), ("Engram1.Undo", {"review": 2})]
    assert "Nothing was answered yet." in bench.terminal.screens[1]
    assert any("review 2 is open again" in shown for shown in bench.terminal.screens)
    assert bench.sent[2:] == [("2.Answer", {"value": "S01E03"})]
    assert tally.answered == [2]


def test_a_question_that_is_answered_elsewhere_is_said_to_be() -> None:
    daemon = DaemonStandIn(review(), review(id=5))
    bench = Bench(daemon, lambda: daemon.close(names.review_path(2)), "q")

    bench.run()

    assert "Review 5" in bench.last
    assert "Review 2 was answered elsewhere" in bench.last


def test_a_question_that_goes_at_the_moment_of_the_answer_is_no_failure() -> None:
    daemon = DaemonStandIn(review(), review(id=5))
    bench = Bench(daemon, "1", "q")
    daemon.hurry = lambda: daemon.close(names.review_path(2))

    tally = bench.run()

    assert tally.answered == []
    assert any("Review 2 was answered elsewhere" in shown for shown in bench.terminal.screens)


def test_a_question_that_changes_is_drawn_anew_and_its_new_options_count() -> None:
    daemon = DaemonStandIn(review())
    changed = review()
    changed["Options"] = [changed["Options"][1]]

    def change() -> None:
        daemon.objects_now[names.review_path(2)] = {names.REVIEW: changed}

    bench = Bench(daemon, change, "1")

    bench.run()

    assert any("The question has changed meanwhile." in shown for shown in bench.terminal.screens)
    assert bench.sent == [("2.Answer", {"value": "S01E02"})]


def test_pictures_that_come_meanwhile_are_no_change_of_the_question() -> None:
    asked = review()
    daemon = DaemonStandIn(asked)

    def picture() -> None:
        daemon.objects_now[names.review_path(2)] = {names.REVIEW: asked | {"Images": ["/cache/2/1.jpg"]}}

    bench = Bench(daemon, picture, "1")

    bench.run()

    assert not any("The question has changed meanwhile." in shown for shown in bench.terminal.screens)
    assert bench.sent != []


def test_what_the_daemon_refuses_is_said_and_asked_again() -> None:
    daemon = DaemonStandIn(review())
    daemon.refusal = InvalidArgument("season 1 has no episode 99")
    bench = Bench(daemon, "e", *"S01E99", "enter", lambda: setattr(daemon, "refusal", None), "1")

    tally = bench.run()

    assert any("That was not taken: season 1 has no episode 99" in shown for shown in bench.terminal.screens)
    assert tally.answered == [2]


def test_a_work_that_is_not_found_does_not_end_its_question() -> None:
    daemon = DaemonStandIn(review())
    daemon.refusal = NotFound("TMDB has no tv:99")
    bench = Bench(daemon, "1", "q")

    bench.run()

    assert "Review 2 (1 of 1)" in bench.last
    assert "That was not taken: TMDB has no tv:99" in bench.last


def test_who_may_not_answer_is_told_at_once() -> None:
    daemon = DaemonStandIn(review())
    daemon.refusal = NotAuthorized("join the group engramd")

    with pytest.raises(NotAuthorized):
        Bench(daemon, "1").run()


@pytest.mark.parametrize("key", ["q", ENDED])
def test_quitting_leaves_the_questions_open(key: str) -> None:
    bench = Bench(DaemonStandIn(review()), key)

    tally = bench.run()

    assert (bench.sent, tally.seen) == ([], 0)


def test_a_default_that_is_not_there_chooses_nothing() -> None:
    bench = Bench(DaemonStandIn(review() | {"Default": ""}), "enter", "q")

    bench.run()

    assert bench.sent == []
    assert "choose one" in bench.last


def test_keys_that_are_no_answer_to_this_question_do_nothing() -> None:
    asked = review(kind="identity", title_id=None)
    bench = Bench(DaemonStandIn(asked), "x", "s", "n", "q")

    bench.run()

    assert bench.sent == []
    assert "That is no answer to this question." in bench.last


def test_options_of_other_pages_are_turned_to_and_chosen_as_they_are_shown() -> None:
    asked = review()
    words = "words " * 30
    asked["Options"] = [
        {"id": f"S01E{n:02}", "text": f"S01E{n:02}", "value": f"S01E{n:02}", "evidence": words}
        for n in range(1, 31)
    ]
    bench = Bench(DaemonStandIn(asked), " ", "more", "back", "1")

    bench.run()

    page = bench.terminal.screens[-2]
    (_, answer) = bench.sent[0]
    assert "page 2 of" in page
    assert f"1  {answer['value']}" in page
    assert answer["value"] != "S01E01"


DETAILS = {"file": "/srv/media/staging/t.mkv", "at": 40, "captions": ["0:12  Ahoy"], "title": 2}


def test_a_sample_is_played_by_a_key_or_for_each_question() -> None:
    by_key = Bench(DaemonStandIn(review(), details=DETAILS), "p", "q")
    each = Bench(DaemonStandIn(review(), review(id=5), details=DETAILS), "l", "q", plays=True)
    by_key.run()
    each.run()

    assert by_key.player.played == [("/srv/media/staging/t.mkv", 40)]
    assert "mpv plays it." in by_key.last
    assert len(each.player.played) == 2


def test_what_keeps_a_player_from_playing_is_said() -> None:
    none = Bench(DaemonStandIn(review()), "p", "q")
    lacking = Bench(DaemonStandIn(review(), details=DETAILS), "p", "q")
    lacking.player.refusal = ToolMissing("there is no player")
    failing = Bench(DaemonStandIn(review(), details=DETAILS), "p")
    failing.terminal._steps += [lambda: setattr(failing.player, "said", "mpv ended with 2"), "q"]
    for bench in (none, lacking, failing):
        bench.run()

    assert "There is no file of it to play." in none.last
    assert "there is no player" in lacking.last
    assert "mpv ended with 2" in failing.last


def test_help_comes_and_goes() -> None:
    bench = Bench(DaemonStandIn(review()), "?", RESIZED, "h", "1")

    bench.run()

    assert any("ENGRAM_PLAYER" in shown for shown in bench.terminal.screens)
    assert bench.sent == [("2.Answer", {"value": "S01E03"})]


def test_a_question_that_filing_raises_is_asked_before_the_end() -> None:
    daemon = DaemonStandIn(review())

    def raise_another() -> None:
        daemon.objects_now[names.review_path(9)] = {names.REVIEW: review(id=9, kind="conflict")}

    bench = Bench(daemon, "1", raise_another, "1")

    tally = bench.run()

    assert any("being filed" in shown for shown in bench.terminal.screens)
    assert tally.answered == [2, 9]
