"""Who may do what: root and the daemon's own user always; others as polkit says, or by the group without it.

Nothing here blocks: the bus is asked asynchronously, and the user database on a worker thread.
"""

from __future__ import annotations

import grp
import logging
import os
import pwd
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.asking import Asker, Done, Question
from engramd.bus.boundary import Request
from engramd.bus.mainloop import MainLoop
from engramd.errors import Busy, EngramError, InvalidArgument, NotAuthorized

log = logging.getLogger(__name__)

GROUP = "engramd"
REVIEW = "org.engramd.engram1.review"
CONTROL = "org.engramd.engram1.control"
CONFIGURE = "org.engramd.engram1.configure"

#: What polkit is asked for each method that changes something.
ACTIONS: dict[tuple[str, str], str] = {
    (names.MANAGER, "Rip"): CONTROL,
    (names.MANAGER, "Import"): CONTROL,
    (names.MANAGER, "PlanImport"): CONTROL,
    (names.MANAGER, "Next"): CONTROL,
    (names.MANAGER, "ClearFinished"): CONTROL,
    (names.MANAGER, "Restart"): CONTROL,
    (names.MANAGER, "InitLibrary"): CONFIGURE,
    (names.MANAGER, "RestoreTrash"): CONTROL,
    (names.MANAGER, "EmptyTrash"): CONTROL,
    (names.SETTINGS, "Set"): CONFIGURE,
    (names.SETTINGS, "Reset"): CONFIGURE,
    (names.DRIVE, "Eject"): CONTROL,
    (names.DRIVE, "Rescan"): CONTROL,
    (names.DRIVE, "SetName"): CONFIGURE,
    (names.DRIVE, "SetPolicy"): CONFIGURE,
    (names.DRIVE, "Inhibit"): CONTROL,
    (names.DRIVE, "Uninhibit"): CONTROL,
    (names.MANAGER, "SetTrackRule"): CONFIGURE,
    (names.MANAGER, "SetShowOrder"): CONFIGURE,
    (names.MANAGER, "NotifyTest"): CONFIGURE,
    (names.JOB, "Cancel"): CONTROL,
    (names.JOB, "Eject"): CONTROL,
    (names.JOB, "Retry"): CONTROL,
    (names.MANAGER, "Rename"): REVIEW,
    (names.MANAGER, "Undo"): REVIEW,
    (names.JOB, "Shift"): REVIEW,
    (names.JOB, "Assign"): REVIEW,
    (names.JOB, "Identify"): REVIEW,
    (names.JOB, "Rematch"): REVIEW,
    (names.JOB, "Clear"): CONTROL,
    (names.TITLE, "Assign"): REVIEW,
    (names.TITLE, "MarkExtra"): REVIEW,
    (names.TITLE, "SetEdition"): REVIEW,
    (names.TITLE, "Skip"): REVIEW,
    (names.TITLE, "Split"): REVIEW,
    (names.TITLE, "Rip"): CONTROL,
    (names.TITLE, "ResolveConflict"): REVIEW,
    (names.REVIEW, "Answer"): REVIEW,
    (names.REVIEW, "Dismiss"): REVIEW,
    (names.REVIEW, "Undo"): REVIEW,
}
#: Methods that only read; they are open to everybody.
READS = frozenset(
    {
        (names.MANAGER, "History"),
        (names.MANAGER, "Events"),
        (names.JOB, "Events"),
        (names.MANAGER, "GetJob"),
        (names.MANAGER, "Check"),
        (names.MANAGER, "Season"),
        (names.MANAGER, "Report"),
        (names.MANAGER, "Statistics"),
        (names.MANAGER, "TrackRules"),
        (names.MANAGER, "Libraries"),
        (names.MANAGER, "Trash"),
        (names.MANAGER, "Changes"),
        (names.MANAGER, "ScanLibrary"),
        (names.SETTINGS, "Describe"),
        (names.REVIEW, "Details"),
    }
)

_DBUS = "org.freedesktop.DBus"
_POLKIT = "org.freedesktop.PolicyKit1"
_ALLOW_INTERACTION = 1
_SECONDS, _SECONDS_FOR_A_PASSWORD = 25, 300
_REMEMBERED_CALLERS = 256
#: Questions to polkit that may be open for one user: each may wait for a password for minutes.
_OPEN_QUESTIONS = 16
#: polkit is not there, rather than against it; or systemd cannot start it (its unit is masked, or gone);
#: or it ended while it was asked.
_ABSENT = (
    "ServiceUnknown",
    "NameHasNoOwner",
    "NoReply",
    "Spawn.",
    "Disconnected",
    "org.freedesktop.systemd1.",
)
_LOST = ("NoReply", "Disconnected")


@dataclass(frozen=True)
class Caller:
    """Who calls: the user, and the groups of the calling process (empty where the bus does not tell)."""

    sender: str
    uid: int
    groups: frozenset[int] = frozenset()

    @property
    def actor(self) -> str:
        """The caller as it stands in the history of a job."""
        return "root" if self.uid == 0 else f"uid {self.uid}"


Verdict = Callable[[Caller, EngramError | None], None]


class Authority:
    """Decides about calls; used on the main loop only."""

    def __init__(
        self,
        kind: names.BusKind,
        asker: Asker,
        in_background: Callable[[Callable[[], None]], None],
        loop: MainLoop,
        own_uid: int | None = None,
    ) -> None:
        """`in_background` runs a function on a worker thread."""
        self._kind = kind
        self._asker = asker
        self._in_background = in_background
        self._loop = loop
        self._own_uid = os.geteuid() if own_uid is None else own_uid
        self._callers: OrderedDict[str, Caller] = OrderedDict()
        self._asked_for: Counter[int] = Counter()

    def decide(self, request: Request, verdict: Verdict) -> None:
        """Call `verdict` on the main loop, with the error if the caller may not do that."""
        if request.sender in self._callers:
            self._decide(request, self._callers[request.sender], verdict)
        else:
            self._identify(request, verdict)

    def _identify(self, request: Request, verdict: Verdict) -> None:
        def identified(reply: Any, error: GLib.Error | None) -> None:
            if error is not None:
                stranger = Caller(request.sender, -1)
                verdict(stranger, NotAuthorized("the caller is gone, or unknown", why=error.message))
                return
            credentials = reply.unpack()[0]
            groups = frozenset(credentials.get("UnixGroupIDs", ()))
            caller = Caller(request.sender, credentials.get("UnixUserID", -1), groups)
            self._callers[request.sender] = caller
            if len(self._callers) > _REMEMBERED_CALLERS:
                self._callers.popitem(last=False)
            self._decide(request, caller, verdict)

        body = GLib.Variant("(s)", (request.sender,))
        question = Question(_DBUS, "/org/freedesktop/DBus", _DBUS, "GetConnectionCredentials", body, _SECONDS)
        self._asker.ask(question, identified)

    def _decide(self, request: Request, caller: Caller, verdict: Verdict) -> None:
        method = (request.interface, request.method)
        if method in READS or caller.uid in (0, self._own_uid):
            verdict(caller, None)
        elif self._kind == "session":
            verdict(caller, NotAuthorized("only the user who runs this daemon may do this"))
        else:
            self._ask_polkit(ACTIONS[method], request, caller, verdict)

    def _ask_polkit(self, action: str, request: Request, caller: Caller, verdict: Verdict) -> None:
        if self._asked_for[caller.uid] >= _OPEN_QUESTIONS:
            verdict(
                caller, Busy("too many of this user's calls wait for polkit", remedy="answer those first")
            )
            return
        self._asked_for[caller.uid] += 1

        def answered(reply: Any, error: GLib.Error | None) -> None:
            self._asked_for[caller.uid] -= 1
            if error is None:
                verdict(caller, _judged(action, *reply.unpack()[0]))
            elif _is_absent(error):
                self._ask_group(action, caller, verdict)
            else:
                verdict(caller, _refusal(action, f"polkit failed: {error.message}"))

        def answered_or_lost(reply: Any, error: GLib.Error | None) -> None:
            if error is not None and _was_lost(error):
                self._check(action, request, caller, answered)  # it ended meanwhile: the bus starts another
            else:
                answered(reply, error)

        self._check(action, request, caller, answered_or_lost)

    def _check(self, action: str, request: Request, caller: Caller, done: Done) -> None:
        subject = ("system-bus-name", {"name": GLib.Variant("s", request.sender)})
        flags = _ALLOW_INTERACTION if request.interactive else 0
        body = GLib.Variant("((sa{sv})sa{ss}us)", (subject, action, {}, flags, ""))
        seconds = _SECONDS_FOR_A_PASSWORD if request.interactive else _SECONDS
        path = "/org/freedesktop/PolicyKit1/Authority"
        question = Question(_POLKIT, path, f"{_POLKIT}.Authority", "CheckAuthorization", body, seconds)
        self._asker.ask(question, done, caller.uid)

    def _ask_group(self, action: str, caller: Caller, verdict: Verdict) -> None:
        def look() -> None:
            member = is_member(caller)
            why = f"polkit does not run, and this user is not in the group {GROUP}"
            error = None if member else _refusal(action, why)
            self._loop.run(lambda: verdict(caller, error))

        try:
            self._in_background(look)
        except EngramError as error:  # all workers are busy
            verdict(caller, error)


def is_member(caller: Caller) -> bool:
    """Whether the caller's process or user is in the group; may ask a directory service."""
    try:
        wanted = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return False
    if wanted in caller.groups:
        return True
    try:
        user = pwd.getpwuid(caller.uid)
    except (KeyError, OverflowError):
        return False
    return wanted in os.getgrouplist(user.pw_name, user.pw_gid)


def allowed_path(path: str, kind: names.BusKind, import_paths: str, devices: frozenset[str]) -> Path:
    """Check what is to be ripped; on the system bus give it with all links resolved.

    There it is one of `devices` (the nodes of the drives) or lies in one of `import_paths` (separated by
    colons); else InvalidArgument names the folders, whether the file exists or not.
    """
    given = Path(path)
    if not given.is_absolute() or "\0" in path:
        raise InvalidArgument("the path is not absolute", where=path, remedy="give it from / on")
    if kind == "session":
        return given
    try:
        resolved = given.resolve()
    except (OSError, RuntimeError) as error:
        raise InvalidArgument("the path cannot be followed", where=path, why=error) from None
    folders = [Path(folder).resolve() for folder in import_paths.split(":") if folder]
    if str(resolved) in devices or any(resolved.is_relative_to(folder) for folder in folders):
        return resolved
    places = " or ".join(map(str, folders)) or "no folder (import_paths is empty)"
    raise InvalidArgument(
        "this is no optical drive, and images are ripped from the import folder only",
        where=path,
        why=f"import_paths is {places}",
        remedy=f"put it into {places}, or add its folder to the setting import_paths",
    )


def _judged(action: str, allowed: bool, challenge: bool, details: Mapping[str, str]) -> NotAuthorized | None:
    """Say what polkit's answer means."""
    if allowed:
        return None
    if details.get("polkit.dismissed"):
        return _refusal(action, "the password was not entered")
    if challenge:
        return _refusal(action, "it needs a password, and nobody can be asked for it here")
    return _refusal(action, "polkit does not allow it")


def _refusal(action: str, why: str) -> NotAuthorized:
    return NotAuthorized(
        "you may not do this",
        where=action,
        why=why,
        remedy=f'members of the group {GROUP} may: sudo usermod -aG {GROUP} "$USER", then log in again',
    )


def _is_absent(error: GLib.Error) -> bool:
    return _name(error).startswith(_ABSENT)


def _was_lost(error: GLib.Error) -> bool:
    """Whether polkit was there, and left before it answered."""
    return _name(error).startswith(_LOST)


def _name(error: GLib.Error) -> str:
    return (Gio.DBusError.get_remote_error(error) or "").removeprefix("org.freedesktop.DBus.Error.")
