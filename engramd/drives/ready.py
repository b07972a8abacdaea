"""Waiting until a disc can be read, and giving it back."""

from __future__ import annotations

import time
from collections.abc import Callable

from engramd.drives.ioctls import DriveStatus, Tray
from engramd.errors import Busy, EngramError, NoMedium, NotAuthorized, NotFound, UnreadableDisc
from engramd.tools import CancelToken

#: Seconds. A drive may say "no disc" for a moment between udev's event and the spin-up.
SPIN_UP_LIMIT = 60.0
NO_DISC_LIMIT = 3.0
POLL = 0.5
EJECT_TRIES = 3
EJECT_PAUSE = 1.0


def wait_until_ready(
    tray: Tray,
    cancel: CancelToken,
    *,
    limit: float = SPIN_UP_LIMIT,
    no_disc_limit: float = NO_DISC_LIMIT,
    poll: float = POLL,
    clock: Callable[[], float] = time.monotonic,
) -> DriveStatus:
    """Wait while the drive loads its disc; give `DISC_OK`, or `NO_INFO` from a drive that never tells.

    Call it for a drive in which udev has seen a disc: `NO_INFO` is then good enough. `limit` is for spinning
    up, `no_disc_limit` for a drive that says it is open or empty, `poll` between questions; all in seconds.
    Raises NoMedium, UnreadableDisc, Cancelled, or an error of the tray.
    """
    start = clock()
    while True:
        cancel.raise_if_cancelled()
        status = tray.status()
        if status in (DriveStatus.DISC_OK, DriveStatus.NO_INFO):
            return status
        waited = clock() - start
        if status is DriveStatus.NOT_READY and waited >= limit:
            raise UnreadableDisc(
                "the drive cannot read the disc",
                where=tray.device,
                why=f"it was not ready after {waited:.0f} s",
                remedy="clean the disc, check that it lies the right way up, and insert it again",
            )
        if status is not DriveStatus.NOT_READY and waited >= no_disc_limit:
            raise NoMedium("there is no disc in the drive", where=tray.device, remedy="insert the disc")
        cancel.wait(poll)


def eject_disc(
    tray: Tray,
    *,
    tries: int = EJECT_TRIES,
    pause: float = EJECT_PAUSE,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Unlock and open the tray, with `pause` seconds between tries; false if the device has no tray.

    Keep no file of the device open: the kernel refuses to eject one that is. Raises Busy after the last try,
    NotFound and NotAuthorized at once.
    """
    refusal: EngramError = Busy("the drive is in use", where=tray.device)
    for attempt in range(tries):
        if attempt:
            sleep(pause)
        try:
            return _open_tray(tray)
        except (NotFound, NotAuthorized):
            raise
        except EngramError as error:
            refusal = error
    raise Busy(
        "the disc could not be ejected",
        where=tray.device,
        why=f"{refusal.what} in {tries} tries ({refusal.why})",
        remedy=f"close what uses it (fuser -v {tray.device} shows it), unmount it, and eject again",
    ) from refusal


def _open_tray(tray: Tray) -> bool:
    try:
        tray.unlock()
    except Busy:
        # Without privileges the kernel refuses to unlock what others have open; ejecting may still work.
        return tray.eject()
    return tray.eject()
