"""Where device nodes are used, and that tests which need one another stay together."""

from __future__ import annotations

from pathlib import Path

from tests.support.spreading import DEVICE_NODES, EPISODES, WHOLE_PROGRAM, group_of

SYSTEM = Path(__file__).parents[1] / "system"


def test_tests_of_a_file_stay_together() -> None:
    assert group_of("tests/bus/test_service.py::TestIt::test_one[a::b]") == "tests/bus/test_service.py"
    assert group_of(f"{WHOLE_PROGRAM}{EPISODES}::test_one") == f"{WHOLE_PROGRAM}{EPISODES}"


def test_tests_of_the_whole_program_go_anywhere() -> None:
    one, other = (f"{WHOLE_PROGRAM}test_waits.py::test_{name}" for name in ("one", "other"))
    assert group_of(one) != group_of(other)


def test_only_one_process_wants_device_nodes() -> None:
    users = [path.name for path in sorted(SYSTEM.glob("test_*.py")) if "DeviceNode" in path.read_text()]
    assert tuple(users) == DEVICE_NODES
    assert len({group_of(f"{WHOLE_PROGRAM}{name}::test_one") for name in users}) == 1


def test_a_daemon_that_tests_share_keeps_them_together() -> None:
    shared = [
        path.name
        for path in sorted(SYSTEM.glob("test_*.py"))
        if '(scope="module")\ndef daemon(' in path.read_text()
    ]
    assert shared == [EPISODES]
