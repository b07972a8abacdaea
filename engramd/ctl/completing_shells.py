"""What bash, zsh and fish run to complete a command line, and how each is answered.

Each shell gives the line up to the cursor, and is given words, one a line; what goes wrong gives none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem, ShellComplete

from engramd.ctl.completing_words import TypedLine, bash_word, read_line

if TYPE_CHECKING:
    Item = CompletionItem[str]

#: What bash asks for when it shows words, and does not insert them one after the other.
_LISTED = ("9", "33", "63", "64")

_BASH = """\
# Completion of %(prog_name)s in bash; made by packaging/make-pages.

%(complete_func)s() {
    local -a reply
    mapfile -t reply < <(
        _ENGRAMCTL_LINE=${COMP_LINE:0:COMP_POINT} _ENGRAMCTL_BREAKS=$COMP_WORDBREAKS \\
        _ENGRAMCTL_LISTED=${COMP_TYPE-} _ENGRAMCTL_ROOM="${LINES-} ${COLUMNS-}" \\
        %(complete_var)s=bash_complete "${1/#\\~/$HOME}" 2>/dev/null </dev/null
    )
    COMPREPLY=("${reply[@]:1}")
    case ${reply-} in
        file) compopt -o default ;;
        dir) compopt -o dirnames ;;
    esac
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
#compdef %(prog_name)s
# Completion of %(prog_name)s in zsh; made by packaging/make-pages.

%(complete_func)s() {
    local -a entries found
    local entry kind value
    # Of --bus=session only what is behind the = is completed.
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    entries=("${(@f)$(
        _ENGRAMCTL_LINE=${(j: :)words[1,CURRENT]} \\
        %(complete_var)s=zsh_complete ${~words[1]} 2>/dev/null </dev/null
    )}")
    for entry in $entries; do
        kind=${entry%%%%$'\\t'*} value=${entry#*$'\\t'}
        case $kind in
            plain) found+=("$value") ;;
            file) _files ;;
            dir) _files -/ ;;
        esac
    done
    (( $#found )) && _describe -V '%(prog_name)s' found -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}'
}

# Loaded from a folder of $fpath it is called at once, and sourced it is only made known.
if [[ ${funcstack[1]-} == %(complete_func)s ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """\
# Completion of %(prog_name)s in fish; made by packaging/make-pages.

function %(complete_func)s
    set -lx _ENGRAMCTL_LINE (commandline -cp)
    set -lx %(complete_var)s fish_complete
    for entry in (%(prog_name)s 2>/dev/null </dev/null)
        set -l part (string split -m 2 \\t -- $entry)
        switch $part[1]
            case plain
                printf '%%s\\t%%s\\n' $part[2] $part[3]
            case file
                __fish_complete_path (commandline -ct)
            case dir
                __fish_complete_directories (commandline -ct)
        end
    end
end

complete --command %(prog_name)s --no-files --keep-order --arguments '(%(complete_func)s)'
"""


class _OfLine(ShellComplete):
    """Completes the line in `$_ENGRAMCTL_LINE`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.line = TypedLine()

    @property
    def func_name(self) -> str:
        """Name of the shell's function, and of the file that zsh loads it from."""
        return f"_{self.prog_name}"

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the whole words after the command's name, and the one that is being typed."""
        line = os.environ.get("_ENGRAMCTL_LINE", "")
        self.line = read_line(line, os.environ.get("_ENGRAMCTL_BREAKS", ""))
        return self.line.words[1:], self.line.word

    def complete(self) -> str:
        """Give what the shell is told; nothing where anything goes wrong."""
        try:
            found = self.get_completions(*self.get_completion_args())
            return self.answer([one for one in found if one.value.isprintable()])
        except Exception:  # noqa: BLE001 - a callback's edge: a key that completes shows no errors
            return ""

    def answer(self, found: Sequence[Item]) -> str:
        """Give a line for each word."""
        return "\n".join(map(self.format_completion, found))


class BashWords(_OfLine):
    """Bash shows words only; what each means is shown with it where the list fits half of the screen."""

    name = "bash"
    source_template = _BASH

    def answer(self, found: Sequence[Item]) -> str:
        """Give what to do besides (`file`, `dir`) in the first line, then the words as bash inserts them."""
        words = [one for one in found if one.type == "plain"]
        kinds = [one.type for one in found if one.type != "plain"]
        lines = [bash_word(one.value, self.line) for one in words]
        rows, columns = self._room()
        if len(words) > 1 and len(words) <= rows // 2 and os.environ.get("_ENGRAMCTL_LISTED") in _LISTED:
            lines = _explained(lines, words, columns)
        return "\n".join([kinds[0] if kinds else "plain", *lines])

    def _room(self) -> tuple[int, int]:
        """Give the rows and columns of the terminal, or those of most where the shell does not say."""
        said = [int(word) for word in os.environ.get("_ENGRAMCTL_ROOM", "").split() if word.isdecimal()]
        return (said[0], said[1]) if len(said) == 2 else (24, 80)


def _explained(lines: Sequence[str], words: Sequence[Item], columns: int) -> list[str]:
    """Write beside each word what it means, as far as there is room."""
    width = max(map(len, lines))
    pairs = zip(lines, (one.help for one in words), strict=True)
    texts = (f"{line:{width}}  ({text})" if text else line for line, text in pairs)
    # A line that fills the terminal would be followed by an empty one.
    return [text if len(text) < columns else f"{text[: max(width, columns - 3)]}…)" for text in texts]


class ZshWords(_OfLine):
    """Zsh's own _describe lays out and quotes: `WORD:MEANING`, with colons of the word escaped."""

    name = "zsh"
    source_template = _ZSH

    def format_completion(self, item: Item) -> str:
        """Give kind and word, with its meaning if it has one."""
        value = item.value.replace("\\", "\\\\").replace(":", "\\:")
        return f"{item.type}\t{value}:{item.help}" if item.help else f"{item.type}\t{value}"


class FishWords(_OfLine):
    """Fish lays out and quotes by itself."""

    name = "fish"
    source_template = _FISH

    def format_completion(self, item: Item) -> str:
        """Give kind, word and meaning; of `--bus=session` fish wants to be told all."""
        option, equals, _ = self.line.word.partition("=")
        kept = option + equals if equals and option.startswith("--") else ""
        return f"{item.type}\t{kept}{item.value}\t{item.help or ''}"


SHELLS: tuple[type[ShellComplete], ...] = (BashWords, ZshWords, FishWords)
