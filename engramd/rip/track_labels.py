"""What the tracks of a finished file are called and which of them play by default. Pure.

Both back ends are labelled by the same rules, after the disc's tables and what the tracks turned out to hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engramd.discs.model import Stream
from engramd.rip.model import Track
from engramd.rip.subtitle_facts import SubtitleFacts
from engramd.rip.track_pairs import code_of, pair_tracks
from engramd.rip.tracks import ORIGINAL, TrackPolicy, is_main

COMMENTARY, DESCRIPTION, FORCED, SIGNS, CORE = "Commentary", "Audio description", "Forced", "Signs", "Core"
_LAYOUTS = {1: "Mono", 2: "Stereo", 6: "5.1", 7: "6.1", 8: "7.1"}
#: A track with less than this share of the events of the fullest of its language is signs only. Tracks for
#: the hard of hearing and short translations have two thirds and more, signs and songs a tenth at most.
SIGNS_SHARE = 0.25
#: With fewer events than this nobody can say which of two tracks is the full one.
LEAST_FULL = 20


@dataclass(frozen=True)
class TrackLabel:
    """How a track is labelled.

    `place` is that of its stream in the streams that were ripped, None if it is none of them. A `language` or
    an `original` that is None is left as it is in the file.
    """

    number: int
    kind: Literal["video", "audio", "subtitle", "other"]
    place: int | None
    language: str | None
    name: str = ""
    default: bool = False
    forced: bool = False
    commentary: bool = False
    audio_description: bool = False
    original: bool | None = None


def label_tracks(
    tracks: Sequence[Track],
    streams: Sequence[Stream],
    policy: TrackPolicy,
    facts: Mapping[int, SubtitleFacts] | None = None,
) -> tuple[TrackLabel, ...]:
    """Label the tracks of a file that was ripped from these streams, in its order.

    Exactly one sound is the default: the first preferred language that is there, else the original, else the
    first main track. At most one subtitle track is: where the default sound is in none of the person's
    languages, a full track in one of theirs, or a forced one; else the forced track of its language, or signs
    where they are the only candidate. A full track with forced events inside stays a full one, even if it has
    no others. `facts` are by track number.
    """
    held = facts or {}
    tracks = _as_found(tracks, held)
    pairs = pair_tracks(tracks, streams)
    labels = [_label(track, pairs.get(track.number), streams, policy) for track in tracks]
    sound = _default_audio(labels, tracks, streams, policy)
    signs = _signs(labels, held)
    shown = _default_subtitle(labels, sound, signs, policy, held)
    names = _names(labels, streams, signs)
    return tuple(
        label
        if label.kind in ("video", "other")
        else replace(label, name=names.get(label.number, ""), default=label in (sound, shown))
        for label in labels
    )


def _as_found(tracks: Sequence[Track], facts: Mapping[int, SubtitleFacts]) -> list[Track]:
    """Give the tracks, those as forced that are for every viewer: all events are, and it is not a full track.

    The only track of its language is a full one, unless others of the title have many more events.
    """
    words = [t for t in tracks if t.kind == "subtitle" and not t.commentary]
    for_all = {number for number, held in facts.items() if held.all_forced}
    others = [t for t in words if not (t.forced or t.number in for_all or _is_empty(t, facts))]
    languages = {code_of(track.language) for track in others}
    most = max((facts[track.number].events for track in words if track.number in facts), default=0)
    least = max(LEAST_FULL, SIGNS_SHARE * most)
    forced = {
        track.number
        for track in tracks
        if track.number in for_all
        and (code_of(track.language) in languages or facts[track.number].events < least)
    }
    return [replace(track, forced=track.forced or track.number in forced) for track in tracks]


def _label(
    track: Track,
    place: int | None,
    streams: Sequence[Stream],
    policy: TrackPolicy,
) -> TrackLabel:
    known = code_of(track.language)
    if track.kind not in ("audio", "subtitle"):
        return TrackLabel(track.number, track.kind, place, None, track.name, track.default, track.forced)
    stream = None if place is None else streams[place]
    language = stream.language if stream and stream.language else known
    original = None
    if track.kind == "audio" and policy.original_language and language:
        original = language == policy.original_language
    return TrackLabel(
        track.number,
        track.kind,
        place,
        language,
        forced=track.kind == "subtitle" and (track.forced or bool(stream and stream.forced)),
        commentary=stream.commentary if stream else track.commentary,
        audio_description=bool(stream and stream.audio_description),
        original=original,
    )


def _default_audio(
    labels: Sequence[TrackLabel], tracks: Sequence[Track], streams: Sequence[Stream], policy: TrackPolicy
) -> TrackLabel | None:
    silent = {track.number for track in tracks if track.seconds == 0}
    sound = [label for label in labels if label.kind == "audio"]
    main = [label for label in sound if _is_main(label, streams)] or sound
    heard = [label for label in main if label.number not in silent] or main
    wanted = [policy.original_language if code == ORIGINAL else code for code in policy.audio_languages]
    for language in (*wanted, policy.original_language):
        if language and (found := _first(heard, language)):
            return found
    return heard[0] if heard else None


def _is_main(label: TrackLabel, streams: Sequence[Stream]) -> bool:
    if label.place is None:
        return not (label.commentary or label.audio_description)
    return is_main(streams[label.place])


def _default_subtitle(
    labels: Sequence[TrackLabel],
    sound: TrackLabel | None,
    signs: frozenset[int],
    policy: TrackPolicy,
    facts: Mapping[int, SubtitleFacts],
) -> TrackLabel | None:
    if sound is None or sound.language is None:
        return None
    shown = [x for x in labels if x.kind == "subtitle" and not x.commentary and not _is_empty(x, facts)]
    mine, readable = _my_languages(policy)
    if mine and sound.language not in mine:
        full = [label for label in shown if not label.forced and label.number not in signs]
        forced = [label for label in shown if label.forced]
        for kind in (full, forced):
            for language in readable:
                if found := _first(kind, language):
                    return found
    own = [label for label in shown if label.language == sound.language]
    for_all = [x for x in own if x.forced or (x.number in facts and facts[x.number].all_forced)]
    if for_all:
        return for_all[0]
    candidates = [label for label in own if label.number in signs]
    return candidates[0] if len(candidates) == 1 else None


def _my_languages(policy: TrackPolicy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the languages that the person understands, and those to read, the most wanted first.

    Who wants the original sound and subtitles in a language understands that one. Who names no language of
    sound at all understands every one.
    """
    heard = tuple(code for code in policy.audio_languages if code != ORIGINAL)
    read = tuple(code for code in policy.subtitle_languages if code != ORIGINAL)
    mine = heard or (read if policy.audio_languages else ())
    return mine, read or mine


def _is_empty(one: TrackLabel | Track, facts: Mapping[int, SubtitleFacts]) -> bool:
    return one.number in facts and facts[one.number].events == 0


def _signs(labels: Sequence[TrackLabel], facts: Mapping[int, SubtitleFacts]) -> frozenset[int]:
    """Give the numbers of tracks that have far fewer events than the fullest of their language."""
    plain = [x for x in labels if x.kind == "subtitle" and x.language and not (x.commentary or x.forced)]
    events = {label.number: facts[label.number].events for label in plain if label.number in facts}
    fullest: Counter[str | None] = Counter()
    for label in plain:
        fullest[label.language] = max(fullest[label.language], events.get(label.number, 0))
    return frozenset(
        label.number
        for label in plain
        if fullest[label.language] >= LEAST_FULL
        and 0 < events.get(label.number, 0) < SIGNS_SHARE * fullest[label.language]
    )


def _names(labels: Sequence[TrackLabel], streams: Sequence[Stream], signs: frozenset[int]) -> dict[int, str]:
    """Name what is no main track, and main tracks only where two of a language differ in channels."""
    names: dict[int, str] = {}
    for kind in ("audio", "subtitle"):
        aside = [label for label in labels if label.kind == kind and label.commentary]
        for count, label in enumerate(aside, 1):
            names[label.number] = f"{COMMENTARY} {count}" if len(aside) > 1 else COMMENTARY
    for label in labels:
        if label.audio_description:
            names.setdefault(label.number, DESCRIPTION)
        elif label.place is not None and streams[label.place].core:
            names.setdefault(label.number, CORE)
        elif label.forced or label.number in signs:
            names.setdefault(label.number, FORCED if label.forced else SIGNS)
    return names | _layouts(labels, streams)


def _layouts(labels: Iterable[TrackLabel], streams: Sequence[Stream]) -> dict[int, str]:
    of_language: dict[str | None, dict[int, str]] = {}
    for label in labels:
        stream = None if label.place is None else streams[label.place]
        if stream is not None and is_main(stream) and stream.channels:
            layout = _LAYOUTS.get(stream.channels, f"{stream.channels} channels")
            of_language.setdefault(label.language, {})[label.number] = layout
    differing = (layouts for layouts in of_language.values() if len(set(layouts.values())) > 1)
    return {number: layout for layouts in differing for number, layout in layouts.items()}


def _first(labels: Iterable[TrackLabel], language: str) -> TrackLabel | None:
    return next((label for label in labels if label.language == language), None)
