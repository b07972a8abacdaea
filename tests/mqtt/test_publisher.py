"""What is published of the daemon's objects, when, and what Home Assistant is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engramd.bus import names
from engramd.mqtt.config import Config
from engramd.mqtt.publisher import Publisher
from tests.mqtt.samples import DRIVE, JOB, NOON, condition, drive, manager, objects
from tests.support.homeassistant import check_discovery

STATION, DRIVE_TOPIC, EVENT = "engramd/station", "engramd/drives/ENG1", "engramd/event"
LAST = {"last_filed": "/srv/media/tv/Show/Show - S01E01.mkv", "last_filed_at": NOON}


class Bed:
    """A publisher whose clock and timer are the test's; what it sends is kept, as by a broker."""

    def __init__(self, **settings: Any) -> None:
        self.now = 0.0
        self.waiting: list[Callable[[], None]] = []
        self.sent: list[tuple[str, str, bool]] = []
        self.publisher = Publisher(
            Config(**settings),
            lambda *message: self.sent.append(message),
            clock=lambda: self.now,
            later=lambda _, function: self.waiting.append(function),
        )

    def begin(self, **values: Any) -> Bed:
        self.publisher.daemon_is_here(objects(**values), manager(), LAST)
        return self

    def kept(self) -> dict[str, str]:
        """What a broker has now."""
        kept = {topic: payload for topic, payload, retain in self.sent if retain}
        return {topic: payload for topic, payload in kept.items() if payload}

    def state(self, topic: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kept()[topic])
        return found

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for topic, payload, _ in self.sent if topic == EVENT]

    def change(self, path: str, interface: str, **values: Any) -> None:
        self.publisher.change("properties", path, interface, values)

    def count(self, topic: str) -> int:
        return sum(name == topic for name, _, _ in self.sent)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        waiting, self.waiting = self.waiting, []
        for function in waiting:
            function()


def test_a_drive_and_the_station_are_published_and_only_then_are_available() -> None:
    bed = Bed().begin()

    assert bed.state(DRIVE_TOPIC) == {
        "name": "left",
        "device": "/dev/sr0",
        "state": "busy",
        "media": "dvd",
        "label": "THE_SHOW_D1",
        "job": "The Show, disc 1: ripping, 1 of 3 titles done",
        "job_id": 7,
        "progress": 25.0,
        "rate": 9_000_000,
        "free_at": "2026-12-01T12:00:00+00:00",
        "last_event": "a disc was inserted",
    }
    station = bed.state(STATION)
    assert (station["attention"], station["safe_to_power_off"], station["active_jobs"]) == (False, False, 1)
    assert (station["last_filed"], station["last_filed_path"]) == ("Show - S01E01.mkv", LAST["last_filed"])
    assert station["free_space"] == {"at_2fsrv_2fmedia_2ftv": 123_400_000_000}
    assert bed.sent[-1] == ("engramd/availability", "online", True)
    assert all(retain for _, _, retain in bed.sent)
    assert not [topic for topic in bed.kept() if "virtual" in topic], "an image has no tray"


def test_home_assistant_is_told_what_it_documents() -> None:
    bed = Bed().begin()
    configs = {
        topic: check_discovery(topic, payload)
        for topic, payload in bed.kept().items()
        if topic.startswith("homeassistant/")
    }

    assert set(configs) == {
        "homeassistant/device/engramd/config",
        "homeassistant/device/engramd_drive_ENG1/config",
    }
    station, one = (
        configs[f"homeassistant/device/{name}/config"] for name in ("engramd", "engramd_drive_ENG1")
    )
    assert station["components"].keys() >= {
        "summary",
        "open_reviews",
        "active_jobs",
        "attention",
        "safe_to_power_off",
        "last_filed",
        "event",
        "free_at_2fsrv_2fmedia_2ftv",
    }
    assert station["components"]["attention"]["device_class"] == "problem"
    assert one["components"].keys() == {"state", "media", "label", "progress", "free_at", "job", "eject"}
    assert one["components"]["eject"]["command_topic"] == "engramd/drives/ENG1/eject"
    assert one["device"] == {
        "identifiers": ["engramd_drive_ENG1"],
        "name": "left",
        "manufacturer": "ACME",
        "model": "Reader",
        "serial_number": "ENG1",
        "via_device": "engramd",
    }
    assert {config["availability_topic"] for config in configs.values()} == {"engramd/availability"}
    assert station["components"]["event"]["state_topic"] == EVENT


def rendered(bed: Bed) -> dict[str, str]:
    """Give what Home Assistant shows of each component: it renders the templates with Jinja, sandboxed."""
    jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    shown = {}
    for topic, payload in bed.kept().items():
        if topic.startswith("homeassistant/"):
            for name, component in json.loads(payload)["components"].items():
                if "value_template" in component:
                    template = jinja.from_string(component["value_template"])
                    shown[name] = template.render(value_json=bed.state(component["state_topic"]))
    return shown


def test_templates_give_what_home_assistant_shows() -> None:
    assert rendered(Bed().begin()) == {
        "summary": "1 job works.",
        "open_reviews": "0",
        "active_jobs": "1",
        "waiting_jobs": "0",
        "attention": "OFF",
        "safe_to_power_off": "OFF",
        "last_filed": "Show - S01E01.mkv",
        "last_filed_at": "2026-12-01T12:00:00+00:00",
        "free_at_2fsrv_2fmedia_2ftv": "123.4",
        "state": "busy",
        "media": "dvd",
        "label": "THE_SHOW_D1",
        "job": "The Show, disc 1: ripping, 1 of 3 titles done",
        "progress": "25.0",
        "free_at": "2026-12-01T12:00:00+00:00",
    }


def test_what_is_not_known_and_what_is_too_long_is_shown_as_home_assistant_takes_it() -> None:
    """`None` is unknown there, and a state has 255 characters at most."""
    shown = rendered(Bed().begin(VolumeLabel="{{ x }}" * 60, FreeAt=0, Job="/"))
    assert {name: shown[name] for name in ("job", "progress", "free_at")} == dict.fromkeys(
        ("job", "progress", "free_at"), "None"
    )
    assert shown["label"] == ("{{ x }}" * 60)[:255]


def test_another_base_topic_is_another_station() -> None:
    bed = Bed(base_topic="home/disc-1", device_name="Attic").begin()

    config = json.loads(bed.kept()["homeassistant/device/home_2fdisc_2d1/config"])
    assert config["device"]["name"] == "Attic"
    assert "home/disc-1/drives/ENG1" in bed.kept()


def test_without_a_prefix_home_assistant_is_told_nothing() -> None:
    bed = Bed(discovery_prefix="").begin()
    bed.publisher.change("removed", DRIVE, "", [names.DRIVE])
    assert {topic.partition("/")[0] for topic, _, _ in bed.sent} == {"engramd"}


def test_nothing_is_sent_twice() -> None:
    bed = Bed().begin()
    before = len(bed.sent)
    bed.change(DRIVE, names.DRIVE, State="busy")
    bed.change(f"{JOB}/titles/0", names.TITLE, Progress=0.5)
    bed.publisher.change("added", f"{JOB}/titles/1", "", {names.TITLE: {}})
    bed.publisher.change("state", JOB, names.JOB, ("ripping", "matching", "why"))
    assert len(bed.sent) == before


def test_progress_is_told_now_and_then_and_its_last_word_is_not_lost() -> None:
    bed = Bed(progress_seconds=5).begin()
    for step in range(30, 90):
        bed.change(JOB, names.JOB, Progress=step / 100, Rate=step)
        bed.now += 0.05
    assert bed.count(DRIVE_TOPIC) == 1

    bed.pass_time(5)
    assert (bed.count(DRIVE_TOPIC), bed.state(DRIVE_TOPIC)["progress"]) == (2, 89.0)
    bed.pass_time(60)
    assert bed.count(DRIVE_TOPIC) == 2

    bed.change(JOB, names.JOB, Progress=0.95)
    bed.change(JOB, names.JOB, Progress=0.96)
    bed.change(DRIVE, names.DRIVE, State="open")
    assert bed.state(DRIVE_TOPIC)["state"] == "open", "what is no progress does not wait"
    assert (bed.count(DRIVE_TOPIC), bed.state(DRIVE_TOPIC)["progress"]) == (4, 96.0)


def test_a_drive_that_is_not_ripping_has_no_progress() -> None:
    bed = Bed().begin()
    bed.change(JOB, names.JOB, State="matching", Progress=1.0)
    assert bed.state(DRIVE_TOPIC)["progress"] is None
    bed.change(JOB, names.JOB, State="ripping", Progress=-1.0)
    assert bed.state(DRIVE_TOPIC)["progress"] is None
    bed.change(DRIVE, names.DRIVE, Job="/", VolumeLabel="", FreeAt=0)
    state = bed.state(DRIVE_TOPIC)
    assert (state["job"], state["label"], state["free_at"]) == (None, None, None)


def test_a_drive_that_comes_and_goes() -> None:
    bed = Bed().begin()
    other = f"{names.ROOT}/drives/ENG2"
    bed.publisher.change("added", other, "", {names.DRIVE: drive(Name="right", Job="/")})
    assert "homeassistant/device/engramd_drive_ENG2/config" in bed.kept()
    assert bed.publisher.knows("ENG2")

    bed.publisher.change("removed", other, "", [names.DRIVE])
    assert not [topic for topic in bed.kept() if "ENG2" in topic]
    assert not bed.publisher.knows("ENG2")
    assert "engramd/drives/ENG1" in bed.kept()


def test_a_drive_that_went_while_nobody_looked_is_taken_away_when_the_daemon_is_there() -> None:
    bed = Bed()
    bed.publisher.broker_keeps("ENG9")
    assert [topic for topic, _, _ in bed.sent] == ["engramd/availability"]
    bed.begin()
    gone = [(topic, retain) for topic, payload, retain in bed.sent if not payload]
    assert gone == [("homeassistant/device/engramd_drive_ENG9/config", True), ("engramd/drives/ENG9", True)]
    bed.publisher.broker_keeps("ENG1")
    assert "engramd/drives/ENG1" in bed.kept()


def test_a_daemon_that_goes_leaves_its_states_but_they_do_not_count() -> None:
    bed = Bed().begin()
    bed.publisher.daemon_is_gone()
    assert bed.kept()["engramd/availability"] == "offline"
    assert DRIVE_TOPIC in bed.kept()
    assert not bed.publisher.knows("ENG1")
    bed.change(DRIVE, names.DRIVE, State="open")
    assert bed.state(DRIVE_TOPIC)["state"] == "busy"
    bed.begin(State="empty")
    assert bed.kept()["engramd/availability"] == "online"
    assert bed.state(DRIVE_TOPIC)["state"] == "empty"


def test_a_new_broker_is_told_everything() -> None:
    bed = Bed().begin()
    kept = bed.kept()
    bed.sent.clear()
    bed.publisher.broker_is_here()
    assert bed.kept() == kept


def test_a_folder_that_is_no_longer_one_goes_from_home_assistant() -> None:
    bed = Bed().begin()
    bed.change(names.ROOT, names.MANAGER, FreeSpace={"/mnt/tv": 5})
    config = check_discovery(
        "homeassistant/device/engramd/config", bed.kept()["homeassistant/device/engramd/config"]
    )
    assert config["components"]["free_at_2fsrv_2fmedia_2ftv"] == {"platform": "sensor"}
    assert config["components"]["free_at_2fmnt_2ftv"]["name"] == "Free space of /mnt/tv"


def test_events_are_told_and_not_kept() -> None:
    bed = Bed().begin()
    bed.publisher.happened("filed", JOB, "filed /srv/media/tv/x.mkv", {})
    bed.publisher.happened("review", JOB, "Which episode is it?", {})
    bed.publisher.happened("notice", JOB, "The Show: filed", {"kind": "filed", "text": "…", "urgent": False})
    bed.publisher.happened("order", names.ROOT, "of no interest here", {})
    bed.change(names.ROOT, names.MANAGER, Conditions=[condition()])
    bed.change(names.ROOT, names.MANAGER, Conditions=[condition(), condition(scope="ENG1")])
    bed.change(names.ROOT, names.MANAGER, Conditions=[condition(scope="ENG1")])

    told = [(event["event_type"], event.get("sentence", event.get("scope"))) for event in bed.events()]
    assert told == [
        ("filed", "filed /srv/media/tv/x.mkv"),
        ("review_asked", "Which episode is it?"),
        ("notice", "The Show: filed"),
        ("condition_began", "daemon"),
        ("condition_began", "ENG1"),
        ("condition_ended", "daemon"),
    ]
    assert bed.events()[2]["kind"] == "filed"
    assert bed.events()[3]["since"] == "2026-12-01T12:00:00+00:00"
    known = json.loads(bed.kept()["homeassistant/device/engramd/config"])["components"]["event"]
    assert {event for event, _ in told} <= set(known["event_types"])
    assert not [topic for topic, _, retain in bed.sent if topic == EVENT and retain]


@given(st.text(), st.text())
def test_names_of_discs_are_only_values(label: str, headline: str) -> None:
    bed = Bed().begin()
    configs = {topic: text for topic, text in bed.kept().items() if topic.startswith("homeassistant/")}
    bed.change(JOB, names.JOB, Headline=headline)
    bed.change(DRIVE, names.DRIVE, VolumeLabel=label)

    state = bed.state(DRIVE_TOPIC)
    assert (state["label"], state["job"]) == (label or None, headline)
    assert bed.kept()[DRIVE_TOPIC].isascii()
    assert bed.kept()[DRIVE_TOPIC].isprintable()
    assert configs == {t: text for t, text in bed.kept().items() if t.startswith("homeassistant/")}


@pytest.mark.parametrize("name", ["{{ states }}", 'a"b', "Füße\n", ""])
def test_a_strange_name_of_a_drive_is_the_name_of_a_device(name: str) -> None:
    bed = Bed().begin(Name=name)
    config = check_discovery(
        "homeassistant/device/engramd_drive_ENG1/config",
        bed.kept()["homeassistant/device/engramd_drive_ENG1/config"],
    )
    assert config["device"]["name"] == (name or "/dev/sr0")
