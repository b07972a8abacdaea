"""No sleep during a rip: a real logind, a real polkitd with the shipped rule, a service that is not root."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engramd.bus.sleep import keep_awake
from engramd.models import DiscJob, JobState, WaitingFor
from tests.bus.test_polkit import can_unshare
from tests.support.authoring import AuthoredDisc
from tests.support.busservice import ServiceProcess, as_user, run_on, running_service, wait_for
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import LOGIND, LOGIND_ACTIONS, PACKAGING, POLKITD, SERVICE_UID, PrivateBus

SCRIPT = Path(__file__).parent / "sleep_under_test.py"
LIST = ("busctl", "--system", "--json=short", "call", "org.freedesktop.login1", "/org/freedesktop/login1")
MANAGER = "org.freedesktop.login1.Manager"
RULES = "org.engramd.sleep.rules"


@pytest.mark.parametrize(
    ("state", "waiting_for", "kept"),
    [
        (JobState.IDENTIFYING, None, False),
        (JobState.RIPPING, None, True),
        (JobState.RIPPING, WaitingFor.DISC, False),
        (JobState.RIPPING, WaitingFor.SPACE, False),
        (JobState.MATCHING, None, False),
        (JobState.ORGANIZING, None, True),
        (JobState.ORGANIZING, WaitingFor.LIBRARY, False),
        (JobState.REVIEW_NEEDED, None, False),
        (JobState.COMPLETED, None, False),
    ],
)
def test_a_job_that_reads_a_disc_or_moves_files_needs_the_machine(
    state: JobState, waiting_for: WaitingFor | None, kept: bool
) -> None:
    job = DiscJob(id=4, drive_id="/dev/sr0", state=state, waiting_for=waiting_for)
    assert keep_awake([job]) == ([4] if kept else [])


def test_logind_is_asked_for_nothing_that_the_shipped_rule_does_not_allow() -> None:
    from engramd.bus.logind import RULES as NAMED
    from engramd.bus.logind import WHAT

    rule = (PACKAGING / "polkit" / NAMED).read_text()
    assert all(f"org.freedesktop.login1.inhibit-block-{what}" in rule for what in WHAT)
    assert "shutdown" not in WHAT


# -- without a logind ----------------------------------------------------------------------------------


def test_without_logind_a_condition_says_so(tmp_path: Path) -> None:
    with PrivateBus() as bus, running_service(tmp_path, bus, script=SCRIPT) as service:
        assert service.do("conditions") == {}, "it was asked for although nothing is ripped"
        service.do("job")
        severity, text, remedy = wait_for(lambda: service.do("conditions").get("sleep"), "the condition")
    assert severity == "warning"
    assert "may fall asleep" in text
    assert "there is no logind" in text
    assert "systemd-logind" in remedy


@pytest.mark.parametrize(("kind", "told"), [("session", False), ("system", True)])
def test_a_daemon_of_a_session_does_without_a_system_bus(tmp_path: Path, kind: str, told: bool) -> None:
    nowhere = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/nothing"}
    with (
        PrivateBus(system=False) as bus,
        running_service(tmp_path, bus, script=SCRIPT, kind=kind, environment=nowhere) as service,
    ):
        service.do("job")
        if told:
            wait_for(lambda: "no system bus" in str(service.do("conditions")), "the condition")
        wait_for(lambda: "no lock against sleep" in service.log(), "the attempt")
        service.do("turn")
        assert ("sleep" in service.do("conditions")) is told


# -- with a real one -----------------------------------------------------------------------------------

with_logind = [
    pytest.mark.root,
    pytest.mark.skipif(not can_unshare(), reason="needs root that may make mount namespaces"),
    pytest.mark.skipif(
        not (LOGIND.exists() and LOGIND_ACTIONS.exists() and POLKITD.exists()),
        reason="needs systemd-logind and polkitd",
    ),
]


def locks_on(bus: PrivateBus) -> list[list[Any]]:
    """What logind says of engramd's locks: what, why, mode, user."""
    done = run_on(bus, *LIST, MANAGER, "ListInhibitors")
    found = json.loads(done.stdout)["data"][0] if done.returncode == 0 else []
    return [[what, why, mode, uid] for what, who, why, mode, uid, _pid in found if who == "engramd"]


class House:
    """A bus with polkit and logind, and the inhibitor as the service's user."""

    def __init__(
        self, bus: PrivateBus, service: ServiceProcess, logind: subprocess.Popen[bytes] | None
    ) -> None:
        self.bus, self.service, self.logind = bus, service, logind
        self.begun: list[int] = []

    def do(self, name: str, **arguments: Any) -> Any:
        """Have something happen inside of the service."""
        value = self.service.do(name, **arguments)
        if name == "job":
            self.begun.append(value)
        return value

    def locks(self) -> list[list[Any]]:
        """What logind says of the locks of the service."""
        return locks_on(self.bus)

    def until_locked(self, locked: bool = True) -> None:
        wait_for(lambda: len(self.locks()) == (2 if locked else 0), f"locked: {locked}")


@contextmanager
def house(logind: bool = True, **options: Any) -> Iterator[House]:
    with PrivateBus(polkit=True, logind=True, **options) as bus:
        process = bus.start_logind() if logind else None
        folder = bus.folder / "state"
        folder.mkdir()
        os.chown(folder, SERVICE_UID, SERVICE_UID)
        with running_service(folder, bus, as_user(SERVICE_UID), script=SCRIPT) as service:
            yield House(bus, service, process)


@pytest.fixture(scope="module")
def kept() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def awake(kept: House) -> Iterator[House]:
    """A house in which nothing is ripped yet, and nothing is any more at the end."""
    assert kept.locks() == []
    yield kept
    while kept.begun:
        kept.do("move", job_id=kept.begun.pop(), state="failed")
    kept.until_locked(False)


class TestWithLogind:
    """The lock, as logind itself tells of it."""

    pytestmark = with_logind

    def test_the_machine_stays_awake_as_long_as_a_disc_is_ripped(self, awake: House) -> None:
        job_id = awake.do("job")
        awake.until_locked()
        locks = awake.locks()
        assert sorted(what for what, *_ in locks) == ["idle", "sleep"]
        for _, why, mode, uid in locks:
            assert (mode, uid) == ("block", SERVICE_UID)
            assert "ripped" in why

        awake.do("wait", job_id=job_id)
        awake.until_locked(False)
        awake.do("go_on", job_id=job_id)
        awake.until_locked()
        awake.do("move", job_id=job_id, state="matching")
        awake.until_locked(False)
        awake.do("move", job_id=job_id, state="organizing")
        awake.until_locked()
        assert awake.do("conditions") == {}

    def test_the_lock_stays_until_the_last_of_several_is_done(self, awake: House) -> None:
        first, second = awake.do("job"), awake.do("job")
        awake.until_locked()
        awake.do("wait", job_id=first)
        awake.do("turn")
        assert len(awake.locks()) == 2
        awake.do("wait", job_id=second)
        awake.until_locked(False)

    def test_many_rips_leave_no_file_and_no_lock(self, awake: House) -> None:
        job_id = awake.do("job")
        awake.until_locked()
        awake.do("wait", job_id=job_id)
        awake.until_locked(False)
        before = awake.do("files")
        for _ in range(20):
            awake.do("go_on", job_id=job_id)
            awake.do("wait", job_id=job_id)
        wait_for(lambda: awake.do("files") == before, "the files are closed")
        awake.until_locked(False)

    def test_a_logind_that_hangs_holds_up_nothing(self, awake: House) -> None:
        assert awake.logind is not None
        awake.logind.send_signal(signal.SIGSTOP)
        try:
            awake.do("job")
            awake.do("turn")
        finally:
            awake.logind.send_signal(signal.SIGCONT)
        awake.until_locked()

    def test_a_lock_that_comes_too_late_is_given_back(self, awake: House) -> None:
        assert awake.logind is not None
        awake.logind.send_signal(signal.SIGSTOP)
        try:
            job_id = awake.do("job")
            wait_for(lambda: awake.do("turn") is None, "the call is under way")
            awake.do("wait", job_id=job_id)
            awake.do("turn")
        finally:
            awake.logind.send_signal(signal.SIGCONT)
        awake.do("job")
        awake.until_locked()
        assert len(awake.locks()) == 2

    def test_the_lock_is_taken_again_when_logind_is_started_anew(self, awake: House) -> None:
        awake.do("job")
        awake.until_locked()
        before = awake.do("files")
        assert awake.logind is not None
        awake.logind.kill()
        awake.logind.wait()
        awake.logind = awake.bus.start_logind()
        awake.until_locked()
        assert len(awake.locks()) == 2
        assert awake.do("conditions") == {}
        assert awake.do("files") == before

    def test_the_end_of_the_daemon_is_the_end_of_the_lock(self) -> None:
        with house() as found:
            found.do("job")
            found.until_locked()
            found.service.process.kill()
            found.until_locked(False)

    def test_what_polkit_refuses_is_a_condition_until_the_rule_is_installed(self) -> None:
        with house(rules=("org.engramd.engram1.rules",)) as found:
            job_id = found.do("job")
            wait_for(lambda: found.do("conditions").get("sleep"), "the condition")
            _, text, remedy = found.do("conditions")["sleep"]
            assert "does not let engramd" in text
            assert RULES in remedy
            assert "/usr/share/polkit-1/rules.d" in remedy
            assert found.locks() == []
            found.bus.add_rules(RULES)
            found.until_locked()
            wait_for(lambda: found.do("conditions") == {}, "the condition is over")
            found.do("move", job_id=job_id, state="failed")
            found.until_locked(False)

    def test_a_condition_ends_also_when_nothing_is_ripped_any_more(self) -> None:
        with house(rules=("org.engramd.engram1.rules",)) as found:
            job_id = found.do("job")
            wait_for(lambda: found.do("conditions").get("sleep"), "the condition")
            found.do("move", job_id=job_id, state="failed")
            found.bus.add_rules(RULES)
            wait_for(lambda: found.do("conditions") == {}, "the condition is over")
            found.until_locked(False)

    def test_a_logind_that_comes_later_is_asked_at_once(self) -> None:
        with house(logind=False) as found:
            found.do("job")
            wait_for(lambda: "no logind" in str(found.do("conditions")), "the condition")
            found.bus.start_logind()
            found.until_locked()
            wait_for(lambda: found.do("conditions") == {}, "the condition is over")

    def test_the_rule_is_for_the_service_alone(self) -> None:
        inhibit = ("call", "org.freedesktop.login1", "/org/freedesktop/login1", MANAGER, "Inhibit")
        words = ("ssss", "sleep", "somebody", "for a test", "block")
        with house() as found:
            refused = run_on(found.bus, "busctl", "--system", *inhibit, *words, user="nobody")
            assert refused.returncode != 0
            assert "denied" in refused.stderr.casefold() or "authoriz" in refused.stderr.casefold()

    def test_a_whole_daemon_keeps_the_machine_awake_while_it_rips(
        self, tmp_path: Path, tv_dvd: AuthoredDisc
    ) -> None:
        with PrivateBus(polkit=True, logind=True) as bus:
            bus.start_logind()
            settings = {"import_paths": str(tv_dvd.image.parent)}
            with DaemonUnderTest(tmp_path, bus, settings=settings) as daemon:
                assert locks_on(bus) == []
                daemon.ctl("rip", "--no-wait", str(tv_dvd.image))
                wait_for(lambda: len(locks_on(bus)) == 2, "no lock while it rips", 30)
                wait_for(lambda: locks_on(bus) == [], "the lock stays", 60)
