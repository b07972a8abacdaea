"""One verdict of the disc's own structure, of a person, and of what TheDiscDB recorded of it.

A person's word comes first, then a record that the disc's titles confirm, then structure and label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engramd.discs.model import Disc
from engramd.identify import identify, label_of
from engramd.identify.verdict import Hint, RoleVerdict, Verdict
from engramd.models.enums import ClassificationSource, ContentType, TitleRole

if TYPE_CHECKING:
    from engramd.sources.discdb import Found
    from engramd.sources.discdb_model import Mapping as TitleMapping

_KINDS = {"tv": ContentType.TV, "movie": ContentType.MOVIE}


@dataclass(frozen=True)
class Judgement:
    """What a disc is. `titles` are the recorded mappings that are followed, by `title_index`.

    `own` is what structure and label say alone; `refusal` says why a confirmed record is not followed.
    """

    verdict: Verdict
    own: Verdict
    found: Found
    titles: Mapping[int, TitleMapping] = field(default_factory=dict)
    refusal: str = ""


def judge(disc: Disc, hint: Hint | None, found: Found) -> Judgement:
    """Say what a disc is by all that is known of it; a film's cuts are main features of one place."""
    from engramd.identify.cuts import Recorded, with_cuts

    judgement = _judge(disc, hint, found)
    features = [m for m in judgement.titles.values() if m.role is TitleRole.MAIN_FEATURE]
    recorded = {m.title_index: Recorded(m.work.name if m.work else "", m.edition) for m in features}
    return replace(judgement, verdict=with_cuts(disc, judgement.verdict, recorded))


def _judge(disc: Disc, hint: Hint | None, found: Found) -> Judgement:
    own = identify(disc, hint)
    bare = identify(disc) if hint is not None else own
    if all_extras(bare) and (len(disc.titles) > 1 or label_of(disc).bonus):
        # Whose extras they are changes nothing about what they are.
        own = own.model_copy(update={"roles": bare.roles})
    if found.status != "confirmed":
        return Judgement(own, own, found)
    hint = hint or Hint()
    kind = kind_of(found)
    if refusal := _contradiction(hint, kind, found):
        return Judgement(own, own, found, refusal=refusal)
    typed = identify(disc, hint.model_copy(update={"content_type": kind}))
    titles = {mapping.title_index: mapping for mapping in found.mappings}
    told = any(value not in (None, ContentType.UNKNOWN) for _, value in hint)
    work = found.work
    verdict = typed.model_copy(
        update={
            "title": hint.show or (work.name if work else typed.title),
            "year": hint.year or (work.year if work else typed.year),
            "season": hint.season if hint.season is not None else _season(found),
            "disc_number": typed.disc_number if typed.disc_number is not None else found.disc_index,
            "source": ClassificationSource.USER if told else found.source,
            "confidence": 1.0 if told else found.confidence,
            "reason": f"TheDiscDB has this disc as {found.label}. {found.reason}".strip(),
            "needs_review": False,
            "roles": tuple(_role(role, titles) for role in typed.roles),
        }
    )
    return Judgement(verdict, own, found, titles)


def all_extras(verdict: Verdict) -> bool:
    """Whether a disc by itself holds extras and nothing else, as those beside a series or a film do."""
    roles = {role.role for role in verdict.roles}
    only = {TitleRole.EXTRA, TitleRole.DUPLICATE, TitleRole.PLAY_ALL}
    return verdict.content_type is ContentType.UNKNOWN and TitleRole.EXTRA in roles and roles <= only


def several_films(verdict: Verdict) -> bool:
    """Whether a disc holds films that share nothing: each has a name of its own, and the disc has none."""
    features = [role for role in verdict.roles if role.role is TitleRole.MAIN_FEATURE]
    films = sum(not role.cuts or role.cuts[0] == role.title_index for role in features)
    return verdict.content_type is ContentType.MOVIE and films > 1


def kind_of(found: Found) -> ContentType:
    """Give the type of a recorded disc: by its titles, else (extras only) by its work."""
    roles = {mapping.role for mapping in found.mappings}
    if TitleRole.EPISODE in roles:
        return ContentType.TV
    if TitleRole.MAIN_FEATURE in roles or found.work is None:
        return ContentType.MOVIE
    return _KINDS[found.work.namespace]


def _season(found: Found) -> int | None:
    """Give the season that most episodes (else most extras) are recorded of."""
    episodes = [m.season for m in found.mappings if m.role is TitleRole.EPISODE]
    for seasons in (episodes, [m.season for m in found.mappings]):
        counted = Counter(season for season in seasons if season is not None).most_common(1)
        if counted:
            return counted[0][0]
    return None


def _contradiction(hint: Hint, kind: ContentType, found: Found) -> str:
    """Say what of a record a person contradicts; the names of works differ too much to be compared here."""
    if hint.content_type not in (None, ContentType.UNKNOWN, kind):
        return f"a person says that it is {hint.content_type}"
    seasons = {m.season for m in found.mappings if m.role is TitleRole.EPISODE and m.season is not None}
    if hint.season is not None and seasons and hint.season not in seasons:
        return f"a person says that it is season {hint.season}"
    return ""


def _role(role: RoleVerdict, titles: Mapping[int, TitleMapping]) -> RoleVerdict:
    """Let a record say what a title is; of titles that repeat each other, it names the one to keep."""
    mapping = titles.get(role.title_index)
    if mapping is None:
        return role
    if role.role is TitleRole.DUPLICATE is not mapping.role:
        kept = titles.get(-1 if role.same_as is None else role.same_as)
        if kept is None or kept.role is not TitleRole.DUPLICATE:
            return role
    update = {
        "role": mapping.role,
        "confidence": mapping.confidence,
        "reason": mapping.reason,
        "same_as": mapping.same_as,
    }
    return role.model_copy(update=update)
