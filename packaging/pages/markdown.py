"""Pages as Markdown, for browsers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pages.document import Block, Code, Items, Page, Paragraph, Part, Spans

#: Characters that would be markup; a line below within a name is none.
_SPECIAL = re.compile(r"([\\*<\[\]|`]|(?<!\w)_|_(?!\w))")
_WIDTH = 120


def page_as_markdown(page: Page, version: str) -> str:
    """Write a page."""
    lines = [
        "<!-- Made by packaging/make-pages from the program itself: change that, and make it anew. -->",
        f"# {page.name}",
        "",
        f"{page.about[:1].upper()}{page.about[1:]} (engramd {version}).",
    ]
    for part in page.parts:
        lines += _part(part, "##")
    return "\n".join(lines) + "\n"


def _part(part: Part, level: str) -> Iterator[str]:
    yield from ("", f"{level} {part.heading}")
    yield from _blocks(part.blocks, "")
    for inner in part.parts:
        yield from _part(inner, f"{level}#")


def _blocks(blocks: Iterable[Block], indent: str) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Items):
            yield ""
            yield from _items(block, indent)
        elif isinstance(block, Code):
            yield from (
                "",
                f"{indent}```",
                *(f"{indent}{line}".rstrip() for line in block.lines),
                f"{indent}```",
            )
        else:
            yield ""
            yield from _wrapped(_inline(block.text), indent, indent)


def _items(block: Items, indent: str) -> Iterator[str]:
    for one in block.items:
        first, *rest = one.body
        text = _inline(one.term)
        if isinstance(first, Paragraph):
            text += f": {_inline(first.text)}"
        else:
            rest = [first, *rest]
        yield from _wrapped(text, f"{indent}* ", f"{indent}  ")
        yield from _blocks(rest, f"{indent}  ")


def _wrapped(text: str, first: str, others: str) -> Iterator[str]:
    line, indent = "", first
    for word in text.split(" "):
        if line and len(indent) + len(line) + len(word) >= _WIDTH:
            yield indent + line
            line, indent = word, others
        else:
            line = f"{line} {word}" if line else word
    yield indent + line


def _inline(text: Spans) -> str:
    return "".join(f"`{words}`" if style == "b" else _styled(style, words) for style, words in text)


def _styled(style: str, words: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", words)
    return f"*{escaped}*" if style else escaped
