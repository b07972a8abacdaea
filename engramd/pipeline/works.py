"""Asks TMDB which series or film a job's disc is, and takes it, or asks a person."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.discs.model import Disc
from engramd.events import JobChanged
from engramd.identify import parse_label
from engramd.identify.works import Decision, DiscFacts, Ranked, decide, rank
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscJob,
    DiscTitle,
    JobEvidence,
    ReviewKind,
    TitleRole,
    WorkCandidate,
    WorkName,
    WorkNamespace,
)
from engramd.pipeline.editions import count_films, keep_runtime, name_editions
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews, is_about_identity
from engramd.pipeline.sources import Sources
from engramd.sources.tmdb import Tmdb
from engramd.sources.work import Candidate, Namespace, WorkId
from engramd.store.store import ENDED
from engramd.tools import CancelToken

#: Works of one search that are looked at closely.
MOST_HITS = 5
#: From this probability on (of a series or of a film) only works of that type are searched for.
SURE_OF_TYPE = 0.97
PAL_LINES = 576
#: What a work is looked up with.
_ASKED_WITH = (
    "classification_source",
    "content_type",
    "detected_title",
    "detected_season",
    "year",
    "tmdb_id",
    "tmdb_namespace",
)


class WorkFinder:
    """Finds the works of discs; an answer about an identity that was changed meanwhile does not count."""

    def __init__(
        self, parts: Parts, sources: Sources, identities: Identities, reviews: Reviews, stop: CancelToken
    ) -> None:
        self._parts = parts
        self._sources = sources
        self._identities = identities
        self._reviews = reviews
        self._stop = stop

    def find(self, tmdb: Tmdb, job_id: int, disc: Disc) -> None:
        """Ask what a disc is, by its number if that is known. Raises SourceErrors and Cancelled."""
        job = self._parts.store.need_job(job_id)
        if job.is_other:
            return  # a person said that it is no work that TMDB has
        if job.tmdb_id is not None:
            if (namespace := _namespace(job)) is not None:  # else a number of nothing, until it has a type
                self._ask_for_number(tmdb, job, disc, WorkId(namespace.value, job.tmdb_id))
            return
        titles = self._parts.store.titles(job_id)
        films = [title for title in titles if _is_nameless_film(title)]
        if job.content_type is ContentType.MOVIE and count_films(films) > 1:
            self._name_films(tmdb, job, disc, films)
            return
        facts = facts_of(job, titles, disc)
        if facts.titles and not _is_of_a_set(job, titles):
            self._decide(tmdb, job, disc, decide(rank(self._candidates(tmdb, facts), facts)))

    def _ask_for_number(self, tmdb: Tmdb, job: DiscJob, disc: Disc, work: WorkId) -> None:
        candidate = tmdb.candidate(work, cancel=self._stop)
        if candidate is not None:
            reason = f"{candidate.title} has the number {work.id}."
            self._adopt(tmdb, job, disc, Ranked(candidate, job.classification_confidence, reason))
            return
        what = "series" if work.namespace == "tv" else "film"
        sentence = f"TMDB has no {what} with the number {work.id}."
        with self._identities.changing(job.id or 0):
            if self._counts(job):
                self._evidence(job.id or 0, ("nothing", sentence, 0.0))
                question = f"Which {what} is it, as TMDB has none with the number {work.id}?"
                self._ask(job, question, sentence)

    def _name_films(self, tmdb: Tmdb, job: DiscJob, disc: Disc, films: Sequence[DiscTitle]) -> None:
        """Tell the films of a disc apart by their lengths, where its label names them; else ask later."""
        names = parse_label(disc.disc_name).works or parse_label(disc.label).works
        winners = {}
        for film in films if names else ():
            facts = DiscFacts(titles=names, series=0.0, feature=film.duration_seconds)
            winner = decide(rank(self._candidates(tmdb, facts), facts)).winner
            if winner is not None:
                winners[film.title_index] = (winner, self._name(tmdb, winner.candidate))
        if len({winner.candidate.work for winner, _ in winners.values()}) < len(films):
            said = ("several films", "TMDB does not tell which film is which.", 0.0)
            self._evidence(job.id or 0, said)
            return
        with self._identities.changing(job.id or 0):
            if not self._counts(job):
                return
            for film in filter(_is_nameless_film, self._parts.store.titles(job.id or 0)):
                if film.title_index in winners:
                    winner, name = winners[film.title_index]
                    self._parts.lifecycle.update_title(
                        film,
                        own_content_type=ContentType.MOVIE,
                        own_title=name.title,
                        own_year=name.year,
                        own_tmdb_id=winner.candidate.work.id,
                    )
            claims = [
                (f"title {index + 1}: {winner.candidate.title}", winner.reason, winner.probability)
                for index, (winner, _) in winners.items()
            ]
            self._evidence(job.id or 0, *claims)

    def _candidates(self, tmdb: Tmdb, facts: DiscFacts) -> list[Candidate]:
        found: dict[WorkId, Candidate] = {}
        for title in facts.titles:
            candidates = tmdb.find(
                title,
                year=facts.year,
                season=facts.season,
                namespaces=_namespaces(facts),
                most=MOST_HITS,
                cancel=self._stop,
            )
            found |= {candidate.work: candidate for candidate in candidates}
        return list(found.values())

    def _decide(self, tmdb: Tmdb, job: DiscJob, disc: Disc, decision: Decision) -> None:
        job_id = job.id or 0
        if decision.winner is not None and not _is_denied(job, decision.winner):
            self._adopt(tmdb, job, disc, decision.winner, is_found=True)
            return
        options = [option for option in decision.options if not _is_denied(job, option)]
        with self._identities.changing(job_id):
            if not self._counts(job):
                return
            if options or not self._is_asked(job_id):  # else they are the answers to that question
                self._parts.store.replace_works(job_id, [_row(job_id, option) for option in options])
            self._evidence(job_id, ("several works" if options else "nothing", decision.reason, 0.0))
            if options:
                name = job.detected_title or job.volume_label
                self._ask(job, f"Which {name} is it?", decision.reason)

    def _ask(self, job: DiscJob, question: str, why: str) -> None:
        """Ask which work it is, unless the job has ended, or a person was asked that already."""
        if self._parts.store.need_job(job.id or 0).state not in ENDED:
            self._reviews.ask_once(ReviewKind.IDENTITY, job.id or 0, question, why=why)

    def _adopt(self, tmdb: Tmdb, job: DiscJob, disc: Disc, winner: Ranked, *, is_found: bool = False) -> None:
        """Take a work as what the disc is, under the name that its folder has or gets.

        One that `is_found` by its name takes the place of the works that the disc may have been before.
        """
        job_id, candidate = job.id or 0, winner.candidate
        name = self._name(tmdb, candidate)
        told = job.classification_source is ClassificationSource.USER
        values: dict[str, object] = {
            "tmdb_id": candidate.work.id,
            "tmdb_namespace": WorkNamespace(candidate.work.namespace),
            "original_title": name.original_title or None,
            "original_language": self._sources.original_language(tmdb, candidate.work, self._stop),
            "detected_title": name.title,
            "year": name.year,
        }
        if job.content_type is ContentType.UNKNOWN:
            values["content_type"] = ContentType(candidate.work.namespace)
        if job.classification_source is ClassificationSource.HEURISTIC:
            values["classification_source"] = ClassificationSource.TMDB
            values["identity_reason"] = f"{job.identity_reason} TMDB: {winner.reason}".strip()
        with self._identities.changing(job_id):
            if not self._counts(job):
                return
            if is_found:
                self._parts.store.replace_works(job_id, [_row(job_id, winner)])
            self._parts.lifecycle.update_job(job_id, **values)
            self._parts.lifecycle.note(job_id, "identified", f"TMDB: {winner.reason}")
            self._evidence(job_id, (candidate.title, winner.reason, winner.probability))
            if job.content_type is ContentType.UNKNOWN or (self._is_asked(job_id) and not told):
                self._identities.again(job_id, "TMDB knows the work", disc=disc)
            if candidate.work.namespace == "movie":
                keep_runtime(self._parts, job_id, candidate.runtimes)
                name_editions(self._parts, job_id)

    def _counts(self, asked: DiscJob) -> bool:
        """Whether a job's disc is still taken for what was asked about; who said more looks it up anew."""
        now = self._parts.store.need_job(asked.id or 0)
        return all(getattr(now, name) == getattr(asked, name) for name in _ASKED_WITH)

    def _is_asked(self, job_id: int) -> bool:
        tasks = self._parts.store.open_reviews(job_id)
        return any(map(is_about_identity, tasks))

    def _name(self, tmdb: Tmdb, candidate: Candidate) -> WorkName:
        """Give the work's name, decided once: a second disc goes where the first one went."""
        namespace = WorkNamespace(candidate.work.namespace)
        known = self._parts.store.work_name(namespace, candidate.work.id)
        if known is not None:
            return known
        title, original, language = self._sources.folder_title(tmdb, candidate.work, self._stop)
        row = WorkName(
            namespace=namespace,
            tmdb_id=candidate.work.id,
            title=title or candidate.name,
            year=candidate.year,
            original_title=original,
            language=language,
        )
        return self._parts.store.keep_work_name(row)

    def _evidence(self, job_id: int, *said: tuple[str, str, float]) -> None:
        """Keep what TMDB says (claim, sentence, probability) in the place of what it said before.

        It comes last, and tells of the works that were kept before it as well.
        """
        rows = [
            JobEvidence(
                job_id=job_id,
                source="tmdb",
                claim=claim,
                confidence=confidence,
                followed=confidence > 0,
                sentence=sentence,
            )
            for claim, sentence, confidence in said
        ]
        self._parts.store.replace_evidence(job_id, rows)
        self._parts.hub.publish(JobChanged(job_id))


def facts_of(job: DiscJob, titles: Sequence[DiscTitle], disc: Disc) -> DiscFacts:
    """Give what is known of a job's disc, as works are compared with it."""
    told = job.classification_source is ClassificationSource.USER and job.detected_title
    labels = [parse_label(disc.disc_name), parse_label(disc.label)]
    names = [job.detected_title, *([] if told else [label.title for label in labels])]
    chance = job.classification_confidence
    series = {ContentType.TV: chance, ContentType.MOVIE: 1 - chance}.get(job.content_type, 0.5)
    features = [t for t in titles if t.role is TitleRole.MAIN_FEATURE]
    lengths = [t.duration_seconds for t in features]
    return DiscFacts(
        titles=tuple(dict.fromkeys(name for name in names if name)),
        year=job.year,
        season=job.detected_season if job.content_type is not ContentType.MOVIE else None,
        series=series,
        episodes=tuple(t.duration_seconds for t in titles if t.role is TitleRole.EPISODE),
        feature=min(lengths) if count_films(features) == 1 else None,
        pal=any(title.height == PAL_LINES for title in disc.titles),
    )


def _is_nameless_film(title: DiscTitle) -> bool:
    return title.role is TitleRole.MAIN_FEATURE and not title.own_title and not title.edition


def _is_of_a_set(job: DiscJob, titles: Sequence[DiscTitle]) -> bool:
    """Whether a disc of extras has the name of its set's other discs, which stays."""
    roles = {title.role for title in titles}
    named = job.content_type is not ContentType.UNKNOWN
    only_extras = TitleRole.EXTRA in roles and not roles & {TitleRole.EPISODE, TitleRole.MAIN_FEATURE}
    return named and only_extras and job.classification_source is ClassificationSource.HEURISTIC


def _is_denied(job: DiscJob, ranked: Ranked) -> bool:
    """Whether a person said another year than a work has."""
    candidate = ranked.candidate
    if job.classification_source is not ClassificationSource.USER or not job.year or not candidate.year:
        return False
    return abs(job.year - candidate.year) > 1 and job.year not in candidate.season_years


def _namespaces(facts: DiscFacts) -> tuple[Namespace, ...]:
    if facts.series >= SURE_OF_TYPE:
        return ("tv",)
    return ("movie",) if facts.series <= 1 - SURE_OF_TYPE else ("tv", "movie")


def _namespace(job: DiscJob) -> WorkNamespace | None:
    if job.tmdb_namespace is not None:
        return job.tmdb_namespace
    return None if job.content_type is ContentType.UNKNOWN else WorkNamespace(job.content_type.value)


def _row(job_id: int, ranked: Ranked) -> WorkCandidate:
    return WorkCandidate(
        job_id=job_id,
        namespace=WorkNamespace(ranked.candidate.work.namespace),
        tmdb_id=ranked.candidate.work.id,
        name=ranked.candidate.name,
        year=ranked.candidate.year,
        confidence=ranked.probability,
        reason=ranked.reason,
    )
