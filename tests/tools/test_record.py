"""What a killed daemon left behind is ended by the next start, and nothing else is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engramd.tools import ChildRecord, Tools
from engramd.tools.processes import boot_id, look_at
from engramd.tools.record import MARK
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.tools.freezer import freezer
from tests.tools.test_tools import ROOT, is_alive, until

#: Runs a program with a record, as the daemon does.
DAEMON = """
import sys
from pathlib import Path
from engramd.tools import ChildRecord, Tools
Tools(record=ChildRecord(Path(sys.argv[1]))).run(['sh', '-c', sys.argv[2]])
"""
STUBBORN = "trap '' TERM; echo $$ >> {pids}; while :; do echo data >> {file}; sleep 0.02; done"


class Killed:
    """A parent that was killed while its program wrote a file."""

    def __init__(self, folder: Path, script: str) -> None:
        self.children = folder / "children"
        self.file, pids = folder / "title.mkv", folder / "pids"
        script = script.format(pids=pids, file=self.file)
        parent = subprocess.Popen([sys.executable, "-c", DAEMON, self.children, script], cwd=ROOT)
        recorded = self.children
        until(lambda: self.file.exists() and any(recorded.glob("[0-9]*")), "the program does not run", 20)
        parent.kill()
        parent.wait()
        self.pids = [int(pid) for pid in pids.read_text().split()]

    def writes(self) -> bool:
        before = self.file.stat().st_size
        time.sleep(0.2)
        return self.file.stat().st_size > before


@pytest.fixture
def cleanup() -> Iterator[list[int]]:
    """End what a failed test would leave."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "script",
    [STUBBORN, f"sh -c '{STUBBORN.replace(chr(39), chr(34))}' & wait"],
    ids=["ignores the request", "left by one that did not"],
)
def test_a_program_that_outlived_its_daemon_writes_no_more_after_the_next_start(
    tmp_path: Path, cleanup: list[int], script: str
) -> None:
    killed = Killed(tmp_path, script)
    cleanup += killed.pids
    assert killed.writes(), "there is nothing to end: the death signal did it"

    left = ChildRecord(killed.children).end_survivors()

    assert left == []
    assert not any(map(is_alive, killed.pids))
    assert not killed.writes()
    assert list(killed.children.iterdir()) == []


def test_a_daemon_that_starts_ends_what_was_left_before_it_works(tmp_path: Path, cleanup: list[int]) -> None:
    (tmp_path / "state").mkdir()
    killed = Killed(tmp_path / "state", STUBBORN)
    cleanup += killed.pids

    with PrivateBus(system=False) as bus, DaemonUnderTest(tmp_path, bus) as daemon:
        log = daemon.log()
        assert not any(map(is_alive, killed.pids)), log

    assert log.index("outlived the daemon") < log.index("ready ")


def test_nobody_elses_process_is_ended(tmp_path: Path) -> None:
    """Its number may be that of a child of long ago, of this boot or of an earlier one."""
    record = ChildRecord(tmp_path)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        process = look_at(other.pid)
        assert process is not None
        for boot, began in ((boot_id(), process.began - 1), ("earlier", process.began)):
            entry = {"boot": boot, "began": began, "command": "ffmpeg"}
            (tmp_path / str(other.pid)).write_text(json.dumps(entry))
            assert record.end_survivors() == []
            assert list(tmp_path.iterdir()) == []
        assert other.poll() is None
        other.kill()


def without_leader(record: ChildRecord, environment: Mapping[str, str]) -> tuple[int, int]:
    """Start a session and write down its leader, which ends; give its number and that of who is left."""
    script = "sleep 60 >&- 2>&- & echo $!; read wait"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["sh", "-c", script], start_new_session=True, stdin=pipe, stdout=pipe, env=environment
    ) as leader:
        assert leader.stdout
        left = int(leader.stdout.readline())
        record.add(leader.pid, ["ffmpeg"])
    assert is_alive(left), "it did not outlive its leader"
    return leader.pid, left


def test_what_is_left_of_a_childs_session_is_known_by_its_mark(tmp_path: Path, cleanup: list[int]) -> None:
    earlier = ChildRecord(tmp_path)
    _, left = without_leader(earlier, earlier.mark)
    cleanup.append(left)

    assert ChildRecord(tmp_path).end_survivors() == []

    assert not is_alive(left)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "of an old version"])
def test_a_session_of_others_with_the_number_of_a_child_that_ended_is_left_alone(
    tmp_path: Path, cleanup: list[int], marked: bool
) -> None:
    leader, left = without_leader(ChildRecord(tmp_path), ChildRecord(tmp_path).mark)
    cleanup.append(left)
    entry = json.loads((tmp_path / str(leader)).read_text())
    if not marked:
        del entry["token"]
    (tmp_path / str(leader)).write_text(json.dumps(entry))

    assert ChildRecord(tmp_path).end_survivors() == []

    assert is_alive(left)
    assert list(tmp_path.iterdir()) == []


def test_a_record_of_an_old_version_ends_a_child_that_still_leads_its_session(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        process = look_at(child.pid)
        assert process is not None
        entry = {"boot": boot_id(), "began": process.began, "command": "sleep 60"}
        (tmp_path / str(child.pid)).write_text(json.dumps(entry))

        assert ChildRecord(tmp_path).end_survivors() == []

        assert child.wait(5) == -signal.SIGKILL


@pytest.mark.parametrize("text", ["", "{", "[]", '{"boot": "x"}', '{"boot": 1, "began": "y", "command": ""}'])
def test_half_a_record_stops_no_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "12").write_text(text)
    (tmp_path / "no number").write_text(text)

    assert ChildRecord(tmp_path).end_survivors() == []
    assert list(tmp_path.iterdir()) == []


def test_there_is_nothing_to_end_before_anything_ran(tmp_path: Path) -> None:
    assert ChildRecord(tmp_path / "never made").end_survivors() == []


def test_a_child_is_recorded_while_it_runs_and_forgotten_after_it(tmp_path: Path) -> None:
    seen: list[str] = []
    tools = Tools(record=ChildRecord(tmp_path / "children"))

    tools.run(
        ["sh", "-c", "echo $$; sleep 0.1"],
        on_line=lambda pid: seen.append((tmp_path / "children" / pid).read_text()),
    )

    assert "sh -c 'echo $$; sleep 0.1'" in json.loads(seen[0])["command"]
    assert list((tmp_path / "children").iterdir()) == []


def test_a_child_has_the_mark_that_is_recorded_of_it(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def look(line: str) -> None:
        pid, mark = line.split()
        seen.append((mark, json.loads((tmp_path / pid).read_text())["token"]))

    Tools(record=ChildRecord(tmp_path)).run(["sh", "-c", f"echo $$ ${MARK}; sleep 0.1"], on_line=look)

    [(mark, token)] = seen
    assert mark == token


def test_a_folder_that_cannot_be_written_costs_no_child(tmp_path: Path) -> None:
    (tmp_path / "children").write_text("a file is in its place")

    assert Tools(record=ChildRecord(tmp_path / "children")).run(["echo", "done"]).stdout == "done"


@pytest.mark.root
def test_what_hangs_in_the_kernel_is_told_and_stays_recorded(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child, freezer() as ice:
        if ice is None:
            child.kill()
            pytest.skip("this kernel has no freezer of cgroup v1, whose processes no signal ends")
        record = ChildRecord(tmp_path)
        record.add(child.pid, ["ffmpeg", "-i", "a disc"])
        ice.freeze(child.pid)

        [left] = record.end_survivors(patience=0.2)

        assert (left.process.pid, left.process.state) == (child.pid, "D")
        assert left.command == "ffmpeg -i 'a disc'"
        assert [path.name for path in tmp_path.iterdir()] == [str(child.pid)]
        ice.thaw()
        assert child.wait(5) == -signal.SIGKILL
        assert record.end_survivors() == []
        assert list(tmp_path.iterdir()) == []
