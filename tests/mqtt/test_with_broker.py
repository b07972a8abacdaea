"""engramd-mqtt between a real broker and a real daemon with a mocked drive, as a member of the group."""

from __future__ import annotations

import json
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mqtt.settings import PASSWORD, settings_for
from tests.support.authoring import AuthoredDisc, write_references
from tests.support.busservice import as_user
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.homeassistant import check_discovery
from tests.support.mosquitto import BridgeUnderTest, Listener, Mosquitto, missing_for_mqtt, wait_until
from tests.support.privatebus import POLKITD, PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

MISSING = missing_for_mqtt() or missing_for_bed() or ("" if POLKITD.exists() else "polkit is not installed")
pytestmark = [
    pytest.mark.root,
    pytest.mark.loop,
    pytest.mark.skipif(bool(MISSING), reason=MISSING or "all is there"),
]

#: Of the group, as the buses of the tests have it, and another one.
MEMBER, STRANGER = "nobody", "daemon"
ID = "MOCK_5fDVD_5fMock_5fENG7"
DRIVE, STATION, AVAILABILITY = f"engramd/drives/{ID}", "engramd/station", "engramd/availability"
DISCOVERED = f"homeassistant/device/engramd_drive_{ID}/config"


@dataclass
class Station:
    """Everything that runs."""

    bus: PrivateBus
    bed: UdevBed
    daemon: DaemonUnderTest
    broker: Mosquitto
    listener: Listener
    bridge: BridgeUnderTest

    def settings(self, **more: object) -> dict[str, object]:
        """What a bridge is told."""
        return settings_for(self.bus.folder, self.broker, **more)

    def drive(self) -> dict[str, Any]:
        """The state of the drive, as it was published last."""
        return self.listener.state(DRIVE)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type, oldest first."""
        told = map(json.loads, self.listener.all("engramd/event"))
        return [event for event in told if event["event_type"] == kind]

    def wait(self, condition: Any, what: str) -> None:
        """Wait for a condition; all logs are in the failure."""
        wait_until(
            condition,
            lambda: f"{what}\n{self.listener.messages}\n{self.daemon.log()}\n{self.bridge.log()}",
        )

    def wait_until_online(self) -> None:
        """Wait until the states count."""
        self.wait(lambda: self.listener.latest(AVAILABILITY) == "online", "it is not online")


def as_named(user: str) -> tuple[str, ...]:
    return as_user(pwd.getpwnam(user).pw_uid)


@pytest.fixture(scope="module")
def station(
    tmp_path_factory: pytest.TempPathFactory, sqlite_schema: Path, tv_dvd: AuthoredDisc
) -> Iterator[Station]:
    """Give a daemon with one drive, a broker with a password, and the bridge between them."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "state").mkdir()
    shutil.copy(sqlite_schema, folder / "state/engramd.db")
    bus, bed = PrivateBus(polkit=True, members=(MEMBER,)), UdevBed()
    with bus, bed, Mosquitto(folder, {"engramd": PASSWORD}) as broker, Listener(broker) as listener:
        bed.add_drive("sr7", serial="ENG7")
        daemon = DaemonUnderTest(folder, bus, environment=bed.environment)
        write_references(daemon.references, "Harbor Station", tv_dvd.episodes)
        # Every user can read the folder of the bus.
        settings = settings_for(bus.folder, broker)
        bridge = BridgeUnderTest(bus.folder / "bridge", bus, settings, as_named(MEMBER))
        with daemon, bridge:
            made = Station(bus, bed, daemon, broker, listener, bridge)
            made.wait_until_online()
            yield made


def test_home_assistant_discovers_the_station_and_the_drive(station: Station) -> None:
    for topic in ("homeassistant/device/engramd/config", DISCOVERED):
        station.wait(lambda topic=topic: station.listener.latest(topic), f"no {topic}")
        check_discovery(topic, station.listener.latest(topic) or "")
    station.wait(lambda: station.drive().get("state") in ("empty", "open"), "the drive has no state")
    assert station.drive()["device"] == "/dev/sr7"
    assert station.listener.state(STATION)["safe_to_power_off"] is True


def test_a_stranger_is_told_the_group_and_a_member_ejects(station: Station) -> None:
    settings = station.settings(base_topic="other")
    other = BridgeUnderTest(station.bus.folder / "other", station.bus, settings, as_named(STRANGER))
    station.listener.publish(f"other/drives/{ID}/eject", "PRESS", retain=True)
    with other:
        kept = "a command that the broker kept is ignored"
        other.wait(lambda: kept in other.log(), "a retained command is not noticed")
        other.wait(lambda: station.listener.latest("other/availability") == "online", "it is not online")
        station.listener.publish(f"other/drives/{ID}/eject", "PRESS")
        other.wait(lambda: station.listener.latest("other/event"), "nothing was refused")
        assert other.stop() == 0
    [told] = map(json.loads, station.listener.all("other/event"))
    assert (told["event_type"], told["command"], told["drive"]) == ("command_refused", "eject", ID)
    assert "members of the group engramd may" in told["why"]
    assert "was refused: you may not do this" in other.log()
    assert station.listener.latest("other/availability") == "offline"
    assert station.bed.ejects("sr7") == 0

    station.listener.publish(f"{DRIVE}/eject", "PRESS")
    station.wait(lambda: station.bed.ejects("sr7") == 1, "the tray stays closed")


def test_garbage_is_refused(station: Station) -> None:
    garbage = {
        f"{DRIVE}/eject": b"\xff\x00 press \x1b[2J" + b"x" * 100_000,
        "engramd/drives/ENG8/eject": b"PRESS",
        "engramd/drives/..%2f\U0001f4bf/eject": b"PRESS",
    }
    for topic, payload in garbage.items():
        station.listener.publish(topic, payload)
    station.listener.publish(f"{DRIVE}/eject", "")
    station.wait(lambda: len(station.events("command_refused")) == 3, "the garbage was not refused")
    assert all(len(event["why"]) < 200 for event in station.events("command_refused"))
    assert "\x1b[2J" not in station.bridge.log()
    assert station.bed.ejects("sr7") == 1


def test_a_rip_is_followed(station: Station, tv_dvd: AuthoredDisc) -> None:
    station.listener.forget()
    with DeviceNode(tv_dvd.image, Path("/dev/sr7")):
        station.bed.insert("sr7", label=tv_dvd.label)
        station.wait(lambda: len(station.events("filed")) == 4, "not every file was told of")
        station.wait(lambda: station.listener.state(STATION).get("last_filed"), "nothing was filed last")
        station.wait(lambda: station.drive()["job"] is None, "the drive is not free")
    states = [json.loads(payload) for payload in station.listener.all(DRIVE) if payload]
    assert {"busy"} <= {state["state"] for state in states}
    assert any(state["label"] == tv_dvd.label and "ripping" in (state["job"] or "") for state in states)
    told = [state["progress"] for state in states if state["progress"] is not None]
    assert told
    assert told == sorted(told)
    assert station.listener.state(STATION)["last_filed"].startswith("Harbor Station - ")
    assert any(not json.loads(text)["safe_to_power_off"] for text in station.listener.all(STATION))


def test_a_broker_that_starts_anew_is_told_everything(station: Station) -> None:
    station.broker.stop()
    station.wait(lambda: "the broker cannot be reached" in station.bridge.log(), "nobody noticed")
    station.listener.forget()
    station.broker.start()
    with Listener(station.broker) as listener:
        wanted = {AVAILABILITY, DRIVE, STATION, DISCOVERED}
        station.wait(lambda: all(listener.latest(topic) for topic in wanted), "not everything is there again")
    station.wait_until_online()


def test_a_daemon_that_goes_and_comes(station: Station) -> None:
    station.daemon.kill()
    station.wait(lambda: station.listener.latest(AVAILABILITY) == "offline", "it is not offline")
    station.listener.publish(f"{DRIVE}/eject", "PRESS")
    station.wait(lambda: station.events("command_refused"), "without a daemon nothing can be ejected")
    station.bed.remove_drive("sr7")
    station.daemon.start()
    station.wait_until_online()
    station.wait(lambda: station.listener.latest(DRIVE) == "", "the drive that went is still there")
    assert station.listener.latest(DISCOVERED) == ""


def test_a_bridge_that_is_killed_is_noticed_and_its_password_is_nowhere(station: Station) -> None:
    process = station.bridge.process
    assert process is not None
    seen = (
        Path(f"/proc/{process.pid}/cmdline").read_bytes() + Path(f"/proc/{process.pid}/environ").read_bytes()
    )
    assert PASSWORD.encode() not in seen
    process.kill()
    process.wait()
    station.wait(lambda: station.listener.latest(AVAILABILITY) == "offline", "its last will is not told")
    assert PASSWORD not in station.bridge.log()
