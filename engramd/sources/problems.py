"""What can go wrong with a source; none of it is ever a sign that the source knows nothing of a disc."""

from __future__ import annotations

from datetime import datetime

from engramd.errors import EngramError


class SourceError(EngramError):
    """Base of all errors of sources; `source` is its name, such as `TMDB`."""

    def __init__(
        self, what: str, *, source: str, where: object = "", why: object = "", remedy: str = ""
    ) -> None:
        super().__init__(what, where=where, why=why, remedy=remedy)
        self.source = source


class SourceUnreachable(SourceError):
    """The source gave no usable answer for now; trying again later can help, from `retry_at` (UTC) if set."""

    def __init__(
        self,
        what: str,
        *,
        source: str,
        where: object = "",
        why: object = "",
        remedy: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(what, source=source, where=where, why=why, remedy=remedy)
        self.retry_at = retry_at


class SourceRefused(SourceError):
    """The source does not accept the key, or this caller; only a person can help."""


class SourceChanged(SourceError):
    """The answer is not what the source documents; `field` says where in the answer."""

    def __init__(
        self, what: str, *, source: str, field: str, where: object = "", why: object = "", remedy: str = ""
    ) -> None:
        super().__init__(what, source=source, where=where, why=why, remedy=remedy)
        self.field = field


class IndexDamaged(EngramError):
    """The local index cannot be read; building it anew helps."""
