"""What OpenSubtitles.com is asked for an episode or a season, and which of its answers are of use.

A file counts only if the work that it is listed under is the wanted one: searches are answered with other
episodes, and by name with other shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engramd.sources.opensubtitles_languages import from_code, to_codes
from engramd.sources.opensubtitles_model import Attributes, Feature, Page
from engramd.sources.subtitles import Offer, Wanted

PROVIDER = "opensubtitles"
_SHORTEST_QUERY, _LONGEST_QUERY = 3, 200
_MOST_EPISODES = 10_000
#: Years that a season may take, and that an episode may be listed too early or too late by.
_YEARS_A_SEASON, _SLACK = 2, 3


def parameters(wanted: Wanted, *, by_name: bool, season: bool, page: int = 1) -> dict[str, str]:
    """Give the parameters of a search; empty where nothing can be asked.

    They are sorted, in lower case and without defaults, as its documentation wants them.
    """
    languages = to_codes(wanted.languages)
    work = _by_name(wanted) if by_name else _by_number(wanted)
    if not languages or not work:
        return {}
    chosen = {
        **work,
        "ai_translated": "exclude",
        "foreign_parts_only": "exclude",
        "languages": languages,
        "order_by": "download_count",
        "order_direction": "desc",
        "season_number": str(wanted.season),
        "type": "episode",
    }
    if not season:
        chosen["episode_number"] = str(wanted.episode)
    if page > 1:
        chosen["page"] = str(page)
    return dict(sorted(chosen.items()))


def offers(pages: Iterable[Page], wanted: Wanted, *, by_name: bool, season: bool) -> tuple[Offer, ...]:
    """Give the usable files of an answer: by episode, each episode's best first."""
    found: dict[str, Offer] = {}
    for page in pages:
        for offer in _usable(page, wanted, by_name=by_name):
            if season or offer.episode == wanted.episode:
                found.setdefault(offer.provider_id, offer)
    return tuple(sorted(found.values(), key=lambda offer: (offer.episode, *_rank(offer, wanted))))


def _by_number(wanted: Wanted) -> dict[str, str]:
    return {"parent_tmdb_id": str(wanted.tmdb_id)} if wanted.tmdb_id else {}


def _by_name(wanted: Wanted) -> dict[str, str]:
    query = " ".join(wanted.show.lower().split())[:_LONGEST_QUERY]
    return {"query": query} if len(query) >= _SHORTEST_QUERY else {}


def _usable(page: Page, wanted: Wanted, *, by_name: bool) -> Iterator[Offer]:
    for row in page.data:
        said, work = row.attributes, row.attributes.feature_details
        language = from_code(said.language)
        if said.foreign_parts_only or len(said.files) != 1 or language not in wanted.languages:
            continue
        if _is_of_season(work, wanted) and _is_of_show(work, wanted, by_name=by_name):
            yield _offer(said, work, language)


def _is_of_season(work: Feature, wanted: Wanted) -> bool:
    episode = work.episode_number
    of_episode = work.feature_type.lower() in ("episode", "")
    known = episode is not None and 0 <= episode < _MOST_EPISODES
    return of_episode and known and work.season_number == wanted.season


def _is_of_show(work: Feature, wanted: Wanted, *, by_name: bool) -> bool:
    if wanted.tmdb_id and work.parent_tmdb_id:
        return work.parent_tmdb_id == wanted.tmdb_id
    return not by_name or (_is_named(work, wanted) and _is_of_its_time(work, wanted))


def _is_named(work: Feature, wanted: Wanted) -> bool:
    names = {_letters(name) for name in (wanted.show, *wanted.also)} - {""}
    title = work.parent_title or work.movie_name.partition(" - ")[0]
    return _letters(title) in names


def _is_of_its_time(work: Feature, wanted: Wanted) -> bool:
    """Tell shows of one name apart by the year of the episode, as far as that can be."""
    if not wanted.year or not work.year:
        return True
    latest = wanted.year + _YEARS_A_SEASON * wanted.season + _SLACK
    return wanted.year - 1 <= work.year <= latest or (wanted.season == 0 and work.year >= wanted.year - 1)


def _offer(said: Attributes, work: Feature, language: str) -> Offer:
    return Offer(
        provider=PROVIDER,
        provider_id=str(said.files[0].file_id),
        language=language,
        season=work.season_number or 0,
        episode=work.episode_number or 0,
        release=said.release or said.files[0].file_name,
        hearing_impaired=said.hearing_impaired,
        machine_translated=said.machine_translated or said.ai_translated,
        trusted=said.from_trusted,
        downloads=max(0, said.download_count),
        fps=said.fps,
    )


def _rank(offer: Offer, wanted: Wanted) -> tuple[int, ...]:
    return (
        offer.machine_translated,
        wanted.languages.index(offer.language),
        not offer.trusted,
        offer.hearing_impaired,
        -offer.downloads,
        int(offer.provider_id),
    )


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
