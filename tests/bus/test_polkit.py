"""Who may do what on the system bus: a real polkitd with the shipped rule, and the group without polkit."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from engramd.bus import names
from tests.support.busservice import ServiceProcess, as_user, run_on, running_service
from tests.support.privatebus import PACKAGING, POLKITD, SERVICE_UID, PrivateBus
from tests.support.sessions import (
    PASSWORD,
    LoginSession,
    missing_for_agent,
    missing_for_sessions,
    with_administrator,
)
from tests.support.tmux import Tmux, missing_for_tmux


def can_unshare() -> bool:
    """Whether this is root with the right to mount namespaces."""
    return os.getuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not can_unshare(), reason="needs root that may make mount namespaces"),
]
CALL = ("busctl", "--system", "call", names.BUS_NAME, names.ROOT)
#: A method for each action, and one that everybody may call.
ASKING = {
    "review": (names.MANAGER, "Undo", "a{sv}", "0"),
    "control": (names.MANAGER, "ClearFinished"),
    "configure": (names.SETTINGS, "Reset", "as", "1", "trash_days"),
    "read": (names.SETTINGS, "Describe"),
}
AT_THE_MACHINE = LoginSession(pwd.getpwnam("games").pw_uid, seat="seat0")
BEHIND_ANOTHER = LoginSession(pwd.getpwnam("news").pw_uid, seat="seat0", active=False)
OVER_SSH = LoginSession(pwd.getpwnam("mail").pw_uid)
SESSIONS = (AT_THE_MACHINE, BEHIND_ANOTHER, OVER_SSH)
CLEAR = ("busctl", "--system", "call", names.BUS_NAME, names.ROOT, names.MANAGER, "ClearFinished")
NEXT = ("busctl", "--system", "call", names.BUS_NAME, names.ROOT, names.MANAGER, "Next", "a{sv}")
READ = ("busctl", "--system", "get-property", names.BUS_NAME, names.ROOT, names.MANAGER, "Summary")


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[PrivateBus, ServiceProcess]]:
    """A service that is not root on a bus with polkit, where the user `daemon` is in the group."""
    if not POLKITD.exists():
        pytest.skip(f"{POLKITD} is not installed")
    with PrivateBus(polkit=True, members=("daemon",), sessions=SESSIONS) as bus:
        folder = bus.folder / "state"
        folder.mkdir()
        os.chown(folder, SERVICE_UID, SERVICE_UID)
        with running_service(folder, bus, as_user(SERVICE_UID)) as service:
            yield bus, service


def begin(who: str, stack: ExitStack) -> tuple[str, ...]:
    """Give the beginning of a command line that runs as somebody; a session is over with the stack."""
    if who in ("root", "service"):
        return as_user(SERVICE_UID) if who == "service" else ()
    sessions = {"at the machine": AT_THE_MACHINE, "behind another": BEHIND_ANOTHER, "over ssh": OVER_SSH}
    if who not in sessions:
        return as_user(pwd.getpwnam("daemon" if who == "member" else "nobody").pw_uid)
    if missing := missing_for_sessions():
        pytest.skip(missing)
    session = sessions[who]
    return (*stack.enter_context(session.entered()), *as_user(session.uid))


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("root", "review control configure"),
        ("service", "review control configure"),
        ("member", "review control configure"),
        ("other", ""),
        ("at the machine", "review control"),
        ("behind another", ""),
        ("over ssh", ""),
    ],
)
def test_who_may_do_what(guarded: tuple[PrivateBus, ServiceProcess], who: str, allowed: str) -> None:
    bus, _ = guarded
    with ExitStack() as stack:
        start = begin(who, stack)
        said = {action: run_on(bus, *start, *CALL, *call).stderr for action, call in ASKING.items()}

    refused = {action for action, text in said.items() if "you may not do this" in text}
    assert refused == {"review", "control", "configure"} - set(allowed.split()), said
    for action in refused:
        assert f"org.engramd.engram1.{action}" in said[action]
        assert "it needs a password, and nobody can be asked for it here" in said[action]


@pytest.mark.parametrize("who", ["other", "over ssh"])
def test_engramctl_names_the_group_and_the_command_to_join_it(
    guarded: tuple[PrivateBus, ServiceProcess], who: str
) -> None:
    bus, _ = guarded
    with ExitStack() as stack:
        start = begin(who, stack)
        done = run_on(bus, *start, sys.executable, "-m", "engramd.ctl", "clear", "--finished")

    assert (done.returncode, done.stdout) == (4, ""), done
    assert done.stderr == (
        "engramctl: you may not do this (org.engramd.engram1.control): it needs a password, and nobody can be"
        ' asked for it here; members of the group engramd may: sudo usermod -aG engramd "$USER", then log in'
        " again\n"
    )


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, 0), ("wrong", 4), ("", 130)])
def test_where_somebody_can_be_asked_polkits_agent_asks(
    guarded: tuple[PrivateBus, ServiceProcess], tmp_path: Path, password: str, code: int
) -> None:
    bus, service = guarded
    if missing := missing_for_tmux() or missing_for_agent():
        pytest.skip(missing)
    before = service.do("asked")
    start = as_user(pwd.getpwnam("lp").pw_uid)
    command = shlex.join(with_administrator(bus.folder, *start, sys.executable, "-m", "engramd.ctl"))
    environment = {**os.environ, **bus.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    with Tmux(tmp_path, environment, columns=240) as terminal:
        terminal.run(f"{command} clear --finished; echo code=$?.; stty -a | grep -o ' echo '")
        asked = terminal.wait_for("Password:")
        if password:
            terminal.run(password)
        else:
            terminal.press("C-c")
        screen = terminal.wait_for(lambda shown: bool(re.search("code=[0-9].*\n echo", shown)))
    assert "Authentication is required to rip, import or eject a disc" in asked
    assert f"code={code}." in screen
    assert "Traceback" not in screen
    assert not password or password not in screen
    assert ("members of the group engramd may" in " ".join(screen.split())) == (code == 4)
    assert (service.do("asked") != before) == (code == 0)


def test_who_joins_the_group_may_at_once_and_who_leaves_may_not(
    guarded: tuple[PrivateBus, ServiceProcess],
) -> None:
    bus, _ = guarded
    try:
        assert "members of the group" in run_on(bus, *CLEAR, user="man").stderr
        bus.set_members("daemon", "man")
        assert run_on(bus, *CLEAR, user="man").returncode == 0
    finally:
        bus.set_members("daemon")
    assert "members of the group" in run_on(bus, *CLEAR, user="man").stderr


def test_polkit_may_end_and_start_while_it_is_asked(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    bus.freeze_polkit(True)
    with ThreadPoolExecutor() as pool:
        member = pool.submit(run_on, bus, *CLEAR, user="daemon")
        other = pool.submit(run_on, bus, *CLEAR, user="nobody")
        try:
            time.sleep(0.3)
            assert not member.done()
            assert not other.done()
        finally:
            bus.kill_polkit()
        # The bus starts another one, which decides.
        assert member.result().returncode == 0, member.result()
        assert "it needs a password" in other.result().stderr
    assert run_on(bus, *CLEAR, user="daemon").returncode == 0
    bus.start_polkit()
    assert run_on(bus, *CLEAR, user="daemon").returncode == 0


def test_the_group_may(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, service = guarded
    done = run_on(bus, *CLEAR, user="daemon")
    assert done.returncode == 0, done.stderr
    assert ["clear_finished", "uid 1"] in service.do("asked")


@pytest.mark.parametrize("asking", ["yes", "no"])
def test_others_may_not_and_learn_of_the_group(
    guarded: tuple[PrivateBus, ServiceProcess], asking: str
) -> None:
    bus, service = guarded
    refused = run_on(bus, *CLEAR, f"--allow-interactive-authorization={asking}", user="nobody")
    assert refused.returncode != 0
    assert "members of the group engramd may" in refused.stderr
    assert "org.engramd.engram1.control" in refused.stderr
    assert ["clear_finished", "uid 65534"] not in service.do("asked")


def test_the_group_and_nobody_else_may_say_what_the_next_discs_are(
    guarded: tuple[PrivateBus, ServiceProcess],
) -> None:
    bus, service = guarded
    said = ("1", "title", "s", "Harbor Station")
    refused = run_on(bus, *NEXT, *said, user="nobody")
    assert "org.engramd.engram1.control" in refused.stderr
    assert not [asked for asked in service.do("asked") if asked[0] == "next_discs"]
    done = run_on(bus, *NEXT, *said, user="daemon")
    assert done.stdout.startswith("t "), done.stderr
    assert ["next_discs", {"title": "Harbor Station"}, "uid 1"] in service.do("asked")


def test_nothing_waits_for_polkit_but_the_call(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    bus.freeze_polkit(True)
    try:
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(run_on, bus, *CLEAR, user="daemon")
            time.sleep(0.3)
            assert run_on(bus, *READ, user="nobody").returncode == 0
            assert run_on(bus, *CLEAR).returncode == 0, "root needs no polkit"
            assert not waiting.done()
            bus.freeze_polkit(False)
            assert waiting.result().returncode == 0
    finally:
        bus.freeze_polkit(False)


def test_others_may_read(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    assert run_on(bus, *READ, user="nobody").returncode == 0
    tree = run_on(bus, "busctl", "--system", "tree", "--list", names.BUS_NAME, user="nobody")
    assert names.drive_path("SN_2d42") in tree.stdout, tree.stderr


def test_root_may(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    assert run_on(bus, *CLEAR).returncode == 0


def test_others_may_not_own_the_name(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    request = ("gdbus", "call", "--system", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus")
    call = ("-m", "org.freedesktop.DBus.RequestName", names.BUS_NAME, "4")
    refused = run_on(bus, *request, *call, user="daemon")
    assert "AccessDenied" in refused.stderr


def test_only_the_services_user_is_given_the_name() -> None:
    policy = ET.parse(PACKAGING / "dbus/org.engramd.Engram1.conf")
    owners = [rules.attrib for rules in policy.iter("policy") for rule in rules if rule.get("own")]
    assert owners == [{"user": "engramd"}]


def test_the_actions_are_as_polkits_grammar_wants_and_speak_to_people() -> None:
    file = PACKAGING / "polkit/org.engramd.engram1.policy"
    grammar = "/usr/share/polkit-1/policyconfig-1.dtd"
    if not Path(grammar).exists() or shutil.which("xmllint") is None:
        pytest.skip("polkit's DTD or xmllint is not installed")
    checked = subprocess.run(
        ["xmllint", "--noout", "--nonet", "--dtdvalid", grammar, file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    for action in ET.parse(file).iter("action"):
        assert len(action.findtext("description", "")) > 20
        assert action.findtext("message", "").startswith("Authentication is required to ")
        assert action.find("annotate[@key='org.freedesktop.policykit.owner']") is not None


def test_the_commented_policy_leaves_reading_to_the_group() -> None:
    shipped = (PACKAGING / "dbus/org.engramd.Engram1.conf").read_text()
    open_part = re.compile(r"<!-- All local users.*?</policy>", re.DOTALL)
    strict, replaced = open_part.subn("", shipped)
    strict, opened = re.subn(r"<!--\s*To let only.*?listens\.(.*?)-->", r"\1", strict, flags=re.DOTALL)
    assert (replaced, opened) == (1, 1)
    with PrivateBus(polkit=True, policy=strict) as bus:
        folder = bus.folder / "state"
        folder.mkdir()
        with running_service(folder, bus):
            assert run_on(bus, *READ).returncode == 0
            assert run_on(bus, *READ, user="nobody", group=SERVICE_UID).returncode == 0
            refused = run_on(bus, *READ, user="nobody")
            assert "Access denied" in refused.stderr or "AccessDenied" in refused.stderr, refused


#: Gives the service groups of its own, in a mount namespace that nobody else sees.
_WITH_GROUPS = 'mount --bind "$1" /etc/group; shift; exec "$@"'


def test_without_polkit_the_group_decides(tmp_path: Path) -> None:
    groups = tmp_path / "group"
    groups.write_text(Path("/etc/group").read_text() + f"engramd:x:{SERVICE_UID}:daemon\n")
    wrapper = ("unshare", "--mount", "sh", "-c", _WITH_GROUPS, "sh", str(groups))
    with PrivateBus() as bus, running_service(tmp_path, bus, wrapper) as service:
        assert run_on(bus, *CLEAR, user="daemon").returncode == 0
        assert run_on(bus, *CLEAR, user="nobody", group=SERVICE_UID).returncode == 0
        refused = run_on(bus, *CLEAR, user="nobody")
        assert "polkit does not run, and this user is not in the group engramd" in refused.stderr
        asked = service.do("asked")
    assert asked == [["clear_finished", "uid 1"], ["clear_finished", "uid 65534"]]
