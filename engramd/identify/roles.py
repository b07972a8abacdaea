"""What each title is, once it is known whether the disc holds a series or a film."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engramd.discs.model import Title
from engramd.identify.evidence import spoken_length
from engramd.identify.structure import (
    SHORTEST_EPISODE,
    PlayAll,
    Structure,
    disc_order,
    is_clip,
    works,
)
from engramd.identify.verdict import RoleVerdict
from engramd.models.enums import ContentType, TitleRole

#: Lengths of episodes as multiples of the typical one; double ones are pilots and finales.
LEAST, MOST, DOUBLE_LEAST, DOUBLE_MOST = 0.7, 1.45, 1.7, 2.5
#: A title this long beside a film is taken for a second film, not for a documentary about it.
SECOND_FILM = 0.75
#: Episodes have numbers close to one another; a title further away than this stands apart from `RUN` of them.
NUMBER_GAP, RUN = 50, 2
#: Versions for other languages differ by less; of these the one with the lowest playlist number is the first.
SAME_FILM = 0.01
#: Discs that hide their film among many playlists have hundreds; language versions are few.
DECOYS = 12
#: A play-all with so much of the shortest episode left over may hold one that is on no other title.
HIDDEN_EPISODE = 0.5
Judge = Callable[[Structure, Title], RoleVerdict]


def assign_roles(
    titles: Sequence[Title], structure: Structure, kind: ContentType, *, bonus: bool = False
) -> tuple[RoleVerdict, ...]:
    """Give each title its role, in the order of the scan; `bonus`: the label says that all are extras."""
    judge = _judge(structure, kind, bonus=bonus)
    play_alls = {p.title.index: p for p in structure.play_alls}
    own = {t.index: judge(structure, t) for t in structure.own}
    numbers = {t.index: t.number for t in titles}
    verdicts = []
    for title in titles:
        if title.index in structure.duplicates:
            verdicts.append(_duplicate(title, structure.duplicates[title.index], numbers))
        elif title.index in play_alls:
            verdicts.append(_play_all(play_alls[title.index]))
        else:
            verdicts.append(own[title.index])
    return tuple(_with_places(titles, structure, verdicts))


def _judge(structure: Structure, kind: ContentType, *, bonus: bool) -> Judge:
    if bonus and kind is ContentType.UNKNOWN:
        return _bonus_role
    if kind is ContentType.TV:
        return _tv_role
    return _film_role if kind is ContentType.MOVIE else _unknown_role


def _verdict(
    structure: Structure, title: Title, role: TitleRole, confidence: float, reason: str
) -> RoleVerdict:
    holder = structure.part_of(title)
    return RoleVerdict(
        title_index=title.index,
        role=role,
        confidence=confidence,
        reason=reason,
        part_of=holder.title.index if holder is not None else None,
    )


def _duplicate(title: Title, kept: int, numbers: dict[int, int]) -> RoleVerdict:
    how = "plays the same segments as" if title.segments else "has exactly the length and size of"
    return RoleVerdict(
        title_index=title.index,
        role=TitleRole.DUPLICATE,
        confidence=0.99 if title.segments else 0.9,
        reason=f"It {how} title {numbers[kept]}.",
        same_as=kept,
    )


def _play_all(play_all: PlayAll) -> RoleVerdict:
    names = ", ".join(str(p.number) for p in play_all.parts)
    how = "plays" if play_all.exact else "is as long and as large as"
    shortest = min(part.duration for part in play_all.parts)
    rest = play_all.title.duration - sum(part.duration for part in play_all.parts)
    if rest >= max(SHORTEST_EPISODE, HIDDEN_EPISODE * shortest):
        return RoleVerdict(
            title_index=play_all.title.index,
            role=TitleRole.UNKNOWN,
            confidence=0.6,
            reason=f"It {how} titles {names} together, and {spoken_length(rest)} that are on no other title.",
            parts=tuple(p.index for p in play_all.parts),
        )
    return RoleVerdict(
        title_index=play_all.title.index,
        role=TitleRole.PLAY_ALL,
        confidence=0.98 if play_all.exact else 0.85,
        reason=f"It {how} titles {names} together.",
        parts=tuple(p.index for p in play_all.parts),
    )


def _tv_role(structure: Structure, title: Title) -> RoleVerdict:
    typical = structure.group.typical or structure.longest
    length, usual = spoken_length(title.duration), spoken_length(typical)
    if title.duration < SHORTEST_EPISODE:
        return _verdict(structure, title, TitleRole.EXTRA, 0.95, f"{length} is too short for an episode.")
    if any(title.index == t.index for t in structure.group.members) and structure.part_of(title):
        reason = f"It is one of the parts of a play-all, about {usual} each."
        return _verdict(structure, title, TitleRole.EPISODE, 0.97, reason)
    role, confidence, how = _role_by_length(title.duration / typical)
    reason = f"With {length} it is {how} of this disc ({usual})."
    aside = _stands_aside(structure, title) if role is TitleRole.EPISODE else None
    if aside is not None:
        return _verdict(structure, title, TitleRole.EXTRA, 0.7, f"It {aside}.")
    return _verdict(structure, title, role, confidence, reason)


def _role_by_length(ratio: float) -> tuple[TitleRole, float, str]:
    """Judge a title by its length as a multiple of the usual one: role, confidence, and how to say it."""
    if ratio < LEAST:
        return TitleRole.EXTRA, 0.9 if ratio < 0.5 else 0.6, "much shorter than an episode"
    if ratio <= MOST:
        return TitleRole.EPISODE, 0.85, "as long as an episode"
    if ratio < DOUBLE_LEAST:
        return TitleRole.EPISODE, 0.6, "longer than an episode"
    if ratio <= DOUBLE_MOST:
        return TitleRole.EPISODE, 0.75, "as long as two episodes"
    return TitleRole.EXTRA, 0.6, "much longer than an episode"


def _stands_aside(structure: Structure, title: Title) -> str | None:
    """Say why a title of an episode's length is none: the disc keeps it apart from its episodes."""
    members = [t for t in structure.group.members if t.index != title.index]
    playlists = [t for t in members if not is_clip(t)]
    if is_clip(title) and len(playlists) >= 2:
        return "is a bare clip, while the episodes of this disc have playlists"
    numbers = sorted(t.number for t in playlists)
    runs = len(numbers) >= RUN and numbers[-1] - numbers[0] <= NUMBER_GAP
    if runs and not numbers[0] - NUMBER_GAP <= title.number <= numbers[-1] + NUMBER_GAP:
        return f"is numbered far from the episodes of this disc ({numbers[0]} to {numbers[-1]})"
    return None


def main_titles(structure: Structure) -> tuple[Title, ...]:
    """Give the films of a film disc: the longest title, and the longest of each other work like it."""
    playlists = [t for t in structure.own if not is_clip(t)] or list(structure.own)
    if not playlists:
        return ()
    longest = max(t.duration for t in playlists)
    first = next(t for t in playlists if t.duration >= (1 - SAME_FILM) * longest)
    others = [w for w in works(structure) if all(t.index != first.index for t in w)]
    return (first, *(w[0] for w in others if _is_second_film(first, w[0])))


def _is_second_film(first: Title, other: Title) -> bool:
    """Tell another film from a documentary, which is shorter, and from a version, which is as long."""
    as_long = abs(other.duration - first.duration) <= SAME_FILM * first.duration
    return other.duration >= SECOND_FILM * first.duration and not as_long and not is_clip(other)


def hides_its_film(structure: Structure) -> bool:
    """Tell whether a disc offers so many versions of its film that all but one must be decoys."""
    return any(len(work) > DECOYS for work in works(structure))


def _film_role(structure: Structure, title: Title) -> RoleVerdict:
    films = main_titles(structure)
    length = spoken_length(title.duration)
    if any(title.index == film.index for film in films):
        if len(films) > 1:
            reason = f"With {length} it is one of {len(films)} titles of film length that share nothing."
            return _verdict(structure, title, TitleRole.MAIN_FEATURE, 0.5, reason)
        if hides_its_film(structure):
            reason = f"With {length} it is one of many versions of the film; all but one are decoys."
            return _verdict(structure, title, TitleRole.MAIN_FEATURE, 0.1, reason)
        return _verdict(
            structure, title, TitleRole.MAIN_FEATURE, 0.95, f"With {length} it is the longest title."
        )
    if films and title.duration >= 0.9 * films[0].duration:
        reason = f"With {length} it is another version of title {films[0].number}."
        return _verdict(structure, title, TitleRole.UNKNOWN, 0.6, reason)
    return _verdict(structure, title, TitleRole.EXTRA, 0.9, f"With {length} it is shorter than the film.")


def _bonus_role(structure: Structure, title: Title) -> RoleVerdict:
    return _verdict(structure, title, TitleRole.EXTRA, 0.8, "The label names a disc of extras.")


def _unknown_role(structure: Structure, title: Title) -> RoleVerdict:
    if title.duration < SHORTEST_EPISODE:
        length = spoken_length(title.duration)
        return _verdict(structure, title, TitleRole.EXTRA, 0.95, f"{length} is too short for an episode.")
    reason = "It is not known whether this disc holds a series or a film."
    return _verdict(structure, title, TitleRole.UNKNOWN, 0.5, reason)


def _with_places(
    titles: Sequence[Title], structure: Structure, verdicts: Sequence[RoleVerdict]
) -> list[RoleVerdict]:
    """Number episodes and main features in the play-all's order, else in the disc's."""
    counted = {v.title_index for v in verdicts if v.role in (TitleRole.EPISODE, TitleRole.MAIN_FEATURE)}
    order = [t.index for t in sorted((t for t in titles if t.index in counted), key=disc_order)]
    biggest = max(structure.play_alls, key=lambda p: len(p.parts), default=None)
    played = [p.index for p in biggest.parts if p.index in counted] if biggest is not None else []
    if len(played) >= 2:
        order = _merged(order, played)
    places = {index: place for place, index in enumerate(order, 1)}
    return [v.model_copy(update={"place": places.get(v.title_index)}) for v in verdicts]


def _merged(order: list[int], played: list[int]) -> list[int]:
    """Put the titles of `played` into its order, on the places that they hold in `order`."""
    following = iter(played)
    known = set(played)
    return [next(following) if index in known else index for index in order]
