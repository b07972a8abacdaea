"""What Home Assistant documents of device-based discovery, as a check of a configuration.

https://www.home-assistant.io/integrations/mqtt/ and the pages of the platforms; its own schemas (schemas.py,
sensor.py, binary_sensor.py, button.py, event.py of its MQTT integration) refuse what is refused here.
"""

from __future__ import annotations

import json
import re
from typing import Any

TOPIC = re.compile(r"homeassistant/device/[a-zA-Z0-9_-]+/config")
_ROOT = {"device", "origin", "components", "state_topic", "command_topic", "qos", "encoding"}
_AVAILABILITY = {"availability_topic", "payload_available", "payload_not_available", "availability_template"}
_DEVICE = {
    "identifiers",
    "connections",
    "manufacturer",
    "model",
    "model_id",
    "name",
    "hw_version",
    "serial_number",
    "sw_version",
    "via_device",
    "suggested_area",
    "configuration_url",
}
_ORIGIN = {"name", "sw_version", "support_url"}
_ENTITY = {"platform", "unique_id", "name", "icon", "entity_category", "enabled_by_default"}
_READS = {"state_topic", "value_template"}
_PLATFORMS = {
    "sensor": _READS
    | {"device_class", "state_class", "unit_of_measurement", "options", "suggested_display_precision"},
    "binary_sensor": _READS | {"device_class", "payload_on", "payload_off"},
    "button": {"command_topic", "payload_press", "device_class", "retain"},
    "event": _READS | {"device_class", "event_types"},
}
_REQUIRED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "button": {"command_topic"},
    "event": {"state_topic", "event_types"},
}


def check_discovery(topic: str, payload: str) -> dict[str, Any]:
    """Check a configuration, and give it."""
    assert TOPIC.fullmatch(topic), topic
    config: dict[str, Any] = json.loads(payload)
    assert config.keys() <= _ROOT | _AVAILABILITY, config.keys()
    assert {"device", "origin", "components"} <= config.keys()
    _check_device(config["device"])
    assert config["origin"].keys() <= _ORIGIN
    assert config["origin"]["name"]
    ids = [one["unique_id"] for one in config["components"].values() if len(one) > 1]
    assert len(set(ids)) == len(ids)
    for name, component in config["components"].items():
        _check_component(name, component)
    return config


def _check_device(device: dict[str, Any]) -> None:
    assert device.keys() <= _DEVICE, device.keys()
    assert device["identifiers"]
    assert all(isinstance(one, str) for one in device["identifiers"])
    texts = {name: value for name, value in device.items() if name not in ("identifiers", "connections")}
    assert all(isinstance(value, str) for value in texts.values()), texts


def _check_component(name: str, component: dict[str, Any]) -> None:
    platform = component["platform"]
    assert platform in _PLATFORMS, name
    if len(component) == 1:
        return  # this is how a component is taken away
    assert component.keys() <= _ENTITY | _PLATFORMS[platform], (name, component.keys())
    assert _REQUIRED[platform] | {"unique_id"} <= component.keys(), name
    for key in ("state_topic", "command_topic"):
        assert not set("+#\0") & set(component.get(key, "")), name
    is_enum = component.get("device_class") == "enum"
    assert is_enum == ("options" in component), name
    assert not (is_enum and {"state_class", "unit_of_measurement"} & component.keys()), name
