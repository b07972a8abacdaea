"""Every command of engramctl prints in a real terminal, in a pipe and as JSON what its transcript holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ctl import evening
from tests.ctl.test_in_scripts import RUNNABLE
from tests.support.little_world import Act, LittleWorld
from tests.support.terminals import COLUMNS, ROWS, plain
from tests.support.tmux import missing_for_tmux
from tests.support.transcripts import JSON, LIVE, MENDS, PIPE, TERMINAL, Run, compared, transcript
from tests.support.udevbed import missing_for_bed

MISSING = missing_for_tmux() or missing_for_bed()
pytestmark = [pytest.mark.skipif(bool(MISSING), reason=MISSING)]
TRANSCRIPTS = Path(__file__).parent / "transcripts"
COMMANDS = ["engramctl", *(words for words in RUNNABLE if words not in evening.ELSEWHERE)]
#: Where lines are broken, and how wide columns are, hangs on names, versions and the space that is free.
LOOSE = ("changes", "doctor", "engramctl", "events", "library list", "next", "status", "trash list", "undo")
#: Their output is for programs, and is not laid out for any screen.
FOR_PROGRAMS = ("completions", "metrics")
#: Seconds in which each test may have the evening played.
pytestmark.append(pytest.mark.timeout(600))


@pytest.fixture(scope="module")
def world() -> Iterator[LittleWorld]:
    """Give a house in which the evening was played."""
    with LittleWorld() as world:
        evening.furnish(world)
        play(world)
        yield world


def play(world: LittleWorld) -> None:
    """Play all scenes."""
    world.act(*evening.BEGINNING, side_by_side=3)
    at_once(world, evening.DISCS[:-1], evening.ALONE)
    world.ffmpeg.hold()
    world.ffmpeg.block()
    world.act(evening.DISCS[-1])
    world.act(*evening.STILL, side_by_side=3)
    world.ffmpeg.unblock()
    world.act(*evening.WATCHED, side_by_side=len(evening.WATCHED))
    world.act(*evening.STOPPED)
    at_once(world, evening.FAILED, evening.JOBS, evening.HOUSE)
    world.act(*evening.AFTERWARDS)


def at_once(world: LittleWorld, *scenes: list[Act]) -> None:
    """Play scenes at the same time."""
    with ThreadPoolExecutor(len(scenes)) as pool:
        for done in [pool.submit(world.act, *scene) for scene in scenes]:
            done.result()


@pytest.fixture(scope="module")
def book(world: LittleWorld) -> dict[str, list[Run]]:
    """Give all that was run, by command."""
    return world.runs(act for scene in evening.SCENES for act in scene)


@pytest.fixture(scope="module")
def runs(book: dict[str, list[Run]]) -> list[Run]:
    """Give all that was run."""
    return [run for of_command in book.values() for run in of_command]


def test_no_command_is_forgotten(book: dict[str, list[Run]]) -> None:
    assert set(COMMANDS) == set(book), "each has an act in evening.py, or a reason in evening.ELSEWHERE"
    for command, of_command in book.items():
        hows = {run.how for run in of_command}
        assert {TERMINAL, PIPE, JSON} <= hows, f"{command} is shown only as {hows}"


@pytest.mark.parametrize("command", COMMANDS)
def test_it_prints_what_its_transcript_holds(
    command: str, book: dict[str, list[Run]], world: LittleWorld
) -> None:
    told = transcript(book[command], world.normal)
    name = command.replace(" ", "_")

    differs = compared(told, TRANSCRIPTS / f"{name}.txt", loose=command in LOOSE)

    assert not differs, f"{MENDS}\n{differs}"


def test_no_transcript_is_of_a_command_that_there_is_not() -> None:
    assert {path.stem.replace("_", " ") for path in TRANSCRIPTS.iterdir()} == set(COMMANDS)


def test_each_ends_with_the_code_that_scripts_rely_on(runs: list[Run]) -> None:
    ended = {f"{run.line} ({run.how})": (run.code, run.err) for run in runs if run.code != run.wanted}

    assert ended == {}
    assert {run.code for run in runs} == {0, 1, 2, 3, 5, 130}, "4 needs another user, see test_polkit.py"


def test_no_line_is_wider_than_the_terminal(runs: list[Run]) -> None:
    """But for paths, which can be copied whole."""
    wide = [
        f"{run.line}: {plain(line)}"
        for run in runs
        if run.how in (TERMINAL, LIVE) and run.command not in FOR_PROGRAMS
        for line in run.lines
        if len(plain(line)) > COLUMNS and not plain(line).lstrip().startswith("/")
    ]

    assert wide == []


@pytest.mark.parametrize("line", ["", "status"])
def test_what_matters_fits_one_screen(line: str, runs: list[Run]) -> None:
    shown = [run.lines for run in runs if run.line == line and run.how == TERMINAL]

    assert max(map(len, shown)) > ROWS // 2
    assert all(len(lines) < ROWS for lines in shown)


def test_each_leaves_the_terminal_as_it_was(runs: list[Run]) -> None:
    assert [run.line for run in runs if not run.is_sane] == []


def test_a_pipe_has_no_escape_codes(runs: list[Run]) -> None:
    piped = [run for run in runs if run.how in (PIPE, JSON)]

    assert [run.line for run in piped if re.search(r"[\x00-\x08\x0b-\x1f]", run.out + run.err)] == []
    assert any("›" in told.read_text("utf-8") for told in TRANSCRIPTS.iterdir()), "a terminal has"


def test_json_is_an_object_a_line(runs: list[Run]) -> None:
    for run in runs:
        if run.how == JSON:
            for line in run.out.splitlines():
                assert isinstance(json.loads(line), dict), f"{run.line}: {line}"
            assert run.out == "" or run.out.endswith("\n"), run.line


def test_success_says_nothing_on_standard_error(runs: list[Run]) -> None:
    done = [run for run in runs if run.how in (PIPE, JSON) and run.code in (0, 5)]

    assert {run.line: run.err for run in done if run.err} == {}


def test_a_failure_says_why_on_standard_error_alone(runs: list[Run]) -> None:
    """But for commands whose output is what they found, or how a job goes."""
    tells = ("doctor", "rip", "retry", "review", "events", "watch")
    failed = [run for run in runs if run.how in (PIPE, JSON) and run.code not in (0, 5)]

    odd = [run.line for run in failed if run.command not in tells and (run.out or not run.err)]
    assert odd == []
    assert len(failed) > 5
