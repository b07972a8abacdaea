"""A page as blocks of marked text, which are written as roff or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

#: Text and its style: "" for prose, "b" for what is typed as it stands, "i" for what something stands for.
Span = tuple[str, str]
Spans = tuple[Span, ...]

_MARKED = re.compile(r"`([^`]+)`|\*([^*]+)\*")


@dataclass(frozen=True)
class Paragraph:
    """Prose."""

    text: Spans


@dataclass(frozen=True)
class Code:
    """Lines that stay as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A term, and below it what is said of it."""

    term: Spans
    body: tuple[Block, ...]


@dataclass(frozen=True)
class Items:
    """Terms one after the other; `is_close` if each is said in a line or so, with no room between them."""

    items: tuple[Item, ...]
    is_close: bool = False


Block = Paragraph | Code | Items


@dataclass(frozen=True)
class Part:
    """Blocks under a heading, and parts below it."""

    heading: str
    blocks: tuple[Block, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of the manual."""

    name: str
    section: int
    manual: str
    about: str
    parts: tuple[Part, ...] = field(default=())


def marked(text: str) -> Spans:
    """Read text in which `literals` and *placeholders* are marked."""
    return tuple(_spans(" ".join(text.split())))


def _spans(text: str) -> Iterator[Span]:
    at = 0
    for found in _MARKED.finditer(text):
        if found.start() > at:
            yield ("", text[at : found.start()])
        yield ("b", found[1]) if found[1] else ("i", found[2])
        at = found.end()
    if at < len(text):
        yield ("", text[at:])


def quoted(text: str) -> Spans:
    """Read text of the program, in which nothing but `literals` is marked; blanks stay as they are."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return (("", text),)
    return tuple(("b" if place % 2 else "", part) for place, part in enumerate(parts) if part)


def prose(*paragraphs: str) -> tuple[Paragraph, ...]:
    """Give paragraphs of marked text."""
    return tuple(Paragraph(marked(text)) for text in paragraphs)


def item(term: str, *body: str | Block) -> Item:
    """Give an item of marked texts, or of blocks."""
    blocks = (Paragraph(marked(one)) if isinstance(one, str) else one for one in body)
    return Item(marked(term), tuple(blocks))


def items(pairs: Iterable[tuple[str, str]], *, close: bool = False) -> Items:
    """Give items of a marked term and a marked sentence each."""
    return Items(tuple(item(term, text) for term, text in pairs), is_close=close)


def code(*lines: str) -> Code:
    """Give lines that stay as they are."""
    return Code(lines)


def listed(words: Sequence[str], joined: str = "and") -> str:
    """Give `a, b and c`."""
    return f" {joined} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
