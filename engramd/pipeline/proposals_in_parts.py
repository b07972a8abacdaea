"""What the titles of a disc may be by order and lengths, where several titles are one episode. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from engramd.organize import EpisodeCode, write_part
from engramd.pipeline.proposals import Facts, Place, Plan, from_start, propose, ranked

#: Episodes are sold in so many parts, which a catalogue's runtimes tell within this share of a part.
COUNTS, NEAR = (2, 3), 0.12
#: What is left of the confidence of a plan in parts that nothing but runtimes speaks for, and of one without
#: parts where they do.
BY_LENGTH, AGAINST_LENGTH = 0.7, 0.5


def with_parts(places: Sequence[Place], facts: Facts, known: int) -> list[Plan]:
    """Give plans as `propose` does, and such in which titles that follow one another are one episode.

    `known` is in how many parts the episodes of the season are, 0 where nobody said that they are in parts:
    then runtimes may say so, and are less sure.
    """
    count = known or count_by_length(places, facts)
    whole = propose(joined(places), facts)
    if not count:
        return whole
    shared = _in_parts(joined(places), facts, count)
    if known:
        return shared
    return ranked(
        [
            *(replace(plan, confidence=plan.confidence * BY_LENGTH) for plan in shared),
            *(replace(plan, confidence=plan.confidence * AGAINST_LENGTH) for plan in whole),
        ]
    )


def start_in_parts(places: Sequence[Place], facts: Facts, start: EpisodeCode, count: int) -> Plan | None:
    """Give the plan whose first titles are the parts of an episode that a person named."""
    groups = _groups(places, count)
    plan = from_start([_whole(group) for group in groups], facts, start) if groups else None
    return replace(plan, episodes=_split(plan, _members(groups))) if groups and plan else None


def joined(places: Sequence[Place]) -> list[Place]:
    """Let decided parts of one episode be one place, as long as all of them."""
    result: list[Place] = []
    for place in places:
        before = result[-1] if result else None
        if place.part and before is not None and before.part and before.episode == place.episode:
            result[-1] = replace(before, seconds=before.seconds + place.seconds)
        else:
            result.append(place)
    return result


def count_by_length(places: Sequence[Place], facts: Facts) -> int:
    """Say how many of the undecided titles last as long as an episode by a catalogue's runtimes; 0: one."""
    minutes = [e.minutes for e in facts.roster if e.minutes and facts.season in (None, e.season)]
    lengths = [place.seconds for place in places if place.episode is None]
    if not minutes or not lengths or median(lengths) <= 0:
        return 0
    times = median(minutes) * 60 / median(lengths)
    return next((count for count in COUNTS if abs(times - count) <= NEAR * count), 0)


def _in_parts(places: Sequence[Place], facts: Facts, count: int) -> list[Plan]:
    """Propose episodes for so many titles at a time; none where the titles do not come out even."""
    groups = _groups(places, count)
    if groups is None:
        return []
    plans = propose([_whole(group) for group in groups], facts)
    members = _members(groups)
    told = f"{count} titles are one episode"
    return [
        replace(plan, episodes=_split(plan, members), reason="; ".join(filter(None, (plan.reason, told))))
        for plan in plans
    ]


def _groups(places: Sequence[Place], count: int) -> list[list[Place]] | None:
    groups: list[list[Place]] = []
    for place in places:
        last = groups[-1] if groups else []
        is_open = bool(last) and last[0].episode is None and len(last) < count
        if place.episode is None and is_open:
            last.append(place)
        elif is_open:
            return None
        else:
            groups.append([place])
    return groups if not groups or groups[-1][0].episode or len(groups[-1]) == count else None


def _members(groups: Sequence[list[Place]]) -> dict[int, list[Place]]:
    return {group[0].title_index: group for group in groups}


def _whole(group: Sequence[Place]) -> Place:
    return replace(group[0], seconds=sum(place.seconds for place in group))


def _split(plan: Plan, members: dict[int, list[Place]]) -> dict[int, str]:
    return {
        place.title_index: write_part(episode, number)
        for first, episode in plan.episodes.items()
        for number, place in enumerate(members[first], 1)
    }
