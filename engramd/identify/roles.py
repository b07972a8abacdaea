"""What each title is, once it is known whether the disc holds a series or a film."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engramd.discs.model import Title
from engramd.identify import priors
from engramd.identify.evidence import is_miniature, spoken_length
from engramd.identify.forest import Forest, Models, probability
from engramd.identify.order import episodes_in_order
from engramd.identify.rules import log_odds_of_episode, log_odds_of_feature
from engramd.identify.structure import (
    SHORTEST_EPISODE,
    PlayAll,
    Structure,
    disc_order,
    is_clip,
)
from engramd.identify.title_features import title_features
from engramd.identify.verdict import RoleVerdict
from engramd.identify.view import View
from engramd.models.enums import ContentType, TitleRole

#: A title this long beside a film is taken for a second film, not for a documentary about it.
SECOND_FILM = 0.75
#: Versions for other languages differ by less.
SAME_FILM = 0.01
#: Discs that hide their film among many playlists have hundreds; language versions are few.
DECOYS = 12
#: Of titles whose segments are not known, so many of about the same length are no films of their own.
FILMS = 5
#: A play-all with so much of the shortest episode left over may hold one that is on no other title.
HIDDEN_EPISODE = 0.5
#: Titles shorter than this share of the longest are no episodes, and no films, whatever else they are.
WORTH_A_LOOK, NO_FILM = 0.03, 0.25
#: A title numbered further away than this from the episodes stands apart.
NUMBER_GAP = 50
#: Versions of a film are at least so long, as a share of it.
VERSION_LENGTH = 0.9
#: A second film is at least this likely to be one, less so where the label names several.
LIKELY, LIKELY_NAMED = 0.3, 0.1
_DOUBLE = re.compile(r"\bdouble (feature|bill)\b", re.IGNORECASE)
COUNTED = (TitleRole.EPISODE, TitleRole.MAIN_FEATURE)


@dataclass(frozen=True)
class Judged:
    """How likely (0 to 1) each judged title is an episode, or the film; which are chosen, in their order.

    `rivals` are titles that may be films of their own.
    """

    chances: dict[int, float] = field(default_factory=dict)
    chosen: tuple[int, ...] = ()
    rivals: tuple[int, ...] = ()


def judge_episodes(view: View, models: Models) -> Judged:
    """Choose the episodes of a series disc."""
    odds = priors.episodes(view, _log_odds(view, models.episode, log_odds_of_episode, WORTH_A_LOOK))
    chosen = {index for index, value in odds.items() if value > 0}
    if not chosen and odds:
        chosen = {max(odds, key=lambda index: odds[index])}
    chosen -= _joined(view, chosen, odds)
    chosen -= {t.index for t in view.titles if t.index in chosen and _is_piece(view, t, chosen)}
    return Judged({i: probability(v) for i, v in odds.items()}, episodes_in_order(view, chosen))


def _joined(view: View, chosen: set[int], odds: dict[int, float]) -> set[int]:
    """The play-alls among what was chosen, or their parts: nothing is filed twice."""
    dropped: set[int] = set()
    for play_all in view.structure.play_alls:
        parts = {p.index for p in play_all.parts} & chosen
        if play_all.title.index not in chosen or len(parts) < 2:
            continue
        whole = odds[play_all.title.index] > sum(odds[index] for index in parts) / len(parts)
        dropped |= parts if whole else {play_all.title.index}
    return dropped


def _is_piece(view: View, title: Title, chosen: set[int]) -> bool:
    """Tell a bare clip that a longer episode plays whole."""
    keys = view.keys.get(title.index, frozenset())
    if not is_clip(title) or not keys:
        return False
    return any(
        other.index in chosen and other.duration >= 1.3 * title.duration and keys <= view.keys[other.index]
        for other in view.players.get(next(iter(keys)), ())
    )


def judge_features(view: View, models: Models) -> Judged:
    """Choose the film of a film disc; several if several works are as likely."""
    odds = priors.features(view, _log_odds(view, models.feature, log_odds_of_feature, NO_FILM))
    if not odds:
        return Judged()
    numbers = {t.index: disc_order(t) for t in view.titles}
    first = min(odds, key=lambda index: (-odds[index], numbers[index]))
    chances = {i: probability(v) for i, v in odds.items()}
    text = f"{view.disc.label} {view.disc.disc_name}".replace("_", " ")
    named = view.label.collection or len(view.label.works) > 1 or _DOUBLE.search(text)
    others = _other_films(view, first, chances, LIKELY_NAMED if named else LIKELY)
    return Judged(chances, (first, *others) if named else (first,), tuple(others))


def _other_films(view: View, first: int, chances: dict[int, float], least: float) -> list[int]:
    """The titles that are as likely a film, and share nothing with the first."""
    titles = {t.index: t for t in view.titles}
    others = [w[0].index for w in view.structure.works if all(t.index != first for t in w)]
    return [i for i in others if chances[i] >= least and _is_second_film(titles[first], titles[i])]


def _is_second_film(first: Title, other: Title) -> bool:
    """Tell another film from a documentary, which is shorter, and from a version, which is as long."""
    as_long = abs(other.duration - first.duration) <= SAME_FILM * first.duration
    return other.duration >= SECOND_FILM * first.duration and not as_long and not is_clip(other)


def _log_odds(
    view: View, forest: Forest, small: Callable[[View, Title], float], share: float
) -> dict[int, float]:
    if is_miniature(view):
        return {t.index: small(view, t) for t in view.titles}
    least = share * view.structure.longest
    return {
        t.index: forest.log_odds(title_features(view, t)) if t.duration >= least else -9.0
        for t in view.titles
    }


def hides_its_film(view: View, film: Title) -> bool:
    """Tell whether a disc offers so many versions of its film that all but one must be decoys.

    Where the disc's author named the film's playlist, nothing is hidden. Titles whose segments a scan does
    not tell count if they are about as long: no disc has room for so many films.
    """
    structure = view.structure
    shuffled = sum(kept == film.index for kept in structure.decoys.values())
    alike = sum(0.9 <= t.duration / film.duration <= 1.1 for t in structure.own if not t.segments)
    many = shuffled + len(structure.versions.get(film.index, ())) >= DECOYS or alike >= FILMS
    return many and priors.main_feature_name(film) is None


def assign_roles(
    disc: Sequence[Title], view: View, kind: ContentType, judged: Judged, *, bonus: bool = False
) -> tuple[RoleVerdict, ...]:
    """Give each title its role, in the order of the scan; `bonus`: the label says that all are extras."""
    numbers = {t.index: t.number for t in disc}
    places = {index: place for place, index in enumerate(judged.chosen, 1)}
    verdicts = []
    for title in disc:
        kept = view.structure.duplicates.get(title.index)
        if kept is not None:
            verdicts.append(_duplicate(view.structure, title, kept, numbers))
            continue
        role, confidence, reason = _role(view, title, kind, judged, bonus=bonus)
        holder = view.structure.part_of(title)
        play_all = view.play_alls.get(title.index)
        verdicts.append(
            RoleVerdict(
                title_index=title.index,
                role=role,
                place=places.get(title.index) if role in COUNTED else None,
                confidence=round(confidence, 4),
                reason=reason,
                part_of=holder.title.index if holder is not None else None,
                parts=tuple(p.index for p in play_all.parts) if play_all is not None else (),
            )
        )
    return tuple(verdicts)


def _duplicate(structure: Structure, title: Title, kept: int, numbers: dict[int, int]) -> RoleVerdict:
    shuffled = title.index in structure.decoys
    how = "plays the same segments as" if title.segments else "has exactly the length and size of"
    return RoleVerdict(
        title_index=title.index,
        role=TitleRole.DUPLICATE,
        confidence=0.7 if shuffled else 0.99 if title.segments else 0.9,
        reason=f"It {how} title {numbers[kept]}{', in another order' if shuffled else ''}.",
        same_as=kept,
    )


def _role(
    view: View, title: Title, kind: ContentType, judged: Judged, *, bonus: bool
) -> tuple[TitleRole, float, str]:
    chance = judged.chances.get(title.index, 0.0)
    if title.duration < SHORTEST_EPISODE:
        return TitleRole.EXTRA, 0.95, f"{spoken_length(title.duration)} is too short for an episode."
    if kind is ContentType.MOVIE:
        return _on_a_film_disc(view, title, judged)
    if title.index in judged.chosen:
        return TitleRole.EPISODE, chance, _why_episode(view, title)
    if title.index in view.play_alls:
        found = _play_all(view.play_alls[title.index])
        if not bonus or found[0] is TitleRole.PLAY_ALL:
            return found
    if kind is ContentType.TV:
        return TitleRole.EXTRA, 1 - chance, _why_no_episode(view, title)
    return _on_an_unknown_disc(bonus=bonus)


def _on_an_unknown_disc(*, bonus: bool) -> tuple[TitleRole, float, str]:
    if bonus:
        return TitleRole.EXTRA, 0.8, "The label names a disc of extras."
    return TitleRole.UNKNOWN, 0.5, "It is not known whether this disc holds a series or a film."


def _on_a_film_disc(view: View, title: Title, judged: Judged) -> tuple[TitleRole, float, str]:
    if title.index in judged.chosen:
        return TitleRole.MAIN_FEATURE, *_why_feature(view, title, judged)
    film = next((t for t in view.titles if judged.chosen and t.index == judged.chosen[0]), None)
    if film is None:
        return TitleRole.UNKNOWN, 0.5, "No title of this disc looks like a film."
    if title.index in view.play_alls and title.duration < VERSION_LENGTH * film.duration:
        return _play_all(view.play_alls[title.index])
    return _beside_the_film(title, film, judged)


def _play_all(play_all: PlayAll) -> tuple[TitleRole, float, str]:
    names = ", ".join(str(p.number) for p in play_all.parts)
    how = "plays" if play_all.exact else "is as long and as large as"
    shortest = min(part.duration for part in play_all.parts)
    rest = play_all.title.duration - sum(part.duration for part in play_all.parts)
    if rest >= max(SHORTEST_EPISODE, HIDDEN_EPISODE * shortest):
        left = f"{spoken_length(rest)} that are on no other title"
        return TitleRole.UNKNOWN, 0.6, f"It {how} titles {names} together, and {left}."
    return TitleRole.PLAY_ALL, 0.98 if play_all.exact else 0.85, f"It {how} titles {names} together."


def _why_episode(view: View, title: Title) -> str:
    usual = spoken_length(view.structure.group.typical or view.structure.longest)
    length = spoken_length(title.duration)
    if title.index in view.group and view.structure.part_of(title):
        return f"It is one of the parts of a play-all, about {usual} each."
    ratio = title.duration / (view.structure.group.typical or title.duration)
    how = "as long as two episodes" if 1.7 <= ratio <= 2.5 else "like an episode"
    return f"With {length} it is {how} of this disc ({usual}), and made like one."


def _why_no_episode(view: View, title: Title) -> str:
    usual, length = spoken_length(view.structure.group.typical), spoken_length(title.duration)
    ratio = title.duration / (view.structure.group.typical or title.duration)
    if not 0.7 <= ratio <= 1.45:
        how = "shorter" if ratio < 1 else "longer"
        return f"With {length} it is {how} than an episode of this disc ({usual})."
    others = [n for n in view.numbers if n != title.number]
    if others and not others[0] - NUMBER_GAP <= title.number <= others[-1] + NUMBER_GAP:
        return f"It is numbered far from the episodes of this disc ({others[0]} to {others[-1]})."
    if title.index in view.structure.versions:
        other = view.structure.versions[title.index][0]
        return f"With {length} it is another version of title {other.number}."
    kind = "a bare clip" if is_clip(title) else "a title"
    return f"With {length} it is {kind} as long as an episode of this disc, but made in another way."


def _why_feature(view: View, title: Title, judged: Judged) -> tuple[float, str]:
    length, chance = spoken_length(title.duration), judged.chances.get(title.index, 0.0)
    if len(judged.chosen) > 1:
        count = len(judged.chosen)
        return min(
            chance, 0.5
        ), f"With {length} it is one of {count} titles of film length that share nothing."
    if hides_its_film(view, title):
        return 0.1, f"With {length} it is one of many versions of the film; all but one are decoys."
    if priors.main_feature_name(title) is not None:
        return max(chance, 0.95), f"With {length} it is what the disc's author named the main feature."
    longest = title.duration >= view.structure.longest
    how = "the longest title" if longest else "made like the main feature, and nearly the longest title"
    return chance, f"With {length} it is {how}."


def _beside_the_film(title: Title, film: Title, judged: Judged) -> tuple[TitleRole, float, str]:
    length = spoken_length(title.duration)
    if title.index in judged.rivals:
        reason = f"With {length} it may be a film of its own: it shares nothing with title {film.number}."
        return TitleRole.UNKNOWN, 0.5, reason
    if title.duration >= VERSION_LENGTH * film.duration:
        return TitleRole.UNKNOWN, 0.6, f"With {length} it is another version of title {film.number}."
    return (
        TitleRole.EXTRA,
        1 - judged.chances.get(title.index, 0.0),
        f"With {length} it is shorter than the film.",
    )
