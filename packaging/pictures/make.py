"""Plays the scenes and draws them; see packaging/pictures/make."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from pictures.scenes import as_pictured, house, scenes  # noqa: E402
from pictures.svg import drawn  # noqa: E402
from tests.support.terminals import COLUMNS, Line, Span  # noqa: E402


def made() -> Mapping[str, list[Line]]:
    """Give the lines of each picture."""
    with house() as world:
        shown = scenes(world)
        return {name: [*_prompt(name), *as_pictured(lines, world.folder)] for name, lines in shown.items()}


def pictures() -> Iterator[tuple[str, str]]:
    """Give each picture with its name."""
    for name, lines in made().items():
        yield f"{name}.svg", drawn(f"engramctl {name}", lines, COLUMNS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="make", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", default=HERE, help="write into DIR")
    said = parser.parse_args(arguments)
    for name, svg in pictures():
        (said.folder / name).write_text(svg, "utf-8")
        sys.stdout.write(f"{said.folder / name}\n")
    return 0


def _prompt(name: str) -> list[Line]:
    """Give the line that was typed, but for what takes the whole screen."""
    return [] if name == "review" else [[Span("$", "green"), Span(f" engramctl {name}")]]


if __name__ == "__main__":
    raise SystemExit(main())
