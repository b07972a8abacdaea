"""Pages as roff for man(1), in the macros of man(7) that groff and mandoc both know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pages.document import Block, Code, Item, Items, Page, Paragraph, Part, Spans

_FONTS = {"b": "B", "i": "I"}
#: Characters that roff would change or act on.
_LITERAL = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})
_PROSE = str.maketrans({"\\": r"\e", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga"})
#: An option or a path within prose, whose dashes must be able to be copied.
_WORD_WITH_DASHES = re.compile(r"(?<!\S)[(\[]?(?:-{1,2}[a-z]|\S*/)\S*")
#: Where a new sentence begins, which begins a new line, as roff likes it.
_SENTENCE = re.compile(r"(?:(?<=[a-z0-9)\]][.?!])|(?<=\\fR[.?!])) (?=[A-Z\\(])")
_WIDTH = 100
#: Characters of a term that what is said of it may stand beside.
_WIDEST = 24


def page_as_roff(page: Page, version: str) -> str:
    """Write a page; it has no date, so that it is the same on every day."""
    title = f'.TH "{page.name.upper()}" "{page.section}" "" "engramd {version}" "{page.manual}"'
    name = [".SH NAME", f"{_literal(page.name)} \\- {_prose(page.about)}"]
    lines = [
        '.\\" Made by packaging/make-pages from the program itself: change that, and make it anew.',
        title,
        # Left-aligned and without hyphens: much of it is names, which must be found and copied.
        ".nr HY 0",
        ".nh",
        ".ad l",
        *name,
    ]
    for part in page.parts:
        lines += _part(part, ".SH")
    return "\n".join(lines) + "\n"


def _part(part: Part, macro: str) -> Iterator[str]:
    is_name = "." in part.heading
    heading = part.heading.upper() if macro == ".SH" and not is_name else part.heading
    yield f'{macro} "{_prose(heading)}"'
    yield from _blocks(part.blocks)
    for inner in part.parts:
        yield from _part(inner, ".SS")


def _blocks(blocks: Iterable[Block], *, begun: bool = False) -> Iterator[str]:
    """Write blocks; the first paragraph below a heading needs no macro, unless something was `begun`."""
    for block in blocks:
        if isinstance(block, Items):
            yield from _items(block)
        else:
            if begun:
                yield ".PP"
            yield from _code(block) if isinstance(block, Code) else _text(block.text)
        begun = True


def _items(block: Items) -> Iterator[str]:
    close = block.is_close
    widths = [sum(len(words) for _, words in one.term) for one in block.items] if close else []
    width = max((width for width in widths if width <= _WIDEST), default=0)
    for number, one in enumerate(block.items):
        if close and number == 1:
            yield ".PD 0"
        yield from _item(one, f".TP {width + 2}" if close else ".TP")
    if close and len(block.items) > 1:
        yield ".PD"


def _item(one: Item, macro: str) -> Iterator[str]:
    first, *rest = one.body
    yield macro
    yield _protected(_inline(one.term))
    if isinstance(first, Paragraph):
        yield from _text(first.text)
    else:
        rest = [first, *rest]
        yield r"\&"
    if rest:
        yield ".RS"
        yield from _blocks(rest, begun=True)
        yield ".RE"


def _code(block: Code) -> Iterator[str]:
    yield ".RS 4"
    yield ".EX"
    for line in block.lines:
        yield _protected(_literal(line))
    yield ".EE"
    yield ".RE"


def _text(text: Spans) -> Iterator[str]:
    for sentence in _SENTENCE.split(_inline(text)):
        yield from _wrapped(sentence)


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= _WIDTH:
            yield _protected(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield _protected(line)


def _inline(text: Spans) -> str:
    return "".join(
        f"\\f{_FONTS[style]}{_literal(words)}\\fR" if style else _prose(words) for style, words in text
    )


def _literal(text: str) -> str:
    return _escaped(text.translate(_LITERAL))


def _prose(text: str) -> str:
    copied = _WORD_WITH_DASHES.sub(lambda found: found[0].replace("-", "\0"), text)
    return _escaped(copied.translate(_PROSE).replace("\0", r"\-"))


def _escaped(text: str) -> str:
    return "".join(char if char < "\x7f" else f"\\[u{ord(char):04X}]" for char in text)


def _protected(line: str) -> str:
    """Keep a line from being taken for a request of roff."""
    return rf"\&{line}" if line[:1] in (".", "'") else line
