"""Which of tesseract's installed languages reads a track."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engramd.match.model import MatchFailed

LATIN = "Latin"
#: What tracks say that do not know their language.
UNKNOWN = frozenset({"", "und", "mis", "mul", "zxx", "qaa"})
#: Data of tesseract that is no language.
NO_LANGUAGES = frozenset({"osd", "equ", "snum"})

#: Where tesseract calls an ISO 639-2/B language something else; the first is what one would install.
_NAMES = {
    "alb": ("sqi",), "arm": ("hye",), "baq": ("eus",), "bur": ("mya",), "cze": ("ces",), "dut": ("nld",),
    "fre": ("fra",), "geo": ("kat",), "ger": ("deu",), "gre": ("ell",), "ice": ("isl",), "mac": ("mkd",),
    "may": ("msa",), "per": ("fas",), "rum": ("ron",), "slo": ("slk",), "tib": ("bod",), "wel": ("cym",),
    "chi": ("chi_sim", "chi_tra"), "zho": ("chi_sim", "chi_tra"), "nob": ("nor",), "nno": ("nor",),
    "srp": ("srp", "srp_latn"), "cyrillic": ("rus", "ukr", "bul", "srp"),
}  # fmt: skip
#: Languages that are not written in Latin letters, by what they are written in; tesseract's names.
_SCRIPTS = {
    "Japanese": "jpn", "Chinese": "chi_sim chi_tra", "Korean": "kor", "Greek": "ell grc", "Hebrew": "heb yid",
    "Cyrillic": "rus ukr bul srp mkd bel kaz kir mon tgk tat", "Arabic": "ara fas urd pus snd uig",
    "Thai": "tha", "Devanagari": "hin mar nep san", "Bengali": "ben asm", "Tamil": "tam", "Telugu": "tel",
    "Kannada": "kan", "Malayalam": "mal", "Gujarati": "guj", "Gurmukhi": "pan", "Sinhala": "sin",
    "Georgian": "kat", "Armenian": "hye", "Khmer": "khm", "Lao": "lao", "Myanmar": "mya", "Tibetan": "bod",
    "Ethiopic": "amh tir",
}  # fmt: skip
_SCRIPT_OF = {name: script for script, names in _SCRIPTS.items() for name in names.split()}


def known(languages: Iterable[str]) -> list[str]:
    """Leave out what says that the language is not known."""
    return [language for language in languages if language not in UNKNOWN]


def readable(installed: Iterable[str]) -> list[str]:
    """Give the languages among tesseract's data: not its helpers, scripts and vertical variants."""
    return [n for n in installed if n not in NO_LANGUAGES and "/" not in n and not n.endswith("_vert")]


def choose(languages: Sequence[str], installed: Sequence[str]) -> str:
    """Give the installed language to read with, for what the words may be in (ISO 639-2/B, likeliest first).

    Where none of these is installed, another one in the same letters does, English first. Raises MatchFailed
    if there is none in the letters of the likeliest; unknown languages are taken to be in Latin letters.
    """
    wanted = [name for language in known(languages) for name in names_of(language)] or ["eng"]
    script = script_of(wanted[0])
    there = [name for name in readable(installed) if script_of(name) == script]
    for name in (*wanted, "eng", *there):
        if name in there:
            return name
    raise MatchFailed(
        f"tesseract has no data for pictures in {script} letters",
        why=f"installed are: {', '.join(readable(installed)) or 'none'}",
        remedy=f"apt install {package_of(wanted[0])}",
    )


def others(name: str, installed: Iterable[str]) -> list[str]:
    """Give one installed language of each script other than this one's."""
    by_script = {script_of(other): other for other in reversed(readable(installed))}
    return [other for script, other in sorted(by_script.items()) if script != script_of(name)]


def names_of(language: str) -> tuple[str, ...]:
    """Give tesseract's names of an ISO 639-2/B language."""
    return _NAMES.get(language, (language,))


def script_of(name: str) -> str:
    """Name the letters of one of tesseract's languages."""
    return _SCRIPT_OF.get(name, LATIN)


def package_of(name: str) -> str:
    """Name the Debian package that brings a language."""
    return f"tesseract-ocr-{name.replace('_', '-')}"
