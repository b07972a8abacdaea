"""Other providers of subtitles, asked through the library subliminal in a child process.

What they are sent: names of a show, season, episode, languages. Only those are asked that a person named.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from engramd.errors import InvalidArgument, ToolMissing
from engramd.optional import how_to_get
from engramd.sources import subliminal_child as child
from engramd.sources.problems import SourceError, SourceRefused, SourceUnreachable
from engramd.sources.subtitles import BadSubtitle, Offer, OutOfQuota, Quota, Served, Wanted
from engramd.sources.subtitles_file import subtitle_bytes
from engramd.sources.tmdb_model import Text
from engramd.tools import CancelToken, ChildStuck, Tools
from engramd.tools.proxies import proxies

LIBRARY = "subliminal"
INSTALL = how_to_get("subliminal")
NAMES_REMEDY = "engramctl config set subliminal_providers 'NAME, NAME'"
CHILD = (sys.executable, "-P", "-m", "engramd.sources.subliminal_child")
#: Seconds that one question may take.
TIMEOUT = 180.0
_MOST_KNOWN = 5_000
#: How long a provider is left alone that has nothing left for us: none says when it has again.
_QUOTA_WAIT = timedelta(hours=24)


class _Said(BaseModel):
    """Base of what the child says."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Fault(_Said):
    kind: str
    why: Text = ""


class _Found(_Said):
    provider_id: Text
    language: Text
    release: Text = ""
    hearing_impaired: bool = False
    machine_translated: bool = False
    downloads: int = 0
    fps: float = 0.0
    score: int = 0


class _Answer(_Said):
    fault: _Fault | None = None
    offers: tuple[_Found, ...] = ()
    content: str = ""


def provider_names(text: str) -> tuple[str, ...]:
    """Read the setting `subliminal_providers`: names with commas or spaces between them."""
    return tuple(dict.fromkeys(text.replace(",", " ").lower().split()))


def subliminal_providers(tools: Tools, text: str) -> tuple[SubliminalProvider, ...]:
    """Make the providers of the setting `subliminal_providers`; nothing is started yet."""
    return tuple(SubliminalProvider(tools, name) for name in provider_names(text))


class SubliminalProvider:
    """A SubtitleProvider for one of the library's providers; each question is a child process.

    `now` gives seconds since the epoch.
    """

    def __init__(
        self,
        tools: Tools,
        name: str,
        *,
        argv: Sequence[str] = CHILD,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._tools = tools
        self._argv = tuple(argv)
        self._now = now
        self._lock = threading.Lock()
        self._asked: dict[str, Wanted] = {}

    def search(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """See SubtitleProvider."""
        answer = self._ask(self._question(wanted), cancel)
        known = [found for found in answer.offers if found.language in wanted.languages]
        known.sort(key=lambda found: _rank(found, wanted))
        offers = tuple(self._offer(found, wanted) for found in known)
        self._remember(offers, wanted)
        return offers

    def search_season(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """Give nothing: the library asks for single episodes."""
        return ()

    def download(self, offer: Offer, cancel: CancelToken | None = None) -> Served:
        """See SubtitleProvider. The offer must be one that `search` gave; the provider is searched again."""
        with self._lock:
            wanted = self._asked.get(offer.provider_id)
        if offer.provider != self.name:
            raise InvalidArgument(f"{offer.provider_id[:40]!r} is no file of {self.name}")
        if wanted is None:
            raise self._unreachable(
                f"{self.name} has to be searched for the file again", "it is not known here"
            )
        alone = replace(wanted, languages=(offer.language,))
        answer = self._ask(self._question(alone) | {"file": offer.provider_id}, cancel)
        try:
            content = base64.b64decode(answer.content, validate=True)
        except binascii.Error as error:
            raise self._broken("it gave no file") from error
        return Served(offer, subtitle_bytes(content, self.name))

    def quota(self) -> Quota:
        """Give nothing: it is not known."""
        return Quota()

    def check(self, cancel: CancelToken | None = None) -> None:
        """See whether the library is there and knows the provider, which is not asked.

        Raises SourceRefused with the remedy, and SourceUnreachable.
        """
        nothing = Wanted(show="-", season=1, episode=1, languages=())
        self._ask(self._question(nothing) | {"check": True}, cancel)

    def close(self) -> None:
        """Do nothing: nothing stays open."""

    def _ask(self, question: Mapping[str, Any], cancel: CancelToken | None) -> _Answer:
        try:
            outcome = self._tools.run(
                self._argv,
                stdin=json.dumps({**question, "proxies": proxies()}),
                timeout=TIMEOUT,
                cancel=cancel,
                env=_environment(),
                keep_output=True,
            )
        except (ToolMissing, ChildStuck) as error:
            raise self._broken(str(error)) from error
        if outcome.timed_out:
            raise self._broken(f"there was no answer within {TIMEOUT:.0f} s")
        if outcome.returncode:
            lines = outcome.stderr.strip().splitlines() or [f"exit code {outcome.returncode}"]
            raise self._broken(lines[-1][:200])
        try:
            answer = _Answer.model_validate_json(outcome.stdout)
        except ValidationError as error:
            raise self._broken("its answer is none") from error
        if answer.fault is not None:
            raise self._error(answer.fault.kind, answer.fault.why)
        return answer

    def _question(self, wanted: Wanted) -> dict[str, Any]:
        return {
            "provider": self.name,
            "show": wanted.show,
            "also": list(wanted.also),
            "year": wanted.year,
            "season": wanted.season,
            "episode": wanted.episode,
            "languages": list(wanted.languages),
        }

    def _offer(self, found: _Found, wanted: Wanted) -> Offer:
        return Offer(
            provider=self.name,
            provider_id=found.provider_id,
            language=found.language,
            season=wanted.season,
            episode=wanted.episode,
            release=found.release,
            hearing_impaired=found.hearing_impaired,
            machine_translated=found.machine_translated,
            downloads=max(0, found.downloads),
            fps=found.fps,
        )

    def _error(self, kind: str, why: str) -> SourceError:
        name = self.name
        if kind == child.QUOTA:
            resets_at = datetime.fromtimestamp(self._now(), UTC) + _QUOTA_WAIT
            return OutOfQuota(f"{name} has no download left", source=name, resets_at=resets_at, why=why)
        if kind == child.GONE:
            return BadSubtitle(f"{name} does not serve the file", source=name, why=why)
        if kind == child.FAILED:
            return self._unreachable(f"{name} gives no answer", why)
        what, remedy = {
            child.MISSING: (f"{LIBRARY}, which asks {name}, is not installed", INSTALL),
            child.UNKNOWN: (f"{LIBRARY} does not know the provider {name!r}", NAMES_REMEDY),
        }.get(kind, (f"{name} refuses access", f"take it out: {NAMES_REMEDY}"))
        return SourceRefused(what, source=name, why=why, remedy=remedy)

    def _broken(self, why: str) -> SourceUnreachable:
        return self._unreachable(f"the child process that asks {self.name} failed", why)

    def _unreachable(self, what: str, why: str) -> SourceUnreachable:
        remedy = "check the network; it can be asked again later"
        return SourceUnreachable(what, source=self.name, why=why, remedy=remedy)

    def _remember(self, offers: Sequence[Offer], wanted: Wanted) -> None:
        with self._lock:
            for offer in offers:
                self._asked[offer.provider_id] = wanted
            while len(self._asked) > _MOST_KNOWN:
                self._asked.pop(next(iter(self._asked)))


def _environment() -> dict[str, str]:
    """Let the child find this very package."""
    return {"PYTHONPATH": str(Path(__file__).parents[2])}


def _rank(found: _Found, wanted: Wanted) -> tuple[int, int, int, int, str]:
    language = wanted.languages.index(found.language)
    return found.machine_translated, language, -found.score, -found.downloads, found.provider_id
