"""Which tracks of a title are kept, as the settings and a person's rule for the show say; and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engramd.discs.model import Disc, Media, Stream, Title
from engramd.errors import InvalidArgument
from engramd.models import AppConfig, DiscJob, TitleTrack, TrackRule
from engramd.models.base import utcnow
from engramd.rip import TrackPolicy, choose_tracks
from engramd.rip.tracks import chosen_title, languages_of, with_cores
from engramd.store import Store

#: What a rule can say.
RULE_FIELDS = ("audio_languages", "subtitle_languages", "keep_commentary", "keep_core_audio")
LANGUAGE_SETTINGS = ("audio_languages", "subtitle_languages")


def policy_of(settings: AppConfig, rule: TrackRule | None, original_language: str | None) -> TrackPolicy:
    """Join the settings with the rule for a show, whose word counts first."""

    def said(name: str) -> Any:
        value = getattr(rule, name) if rule is not None else None
        return getattr(settings, name) if value is None else value

    return TrackPolicy(
        audio_languages=languages_of(said("audio_languages")),
        subtitle_languages=languages_of(said("subtitle_languages")),
        keep_commentary=said("keep_commentary"),
        keep_core_audio=said("keep_core_audio"),
        original_language=original_language,
    )


def check_languages(name: str, value: object) -> None:
    """Refuse a list of languages that cannot be understood, when it is set."""
    if name in (*LANGUAGE_SETTINGS, "reference_languages"):
        languages_of(str(value))


class TrackRules:
    """What people said about the tracks of single shows and films."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def policy(self, settings: AppConfig, job: DiscJob) -> TrackPolicy:
        """Give the policy for a job's titles, as it is now."""
        rule = self._store.track_rule(rule_name(job.detected_title or ""))
        return policy_of(settings, rule, job.original_language)

    def all(self) -> list[dict[str, Any]]:
        """Give every rule, with what it says."""
        return [
            {"show": rule.show, **{f: v for f in RULE_FIELDS if (v := getattr(rule, f)) is not None}}
            for rule in self._store.track_rules()
        ]

    def set(self, show: str, said: Mapping[str, Any], actor: str) -> None:
        """Say which tracks of a show are kept; nothing: as the settings say. Raises InvalidArgument."""
        name = rule_name(show)
        if not name:
            raise InvalidArgument("a rule is for the show or film of a name", where=show)
        for field in LANGUAGE_SETTINGS:
            languages_of(said.get(field) or "")
        rule = TrackRule(show=name, actor=actor, changed_at=utcnow(), **said) if said else None
        self._store.keep_track_rule(name, rule)


def rule_name(show: str) -> str:
    """Give the name that a rule for a show is kept under."""
    return " ".join(show.casefold().split())


def streams_of(disc: Disc, title: Title, *, makemkv: bool = False) -> tuple[Stream, ...]:
    """Give a title's streams, with those that a back end makes and the disc's tables do not list."""
    if disc.media not in (Media.BLURAY, Media.UHD):
        return title.streams
    return with_cores(title.streams, makemkv=makemkv)


def wanted_title(disc: Disc, title: Title, policy: TrackPolicy, *, makemkv: bool = False) -> Title:
    """Give a title with the streams that are kept, in the order of the file."""
    whole = title.model_copy(update={"streams": streams_of(disc, title, makemkv=makemkv)})
    return chosen_title(whole, choose_tracks(whole.streams, policy))


def track_rows(disc: Disc, title: Title, policy: TrackPolicy, *, makemkv: bool = False) -> list[TitleTrack]:
    """Give a row for each stream of a title: whether it is kept, and why."""
    streams = streams_of(disc, title, makemkv=makemkv)
    return [
        TitleTrack(
            title_id=0,
            place=place,
            kind=streams[choice.place].kind,
            codec=streams[choice.place].codec,
            language=streams[choice.place].language,
            channels=streams[choice.place].channels,
            forced=streams[choice.place].forced,
            commentary=streams[choice.place].commentary,
            audio_description=streams[choice.place].audio_description,
            kept=choice.kept,
            why=choice.why,
        )
        for place, choice in enumerate(choose_tracks(streams, policy))
    ]
