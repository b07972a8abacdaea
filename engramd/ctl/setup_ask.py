"""The five questions of setup, each with its reason and a default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

import click

from engramd.ctl.setup_answers import (
    SOURCES,
    Answers,
    Present,
    read_languages,
    read_sources,
    staging_beside,
)
from engramd.ctl.setup_machine import group_of
from engramd.ctl.setup_unit import refusal
from engramd.errors import EngramError, InvalidArgument

T = TypeVar("T")
#: Where films and series go unless somebody says otherwise: the package makes these folders.
TV, FILMS = "/srv/media/tv", "/srv/media/films"
#: Secrets by the option that gives them, in the order in which they are read from standard input.
SECRETS = {
    "makemkv_key": "MakeMKV's key",
    "tmdb_key": "TMDB's key",
    "opensubtitles_key": "OpenSubtitles' key",
}
_SETTINGS = {"tmdb_key": "tmdb_api_key", "opensubtitles_key": "opensubtitles_api_key"}

_FOLDERS = (
    "Where do series and films go? An episode or film is filed there as soon as it is known, under names that"
    " Plex and Jellyfin understand; nothing that is there is replaced. `none`: none of that kind."
)
_GROUP = (
    "Which group do those files belong to? Its members may change them: a media server, and you. A group that"
    " is not there is made."
)
_LANGUAGES = (
    "Which languages do you watch in, best first, as `de, en`? Sound and subtitles in others are left out,"
    " but never the original sound. `all`: everything is kept."
)
_MAKEMKV = (
    "What is MakeMKV's key? Copy protected discs are ripped by MakeMKV, which is a program of its own;"
    " without a key they wait. The key is given to MakeMKV on this machine, and sent nowhere."
)
_SOURCES = "Which sources in the network may be asked? None is, unless you name it:"


@dataclass(frozen=True)
class Given:
    """What the command line says; None: it is to be asked, or is as it was. Secrets may be `-`."""

    tv: str | None = None
    films: str | None = None
    staging: str | None = None
    group: str | None = None
    languages: str | None = None
    sources: tuple[str, ...] | None = None
    secrets: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Asker:
    """Asks people, or takes every default; which disks are local, and what is read, is for others to say.

    Only the service of the system has a group of its own and a sandbox, which closes some folders.
    """

    given: Given
    present: Present
    say: Callable[[str], None]
    is_local: Callable[[Path], bool]
    asks: bool = True
    is_service: bool = True
    read_secret: Callable[[str], str] = lambda _name: ""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def answers(self) -> Answers:
        """Give what is wanted. InvalidArgument where the command line says what cannot be."""
        tv, films = self._folders()
        libraries = [Path(folder) for folder in dict.fromkeys((tv, films)) if folder]
        if not libraries:
            raise InvalidArgument(
                "there is no library", remedy="name a folder for series, for films, or both"
            )
        answers = Answers(tv, films, self._staging(libraries))
        group = self._group(answers) if self.is_service else answers.group
        answers = replace(answers, group=group, languages=self._languages())
        secrets = dict(self._secrets("makemkv_key", _MAKEMKV))
        sources = self._sources()
        for name, (_, _, key) in SOURCES.items():
            option = f"{name}_key"
            if key and (name in sources or option in (self.given.secrets or {})):
                secrets.update(self._secrets(option))
        return replace(answers, sources=sources, secrets=secrets)

    def _folders(self) -> tuple[str, str]:
        if self.given.tv is None or self.given.films is None:
            self._explain(_FOLDERS)
        is_set = self.present.value("library_tv_path") or self.present.value("library_movies_path")
        tv = self.present.value("library_tv_path") or ("" if is_set else TV)
        films = self.present.value("library_movies_path") or ("" if is_set else FILMS)
        return (
            self._one("Series", self.given.tv, tv or "none", self._read_folder),
            self._one("Films", self.given.films, films or "none", self._read_folder),
        )

    def _read_folder(self, text: str) -> str:
        """Read a folder; `none` is none. InvalidArgument."""
        text = text.strip()
        if text in ("", "none"):
            return ""
        why = refusal(Path(text)) if self.is_service else ""
        if why or not text.startswith("/"):
            why = why or "it is no absolute path"
            raise InvalidArgument(
                "this folder cannot be used", where=text, why=why, remedy="name another one"
            )
        return str(Path(text))

    def _staging(self, libraries: list[Path]) -> str:
        """Rips on their way have a place by themselves, unless one is said or set."""
        if self.given.staging is not None:
            return self._read_folder(self.given.staging)
        if known := self.present.value("staging_path"):
            return known
        is_local = all(map(self.is_local, libraries))
        return staging_beside(libraries, is_local=is_local, is_service=self.is_service)

    def _group(self, answers: Answers) -> str:
        self._explain(_GROUP, self.given.group)
        found = next((name for folder in answers.libraries if (name := group_of(str(folder)))), "")
        default = found if found not in ("", "root") else self.present.group
        return self._one("Group", self.given.group, default, _read_group)

    def _languages(self) -> str:
        self._explain(_LANGUAGES, self.given.languages)
        return self._one("Languages", self.given.languages, self.present.languages or "all", read_languages)

    def _sources(self) -> tuple[str, ...]:
        if self.given.sources is not None:
            return read_sources(" ".join(self.given.sources))
        self._explain(_SOURCES)
        for name, (_, what, _) in SOURCES.items():
            if self.asks:
                self.say(f"  {name}: {what}")
        return self._one("Sources", None, ", ".join(self.present.sources) or "none", read_sources)

    def _secrets(self, option: str, why: str = "") -> Iterator[tuple[str, str]]:
        """Give a secret that is given or typed; one that is set stays where nothing is typed."""
        setting = _SETTINGS.get(option, option)
        said = (self.given.secrets or {}).get(option)
        if said is None and self.asks:
            self._explain(why)
            keeps = "Enter keeps it" if setting in self.present.secrets else "Enter: none"
            text = f"{SECRETS[option]} ({keeps})"
            said = click.prompt(text, default="", show_default=False, hide_input=True, err=True)
        elif said == "-":
            said = self.read_secret(SECRETS[option])
        if said and said.strip():
            yield setting, said.strip()

    def _explain(self, why: str, given: str | None = None) -> None:
        if self.asks and given is None and why:
            self.say(f"\n{next(self._numbers)}. {why}")

    def _one(self, what: str, given: str | None, default: str, read: Callable[[str], T]) -> T:
        """Give an answer: the given one, else one that is asked for until it can be, else the default."""
        if given is not None or not self.asks:
            return read(default if given is None else given)

        def taken(text: str) -> T:
            try:
                return read(text)
            except EngramError as error:
                raise click.UsageError(str(error)) from None

        return click.prompt(what, default=default, value_proc=taken, err=True)


def _read_group(text: str) -> str:
    """Read the name of a group. InvalidArgument."""
    name = text.strip()
    if not name or not (name[0].isalpha() or name[0] == "_") or not name.replace("-", "_").isidentifier():
        raise InvalidArgument("this is no name of a group", where=repr(text))
    return name
