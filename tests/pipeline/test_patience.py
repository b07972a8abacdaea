"""A library that hangs costs its own thread: real file systems that answer nothing."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engramd.errors import FilingFailed, NoSpace
from engramd.organize.roots import write_marker
from engramd.pipeline.patience import GivenUp, Patience, Pulse
from tests.support.deadshare import hanging_share

SECONDS = 0.3


def test_what_answers_is_waited_for_and_its_errors_are_its_own(tmp_path: Path) -> None:
    patience = Patience(SECONDS)
    assert patience.run(tmp_path, lambda _pulse: 7) == 7

    def full(_pulse: Pulse) -> None:
        raise NoSpace("it is full")

    with pytest.raises(NoSpace):
        patience.run(tmp_path, full)
    assert not patience.hangs(tmp_path)


def test_a_slow_task_is_waited_for_as_long_as_its_library_answers(tmp_path: Path) -> None:
    def slow(_pulse: Pulse) -> str:
        time.sleep(4 * SECONDS)
        return "done"

    assert Patience(SECONDS).run(tmp_path, slow) == "done"


def test_a_task_that_beats_is_asked_nothing(tmp_path: Path) -> None:
    def beating(pulse: Pulse) -> str:
        for _ in range(20):
            pulse.beat()
            time.sleep(SECONDS / 4)
        return "done"

    def nobody_asks(_root: Path) -> None:
        raise AssertionError("it was asked")

    assert Patience(SECONDS, nobody_asks).run(tmp_path, beating) == "done"


def test_what_was_given_up_records_nothing_any_more(tmp_path: Path) -> None:
    answers, ended = threading.Event(), threading.Event()
    recorded: list[str] = []

    def hanging(pulse: Pulse) -> None:
        answers.wait(20)
        try:
            with pulse.recording():
                recorded.append("filed")
        except GivenUp:
            ended.set()
            raise

    patience = Patience(SECONDS, lambda _root: answers.wait(20))
    with pytest.raises(FilingFailed, match="does not answer"):
        patience.run(tmp_path, hanging)
    assert patience.hangs(tmp_path)
    begun: list[int] = []
    with pytest.raises(FilingFailed, match="does not answer"):
        patience.run(tmp_path, lambda _pulse: begun.append(1))
    assert not begun, "nothing more is tried there meanwhile"
    assert patience.run(tmp_path / "other", lambda _pulse: 1) == 1, "another library goes on"
    answers.set()
    assert ended.wait(20)
    assert recorded == []
    until = time.monotonic() + 20
    while patience.hangs(tmp_path):
        assert time.monotonic() < until
    assert patience.run(tmp_path, lambda _pulse: 2) == 2


@pytest.mark.root
def test_a_share_that_hangs_is_told_from_one_that_works(tmp_path: Path) -> None:
    library, other = tmp_path / "library", tmp_path / "other"
    library.mkdir()
    other.mkdir()
    write_marker(library)
    patience = Patience(SECONDS)
    with hanging_share(library):
        with pytest.raises(FilingFailed, match="does not answer"):
            patience.look(library)
        threads = threading.active_count()
        for _ in range(5):
            with pytest.raises(FilingFailed, match="its file system says nothing"):
                patience.look(library)
        assert threading.active_count() == threads, "one thread is enough to hang"
        assert patience.look(other).is_folder
    until = time.monotonic() + 20
    while patience.hangs(library):
        assert time.monotonic() < until
    assert patience.look(library).marker


@pytest.mark.root
def test_a_share_that_begins_to_hang_in_the_middle_of_a_task(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    patience = Patience(SECONDS)
    with hanging_share(library), pytest.raises(FilingFailed, match="does not answer"):
        patience.run(library, lambda _pulse: list(library.iterdir()))
