"""What a check found: for doctor, and for the conditions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One check: it is `ok`, worth knowing (`info`), or wrong (`warning`, `error`), and what to do then.

    `where` is the folder, device, program or address that it is about. `short` says what is fine in few
    words, for a list of such; `group` is the heading under which doctor shows it.
    """

    id: str
    text: str
    remedy: str = ""
    severity: str = "ok"
    where: str = ""
    short: str = ""
    group: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nothing needs to be done."""
        return self.severity in ("ok", "info")
