"""What counts as movement of a run, and what is kept of what it says."""

from __future__ import annotations

from pathlib import Path

from engramd.rip.makemkv_run import KEPT_MESSAGES, RunWatch


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def message(code: int, *parameters: object) -> str:
    rest = "".join(f',"{parameter}"' for parameter in parameters)
    return f'MSG:{code},0,{len(parameters)},"text","format"{rest}'


def test_bytes_progress_and_steps_are_movement_and_nothing_else_is(tmp_path: Path) -> None:
    clock = Clock()
    watch = RunWatch(tmp_path, clock=clock)

    def idle_after(*lines: str) -> float:
        clock.now += 10
        for line in lines:
            watch.feed(line)
        watch.look()
        return watch.idle()

    assert idle_after("PRGV:1,1,65536") == 0
    assert idle_after("PRGV:1,1,65536") == 10
    assert idle_after("PRGV:0,0,65536", message(2003, "medium error", "x", 4096)) == 20
    assert idle_after("PRGV:1,2,65536") == 0
    assert idle_after('PRGC:5017,1,"Saving"') == 0
    assert idle_after('PRGC:5017,1,"Saving"') == 10
    assert idle_after("PRGV:1,1,65536") == 0, "a new step begins at nothing"
    (tmp_path / "title_t00.mkv").write_bytes(b"1")
    assert idle_after() == 0
    assert idle_after() == 10
    (tmp_path / "other.txt").write_bytes(b"1" * 100)
    assert idle_after() == 20


def test_a_storm_of_messages_is_counted_and_not_kept(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    watch.feed(message(5085))
    for number in range(50_000):
        watch.feed(message(2003, "medium error", "x", number * 2048 + 2048))
    watch.feed(message(5003, "x", "1"))
    log = watch.log
    assert log.counts[2003] == 50_000
    assert log.read_errors in (49_999, 50_000)
    assert len(log.messages()) <= KEPT_MESSAGES + 3
    assert {5085, 2003, 5003} <= set(log.first)
    assert log.tail(100).endswith("5003: text")


def test_lines_that_are_broken_are_counted_and_hurt_nobody(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    for line in ("MSG:broken", "PRGV:1,2", "no robot line", "", 'MSG:1,2,3,"'):
        watch.feed(line)
    assert watch.log.broken >= 2
    assert watch.look() == 0


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert RunWatch(tmp_path / "gone").look() == 0
