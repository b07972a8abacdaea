"""Running other programs: what they see, what they say, and that none of them outlives its call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engramd.errors import Cancelled, InvalidArgument, ToolMissing
from engramd.tools import CancelToken, Tools, supervision

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the limits, so that the tests need not wait for seconds."""
    monkeypatch.setattr(supervision, "KILL_AFTER", 0.3)
    monkeypatch.setattr(supervision, "GRACE", 0.2)


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-c", code, *words]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Pids:
    """Collects the process numbers that a child prints as its first lines."""

    def __init__(self, count: int, then: Callable[[], object]) -> None:
        self.found: list[int] = []
        self._count, self._then = count, then

    def __call__(self, line: str) -> None:
        self.found.append(int(line))
        if len(self.found) == self._count:
            self._then()


# -- what a child sees, and what it says ---------------------------------------------------------------


def test_how_a_program_ended(tools: Tools) -> None:
    outcome = tools.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (3, "out", "err")
    assert outcome.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")
    assert not outcome.timed_out
    assert tools.run(["sh", "-c", "kill -9 $$"]).returncode == -9


def test_a_child_sees_only_what_is_on_the_list(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/home/x",
        "TMPDIR": "/var/tmp",
        "LD_PRELOAD": "",
        "LANG": "de_DE",
        "TMDB_API_KEY": "secret",
        "NOTIFY_SOCKET": "/run/x",
    }
    seen = Tools(environment).run(["env"], env={"DVDCSS_CACHE": "off"}).stdout.splitlines()
    names = {line.partition("=")[0] for line in seen}
    assert names == {"PATH", "HOME", "TMPDIR", "LC_ALL", "DVDCSS_CACHE"}
    assert "LC_ALL=C.UTF-8" in seen


def test_a_child_leads_a_group_of_its_own_and_has_no_file_of_ours(tools: Tools, tmp_path: Path) -> None:
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        code = (
            "import os; print(os.getpid() == os.getpgid(0) == os.getsid(0));"
            "print(len(os.listdir('/proc/self/fd')))"
        )
        said = tools.run(python(code), cwd=tmp_path).stdout.splitlines()
    assert said[0] == "True"
    assert said[1] == "4"  # the three standard ones, and the listing itself


def test_a_child_gets_a_folder_and_words_as_they_are(tools: Tools, tmp_path: Path) -> None:
    outcome = tools.run(
        python("import os,sys; print(os.getcwd()); print(sys.argv[1])", "$(id) *"), cwd=tmp_path
    )
    assert outcome.stdout.splitlines() == [str(tmp_path), "$(id) *"]


@pytest.mark.parametrize("size", [0, 3, 10_000_000])
def test_standard_input_is_written_and_closed(tools: Tools, size: int) -> None:
    assert tools.run(["wc", "-c"], stdin="x" * size).stdout.strip() == str(size)


def test_a_child_that_reads_none_of_its_input_is_no_error(tools: Tools) -> None:
    assert tools.run(["true"], stdin="x" * 10_000_000).returncode == 0


def test_a_filter_may_answer_while_it_is_fed(tools: Tools) -> None:
    """More goes in and out than pipes hold, so neither side may wait for the other."""
    text = "0123456789abcde\n" * 200_000
    assert tools.run(["cat"], stdin=text, keep_output=True).stdout == text.removesuffix("\n")


def test_standard_input_is_empty_without_words(tools: Tools) -> None:
    assert tools.run(["cat"]).stdout == ""


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"10%\r20%\r\n30%\n", ["10%", "20%", "30%"]),
        (b"a\n\n\nb\n", ["a", "", "", "b"]),
        (b"nul\0inside\n", ["nul\0inside"]),
        (b"caf\xc3\xa9 \xff\xfe\n", ["café \ufffd\ufffd"]),
        (b"one\xe2\x80\xa8line\x0b\x0c\x85\n", ["one\u2028line\x0b\x0c\ufffd"]),
        (b"", []),
    ],
)
def test_output_comes_in_lines(tools: Tools, printed: bytes, lines: list[str]) -> None:
    told: list[str] = []
    code = f"import sys; sys.stdout.buffer.write({printed!r})"
    outcome = tools.run(python(code), on_line=told.append)
    assert told == lines
    assert outcome.stdout == "\n".join(lines)
    assert tools.run(python(code), keep_output=True).stdout == "\n".join(lines)


def test_a_line_end_that_comes_in_two_halves_is_one(tools: Tools) -> None:
    told: list[str] = []
    code = r"""
import sys, time
for half in (b'a\r', b'\nb', b'\r', b'\n', b'\nc'):
    sys.stdout.buffer.write(half); sys.stdout.flush(); time.sleep(0.05)
"""
    tools.run(python(code), on_line=told.append)
    assert told == ["a", "b", "", "c"]


def test_progress_is_told_while_the_program_runs(tools: Tools) -> None:
    told: list[float] = []
    code = "import sys,time; sys.stdout.write('50%\\r'); sys.stdout.flush(); time.sleep(0.4)"
    tools.run(python(code), on_line=lambda _line: told.append(time.monotonic()))
    assert time.monotonic() - told[0] > 0.3


@pytest.mark.parametrize("unit", ["y", "x" * 79 + "\n"], ids=["without line ends", "in lines"])
def test_a_hundred_megabytes_leave_memory_flat(unit: str) -> None:
    """In a process of its own, so that nothing else counts; 100 MB kept would show at once."""
    printer = f"import sys; [sys.stdout.write({unit!r} * {10**6 // len(unit)}) for _ in range(100)]"
    code = f"""
import resource, sys
from engramd.tools import Tools
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
tools, heard, before = Tools(), [0], peak()
def hear(line): heard[0] += len(line) + {unit.count(chr(10))}
assert tools.run([sys.executable, '-c', {printer!r}], on_line=hear).returncode == 0
print(heard[0], peak() - before)
"""
    done = subprocess.run(python(code), capture_output=True, text=True, cwd=ROOT, check=True)
    heard, megabytes = map(int, done.stdout.split())
    assert heard == 100 * (10**6 // len(unit)) * len(unit)
    assert megabytes < 50


def test_the_last_lines_are_kept_or_all(tools: Tools) -> None:
    last = tools.run(["seq", "1000"]).stdout.splitlines()
    assert (len(last), last[0], last[-1]) == (400, "601", "1000")
    assert len(tools.run(["seq", "1000"], keep_output=True).stdout.splitlines()) == 1000
    assert tools.run(["sh", "-c", "seq 1000 >&2"]).stderr.splitlines()[0] == "601"


# -- programs that cannot be started -------------------------------------------------------------------


def test_a_missing_program_is_named_with_its_remedy(tools: Tools) -> None:
    with pytest.raises(ToolMissing, match="makemkvcon-nowhere") as caught:
        tools.run(["makemkvcon-nowhere"])
    assert caught.value.remedy == "install makemkvcon-nowhere"
    assert tools.find("makemkvcon-nowhere") is None
    assert tools.find("sh") is not None


def test_a_folder_that_is_gone_is_an_error(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="No such file"):
        tools.run(["true"], cwd=tmp_path / "gone")


@pytest.mark.parametrize("word", ["a\0b", "\ud800"])
def test_words_that_no_program_can_get_do_not_stop_the_launcher(tools: Tools, word: str) -> None:
    with pytest.raises(InvalidArgument):
        tools.run(["echo", word])
    assert tools.run(["echo", "still here"]).stdout == "still here"


# -- limits and cancel ---------------------------------------------------------------------------------


def test_silence_ends_a_program_and_output_does_not(tools: Tools) -> None:
    began = time.monotonic()
    silent = tools.run(["sleep", "60"], inactivity=0.2)
    assert silent.timed_out
    assert silent.returncode == -signal.SIGTERM
    assert time.monotonic() - began < 30
    busy = tools.run(["sh", "-c", "for i in 1 2 3 4 5; do sleep 0.1; echo $i; done"], inactivity=0.35)
    assert not busy.timed_out
    assert busy.stdout.split() == ["1", "2", "3", "4", "5"]


def test_a_slow_listener_is_not_the_programs_silence(tools: Tools) -> None:
    outcome = tools.run(
        ["sh", "-c", "echo 1; sleep 0.1; echo 2"], on_line=lambda _: time.sleep(0.25), inactivity=0.2
    )
    assert not outcome.timed_out
    assert outcome.stdout.split() == ["1", "2"]


def test_the_time_limit_also_ends_a_program_that_never_stops_talking(tools: Tools) -> None:
    began = time.monotonic()
    outcome = tools.run(["yes"], timeout=0.3)
    assert outcome.timed_out
    assert time.monotonic() - began < 30


def test_a_program_that_closed_its_output_is_still_limited(tools: Tools) -> None:
    code = "import os,time; os.close(1); os.close(2); time.sleep(60)"
    assert tools.run(python(code), timeout=0.3).timed_out
    assert tools.run(python(code), inactivity=0.3).timed_out
    early = tools.run(python("import os,time; os.close(1); os.close(2); time.sleep(0.2); os._exit(7)"))
    assert (early.returncode, early.timed_out) == (7, False)


def test_what_a_program_says_at_its_end_is_heard(tools: Tools) -> None:
    code = (
        "import signal,sys,time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('x' * 200000 + '\\nlast words'), sys.exit(9)))\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    outcome = tools.run(python(code), inactivity=0.5)
    assert outcome.timed_out
    assert (outcome.returncode, outcome.stdout.splitlines()[-1]) == (9, "last words")


def test_cancel_ends_the_whole_group(tools: Tools) -> None:
    cancel = CancelToken()
    pids = Pids(3, lambda: cancel.cancel("no more"))
    script = "echo $$; sh -c 'echo $$; sleep 60 & echo $!; wait' & wait"
    with pytest.raises(Cancelled, match="no more"):
        tools.run(["sh", "-c", script], on_line=pids, cancel=cancel)
    until(lambda: not any(map(is_alive, pids.found)), f"of {pids.found} something still runs")


@pytest.mark.usefixtures("impatient")
def test_what_ignores_the_request_is_forced(tools: Tools) -> None:
    cancel = CancelToken()
    pids = Pids(2, cancel.cancel)
    script = "trap '' TERM; echo $$; sh -c 'trap \"\" TERM; echo $$; sleep 60; sleep 60'; sleep 60"
    began = time.monotonic()
    with pytest.raises(Cancelled):
        tools.run(["sh", "-c", script], on_line=pids, cancel=cancel)
    assert 0.3 <= time.monotonic() - began < 30
    until(lambda: not any(map(is_alive, pids.found)), f"of {pids.found} something still runs")
    outcome = tools.run(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], timeout=0.2)
    assert (outcome.timed_out, outcome.returncode) == (True, -signal.SIGKILL)


@pytest.mark.usefixtures("impatient")
def test_a_grandchild_that_ignores_the_request_is_forced_after_its_parent_left(tools: Tools) -> None:
    cancel = CancelToken()
    pids = Pids(2, cancel.cancel)
    script = "echo $$; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.1; done' & wait"
    with pytest.raises(Cancelled):
        tools.run(["sh", "-c", script], on_line=pids, cancel=cancel)
    until(lambda: not any(map(is_alive, pids.found)), f"of {pids.found} something still runs")


def test_cancelled_before_means_never_started(tools: Tools, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel("too late")
    with pytest.raises(Cancelled, match="too late"):
        tools.run(["touch", str(tmp_path / "made")], cancel=cancel)
    assert not (tmp_path / "made").exists()


def test_a_cancel_at_any_moment_ends_the_call(tools: Tools) -> None:
    """Forty times, from before the start until after the end of a child: it ends, or it was done."""
    ended = []
    for turn in range(40):
        cancel = CancelToken()
        timer = threading.Timer(turn * 0.0005, cancel.cancel)
        timer.start()
        try:
            tools.run(["sleep", "0.01"], cancel=cancel)
            ended.append("done")
        except Cancelled:
            ended.append("cancelled")
        timer.join()
    assert "cancelled" in ended


def test_a_token_forgets_a_child_that_is_done(tools: Tools) -> None:
    cancel = CancelToken()
    tools.run(["true"], cancel=cancel)
    assert cancel._callbacks == []


def test_a_listener_that_fails_ends_the_program_and_is_heard(tools: Tools) -> None:
    found: list[int] = []

    def fail(line: str) -> None:
        found.append(int(line))
        raise ZeroDivisionError("in the listener")

    with pytest.raises(ZeroDivisionError, match="in the listener"):
        tools.run(["sh", "-c", "echo $$; echo 2; sleep 60"], on_line=fail)
    assert len(found) == 1
    assert not is_alive(found[0])


# -- what is left behind -------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
def test_a_grandchild_that_holds_the_pipe_does_not_hold_the_call(tools: Tools) -> None:
    pids = Pids(1, lambda: None)
    began = time.monotonic()
    outcome = tools.run(["sh", "-c", "sleep 60 & echo $!; exit 4"], on_line=pids)
    assert (outcome.returncode, outcome.timed_out) == (4, False)
    assert time.monotonic() - began < 30
    until(lambda: not is_alive(pids.found[0]), "the grandchild still runs")


def test_a_grandchild_without_pipes_ends_with_its_group(tools: Tools) -> None:
    pids = Pids(1, lambda: None)
    tools.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], on_line=pids)
    until(lambda: not is_alive(pids.found[0]), "the grandchild still runs")


@pytest.mark.usefixtures("impatient")
def test_a_talking_runaway_does_not_hold_the_call(tools: Tools) -> None:
    """One that left the group cannot be ended with it; the call ends, and the runaway's pipe breaks."""
    pids = Pids(1, lambda: None)
    script = "setsid sh -c 'echo $$; while echo 0; do sleep 0.02; done' & sleep 0.2"
    began = time.monotonic()
    try:
        tools.run(["sh", "-c", script], on_line=lambda line: pids(line) if not pids.found else None)
        assert time.monotonic() - began < 30
        until(lambda: not is_alive(pids.found[0]), "the runaway still has a reader")
    finally:
        for pid in pids.found:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


def test_stop_all_ends_what_runs_and_what_would_begin(tmp_path: Path) -> None:
    tools = Tools()
    outcomes: list[int] = []
    started = threading.Semaphore(0)

    def work() -> None:
        outcome = tools.run(["sh", "-c", "echo; sleep 60"], on_line=lambda _: started.release())
        outcomes.append(outcome.returncode)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert started.acquire(timeout=5)
    tools.stop_all()
    for thread in threads:
        thread.join(5)
    assert outcomes == [-signal.SIGKILL] * 3
    assert tools.run(["sleep", "60"], timeout=5).returncode == -signal.SIGKILL


def test_a_child_dies_with_the_daemon(tmp_path: Path) -> None:
    """The thread that asked ends long before; the death signal must not come then, but with the process."""
    code = """
import threading, time
from engramd.tools import Tools
tools = Tools()
def work():
    threading.Thread(target=tools.run, args=(['sleep', '60'],), daemon=True).start()
short_lived = threading.Thread(target=work)
short_lived.start(); short_lived.join()
while not tools._running: time.sleep(0.01)
print(next(iter(tools._running)).process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.2)
        assert is_alive(child)
        parent.kill()
    until(lambda: not is_alive(child), "the child lives on without its daemon")


def test_two_hundred_runs_leave_no_file_and_no_thread(tools: Tools) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    cancel = CancelToken()
    tools.run(["true"], stdin="x", cancel=cancel)
    files, threads = descriptors(), threading.active_count()
    workers = [
        threading.Thread(
            target=lambda: [
                tools.run(["true"], stdin="x" * 100_000, cancel=cancel, timeout=9) for _ in range(50)
            ]
        )
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert descriptors() <= files, "files of the runs are still open"
    assert threading.active_count() <= threads, "threads of the runs are still there"
    assert not tools._running
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert not any(not is_alive(int(pid)) for pid in children), "a child was not reaped"
