"""The line that is being completed: its words without quotes, and words quoted as bash needs them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What means nothing to bash, wherever it is in a word; all else gets a backslash.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+:,./=-")
_IN_DOUBLE_QUOTES = frozenset('$`"\\')


@dataclass
class TypedLine:
    """A line up to the cursor: whole words, the one that is being typed, and the quote that is open in it.

    `kept` is how much of that word the shell keeps and does not want to be told again: what is before an
    open quote, or before the last of bash's word breaks, such as the colon of `tv:12`.
    """

    words: list[str] = field(default_factory=list)
    word: str = ""
    quote: str = ""
    kept: str = ""


def read_line(text: str, breaks: str = "") -> TypedLine:
    """Read a command line up to the cursor; `breaks` are bash's COMP_WORDBREAKS."""
    line, begun, escaped = TypedLine(), False, False
    for char in text:
        if escaped:
            keeps_it = line.quote and char not in _IN_DOUBLE_QUOTES
            line.word, escaped = line.word + ("\\" + char if keeps_it else char), False
        elif char == "\\" and line.quote != "'":
            begun = escaped = True
        elif char == line.quote:
            line.quote = line.kept = ""
        elif line.quote:
            line.word += char
        elif char in "'\"":
            begun, line.quote, line.kept = True, char, line.word
        elif char.isspace():
            if begun:
                line.words.append(line.word)
            begun, line.word, line.kept = False, "", ""
        else:
            begun, line.word = True, line.word + char
            line.kept = line.word if char in breaks else line.kept
    return line


def bash_word(value: str, line: TypedLine) -> str:
    """Give what bash is to put in the place of the word that is being typed, quoted as that one is."""
    if value.casefold().startswith(line.kept.casefold()):
        value = value[len(line.kept) :]
    if line.quote == "'":
        return value
    if line.quote:
        return "".join("\\" + char if char in _IN_DOUBLE_QUOTES else char for char in value)
    return "".join(char if char in _PLAIN or char > "\x7f" else "\\" + char for char in value)
