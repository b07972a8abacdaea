"""Lists that are too large end early, and say so."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.bus import pages
from engramd.bus.pages import after, fitting
from engramd.errors import InvalidArgument


def unpacked(rows: list[Any]) -> list[dict[str, Any]]:
    return [row.unpack() for row in rows]


def test_what_fits_is_told_whole() -> None:
    rows = [{"n": number} for number in range(5)]
    assert unpacked(fitting(rows, lambda left: {"left": left})) == rows


def test_what_does_not_fit_is_counted_in_a_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", 500)
    rows = [{"n": number, "text": "x" * 100} for number in range(20)]
    told = unpacked(fitting(rows, lambda left: {"left": left}))
    assert told[:-1] == rows[: len(told) - 1]
    assert told[-1] == {"left": 20 - (len(told) - 1)}
    assert unpacked(fitting(rows)) == told[:-1], "without a last row the list ends"
    assert len(fitting([{"text": "x" * 9999}])) == 1, "a row that is too large by itself is told"


def test_a_list_goes_on_after_its_last_row() -> None:
    rows = ["a", "b", "c", "d"]
    assert after(rows, None, str, 2) == ["a", "b"]
    assert after(rows, "b", str, 2) == ["c", "d"]
    assert after(rows, "d", str, None) == []
    with pytest.raises(InvalidArgument, match="begin anew"):
        after(rows, "x", str, None)
