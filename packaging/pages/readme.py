"""The README's table of what polkit action each method needs."""

from __future__ import annotations

from collections.abc import Sequence

from pages.bus_page import action_of
from pages.bus_xml import Interface

BEGIN = "<!-- made by packaging/make-pages: what polkit is asked -->"
END = "<!-- end of what polkit is asked -->"
_ACTIONS = ("review", "control", "configure", "")


def polkit_table(interfaces: Sequence[Interface]) -> str:
    """Give the table between its marks: a row for each interface, a column for each action."""
    rows = [_row(one) for one in interfaces if one.methods and one.name.startswith("org.engramd.")]
    head = [
        "| interface | `review` | `control` | `configure` | only reads, open to all |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([BEGIN, "", *head, *rows, "", END]) + "\n"


def _row(interface: Interface) -> str:
    cells = [
        ", ".join(one.name for one in interface.methods if action_of(interface.name, one.name) == action)
        for action in _ACTIONS
    ]
    return f"| {' | '.join([interface.short, *cells])} |"


def in_readme(readme: str, table: str) -> str:
    """Give the README with the table of now; empty where it has no marks for it."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(f"{END}\n")
    return before + table + after if begin and end else ""
