"""Commands of click as parts of a page: their lines of usage, arguments, options and help."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from pages.document import Block, Code, Item, Items, Paragraph, Span, Spans, code

#: Options of every command, which are told once.
SHARED = frozenset({"bus", "json", "help", "version"})
#: A word that stands for something in a line of usage; what is between them is typed as it is.
_PLACEHOLDER = re.compile(r"([A-Z][A-Z_]*)")
#: What is marked in help: literals, options, and words that may stand for something.
_MARKED = re.compile(r"`([^`]+)`|(?<![\w-])(--[a-z][a-z-]*[a-z])|\b([A-Z][A-Z_]*)\b")
#: Choices that take more room than that are told below the option and not beside it.
_MOST_CHOICES = 40
#: Columns that an example has on a page of 80: lines of code are not broken.
_EXAMPLE = 62


def usage(path: str, command: click.Command) -> Spans:
    """Give the line that says how a command is typed."""
    own = [one for one in command.params if isinstance(one, click.Option) and one.name not in SHARED]
    words: list[tuple[str, str]] = [("b", path)]
    if own:
        words += [("", " ["), ("i", "OPTIONS"), ("", "]")]
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words += [("", " "), *_as_typed(argument(parameter))]
    if isinstance(command, click.Group):
        optional = command.invoke_without_command
        words += [("", " [" if optional else " "), ("i", "COMMAND"), ("", " …]" if optional else " …")]
    return tuple(words)


def argument(parameter: click.Argument) -> str:
    """Give an argument as usage shows it."""
    if parameter.metavar:
        return parameter.metavar.replace("...", "…")
    name = (parameter.name or "").upper()
    if isinstance(parameter.type, click.Choice):
        name = "|".join(filter(None, map(str, parameter.type.choices)))
    name += "…" if parameter.nargs == -1 else ""
    return name if parameter.required else f"[{name}]"


def _as_typed(text: str) -> Iterator[tuple[str, str]]:
    for place, part in enumerate(_PLACEHOLDER.split(text)):
        if part:
            yield ("i" if place % 2 else "", part)


def help_blocks(command: click.Command) -> tuple[Block, ...]:
    """Give the help of a command: prose, and the lines that click leaves as they are."""
    return tuple(_help(command))


def _help(command: click.Command) -> Iterator[Block]:
    for paragraph in (command.help or "").strip().split("\n\n"):
        lines = [line.strip() for line in paragraph.strip().splitlines()]
        if lines[:1] == ["\b"]:
            yield Code(tuple(lines[1:]))
        elif lines:
            yield Paragraph(told(" ".join(lines), command))


def told(text: str, command: click.Command) -> Spans:
    """Read prose of a command: its arguments and all options are marked where it names them."""
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    names = {word for one in arguments for word in _PLACEHOLDER.findall(argument(one))}
    return tuple(_told(text, names))


def _told(text: str, names: set[str]) -> Iterator[Span]:
    at = 0
    for found in _MARKED.finditer(text):
        if found[3] and found[3] not in names:
            continue
        yield ("", text[at : found.start()])
        yield ("i", found[3]) if found[3] else ("b", found[1] or found[2])
        at = found.end()
    yield ("", text[at:])


def options(command: click.Command, *, shared: bool = False) -> Items | None:
    """Give the options of a command: its own, or those that all share; None where there is none."""
    found = [
        one
        for one in command.params
        if isinstance(one, click.Option) and (one.name in SHARED) == shared and not one.hidden
    ]
    return Items(tuple(_option(one, command) for one in found)) if found else None


def _option(one: click.Option, command: click.Command) -> Item:
    term: list[tuple[str, str]] = []
    for name in (*one.opts, *one.secondary_opts):
        term += [("", ", ")] if term else []
        term.append(("b", name))
    if value := _value(one):
        term += [("", " "), *value]
    limits = _limits(one)
    text = " ".join((one.help or "").split())
    said = f"{text.removesuffix('.')}{limits}." if limits else text
    return Item(tuple(term), (Paragraph(told(said, command)),))


def _value(one: click.Option) -> list[tuple[str, str]]:
    if one.is_flag or one.count:
        return []
    if one.metavar:
        return [("i", one.metavar)]
    if (choices := _choices(one)) and len(choices) <= _MOST_CHOICES:
        return [("b", choices)]
    if isinstance(one.type, click.Path):
        return [("i", "PATH")]
    is_number = isinstance(one.type, click.types.IntParamType | click.types.FloatParamType)
    return [("i", "N" if is_number else one.opts[0].lstrip("-").upper().replace("-", "_"))]


def _choices(one: click.Option) -> str:
    return "|".join(map(str, one.type.choices)) if isinstance(one.type, click.Choice) else ""


def _limits(one: click.Option) -> str:
    """Say the choices, range and default of an option, where its name and help do not."""
    said = []
    if len(choices := _choices(one)) > _MOST_CHOICES:
        said.append(choices.replace("|", ", "))
    low, high = getattr(one.type, "min", None), getattr(one.type, "max", None)
    if low is not None and high is not None:
        said.append(f"{low} to {high}")
    if one.show_default and isinstance(one.default, int | float | str) and not one.is_flag:
        said.append(f"default: {one.default if one.show_default is True else one.show_default}")
    return f" ({'; '.join(said)})" if said else ""


def examples(command: click.Command) -> Code | None:
    """Give the examples at the end of a command's help; None where there are none."""
    _, title, lines = (command.epilog or "").partition("Examples:\n")
    found = [line.strip() for line in lines.splitlines() if line.strip()]
    if any(len(line) > _EXAMPLE for line in found):
        found = [part for line in found for part in _comment_first(line)]
    return code(*found) if title else None


def _comment_first(line: str) -> Iterator[str]:
    """Give an example below the comment that stands beside it."""
    command, mark, comment = line.partition("  # ")
    if mark:
        yield f"# {comment}"
    yield command.rstrip()
