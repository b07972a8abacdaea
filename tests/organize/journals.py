"""A journal in a file: what the database is to the daemon."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engramd.organize import Intent


class FileJournal:
    """Durable at each return, as the protocol demands; `on_record` runs just before the record is made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.on_record: Callable[[], object] | None = None

    def intended(self) -> Intent | None:
        noted = self._read().get("intent")
        return Intent(Path(noted[0]), noted[1]) if noted else None

    def intend(self, intent: Intent) -> None:
        self._write({"intent": [str(intent.target), intent.size]})

    def recorded(self, target: Path) -> None:
        if self.on_record is not None:
            self.on_record()
        self._write(self._read() | {"record": str(target)})

    def record(self) -> str | None:
        text: str | None = self._read().get("record")
        return text

    def forget(self) -> None:
        self.path.unlink()

    def _read(self) -> dict[str, Any]:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def _write(self, values: dict[str, object]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(values))
        fresh.replace(self.path)
