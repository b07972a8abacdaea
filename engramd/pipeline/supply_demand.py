"""What a disc with open titles needs to know of its show before files are fetched for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from engramd.models import ContentType, DiscJob, DiscTitle, TitleRole, TitleState
from engramd.pipeline.roster import Holding
from engramd.pipeline.supply_plan import FITS, Episode, Held, too_short
from engramd.pipeline.supply_shelf import Series, episodes_in, labels_below

if TYPE_CHECKING:
    from engramd.match import MatchResult, TitleMatch
    from engramd.match.model import KnownEpisode

#: Roles of titles that may be an episode, and states of those that are none of the disc's any more.
_EPISODES = (TitleRole.EPISODE, TitleRole.UNKNOWN)
_GONE = (TitleState.SKIPPED, TitleState.FAILED)
_DECIDED = (TitleState.MATCHED, TitleState.COMPLETED)


@dataclass(frozen=True)
class Demand:
    """A disc whose open titles wait for references, since when, and what `Need` says of it."""

    job_id: int
    series: Series
    season: int | None
    disc: int | None
    titles: int
    undecided: int
    since: datetime
    own: frozenset[Episode] = frozenset()
    doubtful: tuple[Episode, ...] = ()
    aired: tuple[Episode, ...] | None = None
    local: Mapping[Episode, int] | None = None

    @property
    def key(self) -> tuple[str, int | None]:
        """What its files serve: all discs of this season."""
        return self.series.name, self.season


def series_of(job: DiscJob) -> Series | None:
    """Give the show of a job's disc; None for a film, and where nobody knows it."""
    if job.content_type is ContentType.MOVIE or not job.detected_title:
        return None
    from engramd.identify import parse_label

    others = (job.original_title, parse_label(job.volume_label).title)
    also = tuple(dict.fromkeys(name for name in others if name and name != job.detected_title))
    return Series(job.detected_title, also, job.year, job.tmdb_id)


def worth_a_file(
    titles: Sequence[DiscTitle], undecided: Sequence[DiscTitle], result: MatchResult | None
) -> list[DiscTitle]:
    """Give those of the undecided titles that more references may decide."""
    found = _matches(result)
    decided = [t.duration_seconds for t in titles if _episode_of(t, found)]
    return [
        title
        for title in undecided
        if not title.is_extra
        and title.role in _EPISODES
        and not too_short(title.duration_seconds, decided)
        and _may_help(found.get(title.title_index))
    ]


def demand_of(
    job: DiscJob,
    titles: Sequence[DiscTitle],
    open_titles: Sequence[DiscTitle],
    result: MatchResult | None,
    roster: Sequence[KnownEpisode],
    references: str,
    since: datetime,
) -> Demand | None:
    """Put together what is known; `references` is the folder of local ones, or empty."""
    series = series_of(job)
    if series is None:
        return None
    series = replace(series, seconds=_usual_seconds(titles, roster, job.detected_season))
    found = _matches(result)
    own = frozenset[Episode]().union(*(episodes_in(_episode_of(t, found)) for t in titles))
    matches = [found[t.title_index] for t in open_titles if t.title_index in found]
    return Demand(
        job_id=job.id or 0,
        series=series,
        season=job.detected_season,
        disc=job.disc_number,
        titles=sum(_counts(title) for title in titles),
        undecided=len(open_titles),
        since=since,
        own=own,
        doubtful=tuple(episode for episode in _doubtful(matches) if episode not in own),
        aired=_aired(roster, job.detected_season),
        local=_local(references, series),
    )


def as_held(found: Iterable[Holding], season: int | None) -> tuple[Held, ...]:
    """Give what other discs hold, disc by disc; a disc of another season has no number in this one."""
    discs: dict[int | None, set[Episode]] = defaultdict(set)
    for one in found:
        same_season = season is None or one.job.detected_season == season
        number = one.job.disc_number if same_season else None
        discs[number] |= {(one.code.season, n) for n in range(one.code.first, one.code.last + 1)}
    return tuple(Held(disc, frozenset(episodes)) for disc, episodes in discs.items())


def _may_help(match: TitleMatch | None) -> bool:
    """Whether it is the references that leave a title undecided."""
    return match is None or (
        match.verdict != "matched" and match.lacking != "evidence" and not match.play_all
    )


def _matches(result: MatchResult | None) -> dict[int, TitleMatch]:
    return {match.title_index: match for match in result.titles} if result else {}


def _episode_of(title: DiscTitle, found: Mapping[int, TitleMatch]) -> str:
    """Give the episode that a title is: decided before, or now."""
    if title.state in _DECIDED:
        return title.matched_episode or ""
    match = found.get(title.title_index)
    return (match.episode or "") if match is not None and match.verdict == "matched" else ""


def _doubtful(matches: Iterable[TitleMatch]) -> Iterable[Episode]:
    """Give the single episodes that fit a title without deciding it, best first."""
    ranked = (c for match in matches for c in match.candidates[:2] if c.confidence >= FITS)
    for candidate in sorted(ranked, key=lambda c: -c.confidence):
        if len(episodes := episodes_in(candidate.episode)) == 1:
            yield from episodes


def _counts(title: DiscTitle) -> bool:
    return title.role in _EPISODES and not title.is_extra and title.state not in _GONE


def _usual_seconds(
    titles: Sequence[DiscTitle], roster: Sequence[KnownEpisode], season: int | None
) -> float | None:
    """Give how long a show's episodes usually are: as they are listed, else as the disc's titles are."""
    listed = [60.0 * e.minutes for e in roster if e.minutes and season in (None, e.season)]
    lengths = [t.duration_seconds for t in titles if _counts(t) and t.duration_seconds > 0]
    return median(listed or lengths) if listed or lengths else None


def _aired(roster: Sequence[KnownEpisode], season: int | None) -> tuple[Episode, ...] | None:
    wanted = (
        (e.season, e.number) for e in roster if (e.season == season if season is not None else e.season)
    )
    return tuple(sorted(wanted)) or None


def local_folder(references: str, series: Series) -> Path | None:
    """Give the folder of a show's own references, if there is one."""
    from engramd.match.shows import find_show

    folders = (find_show(Path(references), name, series.year).path for name in (series.show, *series.also))
    return next((folder for folder in folders if folder is not None), None)


def _local(references: str, series: Series) -> Mapping[Episode, int]:
    """Count the local references of each episode, in the show's folder or else by the names of files."""
    if not references:
        return {}
    if (folder := local_folder(references, series)) is not None:
        return labels_below(folder)
    from engramd.match.listing import fits, list_names, wanted_names

    wanted = wanted_names((series.show, *series.also))
    named = [one for one in list_names(Path(references), []) if one.label and fits(one.show, wanted)]
    return Counter((one.label.season, n) for one in named if one.label for n in one.label.episodes)
