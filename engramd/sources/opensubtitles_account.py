"""An account at OpenSubtitles.com: entered when it is needed, and kept in memory only.

Without a user name questions go with the key alone; few downloads a day are served then.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits
from engramd.sources.opensubtitles_model import NAME, Login, Refusal, changed, understood
from engramd.sources.problems import SourceRefused
from engramd.sources.reading import json_value
from engramd.sources.reports import Reports
from engramd.tools.cancel import CancelToken

if TYPE_CHECKING:
    from engramd.sources.wire import RawAnswer

LOGIN = "/api/v1/login"
#: A question that costs a download is asked twice at most.
_TWICE = Limits(tries=2)
#: Seconds after which a token is no longer used; it is good for a day.
TOKEN_LIFE = 12 * 3600.0
KEY_REMEDY = (
    "engramctl config set opensubtitles_api_key (a key is at https://www.opensubtitles.com/consumers)"
)
PASSWORD_REMEDY = "engramctl config set opensubtitles_username; engramctl config set opensubtitles_password"
_DOMAIN = "opensubtitles.com"
_TOKEN = re.compile(r"[\w.~+/=-]{1,4096}", re.ASCII)
_HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Access:
    """Where OpenSubtitles is, and what it knows us by."""

    url: str
    api_key: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give all that no text may repeat."""
        return tuple(filter(None, (self.api_key, self.username, self.password)))

    @property
    def has_account(self) -> bool:
        """Whether there is an account to enter."""
        return bool(self.username and self.password)


#: Makes a connection: address, limits, token (empty: none), and whether it is for logins, which have a pace
#: of their own.
Connects = Callable[[str, Limits, str, bool], Fetcher]


@dataclass(frozen=True)
class _Entered:
    """A connection that questions of the account go over; `since` is a moment of the monotonic clock."""

    fetcher: Fetcher
    since: float
    reports: Reports


class Account:
    """Asks in the name of the account; thread safe. `monotonic` is a clock in seconds."""

    def __init__(self, access: Access, connects: Connects, monotonic: Callable[[], float]) -> None:
        self._access = access
        self._connects = connects
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._login = connects(access.url, _TWICE, "", True)
        self._entered: _Entered | None = None
        self._refused = ""

    def __repr__(self) -> str:
        """Name the address, and nothing private."""
        return f"Account({self._access.url!r})"

    def ask(self, method: str, path: str, body: object, cancel: CancelToken) -> tuple[RawAnswer, Reports]:
        """Ask, once more with a new token if the old one is not accepted; give words for the answer's errors.

        Raises SourceUnreachable, SourceChanged, Cancelled, and SourceRefused for a wrong password.
        """
        entered, is_new = self._enter(cancel)
        answer = entered.fetcher.exchange(method, path, body, cancel=cancel)
        if self._access.has_account and not is_new and _refuses_token(answer):
            self._leave(entered)
            entered, _ = self._enter(cancel)
            answer = entered.fetcher.exchange(method, path, body, cancel=cancel)
        return answer, entered.reports

    def try_again(self) -> None:
        """Forget that the password was refused, and the token: both are tried anew."""
        self._refused = ""
        entered = self._entered
        if entered is not None:
            self._leave(entered)

    def close(self) -> None:
        """Close connections, and forget the token."""
        self.try_again()
        self._login.close()

    def _enter(self, cancel: CancelToken) -> tuple[_Entered, bool]:
        """Give the connection of the account, and whether its token is a new one."""
        with self._lock:
            kept = self._entered
            if kept is not None and self._monotonic() - kept.since < TOKEN_LIFE:
                return kept, False
            url, token = self._log_in(cancel) if self._access.has_account else (self._access.url, "")
            fetcher = self._connects(url, _TWICE, token, False)
            reports = Reports(NAME, [*self._access.secrets, token])
            entered = self._entered = _Entered(fetcher, self._monotonic(), reports)
        if kept is not None:
            kept.fetcher.close()
        return entered, True

    def _leave(self, entered: _Entered) -> None:
        with self._lock:
            if self._entered is entered:
                self._entered = None
        entered.fetcher.close()

    def _log_in(self, cancel: CancelToken) -> tuple[str, str]:
        """Give the address that serves the account, and a token.

        A password that was refused is not sent again: who goes on with a wrong one is locked out.
        """
        if self._refused:
            raise _wrong_password(self._refused)
        body = {"username": self._access.username, "password": self._access.password}
        answer = self._login.exchange("POST", LOGIN, body, cancel=cancel)
        reports = Reports(NAME, self._access.secrets)
        if answer.status == 401:
            self._refused = reports.message_in(answer.body) or "it answered 401"
            raise _wrong_password(self._refused)
        found = understood(json_value(answer, LOGIN, reports, missing=False), Login, LOGIN)
        if not _TOKEN.fullmatch(found.token):
            raise changed(LOGIN, "token", "it is no token")
        return account_url(self._access.url, found.base_url), found.token


def account_url(configured: str, answered: str) -> str:
    """Give the address for the host that a login answers, which may be another one of OpenSubtitles' own.

    Raises SourceChanged for a foreign host, which gets neither key nor token.
    """
    host = answered.partition("//")[2] if "//" in answered else answered
    host = host.partition("/")[0].lower()
    if not answered or host == urlsplit(configured).netloc.lower():
        return configured
    if not _HOST.fullmatch(host) or not is_own_host(host.partition(":")[0]):
        raise changed(LOGIN, "base_url", "it names a host that is not of OpenSubtitles")
    return f"https://{host}"


def is_own_host(host: str) -> bool:
    """Tell whether a host, without a port, is one of OpenSubtitles' own."""
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}")


def _refuses_token(answer: RawAnswer) -> bool:
    """Tell whether a new token may help; a stale one is also answered with 406 and a sentence."""
    if answer.status == 401:
        return True
    return answer.status == 406 and "token" in refusal(answer).message.lower()


def refusal(answer: RawAnswer) -> Refusal:
    """Read what an answer says of why not; nothing where it is no JSON."""
    try:
        return Refusal.model_validate(json.loads(answer.body))
    except (ValueError, RecursionError, ValidationError):
        return Refusal()


def _wrong_password(why: str) -> SourceRefused:
    return SourceRefused(
        f"{NAME} does not accept the user name and password",
        source=NAME,
        where=LOGIN,
        why=why,
        remedy=PASSWORD_REMEDY,
    )
