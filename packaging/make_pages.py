"""Makes the reference pages, the completions and the README's table; see packaging/make-pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from pages.bus_page import bus_page  # noqa: E402
from pages.bus_xml import read_interfaces  # noqa: E402
from pages.commands_page import commands_page  # noqa: E402
from pages.completion_scripts import completion_scripts  # noqa: E402
from pages.daemon_page import daemon_page  # noqa: E402
from pages.markdown import page_as_markdown  # noqa: E402
from pages.readme import in_readme, polkit_table  # noqa: E402
from pages.roff import page_as_roff  # noqa: E402
from pages.settings_page import settings_page  # noqa: E402

from engramd import __version__  # noqa: E402

PACKAGING = ROOT / "packaging"
README = ROOT / "README.md"
XML = ROOT / "engramd/bus/org.engramd.Engram1.xml"
MENDS = "packaging/make-pages makes it anew"


def made() -> Iterator[tuple[str, str]]:
    """Give every file below packaging/ with what is in it."""
    xml = XML.read_text(encoding="utf-8")
    bus = bus_page(xml, read_interfaces(xml), PACKAGING / "polkit/org.engramd.engram1.policy")
    for page in (commands_page(), settings_page(), bus, daemon_page(ROOT / "systemd/engramd.service")):
        yield f"man/{page.name}.{page.section}", page_as_roff(page, __version__)
    yield f"man/{bus.name}.md", page_as_markdown(bus, __version__)
    for name, script in completion_scripts():
        yield f"completions/{name}", script


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare; 1 where something is not as it would be made."""
    parser = argparse.ArgumentParser(prog="make-pages", description=__doc__)
    parser.add_argument(
        "folder", metavar="DIR", type=Path, nargs="?", help="write below DIR, and not into the tree"
    )
    parser.add_argument("--check", action="store_true", help="only say what is not as it would be made")
    parser.add_argument(
        "--readme", action="store_true", help="only print the README's table of polkit's actions"
    )
    said = parser.parse_args(arguments)
    table = polkit_table(read_interfaces(XML.read_text(encoding="utf-8")))
    if said.readme:
        sys.stdout.write(table)
        return 0
    folder = said.folder or PACKAGING
    files = {folder / name: text for name, text in made()}
    if said.folder is None and (readme := in_readme(README.read_text(encoding="utf-8"), table)):
        files[README] = readme
    return _compare(files) if said.check else _write(files)


def _compare(files: dict[Path, str]) -> int:
    old = [
        path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in old:
        named = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        sys.stderr.write(f"{named} is not what the program says: {MENDS}\n")
    return 1 if old else 0


def _write(files: dict[Path, str]) -> int:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
