"""Describes settings, so that a client can build a form for them. Pure; loaded when somebody asks."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from engramd.models import AppConfig
from engramd.settings.formats import LONGEST, format_of
from engramd.settings.secrets import SECRETS
from engramd.settings.topics import EXAMPLES, UNITS, ordered

NEVER_SHOWN = "Never shown; `engramctl config set {name}` asks for it."


def descriptions() -> list[dict[str, Any]]:
    """Describe every setting, in the order of a form.

    name, group, text, type (str, int, float, bool, enum), default, unit (s, days, bytes; empty: none),
    example, secret; of a number min and max, of an enum choices, of text format, pattern and max_length.
    """
    return [_described(name, group) for name, group in ordered()]


def wanted(name: str) -> str:
    """Say in words which values a setting takes, as far as its type tells."""
    default = AppConfig.model_fields[name].get_default()
    if isinstance(default, StrEnum):
        return f"one of {', '.join(type(default))}"
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, str):
        return "text"
    limits = _limits(name, default)
    kind = "a whole number" if isinstance(default, int) else "a number"
    return f"{kind} from {limits['min']} to {limits['max']} {UNITS.get(name, '')}".strip()


def _described(name: str, group: str) -> dict[str, Any]:
    field = AppConfig.model_fields[name]
    default = field.get_default()
    text = field.description or ""
    described = {
        "name": name,
        "group": group,
        "text": f"{text} {NEVER_SHOWN.format(name=name)}" if name in SECRETS else text,
        "type": "enum" if isinstance(default, StrEnum) else type(default).__name__,
        "default": default.value if isinstance(default, StrEnum) else default,
        "unit": UNITS.get(name, ""),
        "example": EXAMPLES.get(name, _typed(default)),
        "secret": name in SECRETS,
    }
    return described | _limits(name, default)


def _limits(name: str, default: object) -> dict[str, Any]:
    """Give what is enforced besides the type."""
    if isinstance(default, StrEnum):
        return {"choices": [member.value for member in type(default)]}
    if isinstance(default, bool):
        return {}
    if isinstance(default, str):
        kind = format_of(name)
        return {"format": kind.name, "pattern": kind.pattern, "max_length": LONGEST}
    limits = AppConfig.model_fields[name].metadata
    return {
        key: getattr(limit, bound)
        for limit in limits
        for key, bound in (("min", "ge"), ("max", "le"))
        if hasattr(limit, bound)
    }


def _typed(value: object) -> str:
    """Give a value as a person types it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
