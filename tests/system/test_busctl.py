"""The bus by hand: every object, property and method of a real daemon with nothing but busctl."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.bus import names
from engramd.bus.authority import ACTIONS, READS
from engramd.bus.introspection import interfaces, xml
from engramd.drives.ids import object_id
from engramd.models import DiscJob, DiscTitle, JobState, ReviewKind, ReviewTask, TitleCandidate, TitleState
from engramd.store import Store, default_url, open_engine
from tests.bus.published import Member, members
from tests.support.busservice import run_on
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

DRIVE = names.drive_path(object_id("MOCK_DVD_Mock_ENG8"))
#: Each of these methods has an object of its own, so that none finds what another has changed.
OF_JOBS = sorted(interfaces()[names.JOB].arguments)
OF_TITLES = sorted(interfaces()[names.TITLE].arguments)
OF_REVIEWS = sorted(interfaces()[names.REVIEW].arguments)
_ASKED = len(OF_JOBS) + 1
#: What needs a disc, a file or an answer that is not there says so.
REFUSED = {
    (names.MANAGER, "Rip"): "there is no such image, folder or drive",
    (names.MANAGER, "Import"): "there is no such file or folder",
    (names.MANAGER, "PlanImport"): "there is no such file or folder",
    (names.MANAGER, "SetShowOrder"): "no disc of such a series has a number at TMDB",
    (names.MANAGER, "InitLibrary"): "this is no library of the settings",
    (names.MANAGER, "RestoreTrash"): "the trash has no such entry",
    (names.MANAGER, "Rename"): "nothing of Firefly was filed",
    (names.MANAGER, "Undo"): "there is no such change",
    (names.MANAGER, "Restart"): "nobody starts this daemon again",
    (names.DRIVE, "Rescan"): "there is no disc in the drive",
    (names.DRIVE, "Uninhibit"): "this caller does not hold the drive",
    (names.JOB, "Eject"): "the job has no disc in a drive",
    (names.JOB, "Shift"): "there is nothing to shift",
    (names.JOB, "Clear"): "the job has not ended",
    (names.TITLE, "Split"): "title [0-9]+ has no file in the staging folder",
    (names.TITLE, "ResolveConflict"): "title [0-9]+ of job [0-9]+ has no conflict",
    (names.REVIEW, "Undo"): "no answer to that question stands",
}


def object_of(interface: str, method: str) -> str:
    """Give the path of the object that a method is called of."""
    if interface == names.JOB:
        return names.job_path(OF_JOBS.index(method) + 1)
    if interface == names.TITLE:
        return names.title_path(_ASKED, OF_TITLES.index(method))
    if interface == names.REVIEW:
        return names.review_path(OF_REVIEWS.index(method) + 1)
    return DRIVE if interface == names.DRIVE else names.ROOT


def filled(folder: Path) -> None:
    """Make the rows of a job for each method of jobs, and of one that asks about its titles."""
    store = Store(open_engine(default_url(folder)))
    for _ in range(_ASKED):
        store.add(
            DiscJob(
                drive_id="/dev/sr9",
                content_type="tv",
                state=JobState.REVIEW_NEEDED,
                detected_title="Firefly",
                detected_season=1,
            )
        )
    for index, _ in enumerate(OF_REVIEWS):
        _ask(store, _ASKED, len(OF_TITLES) + index)
    for index, _ in enumerate(OF_TITLES):
        _ask(store, _ASKED, index)
    for job_id in range(1, _ASKED):
        for index in range(2):
            _ask(store, job_id, index)
    store.close()


def _ask(store: Store, job_id: int, index: int) -> None:
    """Make a title, and the question which episode it is."""
    values = {"state": TitleState.REVIEW, "role": "episode", "matched_episode": "S01E04"}
    title = store.add(DiscTitle(job_id=job_id, title_index=index, **values))
    store.add(TitleCandidate(title_id=title.id or 0, episode="S01E02", confidence=0.5))
    store.add(ReviewTask(job_id=job_id, title_id=title.id, kind=ReviewKind.EPISODE, question="Which is it?"))


class ByHand:
    """A person with busctl."""

    def __init__(self, bus: PrivateBus, daemon: DaemonUnderTest) -> None:
        self._bus, self._daemon = bus, daemon

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run busctl on the daemon's bus."""
        return run_on(self._bus, "busctl", "--user", *words)

    def said(self, *words: str) -> str:
        """Give what busctl says of what succeeds."""
        done = self.run(*words)
        assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}\n{self._daemon.log()}"
        return done.stdout

    def call(self, interface: str, example: str) -> subprocess.CompletedProcess[str]:
        """Call a method with the words of an example."""
        words = shlex.split(example)
        return self.run("call", names.BUS_NAME, object_of(interface, words[0]), interface, *words)

    def monitor(self) -> Monitor:
        """Begin to monitor the daemon."""
        return Monitor(self._bus)


class Monitor:
    """busctl monitor, which sees everything on the bus."""

    def __init__(self, bus: PrivateBus) -> None:
        self._process = subprocess.Popen(
            ["busctl", "--user", "monitor", names.BUS_NAME],
            env=os.environ | bus.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Monitor:
        assert self._process.stderr is not None
        assert "Monitoring" in self._process.stderr.readline()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()

    def until(self, member: str, value: str) -> str:
        """Give the first lines of a message with that member which hold such a value."""
        assert self._process.stdout is not None
        found = ""
        for line in self._process.stdout:
            if found and not line.strip():
                return found
            if member in line or found:
                found += line if value in line else " "
        raise AssertionError(f"the monitor ended: {found}")


@pytest.fixture(scope="module")
def by_hand(sqlite_schema: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """Give a person at a daemon that has an object of each kind."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("daemon")
    (folder / "state").mkdir()
    shutil.copy(sqlite_schema, folder / "state")
    filled(folder / "state")
    with PrivateBus(system=False) as bus, UdevBed() as bed:
        bed.add_drive("sr8", serial="ENG8")
        with DaemonUnderTest(folder, bus, environment=bed.environment) as daemon:
            person = ByHand(bus, daemon)
            tree = ("tree", "--list", names.BUS_NAME)
            daemon.wait_until(lambda: DRIVE in person.said(*tree).split(), "the drive is not there")
            yield person


def documented(text: str) -> dict[str, dict[str, str]]:
    """Give what an introspection document says of each annotated member, by interface and member."""
    return {
        f"{interface.get('name')}.{node.get('name', '')}": {
            note.get("name", ""): note.get("value", "") for note in node.findall("annotation")
        }
        for interface in ET.fromstring(text).iter("interface")
        if interface.get("name", "").startswith(names.BUS_NAME)
        for node in interface.iter()
        if node.tag not in ("annotation", "arg")
    }


def test_the_tree_shows_every_object(by_hand: ByHand) -> None:
    tree = by_hand.said("tree", "--list", names.BUS_NAME).split()
    for interface in (names.MANAGER, names.DRIVE, names.JOB, names.TITLE, names.REVIEW):
        for method in interfaces()[interface].arguments:
            assert object_of(interface, method) in tree, tree


def test_what_the_daemon_publishes_is_the_file(by_hand: ByHand) -> None:
    seen: set[Member] = set()
    notes: dict[str, dict[str, str]] = {}
    for interface in (names.MANAGER, names.DRIVE, names.JOB, names.TITLE, names.REVIEW):
        path = object_of(interface, min(interfaces()[interface].arguments))
        text = by_hand.said("introspect", "--xml-interface", names.BUS_NAME, path)
        seen.update(members(text))
        notes |= documented(text)
    assert sorted(seen) == members(xml())
    assert notes == documented(xml())
    version = by_hand.said("get-property", names.BUS_NAME, names.ROOT, names.MANAGER, "InterfaceVersion")
    assert version == f"u {names.INTERFACE_VERSION}\n"


def test_every_property_is_read_by_its_name(by_hand: ByHand) -> None:
    for interface, found in interfaces().items():
        if not found.properties:
            continue
        path = object_of(interface, min(found.arguments))
        words = (names.BUS_NAME, path, interface, *found.properties)
        values = by_hand.said("get-property", *words).splitlines()
        assert [value.split(" ")[0] for value in values] == list(found.properties.values()), interface


def examples() -> list[tuple[str, str]]:
    """Give the example of every method, with its interface."""
    return [
        (interface.get("name", ""), note.get("value", ""))
        for interface in ET.fromstring(xml()).iter("interface")
        for note in interface.iter("annotation")
        if note.get("name") == "org.engramd.Example"
    ]


def test_every_method_is_called_as_its_documentation_shows(by_hand: ByHand) -> None:
    """It does what it is for, or says what is missing here."""
    called = set()
    for interface, example in examples():
        method = shlex.split(example)[0]
        called.add((interface, method))
        done = by_hand.call(interface, example)
        if refusal := REFUSED.get((interface, method)):
            assert done.returncode == 1, f"{interface} {example}: {done.stdout}"
            assert re.search(f"^Call failed: {refusal}", done.stderr), f"{interface} {example}: {done.stderr}"
        else:
            assert done.returncode == 0, f"{interface} {example}: {done.stderr}"
    assert called == ACTIONS.keys() | READS


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("call", "{name}", "{root}", "{manager}", "History"), "does not match expected type"),
        (("call", "{name}", "{root}", "{manager}", "GetJob", "t", "99"), "there is no such job (job 99)"),
        (
            ("call", "{name}", "{root}", "{manager}", "History", "a{{sv}}", "1", "sate", "s", "failed"),
            "unknown option (sate); known: ",
        ),
        (("set-property", "{name}", "{root}", "{manager}", "Version", "s", "9"), "is not writable"),
        (("call", "{name}", "{root}/jobs/99", "{job}", "Cancel"), "Object does not exist at path"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(by_hand: ByHand, words: tuple[str, ...], said: str) -> None:
    known = {"name": names.BUS_NAME, "root": names.ROOT, "manager": names.MANAGER, "job": names.JOB}
    done = by_hand.run(*(word.format(**known) for word in words))
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr


def test_a_monitor_sees_what_happens(by_hand: ByHand) -> None:
    with by_hand.monitor() as monitor:
        by_hand.said("call", names.BUS_NAME, DRIVE, names.DRIVE, "SetName", "s", "right")
        assert "right" in monitor.until("Member=Event", "STRING "), "the event says what happened"
