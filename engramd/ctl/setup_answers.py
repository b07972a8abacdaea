"""What setup is told, and the settings that follow from it. Pure."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engramd.ctl.setup_toml import Value
from engramd.ctl.setup_unit import GROUP, trees
from engramd.errors import InvalidArgument

#: Each network source: its switch, what it knows and what it is sent, and its key (empty: it needs none).
SOURCES: Mapping[str, tuple[str, str, str]] = {
    "tmdb": (
        "tmdb_enabled",
        "names of series, films and episodes; is sent names, years and numbers",
        "tmdb_api_key",
    ),
    "discdb": (
        "discdb_enabled",
        "what is on a disc, by people who looked; is sent the disc's content hash",
        "",
    ),
    "opensubtitles": (
        "opensubtitles_enabled",
        "subtitles, by which episodes are told apart; is sent names and numbers of episodes",
        "opensubtitles_api_key",
    ),
}
ORIGINAL = "original"


@dataclass(frozen=True)
class Present:
    """What is set already: values by name, which secrets have one, and the library's group."""

    values: Mapping[str, Any]
    secrets: Collection[str] = ()
    group: str = GROUP

    def value(self, name: str) -> str:
        """Give the value of a setting that is text."""
        return str(self.values.get(name) or "")

    @property
    def languages(self) -> str:
        """The languages that are kept, best first; empty: all."""
        return ", ".join(code for code in _codes(self.value("audio_languages")) if code != ORIGINAL)

    @property
    def sources(self) -> tuple[str, ...]:
        """The network sources that may be asked."""
        return tuple(name for name, (switch, _, _) in SOURCES.items() if self.values.get(switch))


@dataclass(frozen=True)
class Answers:
    """What a person wants. Secrets that are not given stay as they are."""

    tv: str
    films: str
    staging: str
    group: str = GROUP
    languages: str = ""
    sources: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def libraries(self) -> list[Path]:
        """The library folders, each once."""
        return [Path(folder) for folder in dict.fromkeys((self.tv, self.films)) if folder]

    @property
    def folders(self) -> list[Path]:
        """All folders that the service writes to."""
        return [*self.libraries, *([Path(self.staging)] if self.staging else [])]

    def settings(self, present: Present, spoken: str = "") -> dict[str, Value]:
        """Give the settings that are to change; `spoken` is the language of who asks, as `ger`."""
        paths = {"library_tv_path": self.tv, "library_movies_path": self.films, "staging_path": self.staging}
        wanted: dict[str, Value] = {
            **paths,
            **dict(self._languages(present, spoken)),
            **dict(self._switches(present)),
        }
        changed = {name: value for name, value in wanted.items() if value != (present.values.get(name) or "")}
        return {**changed, **{name: value for name, value in self.secrets.items() if value}}

    def _languages(self, present: Present, spoken: str) -> Iterator[tuple[str, str]]:
        """What was set by hand stays, where the answer is what is set."""
        if self.languages != present.languages:
            yield "audio_languages", f"{self.languages}, {ORIGINAL}" if self.languages else ""
            yield "subtitle_languages", self.languages
        references = present.value("reference_languages")
        if self.languages != present.languages and self.languages:
            yield "reference_languages", self.languages
        elif spoken and spoken not in _codes(references) and references in ("", "eng"):
            yield "reference_languages", ", ".join(dict.fromkeys((spoken, "eng")))

    def _switches(self, present: Present) -> Iterator[tuple[str, bool]]:
        for name, (switch, _, _) in SOURCES.items():
            if bool(present.values.get(switch)) != (name in self.sources):
                yield switch, name in self.sources
        if self.sources and present.values.get("network_enabled") is False:
            yield "network_enabled", True


def staging_beside(libraries: Collection[Path], *, is_local: bool, is_service: bool = True) -> str:
    """Give a staging folder from which titles are renamed into the libraries; empty: there is no such place.

    On a disk of another machine a rip would crawl, so it stays on this one. A service can only rename within
    one tree that its sandbox opens.
    """
    if not libraries or not is_local:
        return ""
    whole = Path(os.path.commonpath(list(libraries)))
    whole = whole.parent if whole in libraries else whole
    staging = whole / "staging"
    is_one_tree = not is_service or len(trees([*libraries, staging])) <= 1
    return str(staging) if is_one_tree and whole != Path("/") else ""


def read_languages(text: str) -> str:
    """Read languages as people name them into codes, best first; `all` is empty. InvalidArgument."""
    return "" if text.strip().lower() in ("", "all") else ", ".join(_codes(text))


def read_sources(text: str) -> tuple[str, ...]:
    """Read names of network sources; `none` is none. InvalidArgument names those that there are."""
    words = text.replace(",", " ").lower().split()
    wanted = [word for word in words if word != "none"]
    for word in wanted:
        if word not in SOURCES:
            raise InvalidArgument(f"there is no source {word}", remedy=f"known: {', '.join(SOURCES)}, none")
    return tuple(name for name in SOURCES if name in wanted)


def spoken_language(locale: str) -> str:
    """Give the language of a locale such as `de_DE.UTF-8`; empty: it names none."""
    code = locale.partition("_")[0].partition(".")[0].lower()
    try:
        return _codes(code)[0] if code not in ("", "c", "posix") else ""
    except InvalidArgument:
        return ""


def _codes(text: str) -> tuple[str, ...]:
    from engramd.rip.wanted_languages import languages_of

    return languages_of(text)
