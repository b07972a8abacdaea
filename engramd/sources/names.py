"""In which language works are named: the setting's, else the system's, then English, then their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ENGLISH = "en-US"
#: ISO 639-1 with an optional country, as a locale's name begins: `de_DE.UTF-8`, `sr_RS@latin`.
_LOCALE = re.compile(r"([a-z]{2})(?:[_-]([A-Z]{2}))?(?:[.@].*)?")


@dataclass(frozen=True)
class WorkNames:
    """The name of a work in its own language (ISO 639-1), and by language tags such as `de-DE` or `de`."""

    original: str
    original_language: str = ""
    translated: Mapping[str, str] = field(default_factory=dict)


def system_language(environment: Mapping[str, str]) -> str:
    """Give the language of messages (locale(7)) as a tag such as `de-DE`; English for C and unknown ones."""
    name = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(n))), "")
    return language_tag(name) or ENGLISH


def language_tag(name: str) -> str:
    """Turn the name of a locale, or a tag, into a tag such as `de-DE` or `de`; give "" for what is none."""
    found = _LOCALE.fullmatch(name.strip())
    if found is None:
        return ""
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def languages(setting: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Give the languages to name works in, best first; `setting` is empty for the system's."""
    first = language_tag(setting) or system_language(environment)
    return (first,) if first.startswith("en") else (first, ENGLISH)


def choose_title(names: WorkNames, wanted: Sequence[str], *, original: bool) -> str:
    """Give the name for a folder: the work's own if `original`, else the first that exists in `wanted`."""
    if original:
        return names.original
    found = (_in_language(names, tag) for tag in wanted)
    return next((name for name in found if name), names.original)


def _in_language(names: WorkNames, tag: str) -> str:
    """Prefer the country's own name, then the work's own, then that of another country with the language."""
    language = tag.partition("-")[0]
    exact = names.translated.get(tag, "")
    if exact or names.original_language == language:
        return exact or names.original
    kin = (name for t, name in sorted(names.translated.items()) if t.partition("-")[0] == language)
    return next(kin, "")
