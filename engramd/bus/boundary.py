"""What the daemon wants of a bus, and the rules of every call, whatever library speaks to the bus.

`engramd.bus.service` is an implementation on pydbus. Another one has a `Bus` of its own, makes a `Request`
and an `Answer` of each call, and passes the tests of the contract, `tests/bus/test_boundary.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from engramd.bus import names
from engramd.bus.introspection import Interface
from engramd.bus.variants import clean, pack_arguments, unpack
from engramd.errors import EngramError, InvalidArgument, NotFound

log = logging.getLogger(__name__)

#: Bytes of a reply or signal as a GVariant. The system bus takes 32 MiB a message, and drops who sends more;
#: what is sent here grows by a tenth on the wire.
MESSAGE_LIMIT = 24 << 20
#: Bytes that the arguments of a call may have.
REQUEST_LIMIT = 1 << 20
TEXT_LIMIT = 2000


@dataclass(frozen=True)
class Request:
    """A method call. `body` has the arguments as a GVariant; `interactive`: polkit may ask for a password."""

    path: str
    interface: str
    method: str
    body: Any
    sender: str
    interactive: bool = False

    @cached_property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments as plain values. Raises InvalidArgument if they are more than any call needs."""
        arguments: tuple[Any, ...] = unpack(self.body)
        return arguments


class Invocation(Protocol):
    """What the library has of a call, as GDBus has it."""

    def get_method_name(self) -> str:
        """Give the method's name."""

    def return_value(self, body: Any) -> None:
        """Reply."""

    def return_dbus_error(self, name: str, text: str) -> None:
        """Reply with an error."""


class Answer:
    """The reply of one call; to be given once, on the main loop, now or later."""

    def __init__(self, invocation: Invocation, signature: str) -> None:
        """`signature` is that of the results, one after another."""
        self._invocation: Invocation | None = invocation
        self._signature = signature

    def pack(self, value: Any = None) -> Any:
        """Give the message body for the value of the method: None, one value, or a tuple for several.

        For any thread, as it may take a while. Raises TypeError, ValueError or OverflowError.
        """
        values = value if isinstance(value, tuple) else (value,)
        return pack_arguments(self._signature, clean(values)) if self._signature else None

    def give(self, value: Any = None) -> None:
        """Reply with the value of the method."""
        try:
            body = self.pack(value)
        except (TypeError, ValueError, OverflowError) as error:
            self.fail(error)
        else:
            self.send(body)

    def send(self, body: Any) -> None:
        """Reply with a message body, unless it is too large."""
        if body is not None and body.get_size() > MESSAGE_LIMIT:
            what = f"the reply has {body.get_size()} bytes, more than the limit of {MESSAGE_LIMIT}"
            self.fail(EngramError(what, remedy="ask for less at a time"))
            return
        invocation, self._invocation = self._invocation, None
        if invocation is not None:
            invocation.return_value(body)

    def fail(self, error: BaseException) -> None:
        """Reply with an error; of what is no EngramError, only the log learns more."""
        invocation, self._invocation = self._invocation, None
        if invocation is None:
            return
        if not isinstance(error, EngramError):
            log.error("%s failed unexpectedly", invocation.get_method_name(), exc_info=error)
            error = EngramError("internal error", remedy="see the log: journalctl -u engramd")
        invocation.return_dbus_error(names.error_name(error), clean(str(error))[:TEXT_LIMIT] or error.code)


class Node(Protocol):
    """What is served at one path."""

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interfaces of the object."""

    def get(self, interface: str, name: str) -> Any:
        """Give a property as GVariant; KeyError if there is none."""

    def get_all(self, interface: str) -> Any:
        """Give all properties of an interface, as GVariants by name or as one GVariant."""

    def call(self, request: Request, answer: Answer) -> None:
        """Take a call of one of its own methods; must not block."""


class Exported(Protocol):
    """A node that is on the bus."""

    def emit(self, interface: str, member: str, body: Any) -> None:
        """Send a signal; `body` is its GVariant. One that is too large is not sent, but logged."""

    def unregister(self) -> None:
        """Take it off the bus, and forget it."""


class Bus(Protocol):
    """The connection of the daemon: objects, and the name. All methods are for the main loop's thread."""

    @property
    def connection(self) -> Any:
        """The GDBus connection, to ask others."""

    def connect(self) -> None:
        """Connect to the bus of the standard environment; EngramError if there is none."""

    def export(self, path: str, node: Node) -> Exported:
        """Put a node on the bus."""

    def own_name(self) -> None:
        """Take the bus name for good: Busy if another has it, NotAuthorized if the bus refuses."""

    def close(self) -> None:
        """Give the name back and leave the bus."""


#: Makes a bus of its kind, and of what is told, in a sentence, when the bus or the name is gone: the process
#: goes on, and nothing of this is told after `close`.
MakeBus = Callable[[names.BusKind, Callable[[str], None]], Bus]

_PROPERTY_RESULTS = {"Get": "v", "GetAll": "a{sv}"}


def serve(node: Node, results: Mapping[str, Mapping[str, str]], request: Request, invocation: Any) -> None:
    """Have a node take a call. `results` are the signatures of its methods' results, by interface.

    Nothing that a handler raises gets out, not even SystemExit.
    """
    is_property = request.interface == names.PROPERTIES
    of_interface = _PROPERTY_RESULTS if is_property else results[request.interface]
    answer = Answer(invocation, of_interface.get(request.method, ""))
    try:
        check_request(request.body)
        if is_property:
            answer.give(_property(node, request))
        else:
            node.call(request, answer)
    except BaseException as error:  # noqa: BLE001 - a callback's edge: SystemExit would end the daemon
        answer.fail(error)


def check_request(body: Any) -> None:
    """Refuse arguments that are larger than those of any call; InvalidArgument."""
    if (size := body.get_size()) > REQUEST_LIMIT:
        what = f"the call has {size} bytes, more than the limit of {REQUEST_LIMIT}"
        raise InvalidArgument(what, remedy="give less at a time")


def is_sendable(member: str, body: Any) -> bool:
    """Whether the bus takes a signal; if not, the log says so."""
    if (size := body.get_size()) > MESSAGE_LIMIT:
        log.error("%s is not sent: it has %d bytes, more than the limit of %d", member, size, MESSAGE_LIMIT)
        return False
    return True


def _property(node: Node, request: Request) -> Any:
    arguments = request.arguments
    try:
        if request.method == "Get":
            return node.get(*arguments)
        if request.method == "GetAll":
            return node.get_all(*arguments)
    except KeyError:
        raise NotFound("there is no such property", where=".".join(arguments)) from None
    raise InvalidArgument("properties are changed by methods only", where=".".join(arguments[:2]))
