"""The connection to the broker: kept up with a growing pause between attempts; paho-mqtt's callback API 2."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from engramd.errors import Busy, EngramError, InvalidArgument, NotAuthorized
from engramd.mqtt.config import Config

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)

#: Seconds between two attempts, at most; and until a broker that is silent counts as gone.
LONGEST_PAUSE, KEEP_ALIVE = 120.0, 30
#: So often in a row the broker may refuse the user before it is given up.
REFUSALS = 5
#: Reasons why a broker refuses a user: a bad name or password, and not authorized.
_REFUSING = (134, 135)

OnMessage = Callable[[str, bytes, bool], object]


class Refused(NotAuthorized):
    """The broker refuses the user again and again; the exit code is 77."""


def pauses(first: float, longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Give the seconds to wait before each new attempt."""
    while True:
        yield first
        first = min(2 * first, longest)


class Broker:
    """Sends to the broker, and hears from it.

    `will` is the topic and message that the broker publishes when this program vanishes. `on_connected` is
    called for each new connection, `on_message` (topic, payload, retained) for what is subscribed to; both on
    another thread.
    """

    def __init__(
        self,
        config: Config,
        will: tuple[str, str],
        subscriptions: tuple[str, ...],
        on_connected: Callable[[], object],
        on_message: OnMessage,
    ) -> None:
        self._config = config
        self._will = will
        self._subscriptions = subscriptions
        self._on_connected = on_connected
        self._on_message = on_message
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._client: Client | None = None
        self._reached = self._connected = False
        self._refusal = ""

    def run(self) -> None:
        """Keep the connection up until `stop`.

        Raises Refused if the broker does not take the user, and InvalidArgument if files for TLS are no good.
        """
        refusals, said = 0, ""
        waits = pauses(self._config.retry_seconds)
        while not self._stopped.is_set():
            error = self._session()
            if self._stopped.is_set():
                return
            if self._reached:
                said, waits = "", pauses(self._config.retry_seconds)
            refusals = refusals + 1 if isinstance(error, NotAuthorized) else 0
            if refusals >= REFUSALS:
                raise Refused(error.what, where=error.where, why=error.why, remedy=error.remedy)
            if str(error) != said:
                log.warning("%s", error)
                said = str(error)
            self._stopped.wait(next(waits))

    def stop(self) -> None:
        """End `run`, from any thread; what was sent before arrives."""
        self._stopped.set()
        self._ended.set()

    def send(self, topic: str, payload: str, retain: bool) -> None:
        """Send a message; without a connection it is lost, and all that is kept is sent at the next one.

        The quality of service is 0 for that reason: a message that paho repeated by itself could undo a
        later one.
        """
        client = self._client
        if client is not None and self._connected:
            client.publish(topic, payload, qos=0, retain=retain)

    def _session(self) -> EngramError:
        """Connect once, and give why that ended."""
        self._ended.clear()
        self._reached, self._refusal = False, ""
        self._client = client = self._made()
        try:
            client.connect(self._config.host, self._config.port_number, KEEP_ALIVE)
        except (OSError, ValueError) as error:
            return _unreachable(self._config, str(error) or type(error).__name__)
        client.loop_start()
        if not self._stopped.is_set():
            self._ended.wait()
        self._connected = False
        client.disconnect()
        client.loop_stop()
        if self._refusal:
            return _refused(self._config, self._refusal)
        return _unreachable(self._config, "the connection was lost")

    def _made(self) -> Client:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        config = self._config
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"engramd-mqtt-{secrets.token_hex(4)}",
            reconnect_on_failure=False,
        )
        if config.user:
            client.username_pw_set(config.user, config.password or None)
        if config.tls:
            self._secure(client)
        client.will_set(*self._will, qos=1, retain=True)
        client.on_connect = self._connection_made
        client.on_disconnect = self._connection_lost
        client.on_message = self._message_came
        return client

    def _secure(self, client: Client) -> None:
        config = self._config
        try:
            client.tls_set(
                config.tls_ca_file or None, config.tls_cert_file or None, config.tls_key_file or None
            )
        except (OSError, ValueError) as error:
            files = ", ".join(filter(None, (config.tls_ca_file, config.tls_cert_file, config.tls_key_file)))
            raise InvalidArgument("the files for TLS cannot be used", where=files, why=error) from None

    def _connection_made(
        self, client: Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason) if reason.value in _REFUSING else ""
            return
        self._reached = self._connected = True
        log.info("connected to the broker %s", self._config.broker)
        for topic in self._subscriptions:
            client.subscribe(topic, qos=1)
        self._guarded(self._on_connected)

    def _connection_lost(
        self, _client: Client, _data: object, _flags: object, _reason: ReasonCode, _properties: object
    ) -> None:
        self._connected = False
        self._ended.set()

    def _message_came(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._guarded(self._on_message, message.topic, message.payload, message.retain)

    @staticmethod
    def _guarded(function: Callable[..., object], *arguments: Any) -> None:
        """Run what must not end paho's thread."""
        try:
            function(*arguments)
        except Exception:
            log.exception("a message from the broker could not be dealt with")


def _unreachable(config: Config, why: str) -> EngramError:
    return Busy("the broker cannot be reached", where=config.broker, why=why, remedy="it is tried again")


def _refused(config: Config, why: str) -> NotAuthorized:
    who = f"the user {config.user}" if config.user else "a client without a user name"
    remedy = "set user and password_file in mqtt.toml to what the broker knows"
    return NotAuthorized(f"the broker does not take {who}", where=config.broker, why=why, remedy=remedy)
