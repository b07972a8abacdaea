"""A real MQTT broker on the loopback, a listener that notes what comes, and engramd-mqtt as a process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.support.privatebus import PrivateBus

ROOT = Path(__file__).parents[2]


def missing_for_mqtt() -> str:
    """Why there can be no broker here, or an empty string."""
    if shutil.which("mosquitto", path=_PATH) is None:
        return "mosquitto is not installed"
    try:
        import paho.mqtt.client  # noqa: F401
    except ImportError:
        return "paho-mqtt is not installed"
    return ""


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


class Mosquitto:
    """A broker that keeps nothing when it ends; `users` (name: password) are the only ones it takes.

    `certificate` and `key` (PEM files) make it speak TLS.
    """

    def __init__(
        self,
        folder: Path,
        users: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.folder = folder
        self.users = dict(users or {})
        self.certificate = certificate
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it (again), at the same port."""
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {'false' if self.users else 'true'}"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it could not read the files of a test
        if self.users:
            passwords = self.folder / "passwords"
            passwords.touch()
            for user, password in self.users.items():
                command = ["mosquitto_passwd", "-b", str(passwords), user, password]
                subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        if self.certificate:
            lines += [f"certfile {self.certificate[0]}", f"keyfile {self.certificate[1]}"]
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "mosquitto.log").open("ab") as log:
            command = ["mosquitto", "-c", str(config)]
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"PATH": _PATH}
            )
        wait_until(self._listens, lambda: f"the broker did not start: {self.log()}")

    def stop(self) -> None:
        """End it; what it kept is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        """What it said."""
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Listener:
    """Hears everything that a broker passes on, as Home Assistant would."""

    def __init__(self, broker: Mosquitto) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.messages: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        for user, password in broker.users.items():
            self._client.username_pw_set(user, password)
        self._client.on_connect = lambda client, *_: client.subscribe("#")
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._take
        self._client.reconnect_delay_set(0.1, 0.1)
        self._client.connect("127.0.0.1", broker.port)

    def __enter__(self) -> Listener:
        self._client.loop_start()
        assert self._subscribed.wait(10), "the broker takes no subscription"
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Send a message, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def latest(self, topic: str) -> str | None:
        """The last message of a topic; None: there was none."""
        return next((payload for name, payload in reversed(self._copy()) if name == topic), None)

    def all(self, topic: str) -> list[str]:
        """Every message of a topic, in order."""
        return [payload for name, payload in self._copy() if name == topic]

    def state(self, topic: str) -> dict[str, Any]:
        """The last message of a topic, which is JSON; empty where there is none."""
        found: dict[str, Any] = json.loads(self.latest(topic) or "{}")
        return found

    def forget(self) -> None:
        """Forget what was heard."""
        with self._lock:
            self.messages.clear()

    def _copy(self) -> list[tuple[str, str]]:
        with self._lock:
            return list(self.messages)

    def _take(self, _client: object, _data: object, message: Any) -> None:
        with self._lock:
            self.messages.append((message.topic, message.payload.decode("utf-8", "replace")))


class BridgeUnderTest:
    """engramd-mqtt as its own process; its log is part of every failure.

    `settings` go into its configuration file. `wrapper` begins its command line.
    """

    def __init__(
        self, folder: Path, bus: PrivateBus, settings: Mapping[str, object], wrapper: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        (folder / "mqtt.toml").write_text("\n".join(lines) + "\n")
        self._command = [
            *wrapper,
            sys.executable,
            "-m",
            "engramd.mqtt",
            "--config",
            str(folder / "mqtt.toml"),
        ]
        self._command += ["--bus", "system" if bus.system else "session"]
        self._environment = os.environ | bus.environment
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> BridgeUnderTest:
        with (self.folder / "bridge.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, cwd=ROOT
            )
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """End it in order; give its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def ended(self) -> int:
        """Wait until it ends by itself; give its exit code."""
        assert self.process is not None
        return self.process.wait(30)

    def log(self) -> str:
        """What it said."""
        return (self.folder / "bridge.log").read_text(errors="replace")

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition as long as it runs; the log is in the failure."""
        process = self.process
        assert process is not None

        def comes() -> object:
            done = condition()
            assert done or process.poll() is None, f"{what}, and it ended:\n{self.log()}"
            return done

        wait_until(comes, lambda: f"{what}:\n{self.log()}")


def wait_until(condition: Callable[[], object], what: Callable[[], str], seconds: float = 40) -> None:
    """Wait for a condition; `what` is said if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
