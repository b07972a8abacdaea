"""The settings in force: defaults, over them what people set, over them what the configuration file locks."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.events import EventHub, SettingsChanged
from engramd.models import AppConfig
from engramd.settings.checks import check
from engramd.settings.config_file import ConfigFile
from engramd.settings.secrets import SECRETS, SENT_TO

log = logging.getLogger(__name__)

_NAME_LIKE = re.compile("[a-z_]{1,60}")
NAMES = tuple(name for name in AppConfig.model_fields if name != "id")


class ConfigRow(Protocol):
    """Where the settings are kept."""

    def load_config(self) -> AppConfig:
        """Give what was set."""

    def save_config(self, config: AppConfig) -> None:
        """Keep what was set."""


class Settings:
    """Reads and changes the settings; safe to use from every thread."""

    def __init__(
        self,
        row: ConfigRow,
        file: ConfigFile,
        hub: EventHub,
        checks: Sequence[Callable[[str, Any], None]] = (),
    ) -> None:
        self._row = row
        self._file = file
        self._hub = hub
        self._checks = checks
        self._lock = threading.Lock()
        self._check_file()
        if file.exposed:
            held = ", ".join(file.exposed)
            log.warning("every user may read %s in %s: chmod 0640, chown root:engramd", held, file.path)
        self._current = self._merged()

    @property
    def current(self) -> AppConfig:
        """The settings in force; treat it as read-only."""
        return self._current

    def values(self) -> dict[str, Any]:
        """Give every setting's value but secrets; enums are their strings."""
        return {name: _plain(getattr(self._current, name)) for name in NAMES if name not in SECRETS}

    def describe(self) -> list[dict[str, Any]]:
        """Give what `descriptions` says of each setting, whether and by which file it is locked.

        `locked_by` is the file, with a line where it is seen; of a secret, `set` says whether it has a value.
        """
        from engramd.settings.description import descriptions

        return [one | self._standing(one["name"]) for one in descriptions()]

    def _standing(self, name: str) -> dict[str, Any]:
        standing = {"locked": name in self._file.locked, "locked_by": self._file.place_of(name)}
        return standing | ({"set": bool(getattr(self._current, name))} if name in SECRETS else {})

    def set(self, name: str, value: object) -> None:
        """Change one setting. A string is read as the setting's type (`true`, `15`)."""
        self.change({name: value})

    def change(self, values: Mapping[str, object]) -> None:
        """Change settings, as `set` does; none of them if one cannot be."""
        for name in values:
            self._changeable(name)
        with self._lock:
            stored = self._row.load_config()
            for name, value in values.items():
                former = getattr(stored, name)
                _assign(stored, name, value)
                self._check(name, getattr(stored, name))
                if name in SENT_TO and getattr(stored, name) != former:
                    self._forget_secrets(stored, name, values)
            self._row.save_config(stored)
            self._current = self._merged()
        self._hub.publish(SettingsChanged(tuple(values)))

    def reset(self, names: Sequence[str]) -> None:
        """Give settings their defaults back; none of them if one cannot be."""
        for name in names:
            self._changeable(name)
        self.change({name: AppConfig.model_fields[name].get_default() for name in names})

    def take_file(self, file: ConfigFile) -> None:
        """Take what the configuration file says now. InvalidArgument, and all stays as it is."""
        with self._lock:
            former, self._file = self._file, file
            try:
                self._check_file()
            except InvalidArgument:
                self._file = former
                raise
        self.reload()

    def reload(self) -> None:
        """Take what another daemon set that shares the database."""
        with self._lock:
            former, self._current = self._current, self._merged()
            new = [name for name in NAMES if getattr(former, name) != getattr(self._current, name)]
        if new:
            self._hub.publish(SettingsChanged(tuple(new)))

    def _forget_secrets(self, stored: AppConfig, address: str, values: Mapping[str, object]) -> None:
        """Forget the secrets that are sent to an address when that changes, unless they are set with it."""
        for secret in SENT_TO[address]:
            if secret in self._file.locked:
                raise WrongState(
                    f"{secret} is locked, and would be sent to another address",
                    where=address,
                    remedy="set the address in the configuration file",
                )
            if secret not in values:
                setattr(stored, secret, "")

    def _changeable(self, name: str) -> None:
        if name not in NAMES:
            # What looks like no name may be a value, and values may be secret.
            where = name if _NAME_LIKE.fullmatch(name) else ""
            raise NotFound("there is no such setting", where=where, remedy="see engramctl config list")
        if name in self._file.credentials:
            raise WrongState(
                "a systemd credential locks this setting",
                where=f"{name} in {self._file.place_of(name)}",
                remedy="change the credential in the unit of the service, and restart engramd",
            )
        if name in self._file.settings:
            raise WrongState(
                "the configuration file locks this setting",
                where=f"{name} in {self._file.place_of(name)}",
                remedy="change that line, then: sudo systemctl reload engramd",
            )

    def _check(self, name: str, value: Any) -> None:
        check(name, value)
        for further in self._checks:
            further(name, value)

    def _check_file(self) -> None:
        """Refuse what the configuration file must not lock; every mistake is named at once."""
        mistakes = []
        for name, value in self._file.settings.items():
            try:
                self._check(name, value)
            except InvalidArgument as error:
                mistakes.append(str(error))
        if mistakes:
            raise InvalidArgument(
                "the configuration file is wrong", where=self._file.path, why="; ".join(mistakes)
            )

    def _merged(self) -> AppConfig:
        merged = self._row.load_config()
        for name, value in self._file.locked.items():
            setattr(merged, name, value)
        return merged


def _assign(stored: AppConfig, name: str, value: object) -> None:
    """Set a field. Pydantic would take true for 1."""
    if isinstance(value, bool) and AppConfig.model_fields[name].annotation in (int, float):
        raise _refusal(name, value)
    try:
        setattr(stored, name, value)
    except InvalidArgument:
        raise _refusal(name, value) from None


def _refusal(name: str, value: object) -> InvalidArgument:
    """Give the error that says what is wanted, and of a secret not what was given."""
    from engramd.settings.description import wanted

    if name in SECRETS:
        return InvalidArgument(f"{name} must be text")
    return InvalidArgument(f"{value!r} is no {name}", why=f"it is {wanted(name)}")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
