"""Which streams of a title a ripped file keeps, in which order, and why.

One policy for every back end. In doubt a stream is kept: what was dropped is on a disc that may be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engramd.discs.model import Stream, Title
from engramd.rip.wanted_languages import ORIGINAL, languages_of

__all__ = [
    "ORIGINAL",
    "TrackChoice",
    "TrackPolicy",
    "choose_tracks",
    "chosen_title",
    "is_main",
    "languages_of",
    "only_sound",
    "rescued_language",
    "with_cores",
]

_CORES = {"truehd": "ac3"}
_CORES_OF_MAKEMKV = _CORES | {"eac3": "ac3", "dtshd": "dts", "dtshd-ma": "dts"}


@dataclass(frozen=True)
class TrackPolicy:
    """What a person wants to keep.

    Languages are ISO 639-2/B codes and the word `original`, the most wanted first; none means all.
    `original_language` is the language that this film or series was made in, where that is known.
    """

    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    keep_commentary: bool = True
    keep_core_audio: bool = True
    original_language: str | None = None

    def audio(self) -> tuple[str, ...]:
        """Give the wanted languages of the sound; none means all, as does an original that is not known."""
        return self._resolved(self.audio_languages)

    def subtitles(self) -> tuple[str, ...]:
        """Give the wanted languages of the subtitles; none means all."""
        return self._resolved(self.subtitle_languages)

    def _resolved(self, languages: tuple[str, ...]) -> tuple[str, ...]:
        if ORIGINAL not in languages:
            return languages
        if self.original_language is None:
            return ()
        return tuple(dict.fromkeys(self.original_language if x == ORIGINAL else x for x in languages))


@dataclass(frozen=True)
class TrackChoice:
    """What becomes of the stream at `place` in the title's streams, and why (a sentence's end)."""

    place: int
    kept: bool
    why: str


def choose_tracks(streams: Sequence[Stream], policy: TrackPolicy) -> tuple[TrackChoice, ...]:
    """Decide on every stream of a title; the choices stand in the order of the ripped file.

    That is: video, sound in the order of the disc, audio description, commentary; subtitles likewise. The
    order of the main tracks never changes: which of them plays is a matter of flags.
    """
    rescued = rescued_language(streams, policy)
    choices = [TrackChoice(place, *_decide(stream, policy, rescued)) for place, stream in enumerate(streams)]
    if (place := only_sound(streams, policy)) is not None:
        choices[place] = TrackChoice(place, True, "the title has no other sound")
    return tuple(sorted(choices, key=lambda choice: (_rank(streams[choice.place]), choice.place)))


def chosen_title(title: Title, choices: Sequence[TrackChoice]) -> Title:
    """Give the title with the kept streams only, in the order of the choices: what a back end is to rip."""
    kept = tuple(title.streams[choice.place] for choice in choices if choice.kept)
    return title.model_copy(update={"streams": kept})


def is_main(stream: Stream) -> bool:
    """Say whether a stream is sound to watch the title with: no commentary, description or mere core."""
    return stream.kind == "audio" and not (stream.commentary or stream.audio_description or stream.core)


def rescued_language(streams: Sequence[Stream], policy: TrackPolicy) -> str | None:
    """Give the language that is kept because no wanted one is there: the original, else the first on disc.

    None where a wanted language, or one that is not known, is among the main tracks.
    """
    main = [stream.language for stream in streams if is_main(stream)]
    wanted = policy.audio()
    if not main or not wanted or any(language is None or language in wanted for language in main):
        return None
    return policy.original_language if policy.original_language in main else main[0]


def only_sound(streams: Sequence[Stream], policy: TrackPolicy) -> int | None:
    """Give the place of the sound that is kept so that the title has one: all of it is commentary, say."""
    sound = [place for place, stream in enumerate(streams) if stream.kind == "audio"]
    rescued = rescued_language(streams, policy)
    if not sound or any(_decide(streams[place], policy, rescued)[0] for place in sound):
        return None
    return next((place for place in sound if not streams[place].core), sound[0])


def with_cores(streams: Sequence[Stream], *, makemkv: bool = False) -> tuple[Stream, ...]:
    """Add the cores of a Blu-ray's streams that become tracks of their own, where they are not listed.

    The disc's tables name no core, so only streams of a Blu-ray's own tables need this. FFmpeg gives the
    AC-3 of a TrueHD stream apart, under the same PID; MakeMKV also that of E-AC-3, and the DTS of DTS-HD.
    """
    listed = {stream.stream_id for stream in streams if stream.core}
    found: list[Stream] = []
    for stream in streams:
        found.append(stream)
        core = (_CORES_OF_MAKEMKV if makemkv else _CORES).get(stream.codec)
        if core and stream.stream_id not in listed:
            found.append(stream.model_copy(update={"codec": core, "core": True, "channels": None}))
    return tuple(found)


def _decide(stream: Stream, policy: TrackPolicy, rescued: str | None) -> tuple[bool, str]:
    if refusal := _refusal(stream, policy):
        return False, refusal
    if reason := _wish(stream, policy) or _exception(stream, policy, rescued):
        return True, reason
    return False, f"{stream.language} is not wanted"


def _refusal(stream: Stream, policy: TrackPolicy) -> str:
    """Say why a stream is not wanted in any language, or give an empty string."""
    if stream.core and not policy.keep_core_audio:
        return "it repeats the lossless sound before it"
    return "commentary is not wanted" if stream.commentary and not policy.keep_commentary else ""


def _wish(stream: Stream, policy: TrackPolicy) -> str:
    """Say which wish a stream fulfils, or give an empty string."""
    if stream.kind == "video":
        return "the picture is always kept"
    wanted = policy.audio() if stream.kind == "audio" else policy.subtitles()
    if not wanted:
        asked = policy.audio_languages if stream.kind == "audio" else policy.subtitle_languages
        return "the original language is not known" if asked else "all languages are wanted"
    if stream.language is None:
        return "its language is not known"
    return f"{stream.language} is wanted" if stream.language in wanted else ""


def _exception(stream: Stream, policy: TrackPolicy, rescued: str | None) -> str:
    """Say why a stream of an unwanted language is kept all the same, or give an empty string."""
    if stream.commentary or stream.audio_description:
        return ""
    if stream.kind == "audio" and stream.language == rescued:
        original = "the original" if rescued == policy.original_language else "the first on the disc"
        return f"no wanted language is there, and {rescued} is {original}"
    if stream.forced and (not policy.audio() or stream.language in (*policy.audio(), rescued)):
        return f"it is forced, and sound in {stream.language} is wanted"
    return ""


def _rank(stream: Stream) -> int:
    if stream.kind == "audio":
        return 3 if stream.commentary else 2 if stream.audio_description else 1
    if stream.kind == "subtitle":
        return 5 if stream.commentary else 4
    return 0
