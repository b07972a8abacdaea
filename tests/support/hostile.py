"""Calls that nobody should make: wrong types, wrong places, random bytes, strangers, and half a message."""

from __future__ import annotations

import random
import resource
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gi.repository import GLib

from engramd.bus import names
from engramd.bus.introspection import Interface, interfaces
from engramd.bus.variants import guess, pack_arguments, split
from engramd.store import Store, default_url, open_engine
from tests.support.crowd import crowd
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rawbus import RawClient, message

NOBODY = 65534
#: An idle daemon has fewer threads.
CALM = 20
#: The flag of a message that wants no reply.
_NO_REPLY = 1
_BASIC = "ybnqiuxtdsog"
_TEXTS = (
    "", "x" * 5000, "../../etc/passwd", "/etc/passwd", "-1", "\u202e", "S01E01", "tv:1", "\x07\x1b[2J",
    "/srv/media/import/../../../etc", "{}", "%s%n", "'; DROP TABLE disc_jobs; --", "\U0001f4bf" * 400,
)  # fmt: skip
_KEYS = ("titles", "show", "season", "option", "value", "limit", "before", "x" * 300, "", "ids")
_NUMBERS = {"y": 8, "q": 16, "u": 32, "t": 64}
_SIGNED = {"n": 16, "i": 32, "x": 64}


class Hostile:
    """Makes hostile calls, the same ones for the same seed, and counts what became of them.

    Each connection, of this user or of a stranger, makes some calls, with one, some or a hundred under way at
    a time, and leaves then, with or without the replies; or the bus cuts it off.
    """

    def __init__(self, bus: PrivateBus, seed: int = 7) -> None:
        self._bus = bus
        self._random = random.Random(seed)
        self._client: RawClient | None = None
        self._left = self._window = self._asked = 0
        self._whole = True
        self.made: Counter[str] = Counter()
        self.replies: Counter[str] = Counter()
        self.cut_off = 0

    def run(self, calls: int) -> None:
        """Make calls; AssertionError if one of those that are waited for has no reply."""
        kinds: list[Callable[[], bytes]] = [
            self._wrong_types, self._strange_values, self._wrong_place, self._property,
            self._mutated, self._garbage, self._half,
        ]  # fmt: skip
        for _ in range(calls):
            kind = self._random.choices(kinds, (20, 40, 15, 15, 1, 0.3, 0.3))[0]
            self.made[kind.__name__.strip("_")] += 1
            self._send(kind(), is_whole=kind not in (self._mutated, self._garbage, self._half))
        self._leave()

    def _send(self, data: bytes, *, is_whole: bool) -> None:
        client = self._client or self._come()
        self._left -= 1
        self._whole = self._whole and is_whole
        self._asked += self._whole and not data[2] & _NO_REPLY
        sent = client.call(data) if is_whole else client.send(data)
        if not sent or not client.drain():
            self.cut_off += 1
            self._left = 0
        elif self._whole:
            client.wait_for_replies(self._asked - self._window)
        if not self._left:
            self._leave()

    def _come(self) -> RawClient:
        stranger = self._random.random() < 0.3
        self._client = RawClient(self._bus, uid=NOBODY if stranger else None)
        self._left, self._window = self._random.randrange(20, 400), self._random.choice((0, 8, 100))
        self._asked = 0
        self._whole = True
        return self._client

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if self._whole and self._random.random() < 0.7:
            client.wait_for_replies(self._asked)
        self.replies += client.replies
        client.close()

    # -- kinds of calls ----------------------------------------------------------------------------------

    def _wrong_types(self) -> bytes:
        interface, method = self._method()
        return self._call(interface, method, self._signature())

    def _strange_values(self) -> bytes:
        """A call as it should be, but for what it says."""
        signature = ""
        while not signature:
            interface, method = self._method()
            signature = interfaces()[interface].arguments[method]
        return self._call(interface, method, signature)

    def _wrong_place(self) -> bytes:
        interface, method = self._method()
        places = (interface, method, "x", names.BUS_NAME, "org.example.Nothing", "Nonsense")
        wrong = [self._random.choice(places) for _ in range(2)]
        path = self._random.choice((self._path(), "/", "/org", f"{names.ROOT}/jobs/18446744073709551616"))
        if "." not in wrong[0]:
            wrong[0] = names.BUS_NAME
        return message(names.BUS_NAME, path, wrong[0], wrong[1].replace(".", "_"), "s", ("x",))

    def _property(self) -> bytes:
        one = self._random.choice(list(interfaces().values()))
        name = self._random.choice([*one.properties, "Nonsense", ""])
        method, signature = self._random.choice((("Get", "ss"), ("GetAll", "s"), ("Set", "ssv")))
        values = (one.name, name, GLib.Variant("s", "x"))[: len(signature)]
        return message(names.BUS_NAME, self._path(), names.PROPERTIES, method, signature, values)

    def _mutated(self) -> bytes:
        data = bytearray(self._strange_values())
        for _ in range(self._random.randrange(1, 4)):
            data[self._random.randrange(len(data))] = self._random.randrange(256)
        return bytes(data)

    def _garbage(self) -> bytes:
        return self._random.randbytes(self._random.randrange(1, 600))

    def _half(self) -> bytes:
        """Half a message; what follows is taken for the rest of it."""
        data = self._strange_values()
        return data[: self._random.randrange(1, len(data))]

    # -- what they are made of ---------------------------------------------------------------------------

    def _method(self) -> tuple[str, str]:
        known = [one for one in interfaces().values() if one.arguments]
        one: Interface = self._random.choice(known)
        return one.name, self._random.choice([method for method in one.arguments if method != "Restart"])

    def _path(self) -> str:
        number = self._random.choice((0, 1, 2, 99999))
        return self._random.choice(
            (names.ROOT, names.job_path(number), names.title_path(number, 0), names.review_path(number))
        )

    def _call(self, interface: str, method: str, signature: str) -> bytes:
        path = names.ROOT if interface in (names.MANAGER, names.SETTINGS) else self._path()
        body = pack_arguments(signature, tuple(self._values(signature)))
        reply = self._random.random() < 0.95
        return message(names.BUS_NAME, path, interface, method, body=body, reply=reply)

    def _signature(self) -> str:
        parts = (*_BASIC, "v", "as", "ay", "a{sv}", "a{us}", "(si)", "aas", "av")
        return "".join(self._random.choice(parts) for _ in range(self._random.randrange(4)))

    def _values(self, signature: str) -> list[Any]:
        return [self._value(kind) for kind in split(signature)]

    def _value(self, kind: str, depth: int = 0) -> Any:
        pick = self._random
        if kind == "v":
            inner = pick.choice(("s", "i", "b", "d", "t", "as", "a{sv}" if depth < 4 else "x"))
            return guess(self._value(inner, depth + 1))
        if kind == "ay":
            return pick.randbytes(pick.choice((0, 10, 3000)))
        if kind.startswith("a{"):
            names_of = (
                "titles",
                "show",
                "season",
                "option",
                "value",
                "limit",
                "before",
                "x" * 300,
                "",
                "ids",
            )
            keys = names_of if kind[2] == "s" else range(9)
            inner = kind[3:-1]
            return {pick.choice(keys): self._value(inner, depth + 1) for _ in range(pick.randrange(1, 5))}
        if kind.startswith("a"):
            return [self._value(kind[1:], depth + 1) for _ in range(pick.randrange(1, 6))]
        if kind.startswith("("):
            return tuple(self._values(kind[1:-1]))
        return self._plain(kind)

    def _plain(self, kind: str) -> Any:
        pick = self._random
        if kind in _NUMBERS:
            return pick.choice((0, 1, (1 << _NUMBERS[kind]) - 1))
        if kind in _SIGNED:
            half = 1 << (_SIGNED[kind] - 1)
            return pick.choice((0, -half, half - 1))
        fixed = {"b": True, "d": float("nan"), "o": self._path(), "g": "a{sv}"}
        return pick.choice(_TEXTS) if kind == "s" else fixed[kind]


def memory(daemon: DaemonUnderTest) -> int:
    """Give the bytes that a daemon has in memory."""
    assert daemon.process is not None
    statm = Path(f"/proc/{daemon.process.pid}/statm").read_text(encoding="ascii")
    return int(statm.split()[1]) * resource.getpagesize()


def calm(daemon: DaemonUnderTest) -> int:
    """Wait until the threads that answered calls have ended; give the bytes that the daemon has then."""
    assert daemon.process is not None
    tasks = Path(f"/proc/{daemon.process.pid}/task")
    seen = [len(list(tasks.iterdir()))]

    def is_calm() -> bool:
        seen.append(len(list(tasks.iterdir())))
        return seen[-1] < CALM and len(seen) > 3

    daemon.wait_until(is_calm, f"{seen[-1]} threads do not end", 90, pause=1)
    return memory(daemon)


@contextmanager
def targeted(folder: Path, schema: Path) -> Iterator[tuple[PrivateBus, DaemonUnderTest]]:
    """Give a whole daemon on a bus of its own, with a few jobs, titles and questions to aim at."""
    (folder / "state").mkdir()
    shutil.copy(schema, folder / "state/engramd.db")
    store = Store(open_engine(default_url(folder / "state")))
    crowd(store, 3, titles=2)
    store.close()
    with PrivateBus() as bus, DaemonUnderTest(folder, bus) as daemon:
        yield bus, daemon
