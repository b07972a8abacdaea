"""One question on one screen of at most 80 columns and 24 lines: bus properties in, lines out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from engramd.ctl import cells, text
from engramd.ctl.job_words import job_name
from engramd.ctl.question_words import option_lines, option_words
from engramd.ctl.review_roster import roster_words, season_name
from engramd.ctl.service import Properties

COLUMNS, ROWS = 80, 24
#: Options of one page: as many as there are keys.
MOST_OPTIONS = 9
Style = Literal["", "bold", "dim", "good", "warning"]

_LABEL, _INDENT = 12, 4
_MOST_LINES, _CAPTIONS = 5, 3
#: So many lines more than others keep the captions.
_FIRM = 1.5
_KINDS = {"conflict": "existing file", "damaged": "damaged title", "references": "references are missing"}
_KEYS_SHOWN, _NOTE_LINES, _QUESTION_LINES = 2, 3, 2
#: Lines that options get even where facts must make room.
_LEAST_OPTIONS = 7


@dataclass(frozen=True)
class Line:
    """One line, and how it is set off where there are colours."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Card:
    """What a screen shows: a question, what helps to answer it, and how far the person is with it.

    `place` of `count` is where it stands among the questions; `scope` is for what else the answer is, `note`
    what happened last, `typed` what was typed so far in answer to `prompt` (None: nothing is being typed).
    """

    question: Properties
    job: Properties | None = None
    title: Properties | None = None
    details: Properties = field(default_factory=dict)
    place: int = 1
    count: int = 1
    page: int = 0
    scope: str = ""
    note: str = ""
    prompt: str = ""
    typed: str | None = None
    can_undo: bool = False


@dataclass(frozen=True)
class Page:
    """A screen, and the options that its keys 1 to 9 choose."""

    lines: Sequence[Line]
    options: Sequence[Properties]
    number: int
    count: int


def compose(card: Card, columns: int = COLUMNS, rows: int = ROWS) -> Page:
    """Lay a question out; never wider than `columns` and 80 cells, nor higher than `rows` and 24 lines."""
    wide, high = max(1, min(columns, COLUMNS)), max(1, min(rows, ROWS))
    top, bottom = _top(card, wide), _note(card, wide)
    rule = [Line("─" * wide, "dim")] if high >= 16 else []
    room = high - len(top) - len(bottom) - _KEYS_SHOWN - 2 * len(rule)
    wanted = sum(len(shown) for _, shown in _fullest(card, wide))
    facts = _fitted(_facts(card, wide), room - min(max(wanted, 1), _LEAST_OPTIONS))
    pages = _pages(card, wide, max(1, room - len(facts)))
    number = min(card.page, len(pages) - 1) if pages else 0
    shown = pages[number] if pages else []
    options = [line for _, lines in shown for line in lines]
    if len(pages) > 1:
        options.append(Line(cells.cut(f"    page {number + 1} of {len(pages)}: Space turns it", wide), "dim"))
    keys = _keys(card, shown, len(pages), wide)
    lines = [*top, *rule, *options, *rule, *facts, *bottom, *keys]
    return Page(lines[:high], [option for option, _ in shown], number, max(1, len(pages)))


def plain(lines: Sequence[Line]) -> str:
    """Give a screen without colours."""
    return "\n".join(line.text.rstrip() for line in lines)


def told(card: Card) -> str:
    """Give all of a question where no keys choose: the options by their ids, and nothing is cut."""
    facts_alone = {name: value for name, value in card.details.items() if name != "plots"}
    facts = [
        line for fact in _facts(replace(card, details=facts_alone), COLUMNS, most=9) for line in fact.lines
    ]
    plots = [f"  {code}: {text.printable(plot)}" for code, plot in sorted(_plots(card).items())]
    options = [*option_lines(card.question), *plots]
    answer = f"Answer: engramctl answer {card.question['Id']} CHOICE"
    return "\n".join([plain(_top(card, COLUMNS)), *options, *([plain(facts)] if facts else []), answer])


# -- what and how sure --


def _top(card: Card, wide: int) -> list[Line]:
    question = card.question
    kind = cells.cut(cells.clean(_KINDS.get(question["Kind"], str(question["Kind"]))), wide // 3)
    room = max(0, wide - cells.width(kind) - 2)
    name = f"Review {question['Id']} ({card.place} of {card.count})  "
    heads = [cells.clean(name + subject) for subject in _subjects(card)]
    left = next((head for head in heads if cells.width(head) <= room), cells.cut(heads[-1], room))
    space = " " * max(0, wide - cells.width(left) - cells.width(kind))
    head = cells.cut(f"{left}{space}{kind}", wide)
    asked = cells.wrap(cells.clean(question["Question"]), wide, _QUESTION_LINES)
    return [Line(head, "dim"), *(Line(line, "bold") for line in asked)]


def _subjects(card: Card) -> list[str]:
    """Give what a question is about, in more words and in fewer."""
    parts = [job_name(card.job)] if card.job else []
    if not card.title:
        return [", ".join(parts)]
    parts.append(f"title {card.title['TitleIndex'] + 1}")
    return [", ".join([*parts, text.length(card.title["DurationSeconds"])]), ", ".join(parts)]


# -- the options with their evidence --

_Shown = list[tuple[Properties, list[Line]]]


def _fullest(card: Card, wide: int) -> _Shown:
    return _rendered(card.question["Options"][:MOST_OPTIONS], card, wide, (3, 2))


def _pages(card: Card, wide: int, room: int) -> list[_Shown]:
    """Give the options on as few pages as need be; all on one page in fewer lines rather than on two."""
    options = card.question["Options"]
    if not options:
        return []
    for lines in ((3, 2), (2, 1), (1, 1)):
        shown = _rendered(options, card, wide, lines)
        if len(options) <= MOST_OPTIONS and sum(len(each) for _, each in shown) <= room:
            return [shown]
    return _turned(options, card, wide, room - 1)


def _turned(options: Sequence[Properties], card: Card, wide: int, room: int) -> list[_Shown]:
    pages: list[_Shown] = []
    used = 0
    for option in options:
        place = len(pages[-1]) if pages else 0
        lines = _one(option, card, wide, (2, 1), place + 1)[: max(1, room)]
        if not pages or used + len(lines) > room or place >= MOST_OPTIONS:
            pages.append([])
            used = 0
            lines = _one(option, card, wide, (2, 1), 1)[: max(1, room)]
        pages[-1].append((option, lines))
        used += len(lines)
    return pages


def _rendered(options: Sequence[Properties], card: Card, wide: int, most: tuple[int, int]) -> _Shown:
    return [(option, _one(option, card, wide, most, place)) for place, option in enumerate(options, 1)]


def _one(option: Properties, card: Card, wide: int, most: tuple[int, int], place: int) -> list[Line]:
    """Give an option in at most so many lines, and so many of its plot."""
    is_default = option["id"] == card.question["Default"] != ""
    said, *more = cells.wrap(cells.clean(option_words(option)), max(1, wide - _INDENT), most[0]) or [""]
    mark = "▸" if is_default else " "
    lines = [Line(cells.cut(f"{mark}{place}  {said}", wide), "good" if is_default else "")]
    lines += [Line(cells.cut(f"{' ' * _INDENT}{line}", wide)) for line in more]
    plot = cells.clean(_plots(card).get(str(option["id"]), ""))
    shown = cells.wrap(plot, max(1, wide - _INDENT), most[1]) if plot else []
    return lines + [Line(cells.cut(f"{' ' * _INDENT}{line}", wide), "dim") for line in shown]


def _plots(card: Card) -> Mapping[str, str]:
    found: Mapping[str, str] = card.details.get("plots") or {}
    return found


# -- what helps, why it is asked, what happens unanswered --


@dataclass(frozen=True)
class _Fact:
    """Lines about one thing; a `firm` one is shortened after the others."""

    lines: list[Line]
    firm: bool = False


def _facts(card: Card, wide: int, most: int = _MOST_LINES) -> list[_Fact]:
    details, question = card.details, card.question
    roster = details.get("roster") or []
    number = int(details.get("title", 0))
    disc = "The answer needs the disc in a drive again." if question["NeedsDisc"] else ""
    found = [
        _Fact(_labelled(f"title {number}" if number else "captions", _heard(card, wide), wide), firm=True),
        _wrapped(season_name(roster), roster_words(roster), wide, most),
        _wrapped("why", question.get("Why", ""), wide, most),
        _wrapped("unanswered", f"{question.get('Unanswered', '')} {disc}".strip(), wide, most),
        _Fact(_labelled("plots", _other_plots(card, wide), wide)),
    ]
    return [fact for fact in found if fact.lines]


def _heard(card: Card, wide: int) -> list[str]:
    captions = (card.details.get("captions") or [])[:_CAPTIONS]
    return [cells.cut(cells.clean(line), wide - _LABEL) for line in captions]


def _other_plots(card: Card, wide: int) -> list[str]:
    """Give the plots of episodes that are no options by themselves: a proposal names several."""
    options = {str(option["id"]) for option in card.question["Options"]}
    others = [f"{code} {plot}" for code, plot in sorted(_plots(card).items()) if code not in options]
    return [cells.cut(cells.clean(plot), wide - _LABEL) for plot in others[:_CAPTIONS]]


def _wrapped(label: str, said: str, wide: int, most: int) -> _Fact:
    return _Fact(_labelled(label, cells.wrap(cells.clean(said), max(1, wide - _LABEL), most), wide))


def _labelled(label: str, lines: Sequence[str], wide: int) -> list[Line]:
    labels = [label, *[""] * len(lines)]
    return [Line(cells.cut(f"{one:<{_LABEL}}{line}", wide)) for one, line in zip(labels, lines, strict=False)]


def _fitted(facts: Sequence[_Fact], room: int) -> list[Line]:
    """Give as much of each as there is room for: long ones lose lines first, then the last ones go."""
    heights = [len(fact.lines) for fact in facts]

    def expendable(place: int) -> tuple[bool, float, int]:
        height = heights[place]
        return height > 1, height - (_FIRM if facts[place].firm else 0), place

    while sum(heights) > max(0, room):
        heights[max((p for p, height in enumerate(heights) if height), key=expendable)] -= 1
    return [line for fact, height in zip(facts, heights, strict=True) for line in fact.lines[:height]]


# -- what happened, and what may be pressed --


def _note(card: Card, wide: int) -> list[Line]:
    said = cells.clean(card.note)
    scope = f"The answer will be for the whole {card.scope}." if card.scope else ""
    note = " ".join(part for part in (said, scope) if part)
    return [Line(line, "warning") for line in cells.wrap(note, wide, _NOTE_LINES)]


def _keys(card: Card, shown: _Shown, pages: int, wide: int) -> list[Line]:
    if card.prompt:
        typed = cells.clean(card.typed or "")
        begun = cells.cut(cells.clean(card.prompt), max(1, wide if card.typed is None else wide // 2))
        line = f"{begun} {_end(typed, wide - cells.width(begun) - 2)}" + (
            "_" if card.typed is not None else ""
        )
        hint = "Enter takes it, Esc does not" if card.typed is not None else "any other key: none of them"
        return [Line(cells.cut(line, wide), "bold"), Line(cells.cut(hint, wide), "dim")]
    parts = _offered(card, len(shown), pages)
    return [Line(line, "dim") for line in cells.columns(parts, wide, _KEYS_SHOWN)]


def _end(typed: str, room: int) -> str:
    """Give the end of what is typed, where it is longer than the line."""
    while typed and cells.width(typed) > max(0, room):
        typed = typed[1:]
    return typed


def _offered(card: Card, shown: int, pages: int) -> list[str]:
    question = card.question
    ids = {option["id"] for option in question["Options"]}
    numbers = {0: "", 1: "1 choose"}.get(shown, f"1-{shown} choose")
    default = "Enter the marked one" if question["Default"] else ""
    return [
        part
        for part in (
            numbers,
            default,
            "Space more" if pages > 1 else "",
            "e type",
            "x extra" if "extra" in ids else "",
            "s skip" if "skip" in ids else "",
            "l later",
            "d dismiss",
            "f for more" if question.get("Scopes") else "",
            "p play" if card.details.get("file") else "",
            "u undo" if card.can_undo else "",
            "? help",
            "q quit",
        )
        if part
    ]
