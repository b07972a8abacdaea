"""The bus, the daemon on it, and what polkit lets this user do; seen from outside."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engramd import __version__
from engramd.ctl.doctor_screen import Check, check
from engramd.ctl.doctor_unit import caller, in_group
from engramd.errors import EngramError

if TYPE_CHECKING:
    from engramd.bus.polkit import Polkit
    from engramd.ctl.session import Session

GROUP = "engramd"
_ACTIONS_FILE = "packaging/polkit/org.engramd.engram1.policy"
_JOIN = f"sudo usermod -aG {GROUP} {{}}"


def check_daemon(session: Session, overview: dict[str, Any]) -> Iterator[Check]:
    """Say which daemon answers, and whether it is the one that is installed."""
    version, begin = overview.get("Version", ""), f"engramd {overview.get('Version')} answers"
    text = f"{begin} on the {session.bus} bus"
    again = "sudo systemctl restart engramd" if session.bus == "system" else "start the daemon again"
    if version == __version__:
        yield check("daemon", "service", "ok", text, short=f"engramd {version}")
    else:
        text += f", and {__version__} is installed"
        yield check("daemon", "service", "warning", text, again)
    if strange := session.strangeness():
        yield check("interface", "service", "warning", strange, again)


def check_rights(session: Session) -> Iterator[Check]:
    """Say what this user may do, asking polkit without a password."""
    from engramd.bus.polkit import Polkit

    if session.bus == "session":
        text = "on a session bus the user who runs the daemon may do everything"
        yield check("rights", "rights", "ok", text, short="the daemon's own user may do everything")
        return
    try:
        polkit = Polkit(session.bus)
    except EngramError as error:
        yield check("bus", "rights", "error", error.what, error.remedy)
        return
    try:
        yield from _asked(polkit)
    except EngramError as error:
        remedy = "sudo systemctl restart polkit"
        yield check("polkit", "rights", "warning", str(error), remedy)
    finally:
        polkit.close()


def _asked(polkit: Polkit) -> Iterator[Check]:
    from engramd.bus.polkit import ACTIONS

    if not polkit.is_there():
        text = f"polkit does not run: only root and the group {GROUP} may change anything"
        yield check("polkit", "rights", "warning", text, "sudo apt install polkitd")
        yield _by_group()
        return
    if lacking := [word for word in ACTIONS if word not in polkit.registered()]:
        text = f"polkit does not know engramd's actions ({', '.join(lacking)}): nobody but root is let in"
        remedy = f"sudo install -m 644 {_ACTIONS_FILE} /usr/share/polkit-1/actions/"
        yield check("polkit", "rights", "warning", text, remedy)
        return
    yield check("polkit", "rights", "ok", "polkit runs, and knows engramd's actions", short="polkit")
    yield _verdicts({word: polkit.may(word) for word in ACTIONS})


def _verdicts(verdicts: dict[str, Any]) -> Check:
    may = [word for word, verdict in verdicts.items() if verdict.allowed]
    asked = [word for word, verdict in verdicts.items() if verdict.with_password]
    who = caller()
    if len(may) == len(verdicts):
        text = f"you ({who}) may {_listed(may)}"
        return check("rights", "rights", "ok", text, short=f"{who} may {_listed(may)}")
    said = f"you ({who}) may {_listed(['look', *may])}"
    if asked:
        said += f"; to {_listed(asked)} you are asked for a password"
    if _is_new_member():
        text = f"{said}; you are in the group {GROUP} from your next log-in on"
        return check("rights", "rights", "warning", text, "log out, and in again")
    return check(
        "rights", "rights", "info", f"{said}; members of the group {GROUP} may all", _JOIN.format(who)
    )


def _by_group() -> Check:
    who = caller()
    if os.geteuid() == 0 or in_group(GROUP):
        return check("rights", "rights", "ok", f"you ({who}) may do everything", short=f"{who} may all")
    return check("rights", "rights", "info", f"you ({who}) may only look", _JOIN.format(who))


def _is_new_member() -> bool:
    """Whether this user was put into the group after logging in."""
    with suppress(KeyError):
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrnam(GROUP)
        return user.pw_name in group.gr_mem and group.gr_gid not in os.getgroups()
    return False


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
