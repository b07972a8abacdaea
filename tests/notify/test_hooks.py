"""Real programs as hooks: their order, their facts, their faults."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engramd.conditions import Condition, Conditions
from engramd.events import ConditionsChanged, EventHub, JobAdded, JobFinished, ReviewOpened, TitleFiled
from engramd.models import AppConfig, JobState, TitleState
from engramd.notify import hook_facts
from engramd.notify.hook_calls import HookCalls
from engramd.notify.hooks import Hooks, find_hooks
from engramd.tools import CancelToken, Tools
from tests.notify.conftest import Desk

Make = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "hooks.d"
    found.mkdir(mode=0o755)
    return found


@pytest.fixture
def make(folder: Path) -> Make:
    def write(name: str, script: str = "exit 0", mode: int = 0o755) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(mode)
        return path

    return write


class Runner:
    def __init__(self, folder: Path, tools: Tools) -> None:
        self.config = AppConfig(id=1, hooks_path=str(folder))
        self.conditions = Conditions(EventHub())
        self.cancel = CancelToken()
        self.hooks = Hooks(tools, self.conditions, lambda: self.config, self.cancel)

    def run(self, **facts: str) -> list[str]:
        """Run all hooks; give the texts of the conditions."""
        given = hook_facts.environment("title_filed", "a sentence", some={"ENGRAM_JOB": 7, **facts})
        self.hooks.add(lambda: given)
        self.hooks.run_waiting()
        return [condition.text for condition in self.conditions.all()]


@pytest.fixture
def runner(folder: Path) -> Iterator[Runner]:
    tools = Tools()
    yield Runner(folder, tools)
    tools.stop_all()


def test_hooks_run_in_the_order_of_their_names(make: Make, runner: Runner, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for name in ("20-b", "10-a", "30-c"):
        make(name, f'echo "{name} $1 $PWD" >> {ran}')

    assert runner.run() == []
    assert ran.read_text().splitlines() == [f"{name} title_filed /" for name in ("10-a", "20-b", "30-c")]


def test_a_hook_gets_every_fact_and_nothing_else_of_ours(
    make: Make, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DAEMON", "yes")
    make("10-a", f"env -0 > {tmp_path / 'seen'}")
    odd = "/srv/media/tv/Ça \udce4 va/a b\n$(touch x).mkv"
    runner.run(ENGRAM_PATH=odd)

    pairs = (tmp_path / "seen").read_bytes().rstrip(b"\0").split(b"\0")
    seen = dict(os.fsdecode(pair).split("=", 1) for pair in pairs)
    assert set(hook_facts.NAMES) <= seen.keys()
    assert (seen["ENGRAM_EVENT"], seen["ENGRAM_JOB"], seen["ENGRAM_PATH"]) == ("title_filed", "7", odd)
    assert seen["ENGRAM_EPISODE"] == ""
    assert "SECRET_OF_THE_DAEMON" not in seen


def test_output_is_logged_with_the_job(make: Make, runner: Runner) -> None:
    make("10-a", "echo hello; echo oh dear >&2")
    with capture_logs() as logged:
        runner.run()

    told = {(entry["event"], entry["job"], entry["hook"], entry["log_level"]) for entry in logged}
    assert told == {("hello", "7", "10-a", "info"), ("oh dear", "7", "10-a", "warning")}


def test_of_endless_output_only_the_begin_is_logged(make: Make, runner: Runner) -> None:
    make("10-a", "seq 100000")
    with capture_logs() as logged:
        runner.run()

    assert [entry["event"] for entry in logged] == [str(number) for number in range(1, 201)]


def test_a_hook_that_fails_is_a_condition_until_it_works(make: Make, runner: Runner, tmp_path: Path) -> None:
    make("10-bad", "exit 3")
    make("20-good", f"touch {tmp_path / 'ran'}")

    assert runner.run() == ["the hook 10-bad failed with exit code 3"]
    assert (tmp_path / "ran").exists()
    make("10-bad", "exit 0")
    assert runner.run() == []
    make("10-bad", "kill -9 $$")
    assert runner.run() == ["the hook 10-bad was ended by signal 9"]
    (tmp_path / "hooks.d/10-bad").unlink()
    assert runner.run() == []


def test_a_hook_that_hangs_is_ended(make: Make, runner: Runner) -> None:
    runner.config.hooks_seconds = 1
    make("10-slow", "sleep 600 & wait")

    assert runner.run() == ["the hook 10-slow was ended, since it ran for more than 1 s (hooks_seconds)"]


def test_a_file_that_is_no_program_is_named(make: Make, runner: Runner, folder: Path) -> None:
    (folder / "10-odd").write_bytes(b"\x00\x01\x02")
    (folder / "10-odd").chmod(0o755)

    [text] = runner.run()
    assert text.startswith("the hook 10-odd ")


def test_one_that_others_may_write_is_refused(make: Make, runner: Runner, tmp_path: Path) -> None:
    make("10-open", f"touch {tmp_path / 'ran'}", 0o757)

    assert runner.run() == ["the hook 10-open is not run: it can be written by others; chmod o-w 10-open"]
    assert not (tmp_path / "ran").exists()


def test_in_a_folder_that_others_may_write_none_is_run(make: Make, folder: Path) -> None:
    make("10-a")
    folder.chmod(0o777)

    hooks, refused = find_hooks(folder)

    assert hooks == []
    assert "its folder can be written by others" in refused[folder / "10-a"]


@pytest.mark.root
def test_one_that_another_group_may_write_is_refused(make: Make, folder: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives files to another group")
    own, strange = make("10-own", mode=0o775), make("20-strange", mode=0o775)
    os.chown(strange, -1, 4711)

    hooks, refused = find_hooks(folder)
    assert hooks == [own]
    assert "another group" in refused[strange]
    os.chown(folder, -1, 4711)
    folder.chmod(0o775)
    assert find_hooks(folder)[0] == []


def test_one_of_another_user_is_refused(make: Make, folder: Path) -> None:
    os.chown(make("10-a"), 12345, 12345)

    hooks, refused = find_hooks(folder)

    assert hooks == []
    assert "belongs to another user" in refused[folder / "10-a"]


def test_what_is_no_hook_is_left_alone(make: Make, folder: Path) -> None:
    for name in (".hidden", "a~", "a.bak", "a.dpkg-old", "a.swp"):
        make(name)
    make("README", mode=0o644)
    (folder / "sub").mkdir()
    (folder / "20-dangling").symlink_to("/nonexistent")
    wanted = make("10-a.sh")

    assert find_hooks(folder) == ([wanted], {})
    assert find_hooks(folder / "nowhere") == ([], {})


def test_calls_that_pile_up_are_dropped_not_kept(runner: Runner) -> None:
    for _ in range(1100):
        runner.hooks.add(lambda: None)

    assert len(runner.hooks._waiting) == 1000


class Called:
    """Stands in for the hooks: keeps what they would be told."""

    def __init__(self) -> None:
        self.facts: list[Callable[[], object]] = []

    def add(self, facts: Callable[[], object]) -> None:
        self.facts.append(facts)

    def told(self) -> list[dict[str, str]]:
        told = [facts() for facts in self.facts]
        self.facts.clear()
        return [{k: v for k, v in one.items() if v} for one in told if isinstance(one, dict)]


@pytest.fixture
def called() -> Called:
    return Called()


@pytest.fixture
def calls(desk: Desk, called: Called) -> HookCalls:
    return HookCalls(desk.bench.store, desk.conditions, called)  # type: ignore[arg-type]


def test_the_way_of_a_disc_is_told(desk: Desk, calls: HookCalls, called: Called) -> None:
    for kind in HookCalls.KINDS:
        desk.bench.hub.subscribe(kind, calls.take)
    job = desk.job(year=2002, tmdb_id=1437, content_type="tv", volume_label="FIREFLY_D2")
    title = desk.bench.store.titles(job.id or 0)[0]
    for state in (TitleState.RIPPING, TitleState.MATCHED):
        desk.bench.lifecycle.move_title(title, state, "a test")
    desk.bench.lifecycle.move_job(job.id or 0, JobState.ORGANIZING, "all is read")
    desk.bench.lifecycle.move_title(title, TitleState.COMPLETED, "a test", matched_episode="S01E03")
    path = "/srv/media/tv/Firefly/Season 01/Firefly - S01E03.mkv"
    desk.bench.hub.publish(TitleFiled(job.id or 0, 0, path, "/srv/media/tv"))
    task = desk.ask(job, "Which episode is title 2?")
    desk.bench.hub.publish(ReviewOpened(task.id or 0, job.id or 0))
    desk.bench.lifecycle.move_job(job.id or 0, JobState.COMPLETED, "done", outcome="complete")

    told = called.told()

    assert [one["ENGRAM_EVENT"] for one in told] == [
        "job_added",
        "ripped",
        "title_filed",
        "question",
        "job_completed",
    ]
    assert {one["ENGRAM_TITLE"] for one in told} == {"Firefly"}
    filed = told[2]
    assert (filed["ENGRAM_EPISODE"], filed["ENGRAM_TITLE_NUMBER"]) == ("S01E03", "1")
    assert (filed["ENGRAM_SEASON"], filed["ENGRAM_DISC"], filed["ENGRAM_YEAR"]) == ("1", "2", "2002")
    assert (filed["ENGRAM_PATH"], filed["ENGRAM_LIBRARY"]) == (path, "/srv/media/tv")
    assert filed["ENGRAM_FOLDER"] == "/srv/media/tv/Firefly/Season 01"
    assert told[3]["ENGRAM_SENTENCE"] == "Which episode is title 2?"
    assert told[3]["ENGRAM_NEEDS_DISC"] == "no"
    assert told[4]["ENGRAM_OUTCOME"] == "complete"


def test_a_failure_is_an_event_of_its_own(desk: Desk, calls: HookCalls, called: Called) -> None:
    job = desk.job()
    calls.take(JobFinished(job.id or 0, False, "the disc is scratched"))

    [told] = called.told()
    assert (told["ENGRAM_EVENT"], told["ENGRAM_SENTENCE"]) == ("job_failed", "the disc is scratched")


def test_conditions_are_told_but_those_of_hooks(desk: Desk, calls: HookCalls, called: Called) -> None:
    desk.conditions.set(Condition("hook-10-a", "the hook 10-a failed", "mend it"))
    desk.conditions.set(Condition("makemkv-key", "the key has expired", "enter it", "error"))
    assert calls.take(ConditionsChanged())
    assert not calls.take(ConditionsChanged())
    desk.conditions.clear("makemkv-key")
    assert calls.take(ConditionsChanged())

    told = called.told()
    assert [(one["ENGRAM_EVENT"], one["ENGRAM_CONDITION"]) for one in told] == [
        ("condition_begins", "makemkv-key"),
        ("condition_ends", "makemkv-key"),
    ]
    assert told[0]["ENGRAM_REMEDY"] == "enter it"


def test_a_job_that_is_gone_runs_nothing(calls: HookCalls, called: Called) -> None:
    calls.take(JobAdded(999))

    assert called.told() == []


def test_the_readme_names_every_variable_and_event() -> None:
    text = (Path(__file__).parents[2] / "packaging/hooks.d/README").read_text("utf-8")

    words = set(text.split())
    assert not [name for name in (*hook_facts.NAMES, *hook_facts.EVENTS) if name not in words]
