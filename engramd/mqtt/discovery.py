"""What Home Assistant is told of a device, by its device-based MQTT discovery (since 2024.12). Pure.

https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
Names of discs are never part of it: they are values of JSON, which templates only point to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engramd import __version__
from engramd.mqtt.states import folder_key
from engramd.mqtt.topics import Topics

Component = dict[str, Any]
Components = dict[str, Component]
Device = dict[str, Any]

PRESS = "PRESS"
ONLINE, OFFLINE = "online", "offline"
EVENT_TYPES = ("filed", "review_asked", "condition_began", "condition_ended", "notice", "command_refused")
DRIVE_STATES = ("empty", "open", "loading", "ready", "busy", "unreadable", "stuck")
MEDIA = ("dvd", "bluray", "uhd", "audio", "data", "blank", "unclosed", "none")


def station_device(topics: Topics, name: str, version: str, folders: Iterable[str]) -> Device:
    """Describe the station; `folders` are those whose free space is known."""
    device = {"name": name, "manufacturer": "engramd", "model": "Disc station", "sw_version": version}
    at_station = {"state_topic": topics.station}
    components: Components = {
        "summary": _sensor("Summary", "summary", icon="mdi:disc", cut=True) | at_station,
        "open_reviews": _count("Open questions", "open_reviews", "mdi:help-circle") | at_station,
        "active_jobs": _count("Active jobs", "active_jobs", "mdi:cog") | at_station,
        "waiting_jobs": _count("Waiting jobs", "waiting_jobs", "mdi:timer-sand") | at_station,
        "attention": _binary("Attention", "attention", device_class="problem") | at_station,
        "safe_to_power_off": _binary("Safe to power off", "safe_to_power_off", icon="mdi:power") | at_station,
        "last_filed": _sensor("Last filed", "last_filed", icon="mdi:filmstrip", cut=True) | at_station,
        "last_filed_at": _sensor("Last filed at", "last_filed_at", device_class="timestamp") | at_station,
        "event": {
            "platform": "event",
            "name": "Event",
            "icon": "mdi:bell",
            "state_topic": topics.event,
            "event_types": list(EVENT_TYPES),
        },
        **{f"free_{folder_key(path)}": _free(path) | at_station for path in folders},
    }
    return _device(topics, "", device, components)


def drive_device(topics: Topics, drive_id: str, drive: Mapping[str, Any]) -> Device:
    """Describe a drive, by its properties on the bus."""
    device = {
        "name": drive["Name"] or drive["Device"],
        "manufacturer": drive["Vendor"],
        "model": drive["Model"],
        "serial_number": drive["Serial"],
        "via_device": topics.object_id(),
    }
    at_drive = {"state_topic": topics.drive(drive_id)}
    components: Components = {
        "state": _choice("State", "state", DRIVE_STATES, "mdi:disc-player") | at_drive,
        "media": _choice("Medium", "media", MEDIA, "mdi:disc") | at_drive,
        "label": _sensor("Label", "label", icon="mdi:label", cut=True) | at_drive,
        "job": _sensor("Job", "job", icon="mdi:cog", cut=True) | at_drive,
        "progress": _sensor("Progress", "progress", icon="mdi:progress-clock")
        | {"unit_of_measurement": "%", "state_class": "measurement"}
        | at_drive,
        "free_at": _sensor("Free at", "free_at", device_class="timestamp") | at_drive,
        "eject": {
            "platform": "button",
            "name": "Eject",
            "icon": "mdi:eject",
            "command_topic": topics.eject(drive_id),
            "payload_press": PRESS,
        },
    }
    return _device(topics, drive_id, {key: value for key, value in device.items() if value}, components)


def without(device: Device, gone: Mapping[str, str]) -> Device:
    """Have components go that were there before: name and platform."""
    leave = {name: {"platform": platform} for name, platform in gone.items()}
    return {**device, "components": {**device["components"], **leave}}


def platforms(device: Device) -> dict[str, str]:
    """Give the platform of each component."""
    return {name: component["platform"] for name, component in device["components"].items()}


def _device(topics: Topics, drive_id: str, device: dict[str, Any], components: Components) -> Device:
    identifier = topics.object_id(drive_id)
    return {
        "device": {"identifiers": [identifier], **device},
        "origin": {"name": "engramd-mqtt", "sw_version": __version__},
        "availability_topic": topics.availability,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "components": {
            name: {**component, "unique_id": f"{identifier}_{name}"} for name, component in components.items()
        },
    }


def _sensor(name: str, value: str, *, cut: bool = False, **more: Any) -> Component:
    """Describe a sensor; Home Assistant takes no state of more than 255 characters."""
    template = f"{{{{ (value_json.{value} | string)[:255] }}}}" if cut else f"{{{{ value_json.{value} }}}}"
    return {"platform": "sensor", "name": name, "value_template": template, **more}


def _count(name: str, value: str, icon: str) -> Component:
    return _sensor(name, value, icon=icon, state_class="measurement")


def _choice(name: str, value: str, options: Iterable[str], icon: str) -> Component:
    return _sensor(name, value, icon=icon, device_class="enum", options=list(options))


def _binary(name: str, value: str, **more: Any) -> Component:
    template = f"{{{{ 'ON' if value_json.{value} else 'OFF' }}}}"
    return {"platform": "binary_sensor", "name": name, "value_template": template, **more}


def _free(path: str) -> Component:
    template = f"{{{{ (value_json.free_space.{folder_key(path)} / 1000000000) | round(1) }}}}"
    return {
        "platform": "sensor",
        "name": f"Free space of {path}",
        "value_template": template,
        "device_class": "data_size",
        "unit_of_measurement": "GB",
        "state_class": "measurement",
    }
