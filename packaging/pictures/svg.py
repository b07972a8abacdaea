"""Draws what a terminal shows as an SVG that needs no font of its own, and reads the text of one again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.support.terminals import Line

#: Pixels: a letter, a line, the frame.
_WIDE, _HIGH, _LEFT, _TOP, _BAR = 8.4, 19, 16, 20, 34
_FONT = "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_COLORS = {
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#56d364",
    "yellow": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
    "white": "#f0f6fc",
}
_PLAIN, _DIM, _BRIGHT = "#c9d1d9", "#8b949e", "#f0f6fc"
_NAME = "{http://www.w3.org/2000/svg}text"
_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" \
viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{title}" xml:space="preserve">
<title>{title}</title>
<style>
text {{ font: 14px {font}; fill: {plain}; white-space: pre; }}
{styles}
</style>
<rect x="0.5" y="0.5" width="{inner_wide:g}" height="{inner_high:g}" rx="8" fill="#0d1117" stroke="#30363d"/>
<circle cx="20" cy="18" r="5.5" fill="#ff5f57"/>
<circle cx="38" cy="18" r="5.5" fill="#febc2e"/>
<circle cx="56" cy="18" r="5.5" fill="#28c840"/>
<text class="title" x="{middle:g}" y="23" text-anchor="middle">{title}</text>
"""


def drawn(title: str, lines: Sequence[Line], columns: int) -> str:
    """Draw lines on a screen of so many columns."""
    wide = 2 * _LEFT + columns * _WIDE
    high = _BAR + _TOP + len(lines) * _HIGH
    head = _HEAD.format(
        wide=wide,
        high=high,
        title=escape(title),
        font=_FONT,
        plain=_PLAIN,
        styles="\n".join(_styles()),
        inner_wide=wide - 1,
        inner_high=high - 1,
        middle=wide / 2,
    )
    rows = (text for row, line in enumerate(lines) for text in _row(row, line))
    return "".join([head, *rows, "</svg>\n"])


def text_of(svg: str) -> list[str]:
    """Give the lines that a picture shows."""
    rows: dict[float, str] = {}
    for one in ElementTree.fromstring(svg).iter(_NAME):
        if one.get("class") == "title":
            continue
        before = rows.setdefault(float(one.get("y", 0)), "")
        column = round((float(one.get("x", 0)) - _LEFT) / _WIDE)
        rows[float(one.get("y", 0))] = before.ljust(column) + (one.text or "")
    last = max(rows, default=0.0)
    places = range(round((last - _baseline(0)) / _HIGH) + 1)
    return [rows.get(_baseline(place), "").rstrip() for place in places]


def _styles() -> Iterator[str]:
    yield f".title {{ font-size: 13px; fill: {_DIM}; }}"
    yield f".bold {{ font-weight: 600; fill: {_BRIGHT}; }}"
    yield f".dim {{ fill: {_DIM}; }}"
    yield from (f".{name} {{ fill: {color}; }}" for name, color in _COLORS.items())


def _baseline(row: int) -> float:
    return _BAR + 16 + row * _HIGH


def _row(row: int, line: Line) -> Iterator[str]:
    column = 0
    for span in line:
        text = span.text
        shown = text.strip(" ")
        if shown:
            at = column + len(text) - len(text.lstrip(" "))
            yield _text(at, row, shown, span.style)
        column += len(text)


def _text(column: int, row: int, shown: str, style: str) -> str:
    """Draw a run of one style, as wide as it is on a terminal whatever font there is."""
    kind = f' class="{style}"' if style else ""
    place = f'x="{_LEFT + column * _WIDE:g}" y="{_baseline(row):g}"'
    fit = f'textLength="{len(shown) * _WIDE:g}" lengthAdjust="spacingAndGlyphs"'
    return f"<text{kind} {place} {fit}>{escape(shown)}</text>\n"
