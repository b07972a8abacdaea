from __future__ import annotations

import pytest

from engramd.drives.ioctls import DriveStatus
from engramd.drives.ready import eject_disc, wait_until_ready
from engramd.errors import Busy, Cancelled, EngramError, NoMedium, NotFound, UnreadableDisc
from engramd.tools import CancelToken

S = DriveStatus


class ScriptedTray:
    """Stands in for a drive: gives its answers in order, the last one for ever."""

    device = "/dev/sr0"

    def __init__(self, *script: DriveStatus | EngramError) -> None:
        self.script = list(script)
        self.calls: list[str] = []

    def _next(self) -> DriveStatus:
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, EngramError):
            raise answer
        return answer

    def status(self) -> DriveStatus:
        self.calls.append("status")
        return self._next()

    def eject(self) -> bool:
        self.calls.append("eject")
        return self._next() is not S.NO_INFO

    def lock(self) -> None:
        self.calls.append("lock")

    def unlock(self) -> None:
        self.calls.append("unlock")

    def clear_auto_close(self) -> None:
        self.calls.append("clear")


class Sleeper(CancelToken):
    """A token whose waiting moves its own clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.cancelled


def wait(tray: ScriptedTray) -> tuple[DriveStatus, float]:
    sleeper = Sleeper()
    return wait_until_ready(tray, sleeper, clock=sleeper.clock), sleeper.now


def test_a_disc_that_is_ready_costs_no_time() -> None:
    assert wait(ScriptedTray(S.DISC_OK)) == (S.DISC_OK, 0.0)


def test_a_drive_that_never_tells_is_believed_to_hold_what_udev_saw() -> None:
    assert wait(ScriptedTray(S.NO_INFO)) == (S.NO_INFO, 0.0)


def test_a_spinning_disc_is_waited_for_even_if_the_drive_first_says_empty() -> None:
    status, seconds = wait(ScriptedTray(S.NO_DISC, S.NO_DISC, S.NOT_READY, S.NOT_READY, S.DISC_OK))
    assert (status, seconds) == (S.DISC_OK, 2.0)


def test_a_disc_that_never_gets_ready_is_unreadable_after_a_minute() -> None:
    tray = ScriptedTray(S.NOT_READY)
    with pytest.raises(UnreadableDisc, match="cannot read the disc") as caught:
        wait(tray)
    assert "60 s" in str(caught.value)
    assert caught.value.remedy
    assert len(tray.calls) == 121


@pytest.mark.parametrize("status", [S.NO_DISC, S.TRAY_OPEN])
def test_a_drive_that_stays_empty_has_no_medium(status: DriveStatus) -> None:
    with pytest.raises(NoMedium, match="no disc"):
        wait(ScriptedTray(status))


def test_a_cancel_ends_the_waiting() -> None:
    token = CancelToken()
    token.cancel("a person ejected the disc")
    with pytest.raises(Cancelled):
        wait_until_ready(ScriptedTray(S.NOT_READY), token)


def test_ejecting_unlocks_first_and_tries_again_while_the_drive_is_busy() -> None:
    tray = ScriptedTray(Busy("in use"), EngramError("not yet"), S.DISC_OK)
    pauses: list[float] = []
    assert eject_disc(tray, sleep=pauses.append)
    assert tray.calls == ["unlock", "eject"] * 3
    assert pauses == [1.0, 1.0]


def test_ejecting_gives_up_with_a_remedy() -> None:
    tray = ScriptedTray(Busy("in use"))
    with pytest.raises(Busy, match="could not be ejected") as caught:
        eject_disc(tray, sleep=lambda _seconds: None)
    assert "fuser -v /dev/sr0" in caught.value.remedy
    assert tray.calls.count("eject") == 3


def test_a_drive_that_is_gone_is_not_tried_again() -> None:
    tray = ScriptedTray(NotFound("gone"))
    with pytest.raises(NotFound):
        eject_disc(tray, sleep=lambda _seconds: None)
    assert tray.calls.count("eject") == 1


def test_a_device_without_a_tray_says_so() -> None:
    assert not eject_disc(ScriptedTray(S.NO_INFO))
