"""The filing dies before each of its system calls, or others are at work there: nothing is ever lost."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engramd.models.enums import ConflictResolution
from engramd.organize import Conflict, Filed, Trash
from tests.organize.movebench import CONTENT, TARGET, Bench, bench_across, bench_in
from tests.support import syscalls

OLD = b"what was in the library before"
THEIRS = b"what somebody else put there"
NO_LINKS = {"link": errno.EPERM}
NEITHER = {"link": errno.EOPNOTSUPP, "renameat2": errno.EINVAL}


@dataclass(frozen=True)
class Case:
    """A way into the library: on one file system or two, and what the kernel refuses."""

    bench: Bench
    refused: dict[str, int] = field(default_factory=dict)

    def run(self, work: Callable[[], object] | None = None, **options: object) -> syscalls.Ended:
        return syscalls.run(work or self.bench.file, refused=self.refused, **options)  # type: ignore[arg-type]


CASES = {
    "link": (False, {}),
    "rename": (False, NO_LINKS),
    "placeholder": (False, NEITHER),
    "copy": (True, {}),
    "copy, named by a placeholder": (True, NEITHER),
}


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder on a file system in memory: what is tried hundreds of times need not wait for a disk."""
    syscalls.need_tracing()
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="engramd-test-") as folder:
        yield Path(folder)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, memory: Path) -> Iterator[Case]:
    across, refused = CASES[request.param]
    with bench_across(tmp_path) if across else nullcontext(bench_in(memory, memory)) as bench:
        yield Case(bench, refused)


def replacing(bench: Bench) -> Callable[[], object]:
    return lambda: bench.file(policy=ConflictResolution.REPLACE)


def test_killed_before_any_call_it_ends_as_it_would_have(case: Case) -> None:
    bench = case.bench
    undisturbed = _end(case, bench.file)
    assert undisturbed.library == {TARGET: CONTENT}
    for call in range(1, undisturbed.calls + 1):
        bench.reset()
        assert case.run(kill_at=call).code == -9
        assert CONTENT in _everywhere(bench), f"killed at call {call}: whole nowhere"
        assert _end(case, bench.file).same_as(undisturbed), f"killed at call {call}"


def test_killed_before_any_call_even_if_it_only_reads(memory: Path) -> None:
    case = Case(bench_in(memory, memory))
    undisturbed = _end(case, case.bench.file)
    calls = 0
    while True:
        calls += 1
        case.bench.reset()
        if case.run(kill_at=calls, reading=True).code == 0:
            break
        assert CONTENT in _everywhere(case.bench), f"killed at call {calls}: whole nowhere"
        assert _end(case, case.bench.file).same_as(undisturbed), f"killed at call {calls}"
    assert calls > undisturbed.calls


def test_killed_before_any_call_of_a_replacement_both_files_are_there(case: Case) -> None:
    bench = case.bench
    bench.existing(OLD)
    undisturbed = _end(case, replacing(bench))
    assert undisturbed.library == {TARGET: CONTENT}
    assert undisturbed.trash == [(TARGET, OLD)]
    for call in range(1, undisturbed.calls + 1):
        bench.reset()
        bench.existing(OLD)
        assert case.run(replacing(bench), kill_at=call).code == -9
        there = _everywhere(bench)
        assert CONTENT in there, f"killed at call {call}: the new file is whole nowhere"
        assert OLD in there, f"killed at call {call}: the old file is nowhere"
        if not bench.target.exists() or bench.target.read_bytes() != OLD:
            assert bench.trashed() == [(TARGET, OLD)], f"killed at call {call}"
            inside = [(bench.library / name).read_bytes() for name in bench.files()]
            assert CONTENT in inside, f"killed at call {call}: the old file went before the new one was there"
        assert _end(case, replacing(bench)).same_as(undisturbed), f"killed at call {call}"


def test_nothing_that_comes_in_between_is_overwritten(case: Case) -> None:
    """Before each call somebody else takes the name, if it is free; ours is then still in staging."""
    bench = case.bench
    calls = _end(case, bench.file).calls
    conflicts = 0
    for call in range(1, calls + 1):
        bench.reset()
        taken: list[bool] = []
        case.run(meanwhile=(call, lambda: taken.append(_take(bench.target))))  # noqa: B023
        if taken != [True]:
            continue
        conflicts += 1
        assert bench.target.read_bytes() == THEIRS, f"overwritten at call {call}"
        assert bench.source.read_bytes() == CONTENT, f"lost at call {call}"
        assert bench.journal.record() is None
        assert [n for n in bench.shown() if n != TARGET] == [], f"left over at call {call}"
    assert conflicts > 5, "nobody came in between"


@pytest.mark.parametrize("case", ["link", "placeholder"], indirect=True)
def test_what_comes_in_between_of_a_replacement_is_not_overwritten_either(case: Case) -> None:
    bench = case.bench
    bench.existing(OLD)
    calls = _end(case, replacing(bench)).calls
    conflicts = 0
    for call in range(1, calls + 1):
        bench.reset()
        bench.existing(OLD)
        taken: list[bool] = []
        case.run(replacing(bench), meanwhile=(call, lambda: taken.append(_take(bench.target))))  # noqa: B023
        if taken != [True]:
            continue
        conflicts += 1
        assert bench.target.read_bytes() == THEIRS, f"overwritten at call {call}"
        assert bench.source.read_bytes() == CONTENT, f"lost at call {call}"
        assert bench.trashed() == [(TARGET, OLD)]
        assert [n for n in bench.shown() if n != TARGET] == [], f"left over at call {call}"
    assert conflicts, "nobody came in between"


@pytest.mark.parametrize("case", ["link", "copy"], indirect=True)
def test_a_file_that_somebody_puts_over_ours_is_not_taken_for_ours(case: Case) -> None:
    """Once our file has its name somebody replaces it: the source goes only if ours is really there."""
    bench = case.bench
    calls = _end(case, bench.file).calls
    seen = 0
    for call in range(1, calls + 1):
        bench.reset()
        put: list[bool] = []
        case.run(meanwhile=(call, lambda: put.append(_put_over(bench.target))))  # noqa: B023
        if put != [True]:
            continue
        assert bench.target.read_bytes() == THEIRS
        if bench.journal.record() is None:
            seen += 1
            assert bench.source.read_bytes() == CONTENT, f"lost at call {call}"
    assert seen, "nobody came before it was recorded"


def test_a_source_that_changes_while_it_is_copied_is_not_filed(tmp_path: Path) -> None:
    syscalls.need_tracing()
    with bench_across(tmp_path) as bench:
        case = Case(bench)
        calls = _end(case, bench.file).calls
        for call in range(1, calls + 1):
            bench.reset()
            case.run(meanwhile=(call, lambda: _grow(bench.source)))
            if bench.source.exists():
                assert bench.source.read_bytes() == CONTENT + b"more"
            else:
                assert bench.target.read_bytes() in (CONTENT, CONTENT + b"more"), f"at call {call}"


@pytest.mark.parametrize("refused", [{}, NEITHER], ids=["rename", "placeholder"])
def test_killed_while_a_file_goes_to_the_trash_it_is_here_or_there(
    memory: Path, refused: dict[str, int]
) -> None:
    case = Case(bench_in(memory, memory), refused)
    bench, trash = case.bench, Trash(case.bench.library)

    def discard() -> None:
        if bench.target.exists():
            trash.put(bench.target, "a test")

    bench.existing(OLD)
    calls = case.run(discard).calls
    for call in range(1, calls + 1):
        bench.reset()
        bench.existing(OLD)
        assert case.run(discard, kill_at=call).code == -9
        assert bench.shown() == [TARGET] or bench.trashed() == [(TARGET, OLD)], f"killed at call {call}"
        assert case.run(discard).code == 0
        assert (bench.shown(), bench.trashed()) == ([], [(TARGET, OLD)]), f"killed at call {call}"


@pytest.mark.parametrize("refused", [{}, NEITHER], ids=["rename", "placeholder"])
def test_killed_while_a_file_is_restored_it_is_here_or_there(memory: Path, refused: dict[str, int]) -> None:
    case = Case(bench_in(memory, memory), refused)
    bench, trash = case.bench, Trash(case.bench.library)

    def restore() -> None:
        for entry in trash.entries():
            trash.restore(entry)

    def discarded() -> None:
        bench.reset()
        bench.existing(OLD)
        trash.put(bench.target, "a test")

    discarded()
    calls = case.run(restore).calls
    for call in range(1, calls + 1):
        discarded()
        assert case.run(restore, kill_at=call).code == -9
        both = [content for content in _everywhere(bench) if content == OLD]
        assert both == [OLD], f"killed at call {call}"


@dataclass(frozen=True)
class End:
    """What is where after a filing, and in how many calls it came there."""

    calls: int
    library: dict[str, bytes]
    trash: list[tuple[str, bytes]]
    journal: str
    source: bool

    def same_as(self, other: End) -> bool:
        mine, theirs = ((e.library, e.trash, e.journal, e.source) for e in (self, other))
        return mine == theirs


def _end(case: Case, work: Callable[[], object]) -> End:
    bench = case.bench
    ended = case.run(work)
    assert ended.code == 0, "the filing failed"
    library = {name: (bench.library / name).read_bytes() for name in bench.shown()}
    return End(ended.calls, library, bench.trashed(), bench.journal.path.read_text(), bench.source.exists())


def _everywhere(bench: Bench) -> list[bytes]:
    """Give the content of every file that there is, wherever, hidden ones too."""
    places = [bench.source, *(bench.library / name for name in bench.files())]
    return [place.read_bytes() for place in places if place.exists()]


def _take(path: Path) -> bool:
    try:
        with path.open("xb") as file:
            file.write(THEIRS)
    except (FileExistsError, FileNotFoundError):
        return False
    return True


def _put_over(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    other = path.with_name("theirs")
    other.write_bytes(THEIRS)
    other.replace(path)
    return True


def _grow(path: Path) -> None:
    if path.exists():
        with path.open("ab") as file:
            file.write(b"more")


def test_a_conflict_says_the_sizes(tmp_path: Path) -> None:
    bench = bench_in(tmp_path, tmp_path)
    bench.existing(OLD)
    assert bench.file() == Conflict(bench.target, len(CONTENT), len(OLD))
    assert isinstance(bench.file(policy=ConflictResolution.REPLACE), Filed)
