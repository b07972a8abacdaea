"""A child that hangs in the kernel: its call ends and says so, and it is reaped when it ends at last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engramd.bus.names import error_name
from engramd.errors import EngramError
from engramd.tools import CancelToken, ChildRecord, ChildStuck, Tools, child, supervision
from tests.tools.freezer import Freezer, freezer
from tests.tools.test_tools import until

HANGS = ["sh", "-c", "echo $$; exec sleep 60"]

pytestmark = pytest.mark.root


@pytest.fixture
def ice(monkeypatch: pytest.MonkeyPatch) -> Iterator[Freezer]:
    """Give the means to let a child hang, and shorten the limits."""
    monkeypatch.setattr(supervision, "KILL_AFTER", 0.3)
    monkeypatch.setattr(child, "LAST_WAIT", 0.2)
    with freezer() as found:
        if found is None:
            pytest.skip("this kernel has no freezer of cgroup v1, whose processes no signal ends")
        yield found


def hang(tools: Tools, ice: Freezer, cancel: CancelToken | None = None, **limits: float) -> ChildStuck:
    """Run a program that hangs after its first line, and give the error."""

    def freeze(line: str) -> None:
        ice.freeze(int(line))
        if cancel:
            cancel.cancel("enough")

    with pytest.raises(ChildStuck) as caught:
        tools.run(HANGS, on_line=freeze, cancel=cancel, timeout=limits.get("timeout"))
    return caught.value


def test_a_program_that_cannot_be_ended_is_named_with_what_it_waits_for(ice: Freezer) -> None:
    tools = Tools()

    stuck = hang(tools, ice, timeout=0.3)

    assert Path(f"/proc/{stuck.pid}").exists()
    assert stuck.process_state == "D"
    assert f"sh, process {stuck.pid}" in str(stuck)
    assert stuck.waits_in in str(stuck)
    assert stuck.remedy
    assert error_name(stuck).endswith(".Error.Busy")
    assert isinstance(stuck, EngramError)


def test_that_it_hangs_counts_more_than_that_it_was_cancelled(ice: Freezer) -> None:
    cancel = CancelToken()

    stuck = hang(Tools(), ice, cancel)

    assert cancel.cancelled
    assert not stuck.ended.is_set()


def test_it_is_reaped_when_it_ends_at_last_and_leaves_nothing(
    ice: Freezer, tmp_path: Path, descriptors: Callable[[], int]
) -> None:
    tools = Tools(record=ChildRecord(tmp_path / "children"))
    tools.run(["true"])
    before = descriptors()

    stuck = hang(tools, ice, timeout=0.2)

    assert tools.survivors() == [stuck.pid]
    assert [path.name for path in (tmp_path / "children").iterdir()] == [str(stuck.pid)]
    assert tools.run(["echo", "others go on"]).stdout == "others go on"
    ice.thaw()
    assert stuck.ended.wait(5)
    assert tools.survivors() == []
    until(lambda: not Path(f"/proc/{stuck.pid}").exists(), "the child was not reaped")
    assert descriptors() == before
    assert list((tmp_path / "children").iterdir()) == []


@pytest.fixture
def descriptors() -> Callable[[], int]:
    return lambda: len(list(Path("/proc/self/fd").iterdir()))
