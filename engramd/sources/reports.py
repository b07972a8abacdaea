"""Puts the failures of one source into words, without its key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from engramd.sources.problems import SourceChanged, SourceRefused, SourceUnreachable

_QUOTED = 200
_SCHEME = "Bearer "


class Reports:
    """Makes the errors of the source `name`; no text ever contains one of the `private` values."""

    def __init__(self, name: str, private: Iterable[str]) -> None:
        self.name = name
        values = {value.removeprefix(_SCHEME).strip() for value in private}
        self._private = sorted(filter(None, values), key=len, reverse=True)

    def unreachable(self, where: str, why: str, until: float | None = None) -> SourceUnreachable:
        """Say that there is no usable answer now; from `until` (epoch) on the source may be asked again."""
        retry_at = datetime.fromtimestamp(until, UTC) if until is not None else None
        when = f"again after {retry_at:%Y-%m-%d %H:%M} UTC" if retry_at else "again later"
        return SourceUnreachable(
            f"{self.name} gives no answer",
            source=self.name,
            where=where,
            why=self.scrubbed(why),
            remedy=f"check the network, a proxy or a captive portal; it can be asked {when}",
            retry_at=retry_at,
        )

    def refused(self, where: str, why: str) -> SourceRefused:
        """Say that the source does not accept the key, or this caller where it takes no key."""
        key = f"enter a valid key of {self.name}; `engramctl doctor` tells whether it works"
        no_key = "it takes no key: check its address and the network, or ask it again later"
        return SourceRefused(
            f"{self.name} refuses access",
            source=self.name,
            where=where,
            why=self.scrubbed(why),
            remedy=key if self._private else no_key,
        )

    def changed(self, where: str, field: str, why: str) -> SourceChanged:
        """Say that the answer is not what is documented, at `field`."""
        return SourceChanged(
            f"{self.name} gave an answer that this program does not understand",
            source=self.name,
            field=self.scrubbed(field),
            where=self.scrubbed(f"{where}, {field}"),
            why=self.scrubbed(why),
            remedy="look for a newer version of this program",
        )

    def scrubbed(self, text: str) -> str:
        """Give `text` as one printable line of moderate length, without private values."""
        for private in self._private:
            text = text.replace(private, "…")
        line = "".join(c if c.isprintable() else " " for c in text)
        return line if len(line) <= _QUOTED else line[:_QUOTED] + "…"

    def message_in(self, body: bytes) -> str:
        """Give what the source itself says about its error, or an empty string; of GraphQL's, the first."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(value, dict):
            return ""
        text = value.get("status_message") or value.get("message") or value.get("error")
        errors = value.get("errors")
        if not text and isinstance(errors, list) and errors:
            text = errors[0].get("message") if isinstance(errors[0], dict) else errors[0]
        return self.scrubbed(text) if isinstance(text, str) else ""
