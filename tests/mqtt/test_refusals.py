"""engramd-mqtt where it cannot work: a broker that refuses it or is not believed, a wrong configuration."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.mqtt.settings import PASSWORD, settings_for
from tests.support.mosquitto import BridgeUnderTest, Mosquitto, missing_for_mqtt
from tests.support.privatebus import PrivateBus

pytestmark = pytest.mark.skipif(bool(missing_for_mqtt()), reason=missing_for_mqtt() or "all is there")


def test_a_wrong_password_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    bus = PrivateBus(system=False)
    with bus, Mosquitto(tmp_path, {"engramd": "another one"}) as broker:
        with BridgeUnderTest(tmp_path, bus, settings_for(tmp_path, broker, retry_seconds=0.02)) as bridge:
            assert bridge.ended() == 77
        assert broker.log().count("not authorised") + broker.log().count("not authorized") == 5
    said = "the broker does not take the user engramd (127.0.0.1"
    assert bridge.log().count(said) == 2, "when it begins, and when it is given up"
    assert "set user and password_file" in bridge.log()
    assert PASSWORD not in bridge.log()


def test_a_wrong_configuration_is_the_units_exit_code(tmp_path: Path) -> None:
    bus = PrivateBus(system=False)
    with bus, BridgeUnderTest(tmp_path, bus, {"base_topic": "#"}) as bridge:
        assert bridge.ended() == 78
    assert "base_topic is a topic without" in bridge.log()


def test_a_broker_with_tls_is_believed_by_its_certificate_only(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1", "-days", "2"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    settings: dict[str, object] = {"host": "127.0.0.1", "tls": True, "retry_seconds": 0.05}
    with PrivateBus(system=False) as bus, Mosquitto(tmp_path, certificate=(certificate, key)) as broker:
        settings["port"] = broker.port
        with BridgeUnderTest(tmp_path / "doubts", bus, settings) as doubts:
            doubts.wait(lambda: "certificate verify failed" in doubts.log(), "it believes anybody")
            assert doubts.stop() == 0
        believed = settings | {"tls_ca_file": str(certificate)}
        with BridgeUnderTest(tmp_path / "believes", bus, believed) as believes:
            believes.wait(lambda: "connected to the broker" in believes.log(), "it does not connect")
            assert believes.stop() == 0
