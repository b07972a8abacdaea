"""What people say the next discs are, and whether a disc contradicts it."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engramd.discs.model import Disc
from engramd.errors import InvalidArgument
from engramd.events import HintsChanged
from engramd.models import ContentType, DiscHint, DiscJob, ExtrasPolicy, WorkNamespace
from engramd.models.base import utcnow
from engramd.pipeline.parts import Parts
from engramd.store.hints import LASTS, MOST_DISCS, hint_sentence, hint_words

if TYPE_CHECKING:
    from engramd.identify import Hint, LabelFacts, Verdict

#: Values of a hint, by the names that the bus uses, and the fields that they set.
FIELDS: Mapping[str, str] = {
    "type": "content_type",
    "title": "title",
    "year": "year",
    "season": "season",
    "disc": "next_disc",
    "edition": "edition",
    "tmdb_id": "tmdb_id",
    "extras": "extras_policy",
}
COUNTS = ("drive", "discs", "until_changed")
#: From this probability on the disc itself contradicts what a person says of its type.
SURE_OF_TYPE = 0.9
#: From this likeness on (0 to 1) two names are taken as one that is spelt differently.
ALIKE = 0.8
#: Fewer letters in a label are an abbreviation that says nothing clearly.
LEAST_LETTERS = 4
_SMALL = frozenset({"a", "an", "and", "the", "of"})
_YEAR = re.compile(r"\s\((?:18|19|20)\d\d\)$")
_SPELT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ROMAN = ("", "ii", "iii", "iv", "", "vi", "vii", "viii", "ix")
_NUMBERS = {word: str(n) for words in (_SPELT, _ROMAN) for n, word in enumerate(words, 1)}


class Hints:
    """The hints of people; `identity_of` finds the drive that a person names, or raises NotFound."""

    def __init__(self, parts: Parts, identity_of: Callable[[str], str]) -> None:
        self._parts = parts
        self._identity_of = identity_of

    def give(self, said: Mapping[str, object], actor: str) -> int:
        """Say what the next discs are, instead of the former hint for the same drive (or for all).

        Gives the hint's number; raises InvalidArgument and NotFound.
        """
        values = hint_values(said)
        drive = str(said.get("drive") or "")
        identity = self._identity_of(drive) if drive else None
        now = utcnow()
        hint = DiscHint(
            drive_identity=identity, actor=actor, created_at=now, expires_at=now + LASTS, **values
        )
        number = self._parts.store.add_hint(hint).id or 0
        self._parts.hub.publish(HintsChanged())
        return number

    def active(self) -> list[DiscHint]:
        """Give the hints that count now, oldest first."""
        return self._parts.store.hints()

    def end(self, drive: str | None, actor: str) -> int:
        """End the hint of a drive, or every hint; give how many that were."""
        identity = self._identity_of(drive) if drive else None
        ended = self._parts.store.end_hints(identity, f"ended by {actor}")
        self._parts.hub.publish(HintsChanged())
        return ended


def hint_values(said: Mapping[str, object]) -> dict[str, Any]:
    """Give the fields of a hint, or raise InvalidArgument."""
    if unknown := sorted(said.keys() - FIELDS.keys() - set(COUNTS)):
        raise InvalidArgument("a hint is made of " + ", ".join([*FIELDS, *COUNTS]), where=", ".join(unknown))
    told = {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}
    told = {name: value for name, value in told.items() if value not in (None, "")}
    values = {field: told[name] for name, field in FIELDS.items() if name in told}
    if not values:
        raise InvalidArgument("a hint says something of the disc", remedy="name its show or film at least")
    if values.get("content_type", "tv") not in (ContentType.TV, ContentType.MOVIE):
        raise InvalidArgument("the content type is tv or movie", where=values["content_type"])
    if values.get("extras_policy", "keep") not in list(ExtrasPolicy):
        raise InvalidArgument("extras is keep, skip or ask", where=values["extras_policy"])
    if values.get("content_type") == ContentType.MOVIE and "season" in values:
        raise InvalidArgument("a film has no season", where=f"season {values['season']}")
    return DiscHint.validated(values | {"discs_left": _discs_left(told)})


def _discs_left(told: Mapping[str, object]) -> object:
    discs = told.get("discs")
    if told.get("until_changed"):
        if discs is not None:
            raise InvalidArgument("a hint counts for some discs or until it is changed, not both")
        return None
    if discs is None:
        return 1
    if not isinstance(discs, int) or not 1 <= discs <= MOST_DISCS:
        raise InvalidArgument(f"a hint counts for 1 to {MOST_DISCS} discs", where=discs)
    return discs


@dataclass(frozen=True)
class Said:
    """What is known of a job's disc before it is looked at, and whose word that is.

    `values` are fields of the job that identification does not find out, `reason` takes the place of its
    reason, `doubt` is what has to be asked and `answers` how, and `settled` says that it was asked before.
    """

    hint: Hint | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    doubt: str = ""
    answers: str = ""
    settled: bool = False


def said_by_hint(hint: DiscHint, job: DiscJob, disc: Disc) -> Said:
    """Take a hint for a job's disc. One that the disc contradicts is not taken: a person is asked."""
    from engramd.identify import Hint, identify

    said = Hint(
        content_type=hint.content_type,
        show=hint.title,
        year=hint.year,
        season=hint.season,
        disc_number=job.disc_number,
        edition=hint.edition,
    )
    if all(value is None for _, value in said) and hint.tmdb_id is None:
        return Said()
    if why := contradiction(disc, said):
        doubt = f"You said {hint_words(hint, job.disc_number)}; {why}."
        return Said(doubt=doubt, answers=_answers(hint, job, identify(disc)))
    values = {} if hint.tmdb_id is None else {"tmdb_id": hint.tmdb_id, "tmdb_namespace": _namespace(said)}
    return Said(said, values, hint_sentence(hint, job.disc_number))


def is_from_hint(reason: str) -> bool:
    """Tell from the reason of a job's identity whether it is that of a hint."""
    return re.match(r"hint \d+ of ", reason) is not None


def _namespace(said: Hint) -> WorkNamespace | None:
    if said.content_type is ContentType.MOVIE:
        return WorkNamespace.MOVIE
    return WorkNamespace.TV if _said_type(said) is ContentType.TV else None


def _said_type(said: Hint) -> ContentType | None:
    return ContentType.TV if said.season is not None else said.content_type


def _answers(hint: DiscHint, job: DiscJob, own: Verdict) -> str:
    told = _command(job, hint.content_type, hint.title, hint.season, job.disc_number)
    found = _command(job, own.content_type, own.title, own.season, own.disc_number)
    return f"If it is as you said: {told} - if the disc is right: {found}"


def _command(
    job: DiscJob, kind: ContentType | None, title: str | None, season: int | None, disc: int | None
) -> str:
    """Give the command that says what a disc is, ready to be copied."""
    known = kind if kind is not ContentType.UNKNOWN else None
    options = (("--type", known), ("--title", title), ("--season", season), ("--disc", disc))
    words = [word for name, value in options if value is not None for word in (name, str(value))]
    return f"engramctl identify {job.id} {shlex.join(words)}".rstrip()


# -- contradictions ------------------------------------------------------------------------------------


def contradiction(disc: Disc, said: Hint) -> str:
    """Say what of a disc clearly speaks against what a person said of it; empty if nothing does.

    A label that is missing, generic or an abbreviation says nothing clearly, and neither does a number that
    may be part of the name.
    """
    from engramd.identify import identify, parse_label

    facts = [parse_label(text) for text in (disc.label, disc.disc_name) if text]
    label = f"the label says {disc.label or disc.disc_name}"
    if said.show and _names_another(facts, said.show):
        return label
    for told, found in (
        (said.season, {f.season for f in facts}),
        (said.disc_number, {f.disc_number for f in facts}),
    ):
        clear = found - {None}
        if told is not None and clear and told not in clear:
            return label
    return "" if any(f.bonus for f in facts) else _another_type(identify(disc), said)


def _another_type(own: Verdict, said: Hint) -> str:
    told = _said_type(said)
    if told in (None, own.content_type) or own.content_type is ContentType.UNKNOWN:
        return ""
    if own.confidence < SURE_OF_TYPE:
        return ""
    looks = "a film" if own.content_type is ContentType.MOVIE else "a series"
    return f"the disc looks like {looks} ({own.reason.partition(': ')[2].rstrip('.')})"


def _names_another(facts: list[LabelFacts], show: str) -> bool:
    names = [name for f in facts for name in (f.title, f.weak_title) if name]
    clear = [name for name in names if len(re.sub(r"[\W\d_]", "", name)) >= LEAST_LETTERS]
    return bool(clear) and not any(same_name(name, show) for name in names)


def same_name(label: str, name: str) -> bool:
    """Tell whether a label's name may be short, cut or misspelt for a name: HRBRSTATION, STAR_TREK_DS9."""
    short, long = "".join(_plain(label)), "".join(_plain(name))
    if not short or not long:
        return True
    from difflib import SequenceMatcher

    if short.startswith(long) or long.startswith(short) or _abbreviates(short, long):
        return True
    initials = ("".join(word[0] for word in words) for words in (_plain(label), label.casefold().split()))
    return (
        any(long in found for found in initials)
        or SequenceMatcher(None, short, long, autojunk=False).ratio() >= ALIKE
    )


def _abbreviates(short: str, long: str) -> bool:
    """Whether the letters of one are in the other, in order, and both begin alike."""
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)


def _plain(name: str) -> list[str]:
    return list(_plain_words(name)) or re.findall(r"\w+", name.casefold())


def _plain_words(name: str) -> Iterator[str]:
    """Give the words of a name without its year, accents, case, articles and numbers in letters."""
    decomposed = unicodedata.normalize("NFKD", _YEAR.sub("", name.casefold()))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("'", "")
    for word in re.findall(r"[^\W_]+", bare):
        if word not in _SMALL:
            yield _NUMBERS.get(word, word)
