"""Prose in which dictionaries are described, as `titles s (1,3-5), main_only b`: with their keys as a list.

A key is a name and a D-Bus type, perhaps with a remark: further words, or words in brackets. From three keys
on in a row they become a list; fewer stay where they are, with name and type marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pages.document import Block, Item, Items, Paragraph, Span, Spans, marked, quoted

#: The type `as` is also a word, and is one where more words follow.
_TYPE = r"(?:aa?\{[a-z][a-z]\}|a[biutdoxv]|as(?= \(|[,;:.)]|$)|[sbiutdoxv])"
_KEY = re.compile(rf"\b([a-z][a-z_]*) ({_TYPE})(?![\w{{'])")
_REMARK = re.compile(r"((?: (?!and\b)[\w/-]+){0,8})(?= \(|[,;:.]|$| and )")
_BETWEEN = re.compile(r",? and |, ")
_FEW = 3


@dataclass(frozen=True)
class _Key:
    name: str
    type: str
    remark: str
    end: int


def blocks_of(text: str) -> tuple[Block, ...]:
    """Lay prose out as paragraphs and lists of keys."""
    return tuple(_blocks(" ".join(text.split())))


def _blocks(text: str) -> Iterator[Block]:
    begin = at = 0
    while found := _KEY.search(text, at):
        keys = list(_run(text, found.start()))
        at = keys[-1].end
        if len(keys) < _FEW:
            continue
        if before := text[begin : found.start()].strip():
            yield Paragraph(with_keys(before.rstrip(",:") + ":"))
        yield Items(tuple(map(_item, keys)), is_close=True)
        begin = at = _next_sentence(text, at)
        text = text[:begin] + text[begin : begin + 1].upper() + text[begin + 1 :]
    if rest := text[begin:].strip():
        yield Paragraph(with_keys(rest))


def with_keys(text: str) -> Spans:
    """Mark the names and types of keys in prose; the types are italic."""
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    at = 0
    for found in _KEY.finditer(text):
        yield from quoted(text[at : found.start()])
        yield from (("b", found[1]), ("", " "), ("i", found[2]))
        at = found.end()
    yield from quoted(text[at:])


def _run(text: str, at: int) -> Iterator[_Key]:
    """Give the keys that follow one another from a place on."""
    while found := _KEY.match(text, at):
        key = _key(text, found)
        yield key
        between = _BETWEEN.match(text, key.end)
        if between is None or _KEY.match(text, between.end()) is None:
            return
        at = between.end()


def _key(text: str, found: re.Match[str]) -> _Key:
    end, remarks = found.end(), []
    if words := _REMARK.match(text, end):
        remarks.append(words[1].strip())
        end = words.end()
    if text.startswith(" (", end):
        close = _closing(text, end + 1)
        remarks.append(text[end + 2 : close])
        end = close + 1
    return _Key(found[1], found[2], ": ".join(filter(None, remarks)), end)


def _closing(text: str, at: int) -> int:
    """Give where the bracket that opens at a place is closed."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _next_sentence(text: str, at: int) -> int:
    """Give where prose goes on after a list, without what joined it to the list."""
    while at < len(text) and text[at] in " ,;:.":
        at += 1
    return at


def _item(key: _Key) -> Item:
    remark: Spans = (("", " – "), *with_keys(key.remark)) if key.remark else ()
    return Item(marked(f"`{key.name}`"), (Paragraph((("i", key.type), *remark)),))
