"""Takes out of a report what is nobody's business: secrets, homes, names of machines and discs. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

SECRET, NAME, ADDRESS = "(secret)", "(name)", "(address)"
#: Shorter ones would tear words apart.
_SHORTEST_SECRET, _SHORTEST_NAME, _SHORTEST_USER = 4, 3, 3
#: Names that are no person's.
_EVERYBODYS = frozenset({"root", "engramd", "nobody", "localhost"})
#: Hosts whose addresses hold no secret of a person but in what follows a question mark.
_KNOWN_HOSTS = (
    "themoviedb.org",
    "opensubtitles.com",
    "thediscdb.com",
    "makemkv.com",
)
_PLAIN_SCHEMES = frozenset({"sqlite", "file", "unix"})
_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*)://([^\s\"'<>|\\]*)")
_WORD = (
    r"[\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|_key|credentials?|username)"
)
_SAID = re.compile(
    rf"(?i)(?<![\w-])({_WORD}[\"']?\s*[=:]\s*)(?!\(secret\))"
    rf"(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[^\s,;&)\]}}]+)"
)
_OPTION = re.compile(
    r"(?i)(?<![\w-])(--[\w-]*(?:password|passwd|passphrase|secret|token|api-?key)\s+)(?!-)\S+"
)
_HEADER = re.compile(
    r"(?im)\b((?:proxy-)?authorization|set-cookie|cookie|x-[\w-]*(?:token|key)|api-key)(\s*[:=]).*$"
)
_SHAPES = re.compile(
    r"\b[TM]-[A-Za-z0-9@_]{16,}"  # MakeMKV's keys
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # tokens in JSON
    r"|\b(?<![-/])[0-9a-f]{32,}\b"  # TMDB's keys, ids of machines; a disc's hash is in capitals
    r"|(?i:\b(?:bearer|basic)\s+[\w.~+/=-]{8,})"
)
_HOME = re.compile(r"/home/[^/\s\"':;,)]+")
#: Where desktops mount what a user plugs in.
_PLUGGED = re.compile(r"(?<![\w.-])((?:/run)?/media)/[^/\s\"':;,)]+(?=/)")
#: E-mail addresses, and none of systemd's units; of the network card.
_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+@(?![\w.-]+\.(?:service|socket|timer|mount|device)\b)[\w-]+(?:\.[\w-]+)+"
)
_CARD = re.compile(r"(?i)(?<![\w:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])")
#: IPv6 has two colons together or seven, which no time of the day has.
_IPV6 = re.compile(
    r"(?i)(?<![\w:.])(?=[0-9a-f]*:[0-9a-f:]*:)(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){7})[0-9a-f:]{4,}(?:%\w+)?(?![\w:])"
)
#: IPv4 but for this machine itself; a version may look like it, so that it goes from lines of a log only.
_IPV4 = re.compile(r"(?<![\w.-])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
#: What a line says of a disc, where its name is not known: values of such words, paths, and what is quoted.
_NAMING = re.compile(
    r"(?i)\b(label|title|show|name|film|series|path|file|folder|source|image|work|query)=(\"[^\"]*\"|'[^']*'|.*?(?=\s[\w-]+=|$))"
)
_QUOTED = re.compile(r"\"[^\"\n]{2,}\"|'[^'\n]{2,}'(?!\w)|“[^”\n]+”")
#: Folders of the system name nothing of a person; of others only the first part does not.
_SYSTEM = r"/(?:dev|proc|sys|etc|usr|run(?!/media)|var/(?:lib|cache)/engramd/(?!staging))\b"
_PATH = re.compile(
    rf"(?<![\w/.~-])(?!{_SYSTEM})(/[\w.@+-]+)/[^\n;\"]*?(?=[;:,]\s|[;:,]?$|\s[\w-]+=|[\"'](?:\s|$))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Redactor:
    """What is known that must not be told. `names` is None where names may stay."""

    secrets: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    names: frozenset[str] | None = None

    def text(self, text: str) -> str:
        """Give a text without all that."""
        if self._known_secrets:
            text = self._known_secrets.sub(SECRET, text)
        text = _HEADER.sub(rf"\1\2 {SECRET}", text)
        text = _URL.sub(_address, text)
        text = _SAID.sub(rf"\1{SECRET}", text)
        text = _OPTION.sub(rf"\1{SECRET}", text)
        text = _SHAPES.sub(SECRET, text)
        text = _PLUGGED.sub(r"\1/(user)", _HOME.sub("/home/(user)", text))
        for shape in (_MAIL, _CARD, _IPV6):
            text = shape.sub(ADDRESS, text)
        for known, instead in ((self._known_users, "(user)"), (self._known_hosts, "(host)")):
            text = known.sub(instead, text) if known else text
        return self._without_names(text)

    def said_line(self, line: str) -> str:
        """Give a line of a log; where names are left out, also what may be one that is not known."""
        line = _IPV4.sub(ADDRESS, self.text(line))
        if self.names is None:
            return line
        line = _NAMING.sub(rf"\1={NAME}", line)
        return _PATH.sub(rf"\1/{NAME}", _QUOTED.sub(NAME, line))

    def fields(self, found: Mapping[str, Any], secret: Iterable[str] = ()) -> dict[str, Any]:
        """Give fields without all that; `secret` ones say only whether there is a value."""
        hidden = set(secret)
        return {name: bool(value) if name in hidden else self._value(value) for name, value in found.items()}

    def setting(self, value: Any) -> Any:
        """Give the value of a setting that is no secret."""
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._value(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(one) for one in value]
        return value

    def _without_names(self, text: str) -> str:
        return self._known_names.sub(NAME, text) if self._known_names else text

    @cached_property
    def _known_secrets(self) -> re.Pattern[str] | None:
        words = {word for secret in self.secrets for word in (secret, *secret.split())}
        words = {word for word in words if len(word) >= _SHORTEST_SECRET}
        forms = {form for word in words for form in (word, quote(word, safe=""), json.dumps(word)[1:-1])}
        return _any_of(map(re.escape, forms))

    @cached_property
    def _known_users(self) -> re.Pattern[str] | None:
        users = {user for user in self.users - _EVERYBODYS if len(user) >= _SHORTEST_USER}
        return _any_of(rf"(?<![\w-]){re.escape(user)}(?![\w-])" for user in users)

    @cached_property
    def _known_hosts(self) -> re.Pattern[str] | None:
        """A host may be called `media`, as folders are: below a folder the word stays."""
        hosts = self.hosts - _EVERYBODYS
        found = (rf"(?:(?<=//)|(?<![\w/.-])){re.escape(host)}(?![\w-])" for host in hosts)
        return _any_of(found, re.IGNORECASE)

    @cached_property
    def _known_names(self) -> re.Pattern[str] | None:
        """A name is known with any of the signs between its words that labels and files have."""
        found = []
        for name in self.names or ():
            words = re.findall(r"\w+", name.replace("_", " "))
            if sum(map(len, words)) >= _SHORTEST_NAME:
                found.append(r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words)) + r"(?![^\W_])")
        return _any_of(found, re.IGNORECASE)


def _any_of(patterns: Iterable[str], flags: int = 0) -> re.Pattern[str] | None:
    """Join patterns, the longest first; None where there are none."""
    ordered = sorted(set(patterns), key=lambda pattern: (-len(pattern), pattern))
    return re.compile("|".join(ordered), flags) if ordered else None


def _address(found: re.Match[str]) -> str:
    """Give of an address what may be told: often the path, or all behind the scheme, is the secret."""
    scheme, rest = found[1], found[2]
    if scheme.lower() in _PLAIN_SCHEMES:
        return found[0] if "@" not in rest else f"{scheme}://{SECRET}"
    if scheme.lower() not in ("http", "https"):
        return f"{scheme}://{SECRET}"
    try:
        address = urlsplit(found[0])
        host, port = address.hostname or "", f":{address.port}" if address.port else ""
    except ValueError:
        return f"{scheme}://{SECRET}"
    known = any(host == one or host.endswith(f".{one}") for one in _KNOWN_HOSTS)
    path = address.path if known else "/…" if address.path.strip("/") else ""
    return f"{scheme}://{host}{port}{path}" + (f"?{SECRET}" if address.query or address.fragment else "")
